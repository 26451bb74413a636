// Three sources, added as log-odds for each face that is not the bug's main one:
//
// 1. Likeness to a face that is known to be the bug's: the main face, or one that was itself found to be the
//    bug. So identity drifts along history: BUG became WARNING here, a function was renamed there, each step
//    small. A step is only as sure as the face it starts from (the probabilities multiply), so chains cannot
//    talk themselves into it.
// 2. Company at the start: faces seen there, where the bug is known to show, in runs that did not show the
//    main one. Weighed by their share: one run in ten is what unrelated crashes have.
// 3. Spread over revisions: a face of the bug shows where the bug is, and about as often as the bug does. One
//    crash beside nine quiet runs of a bug that otherwise always shows is another bug. This is what people
//    argue with when they say that a bisection went wrong: "it is 100 % reproducible, and one unrelated
//    warning in ten runs ...". The comparison is between two stories for the runs of one binary: the bug is
//    there and the face is its own (rates as learned), or the face is another bug's (a rate of its own) and
//    the bug may be there or not.
//
// 3 is evidence against as often as it likes, but for the bug only once: a foreign bug that always shows does
// so on every revision, so ten revisions full of it are one observation, not ten.
//
// Faces and rates depend on each other; a few rounds settle them.
#include "identity/learning.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "identity/looks/failures.h"
#include "model/evidence.h"

namespace culprit::identity {
namespace {

double bounded(double log_odds) { return std::clamp(log_odds, -k_bound, k_bound); }

class Learner {
 public:
  Learner(Sightings sightings, const Context& context, Memory& memory)
      : m_seen(std::move(sightings)), m_context(context), m_memory(memory) {}

  Learned run() {
    m_out.log_odds.assign(m_seen.faces.size(), -k_bound);
    m_out.alike = m_out.log_odds;
    m_out.why.resize(m_seen.faces.size());
    m_out.beside.assign(m_seen.faces.size(), false);
    m_out.main = choose_main();
    if (!m_out.main) return std::move(m_out);
    const std::size_t main = *m_out.main;
    m_out.log_odds[main] = m_out.alike[main] = k_main;
    m_out.why[main] = {{k_main, "the crash that the start revision shows"}};
    find_silenced(main);
    m_places = 1 / diversity();
    compare_all();
    for (int round = 0; round < k_rounds; ++round) {
      learn_rates();
      find_free_groups();
      std::vector<double> next = m_out.log_odds;
      m_next_alike = m_out.alike;
      for (std::size_t face = 0; face < m_seen.faces.size(); ++face)
        if (face != main) next[face] = judge(face);
      m_out.log_odds = std::move(next);
      m_out.alike = m_next_alike;
    }
    learn_rates();
    for (std::size_t i = 0; i < m_seen.faces.size(); ++i) m_out.beside[i] = fails_beside_the_main_test(i);
    return std::move(m_out);
  }

 private:
  const Face& face(std::size_t index) const { return m_seen.faces[index].known->face; }
  Kind kind(std::size_t index) const { return face(index).parts.kind; }
  bool noise(std::size_t index) const { return traits_of(kind(index)).noise; }
  bool is_vague(std::size_t index) const {
    return kind(index) == Kind::silence || kind(index) == Kind::time_out;
  }
  bool is_target(std::size_t index) const { return probability_of(m_out.log_odds[index]) >= k_surely_target; }

  bool shows_target(const SeenRun& run) const {
    return std::ranges::any_of(run.test_faces, [&](std::size_t f) { return is_target(f); });
  }

