// Golden consoles: tests/golden/console/<family>/<name>.txt is a console with what is expected of it in
// front.
//
//   report: KASAN: use-after-free Read in ring_use
//     rule: kasan/use-after-free
//     ...
//   panicked: no
//   ---- console ----
//   [    1.353133] ...
//
// usage: golden_console [--update] [DIR]
// Checks every file: what is expected, the invariants of re-reading (console/invariants.h), that every rule
// wins a file, and that every transport is worn in one that has a report. --update writes what is found over what is expected; the diff is for a person to review.
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "console/console.h"
#include "console/dress/transport.h"
#include "console/match/matcher.h"
#include "console/match/rule.h"
#include "output/report_json.h"
#include "tests/golden/invariants.h"

namespace {

namespace fs = std::filesystem;
using namespace culprit;

constexpr std::string_view k_separator = "---- console ----\n";

std::string join(const std::vector<std::string>& parts) { return fmt::format("{}", fmt::join(parts, ", ")); }

std::string frame_text(const model::Frame& f) {
  std::string text = f.uncertain ? "?" : "";
  text += f.function.empty() ? fmt::format("{:#x}", f.address) : f.function;
  if (!f.file.empty()) text += fmt::format(" {}:{}", f.file, f.line);
  if (!f.module.empty()) text += fmt::format(" [{}]", f.module);
  if (f.inlined) text += " inline";
  return text;
}

std::string describe(const model::CrashReport& r) {
  std::string out = fmt::format("report: {}\n", r.title);
  const auto line = [&](std::string_view key, std::string_view value) {
    if (!value.empty()) out += fmt::format("  {}: {}\n", key, value);
  };
  line("rule", r.rule);
  for (const std::string& alt : r.alt_titles) line("alt", alt);
  line("type", r.type);
  line("frame", r.frame);
  line("guilty", r.guilty_file);
  if (r.corrupted) line("corrupted", r.corrupted_reason);
  if (r.suppressed) line("suppressed", "yes");
  if (r.fatal) line("fatal", "yes");
  if (!r.task.empty() || r.pid >= 0 || r.cpu >= 0)
    line("task", fmt::format("{} pid {} cpu {}", r.task, r.pid, r.cpu));
  line("context", r.context);
  if (r.access) {
    line("access", fmt::format("{} of {} at {:#x} {}", r.access->is_write ? "write" : "read", r.access->size,
                               r.access->address, r.access->object));
  }
  if (r.lockdep) {
    line("lockdep", fmt::format("{}: {}", model::name_of(r.lockdep->kind), join(r.lockdep->classes)));
    for (const model::HeldLock& h : r.lockdep->held)
      line("held", fmt::format("{} at {}", h.lock_class, h.taken_at.function));
    line("chain", join(r.lockdep->chain));
  }
  for (const model::Stack& s : r.stacks) {
    std::vector<std::string> frames;
    for (const model::Frame& f : s.frames) frames.push_back(frame_text(f));
    line(fmt::format("{} stack", model::name_of(s.kind)), join(frames));
  }
  return out;
}

std::string describe(const model::ConsoleReading& reading) {
  std::string out;
  for (const model::CrashReport& r : reading.reports) out += describe(r);
  out += fmt::format("panicked: {}\n", reading.panicked ? "yes" : "no");
  return out;
}

// Rules that are no report, but take back others: those that fit a line.
void add_verdicts(std::string_view text, std::set<std::string>& won) {
  std::deque<std::string> arena;
  const std::vector<console::Line> lines = console::split_lines(text, arena);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const console::Rule* rule = console::Matcher::instance().match(std::span(lines).subspan(i)).rule;
    if (rule != nullptr && console::is_verdict(*rule)) won.insert(std::string(rule->id));
  }
}

// Adds the transports whose dress lines of `text` wear.
void add_transports(std::string_view text, std::set<std::string_view>& worn) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::vector<console::Layer> layers;
    console::undress(text.substr(0, end), &layers);
    for (const console::Layer& layer : layers) worn.insert(layer.transport->id);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::string slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace

int main(int argc, char** argv) {
  bool update = false;
  fs::path directory = CULPRIT_GOLDEN_DIR;
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--update")
      update = true;
    else
      directory = argv[i];
  }
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  int failures = 0;
  std::set<std::string> won;
  std::set<std::string_view> worn;
  for (const fs::path& path : files) {
    const std::string name = fs::relative(path, directory).string();
    const std::string file = slurp(path);
    const std::size_t at = file.find(k_separator);
    const std::string expected = at == std::string::npos ? std::string() : file.substr(0, at);
    const std::string text = at == std::string::npos ? file : file.substr(at + k_separator.size());
    const model::ConsoleReading reading = console::read(text);
    for (const model::CrashReport& r : reading.reports) won.insert(r.rule);
    add_verdicts(text, won);
    if (!reading.reports.empty()) add_transports(text, worn);
    const std::string found = describe(reading);
    if (found != expected) {
      if (update) {
        std::ofstream(path, std::ios::binary) << found << k_separator << text;
        std::cout << name << ": updated\n";
      } else {
        std::cout << fmt::format("{}: expected\n{}found\n{}", name, expected, found);
        ++failures;
      }
    }
    if (const auto broken = console::broken_invariant(text)) {
      std::cout << fmt::format("{}: {}\n", name, *broken);
      ++failures;
    }
  }
  for (const std::span<const console::Rule> table : console::rule_tables()) {
    for (const console::Rule& rule : table) {
      if (rule.ignore || won.contains(std::string(rule.id))) continue;
      std::cout << fmt::format("rule {} wins no golden file\n", rule.id);
      ++failures;
    }
  }
  for (const console::Transport& transport : console::transports()) {
    if (worn.contains(transport.id)) continue;
    std::cout << fmt::format("transport {} is worn in no golden file\n", transport.id);
    ++failures;
  }
  std::cout << fmt::format("{} files, {} rules won, {} failures\n", files.size(), won.size(), failures);
  return failures == 0 ? 0 : 1;
}
