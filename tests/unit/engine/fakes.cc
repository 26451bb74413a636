#include "tests/unit/engine/fakes.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace culprit::engine::testing {

model::CommitId id_of(int number) { return *model::CommitId::from_hex(fmt::format("{:040}", number)); }

int number_of(const model::CommitId& id) { return std::stoi(id.hex().substr(32)); }

base::Result<model::CommitId> FakeHistory::resolve(std::string_view revision) const {
  return id_of(std::stoi(std::string(revision)));
}
base::Result<model::CommitGraph> FakeHistory::load(std::span<const model::CommitId>) const {
  return model::CommitGraph();
}
base::Result<std::vector<model::ReleaseTag>> FakeHistory::tags() const {
  return std::vector<model::ReleaseTag>();
}
base::Result<model::CommitInfo> FakeHistory::describe(const model::CommitId& commit) const {
  model::CommitInfo info;
  info.id = commit;
  info.title = fmt::format("commit {}", number_of(commit));
  return info;
}
base::Result<std::string> FakeHistory::diffstat(const model::CommitId&) const { return std::string(); }
base::Result<std::vector<history::Recipient>> FakeHistory::recipients(const model::CommitId&) const {
  return std::vector<history::Recipient>();
}

void Traffic::enter(const Call& call) {
  const std::lock_guard lock(m_mutex);
  m_calls.push_back(call);
  m_shared |= m_slots.contains(call.slot);
  m_slots.insert(call.slot);
  m_most = std::max(m_most, m_slots.size());
}
void Traffic::leave(const Call& call) {
  const std::lock_guard lock(m_mutex);
  m_slots.erase(m_slots.find(call.slot));
}
std::vector<Call> Traffic::calls() const {
  const std::lock_guard lock(m_mutex);
  return m_calls;
}
std::size_t Traffic::most_at_once() const {
  const std::lock_guard lock(m_mutex);
  return m_most;
}
bool Traffic::shared_a_slot() const {
  const std::lock_guard lock(m_mutex);
  return m_shared;
}
bool Traffic::busy() const {
  const std::lock_guard lock(m_mutex);
  return !m_slots.empty();
}

namespace {

// Leaves whatever way the call ends.
struct Visit {
  Traffic& traffic;
  Call call;
  Visit(Traffic& t, Call c) : traffic(t), call(std::move(c)) { traffic.enter(call); }
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;
  ~Visit() { traffic.leave(call); }
};

}  // namespace

build::BuildProduct FakeBuilder::product(int commit, const std::string& variant) {
  build::BuildProduct product;
  product.record.commit = id_of(commit);
  product.record.variant = variant;
  product.record.signature = fmt::format("binary of {}", commit);
  product.record.seconds = 360;
  product.artifact = fmt::format("artifact of {}", commit);
  return product;
}

build::BuildProduct FakeBuilder::broken(int commit, std::string text) {
  build::BuildProduct product;
  product.record.commit = id_of(commit);
  product.record.status = model::BuildStatus::broken;
  product.record.text = std::move(text);
  return product;
}

base::Result<build::BuildProduct> FakeBuilder::build(const model::CommitId& commit,
                                                     const std::string& variant, int slot,
                                                     const base::CancelToken& cancel) {
  const int number = number_of(commit);
  const Visit visit(traffic, {.commit = number, .slot = slot, .what = variant});
  const auto told = scripted.find(number);
  if (told != scripted.end()) return told->second(cancel);
  return product(number, variant);
}

model::RawRun FakeRunner::quiet() {
  model::RawRun raw;
  raw.end = model::RawRun::End::exited;
  raw.exit_code = 0;
  raw.console = "all is well\n";
  raw.seconds = 48;
  return raw;
}

model::RawRun FakeRunner::crash() {
  model::RawRun raw;
  raw.end = model::RawRun::End::signaled;
  raw.signal = 11;
  raw.console = "about to crash\n";
  raw.seconds = 19;
  return raw;
}

base::Result<model::RawRun> FakeRunner::run(const model::CommitId& commit,
                                            const std::filesystem::path& artifact, int number, int slot,
                                            const base::CancelToken& cancel) {
  const Visit visit(traffic,
                    {.commit = number_of(commit), .number = number, .slot = slot, .what = artifact.string()});
  return scripted ? scripted(visit.call, cancel) : quiet();
}

bool Gathering::arrive() {
  std::unique_lock lock(m_mutex);
  ++m_there;
  m_changed.notify_all();
  return m_changed.wait_for(lock, std::chrono::seconds(60), [&] { return m_there >= m_wanted; });
}

namespace {

int runs_of(const model::Evidence& evidence, const model::Experiment& e) {
  return static_cast<int>(std::ranges::count_if(evidence.runs, [&](const model::RunRecord& run) {
    return run.commit == e.commit && run.variant == e.variant;
  }));
}

bool is_done(const model::Evidence& evidence, const model::Experiment& e) {
  const auto build = std::ranges::find_if(evidence.builds, [&](const model::BuildRecord& b) {
    return b.commit == e.commit && b.variant == e.variant;
  });
  if (build == evidence.builds.end()) return false;
  // The last word counts: what was built once may fail later.
  model::BuildStatus last = build->status;
  for (const model::BuildRecord& b : evidence.builds)
    if (b.commit == e.commit && b.variant == e.variant) last = b.status;
  return last != model::BuildStatus::ok || runs_of(evidence, e) >= e.runs;
}

bool is_pending(const model::Evidence& evidence, const model::Experiment& e) {
  return std::ranges::any_of(evidence.pending, [&](const model::PendingExperiment& p) {
    return p.commit == e.commit && p.variant == e.variant;
  });
}

}  // namespace

