// The bug is a monotone property of the options, nearly: with more of them it still shows. Group testing finds the few that
// matter among many: a chunk is left out whole; where the bug still shows, all of it goes at once, and where it does not,
// the chunk is halved. Chunks are as large as to succeed every other time, by what was needed so far, and so grow
// where little is (Hwang's generalised binary splitting, 1972, with the number of defectives learned).
//
// A crash is a proof: a set that showed the bug has it. A silence is not. What it weighs follows from the crash rates seen on
// the sets that have the bug, by the same model as in a bisection (belief/rates.h): rates swing from build to build, so that
// ten quiet runs of one are not ten independent ones. A set counts as free of the bug once its having it, by the
// chance that its chunk held nothing needed, and by its silence and that of the sets around it, is less likely than
// was asked for. So a mistake can leave an option in that was not needed, and never one out that was. Delta
// debugging with a fixed number of runs (ddmin, and the reference system's five) is the rejected alternative: at a
// rate of 0.2 five runs miss the bug once in three times.
//
// minimize() walks through the whole search anew each time, from answers that the evidence has, to the first one that it
// lacks: that is the next experiment. There is no other state.

#include "study/minimize.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "base/process/build_output.h"
#include "base/words.h"
#include "model/run/report.h"
#include "model/run_says.h"
#include "search/belief/rates.h"

namespace culprit::study {
namespace {

constexpr base::Words<Fate> k_fate_words("open", "dropped", "needed", "unclear");

// The rate must be known to some degree before silences are weighed by it: three crashes tell it within a factor of
// two.
constexpr int k_crashes_at_start = 3;
constexpr int k_enough_at_start = 30;  // runs, where it crashed at all
constexpr int k_no_crash = 60;         // a bug of 5 % is missed once in twenty times
// Runs of one set that are believed at last, whatever the rate may be.
constexpr int k_most_runs = 400;
// Before anything is known, one part in eight is needed (a driver, a bus, a file system, of what a fragment lists).
constexpr double k_needed_first = 1;
constexpr double k_parts_first = 8;
// A single part that held out until the end is as likely needed as not.
constexpr double k_single_dropped = 0.5;

enum class Answer { shows, quiet, broken, unknown };

// What one set was seen to do.
struct Seen {
  search::Counts counts;
  std::string broken;  // why nothing can be said
};

class Minimizing {
 public:
  Minimizing(const MinimizePlan& plan, const model::Evidence& evidence) : m_plan(plan) {
    m_out.parts.resize(plan.parts.size());
    m_out.left.assign(plan.parts.size(), true);
    gather(evidence);
    learn_rate();
  }

  Minimized run() {
    if (reproduces() && drop_detectors() && drop_the_rest() && confirm()) m_out.next.reset();
    m_out.counts = seen(m_out.left).counts;
    return std::move(m_out);
  }

 private:
  using Places = std::vector<std::size_t>;

  // Evidence.
  void gather(const model::Evidence& evidence);
  void take_build(const model::BuildRecord& build);
  void settle_broken(const std::string& variant, const std::map<std::string, int>& others);
  void learn_rate();
  const Seen& seen(const Subset& subset) const;

  // Questions. False, or `unknown`: m_out.next is to be done first.
  bool reproduces();
  Answer ask(const Subset& subset, double has_bug, std::string reason);
  void want(const Subset& subset, int runs, std::string reason);
  double still(const Subset& subset, double has_bug, int more_quiet) const;
  int quiet_runs_around(const Subset& subset) const;

  // The search.
  bool drop_detectors();
  bool drop_the_rest();
  bool drop(const Places& chunk, bool is_known_to_matter);
  bool confirm();
  void keep(std::size_t part, Answer answer, const Subset& without);
  Subset without(const Places& chunk) const;
  double chance_of_none(std::size_t parts) const;

