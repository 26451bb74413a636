// By hand, a bisection is the same fold of events as any other: a verdict is an event, what is asked is one
// (with its reason, for the record), the answer is one. Between two commands nothing runs and nothing is
// remembered elsewhere, so that an automatic bisection can be told verdicts too, and goes on with them.
//
// Contradictions are shown and kept: the search weighs all that was said.

#include "cli/session/desk.h"

#include <fmt/format.h>
#include <algorithm>
#include <map>

#include "base/strings.h"
#include "cli/session/display.h"
#include "cli/session/place.h"
#include "cli/session/printing.h"
#include "cli/session/session.h"
#include "cli/settings/settings.h"
#include "cli/settings/terms.h"
#include "cli/setup/question.h"
#include "engine/engine.h"
#include "engine/journal.h"
#include "history/checkout/user_checkout.h"
#include "history/git_history.h"
#include "model/event.h"
#include "output/answer.h"
#include "output/next.h"
#include "search/search.h"
#include "store/store.h"

namespace culprit::cli {
namespace {

using base::ErrorKind;
using base::ExitCode;
using base::fail;
using base::Result;
using model::CommitId;
using model::UserVerdict;

class Service {
 public:
  explicit Service(Desk& desk) : m_desk(desk), m_journal(desk.store, desk.bisection, desk.clock, {&m_fold}) {}

  Result<ExitCode> serve(const DeskRequest& request) {
    CULPRIT_TRY(m_journal.catch_up());
    if (request.verdict) {
      CULPRIT_TRY(hear(*request.verdict, request.revisions));
      // What is chosen next is the running command's business, or the next one's.
      if (!m_desk.settings.is_by_hand()) {
        print(at_place("recorded; `culprit resume` goes on with it\n", m_desk.place));
        return ExitCode::found;
      }
    }
    return advance(request.checkout || (m_desk.settings.is_by_hand() && m_desk.settings.checkout));
  }

 private:
  struct Sink final : model::EventSink {
    output::SummaryFold fold;
    void on_event(const model::Event& event) override { fold.apply(event); }
  };

  const output::Summary& summary() const { return m_fold.fold.summary(); }
  std::string term(UserVerdict verdict) const { return term_of(m_desk.settings, verdict); }
  bool is_new(UserVerdict verdict) const {
    return verdict != UserVerdict::skip && (verdict == UserVerdict::bad) != m_desk.settings.fix;
  }

  // The revision that was asked about last, where nothing was said or found since.
  std::optional<CommitId> asked() const {
    const auto events = m_desk.store.events(m_desk.bisection);
    if (!events) return std::nullopt;
    std::optional<CommitId> last;
    for (const model::Event& event : *events) {
      if (const auto* decided = std::get_if<model::Decided>(&event.body)) {
        if (!decided->experiments.empty()) last = decided->experiments.front().commit;
      } else if (std::holds_alternative<model::PersonJudged>(event.body)) {
        last.reset();
      }
    }
    return last;
  }

  Result<std::vector<CommitId>> meant(UserVerdict verdict, const std::vector<std::string>& revisions) {
    if (revisions.empty()) {
      const CommitId head = CULPRIT_TRY(m_desk.history.head());
      const auto wanted = asked();
      if (wanted && head != *wanted)
        return fail(ErrorKind::usage,
                    fmt::format("which revision is {}? The checkout is at {}, but {} was to be tested",
                                term(verdict), head.short_hex(), wanted->short_hex()),
                    fmt::format("name it: culprit {} {}", term(verdict), wanted->short_hex()));
      return std::vector<CommitId>{head};
    }
    for (const std::string& revision : revisions)
      if (verdict != UserVerdict::skip && revision.find("..") != std::string::npos)
        return fail(ErrorKind::usage, fmt::format("'{}' is a range, and only skip takes ranges", revision),
                    fmt::format("name single revisions that are {}", term(verdict)));
    return resolve_all(m_desk.history, revisions);
  }

