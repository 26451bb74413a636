// The shell is the initramfs's busybox, also where there is a root: it is known, and its marks come from one place.
// /sbin/modprobe stays the initramfs's too, since the kernel's own calls of it (request_module) run there.
//
// Whatever fails is said by the guest and fails the check before the reproducer: the revision says nothing then.

#include "run/qemu/guest_setup.h"

#include <fmt/format.h>

#include "base/strings.h"
#include "run/snapshot/reseed.h"

namespace culprit::run {
namespace {

// A disk may be found after the first process runs, when its driver is a module.
constexpr const char* k_wait_for_disk = R"(tries=0
while [ ! -b /dev/vda ] && [ $tries -lt 50 ]; do sleep 0.2; tries=$((tries + 1)); done
[ -b /dev/vda ] || finish check-failed "the guest has no disk /dev/vda: VIRTIO_BLK and VIRTIO_PCI are missing"
)";

std::string overlay_on(const std::string& mount_lower, const char* what) {
  return fmt::format(R"(mkdir -p /ro /rw
why=$({0} 2>&1) || finish check-failed "the root cannot be mounted: {1}: $why"
mount -t tmpfs rw /rw
mkdir /rw/up /rw/work
why=$(mount -t overlay -o lowerdir=/ro,upperdir=/rw/up,workdir=/rw/work overlay /sysroot 2>&1) ||
  finish check-failed "the root gets no overlay in memory: OVERLAY_FS is missing: $why"
)",
                     mount_lower, what);
}

// The disk itself or one of its partitions, whichever has a shell.
constexpr const char* k_mount_image = R"(found=
for disk in /dev/vda /dev/vda[0-9]*; do
  mount "$disk" /sysroot 2> /dev/null || continue
  if [ -e /sysroot/bin/sh ] || [ -L /sysroot/bin/sh ]; then found=$disk; break; fi
  umount /sysroot
done
[ -n "$found" ] || finish check-failed "no file system with a shell /bin/sh is on the root's image"
)";

std::string mount_root(RootKind kind) {
  switch (kind) {
    case RootKind::squashfs:
      return k_wait_for_disk + overlay_on("mount -t squashfs -o ro /dev/vda /ro", "SQUASHFS is missing?");
    case RootKind::image:
      return std::string(k_wait_for_disk) + k_mount_image;
    case RootKind::host:
      return overlay_on("mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=262144,cache=loose root /ro",
                        "9P_FS or NET_9P_VIRTIO is missing?");
    case RootKind::none:
    case RootKind::initramfs:
      break;
  }
  return "";
}

// What a root needs that is not on it.
constexpr const char* k_furnish = R"(cd /sysroot && mkdir -p proc sys dev tmp run root ||
  finish check-failed "the root has no room for what a guest needs, or cannot be written"
cd /
mount -t proc proc /sysroot/proc
mount -t sysfs sysfs /sysroot/sys
mount -t devtmpfs dev /sysroot/dev || finish check-failed "the root gets no /dev: DEVTMPFS is missing"
mkdir -p /sysroot/dev/pts /sysroot/dev/shm
mount -t devpts devpts /sysroot/dev/pts 2> /dev/null
mount -t tmpfs shm /sysroot/dev/shm
mount -t tmpfs run /sysroot/run
mount -t tmpfs tmp /sysroot/tmp
[ ! -d /lib/modules ] || { mkdir -p /sysroot/lib/modules; mount -o bind /lib/modules /sysroot/lib/modules; }
why=$(cp -a /inject/. /sysroot/ 2>&1) || finish check-failed "the root has no room for the reproducer: $why"
why=$(chroot /sysroot /bin/sh -c : 2>&1) ||
  finish check-failed "the root's shell does not run; is it of another architecture? $why"
)";

}  // namespace

std::string modules_script(const GuestPlan& plan) {
  if (plan.modules.empty()) return "";
  std::string script = R"(release=$(uname -r)
[ -d "/lib/modules/$release" ] || finish check-failed "the modules are of another version: $(ls /lib/modules) and not $release"
)";
  for (const std::string& module : plan.modules) {
    if (module == k_all_modules)
      script +=
          "find /sys/devices -name modalias -exec cat {} + 2> /dev/null | sort -u | while read -r alias; do\n"
          "  modprobe -q \"$alias\" 2> /dev/null\ndone\n";
    else
      script += fmt::format(
          "why=$(modprobe {0} 2>&1) || finish check-failed \"the module {0} cannot be loaded: $why\"\n",
          module);
  }
  return script;
}

std::string root_script(const GuestPlan& plan) {
  if (plan.root == RootKind::none)
    return "[ ! -d /inject ] || cp -a /inject/. / || finish check-failed the guest has no room for the "
           "files\n";
  return "mkdir -p /sysroot\n" + mount_root(plan.root) + k_furnish;
}

std::string network_script(const GuestPlan& plan) {
  std::string script;
  if (plan.root != RootKind::none || plan.network) script += "ip link set lo up 2> /dev/null\n";
  // QEMU's user network: slirp hands out these addresses (qemu-system(1), -netdev user).
  if (plan.network)
    script += fmt::format(
        R"(ip link set eth0 up && ip addr add 10.0.2.15/24 dev eth0 && ip route add default via 10.0.2.2 ||
  finish check-failed "the guest has no network device eth0: VIRTIO_NET is missing"
mkdir -p {0}/etc
rm -f {0}/etc/resolv.conf
echo nameserver 10.0.2.3 > {0}/etc/resolv.conf
)",
        plan.root == RootKind::none ? "" : "/sysroot");
  return script;
}

bool holds_before_root(RootKind root) { return root == RootKind::image || root == RootKind::host; }

std::string hold_script(const GuestPlan& plan) {
  if (!plan.holds) return "";
  // The port stays open from the mark to the host's word: when it is closed, what came is thrown away.
  return fmt::format(R"(if [ -c /dev/ttyS1 ] && stty -F /dev/ttyS1 raw -echo && echo {1} | {2}; then
  {{
    say hold
    while read -r word seed now how; do [ "$word" != {0}go ] || break; done
  }} < /dev/ttyS1
  date -s "@$now" > /dev/null
  echo "$seed" | {2} || [ "$how" != restored ] || finish check-failed the random generator cannot be reseeded
fi 2> /dev/null
)",
                     plan.token, (plan.token + plan.token + plan.token + plan.token).substr(0, k_seed_digits),
                     k_reseed_path);
}

std::string enter_root(const GuestPlan& plan) {
  if (plan.root == RootKind::none) return "";
  return "env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root chroot /sysroot ";
}

}  // namespace culprit::run
