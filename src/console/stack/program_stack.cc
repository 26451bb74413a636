// Each tool has a shape of its own, but a line tells which by how it starts:
//   #0 0x4f5a3b in            sanitizers, gdb
//   ==12==    at 0x1091A9:    valgrind
//      4: app::use            Rust; the place on the next line
//   main.use(...)             Go; the place on the next line after a tab
//   ./prog(use+0x15)[0x4005]  glibc
#include "console/stack/program_stack.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>

#include "base/strings.h"
#include "console/stack/generic.h"
#include "console/stack/managed_frames.h"
#include "console/text/rust_names.h"

namespace culprit::console {
namespace {

using model::Frame;
using model::StackKind;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t digits(std::string_view s) {
  std::size_t n = 0;
  while (n < s.size() && is_digit(s[n])) ++n;
  return n;
}

// Takes "0x12ab" and the blanks behind it.
bool take_address(std::string_view& s, std::uint64_t* address) {
  if (!s.starts_with("0x") && !s.starts_with("0X")) return false;
  const auto [end, error] = std::from_chars(s.data() + 2, s.data() + s.size(), *address, 16);
  if (error != std::errc{}) return false;
  s.remove_prefix(static_cast<std::size_t>(end - s.data()));
  s = base::trim(s);
  return true;
}

// Where a function's name ends and its place begins: at the last blank that is outside of brackets and
// followed by a path.
void take_function_and_place(std::string_view rest, Frame& frame) {
  if (rest.ends_with(')')) {  // "(/lib/libc.so.6+0x29d90)", "(BuildId: ...)", "(prog+0x12)": a module
    const std::size_t open = rest.rfind(" (");
    if (open != std::string_view::npos) {
      const std::string_view inside = rest.substr(open + 2, rest.size() - open - 3);
      const bool build_id = inside.starts_with("BuildId");
      const std::size_t plus = std::min(inside.rfind("+0x"), inside.rfind(" + 0x"));
      if (build_id || plus != std::string_view::npos) {
        if (!build_id) frame.module = inside.substr(0, plus);
        return take_function_and_place(base::trim(rest.substr(0, open)), frame);
      }
    }
    if (rest.front() == '(') {
      const std::size_t plus = rest.rfind("+0x");
      if (plus != std::string_view::npos) frame.module = rest.substr(1, plus - 1);
      return;
    }
  }
  if (rest.ends_with(" <null>")) rest.remove_suffix(7);
  int depth = 0;
  for (std::size_t i = rest.size(); i-- > 0;) {
    const char c = rest[i];
    if (c == ')' || c == '>' || c == ']') ++depth;
    if (c == '(' || c == '<' || c == '[') --depth;
    if (c != ' ' || depth > 0) continue;
    Frame place;
    if (take_place(rest.substr(i + 1), place)) {
      frame.file = place.file;
      frame.line = place.line;
      take_function_and_place(base::trim(rest.substr(0, i)), frame);
      return;
    }
    break;
  }
  frame.function = without_arguments(rest);
  // Without symbols the tools print a library, a source file or a mark in the function's place.
  if (frame.function == "<null>" || frame.function.contains(".S:")) frame.function.clear();
  if (const std::size_t so = frame.function.rfind(".so");
      so != std::string::npos && so > 0 &&
      frame.function.find_first_not_of("0123456789.", so + 3) == std::string::npos) {
    frame.module = frame.function;
    frame.function.clear();
  }
}

// "#0 0x4f5a3b in use /src/ring.c:42:7", "#0 use(int*) /src/ring.c:42 (prog+0x12)", gdb's "#1  0x55 in use
// (a=1) at ring.c:42".
std::optional<Frame> parse_numbered(std::string_view body) {
  std::string_view s = base::trim(body);
  if (!s.starts_with('#')) return std::nullopt;
  s.remove_prefix(1);
  const std::size_t n = digits(s);
  if (n == 0 || n > 4 || n >= s.size() || s[n] != ' ') return std::nullopt;
  s = base::trim(s.substr(n));
  Frame frame;
  take_address(s, &frame.address);
  if (s.starts_with("in ")) s = base::trim(s.substr(3));
  if (const std::size_t at = s.rfind(") at "); at != std::string_view::npos) {  // gdb
    Frame place;
    if (take_place(s.substr(at + 5), place)) {
      frame.file = place.file;
      frame.line = place.line;
      const std::size_t open = s.find(" (");
      frame.function = s.substr(0, open);
      return frame;
    }
  }
  if (const std::size_t from = s.rfind(") from "); from != std::string_view::npos) {
    frame.module = s.substr(from + 7);
    frame.function = s.substr(0, s.find(" ("));
    return frame;
  }
  if (s.empty()) return std::nullopt;
  take_function_and_place(s, frame);
  return frame;
}

// "    @     0x7f3d2a3c21ed  depot::Service::Write()": glog, Abseil.
std::optional<Frame> parse_glog(std::string_view body) {
  std::string_view s = base::trim(body);
  if (s.starts_with("PC: ")) s.remove_prefix(4);
  if (!s.starts_with("@ ")) return std::nullopt;
  s = base::trim(s.substr(1));
  Frame frame;
  if (!take_address(s, &frame.address) || s.empty()) return std::nullopt;
  const std::size_t size = digits(s);  // Abseil: of the frame, or that it is not known
  if (size > 0 && size < s.size() && s[size] == ' ') s = base::trim(s.substr(size));
  if (s.starts_with("(unknown) ")) s = base::trim(s.substr(10));
  if (s != "(unknown)") frame.function = without_arguments(s);
  return frame;
}

// "  * frame #0: 0x0000555555555 dnsd`parse_zone(z=0x0) at zone.c:42:12": lldb.
std::optional<Frame> parse_lldb(std::string_view body) {
  std::string_view s = base::trim(body);
  if (s.starts_with("* ")) s = base::trim(s.substr(2));
  if (!s.starts_with("frame #")) return std::nullopt;
  const std::size_t colon = s.find(": ");
  if (colon == std::string_view::npos) return std::nullopt;
  s = base::trim(s.substr(colon + 2));
  Frame frame;
  take_address(s, &frame.address);
  if (const std::size_t tick = s.find('`'); tick != std::string_view::npos) {
    frame.module = s.substr(0, tick);
    s.remove_prefix(tick + 1);
  }
  if (const std::size_t at = s.rfind(" at ");
      at != std::string_view::npos && take_place(s.substr(at + 4), frame))
    s = s.substr(0, at);
  if (const std::size_t plus = s.rfind(" + "); plus != std::string_view::npos) s = s.substr(0, plus);
  for (const std::string_view inlined : {" [inlined]", " [artificial]"})
    if (const std::size_t mark = s.find(inlined); mark != std::string_view::npos) s = s.substr(0, mark);
  frame.function = without_arguments(s);
  return frame;
}

// "#01 pc 000fc3d8  /data/app/lib.so (Notes::get_ids()+33) (BuildId: 12ab)": a tombstone.
std::optional<Frame> parse_tombstone(std::string_view body) {
  std::string_view s = base::trim(body);
  const std::size_t pc = s.find(" pc ");
  if (!s.starts_with('#') || pc == std::string_view::npos ||
      digits(s.substr(1)) != base::trim(s.substr(1, pc - 1)).size())
    return std::nullopt;
  s = base::trim(s.substr(pc + 4));
  const std::size_t blank = s.find(' ');
  if (blank == std::string_view::npos || blank < 8) return std::nullopt;
  s = base::trim(s.substr(blank));
  if (const std::size_t build = s.find(" (BuildId"); build != std::string_view::npos)
    s = base::trim(s.substr(0, build));
  Frame frame;
  const std::size_t open = s.find(" (");
  frame.module = s.substr(0, open);
  if (open == std::string_view::npos || !s.ends_with(')')) return frame;
  std::string_view name = s.substr(open + 2, s.size() - open - 3);
  if (name.starts_with("offset ") || name.starts_with("deleted")) return frame;
  if (const std::size_t plus = name.rfind('+'); plus != std::string_view::npos && plus > 0)
    name = name.substr(0, plus);
  frame.function = without_arguments(name);
  return frame;
}

// "==12==    at 0x1091A9: use (ring.c:42)".
std::optional<Frame> parse_valgrind(std::string_view body) {
  if (!body.starts_with("==")) return std::nullopt;
  const std::size_t n = digits(body.substr(2));
  if (n == 0 || !body.substr(2 + n).starts_with("==")) return std::nullopt;
  std::string_view s = base::trim(body.substr(4 + n));
  if (!s.starts_with("at 0x") && !s.starts_with("by 0x")) return std::nullopt;
  s.remove_prefix(3);
  Frame frame;
  take_address(s, &frame.address);
  if (!s.starts_with(": ")) return std::nullopt;
  s.remove_prefix(2);
  const std::size_t open = s.rfind(" (");
  std::string_view name = s.substr(0, open);
  if (open != std::string_view::npos && s.ends_with(')')) {
    const std::string_view inside = s.substr(open + 2, s.size() - open - 3);
    if (inside.starts_with("in "))
      frame.module = inside.substr(3);
    else
      take_place(inside, frame);
  }
  if (name != "???") frame.function = without_arguments(name);
  return frame;
}

// "./prog(use+0x15)[0x400515]".
std::optional<Frame> parse_glibc(std::string_view body) {
  if (!body.ends_with(']')) return std::nullopt;
  const std::size_t bracket = body.rfind("[0x");
  if (bracket == std::string_view::npos) return std::nullopt;
  Frame frame;
  std::string_view address = body.substr(bracket + 1);
  if (!take_address(address, &frame.address)) return std::nullopt;
  const std::string_view rest = base::trim(body.substr(0, bracket));
  const std::size_t open = rest.rfind('(');
  if (open == std::string_view::npos || !rest.ends_with(')')) return std::nullopt;
  frame.module = rest.substr(0, open);
  const std::string_view inside = rest.substr(open + 1, rest.size() - open - 2);
  const std::size_t plus = inside.find('+');
  if (plus == std::string_view::npos) return std::nullopt;
  frame.function = inside.substr(0, plus);
  return frame;
}

// "   4: app::use": Rust; the place is on the next line.
std::optional<Frame> parse_rust(std::string_view body) {
  if (!body.starts_with(' ')) return std::nullopt;
  const std::string_view s = base::trim(body);
  const std::size_t n = digits(s);
  if (n == 0 || n > 4 || !s.substr(n).starts_with(": ")) return std::nullopt;
  std::string_view name = base::trim(s.substr(n + 2));
  Frame frame;
  if (take_address(name, &frame.address) && name.starts_with("- ")) name.remove_prefix(2);
  if (const std::size_t hash = name.rfind("::h"); hash != std::string_view::npos && name.size() - hash == 19)
    name = name.substr(0, hash);
  frame.function = demangle_rust(name);
  return frame;
}

// "main.use(0x1, ...)": Go; the place is on the next line after a tab.
std::optional<Frame> parse_go(std::string_view body, std::string_view next) {
  if (next.empty() || (next.front() != '\t' && !next.starts_with("  "))) return std::nullopt;
  std::string_view place = base::trim(next);
  if (const std::size_t plus = place.rfind(" +0x"); plus != std::string_view::npos)
    place = place.substr(0, plus);
  Frame frame;
  if (place.find(".go:") == std::string_view::npos && place.find(".s:") == std::string_view::npos)
    return std::nullopt;
  if (!take_place(place, frame)) return std::nullopt;
  std::string_view name = base::trim(body);
  if (name.starts_with("created by ")) name = name.substr(11, name.find(" in goroutine") - 11);
  const std::size_t open = name.rfind('(');
  frame.function = open == std::string_view::npos || open == 0 ? name : name.substr(0, open);
  if (frame.function.find(' ') != std::string::npos || frame.function.empty()) return std::nullopt;
  return frame;
}

std::optional<StackKind> section_of(std::string_view s) {
  struct Section {
    std::string_view text;
    StackKind kind;
  };
  static constexpr Section k_sections[] = {
      {"freed by thread", StackKind::free},
      {"free'd", StackKind::free},
      {"previously allocated by thread", StackKind::allocation},
      {"allocated by thread", StackKind::allocation},
      {"block was alloc'd at", StackKind::allocation},
      {" alloc'd", StackKind::allocation},
      {"Uninitialised value was created by", StackKind::allocation},
      {"Uninitialized value was created by", StackKind::allocation},
      {"is located in stack of thread", StackKind::other},
      {"created by main thread at", StackKind::creation},
      {"created by T", StackKind::creation},
      {" was created", StackKind::creation},
      {"Observed (incorrect) order is", StackKind::crash},
      {"Lock at 0x", StackKind::creation},
      {"Previous ", StackKind::other_cpu},
      {"This conflicts with a previous", StackKind::other_cpu},
      {"[culprit] other side, thread ", StackKind::other_cpu},
      {"[culprit] beside it, thread ", StackKind::other},
      {"acquired here", StackKind::lock_taken},
      {"Required order was established", StackKind::dependency},
      {"followed by a later acquisition", StackKind::dependency},
  };
  if (s.find(" is not stack'd") != std::string_view::npos) return std::nullopt;
  for (const Section& section : k_sections) {
    if (s.find(section.text) != std::string_view::npos) return section.kind;
  }
  return std::nullopt;
}

}  // namespace

std::string without_arguments(std::string_view function) {
  // From the end, past the arguments and what may follow them ("const", "[clone .isra.0]").
  std::string_view s = function;
  if (const std::size_t clone = s.find(" [clone"); clone != std::string_view::npos) s = s.substr(0, clone);
  while (s.ends_with(" const") || s.ends_with(" &&") || s.ends_with(" &")) s = s.substr(0, s.rfind(' '));
  if (!s.ends_with(')')) return std::string(s);
  int depth = 0;
  for (std::size_t i = s.size(); i-- > 0;) {
    if (s[i] == ')') ++depth;
    if (s[i] != '(' || --depth > 0) continue;
    if (i == 0 || s.substr(0, i).ends_with("operator")) break;
    const std::string_view name = base::trim(s.substr(0, i));
    return std::string(name.empty() ? s : name);
  }
  return std::string(s);
}

bool is_runtime_function(std::string_view function) {
  static constexpr std::string_view k_runtime =
      // sanitizers and valgrind
      "__interceptor_* ___interceptor_* __asan_* __asan::* __msan_* __msan::* __tsan_* __tsan::* __ubsan_* "
      "__ubsan::* __lsan_* __lsan::* __sanitizer* __hwasan* __gwp_asan* __interception::* mythread_wrapper "
      "mutex_lock_WRK mutex_unlock_WRK fuzzer::* LLVMFuzzerRunDriver "
      // the C library: memory and strings
      "xmalloc* xcalloc* xrealloc* xstrdup* xzalloc* malloc calloc realloc reallocarray free cfree memalign "
      "posix_memalign aligned_alloc valloc strdup "
      "strndup "
      "memcpy memmove memset memcmp memchr memrchr memmem mempcpy bcmp bcopy bzero __mem* __str* strlen "
      "strnlen "
      "strcpy strncpy stpcpy stpncpy strcat strncat strcmp strncmp strcasecmp strncasecmp strchr strrchr "
      "strstr "
      "strcasestr strspn strcspn strpbrk strtok strtok_r strsep strtol strtoul strtoll strtoull strtod atoi "
      "atol "
      "printf fprintf sprintf snprintf vprintf vfprintf vsprintf vsnprintf puts fputs fwrite fread "
      "_int_free _int_malloc _int_realloc malloc_printerr malloc_consolidate unlink_chunk* "
      // the C library: death, threads, start
      "abort __abort raise gsignal __GI_* __libc_* _start __pthread_kill* pthread_kill __assert_fail* "
      "__assert "
      "llvm::sys::* SignalHandler* __fortify_fail* __stack_chk_fail* __chk_fail* backtrace nptl_* "
      "create_thread start_thread clone "
      "__clone* "
      "clone3 pthread_create* pthread_mutex_* pthread_cond_* pthread_rwlock_* __pthread_* __restore_rt "
      "killpg kill "
      "__lll_* __futex_* futex_wait* nanosleep __nanosleep* __sleep __clock_nanosleep* clock_nanosleep* "
      "__poll __ppoll "
      "ppoll __select pselect* epoll_wait epoll_pwait* __wait4 wait4 __waitpid waitpid waitid __read __write "
      "__accept* "
      "__recv* usleep sigsuspend __sig* sem_wait* __new_sem_* do_futex_wait* __internal_* __pause "
      "sched_yield "
      "ExceptionalCondition errfinish qt_assert* QMessageLogger::* qFatal google::LogMessage* "
      "google::CheckFailure* "
      "google::Check* absl::log_internal::* absl::*::log_internal::* base::debug::* logging::* __check_fail* "
      "scudo::* art::Runtime::Abort* android_fatal* tgkill __rt_sigreturn "
      "g_assertion_* g_log* g_logv g_return_if_fail_warning g_malloc* g_free g_realloc* "
      // C++
      "operator?new* operator?delete* _Unwind_* __cxa_* __gxx_* std::* __gnu_cxx::* __cxxabiv1::* "
      // Rust
      "rust_begin_unwind rust_panic* __rust_* __rustc::* *?as?core::* *?as?alloc::* *?as?std::* core::* "
      "alloc::* "
      "<core::* <alloc::* <std::* "
      // Go
      "runtime.* runtime/* internal/* testing.* reflect.* sync.* sync/* panic";
  // A compiler's suffix, but not the "." of Go's packages.
  for (const std::string_view suffix : {".part.", ".constprop.", ".isra.", ".cold", ".lto_priv.", ".llvm."})
    function = function.substr(0, function.find(suffix));
  std::string name(function);
  for (char& c : name) {
    if (c == ' ') c = '?';
  }
  return matches_any_exactly(k_runtime, name);
}

bool is_runtime_file(std::string_view file) {
  static constexpr std::string_view k_prefixes[] = {"/rustc/",       "/build/glibc",
                                                    "../sysdeps/",   "./sysdeps/",
                                                    "./nptl/",       "./stdlib/",
                                                    "./malloc/",     "./debug/",
                                                    "./csu/",        "../csu/",
                                                    "/usr/include/", "/usr/local/go/src/",
                                                    "/usr/lib/go",   "/usr/src/debug/glibc"};
  static constexpr std::string_view k_names[] = {"clone.S", "clone-internal.c", "pthread_create.c",
                                                 "vg_replace_malloc.c", "vg_replace_strmem.c"};
  return std::ranges::any_of(k_prefixes, [&](std::string_view p) { return file.starts_with(p); }) ||
         std::ranges::any_of(k_names, [&](std::string_view n) { return file == n; }) ||
         file.find("/include/c++/") != std::string_view::npos ||
         file.find("/compiler-rt/lib/") != std::string_view::npos ||
         file.find("/libsanitizer/") != std::string_view::npos;
}

bool is_package_file(std::string_view file) {
  static constexpr std::string_view k_parts[] = {"/go/pkg/mod/", "/.cargo/registry/", "/cargo/registry/",
                                                 "/.cargo/git/", "/.conan/",          "/vcpkg_installed/"};
  return std::ranges::any_of(k_parts, [&](std::string_view part) { return file.contains(part); });
}

bool is_runtime_module(std::string_view module) {
  static constexpr std::string_view k_names[] = {
      "libc.so", "libc-2.",   "libpthread",   "ld-linux",  "ld-2.",      "ld-musl",  "libc.musl",
      "libm.so", "libstdc++", "libgcc_s",     "libc++.so", "libc++abi",  "libasan",  "libubsan",
      "libtsan", "liblsan",   "libclang_rt.", "[vdso",     "linux-vdso", "librt.so", "linux-gate"};
  const std::string_view name = base_of_path(module);
  return std::ranges::any_of(k_names, [&](std::string_view known) { return name.starts_with(known); });
}

std::vector<WalkedStack> walk_program_stacks(std::span<const Line> lines) {
  std::vector<WalkedStack> stacks;
  WalkedStack current;
  StackKind kind = StackKind::crash;
  std::string heading;
  const auto close = [&] {
    if (!current.stack.frames.empty()) stacks.push_back(std::move(current));
    current = {};
    current.stack.kind = kind;
    current.stack.heading = heading;
  };
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view body = lines[i].body;
    const std::string_view next = i + 1 < lines.size() ? lines[i + 1].body : std::string_view();
    std::optional<Frame> frame = parse_tombstone(body);
    bool first = frame && base::trim(body).starts_with("#00 ");
    // The first form that fits.
    const auto fits = [&](auto parse, auto... text) {
      if (frame) return false;
      frame = parse(text...);
      return frame.has_value();
    };
    if (fits(parse_numbered, body)) first = base::trim(body).starts_with("#0 ");
    if (fits(parse_lldb, body)) first = body.contains("frame #0: ");
    fits(parse_glog, body);
    if (fits(parse_valgrind, body)) first = body.find("at 0x") < body.find("by 0x");
    fits(parse_rust, body);
    fits(parse_glibc, body);
    if (fits(parse_go, body, next)) ++i;
    if (!frame) {
      const std::string_view text = base::trim(body);
      Frame place;
      if (!current.stack.frames.empty() && current.stack.frames.back().file.empty() &&
          text.starts_with("at ") && take_place(text.substr(3), place)) {
        current.stack.frames.back().file = place.file;  // Rust's second line
        current.stack.frames.back().line = place.line;
        continue;
      }
      if (const auto section = section_of(text)) {
        kind = *section;
        heading = text;
        close();
      } else if (text.starts_with("goroutine ")) {
        close();
      }
      continue;
    }
    if (first && !current.stack.frames.empty()) close();
    if (current.stack.frames.empty()) {
      current.stack.kind = kind;
      current.stack.heading = heading;
      current.first_line = i;
      current.headed = true;
    }
    if (!frame->function.empty()) ++current.certain_frames;
    current.stack.frames.push_back(std::move(*frame));
  }
  close();
  return stacks;
}

}  // namespace culprit::console