  Result<void> hear(UserVerdict verdict, const std::vector<std::string>& revisions) {
    std::vector<CommitId> commits = CULPRIT_TRY(meant(verdict, revisions));
    const auto outside = [&](const CommitId& id) { return !m_desk.question.graph.find(id); };
    if (const auto at = std::ranges::find_if(commits, outside); at != commits.end()) {
      // Of a range, what is not searched needs no word.
      if (commits.size() == revisions.size() || revisions.empty())
        return fail(ErrorKind::usage,
                    fmt::format("{} is not in what is searched: the history of {}", at->short_hex(),
                                summary().name_of(m_desk.question.problem.start)),
                    "begin anew with it as an end: culprit bisect --manual --fresh --bad REV --good REV");
      std::erase_if(commits, outside);
    }
    for (const CommitId& commit : commits) show_contradictions(commit, verdict);
    std::vector<model::EventBody> events;
    for (const CommitId& commit : commits) events.emplace_back(model::PersonJudged{{commit, verdict}});
    CULPRIT_TRY(m_desk.store.append_all(m_desk.bisection, m_desk.clock.wall(), std::move(events)));
    CULPRIT_TRY(m_journal.catch_up());
    return {};
  }

  void note(const std::string& text) const { print(base::printable("note: " + text + "\n")); }

  // What was said before and does not go with it.
  void show_contradictions(const CommitId& commit, UserVerdict verdict) {
    if (verdict == UserVerdict::skip) return;
    const model::CommitGraph& graph = m_desk.question.graph;
    int other = 0, same = 1;
    for (const model::VerdictRecord& said : m_journal.evidence().verdicts) {
      if (said.commit != commit || said.verdict == UserVerdict::skip) continue;
      ++(said.verdict == verdict ? same : other);
    }
    const UserVerdict opposite = verdict == UserVerdict::good ? UserVerdict::bad : UserVerdict::good;
    if (other > 0)
      note(fmt::format("{} was called {} before: {} for {}, {} for {}; both are weighed", commit.short_hex(),
                       term(opposite), same, term(verdict), other, term(opposite)));
    const auto unlike = verdict == UserVerdict::good ? model::Verdict::bad : model::Verdict::good;
    const output::RevisionSummary* tested = summary().find(commit);
    if (tested != nullptr && tested->judged && !tested->runs.empty() && tested->verdict == unlike)
      note(fmt::format("{} was {} in its runs: both are weighed", commit.short_hex(), term(opposite)));
    const auto here = *graph.find(commit);
    std::vector<std::uint8_t> below;  // of `commit`
    int shown = 0;
    std::map<CommitId, UserVerdict> latest;
    for (const model::VerdictRecord& said : m_journal.evidence().verdicts) latest[said.commit] = said.verdict;
    for (const auto& [id, said] : latest) {
      const auto there = graph.find(id);
      if (!there || id == commit || said != opposite) continue;
      // A revision that lacks the change cannot contain one that has it.
      if (below.empty()) below = graph.ancestors(here);
      const bool contradicts = is_new(verdict) ? graph.ancestors(*there)[here] != 0 : below[*there] != 0;
      if (contradicts && ++shown <= 3)
        note(fmt::format("{} is {}, and {}, {} of it, was called {}: both are weighed", commit.short_hex(),
                         term(verdict), id.short_hex(), is_new(verdict) ? "a descendant" : "an ancestor",
                         term(opposite)));
    }
  }

  Result<ExitCode> advance(bool checkout) {
    const model::Evidence evidence = engine::assessed(m_journal, m_desk.question.problem);
    if (m_journal.conclusion()) return answer(evidence);
    model::Decision decision = m_desk.search.next(evidence);
    if (decision.conclusion) {
      for (model::RevisionVerdict& verdict : m_desk.search.verdicts(evidence)) {
        const std::string label = m_journal.label_of(verdict.commit);
        CULPRIT_TRY(m_journal.record(model::Judged{std::move(verdict), label}));
      }
      CULPRIT_TRY(m_journal.record(model::Finished{*decision.conclusion}));
      return answer(evidence);
    }
    if (decision.experiments.empty())
      return fail(ErrorKind::internal, "the search waits although nothing is pending");
    const model::Experiment next = decision.experiments.front();
    decision.experiments.resize(1);
    if (m_desk.settings.is_by_hand() && asked() != next.commit)
      CULPRIT_TRY(m_journal.record(model::Decided{decision.experiments, decision.standing}));
    if (checkout) CULPRIT_TRY(check_out(next.commit));
    print_next(decision, checkout);
    return ExitCode::found;
  }

