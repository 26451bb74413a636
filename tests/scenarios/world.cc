#include "tests/scenarios/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "model/words.h"

namespace culprit::scenario {
namespace {

using base::ErrorKind;
using base::fail;

constexpr double k_build_seconds = 360;
constexpr double k_ok_run_seconds = 57;
constexpr double k_crash_run_seconds = 19;
constexpr std::string_view k_ready_mark = "GUEST-READY";

std::string read_console(const ConsoleTemplate& console) {
  std::ifstream in(std::string(CULPRIT_SOURCE_DIR) + "/tests/scenarios/consoles/" + console.file);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  for (const auto& [from, to] : console.replace)
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
      text.replace(at, from.size(), to);
  return text;
}

// The console up to and including the line of the ready mark.
std::string boot_part(const std::string& console) {
  const std::size_t mark = console.find(k_ready_mark);
  return console.substr(0, console.find('\n', mark) + 1);
}
std::string test_part(const std::string& console) { return console.substr(boot_part(console).size()); }

// The detector of a console that reports once in a boot; empty for any other.
std::string once_a_boot(const ConsoleTemplate& console) {
  for (const char* detector : {"lockdep-", "kasan-"})
    if (console.file.starts_with(detector)) return detector;
  return {};
}

class Reader {
 public:
  base::Result<Scenario> read(const std::string& path) {
    m_scenario.name = std::filesystem::path(path).stem();
    CULPRIT_TRY(read_file(path));
    CULPRIT_TRY(refuse_nonsense());
    return std::move(m_scenario);
  }

 private:
  base::Result<void> read_file(const std::string& path) {
    std::ifstream in(path);
    if (!in) return fail(ErrorKind::usage, "cannot read " + path);
    std::string line;
    for (int number = 1; std::getline(in, line); ++number) {
      m_words = std::istringstream(line.substr(0, line.find('#')));
      std::string keyword;
      if (!(m_words >> keyword)) continue;
      const std::string where = path + ":" + std::to_string(number);
      if (keyword == "include") {
        CULPRIT_TRY(read_file(std::filesystem::path(path).parent_path() / word()));
      } else {
        CULPRIT_TRY_IN(keyword == "expect" ? expectation() : fact(keyword), where);
      }
      std::string rest;
      if (m_words >> rest) return fail(ErrorKind::usage, where + ": nothing is known of '" + rest + "'");
    }
    return {};
  }

  std::string word() {
    std::string text;
    m_words >> text;
    return text;
  }
  // "602" or "600..605", to the end of the line.
  std::vector<int> numbers() {
    std::vector<int> out;
    for (std::string text = word(); !text.empty(); text = word()) {
      const Range range = range_of(text);
      for (int n = range.from; n <= range.to; ++n) out.push_back(n);
    }
    return out;
  }
  static Range range_of(const std::string& text) {
    const std::size_t dots = text.find("..");
    const int from = std::atoi(text.c_str());
    return {from, dots == std::string::npos ? from : std::atoi(text.c_str() + dots + 2)};
  }
  ConsoleTemplate console() {
    ConsoleTemplate out{word() + ".log", {}};
    for (std::string pair = word(); !pair.empty(); pair = word()) {
      const std::size_t equals = pair.find('=');
      out.replace.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
    }
    return out;
  }

