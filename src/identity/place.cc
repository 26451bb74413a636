// Function names are words joined by underscores, and what happens to them in a history is regular: a word is
// added or dropped (a suffix for a checked or unlocked variant, a prefix for the subsystem), the compiler
// inlines one of two neighbours so that the other is blamed, a layer in front is merged or split. So names
// are compared as sets of words. Words that name what every subsystem does (get, init, read) weigh a quarter;
// words for layers (vfs, sys, do) nothing. Edit distance was tried in thought and rejected: it makes tcp_bind
// and udp_bind neighbours and shmem_fallocate and vfs_fallocate strangers.
#include "identity/place.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "console/frame.h"
#include "console/generic.h"

namespace culprit::identity {
namespace {

constexpr double k_light = 0.25;

const std::set<std::string_view>& layer_words() {
  static const std::set<std::string_view> words = {
      "vfs",     "sys",     "ksys",  "do",    "compat", "common", "generic", "simple", "internal",
      "checked", "nocheck", "core",  "se",    "new",    "old",    "and",     "the",    "of",
      "to",      "noprof",  "inner", "outer", "helper", "impl",   "raw",     "arch"};
  return words;
}

const std::set<std::string_view>& light_words() {
  static const std::set<std::string_view> words = {
      "get",        "put",        "set",        "init",     "alloc",  "free",     "read",    "write",
      "open",       "close",      "release",    "add",      "del",    "delete",   "remove",  "create",
      "destroy",    "update",     "start",      "stop",     "work",   "fn",       "func",    "handler",
      "handle",     "cb",         "ioctl",      "mmap",     "poll",   "queue",    "lock",    "locked",
      "unlock",     "nolock",     "unlocked",   "rcu",      "irq",    "bh",       "nested",  "slow",
      "fast",       "path",       "try",        "check",    "test",   "one",      "all",     "list",
      "node",       "data",       "info",       "base",     "main",   "process",  "run",     "exec",
      "send",       "recv",       "sendmsg",    "recvmsg",  "iter",   "next",     "prev",    "exit",
      "enter",      "register",   "unregister", "callback", "timer",  "task",     "connect", "bind",
      "device",     "dev",        "thread",     "find",     "lookup", "insert",   "notify",  "event",
      "flush",      "sync",       "wait",       "wake",     "submit", "complete", "finish",  "end",
      "begin",      "probe",      "disconnect", "setup",    "clear",  "reset",    "show",    "store",
      "setsockopt", "getsockopt", "sub",        "dec",      "inc"};
  return words;
}

double weight(std::string_view word) {
  if (layer_words().contains(word)) return 0;
  if (word.size() < 2 || light_words().contains(word)) return k_light;
  return std::ranges::all_of(word, [](char c) { return c >= '0' && c <= '9'; }) ? k_light : 1;
}

std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : name) {
    if (c == '_' || c == ':' || c == '<' || c == '>' || c == '.') {
      if (!word.empty()) words.push_back(std::move(word));
      word.clear();
    } else {
      word += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
  }
  if (!word.empty()) words.push_back(word);
  return words;
}

double total_weight(const std::set<std::string>& words) {
  double sum = 0;
  for (const std::string& word : words) sum += weight(word);
  return sum;
}

// The subsystem's prefix: the first word that says something.
std::string_view subsystem(const std::vector<std::string>& words) {
  for (const std::string& word : words)
    if (weight(word) >= 1) return word;
  return {};
}

std::string both(std::string_view what, std::string_view f, std::string_view g) {
  return fmt::format("{} and {} {}", f, g, what);
}

PlaceRelation compare_words(std::string_view f, std::string_view g) {
  const std::vector<std::string> a = words_of(plain_name(f));
  const std::vector<std::string> b = words_of(plain_name(g));
  const std::set<std::string> in_a(a.begin(), a.end());
  const std::set<std::string> in_b(b.begin(), b.end());
  std::set<std::string> common;
  std::ranges::set_intersection(in_a, in_b, std::inserter(common, common.end()));
  const double shared = total_weight(common);
  const double only_a = total_weight(in_a) - shared;
  const double only_b = total_weight(in_b) - shared;
  if (shared >= 1) {
    if (shared >= 0.6 * (shared + only_a + only_b) && common.size() >= 2)
      return {Nearness::renamed, 0.8, both("look like one function renamed", f, g)};
    // All that one name says, the other says too: its layer above, or a part of it split off.
    if (only_a == 0 || only_b == 0) {
      const bool layered = std::min(in_a.size(), in_b.size()) >= 2;
      if (layered) return {Nearness::layered, 0.65, both("look like one operation in two layers", f, g)};
    }
  }
  const std::string_view prefix = subsystem(a);
  if (!prefix.empty() && prefix == subsystem(b))
    return {Nearness::nearby, -0.2, both("are of one subsystem but different functions", f, g)};
  return {Nearness::elsewhere, -1, both("have nothing in common", f, g)};
}

// Reports of these kinds name such helpers by chance: whether the helper or its caller is blamed depends on
// what the compiler inlined.
console::Families transparent_families(Kind kind) {
  using namespace console;
  switch (kind) {
    case Kind::lock_order:
    case Kind::irq_state:
    case Kind::unlock_balance:
    case Kind::wait_context:
    case Kind::lock_kept:
    case Kind::lock_freed:
    case Kind::nested_lock:
    case Kind::lock_setup:
      return k_locking | k_scheduling | k_reporting | k_data;
    case Kind::task_hung:
    case Kind::stall:
      return k_locking | k_scheduling | k_rcu | k_entry | k_timer_tick;
    case Kind::leak:
      return k_allocation | k_data | k_memory;
    case Kind::atomic_sleep:
      return k_locking | k_scheduling | k_allocation | k_entry | k_memory;
    case Kind::warning:
    case Kind::bug:
      return k_reporting;
    default:
      return is_memory(kind) || kind == Kind::uninitialized
                 ? k_data | k_memory | k_locking | k_allocation | k_reporting
                 : k_reporting;
  }
}

bool is_transparent(std::string_view function, Kind kind) {
  return (console::families_of(function) & transparent_families(kind)) != 0;
}

std::vector<std::string_view> path_parts(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    if (slash != 0) parts.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return parts;
}

PlaceRelation compare_files(std::string_view f, std::string_view g) {
  if (f == g) return {Nearness::same, 0.9, fmt::format("both are in {}", f)};
  const auto a = path_parts(f);
  const auto b = path_parts(g);
  if (a.empty() || b.empty()) return {};
  const bool one_top = a.front() == b.front();
  if (a.back() == b.back() && one_top)
    return {Nearness::renamed, 0.7, both("look like one file moved", f, g)};
  const bool one_folder =
      a.size() > 1 && b.size() > 1 && std::equal(a.begin(), a.end() - 1, b.begin(), b.end() - 1);
  if (one_folder) return {Nearness::nearby, -0.3, both("are in one folder", f, g)};
  return {Nearness::elsewhere, -1, both("have nothing in common", f, g)};
}

// A function beside a file: its prefix may be named in the path.
PlaceRelation compare_function_with_file(std::string_view function, std::string_view file) {
  const std::vector<std::string> words = words_of(plain_name(function));
  const std::string_view prefix = subsystem(words);
  for (std::string_view part : path_parts(file)) {
    part = part.substr(0, part.find('.'));
    if (!prefix.empty() && part == prefix)
      return {Nearness::nearby, 0.1, fmt::format("{} may be in {}", function, file)};
  }
  return {Nearness::elsewhere, -0.6, fmt::format("{} does not look like {}", function, file)};
}

}  // namespace

