// What outputs say about a commit beyond the events: given by the caller, since outputs read no repository.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/classified.h"
#include "model/graph/commit.h"

namespace culprit::model {
class CommitGraph;
}

namespace culprit::output {

// Somebody to tell, and why: "author", "Signed-off-by", "maintainer", "list".
struct Contact {
  std::string name;  // may be empty
  std::string email;
  std::string role;
};

// What a bug's commit is classified by: the crash as somebody is shown it.
struct ShownBug {
  std::string title;
  std::string report;        // its lines
  bool is_culprits = false;  // the commit's own revision printed it
  bool is_fix = false;       // the commit made the bug go away
};

// Any of these may be empty; what they do not know is left out of the output.
struct CommitTexts {
  std::function<std::optional<model::CommitInfo>(const model::CommitId&)> info;
  std::function<std::string(const model::CommitId&)> diffstat;  // as `git show --stat` prints it
  std::function<std::vector<Contact>(const model::CommitId&)> contacts;
  // The history that is searched; asked for once, null where there is none. It outlives whoever asks.
  std::function<const model::CommitGraph*()> graph{};
  // What kind of change the named commit is, by its diff.
  std::function<std::vector<model::Classified>(const model::CommitId&, const ShownBug&)> classified{};

  // The same, asked safely.
  std::optional<model::CommitInfo> info_of(const model::CommitId& commit) const;
  std::string diffstat_of(const model::CommitId& commit) const;
  std::vector<Contact> contacts_of(const model::CommitId& commit) const;
  const model::CommitGraph* graph_or_null() const { return graph ? graph() : nullptr; }
};

// "commit", "Merge:", "Author:", "Date:", the message indented by four and the diffstat, as `git show --stat`
// prints them; ends with a line feed.
std::string git_show(const model::CommitInfo& info, std::string_view diffstat);

struct ShownCommit {
  model::CommitInfo info;  // without author_time
  std::string diffstat;
};
// The inverse of git_show, for the lines that a log quotes; nullopt where they do not begin with a commit's
// id.
std::optional<ShownCommit> parse_git_show(std::span<const std::string_view> lines);

// Who is written to and who gets a copy: authors, signers, reviewers and maintainers are asked, lists and
// everybody else gets a copy. Sorted by address, none twice, none without one.
struct Addressees {
  std::vector<Contact> to;
  std::vector<Contact> cc;
};
Addressees addressees(const std::vector<Contact>& contacts);

}  // namespace culprit::output
