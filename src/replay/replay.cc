// A logged run is turned into the record that a run of our own would have left, so that identity judges both
// alike. Then each revision stands for itself: if one of its crashes is the bug, it is bad; if not, what
// counts are the runs that went through quietly, against how often the bug shows where it is
// (identity::CrashRates). Runs that another crash ended, and those that the machine lost, count for nothing.
//
// History enters twice. Where ancestry is known (the log states it, or its repository is at hand), the silence
// of what would have the bug too counts for a revision, and the ends of the conclusion are ancestor and
// descendant. And: a quiet release that is newer than one on which the bug was seen starts with the odds
// against it, because bugs seldom go and come back. It makes "good" unknown, never a masked revision bad.
//
// The logged bisection left its bug where its verdict on a revision has no support: it called bad what shows
// only other crashes, or good what shows the bug. A verdict that was right for the wrong reason (an older
// release shows the bug all the same) led nowhere wrong.
#include "replay/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "model/binaries.h"
#include "model/evidence.h"
#include "model/graph/kinship.h"
#include "output/words/text.h"
#include "replay/advice.h"
#include "replay/order.h"

namespace culprit::replay {
namespace {

using model::Identity;
using model::Verdict;
using output::counted;

constexpr double k_bad = identity::k_surely_target;  // so sure must it be that one of the crashes is the bug
constexpr double k_good = 0.1;                       // p_bad below which a revision is free of it
constexpr int k_least_quiet = 2;                     // one run can be quiet for any reason
constexpr double k_goes_and_comes_back = 0.05;       // prior of a quiet release above one that shows the bug
constexpr double k_no_support = 0.25;                // p_bad from which on a logged "good" is a coin toss
constexpr double k_open = 0.25;        // p(the other end) from which on a revision between the ends is open
constexpr double k_told = 0.98;        // that a crash is what the log says beyond its title
constexpr double k_other_crash = 0.3;  // p(bug) below which a logged "bad" rests on other crashes

// What the runs of a revision, and of those with its binary, come to.
struct Tally {
  int all = 0;
  int quiet = 0;
  int other = 0;      // ended by another crash, or by one that is open
  int failed = 0;     // did not boot, failed the basic test
  int lost = 0;       // to the machine
  int shown = 0;      // the bug
  int uncounted = 0;  // like the bug, and the log has reasons not to count it
  int silenced = 0;   // quiet where the log has no verdict
  int beside = 0;     // quiet runs of others that would have the bug if this one had it
  double none_is_bug = 1;
  std::map<std::string, int> others;  // titles of crashes that are not the bug
};

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

model::RunRecord record_of(const LoggedRevision& revision, const LoggedRun& run) {
  model::RunRecord record;
  record.commit = revision.commit;
  record.signature = revision.signature;
  switch (run.outcome) {
    case LoggedOutcome::ok:
      record.outcome = model::Ok{};
      record.completed = true;
      break;
    case LoggedOutcome::crashed:
    case LoggedOutcome::ignored:
      record.outcome = model::Crashed{first_line(run.text)};
      break;
    case LoggedOutcome::boot_failed:
      record.outcome = model::BootFailed{first_line(run.text)};
      break;
    case LoggedOutcome::test_failed:
      record.outcome = model::TestFailed{first_line(run.text)};
      break;
    case LoggedOutcome::infra:
      record.outcome = model::Infra{first_line(run.text)};
      break;
  }
  return record;
}

bool has_crash(const LoggedRevision& revision) {
  return std::ranges::any_of(revision.runs,
                             [](const LoggedRun& run) { return run.outcome == LoggedOutcome::crashed; });
}

class Judge {
 public:
  Judge(const BisectionLog& log, const model::CommitGraph* graph)
      : m_log(log), m_graph(graph), m_order(order_of(log, graph)) {}

