// A report is a sequence of headings, stacks and noise. Noise (another CPU's message, a program's output) may
// stand anywhere, so a stack is not ended by a line that is no frame; it is ended by the next heading, by the
// registers of the user-space side, or by what the kernel prints behind a stack. A register dump in front of
// "Call Trace:" gives that stack its first frame; one in the middle marks where an interrupt hit.
#include "console/stack/stack.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/strings.h"
#include "console/stack/frame.h"
#include "console/stack/generic.h"

namespace culprit::console {
namespace {

using model::StackKind;

struct Heading {
  std::string_view text;
  StackKind kind;
  bool at_start;  // the trimmed line begins with it; else it may stand anywhere
};

// Lines after which another stack is meant.
constexpr Heading k_sections[] = {
    {"Allocated by task", StackKind::allocation, true},
    {"allocated by task", StackKind::allocation, true},
    {"Alloc by ", StackKind::allocation, true},
    {"INFO: Allocated in", StackKind::allocation, true},
    {"Allocated in ", StackKind::allocation, true},  // SLUB since 5.13
    {"Uninit was created at", StackKind::allocation, true},
    {"page last allocated via", StackKind::allocation, true},
    {"Allocated:", StackKind::allocation, true},
    {"Freed by task", StackKind::free, true},
    {"freed by task", StackKind::free, true},
    {"INFO: Freed in", StackKind::free, true},
    {"Freed in ", StackKind::free, true},
    {"Freed:", StackKind::free, true},
    {"page last free", StackKind::free, true},
    {"Last potentially related work creation", StackKind::creation, true},
    {"Second to last potentially related", StackKind::creation, true},
    {"Last call_rcu()", StackKind::creation, true},
    {"Uninit was stored to memory at", StackKind::other, true},
    {"-> #", StackKind::dependency, true},
    {"state was registered at", StackKind::dependency, false},
    {"HARDIRQ-ON-", StackKind::dependency, true},
    {"SOFTIRQ-ON-", StackKind::dependency, true},
    {"IN-HARDIRQ-", StackKind::dependency, true},
    {"IN-SOFTIRQ-", StackKind::dependency, true},
    {"INITIAL USE at", StackKind::dependency, true},
    {"INITIAL READ USE at", StackKind::dependency, true},
    {"(detected by", StackKind::crash, true},
    {"NMI backtrace for cpu", StackKind::other_cpu, true},
    {"Task dump for CPU", StackKind::other_cpu, true},
    {"RCU grace-period kthread stack dump", StackKind::other, false},
    {"Stack dump where RCU GP kthread last ran", StackKind::other, false},
    {"Preemption disabled at:", StackKind::other, true},
    {"is trying to release lock", StackKind::lock_taken, false},
    {"... which became", StackKind::dependency, true},
};

// Lines that introduce the frames themselves.
constexpr std::array<std::string_view, 9> k_traces = {
    "Call Trace:",      "Call trace:",  "Backtrace:",    "backtrace:",        "backtrace (crc",
    "stack backtrace:", "Stack Trace:", "[<Backtrace>]", "Kernel call trace:"};

// m68k, MIPS and old kernels print the first frames on the heading's line.
std::string_view behind_heading(std::string_view line) {
  for (const std::string_view t : {"Call Trace:", "Call trace:"}) {
    if (line.starts_with(t)) return line.substr(t.size());
  }
  return {};
}

// Lines behind which no frame of the stack above can follow.
constexpr std::array<std::string_view, 7> k_ends = {"---[ end trace",
                                                    "Memory state around the buggy address",
                                                    "Kernel Offset:",
                                                    "Rebooting in",
                                                    "The buggy address belongs to",
                                                    "Showing all locks held",
                                                    "which lock already depends"};

bool is_trace_heading(std::string_view line) {
  for (const std::string_view t : k_traces) {
    if (line.starts_with(t)) return true;
  }
  return line == "Call Trace" || line == "KDB: stack backtrace:" || line == "Trace:" ||
         line == "Xen call trace:" || line.ends_with("Call Trace:") || line.ends_with("Call trace:");
}

const Heading* section_of(std::string_view line) {
  for (const Heading& h : k_sections) {
    if (h.at_start ? line.starts_with(h.text) : line.find(h.text) != std::string_view::npos) return &h;
  }
  return nullptr;
}

// "task:syz state:R ..." or, before 5.10, "syz-executor0   D23984 10244   4352 0x80000004".
bool is_task_line(std::string_view line) {
  if (line.starts_with("task:") && line.find(" state:") != std::string_view::npos) return true;
  return line.find("  running task  ") != std::string_view::npos;
}

// So many frames, all of them marked, are no leftovers of one that could not be read.
constexpr std::size_t k_guesses = 4;

class Walker {
 public:
  explicit Walker(std::span<const Line> lines) : m_lines(lines) {}

