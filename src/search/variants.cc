// One call looks at everything anew, as every search does: nothing is remembered between calls, so that a
// bisection that is resumed goes on as if it had never stopped.
//
// Each revision counts in exactly one variant: in the plain one (or the smaller one that took its place),
// unless other crashes hide the bug there. The inner search sees a revision's builds and runs in its variant
// as if there were no other; a masked revision is thus untested to it until it was run in the variant, and is
// asked for again where it still matters. The masked runs stay on record, and are no evidence.
//
// Before anything is believed of a variant, it must show the bug on the start revision, about as often as the
// plain build does there: a variant that hides the bug would make every revision look good. That costs one
// build and as many runs as a revision gets. Once it is known to work, revisions that were not tested yet are
// built in it right away: what hides the bug on one revision mostly hides it on its neighbours, and the plain
// build would be paid for nothing.
//
// The inner search waits while a variant is on trial. It could go on elsewhere, but what it asked for
// meanwhile would most likely be masked as well.
#include "search/variants.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "search/plan/walls.h"
#include "search/tuning.h"

namespace culprit::search {
namespace {

using model::CommitId;
using model::Variant;

enum class Trial { untried, under_way, works, useless };

class VariantsStep {
 public:
  VariantsStep(const Search& inner, const model::Problem& problem, const model::Evidence& evidence)
      : m_inner(inner), m_problem(problem), m_evidence(evidence) {
    m_plain_start = look(problem.start, "");
    for (const Variant& v : problem.variants) {
      m_trials[v.name] = judge_trial(v);
      if (v.use == Variant::Use::smaller && m_trials[v.name] == Trial::works && m_base.empty())
        m_base = v.name;
    }
    std::set<CommitId> seen;
    const auto note = [&](const CommitId& commit) {
      if (seen.insert(commit).second) m_commits.push_back(commit);
    };
    for (const auto& build : evidence.builds) note(build.commit);
    for (const auto& run : evidence.runs) note(run.commit);
    for (const auto& pending : evidence.pending) note(pending.commit);
    for (const CommitId& commit : m_commits)
      if (commit != problem.start && masked_in(commit, m_base)) m_masked.push_back(commit);
  }

  model::Decision next();
  std::vector<model::RevisionVerdict> verdicts();
  std::vector<double> posterior() { return m_inner.posterior(view()); }

 private:
  const Look& look(const CommitId& commit, const std::string& variant) {
    const auto [at, is_new] = m_looks.try_emplace({commit, variant});
    if (is_new) at->second = look_at(m_evidence, commit, variant);
    return at->second;
  }
  bool masked_in(const CommitId& commit, const std::string& variant) {
    return wants_a_way_around(look(commit, variant), m_problem.runs_per_revision,
                              hidden_elsewhere(commit, variant));
  }
  int hidden_elsewhere(const CommitId& commit, const std::string& variant) {
    int hidden = 0;
    for (const CommitId& other : m_commits)
      if (other != commit && other != m_problem.start && look(other, variant).only_hidden())
        hidden += look(other, variant).hidden();
    return hidden;
  }
  // Tested there, and not in vain.
  bool serves(const CommitId& commit, const std::string& variant) {
    const Look& l = look(commit, variant);
    return (l.known() || l.pending()) && !masked_in(commit, variant);
  }

  // So far other crashes ended all runs, and more runs are under way: what they show is awaited.
  bool looks_masked(const CommitId& commit) {
    Look then = look(commit, variant_for(commit));
    const bool pending = then.pending();
    then.pending_runs = 0;
    then.building = false;
    return pending && then.only_hidden() && commit != m_problem.start &&
           wants_a_way_around(then, m_problem.runs_per_revision);
  }

  Trial judge_trial(const Variant& variant);
  // What is still to do before the start revision tells whether a variant works.
  model::Decision go_on(const Variant& variant);
  std::vector<const Variant*> usable_for(const CommitId& commit);
  std::string variant_for(const CommitId& commit);
  const Variant* wanted_trial();
  std::optional<std::string> default_variant();
  bool helps_nobody(const std::string& variant);
  model::Evidence view();

  std::string name(const CommitId& commit) const;
  std::string in_words(const Variant& variant) const;
  std::string shows_in(const std::string& variant);
  std::string why_useless(const Variant& variant);
  std::vector<std::string> notes();
  std::string account();
  const Variant* find(const std::string& variant) const;

