#include "cli/session.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <utility>

#include "base/clock.h"
#include "base/files.h"
#include "base/strings.h"
#include "base/subprocess.h"
#include "cli/display.h"
#include "cli/signals.h"
#include "cli/version.h"
#include "cli/wire.h"
#include "engine/engine.h"
#include "history/git_history.h"
#include "history/releases.h"
#include "search/strategy.h"

namespace culprit::cli {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::ExitCode;
using base::fail;
using base::Result;

base::ExitCode exit_code_of(model::ResultKind kind) {
  switch (kind) {
    case model::ResultKind::culprit:
      return ExitCode::found;
    case model::ResultKind::inconclusive:
      return ExitCode::inconclusive;
    case model::ResultKind::horizon:
      return ExitCode::horizon;
    case model::ResultKind::not_reproduced:
      return ExitCode::endpoint;
    case model::ResultKind::good_end_crashes:
      return ExitCode::endpoint;
    case model::ResultKind::infrastructure:
      return ExitCode::infrastructure;
  }
  return ExitCode::internal;
}

// The question, with every revision resolved.
struct Question {
  model::Problem problem;
  model::CommitGraph graph;
};

Result<model::CommitGraph> load_graph(const history::GitHistory& history, const model::Problem& problem) {
  std::vector<model::CommitId> tips = {problem.start};
  if (!problem.head.is_null()) tips.push_back(problem.head);
  tips.insert(tips.end(), problem.good.begin(), problem.good.end());
  return history.load(tips);
}

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
                  "swapped? the commit that fixed a crash is searched with --fix");
  if (problem.goal == model::Goal::fix && contains(problem.start, *question.graph.find(problem.head)))
    return fail(ErrorKind::usage,
                "with --fix, the good revision " + problem.head.short_hex() + " is older than the bad one, " +
                    problem.start.short_hex(),
                "without --fix the commit that brought the crash is searched");
  return {};
}

Result<Question> pose(const Settings& settings, const history::GitHistory& history) {
  Question question;
  model::Problem& problem = question.problem;
  problem.goal = settings.fix ? model::Goal::fix : model::Goal::cause;
  problem.start = CULPRIT_TRY(history.resolve(settings.bad.empty() ? "HEAD" : settings.bad));
  for (const std::string& good : settings.good) problem.good.push_back(CULPRIT_TRY(history.resolve(good)));
  for (const std::string& skip : settings.skip) problem.skip.push_back(CULPRIT_TRY(history.resolve(skip)));
  if (settings.fix) {
    if (problem.good.size() > 1)
      return fail(ErrorKind::usage, "--fix takes one --good revision",
                  "name the newest one that is free of the bug");
    problem.head = problem.good.empty() ? CULPRIT_TRY(history.head()) : problem.good.front();
    problem.good.clear();
    if (problem.head == problem.start)
      return fail(ErrorKind::usage,
                  "with --fix, the revision that crashes and the one that is fixed are the same",
                  "name the one that crashes with --bad");
  }
  for (const model::CommitId& skip : problem.skip)
    if (skip == problem.start || skip == problem.head ||
        std::ranges::find(problem.good, skip) != problem.good.end())
      return fail(ErrorKind::usage,
                  "--skip names an end of the range, " + skip.short_hex() + ", which must be tested",
                  "name another revision with --bad or --good");
  for (const model::CommitId& good : problem.good)
    if (good == problem.start)
      return fail(ErrorKind::usage, "the good and the bad revision are the same commit, " + good.short_hex(),
                  "name an older --good, or leave it out to walk back over releases");
  problem.first_parent = settings.first_parent;
  problem.runs_per_revision = settings.runs;
  problem.run_slots = settings.jobs;
  problem.build_slots = settings.is_kernel() ? 1 : settings.jobs;  // make(1) uses all cores itself
  problem.confidence = settings.confidence;
  question.graph = CULPRIT_TRY(load_graph(history, problem));
  CULPRIT_TRY(refuse_swapped(question));
  CULPRIT_TRY(find_releases(settings, history, question));
  return question;
}

// All that one session holds open.
class Session {
 public:
  Session(std::string repository, const SessionOptions& options)
      : m_repository(std::move(repository)), m_options(options), m_cancel(cancel_on_signals()) {}