  std::vector<WalkedStack> walk() {
    for (std::size_t i = 0; i < m_lines.size(); ++i) line(i);
    close();
    return std::move(m_stacks);
  }

 private:
  void close() {
    trust_guesses();
    if (m_open && (m_current.headed || !m_current.stack.frames.empty()))
      m_stacks.push_back(std::move(m_current));
    m_current = {};
    m_open = false;
  }

  // x86 without frame pointers and before its unwinders (4.14) could only guess, and marked every frame: such a
  // stack is read as it stands.
  void trust_guesses() {
    std::vector<model::Frame>& frames = m_current.stack.frames;
    if (!m_current.headed || m_current.certain_frames > 0 || frames.size() < k_guesses) return;
    const auto guessed = [](const model::Frame& f) { return f.address != 0 || !f.uncertain; };
    if (!std::ranges::all_of(frames, guessed)) return;
    for (model::Frame& frame : frames) {
      if (!frame.uncertain || frame.function.empty()) continue;
      frame.uncertain = false;
      ++m_current.certain_frames;
    }
  }

  void open(std::size_t index) {
    close();
    m_open = true;
    m_current.first_line = index;
    m_current.answer = m_lines[index].answer;
    m_current.stack.kind = m_kind;
    m_current.stack.heading = m_heading;
  }

  // A heading that says which stack comes next.
  void section(std::size_t index, StackKind kind, std::string_view heading) {
    close();
    m_kind = kind;
    m_heading = heading;
    m_section_line = index;
    m_ended = false;
  }

  void trace_heading(std::size_t index, std::string_view text) {
    const bool continues_registers =
        m_open && !m_current.headed && m_current.program_counter && m_current.certain_frames == 0;
    if (!continues_registers) {
      if (m_kind == StackKind::dependency || m_kind == StackKind::lock_taken ||
          m_kind == StackKind::allocation || m_kind == StackKind::free) {
        section(index, StackKind::crash, {});  // those stacks have no such heading: their end is lost
      }
      const bool empty = m_open && m_current.headed && m_current.certain_frames == 0;
      if (empty && !m_current.stack.heading.starts_with("stack backtrace")) m_current.headed_before = true;
      if (!empty) open(index);
    }
    m_current.headed = true;
    if (m_current.stack.heading.empty()) m_current.stack.heading = text;
    if (text.starts_with("stack backtrace")) {
      m_current.stack.kind = m_kind = StackKind::crash;
      m_current.stack.heading = text;
    }
    m_ended = false;
  }

  void program_counter(std::size_t index, model::Frame frame) {
    if (m_ended) return;
    if (m_open && m_current.certain_frames > 0) {
      m_current.interrupted_at = m_current.stack.frames.size();
      m_current.stack.frames.push_back(std::move(frame));
      return;
    }
    // "RIP: 0010:inlined file:1 [inline]"
    const bool more = m_open && m_current.program_counter && !m_current.headed;
    if (!more) {
      const bool headed = m_open && m_current.headed;
      open(index);
      m_current.headed = headed;
    }
    m_current.program_counter = true;
    m_current.stack.frames.push_back(std::move(frame));
  }

