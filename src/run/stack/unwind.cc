// libdwfl knows how to find the modules of a process or a core, to unwind by their call frame information, and to
// map addresses to functions and lines. What is left to do here is to say where debug information may come from:
// files of this machine only. libdwfl's own search would ask a debuginfod server for each library, which may take
// minutes for what nobody blames.
//
// Rejected: gdb (a quarter of a gigabyte that few test machines have), frame pointers (most distributions' code has
// none), libunwind (a second unwinder, without lines or core files of threads).
#include "run/stack/unwind.h"

#include <cxxabi.h>
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwelf.h>
#include <elfutils/libdwfl.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>

#include "base/files.h"
#include "base/strings.h"
#include "base/unique_fd.h"

namespace culprit::run {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;

// A stack that is deeper is a recursion without end: its innermost frames say which.
constexpr std::size_t k_most_frames = 64;
constexpr std::size_t k_most_threads = 64;
constexpr std::size_t k_siginfo_code = 8, k_siginfo_address = 16;  // siginfo_t, 64-bit, sigaction(2)
constexpr std::uint32_t k_nt_siginfo = 0x53494749;                 // "SIGI", elf.h

// Debug information beside the file, or where distributions put it: by build id, or by the name in .gnu_debuglink.
int find_debug_file(Dwfl_Module* module, void** /*userdata*/, const char* /*name*/, Dwarf_Addr /*base*/,
                    const char* file, const char* link, GElf_Word /*crc*/, char** found) {
  std::vector<std::string> places;
  const unsigned char* id = nullptr;
  GElf_Addr address = 0;
  if (const int size = dwfl_module_build_id(module, &id, &address); size > 1) {
    std::string hex;
    for (const unsigned char byte : std::span(id, static_cast<std::size_t>(size)))
      hex += fmt::format("{:02x}", byte);
    places.push_back(fmt::format("/usr/lib/debug/.build-id/{}/{}.debug", hex.substr(0, 2), hex.substr(2)));
  }
  if (file != nullptr && link != nullptr && *link != 0) {
    const fs::path folder = fs::path(file).parent_path();
    places.push_back((folder / link).string());
    places.push_back((folder / ".debug" / link).string());
    places.push_back("/usr/lib/debug" + (folder / link).string());
  }
  for (const std::string& place : places) {
    const int fd = ::open(place.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) continue;
    *found = ::strdup(place.c_str());
    return fd;
  }
  return -1;
}

int find_elf(Dwfl_Module* module, void** userdata, const char* name, Dwarf_Addr base, char** file,
             Elf** elf) {
  // Of a core: what is mapped has a name; libdwfl's search by build id asks a server, too.
  if (name != nullptr && *name == '/') {
    const int fd = ::open(name, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
      *file = ::strdup(name);
      return fd;
    }
  }
  return dwfl_linux_proc_find_elf(module, userdata, name, base, file, elf);
}

constexpr Dwfl_Callbacks k_callbacks = {.find_elf = find_elf,
                                        .find_debuginfo = find_debug_file,
                                        .section_address = nullptr,
                                        .debuginfo_path = nullptr};

struct EndDwfl {
  void operator()(Dwfl* dwfl) const { dwfl_end(dwfl); }
};
using DwflHandle = std::unique_ptr<Dwfl, EndDwfl>;
struct Free {
  void operator()(void* memory) const { std::free(memory); }
};

std::string dwfl_reason() {
  const char* text = dwfl_errmsg(-1);
  return text != nullptr ? text : "no reason given";
}

std::string demangled(const char* name) {
  std::string out(name);
  if (out.starts_with("_Z")) {
    int status = 0;
    const std::unique_ptr<char, Free> plain(abi::__cxa_demangle(name, nullptr, nullptr, &status));
    if (status == 0 && plain) out = plain.get();
    // Rust's hash: "app::use::h0123456789abcdef".
    if (const std::size_t hash = out.rfind("::h"); hash != std::string::npos && out.size() - hash == 19)
      out.resize(hash);
  }
  if (const std::size_t version = out.find('@'); version != std::string::npos && version > 0)
    out.resize(version);
  return out;
}

std::string name_of(Dwarf_Die* die) {
  Dwarf_Attribute attribute;
  for (const unsigned which : {static_cast<unsigned>(DW_AT_linkage_name), static_cast<unsigned>(DW_AT_name)})
    if (const char* text = dwarf_formstring(dwarf_attr_integrate(die, which, &attribute)))
      return demangled(text);
  return {};
}

bool is_function(Dwarf_Die* die) {
  const int tag = dwarf_tag(die);
  return tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine;
}

int number_of(Dwarf_Die* die, unsigned which) {
  Dwarf_Attribute attribute;
  Dwarf_Word value = 0;
  return dwarf_formudata(dwarf_attr(die, which, &attribute), &value) == 0 ? static_cast<int>(value) : 0;
}

// The name of the file that entry `index` of the unit's line table has.
std::string file_name(Dwarf_Die* unit, int index) {
  Dwarf_Files* files = nullptr;
  std::size_t count = 0;
  if (dwarf_getsrcfiles(unit, &files, &count) != 0) return {};
  const char* name = dwarf_filesrc(files, static_cast<std::size_t>(index), nullptr, nullptr);
  return name != nullptr ? name : "";
}

// The frames of one address: what is inlined there, innermost first, then the function itself.
class Lookup {
 public:
  Lookup(Dwfl* dwfl, Deadline until) : m_dwfl(dwfl), m_until(until) {}

