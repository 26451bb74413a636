// What was taken back stays in the store, named by the event that takes it back; the fold of the rest is the
// bisection. So every reader and `resume` see the same, and nothing is undone by hand anywhere.
#include "cli/setup/taking_back.h"

#include <algorithm>
#include <optional>
#include <variant>
#include <vector>

#include "base/overloaded.h"

namespace culprit::cli {
namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using model::Event;
using model::PersonJudged;
using model::TakenBack;

using Events = std::span<const Event>;

template <class Kind>
bool is(const Event& event) {
  return std::holds_alternative<Kind>(event.body);
}

bool is_by_hand(Events events) {
  const auto* started = events.empty() ? nullptr : std::get_if<model::Started>(&events.front().body);
  return started != nullptr && started->subject == model::Subject::by_hand;
}

// With the words before the first question a bisection begins: the ends, and an imported log behind them.
bool is_end(Events events, std::size_t at) {
  const auto asked = std::ranges::find_if(events, is<model::Decided>);
  if (events.begin() + static_cast<std::ptrdiff_t>(at) >= asked) return false;
  const auto& word = std::get<PersonJudged>(events[at].body).verdict;
  return std::ranges::none_of(events.first(at), [&](const Event& e) {
    const auto* other = std::get_if<PersonJudged>(&e.body);
    return other != nullptr && other->verdict.verdict == word.verdict;
  });
}

std::optional<model::CommitId> commit_of(const Event& event) {
  return std::visit(base::Overloaded{
                        [](const model::BuildStarted& e) { return std::optional(e.commit); },
                        [](const model::BuildFinished& e) { return std::optional(e.build.commit); },
                        [](const model::RunStarted& e) { return std::optional(e.commit); },
                        [](const model::RunFinished& e) { return std::optional(e.run.commit); },
                        [](const model::Judged& e) { return std::optional(e.verdict.commit); },
                        [](const PersonJudged& e) { return std::optional(e.verdict.commit); },
                        [](const auto&) { return std::optional<model::CommitId>(); },
                    },
                    event.body);
}

// What rests on the events from `first` on: an answer; by hand also what was asked and judged meanwhile.
bool follows(const Event& event, std::int64_t first, bool by_hand) {
  if (event.sequence < first) return false;
  return is<model::Finished>(event) || (by_hand && (is<model::Decided>(event) || is<model::Judged>(event)));
}

TakenBack with_what_follows(Events events, std::vector<std::int64_t> sequences) {
  TakenBack out{.sequences = std::move(sequences)};
  const std::int64_t first = std::ranges::min(out.sequences);
  const bool by_hand = is_by_hand(events);
  for (const Event& event : events) {
    if (follows(event, first, by_hand)) out.sequences.push_back(event.sequence);
    if (const auto* run = std::get_if<model::RunFinished>(&event.body))
      out.next_run = std::max(out.next_run, run->run.id + 1);
    if (const auto* taken = std::get_if<TakenBack>(&event.body))
      out.next_run = std::max(out.next_run, taken->next_run);
  }
  std::ranges::sort(out.sequences);
  const auto doubled = std::ranges::unique(out.sequences);
  out.sequences.erase(doubled.begin(), doubled.end());
  return out;
}

}  // namespace

Result<TakenBack> last_word(Events events) {
  std::size_t at = events.size();
  while (at > 0 && !is<PersonJudged>(events[at - 1])) --at;
  if (at == 0 || is_end(events, at - 1))
    return fail(ErrorKind::usage, "there is no word to take back",
                "`culprit forget REV` forgets what was run of a revision; other ends want a new bisection, "
                "with --fresh");
  // Words of one command were stored at one moment; those of the beginning are single.
  std::vector<std::int64_t> sequences = {events[at - 1].sequence};
  const double moment = events[at - 1].time;
  const auto asked = std::ranges::find_if(events, is<model::Decided>);
  const auto first = static_cast<std::size_t>(asked - events.begin());
  for (std::size_t i = at - 1; i > first && is<PersonJudged>(events[i - 1]) && events[i - 1].time == moment;
       --i)
    sequences.push_back(events[i - 1].sequence);
  return with_what_follows(events, std::move(sequences));
}

Result<TakenBack> all_about(Events events, const model::CommitId& commit) {
  std::vector<std::int64_t> sequences;
  bool known = false, is_an_end = false;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (commit_of(events[i]) != commit) continue;
    if (is<PersonJudged>(events[i]) && is_by_hand(events) && is_end(events, i)) {
      is_an_end = true;
      continue;
    }
    known |= !is<model::Judged>(events[i]);
    sequences.push_back(events[i].sequence);
  }
  if (!known && is_an_end)
    return fail(ErrorKind::usage, commit.short_hex() + " is an end of this bisection",
                "begin anew with another one: culprit bisect --manual --fresh --bad REV --good REV");
  if (!known)
    return fail(ErrorKind::usage,
                "nothing is known of " + commit.short_hex() + ": it was neither tested nor spoken of",
                "`culprit show` lists what is");
  return with_what_follows(events, std::move(sequences));
}

}  // namespace culprit::cli
