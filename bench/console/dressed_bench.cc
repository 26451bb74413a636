// Throughput of reading the consoles of bench_console in the dress of some transports, as bytes of the dressed
// text a second.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>

#include "console/console.h"
#include "console/consoles.h"
#include "tests/golden/dressing.h"

namespace culprit::bench {
namespace {

void read_dressed(benchmark::State& state, std::string_view transport, ConsoleKind kind) {
  const auto dressers = console::dressers();
  const auto dresser =
      std::find_if(dressers.begin(), dressers.end(), [&](const auto& d) { return d.name == transport; });
  if (dresser == dressers.end()) return state.SkipWithError("no such transport");
  const std::string text = dresser->dress(make_console(kind, static_cast<std::size_t>(state.range(0)) << 20));
  std::size_t reports = 0;
  for (auto _ : state) {
    reports = 0;
    console::Reader reader({}, [&](const model::CrashReport&) { ++reports; });
    reader.feed(text);
    reader.finish();
    benchmark::DoNotOptimize(reports);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(text.size()) *
                          static_cast<std::int64_t>(state.iterations()));
  state.counters["reports"] = static_cast<double>(reports);
}

void register_all() {
  for (const std::string_view transport :
       {"journalctl -o short", "dmesg -T", "docker's JSON", "GitHub's log", "HTML with <br>", "UTF-16"}) {
    for (const auto& [kind, name] :
         {std::pair{ConsoleKind::clean, "clean"}, std::pair{ConsoleKind::every_16_kib, "every_16_kib"}}) {
      const std::string title = std::string(transport) + "/" + name;
      benchmark::RegisterBenchmark(title.c_str(), read_dressed, transport, kind)
          ->Arg(50)
          ->Unit(benchmark::kMillisecond);
    }
  }
}

const bool registered = (register_all(), true);

}  // namespace
}  // namespace culprit::bench