  // `pc` is of an instruction within the call.
  void append(Dwarf_Addr pc, std::uint64_t shown, std::vector<StackFrame>& frames) const {
    StackFrame frame{.address = shown};
    Dwfl_Module* module = dwfl_addrmodule(m_dwfl, pc);
    if (module == nullptr || std::chrono::steady_clock::now() >= m_until) {
      frames.push_back(std::move(frame));
      return;
    }
    Dwarf_Addr start = 0;
    const char* file = nullptr;
    const char* name = dwfl_module_info(module, nullptr, &start, nullptr, nullptr, nullptr, &file, nullptr);
    frame.module = file != nullptr && *file != 0 ? file : name != nullptr ? name : "";
    frame.offset = shown - start;
    GElf_Off offset = 0;
    GElf_Sym symbol;
    if (const char* function = dwfl_module_addrinfo(module, pc, &offset, &symbol, nullptr, nullptr, nullptr))
      frame.function = demangled(function);
    if (Dwfl_Line* line = dwfl_module_getsrc(module, pc)) {
      int number = 0;
      if (const char* source = dwfl_lineinfo(line, nullptr, &number, nullptr, nullptr, nullptr)) {
        frame.file = source;
        frame.line = number;
      }
    }
    append_inlined(module, pc, std::move(frame), frames);
  }

 private:
  static void append_inlined(Dwfl_Module* module, Dwarf_Addr pc, StackFrame frame,
                             std::vector<StackFrame>& frames) {
    Dwarf_Addr bias = 0;
    Dwarf_Die* unit = dwfl_module_addrdie(module, pc, &bias);
    Dwarf_Die* scopes = nullptr;
    const int count = unit != nullptr ? dwarf_getscopes(unit, pc - bias, &scopes) : 0;
    const std::unique_ptr<Dwarf_Die, Free> owned(count > 0 ? scopes : nullptr);
    int innermost = 0;
    while (innermost < count && !is_function(&scopes[innermost])) ++innermost;
    if (innermost >= count) {
      frames.push_back(std::move(frame));
      return;
    }
    Dwarf_Die* chain = nullptr;
    const int depth = dwarf_getscopes_die(&scopes[innermost], &chain);
    const std::unique_ptr<Dwarf_Die, Free> owned_chain(depth > 0 ? chain : nullptr);
    for (int i = 0; i < depth; ++i) {
      if (!is_function(&chain[i])) continue;
      const bool inlined = dwarf_tag(&chain[i]) == DW_TAG_inlined_subroutine;
      StackFrame here = frame;
      // A function's own symbol may have a suffix that another compiler does not give.
      if (const std::string name = name_of(&chain[i]); !name.empty()) here.function = name;
      frames.push_back(std::move(here));
      if (!inlined) return;
      frame.line = number_of(&chain[i], DW_AT_call_line);
      frame.file = file_name(unit, number_of(&chain[i], DW_AT_call_file));
    }
    if (depth <= 0) frames.push_back(std::move(frame));
  }

