// What a kernel's configuration is made of, for a search that leaves parts of it out.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "build/recipe/kernel_symbols.h"
#include "study/minimize.h"

namespace culprit::cli {

class ConfigParts {
 public:
  // `config` is a .config, or a fragment for `target`. What `baseline` (a text of the same kind; may be empty) has too stays,
  // and so does what is named in `fixed`. Of the rest each detector that is switched on is a part, with all that selects
  // it and is about it, and each other option that is set.
  ConfigParts(std::string_view config, std::string_view baseline, std::string target,
              std::span<const std::string> fixed);

  const std::vector<study::ConfigPart>& parts() const { return m_parts; }
  // The configuration with the parts of `subset`. What is left out has the baseline's value: where the target leaves
  // out what nobody asks for (allnoconfig), and the baseline does too, it is not mentioned.
  std::string text_of(const study::Subset& subset) const;

 private:
  void add_detectors();
  void add_part(study::ConfigPart part, std::vector<std::size_t> symbols);

  std::string m_target;
  std::vector<build::ConfigSymbol> m_symbols;
  std::vector<std::string> m_values_without;  // by symbol: the baseline's; empty: it says nothing
  std::vector<std::size_t> m_part_of;         // by symbol; SIZE_MAX: it stays
  std::vector<bool> m_may_go;                 // by symbol
  std::vector<study::ConfigPart> m_parts;
};

}  // namespace culprit::cli
