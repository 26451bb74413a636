// "SIGSEGV" is all that most programs say of a crash, and two bugs that say it are one to whoever compares words. So
// the first such crash of a revision is looked at: where the system keeps a core file of the run there, else by running
// the command once more, traced. What is found goes into the run's console, where it is read like any other report, and
// stands for the revision's later crashes that end alike: it is the same binary, and one more run for each would double
// the cost of a bisection. Two crashes of one revision that end alike and are not one bug are therefore not told
// apart, unless the consoles do it.
#include "engine/stacks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <csignal>
#include <string_view>

#include "model/evidence.h"
#include "model/run/process_verdict.h"
#include "model/run/report.h"

namespace culprit::engine {
namespace {

using model::RawRun;

constexpr std::string_view k_stands_for = "[culprit] stands for crashes of this revision that end with ";
// In a row, and never one that was found: the crash needs what a traced run has not (time, rights).
constexpr int k_most_stacks_in_vain = 3;
// Who was told to end did not crash.
constexpr int k_requests[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE};
// What test runners, shells and handlers say of a process that died of a signal; in lower case.
constexpr std::string_view k_words[] = {"segmentation fault",
                                        "segfault",
                                        "sigsegv",
                                        "sigabrt",
                                        "sigbus",
                                        "sigfpe",
                                        "sigill",
                                        "core dumped",
                                        "dumped core",
                                        "bus error",
                                        "signal 11",
                                        "signal 6",
                                        "signal: 11",
                                        "signal: 6",
                                        "status -11",
                                        "status -6",
                                        "illegal instruction",
                                        "aborted (",
                                        "floating point exception"};
// A runner says it at the end.
constexpr std::size_t k_end_of_console = std::size_t{16} << 10;

bool tells_of_signal(std::string_view console) {
  std::string end(console.substr(console.size() - std::min(console.size(), k_end_of_console)));
  std::ranges::transform(end, end.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::ranges::any_of(k_words, [&](std::string_view word) { return end.contains(word); });
}

// The signal that ended the run, as far as its end says; 0: none.
int signal_of(const RawRun& raw) {
  if (raw.end == RawRun::End::signaled) return raw.signal;
  return raw.end == RawRun::End::exited && raw.exit_code > 128 && raw.exit_code < 160 ? raw.exit_code - 128
                                                                                      : 0;
}

// Has it a place of its own? A test runner's summary names the test, not where it crashed.
bool has_place(const model::CrashReport& report) {
  if (std::ranges::any_of(report.stacks, [](const model::Stack& s) { return !s.frames.empty(); }))
    return true;
  return report.type != "TEST" && report.type != "BUILD" && report.type != "SIGNAL" && !report.frame.empty();
}

bool is_request(int signal) { return std::ranges::find(k_requests, signal) != std::end(k_requests); }

std::string note_of_lack(const StackKey& key) {
  return fmt::format(
      "the crash of {}{} that ends with {} did not show again when it was traced: it stays without a stack",
      key.commit.short_hex(), key.variant.empty() ? "" : ", " + key.variant, key.ended);
}

}  // namespace

std::optional<MissingStack> missing_stack(model::Subject subject, const RawRun& raw,
                                          const model::ConsoleReading& console, const RunReading& reading) {
  if (subject == model::Subject::kernel || kind_of(reading.outcome) != model::OutcomeKind::crashed)
    return std::nullopt;
  if (std::ranges::any_of(console.reports, has_place)) return std::nullopt;
  const int signal = signal_of(raw);
  if (is_request(signal)) return std::nullopt;
  if (signal != 0) return MissingStack{model::signal_name(signal), signal};
  if (!tells_of_signal(raw.console)) return std::nullopt;
  return MissingStack{fmt::format("exit code {}", raw.exit_code), 0};
}

std::map<StackKey, std::string> stacks_in(const model::RunRecord& run) {
  std::map<StackKey, std::string> out;
  for (const model::CrashReport& report : run.reports) {
    const std::size_t at = report.text.rfind(k_stands_for);
    if (at == std::string::npos) continue;
    const std::size_t from = at + k_stands_for.size();
    std::string ended = report.text.substr(from, report.text.find('\n', from) - from);
    out[{run.commit, run.variant, std::move(ended)}] = report.text;
  }
  return out;
}

Stacks::Stacks(const std::map<StackKey, std::string>& known, std::set<std::string> notes)
    : m_on_record(std::move(notes)) {
  for (const auto& [key, text] : known) m_entries[key] = {.done = true, .text = text};
}

base::Result<std::string> Stacks::ask(const StackKey& key, const Look& look,
                                      const base::CancelToken& cancel) {
  std::unique_lock lock(m_mutex);
  const auto [at, is_new] = m_entries.try_emplace(key);
  Entry& entry = at->second;
  if (!is_new) {
    // Half of what cancel.h promises.
    while (!entry.done && !cancel.cancelled()) m_changed.wait_for(lock, std::chrono::milliseconds(50));
    return entry.text;
  }
  if (m_in_vain >= k_most_stacks_in_vain || m_on_record.contains(note_of_lack(key))) {
    entry.done = true;
    return entry.text;
  }
  lock.unlock();
  auto found = look();
  lock.lock();
  take(key, entry, found ? std::move(*found) : run::Explanation{});
  m_changed.notify_all();
  if (!found) return std::unexpected(std::move(found).error());
  return entry.text;
}

void Stacks::take(const StackKey& key, Entry& entry, run::Explanation found) {
  entry.done = true;
  entry.text = std::move(found.text);
  if (found.found) {
    if (!entry.text.ends_with('\n')) entry.text += '\n';
    entry.text += std::string(k_stands_for) + key.ended + '\n';
    m_in_vain = 0;
    return;
  }
  if (found.why_not.empty()) return;
  if (found.hint.empty()) {
    ++m_in_vain;
    m_notes.push_back(note_of_lack(key));
  } else {
    m_in_vain = k_most_stacks_in_vain;
    m_notes.push_back(fmt::format("crashes get no stacks: {} ({})", found.why_not, found.hint));
  }
}

std::vector<std::string> Stacks::take_notes() {
  const std::lock_guard lock(m_mutex);
  return std::exchange(m_notes, {});
}

}  // namespace culprit::engine