  // The most frequent face at the start, with care where several are about as frequent: a known title, then
  // kinds that mean something, then faces that were not seen before the test. Of faces that one run shows
  // together, the one that other revisions show less (what every revision shows is not what changed), then
  // the first one if one failure led to the other, else the fatal one.
  std::optional<std::size_t> choose_main() const {
    std::vector<std::size_t> seen;
    int most = 0;
    for (std::size_t i = 0; i < m_seen.faces.size(); ++i) {
      if (m_seen.faces[i].runs_at_start == 0 || face(i).told == model::Told::other) continue;
      seen.push_back(i);
      if (!noise(i)) most = std::max(most, m_seen.faces[i].runs_at_start);
    }
    if (seen.empty()) return std::nullopt;
    // A machine that fell silent, or was lost, may be any bug's doing: where a report names one, that is the
    // bug.
    const bool named = std::ranges::any_of(seen, [&](std::size_t i) {
      return !noise(i) && !is_vague(i) && m_seen.faces[i].runs_at_start * 3 >= most;
    });
    const auto weak = [&](std::size_t i) { return noise(i) || (named && is_vague(i)); };
    const auto wanted = [&](std::size_t i) {
      return face(i).told == model::Told::bug ||
             (!m_context.title.empty() && face(i).title == m_context.title);
    };
    const auto fails_where_it_is_good = [&](std::size_t i) {
      return face(i).type == "TEST" && std::ranges::any_of(m_seen.groups, [&](const SeenGroup& group) {
               return is_good(group) && std::ranges::any_of(group.runs, [&](std::size_t r) {
                        return shows_title_of(m_seen.runs[r], i);
                      });
             });
    };
    // What two runs want at once, one of them does not get: not the bug, which shows in runs that are alone.
    const auto alone = [&](std::size_t i) { return noise(i) ? 0 : m_seen.faces[i].runs_alone_at_start; };
    int most_alone = 0;
    for (const std::size_t i : seen) most_alone = std::max(most_alone, alone(i));
    const auto crowded = [&](std::size_t i) { return most_alone >= k_enough_alone && alone(i) == 0; };
    const auto rank = [&](std::size_t i) {
      const SeenFace& f = m_seen.faces[i];
      const int share = weak(i) ? 0 : f.runs_at_start * 10 >= most * 9 ? most : f.runs_at_start;
      return std::tuple(wanted(i) ? 0 : 1, weak(i) ? 1 : 0, crowded(i) ? 1 : 0, -share,
                        f.runs_before_test > 0 ? 1 : 0, fails_where_it_is_good(i) ? 1 : 0,
                        f.runs - f.runs_at_start, order_among_equals(i), -f.runs_at_start, i);
    };
    return *std::ranges::min_element(seen, {}, rank);
  }

  // By title: what a run prints around a test makes another face of it.
  bool shows_title_of(const SeenRun& run, std::size_t index) const {
    return std::ranges::any_of(run.test_faces,
                               [&](std::size_t shown) { return face(shown).title == face(index).title; });
  }

  bool is_good(const SeenGroup& group) const {
    return std::ranges::any_of(group.commits, [&](const model::CommitId& commit) {
      return std::ranges::find(m_context.good, commit) != m_context.good.end();
    });
  }

  // 0 for a face that comes first in the start's runs and could have led to what follows, or that is fatal;
  // else 1.
  int order_among_equals(std::size_t i) const {
    bool leads = true;
    for (const SeenGroup& group : m_seen.groups) {
      if (!group.is_start) continue;
      for (const std::size_t r : group.runs) {
        const auto& shown = m_seen.runs[r].test_faces;
        if (!m_seen.runs[r].shows(i)) continue;
        if (shown.front() != i && kinship(kind(shown.front()), kind(i)) >= 0) return 1;
        leads &= shown.front() == i && (shown.size() == 1 || kinship(kind(i), kind(shown[1])) >= 0);
      }
    }
    return leads || face(i).fatal ? 0 : 1;
  }

  // A run in which another report came first, and turned off the detector that shows the bug, is no quiet
  // one: it was not looked at.
  void find_silenced(std::size_t main) {
    const auto silences_main = [&](std::size_t first) {
      return silences({kind(first), face(first).title}, {kind(main), face(main).title});
    };
    m_out.silencers.resize(m_seen.runs.size());
    for (std::size_t r = 0; r < m_seen.runs.size(); ++r) {
      SeenRun& run = m_seen.runs[r];
      if (run.shows(main)) continue;
      for (const auto* faces : {&run.test_faces, &run.boot_faces}) {
        const auto first = std::ranges::find_if(*faces, silences_main);
        if (first != faces->end()) m_out.silencers[r] = *first;
      }
      if (m_out.silencers[r]) run.completed = false;
    }
  }

