#include "service/work/bisection.h"

#include <fmt/format.h>

#include <algorithm>

#include "identity/looks/likeness.h"
#include "identity/tuning.h"
#include "model/event.h"

namespace culprit::service {
namespace {

namespace fs = std::filesystem;

bool is_lost(const output::RunSummary& run) { return run.outcome == model::OutcomeKind::infra; }

const model::RunRecord* first_crash(const std::vector<model::Event>& events, const std::string& title,
                                    const model::CommitId& start) {
  const model::RunRecord* any = nullptr;
  for (const model::Event& event : events) {
    const auto* finished = std::get_if<model::RunFinished>(&event.body);
    if (finished == nullptr || model::text_of(finished->run.outcome) != title) continue;
    if (finished->run.commit == start) return &finished->run;
    if (any == nullptr) any = &finished->run;
  }
  return any;
}

}  // namespace

bool BisectionView::refresh() {
  std::error_code ignored;
  if (!m_store) {
    if (!fs::exists(m_folder.store(), ignored)) return false;
    auto opened = store::Store::open(m_folder.store(), store::Store::Mode::read_only);
    if (!opened) return false;
    m_store.emplace(std::move(*opened));
    m_version = 0;
  }
  // It is asked several times a second, and by every page: where nobody wrote, that is all.
  const std::int64_t version = m_store->version();
  if (version > 0 && version == m_version) return false;
  const auto rows = m_store->bisections();
  if (!rows || rows->empty()) {
    m_store.reset();  // it may have been copied to be read
    return false;
  }
  if (m_bisection != rows->front().id) {
    m_bisection = rows->front().id;
    m_sequence = 0;
    m_concluded = {};
    m_events.clear();
    m_fold = {};
  }
  auto events = m_store->events(m_bisection, m_sequence);
  if (!events) return false;
  m_version = version;
  if (events->empty()) return false;
  for (model::Event& event : *events) {
    m_sequence = event.sequence;
    m_fold.apply(event);
    if (std::holds_alternative<model::Finished>(event.body)) m_concluded = place();
    m_events.push_back(std::move(event));
  }
  return true;
}

base::Result<std::string> BisectionView::console(std::uint64_t run) const {
  if (!m_store) return base::fail(base::ErrorKind::usage, "nothing has run yet");
  return m_store->console(m_bisection, run);
}

void BisectionView::fill(AttemptEnd& end) const {
  const output::Summary& s = summary();
  end.machine_s = s.stats.build_s + s.stats.run_s;
  end.builds = s.stats.builds;
  end.runs = s.stats.runs;
  end.lost = 0;
  for (const output::RevisionSummary& revision : s.revisions)
    end.lost += static_cast<std::size_t>(std::ranges::count_if(revision.runs, is_lost));
  if (!s.conclusion) return;
  end.concluded = m_concluded;
  end.lesson = s.conclusion->lesson;
  Answer answer;
  answer.kind = std::string(model::name_of(s.conclusion->kind));
  answer.crash = output::chased_title(s);
  if (s.conclusion->culprit) {
    answer.commit = s.conclusion->culprit->hex();
    answer.probability = s.conclusion->probability;
    if (const auto* revision = s.find(*s.conclusion->culprit)) answer.title = revision->title;
  }
  end.answer = std::move(answer);
}

std::optional<identity::Face> BisectionView::face() const {
  const std::string title = output::chased_title(summary());
  if (title.empty()) return std::nullopt;
  const model::RunRecord* run = first_crash(m_events, title, summary().problem.start);
  if (run == nullptr) return identity::face_of(title);
  for (const identity::Sighting& sighting : identity::sightings_of(*run))
    if (!sighting.before_test && sighting.face.title == title) return sighting.face;
  return identity::face_of(title);
}

bool may_be_one_bug(const JobSpec& a, const JobSpec& b) {
  if (!a.bug.empty() || !b.bug.empty()) return a.bug == b.bug;
  if (a.command.empty() != b.command.empty()) return false;
  return a.command.empty() || a.repository == b.repository;
}

SameBug same_bug(const JobSpec& a, const identity::Face& face_a, const JobSpec& b,
                 const identity::Face& face_b) {
  if (!may_be_one_bug(a, b)) return {};
  if (!a.bug.empty()) return {true, "both were submitted as bug " + a.bug};
  const bool programs = !a.command.empty();
  // Nothing but a title ("SIGSEGV") says too little between two tests of a program.
  if (programs && (face_a.stack.empty() || face_b.stack.empty())) {
    const bool same = a.command == b.command && face_a.title == face_b.title;
    return {same, same ? "the same test dies of the same: " + face_a.title : ""};
  }
  const identity::Likeness alike = identity::likeness(face_a, face_b);
  const double p = identity::probability_of(alike.log_odds);
  if (p < identity::k_surely_target) return {};
  std::string why = fmt::format("their crashes are one bug with {:.0f} %", 100 * p);
  for (const identity::Reason& reason : alike.reasons)
    if (reason.weight > 0) why += "; " + reason.text;
  return {true, why};
}

}  // namespace culprit::service
