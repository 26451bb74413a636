// The grammar is that of 2021 (compiler on a line of its own, sha256 signatures, recipients in two lines),
// the newest that the published samples show, with words of later dialects only where the older ones cannot
// say a thing: "infra problem:", "failed building", "parent commit .. wasn't tested", the inconclusive
// ending.
//
// The grammar comes from a tool that tests one revision after the other, each once, ten runs each. Ours tests
// several at a time and comes back to one when that pays. So:
//  - a revision's block is written when it is judged, which is also when git's verdict line has its sense;
//  - it is written again when it was tested again, with the new runs alone, numbered on, after a remark that
//    says so; a reader that pools the runs of equal commits has all of them once;
//  - runs that are taken back (a stale build) are named in a remark, and what holds is written anew;
//  - "all runs:" means ten runs there and carries no number, so it is used for ten equal runs and for no
//    other count: three runs that say OK must not be read as ten.
// In a bisection for a fix git's words are turned around, as the reference does it: "bad" is the side of the
// fix, "good" the side that crashes.
#include "output/syzbot_log.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ranges>
#include <span>

#include "base/overloaded.h"
#include "base/process/build_output.h"
#include "base/strings.h"
#include "model/build/build_facts.h"
#include "model/event.h"
#include "output/summary/classified.h"
#include "output/words/duration.h"
#include "output/words/text.h"

