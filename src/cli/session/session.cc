#include "cli/session/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <utility>

#include "base/clock.h"
#include "base/files.h"
#include "base/process/subprocess.h"
#include "base/strings.h"
#include "cli/commits/inputs.h"
#include "cli/project/guess.h"
#include "cli/project/laid_over.h"
#include "cli/session/desk.h"
#include "cli/session/display.h"
#include "cli/session/outputs.h"
#include "cli/session/place.h"
#include "cli/session/signals.h"
#include "cli/session/version.h"
#include "cli/settings/settings.h"
#include "cli/settings/test_words.h"
#include "cli/setup/desk_builds.h"
#include "cli/setup/imported.h"
#include "cli/setup/prior.h"
#include "cli/setup/question.h"
#include "cli/setup/wire.h"
#include "engine/engine.h"
#include "history/checkout/user_checkout.h"
#include "history/git_history.h"
#include "model/event.h"
#include "model/run/report.h"
#include "search/belief/experience.h"
#include "search/search.h"
#include "search/strategy.h"
#include "store/store.h"

namespace culprit::cli {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::ExitCode;
using base::fail;
using base::Result;

// All that one session holds open.
class Session {
 public:
  Session(std::string repository, SessionOptions options)
      : m_repository(std::move(repository)), m_options(std::move(options)), m_cancel(cancel_on_signals()) {}

  Result<ExitCode> begin(Settings settings) {
    CULPRIT_TRY(open_history(settings.allow_shallow));
    CULPRIT_TRY(settle_places(settings));
    CULPRIT_TRY(take_over_from_git(settings));
    Imported imported{.file = m_options.import_file, .log = {}};
    if (!imported.file.empty()) imported.log = CULPRIT_TRY(import_log(imported.file, settings));
    // Questions that cannot be posed must not put an unfinished bisection aside.
    Question question = CULPRIT_TRY(pose(settings, *m_history));
    // By hand, nothing is built: there is one configuration, and no answer is checked by building a revert.
    if (!settings.is_by_hand())
      question.problem.variants =
          CULPRIT_TRY(variants_of(settings, *m_history, question.problem.start, m_cancel));
    question.problem.verify = settings.verify && !settings.is_by_hand();
    question.problem.runs_meet = !settings.is_kernel() && !settings.is_by_hand();
    question.problem.keeps_leftovers = !settings.is_kernel() && !settings.is_by_hand() && !settings.clean;
    CULPRIT_TRY(search::make_strategy(settings.strategy, question.graph, question.problem));
    const auto verdicts = CULPRIT_TRY(first_verdicts(settings, question, *m_history, imported));
    CULPRIT_TRY(open_state());
    CULPRIT_TRY(refuse_unfinished());
    if (m_options.fresh) CULPRIT_TRY(forget_failed_builds(m_paths));
    m_bisection = CULPRIT_TRY(m_store->begin(m_clock.wall()));
    if (settings.with_changes) CULPRIT_TRY(carry_changes(settings, *m_history, m_paths.changes(m_bisection)));
    question.notes.insert(question.notes.end(), imported.notes.begin(), imported.notes.end());
    std::vector<model::EventBody> events = {model::Started{question.problem, settings.subject(),
                                                           settings.repository, to_json(settings), k_version,
                                                           question.graph.size()}};
    for (const model::VerdictRecord& verdict : verdicts) events.emplace_back(model::PersonJudged{verdict});
    CULPRIT_TRY(m_store->append_all(m_bisection, m_clock.wall(), std::move(events)));
    for (const std::string& text : question.notes) note(text);
    if (settings.is_by_hand()) return at_desk(settings, question, {});
    if (const std::string text = told_of_unbuilt(settings, *m_history); !text.empty()) note(text);
    CULPRIT_TRY(note_uncommitted(settings));
    return conduct(settings, question);
  }

  Result<ExitCode> resume() {
    const Settings settings = CULPRIT_TRY(take_up());
    Question question = CULPRIT_TRY(pose_again(settings, *m_history, m_problem));
    if (settings.is_by_hand()) return at_desk(settings, question, {});
    if (!m_finished) CULPRIT_TRY(m_store->append(m_bisection, m_clock.wall(), model::Resumed{}));
    return conduct(settings, question);
  }

  Result<ExitCode> desk(const DeskRequest& request) {
    const Settings settings = CULPRIT_TRY(take_up());
    Question question = CULPRIT_TRY(pose_again(settings, *m_history, m_problem));
    return at_desk(settings, question, request);
  }

