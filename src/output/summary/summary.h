// The one model behind every output: what a bisection's events come to so far.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/build_record.h"
#include "model/event_fwd.h"
#include "model/graph/commit.h"
#include "model/run/outcome.h"
#include "model/run_says.h"
#include "model/search.h"
#include "model/subject.h"
#include "model/verdict.h"
#include "output/words/commit_texts.h"

namespace culprit::model {
struct RunRecord;
}

namespace culprit::output {

// One finished run, without its console.
struct RunSummary {
  std::uint64_t id = 0;
  model::OutcomeKind outcome = model::OutcomeKind::ok;
  std::string text;  // the outcome's title or text; empty where it carries none
  std::string end;   // model::RunRecord::end
  model::Identity identity = model::Identity::unknown;
  double p_target = 0;  // how likely the run showed the bug
  std::string why;      // what speaks for that and against, for a person; empty where nobody said
  model::RunSays says = model::RunSays::lost;
  std::string variant;
  double seconds = 0;
};

struct BuildSummary {
  model::BuildStatus status = model::BuildStatus::ok;
  std::string variant;
  std::string signature;
  std::string compiler;
  std::string text;  // the end of a broken build's output
  double seconds = 0;
};

// A crash's title and the lines that say it: the report's, or the console's end where no report was read.
// Whole lines, at most k_excerpt_limit bytes.
struct CrashExcerpt {
  std::string title;
  std::string type{};  // the report's (CrashReport::type); empty where none was read
  std::string text;
  std::uint64_t run = 0;   // that printed it
  std::size_t start = 0;   // where the report begins in that run's console
  bool is_report = false;  // else the console's end
};
inline constexpr std::size_t k_excerpt_limit = std::size_t{32} << 10;
inline constexpr std::size_t k_excerpts_per_revision = 8;  // one for each title, the first ones

// Why a revision was tested: one decision of the search.
struct Choice {
  std::string stage;       // "start", "release", "bisect", ...
  std::string reason;      // in words; may be empty
  int runs = 0;            // that were asked for
  double information = 0;  // bits expected; 0 where the strategy does not say
  double cost = 0;         // seconds expected; 0 where unknown
};

struct RevisionSummary {
  model::CommitId commit;
  std::string label;      // the release tag; empty for none
  std::string title;      // the commit's; empty while unknown
  std::string stage;      // of the first choice; empty while unknown
  std::string signature;  // of the latest build that has one
  std::string compiler;
  std::vector<Choice> choices;
  std::vector<BuildSummary> builds;
  std::vector<RunSummary> runs;
  std::vector<RunSummary> checks;  // runs with the culprit taken back on top of it: nothing about itself
  std::vector<CrashExcerpt> crashes;
  bool judged = false;  // `verdict`, `p_bad` and `why` say something
  model::Verdict verdict = model::Verdict::unknown;
  double p_bad = 0.5;
  std::string why;
  std::optional<model::UserVerdict> person;  // a person's word, the latest
  std::vector<model::UserVerdict> said;      // all of them, in order
  double build_s = 0;
  double run_s = 0;

  // It was built or run; false for one that was only decided on or spoken of.
  bool tested() const { return !builds.empty() || !runs.empty(); }
  // It was tested, or a person called it good or bad.
  bool answered() const;
  // Called good as well as bad.
  bool contradicted() const;
  // Its latest finished build is broken and nothing ran.
  bool build_broken() const;
};

struct Stats {
  std::size_t builds = 0;        // finished, broken ones too
  std::size_t builds_ahead = 0;  // of these, made ahead and then not needed
  std::size_t runs = 0;          // finished
  double build_s = 0;            // summed over builds, which may overlap
  double run_s = 0;
  double wall_s = 0;  // while culprit was at work; pauses between sessions do not count
};

// An experiment that has started or waits for its slot.
struct UnderWay {
  model::CommitId commit;
  std::string label;
  std::string stage;
  int runs_wanted = 0;
  int runs_done = 0;
  int runs_going = 0;
  bool building = false;
  double since = 0;  // when it was decided, or its build started: seconds since the epoch
};

// The answer on its way out of the house: model::Posted, and when (seconds since the epoch).
struct PostSummary {
  model::PostStage stage{};
  std::string way;
  std::string where;
  std::string message_id;
  std::vector<std::string> to;
  std::string text;
  double time = 0;
};

struct Summary {
  bool started = false;
  model::Problem problem;  // without the prior
  model::Subject subject = model::Subject::program;
  std::string repository;
  std::string version;
  std::size_t commits = 0;  // in the graph

