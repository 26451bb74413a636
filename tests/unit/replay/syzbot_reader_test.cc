#include "replay/reading/syzbot_reader.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "base/strings.h"
#include "output/words/text.h"
#include "replay/reading/log_lines.h"
#include "tests/support/golden.h"

namespace culprit::replay {
namespace {

using output::expect_golden;
using output::read_golden;

constexpr const char* k_logs[] = {"oldest-words.log", "failures.log", "later-words.log", "fix.log",
                                  "git-bisect.log"};

std::string describe(const LoggedRevision& rev) {
  std::string out = fmt::format("{} line {}", rev.commit.short_hex(), rev.line);
  for (const auto& [name, value] : {std::pair{"label", rev.label},
                                    {"title", rev.title},
                                    {"compiler", rev.compiler},
                                    {"signature", rev.signature.substr(0, 12)},
                                    {"stands for it", rev.representative}})
    if (!value.empty()) out += fmt::format(", {}: {}", name, value);
  if (rev.logged)
    out +=
        fmt::format(", logged {}", std::array{"good", "bad", "skip"}[static_cast<std::size_t>(*rev.logged)]);
  if (rev.all_runs) out += ", all runs";
  if (rev.failure != LoggedFailure::none)
    out += fmt::format(", {}: {}", rev.failure == LoggedFailure::infra ? "lost" : "does not build",
                       rev.failure_text);
  out += "\n";
  for (const LoggedRun& run : rev.runs)
    out += fmt::format("  {} {} {}\n", run.number, name_of(run.outcome), run.text);
  return out;
}

// Everything that was read, for people and for comparisons.
std::string describe(const BisectionLog& log, bool with_lines = true) {
  std::string out = fmt::format("{} from {}", log.goal == model::Goal::fix ? "fix" : "cause",
                                log.start ? log.start->short_hex() : "nowhere");
  if (log.head) out += " head " + log.head->short_hex();
  out += fmt::format("\nbisect {} {}\n", log.bisect_bad.substr(0, 12), log.bisect_good.substr(0, 12));
  for (const LoggedRevision& rev : log.revisions) out += describe(rev);
  if (!log.variants.empty()) out += "in other configurations:\n";
  for (const LoggedRevision& rev : log.variants) out += describe(rev);
  for (const LoggedStep& step : log.steps)
    out += fmt::format("step {} {}\n", static_cast<int>(step.verdict), step.commit.short_hex());
  out += fmt::format("result {} {} {}\n", name_of(log.result.kind),
                     log.result.commit ? log.result.commit->short_hex() : "-", log.result.title);
  for (const model::CommitId& candidate : log.result.candidates) out += "  " + candidate.short_hex() + "\n";
  if (log.shown)
    out += fmt::format("shown {} | {} <{}> | {} | {}\n{}\n{}", log.shown->id.short_hex(),
                       log.shown->author_name, log.shown->author_email, log.shown->author_date,
                       log.shown->title, log.shown->body, log.diffstat);
  out += fmt::format("signatures {} {}\n", log.culprit_signature.substr(0, 12),
                     log.parent_signature.substr(0, 12));
  out += fmt::format("tested {} in {:.3f} ({:.3f}, {:.3f})\n", log.revisions_tested.value_or(-1),
                     log.total_s.value_or(-1), log.build_s.value_or(-1), log.test_s.value_or(-1));
  for (const std::string& to : log.recipients_to) out += "to " + to + "\n";
  for (const std::string& cc : log.recipients_cc) out += "cc " + cc + "\n";
  out += fmt::format("crash {}\n{}", log.crash_title, log.console);
  if (with_lines) {
    out += fmt::format("{} lines read{}\n", log.lines_read, log.cut ? ", cut" : "");
    for (const UnreadLine& line : log.unread) out += fmt::format("unread {}: {}\n", line.number, line.text);
    return out;
  }
  // Line numbers move when lines are wrapped.
  std::string without;
  for (const std::string_view line : base::split_lines(out)) {
    const std::size_t at = line.find(" line ");
    without += line.substr(0, at);
    if (at != std::string_view::npos) without += line.substr(std::min(line.find(',', at), line.size()));
    without += '\n';
  }
  return without;
}

std::string log_of(std::string_view name) { return read_golden("logs/" + std::string(name)); }

TEST(LogReader, ReadsEveryDialect) {
  for (const char* name : k_logs) {
    const BisectionLog log = read_bisection_log(log_of(name));
    expect_golden(fmt::format("logs/{}.read.txt", name), describe(log));
    EXPECT_TRUE(log.unread.empty()) << name;
  }
}

TEST(LogReader, ReadsALogInAMailAndSaysWhatElseThereIs) {
  expect_golden("logs/mail.eml.read.txt", describe(read_bisection_log(log_of("mail.eml"))));
}

TEST(LogReader, AHoleLosesWhatWasInItAndNothingElse) {
  expect_golden("logs/holes.log.read.txt", describe(read_bisection_log(log_of("holes.log"))));
}

TEST(LogReader, ATextThatIsNoLogIsUnread) {
  const BisectionLog log = read_bisection_log("Dear all,\n\nthe bisection failed.\ncrash: yes\n");
  EXPECT_EQ(log.lines_read, 0u);
  EXPECT_EQ(log.unread.size(), 3u);
  EXPECT_EQ(log.unread[1].number, 3u);
  EXPECT_EQ(read_bisection_log("").unread.size(), 0u);
}

TEST(LogReader, RunsOfARevisionThatIsTestedTwiceAreTogether) {
  const std::string hash(40, 'a');
  const BisectionLog log = read_bisection_log("testing commit " + hash + "\nrun #0: OK\ntesting commit " +
                                              hash + "\nrun #1: crashed: T\n");
  ASSERT_EQ(log.revisions.size(), 1u);
  EXPECT_EQ(log.revisions[0].runs.size(), 2u);
  EXPECT_EQ(log.revisions[0].runs[1].text, "T");
}

TEST(LogReader, ACutTitleIsNotTakenForAnother) {
  const std::string head = "testing commit " + std::string(40, 'a') + "\nrun #0: crashed: BUG in foo_bar\n";
  EXPECT_EQ(read_bisection_log(head + "run #1: crashed: BUG in foo").revisions[0].runs.size(), 1u);
  EXPECT_EQ(read_bisection_log(head + "run #1: crashed: BUG in foo_bar").revisions[0].runs.size(), 2u);
  EXPECT_EQ(read_bisection_log(head + "run #1: crashed: BUG in foo\n").revisions[0].runs.size(), 2u);
}

TEST(LogReader, ALabelDoesNotWaitForALaterTest) {
  const BisectionLog log = read_bisection_log(
      "testing release v5.5\n# git bisect start a b\ntesting commit " + std::string(40, 'a') + "\n");
  EXPECT_EQ(log.revisions[0].label, "");
}

TEST(LogReader, FindsRevisionsByTagAndByTheBeginningOfTheirId) {
  const BisectionLog log = read_bisection_log(log_of("oldest-words.log"));
  ASSERT_NE(log.find("v4.15"), nullptr);
  EXPECT_EQ(log.find(log.find("v4.15")->commit.short_hex()), log.find("v4.15"));
  EXPECT_EQ(log.find("v4.1"), nullptr);
  EXPECT_EQ(log.find(""), nullptr);
}

// What mail programs do to a text.

std::string quoted(const std::string& text, std::string_view mark) {
  std::string out;
  for (const std::string_view line : base::split_lines(text)) out += fmt::format("{}{}\n", mark, line);
  return out;
}

// Lines are broken at the last blank that fits; the blank goes, everything else stays.
std::string wrapped(const std::string& text, std::size_t columns) {
  std::string out;
  for (std::string_view line : base::split_lines(text)) {
    while (line.size() > columns) {
      const std::size_t words = std::min(line.find_first_not_of("> "), line.size());
      std::size_t at = line.rfind(' ', columns);
      if (at == std::string_view::npos || at < words) at = line.find(' ', words);
      if (at == std::string_view::npos) break;
      (out += line.substr(0, at)) += '\n';
      line.remove_prefix(at + 1);
    }
    (out += line) += '\n';
  }
  return out;
}

std::string quoted_printable(const std::string& text) {
  std::string out;
  for (const std::string_view line : base::split_lines(text)) {
    std::size_t column = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
      const auto byte = static_cast<unsigned char>(line[i]);
      const bool encode = byte == '=' || byte < 0x20 || byte > 0x7e || (byte == ' ' && i + 1 == line.size());
      const std::string piece = encode ? fmt::format("={:02X}", byte) : std::string(1, line[i]);
      if (column + piece.size() > 75) {
        out += "=\n";
        column = 0;
      }
      out += piece;
      column += piece.size();
    }
    out += '\n';
  }
  return out;
}

std::string with_crlf(const std::string& text) {
  std::string out;
  for (const std::string_view line : base::split_lines(text)) out += std::string(line) + "\r\n";
  return out;
}

// Without what a mail program may change for good: the console's and the message's line breaks.
std::string comparable(const BisectionLog& read) {
  BisectionLog log = read;
  log.console.clear();
  log.diffstat.clear();
  if (log.shown) log.shown->body.clear();
  for (LoggedRevision& rev : log.revisions) {
    for (LoggedRun& run : rev.runs) std::ranges::replace(run.text, '\n', ' ');
    std::ranges::replace(rev.failure_text, '\n', ' ');
  }
  log.lines_read = 0;
  return describe(log, false);
}

void expect_survives_mail(const std::string& text, const std::string& name) {
  const std::string want = comparable(read_bisection_log(text));
  const auto check = [&](const std::string& way, const std::string& changed) {
    const BisectionLog log = read_bisection_log(changed);
    EXPECT_EQ(comparable(log), want) << name << " " << way;
  };
  check("with CRLF", with_crlf(text));
  check("with a byte order mark", "\xEF\xBB\xBF" + text);
  check("quoted", quoted(text, "> "));
  check("quoted without a blank", quoted(text, ">"));
  check("quoted twice", quoted(quoted(text, "> "), "> "));
  check("indented", quoted(text, "    "));
  check("quoted-printable", quoted_printable(text));
  check("quoted, then quoted-printable", quoted_printable(quoted(text, "> ")));
  check("quoted-printable, then quoted", quoted(quoted_printable(text), "> "));
  for (const std::size_t columns : {70u, 72u, 76u, 78u}) {
    check(fmt::format("wrapped at {}", columns), wrapped(text, columns));
    check(fmt::format("wrapped at {}, quoted", columns), quoted(wrapped(text, columns), "> "));
    check(fmt::format("quoted, wrapped at {}", columns), wrapped(quoted(text, "> "), columns));
    check(fmt::format("wrapped at {}, quoted, encoded, CRLF", columns),
          with_crlf(quoted_printable(quoted(wrapped(text, columns), "> "))));
  }
}

TEST(LogReader, MailProgramsDoNotChangeWhatIsRead) {
  for (const char* name : k_logs) expect_survives_mail(log_of(name), name);
}

// Wherever a log is cut, what is read of its beginning stays as it was: only the last line may be in doubt.
void expect_survives_cuts(const std::string& text, std::size_t step, const std::string& name) {
  const BisectionLog whole = read_bisection_log(text);
  for (std::size_t size = 0; size < text.size(); size += step) {
    const BisectionLog part = read_bisection_log(std::string_view(text).substr(0, size));
    ASSERT_LE(part.revisions.size(), whole.revisions.size()) << name << " cut at " << size;
    for (std::size_t i = 0; i < part.revisions.size(); ++i) {
      const LoggedRevision& had = whole.revisions[i];
      const LoggedRevision& got = part.revisions[i];
      ASSERT_EQ(got.commit, had.commit) << name << " cut at " << size;
      ASSERT_LE(got.runs.size(), had.runs.size()) << name << " cut at " << size;
      const std::size_t sure = i + 1 < part.revisions.size() ? got.runs.size()
                               : got.runs.empty()            ? 0
                                                             : got.runs.size() - 1;
      for (std::size_t r = 0; r < sure && !got.all_runs; ++r)
        ASSERT_EQ(got.runs[r].outcome, had.runs[r].outcome) << name << " cut at " << size;
    }
  }
}

TEST(LogReader, ACutLogReadsAsItsBeginning) {
  for (const char* name : k_logs) expect_survives_cuts(log_of(name), 1, name);
}

TEST(LogReader, AnyBytesAreSurvived) {
  EXPECT_TRUE(rc::check([](const std::string& bytes) { (void)read_bisection_log(bytes); }));
  // Lines of real logs in any order.
  std::vector<std::string> lines;
  for (const char* name : k_logs) {
    const std::string log = log_of(name);
    for (const std::string_view line : base::split_lines(log)) lines.emplace_back(line);
  }
  EXPECT_TRUE(rc::check([&] {
    std::string text;
    for (const std::size_t i :
         *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, lines.size())))
      text += lines[i] + "\n";
    const BisectionLog log = read_bisection_log(text);
    RC_ASSERT(log.lines_read + log.unread.size() <= base::split_lines(text).size());
  }));
}