  Result<ExitCode> begin(Settings settings) {
    CULPRIT_TRY(open_history(settings.allow_shallow));
    const history::Repository& repository = m_history->repository();
    settings.repository = (repository.work_tree.empty() ? repository.git_dir : repository.work_tree).string();
    settings.subdirectory = subdirectory_of(repository, settings.user_cwd);
    if (settings.is_kernel()) settings.config_text = CULPRIT_TRY(base::read_file(settings.config_path));
    CULPRIT_TRY(prepare_outputs(settings));
    // Questions that cannot be posed must not put an unfinished bisection aside.
    Question question = CULPRIT_TRY(pose(settings, *m_history));
    question.problem.variants =
        CULPRIT_TRY(variants_of(settings, *m_history, question.problem.start, m_cancel));
    question.problem.verify = settings.verify;
    CULPRIT_TRY(open_state());
    CULPRIT_TRY(refuse_unfinished());
    m_bisection = CULPRIT_TRY(m_store->begin(m_clock.wall()));
    CULPRIT_TRY(m_store->append(
        m_bisection, m_clock.wall(),
        model::Started{question.problem, settings.is_kernel() ? "kernel" : "command", settings.repository,
                       to_json(settings), k_version, question.graph.size()}));
    CULPRIT_TRY(note_uncommitted());
    return conduct(settings, question);
  }

  Result<ExitCode> resume() {
    CULPRIT_TRY(open_history(true));
    if (std::error_code ignored; !fs::exists(m_paths.store(), ignored))
      return fail(
          ErrorKind::usage, "no bisection here: there is no store at " + m_paths.store().string(),
          "start one with `culprit bisect`; was the repository moved? --state names its old state folder");
    CULPRIT_TRY(open_state());
    m_bisection = CULPRIT_TRY(newest_bisection(*m_store));
    const auto events = CULPRIT_TRY(m_store->events(m_bisection));
    const auto* started = events.empty() ? nullptr : std::get_if<model::Started>(&events.front().body);
    if (!started)
      return fail(ErrorKind::store, "the bisection in " + m_paths.root.string() + " stopped before it began",
                  "begin it again with `culprit bisect`");
    const Settings settings = CULPRIT_TRY(settings_from_json(started->settings));
    Question question;
    question.problem = started->problem;
    for (const model::Event& event : events)
      if (const auto* told = std::get_if<model::Note>(&event.body)) m_told.insert(told->text);
    if (!std::holds_alternative<model::Finished>(events.back().body))
      CULPRIT_TRY(m_store->append(m_bisection, m_clock.wall(), model::Resumed{}));
    question.graph = CULPRIT_TRY(load_graph(*m_history, question.problem));
    return conduct(settings, question);
  }

 private:
  // Where in the checkout the user stood: a command runs in the same folder of ours.
  static std::string subdirectory_of(const history::Repository& repository, const std::string& cwd) {
    if (repository.work_tree.empty()) return {};
    const fs::path relative = fs::path(cwd).lexically_relative(repository.work_tree);
    if (relative.empty() || relative == "." || *relative.begin() == "..") return {};
    return relative.string();
  }

  // What cannot be written is better known before hours of work than after.
  static Result<void> prepare_outputs(Settings& settings) {
    for (std::string* file : {&settings.log_file, &settings.json_file}) {
      if (file->empty()) continue;
      std::error_code ignored;
      *file = fs::absolute(*file, ignored).lexically_normal().string();
      const bool fine = !fs::is_directory(*file, ignored) &&
                        ::access(fs::path(*file).parent_path().c_str(), W_OK) == 0 &&
                        (!fs::exists(*file, ignored) || ::access(file->c_str(), W_OK) == 0);
      if (!fine)
        return fail(ErrorKind::usage, "cannot write " + *file,
                    "name a file in a folder that exists and can be written");
    }
    if (!settings.log_file.empty() && settings.log_file == settings.json_file)
      return fail(ErrorKind::usage, "--log and --json name the same file, " + settings.log_file,
                  "name two files");
    return {};
  }

  Result<void> open_history(bool allow_shallow) {
    history::HistoryOptions options;
    options.allow_shallow = allow_shallow;
    options.note = [this](const std::string& text) { note(text); };
    m_history = CULPRIT_TRY(history::GitHistory::open(m_repository, options, m_cancel));
    m_paths.root = m_options.state_dir.empty() ? default_state_dir(m_history->repository().common_dir)
                                               : fs::absolute(m_options.state_dir);
    return {};
  }

  Result<void> open_state() {
    m_lock.emplace(CULPRIT_TRY(StateLock::acquire(m_paths)));
    base::kill_strays(m_paths.session_tag());
    base::set_session_tag(m_paths.session_tag());
    m_store = CULPRIT_TRY(store::Store::open(m_paths.store(), store::Store::Mode::read_write));
    return {};
  }

  // One without a single finished run holds nothing that is worth a question: a misspelt command, say.
  Result<void> refuse_unfinished() {
    if (m_options.fresh) return {};
    const auto rows = CULPRIT_TRY(m_store->bisections());
    if (rows.empty() || rows.front().finished) return {};
    const auto events = CULPRIT_TRY(m_store->events(rows.front().id));
    const auto runs = std::ranges::count_if(
        events, [](const model::Event& e) { return std::holds_alternative<model::RunFinished>(e.body); });
    if (runs == 0) return {};
    return fail(
        ErrorKind::usage,
        fmt::format(
            "there is an unfinished bisection of this repository, with {} finished runs, begun {} ago", runs,
            base::format_duration(m_clock.wall() - rows.front().started)),
        "`culprit resume` continues it, --fresh puts it aside");
  }

