// Where the processes of a run are that does not end.
#pragma once

#include <sys/types.h>

#include <string>

namespace culprit::run {

// The stacks of the process below `root` that tells most, as text_of gives them; where there are none, a line that says
// why. Blocks for some seconds at most. The processes go on behind it.
std::string stacks_of_tree(pid_t root);

}  // namespace culprit::run
