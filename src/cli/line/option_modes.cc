#include "cli/line/option_modes.h"

#include <array>
#include <vector>

#include "base/strings.h"

namespace culprit::cli {
namespace {

using model::Subject;

constexpr const char* k_nothing_runs = "by hand nothing is run: leave it out";
constexpr const char* k_programs_alone = "a kernel is built from its own tree, as it is: leave it out";
constexpr const char* k_kernels_titles = "what a kernel's console says is known by its reports: leave it out";
constexpr const char* k_no_terms = "culprit tests by itself, and nobody needs words for it: leave it out";
constexpr const char* k_own_checkouts = "culprit tests in checkouts of its own: leave it out";
constexpr const char* k_no_beliefs = "classic weighs every commit alike: leave it out, or search with bayes";

constexpr auto k_option_rows = std::to_array<OptionRow>({
    {.option = "--repo"},
    {.option = "--state"},
    {.option = "--quiet", .by_hand = "what to test next is all that is printed: leave it out"},
    {.option = "--fresh"},
    // The question.
    {.option = "--bad"},
    {.option = "--good"},
    {.option = "--fix"},
    {.option = "--skip"},
    {.option = "--skip-file"},
    {.option = "--oldest"},
    {.option = "--first-parent"},
    {.option = "--release-candidates"},
    {.option = "--allow-shallow"},
    // The test.
    {.option = "--config"},  // a mode itself, as --manual is
    {.option = "--syzbot"},  // likewise
    {.option = "--tree"},
    {.option = "--build", .kernel = "[kernel] of the kernel's file says how it is built"},
    {.option = "--runs",
     .by_hand = "by hand a word for a revision is its verdict; say it again to confirm it"},
    {.option = "--jobs", .by_hand = k_nothing_runs},
    {.option = "--ahead", .kernel = "make(1) has all cores for one kernel: leave it out"},
    {.option = "--timeout",
     .kernel = "set `timeout` under [reproducer] in the kernel's file",
     .by_hand = k_nothing_runs},
    {.option = "--build-timeout", .kernel = "set `timeout` under [kernel] in the kernel's file"},
    {.option = "--message", .kernel = k_kernels_titles, .by_hand = k_nothing_runs},
    {.option = "--ignore", .kernel = k_kernels_titles, .by_hand = k_nothing_runs},
    {.option = "--test", .kernel = k_kernels_titles, .by_hand = k_nothing_runs},
    {.option = "--artifact",
     .kernel = "equal kernels are told by their images: leave it out",
     .by_hand = k_nothing_runs},
    {.option = "--subject",
     .kernel = "culprit's own guests are read so in any case: leave it out",
     .by_hand = k_nothing_runs},
    {.option = "--clean", .by_hand = k_nothing_runs},
    {.option = "--measure", .kernel = k_programs_alone, .by_hand = k_nothing_runs},
    {.option = "--overlay", .kernel = k_programs_alone, .by_hand = k_nothing_runs},
    {.option = "--apply", .kernel = k_programs_alone, .by_hand = k_nothing_runs},
    {.option = "--only-with", .kernel = k_programs_alone, .by_hand = k_nothing_runs},
    {.option = "--with-changes", .kernel = k_programs_alone, .by_hand = k_nothing_runs},
    {.option = "--verify", .by_hand = "by hand the answer is yours to check: leave it out"},
    {.option = "--strategy"},
    {.option = "--confidence",
     .classic =
         "classic names what its runs lead to, however likely that is: leave it out, or search with bayes"},
    // Beliefs.
    {.option = "--path", .classic = k_no_beliefs},
    {.option = "--prior", .classic = k_no_beliefs},
    {.option = "--prior-crash", .classic = k_no_beliefs},
    {.option = "--experience", .classic = k_no_beliefs},
    // By hand.
    {.option = "--manual"},
    {.option = "--checkout", .program = k_own_checkouts, .kernel = k_own_checkouts},
    {.option = "--term-new", .program = k_no_terms, .kernel = k_no_terms},
    {.option = "--term-old", .program = k_no_terms, .kernel = k_no_terms},
    {.option = "--import"},
    // Output.
    {.option = "--keep-checkouts", .by_hand = k_nothing_runs},
});

constexpr std::array k_subjects = {Subject::program, Subject::kernel, Subject::by_hand};

constexpr const char* hint_of(const OptionRow& row, Subject subject) {
  if (subject == Subject::kernel) return row.kernel;
  return subject == Subject::by_hand ? row.by_hand : row.program;
}

std::string words_of(Subject subject) {
  if (subject == Subject::kernel) return "--config";
  return subject == Subject::by_hand ? "--manual" : "a command";
}

base::Result<void> refuse(const OptionRow& row, const std::string& readers, const std::string& mode,
                          const char* hint) {
  return base::fail(base::ErrorKind::usage,
                    std::string(row.option) + " goes with " + readers + ", not with " + mode, hint);
}

}  // namespace

std::span<const OptionRow> option_rows() { return k_option_rows; }

base::Result<void> refuse_unread(const OptionRow& row, Subject subject, std::string_view strategy) {
  if (const char* hint = hint_of(row, subject)) {
    std::vector<std::string> readers;
    for (const Subject reader : k_subjects)
      if (hint_of(row, reader) == nullptr) readers.push_back(words_of(reader));
    return refuse(row, base::join(readers, " or "), words_of(subject), hint);
  }
  if (row.classic != nullptr && strategy == "classic")
    return refuse(row, "--strategy bayes", "--strategy classic", row.classic);
  return {};
}

}  // namespace culprit::cli
