#include "output/next.h"

#include <fmt/format.h>

#include <algorithm>

#include "output/words/duration.h"
#include "output/words/text.h"

namespace culprit::output {
namespace {

constexpr std::size_t k_any = 1000, k_least = 24;
constexpr std::size_t k_label = 6;

std::string left_in_words(const NextStep& step) {
  const model::Standing& standing = step.standing;
  if (standing.revisions_left == 0) return {};
  std::string out = revisions_left_words(standing);
  if (standing.steps_left > 0)
    out += ", roughly " + counted(static_cast<std::size_t>(standing.steps_left), "step");
  // By hand, only the person knows what a test costs.
  if (!step.by_hand && standing.cost_left > 0) out += ", " + rough_duration(standing.cost_left);
  return out;
}

// How many candidates are worth a line: those that stand out. Equal ones are no answer to "what now".
std::size_t likely_ones(const std::vector<model::Candidate>& top) {
  constexpr std::size_t k_shown = 5;
  constexpr double k_stands_out = 2;  // times as likely as the next one: a belief or a run speaks for it
  for (std::size_t i = 1; i < std::min(top.size(), k_shown + 1); ++i)
    if (top[i - 1].probability >= k_stands_out * top[i].probability) return i;
  return top.size() == 1 ? 1 : 0;
}

}  // namespace

std::string render_next(const NextStep& step, const Style& style) {
  const model::Experiment& next = step.experiment;
  std::string out;
  // On a screen, a title is cut and sentences are wrapped; whoever reads a pipe gets whole lines.
  const std::size_t width = style.live ? std::max(style.columns, k_least) : k_any;
  const auto line = [&](std::string_view label) {
    return StyledLine(style, width).put_padded(label, k_label, Ink::dim);
  };
  const auto end = [&](const StyledLine& finished) { out += finished.str() + "\n"; };
  const auto sentence = [&](std::string_view label, const std::string& text) {
    for (const std::string& piece : wrap(text, width - k_label)) {
      end(line(label).put(piece));
      label = "";
    }
  };
  StyledLine head = line("test");
  head.put(next.commit.short_hex(), Ink::cyan);
  if (!next.label.empty()) head.put(" " + next.label, Ink::bold);
  end(head.put(" ").put(step.title));
  if (!step.again.empty()) {
    sentence("why", fmt::format("the answer rests on `{} {}` alone: test it once more?",
                                next.commit.short_hex(), step.again));
    if (!step.checked_out) end(line("then").put("git checkout " + next.commit.short_hex()));
    sentence(step.checked_out ? "then" : "",
             fmt::format("culprit {} if it is so, culprit {} if not; culprit undo takes the last word back",
                         step.again, step.again == step.term_old ? step.term_new : step.term_old));
    return out;
  }
  std::string why(stage_words(next.stage));
  if (!next.reason.empty()) why += ": " + next.reason;
  if (next.information > 0) why += fmt::format(" ({:.2f} bits expected)", next.information);
  sentence("why", why);
  const std::string left = left_in_words(step);
  if (!left.empty()) sentence("left", left);
  for (std::size_t i = 0; i < likely_ones(step.standing.top); ++i) {
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
  sentence(step.checked_out ? "then" : "",
           fmt::format("culprit {}, culprit {} or culprit skip", step.term_old, step.term_new));
  return out;
}

}  // namespace culprit::output
