// A bisection that a person drives by hand: what to test next, and what they say of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/exit_code.h"
#include "base/result.h"
#include "model/verdict.h"

namespace culprit::history {
class GitHistory;
class UserCheckout;
}  // namespace culprit::history
namespace culprit::model {
enum class ResultKind;
}
namespace culprit::search {
class Search;
}
namespace culprit::store {
class Store;
}

namespace culprit::cli {

class DeskBuilds;
struct Question;
struct Settings;

// What a person asks or says.
struct DeskRequest {
  enum class TakeBack { nothing, last_word, revision };
  TakeBack take_back = TakeBack::nothing;     // `revision`: all about revisions.front()
  std::optional<model::UserVerdict> verdict;  // none: only what to test next
  bool reset = false;                  // put the bisection aside; the tree goes to revisions.front(), if any
  std::vector<std::string> revisions;  // that it is about; empty: the checked out one
  bool picks = false;                  // an end that nobody named is chosen
  bool checkout = false;               // move the user's checkout to what is to be tested
};

// One request, served. Everything is borrowed; the caller holds the state folder's lock.
struct Desk {
  const Settings& settings;
  const Question& question;
  const search::Search& search;
  const history::GitHistory& history;
  const history::UserCheckout& checkout;
  store::Store& store;
  std::int64_t bisection = 0;
  const base::Clock& clock;
  std::string place;             // place_options(): for advice
  DeskBuilds* builds = nullptr;  // where what is to be tested is built for the person; else null

  // Records the verdict and prints what it contradicts, then what to test next or the answer. The exit code
  // is that of the answer; 0 while there is something to test.
  base::Result<base::ExitCode> serve(const DeskRequest& request);
  // Prints and records a note.
  base::Result<void> tell(const std::string& text);
};

// Why a bisection is interrupted that the user put aside: a new one may begin.
inline constexpr const char* k_put_aside = "put aside";

base::ExitCode exit_code_of(model::ResultKind kind);

// The branch that is checked out, or the commit where none is.
base::Result<std::string> checked_out(const history::GitHistory& history);

// Which command a word is that is none of culprit's: "good" or "bad" for a term of the newest bisection
// ("fixed"), and for git's "old" and "new". `arguments` are those of the command line, for -C and --state.
std::optional<std::string> command_of_term(const std::string& word,
                                           const std::vector<std::string>& arguments);

}  // namespace culprit::cli
