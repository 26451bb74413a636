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
// Of the titles. Some differ as they should: a boot in a journal is no unexpected one, and a program that dies in a journal is
// a report of its own. Many a program's head begins its line, which a page, a column or blanks in front hide.
constexpr double k_least_of_kernels = 0.95;
constexpr double k_least_of_programs = 0.85;

std::string titles_of(std::string_view console) {
  const model::ConsoleReading reading = console::read(console);
  return reading.reports.empty() ? "no report" : reading.reports[0].title;
}

struct Share {
  std::size_t right = 0, all = 0;
  double rate() const {
    return static_cast<double>(right) / static_cast<double>(std::max<std::size_t>(all, 1));
  }
};

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
  std::size_t show = 0, every = 1;
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
  std::vector<bool> of_program;
  for (const fs::path& file : files) {
    const model::ConsoleReading reading = console::read(console_of(file));
    of_program.push_back(!reading.reports.empty() && reading.reports[0].rule.starts_with("program/"));
  }
  Share kernels, programs;
  std::size_t broken_count = 0;
  for (const console::Dresser& dresser : console::dressers()) {
    std::size_t mine = 0, mine_right = 0;
    std::string wrong;
    for (std::size_t i = 0; i < files.size(); i += std::max<std::size_t>(every, 1)) {
      if (dresser.kernels && of_program[i]) continue;
      Share& share = of_program[i] ? programs : kernels;
      const std::string text = console_of(files[i]);
      const std::string dressed = dresser.dress(text);
      const std::string want = titles_of(text), got = titles_of(dressed);
      ++mine;
      ++share.all;
      share.right += want == got;
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
  }
  for (const auto& [whose, share] : {std::pair("kernels'", kernels), std::pair("programs'", programs)})
    std::cout << fmt::format("{} {} of {} titles as in plain form, {:.1f} %\n", whose, share.right, share.all,
                             100.0 * share.rate());
  std::cout << fmt::format("{} dresses, {} broken invariants\n", console::dressers().size(), broken_count);
  // Which files are in a sample changes with each that is added: it says nothing of the shares.
  const bool enough =
      every > 1 || (kernels.rate() >= k_least_of_kernels && programs.rate() >= k_least_of_programs);
  return broken_count == 0 && enough ? 0 : 1;
}
