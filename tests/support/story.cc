#include "tests/support/story.h"

#include <fmt/format.h>

#include <map>

#include "base/rng.h"

namespace culprit::output {
namespace {

using model::Verdict;

std::string signature(int n) {
  return id_of(9000 + static_cast<std::uint64_t>(n)).hex() + std::string(24, 'e');
}

model::RunOutcome outcome_of(char mark, std::string_view crash, std::string_view foreign) {
  switch (mark) {
    case '.':
      return model::Ok{};
    case '!':
      return model::Crashed{std::string(foreign)};
    case 'b':
      return model::BootFailed{"KASAN: slab-out-of-bounds Read in early_frob"};
    case 't':
      return model::TestFailed{"WARNING in frob_selftest"};
    case 'o':
      return model::TimedOut{};
    case 'i':
      return model::Infra{"the guest's disk could not be made: no space left on device"};
    default:
      return model::Crashed{std::string(crash)};
  }
}

}  // namespace

model::CommitId id_of(std::uint64_t number) {
  base::Rng rng(number * 7919 + 17);
  std::string hex;
  while (hex.size() < 40) hex += fmt::format("{:016x}", rng.next());
  return *model::CommitId::from_hex(hex.substr(0, 40));
}

model::Standing standing(std::size_t left, int steps, double cost_left) {
  model::Standing out;
  out.revisions_left = left;
  out.steps_left = steps;
  out.cost_left = cost_left;
  return out;
}

std::string report_text(std::string_view title) {
  return fmt::format(
      "======================================================\n"
      "WARNING: {}\n"
      "6.1.42-culprit #1 Not tainted\n"
      "------------------------------------------------------\n"
      "frobctl/211 is trying to acquire lock:\n"
      "ffff888004a1c0a8 (&frob->flush_lock){{+.+.}}-{{3:3}}, at: frob_flush+0x41/0x1b0\n"
      "\n"
      "but task is already holding lock:\n"
      "ffff888004a1c120 (&frob->queue_lock){{+.+.}}-{{3:3}}, at: frob_submit+0x5c/0x2e0\n"
      "\n"
      "stack backtrace:\n"
      "CPU: 1 PID: 211 Comm: frobctl Not tainted 6.1.42-culprit #1\n"
      "Call Trace:\n"
      " dump_stack_lvl+0x49/0x63\n"
      " check_noncircular+0x103/0x120\n"
      " __lock_acquire+0x14a1/0x21e0\n"
      " lock_acquire+0xbf/0x2b0\n"
      " __mutex_lock+0x8e/0xd70\n"
      " frob_flush+0x41/0x1b0\n"
      " frob_submit+0x22d/0x2e0\n"
      " frob_ioctl+0x1a9/0x420\n"
      " __x64_sys_ioctl+0x8d/0xc0\n"
      " do_syscall_64+0x3b/0x90\n",
      title);
}

Story& Story::event(model::EventBody body) {
  m_events.push_back(
      {.sequence = static_cast<std::int64_t>(m_events.size()) + 1, .time = m_time, .body = std::move(body)});
  return *this;
}

Story& Story::pause(double seconds) {
  m_time += seconds;
  return *this;
}

Story& Story::started(const model::CommitId& start, model::Goal goal, model::Subject subject,
                      const model::CommitId& head) {
  model::Started e;
  e.problem.start = start;
  e.problem.goal = goal;
  e.problem.head = head;
  e.problem.releases = {{"v6.1.40", id_of(140)}, {"v6.1.30", id_of(130)}, {"v6.1.20", id_of(120)}};
  e.subject = subject;
  e.repository = "/home/ada/linux";
  e.version = "0.1.0";
  e.commits = 14211;
  return event(std::move(e));
}

Story& Story::decided(std::string_view stage, const model::CommitId& commit, int runs, std::string_view label,
                      model::Standing standing) {
  model::Experiment experiment;
  experiment.commit = commit;
  experiment.runs = runs;
  experiment.stage = stage;
  experiment.label = label;
  experiment.reason = "halves what is left";
  experiment.information = stage == "bisect" ? 0.93 : 0;
  experiment.cost = 500;
  return decided(std::vector{experiment}, std::move(standing));
}

Story& Story::decided(std::vector<model::Experiment> experiments, model::Standing standing) {
  return event(model::Decided{.experiments = std::move(experiments), .standing = std::move(standing)});
}

Story& Story::build_started(const model::CommitId& commit, std::string_view title, std::string_view label) {
  return event(model::BuildStarted{
      .commit = commit, .label = std::string(label), .title = std::string(title), .variant = {}});
}

Story& Story::built(const model::CommitId& commit, double seconds, std::string_view sig) {
  m_time += seconds;
  model::BuildRecord build;
  build.commit = commit;
  build.signature = sig;
  build.compiler = "gcc (Debian 12.2.0-14) 12.2.0";
  build.seconds = seconds;
  return event(model::BuildFinished{build});
}

Story& Story::broken(const model::CommitId& commit, double seconds, std::string_view text) {
  m_time += seconds;
  model::BuildRecord build;
  build.commit = commit;
  build.status = model::BuildStatus::broken;
  build.text = text;
  build.seconds = seconds;
  return event(model::BuildFinished{build});
}

Story& Story::run_started(const model::CommitId& commit, int number) {
  return event(model::RunStarted{.commit = commit, .number = number});
}

Story& Story::runs(const model::CommitId& commit, std::string_view marks, double seconds_each,
                   std::string_view crash, std::string_view foreign) {
  int number = 0;
  for (const char mark : marks) {
    run_started(commit, number++);
    m_time += seconds_each;
    model::RunFinished e;
    e.run.id = ++m_run;
    e.run.commit = commit;
    e.run.outcome = outcome_of(mark, crash, foreign);
    e.run.completed = mark == '.';
    e.run.seconds = seconds_each;
    if (mark == 'x') e.run.identity = model::Identity::target;
    if (mark == '!') e.run.identity = model::Identity::foreign;
    e.run.p_target = mark == 'x' ? 0.98 : mark == '~' ? 0.4 : 0;
    if (mark == 'x' || mark == '!' || mark == '~') {
      model::CrashReport report;
      report.title = model::text_of(e.run.outcome);
      report.text = report_text(report.title);
      e.run.reports.push_back(report);
    }
    event(std::move(e));
  }
  return *this;
}

Story& Story::judged(const model::CommitId& commit, Verdict verdict, double p_bad, std::string_view label) {
  return event(
      model::Judged{.verdict = {.commit = commit,
                                .verdict = verdict,
                                .p_bad = p_bad,
                                .why = verdict == Verdict::unknown ? "nothing could be learned here" : ""},
                    .label = std::string(label)});
}

Story& Story::note(std::string_view text) { return event(model::Note{std::string(text)}); }

namespace {

void first_half(Story& s) {
  const auto start = id_of(1);
  s.started(start);
  s.decided("start", start, 10).build_started(start, "frob: use the new queue everywhere");
  s.built(start, 371, signature(1)).runs(start, "xxxxxxxxxx", 21).judged(start, Verdict::bad, 0.999);
  s.decided("release", id_of(140), 10, "v6.1.40").build_started(id_of(140), "Linux 6.1.40", "v6.1.40");
  s.built(id_of(140), 402, signature(2)).runs(id_of(140), "xxxx!xxxxx", 22);
  s.judged(id_of(140), Verdict::bad, 0.998, "v6.1.40");
  s.decided("release", id_of(130), 10, "v6.1.30").build_started(id_of(130), "Linux 6.1.30", "v6.1.30");
  s.built(id_of(130), 398, signature(3)).runs(id_of(130), "..........", 60);
  s.judged(id_of(130), Verdict::good, 0.002, "v6.1.30");

  model::Standing ends = standing(812, 10, 4310);
  ends.bad_end = id_of(140);
  ends.good_end = id_of(130);
  ends.top = {{id_of(7), 0.31}, {id_of(6), 0.12}, {id_of(5), 0.04}};
  s.decided("bisect", id_of(5), 10, {}, ends).build_started(id_of(5), "frob: count what is queued");
  s.broken(id_of(5), 112,
           "  CC      drivers/frob/queue.o\n"
           "drivers/frob/queue.c:88:9: error: implicit declaration of function 'frob_depth'\n"
           "make[3]: *** [scripts/Makefile.build:250: drivers/frob/queue.o] Error 1\n");
  s.judged(id_of(5), Verdict::unknown, 0.5);
  s.note("v6.1.35 does not build; a neighbour is tried");
  ends.revisions_left = 811;
  s.decided("bisect", id_of(6), 10, {}, ends)
      .build_started(id_of(6), "Merge branch 'frob/next' into char-misc");
  s.built(id_of(6), 377, signature(4)).runs(id_of(6), "i.........", 60).judged(id_of(6), Verdict::good, 0.01);
}

}  // namespace

Story running_story() {
  Story s;
  first_half(s);
  model::Standing now = standing(23, 4, 1931);
  now.bad_end = id_of(140);
  now.good_end = id_of(6);
  now.top = {{id_of(7), 0.622}, {id_of(8), 0.2}, {id_of(9), 0.088}};
  std::vector<model::Experiment> two(2);
  two[0] = {.commit = id_of(7),
            .runs = 10,
            .stage = "bisect",
            .label = "",
            .reason = "",
            .information = 0.9,
            .cost = 500};
  two[1] = {.commit = id_of(8),
            .runs = 6,
            .stage = "bisect",
            .label = "",
            .reason = "",
            .information = 0.4,
            .cost = 400};
  s.decided(two, now);
  s.build_started(id_of(7), "frob: take the flush lock before the queue lock");
  s.built(id_of(7), 131, signature(5)).runs(id_of(7), "xx.x", 20);
  s.build_started(id_of(8), "docs: frob: say what the queue is for");
  return s.pause(75);
}

Story found_story() {
  Story s;
  first_half(s);
  model::Standing ends = standing(23, 4, 1931);
  ends.bad_end = id_of(140);
  ends.good_end = id_of(6);
  s.decided("bisect", id_of(7), 10, {}, ends);
  s.build_started(id_of(7), "frob: take the flush lock before the queue lock");
  s.built(id_of(7), 131, signature(5)).runs(id_of(7), "xx.xxxxxxx", 20).judged(id_of(7), Verdict::bad, 0.997);
  ends.revisions_left = 2;
  ends.steps_left = 1;
  s.decided("bisect", id_of(8), 10, {}, ends)
      .build_started(id_of(8), "docs: frob: say what the queue is for");
  s.built(id_of(8), 95, signature(4)).runs(id_of(8), "..........", 60).judged(id_of(8), Verdict::good, 0.004);
  model::Conclusion c;
  c.kind = model::ResultKind::culprit;
  c.culprit = id_of(7);
  c.probability = 0.9961;
  c.candidates = {{id_of(7), 0.9961}, {id_of(6), 0.0021}};
  c.last_good = id_of(8);
  c.explanation = "Its parent is free of the crash in 10 of 10 runs, and every revision above it crashes.";
  s.event(model::Finished{c});
  return s;
}

Story inconclusive_story() {
  Story s;
  const auto start = id_of(41);
  s.started(start, model::Goal::cause, model::Subject::program);
  s.decided("start", start, 8).build_started(start, "parser: grow the table in place");
  s.built(start, 6, "").runs(start, "x..x...x", 2, "SIGSEGV").judged(start, Verdict::bad, 0.99);
  model::Standing at = standing(40, 5, 120);
  at.top = {{id_of(43), 0.4}, {id_of(42), 0.35}};
  s.decided("bisect", id_of(42), 12, {}, at).build_started(id_of(42), "parser: Größe prüfen – 表を広げる");
  s.built(id_of(42), 5, "")
      .runs(id_of(42), "............", 2, "SIGSEGV")
      .judged(id_of(42), Verdict::good, 0.07);
  s.decided("bisect", id_of(43), 4, {}, at)
      .build_started(id_of(43), "lexer: keep the \x1b[31mlast\x1b[0m token");
  s.built(id_of(43), 5, "").runs(id_of(43), ".x..", 2, "SIGSEGV").judged(id_of(43), Verdict::bad, 0.97);
  s.decided("bisect", id_of(44), 4, {}, at).build_started(id_of(44), "lexer: half a change");
  s.broken(id_of(44), 3, "lexer.c:5:1: error: expected '}'\n").judged(id_of(44), Verdict::unknown, 0.5);
  model::Conclusion c;
  c.kind = model::ResultKind::inconclusive;
  c.probability = 0.993;
  c.candidates = {{id_of(43), 0.61}, {id_of(44), 0.37}, {id_of(45), 0.013}};
  c.explanation = "Between the last good and the first bad revision, one does not build.";
  c.next_steps = {"mend the build of " + id_of(44).short_hex() + " and search again"};
  s.event(model::Finished{c});
  return s;
}

Story horizon_story() {
  Story s;
  s.started(id_of(1));
  s.decided("start", id_of(1), 10).build_started(id_of(1), "frob: use the new queue everywhere");
  s.built(id_of(1), 371, signature(1)).runs(id_of(1), "xxxxxxxxxx", 21).judged(id_of(1), Verdict::bad, 0.999);
  for (const auto& [label, n] : {std::pair{"v6.1.40", 140}, {"v6.1.30", 130}, {"v6.1.20", 120}}) {
    const auto commit = id_of(static_cast<std::uint64_t>(n));
    s.decided("release", commit, 10, label).build_started(commit, fmt::format("Linux {}", label + 1), label);
    s.built(commit, 390, signature(n)).runs(commit, n == 130 ? "!!!!!!!!!!" : "xxxxxxx...", 25);
    s.judged(commit, n == 130 ? Verdict::unknown : Verdict::bad, n == 130 ? 0.9 : 0.999, label);
  }
  model::Conclusion c;
  c.kind = model::ResultKind::horizon;
  c.probability = 0.999;
  c.tested = id_of(120);
  c.explanation =
      "The oldest release that was tested, v6.1.20, has the bug already. v6.1.30 is masked by "
      "another crash in every run.";
  c.next_steps = {"give an older revision that is free of the bug: --good REV"};
  s.event(model::Finished{c});
  return s;
}

Story fix_story() {
  Story s;
  s.started(id_of(61), model::Goal::fix, model::Subject::kernel, id_of(69));
  s.decided("start", id_of(61), 10).build_started(id_of(61), "frob: use the new queue everywhere");
  s.built(id_of(61), 371, signature(61))
      .runs(id_of(61), "xxxxxxxxxx", 21)
      .judged(id_of(61), Verdict::bad, 0.999);
  s.decided("start", id_of(69), 10).build_started(id_of(69), "Merge tag 'char-misc-6.2'");
  s.built(id_of(69), 371, signature(69))
      .runs(id_of(69), "..........", 60)
      .judged(id_of(69), Verdict::good, 0.01);
  model::Standing ends = standing(3, 1);
  ends.bad_end = id_of(61);
  ends.good_end = id_of(69);
  s.decided("bisect", id_of(64), 10, {}, ends).build_started(id_of(64), "frob: drop the flush lock");
  s.built(id_of(64), 99, signature(64))
      .runs(id_of(64), "..........", 60)
      .judged(id_of(64), Verdict::good, 0.01);
  ends.revisions_left = 2;
  s.decided("bisect", id_of(63), 10, {}, ends).build_started(id_of(63), "frob: say who holds the lock");
  s.built(id_of(63), 99, signature(63))
      .runs(id_of(63), "xxxxxxxxx.", 60)
      .judged(id_of(63), Verdict::bad, 0.999);
  model::Conclusion c;
  c.kind = model::ResultKind::culprit;
  c.culprit = id_of(64);
  c.probability = 0.995;
  c.candidates = {{id_of(64), 0.995}};
  c.last_good = id_of(64);
  c.explanation = "The crash shows below it and never above it.";
  s.event(model::Finished{c});
  return s;
}

CommitTexts story_texts() {
  CommitTexts out;
  std::map<model::CommitId, std::string> titles;
  for (const Story& story : {found_story(), fix_story(), horizon_story()})
    for (const model::Event& event : story.events())
      if (const auto* build = std::get_if<model::BuildStarted>(&event.body))
        titles[build->commit] = build->title;
  out.info = [titles](const model::CommitId& commit) -> std::optional<model::CommitInfo> {
    model::CommitInfo info;
    info.id = commit;
    info.author_name = "Ada Brückner";
    info.author_email = "ada@example.org";
    info.author_date = "Tue Mar 14 09:26:53 2023 +0100";
    info.parents = {id_of(8)};
    info.title = "frob: take the flush lock before the queue lock";
    info.body =
        "A flush that runs beside a submission may see half of a request. Take\n"
        "the flush lock in the submission too:\n"
        "\n"
        "  frob_submit -> frob_flush\n"
        "\n"
        "Fixes: 0123456789ab (\"frob: queue requests\")\n"
        "Signed-off-by: Ada Brückner <ada@example.org>\n"
        "Reviewed-by: Grace \"Gigi\" Holt, Jr. <grace@example.com>\n";
    if (commit == id_of(64)) {
      info.title = "frob: drop the flush lock";
      info.body = "Nobody needs it any more.\n";
      info.parents = {id_of(63)};
    } else if (commit != id_of(7)) {
      const auto title = titles.find(commit);
      if (title == titles.end()) return std::nullopt;
      info.title = title->second;
    }
    return info;
  };
  out.diffstat = [](const model::CommitId&) {
    return std::string(
        " drivers/frob/queue.c | 12 +++++++-----\n"
        " drivers/frob/queue.h |  1 +\n"
        " 2 files changed, 8 insertions(+), 5 deletions(-)\n");
  };
  out.contacts = [](const model::CommitId&) {
    return std::vector<Contact>{{"Ada Brückner", "ada@example.org", "author"},
                                {"Grace \"Gigi\" Holt, Jr.", "grace@example.com", "Reviewed-by"},
                                {"Greg Maintainer", "greg@example.net", "maintainer"},
                                {"", "linux-frob@example.net", "list"},
                                {"Ada B.", "Ada@example.org", "Signed-off-by"}};
  };
  return out;
}

}  // namespace culprit::output
