// The validator prints a lock as "ffff8881 (class){+.+.}-{3:3}, at: function+0x1/0x2", the address missing
// before 4.17 and the wait types before 5.7. A class is a C expression with its own parentheses and brackets
// ("(&(&zone->lock)->rlock", "&mm->mmap_lock#2/1", "(work_completion)(&data->work)"), so it ends at the last
// ")" in front of the "{" with the usage marks.
#include "console/details.h"

#include <algorithm>
#include <charconv>

#include "base/strings.h"
#include "console/stack/frame.h"

namespace culprit::console {
namespace {

using model::HeldLock;
using model::LockdepInfo;
using model::LockdepKind;

template <class Number>
bool number(std::string_view s, Number* value, int base = 10) {
  return std::from_chars(s.data(), s.data() + s.size(), *value, base).ec == std::errc{};
}

// What follows `mark` in `line`, or nothing.
std::optional<std::string_view> after(std::string_view line, std::string_view mark) {
  const std::size_t at = line.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  return line.substr(at + mark.size());
}

std::string_view word(std::string_view s) { return s.substr(0, s.find_first_of(" \t")); }

// "name/123" or "name:123": the number is behind the last separator.
bool split_task(std::string_view s, char separator, model::CrashReport& report) {
  const std::size_t at = s.rfind(separator);
  std::int64_t pid = 0;
  if (at == std::string_view::npos || at == 0 || !number(s.substr(at + 1), &pid)) return false;
  report.task = s.substr(0, at);
  report.pid = pid;
  return true;
}

// "CPU: 1 PID: 412 Comm: ring-test Not tainted ..."; until 3.10 "Pid: 412, comm: ring-test Not tainted ...".
bool has_dump_line(std::string_view body, model::CrashReport& report) {
  const std::size_t at = body.find("CPU: ");
  auto comm = after(body, " Comm: ");
  auto pid = after(body, " PID: ");
  if (at != std::string_view::npos && comm && pid) {
    number(body.substr(at + 5), &report.cpu);
  } else {
    comm = after(body, ", comm: ");
    if (!comm || !body.starts_with("Pid: ")) return false;
    pid = body.substr(5);
  }
  number(*pid, &report.pid);
  std::string_view name = *comm;
  for (const std::string_view stop : {" Not tainted", " Tainted:", " Kdump:", " xid:"})
    name = name.substr(0, name.find(stop));
  report.task = base::trim(name);
  return true;
}

// The task that a line other than the dump line names, and the CPU.
void name_task(std::string_view body, model::CrashReport& report) {
  if (const auto task = after(body, "INFO: task ")) {
    const std::size_t end = std::min(task->find(" blocked "), task->find(" can't die"));
    if (end != std::string_view::npos) split_task(task->substr(0, end), ':', report);
    return;
  }
  if (const auto lockup = after(body, "soft lockup - CPU#")) {
    number(*lockup, &report.cpu);
    if (const auto open = after(*lockup, "! [")) split_task(open->substr(0, open->find(']')), ':', report);
    return;
  }
  if (const auto cpu = after(body, "WARNING: CPU: ")) {
    number(*cpu, &report.cpu);
    return;
  }
  if (const auto cpu = after(body, ", CPU#")) {  // "WARNING: file:1 at func+0x1/0x2, CPU#0: task/1"
    number(*cpu, &report.cpu);
    if (const auto task = after(*cpu, ": ")) split_task(base::trim(*task), '/', report);
    return;
  }
  if (const auto by = after(body, " by task ")) {
    split_task(word(*by), '/', report);
    return;
  }
  for (const std::string_view verb :
       {" is leaving the kernel", " is trying to ", " is freeing memory", " takes:"}) {
    const std::size_t at = body.find(verb);
    if (at == std::string_view::npos) continue;
    std::string_view name = body.substr(0, at);
    if (const std::size_t state = name.find(" [HC"); state != std::string_view::npos)
      name = name.substr(0, state);
    split_task(base::trim(name), '/', report);
    return;
  }
}

// "(class){usage}" in a line, or nothing. The class is without its outer parentheses.
std::optional<std::string_view> lock_class(std::string_view body) {
  const std::size_t usage = body.find("){");
  std::size_t end = usage;
  if (end == std::string_view::npos) {
    const std::size_t at = body.find("), at: ");
    end = at;
  }
  if (end == std::string_view::npos) return std::nullopt;
  // Back to the parenthesis that closes here.
  int depth = 0;
  for (std::size_t i = end + 1; i-- > 0;) {
    if (body[i] == ')') ++depth;
    if (body[i] == '(' && --depth == 0) {
      // "(work_completion)(&x)": the class is made of two groups.
      std::size_t begin = i;
      if (begin > 0 && body[begin - 1] == ')') {
        int d = 0;
        for (std::size_t j = begin; j-- > 0;) {
          if (body[j] == ')') ++d;
          if (body[j] == '(' && --d == 0) {
            begin = j;
            break;
          }
        }
      }
      return body.substr(begin + 1, end - begin - 1);
    }
  }
  return std::nullopt;
}

// The function behind ", at: ".
model::Frame taken_at(std::string_view body) {
  const auto at = after(body, ", at: ");
  if (!at) return {};
  std::vector<model::Frame> frames;
  std::string text = " ";
  text += *at;
  parse_kernel_frame(text, frames);
  return frames.empty() ? model::Frame{} : frames.front();
}

void add_class(LockdepInfo& info, std::string_view name) {
  if (!name.empty() && std::ranges::find(info.classes, name) == info.classes.end()) {
    info.classes.emplace_back(name);
  }
}

}  // namespace

void read_task(std::span<const Line> lines, model::CrashReport& report) {
  for (const Line& line : lines) {
    const std::string_view body = line.body;
    if (report.task.empty()) name_task(body, report);
    model::CrashReport dumped;
    if (!has_dump_line(body, dumped)) continue;
    // A watchdog's own dump line may follow a head that names the task it is about.
    if (report.pid < 0 || report.pid == dumped.pid) {
      report.task = dumped.task;
      report.pid = dumped.pid;
      report.cpu = dumped.cpu;
    }
    return;
  }
}

std::int64_t program_pid(std::span<const Line> lines) {
  for (const Line& line : lines.subspan(0, std::min<std::size_t>(lines.size(), 10))) {
    std::int64_t pid = -1;
    if (line.body.starts_with("==") && number(line.body.substr(2), &pid)) return pid;
    if (const auto at = after(line.body, "(pid="); at && number(*at, &pid)) return pid;
  }
  return -1;
}

std::int64_t named_pid(std::span<const Line> lines) {
  model::CrashReport scratch;
  for (const Line& line : lines.subspan(0, std::min<std::size_t>(lines.size(), 40))) {
    const std::string_view body = line.body;
    std::int64_t pid = -1;
    if (const auto at = after(body, "WARNING: CPU: ")) {
      if (const auto p = after(*at, " PID: "); p && number(*p, &pid)) return pid;
    }
    for (const std::string_view mark : {" by task ", "locks held by ", "lock held by ", "code: "}) {
      if (const auto at = after(body, mark);
          at && split_task(word(*at).substr(0, word(*at).find_last_not_of(':') + 1), '/', scratch)) {
        return scratch.pid;
      }
    }
  }
  return -1;
}

std::int64_t dumped_pid(std::span<const Line> lines) {
  model::CrashReport scratch;
  for (const Line& line : lines) {
    if (!line.body.starts_with("WARNING") && has_dump_line(line.body, scratch)) return scratch.pid;
  }
  return -1;
}

std::size_t dump_line_of(std::span<const Line> lines, std::int64_t pid) {
  model::CrashReport scratch;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view body = lines[i].body;
    if (!body.starts_with("WARNING") && has_dump_line(body, scratch) && scratch.pid == pid) return i;
  }
  return std::string_view::npos;
}

