// KCIDB joins what testing systems say by ids: a checkout is a revision, so that two bisections of one system name the same one; builds,
// tests and the issue belong to the bisection. What a run says of the bug (model/run_says.h) decides the test's status:
//   shown, hidden, open   FAIL: the code was at fault, though only the first is an incident of this issue
//   quiet                 PASS
//   silenced, unfinished, not_started   ERROR: it did not complete, the code's state is unknown
//   lost                  MISS: the harness failed
// The answer has no place of its own in schema 5: it stands in the issue's comment, for people, and in its `misc`.
#include "output/page/kcidb.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/files.h"
#include "output/answer.h"
#include "output/words/text.h"

namespace culprit::output {
namespace {

using json = nlohmann::ordered_json;
using model::RunSays;

constexpr std::size_t k_excerpt = 16384;  // the schema's limit, in characters

// The schema knows no NUL.
std::string text(std::string_view from) {
  std::string out = valid_utf8(from);
  std::erase(out, '\0');
  return out;
}

std::string_view status_of(RunSays says) {
  switch (says) {
    case RunSays::shown:
    case RunSays::hidden:
    case RunSays::open:
      return "FAIL";
    case RunSays::quiet:
      return "PASS";
    case RunSays::lost:
    case RunSays::unbuilt:
      return "MISS";
    case RunSays::silenced:
    case RunSays::unfinished:
    case RunSays::not_started:
      break;
  }
  return "ERROR";
}

std::string_view status_of(model::BuildStatus status) {
  switch (status) {
    case model::BuildStatus::ok:
      return "PASS";
    case model::BuildStatus::broken:
      return "FAIL";
    default:
      return "MISS";
  }
}

class Writer {
 public:
  Writer(const Summary& summary, std::string origin)
      : m_summary(summary),
        m_origin(std::move(origin)),
        m_bisection(base::sha256(fmt::format("{} {} {}", summary.repository, summary.problem.start.hex(),
                                             summary.started_at))
                        .substr(0, 16)) {}

  json all() {
    for (const RevisionSummary& revision : m_summary.revisions)
      if (revision.tested()) add(revision);
    json out = {{"version", {{"major", 5}, {"minor", 3}}},
                {"checkouts", std::move(m_checkouts)},
                {"builds", std::move(m_builds)},
                {"tests", std::move(m_tests)}};
    if (const std::string title = chased_title(m_summary); !title.empty()) {
      out["issues"] = json::array({issue(title)});
      out["incidents"] = std::move(m_incidents);
    }
    return out;
  }

 private:
  json object(const std::string& id) const { return {{"id", m_origin + ":" + id}, {"origin", m_origin}}; }
  std::string own(const std::string& id) const { return m_bisection + "-" + id; }
  // So that a later word of the same issue is the one that counts.
  std::int64_t version() const { return static_cast<std::int64_t>(std::max(0.0, m_summary.last_at)); }

  void add(const RevisionSummary& revision) {
    json checkout = object(revision.commit.hex());
    checkout["git_commit_hash"] = revision.commit.hex();
    if (!revision.label.empty()) checkout["git_commit_name"] = text(revision.label);
    checkout["valid"] = true;
    m_checkouts.push_back(checkout);
    std::string build = add_build(revision, 0, revision.builds.empty() ? nullptr : revision.builds.data());
    for (std::size_t i = 1; i < revision.builds.size(); ++i)
      build = add_build(revision, i, &revision.builds[i]);
    for (const RunSummary& run : revision.runs)
      if (run.says != RunSays::unbuilt) add_test(revision, run, build);
  }

  std::string add_build(const RevisionSummary& revision, std::size_t number, const BuildSummary* known) {
    json build = object(own(fmt::format("{}-{}", revision.commit.hex(), number)));
    build["checkout_id"] = m_origin + ":" + revision.commit.hex();
    if (known == nullptr) {
      build["status"] = "PASS";
      build["comment"] = "nothing was to be built";
    } else {
      build["status"] = status_of(known->status);
      build["duration"] = std::isfinite(known->seconds) ? known->seconds : 0.0;
      if (!known->compiler.empty()) build["compiler"] = text(known->compiler);
      if (!known->text.empty()) build["log_excerpt"] = text(bounded(known->text, k_excerpt));
    }
    m_builds.push_back(build);
    return build["id"];
  }

  void add_test(const RevisionSummary& revision, const RunSummary& run, const std::string& build) {
    json test = object(own(std::to_string(run.id)));
    test["build_id"] = build;
    test["path"] = "culprit.reproducer";
    test["status"] = status_of(run.says);
    test["duration"] = std::isfinite(run.seconds) ? run.seconds : 0.0;
    if (!run.text.empty()) test["comment"] = text(run.text);
    const auto crash = std::ranges::find(revision.crashes, run.id, &CrashExcerpt::run);
    if (crash != revision.crashes.end()) test["log_excerpt"] = text(bounded(crash->text, k_excerpt));
    m_tests.push_back(test);
    if (run.says != RunSays::shown) return;
    json incident = object(own(std::to_string(run.id)));
    incident["issue_id"] = m_origin + ":" + m_bisection;
    incident["issue_version"] = version();
    incident["test_id"] = test["id"];
    incident["present"] = true;
    m_incidents.push_back(std::move(incident));
  }

  json issue(const std::string& title) const {
    json out = object(m_bisection);
    out["version"] = version();
    out["report_subject"] = text(title);
    out["culprit"] = {{"code", true}, {"tool", false}, {"harness", false}};
    out["comment"] = text(headline_text(m_summary));
    if (!m_summary.conclusion) return out;
    const model::Conclusion& answer = *m_summary.conclusion;
    json bisection = {{"goal", m_summary.problem.goal == model::Goal::fix ? "fix" : "cause"},
                      {"kind", model::name_of(answer.kind)},
                      {"probability", std::isfinite(answer.probability) ? answer.probability : 0.0},
                      {"tool", text("culprit " + m_summary.version)}};
    if (answer.culprit) bisection["commit"] = answer.culprit->hex();
    if (answer.last_good) bisection["last_good"] = answer.last_good->hex();
    out["misc"] = {{"bisection", std::move(bisection)}};
    return out;
  }

  const Summary& m_summary;
  std::string m_origin;
  std::string m_bisection;  // tells its builds, tests and issue from another's
  json m_checkouts = json::array(), m_builds = json::array(), m_tests = json::array(),
       m_incidents = json::array();
};

}  // namespace

bool is_kcidb_origin(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

std::string render_kcidb(const Summary& summary, const std::string& origin) {
  return Writer(summary, origin).all().dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace culprit::output
