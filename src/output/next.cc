#include "output/next.h"

#include <fmt/format.h>

#include <algorithm>

#include "output/words/duration.h"
#include "output/words/text.h"

namespace culprit::output {
namespace {

constexpr std::size_t k_any = 1000;
constexpr std::size_t k_shown = 5;

std::string left_in_words(const NextStep& step) {
  const model::Standing& standing = step.standing;
  if (standing.revisions_left == 0) return {};
  std::string out = revisions_left_words(standing);
  if (standing.steps_left > 0)
    out += ", roughly " + counted(static_cast<std::size_t>(standing.steps_left), "step");
  // By hand, only the person knows what a test costs.
  if (!step.by_hand && standing.cost_left > 0) out += ", about " + short_duration(standing.cost_left);
  return out;
}

}  // namespace

std::string render_next(const NextStep& step, const Style& style) {
  const model::Experiment& next = step.experiment;
  std::string out;
  const auto line = [&](std::string_view label) {
    return StyledLine(style, k_any).put_padded(label, 6, Ink::dim);
  };
  const auto end = [&](const StyledLine& finished) { out += finished.str() + "\n"; };
  StyledLine head = line("test");
  head.put(next.commit.short_hex(), Ink::cyan);
  if (!next.label.empty()) head.put(" " + next.label, Ink::bold);
  end(head.put(" ").put(step.title));
  std::string why(stage_words(next.stage));
  if (!next.reason.empty()) why += ": " + next.reason;
  if (next.information > 0) why += fmt::format(" ({:.2f} bits expected)", next.information);
  end(line("why").put(why));
  const std::string left = left_in_words(step);
  if (!left.empty()) end(line("left").put(left));
  for (std::size_t i = 0; i < std::min(step.standing.top.size(), k_shown); ++i) {
    const model::Candidate& candidate = step.standing.top[i];
    StyledLine row = line(i == 0 ? "likely" : "");
    row.put(" ").put_right(percent(candidate.probability), 6).put(" ");
    row.put(candidate.commit.short_hex(), Ink::cyan).put(" ");
    end(row.put(step.title_of ? step.title_of(candidate.commit) : ""));
  }
  if (!step.by_hand) {
    end(line("then").put("culprit resume tests it"));
    return out;
  }
  if (!step.checked_out) end(line("then").put("git checkout " + next.commit.short_hex()));
  end(line(step.checked_out ? "then" : "")
          .put(fmt::format("culprit {}, culprit {} or culprit skip", step.term_old, step.term_new)));
  return out;
}

}  // namespace culprit::output