  Result<void> note_uncommitted() {
    const auto state = CULPRIT_TRY(m_history->work_tree_state());
    if (!state.modified) return {};
    note("the checkout has uncommitted changes; they are not part of what is tested");
    return {};
  }

  // Notes may come from any thread; the journal belongs to one.
  void note(const std::string& text) {
    std::lock_guard lock(m_notes_mutex);
    if (m_told.insert(text).second) m_notes.push_back(text);
  }
  std::vector<std::string> take_notes() {
    std::lock_guard lock(m_notes_mutex);
    return std::exchange(m_notes, {});
  }

  Result<ExitCode> conduct(const Settings& settings, const Question& question) {
    const auto search =
        CULPRIT_TRY(search::make_strategy(settings.strategy, question.graph, question.problem));
    const auto display = CULPRIT_TRY(Display::create(settings, m_options.quiet, *m_history, m_clock));
    engine::Journal journal(*m_store, m_bisection, m_clock, {display.get()});
    CULPRIT_TRY(journal.replay());
    if (!journal.conclusion()) {
      display->go_live();
      const auto conclusion = run(settings, question, *search, journal);
      display->close();
      if (!conclusion) return std::unexpected(conclusion.error());
    }
    const model::Evidence evidence = engine::assessed(journal, question.problem);
    CULPRIT_TRY(display->write_answer(evidence, search->verdicts(evidence)));
    return exit_code_of(journal.conclusion()->kind);
  }

  Result<model::Conclusion> run(const Settings& settings, const Question& question,
                                const search::Search& search, engine::Journal& journal) {
    const auto backends = CULPRIT_TRY(
        wire(settings, m_paths, *m_history, m_cancel, [this](const std::string& text) { note(text); }));
    auto conclusion = engine::bisect({.journal = journal,
                                      .search = search,
                                      .history = *m_history,
                                      .builder = backends->builder(),
                                      .runner = backends->runner(),
                                      .problem = question.problem,
                                      .subject = backends->subject(),
                                      .take_notes = [this] { return take_notes(); }},
                                     m_cancel);
    // After an interruption too: `resume` makes the checkouts anew.
    if (!settings.keep_checkouts)
      if (auto removed = backends->tear_down(); !removed)
        std::fputs(base::render(removed.error()).c_str(), stderr);
    return conclusion;
  }

  std::string m_repository;
  SessionOptions m_options;
  const base::CancelToken& m_cancel;
  base::SystemClock m_clock;
  std::unique_ptr<history::GitHistory> m_history;
  StatePaths m_paths;
  std::optional<StateLock> m_lock;
  std::optional<store::Store> m_store;
  std::int64_t m_bisection = 0;
  std::mutex m_notes_mutex;
  std::vector<std::string> m_notes;
  std::set<std::string> m_told;  // on record already, also by an earlier session
};

}  // namespace

Result<ExitCode> begin_session(Settings settings, const std::string& repository,
                               const SessionOptions& options) {
  return Session(repository, options).begin(std::move(settings));
}

Result<ExitCode> resume_session(const std::string& repository, const SessionOptions& options) {
  return Session(repository, options).resume();
}

Result<StatePaths> find_state(const std::string& repository, const std::string& state_dir) {
  if (!state_dir.empty()) return StatePaths{fs::absolute(state_dir)};
  const auto found =
      CULPRIT_TRY(history::open_repository(repository, {.allow_shallow = true}, cancel_on_signals()));
  return StatePaths{default_state_dir(found.common_dir)};
}

Result<std::int64_t> newest_bisection(const store::Store& store) {
  const auto rows = CULPRIT_TRY(store.bisections());
  if (rows.empty()) return fail(ErrorKind::usage, "no bisection here", "start one with `culprit bisect`");
  return rows.front().id;
}

int report_error(const base::Error& error) {
  std::fputs(base::render(error).c_str(), stderr);
  switch (error.kind) {
    case ErrorKind::usage:
    case ErrorKind::repository:
      return static_cast<int>(ExitCode::usage);
    case ErrorKind::infra:
    case ErrorKind::store:
      return static_cast<int>(ExitCode::infrastructure);
    case ErrorKind::interrupted:
      return static_cast<int>(ExitCode::interrupted);
    case ErrorKind::internal:
      return static_cast<int>(ExitCode::internal);
  }
  return static_cast<int>(ExitCode::internal);
}

int finish(const Result<ExitCode>& result) {
  return result ? static_cast<int>(*result) : report_error(result.error());
}

}  // namespace culprit::cli