 private:
  // While a bisection of git's is under way, HEAD is what it wants tested next, and no end.
  Result<void> take_over_from_git(Settings& settings) {
    const bool names_head = settings.bad == "HEAD" || settings.bad == "@";
    if (settings.fix || (!settings.bad.empty() && !names_head) || !m_options.import_file.empty()) return {};
    const auto refs = CULPRIT_TRY(m_history->git().run(
        {"for-each-ref", "--format=%(refname)", "refs/bisect/bad", "refs/bisect/good-*"}));
    if (names_head) {
      if (!refs.output.empty())
        note(
            "a bisection of git's is under way, and HEAD is only what it tests next: `git bisect reset` goes "
            "back, `git bisect log | culprit import --fresh -` takes it along");
      return {};
    }
    std::vector<std::string> good;
    for (const std::string_view name : base::split_lines(refs.output)) {
      if (name == "refs/bisect/bad") settings.bad = name;
      if (name.starts_with("refs/bisect/good-")) good.emplace_back(name);
    }
    if (settings.bad.empty()) return {};
    const bool takes_good = settings.good.empty() && !good.empty();
    if (takes_good) settings.good = std::move(good);
    note(fmt::format(
        "a bisection of git's is under way: its bad revision is taken{}, for HEAD is only what it tests next "
        "(--bad names another; `git bisect reset` ends it)",
        takes_good ? ", and its good ones" : ""));
    return {};
  }

  // What the user named from where they stand, as it is named from anywhere.
  Result<void> settle_places(Settings& settings) {
    const history::Repository& repository = m_history->repository();
    settings.repository = (repository.work_tree.empty() ? repository.git_dir : repository.work_tree).string();
    settings.subdirectory = history::subdirectory_of(repository, settings.user_cwd);
    if (settings.is_kernel() && settings.config_text.empty())
      settings.config_text = base::decoded_text(CULPRIT_TRY(base::read_file(settings.config_path)));
    if (!settings.prior_path.empty()) settings.prior_text = CULPRIT_TRY(read_input(settings.prior_path));
    if (!settings.experience_path.empty())
      settings.experience_text = CULPRIT_TRY(read_input(settings.experience_path));
    for (std::string& path : settings.paths) {
      if (path.starts_with(':')) continue;
      const fs::path below = (fs::path(settings.subdirectory) / path).lexically_normal();
      if (path.empty() || *below.begin() == "..")
        return fail(ErrorKind::usage, "--path '" + base::printable(path) + "' is not in the repository",
                    "--path is relative to the folder you stand in");
      path = below.string();
    }
    CULPRIT_TRY(settle_laid_over(settings, *m_history));
    if (settings.checkout) settings.user_head = CULPRIT_TRY(checked_out(*m_history));
    return prepare_outputs(settings);
  }

  // Opens the newest bisection again.
  Result<Settings> take_up() {
    CULPRIT_TRY(open_history(true));
    if (std::error_code ignored; !fs::exists(m_paths.store(), ignored))
      return fail(
          ErrorKind::usage, "no bisection here: there is no store at " + m_paths.store().string(),
          "start one with `culprit bisect`; was the repository moved? --state names its old state folder");
    CULPRIT_TRY(open_state());
    m_bisection = CULPRIT_TRY(newest_bisection(*m_store));
    const auto events = CULPRIT_TRY(m_store->events(m_bisection));
    CULPRIT_TRY(tell_damage(*m_store, m_bisection, events));
    const auto* started = events.empty() ? nullptr : std::get_if<model::Started>(&events.front().body);
    if (!started)
      return fail(ErrorKind::store, "the bisection in " + m_paths.root.string() + " stopped before it began",
                  "begin it again with `culprit bisect`");
    m_problem = started->problem;
    // What became of the answer changes nothing about it.
    const auto last = std::ranges::find_if(events.rbegin(), events.rend(), [](const model::Event& e) {
      return !std::holds_alternative<model::Posted>(e.body);
    });
    m_finished = std::holds_alternative<model::Finished>(last->body);
    for (const model::Event& event : events)
      if (const auto* told = std::get_if<model::Note>(&event.body)) m_told.insert(told->text);
    return settings_from_json(started->settings);
  }