  Replay run() {
    m_out.goal = m_log.goal;
    m_out.logged_result = m_log.result;
    if (m_log.start) m_out.start = *m_log.start;
    m_words_alone =
        std::ranges::all_of(m_log.revisions, [](const LoggedRevision& r) { return r.runs.empty(); });
    identify();
    group();
    for (std::size_t i = 0; i < m_out.revisions.size(); ++i) judge(i);
    doubt_quiet_releases();
    for (std::size_t i = 0; i < m_out.revisions.size(); ++i)
      m_out.revisions[i].logged_bad = logged_verdict(i);
    find_derailment();
    conclude();
    m_out.next_steps = next_steps(m_out, m_rates);
    return std::move(m_out);
  }

 private:
  bool fix() const { return m_log.goal == model::Goal::fix; }
  bool knows_ancestry() const { return !m_order.before.empty(); }
  // `i` is an ancestor of `j`, for certain.
  bool before(std::size_t i, std::size_t j) const { return knows_ancestry() && m_order.before[i][j]; }
  // In the direction of the search: what lies there has the bug only if `i` has it.
  bool behind(std::size_t other, std::size_t i) const { return fix() ? before(i, other) : before(other, i); }
  ReplayedRevision& at(std::size_t i) { return m_out.revisions[i]; }

  // Where the bug is known to show: the start, else the first revision that crashes.
  model::CommitId reference() const {
    const LoggedRevision* start = nullptr;
    for (const LoggedRevision& revision : m_log.revisions)
      if (m_log.start && revision.commit == *m_log.start) start = &revision;
    if (start && has_crash(*start)) return start->commit;
    for (const LoggedRevision& revision : m_log.revisions)
      if (has_crash(revision)) return revision.commit;
    return m_out.start;
  }

  identity::Context context(const model::CommitId& start) const {
    identity::Context context;
    context.goal = m_log.goal;
    for (const LoggedRevision& revision : m_log.revisions)
      if (revision.commit == start) context.title = revision.representative;
    // Where nobody says, only of the line of releases it is certain who is whose ancestor.
    context.is_ancestor = [this](const model::CommitId& a, const model::CommitId& b) {
      const auto index = [&](const model::CommitId& id) {
        return std::ranges::find(m_log.revisions, id, &LoggedRevision::commit) - m_log.revisions.begin();
      };
      const auto i = static_cast<std::size_t>(index(a));
      const auto j = static_cast<std::size_t>(index(b));
      if (i >= m_order.rank.size() || j >= m_order.rank.size()) return false;
      if (knows_ancestry()) return before(i, j);
      return m_order.on_line[i] && m_order.on_line[j] && m_order.rank[i] < m_order.rank[j];
    };
    return context;
  }

  // The bisection had the consoles, the log has the titles alone.
  static void told_by_log(CrashIs is, ReplayedRun& run) {
    const bool is_bug = is == CrashIs::bug;
    run.hides_nothing = is == CrashIs::beside;
    run.identity = is_bug ? Identity::target : Identity::foreign;
    run.p_target = is_bug ? k_told : 1 - k_told;
    run.why = "the log says so, which knew more than the title";
  }

  void identify() {
    std::vector<model::RunRecord> records;
    for (const LoggedRevision& revision : m_log.revisions)
      for (const LoggedRun& run : revision.runs) records.push_back(record_of(revision, run));
    const model::CommitId start = reference();
    const identity::Assessment assessment = identity::assess(records, start, context(start));
    m_out.target = assessment.target();
    m_out.faces = assessment.faces();
    m_rates = assessment.rates();
    m_out.crash_rate = m_rates.mean();
    std::size_t next = 0;
    for (std::size_t i = 0; i < m_log.revisions.size(); ++i) {
      const LoggedRevision& logged = m_log.revisions[i];
      ReplayedRevision revision{.commit = logged.commit,
                                .label = logged.label,
                                .title = logged.title,
                                .compiler = logged.compiler,
                                .signature = logged.signature,
                                .rank = m_order.rank[i]};
      for (const LoggedRun& run : logged.runs) {
        const model::RunRecord& record = records[next];
        ReplayedRun replayed{.outcome = run.outcome, .title = run.text, .p_target = record.p_target};
        if (run.outcome == LoggedOutcome::crashed || run.outcome == LoggedOutcome::ignored) {
          replayed.identity = record.identity;
          replayed.why = assessment.explain(next);
          if (run.is) told_by_log(*run.is, replayed);
        }
        revision.runs.push_back(std::move(replayed));
        ++next;
      }
      m_out.revisions.push_back(std::move(revision));
    }
  }