namespace culprit::output {
namespace {

constexpr std::size_t k_all_runs = 10;

// A run's text in one line; the grammar has no empty ones.
std::string line_or(std::string_view text, std::string_view otherwise) {
  const std::string line = one_line(base::trim(text));
  return line.empty() ? std::string(otherwise) : line;
}

std::string line_of_run(const RunSummary& run) {
  switch (run.outcome) {
    case model::OutcomeKind::ok:
      // A run of which the bug's silence says nothing must not be read as a quiet one.
      return run.says == model::RunSays::silenced
                 ? "basic kernel testing failed: the bug's detector had reported before the test, and was off"
                 : "OK";
    case model::OutcomeKind::crashed:
      return "crashed: " + line_or(run.text, "unknown crash");
    case model::OutcomeKind::boot_failed:
      return "boot failed: " + line_or(run.text, "no ready mark on the console");
    case model::OutcomeKind::build_broken:
      return "basic kernel testing failed: " + line_or(run.text, "no build");
    case model::OutcomeKind::test_failed:
      return "basic kernel testing failed: " + line_or(run.text, "the test says skip");
    case model::OutcomeKind::timed_out:
      // A hang that is the bug is told as one.
      return run.says == model::RunSays::shown ? "crashed: " + line_or(run.text, "timed out")
                                               : "basic kernel testing failed: timed out";
    case model::OutcomeKind::infra:
      return "infra problem: " + line_or(run.text, "the run was lost");
  }
  return {};
}

std::string quoted(const std::vector<Contact>& contacts) {
  std::string out;
  for (const Contact& contact : contacts) {
    out += out.empty() ? "\"" : " \"";
    for (const char c : one_line(contact.email)) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  }
  return out;
}

// `first` is the number of the first of them.
std::string runs_text(std::span<const RunSummary> runs, std::size_t first) {
  if (runs.size() == k_all_runs && first == 0 && std::ranges::all_of(runs, [&](const RunSummary& run) {
        return line_of_run(run) == line_of_run(runs.front());
      }))
    return fmt::format("all runs: {}\n", line_of_run(runs.front()));
  std::string out;
  for (std::size_t i = 0; i < runs.size(); ++i)
    out += fmt::format("run #{}: {}\n", first + i, line_of_run(runs[i]));
  return out;
}

std::vector<std::uint64_t> ids_of(const std::vector<RunSummary>& runs) {
  std::vector<std::uint64_t> ids;
  for (const RunSummary& run : runs) ids.push_back(run.id);
  return ids;
}

bool begins_with(const std::vector<std::uint64_t>& all, const std::vector<std::uint64_t>& first) {
  return all.size() >= first.size() && std::equal(first.begin(), first.end(), all.begin());
}

// The latest of the builds from `from` on, if it failed: of the revision itself, or of a check, in which the
// culprit is taken back.
const BuildSummary* failed_build(const RevisionSummary& revision, std::size_t from, bool of_check) {
  const BuildSummary* failed = nullptr;
  for (std::size_t i = from; i < revision.builds.size(); ++i) {
    const BuildSummary& build = revision.builds[i];
    if (model::is_check_variant(build.variant) != of_check) continue;
    failed = build.status == model::BuildStatus::ok ? nullptr : &build;
  }
  return failed;
}

std::string failure_text(const model::CommitId& commit, const BuildSummary& build) {
  if (build.status == model::BuildStatus::infra)
    return fmt::format("failed: {}\n", line_or(build.text, "the build was lost"));
  return fmt::format("failed building {}: {}\n", commit.hex(),
                     line_or(base::telling_line(build.text), "the build failed"));
}

// Standard output as a file that may be closed; null and errno for none.
std::FILE* standard_output_again() {
  const int copy = ::dup(STDOUT_FILENO);
  return copy < 0 ? nullptr : ::fdopen(copy, "w");
}

}  // namespace

void SyzbotLog::on_event(const model::Event& event) {
  std::visit(
      base::Overloaded{
          [&](const model::Started&) { header(); }, [&](const model::Decided& e) { plan(e); },
          [&](const model::Judged& e) { block(e.verdict.commit); },
          [&](const model::Note& e) {
            // The reference's second line, which others read.
            const bool of_tool = e.text.starts_with(k_building_harness);
            m_write(fmt::format("{}{}\n", of_tool ? "" : "# culprit: ", one_line(e.text)));
          },
          [&](const model::PersonJudged& e) {
            const RevisionSummary* revision = m_fold.summary().find(e.verdict.commit);
            if (revision != nullptr && !revision->judged) m_git.settle(*revision);
          },
          [&](const model::Finished& e) {
            for (const RevisionSummary& revision : m_fold.summary().revisions)
              if (revision.tested() && has_news(revision)) block(revision.commit);
            for (const RevisionSummary& revision : m_fold.summary().revisions)
              m_write(beyond_titles(revision));
            m_git.conclude(e.conclusion);
            ending(e.conclusion);
          },
          // What is built and run is written when the revision is judged.
          base::Ignores<model::BuildStarted, model::BuildFinished, model::RunStarted, model::RunFinished>{},
          // An interruption leaves no trace, nor does what was taken back.
          base::Ignores<model::Interrupted, model::Resumed, model::TakenBack>{},
          base::Ignores<model::Posted>{},  // nothing about the search
      },
      event.body);
}

void SyzbotLog::header() {
  const Summary& s = m_fold.summary();
  m_git.start(m_texts.graph_or_null());
  m_write(
      fmt::format("bisecting {} {}\nbuilding culprit on {}\n",
                  s.problem.goal == model::Goal::fix ? "fixing commit since" : "cause commit starting from",
                  s.problem.start.hex(), line_or(s.version, "unknown")));
}

void SyzbotLog::plan(const model::Decided& decided) {
  const std::size_t all = std::max<std::size_t>(decided.standing.revisions_left, 1);
  for (const model::Experiment& experiment : decided.experiments)
    m_plans[experiment.commit] = {.stage = experiment.stage,
                                  .left = {.revisions = (all - 1) / 2, .steps = decided.standing.steps_left}};
}

std::string SyzbotLog::title_of(const model::CommitId& commit) const {
  const RevisionSummary* revision = m_fold.summary().find(commit);
  if (revision != nullptr && !revision->title.empty()) return one_line(revision->title);
  const auto info = m_texts.info_of(commit);
  return info ? one_line(info->title) : std::string();
}

// New runs, runs that are taken back, or a build that failed: a revision that is not in the log yet has news
// in any case.
bool SyzbotLog::has_news(const RevisionSummary& revision) const {
  const auto at = m_printed.find(revision.commit);
  return at == m_printed.end() || !std::ranges::equal(at->second.runs, ids_of(revision.runs)) ||
         at->second.checks < revision.checks.size() ||
         failed_build(revision, at->second.builds, false) != nullptr ||
         failed_build(revision, at->second.builds, true) != nullptr;
}

void SyzbotLog::block(const model::CommitId& commit) {
  const RevisionSummary& revision = *m_fold.summary().find(commit);
  if (has_news(revision)) {
    m_git.introduce(commit);
    m_write(opening(revision) + tests(revision));
    m_printed[commit] = {ids_of(revision.runs), revision.builds.size(), revision.checks.size()};
  }
  m_git.settle(revision);
}

// What stands before the first test of a revision, and before later ones.
std::string SyzbotLog::opening(const RevisionSummary& revision) {
  const Summary& s = m_fold.summary();
  const model::CommitId& commit = revision.commit;
  const auto printed = m_printed.find(commit);
  if (printed != m_printed.end()) {
    const std::size_t known = printed->second.runs.size();
    if (!begins_with(ids_of(revision.runs), printed->second.runs)) {
      m_printed[commit].runs.clear();
      return fmt::format("# culprit: the runs of {} above are taken back\n", commit.hex());
    }
    return revision.runs.size() > known && known > 0 ? fmt::format("# culprit: {} again, after {} run{}\n",
                                                                   commit.hex(), known, known == 1 ? "" : "s")
                                                     : std::string();
  }
  Plan plan;
  plan.stage = revision.stage;
  if (const auto decided = m_plans.find(commit); decided != m_plans.end()) plan = decided->second;
  m_git.choose(commit, title_of(commit), plan.left);
  std::string out;
  if (s.problem.goal == model::Goal::fix && commit == s.problem.head)
    out += fmt::format("testing current HEAD {}\n", commit.hex());
  if (plan.stage == "merge-base") out += fmt::format("checking the merge base {}\n", commit.hex());
  return out;
}

// All that is not in the log yet.
std::string SyzbotLog::tests(const RevisionSummary& revision) const {
  const auto at = m_printed.find(revision.commit);
  const Printed printed = at == m_printed.end() ? Printed() : at->second;
  const BuildSummary* failed = failed_build(revision, printed.builds, false);
  std::string out;
  for (std::size_t i = printed.runs.size(); i < revision.runs.size();) {
    std::size_t end = i;
    while (end < revision.runs.size() && revision.runs[end].variant == revision.runs[i].variant) ++end;
    out += test(revision, i, end, nullptr);
    i = end;
  }
  if (out.empty() && (failed != nullptr || at == m_printed.end()))
    out = test(revision, revision.runs.size(), revision.runs.size(), failed);
  return out + checks(revision, printed);
}

// Runs [from, to), all in one variant; none: a build, which may have failed.
std::string SyzbotLog::test(const RevisionSummary& revision, std::size_t from, std::size_t to,
                            const BuildSummary* failed) const {
  const bool is_start = revision.commit == m_fold.summary().problem.start;
  const std::string variant = from < to           ? revision.runs[from].variant
                              : failed != nullptr ? failed->variant
                                                  : std::string();
  std::string out;
  // Readers keep "testing the variant" apart from the revision's other tests: whether a variant shows the bug
  // at all says nothing about the revision. Elsewhere its runs are the revision's own.
  if (!variant.empty())
    out += fmt::format("{}{}\n", is_start ? "testing the variant " : "# culprit: in the variant ", variant);
  else if (!revision.label.empty())
    out += fmt::format("testing release {}\n", one_line(revision.label));
  out += fmt::format("testing commit {}\n", revision.commit.hex());
  // Of two builds in one variant (one of them clean), the later one is what runs.
  const auto builds = std::ranges::reverse_view(revision.builds);
  const auto build = std::ranges::find(builds, variant, &BuildSummary::variant);
  const bool is_own = variant.empty() || build == builds.end() || build->signature.empty();
  const std::string& signature = is_own ? revision.signature : build->signature;
  if (!revision.compiler.empty()) out += fmt::format("compiler: {}\n", one_line(revision.compiler));
  if (!signature.empty()) out += fmt::format("kernel signature: {}\n", one_line(signature));
  if (failed != nullptr) out += failure_text(revision.commit, *failed);
  return out + runs_text(std::span(revision.runs).subspan(from, to - from), from);
}

// The runs with the culprit taken back, or that it could not be, which readers keep apart too.
std::string SyzbotLog::checks(const RevisionSummary& revision, const Printed& printed) const {
  const std::size_t from = printed.checks;
  const BuildSummary* failed = failed_build(revision, printed.builds, true);
  if (from == revision.checks.size() && failed == nullptr) return {};
  const std::string& variant = failed != nullptr ? failed->variant : revision.checks[from].variant;
  const auto revert = model::revert_variant_from_name(variant);
  // Readers keep what is tested in a variant apart as well.
  if (!revert)
    return fmt::format("testing the variant {}\ntesting commit {}\n{}{}", one_line(variant),
                       revision.commit.hex(),
                       failed != nullptr ? failure_text(revision.commit, *failed) : std::string(),
                       runs_text(std::span(revision.checks).subspan(from), from));
  return fmt::format("testing without commit {}\ntesting commit {}\n{}{}",
                     revert ? revert->commit.hex() : std::string(), revision.commit.hex(),
                     failed != nullptr ? failure_text(revision.commit, *failed) : std::string(),
                     runs_text(std::span(revision.checks).subspan(from), from));
}

// What the bisection made of a revision's crashes where their titles say otherwise: it had seen what else they
// printed, and when and where each ran.
std::string SyzbotLog::beyond_titles(const RevisionSummary& revision) const {
  const std::string chased = chased_title(m_fold.summary());
  std::string bug, another, beside;
  int shown = 0;
  for (std::size_t i = 0; i < revision.runs.size(); ++i) {
    const RunSummary& run = revision.runs[i];
    shown += run.says == model::RunSays::shown ? 1 : 0;
    if (run.outcome != model::OutcomeKind::crashed) continue;
    const std::string number = fmt::format(" #{}", i);
    if (run.says == model::RunSays::shown && run.text != chased) bug += number;
    if (run.says == model::RunSays::hidden) another += number;
    if (run.says == model::RunSays::quiet) beside += number;
  }
  const std::string id = revision.commit.hex();
  std::string out;
  for (const auto& [words, runs] : {std::pair("the bug", bug), std::pair("another failure", another),
                                    std::pair("a failure that hides nothing", beside)})
    if (!runs.empty()) out += fmt::format("# culprit: {} shows {} in{}\n", id, words, runs);
  if (shown > 0 && revision.judged && revision.verdict != model::Verdict::bad)
    out += fmt::format("# culprit: {} is {} though {} showed it: {}\n", id,
                       revision.verdict == model::Verdict::good ? "free of the bug" : "open",
                       counted(static_cast<std::size_t>(shown), "run"), one_line(revision.why));
  return out;
}

void SyzbotLog::first_bad_commit(const model::Conclusion& conclusion) {
  const Summary& s = m_fold.summary();
  const model::CommitId& culprit = *conclusion.culprit;
  std::string out = fmt::format("{} is the first bad commit\n", culprit.hex());
  const auto info = m_texts.info_of(culprit);
  if (info) out += git_show(*info, m_texts.diffstat_of(culprit));
  const RevisionSummary* tested = s.find(culprit);
  if (info && tested != nullptr && !tested->signature.empty()) {
    const RevisionSummary* parent = nullptr;
    for (const model::CommitId& id : info->parents)
      if (const RevisionSummary* p = s.find(id); parent == nullptr && p != nullptr && !p->signature.empty())
        parent = p;
    if (parent != nullptr)
      out += fmt::format("culprit signature: {}\nparent  signature: {}\n", one_line(tested->signature),
                         one_line(parent->signature));
    else if (!info->parents.empty())
      out += fmt::format("parent commit {} wasn't tested\n", info->parents.front().hex());
  }
  m_write(out);
}

void SyzbotLog::recipients(const model::CommitId& culprit) {
  const Addressees who = addressees(m_texts.contacts_of(culprit));
  if (!who.to.empty()) m_write(fmt::format("recipients (to): [{}]\n", quoted(who.to)));
  if (!who.cc.empty()) m_write(fmt::format("recipients (cc): [{}]\n", quoted(who.cc)));
}

void SyzbotLog::ending(const model::Conclusion& conclusion) {
  const Summary& s = m_fold.summary();
  const bool fix = s.problem.goal == model::Goal::fix;
  const bool found = conclusion.kind == model::ResultKind::culprit && conclusion.culprit;
  if (found) first_bad_commit(conclusion);
  m_write(fmt::format("revisions tested: {}, total time: {} (build: {}, test: {})\n", s.tested(),
                      go_duration(s.stats.wall_s), go_duration(s.stats.build_s), go_duration(s.stats.run_s)));
  switch (conclusion.kind) {
    case model::ResultKind::culprit:
      if (!found) break;
      m_write(
          fmt::format("first bad commit: {} {}\n", conclusion.culprit->hex(), title_of(*conclusion.culprit)));
      recipients(*conclusion.culprit);
      for (const model::Classified& one : classified_of(s, m_texts))
        m_write(fmt::format("# culprit: classified {}: {}\n", one.kind, one_line(one.why)));
      break;
    case model::ResultKind::inconclusive:
      m_write("bisection is inconclusive, the first bad commit could be any of:\n");
      for (const model::Candidate& candidate : conclusion.candidates) m_write(candidate.commit.hex() + "\n");
      break;
    case model::ResultKind::horizon:
      m_write(fix ? "the crash still happens on HEAD\n"
                  : "the crash already happened on the oldest tested release\n");
      if (conclusion.tested) m_write(fmt::format("commit msg: {}\n", title_of(*conclusion.tested)));
      break;
    case model::ResultKind::not_reproduced:
      m_write("error: the crash wasn't reproduced on the original commit\n");
      break;
    case model::ResultKind::good_end_crashes:
      m_write(fix ? "the crash still happens on HEAD\n" : "error: the revision given as good crashes too\n");
      if (conclusion.tested) m_write(fmt::format("commit msg: {}\n", title_of(*conclusion.tested)));
      break;
    case model::ResultKind::infrastructure:
      m_write(fmt::format("error: {}\n", line_or(conclusion.explanation, "infrastructure")));
      break;
  }
  const CrashExcerpt* crash = shown_crash(s);
  if (crash == nullptr || crash->title.empty()) return;
  std::string text = fmt::format("crash: {}\n{}", one_line(crash->title), crash->text);
  if (!text.ends_with('\n')) text += '\n';
  m_write(text);
}

void write_syzbot_log(std::span<const model::Event> events, SyzbotLog::Write write, CommitTexts texts) {
  SummaryFold fold;
  SyzbotLog log(fold, std::move(write), std::move(texts));
  for (const model::Event& event : events)
    if (fold.apply(event)) log.on_event(event);
}

SyzbotLogFile::SyzbotLogFile(std::FILE* file, std::filesystem::path path, const SummaryFold& fold,
                             CommitTexts texts)
    : m_file(file),
      m_path(std::move(path)),
      m_log(fold, [this](std::string_view text) { write(text); }, std::move(texts)) {}

SyzbotLogFile::~SyzbotLogFile() { std::fclose(m_file); }

void SyzbotLogFile::write(std::string_view text) {
  if (m_error) return;
  if (std::fwrite(text.data(), 1, text.size(), m_file) == text.size() && std::fflush(m_file) == 0) return;
  m_error = base::Error{.kind = base::ErrorKind::infra,
                        .what = fmt::format("cannot write: {}", std::strerror(errno)),
                        .context = {m_path.string()},
                        .hint = "make room; `culprit resume` writes the log again from its beginning"};
}

base::Result<std::unique_ptr<SyzbotLogFile>> SyzbotLogFile::create(const std::filesystem::path& path,
                                                                   const SummaryFold& fold,
                                                                   CommitTexts texts) {
  std::FILE* file = path == "-" ? standard_output_again() : std::fopen(path.c_str(), "we");
  if (file == nullptr)
    return std::unexpected(base::Error{.kind = base::ErrorKind::usage,
                                       .what = fmt::format("cannot write the log: {}", std::strerror(errno)),
                                       .context = {path.string()},
                                       .hint = "name a file in a folder that exists and may be written"});
  return std::unique_ptr<SyzbotLogFile>(new SyzbotLogFile(file, path, fold, std::move(texts)));
}

}  // namespace culprit::output
