#include "cli/session/signals.h"

#include <unistd.h>

#include <csignal>

#include "base/exit_code.h"

namespace culprit::cli {
namespace {

// A signal handler can reach nothing but a global.
base::CancelToken g_cancel;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

// The first signal asks; the second one goes at once. culprit-guard ends the children either way.
void on_signal(int) {
  if (g_cancel.cancelled()) _exit(static_cast<int>(base::ExitCode::interrupted));
  g_cancel.cancel();
}

}  // namespace

const base::CancelToken& cancel_on_signals() {
  struct sigaction action = {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  for (const int number : {SIGINT, SIGTERM}) sigaction(number, &action, nullptr);
  struct sigaction inherited = {};
  sigaction(SIGHUP, nullptr, &inherited);
  if (inherited.sa_handler != SIG_IGN) sigaction(SIGHUP, &action, nullptr);  // nohup(1) ignores it
  signal(SIGPIPE, SIG_IGN);
  return g_cancel;
}

}  // namespace culprit::cli
