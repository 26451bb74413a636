// Golden consoles in every dress: what is read of them is what is read of the plain form.
// usage: dressed_console [--show N] [--every N]
//        dressed_console --print TRANSPORT FILE
// Dresses every N-th golden file (7) in each transport (tests/golden/dressing.h) and compares the first title;
// the invariants of re-reading hold too. Prints the transports in which some are read otherwise, at most N of
// those (0), and the rate. Files whose plain form has no report must have none.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/strings.h"
#include "console/console.h"
#include "tests/golden/dressing.h"
#include "tests/golden/invariants.h"

namespace {

namespace fs = std::filesystem;
using namespace culprit;

constexpr std::string_view k_separator = "---- console ----\n";
constexpr double k_least = 0.97;  // of the titles

std::string titles_of(std::string_view console) {
  const model::ConsoleReading reading = console::read(console);
  return reading.reports.empty() ? "no report" : reading.reports[0].title;
}

std::string console_of(const fs::path& path) {
  std::string text = base::read_file(path).value();
  const std::size_t at = text.find(k_separator);
  return at == std::string::npos ? text : text.substr(at + k_separator.size());
}

// Writes one console in one dress, for a golden file.
int print(std::string_view transport, const fs::path& path) {
  for (const console::Dresser& dresser : console::dressers()) {
    if (dresser.name == transport) std::cout << dresser.dress(console_of(path));
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 4 && std::string_view(argv[1]) == "--print") return print(argv[2], argv[3]);
  std::size_t show = 0, every = 7;
  for (int i = 1; i + 1 < argc; i += 2) {
    const auto n = base::parse_number<std::size_t>(argv[i + 1]).value_or(0);
    (std::string_view(argv[i]) == "--show" ? show : every) = n;
  }
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(CULPRIT_GOLDEN_DIR)) {
    const bool dressed = entry.path().parent_path().filename() == "dress";
    if (entry.path().extension() == ".txt" && !dressed) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::size_t right = 0, all = 0, broken_count = 0;
  for (const console::Dresser& dresser : console::dressers()) {
    std::size_t mine = 0, mine_right = 0;
    std::string wrong;
    for (std::size_t i = 0; i < files.size(); i += std::max<std::size_t>(every, 1)) {
      if (dresser.kernels && files[i].parent_path().filename() == "program") continue;
      const std::string text = console_of(files[i]);
      const std::string dressed = dresser.dress(text);
      const std::string want = titles_of(text), got = titles_of(dressed);
      ++mine;
      if (want == got)
        ++mine_right;
      else if (mine - mine_right <= show)
        wrong += fmt::format("    {}: want '{}', got '{}'\n", files[i].filename().string(), want, got);
      if (const auto broken = console::broken_invariant(dressed)) {
        ++broken_count;
        wrong += fmt::format("    {}: {}\n", files[i].filename().string(), *broken);
      }
    }
    if (mine_right < mine || !wrong.empty())
      std::cout << fmt::format("{:40} {:3} of {:3}\n{}", dresser.name, mine_right, mine, wrong);
    right += mine_right;
    all += mine;
  }
  std::cout << fmt::format(
      "{} transports, {} of {} titles as in plain form, {:.1f} %, {} broken invariants\n",
      console::dressers().size(), right, all, 100.0 * static_cast<double>(right) / static_cast<double>(all),
      broken_count);
  return broken_count == 0 && static_cast<double>(right) >= k_least * static_cast<double>(all) ? 0 : 1;
}
