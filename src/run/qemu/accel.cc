// Does KVM work, not just exist? Under nested virtualisation /dev/kvm may open, every ioctl succeed, and the
// guest still never execute an instruction. So a guest is run for real: a 64 KiB BIOS image whose first
// instructions, at the reset vector, write to QEMU's debug-exit port. QEMU then ends with exit code (value <<
// 1) | 1, which no other end of it has; whatever else happens within the deadline means that guests do not
// run.
//
// This proves little of interrupts and timers. A kernel that prints nothing under KVM until its boot deadline
// is therefore tried under TCG as well, and KVM distrusted when that helps: see qemu_runner.cc.

#include "run/qemu/accel.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/process/subprocess.h"
#include "base/strings.h"

namespace culprit::run {
namespace {

constexpr int k_debug_exit_value = 0x2a;
constexpr int k_debug_exit_code = k_debug_exit_value << 1 | 1;
constexpr std::size_t k_bios_size = 64 * 1024;
constexpr std::size_t k_reset_vector = k_bios_size - 16;

std::string debug_exit_bios() {
  std::string bios(k_bios_size, '\0');
  const unsigned char code[] = {0xba, 0xf4,
                                0x00,                      // mov $0xf4, %dx
                                0xb0, k_debug_exit_value,  // mov $..., %al
                                0xee,                      // out %al, (%dx)
                                0xf4,                      // hlt
                                0xeb, 0xfd};               // jmp to the hlt
  std::memcpy(bios.data() + k_reset_vector, code, sizeof code);
  return bios;
}

// Changes with each boot of this machine; empty where /proc does not say.
std::string boot_id() {
  auto id = base::read_file("/proc/sys/kernel/random/boot_id");
  return id ? std::string(base::trim(*id)) : std::string();
}

void remember(const std::filesystem::path& cache, const Accel& accel) {
  if (cache.empty()) return;
  const nlohmann::json value = {{"boot", boot_id()}, {"kvm", accel.kvm}, {"why", accel.why}};
  (void)base::write_file_atomically(cache, value.dump());  // a cache: without it the next run asks again
}

bool recall(const std::filesystem::path& cache, Accel& accel) {
  const auto text = cache.empty() ? std::string() : base::read_file(cache).value_or(std::string());
  const nlohmann::json value = nlohmann::json::parse(text, nullptr, false);
  if (!value.is_object() || value.value("boot", nlohmann::json()) != boot_id() || !value.contains("kvm") ||
      !value["kvm"].is_boolean() || !value.contains("why") || !value["why"].is_string())
    return false;
  accel = {.kvm = value["kvm"], .why = value["why"]};
  return true;
}

base::Result<Accel> try_kvm(const std::string& qemu, const base::CancelToken& cancel, double deadline_s) {
  const int kvm = ::open("/dev/kvm", O_RDWR | O_CLOEXEC);
  if (kvm < 0) return Accel{.kvm = false, .why = fmt::format("/dev/kvm: {}", std::strerror(errno))};
  ::close(kvm);

  auto folder = base::TempDir::create("culprit-kvm-");
  if (!folder) return std::unexpected(std::move(folder.error()));
  const auto bios = folder->path() / "bios.bin";
  if (auto written = base::write_file_atomically(bios, debug_exit_bios()); !written)
    return std::unexpected(std::move(written.error()));
  const base::Command command{.argv = {qemu, "-accel", "kvm", "-M", "q35", "-cpu", "host", "-m", "16",
                                       "-nodefaults", "-no-user-config", "-display", "none", "-bios",
                                       bios.string(), "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"},
                              .timeout_s = deadline_s};
  auto end = base::run_process(command, cancel);
  if (!end) return std::unexpected(std::move(end.error()));
  using How = base::ProcessEnd::How;
  if (end->how == How::cancelled)
    return base::fail(base::ErrorKind::interrupted, "interrupted while KVM was tried");
  if (end->how == How::exited && end->exit_code == k_debug_exit_code)
    return Accel{.kvm = true, .why = "KVM works"};
  if (end->how == How::timed_out)
    return Accel{.kvm = false, .why = fmt::format("a guest under KVM did nothing for {:g} s", deadline_s)};
  const std::string_view said = base::trim(base::last_lines(end->output, 1));
  return Accel{.kvm = false,
               .why = end->how == How::signaled
                          ? fmt::format("QEMU under KVM died of signal {}: {}", end->signal, said)
                          : fmt::format("QEMU cannot use KVM: {}", said)};
}

}  // namespace

base::Result<Accel> probe_accel(const std::string& qemu, const std::filesystem::path& cache,
                                const base::CancelToken& cancel, double deadline_s) {
  Accel accel;
  if (recall(cache, accel)) return accel;
  auto tried = try_kvm(qemu, cancel, deadline_s);
  if (tried) remember(cache, *tried);
  return tried;
}

void distrust_kvm(const std::filesystem::path& cache, const std::string& why) {
  remember(cache, Accel{.kvm = false, .why = why});
}

}  // namespace culprit::run