bool dumps_two_tasks(std::span<const Line> lines) {
  model::CrashReport scratch;
  std::int64_t first = -1;
  for (const Line& line : lines) {
    if (line.body.starts_with("WARNING") || !has_dump_line(line.body, scratch)) continue;
    if (first >= 0 && scratch.pid != first) return true;
    first = scratch.pid;
  }
  return false;
}

std::string lock_site(std::span<const Line> lines, Families generic) {
  std::string passing;  // the first site that is the scheduler's: it takes locks of its own
  std::string held;  // the first of the list of held locks: another matter, where the report names its lock
  bool named = false;
  for (const Line& line : lines) {
    const std::string_view text = base::trim(line.body);
    if (text.starts_with("stack backtrace:")) break;
    const model::Frame frame = taken_at(text);
    if (frame.function.empty()) continue;
    const Families families = families_of(frame.function);
    const bool explains = (families & generic) == 0 || (families & k_named) != 0;
    if (text.starts_with('#')) {
      if (explains && held.empty()) held = base_name(frame.function);
      continue;
    }
    named = true;
    if (explains) return std::string(base_name(frame.function));
    if (passing.empty() && (families & ~(k_scheduling | k_waiting | k_shared)) == 0)
      passing = base_name(frame.function);
  }
  return named ? passing : held;
}

