#include "cli/commands/reading.h"

#include <variant>

#include "cli/session/display.h"
#include "cli/session/place.h"
#include "cli/session/session.h"
#include "cli/session/signals.h"
#include "cli/settings/settings.h"
#include "identity/identity.h"

namespace culprit::cli {

void add_reading_options(Options& command, ReadingOptions& options) {
  add_place_options(command, options.repository, options.state_dir);
  command.integer("--bisection", options.bisection, 1, 1'000'000'000,
                  "number of the bisection (default: the newest)");
}

output::CommitTexts Reading::texts() const {
  if (!history) return {};
  const auto* started = events.empty() ? nullptr : std::get_if<model::Started>(&events.front().body);
  auto settings = settings_from_json(started != nullptr ? started->settings : std::string());
  return texts_of(settings ? *settings : Settings{}, *history);
}

base::Result<Reading> read_bisection(const ReadingOptions& options) {
  const StatePaths paths = CULPRIT_TRY(find_state(options.repository, options.state_dir));
  auto store = CULPRIT_TRY(store::Store::open(paths.store(), store::Store::Mode::read_only));
  const std::int64_t bisection =
      options.bisection > 0 ? options.bisection : CULPRIT_TRY(newest_bisection(store));
  auto events = CULPRIT_TRY(store.events(bisection));
  CULPRIT_TRY(tell_damage(store, bisection, events));
  const auto* started = events.empty() ? nullptr : std::get_if<model::Started>(&events.front().body);
  if (!started)
    return base::fail(base::ErrorKind::usage, "there is no bisection " + std::to_string(bisection) + " here",
                      "leave --bisection out for the newest");

  Reading reading{paths, std::move(store), bisection, {}, {}, nullptr};
  std::vector<model::RunRecord> runs;
  for (const model::Event& event : events) {
    reading.fold.apply(event);
    if (const auto* run = std::get_if<model::RunFinished>(&event.body)) runs.push_back(run->run);
  }
  const identity::Assessment assessment = identity::assess(runs, started->problem.start);
  reading.fold.reidentify(runs);
  for (std::size_t i = 0; i < runs.size(); ++i) reading.fold.explain(runs[i].id, assessment.explain(i));
  // What was printed is beside the events; of a failure without a report it is all there is to show.
  if (const auto* crash = output::shown_crash(reading.fold.summary()); crash && crash->text.empty())
    if (const auto console = reading.store.console(bisection, crash->run))
      reading.fold.show_console(crash->run, *console);
  // A repository that was moved since is found where the user stands.
  for (const std::string& place : {started->repository, options.repository}) {
    if (reading.history) break;
    auto history = history::GitHistory::open(place, {.allow_shallow = true}, cancel_on_signals());
    if (history) reading.history = std::move(*history);
  }
  reading.events = std::move(events);
  return reading;
}

}  // namespace culprit::cli