  base::Result<void> fact(const std::string& keyword) {
    if (keyword == "chain") {
      const std::vector<int> line = numbers();
      for (std::size_t i = 0; i < line.size(); ++i) {
        auto& parents = m_scenario.parents[line[i]];
        if (i > 0) parents.push_back(line[i - 1]);
      }
    } else if (keyword == "merge") {
      const std::vector<int> all = numbers();
      m_scenario.parents[all.at(0)].assign(all.begin() + 1, all.end());
    } else if (keyword == "tag") {
      const int number = std::stoi(word());
      m_scenario.tags[number] = word();
    } else if (keyword == "goal") {
      m_scenario.goal = word() == "fix" ? model::Goal::fix : model::Goal::cause;
    } else if (keyword == "start") {
      m_scenario.start = std::stoi(word());
    } else if (keyword == "head") {
      m_scenario.head = std::stoi(word());
    } else if (keyword == "good") {
      m_scenario.good = numbers();
    } else if (keyword == "runs") {
      m_scenario.runs = std::stoi(word());
    } else if (keyword == "slots") {
      m_scenario.slots = std::stoi(word());
    } else if (keyword == "seed") {
      m_scenario.seed = std::stoull(word());
    } else if (keyword == "introduced") {
      m_scenario.introduced = numbers();
    } else if (keyword == "fixed") {
      m_scenario.fixed = numbers();
    } else if (keyword == "bug-everywhere") {
      m_scenario.bug_everywhere = true;
    } else if (keyword == "crash-rate") {
      m_scenario.crash_rate = std::stod(word());
    } else if (keyword == "target") {
      m_scenario.target = console();
    } else if (keyword == "face") {
      m_scenario.faces.push_back(console());
    } else if (keyword == "drift") {
      const Range range = range_of(word());
      m_scenario.drift.emplace_back(range, console());
    } else if (keyword == "build-broken") {
      m_scenario.build_broken.push_back(range_of(word()));
    } else if (keyword == "boot-broken") {
      m_scenario.boot_broken.push_back(range_of(word()));
    } else if (keyword == "infra") {
      const double rate = std::stod(word());
      m_scenario.infra.emplace_back(range_of(word()), rate);
    } else if (keyword == "foreign" || keyword == "foreign-at-boot") {
      Foreign foreign;
      foreign.at_boot = keyword == "foreign-at-boot";
      foreign.rate = std::stod(word());
      foreign.where = range_of(word());
      foreign.console = console();
      m_scenario.foreign.push_back(foreign);
    } else if (keyword == "variant" || keyword == "smaller") {
      WorldVariant v;
      v.variant.name = keyword == "smaller" ? keyword : word();
      v.variant.changes = keyword == "smaller" ? "small.config" : "changes of " + v.variant.name;
      if (keyword == "smaller") v.variant.use = model::Variant::Use::smaller;
      for (std::string what = word(); !what.empty(); what = word()) {
        if (what.starts_with("past="))
          v.past.push_back(what.substr(5) + ".log");
        else if (what.starts_with("silences="))
          v.variant.silences.push_back(what.substr(9));
        else if (what == "hides-bug")
          v.hides_bug = true;
        else if (what == "build-broken")
          v.builds = false;
        else if (what == "boot-broken")
          v.boots = false;
        else if (what == "changes-nothing")
          v.changes_nothing = true;
        else
          return fail(ErrorKind::usage, "nothing is known of '" + what + "'");
      }
      m_scenario.variants.push_back(std::move(v));
    } else if (keyword == "verify") {
      m_scenario.verify = true;
    } else if (keyword == "revert") {
      m_scenario.revert = word();
    } else if (keyword == "same-binary") {
      m_scenario.same_binary.push_back(numbers());
    } else {
      return fail(ErrorKind::usage, "unknown word '" + keyword + "'");
    }
    return {};
  }

  // Of one strategy where the line names it, else of all.
  base::Result<void> expectation() {
    std::string what = word();
    const auto named = std::ranges::find(k_strategies, what);
    if (named != k_strategies.end()) what = word();
    std::string rest;
    std::getline(m_words, rest);
    for (const std::string strategy : k_strategies) {
      if (named != k_strategies.end() && strategy != *named) continue;
      m_words = std::istringstream(rest);
      CULPRIT_TRY(expectation(m_scenario.expect[strategy], what));
    }
    return {};
  }

  base::Result<void> expectation(Expectation& e, const std::string& what) {
    if (what == "culprit") {
      e.kind = model::ResultKind::culprit;
      e.culprit = std::stoi(word());
    } else if (what == "kind") {
      e.kind = model::from_name<model::ResultKind>(word());
      e.culprit.reset();
      if (!e.kind) return fail(ErrorKind::usage, "unknown kind of result");
    } else if (what == "tested") {
      e.tested = std::stoi(word());
    } else if (what == "candidates") {
      e.candidates = numbers();
    } else if (what == "among-candidates") {
      e.among = numbers();
    } else if (what == "no-op") {
      e.no_op = word() == "yes";
    } else if (what == "release") {
      e.release = word() == "yes";
    } else if (what == "builds") {
      e.most_builds = std::stoi(word());
    } else if (what == "runs") {
      e.most_runs = std::stoi(word());
    } else if (what == "probability-above") {
      e.least_probability = std::stod(word());
    } else if (what == "probability-below") {
      e.most_probability = std::stod(word());
    } else if (what == "never-tested") {
      e.never_tested = numbers();
    } else if (what == "explanation") {
      std::getline(m_words >> std::ws, e.explanation.emplace_back());
      m_words.clear();
    } else if (what == "verification") {
      e.verification = model::from_name<model::Verification::Kind>(word());
      if (!e.verification) return fail(ErrorKind::usage, "unknown kind of verification");
    } else {
      return fail(ErrorKind::usage, "unknown expectation '" + what + "'");
    }
    return {};
  }

