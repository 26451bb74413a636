// Stores and programs that read us know these words: they are added to, never changed.
#include "model/words.h"

#include <algorithm>

#include "base/words.h"
#include "model/event.h"
#include "model/run/report.h"
#include "model/search.h"

namespace culprit::model {
namespace {

using base::Words;

template <class Enum>
constexpr int k_words = 0;  // no table

template <>
constexpr Words<StackKind> k_words<StackKind>{
    "crash", "allocation", "free", "lock_taken", "dependency", "hung_task", "other_cpu", "creation", "other"};
template <>
constexpr Words<LockdepKind> k_words<LockdepKind>{"recursive",
                                                  "circular",
                                                  "inconsistent_state",
                                                  "irq_inversion",
                                                  "bad_unlock_balance",
                                                  "suspicious_rcu",
                                                  "invalid_wait_context",
                                                  "held_at_return_to_user",
                                                  "held_at_exit",
                                                  "freed_held_lock",
                                                  "nested_lock_not_held",
                                                  "limit_reached",
                                                  "other"};
template <>
constexpr Words<OutcomeKind> k_words<OutcomeKind>{"ok",          "crashed",   "build_broken", "boot_failed",
                                                  "test_failed", "timed_out", "infra"};
static_assert(base::k_count<OutcomeKind> == std::variant_size_v<RunOutcome>);
template <>
constexpr Words<BuildStatus> k_words<BuildStatus>{"ok", "broken", "infra"};
template <>
constexpr Words<Identity> k_words<Identity>{"target", "foreign", "unknown"};
template <>
constexpr Words<UserVerdict> k_words<UserVerdict>{"good", "bad", "skip"};
template <>
constexpr Words<Goal> k_words<Goal>{"cause", "fix"};
template <>
constexpr Words<Variant::Use> k_words<Variant::Use>{"past_masks", "smaller"};
template <>
constexpr Words<Verdict> k_words<Verdict>{"bad", "good", "unknown"};
template <>
constexpr Words<ResultKind> k_words<ResultKind>{"culprit",        "inconclusive",     "horizon",
                                                "not_reproduced", "good_end_crashes", "infrastructure"};
template <>
constexpr Words<Verification::Kind> k_words<Verification::Kind>{
    "not_tried", "reverted", "still_crashes", "still_absent", "conflict", "broken", "unclear"};
template <>
constexpr Words<PostStage> k_words<PostStage>{"begun", "accepted", "refused", "lost"};

}  // namespace

std::string_view name_of(StackKind kind) { return k_words<StackKind>.of(kind); }
std::string_view name_of(LockdepKind kind) { return k_words<LockdepKind>.of(kind); }
std::string_view name_of(OutcomeKind kind) { return k_words<OutcomeKind>.of(kind); }
std::string_view name_of(BuildStatus status) { return k_words<BuildStatus>.of(status); }
std::string_view name_of(Identity identity) { return k_words<Identity>.of(identity); }
std::string_view name_of(UserVerdict verdict) { return k_words<UserVerdict>.of(verdict); }
std::string_view name_of(Goal goal) { return k_words<Goal>.of(goal); }
std::string_view name_of(Variant::Use use) { return k_words<Variant::Use>.of(use); }
std::string_view name_of(Verdict verdict) { return k_words<Verdict>.of(verdict); }
std::string_view name_of(ResultKind kind) { return k_words<ResultKind>.of(kind); }
std::string_view name_of(Verification::Kind kind) { return k_words<Verification::Kind>.of(kind); }
std::string_view name_of(PostStage stage) { return k_words<PostStage>.of(stage); }

template <class Enum>
std::optional<Enum> from_name(std::string_view word) {
  return k_words<Enum>.find(word);
}

template std::optional<StackKind> from_name(std::string_view);
template std::optional<LockdepKind> from_name(std::string_view);
template std::optional<OutcomeKind> from_name(std::string_view);
template std::optional<BuildStatus> from_name(std::string_view);
template std::optional<Identity> from_name(std::string_view);
template std::optional<UserVerdict> from_name(std::string_view);
template std::optional<Goal> from_name(std::string_view);
template std::optional<Variant::Use> from_name(std::string_view);
template std::optional<Verdict> from_name(std::string_view);
template std::optional<ResultKind> from_name(std::string_view);
template std::optional<Verification::Kind> from_name(std::string_view);
template std::optional<PostStage> from_name(std::string_view);

bool Variant::is_silent_on(std::string_view report_type) const {
  return std::ranges::any_of(silences, [&](std::string_view type) {
    return report_type.starts_with(type) &&
           (report_type.size() == type.size() || report_type[type.size()] == '-');
  });
}

namespace {

template <class Changed>
std::string name_of_changed(std::string_view prefix, const Changed& changed) {
  std::string name = std::string(prefix) + changed.commit.hex();
  return changed.variant.empty() ? name : name + "+" + changed.variant;
}

template <class Changed>
std::optional<Changed> changed_from_name(std::string_view prefix, std::string_view name) {
  if (!name.starts_with(prefix)) return std::nullopt;
  name.remove_prefix(prefix.size());
  const std::size_t plus = name.find('+');
  const auto commit = CommitId::from_hex(name.substr(0, plus));
  if (!commit) return std::nullopt;
  return Changed{*commit, std::string(plus == std::string_view::npos ? "" : name.substr(plus + 1))};
}

}  // namespace

std::string name_of(const RevertVariant& revert) { return name_of_changed(k_revert_prefix, revert); }
std::optional<RevertVariant> revert_variant_from_name(std::string_view name) {
  return changed_from_name<RevertVariant>(k_revert_prefix, name);
}
std::string name_of(const ApplyVariant& apply) { return name_of_changed(k_apply_prefix, apply); }
std::optional<ApplyVariant> apply_variant_from_name(std::string_view name) {
  return changed_from_name<ApplyVariant>(k_apply_prefix, name);
}

}  // namespace culprit::model
