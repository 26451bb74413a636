#include "build/recipe/tweaks.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace culprit::build {
namespace {

// One option under two names: the old one up to the release before `at`.
struct Renaming {
  std::string_view before, after, at, commit;
};
constexpr std::array<Renaming, 9> k_renamings = {{
    {"FRAME_POINTER_UNWINDER", "UNWINDER_FRAME_POINTER", "v4.15", "11af847446ed"},
    {"ORC_UNWINDER", "UNWINDER_ORC", "v4.15", "11af847446ed"},
    {"RETPOLINE", "MITIGATION_RETPOLINE", "v6.9", "aefb2f2e619b"},
    {"PAGE_TABLE_ISOLATION", "MITIGATION_PAGE_TABLE_ISOLATION", "v6.9", "ea4654e08854"},
    {"SPECULATION_MITIGATIONS", "CPU_MITIGATIONS", "v6.9", "fe42754b94a4"},
    {"CALL_DEPTH_TRACKING", "MITIGATION_CALL_DEPTH_TRACKING", "v6.9", "5fa31af31e72"},
    {"CPU_SRSO", "MITIGATION_SRSO", "v6.9", "a033eec9a06c"},
    {"CPU_IBRS_ENTRY", "MITIGATION_IBRS_ENTRY", "v6.9", "1da8d2172ce5"},
    {"LOCKUP_DETECTOR", "SOFTLOCKUP_DETECTOR", "v4.13", "05a4a9527931"},
}};

struct Default {
  std::string_view name, value, since, until, why;
};
constexpr std::array<Default, 5> k_defaults = {{
    {"WERROR", "n", "v5.15", "", "a warning of a compiler newer than the tree would break the build"},
    {"DRM_WERROR", "n", "v6.10", "", "a warning of a compiler newer than the tree would break the build"},
    {"OBJTOOL_WERROR", "n", "v6.15", "", "a warning about code of a newer compiler would break the build"},
    {"PREEMPT_DYNAMIC", "n", "v5.12", "",
     "on by default from here on, it changes how kernels preempt in the middle of a history"},
    {"BPF_UNPRIV_DEFAULT_OFF", "n", "v5.16", "",
     "on by default from here on: reproducers without privileges lose bpf()"},
}};

// Instead of an option that a release does not know, what it says the same with.
struct Substitute {
  std::string_view name, value, until, instead, instead_value;
};
constexpr std::array<Substitute, 1> k_substitutes = {{{"DEBUG_INFO_NONE", "y", "v5.17", "DEBUG_INFO", "n"}}};

ConfigSymbol* find(std::vector<ConfigSymbol>& symbols, std::string_view name) {
  const auto at = std::ranges::find(symbols, name, &ConfigSymbol::name);
  return at == symbols.end() ? nullptr : &*at;
}

bool is_in(std::string_view since, std::string_view until, KernelVersion version) {
  const Toolchain range{
      .since = std::string(since), .cc = {}, .llvm = {}, .make_args = {}, .until = std::string(until)};
  return range.builds(version);
}

void rename(Tweaked& out, KernelVersion version) {
  for (const Renaming& row : k_renamings) {
    const bool is_old = version < parse_kernel_version(row.at).value_or(KernelVersion{});
    const std::string_view wrong = is_old ? row.after : row.before, right = is_old ? row.before : row.after;
    ConfigSymbol* symbol = find(out.requested, wrong);
    if (symbol == nullptr || find(out.requested, right) != nullptr) continue;
    symbol->name = std::string(right);
    out.words.push_back(
        fmt::format("{}={} for {}: renamed in {} ({})", right, symbol->value, wrong, row.at, row.commit));
  }
}

void set(Tweaked& out, const ConfigSymbol& change, std::string_view why) {
  ConfigSymbol* there = find(out.requested, change.name);
  if (there != nullptr && there->value == change.value) return;
  if (there != nullptr)
    there->value = change.value;
  else
    out.requested.push_back(change);
  out.words.push_back(fmt::format("{}={}{}{}", change.name, change.value, why.empty() ? "" : ": ", why));
}

}  // namespace

Tweaked tweak(std::vector<ConfigSymbol> requested, KernelVersion version, std::span<const Tweak> own) {
  Tweaked out{.requested = std::move(requested), .words = {}};
  rename(out, version);
  for (const Substitute& row : k_substitutes) {
    ConfigSymbol* symbol = find(out.requested, row.name);
    if (symbol == nullptr || symbol->value != row.value || !is_in("", row.until, version)) continue;
    *symbol = {std::string(row.instead), std::string(row.instead_value)};
    out.words.push_back(fmt::format("{}={} for {}={}: it came after {}", row.instead, row.instead_value,
                                    row.name, row.value, row.until));
  }
  for (const Default& row : k_defaults)
    if (find(out.requested, row.name) == nullptr && is_in(row.since, row.until, version))
      set(out, {std::string(row.name), std::string(row.value)}, row.why);
  for (const Tweak& row : own)
    if (is_in(row.since, row.until, version))
      for (const ConfigSymbol& change : row.set) set(out, change, row.why);
  return out;
}

}  // namespace culprit::build
