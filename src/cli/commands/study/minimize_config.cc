// `culprit minimize-config`: what of a kernel's configuration does a bug need?

#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>

#include <fmt/format.h>

#include "base/files.h"
#include "base/strings.h"
#include "cli/commands/commands.h"
#include "cli/session/outputs.h"
#include "cli/session/place.h"
#include "cli/session/printing.h"
#include "cli/session/session.h"
#include "cli/settings/guest/guest_needs.h"
#include "cli/study/config_parts.h"
#include "cli/study/study.h"
#include "cli/study/subject.h"
#include "output/words/text.h"
#include "study/minimize_text.h"
#include "study/tests.h"

namespace culprit::cli {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::fail;
using base::Result;

// Of the parts that are told to be needed one in a hundred may not be.
constexpr double k_sure_enough = 0.99;
constexpr std::string_view k_own_head = "# culprit minimize-config: ";

struct MinimizeOptions {
  Settings settings;
  StudyOptions study{.repository = {}, .state_dir = {}};
  std::string at;
  std::string baseline;
  std::string title;
  std::string out;
  std::string json;
  double confidence = k_sure_enough;
};

// What people are told goes to standard error where standard output is a file.
void say(const MinimizeOptions& options, const std::string& text) {
  std::fputs(text.c_str(), options.json == k_standard_output ? stderr : stdout);
}

// What the guest cannot be without.
std::vector<std::string> fixed_options(const KernelConfig& kernel) {
  if (kernel.machine) return {};
  const auto root = run::root_kind({.root = kernel.vm.root,
                                    .initramfs = kernel.vm.root_initramfs,
                                    .arch = kernel.vm.arch,
                                    .cache_dir = {}});
  return root ? missing_guest_options("", *root, kernel.vm.network) : std::vector<std::string>{};
}

// Beside the kernel file, unless somebody else's file is there.
Result<void> settle_out(MinimizeOptions& options) {
  if (options.out.empty()) {
    options.out = (fs::path(options.settings.config_path).parent_path() / "minimized.config").string();
    const auto there = base::read_file(options.out);
    if (there && !there->starts_with(k_own_head))
      return fail(ErrorKind::usage, options.out + " is there, and not by `culprit minimize-config`",
                  "--out FILE names another, or this one if it may be replaced");
  }
  return settle_output(options.out);
}

// Tells what became of each configuration once the next one is begun.
class Teller {
 public:
  explicit Teller(bool tells) : m_tells(tells) {}
  void watch(const model::Evidence& evidence, const model::Decision& decision, double seconds) {
    if (!m_tells || (decision.experiments.empty() && !decision.conclusion)) return;
    const std::string next =
        decision.experiments.empty() ? std::string() : decision.experiments.front().variant;
    if (next == m_variant) return;
    if (!m_variant.empty())
      print(base::printable(
          fmt::format("{} {}: {}\n", base::format_duration(seconds), m_reason, outcome(evidence))));
    std::fflush(stdout);
    m_variant = next;
    m_reason = decision.experiments.empty() ? std::string() : decision.experiments.front().reason;
  }

 private:
  std::string outcome(const model::Evidence& evidence) const {
    std::vector<const model::RunRecord*> runs;
    for (const model::RunRecord& run : evidence.runs)
      if (run.variant == m_variant) runs.push_back(&run);
    const search::Counts counts = search::count_runs(runs);
    if (counts.shown > 0) return fmt::format("the bug shows ({} of {} runs)", counts.shown, counts.valid());
    if (counts.valid() > 0)
      return "quiet in " + output::counted(static_cast<std::size_t>(counts.quiet), "run");
    return runs.empty() ? "does not build" : "its runs say nothing";
  }

  bool m_tells;
  std::string m_variant, m_reason;
};

Result<std::string> baseline_of(const MinimizeOptions& options) {
  if (options.baseline.empty()) return std::string();
  auto text = base::read_file(options.baseline);
  if (!text) return fail(ErrorKind::usage, text.error().what, "--baseline names a .config or a fragment");
  if (build::parse_config(*text).empty())
    return fail(ErrorKind::usage, options.baseline + " sets no option", "lines are like CONFIG_SMP=y");
  return text;
}

Result<void> write_out(const MinimizeOptions& options, const study::MinimizePlan& plan,
                       const ConfigParts& parts, const study::Minimized& known) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < plan.parts.size(); ++i)
    if (known.parts[i].fate == study::Fate::needed) names.push_back(plan.parts[i].name);
  const std::string head =
      fmt::format("{}the bug needs {} on {}\n", k_own_head,
                  names.empty() ? "nothing of it" : base::join(names, ", "), plan.commit.hex());
  CULPRIT_TRY(base::write_file_atomically(options.out, head + parts.text_of(known.left)));
  say(options,
      base::printable(fmt::format(
          "{} is written: `smaller = \"{}\"` under [kernel] of the kernel file has a bisection use it\n",
          options.out, fs::path(options.out).filename().string())));
  return {};
}

