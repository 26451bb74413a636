// What the service tells the world outside of HTTP: lines of JSON on standard error, and the service manager.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace culprit::service {

// {"time": ..., "level": "info", "event": "job_started", "job": "3"}: one line, one write.
void log(std::string_view level, std::string_view event,
         std::initializer_list<std::pair<std::string_view, std::string>> fields = {});

// sd_notify(3) without its library: a datagram to $NOTIFY_SOCKET ("READY=1", "WATCHDOG=1", "STOPPING=1"). Nothing
// where there is no service manager.
void tell_manager(std::string_view state);
// Seconds between two signs of life that the manager wants: half of $WATCHDOG_USEC; 0: it wants none.
double watchdog_interval();

}  // namespace culprit::service
