// What a detector reports of other bugs hides the bug that is chased in two ways: the report ends the run, or
// it is the one report of a boot. Where the bug is of another kind, the kernel without that detector shows
// it all the same. The table says which options make a detector, and which types of reports it writes.

#include "cli/settings/kernel_variants.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/strings.h"

namespace culprit::cli {
namespace {

using build::ConfigSymbol;

// The lock validator is selected by each of several options; all of them have to go.
const std::vector<Detector> k_detectors = {
    {.name = "no-lockdep",
     .option = "PROVE_LOCKING",
     .options = {"PROVE_LOCKING", "DEBUG_LOCK_ALLOC", "LOCK_STAT", "DEBUG_WW_MUTEX_SLOWPATH"},
     .silences = {"LOCKDEP"}},
    {.name = "no-kasan", .option = "KASAN", .options = {"KASAN"}, .silences = {"KASAN"}},
    {.name = "no-kmsan", .option = "KMSAN", .options = {"KMSAN"}, .silences = {"KMSAN"}},
    {.name = "no-kcsan", .option = "KCSAN", .options = {"KCSAN"}, .silences = {"KCSAN"}},
    {.name = "no-kfence", .option = "KFENCE", .options = {"KFENCE"}, .silences = {"KFENCE"}},
    {.name = "no-ubsan",
     .option = "UBSAN",
     .options = {"UBSAN"},
     .silences = {"UBSAN", "MEMORY_SAFETY_UBSAN"}},
    {.name = "no-atomic-sleep-checks",
     .option = "DEBUG_ATOMIC_SLEEP",
     .options = {"DEBUG_ATOMIC_SLEEP"},
     .silences = {"ATOMIC_SLEEP"}},
    {.name = "no-hang-checks",
     .option = "DETECT_HUNG_TASK",
     .options = {"DETECT_HUNG_TASK", "WQ_WATCHDOG"},
     .silences = {"HANG"}},
    {.name = "no-leak-checks",
     .option = "DEBUG_KMEMLEAK",
     .options = {"DEBUG_KMEMLEAK"},
     .silences = {"LEAK"}},
};

std::string in_words(const std::vector<ConfigSymbol>& changes) {
  std::vector<std::string> words;
  for (const ConfigSymbol& change : changes) words.push_back(change.name + "=" + change.value);
  return base::join(words, ", ");
}

}  // namespace

std::span<const Detector> detectors() { return k_detectors; }

std::vector<KernelVariant> detector_variants(std::string_view config) {
  const std::vector<ConfigSymbol> symbols = build::parse_config(config);
  std::vector<KernelVariant> out;
  for (const Detector& detector : k_detectors) {
    const bool on = std::ranges::any_of(symbols, [&](const ConfigSymbol& symbol) {
      return symbol.name == detector.option && symbol.value != "n";
    });
    if (!on) continue;
    KernelVariant v;
    v.config.name = v.variant.name = detector.name;
    for (const std::string_view option : detector.options)
      v.config.changes.push_back({std::string(option), "n"});
    v.variant.changes = in_words(v.config.changes);
    v.variant.silences.assign(detector.silences.begin(), detector.silences.end());
    out.push_back(std::move(v));
  }
  return out;
}

base::Result<void> check_variant_options(std::span<const build::ConfigVariant> variants,
                                         const history::Git& git, const model::CommitId& revision,
                                         const std::string& file) {
  if (std::ranges::all_of(variants, [](const build::ConfigVariant& v) { return v.changes.empty(); }))
    return {};
  const auto found = CULPRIT_TRY(git.run({"grep", "-hE", "^[[:space:]]*(menu)?config[[:space:]]",
                                          revision.hex(), "--", "Kconfig*", "*/Kconfig*"}));
  std::vector<std::string> known;
  for (const std::string_view line : base::split_lines(found.output)) {
    const std::string_view text = base::trim(line);
    known.emplace_back(base::trim(text.substr(std::min(text.find_first_of(" \t"), text.size()))));
  }
  if (known.empty()) return {};  // no Kconfig that is read as such: the build tells
  std::ranges::sort(known);
  for (const build::ConfigVariant& variant : variants)
    for (const ConfigSymbol& change : variant.changes) {
      if (std::ranges::binary_search(known, change.name)) continue;
      const auto near = base::nearest_names(change.name, known, 1);
      return base::fail(base::ErrorKind::usage,
                        fmt::format("{}: the variant \"{}\" changes {}, an option that {} does not have",
                                    file, variant.name, change.name, revision.short_hex()),
                        near.empty() ? "" : fmt::format("did you mean {}?", near.front()));
    }
  return {};
}

}  // namespace culprit::cli
