// Console text -> crash reports: of a whole console, or of one as it comes in.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

#include "model/run/report.h"
#include "model/subject.h"

namespace culprit::console {

struct ReadOptions {
  // Of a kernel, reports of user-space programs are the guest's affair. Of anything else they count up to the
  // first printk time stamp: behind it a kernel speaks, that of a machine which the command drives.
  model::Subject subject = model::Subject::program;
};

// Reads a console in chunks of any size; how it is cut changes nothing. Memory is bounded: at most a few
// reports are open at a time, each of at most k_max_report bytes.
class Reader {
 public:
  // `on_report` gets each report when it is complete, in the order of their starts. Offsets count from the
  // first byte fed.
  Reader(const ReadOptions& options, std::function<void(model::CrashReport)> on_report);
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  void feed(std::string_view chunk);
  // The console is over: what is open is complete. Nothing may be fed after it.
  void finish();
  // A kernel panic was seen so far.
  bool panicked() const;

 private:
  class Impl;
  std::unique_ptr<Impl> m_impl;
};

// Bytes that one report may span.
inline constexpr std::size_t k_max_report = std::size_t{256} << 10;

// Every report of a console, in order.
model::ConsoleReading read(std::string_view console, const ReadOptions& options = {});

}  // namespace culprit::console
