// Under allnoconfig an option's menus have to be named too (BLK_DEV, NETDEVICES, MISC_FILESYSTEMS): they are no
// features, but nothing below one that is off is seen. PCI_MSI: without ACPI nobody routes a PCI device's interrupt
// line, and virtio does without one where there are messages.
#include "cli/settings/guest/guest_needs.h"

#include <array>

#include <fmt/format.h>

#include "build/recipe/kernel_symbols.h"

namespace culprit::cli {
namespace {

using run::RootKind;

enum Part : unsigned { root_part = 1, disk = 2, overlay = 4, squashfs = 8, ext4 = 16, host = 32, net = 64 };

struct Row {
  std::string_view option;
  unsigned parts;  // of which it is needed by any
};

constexpr auto k_need_rows = std::to_array<Row>({
    {"BLOCK", disk},
    {"NET", host | net},
    {"INET", net},
    {"PCI", disk | host | net},
    {"PCI_MSI", disk | host | net},
    {"VIRTIO_MENU", disk | host | net},
    {"VIRTIO_PCI", disk | host | net},
    {"BLK_DEV", disk},
    {"VIRTIO_BLK", disk},
    {"NETDEVICES", net},
    {"NET_CORE", net},
    {"VIRTIO_NET", net},
    {"NET_9P", host},
    {"NET_9P_VIRTIO", host},
    {"NETWORK_FILESYSTEMS", host},
    {"9P_FS", host},
    {"MISC_FILESYSTEMS", squashfs},
    {"SQUASHFS", squashfs},
    {"SQUASHFS_ZLIB", squashfs},
    {"OVERLAY_FS", overlay},
    {"EXT4_FS", ext4},
    {"PROC_FS", root_part},
    {"SYSFS", root_part},
    {"SHMEM", root_part},
    {"TMPFS", root_part},
    {"DEVTMPFS", root_part},
    {"UNIX98_PTYS", root_part},
});

unsigned parts_of(RootKind root, bool network) {
  const unsigned parts = network ? net : 0U;
  switch (root) {
    case RootKind::none:
      return parts;
    case RootKind::initramfs:
      return parts | root_part;
    case RootKind::squashfs:
      return parts | root_part | disk | overlay | squashfs;
    case RootKind::image:
      return parts | root_part | disk | ext4;
    case RootKind::host:
      return parts | root_part | host | overlay;
  }
  return parts;
}

}  // namespace

std::vector<std::string> missing_guest_options(std::string_view config, RootKind root, bool network) {
  const unsigned parts = parts_of(root, network);
  const std::vector<build::ConfigSymbol> symbols = build::parse_config(config);
  std::vector<std::string> missing;
  for (const Row& row : k_need_rows) {
    if ((row.parts & parts) == 0) continue;
    // The last line of an option is the one that counts.
    bool is_set = false;
    for (const build::ConfigSymbol& symbol : symbols)
      if (symbol.name == row.option) is_set = symbol.value == "y";
    if (!is_set) missing.emplace_back(row.option);
  }
  return missing;
}

std::string option_lines(const std::vector<std::string>& options) {
  std::string lines;
  for (const std::string& option : options) lines += fmt::format("CONFIG_{}=y\n", option);
  return lines;
}

}  // namespace culprit::cli
