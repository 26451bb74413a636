#include "model/search.h"

#include <algorithm>
#include <array>

namespace culprit::model {
namespace {

constexpr std::array<std::string_view, 3> k_verdicts = {"bad", "good", "unknown"};
constexpr std::array<std::string_view, 6> k_kinds = {"culprit",        "inconclusive",     "horizon",
                                                     "not_reproduced", "good_end_crashes", "infrastructure"};
constexpr std::array<std::string_view, 7> k_verifications = {
    "not_tried", "reverted", "still_crashes", "still_absent", "conflict", "broken", "unclear"};

template <class Enum, std::size_t N>
std::optional<Enum> named(const std::array<std::string_view, N>& names, std::string_view name) {
  for (std::size_t i = 0; i < N; ++i)
    if (names[i] == name) return static_cast<Enum>(i);
  return std::nullopt;
}

}  // namespace

std::string_view name_of(Verdict verdict) { return k_verdicts[static_cast<std::size_t>(verdict)]; }

std::string_view name_of(ResultKind kind) { return k_kinds[static_cast<std::size_t>(kind)]; }

std::optional<ResultKind> result_kind_from_name(std::string_view name) {
  return named<ResultKind>(k_kinds, name);
}

std::string_view name_of(Verification::Kind kind) { return k_verifications[static_cast<std::size_t>(kind)]; }

std::optional<Verification::Kind> verification_kind_from_name(std::string_view name) {
  return named<Verification::Kind>(k_verifications, name);
}

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
