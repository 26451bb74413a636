// Throughput of reading consoles, one core: bytes a second over 200 MB of each kind.
#include <benchmark/benchmark.h>

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

BENCHMARK_CAPTURE(read_console, clean, ConsoleKind::clean)->Arg(200)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(read_console, one_at_end, ConsoleKind::one_at_end)->Arg(200)->Unit(benchmark::kMillisecond);
// Two sizes: the time a report takes must not depend on how many there are.
BENCHMARK_CAPTURE(read_console, every_16_kib, ConsoleKind::every_16_kib)
    ->Arg(50)
    ->Arg(200)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace culprit::bench
