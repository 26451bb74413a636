// Golden files: texts that a person has looked at.
#pragma once

#include <string>
#include <string_view>

namespace culprit::output {

// Compares `text` with tests/golden/output/NAME. With CULPRIT_UPDATE_GOLDEN=1 in the environment it writes
// the file instead; the difference is then reviewed like any other change.
void expect_golden(std::string_view name, const std::string& text);

// The contents of tests/golden/output/NAME.
std::string read_golden(std::string_view name);

}  // namespace culprit::output
