// Stores and programs that read us know these words: they are added to, never changed.
#include "model/words.h"

#include "base/words.h"
#include "model/run/report.h"

namespace culprit::model {
namespace {

using base::Words;

constexpr Words<StackKind> k_stacks{"crash",     "allocation", "free",     "lock_taken", "dependency",
                                    "hung_task", "other_cpu",  "creation", "other"};
constexpr Words<LockdepKind> k_lockdep{"recursive",
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
constexpr Words<OutcomeKind> k_outcomes{"ok",          "crashed",   "build_broken", "boot_failed",
                                        "test_failed", "timed_out", "infra"};
static_assert(base::k_count<OutcomeKind> == std::variant_size_v<RunOutcome>);
constexpr Words<BuildStatus> k_statuses{"ok", "broken", "infra"};
constexpr Words<Identity> k_identities{"target", "foreign", "unknown"};
constexpr Words<UserVerdict> k_user_verdicts{"good", "bad", "skip"};
constexpr Words<Goal> k_goals{"cause", "fix"};
constexpr Words<Variant::Use> k_uses{"past_masks", "smaller"};
constexpr Words<Verdict> k_verdicts{"bad", "good", "unknown"};
constexpr Words<ResultKind> k_results{"culprit",        "inconclusive",     "horizon",
                                      "not_reproduced", "good_end_crashes", "infrastructure"};
constexpr Words<Verification::Kind> k_verifications{"not_tried", "reverted", "still_crashes", "still_absent",
                                                    "conflict",  "broken",   "unclear"};

}  // namespace

std::string_view name_of(StackKind kind) { return k_stacks.of(kind); }
std::string_view name_of(LockdepKind kind) { return k_lockdep.of(kind); }
std::string_view name_of(OutcomeKind kind) { return k_outcomes.of(kind); }
std::string_view name_of(BuildStatus status) { return k_statuses.of(status); }
std::string_view name_of(Identity identity) { return k_identities.of(identity); }
std::string_view name_of(UserVerdict verdict) { return k_user_verdicts.of(verdict); }
std::string_view name_of(Goal goal) { return k_goals.of(goal); }
std::string_view name_of(Variant::Use use) { return k_uses.of(use); }
std::string_view name_of(Verdict verdict) { return k_verdicts.of(verdict); }
std::string_view name_of(ResultKind kind) { return k_results.of(kind); }
std::string_view name_of(Verification::Kind kind) { return k_verifications.of(kind); }

template <>
std::optional<StackKind> from_name(std::string_view word) {
  return k_stacks.find(word);
}
template <>
std::optional<LockdepKind> from_name(std::string_view word) {
  return k_lockdep.find(word);
}
template <>
std::optional<OutcomeKind> from_name(std::string_view word) {
  return k_outcomes.find(word);
}
template <>
std::optional<BuildStatus> from_name(std::string_view word) {
  return k_statuses.find(word);
}
template <>
std::optional<Identity> from_name(std::string_view word) {
  return k_identities.find(word);
}
template <>
std::optional<UserVerdict> from_name(std::string_view word) {
  return k_user_verdicts.find(word);
}
template <>
std::optional<Goal> from_name(std::string_view word) {
  return k_goals.find(word);
}
template <>
std::optional<Variant::Use> from_name(std::string_view word) {
  return k_uses.find(word);
}
template <>
std::optional<Verdict> from_name(std::string_view word) {
  return k_verdicts.find(word);
}
template <>
std::optional<ResultKind> from_name(std::string_view word) {
  return k_results.find(word);
}
template <>
std::optional<Verification::Kind> from_name(std::string_view word) {
  return k_verifications.find(word);
}

}  // namespace culprit::model