  // Revisions that share a signature.
  void group() {
    model::EqualBinaries equal(m_out.revisions.size());
    for (std::size_t i = 0; i < m_out.revisions.size(); ++i) equal.note(i, at(i).signature);
    std::map<std::size_t, std::vector<std::size_t>> groups;
    for (std::size_t i = 0; i < m_out.revisions.size(); ++i) groups[equal.group(i)].push_back(i);
    for (const auto& [group, members] : groups)
      if (members.size() > 1) m_out.same_binary.push_back(members);
  }

  std::vector<std::size_t> equal_binaries(std::size_t index) const {
    for (const auto& members : m_out.same_binary)
      if (std::ranges::find(members, index) != members.end()) return members;
    return {index};
  }

  Tally tally(const std::vector<std::size_t>& members) const {
    Tally tally;
    std::map<std::string, double> crashes;
    for (const std::size_t member : members)
      for (const ReplayedRun& run : m_out.revisions[member].runs) {
        ++tally.all;
        switch (run.outcome) {
          case LoggedOutcome::ok:
            ++(m_log.revisions[member].masked ? tally.silenced : tally.quiet);
            break;
          case LoggedOutcome::infra:
            ++tally.lost;
            break;
          case LoggedOutcome::boot_failed:
          case LoggedOutcome::test_failed:
            ++tally.failed;
            break;
          case LoggedOutcome::crashed:
          case LoggedOutcome::ignored:
            if (run.hides_nothing) {
              ++tally.quiet;
              break;
            }
            if (!m_log.revisions[member].crashes_count && run.p_target >= identity::k_surely_target) {
              ++tally.uncounted;
              break;
            }
            crashes[run.title] = run.p_target;
            if (run.p_target >= identity::k_surely_target)
              ++tally.shown;
            else
              ++tally.other, ++tally.others[run.title];
            break;
        }
      }
    // Several strangers are no likelier to be the bug than the likeliest of them: what speaks for one speaks
    // for all.
    for (const auto& [title, p] : crashes) tally.none_is_bug = std::min(tally.none_is_bug, 1 - p);
    return tally;
  }

  // An ancestor shows the bug.
  bool descends_from_bug(std::size_t index) const {
    for (std::size_t i = 0; i < m_out.revisions.size(); ++i)
      if (before(i, index) && 1 - tally(equal_binaries(i)).none_is_bug >= k_bad) return true;
    return false;
  }

  // Revisions that would have the bug if `index` had it: quiet ones among them speak for it too.
  std::vector<std::size_t> with_its_bug(std::size_t index) const {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < m_out.revisions.size(); ++i) {
      if (!behind(index, i)) continue;
      // fix: what is older than the bug says nothing of its fix.
      if (fix() && !descends_from_bug(i)) continue;
      const Tally tally = this->tally(equal_binaries(i));
      if (tally.shown == 0 && tally.none_is_bug > k_bad) out.push_back(i);
    }
    return out;
  }

  // The tally of `index` and its equals, with the silence of those that would have its bug.
  Tally whole_tally(std::size_t index) const {
    Tally tally = this->tally(equal_binaries(index));
    for (const std::size_t other : with_its_bug(index)) tally.beside += quiet_of(this->tally({other}));
    return tally;
  }

  void judge(std::size_t index) {
    ReplayedRevision& revision = at(index);
    const std::vector<std::size_t> members = equal_binaries(index);
    const Tally tally = whole_tally(index);
    if (tally.all == 0) {
      judge_without_runs(index);
      return;
    }
    const double silent = silent_odds(tally, 0.5);
    revision.p_bad = (1 - tally.none_is_bug) + tally.none_is_bug * silent;
    revision.verdict = verdict_of(tally, revision.p_bad);
    revision.why = in_words(tally, revision, members.size());
  }