  const MinimizePlan& m_plan;
  Minimized m_out;
  std::map<std::string, Seen> m_seen;                   // by variant
  std::vector<std::pair<Subset, const Seen*>> m_asked;  // in the order of the search
  std::array<double, search::k_rates> m_rates{};        // how likely each is, of all sets that have the bug
  std::string m_type;                                   // of the bug's reports
  int m_needed = 0, m_settled = 0;                      // of the parts tried so far
};

void Minimizing::take_build(const model::BuildRecord& build) {
  Seen& set = m_seen[build.variant];
  if (build.status == model::BuildStatus::ok) set.broken.clear();
  if (build.status != model::BuildStatus::broken) return;
  set.broken = fmt::format("does not build: {}", base::telling_line(build.text));
}

// Where every run says nothing, neither does the next.
void Minimizing::settle_broken(const std::string& variant, const std::map<std::string, int>& others) {
  Seen& set = m_seen[variant];
  if (set.counts.valid() > 0 ||
      set.counts.open + set.counts.mute() < static_cast<int>(search::k_skips_at_start))
    return;
  const auto most = std::ranges::max_element(others, {}, [](const auto& entry) { return entry.second; });
  set.broken = most == others.end() ? "its runs say nothing" : most->first;
}

void Minimizing::gather(const model::Evidence& evidence) {
  std::map<std::string, std::vector<const model::RunRecord*>> runs;
  std::map<std::string, std::map<std::string, int>> others;
  for (const model::BuildRecord& build : evidence.builds) take_build(build);
  for (const model::RunRecord& run : evidence.runs) {
    runs[run.variant].push_back(&run);
    const model::RunSays says = model::what_says(run);
    const std::string title(search::crash_title(run));
    if (says == model::RunSays::shown && m_out.title.empty()) {
      m_out.title = title;
      if (!run.reports.empty()) m_type = run.reports.front().type;
    }
    if (!model::tells(says) && says != model::RunSays::lost)
      ++others[run.variant][title.empty() ? std::string(text_of(run.outcome)) : title];
  }
  for (const auto& [variant, of_it] : runs) {
    m_seen[variant].counts = search::count_runs(of_it);
    settle_broken(variant, others[variant]);
  }
  m_out.builds = static_cast<int>(m_seen.size());
}

void Minimizing::learn_rate() {
  std::array<double, search::k_rates> logs{};
  for (std::size_t i = 0; i < search::k_rates; ++i) logs[i] = std::log(search::rates()[i].prior);
  for (const auto& [variant, set] : m_seen)
    if (set.counts.shown > 0) search::add_log_bad({set.counts.shown, set.counts.valid()}, logs);
  const double top = *std::ranges::max_element(logs);
  double sum = 0;
  for (std::size_t i = 0; i < logs.size(); ++i) sum += m_rates[i] = std::exp(logs[i] - top);
  for (double& weight : m_rates) weight /= sum;
}

const Seen& Minimizing::seen(const Subset& subset) const {
  static const Seen nothing;
  const auto at = m_seen.find(m_plan.variant_of(subset));
  return at == m_seen.end() ? nothing : at->second;
}

bool contains(const Subset& whole, const Subset& part) {
  for (std::size_t i = 0; i < whole.size(); ++i)
    if (part[i] && !whole[i]) return false;
  return true;
}

// P(it has the bug), which was `has_bug` before any run: with the bug, so has each larger set, and all were quiet.
double Minimizing::still(const Subset& subset, double has_bug, int more_quiet) const {
  std::array<double, search::k_rates> logs{};
  bool is_counted = false;
  for (const auto& [larger, set] : m_asked) {
    if (set->counts.shown > 0 || set->counts.quiet == 0 || !contains(larger, subset)) continue;
    const bool is_it = larger == subset;
    is_counted |= is_it;
    search::add_log_bad({0, set->counts.quiet + (is_it ? more_quiet : 0)}, logs);
  }
  if (!is_counted && more_quiet > 0) search::add_log_bad({0, more_quiet}, logs);
  double silence = 0;
  for (std::size_t i = 0; i < logs.size(); ++i) silence += m_rates[i] * std::exp(logs[i]);
  return has_bug * silence / (has_bug * silence + 1 - has_bug);
}

int Minimizing::quiet_runs_around(const Subset& subset) const {
  int quiet = 0;
  for (const auto& [larger, set] : m_asked)
    if (set->counts.shown == 0 && contains(larger, subset)) quiet += set->counts.quiet;
  return quiet;
}

void Minimizing::want(const Subset& subset, int runs, std::string reason) {
  m_out.next = model::Experiment{.commit = m_plan.commit,
                                 .variant = m_plan.variant_of(subset),
                                 .runs = std::clamp(runs, 1, std::max(1, m_plan.runs_at_once)),
                                 .stage = "minimize",
                                 .reason = std::move(reason)};
}

Answer Minimizing::ask(const Subset& subset, double has_bug, std::string reason) {
  const Seen& set = seen(subset);
  if (std::ranges::none_of(m_asked, [&](const auto& asked) { return asked.first == subset; }))
    m_asked.emplace_back(subset, &set);
  if (set.counts.shown > 0) return Answer::shows;
  if (!set.broken.empty()) return Answer::broken;
  const double doubt = 1 - m_plan.confidence;
  if (still(subset, has_bug, 0) <= doubt || set.counts.all() >= k_most_runs) return Answer::quiet;
  int runs = 1;
  while (runs < m_plan.runs_at_once && still(subset, has_bug, runs) > doubt) ++runs;
  want(subset, runs, std::move(reason));
  return Answer::unknown;
}

bool Minimizing::reproduces() {
  const Seen& whole = seen(m_out.left);
  const search::Counts& counts = whole.counts;
  if (counts.shown >= k_crashes_at_start || (counts.shown > 0 && counts.valid() >= k_enough_at_start))
    return true;
  if (!whole.broken.empty())
    m_out.not_reproduced = whole.broken;
  else if (counts.shown == 0 && counts.all() >= k_no_crash)
    m_out.not_reproduced = fmt::format("the bug shows in none of {} runs", counts.all());
  else
    want(m_out.left, k_crashes_at_start, "the whole configuration: how often does the bug show?");
  return false;
}

Subset Minimizing::without(const Places& chunk) const {
  Subset subset = m_out.left;
  for (const std::size_t part : chunk) subset[part] = false;
  return subset;
}

// P(none of so many parts is needed).
double Minimizing::chance_of_none(std::size_t parts) const {
  const double needed = (m_needed + k_needed_first) / (m_settled + k_parts_first);
  return std::pow(1 - std::min(0.5, needed), static_cast<double>(parts));
}

void Minimizing::keep(std::size_t part, Answer answer, const Subset& without) {
  PartFate& fate = m_out.parts[part];
  fate.fate = answer == Answer::broken ? Fate::unclear : Fate::needed;
  if (answer == Answer::broken) fate.why = seen(without).broken;
  ++m_needed;
  ++m_settled;
}

// Leaves out of the chunk what the bug does not need.
bool Minimizing::drop(const Places& chunk, bool is_known_to_matter) {
  const Subset subset = without(chunk);
  Answer answer = Answer::quiet;
  if (!is_known_to_matter) {
    const std::string reason = chunk.size() == 1 ? "without " + m_plan.parts[chunk.front()].name
                                                 : fmt::format("without {} parts, from {} on", chunk.size(),
                                                               m_plan.parts[chunk.front()].name);
    answer = ask(subset, chance_of_none(chunk.size()), reason);
  }
  if (answer == Answer::unknown) return false;
  if (answer == Answer::shows) {
    m_out.left = subset;
    for (const std::size_t part : chunk) m_out.parts[part].fate = Fate::dropped;
    m_settled += static_cast<int>(chunk.size());
    return true;
  }
  if (chunk.size() == 1) {
    keep(chunk.front(), answer, subset);
    return true;
  }
  const auto middle = chunk.begin() + static_cast<std::ptrdiff_t>(chunk.size() / 2);
  const Places first(chunk.begin(), middle), second(middle, chunk.end());
  const int needed_before = m_needed;
  if (!drop(first, false)) return false;
  // What does not matter in one half must matter in the other; of sets that say nothing neither may.
  return drop(second, answer == Answer::quiet && m_needed == needed_before);
}

// All but the one that reports the bug.
bool Minimizing::drop_detectors() {
  Places others, reporting;
  for (std::size_t i = 0; i < m_plan.parts.size(); ++i) {
    if (!m_plan.parts[i].is_detector) continue;
    const bool sees_it =
        !m_type.empty() && model::Variant{.silences = m_plan.parts[i].silences}.is_silent_on(m_type);
    (sees_it ? reporting : others).push_back(i);
  }
  if (!others.empty() && !drop(others, false)) return false;
  for (const std::size_t part : reporting)
    if (!drop({part}, false)) return false;
  return true;
}

bool Minimizing::drop_the_rest() {
  Places rest;
  for (std::size_t i = 0; i < m_plan.parts.size(); ++i)
    if (!m_plan.parts[i].is_detector) rest.push_back(i);
  for (std::size_t from = 0; from < rest.size();) {
    std::size_t size = 1;
    while (from + size < rest.size() && chance_of_none(size + 1) >= 0.5) ++size;
    const auto begin = rest.begin() + static_cast<std::ptrdiff_t>(from);
    if (!drop(Places(begin, begin + static_cast<std::ptrdiff_t>(size)), false)) return false;
    from += size;
  }
  return true;
}

// Each that was kept, by itself, among what is left: as sure as was asked for, or out after all.
bool Minimizing::confirm() {
  for (std::size_t part = 0; part < m_plan.parts.size(); ++part) {
    PartFate& fate = m_out.parts[part];
    if (fate.fate != Fate::needed && fate.fate != Fate::unclear) continue;
    const Subset subset = without({part});
    const Answer answer = ask(subset, k_single_dropped, "once more without " + m_plan.parts[part].name);
    if (answer == Answer::unknown) return false;
    if (answer == Answer::shows) {
      m_out.left = subset;
      fate = {.fate = Fate::dropped};
    } else {
      keep(part, answer, subset);
      fate.probability = 1 - still(subset, k_single_dropped, 0);
      fate.quiet = quiet_runs_around(subset);
    }
  }
  return true;
}

}  // namespace

std::string_view name_of(Fate fate) { return k_fate_words.of(fate); }

Minimized minimize(const MinimizePlan& plan, const model::Evidence& evidence) {
  return Minimizing(plan, evidence).run();
}

model::Decision MinimizeSearch::next(const model::Evidence& evidence) const {
  model::Decision decision;
  if (!evidence.pending.empty()) return decision;
  Minimized known = minimize(m_plan, evidence);
  if (known.next) {
    decision.experiments.push_back(std::move(*known.next));
    return decision;
  }
  decision.conclusion.emplace();
  decision.conclusion->explanation =
      known.not_reproduced.empty() ? "each part was tried" : known.not_reproduced;
  return decision;
}

}  // namespace culprit::study