  Result<ExitCode> at_desk(const Settings& settings, const Question& question, const DeskRequest& request) {
    if (m_unsettled) return std::unexpected(*m_unsettled);
    const history::UserCheckout checkout(m_paths.move(), m_cancel);
    const auto search = CULPRIT_TRY(search::make_strategy(settings.strategy, question.graph, question.problem,
                                                          taken_back_by(question.problem, *m_history)));
    Desk desk{.settings = settings,
              .question = question,
              .search = *search,
              .history = *m_history,
              .checkout = checkout,
              .store = *m_store,
              .bisection = m_bisection,
              .clock = m_clock,
              .place = place_options(m_repository, m_options.state_dir)};
    for (std::string& text : take_notes()) CULPRIT_TRY(desk.tell(text));
    std::unique_ptr<DeskBuilds> builds;
    if (settings.is_by_hand() && !settings.build.empty()) {
      builds = CULPRIT_TRY(DeskBuilds::open(settings, m_paths, *m_history, m_cancel));
      desk.builds = builds.get();
    }
    auto code = desk.serve(request);
    const auto rows = m_store->bisections();
    const bool is_over = request.reset || (rows && !rows->empty() && rows->front().finished);
    if (builds && is_over && !settings.keep_checkouts) CULPRIT_TRY(builds->tear_down());
    return code;
  }

  static Result<void> prepare_outputs(Settings& settings) {
    std::map<std::string, std::string> option_of;  // by file
    for (const OutputRow& row : output_rows()) {
      std::string& file = settings.outputs[key_of(row)];
      if (file.empty()) continue;
      CULPRIT_TRY(settle_output(file));
      const std::string option(row.option.option);
      if (const auto [other, fresh] = option_of.emplace(file, option); !fresh)
        return fail(ErrorKind::usage, other->second + " and " + option + " name the same file, " + file,
                    "name two files");
    }
    return {};
  }

  Result<void> open_history(bool allow_shallow) {
    history::HistoryOptions options;
    options.allow_shallow = allow_shallow;
    options.note = [this](const std::string& text) { note(text); };
    m_history = CULPRIT_TRY(history::GitHistory::open(m_repository, options, m_cancel));
    m_paths = CULPRIT_TRY(StatePaths::of(m_options.state_dir, m_history->repository().common_dir));
    return m_paths.refuse_foreign();
  }

  // The number of this attempt, where a service starts several on several machines; 0: nobody else works here. What is
  // tested does not see it.
  static Result<std::int64_t> leased() {
    const char* text = std::getenv("CULPRIT_LEASE");
    if (text == nullptr) return 0;
    const auto number = base::parse_number<std::int64_t>(text);
    if (!number || *number <= 0)
      return fail(ErrorKind::usage, "CULPRIT_LEASE is no number of an attempt",
                  "the service sets it: leave it out");
    ::unsetenv("CULPRIT_LEASE");
    return *number;
  }

  // An earlier attempt that was given up may still be at work: it is told first, and ends at its next write.
  Result<StateLock> take_over(std::int64_t lease) {
    constexpr double k_patience_s = 60;
    std::error_code error;
    fs::create_directories(m_paths.root, error);
    store::Store store = CULPRIT_TRY(store::Store::open(m_paths.store(), store::Store::Mode::read_write));
    CULPRIT_TRY(store.take_lease(lease));
    auto lock = StateLock::acquire(m_paths);
    for (const double until = m_clock.monotonic() + k_patience_s;
         !lock && m_clock.monotonic() < until && !m_cancel.cancelled(); lock = StateLock::acquire(m_paths))
      m_clock.rest(1, [&] { return m_cancel.cancelled(); });
    if (!lock && lock.error().kind == ErrorKind::usage) {
      base::Error busy = std::move(lock).error();
      busy.kind = ErrorKind::infra;
      return std::unexpected(std::move(busy));
    }
    return lock;
  }

  Result<void> open_state() {
    const std::int64_t lease = CULPRIT_TRY(leased());
    m_lock.emplace(CULPRIT_TRY(lease > 0 ? take_over(lease) : StateLock::acquire(m_paths)));
    base::kill_strays(m_paths.session_tag());
    base::set_session_tag(m_paths.session_tag());
    m_store = CULPRIT_TRY(store::Store::open(m_paths.store(), store::Store::Mode::read_write));
    if (lease > 0) CULPRIT_TRY(m_store->take_lease(lease));
    if (auto settled = history::UserCheckout(m_paths.move(), m_cancel).settle(); !settled)
      m_unsettled = std::move(settled).error();
    else if (!settled->empty())
      note(*settled);
    return {};
  }

