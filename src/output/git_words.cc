// git knows one bad end, the last that it is told, and goods that it never gives up. A search that weighs
// probabilities comes back to what it has called good, and calls bad what lies above a bad end. So the words
// are kept here, and git is told what it can use:
//  - a revision has a word once its verdict is settled; until then its runs are in the log and no word;
//  - a bad revision above git's bad end, or one beside the line of the start, is said in a remark: git would
//    go back to it;
//  - a word that is revised, or that a newer one contradicts (the ancestor of a good one shows the bug), is
//    taken back by a new "# git bisect start" with all the words that hold.
// At the end an answer settles what its runs left open: what descends from the culprit has the bug, the rest
// of the range has not. Whoever gives git these lines is led to the answer; where they leave more than one
// commit, a remark says how many and on what the answer rests.
//
// Ancestry is said where the order does not imply it. It implies: before git begins, a revision is an
// ancestor of the one before it (releases are walked back); from then on it descends from the last good one
// and is an ancestor of the last bad one, and is no nearer to any other.
#include "output/git_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <span>

#include "model/graph/commit_graph.h"

namespace culprit::output {

using model::CommitId;
using model::Goal;

namespace {

constexpr GitWord k_good = "good", k_bad = "bad", k_skip = "skip";

bool speaks(const RevisionSummary& revision) {
  return std::ranges::any_of(revision.runs, [](const RunSummary& run) { return model::tells(run.says); }) ||
         std::ranges::any_of(revision.said,
                             [](model::UserVerdict v) { return v != model::UserVerdict::skip; });
}

bool shows_bug(const RevisionSummary& revision) {
  return std::ranges::any_of(revision.runs,
                             [](const RunSummary& run) { return run.says == model::RunSays::shown; });
}

// Nothing can be learned of it: git's skip. One that was built and not run (is its binary another one?) is
// no such thing.
bool is_lost(const RevisionSummary& revision) {
  if (revision.runs.empty() && !revision.builds.empty() &&
      revision.builds.back().status == model::BuildStatus::ok)
    return false;
  return !std::ranges::any_of(revision.runs, [](const RunSummary& run) {
    return model::tells(run.says) || run.says == model::RunSays::open;
  });
}

}  // namespace

Left left_after(std::size_t range, std::size_t reach) {
  Left left;
  const std::size_t if_good = range > reach ? range - reach : 0;
  left.revisions = std::max({if_good, reach, std::size_t{1}}) - 1;
  if (range < 3) return left;
  const int power = static_cast<int>(std::bit_width(range)) - 1;
  const std::size_t whole = std::size_t{1} << power;
  left.steps = whole < 3 * (range - whole) ? power : power - 1;
  return left;
}

void GitWords::start(const model::CommitGraph* graph) {
  m_kin = model::Kinship(graph, m_fold.summary().problem.first_parent);
  if (graph != nullptr)
    remark("who descends from whom is said where the order of the tests does not imply it");
}

void GitWords::remark(const std::string& text) { m_write(fmt::format("# culprit: {}\n", text)); }

void GitWords::introduce(const CommitId& commit) {
  if (std::ranges::find(m_known, commit) != m_known.end()) return;
  const std::vector<CommitId> before = std::exchange(m_known, {});
  m_known = before;
  m_known.push_back(commit);
  if (before.empty() || !m_kin.knows(commit)) return;
  const auto above = m_kin.nearest_descendants(commit, before);
  const auto below = m_kin.nearest_ancestors(commit, before);
  const auto is_only = [](const std::vector<CommitId>& all, const CommitId& one) {
    return one.is_null() ? all.empty() : all.size() == 1 && all.front() == one;
  };
  if (m_begun ? is_only(above, m_bad) && is_only(below, m_good)
              : is_only(above, before.back()) && below.empty())
    return;
  for (const CommitId& other : above)
    remark(fmt::format("{} is an ancestor of {}", commit.hex(), other.hex()));
  for (const CommitId& other : below) remark(fmt::format("{} descends from {}", commit.hex(), other.hex()));
  if (above.empty() && below.empty())
    remark(fmt::format("{} is related to none of those above", commit.hex()));
}

void GitWords::choose(const CommitId& commit, std::string_view title, Left otherwise) {
  if (!m_begun) return;
  Left left = otherwise;
  if (m_kin.knows(commit) && m_kin.knows(m_bad)) {
    const auto range = m_kin.range(m_bad, all_good());
    if (!m_kin.is_ancestor(commit, m_bad) || commit == m_bad) return;
    const std::size_t reach = m_kin.reach(commit, range);
    if (reach == 0) return;
    left = left_after(range.size(), reach);
  }
  m_write(fmt::format("Bisecting: {} revision{} left to test after this (roughly {} step{})\n[{}] {}\n",
                      left.revisions, left.revisions == 1 ? "" : "s", left.steps, left.steps == 1 ? "" : "s",
                      commit.hex(), title));
}

// Empty while the verdict is open.
GitWord GitWords::word_of(const RevisionSummary& revision) const {
  const bool fix = m_fold.summary().problem.goal == Goal::fix;
  if (!revision.judged) {
    if (!revision.person) return {};
    if (*revision.person == model::UserVerdict::skip) return k_skip;
    return (*revision.person == model::UserVerdict::bad) != fix ? k_bad : k_good;
  }
  if (revision.verdict == model::Verdict::unknown) return is_lost(revision) ? k_skip : GitWord();
  return (revision.verdict == model::Verdict::bad) != fix ? k_bad : k_good;
}

GitWord GitWords::said(const CommitId& commit) const {
  const auto at = std::ranges::find(m_words, commit, &std::pair<CommitId, GitWord>::first);
  return at == m_words.end() ? GitWord() : at->second;
}

std::vector<CommitId> GitWords::all_good() const {
  std::vector<CommitId> out;
  for (const auto& [commit, word] : m_words)
    if (word == k_good && !m_implied.contains(commit)) out.push_back(commit);
  return out;
}

// Not in the history of the newest revision of the range.
bool GitWords::is_beside(const CommitId& commit) const {
  const model::Problem& problem = m_fold.summary().problem;
  const CommitId& newest = problem.goal == Goal::fix ? problem.head : problem.start;
  return m_kin.knows(newest) && !m_kin.is_ancestor(commit, newest);
}

// Whose word cannot hold if `commit` has this one.
std::vector<CommitId> GitWords::contradicted(const CommitId& commit, GitWord word) const {
  std::vector<CommitId> out;
  if (word == k_skip || is_beside(commit)) return out;
  for (const auto& [other, theirs] : m_words) {
    if (theirs == word || theirs == k_skip || is_beside(other)) continue;
    if (word == k_bad ? m_kin.is_ancestor(commit, other) : m_kin.is_ancestor(other, commit))
      out.push_back(other);
  }
  return out;
}

// Into the words that hold; no text.
void GitWords::put(const CommitId& commit, GitWord word) {
  std::erase_if(m_words, [&](const auto& entry) { return entry.first == commit; });
  m_implied.erase(commit);
  m_words.emplace_back(commit, word);
}

// To git, or in a remark where git cannot use it.
void GitWords::tell(const CommitId& commit, GitWord word) {
  const bool above = word == k_bad && !m_bad.is_null() && commit != m_bad && m_kin.is_ancestor(m_bad, commit);
  if (above || (word != k_skip && is_beside(commit))) {
    m_implied[commit] = word;
    remark(fmt::format("{} is {}{}", commit.hex(), word, above ? ", like its ancestor" : ""));
    return;
  }
  if (word == k_bad) m_bad = commit;
  if (word == k_good) m_good = commit;
  m_write(fmt::format("# git bisect {} {}\n", word, commit.hex()));
}

// Once both ends are known.
void GitWords::begin() {
  const auto has = [&](GitWord wanted) {
    return std::ranges::any_of(
        m_words, [&](const auto& entry) { return entry.second == wanted && !is_beside(entry.first); });
  };
  if (m_begun || !has(k_bad) || !has(k_good)) return;
  m_begun = true;
  restate();
}

// A start with the ends nearest to each other, then the words that they do not imply.
void GitWords::restate() {
  m_bad = m_good = CommitId();
  m_implied.clear();
  for (const auto& [commit, word] : m_words) {
    if (is_beside(commit)) continue;
    // The last one, but not one above those that are known.
    if (word == k_bad && (m_bad.is_null() || !m_kin.is_ancestor(m_bad, commit))) m_bad = commit;
    if (word == k_good && (m_good.is_null() || !m_kin.is_ancestor(commit, m_good))) m_good = commit;
  }
  const CommitId bad = m_bad;
  const CommitId good = m_good;
  std::string ends;
  for (const CommitId& end : {bad, good})
    if (!end.is_null()) ends += " " + end.hex();
  m_write(fmt::format("# git bisect start{}{}\n",
                      m_fold.summary().problem.first_parent ? " --first-parent" : "", ends));
  for (const auto& [commit, word] : std::vector(m_words)) {
    if (commit == bad || commit == good) continue;
    const bool is_covered = word == k_good && (is_beside(commit) || m_kin.is_ancestor(commit, good));
    if (word == k_bad || is_covered)
      m_implied[commit] = word;
    else
      tell(commit, word);
  }
}

void GitWords::settle(const RevisionSummary& revision) {
  const CommitId& commit = revision.commit;
  const GitWord word = word_of(revision);
  const GitWord before = said(commit);
  if (word.empty() || word == before) return;
  introduce(commit);
  const auto against = contradicted(commit, word);
  for (const CommitId& other : against) {
    remark(fmt::format("{} is no longer {}: {} is {}", other.hex(), said(other), commit.hex(), word));
    std::erase_if(m_words, [&](const auto& entry) { return entry.first == other; });
  }
  if (!before.empty()) remark(fmt::format("{} is {}: it was called {} before", commit.hex(), word, before));
  put(commit, word);
  if (!m_begun) return begin();
  if (before.empty() && against.empty()) return tell(commit, word);
  restate();
}

// What a revision is if the answer is right; skip where its own runs say otherwise or nothing. What is free
// of the bug and not behind its fix is older than the bug: git has it with the old side.
GitWord GitWords::final_word(const RevisionSummary& revision, const CommitId& culprit) const {
  const GitWord own = word_of(revision);
  if (revision.commit == culprit) return k_bad;
  if (!m_kin.knows(revision.commit) || !m_kin.knows(culprit) || is_beside(revision.commit)) return own;
  const GitWord answer = m_kin.is_ancestor(culprit, revision.commit) ? k_bad : k_good;
  const bool has_bug = (answer == k_bad) == (m_fold.summary().problem.goal == Goal::cause);
  if (own == answer || (own.empty() && revision.runs.empty())) return own;
  return own == k_skip || !speaks(revision) || (!has_bug && shows_bug(revision)) ? k_skip : answer;
}

void GitWords::settle_by_answer(const CommitId& culprit) {
  std::vector<std::pair<CommitId, GitWord>> news;
  bool revised = false;
  for (const RevisionSummary& revision : m_fold.summary().revisions) {
    if (!revision.answered()) continue;
    const GitWord word = final_word(revision, culprit);
    const GitWord before = said(revision.commit);
    if (word.empty() || word == before) continue;
    const bool is_older = m_fold.summary().problem.goal == Goal::fix && word == k_good &&
                          !shows_bug(revision) && speaks(revision) && word_of(revision) == k_bad;
    if (is_older) remark(fmt::format("{} is older than the bug", revision.commit.hex()));
    if (!before.empty()) {
      revised = true;
      remark(fmt::format("{} is {} if the answer is right: it was called {} before", revision.commit.hex(),
                         word, before));
    }
    news.emplace_back(revision.commit, word);
  }
  if (said(culprit) != k_bad &&
      std::ranges::find(news, culprit, &std::pair<CommitId, GitWord>::first) == news.end()) {
    introduce(culprit);
    remark(fmt::format("{} was not tested: it is {} by what was found around it", culprit.hex(), k_bad));
    news.emplace_back(culprit, k_bad);
  }
  for (const auto& [commit, word] : news) put(commit, word);
  if (!m_begun) return begin();
  if (revised) return restate();
  if (!news.empty()) remark("the answer settles what was open:");
  for (const auto& [commit, word] : news) tell(commit, word);
  if (m_bad != culprit) {  // another bad one was told later, or lies below
    put(culprit, k_bad);
    m_bad = CommitId();
    tell(culprit, k_bad);
  }
}

// Without an answer, what is open stays open: git passes it by.
void GitWords::settle_open() {
  bool revised = false;
  std::vector<CommitId> skipped;
  for (const RevisionSummary& revision : m_fold.summary().revisions) {
    if (!revision.judged || !word_of(revision).empty()) continue;
    const GitWord before = said(revision.commit);
    if (before == k_skip) continue;
    if (!before.empty()) {
      remark(fmt::format("{} is open: it was called {} before", revision.commit.hex(), before));
      revised = true;
    }
    skipped.push_back(revision.commit);
  }
  for (const CommitId& commit : skipped) put(commit, k_skip);
  if (!m_begun) return begin();
  if (revised) return restate();
  for (const CommitId& commit : skipped) tell(commit, k_skip);
}

void GitWords::tell_rest(const model::Conclusion& conclusion) {
  if (!m_begun || !m_kin.knows(*conclusion.culprit)) return;
  const auto range = m_kin.range(*conclusion.culprit, all_good());
  if (range.size() < 2) return;
  remark(fmt::format("git's words leave {} besides {}: it is the answer with {:.1f} %",
                     range.size() == 2 ? "a commit" : fmt::format("{} commits", range.size() - 1),
                     conclusion.culprit->hex(), 100 * conclusion.probability));
}

void GitWords::conclude(const model::Conclusion& conclusion) {
  if (conclusion.kind != model::ResultKind::culprit || !conclusion.culprit) return settle_open();
  settle_by_answer(*conclusion.culprit);
  tell_rest(conclusion);
}

}  // namespace culprit::output
