// Names of Rust functions as a kernel or a program prints them, mangled.
#pragma once

#include <string>
#include <string_view>

namespace culprit::console {

// "<rust_binder::process::Process>::update_ref" for "_RNvMs3_NtCshgDM7dBCdno_11rust_binder7process...": the
// v0 mangling, crate hashes left out, as rustc's "{:#}" shows it. The text itself where it is none.
std::string demangle_rust(std::string_view symbol);

}  // namespace culprit::console