  Dwfl* m_dwfl;
  Deadline m_until;
};

struct Walk {
  const Lookup& lookup;
  std::vector<ThreadStack>& threads;
  pid_t past_handler;  // of this thread, what a signal's handler did is left out
};
struct ThreadWalk {
  const Walk& walk;
  ThreadStack& stack;
};

int on_frame(Dwfl_Frame* state, void* argument) {
  auto& [walk, stack] = *static_cast<ThreadWalk*>(argument);
  Dwarf_Addr pc = 0;
  bool at_instruction = false;  // the innermost frame, and what a signal interrupted: not behind a call
  if (!dwfl_frame_pc(state, &pc, &at_instruction)) return DWARF_CB_ABORT;
  if (pc == 0 && !stack.frames.empty()) return DWARF_CB_ABORT;
  if (at_instruction && stack.tid == walk.past_handler && !stack.frames.empty()) {
    stack.frames.clear();
    stack.in_handler = true;
  }
  walk.lookup.append(at_instruction ? pc : pc - 1, pc, stack.frames);
  return stack.frames.size() < k_most_frames ? DWARF_CB_OK : DWARF_CB_ABORT;
}

int on_thread(Dwfl_Thread* thread, void* argument) {
  Walk& walk = *static_cast<Walk*>(argument);
  ThreadStack stack{.tid = dwfl_thread_tid(thread)};
  ThreadWalk of_thread{walk, stack};
  dwfl_thread_getframes(thread, on_frame, &of_thread);  // an end that it does not like is an end all the same
  walk.threads.push_back(std::move(stack));
  return walk.threads.size() < k_most_threads ? DWARF_CB_OK : DWARF_CB_ABORT;
}

std::string thread_name(pid_t pid, pid_t tid) {
  auto text = base::read_file(fmt::format("/proc/{}/task/{}/comm", pid, tid));
  return text ? std::string(base::trim(*text)) : std::string();
}

// Of the notes of a core file: the signal, and the address of the access that it came of.
void read_siginfo(Elf* core, ProcessStacks& out) {
  std::size_t count = 0;
  if (elf_getphdrnum(core, &count) != 0) return;
  for (std::size_t i = 0; i < count; ++i) {
    GElf_Phdr header;
    if (gelf_getphdr(core, static_cast<int>(i), &header) == nullptr || header.p_type != PT_NOTE) continue;
    Elf_Data* data =
        elf_getdata_rawchunk(core, static_cast<std::int64_t>(header.p_offset), header.p_filesz, ELF_T_NHDR);
    GElf_Nhdr note;
    std::size_t at = 0, name = 0, desc = 0;
    while (data != nullptr && (at = gelf_getnote(data, at, &note, &name, &desc)) > 0) {
      const char* body = static_cast<const char*>(data->d_buf) + desc;
      if (note.n_type == NT_PRPSINFO && note.n_descsz >= sizeof(std::uint64_t) * 17)
        out.program = std::string(body + 40, ::strnlen(body + 40, 16));  // pr_fname, 64-bit elf_prpsinfo
      if (note.n_type != k_nt_siginfo || note.n_descsz < k_siginfo_address + sizeof(std::uint64_t)) continue;
      std::int32_t signal = 0, code = 0;
      std::uint64_t address = 0;
      std::memcpy(&signal, body, sizeof signal);
      std::memcpy(&code, body + k_siginfo_code, sizeof code);
      std::memcpy(&address, body + k_siginfo_address, sizeof address);
      out.signal = signal;
      if (code > 0 && (signal == SIGSEGV || signal == SIGBUS)) out.fault_address = address;
    }
  }
}

}  // namespace

base::Result<ProcessStacks> stacks_of_stopped(pid_t pid, pid_t first, bool past_handler, Deadline until) {
  ProcessStacks out{.pid = pid, .program = thread_name(pid, pid)};
  const DwflHandle dwfl(dwfl_begin(&k_callbacks));
  if (!dwfl) return base::fail(ErrorKind::infra, "cannot read stacks: " + dwfl_reason());
  if (const int error = dwfl_linux_proc_report(dwfl.get(), pid); error != 0)
    return base::fail(ErrorKind::infra,
                      fmt::format("cannot read what process {} has mapped: {}", pid,
                                  error > 0 ? std::strerror(error) : dwfl_reason().c_str()));
  dwfl_report_end(dwfl.get(), nullptr, nullptr);
  if (const int error = dwfl_linux_proc_attach(dwfl.get(), pid, true); error != 0)
    return base::fail(ErrorKind::infra,
                      fmt::format("cannot read process {}: {}", pid,
                                  error > 0 ? std::strerror(error) : dwfl_reason().c_str()));
  const Lookup lookup(dwfl.get(), until);
  Walk walk{lookup, out.threads, past_handler ? first : -1};
  dwfl_getthreads(dwfl.get(), on_thread, &walk);
  for (ThreadStack& thread : out.threads) thread.name = thread_name(pid, thread.tid);
  std::ranges::stable_partition(out.threads, [&](const ThreadStack& t) { return t.tid == first; });
  return out;
}

base::Result<ProcessStacks> stacks_of_core(const fs::path& path, Deadline until) {
  const auto bad = [&](const std::string& why) {
    return base::fail(ErrorKind::infra, fmt::format("cannot read the core file {}: {}", path.string(), why));
  };
  elf_version(EV_CURRENT);
  const base::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return bad(std::strerror(errno));
  struct EndElf {
    void operator()(Elf* elf) const { elf_end(elf); }
  };
  const std::unique_ptr<Elf, EndElf> core(elf_begin(fd.get(), ELF_C_READ_MMAP, nullptr));
  GElf_Ehdr header;
  if (!core || gelf_getehdr(core.get(), &header) == nullptr || header.e_type != ET_CORE)
    return bad("it is none");
  ProcessStacks out;
  const DwflHandle dwfl(dwfl_begin(&k_callbacks));
  if (!dwfl || dwfl_core_file_report(dwfl.get(), core.get(), nullptr) < 0) return bad(dwfl_reason());
  dwfl_report_end(dwfl.get(), nullptr, nullptr);
  if (dwfl_core_file_attach(dwfl.get(), core.get()) < 0) return bad(dwfl_reason());
  out.pid = dwfl_pid(dwfl.get());
  read_siginfo(core.get(), out);
  const Lookup lookup(dwfl.get(), until);
  Walk walk{lookup, out.threads, -1};
  dwfl_getthreads(dwfl.get(), on_thread, &walk);  // the one that got the signal comes first
  return out;
}

}  // namespace culprit::run
