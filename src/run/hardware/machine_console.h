// What a machine's console says during a run, followed by a thread of its own.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/process/cancel.h"
#include "run/hardware/machine_controls.h"
#include "run/qemu/guest_console.h"
#include "run/qemu/qemu_guest.h"

namespace culprit::run {

// Follows the console from its making until it is closed. A console command that ends is begun again: one that reads
// the kernel's log by the network dies with each boot. Its methods may be called from several threads.
class MachineConsole {
 public:
  // `machine` outlives it. `token` is that of the marks.
  MachineConsole(const MachineControls& machine, Environment environment, const std::string& token,
                 std::size_t limit);
  ~MachineConsole();
  MachineConsole(const MachineConsole&) = delete;
  MachineConsole& operator=(const MachineConsole&) = delete;

  void reproducer_says(std::string_view bytes);
  // Waits, at most so long, until the marks are as `wanted`; whether they are.
  bool wait_for(bool (Marks::*wanted)() const, double seconds, const base::CancelToken& cancel) const;
  bool is(bool (Marks::*wanted)() const) const;
  // The kernel has panicked, or its marks tell of the end, and what was on its way after that has come.
  bool has_said_its_last() const;
  // How the console command ended last; empty: it did not.
  std::string ended() const;

  // Ends the command; what was said, and the marks in it.
  void close();
  std::string text() const { return m_kept.text(); }
  bool truncated() const { return m_kept.truncated(); }
  const Marks& marks() const { return m_marks; }  // once it is closed

 private:
  void follow(const Environment& environment);

  const MachineControls& m_machine;
  mutable std::mutex m_mutex;
  Marks m_marks;
  GuestConsole m_kept;
  std::string m_ended;
  std::chrono::steady_clock::time_point m_closing{};  // since when it has said its last
  base::CancelToken m_stop;
  std::jthread m_thread;
};

// The part of a console's text that is of the kernel of the run `name`: from its first words on, as far as they are
// known by its command line, until another kernel begins behind its start mark (a machine that rebooted by itself).
std::string of_one_kernel(std::string text, std::string_view name, std::string_view start_mark);
// Whether that kernel has told its command line in it.
bool speaks(std::string_view text, std::string_view name);

}  // namespace culprit::run
