#include "tests/support/golden.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace culprit::output {
namespace {

std::filesystem::path path_of(std::string_view name) {
  return std::filesystem::path(CULPRIT_SOURCE_DIR) / "tests/golden/output" / name;
}

}  // namespace

std::string read_golden(std::string_view name) {
  std::ifstream file(path_of(name), std::ios::binary);
  EXPECT_TRUE(file) << "no file " << path_of(name);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void expect_golden(std::string_view name, const std::string& text) {
  const char* update = std::getenv("CULPRIT_UPDATE_GOLDEN");
  if (update != nullptr && std::string_view(update) == "1") {
    std::filesystem::create_directories(path_of(name).parent_path());
    std::ofstream(path_of(name), std::ios::binary) << text;
    return;
  }
  EXPECT_EQ(text, read_golden(name)) << "in " << path_of(name) << "; CULPRIT_UPDATE_GOLDEN=1 writes it anew";
}

}  // namespace culprit::output
