#include "output/page/by_hand.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/strings.h"
#include "output/page/parts.h"
#include "output/words/text.h"

namespace culprit::output::page {
namespace {

constexpr std::string_view k_folder = "../culprit-by-hand";

// What happens at a revision once it is checked out.
std::string test_lines(const Circumstances& c, std::size_t runs) {
  std::string out;
  if (!c.build.empty()) out += c.build + "\n";
  if (!c.command.empty() && runs > 1)
    out += fmt::format("for run in $(seq {}); do {}; echo \"exit code $?\"; done\n", runs, c.command);
  else if (!c.command.empty())
    out += c.command + "; echo \"exit code $?\"\n";
  return out;
}

std::string step_comment(const RevisionSummary& revision) {
  std::string out =
      fmt::format("# {}", revision.label.empty() ? revision.commit.short_hex() : one_line(revision.label));
  if (!revision.title.empty()) out += " " + one_line(revision.title);
  out += fmt::format(": {}", verdict_text(revision));
  std::string marks;
  for (const RunSummary& run : revision.runs) marks += glyph_of(mark_of(run));
  return out + (marks.empty() ? "\n" : " " + marks + "\n");
}

}  // namespace

std::string by_hand_text(const PageMaterial& material) {
  const Summary& s = material.summary;
  const Circumstances& c = material.circumstances;
  if (s.tested() == 0) return {};
  std::string out;
  if (!s.repository.empty()) out += "cd " + base::shell_quote(base::printable(s.repository)) + "\n";
  out += fmt::format("git worktree add --detach {} {}\ncd {}\n", k_folder, s.problem.start.hex(), k_folder);
  for (const RevisionSummary& revision : s.revisions) {
    if (!revision.answered()) continue;
    out += "\n" + step_comment(revision);
    out += fmt::format("git checkout -q --detach {}\n", revision.commit.hex()) +
           test_lines(c, revision.runs.size());
  }
  if (s.conclusion && s.conclusion->culprit && s.conclusion->verification &&
      s.conclusion->verification->kind != model::Verification::Kind::not_tried) {
    const model::Verification& check = *s.conclusion->verification;
    out += fmt::format("\n# the answer taken back: {}\n", name_of(check.kind));
    out += fmt::format("git checkout -q --detach {}\ngit revert --no-commit {}\n", check.on.hex(),
                       s.conclusion->culprit->hex());
    out += test_lines(c, static_cast<std::size_t>(std::max(check.runs, 0))) + "git revert --abort\n";
  }
  out += fmt::format("\ncd - && git worktree remove --force {}\n", k_folder);
  return out;
}

html::Node by_hand(const PageMaterial& material) {
  using html::el;
  const std::string text = by_hand_text(material);
  if (text.empty()) return {};
  return el("div", el("p", "Each step again, in a checkout of its own:"), el("pre", {{"tabindex", 0}}, text),
            el("p", "What a run printed: ", el("code", "culprit console RUN"),
               ". What moved a verdict: ", el("code", "culprit show --why REV"), "."));
}

}  // namespace culprit::output::page
