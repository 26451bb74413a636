#include "study/minimize_text.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "output/words/text.h"
#include "study/rate.h"

namespace culprit::study {
namespace {

using json = nlohmann::ordered_json;
using output::StyledLine;

std::vector<std::string> names_of(const MinimizePlan& plan, const Minimized& known, Fate fate) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < plan.parts.size(); ++i)
    if (known.parts[i].fate == fate) names.push_back(plan.parts[i].name);
  return names;
}

std::size_t name_width(const MinimizePlan& plan, const Minimized& known) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < plan.parts.size(); ++i)
    if (known.parts[i].fate == Fate::needed || known.parts[i].fate == Fate::unclear)
      width = std::max(width, output::width(plan.parts[i].name));
  return width;
}

std::string rate_words(const search::Counts& counts) {
  const RateInterval interval = rate_interval(counts.shown, counts.valid());
  return fmt::format("{} of {} runs, {:.0f}% to {:.0f}%", counts.shown, counts.valid(), 100 * interval.low,
                     100 * interval.high);
}

}  // namespace

std::vector<std::string> minimized_lines(const MinimizePlan& plan, const Minimized& known,
                                         const output::Style& style) {
  std::vector<std::string> out;
  const auto row = [&](const std::string& text) { out.push_back(StyledLine(style).put(text).str()); };
  const auto put = [&](const std::string& text) {
    for (const std::string& line : output::wrap(text, style.columns))
      out.push_back(StyledLine(style).put(line).str());
  };
  const std::size_t width = name_width(plan, known);
  for (std::size_t i = 0; i < plan.parts.size(); ++i) {
    const PartFate& part = known.parts[i];
    if (part.fate == Fate::needed)
      row(fmt::format("needed   {:<{}}  {}: without it {} without the bug", plan.parts[i].name, width,
                      output::percent(part.probability),
                      output::counted(static_cast<std::size_t>(part.quiet), "run")));
    if (part.fate == Fate::unclear)
      row(fmt::format("unclear  {:<{}}  without it: {}", plan.parts[i].name, width, part.why));
    if (part.fate == Fate::open) row(fmt::format("open     {}", plan.parts[i].name));
  }
  const std::vector<std::string> dropped = names_of(plan, known, Fate::dropped);
  if (!dropped.empty())
    put(fmt::format("not needed, {} of {}: {}", dropped.size(), plan.parts.size(),
                    base::join(dropped, ", ")));
  if (known.counts.valid() > 0)
    put(fmt::format("with what is left the bug shows in {}: {}", rate_words(known.counts), known.title));
  return out;
}

std::string minimized_json(const MinimizePlan& plan, const Minimized& known) {
  json needed = json::array(), unclear = json::array();
  for (std::size_t i = 0; i < plan.parts.size(); ++i) {
    const PartFate& part = known.parts[i];
    if (part.fate == Fate::needed)
      needed.push_back(
          {{"name", plan.parts[i].name}, {"probability", part.probability}, {"quiet", part.quiet}});
    if (part.fate == Fate::unclear) unclear.push_back({{"name", plan.parts[i].name}, {"why", part.why}});
  }
  const RateInterval interval = rate_interval(known.counts.shown, known.counts.valid());
  const json all = {{"commit", plan.commit.hex()},
                    {"bug", known.title.empty() ? json() : json(known.title)},
                    {"not_reproduced", known.not_reproduced.empty() ? json() : json(known.not_reproduced)},
                    {"needed", std::move(needed)},
                    {"unclear", std::move(unclear)},
                    {"dropped", names_of(plan, known, Fate::dropped)},
                    {"open", names_of(plan, known, Fate::open)},
                    {"shown", known.counts.shown},
                    {"runs", known.counts.valid()},
                    {"low", interval.low},
                    {"high", interval.high},
                    {"configurations", known.builds}};
  return base::printable_json(all.dump(2, ' ', false, json::error_handler_t::replace)) + "\n";
}

}  // namespace culprit::study