  const Search& m_inner;
  const model::Problem& m_problem;
  const model::Evidence& m_evidence;
  Look m_plain_start;
  std::string m_base;  // the variant that stands for the plain one; mostly the plain one itself
  std::map<std::string, Trial> m_trials;
  std::vector<CommitId> m_commits;  // in order of mention
  std::vector<CommitId> m_masked;   // in the base
  std::map<std::pair<CommitId, std::string>, Look> m_looks;
};

// A variant in which the bug shows much more rarely than in the plain build changes what is chased.
Trial VariantsStep::judge_trial(const Variant& variant) {
  const Look& l = look(m_problem.start, variant.name);
  if (l.broken || (!l.signature.empty() && l.signature == m_plain_start.signature)) return Trial::useless;
  if (l.pending()) return Trial::under_way;
  const int attempts = l.runs.attempts();
  if (attempts >= m_problem.runs_per_revision)
    return l.runs.shown > 0 && k_variant_loses * l.runs.rate() >= m_plain_start.runs.rate() ? Trial::works
                                                                                            : Trial::useless;
  if (l.lost_builds >= 3 || l.runs.lost > m_problem.runs_per_revision + 3) return Trial::useless;
  return l.known() ? Trial::under_way : Trial::untried;
}

// The build first: it may tell that the variant changes nothing.
model::Decision VariantsStep::go_on(const Variant& variant) {
  const Look& l = look(m_problem.start, variant.name);
  model::Decision decision{.notes = notes()};
  decision.standing.bad_end = m_problem.start;
  if (l.pending()) return decision;
  decision.experiments.push_back(
      {.commit = m_problem.start,
       .variant = variant.name,
       .runs = l.built ? m_problem.runs_per_revision - l.runs.attempts() : 0,
       .stage = variant.use == Variant::Use::smaller ? "smaller" : "variant",
       .reason = fmt::format("does the bug show in the variant {}, {}?", variant.name, variant.changes)});
  return decision;
}

const Variant* VariantsStep::find(const std::string& variant) const {
  const auto at = std::ranges::find(m_problem.variants, variant, &Variant::name);
  return at == m_problem.variants.end() ? nullptr : &*at;
}

// Those that leave the bug's own detector on, and turn off one that is in the way or are not known to.
std::vector<const Variant*> VariantsStep::usable_for(const CommitId& commit) {
  std::vector<const Variant*> out;
  const std::vector<std::string>& hiders = look(commit, m_base).hider_types;
  for (const Variant& v : m_problem.variants) {
    const auto silent = [&](const std::string& type) { return v.is_silent_on(type); };
    if (v.use != Variant::Use::past_masks) continue;
    if (std::ranges::any_of(m_plain_start.target_types, silent)) continue;
    if (v.silences.empty() || std::ranges::any_of(hiders, silent)) out.push_back(&v);
  }
  return out;
}

// A variant that works at the start, but in which every revision it was meant for is masked too; or two others are, which
// were tested in it alone.
bool VariantsStep::helps_nobody(const std::string& variant) {
  const auto served = [&](const CommitId& c) { return look(c, variant).runs.valid() > 0; };
  const auto in_vain = [&](const CommitId& c) { return masked_in(c, variant) || look(c, variant).broken; };
  const auto masked_here = [&](const CommitId& c) { return masked_in(c, variant); };
  return std::ranges::none_of(m_masked, served) &&
         (std::ranges::any_of(m_masked, in_vain) || std::ranges::count_if(m_commits, masked_here) > 1);
}

// What revisions that were not tested yet are built in, once one was masked.
std::optional<std::string> VariantsStep::default_variant() {
  for (const CommitId& commit : m_masked)
    for (const Variant* v : usable_for(commit))
      if (m_trials[v->name] == Trial::works && !helps_nobody(v->name)) return v->name;
  return std::nullopt;
}

std::string VariantsStep::variant_for(const CommitId& commit) {
  if (commit == m_problem.start || serves(commit, m_base)) return m_base;
  if (!look(commit, m_base).known()) {
    const auto usual = default_variant();
    if (!usual || look(commit, *usual).broken) return m_base;
    return *usual;
  }
  for (const Variant* v : usable_for(commit))
    if (m_trials[v->name] == Trial::works && !masked_in(commit, v->name) && !look(commit, v->name).broken)
      return v->name;
  return m_base;
}

// The next variant to look at for a revision that nothing known gets past; null: none, or none needed.
const Variant* VariantsStep::wanted_trial() {
  for (const CommitId& commit : m_masked) {
    if (variant_for(commit) != m_base) continue;
    for (const Variant* v : usable_for(commit))
      if (m_trials[v->name] == Trial::untried || m_trials[v->name] == Trial::under_way) return v;
  }
  return nullptr;
}

// The start revision is known to have the bug in every variant that works: all of these runs are evidence.
model::Evidence VariantsStep::view() {
  const auto counts = [&](const auto& record) {
    if (record.commit != m_problem.start) return record.variant == variant_for(record.commit);
    return record.variant.empty() || m_trials[record.variant] == Trial::works;
  };
  model::Evidence out;
  std::ranges::copy_if(m_evidence.builds, std::back_inserter(out.builds), counts);
  std::ranges::copy_if(m_evidence.runs, std::back_inserter(out.runs), counts);
  std::ranges::copy_if(m_evidence.pending, std::back_inserter(out.pending), counts);
  out.verdicts = m_evidence.verdicts;
  return out;
}

model::Decision VariantsStep::next() {
  if (const Variant* trial = wanted_trial()) return go_on(*trial);
  model::Decision decision = m_inner.next(view());
  const bool past_start =
      std::ranges::any_of(decision.experiments, [&](const auto& e) { return e.commit != m_problem.start; });
  if (past_start && m_plain_start.runs.shown > 0)
    for (const Variant& v : m_problem.variants)
      if (v.use == Variant::Use::smaller && m_base.empty() && m_trials[v.name] != Trial::useless)
        return go_on(v);
  std::erase_if(decision.experiments, [&](const model::Experiment& e) { return looks_masked(e.commit); });
  for (model::Experiment& e : decision.experiments) {
    e.variant = variant_for(e.commit);
    if (!e.variant.empty()) e.reason += fmt::format(" (variant {})", e.variant);
  }
  for (std::string& text : notes()) decision.notes.push_back(std::move(text));
  if (decision.conclusion)
    if (const std::string text = account(); !text.empty()) {
      std::string& all = decision.conclusion->explanation;
      all += (all.empty() ? "" : " ") + text;
    }
  return decision;
}

std::vector<model::RevisionVerdict> VariantsStep::verdicts() {
  std::vector<model::RevisionVerdict> out = m_inner.verdicts(view());
  for (model::RevisionVerdict& verdict : out)
    if (const std::string variant = variant_for(verdict.commit); !variant.empty())
      if (const Variant* v = find(variant)) verdict.why += fmt::format(", in the variant {}", in_words(*v));
  for (const CommitId& commit : m_masked) {
    const Look& plain = look(commit, m_base);
    const std::string hidden =
        fmt::format("\"{}\" hid the bug in {} of {} runs", plain.hiders.empty() ? "" : plain.hiders.front(),
                    plain.hidden(), plain.runs.attempts());
    const auto known = std::ranges::find(out, commit, &model::RevisionVerdict::commit);
    if (known == out.end())
      out.push_back({.commit = commit, .why = "masked: " + hidden});
    else if (variant_for(commit) != m_base)
      known->why += fmt::format("; in the plain build, {}", hidden);
  }
  return out;
}

std::string VariantsStep::name(const CommitId& commit) const {
  const auto tag = std::ranges::find(m_problem.releases, commit, &model::ReleaseTag::commit);
  return tag == m_problem.releases.end() ? commit.short_hex() : tag->name;
}

std::string VariantsStep::in_words(const Variant& variant) const {
  return variant.changes.empty() ? variant.name : fmt::format("{} ({})", variant.name, variant.changes);
}

std::string VariantsStep::shows_in(const std::string& variant) {
  const Look& l = look(m_problem.start, variant);
  return fmt::format("the bug shows on {} in {} of {} runs", name(m_problem.start), l.runs.shown,
                     l.runs.valid());
}

std::string VariantsStep::why_useless(const Variant& variant) {
  const Look& l = look(m_problem.start, variant.name);
  const std::string start = name(m_problem.start);
  if (l.broken) {
    const std::string first = l.text.substr(0, l.text.find('\n'));
    return fmt::format("{} does not build{}{}", start, first.empty() ? "" : ": ", first);
  }
  if (!l.signature.empty() && l.signature == m_plain_start.signature) return "it changes nothing";
  if (l.runs.shown > 0)
    return fmt::format("the bug shows there in {} of {} runs only, not in {} of {}", l.runs.shown,
                       l.runs.valid(), m_plain_start.runs.shown, m_plain_start.runs.valid());
  if (l.runs.attempts() > 0 && l.runs.unfinished + l.hidden() == l.runs.attempts())
    return fmt::format("{} does not come as far as the reproducer with it{}{}", start,
                       l.hiders.empty() ? "" : ": ", l.hiders.empty() ? "" : l.hiders.front());
  if (l.runs.attempts() == 0) return "the machine failed";
  return fmt::format("the bug does not show on {} with it", start);
}

// In words that stay the same while evidence grows: each is told once.
std::vector<std::string> VariantsStep::notes() {
  std::vector<std::string> out;
  for (const CommitId& commit : m_masked) {
    const Look& plain = look(commit, m_base);
    out.push_back(
        fmt::format("{} is masked: {} hides the bug there", name(commit),
                    plain.hiders.empty() ? "something else" : fmt::format("\"{}\"", plain.hiders.front())));
  }
  for (const Variant& v : m_problem.variants) {
    if (m_trials[v.name] == Trial::works)
      out.push_back(
          v.use == Variant::Use::smaller
              ? fmt::format("the bug shows with the smaller configuration, {}: it is used from here on",
                            in_words(v))
              : fmt::format("the bug shows in the variant {}: it is used to see past what masks it",
                            in_words(v)));
    if (m_trials[v.name] == Trial::useless)
      out.push_back(fmt::format("the {} {} is of no use: {}",
                                v.use == Variant::Use::smaller ? "smaller configuration" : "variant",
                                in_words(v), why_useless(v)));
  }
  return out;
}

// For the answer: what was changed, where, and by what right; and what nothing got past.
std::string VariantsStep::account() {
  std::vector<std::string> out;
  if (const Variant* smaller = find(m_base))
    out.push_back(fmt::format("All revisions were tested with the smaller configuration, {}: {}.",
                              in_words(*smaller), shows_in(m_base)));
  std::map<std::string, std::vector<std::string>> by_variant;
  for (const CommitId& commit : m_commits)
    if (const std::string v = variant_for(commit); v != m_base && look(commit, v).known())
      by_variant[v].push_back(name(commit));
  for (const auto& [variant, commits] : by_variant)
    out.push_back(
        fmt::format("Tested in the variant {}, since other crashes hide the bug in the plain build: "
                    "{}. In that variant {}.",
                    in_words(*find(variant)), fmt::join(commits, " "), shows_in(variant)));
  std::vector<std::string> lost;
  std::string hider;
  for (const CommitId& commit : m_masked)
    if (variant_for(commit) == m_base) {
      lost.push_back(name(commit));
      if (const auto& titles = look(commit, m_base).hiders; hider.empty() && !titles.empty())
        hider = titles.front();
    }
  if (!lost.empty())
    out.push_back(
        hider.empty()
            ? fmt::format("The runs did not get to the test's end, in no variant: {}.", fmt::join(lost, " "))
            : fmt::format("Masked by \"{}\", and no variant gets past it: {}.", hider, fmt::join(lost, " ")));
  for (const Variant& v : m_problem.variants)
    if (m_trials[v.name] == Trial::useless)
      out.push_back(fmt::format("{} {} was of no use: {}.",
                                v.use == Variant::Use::smaller ? "The smaller configuration" : "The variant",
                                in_words(v), why_useless(v)));
  return fmt::format("{}", fmt::join(out, " "));
}

}  // namespace

VariantSearch::VariantSearch(std::unique_ptr<Search> inner, const model::Problem& problem)
    : m_inner(std::move(inner)), m_problem(problem) {}

model::Decision VariantSearch::next(const model::Evidence& evidence) const {
  return VariantsStep(*m_inner, m_problem, evidence).next();
}

std::vector<model::RevisionVerdict> VariantSearch::verdicts(const model::Evidence& evidence) const {
  return VariantsStep(*m_inner, m_problem, evidence).verdicts();
}

std::vector<double> VariantSearch::posterior(const model::Evidence& evidence) const {
  return VariantsStep(*m_inner, m_problem, evidence).posterior();
}

}  // namespace culprit::search