  // In how many places the bug shows at the start, as an effective number (the exponential of the entropy): 1
  // for a bug with one face, five for five that are as frequent. Only kinds of which the place is partly
  // chance count.
  double diversity() const {
    std::map<std::string, double> counts;
    double total = 0;
    const Kind main = kind(*m_out.main);
    for (std::size_t i = 0; i < m_seen.faces.size(); ++i) {
      const bool family =
          (is_memory(main) && is_memory(kind(i))) || (is_progress(main) && is_progress(kind(i)));
      if (!family || m_seen.faces[i].runs_at_start == 0) continue;
      counts[face(i).parts.function] += m_seen.faces[i].runs_at_start;
      total += m_seen.faces[i].runs_at_start;
    }
    double entropy = 0;
    for (const auto& [place, count] : counts) entropy -= count / total * std::log(count / total);
    return std::exp(entropy);
  }

  void compare_all() {
    const std::size_t n = m_seen.faces.size();
    m_likeness.resize(n, std::vector<const Likeness*>(n, &m_itself));
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = i + 1; j < n; ++j)
        m_likeness[i][j] = m_likeness[j][i] =
            &m_memory.compare(*m_seen.faces[i].known, *m_seen.faces[j].known, m_places);
  }

  // Runs of a group: how many show the bug, and how many ran their course without it.
  Counts counts_of(const SeenGroup& group) const {
    Counts counts;
    for (const std::size_t r : group.runs) {
      const SeenRun& run = m_seen.runs[r];
      if (shows_target(run))
        ++counts.shown;
      else if (run.completed)
        ++counts.quiet;
    }
    return counts;
  }

  // The same few counts come again and again.
  double log_likelihood(const Counts& counts) {
    const auto [at, is_new] = m_likelihoods.try_emplace({counts.shown, counts.quiet}, 0);
    if (is_new) at->second = m_out.rates.log_likelihood(counts);
    return at->second;
  }

  void learn_rates() {
    std::vector<Counts> sure;
    for (const SeenGroup& group : m_seen.groups)
      if (const Counts counts = counts_of(group); counts.shown > 0) sure.push_back(counts);
    m_out.rates = CrashRates(sure);
    m_likelihoods.clear();
  }

  double bug_behind_silence(int quiet) {
    const double bug = std::exp(log_likelihood({0, quiet}));
    return bug / (bug + 1);
  }

  // Groups whose quiet runs leave no room for the bug. Not those with a crash that looks somewhat like it,
  // nor those behind which the bug shows again.
  void find_free_groups() {
    m_free.clear();
    for (const SeenGroup& group : m_seen.groups) {
      const Counts counts = counts_of(group);
      if (group.is_trial || counts.shown > 0 || bug_behind_silence(counts.quiet) >= k_surely_free) continue;
      const bool doubtful = std::ranges::any_of(group.runs, [&](std::size_t r) {
        return std::ranges::any_of(m_seen.runs[r].test_faces, [&](std::size_t f) {
          return m_likeness[f][*m_out.main]->log_odds > k_nothing_alike;
        });
      });
      if (doubtful || bug_shows_behind(group)) continue;
      m_free.insert(m_free.end(), group.commits.begin(), group.commits.end());
    }
  }

  bool bug_shows_behind(const SeenGroup& group) const {
    return std::ranges::any_of(m_seen.groups, [&](const SeenGroup& other) {
      return counts_of(other).shown > 0 &&
             std::ranges::any_of(group.commits,
                                 [&](const model::CommitId& commit) { return is_behind(other, commit); });
    });
  }

  // As the search goes: older than `commit` where the cause is sought, newer where the fix is.
  bool is_behind(const SeenGroup& group, const model::CommitId& commit) const {
    if (!m_context.is_ancestor) return false;
    return std::ranges::all_of(group.commits, [&](const model::CommitId& own) {
      if (own == commit) return false;
      return m_context.goal == model::Goal::cause ? m_context.is_ancestor(own, commit)
                                                  : m_context.is_ancestor(commit, own);
    });
  }

  bool behind_a_free_one(const SeenGroup& group) const {
    return std::ranges::any_of(m_free, [&](const model::CommitId& free) { return is_behind(group, free); });
  }

