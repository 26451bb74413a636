#include "console/consoles.h"

#include <fmt/format.h>

#include <array>

#include "base/rng.h"

namespace culprit::bench {
namespace {

// One line of what a guest prints while nothing is wrong.
void add_noise(std::string& out, base::Rng& rng, double time) {
  const auto n = [&](std::uint64_t bound) { return rng.below(bound); };
  const std::string stamp = fmt::format("[{:12.6f}][{:>6}] ", time, fmt::format("T{}", n(30000)));
  switch (n(8)) {
    case 0:
      out += fmt::format("{}usb {}-1: new high-speed USB device number {} using dummy_hcd\n", stamp, n(8),
                         n(120));
      break;
    case 1:
      out += fmt::format("{}IPv6: ADDRCONF(NETDEV_CHANGE): veth{}: link becomes ready\n", stamp, n(100));
      break;
    case 2:
      out += fmt::format("{}audit: type=1400 audit({}.{:03}:{}): avc:  denied  {{ map }} for  pid={}\n",
                         stamp, 1500000000 + n(9999999), n(1000), n(999), n(30000));
      break;
    case 3:
      out += fmt::format("{}EXT4-fs (loop{}): mounted filesystem without journal. Opts: ,errors=continue\n",
                         stamp, n(8));
      break;
    case 4:
      out +=
          fmt::format("{}BIOS-e820: [mem {:#018x}-{:#018x}] reserved\n", stamp, n(1ULL << 40), n(1ULL << 40));
      break;
    case 5:
      out +=
          fmt::format("r{} = openat$dev(0xffffffffffffff9c, &(0x7f{:010x})='./file{}\\x00', 0x{:x}, 0x0)\n",
                      n(9), n(1ULL << 40), n(9), n(65536));
      break;
    case 6:
      out += fmt::format("{}net eth{}: Link is up at {} Mbps, full duplex, lpa {:#06x}\n", stamp, n(4),
                         n(1000), n(65536));
      break;
    default:
      out += fmt::format("{}Bluetooth: hci{}: command {:#06x} tx timeout\n", stamp, n(6), n(65536));
      break;
  }
}

void add_report(std::string& out, base::Rng& rng, double time, std::uint64_t number) {
  static constexpr std::array<std::string_view, 8> functions = {"alpha_read", "beta_ioctl",   "gamma_release",
                                                                "delta_poll", "epsilon_send", "zeta_connect",
                                                                "eta_probe",  "theta_timer"};
  const std::uint64_t pid = 1000 + rng.below(20000);
  const auto line = [&](std::string_view text) {
    out += fmt::format("[{:12.6f}][{:>6}] {}\n", time, fmt::format("T{}", pid), text);
  };
  const std::string_view f = functions[number % functions.size()];
  line("==================================================================");
  line(fmt::format("BUG: KASAN: slab-use-after-free in {}+0x{:x}/0x400", f, rng.below(1024)));
  line(fmt::format("Read of size 8 at addr ffff8880{:08x} by task repro/{}", rng.below(1ULL << 32), pid));
  line("");
  line(fmt::format("CPU: {} PID: {} Comm: repro Not tainted 6.6.0 #1", rng.below(4), pid));
  line("Hardware name: QEMU Standard PC (Q35 + ICH9, 2009), BIOS 1.16.0 04/01/2014");
  line("Call Trace:");
  line(" <TASK>");
  for (const std::string_view g : {"dump_stack_lvl", "print_report", "kasan_report"})
    line(fmt::format(" {}+0x{:x}/0x200", g, rng.below(512)));
  line(fmt::format(" {}+0x{:x}/0x400", f, rng.below(1024)));
  for (int i = 0; i < 24; ++i) {
    line(fmt::format(" {}layer_{}_call+0x{:x}/0x300", rng.below(2) == 0 ? "? " : "", i, rng.below(768)));
  }
  line(" do_syscall_64+0x3d/0xb0");
  line(" entry_SYSCALL_64_after_hwframe+0x63/0xcd");
  line("RIP: 0033:0x7f203d446d7a");
  line(" </TASK>");
  for (const std::string_view what : {"Allocated", "Freed"}) {
    line("");
    line(fmt::format("{} by task {}:", what, pid));
    for (int i = 0; i < 10; ++i)
      line(
          fmt::format(" {}_{}_path+0x{:x}/0x200", what == "Freed" ? "release" : "create", i, rng.below(512)));
  }
  line("");
  line("The buggy address belongs to the object at ffff88800d1f4000");
  line(" which belongs to the cache kmalloc-64 of size 64");
  line("==================================================================");
}

}  // namespace

std::string make_console(ConsoleKind kind, std::size_t size) {
  constexpr std::size_t k_period = std::size_t{16} << 10;
  std::string out;
  out.reserve(size + (std::size_t{32} << 10));
  base::Rng rng(42);
  double time = 0;
  std::uint64_t reports = 0;
  while (out.size() < size) {
    add_noise(out, rng, time += 0.0007);
    if (kind == ConsoleKind::every_16_kib && out.size() >= (reports + 1) * k_period)
      add_report(out, rng, time, reports++);
  }
  if (kind == ConsoleKind::one_at_end) add_report(out, rng, time, 0);
  return out;
}

}  // namespace culprit::bench