  void print_next(const model::Decision& decision, bool checked_out) const {
    const model::Experiment& next = decision.experiments.front();
    const output::TitleOf title_of = [this](const CommitId& commit) {
      const auto info = m_desk.history.describe(commit);
      return info ? info->title : std::string();
    };
    output::NextStep step{.experiment = next,
                          .standing = decision.standing,
                          .title = title_of(next.commit),
                          .title_of = title_of,
                          .term_new = term_new(m_desk.settings),
                          .term_old = term_old(m_desk.settings),
                          .by_hand = m_desk.settings.is_by_hand(),
                          .checked_out = checked_out};
    print(at_place(output::render_next(step, style_of_output()), m_desk.place));
  }

  Result<ExitCode> answer(const model::Evidence& evidence) {
    m_fold.fold.reidentify(evidence.runs);
    m_fold.fold.rejudge(m_desk.search.verdicts(evidence));
    print(at_place(output::render_answer(summary(), texts_of(m_desk.history), style_of_output()),
                   m_desk.place));
    if (!m_desk.settings.user_head.empty())
      print(base::printable("  back to where you were: git checkout " +
                            base::shell_quote(m_desk.settings.user_head) + "\n"));
    return exit_code_of(m_journal.conclusion()->kind);
  }

  Result<void> check_out(const CommitId& commit) const {
    const history::Repository& repository = m_desk.history.repository();
    const std::string by_hand = "or go there by hand: git checkout " + commit.short_hex();
    if (repository.work_tree.empty())
      return fail(ErrorKind::usage, "the repository has no checkout to move: it is bare", by_hand);
    if (CULPRIT_TRY(m_desk.history.work_tree_state()).modified)
      return fail(ErrorKind::usage, "the checkout has uncommitted changes, so it is not moved",
                  "commit or stash them, " + by_hand);
    if (CULPRIT_TRY(m_desk.history.head()) == commit) return {};
    // From where the user stands, if that is in the checkout: git then leaves that folder in place, even
    // where the other revision has none.
    std::error_code ignored;
    const auto here = std::filesystem::current_path(ignored);
    const bool deeper = !history::subdirectory_of(repository, here).empty();
    return m_desk.checkout.move(deeper ? here : repository.work_tree, commit);
  }

  Desk& m_desk;
  Sink m_fold;
  engine::Journal m_journal;
};

}  // namespace

Result<ExitCode> Desk::serve(const DeskRequest& request) { return Service(*this).serve(request); }

Result<void> Desk::tell(const std::string& text) {
  print(base::printable("note: " + text + "\n"));
  CULPRIT_TRY(store.append(bisection, clock.wall(), model::Note{text}));
  return {};
}

ExitCode exit_code_of(model::ResultKind kind) {
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

Result<std::string> checked_out(const history::GitHistory& history) {
  const auto branch = CULPRIT_TRY(history.git().run({"symbolic-ref", "--quiet", "--short", "HEAD"}));
  if (branch.ok()) return std::string(base::trim(branch.output));
  return CULPRIT_TRY(history.head()).hex();
}

std::optional<std::string> command_of_term(const std::string& word,
                                           const std::vector<std::string>& arguments) {
  if (word.empty() || word.starts_with('-')) return std::nullopt;
  const auto value_of = [&](std::string_view brief, std::string_view full) -> std::string {
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      if (const auto value = base::strip_prefix(arguments[i], std::string(full) + "="))
        return std::string(*value);
      if ((arguments[i] == brief || arguments[i] == full) && i + 1 < arguments.size())
        return arguments[i + 1];
    }
    return {};
  };
  const std::string repository = value_of("-C", "--repo");
  const auto paths = find_state(repository.empty() ? "." : repository, value_of("--state", "--state"));
  if (!paths) return std::nullopt;
  const auto store = store::Store::open(paths->store(), store::Store::Mode::read_only);
  if (!store) return std::nullopt;
  const auto bisection = newest_bisection(*store);
  if (!bisection) return std::nullopt;
  const auto events = store->events(*bisection);
  const auto* started =
      events && !events->empty() ? std::get_if<model::Started>(&events->front().body) : nullptr;
  if (started == nullptr) return std::nullopt;
  const auto settings = settings_from_json(started->settings);
  if (!settings) return std::nullopt;
  const std::string has_it = settings->fix ? "good" : "bad", lacks_it = settings->fix ? "bad" : "good";
  if (word == term_new(*settings) || word == "new") return has_it;
  if (word == term_old(*settings) || word == "old") return lacks_it;
  return std::nullopt;
}

}  // namespace culprit::cli
