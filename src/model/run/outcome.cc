#include "model/run/outcome.h"

#include "base/check.h"

namespace culprit::model {

OutcomeKind kind_of(const RunOutcome& outcome) { return static_cast<OutcomeKind>(outcome.index()); }

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
