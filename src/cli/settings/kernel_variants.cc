// What a detector reports of other bugs hides the bug that is chased in two ways: the report ends the run, or
// it is the one report of a boot. Where the bug is of another kind, the kernel without that detector shows
// it all the same (model::detectors).

#include "cli/settings/kernel_variants.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/strings.h"
#include "model/run/detectors.h"

namespace culprit::cli {
namespace {

using build::ConfigSymbol;

std::string in_words(const std::vector<ConfigSymbol>& changes) {
  std::vector<std::string> words;
  for (const ConfigSymbol& change : changes) words.push_back(change.name + "=" + change.value);
  return base::join(words, ", ");
}

}  // namespace

std::vector<KernelVariant> detector_variants(std::string_view config) {
  const std::vector<ConfigSymbol> symbols = build::parse_config(config);
  std::vector<KernelVariant> out;
  for (const model::Detector& detector : model::detectors()) {
    if (detector.variant.empty()) continue;
    const bool on = std::ranges::any_of(symbols, [&](const ConfigSymbol& symbol) {
      return symbol.name == detector.option && symbol.value != "n";
    });
    if (!on) continue;
    KernelVariant v;
    v.config.name = v.variant.name = detector.variant;
    for (const std::string_view option : detector.options)
      v.config.changes.push_back({std::string(option), "n"});
    v.variant.changes = in_words(v.config.changes);
    v.variant.silences.assign(detector.types.begin(), detector.types.end());
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