  base::Result<void> refuse_nonsense() {
    const Scenario& s = m_scenario;
    const auto known = [&](int number) { return s.parents.contains(number); };
    std::vector<int> named = {s.start};
    if (s.head >= 0) named.push_back(s.head);
    for (const auto* list : {&s.good, &s.introduced, &s.fixed})
      named.insert(named.end(), list->begin(), list->end());
    for (const auto& [child, parents] : s.parents) named.insert(named.end(), parents.begin(), parents.end());
    for (const auto& [strategy, e] : s.expect) {
      for (const auto* list : {&e.candidates, &e.among})
        named.insert(named.end(), list->begin(), list->end());
      if (e.culprit) named.push_back(*e.culprit);
    }
    for (const int number : named)
      if (!known(number))
        return fail(ErrorKind::usage,
                    s.name + ": commit " + std::to_string(number) + " is not in the history");
    if (s.target.file.empty()) return fail(ErrorKind::usage, s.name + ": no target console");
    const bool shows = World(s).has_bug(s.start);
    for (const std::string strategy : k_strategies) {
      const auto e = s.expect.find(strategy);
      if (e == s.expect.end() || !e->second.kind)
        return fail(ErrorKind::usage, s.name + ": a scenario that expects nothing under " + strategy);
      if (shows == (*e->second.kind == model::ResultKind::not_reproduced) && s.goal == model::Goal::cause)
        return fail(ErrorKind::usage,
                    s.name + ": the start revision and the expected result contradict each other");
    }
    return {};
  }

