// The features are treated as independent pieces of evidence and their log-odds added (naive Bayes). They are
// not quite independent - the title follows from the frame, the frame is the top of the stack - so the
// weights of the dependent ones are small, and the sum is bounded. What a face lacks says nothing: two bare
// titles are compared by kind and place alone, which is what a finished log offers.
#include "identity/looks/likeness.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "identity/looks/failures.h"
#include "identity/looks/place.h"
#include "identity/looks/tuning.h"
#include "model/run/report.h"

namespace culprit::identity {
namespace {

class Comparison {
 public:
  Comparison(const Face& a, const Face& b, double places) : m_a(a), m_b(b), m_places(places) {}

  Likeness result() {
    m_same_title = share_a_title();
    if (m_same_title)
      add(k_same_title, m_a.title == m_b.title ? "the same title" : "known under one title");
    else
      compare_kind_and_place();
    if (!m_a.corrupted && !m_b.corrupted) {
      compare_sub_kinds();
      compare_locks();
      compare_stacks();
      compare_files();
      compare_objects();
    }
    m_out.log_odds = std::clamp(m_out.log_odds + k_prior, -k_bound, k_bound);
    return std::move(m_out);
  }

 private:
  void add(double weight, std::string text) {
    m_out.log_odds += weight;
    m_out.reasons.push_back({weight, std::move(text)});
  }

  bool share_a_title() const {
    const auto names = [](const Face& face, const std::string& title) {
      return face.title == title || std::ranges::find(face.alt_titles, title) != face.alt_titles.end();
    };
    if (names(m_a, m_b.title) || names(m_b, m_a.title)) return true;
    return std::ranges::any_of(m_a.alt_titles, [&](const std::string& title) { return names(m_b, title); });
  }

  void compare_kind_and_place() {
    const KindTraits& a = traits_of(m_a.parts.kind);
    const KindTraits& b = traits_of(m_b.parts.kind);
    const double kin = kinship(a.kind, b.kind);
    if (a.kind == b.kind)
      add(kin, fmt::format("both are {}", a.words));
    else if (kin >= 0)
      add(kin, fmt::format("{} and {} can be one bug", a.words, b.words));
    else
      add(kin, fmt::format("{} is not {}", b.words, a.words));

    const double hit = std::min(a.same_place, b.same_place);
    const double miss = std::max(a.other_place, b.other_place) * m_places;
    const bool places = !m_a.parts.function.empty() && !m_b.parts.function.empty();
    if (a.kind == Kind::signal && b.kind == Kind::signal && !places) {
      const bool same = signal_of(m_a) == signal_of(m_b);
      add(same ? k_same_signal : k_other_signal,
          same ? "both of " + std::string(signal_of(m_a)) + ", and one does not say where"
               : fmt::format("{} is not {}", signal_of(m_b), signal_of(m_a)));
      return;
    }
    // Where the kind has no place, its words must do.
    if (a.kind == b.kind && (!m_a.parts.rest.empty() || !m_b.parts.rest.empty()) &&
        m_a.parts.function.empty() && m_b.parts.function.empty()) {
      add(-miss, "the words differ");
      return;
    }
    const PlaceRelation place = compare_places(m_a.place, m_b.place);
    if (!place.words.empty()) add(place.level >= 0 ? place.level * hit : place.level * miss, place.words);
  }

  // "SIGSEGV" of "SIGSEGV in ring_get".
  static std::string_view signal_of(const Face& face) {
    return std::string_view(face.title).substr(0, face.title.find(' '));
  }

  // "possible deadlock" stands for several findings of the lock validator.
  void compare_sub_kinds() {
    using enum model::LockdepKind;
    if (!m_a.lockdep || !m_b.lockdep || m_a.parts.kind != m_b.parts.kind) return;
    const auto order = [](model::LockdepKind kind) { return kind == circular || kind == irq_inversion; };
    if (*m_a.lockdep == *m_b.lockdep) return;
    if (order(*m_a.lockdep) && order(*m_b.lockdep)) return;
    add(k_other_lockdep_kind, "the lock validator found another kind of mistake");
  }

  void compare_locks() {
    if (m_a.lock_classes.empty() || m_b.lock_classes.empty()) return;
    std::vector<std::string> common;
    std::ranges::set_intersection(m_a.lock_classes, m_b.lock_classes, std::back_inserter(common));
    const auto all = static_cast<double>(m_a.lock_classes.size() + m_b.lock_classes.size() - common.size());
    const double share = static_cast<double>(common.size()) / all;
    if (common.empty())
      add(k_no_common_lock,
          fmt::format("other locks ({} and {})", m_a.lock_classes.front(), m_b.lock_classes.front()));
    else
      add(k_locks * (share - k_chance_locks),
          fmt::format("{} lock {}", share == 1 ? "the same" : "shares the", common.front()));
  }

  // The longest common subsequence of the two stacks, in which frames near the top count more. It tolerates
  // frames that one side lacks (inlined) or has in addition, and a name that changed.
  void compare_stacks() {
    const auto& a = m_a.stack;
    const auto& b = m_b.stack;
    if (a.size() < 2 || b.size() < 2) return;
    const auto weight = [](std::size_t depth) {
      return 1.0 / (1.0 + k_frame_decay * static_cast<double>(depth));
    };
    std::vector<std::vector<double>> best(a.size() + 1, std::vector<double>(b.size() + 1, 0));
    for (std::size_t i = a.size(); i-- > 0;)
      for (std::size_t j = b.size(); j-- > 0;) {
        best[i][j] = std::max(best[i + 1][j], best[i][j + 1]);
        const double level = level_of(nearness_of(a[i], b[j]));
        if (level > 0)
          best[i][j] = std::max(best[i][j], best[i + 1][j + 1] + level * std::min(weight(i), weight(j)));
      }
    double most = 0;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) most += weight(i);
    const double share = std::min(1.0, best[0][0] / most);
    add(k_stack_share * (share - k_chance_stack),
        share > k_chance_stack ? fmt::format("{:.0f} % of the stack is the same", 100 * share)
                               : fmt::format("only {:.0f} % of the stack is the same", 100 * share));
  }

  void compare_files() {
    if (m_a.guilty_file.empty() || m_b.guilty_file.empty()) return;
    const auto folder = [](const std::string& file) { return file.substr(0, file.rfind('/')); };
    if (m_a.guilty_file == m_b.guilty_file)
      add(k_file, fmt::format("the same file, {}", m_a.guilty_file));
    else if (folder(m_a.guilty_file) != folder(m_b.guilty_file))
      add(-k_file, fmt::format("other files ({} and {})", m_a.guilty_file, m_b.guilty_file));
  }

  void compare_objects() {
    if (m_a.object.empty() || m_b.object.empty()) return;
    if (m_a.object == m_b.object)
      add(k_object, fmt::format("the same object, {}", m_a.object));
    else
      add(-k_object, fmt::format("other objects ({} and {})", m_a.object, m_b.object));
  }

  const Face& m_a;
  const Face& m_b;
  double m_places;
  bool m_same_title = false;
  Likeness m_out;
};

}  // namespace

Likeness likeness(const Face& a, const Face& b, double places, const QuietLines& quiet,
                  const SteadyLines& steady) {
  if (are_failures(a, b)) return likeness_of_failures(a, b, quiet, steady);
  return Comparison(a, b, places).result();
}

double probability_of(double log_odds) {
  return 1 / (1 + std::exp(-std::clamp(log_odds, -k_bound, k_bound)));
}

double log_odds_of(double probability) {
  return std::clamp(std::log(probability / (1 - probability)), -k_bound, k_bound);
}

}  // namespace culprit::identity
