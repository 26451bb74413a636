// What git bisect says in a log, in its own words or quoted, and how a log ends.
#include <algorithm>
#include <charconv>
#include <utility>

#include "base/strings.h"
#include "output/words/duration.h"
#include "output/words/text.h"
#include "replay/reading/log_reader.h"

namespace culprit::replay {
namespace {

// The words of a line, without the quotes that `git bisect log` puts around them.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> out;
  while (true) {
    text = base::trim(text);
    if (text.empty()) return out;
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(word.size());
    std::string bare(word);
    std::erase(bare, '\'');
    out.push_back(bare);
  }
}

}  // namespace

std::optional<int> parse_number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

std::optional<model::UserVerdict> LogReader::verdict_of(std::string_view word) const {
  if (word == "good" || word == "old" || word == m_good_term) return model::UserVerdict::good;
  if (word == "bad" || word == "new" || word == m_bad_term) return model::UserVerdict::bad;
  if (word == "skip") return model::UserVerdict::skip;
  return std::nullopt;
}

void LogReader::step(model::UserVerdict verdict, const model::CommitId& commit) {
  revision(commit).logged = verdict;
  if (verdict == model::UserVerdict::good) m_last_good = commit;
  if (verdict == model::UserVerdict::bad) m_last_bad = commit;
  // `git bisect log` says each step twice: as a comment with the title, and as the command.
  if (!m_log.steps.empty() && m_log.steps.back().commit == commit && m_log.steps.back().verdict == verdict)
    return;
  m_log.steps.push_back({verdict, commit, m_line});
}

bool LogReader::take_git_start(std::string_view rest) {
  std::vector<std::string> ends;
  for (const std::string& word : words_of(rest)) {
    if (word == "--") break;
    if (word.starts_with("--term-new=") || word.starts_with("--term-bad="))
      m_bad_term = word.substr(11);
    else if (word.starts_with("--term-old="))
      m_good_term = word.substr(11);
    else if (word.starts_with("--term-good="))
      m_good_term = word.substr(12);
    else if (!word.starts_with("--"))
      ends.push_back(word);
  }
  if (!ends.empty()) m_log.bisect_bad = ends[0];
  if (ends.size() > 1) m_log.bisect_good = ends[1];
  m_git_begun = true;
  const auto id_of = [&](const std::string& end) {
    const LoggedRevision* revision = m_log.find(end);
    return revision != nullptr ? std::optional(revision->commit) : model::CommitId::from_hex(end);
  };
  m_last_bad = ends.empty() ? std::nullopt : id_of(ends[0]);
  m_last_good = ends.size() < 2 ? std::nullopt : id_of(ends[1]);
  return true;
}

// A remark of culprit's. What is for people alone is left.
bool LogReader::take_own(std::string_view rest) {
  constexpr std::string_view k_runs = "the runs of ", k_words = "git's words leave ",
                             k_masked = " is masked: ";
  if (rest.starts_with(k_words)) m_log.left_open = rest;
  if (rest.starts_with("who descends from whom is said ")) m_log.states_ancestry = true;
  if (const auto at = rest.find(k_masked); at != std::string_view::npos) {
    m_masked.emplace_back(rest.substr(0, at));
    return true;
  }
  const bool takes_back = rest.starts_with(k_runs);
  if (takes_back) rest.remove_prefix(k_runs.size());
  const auto id = take_hash(rest);
  if (!id) return false;
  rest = base::trim(rest);
  if (takes_back) {
    if (rest != "above are taken back") return false;
    revision(*id).runs.clear();
    revision(*id).all_runs = false;
    return true;
  }
  for (const auto& [words, is_ancestor] : {std::pair{std::string_view("is an ancestor of "), true},
                                           std::pair{std::string_view("descends from "), false}}) {
    if (!rest.starts_with(words)) continue;
    rest.remove_prefix(words.size());
    const auto other = take_hash(rest);
    if (other) m_log.kin.push_back({*id, other, is_ancestor});
    return other.has_value();
  }
  if (rest == "is related to none of those above") {
    m_log.kin.push_back({*id, std::nullopt, false});
    return true;
  }
  return rest.starts_with("shows ") ? take_own_crashes(*id, rest) : take_own_word(*id, rest);
}

// "shows the bug in #1 #4", "shows another failure in #2": what more than the titles told.
bool LogReader::take_own_crashes(const model::CommitId& commit, std::string_view rest) {
  constexpr std::pair<std::string_view, CrashIs> k_words[] = {
      {"shows the bug in ", CrashIs::bug},
      {"shows another failure in ", CrashIs::another},
      {"shows a failure that hides nothing in ", CrashIs::beside}};
  const auto* said =
      std::ranges::find_if(k_words, [&](const auto& row) { return rest.starts_with(row.first); });
  if (said == std::end(k_words)) return false;
  for (const std::string& word : words_of(rest.substr(said->first.size()))) {
    const auto number = word.starts_with('#') ? parse_number(std::string_view(word).substr(1)) : std::nullopt;
    if (!number) return false;
    for (LoggedRun& run : revision(commit).runs)
      if (run.number == *number && run.outcome == LoggedOutcome::crashed) run.is = said->second;
  }
  return true;
}