std::optional<model::BadAccess> read_access(std::span<const Line> lines) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view body = lines[i].body;
    const bool read = body.starts_with("Read ") || body.starts_with("READ ") || body.starts_with("read to ");
    const bool write = body.starts_with("Write ") || body.starts_with("WRITE ") ||
                       body.starts_with("write to ") || body.starts_with("read-write to ");
    const bool race =
        body.starts_with("read to ") || body.starts_with("write to ") || body.starts_with("read-write to ");
    const auto kfence = after(body, "BUG: KFENCE: ");
    model::BadAccess access;
    if (read || write) {
      access.is_write = write;
      if (const auto size = after(body, race ? " of " : "of size ")) number(*size, &access.size);
      auto address = after(body, race ? "to 0x" : "at addr ");
      if (!address) address = after(body, "at address ");
      if (!address) address = after(body, " at 0x");
      if (address) number(address->starts_with("0x") ? address->substr(2) : *address, &access.address, 16);
      if (!address && !after(body, "of size ")) continue;
    } else if (kfence) {
      access.is_write = kfence->find(" write ") != std::string_view::npos;
      for (std::size_t j = i + 1; j < std::min(lines.size(), i + 6); ++j) {
        if (const auto at = after(lines[j].body, " at 0x")) {
          number(*at, &access.address, 16);
          break;
        }
      }
    } else {
      continue;
    }
    for (std::size_t j = i; j < lines.size(); ++j) {
      const std::string_view b = lines[j].body;
      if (const auto cache = after(b, "which belongs to the cache ")) {
        access.object = word(*cache);
        break;
      }
      if (b.starts_with("The buggy address belongs to the variable")) {
        access.object = "global";
        break;
      }
      if (b.find("belongs to stack of task") != std::string_view::npos ||
          b.find("is located in stack of task") != std::string_view::npos) {
        access.object = "stack";
        break;
      }
    }
    return access;
  }
  return std::nullopt;
}

LockdepInfo read_lockdep(std::span<const Line> lines, LockdepKind kind) {
  LockdepInfo info;
  info.kind = kind;
  bool expect_class = false;  // the line before announced a lock that the report is about
  bool in_held = false;       // below "2 locks held by"
  for (const Line& line : lines) {
    const std::string_view body = line.body;
    const std::string_view text = base::trim(body);
    if (text.empty()) continue;
    if (text.starts_with("stack backtrace:")) break;
    if (text.starts_with("-> #")) {
      if (const auto name = lock_class(text)) info.chain.emplace_back(*name);
      in_held = expect_class = false;
      continue;
    }
    if (text.find("locks held by ") != std::string_view::npos ||
        text.find("lock held by ") != std::string_view::npos) {
      in_held = true;
      continue;
    }
    if (in_held && text.starts_with('#')) {
      if (const auto name = lock_class(text)) info.held.push_back({std::string(*name), taken_at(text)});
      continue;
    }
    if (const auto name = lock_class(text); name && expect_class) {
      add_class(info, *name);
      expect_class = false;
      continue;
    }
    if (text.find("trying to acquire") != std::string_view::npos ||
        text.find("already holding lock") != std::string_view::npos ||
        text.find("trying to release lock") != std::string_view::npos ||
        text.find("changed the state of lock") != std::string_view::npos ||
        text.find(" takes:") != std::string_view::npos ||
        text.find("is trying to lock") != std::string_view::npos ||
        text.find("is freeing memory") != std::string_view::npos ||
        text.find("but this task is not holding") != std::string_view::npos ||
        text.find("is holding:") != std::string_view::npos ||
        text.find("which would create a new lock dependency") != std::string_view::npos ||
        text.find("and this task is already holding") != std::string_view::npos ||
        text.find("and the lock comes from") != std::string_view::npos) {
      expect_class = true;
      if (const auto open = after(text, "trying to release lock (")) {
        add_class(info, open->substr(0, open->rfind(") at")));
        expect_class = false;
      }
    }
  }
  if (info.classes.empty()) {
    for (const HeldLock& h : info.held) add_class(info, h.lock_class);
  }
  return info;
}

}  // namespace culprit::console
