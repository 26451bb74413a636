// Every output is a view of this fold, so that the log, the live view, the JSON and the answer cannot
// disagree about what was tested. It keeps no console: a bisection of a thousand runs holds some kilobytes a
// revision.
//
// A process that was killed leaves starts without ends in the store. Only ends are counted, and what is under
// way is forgotten at a resumption, so nothing is counted double and nothing stays "running" for ever.
#include "output/summary/summary.h"

#include <algorithm>
#include <map>

#include "model/build/build_facts.h"
#include "model/event.h"
#include "model/run/report.h"
#include "output/words/text.h"

namespace culprit::output {
namespace {

// What the run is called: its outcome's title or text; of one that was stopped, where it was.
std::string text_of_run(const model::RunRecord& run) {
  const bool stopped = kind_of(run.outcome) == model::OutcomeKind::timed_out;
  if (stopped && !run.reports.empty()) return run.reports.front().title;
  return std::string(model::text_of(run.outcome));
}

// The last whole lines of a console.
std::string end_of(std::string_view console) {
  constexpr std::size_t k_tail = 4096;
  if (console.size() > k_tail) {
    console.remove_prefix(console.size() - k_tail);
    console.remove_prefix(std::min(console.find('\n') + 1, console.size()));
  }
  return std::string(console);
}

// The lines that show the crash of `run`: its report's text, else the end of what was printed.
CrashExcerpt excerpt_of(const model::RunRecord& run, const std::string& console) {
  const std::string title = text_of_run(run);
  const model::CrashReport* report = nullptr;
  for (const model::CrashReport& r : run.reports)
    if (report == nullptr || (report->title != title && r.title == title)) report = &r;
  if (report != nullptr && !report->text.empty())
    return {.title = title,
            .type = report->type.empty() ? "UNKNOWN" : report->type,
            .text = std::string(bounded(report->text, k_excerpt_limit)),
            .run = run.id,
            .start = report->start,
            .is_report = true};
  return {.title = title, .text = end_of(console), .run = run.id, .start = 0, .is_report = false};
}

bool shows_target(const RunSummary& run) { return run.says == model::RunSays::shown; }

// How often each title stands for the bug among `revisions`.
void count_titles(const RevisionSummary& revision, bool any_crash, std::map<std::string, int>& counts) {
  for (const RunSummary& run : revision.runs)
    if (!run.text.empty() && (shows_target(run) || (any_crash && run.outcome == model::OutcomeKind::crashed)))
      ++counts[run.text];
}

std::string most_frequent(const std::map<std::string, int>& counts) {
  const auto best = std::ranges::max_element(counts, {}, [](const auto& entry) { return entry.second; });
  return best == counts.end() ? std::string() : best->first;
}

const CrashExcerpt* crash_of(const RevisionSummary& revision, const std::string& title) {
  for (const CrashExcerpt& crash : revision.crashes)
    if (crash.title == title) return &crash;
  for (const RunSummary& run : revision.runs)
    for (const CrashExcerpt& crash : revision.crashes)
      if (shows_target(run) && crash.title == run.text) return &crash;
  return nullptr;
}

// Where the bug is shown to a person, the best place first.
std::vector<model::CommitId> places_to_show(const Summary& summary) {
  std::vector<model::CommitId> order;
  if (summary.conclusion && summary.problem.goal == model::Goal::cause && summary.conclusion->culprit)
    order.push_back(*summary.conclusion->culprit);
  if (summary.conclusion && summary.conclusion->tested) order.push_back(*summary.conclusion->tested);
  if (!summary.standing.bad_end.is_null()) order.push_back(summary.standing.bad_end);
  order.push_back(summary.problem.start);
  return order;
}

}  // namespace

bool RevisionSummary::answered() const {
  return tested() ||
         std::ranges::any_of(said, [](model::UserVerdict v) { return v != model::UserVerdict::skip; });
}

bool RevisionSummary::contradicted() const {
  return std::ranges::count(said, model::UserVerdict::good) > 0 &&
         std::ranges::count(said, model::UserVerdict::bad) > 0;
}

bool RevisionSummary::build_broken() const {
  return !builds.empty() && runs.empty() && builds.back().status == model::BuildStatus::broken;
}

const RevisionSummary* Summary::find(const model::CommitId& commit) const {
  const auto at = std::ranges::find(revisions, commit, &RevisionSummary::commit);
  return at == revisions.end() ? nullptr : &*at;
}

std::size_t Summary::tested() const {
  return static_cast<std::size_t>(std::ranges::count_if(revisions, &RevisionSummary::answered));
}

std::string Summary::name_of(const model::CommitId& commit) const {
  if (commit.is_null()) return "none";
  const RevisionSummary* revision = find(commit);
  if (revision != nullptr && !revision->label.empty()) return revision->label;
  for (const auto* tags : {&problem.own.names, &problem.releases})
    for (const model::ReleaseTag& tag : *tags)
      if (tag.commit == commit) return tag.name;
  return commit.short_hex();
}

bool SummaryFold::apply(const model::Event& event) {
  if (event.sequence != 0 && event.sequence <= m_sequence) return false;
  m_sequence = std::max(m_sequence, event.sequence);
  const bool pause = std::holds_alternative<model::Resumed>(event.body) ||
                     std::holds_alternative<model::PersonJudged>(event.body) ||
                     std::holds_alternative<model::Posted>(event.body) ||
                     std::holds_alternative<model::TakenBack>(event.body) || m_summary.last_at == 0;
  if (!pause) m_summary.stats.wall_s += std::max(0.0, event.time - m_summary.last_at);
  m_summary.last_at = std::max(m_summary.last_at, event.time);
  std::visit([&](const auto& body) { on(body, event.time); }, event.body);
  return true;
}

void SummaryFold::on(const model::Started& e, double time) {
  m_summary.started = true;
  m_summary.problem = e.problem;
  m_summary.problem.prior.clear();
  m_summary.subject = e.subject;
  m_summary.repository = e.repository;
  m_summary.version = e.version;
  m_summary.commits = e.commits;
  m_summary.started_at = time;
}

void SummaryFold::on(const model::Resumed& /*e*/, double /*time*/) {
  m_summary.under_way.clear();
  m_summary.interrupted.reset();
}

void SummaryFold::on(const model::Interrupted& e, double /*time*/) {
  m_summary.under_way.clear();
  m_summary.interrupted = e.reason;
}

void SummaryFold::on(const model::Decided& e, double time) {
  m_summary.standing = e.standing;
  m_summary.decided_at = time;
  if (m_summary.subject == model::Subject::by_hand && !e.experiments.empty())
    m_summary.asked = e.experiments.front();
  for (const model::Experiment& experiment : e.experiments) {
    if (!experiment.stage.empty()) m_summary.stage = experiment.stage;
    UnderWay& work = begin(experiment.commit, time);
    work.runs_wanted += experiment.runs;
    work.stage = experiment.stage;
    if (!experiment.label.empty()) work.label = experiment.label;
    const auto place = m_places.find(experiment.commit);
    (place == m_places.end() ? m_planned[experiment.commit] : m_summary.revisions[place->second].choices)
        .push_back({.stage = experiment.stage,
                    .reason = experiment.reason,
                    .runs = experiment.runs,
                    .information = experiment.information,
                    .cost = experiment.cost});
    if (place != m_places.end() && m_summary.revisions[place->second].label.empty())
      m_summary.revisions[place->second].label = experiment.label;
  }
}

void SummaryFold::on(const model::BuildStarted& e, double time) {
  RevisionSummary& rev = revision(e.commit);
  if (!e.label.empty()) rev.label = e.label;
  if (!e.title.empty()) rev.title = e.title;
  UnderWay& work = begin(e.commit, time);
  work.building = true;
  work.since = time;
}

void SummaryFold::on(const model::BuildFinished& e, double /*time*/) {
  const model::BuildRecord& build = e.build;
  if (build.ahead) {
    m_summary.stats.build_s += build.seconds;
    m_summary.stats.builds += build.times;
    ++m_summary.stats.builds_ahead;
    return;
  }
  RevisionSummary& rev = revision(build.commit);
  rev.builds.push_back({.status = build.status,
                        .variant = build.variant,
                        .signature = build.signature,
                        .compiler = build.compiler,
                        .text = build.text,
                        .seconds = build.seconds});
  const bool is_check = model::is_check_variant(build.variant);
  if (!build.signature.empty() && !is_check) rev.signature = build.signature;
  if (!build.compiler.empty() && !is_check) rev.compiler = build.compiler;
  rev.build_s += build.seconds;
  m_summary.stats.build_s += build.seconds;
  if (!model::was_not_built(build.text)) m_summary.stats.builds += build.times;
  if (UnderWay* work = under_way(build.commit)) work->building = false;
}

void SummaryFold::on(const model::RunStarted& e, double time) {
  revision(e.commit);
  UnderWay& work = begin(e.commit, time);
  ++work.runs_going;
  work.building = false;
}

void SummaryFold::on(const model::RunFinished& e, double /*time*/) {
  const model::RunRecord& run = e.run;
  if (run.id != 0 && m_runs.contains(run.id)) return;
  RevisionSummary& rev = revision(run.commit);
  const bool is_check = model::is_check_variant(run.variant);
  auto& runs = is_check ? rev.checks : rev.runs;
  if (run.id != 0) m_runs[run.id] = {m_places[run.commit], runs.size(), is_check};
  runs.push_back({.id = run.id,
                  .outcome = model::kind_of(run.outcome),
                  .text = text_of_run(run),
                  .end = run.end,
                  .identity = run.identity,
                  .p_target = run.p_target,
                  .says = model::what_says(run),
                  .variant = run.variant,
                  .seconds = run.seconds});
  if (rev.signature.empty() && !is_check) rev.signature = run.signature;
  const bool crashed = std::holds_alternative<model::Crashed>(run.outcome);
  const bool says_where = std::holds_alternative<model::TimedOut>(run.outcome) && !run.reports.empty();
  if (!is_check && (crashed || says_where) && rev.crashes.size() < k_excerpts_per_revision &&
      std::ranges::find(rev.crashes, text_of_run(run), &CrashExcerpt::title) == rev.crashes.end())
    rev.crashes.push_back(excerpt_of(run, e.console));
  rev.run_s += run.seconds;
  m_summary.stats.run_s += run.seconds;
  ++m_summary.stats.runs;
  if (UnderWay* work = under_way(run.commit)) {
    ++work->runs_done;
    work->runs_going = std::max(0, work->runs_going - 1);
  }
}

void SummaryFold::on(const model::Judged& e, double /*time*/) {
  RevisionSummary& rev = revision(e.verdict.commit);
  rev.judged = true;
  rev.verdict = e.verdict.verdict;
  rev.p_bad = e.verdict.p_bad;
  rev.why = e.verdict.why;
  if (!e.label.empty()) rev.label = e.label;
  std::erase_if(m_summary.under_way, [&](const UnderWay& w) { return w.commit == e.verdict.commit; });
}

void SummaryFold::on(const model::PersonJudged& e, double /*time*/) {
  RevisionSummary& judged = revision(e.verdict.commit);
  judged.person = e.verdict.verdict;
  judged.said.push_back(e.verdict.verdict);
  m_summary.words.push_back(e.verdict);
  if (m_summary.subject == model::Subject::by_hand) m_summary.interrupted.reset();
  m_summary.asked.reset();
  m_summary.conclusion.reset();  // a word after the answer asks again
}

void SummaryFold::on(const model::TakenBack& /*e*/, double /*time*/) {
  m_summary.asked.reset();
  m_summary.conclusion.reset();
}

void SummaryFold::on(const model::Note& e, double /*time*/) { m_summary.notes.push_back(e.text); }

void SummaryFold::on(const model::Finished& e, double /*time*/) {
  m_summary.conclusion = e.conclusion;
  m_summary.asked.reset();
  m_summary.under_way.clear();
}

void SummaryFold::on(const model::Posted& e, double time) {
  m_summary.posted.push_back({.stage = e.stage,
                              .way = e.way,
                              .where = e.where,
                              .message_id = e.message_id,
                              .to = e.to,
                              .text = e.text,
                              .time = time});
}

RevisionSummary& SummaryFold::revision(const model::CommitId& commit) {
  const auto [place, is_new] = m_places.try_emplace(commit, m_summary.revisions.size());
  if (!is_new) return m_summary.revisions[place->second];
  RevisionSummary& rev = m_summary.revisions.emplace_back();
  rev.commit = commit;
  if (auto planned = m_planned.extract(commit)) {
    rev.choices = std::move(planned.mapped());
    rev.stage = rev.choices.front().stage;
  }
  if (const UnderWay* work = under_way(commit)) rev.label = work->label;
  return rev;
}

UnderWay* SummaryFold::under_way(const model::CommitId& commit) {
  const auto at = std::ranges::find(m_summary.under_way, commit, &UnderWay::commit);
  return at == m_summary.under_way.end() ? nullptr : &*at;
}

UnderWay& SummaryFold::begin(const model::CommitId& commit, double time) {
  if (UnderWay* work = under_way(commit)) return *work;
  UnderWay& work = m_summary.under_way.emplace_back();
  work.commit = commit;
  work.since = time;
  return work;
}

void SummaryFold::reidentify(std::span<const model::RunRecord> runs) {
  for (const model::RunRecord& run : runs) {
    RunSummary* known = find_run(run.id);
    if (known == nullptr) continue;
    known->identity = run.identity;
    known->p_target = run.p_target;
    known->says = model::what_says(run);
  }
}

void SummaryFold::explain(std::uint64_t run, std::string why) {
  if (RunSummary* known = find_run(run)) known->why = std::move(why);
}

void SummaryFold::show_console(std::uint64_t run, std::string_view console) {
  for (RevisionSummary& revision : m_summary.revisions)
    for (CrashExcerpt& crash : revision.crashes)
      if (crash.run == run && !crash.is_report) crash.text = end_of(console);
}

RunSummary* SummaryFold::find_run(std::uint64_t id) {
  const auto at = m_runs.find(id);
  if (at == m_runs.end()) return nullptr;
  RevisionSummary& revision = m_summary.revisions[at->second.revision];
  return &(at->second.is_check ? revision.checks : revision.runs)[at->second.index];
}

void SummaryFold::rejudge(std::span<const model::RevisionVerdict> verdicts) {
  for (const model::RevisionVerdict& verdict : verdicts) {
    const auto at = m_places.find(verdict.commit);
    if (at == m_places.end()) continue;
    RevisionSummary& rev = m_summary.revisions[at->second];
    rev.judged = true;
    rev.verdict = verdict.verdict;
    rev.p_bad = verdict.p_bad;
    rev.why = verdict.why;
  }
}

Summary fold(std::span<const model::Event> events) {
  SummaryFold fold;
  for (const model::Event& event : events) fold.apply(event);
  return fold.summary();
}

Summary with_titles(Summary summary, const CommitTexts& texts) {
  for (RevisionSummary& revision : summary.revisions) {
    if (!revision.title.empty() || !revision.answered()) continue;
    if (auto info = texts.info_of(revision.commit)) revision.title = std::move(info->title);
  }
  return summary;
}

std::string chased_title(const Summary& summary) {
  const RevisionSummary* start = summary.find(summary.problem.start);
  for (const bool any_crash : {false, true}) {
    std::map<std::string, int> counts;
    if (start != nullptr) count_titles(*start, any_crash, counts);
    if (counts.empty())
      for (const RevisionSummary& rev : summary.revisions)
        if (!any_crash || rev.verdict == model::Verdict::bad) count_titles(rev, any_crash, counts);
    if (!counts.empty()) return most_frequent(counts);
  }
  return {};
}

bool untestable(const RevisionSummary& revision) {
  return revision.tested() && std::ranges::all_of(revision.runs, [](const RunSummary& run) {
           return run.outcome == model::OutcomeKind::build_broken ||
                  run.outcome == model::OutcomeKind::boot_failed ||
                  run.outcome == model::OutcomeKind::test_failed;
         });
}

const RunSummary* shown_hang(const Summary& summary) {
  const auto is_hang = [](const RunSummary& run) {
    return run.outcome == model::OutcomeKind::timed_out && shows_target(run);
  };
  for (const RevisionSummary& rev : summary.revisions)
    for (const RunSummary& run : rev.runs)
      if (shows_target(run) && !run.text.empty()) return nullptr;
  for (const model::CommitId& commit : places_to_show(summary))
    if (const RevisionSummary* rev = summary.find(commit))
      if (const auto run = std::ranges::find_if(rev->runs, is_hang); run != rev->runs.end()) return &*run;
  return nullptr;
}

const CrashExcerpt* shown_crash(const Summary& summary) {
  const std::string title = chased_title(summary);
  if (summary.conclusion && summary.conclusion->kind == model::ResultKind::good_end_crashes &&
      summary.conclusion->tested) {
    const RevisionSummary* end = summary.find(*summary.conclusion->tested);
    if (end != nullptr && !end->crashes.empty()) return &end->crashes.front();
  }
  for (const model::CommitId& commit : places_to_show(summary))
    if (const RevisionSummary* rev = summary.find(commit))
      if (const CrashExcerpt* crash = crash_of(*rev, title)) return crash;
  for (const RevisionSummary& rev : summary.revisions)
    if (!rev.crashes.empty()) return &rev.crashes.front();
  return nullptr;
}

}  // namespace culprit::output
