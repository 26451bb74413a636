// A bisection for KCIDB, the common database of kernel testing: its schema 5.
#pragma once

#include <string>
#include <string_view>

#include "output/summary/summary.h"

namespace culprit::output {

// Whether it names a testing system as KCIDB wants it: lower-case letters, digits, "_".
bool is_kcidb_origin(std::string_view name);

// What was tested as checkouts, builds and tests, the bug as an issue whose misc.bisection says the answer, the runs that showed it as
// its incidents. `origin` is_kcidb_origin(). An issue that is sent again has a higher version once there is news of it.
std::string render_kcidb(const Summary& summary, const std::string& origin);

}  // namespace culprit::output
