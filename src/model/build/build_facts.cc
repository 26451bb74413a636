#include "model/build/build_facts.h"

#include <algorithm>

#include "base/strings.h"
#include "model/search.h"

namespace culprit::model {

std::vector<OptionLost> options_lost(const BuildRecord& build) {
  std::vector<OptionLost> lost;
  if (build.status != BuildStatus::ok) return lost;
  for (const std::string_view line : base::split_lines(build.text)) {
    const auto list = base::strip_prefix(line, k_options_lost);
    if (!list) continue;
    for (const std::string_view part : base::split(*list, ',')) {
      const std::string_view item = base::trim(part);
      const std::size_t equals = item.find('='), is = item.find(" (is ");
      if (equals == std::string_view::npos || is == std::string_view::npos || is < equals ||
          !item.ends_with(')'))
        continue;
      lost.push_back({std::string(item.substr(0, equals)),
                      std::string(item.substr(equals + 1, is - equals - 1)),
                      std::string(item.substr(is + 5, item.size() - is - 6))});
    }
  }
  std::ranges::sort(lost);
  return lost;
}

std::string name_of(const WithVariant& with) {
  return std::string(k_with_prefix) + with.compiler + "|" + base::join(with.options, ",") + "|" +
         with.variant;
}

std::optional<WithVariant> with_variant_from_name(std::string_view name) {
  const auto rest = base::strip_prefix(name, k_with_prefix);
  if (!rest) return std::nullopt;
  const auto parts = base::split(*rest, '|');
  if (parts.size() != 3) return std::nullopt;
  WithVariant with{.compiler = std::string(parts[0]), .options = {}, .variant = std::string(parts[2])};
  if (!parts[1].empty())
    for (const std::string_view option : base::split(parts[1], ',')) with.options.emplace_back(option);
  return with;
}

bool is_check_variant(std::string_view name) {
  return name.starts_with(k_with_prefix) || revert_variant_from_name(name) || apply_variant_from_name(name);
}

}  // namespace culprit::model
