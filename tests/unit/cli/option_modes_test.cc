#include "cli/line/option_modes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/commands/commands.h"
#include "cli/session/outputs.h"

namespace culprit::cli {
namespace {

using model::Subject;

std::string refusal(const OptionRow& row, Subject subject, std::string_view strategy = "") {
  const auto refused = refuse_unread(row, subject, strategy);
  return refused ? "" : refused.error().what + "\n    " + refused.error().hint + "\n";
}

std::vector<OptionRow> all_rows() {
  std::vector<OptionRow> rows(option_rows().begin(), option_rows().end());
  for (const OutputRow& row : output_rows()) rows.push_back(row.option);
  return rows;
}

std::string refusals(Subject subject, std::string_view strategy = "") {
  std::string all;
  for (const OptionRow& row : all_rows()) all += refusal(row, subject, strategy);
  return all;
}

TEST(OptionModes, HoldsEveryOptionOfBisect) {
  CommandLine line("about", "version", "footer");
  add_commands(line);
  std::vector<std::string> rows;
  for (const OptionRow& row : all_rows()) rows.emplace_back(row.option);
  EXPECT_THAT(line.of("bisect").names(), testing::UnorderedElementsAreArray(rows));
}

TEST(OptionModes, AProgramIsNotTestedByHand) {
  EXPECT_EQ(refusals(Subject::program),
            R"(--checkout goes with --manual, not with a command
    culprit tests in checkouts of its own: leave it out
--term-new goes with --manual, not with a command
    culprit tests by itself, and nobody needs words for it: leave it out
--term-old goes with --manual, not with a command
    culprit tests by itself, and nobody needs words for it: leave it out
)");
}

TEST(OptionModes, AKernelsFileSaysMuchThatOptionsSayOfAProgram) {
  EXPECT_EQ(refusals(Subject::kernel),
            R"(--build goes with a command or --manual, not with --config
    [kernel] of the kernel's file says how it is built
--ahead goes with a command or --manual, not with --config
    make(1) has all cores for one kernel: leave it out
--timeout goes with a command, not with --config
    set `timeout` under [reproducer] in the kernel's file
--build-timeout goes with a command or --manual, not with --config
    set `timeout` under [kernel] in the kernel's file
--message goes with a command, not with --config
    what a kernel's console says is known by its reports: leave it out
--ignore goes with a command, not with --config
    what a kernel's console says is known by its reports: leave it out
--test goes with a command, not with --config
    what a kernel's console says is known by its reports: leave it out
--artifact goes with a command, not with --config
    equal kernels are told by their images: leave it out
--subject goes with a command, not with --config
    culprit's own guests are read so in any case: leave it out
--measure goes with a command, not with --config
    a kernel is built from its own tree, as it is: leave it out
--overlay goes with a command, not with --config
    a kernel is built from its own tree, as it is: leave it out
--apply goes with a command, not with --config
    a kernel is built from its own tree, as it is: leave it out
--only-with goes with a command, not with --config
    a kernel is built from its own tree, as it is: leave it out
--with-changes goes with a command, not with --config
    a kernel is built from its own tree, as it is: leave it out
--checkout goes with --manual, not with --config
    culprit tests in checkouts of its own: leave it out
--term-new goes with --manual, not with --config
    culprit tests by itself, and nobody needs words for it: leave it out
--term-old goes with --manual, not with --config
    culprit tests by itself, and nobody needs words for it: leave it out
)");
}

TEST(OptionModes, ByHandNothingRuns) {
  EXPECT_EQ(refusals(Subject::by_hand),
            R"(--quiet goes with a command or --config, not with --manual
    what to test next is all that is printed: leave it out
--runs goes with a command or --config, not with --manual
    by hand a word for a revision is its verdict; say it again to confirm it
--jobs goes with a command or --config, not with --manual
    by hand nothing is run: leave it out
--timeout goes with a command, not with --manual
    by hand nothing is run: leave it out
--message goes with a command, not with --manual
    by hand nothing is run: leave it out
--ignore goes with a command, not with --manual
    by hand nothing is run: leave it out
--test goes with a command, not with --manual
    by hand nothing is run: leave it out
--artifact goes with a command, not with --manual
    by hand nothing is run: leave it out
--subject goes with a command, not with --manual
    by hand nothing is run: leave it out
--clean goes with a command or --config, not with --manual
    by hand nothing is run: leave it out
--measure goes with a command, not with --manual
    by hand nothing is run: leave it out
--overlay goes with a command, not with --manual
    by hand nothing is run: leave it out
--apply goes with a command, not with --manual
    by hand nothing is run: leave it out
--only-with goes with a command, not with --manual
    by hand nothing is run: leave it out
--with-changes goes with a command, not with --manual
    by hand nothing is run: leave it out
--verify goes with a command or --config, not with --manual
    by hand the answer is yours to check: leave it out
--keep-checkouts goes with a command or --config, not with --manual
    by hand nothing is run: leave it out
--log goes with a command or --config, not with --manual
    ask for it when you want it: culprit log
--json goes with a command or --config, not with --manual
    ask for it when you want it: culprit status --json
)");
}

TEST(OptionModes, ClassicHoldsNoBeliefs) {
  const std::string all = refusals(Subject::program, "classic");
  EXPECT_EQ(all.substr(0, all.find("--checkout")),
            R"(--confidence goes with --strategy bayes, not with --strategy classic
    classic names what its runs lead to, however likely that is: leave it out, or search with bayes
--path goes with --strategy bayes, not with --strategy classic
    classic weighs every commit alike: leave it out, or search with bayes
--prior goes with --strategy bayes, not with --strategy classic
    classic weighs every commit alike: leave it out, or search with bayes
--prior-crash goes with --strategy bayes, not with --strategy classic
    classic weighs every commit alike: leave it out, or search with bayes
--experience goes with --strategy bayes, not with --strategy classic
    classic weighs every commit alike: leave it out, or search with bayes
)");
  EXPECT_EQ(refusals(Subject::program, "bayes"), refusals(Subject::program));
}

}  // namespace
}  // namespace culprit::cli
