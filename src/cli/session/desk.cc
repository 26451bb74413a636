// By hand, a bisection is the same fold of events as any other: a verdict is an event, what is asked is one
// (with its reason, for the record), the answer is one. Between two commands nothing runs and nothing is
// remembered elsewhere, so that an automatic bisection can be told verdicts too, and goes on with them.
//
// Contradictions are shown and kept: the search weighs all that was said.

#include "cli/session/desk.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>

#include "base/process/build_output.h"
#include "base/strings.h"
#include "cli/session/display.h"
#include "cli/session/place.h"
#include "cli/session/printing.h"
#include "cli/session/session.h"
#include "cli/settings/settings.h"
#include "cli/settings/terms.h"
#include "cli/setup/desk_builds.h"
#include "cli/setup/question.h"
#include "cli/setup/taking_back.h"
#include "engine/ahead.h"
#include "engine/engine.h"
#include "engine/journal.h"
#include "history/checkout/user_checkout.h"
#include "history/git_history.h"
#include "model/event.h"
#include "output/answer.h"
#include "output/next.h"
#include "output/words/text.h"
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
    if (request.reset) return reset(request.revisions);
    if (request.take_back != DeskRequest::TakeBack::nothing) {
      CULPRIT_TRY(take_back(request));
      if (!m_desk.settings.is_by_hand()) {
        print(at_place("`culprit resume` goes on without it\n", m_desk.place));
        return ExitCode::found;
      }
    }
    CULPRIT_TRY(m_journal.catch_up());
    if (request.verdict) {
      CULPRIT_TRY(hear(*request.verdict, request.revisions));
      // What is chosen next is the running command's business, or the next one's.
      if (!m_desk.settings.is_by_hand()) {
        print(at_place("recorded; `culprit resume` goes on with it\n", m_desk.place));
        return ExitCode::found;
      }
    }
    if (const std::string wanted = request.picks ? std::string() : wanted_end(); !wanted.empty()) {
      const output::Style style = style_of_output();
      const std::size_t columns = style.live ? std::max<std::size_t>(style.columns, 24) - 6 : 1000;
      std::string_view label = "wait";
      for (const std::string& piece : output::wrap(at_place(wanted, m_desk.place), columns)) {
        print(fmt::format("{:6}{}\n", label, piece));
        label = "";
      }
      return ExitCode::found;
    }
    const bool checkout = request.checkout || (m_desk.settings.is_by_hand() && m_desk.settings.checkout);
    ExitCode code = CULPRIT_TRY(advance(checkout));
    while (m_asked_now && m_desk.builds != nullptr) {
      build_ahead();
      const auto word = CULPRIT_TRY(ask_at_once());
      if (!word) break;
      CULPRIT_TRY(hear(*word, {m_asked_now->hex()}));
      code = CULPRIT_TRY(advance(checkout));
    }
    return code;
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

  // Builds what is to be tested, and says where it lies. False where it does not build, which is on record then.
  Result<bool> build(const CommitId& commit) {
    const auto info = CULPRIT_TRY(m_desk.history.describe(commit));
    if (!m_desk.builds->has(commit))
      say(fmt::format("{} {} {}", m_desk.builds->is_coming(commit) ? "still building" : "building",
                      commit.short_hex(), info.title));
    const double begin = m_desk.clock.wall();
    DeskBuild built = CULPRIT_TRY(m_desk.builds->build(commit));
    if (m_journal.build_of(commit, {}) == nullptr || !built.was_there) {
      CULPRIT_TRY(m_journal.record(model::BuildStarted{commit, m_journal.label_of(commit), info.title, {}}));
      CULPRIT_TRY(m_journal.record(model::BuildFinished{built.record}));
    }
    if (built.record.status != model::BuildStatus::ok) {
      say(fmt::format("{} does not build: {}", commit.short_hex(),
                      base::trim(base::telling_line(built.record.text))));
      if (built.record.status == model::BuildStatus::infra)
        return fail(ErrorKind::infra, "the machine could not build " + commit.short_hex(),
                    "`culprit next` tries again");
      return false;
    }
    say(fmt::format("built {}{}: {}", commit.short_hex(),
                    built.was_there ? " ahead" : " in " + base::format_duration(m_desk.clock.wall() - begin),
                    (built.folder / m_desk.settings.subdirectory).string()));
    for (const auto& file : built.beside) say("      " + file.string());
    return true;
  }

  // While the person tests: what may come next, both ways. Without a terminal to answer at, only where that was asked for.
  void build_ahead() {
    const int said = m_desk.settings.ahead;
    const bool unasked = said == Settings::k_as_room_is;
    const int most = unasked ? (can_ask() ? engine::k_most_ahead : 0) : std::min(said, engine::k_most_ahead);
    const auto next = engine::foresee(m_desk.search, m_desk.question.problem, known(), *m_asked_now, 1,
                                      static_cast<std::size_t>(most));
    if (next.empty()) return;
    std::string names;
    for (const CommitId& commit : next) names += " " + commit.short_hex();
    say("building ahead, while you test:" + names);
    m_desk.builds->start_ahead(next, *m_asked_now);
    if (!can_ask()) m_desk.builds->finish_ahead();
  }

  // Who begins without ends names them next, as to git. Until then nothing is asked and the tree stays where it is, for a bare word is
  // about what is checked out. What is still to be said; empty where something was asked already.
  std::string wanted_end() const {
    if (!m_desk.settings.waits) return {};
    const auto events = m_desk.store.events(m_desk.bisection);
    const auto is_question = [](const model::Event& e) {
      return std::holds_alternative<model::Decided>(e.body);
    };
    if (!events || std::ranges::any_of(*events, is_question)) return {};
    const auto said = [&](UserVerdict verdict) {
      return std::ranges::count(m_journal.evidence().verdicts, verdict, &model::VerdictRecord::verdict);
    };
    const int assumed = m_desk.settings.bad.empty() ? 1 : 0;  // HEAD
    const bool has_bad = said(UserVerdict::bad) > assumed, has_good = said(UserVerdict::good) > 0;
    if (has_bad && has_good) return {};
    const std::string bad = term(UserVerdict::bad), good = term(UserVerdict::good);
    if (has_bad)
      return fmt::format("which revision is {}? culprit {} REV; `culprit next` walks back over releases",
                         good, good);
    if (has_good)
      return fmt::format("which revision is {}? culprit {} [REV]; `culprit next` takes HEAD for it", bad,
                         bad);
    return fmt::format("which revision is {}, and which is {}? culprit {} [REV], culprit {} REV", bad, good,
                       bad, good);
  }

  // To a person, a revision that is built costs as much as any: it is the test that does.
  model::Evidence known() const {
    model::Evidence evidence = engine::assessed(m_journal, m_desk.question.problem);
    if (m_desk.settings.is_by_hand())
      std::erase_if(evidence.builds,
                    [](const model::BuildRecord& build) { return build.status == model::BuildStatus::ok; });
    return evidence;
  }

  static bool can_ask() { return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1; }

  // The person's word, where they sit at a terminal; nullopt where they leave.
  Result<std::optional<UserVerdict>> ask_at_once() const {
    if (!can_ask()) return std::nullopt;
    const base::CancelToken& cancel = m_desk.history.git().cancel();
    std::string line;
    for (;;) {
      print(fmt::format("{} {}, {} or skip? (Enter leaves: say it later with culprit {}) ",
                        m_asked_now->short_hex(), term(UserVerdict::good), term(UserVerdict::bad),
                        term(UserVerdict::good)));
      std::fflush(stdout);  // a prompt ends no line
      if (!read_line(line, cancel))
        return cancel.cancelled() ? Result<std::optional<UserVerdict>>(
                                        fail(ErrorKind::interrupted, "interrupted",
                                             "nothing is lost: `culprit next` says what to test"))
                                  : std::nullopt;
      const std::string word(base::trim(line));
      if (word.empty()) return std::nullopt;
      if (word == "skip") return UserVerdict::skip;
      for (const UserVerdict verdict : {UserVerdict::good, UserVerdict::bad}) {
        const bool other = word == (is_new(verdict) ? "new" : "old");
        if (other || word == term(verdict) || word == (verdict == UserVerdict::good ? "good" : "bad"))
          return verdict;
      }
      say("'" + word + "' is none of them");
    }
  }

  // False at the end of the input, or once it is cancelled.
  static bool read_line(std::string& line, const base::CancelToken& cancel) {
    line.clear();
    constexpr int k_look_ms = 100;
    while (!cancel.cancelled()) {
      pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
      if (::poll(&input, 1, k_look_ms) <= 0) continue;
      char c = 0;
      if (::read(STDIN_FILENO, &c, 1) != 1) return false;
      if (c == '\n') return true;
      line += c;
    }
    return false;
  }

  // Back to where the user was, and a new bisection may begin. Nothing is lost: `next` or `resume` goes on.
  Result<ExitCode> reset(const std::vector<std::string>& to) {
    const std::string& head = to.empty() ? m_desk.settings.user_head : to.front();
    if (!to.empty()) CULPRIT_TRY(m_desk.history.resolve(head));
    const history::Repository& repository = m_desk.history.repository();
    if (!head.empty() && !repository.work_tree.empty() && CULPRIT_TRY(checked_out(m_desk.history)) != head) {
      const history::Git git(repository.git_dir, repository.work_tree, m_desk.history.git().cancel());
      const auto moved = CULPRIT_TRY(git.run({"checkout", "--quiet", "--no-overwrite-ignore", head}));
      if (!moved.ok())
        return fail(ErrorKind::usage, "cannot go back to " + head + ": " + history::git_message(moved.errors),
                    "commit or stash what is in the way, then `culprit reset` again");
      say("back at " + head);
    }
    const bool by_hand = m_desk.settings.is_by_hand();
    CULPRIT_TRY(m_desk.store.append(m_desk.bisection, m_desk.clock.wall(), model::Interrupted{k_put_aside}));
    print(at_place(std::string("the bisection is put aside; `culprit ") + (by_hand ? "next" : "resume") +
                       "` goes on with it\n",
                   m_desk.place));
    return ExitCode::found;
  }

  // Before the journal reads: what is taken back never reaches it.
  Result<void> take_back(const DeskRequest& request) {
    const auto events = CULPRIT_TRY(m_desk.store.events(m_desk.bisection));
    model::TakenBack taken;
    if (request.take_back == DeskRequest::TakeBack::last_word)
      taken = CULPRIT_TRY(last_word(events));
    else
      for (const CommitId& commit : CULPRIT_TRY(resolve_all(m_desk.history, request.revisions))) {
        const model::TakenBack about = CULPRIT_TRY(all_about(events, commit));
        taken.sequences.insert(taken.sequences.end(), about.sequences.begin(), about.sequences.end());
        taken.next_run = std::max(taken.next_run, about.next_run);
      }
    const std::set<std::int64_t> gone(taken.sequences.begin(), taken.sequences.end());
    std::map<CommitId, std::size_t> runs;
    for (const model::Event& event : events) {
      if (!gone.contains(event.sequence)) continue;
      if (const auto* word = std::get_if<model::PersonJudged>(&event.body))
        say("taken back: " + word->verdict.commit.short_hex() + " " + term(word->verdict.verdict));
      if (const auto* run = std::get_if<model::RunFinished>(&event.body)) ++runs[run->run.commit];
    }
    for (const auto& [commit, count] : runs)
      say(fmt::format("forgotten: {} run{} of {}", count, count == 1 ? "" : "s", commit.short_hex()));
    CULPRIT_TRY(m_desk.store.append(m_desk.bisection, m_desk.clock.wall(), std::move(taken)));
    return {};
  }

  void say(const std::string& text) const { print(base::printable(text + "\n")); }

  // The revision that was asked about last, where nothing was said or found since.
  std::optional<CommitId> asked() const {
    const auto events = m_desk.store.events(m_desk.bisection);
    if (!events) return std::nullopt;
    std::optional<CommitId> last;
    for (const model::Event& event : *events) {
      if (const auto* decided = std::get_if<model::Decided>(&event.body)) {
        if (!decided->experiments.empty()) last = decided->experiments.front().commit;
      } else if (std::holds_alternative<model::PersonJudged>(event.body) ||
                 std::holds_alternative<model::TakenBack>(event.body)) {
        last.reset();
      }
    }
    return last;
  }

  Result<std::vector<CommitId>> meant(UserVerdict verdict, const std::vector<std::string>& revisions) {
    if (revisions.empty()) {
      const CommitId head = CULPRIT_TRY(m_desk.history.head());
      const auto wanted = asked();
      // What was built for the person is what they tested, wherever their own checkout is.
      if (wanted && !m_desk.settings.build.empty()) return std::vector<CommitId>{*wanted};
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
    m_asked_now.reset();
    const model::Evidence evidence = known();
    if (m_journal.conclusion()) return answer(evidence);
    model::Decision decision = m_desk.search.next(evidence);
    if (decision.conclusion) {
      if (const auto word = word_to_ask_again(evidence, *decision.conclusion))
        return ask_again(*word, checkout);
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
    if (m_desk.builds != nullptr && !CULPRIT_TRY(build(next.commit))) return advance(checkout);
    if (checkout) CULPRIT_TRY(check_out(next.commit));
    print_next(decision, checkout);
    m_asked_now = next.commit;
    return ExitCode::found;
  }

  // A slip and a culprit look alike: every word after a slip is of the other kind. So the answer waits where it rests
  // on a single word and two words or more on the other side followed: that comes by chance once in four, a slip in
  // thirty words (which people make) would then be behind one answer in ten, which is more than it may be wrong.
  static constexpr double k_sure = 0.9;
  static constexpr int k_in_a_row = 2;

  std::optional<model::VerdictRecord> word_to_ask_again(const model::Evidence& evidence,
                                                        const model::Conclusion& conclusion) const {
    const bool sure = conclusion.kind == model::ResultKind::culprit && conclusion.probability > k_sure;
    if (!sure || !m_desk.settings.is_by_hand()) return std::nullopt;
    std::vector<model::VerdictRecord> said;  // good or bad
    for (const model::VerdictRecord& word : evidence.verdicts)
      if (word.verdict != UserVerdict::skip) said.push_back(word);
    std::size_t ends = 1 + std::max<std::size_t>(1, m_desk.question.problem.good.size());
    if (said.size() <= ends) return std::nullopt;
    int in_a_row = 0;
    std::size_t at = said.size();
    for (; at > 0 && said[at - 1].verdict == said.back().verdict; --at)
      if (at > ends) ++in_a_row;
    if (at == 0 || in_a_row < k_in_a_row) return std::nullopt;
    const model::VerdictRecord& word = said[at - 1];
    const auto about_it = [&](const model::VerdictRecord& other) { return other.commit == word.commit; };
    if (std::ranges::count_if(said, about_it) > 1 || m_journal.runs_of(word.commit) > 0) return std::nullopt;
    // Does the answer stand without it?
    model::Evidence without = evidence;
    std::erase_if(without.verdicts, about_it);
    const auto other = m_desk.search.next(without).conclusion;
    if (other && other->culprit == conclusion.culprit && other->probability > k_sure) return std::nullopt;
    return word;
  }

  Result<ExitCode> ask_again(const model::VerdictRecord& word, bool checkout) {
    const model::Experiment again{.commit = word.commit,
                                  .runs = 1,
                                  .stage = "again",
                                  .label = m_journal.label_of(word.commit),
                                  .reason = "the answer rests on this word alone"};
    model::Decision decision{.experiments = {again}, .conclusion = {}, .standing = {}};
    if (asked() != word.commit)
      CULPRIT_TRY(m_journal.record(model::Decided{decision.experiments, decision.standing}));
    if (m_desk.builds != nullptr) CULPRIT_TRY(build(word.commit));
    if (checkout) CULPRIT_TRY(check_out(word.commit));
    print_next(decision, checkout, term(word.verdict));
    m_asked_now = word.commit;
    return ExitCode::found;
  }

  void print_next(const model::Decision& decision, bool checked_out, std::string again = {}) const {
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
                          .checked_out = checked_out || m_desk.builds != nullptr,
                          .again = std::move(again)};
    print(at_place(output::render_next(step, style_of_output()), m_desk.place));
  }

  Result<ExitCode> answer(const model::Evidence& evidence) {
    m_fold.fold.reidentify(evidence.runs);
    m_fold.fold.rejudge(m_desk.search.verdicts(evidence));
    const std::string& head = m_desk.settings.user_head;
    const std::string back =
        head.empty() ? ""
                     : base::printable("back to where you were: git checkout " + base::shell_quote(head));
    print(at_place(
        output::render_answer(summary(), texts_of(m_desk.settings, m_desk.history), style_of_output(), back),
        m_desk.place));
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
  std::optional<CommitId> m_asked_now;  // what the person was just asked to test
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
  std::string has_it = settings->fix ? "good" : "bad", lacks_it = settings->fix ? "bad" : "good";
  if (word == term_new(*settings) || word == "new") return has_it;
  if (word == term_old(*settings) || word == "old") return lacks_it;
  return std::nullopt;
}

}  // namespace culprit::cli