  // Where another crash ends most runs, those that evade it are not ordinary runs: the reproducer may not
  // have got going in them. So quiet runs count by their share.
  static int quiet_of(const Tally& tally) {
    const int all = tally.quiet + tally.other;
    return all == 0 ? 0 : tally.quiet * tally.quiet / all;
  }
  static int quiet_that_count(const Tally& tally) { return quiet_of(tally) + tally.beside; }

  // p(bad) from the quiet runs alone, from a prior.
  double silent_odds(const Tally& tally, double prior) const {
    return m_rates.bug_behind_silence(quiet_that_count(tally), prior);
  }

  static Verdict verdict_of(const Tally& tally, double p_bad) {
    if (1 - tally.none_is_bug >= k_bad) return Verdict::bad;
    return p_bad <= k_good && quiet_that_count(tally) >= k_least_quiet ? Verdict::good : Verdict::unknown;
  }

  void judge_without_runs(std::size_t index) {
    ReplayedRevision& revision = at(index);
    const LoggedRevision& logged = m_log.revisions[index];
    if (logged.failure == LoggedFailure::build_broken) {
      revision.why = "it does not build";
    } else if (logged.failure == LoggedFailure::infra) {
      revision.why =
          "lost to the machine: " + output::cut(output::one_line(first_line(logged.failure_text)), 100);
    } else if (!logged.logged || *logged.logged == model::UserVerdict::skip) {
      revision.why = logged.logged ? "skipped" : "the log has no runs of it";
    } else {
      const bool bad = called_bad(*logged.logged);
      const double trust = m_words_alone ? 0.95 : 0.7;
      revision.p_bad = bad ? trust : 1 - trust;
      if (m_words_alone) revision.verdict = bad ? Verdict::bad : Verdict::good;
      const bool word = *logged.logged == model::UserVerdict::bad;
      revision.why =
          m_words_alone ? fmt::format("called {}", word ? "bad" : "good")
                        : fmt::format("the log calls it {}, but its runs are missing", word ? "bad" : "good");
    }
  }

  // Git's word in the sense "the bug is there".
  bool called_bad(model::UserVerdict word) const {
    const bool bad = word == model::UserVerdict::bad;
    return fix() && m_order.bad_is_new ? !bad : bad;
  }

  std::string in_words(const Tally& tally, const ReplayedRevision& revision, std::size_t members) const {
    std::vector<std::string> parts;
    const auto add = [&](int count, std::string_view what) {
      if (count == 0) return;
      parts.push_back(parts.empty() ? fmt::format("{} of {} {}", count, tally.all, what)
                                    : fmt::format("{} {}", count, what));
    };
    add(tally.shown, tally.all == 1 ? "run shows the bug" : "runs show the bug");
    if (tally.quiet >= tally.other) add(tally.quiet, "quiet");
    std::vector<std::pair<int, std::string>> others;
    for (const auto& [title, count] : tally.others) others.emplace_back(-count, title);
    std::ranges::sort(others);
    for (const auto& [count, title] : others)
      add(-count, fmt::format("end{} in \"{}\"{}", count == -1 ? "s" : "", title,
                              open(title) ? ", the bug or not" : ""));
    if (tally.quiet < tally.other) add(tally.quiet, "quiet");
    add(tally.uncounted, "crashed like it and is not counted by the log");
    add(tally.silenced, "quiet where the log has no verdict");
    add(tally.failed, "failed before the reproducer ran");
    add(tally.lost, "lost to the machine");
    std::string out = fmt::format("{}", fmt::join(parts, ", "));
    if (members > 1) out += fmt::format(" (counting {} more with an equal binary)", members - 1);
    if (tally.beside > 0 && tally.shown == 0)
      out += fmt::format(", and {} quiet of its {}", tally.beside, fix() ? "ancestors" : "descendants");
    const bool opened = std::ranges::any_of(others, [&](const auto& other) { return open(other.second); });
    if (revision.verdict == Verdict::unknown && tally.quiet == 0 && tally.other > 0 && !opened)
      out += ": the bug had no chance to show";
    else if (revision.verdict == Verdict::unknown && tally.quiet > 0 && tally.other == 0)
      out += ": too few for a bug that does not always show";
    return out;
  }

