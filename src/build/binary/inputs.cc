#include "build/binary/inputs.h"

#include <system_error>

#include "base/files.h"
#include "base/strings.h"

namespace culprit::build {
namespace {

namespace fs = std::filesystem;

bool is_dependency_file(const fs::path& path) {
  return path.extension() == ".cmd" || path.extension() == ".d";
}

}  // namespace

std::set<std::string> inputs_in(std::string_view dependencies, const fs::path& objects,
                                const fs::path& source) {
  std::set<std::string> out;
  const std::string top = source.lexically_normal().string() + "/";
  for (std::size_t at = 0; at < dependencies.size();) {
    constexpr std::string_view k_between = " \t\n\r:;\\()'\"=,";
    const std::size_t begin = dependencies.find_first_not_of(k_between, at);
    if (begin == std::string_view::npos) break;
    const std::size_t end = std::min(dependencies.find_first_of(k_between, begin), dependencies.size());
    const std::string_view word = dependencies.substr(begin, end - begin);
    at = end;
    if (!word.contains('.') || word.starts_with('-') || word.starts_with('$')) continue;
    const std::string path =
        (word.starts_with('/') ? fs::path(word) : objects / word).lexically_normal().string();
    if (const auto below = base::strip_prefix(path, top)) out.emplace(*below);
  }
  return out;
}

std::set<std::string> inputs_of(const fs::path& objects, const fs::path& source) {
  std::set<std::string> out;
  std::error_code error;
  for (auto file = fs::recursive_directory_iterator(objects, error);
       file != fs::recursive_directory_iterator(); file.increment(error)) {
    if (error) break;
    if (!is_dependency_file(file->path()) || !file->is_regular_file(error)) continue;
    if (const auto text = base::read_file(file->path())) out.merge(inputs_in(*text, objects, source));
  }
  return out;
}

}  // namespace culprit::build
