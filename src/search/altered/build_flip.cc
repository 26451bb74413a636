// A compiler that changes at a release makes that release the first bad revision of whatever it brings out, and so does an
// option that a tree begins to know there. One commit in thousands is at such a place: an answer that is deserves the
// question. It is asked of the side without the bug, built as the side with it: if the bug then shows, no commit is needed.
//
// What differs is tried together first, since as a rule none of it matters, and then apart: the compiler, the options, halves of the
// options. An option that the older tree does not know cannot be set there, and says nothing about the compiler beside it.
// Where the parent does not build with the commit's compiler, the commit is built with the parent's: the bug that is gone then
// needs that compiler.
#include "search/altered/build_flip.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/build/build_facts.h"
#include "search/altered/revert.h"
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
    m_reverse = {.compiler = m_difference.compiler.empty() ? "" : m_parent->compiler,
                 .options = {},
                 .variant = m_variant};
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
    if (both == Outcome::as_before) return passed(m_difference);
    if (m_difference.options.empty())
      return both == Outcome::makes_it ? blamed(m_difference) : the_other_way();
    if (m_difference.compiler.empty())
      return both == Outcome::makes_it ? narrowed() : untestable(m_difference);
    // Which of the two?
    WithVariant compiler = m_difference;
    compiler.options.clear();
    const Outcome alone = outcome_of(compiler);
    if (alone == Outcome::open) return ask(compiler);
    if (alone == Outcome::makes_it) return blamed(compiler);
    if (both == Outcome::makes_it) return narrowed();
    if (alone == Outcome::untestable) return the_other_way();
    WithVariant options = m_difference;
    options.compiler.clear();
    say_passed(compiler);
    return untestable(options);
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

  bool is_reverse(const WithVariant& with) const {
    return with.compiler == m_reverse.compiler && !with.compiler.empty();
  }
  // The revision that is built so, and the one that was built so before.
  const CommitId& tried(const WithVariant& with) const {
    return is_reverse(with) ? m_culprit : m_parent->commit;
  }
  const CommitId& model_of(const WithVariant& with) const {
    return is_reverse(with) ? m_parent->commit : m_culprit;
  }

  Look look(const WithVariant& with) const {
    return look_at(m_scene.evidence, tried(with), model::name_of(with));
  }

  Outcome outcome_of(const WithVariant& with) const {
    const Look at = look(with);
    if (at.broken || at.lost_builds >= 3) return Outcome::untestable;
    const bool sure = at.runs.shown > 0 && (m_rate > 10 * m_false_rate || at.runs.shown > 1);
    // As it was before is: the bug on the side that had it.
    const bool had_it = is_reverse(with) != m_scene.fix();
    const Outcome shows = had_it ? Outcome::as_before : Outcome::makes_it;
    const Outcome quiet = had_it ? Outcome::makes_it : Outcome::as_before;
    if (sure) return shows;
    if (at.runs.shown == 0 && at.runs.quiet >= m_needed) return quiet;
    return at.runs.attempts() + at.runs.lost >= 2 * m_needed + 3 ? Outcome::untestable : Outcome::open;
  }

  // The fewest of the options that make the difference, by halves; all that differs, where they do not do so without the compiler.
  model::Decision narrowed() {
    WithVariant options = m_difference;
    options.compiler.clear();
    const Outcome alone = outcome_of(options);
    if (alone == Outcome::open) return ask(options);
    if (alone != Outcome::makes_it) return blamed(m_difference);
    while (options.options.size() > 1) {
      const auto middle = options.options.begin() + static_cast<std::ptrdiff_t>(options.options.size() / 2);
      WithVariant first = options, second = options;
      first.options.assign(options.options.begin(), middle);
      second.options.assign(middle, options.options.end());
      const Outcome of_first = outcome_of(first);
      if (of_first == Outcome::open) return ask(first);
      if (of_first == Outcome::makes_it) {
        options = std::move(first);
        continue;
      }
      const Outcome of_second = outcome_of(second);
      if (of_second == Outcome::open) return ask(second);
      if (of_second != Outcome::makes_it) break;
      options = std::move(second);
    }
    return blamed(options);
  }

  // The parent says nothing with the culprit's compiler.
  model::Decision the_other_way() {
    const Outcome reverse = outcome_of(m_reverse);
    if (reverse == Outcome::open) return ask(m_reverse);
    if (reverse == Outcome::makes_it) return blamed(m_reverse);
    if (reverse == Outcome::as_before) return passed(m_reverse);
    return untestable(m_difference);
  }

  model::Decision ask(const WithVariant& with) {
    const Look at = look(with);
    model::Decision decision{.standing = m_answer.standing, .notes = m_answer.notes};
    decision.notes.push_back(fmt::format("checking the answer: {} is built as {} was, with {}",
                                         name(tried(with)), name(model_of(with)), difference(with)));
    if (at.pending()) return decision;
    decision.experiments.push_back(
        {.commit = tried(with),
         .variant = model::name_of(with),
         .runs = std::max(1, std::min(m_needed - at.runs.quiet, m_scene.problem.runs_per_revision)),
         .stage = "control",
         .reason = fmt::format("control: is it the commit, or {}?", difference(with))});
    return decision;
  }

  void say_passed(const WithVariant& with) {
    const bool shows = is_reverse(with) != m_scene.fix();
    say(fmt::format("It is not {}, which changes between {} and {}: with {}, {} {} ({} runs).",
                    difference(named(with)), name(m_parent->commit), name(m_culprit),
                    is_reverse(with) ? difference(with) : "that", name(tried(with)),
                    shows ? "shows the bug still" : "is free of the bug still", look(with).runs.valid()));
  }

  model::Decision passed(const WithVariant& with) {
    say_passed(with);
    return std::move(m_answer);
  }

  // The difference by its newer side.
  WithVariant named(const WithVariant& with) const {
    if (!is_reverse(with)) return with;
    WithVariant newer = with;
    newer.compiler = m_difference.compiler;
    return newer;
  }

  // The difference explains it all.
  model::Decision blamed(const WithVariant& with) {
    Conclusion& c = *m_answer.conclusion;
    const Counts runs = look(with).runs;
    const bool shown = is_reverse(with) == m_scene.fix();  // with that
    const BuildRecord& before = is_reverse(with) ? *m_own : *m_parent;
    c.explanation = fmt::format(
        "Not the commit makes the difference, but {}: {}, {} as it was built{}, {} it with {} ({} of {} "
        "runs).",
        difference(named(with)), name(tried(with)),
        shown ? "which is free of the bug" : "which shows the bug",
        before.compiler.empty() ? "" : fmt::format(" ({})", before.compiler),
        shown ? "shows" : "does not show", is_reverse(with) ? difference(with) : "that", runs.shown,
        runs.valid());
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
  model::Decision untestable(const WithVariant& with) {
    Conclusion& c = *m_answer.conclusion;
    say(fmt::format(
        "{} changes between {} and {}, and whether that makes the difference could not be tested: {} {}.",
        difference(with), name(m_parent->commit), name(m_culprit), name(m_parent->commit),
        look(m_difference).broken ? "does not build with it" : "does not tell with it"));
    if (with.compiler.empty()) return std::move(m_answer);
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
  WithVariant m_difference;  // of the parent, as the culprit
  WithVariant m_reverse;     // of the culprit, with the parent's compiler
  double m_rate = 1;
  int m_needed = 3;
};

}  // namespace

model::Decision check_by_build(const Scene& scene, model::Decision answer, double false_rate) {
  return BuildCheck(scene, std::move(answer), false_rate).next();
}

}  // namespace culprit::search