  bool open(const std::string& title) const {
    for (const identity::FaceJudgement& face : m_out.faces)
      if (face.title == title) return face.identity == Identity::unknown;
    return false;
  }

  // An older release that shows the bug (cause). For a fix: a newer one. Also what git chose after it had
  // been told that `index` is bad: from then on it tests ancestors of that one alone.
  bool shown_behind(std::size_t index) const {
    const auto& word = m_log.revisions[index].logged;
    const bool narrowed = !fix() && word && *word == model::UserVerdict::bad;
    for (std::size_t i = 0; i < m_out.revisions.size(); ++i) {
      if (m_out.revisions[i].verdict != Verdict::bad) continue;
      if (knows_ancestry()) {
        if (behind(i, index)) return true;
        continue;
      }
      if (narrowed && i > index && m_log.revisions[i].logged && !m_order.on_line[i]) return true;
      if (!m_order.on_line[i] || !m_order.on_line[index]) continue;
      const bool behind =
          fix() ? m_order.rank[i] > m_order.rank[index] : m_order.rank[i] < m_order.rank[index];
      if (behind) return true;
    }
    return false;
  }

  void doubt_quiet_releases() {
    for (std::size_t i = 0; i < m_out.revisions.size(); ++i) {
      ReplayedRevision& revision = at(i);
      if (revision.verdict == Verdict::bad || !shown_behind(i)) continue;
      const Tally tally = whole_tally(i);
      if (tally.quiet == 0) continue;
      const double silent = silent_odds(tally, 1 - k_goes_and_comes_back);
      revision.p_bad = (1 - tally.none_is_bug) + tally.none_is_bug * silent;
      const Verdict before = std::exchange(revision.verdict, verdict_of(tally, revision.p_bad));
      if (before == Verdict::good && revision.verdict == Verdict::unknown)
        revision.why +=
            fmt::format(": good by itself, but the bug shows on {} ones too", fix() ? "newer" : "older");
    }
  }

  // What the log took a revision for. Releases have no word of git's; the rule of the time was: any crash
  // makes bad, else more than six errors of ten make a skip.
  std::optional<bool> logged_verdict(std::size_t index) const {
    const LoggedRevision& logged = m_log.revisions[index];
    if (logged.logged) {
      if (*logged.logged == model::UserVerdict::skip) return std::nullopt;
      return called_bad(*logged.logged);
    }
    if (logged.runs.empty()) return std::nullopt;
    const std::string id = logged.commit.hex();
    const auto is_end = [&](const std::string& ref) {
      return !ref.empty() && (ref == logged.label || ref == id);
    };
    if (is_end(m_log.bisect_bad)) return called_bad(model::UserVerdict::bad);
    if (is_end(m_log.bisect_good)) return called_bad(model::UserVerdict::good);
    if (has_crash(logged)) return true;
    const auto errors = std::ranges::count_if(logged.runs, [](const LoggedRun& run) {
      return run.outcome != LoggedOutcome::ok && run.outcome != LoggedOutcome::ignored;
    });
    if (10 * errors > 6 * static_cast<std::ptrdiff_t>(logged.runs.size())) return std::nullopt;
    return false;
  }

  void find_derailment() {
    if (m_words_alone) return;
    for (std::size_t i = 0; i < m_out.revisions.size(); ++i) {
      const std::string why = unsupported(i);
      if (why.empty()) continue;
      m_out.derailed_at = i;
      m_out.derailed_why = why;
      return;
    }
  }

