#include "run/hardware/machine_console.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/strings.h"
#include "model/run/outcome.h"

namespace culprit::run {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double k_grace_s = 3;  // after a panic or the exit mark
constexpr std::string_view k_first_words = "Linux version ";

std::size_t line_start(std::string_view text, std::size_t at) {
  const std::size_t newline = text.rfind('\n', at);
  return newline == std::string_view::npos ? 0 : newline + 1;
}

// Where a kernel begins to speak at or behind `from`; the text's size where none does.
std::size_t next_kernel(std::string_view text, std::size_t from) {
  for (std::size_t at = text.find(k_first_words, from); at != std::string_view::npos;
       at = text.find(k_first_words, at + 1)) {
    const std::size_t start = line_start(text, at);
    const std::string_view front = text.substr(start, at - start);
    const bool is_kernels = front.empty() || (front.ends_with("] ") && front != model::k_reproducer_mark);
    if (start >= from && is_kernels) return start;
  }
  return text.size();
}

// Where the kernel of the run tells its command line, which a boot loader, too, may print; npos where it does not.
std::size_t command_line_of(std::string_view text, std::string_view name) {
  const std::string mark = fmt::format("{}{}", k_run_mark, name);
  std::size_t at = text.find(mark);
  while (at != std::string_view::npos) {
    const std::size_t start = line_start(text, at);
    if (text.substr(start, at - start).contains("ommand line: ")) return at;
    at = text.find(mark, at + 1);
  }
  return at;
}

}  // namespace

bool speaks(std::string_view text, std::string_view name) {
  return command_line_of(text, name) != std::string_view::npos;
}

MachineConsole::MachineConsole(const MachineControls& machine, Environment environment,
                               const std::string& token, std::size_t limit)
    : m_machine(machine),
      m_marks(token),
      m_kept(limit, "culprit:" + token + ":"),
      m_thread([this, environment = std::move(environment)] { follow(environment); }) {}

MachineConsole::~MachineConsole() { close(); }

void MachineConsole::follow(const Environment& environment) {
  const auto take = [this](std::string_view chunk) {
    const std::lock_guard lock(m_mutex);
    m_marks.see(chunk);
    m_kept.kernel_says(chunk);
    if ((m_marks.ended() || m_marks.panicked()) && m_closing == Clock::time_point{}) m_closing = Clock::now();
    return true;
  };
  while (!m_stop.cancelled()) {
    const auto end = m_machine.line(m_machine.commands().console, {}, environment, m_stop, take);
    {
      const std::lock_guard lock(m_mutex);
      if (!m_stop.cancelled()) m_ended = end ? told_end(*end) : end.error().what;
    }
    const auto until = Clock::now() + std::chrono::duration<double>(m_machine.commands().pause_s);
    while (Clock::now() < until && !m_stop.cancelled()) std::this_thread::sleep_for(k_step);
  }
}

void MachineConsole::reproducer_says(std::string_view bytes) {
  const std::lock_guard lock(m_mutex);
  m_kept.reproducer_says(bytes);
}

bool MachineConsole::is(bool (Marks::*wanted)() const) const {
  const std::lock_guard lock(m_mutex);
  return (m_marks.*wanted)();
}

bool MachineConsole::wait_for(bool (Marks::*wanted)() const, double seconds,
                              const base::CancelToken& cancel) const {
  const auto until = Clock::now() + std::chrono::duration<double>(seconds);
  while (!is(wanted)) {
    if (Clock::now() >= until || cancel.cancelled()) return false;
    std::this_thread::sleep_for(k_step);
  }
  return true;
}

bool MachineConsole::has_said_its_last() const {
  const std::lock_guard lock(m_mutex);
  return m_closing != Clock::time_point{} &&
         Clock::now() > m_closing + std::chrono::duration<double>(k_grace_s);
}

std::string MachineConsole::ended() const {
  const std::lock_guard lock(m_mutex);
  return m_ended;
}

void MachineConsole::close() {
  m_stop.cancel();
  if (!m_thread.joinable()) return;
  m_thread.join();
  m_kept.finish();
}

std::string of_one_kernel(std::string text, std::string_view name, std::string_view start_mark) {
  std::size_t spoken = command_line_of(text, name);
  if (spoken != std::string::npos) {
    const std::size_t words = text.rfind(k_first_words, spoken);
    const std::size_t start = words == std::string::npos ? 0 : line_start(text, words);
    text.erase(0, start);
    spoken -= start;
  }
  const std::size_t mark = text.find(start_mark);
  const std::size_t from = mark != std::string::npos ? mark : spoken;
  if (from != std::string::npos) text.resize(next_kernel(text, from));
  return text;
}

}  // namespace culprit::run
