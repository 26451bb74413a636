#include "model/search.h"

#include <array>

namespace culprit::model {
namespace {

constexpr std::array<std::string_view, 3> k_verdicts = {"bad", "good", "unknown"};
constexpr std::array<std::string_view, 6> k_kinds = {"culprit",        "inconclusive",     "horizon",
                                                     "not_reproduced", "good_end_crashes", "infrastructure"};

}  // namespace

std::string_view name_of(Verdict verdict) { return k_verdicts[static_cast<std::size_t>(verdict)]; }

std::string_view name_of(ResultKind kind) { return k_kinds[static_cast<std::size_t>(kind)]; }

std::optional<ResultKind> result_kind_from_name(std::string_view name) {
  for (std::size_t i = 0; i < k_kinds.size(); ++i)
    if (k_kinds[i] == name) return static_cast<ResultKind>(i);
  return std::nullopt;
}

}  // namespace culprit::model
