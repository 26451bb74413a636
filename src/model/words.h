// From words back to values; name_of() beside each enum goes the other way. The words are those of the store,
// of JSON, of logs and of the command line.
#pragma once

#include <optional>
#include <string_view>

#include "model/evidence.h"
#include "model/search.h"

namespace culprit::model {

enum class StackKind;  // model/report.h
enum class LockdepKind;

// The value whose name_of() is `word`; none where there is no such value.
template <class Enum>
std::optional<Enum> from_name(std::string_view word);

template <>
std::optional<StackKind> from_name(std::string_view word);
template <>
std::optional<LockdepKind> from_name(std::string_view word);
template <>
std::optional<OutcomeKind> from_name(std::string_view word);
template <>
std::optional<BuildStatus> from_name(std::string_view word);
template <>
std::optional<Identity> from_name(std::string_view word);
template <>
std::optional<UserVerdict> from_name(std::string_view word);
template <>
std::optional<Goal> from_name(std::string_view word);
template <>
std::optional<Variant::Use> from_name(std::string_view word);
template <>
std::optional<Verdict> from_name(std::string_view word);
template <>
std::optional<ResultKind> from_name(std::string_view word);
template <>
std::optional<Verification::Kind> from_name(std::string_view word);

}  // namespace culprit::model
