#include "model/outcome.h"

#include <array>

#include "base/check.h"

namespace culprit::model {
namespace {

constexpr std::array<std::string_view, 7> k_names = {
    "ok", "crashed", "build_broken", "boot_failed", "test_failed", "timed_out", "infra"};
static_assert(k_names.size() == std::variant_size_v<RunOutcome>);

}  // namespace

OutcomeKind kind_of(const RunOutcome& outcome) { return static_cast<OutcomeKind>(outcome.index()); }

std::string_view name_of(OutcomeKind kind) { return k_names[static_cast<std::size_t>(kind)]; }

std::optional<OutcomeKind> outcome_kind_from_name(std::string_view name) {
  for (std::size_t i = 0; i < k_names.size(); ++i)
    if (k_names[i] == name) return static_cast<OutcomeKind>(i);
  return std::nullopt;
}

std::string_view text_of(const RunOutcome& outcome) {
  return std::visit(
      [](const auto& o) -> std::string_view {
        if constexpr (requires { o.title; })
          return o.title;
        else if constexpr (requires { o.text; })
          return o.text;
        else
          return {};
      },
      outcome);
}

RunOutcome make_outcome(OutcomeKind kind, std::string text) {
  switch (kind) {
    case OutcomeKind::ok:
      return Ok{};
    case OutcomeKind::crashed:
      return Crashed{std::move(text)};
    case OutcomeKind::build_broken:
      return BuildBroken{std::move(text)};
    case OutcomeKind::boot_failed:
      return BootFailed{std::move(text)};
    case OutcomeKind::test_failed:
      return TestFailed{std::move(text)};
    case OutcomeKind::timed_out:
      return TimedOut{};
    case OutcomeKind::infra:
      return Infra{std::move(text)};
  }
  CULPRIT_CHECK(false, "kind " + std::to_string(static_cast<int>(kind)));
}

}  // namespace culprit::model
