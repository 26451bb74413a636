#include "search/strategy.h"

#include <algorithm>
#include <array>
#include <optional>

#include "search/bayes.h"
#include "search/check/aftermath.h"
#include "search/check/clash.h"
#include "search/classic.h"
#include "search/informed.h"
#include "search/measure.h"
#include "search/variants.h"
#include "search/verification.h"

namespace culprit::search {
namespace {

using Make = std::unique_ptr<Search> (*)(const model::CommitGraph&, const model::Problem&);

template <class Strategy>
std::unique_ptr<Search> make(const model::CommitGraph& graph, const model::Problem& problem) {
  return std::make_unique<Strategy>(graph, problem);
}

// Around a whole search of a program: where runs disturb one another, one runs at a time; where a failing one spoils the next, after a rest.
class UndisturbedSearch final : public Search {
 public:
  UndisturbedSearch(const model::Problem& problem, std::unique_ptr<Search> inner)
      : m_problem(problem), m_inner(std::move(inner)) {}

  model::Decision next(const model::Evidence& evidence) const override {
    View view = view_of(evidence);
    if (view.wanted) return std::move(*view.wanted);
    const model::Evidence& believed = view.left ? *view.left : evidence;
    model::Decision decision = m_inner->next(believed);
    if (view.clash) decision = one_at_a_time(evidence, std::move(decision));
    if (view.rest_s > 0) decision = with_rests(evidence, std::move(decision), view.rest_s);
    decision.notes.insert(decision.notes.end(), view.notes.begin(), view.notes.end());
    if (!decision.conclusion) return decision;
    if (!view.clash)
      if (Clash clash = clash_of_runs(m_problem, evidence, &*decision.conclusion); clash.wanted)
        return *clash.wanted;
    if (view.rest_s == 0)
      if (Aftermath after = aftermath_of_runs(m_problem, believed, &*decision.conclusion); after.wanted)
        return *after.wanted;
    return decision;
  }
  std::vector<model::RevisionVerdict> verdicts(const model::Evidence& evidence) const override {
    const View view = view_of(evidence);
    return m_inner->verdicts(view.left ? *view.left : evidence);
  }
  std::vector<double> posterior(const model::Evidence& evidence) const override {
    const View view = view_of(evidence);
    return m_inner->posterior(view.left ? *view.left : evidence);
  }

 private:
  struct View {
    std::optional<model::Evidence> left;  // to believe; nothing: all of it
    bool clash = false;
    double rest_s = 0;
    std::vector<std::string> notes;
    std::optional<model::Decision> wanted{};  // before anything else
  };
  View view_of(const model::Evidence& evidence) const {
    View view;
    const auto believed = [&]() -> const model::Evidence& { return view.left ? *view.left : evidence; };
    Clash clash = clash_of_runs(m_problem, evidence, nullptr);
    view.wanted = std::move(clash.wanted);
    if (!clash.words.empty()) {
      view.clash = true;
      view.notes.push_back(clash.words);
      view.left = without_runs_beside(evidence);
    }
    Aftermath after = aftermath_of_runs(m_problem, believed(), nullptr);
    if (!view.wanted) view.wanted = std::move(after.wanted);
    if (after.rest_s > 0) {
      view.rest_s = after.rest_s;
      view.notes.push_back(after.words);
      view.left = rested_runs(believed(), after.rest_s);
    }
    return view;
  }

  model::Problem m_problem;
  std::unique_ptr<Search> m_inner;
};

struct Row {
  std::string_view name;
  Make make;
};
// The first is the default.
constexpr std::array k_strategies = {Row{"bayes", make<BayesSearch>}, Row{"classic", make<ClassicSearch>}};

}  // namespace

std::string strategy_names() {
  std::string out;
  for (const Row& row : k_strategies) out += (out.empty() ? "" : ", ") + std::string(row.name);
  return out;
}

base::Result<std::unique_ptr<Search>> make_strategy(std::string_view name, const model::CommitGraph& graph,
                                                    const model::Problem& problem, TakenBackBy taken_back_by,
                                                    Weigh weigh) {
  if (name == k_measure) return std::make_unique<MeasureSearch>(graph, problem);
  const auto row = name.empty() ? k_strategies.begin() : std::ranges::find(k_strategies, name, &Row::name);
  if (row == k_strategies.end())
    return base::fail(base::ErrorKind::usage, "unknown strategy '" + std::string(name) + "'",
                      "the strategies are: " + strategy_names());
  // What is done the same way around every strategy.
  const auto with_variants = [&graph, make = row->make](const model::Problem& p) {
    auto search = make(graph, p);
    return p.variants.empty()
               ? std::move(search)
               : std::unique_ptr<Search>(std::make_unique<VariantSearch>(std::move(search), p));
  };
  auto search = std::make_unique<InformedSearch>(
      graph, problem,
      [&graph, with_variants, taken_back_by = std::move(taken_back_by)](const model::Problem& p) {
        return std::make_unique<VerifiedSearch>(graph, p, with_variants, taken_back_by);
      },
      std::move(weigh));
  if (!problem.runs_meet) return search;
  return std::make_unique<UndisturbedSearch>(problem, std::move(search));
}

}  // namespace culprit::search