  // A call through a NULL pointer: the link register says whose, as the caller's caller is the first frame of the
  // stack. (Behind a wild jump it says nothing: that may have been a return.) LoongArch prints it in front of the
  // program counter, the others behind.
  bool jumped_from(std::size_t index, std::string_view body) {
    if (is_null_counter(body))
      m_jumped = true;
    else if (auto frame = parse_link_register(body))
      m_link = std::move(frame);
    else
      return false;
    if (!m_jumped || !m_link || (m_open && m_current.certain_frames > 0)) return false;
    program_counter(index, std::move(*m_link));
    m_jumped = false;
    m_link.reset();
    return true;
  }

  void line(std::size_t index) {
    const std::string_view body = m_lines[index].body;
    if (body.size() < 3) return;
    if (const std::size_t n = parse_kernel_frame(body, m_frames); n > 0) {
      frames(index);
      m_frames.clear();
      return;
    }
    m_frames.clear();
    const std::string_view text = base::trim(without_hypervisor(body));
    if (text.empty()) return;
    if (is_trace_heading(text)) {
      trace_heading(index, text);
      if (parse_kernel_frame(behind_heading(text), m_frames) > 0) frames(index);
      m_frames.clear();
      return;
    }
    if (is_user_program_counter(body)) {
      close();
      m_ended = true;
      return;
    }
    if (auto frame = parse_program_counter(body)) {
      m_jumped = false;
      m_link.reset();
      return program_counter(index, std::move(*frame));
    }
    if (jumped_from(index, body)) return;
    if (text.starts_with("</TASK>")) return close();
    if (const Heading* h = section_of(text)) return section(index, h->kind, text);
    if (m_kind != StackKind::other_cpu && m_kind != StackKind::crash && text.starts_with("CPU: ") &&
        text.find(" Comm: ") != std::string_view::npos) {
      return section(index, StackKind::crash, {});
    }
    if (is_task_line(text)) return section(index, StackKind::hung_task, text);
    for (const std::string_view end : k_ends) {
      if (text.starts_with(end)) {
        close();
        m_kind = StackKind::crash;
        m_heading.clear();
        m_ended = text.starts_with("---[");
        return;
      }
    }
    if (m_open && m_current.headed && m_current.certain_frames == 0) ++m_current.unread;
  }

  // A return address at a function's first byte is behind a call that never returns: the last instruction of
  // the function in front of it. The program counter's own frame may well stand there.
  bool behind_its_function(const model::Frame& frame) const {
    if (frame.offset != 0 || frame.size == 0 || frame.inlined) return false;
    return m_open && m_current.certain_frames > 0 && m_current.headed;
  }

  void frames(std::size_t index) {
    if (!m_open) open(index);
    for (model::Frame& frame : m_frames) {
      if (behind_its_function(frame)) frame.uncertain = true;
      if (!frame.uncertain && !frame.function.empty()) ++m_current.certain_frames;
      // The stack often begins with the function of the register dump above it.
      std::vector<model::Frame>& all = m_current.stack.frames;
      if (m_current.program_counter && all.size() == 1 && !frame.uncertain &&
          all[0].function == frame.function && all[0].offset == frame.offset) {
        continue;
      }
      all.push_back(std::move(frame));
    }
  }

  std::span<const Line> m_lines;
  std::vector<WalkedStack> m_stacks;
  std::vector<model::Frame> m_frames;  // of the line at hand
  WalkedStack m_current;
  bool m_open = false;
  bool m_jumped = false;               // the last program counter is NULL
  std::optional<model::Frame> m_link;  // the last link register since the last program counter
  bool m_ended = false;                // behind the last register dump that means the stack at hand
  StackKind m_kind = StackKind::crash;
  std::string m_heading;
  std::size_t m_section_line = 0;
};

}  // namespace

std::vector<WalkedStack> walk_stacks(std::span<const Line> lines) { return Walker(lines).walk(); }

}  // namespace culprit::console
