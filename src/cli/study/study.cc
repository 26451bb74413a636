#include "cli/study/study.h"

#include <cstdio>
#include <filesystem>
#include <map>

#include <fmt/format.h>

#include "base/files.h"
#include "base/process/subprocess.h"
#include "base/strings.h"
#include "cli/project/laid_over.h"
#include "cli/session/place.h"
#include "cli/session/signals.h"
#include "cli/session/version.h"
#include "history/git/repository.h"
#include "model/event.h"
#include "study/tests.h"

namespace culprit::cli {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::Result;

// A study is no bisection: what goes on is the command that began it.
constexpr std::string_view k_resume = "`culprit resume` continues";
constexpr std::string_view k_again = "the same command goes on where it ended";

base::Error with_own_hint(base::Error error) {
  if (const std::size_t at = error.hint.find(k_resume); at != std::string::npos)
    error.hint.replace(at, k_resume.size(), k_again);
  return error;
}

// Tells somebody of each decision on its way.
class WatchedSearch final : public search::Search {
 public:
  explicit WatchedSearch(const StudyWork& work) : m_work(work) {}
  model::Decision next(const model::Evidence& evidence) const override {
    model::Decision decision = m_work.search.next(evidence);
    if (m_work.watch) m_work.watch(evidence, decision);
    return decision;
  }
  std::vector<model::RevisionVerdict> verdicts(const model::Evidence& evidence) const override {
    return m_work.search.verdicts(evidence);
  }

 private:
  const StudyWork& m_work;
};

// Runners by the keys of tests.
using Runners = std::map<std::string, std::unique_ptr<run::Runner>>;

engine::RunnerOf chooser(const Runners& runners, run::Runner& otherwise) {
  return [&](const std::string& variant) -> run::Runner& {
    const auto test = study::test_variant_from_name(variant);
    const auto at = test ? runners.find(test->key) : runners.end();
    return at == runners.end() ? otherwise : *at->second;
  };
}

}  // namespace

Study::Study(std::string_view name, StudyOptions options)
    : m_name(name), m_options(std::move(options)), m_began(m_clock.monotonic()) {}

Result<std::unique_ptr<Study>> Study::open(std::string_view name, StudyOptions options) {
  std::unique_ptr<Study> study(new Study(name, std::move(options)));
  history::HistoryOptions history;
  history.note = [s = study.get()](const std::string& text) { s->note(text); };
  study->m_history = CULPRIT_TRY(
      history::GitHistory::open(study->m_options.repository, std::move(history), cancel_on_signals()));
  study->m_paths =
      CULPRIT_TRY(StatePaths::of(study->m_options.state_dir, study->m_history->repository().common_dir));
  CULPRIT_TRY(study->m_paths.refuse_foreign());
  return study;
}

Result<void> Study::settle(Settings& settings) const {
  const history::Repository& repository = m_history->repository();
  settings.repository = (repository.work_tree.empty() ? repository.git_dir : repository.work_tree).string();
  settings.subdirectory = history::subdirectory_of(repository, settings.user_cwd);
  return settle_laid_over(settings, *m_history);
}

Result<void> Study::take_up(const std::string& definition, const model::Problem& problem) {
  m_lock.emplace(CULPRIT_TRY(StateLock::acquire(m_paths)));
  base::kill_strays(m_paths.session_tag());
  base::set_session_tag(m_paths.session_tag());
  m_store = CULPRIT_TRY(store::Store::open(m_paths.study(m_name), store::Store::Mode::read_write));
  m_problem = problem;
  const auto rows = CULPRIT_TRY(m_store->bisections());
  for (const store::BisectionRow& row : rows) {
    if (m_options.fresh) break;
    const auto events = CULPRIT_TRY(m_store->events(row.id));
    const auto* started = events.empty() ? nullptr : std::get_if<model::Started>(&events.front().body);
    if (started == nullptr || started->settings != definition) continue;
    m_id = row.id;
    return {};
  }
  m_id = CULPRIT_TRY(m_store->begin(m_clock.wall()));
  const model::Started started{.problem = problem,
                               .subject = model::Subject::program,
                               .repository = m_history->repository().git_dir.string(),
                               .settings = definition,
                               .version = k_version};
  CULPRIT_TRY(m_store->append(m_id, m_clock.wall(), started));
  return {};
}

Result<void> Study::conduct(const Settings& settings, const StudyWork& work) {
  m_journal.emplace(*m_store, m_id, m_clock, std::vector<model::EventSink*>{});
  CULPRIT_TRY(m_journal->catch_up());
  if (work.search.next(work.judged(*m_journal)).conclusion) return {};
  const WatchedSearch watched(work);
  auto done = engage(settings, work, watched);
  // Whatever failed: in a folder that is gone, all does.
  if (!done && done.error().kind != ErrorKind::interrupted) CULPRIT_TRY(m_store->in_place());
  if (!done) return std::unexpected(with_own_hint(std::move(done).error()));
  return {};
}

Result<void> Study::engage(const Settings& settings, const StudyWork& work, const search::Search& watched) {
  const base::CancelToken& cancel = cancel_on_signals();
  const auto backends = CULPRIT_TRY(
      wire(settings, m_paths, *m_history, cancel, [this](const std::string& text) { note(text); }));
  Runners runners;
  for (const auto& [key, test] : work.tests) runners[key] = CULPRIT_TRY(backends->runner_of(test));
  study::TestedBuilder builder(backends->builder());
  const auto conclusion = engine::bisect(
      {.journal = *m_journal,
       .search = watched,
       .history = *m_history,
       .builder = builder,
       .runner = backends->runner(),
       .problem = m_problem,
       .subject = console_subject(settings),
       .sought = CULPRIT_TRY(engine::Sought::create(settings.messages, settings.ignored, settings.tests)),
       .runner_of = chooser(runners, backends->runner()),
       .judged = work.judged},
      cancel);
  if (auto left = backends->leave(); !left) std::fputs(base::render(left.error()).c_str(), stderr);
  if (!settings.keep_checkouts)
    if (auto removed = backends->tear_down(); !removed)
      std::fputs(base::render(removed.error()).c_str(), stderr);
  if (!conclusion) return std::unexpected(conclusion.error());
  return {};
}

void Study::note(const std::string& text) const {
  if (!m_options.quiet) std::fputs(base::printable("culprit: note: " + text + "\n").c_str(), stderr);
}

}  // namespace culprit::cli
