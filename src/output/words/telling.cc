#include "output/words/telling.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/strings.h"

namespace culprit::output {
namespace {

// Words of frames that are in every report: who allocates, who intercepts, who starts a program or a thread, and
// what glibc, libstdc++ and libgcc do between the decision to die and the signal.
constexpr auto k_silent_frames = std::to_array<std::string_view>({
    " in malloc",
    " in calloc",
    " in realloc",
    " in free",
    " in operator new",
    " in operator delete",
    " in __interceptor_",
    " in __asan_",
    " in __libc_start",
    " in _start",
    " in start_thread",
    " in clone",
    " in __pthread_kill",
    " in pthread_kill",
    " in __GI_raise",
    " in raise ",
    " in gsignal ",
    " in __GI_abort",
    " in abort ",
    " in __assert_fail",
    " in __GI___assert",
    " in __libc_message",
    " in __fortify_fail",
    " in __GI___fortify_fail",
    " in __chk_fail",
    " in __GI___chk_fail",
    " in malloc_printerr",
    " in __gnu_cxx::__verbose_terminate_handler",
    " in __cxxabiv1::",
    " in __cxa_throw",
    " in __cxa_rethrow",
    " in std::terminate",
    " in _Unwind_",
    "(__libc_start",
    "(_start",
});
// Lines of sanitizers about themselves.
constexpr auto k_silent_heads = std::to_array<std::string_view>({
    "Shadow byte",
    "Shadow gap",
    "Addressable:",
    "Partially addressable",
    "Heap left redzone",
    "Freed heap region",
    "Stack left redzone",
    "Stack mid redzone",
    "Stack right redzone",
    "Stack after return",
    "Stack use after scope",
    "Global redzone",
    "Global init order",
    "Poisoned by user",
    "Container overflow",
    "Array cookie",
    "Intra object redzone",
    "ASan internal",
    "Left alloca redzone",
    "Right alloca redzone",
    "HINT: ",
});

bool is_number_of(std::string_view word, bool (*is_digit)(unsigned char)) {
  return !word.empty() &&
         std::ranges::all_of(word, [&](char c) { return is_digit(static_cast<unsigned char>(c)); });
}

// "=>0x0c047fff8000: fa fa 04[fa]", "==1234==ABORTING", "====".
bool is_noise(std::string_view line) {
  const std::string_view text = base::trim(line);
  if (text.empty() || text.find_first_not_of('=') == std::string_view::npos) return true;
  if (text.ends_with("==ABORTING")) return true;
  std::string_view shadow = text;
  if (const auto rest = base::strip_prefix(shadow, "=>")) shadow = *rest;
  if (const auto rest = base::strip_prefix(shadow, "0x")) {
    const std::size_t colon = rest->find(':');
    const auto is_hex = [](unsigned char c) { return std::isxdigit(c) != 0; };
    if (colon != std::string_view::npos && colon >= 8 && is_number_of(rest->substr(0, colon), is_hex))
      return true;
  }
  const auto begins = [&](std::string_view head) { return text.starts_with(head); };
  if (std::ranges::any_of(k_silent_heads, begins)) return true;
  const auto holds = [&](std::string_view frame) { return text.find(frame) != std::string_view::npos; };
  return text.starts_with('#') && std::ranges::any_of(k_silent_frames, holds);
}

}  // namespace

std::string without_checkouts(std::string_view text) {
  constexpr std::string_view k_checkout = "/checkouts/worktrees/slot-";
  std::string out;
  for (std::size_t at = text.find(k_checkout); at != std::string_view::npos; at = text.find(k_checkout)) {
    std::size_t end = at + k_checkout.size();
    while (end < text.size() && std::isdigit(static_cast<unsigned char>(text[end])) != 0) ++end;
    std::size_t begin = at;
    while (begin > 0 && std::string_view(" \t\n'\"(<=,:").find(text[begin - 1]) == std::string_view::npos)
      --begin;
    out += text.substr(0, begin);
    if (end < text.size() && text[end] == '/')
      ++end;
    else
      out += '.';  // the checkout itself
    text.remove_prefix(end);
  }
  return out += text;
}

std::vector<std::string> telling_lines(std::string_view text, std::size_t most, bool from_end) {
  std::vector<std::string> out;
  for (const std::string_view line : base::split_lines(text))
    if (!is_noise(line)) out.push_back(without_checkouts(line));
  if (out.size() <= most) return out;
  if (from_end) out.erase(out.begin(), out.end() - static_cast<std::ptrdiff_t>(most));
  out.resize(most);
  return out;
}

}  // namespace culprit::output