  // One without a single finished run holds nothing that is worth a question: a misspelt command, say.
  Result<void> refuse_unfinished() {
    if (m_options.fresh) return {};
    const auto rows = CULPRIT_TRY(m_store->bisections());
    if (rows.empty() || rows.front().finished) return {};
    const auto events = CULPRIT_TRY(m_store->events(rows.front().id));
    const auto* stopped = events.empty() ? nullptr : std::get_if<model::Interrupted>(&events.back().body);
    if (stopped != nullptr && stopped->reason == k_put_aside) return {};
    const auto runs = std::ranges::count_if(
        events, [](const model::Event& e) { return std::holds_alternative<model::RunFinished>(e.body); });
    // By hand, the first verdicts are the ends: what was said after the first question counts.
    const auto asked = std::ranges::find_if(
        events, [](const model::Event& e) { return std::holds_alternative<model::Decided>(e.body); });
    const auto words = std::count_if(asked, events.end(), [](const model::Event& e) {
      return std::holds_alternative<model::PersonJudged>(e.body);
    });
    if (runs + words == 0) return {};
    return fail(ErrorKind::usage,
                fmt::format("there is an unfinished bisection of this repository, with {}, begun {} ago",
                            runs > 0 ? std::to_string(runs) + " finished runs"
                                     : std::to_string(words) + (words == 1 ? " verdict" : " verdicts"),
                            base::format_duration(m_clock.wall() - rows.front().started)),
                runs > 0 ? "`culprit resume` continues it, --fresh puts it aside"
                         : "`culprit next` says what to test, --fresh puts it aside");
  }

  // Of a test that is not committed this is told to whoever reads one line only, too: what it says by hand is not what
  // is run.
  Result<void> note_uncommitted(const Settings& settings) {
    const auto state = CULPRIT_TRY(m_history->work_tree_state());
    if (!state.modified) return {};
    if (settings.with_changes) {
      note("the uncommitted changes of the checkout are made to every revision (--with-changes)");
      return {};
    }
    std::vector<std::string> words = CULPRIT_TRY(uncommitted_words(settings, *m_history));
    std::erase_if(words, [&](const std::string& word) {
      const std::string file = (fs::path(settings.user_cwd) / word).lexically_normal().string();
      return std::ranges::any_of(settings.overlays,
                                 [&](const std::string& overlay) { return overlay.starts_with(file + "="); });
    });
    if (words.empty()) {
      note(
          "the checkout has uncommitted changes; they are not part of what is tested (--with-changes takes "
          "them along)");
      return {};
    }
    const std::string text = fmt::format(
        "{} has uncommitted changes, which are not part of what is tested: --overlay {} runs it as it is in "
        "your checkout on every revision",
        words.front(), base::shell_quote(words.front()));
    if (m_options.quiet) std::fputs(base::printable("culprit: note: " + text + "\n").c_str(), stderr);
    note(text);
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
    const auto search = CULPRIT_TRY(search::make_strategy(
        settings.strategy, question.graph, question.problem, taken_back_by(question.problem, *m_history),
        weights_by_inputs(settings, m_paths, question.problem, question.graph, *m_history,
                          [this](const std::string& text) { note(text); })));
    const engine::RelatedTo related_to =
        related_commits(settings, question.problem, *m_history, report_in(*m_store, m_bisection));
    const auto display =
        CULPRIT_TRY(Display::create(settings, m_options.quiet, *m_history, question.graph, m_clock));
    engine::Journal journal(*m_store, m_bisection, m_clock, {display.get()});
    CULPRIT_TRY(journal.catch_up());
    if (!journal.conclusion()) {
      display->go_live();
      const auto conclusion = run(settings, question, *search, related_to, journal);
      display->close();
      // Whatever failed: in a folder that is gone, all does.
      if (!conclusion && conclusion.error().kind != ErrorKind::interrupted) CULPRIT_TRY(m_store->in_place());
      if (!conclusion) return std::unexpected(with_proposal(settings, conclusion.error()));
    }
    const model::Evidence evidence = engine::assessed(journal, question.problem, related_to);
    CULPRIT_TRY(display->write_answer(evidence, search->verdicts(evidence),
                                      place_options(m_repository, m_options.state_dir)));
    return exit_code_of(journal.conclusion()->kind);
  }

  // Unasked, where the user left open how many revisions are worked on at a time. What is measured must run alone.
  static engine::AheadLimits ahead_of(const Settings& settings) {
    const bool is_said = settings.ahead != Settings::k_as_room_is;
    const bool unasked = !settings.jobs_given && !settings.measure && !settings.clean;
    return {.allowed = !settings.build.empty() && (is_said ? settings.ahead > 0 : unasked),
            .most = is_said ? std::optional(settings.ahead) : std::nullopt};
  }

