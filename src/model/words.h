// From words back to values; name_of() beside each enum goes the other way. The words are those of the store,
// of JSON, of logs and of the command line.
#pragma once

#include <optional>
#include <string_view>

#include "model/evidence.h"
#include "model/search.h"

namespace culprit::model {

// The value whose name_of() is `word`; none where there is no such value. For the enums that have a table in words.cc:
// another one does not link.
template <class Enum>
std::optional<Enum> from_name(std::string_view word);

}  // namespace culprit::model