std::string plain_name(std::string_view function) {
  std::string_view name = console::base_name(function);
  for (const std::string_view wrapper :
       {"__x64_", "__ia32_", "__x32_", "__arm64_", "__s390x_", "__s390_", "__riscv_"})
    if (name.starts_with(wrapper) && name.find("sys_") != std::string_view::npos)
      name.remove_prefix(wrapper.size());
  for (const std::string_view body : {"__do_compat_sys_", "__se_compat_sys_", "__do_sys_", "__se_sys_",
                                      "compat_SyS_", "compat_sys_", "SyS_", "SYSC_", "ksys_"})
    if (name.starts_with(body)) return "sys_" + std::string(name.substr(body.size()));
  const std::size_t start = name.find_first_not_of('_');
  return std::string(start == std::string_view::npos ? name : name.substr(start));
}

PlaceRelation compare_functions(std::string_view f, Kind a, std::string_view g, Kind b) {
  if (f.empty() || g.empty()) return {};
  if (plain_name(f) == plain_name(g)) {
    const bool helper = is_transparent(f, a) && is_transparent(g, b);
    return {Nearness::same, helper ? 0.7 : 1.0, fmt::format("both are blamed on {}", f)};
  }
  const bool transparent_f = is_transparent(f, a);
  const bool transparent_g = is_transparent(g, b);
  PlaceRelation relation = compare_words(f, g);
  if (relation.level > 0 || (!transparent_f && !transparent_g)) return relation;
  return {Nearness::unknown, 0,
          fmt::format("{} is a helper: such reports blame it or its callers, as the compiler inlined",
                      transparent_f ? f : g)};
}

PlaceRelation compare_places(const TitleParts& a, const TitleParts& b) {
  if (!a.file.empty() && !b.file.empty()) return compare_files(a.file, b.file);
  if (a.file.empty() && b.file.empty()) return compare_functions(a.function, a.kind, b.function, b.kind);
  const TitleParts& with_file = a.file.empty() ? b : a;
  const TitleParts& other = a.file.empty() ? a : b;
  return other.function.empty() ? PlaceRelation{}
                                : compare_function_with_file(other.function, with_file.file);
}

}  // namespace culprit::identity