  Scenario m_scenario;
  std::istringstream m_words;
};

}  // namespace

model::CommitId id_of(int number) {
  std::string hex;
  for (int i = 0; i < 10; ++i) hex += fmt::format("{:04}", number);
  return *model::CommitId::from_hex(hex);
}

int number_of(const model::CommitId& id) { return std::stoi(id.hex().substr(0, 4)); }

base::Result<Scenario> read_scenario(const std::string& path) { return Reader().read(path); }

World::World(const Scenario& scenario) : m_scenario(scenario) {
  for (const auto& [number, parents] : scenario.parents) m_ancestors[number] = ancestors_of(number);
  for (const auto& group : scenario.same_binary)
    for (const int number : group) m_signatures[number] = fmt::format("{:064x}", group.front());
}

std::set<int> World::ancestors_of(int number) const {
  std::set<int> seen;
  std::vector<int> open = {number};
  while (!open.empty()) {
    const int at = open.back();
    open.pop_back();
    if (!seen.insert(at).second) continue;
    const auto parents = m_scenario.parents.find(at);
    if (parents != m_scenario.parents.end())
      open.insert(open.end(), parents->second.begin(), parents->second.end());
  }
  return seen;
}

bool World::has_bug(int number) const {
  const std::set<int>& ancestors = m_ancestors.at(number);
  const auto reaches = [&](const std::vector<int>& list) {
    return std::ranges::any_of(list, [&](int n) { return ancestors.contains(n); });
  };
  return (m_scenario.bug_everywhere || reaches(m_scenario.introduced)) && !reaches(m_scenario.fixed);
}

model::Problem World::problem() const {
  model::Problem problem;
  problem.goal = m_scenario.goal;
  problem.start = id_of(m_scenario.start);
  if (m_scenario.head >= 0) problem.head = id_of(m_scenario.head);
  for (const int number : m_scenario.good) problem.good.push_back(id_of(number));
  problem.runs_per_revision = m_scenario.runs;
  problem.build_slots = problem.run_slots = m_scenario.slots;
  const int from = m_scenario.goal == model::Goal::fix ? m_scenario.head : m_scenario.start;
  for (auto tag = m_scenario.tags.rbegin(); tag != m_scenario.tags.rend(); ++tag)
    if (tag->first != from && m_ancestors.at(from).contains(tag->first))
      problem.releases.push_back({tag->second, id_of(tag->first)});
  for (const WorldVariant& v : m_scenario.variants) problem.variants.push_back(v.variant);
  problem.verify = m_scenario.verify;
  return problem;
}

model::CommitGraph World::graph() const {
  std::vector<int> order;
  std::set<int> placed;
  while (order.size() < m_scenario.parents.size())
    for (const auto& [number, parents] : m_scenario.parents)
      if (!placed.contains(number) &&
          std::ranges::all_of(parents, [&](int p) { return placed.contains(p); })) {
        order.push_back(number);
        placed.insert(number);
      }
  std::vector<model::CommitId> ids;
  std::vector<std::uint32_t> offsets = {0};
  std::vector<model::NodeIndex> parents;
  for (const int number : order) {
    ids.push_back(id_of(number));
    for (const int parent : m_scenario.parents.at(number))
      parents.push_back(static_cast<model::NodeIndex>(std::ranges::find(order, parent) - order.begin()));
    offsets.push_back(static_cast<std::uint32_t>(parents.size()));
  }
  return *model::CommitGraph::create(std::move(ids), std::move(offsets), std::move(parents));
}

base::Result<model::CommitId> World::resolve(std::string_view revision) const {
  return id_of(std::atoi(std::string(revision).c_str()));
}
base::Result<model::CommitGraph> World::load(std::span<const model::CommitId>) const { return graph(); }
base::Result<std::vector<model::ReleaseTag>> World::tags() const { return problem().releases; }
base::Result<model::CommitInfo> World::describe(const model::CommitId& commit) const {
  model::CommitInfo info;
  info.id = commit;
  info.title = "commit " + std::to_string(number_of(commit));
  for (const int parent : m_scenario.parents.at(number_of(commit))) info.parents.push_back(id_of(parent));
  return info;
}
base::Result<std::string> World::diffstat(const model::CommitId&) const { return std::string(); }
base::Result<std::vector<history::Recipient>> World::recipients(const model::CommitId&) const {
  return std::vector<history::Recipient>{};
}

const WorldVariant* World::variant_of(std::string_view name) const {
  const auto revert = model::revert_variant_from_name(name);
  if (revert) name = revert->variant;
  const auto at = std::ranges::find_if(m_scenario.variants,
                                       [&](const WorldVariant& v) { return v.variant.name == name; });
  return at == m_scenario.variants.end() ? nullptr : &*at;
}

// Without the commit that brought it the bug is gone; without the one that fixed it, it is back.
bool World::shows_bug(int number, const WorldVariant* variant, std::string_view name) const {
  if (variant != nullptr && variant->hides_bug) return false;
  const auto revert = model::revert_variant_from_name(name);
  if (!revert || m_scenario.revert == "changes-nothing") return has_bug(number);
  const int taken_back = number_of(revert->commit);
  if (std::ranges::find(m_scenario.fixed, taken_back) != m_scenario.fixed.end()) return true;
  return has_bug(number) &&
         std::ranges::find(m_scenario.introduced, taken_back) == m_scenario.introduced.end();
}

base::Result<build::BuildProduct> World::build(const model::CommitId& commit, const std::string& variant, int,
                                               const base::CancelToken&) {
  const int number = number_of(commit);
  build::BuildProduct product;
  product.record.commit = commit;
  product.record.variant = variant;
  product.record.compiler = "gcc (Debian 12.2.0-14) 12.2.0";
  product.record.seconds = k_build_seconds;
  {
    const std::scoped_lock lock(m_mutex);
    m_now += k_build_seconds;
    m_built.push_back(number);
  }
  product.artifact = variant;
  const WorldVariant* changed = variant_of(variant);
  const bool reverted = model::revert_variant_from_name(variant).has_value();
  if (reverted && m_scenario.revert == "conflicts") {
    product.record.status = model::BuildStatus::broken;
    product.record.text = std::string(model::k_revert_conflict) + "mm/shmem.c";
    return product;
  }
  if ((changed != nullptr && !changed->builds) || (reverted && m_scenario.revert == "build-broken") ||
      std::ranges::any_of(m_scenario.build_broken, [&](const Range& r) { return r.holds(number); })) {
    product.record.status = model::BuildStatus::broken;
    product.record.text = "mm/shmem.c:12: error: expected ';' before '}' token";
    return product;
  }
  const auto shared = m_signatures.find(number);
  product.record.signature = shared != m_signatures.end() ? shared->second : fmt::format("{:064x}", number);
  if (!variant.empty() && (changed == nullptr || !changed->changes_nothing))
    product.record.signature += "+" + variant;
  return product;
}

const ConsoleTemplate& World::target_console(int number, base::Rng& rng) const {
  for (const auto& [range, console] : m_scenario.drift)
    if (range.holds(number)) return console;
  if (m_scenario.faces.empty()) return m_scenario.target;
  const std::size_t face = rng.below(m_scenario.faces.size() + 1);
  return face == 0 ? m_scenario.target : m_scenario.faces[face - 1];
}

base::Result<model::RawRun> World::run(const model::CommitId& commit, const std::filesystem::path& artifact,
                                       int run_number, int, const base::CancelToken&) {
  const int number = number_of(commit);
  base::Rng rng(m_scenario.seed * 1'000'003 + static_cast<std::uint64_t>(number) * 101 + run_number);
  rng.next();
  model::RawRun raw;
  raw.seconds = k_crash_run_seconds;
  {
    const std::scoped_lock lock(m_mutex);
    ++m_runs_done;
    ++m_times_run[{number, run_number}];
    m_now += raw.seconds;
  }
  for (const auto& [range, rate] : m_scenario.infra)
    if (range.holds(number) && rng.chance(rate)) {
      raw.infra_text = "the disk of the test machine went away";
      return raw;
    }

  const std::string variant = artifact.string();
  const WorldVariant* changed = variant_of(variant);
  const std::string clean = read_console({"clean-run.log", {}});
  if ((changed != nullptr && !changed->boots) ||
      std::ranges::any_of(m_scenario.boot_broken, [&](const Range& r) { return r.holds(number); })) {
    raw.end = model::RawRun::End::died;
    raw.booted = raw.test_started = false;
    raw.console = boot_part(clean).substr(0, 2000);
    return raw;
  }
  raw.console = boot_part(clean);
  bool foreign_fatal = false;
  std::string foreign_text;
  std::set<std::string> spoken;  // detectors that have fallen silent
  for (const Foreign& foreign : m_scenario.foreign) {
    if (!foreign.where.holds(number) || !rng.chance(foreign.rate)) continue;
    if (changed != nullptr && std::ranges::find(changed->past, foreign.console.file) != changed->past.end())
      continue;
    const std::string text = test_part(read_console(foreign.console));
    spoken.insert(once_a_boot(foreign.console));
    if (foreign.at_boot)
      raw.console.insert(raw.console.find(k_ready_mark), text.substr(0, text.find("REPRO-EXIT")));
    else
      foreign_text = text, foreign_fatal = text.find("REPRO-EXIT") == std::string::npos;
  }
  raw.test_start = raw.console.size();
  raw.console += foreign_text.substr(0, foreign_text.find("REPRO-EXIT"));
  if (foreign_fatal) {
    raw.end = model::RawRun::End::died;
    return raw;
  }
  const bool shows = shows_bug(number, changed, variant) && rng.chance(m_scenario.crash_rate);
  const ConsoleTemplate& target = target_console(number, rng);
  const bool crashes = shows && !once_a_boot(target).empty() ? !spoken.contains(once_a_boot(target)) : shows;
  const std::string tail = test_part(crashes ? read_console(target) : clean);
  raw.console += tail;
  raw.end =
      tail.find("REPRO-EXIT") != std::string::npos ? model::RawRun::End::exited : model::RawRun::End::died;
  raw.exit_code = 0;
  if (!crashes) {
    const std::scoped_lock lock(m_mutex);
    m_now += k_ok_run_seconds - k_crash_run_seconds;
    raw.seconds = k_ok_run_seconds;
  }
  return raw;
}

}  // namespace culprit::scenario
