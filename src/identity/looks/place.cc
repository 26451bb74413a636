// Function names are words joined by underscores, and what happens to them in a history is regular: a word is
// added or dropped (a suffix for a checked or unlocked variant, a prefix for the subsystem), the compiler
// inlines one of two neighbours so that the other is blamed, a layer in front is merged or split. So names
// are compared as sets of words. Words that name what every subsystem does (get, init, read) weigh a quarter;
// words for layers (vfs, sys, do) nothing. Edit distance was tried in thought and rejected: it makes tcp_bind
// and udp_bind neighbours and shmem_fallocate and vfs_fallocate strangers.
#include "identity/looks/place.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "console/stack/frame.h"
#include "console/stack/generic.h"
#include "identity/looks/tuning.h"

namespace culprit::identity {
namespace {

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
  if (word.size() < 2 || light_words().contains(word)) return k_light_word;
  return std::ranges::all_of(word, [](char c) { return c >= '0' && c <= '9'; }) ? k_light_word : 1;
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

std::string both(std::string_view what, std::string_view f, std::string_view g) {
  return fmt::format("{} and {} {}", f, g, what);
}

std::string_view words_for(Nearness nearness) {
  switch (nearness) {
    case Nearness::renamed:
      return "look like one function renamed";
    case Nearness::layered:
      return "look like one operation in two layers";
    case Nearness::nearby:
      return "are of one subsystem but different functions";
    default:
      return "have nothing in common";
  }
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
  if (f == g) return {Nearness::same, k_same_file_level, fmt::format("both are in {}", f)};
  const auto a = path_parts(f);
  const auto b = path_parts(g);
  if (a.empty() || b.empty()) return {};
  const bool one_top = a.front() == b.front();
  if (a.back() == b.back() && one_top)
    return {Nearness::renamed, k_moved_file_level, both("look like one file moved", f, g)};
  const bool one_folder =
      a.size() > 1 && b.size() > 1 && std::equal(a.begin(), a.end() - 1, b.begin(), b.end() - 1);
  if (one_folder) return {Nearness::nearby, k_same_folder_level, both("are in one folder", f, g)};
  return {Nearness::elsewhere, -1, both("have nothing in common", f, g)};
}

// A function beside a file: its prefix may be named in the path.
PlaceRelation compare_function_with_file(const Place& function, std::string_view file) {
  for (std::string_view part : path_parts(file)) {
    part = part.substr(0, part.find('.'));
    if (!function.name.subsystem.empty() && part == function.name.subsystem)
      return {Nearness::nearby, k_function_in_file_level,
              fmt::format("{} may be in {}", function.function, file)};
  }
  return {Nearness::elsewhere, k_function_not_in_file_level,
          fmt::format("{} does not look like {}", function.function, file)};
}

PlaceRelation compare_functions(const Place& a, const Place& b) {
  if (a.function.empty() || b.function.empty()) return {};
  const bool helper_a = (a.name.families & transparent_families(a.kind)) != 0;
  const bool helper_b = (b.name.families & transparent_families(b.kind)) != 0;
  const Nearness nearness = nearness_of(a.name, b.name);
  if (nearness == Nearness::same)
    return {nearness, helper_a && helper_b ? k_same_helper_level : 1.0,
            fmt::format("both are blamed on {}", a.function)};
  const double level = level_of(nearness);
  if (level > 0 || (!helper_a && !helper_b))
    return {nearness, level, both(words_for(nearness), a.function, b.function)};
  return {Nearness::unknown, 0,
          fmt::format("{} is a helper: such reports blame it or its callers, as the compiler inlined",
                      helper_a ? a.function : b.function)};
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

Name name_of(std::string_view function) {
  Name name;
  name.plain = plain_name(function);
  name.families = console::families_of(function);
  for (std::string& text : words_of(name.plain)) {
    const double weighs = weight(text);
    if (weighs >= 1 && name.subsystem.empty()) name.subsystem = text;
    if (std::ranges::find(name.words, text, &Name::Word::text) != name.words.end()) continue;
    name.weight += weighs;
    name.words.push_back({std::move(text), weighs});
  }
  std::ranges::sort(name.words, {}, &Name::Word::text);
  return name;
}

Place place_of(const TitleParts& parts) {
  Place place{.function = parts.function, .file = parts.file, .kind = parts.kind};
  if (!place.function.empty()) place.name = name_of(place.function);
  return place;
}

Nearness nearness_of(const Name& f, const Name& g) {
  if (f.plain == g.plain) return Nearness::same;
  double shared = 0;
  std::size_t common = 0;
  for (std::size_t i = 0, j = 0; i < f.words.size() && j < g.words.size();) {
    const int order = f.words[i].text.compare(g.words[j].text);
    if (order == 0) {
      shared += f.words[i].weight;
      ++common;
    }
    i += order <= 0;
    j += order >= 0;
  }
  if (shared >= 1) {
    if (common >= 2 && shared >= k_renamed_share * (f.weight + g.weight - shared)) return Nearness::renamed;
    // All that one name says, the other says too: its layer above, or a part of it split off.
    constexpr double k_rounding = 1e-9;
    const bool contained = std::min(f.weight, g.weight) <= shared + k_rounding;
    if (contained && std::min(f.words.size(), g.words.size()) >= 2) return Nearness::layered;
  }
  return !f.subsystem.empty() && f.subsystem == g.subsystem ? Nearness::nearby : Nearness::elsewhere;
}

double level_of(Nearness nearness) {
  switch (nearness) {
    case Nearness::same:
      return 1;
    case Nearness::renamed:
      return k_renamed_level;
    case Nearness::layered:
      return k_layered_level;
    case Nearness::unknown:
      return 0;
    case Nearness::nearby:
      return k_nearby_level;
    case Nearness::elsewhere:
      return -1;
  }
  return 0;
}

PlaceRelation compare_places(const Place& a, const Place& b) {
  if (!a.file.empty() && !b.file.empty()) return compare_files(a.file, b.file);
  if (a.file.empty() && b.file.empty()) return compare_functions(a, b);
  const Place& with_file = a.file.empty() ? b : a;
  const Place& other = a.file.empty() ? a : b;
  return other.function.empty() ? PlaceRelation{} : compare_function_with_file(other, with_file.file);
}

}  // namespace culprit::identity