model::Decision ScriptedSearch::next(const model::Evidence& evidence) const {
  m_shown.push_back(evidence);
  model::Decision decision{.notes = notes};
  for (const auto& batch : m_batches) {
    bool done = true;
    for (const model::Experiment& e : batch) {
      if (is_done(evidence, e)) continue;
      done = false;
      if (is_pending(evidence, e)) continue;
      decision.experiments.push_back(e);
      decision.experiments.back().runs -= runs_of(evidence, e);
    }
    if (!done) return decision;
  }
  decision.conclusion = model::Conclusion{.kind = model::ResultKind::culprit, .culprit = id_of(1)};
  return decision;
}

std::vector<model::RevisionVerdict> ScriptedSearch::verdicts(const model::Evidence& evidence) const {
  std::vector<model::RevisionVerdict> out;
  const auto add = [&](const model::CommitId& commit) {
    if (std::ranges::find(out, commit, &model::RevisionVerdict::commit) == out.end())
      out.push_back({.commit = commit, .why = "as scripted"});
  };
  for (const auto& build : evidence.builds) add(build.commit);
  for (const auto& run : evidence.runs) add(run.commit);
  for (const auto& said : evidence.verdicts) add(said.commit);
  return out;
}

model::Experiment experiment(int commit, int runs, std::string variant) {
  model::Experiment e;
  e.commit = id_of(commit);
  e.runs = runs;
  e.variant = std::move(variant);
  e.stage = "bisect";
  e.label = fmt::format("v{}", commit);
  return e;
}

Bench::Bench() : m_store(*store::Store::open_in_memory()) {
  m_id = *m_store.begin(m_clock.wall());
  problem.start = id_of(1);
}

base::Result<model::Conclusion> Bench::bisect(const search::Search& search) { return bisect(search, cancel); }

base::Result<model::Conclusion> Bench::bisect(const search::Search& search, const base::CancelToken& token) {
  std::vector<model::EventSink*> sinks;
  if (sink) sinks.push_back(sink);
  Journal journal(m_store, m_id, m_clock, sinks);
  CULPRIT_TRY(journal.catch_up());
  const Parts parts{.journal = journal,
                    .search = search,
                    .history = history,
                    .builder = builder,
                    .runner = runner,
                    .problem = problem,
                    .take_notes = take_notes};
  return engine::bisect(parts, token);
}

void Bench::record(model::EventBody body) {
  (void)m_store.append(m_id, m_clock.wall(), std::move(body)).value();
}

std::vector<model::Event> Bench::events() const { return *m_store.events(m_id); }

namespace {

struct Line {
  std::string operator()(const model::Started&) const { return "Started"; }
  std::string operator()(const model::Resumed&) const { return "Resumed"; }
  std::string operator()(const model::Interrupted& e) const { return "Interrupted: " + e.reason; }
  std::string operator()(const model::Decided& e) const {
    std::string out = "Decided";
    for (const auto& x : e.experiments) out += fmt::format(" {}x{}", number_of(x.commit), x.runs);
    return out;
  }
  std::string operator()(const model::BuildStarted& e) const {
    return fmt::format("BuildStarted {} {} \"{}\"", number_of(e.commit), e.label, e.title);
  }
  std::string operator()(const model::BuildFinished& e) const {
    constexpr const char* k_words[] = {"ok", "broken", "infra"};
    return fmt::format("BuildFinished {} {}", number_of(e.build.commit),
                       k_words[static_cast<std::size_t>(e.build.status)]);
  }
  std::string operator()(const model::RunStarted& e) const {
    return fmt::format("RunStarted {} #{}", number_of(e.commit), e.number);
  }
  std::string operator()(const model::RunFinished& e) const {
    return fmt::format("RunFinished {} {}", number_of(e.run.commit), name_of(kind_of(e.run.outcome)));
  }
  std::string operator()(const model::Judged& e) const {
    return fmt::format("Judged {} {}", number_of(e.verdict.commit), e.label);
  }
  std::string operator()(const model::PersonJudged& e) const {
    return fmt::format("PersonJudged {}", number_of(e.verdict.commit));
  }
  std::string operator()(const model::Posted&) const { return "Posted"; }
  std::string operator()(const model::TakenBack& e) const {
    return fmt::format("TakenBack {}", e.sequences.size());
  }
  std::string operator()(const model::Note& e) const { return "Note: " + e.text; }
  std::string operator()(const model::Finished& e) const {
    return "Finished " + std::string(name_of(e.conclusion.kind));
  }
};

}  // namespace

std::vector<std::string> Bench::story() const {
  std::vector<std::string> out;
  for (const model::Event& event : events()) out.push_back(std::visit(Line(), event.body));
  return out;
}

}  // namespace culprit::engine::testing
