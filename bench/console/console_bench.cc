// Throughput of reading consoles, one core: bytes a second over 200 MB of each kind, beside what merely
// looking at every byte once (counting lines with memchr) costs on the same machine at the same time.
#include <benchmark/benchmark.h>

#include <cstring>

#include "console/console.h"
#include "console/consoles.h"

namespace culprit::bench {
namespace {

void read_console(benchmark::State& state, ConsoleKind kind) {
  const std::string console = make_console(kind, static_cast<std::size_t>(state.range(0)) << 20);
  std::size_t reports = 0;
  for (auto _ : state) {
    reports = 0;
    console::Reader reader({}, [&](const model::CrashReport&) { ++reports; });
    reader.feed(console);
    reader.finish();
    benchmark::DoNotOptimize(reports);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(console.size()) *
                          static_cast<std::int64_t>(state.iterations()));
  state.counters["reports"] = static_cast<double>(reports);
}

void count_lines(benchmark::State& state) {
  const std::string console =
      make_console(ConsoleKind::clean, static_cast<std::size_t>(state.range(0)) << 20);
  for (auto _ : state) {
    std::size_t lines = 0;
    const char* end = console.data() + console.size();
    for (const char* at = console.data(); at != end; ++lines) {
      const void* newline = std::memchr(at, '\n', static_cast<std::size_t>(end - at));
      at = newline == nullptr ? end : static_cast<const char*>(newline) + 1;
    }
    benchmark::DoNotOptimize(lines);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(console.size()) *
                          static_cast<std::int64_t>(state.iterations()));
}

BENCHMARK(count_lines)->Arg(200)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(read_console, clean, ConsoleKind::clean)->Arg(200)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(read_console, one_at_end, ConsoleKind::one_at_end)->Arg(200)->Unit(benchmark::kMillisecond);
// Two sizes: the time a report takes must not depend on how many there are.
BENCHMARK_CAPTURE(read_console, every_16_kib, ConsoleKind::every_16_kib)
    ->Arg(50)
    ->Arg(200)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace culprit::bench
