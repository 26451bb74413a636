// A compiler that changes at a release makes that release the first bad revision of whatever it brings out, and so does an
// option that a tree begins to know there. One commit in thousands is at such a place: an answer that is deserves the
// question. It is asked of the side without the bug, built as the side with it: if the bug then shows, no commit is needed.
#include "search/check/build_flip.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/build/build_facts.h"
#include "search/check/revert.h"
#include "search/check/tuning.h"
#include "search/evidence/look.h"

namespace culprit::search {
namespace {

using model::BuildRecord;
using model::CommitId;
using model::Conclusion;
using model::WithVariant;

// The latest build that is fine; null where there is none.
const BuildRecord* build_of(const model::Evidence& evidence, const CommitId& commit,
                            const std::string& variant) {
  const BuildRecord* found = nullptr;
  for (const BuildRecord& build : evidence.builds)
    if (build.commit == commit && build.variant == variant && build.status == model::BuildStatus::ok)
      found = &build;
  return found;
}

class BuildCheck {
 public:
  BuildCheck(const Scene& scene, model::Decision answer, double false_rate)
      : m_scene(scene),
        m_answer(std::move(answer)),
        m_culprit(*m_answer.conclusion->culprit),
        m_false_rate(false_rate),
        m_variant(telling_variant(scene.evidence, m_culprit)),
        m_own(build_of(scene.evidence, m_culprit, m_variant)),
        m_parent(find_parent()) {
    if (m_parent == nullptr || m_own == nullptr) return;
    if (!m_own->compiler.empty() && !m_parent->compiler.empty() && m_own->compiler != m_parent->compiler)
      m_difference.compiler = m_own->compiler;
    m_difference.options = options_as_in(*m_own, *m_parent);
    m_difference.variant = m_variant;
    const CommitId& shows = scene.fix() ? m_parent->commit : m_culprit;
    const Look look = look_at(scene.evidence, shows, m_variant);
    m_rate = (look.runs.shown + 0.5) / (look.runs.valid() + 1.0);
    m_needed = quiet_runs_needed(m_rate, k_left_to_chance,
                                 std::max(k_most_check_runs * scene.problem.runs_per_revision, 30));
  }

  model::Decision next() {
    if (m_difference.compiler.empty() && m_difference.options.empty()) return std::move(m_answer);
    const Outcome both = outcome_of(m_difference);
    if (both == Outcome::open) return ask(m_difference);
    if (both == Outcome::untestable) return untestable();
    if (both == Outcome::as_before) return passed();
    if (m_difference.compiler.empty() || m_difference.options.empty()) return blamed(m_difference);
    // Which of the two?
    WithVariant compiler = m_difference;
    compiler.options.clear();
    const Outcome alone = outcome_of(compiler);
    if (alone == Outcome::open) return ask(compiler);
    if (alone == Outcome::makes_it) return blamed(compiler);
    WithVariant options = m_difference;
    if (alone == Outcome::as_before) options.compiler.clear();
    return blamed(options);
  }

 private:
  enum class Outcome { open, makes_it, as_before, untestable };

  const BuildRecord* find_parent() const {
    if (const auto node = m_scene.graph.find(m_culprit))
      for (const NodeIndex parent : m_scene.graph.parents(*node))
        if (const BuildRecord* build = build_of(m_scene.evidence, m_scene.graph.id(parent), m_variant))
          return build;
    const auto& last = m_answer.conclusion->last_good;
    return last ? build_of(m_scene.evidence, *last, m_variant) : nullptr;
  }

  // What makes the requested options of `other` what they are in `own`.
  static std::vector<std::string> options_as_in(const BuildRecord& own, const BuildRecord& other) {
    const auto here = model::options_lost(own), there = model::options_lost(other);
    std::vector<std::string> out;
    for (const auto& lost : here)
      if (std::ranges::find(there, lost) == there.end()) out.push_back(lost.name + "=" + lost.is);
    for (const auto& lost : there)
      if (std::ranges::find(here, lost.name, &model::OptionLost::name) == here.end())
        out.push_back(lost.name + "=" + lost.wanted);
    return out;
  }

  Look look(const WithVariant& with) const {
    return look_at(m_scene.evidence, m_parent->commit, model::name_of(with));
  }

  Outcome outcome_of(const WithVariant& with) const {
    const Look at = look(with);
    if (at.broken || at.lost_builds >= 3) return Outcome::untestable;
    const bool sure = at.runs.shown > 0 && (m_rate > 10 * m_false_rate || at.runs.shown > 1);
    const Outcome shows = m_scene.fix() ? Outcome::as_before : Outcome::makes_it;
    const Outcome quiet = m_scene.fix() ? Outcome::makes_it : Outcome::as_before;
    if (sure) return shows;
    if (at.runs.shown == 0 && at.runs.quiet >= m_needed) return quiet;
    return at.runs.attempts() + at.runs.lost >= 2 * m_needed + 3 ? Outcome::untestable : Outcome::open;
  }

