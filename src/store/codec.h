// Events as JSON text: the store's format. Readers accept missing fields, so that additive changes need no
// migration.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/event_fwd.h"

namespace culprit::store {

// "started", "run_finished", ...
std::string_view type_name(const model::EventBody& body);

// Consoles are not part of it. Bytes that are no UTF-8 become U+FFFD.
std::string encode(const model::EventBody& body);

// ErrorKind::store for an unknown type or text that is not what `encode` writes.
base::Result<model::EventBody> decode(std::string_view type, std::string_view text);

}  // namespace culprit::store
