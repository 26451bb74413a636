#include "service/core/branches.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ranges>

#include "base/clock.h"

namespace culprit::service {
namespace {

constexpr double k_fresh_s = 600;     // trees are fetched about so often
constexpr std::size_t k_kept = 200;   // answers
constexpr std::size_t k_digits = 12;  // of a commit's id

// The commit that a job named, or that a person named instead.
std::string named_by(const Job& job) {
  if (job.state != JobState::answered) return {};
  for (const auto& word : std::views::reverse(job.words))
    if (word.verdict == "instead") return word.commit;
  return job.answer ? job.answer->commit : std::string();
}

std::string key_of(const BranchQuestion& question) {
  std::string key = question.job.spec.repository + '\n' + question.cause + '\n' + question.fix;
  for (const std::string& branch : question.branches) key += '\n' + branch;
  return key;
}

std::string place_in(const nlohmann::json& presence) {
  if (!presence.is_object()) return {};
  const std::string commit = presence.value("commit", "").substr(0, k_digits);
  const bool released = presence.contains("release") && presence["release"].is_string();
  return released ? presence["release"].get<std::string>() + " " + commit : commit;
}

}  // namespace

std::vector<BranchQuestion> branch_questions(const std::map<std::int64_t, Job>& jobs, std::int64_t bug,
                                             const std::vector<Tree>& trees) {
  std::vector<BranchQuestion> out;
  const auto of = [&](const std::string& repository) {
    return std::ranges::find_if(out, [&](const auto& q) { return q.job.spec.repository == repository; });
  };
  for (const auto& [id, job] : jobs) {
    const std::string commit = job.bug == bug && !job.spec.fix ? named_by(job) : std::string();
    if (commit.empty() || of(job.spec.repository) != out.end()) continue;
    BranchQuestion question{.job = job, .cause = commit, .fix = {}, .branches = {}};
    const auto tree = std::ranges::find(trees, job.spec.repository, &Tree::repository);
    if (tree != trees.end()) question.branches = tree->branches;
    out.push_back(std::move(question));
  }
  for (const auto& [id, job] : jobs) {
    const std::string commit = job.bug == bug && job.spec.fix ? named_by(job) : std::string();
    if (commit.empty()) continue;
    for (BranchQuestion& question : out) {
      const bool here = question.job.spec.repository == job.spec.repository;
      if (!question.fix.empty() && (question.fix_is_of_the_tree || !here)) continue;
      question.fix = commit;
      question.fix_is_of_the_tree = here;
    }
  }
  return out;
}

std::size_t BranchAnswer::missing() const {
  if (fix.empty()) return 0;
  return static_cast<std::size_t>(std::ranges::count(rows, "open", &BranchRow::state));
}

bool read_branches(const std::string& json, BranchAnswer& into) {
  const auto read = nlohmann::json::parse(json, nullptr, false);
  if (!read.is_object() || !read.contains("branches") || !read["branches"].is_array()) return false;
  into.fix = read.contains("fix") && read["fix"].is_string() ? read["fix"].get<std::string>() : "";
  for (const auto& row : read["branches"]) {
    if (!row.is_object()) return false;
    into.rows.push_back({.branch = row.value("branch", ""),
                         .state = row.value("state", ""),
                         .bug = place_in(row.value("bug", nlohmann::json())),
                         .fix = place_in(row.value("fix", nlohmann::json()))});
  }
  // What is to be done stands first.
  std::ranges::stable_partition(into.rows, [](const BranchRow& row) { return row.state == "open"; });
  return true;
}

BranchAnswer Branches::look(const BranchQuestion& question) const {
  BranchAnswer out;
  out.repository = question.job.spec.repository;
  out.cause = question.cause;
  std::vector<std::string> command = {"branches", question.cause, "--json"};
  for (const std::string& branch : question.branches) command.push_back("--branch=" + branch);
  auto told = told_by(m_place, question.job, command, m_cancel);
  if (!question.fix.empty()) {
    command.push_back("--fix=" + question.fix);
    // Another repository's fix may be unknown here: then the first answer is the answer.
    if (auto with_fix = told_by(m_place, question.job, command, m_cancel);
        with_fix || question.fix_is_of_the_tree)
      told = std::move(with_fix);
  }
  if (!told)
    out.trouble = told.error().what;
  else if (!read_branches(*told, out))
    out.trouble = "what `culprit branches` says is no table of branches";
  return out;
}

std::vector<BranchAnswer> Branches::ask(const std::vector<BranchQuestion>& questions) {
  const double now = base::SystemClock().monotonic();
  std::lock_guard lock(m_mutex);
  std::vector<BranchAnswer> out;
  for (const BranchQuestion& question : questions) {
    const std::string key = key_of(question);
    if (m_known.size() > k_kept && !m_known.contains(key)) m_known.clear();
    Known& known = m_known[key];
    const bool old = known.at == 0 || now - known.at > k_fresh_s;
    BranchAnswer answer = known.answer;
    answer.repository = question.job.spec.repository;
    answer.cause = question.cause;
    answer.looking = known.at == 0;
    out.push_back(std::move(answer));
    if (!old || m_looking) continue;
    m_looking = true;
    m_look = std::async(std::launch::async, [this, question, key] {
      BranchAnswer found = look(question);
      std::lock_guard done(m_mutex);
      m_known[key] = {std::move(found), base::SystemClock().monotonic()};
      m_looking = false;
    });
  }
  return out;
}

}  // namespace culprit::service