  // A command that cannot be started may be one that nothing has built.
  base::Error with_proposal(const Settings& settings, base::Error error) const {
    const std::string build = proposed_build(settings.repository);
    const bool starts = std::ranges::any_of(
        error.context, [](const std::string& place) { return place == "the command to run"; });
    if (starts && settings.build.empty() && !settings.is_kernel() && !build.empty())
      error.hint += (error.hint.empty() ? "" : "; ") + std::string("is it to be built? ") + build;
    return error;
  }

  Result<model::Conclusion> run(const Settings& settings, const Question& question,
                                const search::Search& search, const engine::RelatedTo& related_to,
                                engine::Journal& journal) {
    const auto backends = CULPRIT_TRY(
        wire(settings, m_paths, *m_history, m_cancel, [this](const std::string& text) { note(text); }));
    auto conclusion = engine::bisect(
        {.journal = journal,
         .search = search,
         .history = *m_history,
         .builder = backends->builder(),
         .runner = backends->runner(),
         .problem = question.problem,
         .subject = console_subject(settings),
         .measured = settings.measure,
         .take_notes = [this] { return take_notes(); },
         .related_to = related_to,
         .lesson_of =
             [&question](const model::Evidence& evidence, const model::Conclusion& answer) {
               return search::lesson_of(question.graph, question.problem, evidence, answer);
             },
         .sought = CULPRIT_TRY(engine::Sought::create(settings.messages, settings.ignored, settings.tests)),
         .build_may_be_the_bug = !settings.build.empty(),
         .ahead = ahead_of(settings)},
        m_cancel);
    if (auto left = backends->leave(); !left) std::fputs(base::render(left.error()).c_str(), stderr);
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
  std::optional<base::Error> m_unsettled;  // a move of the user's checkout that cannot be taken back
  std::int64_t m_bisection = 0;
  model::Problem m_problem;  // of the bisection that was taken up
  bool m_finished = false;   // and whether it has its answer
  std::mutex m_notes_mutex;
  std::vector<std::string> m_notes;
  std::set<std::string> m_told;  // on record already, also by an earlier session
};

}  // namespace

Result<ExitCode> begin_session(Settings settings, const std::string& repository,
                               const SessionOptions& options) {
  auto code = Session(repository, options).begin(std::move(settings));
  if (!code) return std::unexpected(at_place(std::move(code).error(), repository, options.state_dir));
  return code;
}

Result<ExitCode> resume_session(const std::string& repository, const SessionOptions& options) {
  auto code = Session(repository, options).resume();
  if (!code) return std::unexpected(at_place(std::move(code).error(), repository, options.state_dir));
  return code;
}

Result<ExitCode> desk_session(const std::string& repository, const SessionOptions& options,
                              const DeskRequest& request) {
  auto code = Session(repository, options).desk(request);
  if (!code) return std::unexpected(at_place(std::move(code).error(), repository, options.state_dir));
  return code;
}

Result<StatePaths> find_state(const std::string& repository, const std::string& state_dir) {
  if (!state_dir.empty()) return StatePaths::of(state_dir, {});
  const auto found =
      CULPRIT_TRY(history::open_repository(repository, {.allow_shallow = true}, cancel_on_signals()));
  return StatePaths::of({}, found.common_dir);
}

Result<std::int64_t> newest_bisection(const store::Store& store) {
  const auto rows = CULPRIT_TRY(store.bisections());
  if (rows.empty()) return fail(ErrorKind::usage, "no bisection here", "start one with `culprit bisect`");
  return rows.front().id;
}

Result<void> tell_damage(const store::Store& store, std::int64_t bisection,
                         const std::vector<model::Event>& events) {
  if (store.damage().empty()) return {};
  if (events.empty() || !std::holds_alternative<model::Started>(events.front().body))
    return fail(
        ErrorKind::store,
        fmt::format("the beginning of bisection {} cannot be read: {}", bisection, store.damage().front()),
        fmt::format("`culprit bisect --fresh` begins anew{}",
                    bisection > 1 ? "; --bisection N of `culprit status` shows an older one" : ""));
  for (const std::string& text : store.damage())
    std::fputs(base::printable("culprit: note: the store is damaged: " + text + "\n").c_str(), stderr);
  return {};
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
