#include "cli/signals.h"

#include <csignal>

namespace culprit::cli {
namespace {

// A signal handler can reach nothing but a global.
base::CancelToken g_cancel;

void on_signal(int) { g_cancel.cancel(); }

}  // namespace

const base::CancelToken& cancel_on_signals() {
  struct sigaction action = {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaction(signal, &action, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return g_cancel;
}

}  // namespace culprit::cli
