// Stacks of user-space processes as values, and the text in which a console has them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace culprit::run {

struct StackFrame {
  std::string function;       // demangled; empty where no symbol is known
  std::string file;           // as the debug information has it; empty where it has none
  int line = 0;               // 1-based; 0 where unknown
  std::string module;         // the path of the program or library; empty where the address is in none
  std::uint64_t address = 0;  // in the process
  std::uint64_t offset = 0;   // in the module, as its file counts
};

struct ThreadStack {
  pid_t tid = 0;
  std::string name;
  std::vector<StackFrame> frames;  // innermost first; inlined calls are frames of their own
  bool in_handler = false;         // of a signal: `frames` begin where that hit it
  bool running = false;            // it was not waiting for anything
  std::optional<pid_t> lock_of{};  // it waits for a lock that this thread holds
};

// Why somebody looked.
enum class StackOf { death, handled, hang, deadlock };

struct ProcessStacks {
  StackOf of = StackOf::death;
  pid_t pid = 0;
  std::string program;                           // its name, without the folder
  int signal = 0;                                // of a death, or that a handler caught; 0: none
  std::optional<std::uint64_t> fault_address{};  // where the signal came of an access
  std::size_t memory = 0;                        // bytes resident when it was looked at; 0: of no interest
  std::vector<ThreadStack> threads;              // the one that tells most first
};

// Does any thread have a frame?
bool has_frames(const ProcessStacks& stacks);

// The lines in which a console has them, and from which console/rules reads them again:
//   [culprit] stack of prog[12], which died of SIGSEGV at address 0x0:
//   #0 0x55d0c1a2b139 in parse_line /src/parse.c:12 (/src/prog+0x1139)
//   [culprit] thread 13 worker:
//   ...
std::string text_of(const ProcessStacks& stacks);

}  // namespace culprit::run
