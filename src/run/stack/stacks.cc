#include "run/stack/stacks.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "model/run/process_verdict.h"

namespace culprit::run {
namespace {

std::string ended(const ProcessStacks& stacks) {
  const std::string signal = model::signal_name(stacks.signal);
  switch (stacks.of) {
    case StackOf::death:
      return stacks.signal == 0 ? "which died" : "which died of " + signal;
    case StackOf::handled:
      return fmt::format("which ended in its handler of {}", signal);
    case StackOf::hang:
      return "which did not end";
    case StackOf::deadlock:
      return "whose threads wait for each other's locks";
  }
  return {};
}

void append_frames(const ThreadStack& thread, std::string& out) {
  for (std::size_t i = 0; i < thread.frames.size(); ++i) {
    const StackFrame& f = thread.frames[i];
    out += fmt::format("#{} 0x{:x}", i, f.address);
    if (!f.function.empty()) out += " in " + f.function;
    if (!f.file.empty()) out += fmt::format(" {}:{}", f.file, f.line);
    if (!f.module.empty()) out += fmt::format(" ({}+0x{:x})", f.module, f.offset);
    out += '\n';
  }
}

// "thread 13 worker, waits for a lock that thread 12 holds".
std::string told(const ThreadStack& thread) {
  std::string out = fmt::format("thread {} {}", thread.tid, thread.name);
  if (thread.lock_of) out += fmt::format(", waits for a lock that thread {} holds", *thread.lock_of);
  return out;
}

}  // namespace

bool has_frames(const ProcessStacks& stacks) {
  return std::ranges::any_of(stacks.threads, [](const ThreadStack& t) { return !t.frames.empty(); });
}

std::string text_of(const ProcessStacks& stacks) {
  std::string out = fmt::format("[culprit] stack of {}[{}], {}", stacks.program, stacks.pid, ended(stacks));
  if (stacks.fault_address) out += fmt::format(" at address 0x{:x}", *stacks.fault_address);
  if (stacks.memory > 0) out += fmt::format(" and held {} MiB here", stacks.memory >> 20);
  out += ":\n";
  bool first = true;
  for (const ThreadStack& thread : stacks.threads) {
    if (thread.frames.empty()) continue;
    // The words say what the stack is to the report: see console/stack/program_stack.cc.
    const bool other_side = stacks.of == StackOf::deadlock && &thread == &stacks.threads[1];
    if (stacks.threads.size() > 1)
      out += fmt::format("[culprit] {}{}:\n",
                         first        ? "in "
                         : other_side ? "other side, "
                                      : "beside it, ",
                         told(thread));
    append_frames(thread, out);
    first = false;
  }
  return out;
}

}  // namespace culprit::run
