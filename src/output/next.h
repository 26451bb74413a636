// What a person is to test next, and why.
#pragma once

#include <string>

#include "model/search.h"
#include "output/terminal/live.h"
#include "output/words/style.h"

namespace culprit::output {

struct NextStep {
  model::Experiment experiment;
  model::Standing standing;
  std::string title;     // the commit's; empty where it is unknown
  TitleOf title_of;      // of those that are likely; may be empty
  std::string term_new;  // the person's word for what has the change: "bad", "fixed"
  std::string term_old;  // and for what lacks it
  bool by_hand = true;   // else culprit itself tests it on `culprit resume`
  bool checked_out = false;
  std::string again;  // a word on which an answer rests alone, and which is asked again: "good"; else empty
};

// A few lines: the revision, why it is the next one, what is left, what to say of it.
std::string render_next(const NextStep& step, const Style& style);

}  // namespace culprit::output