// "is bad", "is open", "is no longer good": a verdict that git was not told, or that is taken back.
bool LogReader::take_own_word(const model::CommitId& commit, std::string_view rest) {
  if (!rest.starts_with("is ")) return false;
  rest.remove_prefix(3);
  const std::string_view word = rest.substr(0, rest.find_first_of(" ,:"));
  // "free of the bug though 2 runs showed it", or "open".
  if (rest.find(" showed it") != std::string_view::npos &&
      (rest.starts_with("free of the bug though ") || rest.starts_with("open though "))) {
    revision(commit).crashes_count = false;
    return true;
  }
  if (rest == "older than the bug") {
    revision(commit).older_than_bug = true;
    return true;
  }
  if (word == "open" || rest.starts_with("no longer ")) {
    revision(commit).logged.reset();
    return true;
  }
  const auto verdict = verdict_of(word);
  if (!verdict) return false;
  revision(commit).logged = verdict;
  return true;
}

bool LogReader::take_git_word(std::string_view rest) {
  const std::vector<std::string> words = words_of(rest);
  if (words.empty()) return false;
  const auto verdict = verdict_of(words[0]);
  if (!verdict || words.size() < 2) return false;
  for (std::size_t i = 1; i < words.size(); ++i) {
    std::string_view text = words[i];
    auto id = take_hash(text);
    if (!id)
      if (const LoggedRevision* known = m_log.find(words[i])) id = known->commit;
    if (!id) return false;
    step(*verdict, *id);
  }
  m_current.reset();
  m_in_variant = false;
  return true;
}

// good: [<hash>] <title>
bool LogReader::take_named(std::string_view rest) {
  const std::size_t colon = rest.find(": [");
  if (colon == std::string_view::npos) return false;
  const auto verdict = verdict_of(rest.substr(0, colon));
  std::string_view text = rest.substr(colon + 3);
  const auto id = take_hash(text);
  if (!verdict || !id || !text.starts_with(']')) return false;
  m_titles[*id] = base::trim(text.substr(1));
  step(*verdict, *id);
  return true;
}

bool LogReader::take_checkout(std::string_view rest) {
  rest.remove_prefix(1);
  const auto id = take_hash(rest);
  if (!id) return false;
  m_titles[*id] = base::trim(rest.substr(1));
  if (m_left) m_lefts[*id] = *std::exchange(m_left, std::nullopt);
  m_checked_out = id;
  m_current.reset();
  m_in_variant = false;
  return true;
}

bool LogReader::take_git(const LogLine& line) {
  switch (line.kind) {
    case LineKind::git_start:
      return take_git_start(line.rest);
    case LineKind::git_word:
      return take_git_word(line.rest);
    case LineKind::git_named:
      return take_named(line.rest);
    case LineKind::checkout:
      return take_checkout(line.rest);
    default:
      return true;
  }
}

// <hash> <title>, [<hash>] <title> or <hash> is the first bad commit
bool LogReader::take_result(std::string_view rest) {
  if (rest.starts_with('[')) rest.remove_prefix(1);
  const auto id = take_hash(rest);
  if (!id) return false;
  if (rest.starts_with(']')) rest.remove_prefix(1);
  m_log.result.kind = LoggedKind::culprit;
  m_log.result.commit = id;
  if (!rest.starts_with(" is the first ")) {
    m_log.result.title = base::trim(rest);
    if (!m_log.result.title.empty()) m_titles[*id] = m_log.result.title;
  }
  return true;
}

bool LogReader::take_totals(std::string_view rest) {
  const auto number = parse_number(rest.substr(0, rest.find(',')));
  if (!number) return false;
  m_log.revisions_tested = number;
  struct Field {
    std::string_view words;
    std::optional<double>* value;
  };
  for (const Field& field : {Field{"total time: ", &m_log.total_s}, Field{"(build: ", &m_log.build_s},
                             Field{"test: ", &m_log.test_s}}) {
    const std::size_t at = rest.find(field.words);
    if (at == std::string_view::npos) continue;
    const std::string_view value = rest.substr(at + field.words.size());
    *field.value = output::parse_go_duration(value.substr(0, value.find_first_of(" ,)")));
  }
  return true;
}

bool LogReader::take_ending(const LogLine& line) {
  std::string_view rest = line.rest;
  LoggedResult& result = m_log.result;
  switch (line.kind) {
    case LineKind::first_bad:
    case LineKind::result:
    case LineKind::git_result:
      return take_result(rest);
    case LineKind::horizon:
      result.kind = LoggedKind::horizon;
      result.text = base::trim(m_lines[m_at].text);
      return true;
    case LineKind::commit_msg:
      result.title = rest;
      return true;
    case LineKind::inconclusive:
      result.kind = LoggedKind::inconclusive;
      result.text = base::trim(m_lines[m_at].text);
      m_state = State::candidates;
      return true;
    case LineKind::git_possible: {
      result.kind = LoggedKind::inconclusive;
      if (!rest.starts_with('[')) return false;
      rest.remove_prefix(1);
      const auto id = take_hash(rest);
      if (!id) return false;
      result.candidates.push_back(*id);
      return true;
    }
    case LineKind::hash: {
      const auto id = take_hash(rest);
      if (m_state != State::candidates || !id) return false;
      result.candidates.push_back(*id);
      return true;
    }
    case LineKind::error:
      result.kind = LoggedKind::error;
      result.text = rest.empty() ? base::trim(m_lines[m_at].text) : rest;
      return true;
    default:
      return false;
  }
}

}  // namespace culprit::replay
