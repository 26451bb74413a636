#include "cli/study/config_parts.h"

#include <algorithm>
#include <cstdint>
#include <map>

#include "model/run/detectors.h"

namespace culprit::cli {
namespace {

constexpr std::string_view k_leaves_out = "allnoconfig";

// Of an option that is mentioned twice, the last word counts.
std::vector<build::ConfigSymbol> last_words(std::string_view text) {
  std::vector<build::ConfigSymbol> out;
  std::map<std::string, std::size_t> places;
  for (build::ConfigSymbol& symbol : build::parse_config(text)) {
    const auto [at, is_new] = places.emplace(symbol.name, out.size());
    if (is_new)
      out.push_back(std::move(symbol));
    else
      out[at->second].value = std::move(symbol.value);
  }
  return out;
}

// KASAN_INLINE is about KASAN.
bool is_about(const std::string& option, const model::Detector& detector) {
  if (std::ranges::find(detector.options, option) != detector.options.end()) return true;
  return option == detector.option || option.starts_with(std::string(detector.option) + "_");
}

}  // namespace

ConfigParts::ConfigParts(std::string_view config, std::string_view baseline, std::string target,
                         std::span<const std::string> fixed)
    : m_target(std::move(target)), m_symbols(last_words(config)) {
  std::map<std::string, std::string> base;
  for (const build::ConfigSymbol& symbol : last_words(baseline)) base[symbol.name] = symbol.value;
  for (const build::ConfigSymbol& symbol : m_symbols) {
    const auto at = base.find(symbol.name);
    m_values_without.push_back(at == base.end() ? std::string() : at->second);
    m_part_of.push_back(SIZE_MAX);
    m_may_go.push_back(symbol.value != "n" && symbol.value != m_values_without.back() &&
                       std::ranges::find(fixed, symbol.name) == fixed.end());
  }
  add_detectors();
  for (std::size_t i = 0; i < m_symbols.size(); ++i)
    if (m_may_go[i] && m_part_of[i] == SIZE_MAX)
      add_part({.name = m_symbols[i].name + "=" + m_symbols[i].value}, {i});
}

void ConfigParts::add_detectors() {
  for (const model::Detector& detector : model::detectors()) {
    std::vector<std::size_t> symbols;
    bool is_on = false;
    for (std::size_t i = 0; i < m_symbols.size(); ++i) {
      if (!m_may_go[i] || m_part_of[i] != SIZE_MAX || !is_about(m_symbols[i].name, detector)) continue;
      symbols.push_back(i);
      is_on |= m_symbols[i].name == detector.option;
    }
    if (!is_on) continue;
    study::ConfigPart part{.name = std::string(detector.option), .is_detector = true};
    part.silences.assign(detector.types.begin(), detector.types.end());
    add_part(std::move(part), std::move(symbols));
  }
}

void ConfigParts::add_part(study::ConfigPart part, std::vector<std::size_t> symbols) {
  for (const std::size_t symbol : symbols) m_part_of[symbol] = m_parts.size();
  m_parts.push_back(std::move(part));
}

std::string ConfigParts::text_of(const study::Subset& subset) const {
  std::vector<build::ConfigSymbol> lines;
  for (std::size_t i = 0; i < m_symbols.size(); ++i) {
    if (m_part_of[i] == SIZE_MAX || subset[m_part_of[i]])
      lines.push_back(m_symbols[i]);
    else if (!m_values_without[i].empty() || m_target != k_leaves_out)
      lines.push_back({m_symbols[i].name, m_values_without[i].empty() ? "n" : m_values_without[i]});
  }
  return build::config_lines(lines);
}

}  // namespace culprit::cli
