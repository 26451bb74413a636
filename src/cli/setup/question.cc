#include "cli/setup/question.h"

#include <algorithm>
#include <cctype>
#include <unordered_set>

#include "cli/settings/test_words.h"
#include "cli/setup/prior.h"
#include "history/changes.h"
#include "history/git/resolve.h"
#include "history/git_history.h"
#include "history/releases/branches.h"
#include "history/releases/releases.h"
#include "model/event.h"
#include "model/run/report.h"
#include "search/belief/experience.h"
#include "store/experience.h"
#include "store/store.h"

namespace culprit::cli {
namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

Result<void> find_releases(const Settings& settings, const history::GitHistory& history, Question& question) {
  model::Problem& problem = question.problem;
  const model::CommitId newest = problem.goal == model::Goal::fix ? problem.head : problem.start;
  const auto node = question.graph.find(newest);
  const auto tags = CULPRIT_TRY(history.tags());
  const auto behind =
      history::release_ancestors(question.graph, tags, *node, {.candidates = settings.release_candidates});
  problem.releases = CULPRIT_TRY(history::pick_releases(behind, settings.oldest));
  std::erase_if(problem.releases, [&](const model::ReleaseTag& tag) { return tag.commit == newest; });
  if (problem.goal == model::Goal::cause && problem.good.empty() && problem.releases.empty())
    return fail(ErrorKind::usage,
                "no --good revision is given, and no release tag lies behind the bad one to walk to",
                "name a revision that is free of the bug with --good");
  return {};
}

Result<void> refuse_swapped(const Question& question) {
  const model::Problem& problem = question.problem;
  const auto start = question.graph.find(problem.start);
  const auto contains = [&](const model::CommitId& newer, model::NodeIndex older) {
    return question.graph.ancestors(*question.graph.find(newer))[older] != 0;
  };
  for (const model::CommitId& good : problem.good)
    if (contains(good, *start))
      return fail(ErrorKind::usage,
                  "the good revision " + good.short_hex() + " is newer than the bad one, " +
                      problem.start.short_hex(),
                  "swapped? the commit that fixed a bug is searched with --fix");
  if (problem.goal == model::Goal::fix && contains(problem.start, *question.graph.find(problem.head)))
    return fail(ErrorKind::usage,
                "with --fix, the good revision " + problem.head.short_hex() + " is older than the bad one, " +
                    problem.start.short_hex(),
                "without --fix the commit that brought the bug is searched");
  return {};
}

// Where git's user would be told nothing and wonder later.
void note_peculiarities(const history::Repository& repository, std::vector<std::string>& notes) {
  if (repository.rewritten)
    notes.emplace_back("replace refs or grafts are in force: the history that they make is searched");
  if (repository.shallow)
    notes.emplace_back("the history is cut off (a shallow clone): what lies beyond the cut is not searched");
  if (repository.partial)
    notes.emplace_back("a partial clone: files that it lacks are fetched when a revision needs them");
}

// A start that was rebased away (linux-next of some weeks ago, a topic) is searched as it is; who reports it wants to know what
// it is called now. What git cannot say is no obstacle.
void note_rewritten(const history::GitHistory& history, Question& question) {
  const auto start = history.describe(question.problem.start);
  if (!start) return;
  const auto again = history::found_again(history.git(), *start);
  if (!again || !*again) return;
  question.notes.push_back(question.problem.start.short_hex() +
                           ", where the bug shows: " + history::sentence_of(**again));
}

Result<void> find_skipped(const Settings& settings, const history::GitHistory& history,
                          model::Problem& problem) {
  problem.skip = CULPRIT_TRY(resolve_all(history, settings.skip));
  return {};
}

// A tag or a branch; what only counts from somewhere (HEAD~3) or is an id is none.
bool is_name(const std::string& revision) {
  if (revision.empty() || revision == "HEAD" || revision == "@" || revision.starts_with("refs/bisect/") ||
      revision.find_first_of("~^@:{}") != std::string::npos)
    return false;
  return !std::ranges::all_of(revision, [](unsigned char c) { return std::isxdigit(c) != 0; });
}

Result<model::OwnWords> own_words(const Settings& settings, const history::GitHistory& history) {
  model::OwnWords own{.names = {},
                      .test = shown_command(settings.command),
                      .term_new = settings.term_new,
                      .term_old = settings.term_old,
                      .measured = settings.measure};
  std::vector<std::string> ends = settings.good;
  ends.push_back(settings.bad);
  for (const std::string& end : ends)
    if (is_name(end)) own.names.push_back({end, CULPRIT_TRY(history.resolve(end))});
  return own;
}

// A range may hold an end; named alone it is a mistake.
Result<void> refuse_skipped_ends(const Settings& settings, const history::GitHistory& history,
                                 model::Problem& problem) {
  const auto is_end = [&](const model::CommitId& id) {
    return id == problem.start || id == problem.head ||
           std::ranges::find(problem.good, id) != problem.good.end();
  };
  for (const std::string& skip : settings.skip) {
    if (skip.find("..") != std::string::npos) continue;
    if (const auto id = CULPRIT_TRY(history.resolve(skip)); is_end(id))
      return fail(ErrorKind::usage,
                  "--skip names an end of the range, " + id.short_hex() + ", which must be tested",
                  "name another revision with --bad or --good");
  }
  std::erase_if(problem.skip, is_end);
  return {};
}

// What shares no commit has no path between.
Result<void> refuse_unrelated(const Question& question) {
  const model::Problem& problem = question.problem;
  const auto marks = question.graph.ancestors(*question.graph.find(problem.start));
  std::vector<model::CommitId> others = problem.good;
  if (!problem.head.is_null()) others.push_back(problem.head);
  for (const model::CommitId& other : others) {
    const auto of_other = question.graph.ancestors(*question.graph.find(other));
    bool shared = false;
    for (std::size_t i = 0; i < marks.size() && !shared; ++i) shared = marks[i] && of_other[i];
    if (!shared)
      return fail(ErrorKind::usage,
                  other.short_hex() + " and " + problem.start.short_hex() +
                      " have no common history: there is no path between the good and the bad revision",
                  "the repository has several roots; name a good revision that lies behind the bad one");
  }
  return {};
}

// git says of a commit that is gone what it says of a damaged repository.
Result<void> refuse_gone(const history::GitHistory& history, const model::Problem& problem) {
  std::vector<std::pair<const char*, model::CommitId>> ends = {{"bad", problem.start}};
  if (!problem.head.is_null()) ends.emplace_back("good", problem.head);
  for (const model::CommitId& good : problem.good) ends.emplace_back("good", good);
  for (const auto& [word, commit] : ends)
    CULPRIT_TRY(history::refuse_gone(
        history.git(), commit,
        std::string("the ") + word + " revision of this bisection, " + commit.short_hex() + ","));
  return {};
}

// What is not stored, since it follows from the settings.
Result<void> complete(const Settings& settings, const history::GitHistory& history, Question& question) {
  note_peculiarities(history.repository(), question.notes);
  question.problem.prior =
      CULPRIT_TRY(prior_weights(settings, question.problem, question.graph, history, question.notes));
  if (settings.experience_text.empty()) return {};
  const store::Experience known =
      CULPRIT_TRY_IN(store::experience_from_text(settings.experience_text), settings.experience_path);
  question.problem.beliefs =
      search::learned(known.lessons, known.tree.empty() ? settings.repository : known.tree);
  return {};
}

}  // namespace