  double judge(std::size_t index) {
    std::vector<Reason>& why = m_out.why[index];
    why.clear();
    if (face(index).told != model::Told::nothing) {
      why = m_likeness[index][*m_out.main]->reasons;
      return m_next_alike[index] = face(index).told == model::Told::bug ? k_bound : -k_bound;
    }
    const bool same_title =
        face(index).title == face(*m_out.main).title && m_likeness[index][*m_out.main]->title_tells;
    std::vector<Reason> unsaid;
    const double looks = content(index, m_out.alike, unsaid);
    m_next_alike[index] = bounded(same_title ? std::max(looks, k_title_is_main) : looks);
    double sum = content(index, m_out.log_odds, why);
    const auto add = [&](double weight, std::string text) {
      sum += weight;
      why.push_back({weight, std::move(text)});
    };
    add_loyalty(index, add);
    add_spread(index, add);
    if (same_title && sum < k_title_is_main) {
      why.push_back({k_title_is_main - sum, "but its title is the bug's"});
      sum = k_title_is_main;
    }
    return bounded(sum);
  }

  // What it looks like, and in which company and phase it shows. `odds` say which other faces are the bug's.
  double content(std::size_t index, const std::vector<double>& odds, std::vector<Reason>& why) const {
    double sum = best_likeness(index, odds, why);
    add_company(index, sum, why);
    const auto add = [&](double weight, std::string text) {
      sum += weight;
      why.push_back({weight, std::move(text)});
    };
    if (m_seen.faces[index].runs_before_test > 0)
      add(k_before_test, "it also shows before the reproducer runs");
    if (fails_beside_the_main_test(index)) add(k_two_tests, "both fail in one run: they are two tests");
    if (comes_first_in_bug_runs(index))
      add(k_first_in_bug_run, "it also shows in runs that show the bug after it");
    return sum;
  }

  // Likeness to the main face, or to another target face by way of which the bug's wording drifted here. A
  // face without a place is like too much to be such a step.
  double best_likeness(std::size_t index, const std::vector<double>& odds, std::vector<Reason>& why) const {
    const std::size_t main = *m_out.main;
    double best = m_likeness[index][main]->log_odds;
    std::size_t from = main;
    for (std::size_t other = 0; other < m_seen.faces.size(); ++other) {
      if (other == index || other == main || face(other).title.ends_with(" in corrupted")) continue;
      if (probability_of(odds[other]) < k_surely_target) continue;
      const double chain =
          log_odds_of(probability_of(odds[other]) * probability_of(m_likeness[index][other]->log_odds));
      if (chain > best) best = chain, from = other;
    }
    why = m_likeness[index][from]->reasons;
    if (from != main)
      why.push_back({best - m_likeness[index][from]->log_odds,
                     fmt::format("compared with \"{}\", which was found to be the bug", face(from).title)});
    return best;
  }

  // Runs at the start that show this face and not the main one.
  int alone_at_start(std::size_t index) const {
    int alone = 0;
    for (const SeenGroup& group : m_seen.groups)
      if (group.is_start)
        for (const std::size_t r : group.runs)
          alone += m_seen.runs[r].shows(index) && !m_seen.runs[r].shows(*m_out.main);
    return alone;
  }

  void add_company(std::size_t index, double& sum, std::vector<Reason>& why) const {
    const int alone = alone_at_start(index);
    if (alone == 0 || noise(index)) return;
    const std::size_t main = *m_out.main;
    const double share = static_cast<double>(alone) / m_seen.faces[main].runs_at_start;
    const bool related = kinship(kind(main), kind(index)) >= 0;
    const double bonus = related ? k_company : k_company_unrelated;
    const double floor =
        k_company_share * std::log(std::min(1.0, share)) - (related ? 0 : k_strangers_company);
    const double with = std::max(sum + bonus, floor);
    why.push_back(
        {with - sum, fmt::format("seen on the start revision, in {} of its runs that do not show \"{}\"",
                                 alone, face(main).title)});
    sum = with;
  }

  // A face that shows beside the bug and never where the bug surely is not. Another bug with one rate
  // everywhere would have shown there too; one that came or went with the bug's own range is not excluded.
  template <class Add>
  void add_loyalty(std::size_t index, Add add) {
    double with = 0, free = 0, shown = 0;
    for (const SeenGroup& group : m_seen.groups) {
      const bool bug = counts_of(group).shown > 0;
      const bool is_free = !bug && std::ranges::find(m_free, group.commits.front()) != m_free.end();
      if (!bug && !is_free) continue;
      for (const std::size_t r : group.runs) {
        const SeenRun& run = m_seen.runs[r];
        if (run.shows(index) && !bug) return;
        shown += bug && run.shows(index);
        (bug ? with : free) += run.completed || run.shows(index) || shows_target(run);
      }
    }
    if (shown == 0 || free == 0) return;
    const bool related = kinship(kind(*m_out.main), kind(index)) > k_unrelated_kinship;
    const double by_chance = std::pow(with / (with + free), shown);
    const double regional = related ? k_regional_kin : k_regional;
    add(-std::log(regional + (1 - regional) * by_chance), "shows only where the bug does");
  }