model::Problem minimize_problem(const Settings& settings, const model::CommitId& commit) {
  model::Problem problem;
  problem.start = commit;
  problem.run_slots = settings.jobs;
  return problem;
}

// Prints and writes what is known in the end.
Result<base::ExitCode> tell(const MinimizeOptions& options, const study::MinimizePlan& plan,
                            const ConfigParts& parts, const study::Minimized& known) {
  for (const std::string& line : minimized_lines(plan, known, style_of_output())) say(options, line + "\n");
  if (!options.json.empty()) {
    const std::string text = minimized_json(plan, known);
    if (options.json == k_standard_output)
      print(text);
    else
      CULPRIT_TRY(base::write_file_atomically(options.json, text));
  }
  if (!known.not_reproduced.empty()) {
    say(options, base::printable(fmt::format("with the whole configuration, {}\n", known.not_reproduced)));
    return base::ExitCode::endpoint;
  }
  if (known.next) return base::ExitCode::inconclusive;
  CULPRIT_TRY(write_out(options, plan, parts, known));
  return base::ExitCode::found;
}

Result<base::ExitCode> minimize_config(MinimizeOptions& options) {
  Settings& s = options.settings;
  if (s.config_path.empty())
    return fail(ErrorKind::usage, "whose configuration?", "--config names the kernel file (docs/kernel.md)");
  const KernelConfig kernel = CULPRIT_TRY(take_kernel_file(s, options.study.repository));
  if (kernel.bug == KernelBug::build)
    return fail(ErrorKind::usage, "a bug of the build shows without a run, and this counts runs",
                "leave options out of the configuration by hand");
  CULPRIT_TRY(settle_out(options));
  CULPRIT_TRY(settle_output(options.json));
  const ConfigParts parts(kernel.build.config, CULPRIT_TRY(baseline_of(options)), kernel.build.target,
                          fixed_options(kernel));
  if (parts.parts().empty())
    return fail(ErrorKind::usage, "there is nothing to leave out: all of the configuration is the baseline's",
                "--baseline names a smaller one");
  const auto study = CULPRIT_TRY(Study::open("minimize-config", options.study));
  if (options.at.empty()) options.at = kernel.start.empty() ? "HEAD" : kernel.start;
  s.bad = options.at;
  CULPRIT_TRY(study->settle(s));

  study::MinimizePlan plan{.commit = CULPRIT_TRY(study->history().resolve(options.at)),
                           .parts = parts.parts(),
                           .confidence = options.confidence,
                           .runs_at_once = s.jobs};
  CULPRIT_TRY(study->take_up(definition_of(s) + plan.commit.hex(), minimize_problem(s, plan.commit)));
  std::map<study::Subset, std::string> variants;
  plan.variant_of = [&](const study::Subset& subset) {
    std::string& variant = variants[subset];
    // One that cannot be written cannot be built either, which is then told.
    if (variant.empty())
      if (auto kept = build::keep_config(study->kernels(), parts.text_of(subset)))
        variant = name_of(study::TestVariant{"own", *kept});
    return variant;
  };
  const study::MinimizeSearch search(plan);
  Teller teller(!options.study.quiet && options.json != k_standard_output);
  const auto judged = [&](const engine::Journal& journal) {
    return study::judged_by_test(journal, options.title);
  };
  const auto done =
      study->conduct(s, {.search = search,
                         .judged = judged,
                         .watch = [&](const model::Evidence& evidence, const model::Decision& decision) {
                           teller.watch(evidence, decision, study->seconds());
                         }});
  if (study->known() == nullptr || !done) return std::unexpected(done.error());
  return tell(options, plan, parts, minimize(plan, judged(*study->known())));
}

}  // namespace

void add_minimize_config(CommandLine& line) {
  Options command = line.add("minimize-config", "Find out what of a kernel's configuration a bug needs");
  auto options = std::make_shared<MinimizeOptions>();
  add_place_options(command, options->study.repository, options->study.state_dir);
  command.flag("--fresh", options->study.fresh, "leave aside what an earlier one found");
  command.flag("-q,--quiet", options->study.quiet, "only the result");
  command.under("The question");
  command.text("--config", options->settings.config_path, "the kernel's TOML file (docs/kernel.md)", "FILE");
  command.text("--at", options->at,
               "a revision where the bug shows (default: `start` of the file, else HEAD)", "REV");
  command.text("--baseline", options->baseline, "a .config or a fragment, of which nothing is left out",
               "FILE");
  command.text("--title", options->title, "the bug is the crash of this title (default: the first one seen)",
               "TEXT");
  command.number("--confidence", options->confidence, 0.5, 0.9999,
                 "a part is needed with this probability before it stays (default: 0.99)", "P");
  command.integer("--jobs,-j", options->settings.jobs, 1, 64, "guests at a time (default: one a core)", "N");
  command.under("Output");
  command.text("--out", options->out,
               "the smaller configuration (default: minimized.config beside the kernel file)", "FILE");
  command.text("--json", options->json, "write the result as JSON", "FILE");
  command.run([options] { return finish(minimize_config(*options)); });
}

}  // namespace culprit::cli
