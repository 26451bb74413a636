// What a bisection is about: what its runs run, and so how their consoles are read.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace culprit::model {

enum class Subject : std::uint8_t {
  program,  // a command; it may print anything, the console of a machine that it drives too
  kernel,   // a kernel in a guest; what programs in the guest print is the guest's affair
  by_hand,  // whatever a person tests: culprit runs nothing
};

// "command", "kernel", "manual": the words in the store, in JSON and for people.
constexpr std::string_view name_of(Subject subject) {
  switch (subject) {
    case Subject::program:
      return "command";
    case Subject::kernel:
      return "kernel";
    case Subject::by_hand:
      return "manual";
  }
  return "command";
}

constexpr std::optional<Subject> subject_from_name(std::string_view name) {
  for (const Subject subject : {Subject::program, Subject::kernel, Subject::by_hand})
    if (name_of(subject) == name) return subject;
  return std::nullopt;
}

}  // namespace culprit::model
