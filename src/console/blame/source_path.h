// Where a file of the kernel stands in the kernel's tree, whatever the build called it.
#pragma once

#include <string_view>

namespace culprit::console {

// "net/core/dev.c" of "./net/core/dev.c", "../net/core/dev.c", "common/net/core/dev.c",
// "kernel/msm-4.19/net/core/dev.c" and "/build/linux-6.8.0/net/core/dev.c": without what stands before the
// tree. A path that leads into no kernel tree (a module built outside of it) stays as it is.
std::string_view kernel_path(std::string_view file);

}  // namespace culprit::console
