#include "model/search.h"

#include <algorithm>

namespace culprit::model {
bool Variant::is_silent_on(std::string_view report_type) const {
  return std::ranges::any_of(silences, [&](std::string_view type) {
    return report_type.starts_with(type) &&
           (report_type.size() == type.size() || report_type[type.size()] == '-');
  });
}

std::string name_of(const RevertVariant& revert) {
  std::string name = std::string(k_revert_prefix) + revert.commit.hex();
  return revert.variant.empty() ? name : name + "+" + revert.variant;
}

std::optional<RevertVariant> revert_variant_from_name(std::string_view name) {
  if (!name.starts_with(k_revert_prefix)) return std::nullopt;
  name.remove_prefix(k_revert_prefix.size());
  const std::size_t plus = name.find('+');
  const auto commit = CommitId::from_hex(name.substr(0, plus));
  if (!commit) return std::nullopt;
  return RevertVariant{*commit, std::string(plus == std::string_view::npos ? "" : name.substr(plus + 1))};
}

}  // namespace culprit::model
