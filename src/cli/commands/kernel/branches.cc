// `culprit branches`: where did each branch get a bug, and where its fix?

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "cli/commands/commands.h"
#include "cli/commands/reading.h"
#include "cli/session/printing.h"
#include "cli/session/session.h"
#include "cli/session/signals.h"
#include "history/releases/branches.h"
#include "output/summary/summary.h"

namespace culprit::cli {
namespace {

using base::ErrorKind;
using base::Result;
using history::Presence;
using json = nlohmann::ordered_json;

struct BranchesOptions {
  ReadingOptions reading;
  std::string commit, fix;
  std::vector<std::string> branches;
  bool json = false;
};

// One branch: the bug, its fix, and what a bisection's runs say of the newest revision of it that was run.
struct Row {
  std::string branch;
  std::optional<Presence> bug, fix;
  std::string tested;
};

// What was run, if there is a bisection here: it may be missing.
struct Ground {
  std::optional<Reading> reading;
  std::unique_ptr<history::GitHistory> own;
  const history::GitHistory& history() const { return own ? *own : *reading->history; }
};

Result<Ground> ground_of(const BranchesOptions& options) {
  Ground ground;
  auto reading = read_bisection(options.reading);
  if (reading && reading->history)
    ground.reading = std::move(*reading);
  else
    ground.own = CULPRIT_TRY(
        history::GitHistory::open(options.reading.repository, {.allow_shallow = true}, cancel_on_signals()));
  return ground;
}

Result<model::CommitInfo> bug_of(const BranchesOptions& options, const Ground& ground) {
  if (!options.commit.empty()) {
    const model::CommitId named = CULPRIT_TRY(ground.history().resolve(options.commit));
    return ground.history().describe(named);
  }
  const auto* summary = ground.reading ? &ground.reading->fold.summary() : nullptr;
  if (summary == nullptr || !summary->conclusion || !summary->conclusion->culprit ||
      summary->problem.goal == model::Goal::fix)
    return base::fail(ErrorKind::usage, "which commit brought the bug?",
                      "name it: culprit branches COMMIT; without one it is what the newest bisection found");
  return ground.history().describe(*summary->conclusion->culprit);
}

// The fix that was named, else the oldest commit that says "Fixes:".
Result<std::optional<model::CommitInfo>> fix_of(const BranchesOptions& options, const Ground& ground,
                                                const model::CommitId& bug) {
  std::optional<model::CommitInfo> none;
  if (!options.fix.empty()) {
    const model::CommitId named = CULPRIT_TRY(ground.history().resolve(options.fix));
    return std::optional(CULPRIT_TRY(ground.history().describe(named)));
  }
  const auto* summary = ground.reading ? &ground.reading->fold.summary() : nullptr;
  if (summary != nullptr && summary->problem.goal == model::Goal::fix && summary->conclusion &&
      summary->conclusion->culprit)
    return std::optional(CULPRIT_TRY(ground.history().describe(*summary->conclusion->culprit)));
  const auto fixes = CULPRIT_TRY(history::fixes_of(ground.history().git(), bug));
  if (fixes.empty()) return none;
  return std::optional(CULPRIT_TRY(ground.history().describe(fixes.front())));
}

// "bad at v6.1.3": of the revisions of the branch that were run, the last one that was judged.
Result<std::string> tested_on(const Ground& ground, const std::string& branch) {
  if (!ground.reading) return std::string();
  const output::Summary& summary = ground.reading->fold.summary();
  std::string words;
  const output::RevisionSummary* newest = nullptr;
  for (const output::RevisionSummary& revision : summary.revisions) {
    if (!revision.judged || revision.verdict == model::Verdict::unknown) continue;
    const auto& git = ground.history().git();
    if (!CULPRIT_TRY(git.run({"merge-base", "--is-ancestor", revision.commit.hex(), branch})).ok()) continue;
    if (newest != nullptr &&
        !CULPRIT_TRY(git.run({"merge-base", "--is-ancestor", newest->commit.hex(), revision.commit.hex()}))
             .ok())
      continue;
    newest = &revision;
  }
  if (newest == nullptr) return words;
  return fmt::format("{} at {}", model::name_of(newest->verdict), summary.name_of(newest->commit));
}

Result<std::vector<Row>> table_of(const BranchesOptions& options, const Ground& ground,
                                  const model::CommitInfo& bug, const std::optional<model::CommitInfo>& fix) {
  std::vector<std::string> branches = options.branches;
  if (branches.empty()) branches = CULPRIT_TRY(history::branches_of(ground.history().git()));
  std::vector<Row> rows;
  for (const std::string& branch : branches) {
    CULPRIT_TRY(ground.history().resolve(branch));
    Row row{.branch = branch, .bug = {}, .fix = {}, .tested = {}};
    row.bug = CULPRIT_TRY(history::presence_of(ground.history().git(), branch, bug));
    if (fix) row.fix = CULPRIT_TRY(history::presence_of(ground.history().git(), branch, *fix));
    row.tested = CULPRIT_TRY(tested_on(ground, branch));
    for (const std::string_view prefix : {"refs/heads/", "refs/remotes/"})
      if (const auto bare = base::strip_prefix(row.branch, prefix)) row.branch = std::string(*bare);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string_view state_of(const Row& row) { return !row.bug ? "free" : row.fix ? "fixed" : "open"; }

std::string place(const std::optional<Presence>& presence) {
  if (!presence) return "-";
  const std::string where = presence->release.empty()
                                ? presence->commit.short_hex()
                                : fmt::format("{} {}", presence->release, presence->commit.short_hex());
  return presence->kinship == history::Kinship::itself
             ? where
             : fmt::format("{} ({})", where, history::words_of(presence->kinship));
}

std::string text_of(const std::vector<Row>& rows) {
  std::vector<std::array<std::string, 5>> cells = {{"branch", "state", "bug since", "fixed in", "tested"}};
  for (const Row& row : rows)
    cells.push_back({base::printable(row.branch), std::string(state_of(row)), place(row.bug), place(row.fix),
                     row.tested.empty() ? "-" : row.tested});
  std::array<std::size_t, 5> widths{};
  for (const auto& line : cells)
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  std::string out;
  for (const auto& line : cells) {
    std::string text;
    for (std::size_t i = 0; i < line.size(); ++i) text += fmt::format("{:<{}}  ", line[i], widths[i]);
    out += text.substr(0, text.find_last_not_of(' ') + 1) + "\n";
  }
  return out;
}

json presence_json(const std::optional<Presence>& presence) {
  if (!presence) return nullptr;
  return {{"commit", presence->commit.hex()},
          {"by", history::words_of(presence->kinship)},
          {"release", presence->release.empty() ? json() : json(presence->release)}};
}

Result<base::ExitCode> branches(const BranchesOptions& options) {
  const Ground ground = CULPRIT_TRY(ground_of(options));
  const model::CommitInfo bug = CULPRIT_TRY(bug_of(options, ground));
  const auto fix = CULPRIT_TRY(fix_of(options, ground, bug.id));
  const std::vector<Row> rows = CULPRIT_TRY(table_of(options, ground, bug, fix));
  if (options.json) {
    json list = json::array();
    for (const Row& row : rows)
      list.push_back({{"branch", row.branch},
                      {"state", state_of(row)},
                      {"bug", presence_json(row.bug)},
                      {"fix", presence_json(row.fix)},
                      {"tested", row.tested.empty() ? json() : json(row.tested)}});
    const json all = {
        {"bug", bug.id.hex()}, {"fix", fix ? json(fix->id.hex()) : json()}, {"branches", std::move(list)}};
    print(base::printable_json(all.dump(2, ' ', false, json::error_handler_t::replace)) + "\n");
    return base::ExitCode::found;
  }
  std::string head = fmt::format("bug  {} {}\n", bug.id.short_hex(), bug.title);
  head +=
      fix ? fmt::format("fix  {} {}\n\n", fix->id.short_hex(), fix->title)
          : std::string("fix  none is known: no commit says that it fixes it; --fix COMMIT names one\n\n");
  print(base::printable(head) + text_of(rows));
  return base::ExitCode::found;
}

}  // namespace

void add_branches(CommandLine& line) {
  Options command = line.add("branches", "Say where each branch got a bug, and where its fix");
  auto options = std::make_shared<BranchesOptions>();
  add_reading_options(command, options->reading);
  command.text("commit", options->commit,
               "the commit that brought the bug (default: what the newest bisection found)", "COMMIT");
  command.text("--fix", options->fix, "the commit that fixes it (default: the first that says \"Fixes:\")",
               "COMMIT");
  command.texts("--branch", options->branches, "only this one; may be repeated (default: all)", "BRANCH");
  command.flag("--json", options->json, "as JSON");
  command.run([options] { return finish(branches(*options)); });
}

}  // namespace culprit::cli
