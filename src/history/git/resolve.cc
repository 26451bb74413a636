#include "history/git/resolve.h"

#include <algorithm>
#include <cctype>
#include <vector>

#include "base/strings.h"

namespace culprit::history {
namespace {

using base::ErrorKind;
using model::CommitId;

std::optional<CommitId> id_in(const base::ProcessEnd& end) {
  return end.ok() ? CommitId::from_hex(base::trim(end.output)) : std::nullopt;
}

base::Result<std::optional<CommitId>> look_up(const Git& git, const std::string& revision) {
  // ":/text^{commit}" would look for a message that holds "text^{commit}": such a revision is asked for
  // twice.
  std::string asked = revision;
  if (revision.starts_with(":/")) {
    const auto object = CULPRIT_TRY(git.run({"rev-parse", "--verify", "--quiet", revision}));
    if (!object.ok()) return std::nullopt;
    asked = base::trim(object.output);
  }
  const auto end = CULPRIT_TRY(git.run({"rev-parse", "--verify", "--quiet", asked + "^{commit}"}));
  return id_in(end);
}

bool is_hex(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) { return std::isxdigit(c); });
}

// The commits whose ids begin with `prefix`, as a person can tell them apart; one line each.
base::Result<std::vector<std::string>> commits_beginning_with(const Git& git, const std::string& prefix) {
  const std::string objects = CULPRIT_TRY(git.output({"rev-parse", "--disambiguate=" + prefix}));
  std::vector<std::string> found;
  if (objects.empty()) return found;
  const std::string kinds = CULPRIT_TRY(git.output({"cat-file", "--batch-check"}, objects));
  for (const std::string_view line : base::split_lines(kinds)) {
    const auto fields = base::split(line, ' ');
    if (fields.size() != 3 || fields[1] != "commit") continue;
    const std::string shown = CULPRIT_TRY(
        git.output({"rev-list", "--max-count=1", "--date=short", "--format=%ad %s", std::string(fields[0])}));
    const auto lines = base::split_lines(shown);  // the first one is "commit <id>"
    found.push_back(std::string(fields[0].substr(0, 16)) + " " +
                    std::string(lines.size() > 1 ? lines[1] : ""));
  }
  return found;
}

// What the branches and tags are called, short, and what they might be meant by.
base::Result<std::string> did_you_mean(const Git& git, std::string_view revision) {
  // Of "v6.l~3" only the name can be misspelt.
  const std::string_view name = revision.substr(0, revision.find_first_of("~^@:"));
  const std::string listing = CULPRIT_TRY(
      git.output({"for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/tags", "refs/remotes"}));
  std::vector<std::string> names, near;
  for (const std::string_view line : base::split_lines(listing)) {
    names.emplace_back(line);
    if (line.ends_with("/" + std::string(name)) && near.size() < 3) near.emplace_back(line);
  }
  for (std::string& candidate : base::nearest_names(name, names))
    if (std::ranges::find(near, candidate) == near.end()) near.push_back(std::move(candidate));
  if (near.empty()) return "`git tag` and `git branch --all` list the names that there are";
  return "did you mean " + base::join(near, " or ") + "?";
}

base::Error unknown(std::string what, std::string hint) {
  return {.kind = ErrorKind::repository, .what = std::move(what), .context = {}, .hint = std::move(hint)};
}

// Why `revision`, which names no commit, does not.
base::Result<CommitId> explain(const Git& git, const std::string& revision) {
  const std::string quoted = "'" + base::printable(revision) + "'";
  if (revision.find("..") != std::string::npos)
    return std::unexpected(unknown(quoted + " is a range, not a revision", "name one commit"));
  if (is_hex(revision) && revision.size() >= 4 && CommitId::from_hex(revision))
    return std::unexpected(unknown("there is no commit " + revision + " in the repository",
                                   "fetch it first: git fetch origin " + revision));
  if (is_hex(revision) && revision.size() >= 4 && revision.size() < 64) {
    const std::vector<std::string> meant = CULPRIT_TRY(commits_beginning_with(git, revision));
    if (meant.size() > 1)
      return std::unexpected(unknown(
          quoted + " is ambiguous: the ids of " + std::to_string(meant.size()) + " commits begin with it",
          base::join(meant, "; ")));
  }
  const auto object = CULPRIT_TRY(git.run({"rev-parse", "--verify", "--quiet", revision}));
  if (const auto id = id_in(object)) {
    // A tag of something else than a commit is peeled as far as it goes.
    const std::string kind = CULPRIT_TRY(git.value({"cat-file", "-t", id->hex() + "^{}"}));
    return std::unexpected(
        unknown(quoted + " names a " + kind + ", not a commit", "name a commit, or a tag or branch of one"));
  }
  std::string hint = CULPRIT_TRY(did_you_mean(git, revision));
  return std::unexpected(unknown("there is no revision " + quoted + " in the repository", std::move(hint)));
}

}  // namespace

base::Result<CommitId> resolve_revision(const Git& git, std::string_view revision) {
  const std::string text(revision);
  if (text.empty())
    return base::fail(ErrorKind::usage, "an empty revision", "name a commit, a tag or a branch");
  // No name of git's begins with a dash or holds a control character; and it must not become an option.
  const bool is_sane = text[0] != '-' && text[0] != '^' &&
                       std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (!is_sane)
    return std::unexpected(unknown("there is no revision '" + base::printable(text) + "' in the repository",
                                   "`git tag` and `git branch --all` list the names that there are"));
  const auto found = CULPRIT_TRY(look_up(git, text));
  if (found) return *found;
  return explain(git, text);
}

base::Result<void> refuse_gone(const Git& git, const CommitId& commit, std::string name) {
  if (CULPRIT_TRY(git.run({"cat-file", "-e", commit.hex() + "^{commit}"})).ok()) return {};
  if (name.empty()) name = commit.short_hex();
  return base::fail(
      ErrorKind::usage,
      name +
          " is no longer in the repository: its history was rewritten (a rebase, a forced push), and "
          "the old commits are gone",
      "fetch it again where it still is (git fetch REMOTE " + commit.hex() +
          "), or begin anew with `culprit bisect --fresh`");
}

}  // namespace culprit::history