TEST(LogLines, EveryRowWinsALineOfItsOwn) {
  std::set<std::string_view> words;
  for (const LineRow& row : line_table()) {
    EXPECT_TRUE(words.insert(row.words).second) << row.words;
    if (row.kind == LineKind::remark) continue;
    EXPECT_EQ(classify(std::string(row.words) + "x").kind, row.kind) << row.words;
  }
}

// Logs of the real system are not part of the project; who has some names their folders (separated by ":").
TEST(LogReader, ReadsTheSamplesOfThisMachine) {
  const char* folders = std::getenv("CULPRIT_SAMPLE_LOGS");
  if (folders == nullptr) GTEST_SKIP() << "CULPRIT_SAMPLE_LOGS is not set";
  std::stringstream names(folders);
  std::size_t count = 0;
  for (std::string folder; std::getline(names, folder, ':');)
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().extension() != ".txt" && entry.path().extension() != ".log") continue;
      std::ifstream file(entry.path());
      std::ostringstream text;
      text << file.rdbuf();
      const BisectionLog log = read_bisection_log(text.str());
      for (const UnreadLine& line : log.unread)
        ADD_FAILURE() << entry.path() << ":" << line.number << ": " << line.text;
      EXPECT_FALSE(log.revisions.empty()) << entry.path();
      expect_survives_mail(text.str(), entry.path());
      expect_survives_cuts(text.str(), 37, entry.path());
      ++count;
    }
  EXPECT_GT(count, 0u);
}

}  // namespace
}  // namespace culprit::replay
