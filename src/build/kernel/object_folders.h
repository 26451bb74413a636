// Where the objects of kernel builds lie, and what is done so that they can be used again.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace culprit::build {

// `objects` below is the folder of a slot and toolchain, `variant` any name of a configuration.

// Lies in the folder while make runs.
std::filesystem::path building_mark(const std::filesystem::path& objects);

// Removes what a build wrote that did not come to its end; nothing where all did.
base::Result<void> remove_half_written(const std::filesystem::path& objects);

// Afterwards the folder is there and holds the objects of `variant`; for a new variant a copy of another one's.
base::Result<void> hold_variant(const std::filesystem::path& objects, const std::string& variant);

// The folder is empty afterwards; the objects that were there first wait as suspects beside it.
base::Result<void> begin_clean(const std::filesystem::path& objects, const std::string& variant);

// After a clean try: keeps the new objects, or takes the suspects back.
base::Result<void> choose_objects(const std::filesystem::path& objects, bool keep_new);

base::Result<void> drop_suspect(const std::filesystem::path& objects);

}  // namespace culprit::build