  // Why the log's verdict on a revision has no support; empty where it has, or where it did no harm.
  std::string unsupported(std::size_t index) {
    const ReplayedRevision& revision = at(index);
    const Tally tally = whole_tally(index);
    if (!revision.logged_bad || tally.all == 0 || revision.runs.empty()) return {};
    if (*revision.logged_bad) {
      if (revision.verdict == Verdict::bad || 1 - tally.none_is_bug >= k_other_crash) return {};
      if (shown_behind(index)) return {};
      if (tally.others.empty()) return {};
      const auto most = std::ranges::max_element(tally.others, {}, [](const auto& e) { return e.second; });
      return fmt::format("the log calls it bad, but what shows there is \"{}\", not the bug", most->first);
    }
    if (revision.verdict == Verdict::bad)
      return fmt::format("the log calls it good, but {} of {} runs show the bug", tally.shown, tally.all);
    if (revision.verdict == Verdict::good) return {};
    if (tally.quiet == 0) return "the log calls it good, but no run went through";
    if (revision.p_bad < k_no_support) return {};
    if (silent_odds(tally, 0.5) < k_no_support && !tally.others.empty())
      return fmt::format("the log calls it good, but {} of {} runs end in crashes that may be the bug",
                         tally.other, tally.all);
    // A search that weighs all runs together may call good what few runs of its own say of.
    if (m_log.is_own) return {};
    return fmt::format(
        "the log calls it good, but {} without the bug say little: it shows in about {:.0f} % of them",
        counted(static_cast<std::size_t>(tally.quiet), "run"), 100 * m_out.crash_rate);
  }

  // fix: a merge base that is free of the bug is older than the bug, not newer than its fix.
  bool before_the_bug(std::size_t index) const {
    return m_log.revisions[index].older_than_bug ||
           (fix() &&
            std::ranges::find(m_log.merge_bases, m_out.revisions[index].commit) != m_log.merge_bases.end());
  }

  // Revisions with a verdict, on the side of the bug that the search comes from ("bad" and newest for a fix).
  void conclude() {
    knows_ancestry() ? conclude_by_ancestry() : conclude_by_rank();
    ReplayConclusion& c = m_out.conclusion;
    c.last_confirmed = c.bad;
    std::ranges::sort(c.unknown_between, [&](std::size_t a, std::size_t b) { return place(a) > place(b); });
    count_left();
    c.culprit = culprit();
    if (c.culprit == m_log.result.commit) c.against.clear();
  }

  // Towards which the search goes: older for a cause, newer for a fix.
  double place(std::size_t i) const { return (fix() ? -1 : 1) * m_out.revisions[i].rank; }

  void conclude_by_rank() {
    ReplayConclusion& c = m_out.conclusion;
    for (std::size_t i = 0; i < m_out.revisions.size(); ++i)
      if (at(i).verdict == Verdict::bad && (!c.bad || place(i) < place(*c.bad))) c.bad = i;
    // If the bug's end is outside of the range in which git searched, the commits of that range are far from
    // it, and the nearest release says all there is to say.
    const bool inside =
        !c.bad || (at(*c.bad).rank >= m_order.bisect_old && at(*c.bad).rank <= m_order.bisect_new);
    for (const bool releases_only : {!inside, false}) {
      for (std::size_t i = 0; i < m_out.revisions.size(); ++i) {
        if (at(i).verdict != Verdict::good || (c.bad && place(i) > place(*c.bad))) continue;
        if (before_the_bug(i)) continue;
        if (releases_only && !m_order.on_line[i]) continue;
        if (!c.good || place(i) > place(*c.good)) c.good = i;
      }
      if (c.good) break;
    }
    for (std::size_t i = 0; i < m_out.revisions.size(); ++i) {
      if (at(i).verdict != Verdict::unknown || (c.bad && place(i) > place(*c.bad))) continue;
      if (c.good && place(i) < place(*c.good)) continue;
      c.unknown_between.push_back(i);
    }
  }