  std::vector<RevisionSummary> revisions;  // in order of first test
  Stats stats;
  std::string stage;  // of the latest decision
  std::vector<UnderWay> under_way;
  model::Standing standing;
  double decided_at = 0;                    // when `standing` was true
  std::vector<model::VerdictRecord> words;  // a person's, in the order in which they were said
  std::optional<model::Experiment> asked;   // by hand: the question that waits for a word
  std::vector<std::string> notes;
  std::optional<model::Conclusion> conclusion;
  std::vector<PostSummary> posted;         // in order
  std::optional<std::string> interrupted;  // why the latest session stopped; none while one is at work
  double started_at = 0;
  double last_at = 0;  // of the latest event

  const RevisionSummary* find(const model::CommitId& commit) const;
  // Revisions that were built, run, or called good or bad by a person.
  std::size_t tested() const;
  // "v6.1.12", or the beginning of the commit's id.
  std::string name_of(const model::CommitId& commit) const;
};

// Folds events into a summary as they come. A session has one, and whatever it shows is a view of it. An
// event whose sequence number is not above the latest is left out (a stream that is read again), so is a run
// whose id is known.
class SummaryFold {
 public:
  // True if the event was new.
  bool apply(const model::Event& event);
  // Identities, p_target and what the runs seen so far say, by run id: they are judged anew as evidence
  // grows.
  void reidentify(std::span<const model::RunRecord> runs);
  // RunSummary::why of a run; one that was not seen is left out.
  void explain(std::uint64_t run, std::string why);
  // What a run without a report printed, for events that came without their consoles.
  void show_console(std::uint64_t run, std::string_view console);
  // Verdicts that the search holds now, in place of those of the time of testing.
  void rejudge(std::span<const model::RevisionVerdict> verdicts);
  const Summary& summary() const { return m_summary; }

 private:
  void on(const model::Started& e, double time);
  void on(const model::Resumed& e, double time);
  void on(const model::Interrupted& e, double time);
  void on(const model::Decided& e, double time);
  void on(const model::BuildStarted& e, double time);
  void on(const model::BuildFinished& e, double time);
  void on(const model::RunStarted& e, double time);
  void on(const model::RunFinished& e, double time);
  void on(const model::Judged& e, double time);
  void on(const model::PersonJudged& e, double time);
  void on(const model::TakenBack& e, double time);
  void on(const model::Note& e, double time);
  void on(const model::Finished& e, double time);
  void on(const model::Posted& e, double time);

  RevisionSummary& revision(const model::CommitId& commit);
  UnderWay* under_way(const model::CommitId& commit);
  UnderWay& begin(const model::CommitId& commit, double time);

  Summary m_summary;
  std::int64_t m_sequence = 0;
  std::unordered_map<model::CommitId, std::size_t> m_places;
  std::unordered_map<model::CommitId, std::vector<Choice>> m_planned;  // decided, not tested yet
  // Where a run is, by its id.
  struct RunPlace {
    std::size_t revision = 0;
    std::size_t index = 0;
    bool is_check = false;
  };
  RunSummary* find_run(std::uint64_t id);
  std::unordered_map<std::uint64_t, RunPlace> m_runs;
};

Summary fold(std::span<const model::Event> events);

// The summary with the titles of the commits that events do not name: those that only a person called good or
// bad.
Summary with_titles(Summary summary, const CommitTexts& texts);

// The title of the bug that is chased: the most frequent among the runs that showed it at the start revision,
// else anywhere; empty while nothing showed it.
std::string chased_title(const Summary& summary);

// Where the bug is a hang (no run with a title showed it): a run that ended at its deadline and showed it, of
// the revision that shown_crash would choose. Null otherwise.
const RunSummary* shown_hang(const Summary& summary);

// It was tested, and no run could show the bug or its absence: it does not build or boot, its check fails, or
// the command skips it. Runs that the machine lost do not count as that.
bool untestable(const RevisionSummary& revision);

// The crash to show a person: the chased one as the culprit (fix: the newest revision with it) shows it, else
// as the revision that the conclusion is about or the start shows it. Null where no run crashed.
const CrashExcerpt* shown_crash(const Summary& summary);

}  // namespace culprit::output