  model::Decision ask(const WithVariant& with) {
    const Look at = look(with);
    model::Decision decision{.standing = m_answer.standing, .notes = m_answer.notes};
    decision.notes.push_back(fmt::format("checking the answer: {} is built as {} was, with {}",
                                         name(m_parent->commit), name(m_culprit), difference(with)));
    if (at.pending()) return decision;
    decision.experiments.push_back(
        {.commit = m_parent->commit,
         .variant = model::name_of(with),
         .runs = std::max(1, std::min(m_needed - at.runs.quiet, m_scene.problem.runs_per_revision)),
         .stage = "control",
         .reason = fmt::format("control: is it the commit, or {}?", difference(with))});
    return decision;
  }

  model::Decision passed() {
    say(fmt::format("It is not {}, which changes between {} and {}: with that, {} {} ({} runs).",
                    difference(m_difference), name(m_parent->commit), name(m_culprit), name(m_parent->commit),
                    m_scene.fix() ? "shows the bug still" : "is free of the bug still",
                    look(m_difference).runs.valid()));
    return std::move(m_answer);
  }

  // The difference explains it all.
  model::Decision blamed(const WithVariant& with) {
    Conclusion& c = *m_answer.conclusion;
    const Counts runs = look(with).runs;
    c.explanation = fmt::format(
        "Not the commit makes the difference, but {}: {}, {} as it was built{}, {} it with that ({} of {} "
        "runs).",
        difference(with), name(m_parent->commit),
        m_scene.fix() ? "which shows the bug" : "which is free of the bug",
        m_parent->compiler.empty() ? "" : fmt::format(" ({})", m_parent->compiler),
        m_scene.fix() ? "does not show" : "shows", runs.shown, runs.valid());
    c.kind = model::ResultKind::inconclusive;
    c.tested = c.culprit;
    c.culprit.reset();
    c.candidates.clear();
    c.probability = 0;
    c.next_steps = {
        with.compiler.empty()
            ? fmt::format("search again with that option set the same everywhere: {}", difference(with))
            : std::string("search again with one compiler for all: a single [[toolchain]], or \"since\" and "
                          "\"until\" that let one build both ends")};
    return std::move(m_answer);
  }

  // An option that the parent does not know may be the culprit's own: that is said, and no reason for doubt.
  model::Decision untestable() {
    Conclusion& c = *m_answer.conclusion;
    say(fmt::format(
        "{} changes between {} and {}, and whether that makes the difference could not be tested: {} {}.",
        difference(m_difference), name(m_parent->commit), name(m_culprit), name(m_parent->commit),
        look(m_difference).broken ? "does not build with it" : "does not tell with it"));
    if (m_difference.compiler.empty()) return std::move(m_answer);
    c.probability *= k_untested_flip;
    for (model::Candidate& candidate : c.candidates) candidate.probability *= k_untested_flip;
    return std::move(m_answer);
  }

  void say(const std::string& sentence) {
    std::string& all = m_answer.conclusion->explanation;
    if (!all.empty()) all += ' ';
    const std::size_t at = all.size();
    all += sentence;
    if (all[at] >= 'a' && all[at] <= 'z' && sentence.starts_with("the ")) all[at] = 'T';
  }

  // "the compiler (gcc-12 ...)", "the option FOO=y", both.
  static std::string difference(const WithVariant& with) {
    std::string words;
    if (!with.compiler.empty()) words = fmt::format("the compiler ({})", with.compiler);
    if (with.options.empty()) return words;
    std::string options;
    for (const std::string& option : with.options) options += (options.empty() ? "" : ", ") + option;
    return words + (words.empty() ? "" : " and ") +
           fmt::format("the option{} {}", with.options.size() > 1 ? "s" : "", options);
  }

  std::string name(const CommitId& commit) const { return m_scene.name(commit); }

  const Scene& m_scene;
  model::Decision m_answer;
  CommitId m_culprit;
  double m_false_rate;
  std::string m_variant;
  const BuildRecord* m_own = nullptr;
  const BuildRecord* m_parent = nullptr;
  WithVariant m_difference;
  double m_rate = 1;
  int m_needed = 3;
};

}  // namespace

model::Decision check_by_build(const Scene& scene, model::Decision answer, double false_rate) {
  return BuildCheck(scene, std::move(answer), false_rate).next();
}

}  // namespace culprit::search