  // The nearer end of the search (cause: the oldest that is bad, fix: the oldest that is good) is the logged
  // culprit where it can be; the farther one is the newest ancestor of it that is the opposite.
  void conclude_by_ancestry() {
    ReplayConclusion& c = m_out.conclusion;
    const Verdict wanted = fix() ? Verdict::good : Verdict::bad;
    const Verdict opposite = fix() ? Verdict::bad : Verdict::good;
    std::optional<std::size_t> newer, older;
    const auto may_be = [&](std::size_t i) {
      if (before_the_bug(i)) return false;
      if (at(i).verdict != wanted) return follows(i, wanted);
      if (fix() && !descends_from_bug(i)) return false;
      for (std::size_t j = 0; j < m_out.revisions.size(); ++j)
        if (at(j).verdict == wanted && before(j, i) && (!fix() || descends_from_bug(j))) return false;
      return true;
    };
    for (std::size_t i = 0; i < m_out.revisions.size(); ++i) {
      if (!may_be(i)) continue;
      const bool is_named = m_log.result.commit == at(i).commit;
      if (!newer || is_named || (at(*newer).commit != m_log.result.commit && at(i).rank < at(*newer).rank))
        newer = i;
    }
    for (std::size_t i = 0; i < m_out.revisions.size(); ++i) {
      if (at(i).verdict != opposite || (newer && !before(i, *newer))) continue;
      if (!older || at(i).rank > at(*older).rank) older = i;
    }
    c.bad = fix() ? older : newer;
    c.good = fix() ? newer : older;
    if (!newer) return;
    for (std::size_t i = 0; i < m_out.revisions.size(); ++i) {
      if (at(i).verdict != Verdict::unknown || !before(i, *newer)) continue;
      bool is_behind = false;
      for (std::size_t j = 0; j < m_out.revisions.size(); ++j)
        is_behind = is_behind || (at(j).verdict == opposite && before(i, j));
      if (!is_behind) c.unknown_between.push_back(i);
    }
  }

  // The logged culprit was not run; but all that is `wanted` descends from it, and on more than one way.
  bool follows(std::size_t index, Verdict wanted) {
    if (at(index).commit != m_log.result.commit || !at(index).runs.empty()) return false;
    std::vector<std::size_t> nearest;
    for (std::size_t i = 0; i < m_out.revisions.size(); ++i) {
      if (at(i).verdict != wanted || before_the_bug(i)) continue;
      if (!before(index, i)) return false;
      std::erase_if(nearest, [&](std::size_t other) { return before(i, other); });
      if (std::ranges::none_of(nearest, [&](std::size_t other) { return before(other, i); }))
        nearest.push_back(i);
    }
    return nearest.size() > 1;
  }

  // With the history at hand: what is behind the nearer end and behind no opposite one.
  void count_left() {
    ReplayConclusion& c = m_out.conclusion;
    const auto& newer = fix() ? c.good : c.bad;
    if (m_graph == nullptr || !knows_ancestry() || !newer) return;
    const Verdict opposite = fix() ? Verdict::bad : Verdict::good;
    std::vector<model::CommitId> others;
    for (std::size_t i = 0; i < m_out.revisions.size(); ++i)
      if (at(i).verdict == opposite) others.push_back(at(i).commit);
    if (others.empty()) return;
    c.commits_left = model::Kinship(m_graph, false).range(at(*newer).commit, others).size();
  }

  // The logged culprit, where every verdict that led to it stands; or the one that the last step should have
  // named.
  std::optional<model::CommitId> culprit() {
    ReplayConclusion& c = m_out.conclusion;
    const bool names = m_log.result.kind == LoggedKind::culprit && m_log.result.commit;
    if (m_out.derailed_at) {
      if (names)
        c.against = fmt::format("the bisection had left its bug at {}", at(*m_out.derailed_at).name());
      return corrected_culprit();
    }
    if (!names) return std::nullopt;
    c.against = why_not();
    return c.against.empty() ? m_log.result.commit : std::nullopt;
  }

