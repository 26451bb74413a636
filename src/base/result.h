// The one channel for errors: Result<T>, with an Error that says where, what and what to do.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace culprit::base {

// What kind of thing went wrong; it decides the exit code (exit_code.h), never the message.
enum class ErrorKind {
  usage,        // the user's command line, configuration or input file
  repository,   // the git repository or a revision in it
  infra,        // the machine: disk, fork, a tool that is missing, the network
  store,        // the event store cannot be read or written
  interrupted,  // a signal or a cancellation
  internal,     // a bug of ours
};

// An error on its way to the user. `what` is a sentence without a full stop; `context` holds what was being
// done, innermost first; `hint` says what to do about it and may be empty.
struct Error {
  ErrorKind kind = ErrorKind::internal;
  std::string what;
  std::vector<std::string> context;
  std::string hint;

  // The same error, with one more piece of context pushed by a caller.
  Error in(std::string where) && {
    context.push_back(std::move(where));
    return std::move(*this);
  }
};

template <class T>
using Result = std::expected<T, Error>;

// `return fail(ErrorKind::usage, "...", "hint")` from a function that returns a Result.
std::unexpected<Error> fail(ErrorKind kind, std::string what, std::string hint = {});

// "culprit: error: <context>: <what>", and a line "hint: <hint>" where there is one. Ends with a newline. What
// comes from elsewhere in it (git, arguments, paths) is made safe to print.
std::string render(const Error& error);

}  // namespace culprit::base

// Evaluates a Result expression; returns its error from the enclosing function, or yields the value.
// A statement expression: both compilers that the project supports have it.
#define CULPRIT_TRY(expr)                                                                   \
  ({                                                                                        \
    auto culprit_try_result = (expr);                                                       \
    if (!culprit_try_result) return std::unexpected(std::move(culprit_try_result).error()); \
    std::move(culprit_try_result).value();                                                  \
  })

// The same, and pushes `where` onto the error's context.
#define CULPRIT_TRY_IN(expr, where)                                                                   \
  ({                                                                                                  \
    auto culprit_try_result = (expr);                                                                 \
    if (!culprit_try_result) return std::unexpected(std::move(culprit_try_result).error().in(where)); \
    std::move(culprit_try_result).value();                                                            \
  })
