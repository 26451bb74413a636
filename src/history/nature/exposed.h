// Did a commit bring the bug, or only make it seen?
#pragma once

#include <string>
#include <vector>

#include "history/nature/asked.h"
#include "history/nature/patch.h"
#include "model/classified.h"

namespace culprit::history {

// Kind "exposed_by": the commit adds the very check that fired, adds or moves an annotation of the detector that
// reports the bug, or switches a detector or an option on. Each with its line. Empty where nothing of that kind is
// found, and for a fix.
std::vector<model::Classified> exposes(const std::vector<FilePatch>& patch, const BugFacts& bug);

// "drivers/misc/ferry.c:12" of a WARNING, a BUG or an assertion: where the check stands that fired. The file may be
// printed with more or fewer folders than git has.
struct CheckPlace {
  std::string file;
  std::size_t line = 0;
  std::string function;  // as printed; may be empty
};
std::vector<CheckPlace> fired_checks(const std::string& report);

}  // namespace culprit::history