  // What speaks against the logged culprit; empty for nothing.
  std::string why_not() {
    const ReplayConclusion& c = m_out.conclusion;
    if (!m_log.culprit_signature.empty() && m_log.culprit_signature == m_log.parent_signature)
      return "its binary is its parent's";
    for (std::size_t i = 0; i < m_log.revisions.size(); ++i) {
      const LoggedRevision& logged = m_log.revisions[i];
      if (!logged.logged || *logged.logged == model::UserVerdict::skip || logged.older_than_bug) continue;
      if (!logged.crashes_count) continue;  // the log says itself that its runs tell nothing
      const bool bad = called_bad(*logged.logged);
      if (bad ? at(i).p_bad < 0.5 : at(i).p_bad > 0.5)
        return fmt::format("the log calls {} {}, but: {}", at(i).name(), bad ? "bad" : "good", at(i).why);
    }
    // It is as sure as the two revisions that it lies between.
    const auto& near = fix() ? c.good : c.bad;
    const auto& far = fix() ? c.bad : c.good;
    const std::string_view side = fix() ? "free of the bug" : "to show the bug";
    const ReplayedRevision* named = m_out.find(*m_log.result.commit);
    if (!near) return fmt::format("no revision is known {}", side);
    if (at(*near).commit != *m_log.result.commit) {
      if (named == nullptr || named->runs.empty()) return "it was not tested";
      const Verdict wanted = fix() ? Verdict::good : Verdict::bad;
      return named->verdict != wanted
                 ? named->why
                 : fmt::format("{}, which is older, is known {} too", at(*near).name(), side);
    }
    if (!far) {
      std::string why =
          fmt::format("no revision behind it is known {}", fix() ? "to show the bug" : "to be free of it");
      if (!c.unknown_between.empty()) {
        const ReplayedRevision& nearest = at(c.unknown_between.front());
        why += fmt::format(" ({}: {})", nearest.name(), nearest.why);
      }
      return why;
    }
    return what_is_open();
  }

  // Of ours, and with the history at hand, it is known what lies between the two.
  std::string what_is_open() const {
    const ReplayConclusion& c = m_out.conclusion;
    if (!m_log.left_open.empty()) return "of the log's own words, " + m_log.left_open;
    if (!knows_ancestry()) return {};
    for (const std::size_t i : c.unknown_between) {
      const ReplayedRevision& revision = m_out.revisions[i];
      const double wrong = fix() ? 1 - revision.p_bad : revision.p_bad;
      if (wrong >= k_open) return fmt::format("{}, behind it, is open: {}", revision.name(), revision.why);
    }
    if (c.commits_left && *c.commits_left > 1 + c.unknown_between.size())
      return fmt::format("{} behind it may be the one just as well", counted(*c.commits_left - 1, "commit"));
    return {};
  }

  // The step at which the log left its bug was its last: git had nothing else left to choose from, and
  // without the wrong word there the culprit is the commit that was the bad end at that time.
  std::optional<model::CommitId> corrected_culprit() {
    const std::size_t index = *m_out.derailed_at;
    const LoggedRevision& last = m_log.revisions[index];
    const bool called_new = at(index).logged_bad == !fix();
    if (last.left != 0 || !last.logged || !called_new) return std::nullopt;
    const Verdict wanted = fix() ? Verdict::good : Verdict::bad;
    const Verdict opposite = fix() ? Verdict::bad : Verdict::good;
    if (at(index).verdict != opposite) return std::nullopt;
    std::optional<std::size_t> end;
    for (std::size_t i = 0; i < m_out.revisions.size(); ++i)
      if ((knows_ancestry() ? before(index, i) : at(i).rank > at(index).rank) &&
          (!end || at(i).rank < at(*end).rank))
        end = i;
    if (!end || at(*end).verdict != wanted) return std::nullopt;
    return at(*end).commit;
  }

  const BisectionLog& m_log;
  const model::CommitGraph* m_graph;
  LogOrder m_order;
  identity::CrashRates m_rates;
  bool m_words_alone = false;
  Replay m_out;
};

}  // namespace

const ReplayedRevision* Replay::find(const model::CommitId& commit) const {
  const auto at = std::ranges::find(revisions, commit, &ReplayedRevision::commit);
  return at == revisions.end() ? nullptr : &*at;
}

Replay judge_again(const BisectionLog& log, const model::CommitGraph* graph) {
  return Judge(log, graph).run();
}

}  // namespace culprit::replay