Result<model::CommitGraph> load_graph(const history::GitHistory& history, const model::Problem& problem) {
  std::vector<model::CommitId> tips = {problem.start};
  if (!problem.head.is_null()) tips.push_back(problem.head);
  tips.insert(tips.end(), problem.good.begin(), problem.good.end());
  return history.load(tips);
}

Result<Question> pose(const Settings& settings, const history::GitHistory& history) {
  Question question;
  model::Problem& problem = question.problem;
  problem.goal = settings.fix ? model::Goal::fix : model::Goal::cause;
  problem.start = CULPRIT_TRY(history.resolve(settings.bad.empty() ? "HEAD" : settings.bad));
  for (const std::string& good : settings.good) problem.good.push_back(CULPRIT_TRY(history.resolve(good)));
  CULPRIT_TRY(find_skipped(settings, history, problem));
  problem.own = CULPRIT_TRY(own_words(settings, history));
  if (settings.fix) {
    if (problem.good.size() > 1)
      return fail(ErrorKind::usage, "--fix takes one --good revision",
                  "name the newest one that is free of the bug");
    problem.head = problem.good.empty() ? CULPRIT_TRY(history.head()) : problem.good.front();
    problem.good.clear();
    if (problem.head == problem.start)
      return fail(ErrorKind::usage, "with --fix, the bad revision and the one that is fixed are the same",
                  "name the one that has the bug with --bad");
  }
  CULPRIT_TRY(refuse_skipped_ends(settings, history, problem));
  for (const model::CommitId& good : problem.good)
    if (good == problem.start)
      return fail(ErrorKind::usage, "the good and the bad revision are the same commit, " + good.short_hex(),
                  "name an older --good, or leave it out to walk back over releases");
  problem.first_parent = settings.first_parent;
  problem.runs_per_revision = settings.is_by_hand() ? 1 : settings.runs;  // a word is a verdict
  problem.run_slots = settings.jobs;
  problem.build_slots = settings.is_kernel() ? 1 : settings.jobs;  // make(1) uses all cores itself
  problem.confidence = confidence_of(settings);
  question.graph = CULPRIT_TRY(load_graph(history, problem));
  CULPRIT_TRY(refuse_swapped(question));
  CULPRIT_TRY(refuse_unrelated(question));
  CULPRIT_TRY(find_releases(settings, history, question));
  note_rewritten(history, question);
  CULPRIT_TRY(complete(settings, history, question));
  return question;
}

Result<Question> pose_again(const Settings& settings, const history::GitHistory& history,
                            model::Problem problem) {
  Question question;
  question.problem = std::move(problem);
  CULPRIT_TRY(refuse_gone(history, question.problem));
  question.graph = CULPRIT_TRY(load_graph(history, question.problem));
  CULPRIT_TRY(complete(settings, history, question));
  return question;
}

ReportOf report_in(const store::Store& store, std::int64_t bisection) {
  return [&store, bisection](std::uint64_t id) -> std::optional<model::CrashReport> {
    const auto events = store.events(bisection);
    if (!events) return std::nullopt;
    for (const model::Event& event : *events)
      if (const auto* run = std::get_if<model::RunFinished>(&event.body); run && run->run.id == id)
        return run->run.reports.empty() ? std::nullopt : std::optional(run->run.reports.front());
    return std::nullopt;
  };
}

Result<std::vector<model::CommitId>> resolve_all(const history::GitHistory& history,
                                                 const std::vector<std::string>& revisions) {
  std::vector<model::CommitId> out;
  std::unordered_set<model::CommitId> seen;
  for (const std::string& revision : revisions) {
    std::vector<model::CommitId> named;
    if (revision.find("..") != std::string::npos)
      named = CULPRIT_TRY(history::commits_of_range(history.git(), revision));
    else
      named.push_back(CULPRIT_TRY(history.resolve(revision)));
    for (const model::CommitId& id : named)
      if (seen.insert(id).second) out.push_back(id);
  }
  return out;
}

}  // namespace culprit::cli
