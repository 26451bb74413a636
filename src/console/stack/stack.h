// The stacks of a report: which lines belong to which, and what each of them is.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "console/text/line.h"
#include "model/run/report.h"

namespace culprit::console {

// A stack and what only its lines say.
struct WalkedStack {
  model::Stack stack;
  std::size_t first_line = 0;      // index of its heading or first frame in the lines walked
  bool program_counter = false;    // its first frame is from a register dump, not from the stack
  bool answer = false;             // printed by another context than the report
  bool headed_before = false;      // and so does one more in front of it, with no frame between them
  bool headed = false;             // a line "Call Trace:" or the like introduces it
  std::size_t unread = 0;          // lines between its heading and its first frame that are nothing known
  std::size_t interrupted_at = 0;  // index of the first frame below an interrupt; 0 where there is none
  // Frames with a function that are not marked "?", program counters not counted.
  std::size_t certain_frames = 0;
};

// Walks the lines of one report (of one context where contexts are known) from its head on.
std::vector<WalkedStack> walk_stacks(std::span<const Line> lines);

}  // namespace culprit::console
