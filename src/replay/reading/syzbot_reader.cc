// A log is read line by line; what a line means depends on its own words and on a little state: which
// revision is being tested, which label was announced for the next one, whether git's description of the
// culprit or a list of candidates is under way. There is no grammar of whole logs to violate, so a log may
// begin, end or have holes anywhere, and lines that fit nowhere are listed instead of guessed at.
//
// Failures to copy files into a machine or to make one are read as the infrastructure's, whatever the log
// calls them: the log's words for them changed, the failures did not.
#include "replay/reading/syzbot_reader.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/strings.h"
#include "base/words.h"
#include "output/words/commit_texts.h"
#include "output/words/text.h"
#include "replay/reading/log_reader.h"

namespace culprit::replay {
namespace {

constexpr int k_all_runs = 10;  // what "all runs:" stood for while no number was logged

struct RunWords {
  std::string_view words;
  LoggedOutcome outcome;
};
constexpr auto k_run_words = std::to_array<RunWords>({
    {"OK", LoggedOutcome::ok},
    {"crashed: ", LoggedOutcome::crashed},
    {"boot failed: ", LoggedOutcome::boot_failed},
    {"basic kernel testing failed: ", LoggedOutcome::test_failed},
    {"infra problem: ", LoggedOutcome::infra},
    {"ignore: ", LoggedOutcome::ignored},
    {"failed: ", LoggedOutcome::infra},
});

// Beginnings of failure texts that speak of the machines, not of the kernel.
constexpr auto k_infra_words = std::to_array<std::string_view>({
    "failed to copy ",
    "failed to create VM",
    "failed to create instance",
    "failed to create GCE",
    "failed to delete ",
    "failed to run [\"scp\"",
    "googleapi: ",
});

bool speaks_of_machines(std::string_view text) {
  return std::ranges::any_of(k_infra_words, [&](std::string_view words) { return text.starts_with(words); });
}

std::optional<LoggedRun> parse_run(std::string_view text) {
  for (const RunWords& row : k_run_words) {
    if (row.outcome == LoggedOutcome::ok ? text != row.words : !text.starts_with(row.words)) continue;
    LoggedRun run;
    run.outcome = row.outcome;
    run.text = base::trim(text.substr(row.words.size()));
    const bool failure =
        run.outcome == LoggedOutcome::boot_failed || run.outcome == LoggedOutcome::test_failed;
    if (failure && speaks_of_machines(run.text)) run.outcome = LoggedOutcome::infra;
    return run;
  }
  return std::nullopt;
}

// ["a" "b"], commas allowed.
std::vector<std::string> parse_list(std::string_view text) {
  std::vector<std::string> out;
  while (true) {
    const std::size_t open = text.find('"');
    if (open == std::string_view::npos) return out;
    std::string item;
    std::size_t i = open + 1;
    for (; i < text.size() && text[i] != '"'; ++i) {
      if (text[i] == '\\' && i + 1 < text.size()) ++i;
      item += text[i];
    }
    out.push_back(item);
    text.remove_prefix(std::min(i + 1, text.size()));
  }
}

// A label counts for the test that follows it at once, not for a later one.
bool keeps_label(LineKind kind) {
  using enum LineKind;
  return kind == none || kind == commit || kind == remark || kind == own || kind == merge_base ||
         kind == variant || kind == hash;
}

// Git's description goes on until a line that only a log has.
bool ends_description(LineKind kind) {
  using enum LineKind;
  switch (kind) {
    case none:
    case hash:
    case error:
    case failed:
    case compiler:
    case checkout:
    case revisions_left:
    case tool:
    case own_tool:
      return false;
    default:
      return true;
  }
}

}  // namespace

LoggedRevision& LogReader::revision(const model::CommitId& commit) {
  const auto at = std::ranges::find(m_log.revisions, commit, &LoggedRevision::commit);
  if (at != m_log.revisions.end()) return *at;
  LoggedRevision& rev = m_log.revisions.emplace_back();
  rev.commit = commit;
  rev.line = m_line;
  rev.git_begun = m_git_begun;
  rev.last_good = m_last_good;
  rev.last_bad = m_last_bad;
  return rev;
}

// Where runs, compilers and signatures belong now; a test whose own line is missing belongs to the revision
// that git checked out last.
LoggedRevision* LogReader::current() {
  if (m_in_variant) return &m_log.variants.back();
  if (!m_current && m_checked_out) m_current = std::exchange(m_checked_out, std::nullopt);
  return m_current ? &revision(*m_current) : nullptr;
}

bool LogReader::take_start(const LogLine& line) {
  std::string_view rest = line.rest;
  const auto id = take_hash(rest);
  if (!id) return false;
  if (line.kind == LineKind::head) {
    m_log.head = id;
    return true;
  }
  m_log.start = id;
  m_log.goal = line.kind == LineKind::start_fix ? model::Goal::fix : model::Goal::cause;
  return true;
}

bool LogReader::take_commit(std::string_view rest) {
  const std::string label = std::exchange(m_label, {});
  const auto id = take_hash(rest);
  if (!id) {
    m_current.reset();
    m_in_variant = false;
    return false;
  }
  const bool known =
      std::ranges::find(m_log.revisions, *id, &LoggedRevision::commit) != m_log.revisions.end();
  m_in_variant = m_variant && known;
  m_variant = false;
  m_checked_out.reset();
  m_current = id;
  if (m_in_variant) {
    LoggedRevision& variant = m_log.variants.emplace_back();
    variant.commit = *id;
    variant.line = m_line;
  }
  LoggedRevision& rev = *current();
  rest = base::trim(rest);
  if (rest.starts_with("with ")) rest.remove_prefix(5);
  if (!rest.empty()) rev.compiler = rest;
  if (!label.empty()) rev.label = label;
  if (rev.runs.empty()) rev.line = m_line;
  return true;
}

bool LogReader::take_run(const LogLine& line) {
  LoggedRevision* rev = current();
  std::string_view text = line.rest;
  int number = 0;
  if (line.kind == LineKind::run) {
    const std::size_t colon = text.find(": ");
    if (colon == std::string_view::npos) return false;
    const auto parsed = parse_number(text.substr(0, colon));
    if (!parsed) return false;
    number = *parsed;
    text = base::trim(text.substr(colon + 2));
  }
  auto run = parse_run(text);
  if (rev == nullptr || !run) return false;
  run->line = m_line;
  run->number = number;
  rev->failure = LoggedFailure::none;  // it was overcome
  rev->failure_text.clear();
  if (line.kind == LineKind::all_runs) rev->all_runs = true;
  const int count = line.kind == LineKind::all_runs ? k_all_runs : 1;
  for (int i = 0; i < count; ++i) {
    rev->runs.push_back(*run);
    ++run->number;
  }
  const bool is_failure = run->outcome != LoggedOutcome::ok && run->outcome != LoggedOutcome::crashed &&
                          run->outcome != LoggedOutcome::ignored;
  m_state = is_failure ? State::run_text : State::between;
  return true;
}

bool LogReader::take_failure(const LogLine& line) {
  std::string_view rest = line.rest;
  LoggedRevision* rev = current();
  LoggedFailure failure = LoggedFailure::infra;
  if (line.kind == LineKind::failed_building) {
    failure = LoggedFailure::build_broken;
    const auto id = take_hash(rest);
    if (!id) return false;
    if (rev == nullptr || rev->commit != *id) rev = &revision(*id);
    if (rest.starts_with(':')) rest.remove_prefix(1);
  }
  if (rev == nullptr) return false;
  rev->failure = failure;
  rev->failure_text = base::trim(rest);
  m_state = State::failure_text;
  return true;
}

// What stands between a failure and the next line of the grammar belongs to the failure's text.
bool LogReader::take_loose(std::string_view text) {
  constexpr std::size_t k_longest = 16 << 10;
  LoggedRevision* rev = m_in_variant || m_current ? current() : nullptr;
  if (rev == nullptr) return false;
  std::string* target = nullptr;
  if (m_state == State::run_text && !rev->runs.empty()) {
    const std::size_t line = rev->runs.back().line;
    for (LoggedRun& run : rev->runs)
      if (run.line == line && run.text.size() < k_longest) (run.text += '\n') += base::trim(text);
    return true;
  }
  if (m_state == State::failure_text) target = &rev->failure_text;
  const bool looks_broken = text.starts_with("failed to ") ||
                            text.find("error: ") != std::string_view::npos ||
                            text.find("Error ") != std::string_view::npos || text.starts_with("make: ");
  if (target == nullptr && rev->runs.empty() && rev->failure == LoggedFailure::none && looks_broken) {
    rev->failure = speaks_of_machines(text) ? LoggedFailure::infra : LoggedFailure::build_broken;
    m_state = State::failure_text;
    target = &rev->failure_text;
  }
  if (target == nullptr) return false;
  if (!target->empty()) *target += '\n';
  if (target->size() < k_longest) *target += base::trim(text);
  return true;
}

bool LogReader::take_about_revision(const LogLine& line) {
  LoggedRevision* rev = current();
  if (rev == nullptr || is_incomplete(line)) return false;
  if (line.kind == LineKind::compiler)
    rev->compiler = line.rest;
  else if (line.kind == LineKind::signature)
    rev->signature = line.rest;
  else
    rev->representative = line.rest.substr(0, line.rest.find(", types: "));
  return true;
}

bool LogReader::take(const LogLine& line) {
  using enum LineKind;
  if (!keeps_label(line.kind)) m_label.clear();
  switch (line.kind) {
    case none:
      return false;
    case start_cause:
    case start_fix:
    case head:
      return take_start(line);
    case release:
      m_label = line.rest;
      m_variant = m_in_variant = false;
      m_current.reset();
      m_checked_out.reset();
      return !line.rest.empty();
    case commit:
      return take_commit(line.rest);
    case compiler:
    case signature:
    case representative:
      return take_about_revision(line);
    case all_runs:
    case run:
      return take_run(line);
    case failed:
    case failed_building:
      return take_failure(line);
    case variant:
      m_variant = true;
      return true;
    case git_start:
    case git_word:
    case git_named:
    case checkout:
      return take_git(line);
    case culprit_signature:
    case parent_signature:
      if (is_incomplete(line)) return false;
      (line.kind == culprit_signature ? m_log.culprit_signature : m_log.parent_signature) = line.rest;
      return true;
    case totals:
      return !is_incomplete(line) && take_totals(line.rest);
    case recipients_to:
    case recipients_cc: {
      if (is_incomplete(line)) return false;
      auto& list = line.kind == recipients_to ? m_log.recipients_to : m_log.recipients_cc;
      for (std::string& address : parse_list(line.rest)) list.push_back(std::move(address));
      return true;
    }
    case first_bad:
    case result:
    case git_result:
    case horizon:
    case commit_msg:
    case inconclusive:
    case git_possible:
    case hash:
    case error:
      return take_ending(line);
    case crash:  // before any line of a log
      return false;
    case revisions_left:
      m_left = parse_number(line.rest.substr(0, line.rest.find(' ')));
      return true;
    case merge_base: {
      std::string_view rest = line.rest;
      if (const auto id = take_hash(rest)) m_log.merge_bases.push_back(*id);
      return true;
    }
    case own_tool:
      m_log.is_own = true;
      return true;
    case own:
      take_own(line.rest);
      return true;
    case tool:
    case host:
    case git_output:
    case remark:
      return true;
  }
  return false;
}

void LogReader::take_description() {
  std::vector<std::string_view> lines;
  for (; m_at < m_lines.size() && !ends_description(classify(m_lines[m_at].text).kind); ++m_at) {
    lines.push_back(m_lines[m_at].text);
    if (!base::trim(lines.back()).empty()) ++m_log.lines_read;
  }
  if (auto shown = output::parse_git_show(lines)) {
    m_titles.try_emplace(shown->info.id, shown->info.title);
    m_log.shown = std::move(shown->info);
    m_log.diffstat = std::move(shown->diffstat);
  }
}

void LogReader::take_console() {
  m_log.crash_title = classify(m_lines[m_at].text).rest;
  ++m_log.lines_read;
  // A wrapped title: the console's first line would be its end.
  if (m_at + 1 < m_lines.size()) {
    const std::string whole = m_log.crash_title + " " + std::string(base::trim(m_lines[m_at + 1].text));
    for (const LoggedRevision& rev : m_log.revisions)
      if (std::ranges::find(rev.runs, whole, &LoggedRun::text) != rev.runs.end()) m_log.crash_title = whole;
    if (m_log.crash_title == whole) ++m_at;
  }
  for (++m_at; m_at < m_lines.size(); ++m_at) {
    m_log.console += m_lines[m_at].text;
    m_log.console += '\n';
    ++m_log.lines_read;
  }
  m_cut = false;
}

// A title in the last line that begins another title of the log has lost its end: its run is not read.
void LogReader::drop_cut_title() {
  LoggedRevision* rev = m_in_variant || m_current ? current() : nullptr;
  if (!m_cut || rev == nullptr || rev->runs.empty() || rev->runs.back().line != m_lines.back().number) return;
  const std::string title = rev->runs.back().text;
  bool begins_another = false;
  for (const LoggedRevision& other : m_log.revisions)
    for (const LoggedRun& run : other.runs) {
      if (run.line == m_lines.back().number) continue;
      if (run.text == title) return;
      begins_another = begins_another || run.text.starts_with(title);
    }
  if (!begins_another) return;
  std::erase_if(rev->runs, [&](const LoggedRun& run) { return run.line == m_lines.back().number; });
  rev->all_runs = rev->all_runs && !rev->runs.empty();
  m_log.unread.push_back({m_lines.back().number, m_lines.back().text});
  --m_log.lines_read;
}

BisectionLog LogReader::read() {
  while (m_at < m_lines.size()) {
    const std::string& text = m_lines[m_at].text;
    m_line = m_lines[m_at].number;
    const LogLine line = classify(text);
    if (base::trim(text).empty()) {
      if (m_state != State::candidates) m_state = State::between;
    } else if (line.kind == LineKind::crash && m_log.lines_read > 0) {
      take_console();
      break;
    } else {
      const State before = std::exchange(m_state, m_state == State::candidates ? m_state : State::between);
      // A compiler's "error:" is part of what it failed with.
      const bool of_failure =
          line.kind == LineKind::error && (before == State::run_text || before == State::failure_text);
      if (!of_failure && take(line)) {
        ++m_log.lines_read;
        if (line.kind == LineKind::first_bad) {
          ++m_at;
          take_description();
          continue;
        }
      } else {
        m_state = before;
        if (take_loose(text))
          ++m_log.lines_read;
        else
          m_log.unread.push_back({m_line, text});
      }
    }
    ++m_at;
  }
  m_cut = m_cut && !m_lines.empty() && !base::trim(m_lines.back().text).empty();
  drop_cut_title();
  m_log.cut = m_cut;
  for (LoggedRevision& rev : m_log.revisions)
    if (const auto title = m_titles.find(rev.commit); rev.title.empty() && title != m_titles.end())
      rev.title = title->second;
  for (LoggedRevision& rev : m_log.revisions)
    if (const auto left = m_lefts.find(rev.commit); left != m_lefts.end()) rev.left = left->second;
  // Our own log skips what it has runs of where something hides the bug from them.
  for (LoggedRevision& rev : m_log.revisions) {
    const bool named =
        std::ranges::any_of(m_masked, [&](const std::string& name) { return m_log.find(name) == &rev; });
    rev.masked = rev.logged ? m_log.is_own && *rev.logged == model::UserVerdict::skip : named;
  }
  if (m_log.result.title.empty() && m_log.result.commit)
    if (const auto title = m_titles.find(*m_log.result.commit); title != m_titles.end())
      m_log.result.title = title->second;
  if (!m_log.start)
    for (const LoggedStep& step : m_log.steps)
      if (!m_log.start && step.verdict == model::UserVerdict::bad) m_log.start = step.commit;
  return std::move(m_log);
}

std::string_view name_of(LoggedOutcome outcome) {
  static constexpr base::Words<LoggedOutcome> k_names{"ok",          "crashed", "boot_failed",
                                                      "test_failed", "infra",   "ignored"};
  return k_names.of(outcome);
}

std::string_view name_of(LoggedKind kind) {
  static constexpr base::Words<LoggedKind> k_names{"none", "culprit", "horizon", "inconclusive", "error"};
  return k_names.of(kind);
}

const LoggedRevision* BisectionLog::find(std::string_view ref) const {
  for (const LoggedRevision& rev : revisions)
    if (rev.label == ref && !ref.empty()) return &rev;
  if (ref.size() < 7) return nullptr;
  for (const LoggedRevision& rev : revisions)
    if (rev.commit.hex().starts_with(ref)) return &rev;
  return nullptr;
}

BisectionLog read_bisection_log(std::string_view text) { return LogReader(text).read(); }

}  // namespace culprit::replay