  // What one binary's runs say of a face that shows there, the bug's known faces being absent.
  struct Spread {
    Counts counts;         // runs with the face, and quiet ones
    int quiet_of_bug = 0;  // runs that went through without the bug, if the face is not it
  };
  std::optional<Spread> spread_in(const SeenGroup& group, std::size_t index) const {
    Spread spread;
    for (const std::size_t r : group.runs) {
      const SeenRun& run = m_seen.runs[r];
      if (run.shows(index)) {
        ++spread.counts.shown;
        spread.quiet_of_bug += run.completed;
      } else if (shows_target(run)) {
        return std::nullopt;  // the bug is there anyway: no question
      } else {
        spread.counts.quiet += run.completed;
      }
    }
    spread.quiet_of_bug += spread.counts.quiet;
    return spread.counts.shown > 0 ? std::optional(spread) : std::nullopt;
  }

  template <class Add>
  void add_spread(std::size_t index, Add add) {
    double foreign = 0;  // what the quiet runs of the bug say if it is another one
    std::vector<Counts> binaries;
    Counts all;
    int groups = 0, behind = 0;
    for (const SeenGroup& group : m_seen.groups) {
      if (group.is_start) continue;
      const auto spread = spread_in(group, index);
      if (!spread) continue;
      ++groups;
      behind += behind_a_free_one(group);
      binaries.push_back(spread->counts);
      foreign += std::log(0.5 + 0.5 * std::exp(log_likelihood({0, spread->quiet_of_bug})));
      all.shown += spread->counts.shown;
      all.quiet += spread->counts.quiet;
    }
    if (groups == 0) return;
    if (behind > 0)
      add(k_behind_free * behind / groups, "it shows on revisions behind one that is free of the bug");
    const double ratio =
        m_out.rates.log_likelihood(binaries) - foreign - log_likelihood_of_unknown_rate(binaries);
    if (ratio >= 0)
      add(std::min(ratio, k_most_for), fmt::format("shows in {} of {} runs, about as often as the bug does",
                                                   all.shown, all.shown + all.quiet));
    else
      add(std::max(ratio, k_most_against),
          fmt::format("shows in {} of {} runs, which is not how often the bug does", all.shown,
                      all.shown + all.quiet));
  }

  // One commit may break both; where the one fails alone, the other passed or was not there.
  bool fails_beside_the_main_test(std::size_t index) const {
    if (index == *m_out.main || !are_other_tests(face(index), face(*m_out.main))) return false;
    return std::ranges::any_of(m_seen.runs, [&](const SeenRun& run) {
      return shows_title_of(run, *m_out.main) && shows_title_of(run, index);
    });
  }

  bool comes_first_in_bug_runs(std::size_t index) const {
    if (kinship(kind(*m_out.main), kind(index)) >= 0) return false;
    return std::ranges::any_of(m_seen.runs, [&](const SeenRun& run) {
      const auto at = std::ranges::find(run.test_faces, index);
      return at != run.test_faces.end() &&
             std::any_of(at + 1, run.test_faces.end(), [&](std::size_t later) { return is_target(later); });
    });
  }

  Sightings m_seen;
  const Context& m_context;
  Learned m_out;
  std::vector<double> m_next_alike;  // of this round
  double m_places = 1;
  Memory& m_memory;
  Likeness m_itself;  // of a face and itself: never asked for what it says
  std::vector<std::vector<const Likeness*>> m_likeness;
  std::vector<model::CommitId> m_free;
  std::map<std::pair<int, int>, double> m_likelihoods;  // at the rates learned last
};

}  // namespace

Learned learn(Sightings sightings, const Context& context, Memory& memory) {
  return Learner(std::move(sightings), context, memory).run();
}

}  // namespace culprit::identity
