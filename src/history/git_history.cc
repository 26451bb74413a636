// All answers come from plumbing commands, whose output depends neither on the user's configuration (log.*,
// diff.*, color.*) nor on the language.
//
// A partial clone lacks trees or files until somebody looks at them; git then fetches them into the
// repository. Since nothing of ours writes there, fetched objects go to a folder aside (GIT_OBJECT_DIRECTORY,
// with the repository's own as an alternate) that lives as long as this object.

#include "history/git_history.h"

#include "base/strings.h"
#include "history/git/quoting.h"
#include "history/git/resolve.h"
#include "history/maintainers.h"
#include "history/recipients.h"

namespace culprit::history {

using base::ErrorKind;
using model::CommitId;
using model::CommitInfo;

GitHistory::GitHistory(Repository repository, HistoryOptions options, const base::CancelToken& cancel)
    : m_repository(std::move(repository)),
      m_options(std::move(options)),
      m_cancel(&cancel),
      m_git(m_repository.git(cancel)) {
  // git is called without a work tree, and then reads no .mailmap by itself. A partial clone without a
  // checkout would have to fetch it for every question.
  if (!m_repository.partial || !m_repository.work_tree.empty())
    m_git.set_config("mailmap.blob=HEAD:.mailmap");
}

base::Result<std::unique_ptr<GitHistory>> GitHistory::open(const std::filesystem::path& path,
                                                           HistoryOptions options,
                                                           const base::CancelToken& cancel) {
  Repository repository =
      CULPRIT_TRY(open_repository(path, {.allow_shallow = options.allow_shallow}, cancel));
  std::unique_ptr<GitHistory> history(new GitHistory(std::move(repository), std::move(options), cancel));
  if (history->m_repository.partial) CULPRIT_TRY(history->set_fetched_objects_aside());
  return history;
}

base::Result<void> GitHistory::set_fetched_objects_aside() {
  m_fetched = std::make_unique<base::TempDir>(CULPRIT_TRY(base::TempDir::create("culprit-objects-")));
  m_git.set_env("GIT_OBJECT_DIRECTORY", m_fetched->path().string());
  m_git.set_env("GIT_ALTERNATE_OBJECT_DIRECTORIES", quote_c_style(m_repository.object_dirs.front().string()));
  return {};
}

void GitHistory::note(const std::string& text) const {
  if (m_options.note) m_options.note(text);
}

base::Result<WorkTreeState> GitHistory::work_tree_state() const {
  return history::work_tree_state(m_repository, *m_cancel);
}

base::Result<CommitId> GitHistory::resolve(std::string_view revision) const {
  return resolve_revision(m_git, revision);
}

base::Result<model::CommitGraph> GitHistory::load(std::span<const CommitId> tips) const {
  LoadReport report;
  auto graph = load_graph(m_repository, tips, *m_cancel, &report);
  for (const std::string& text : report.notes) note(text);
  return graph;
}

base::Result<std::vector<model::ReleaseTag>> GitHistory::tags() const {
  // In two steps, since for-each-ref looks only one tag deep and gives up at the first object that is
  // missing.
  const std::string refs =
      CULPRIT_TRY(m_git.output({"for-each-ref", "--format=%(objectname) %(refname:strip=2)", "refs/tags"}));
  std::string objects;
  for (const std::string_view line : base::split_lines(refs))
    objects += std::string(line.substr(0, line.find(' '))) + "^{commit}\n";
  std::vector<model::ReleaseTag> tags;
  if (objects.empty()) return tags;
  const std::string kinds = CULPRIT_TRY(m_git.output({"cat-file", "--batch-check"}, objects));
  const auto names = base::split_lines(refs), answers = base::split_lines(kinds);
  for (std::size_t i = 0; i < std::min(names.size(), answers.size()); ++i) {
    const auto fields = base::split(answers[i], ' ');  // "<id> commit <size>" or "<what was asked> missing"
    const auto commit = CommitId::from_hex(fields[0]);
    if (fields.size() == 3 && commit)
      tags.push_back({.name = std::string(names[i].substr(names[i].find(' ') + 1)), .commit = *commit});
  }
  return tags;
}

std::optional<std::string> GitHistory::known_tree(const CommitId& commit) const {
  const std::lock_guard lock(m_mutex);
  const auto at = m_described.find(commit);
  return at == m_described.end() ? std::nullopt : std::optional(at->second.tree);
}

base::Result<CommitInfo> GitHistory::describe(const CommitId& commit) const {
  {
    const std::lock_guard lock(m_mutex);
    if (const auto at = m_described.find(commit); at != m_described.end()) return at->second.info;
  }
  auto listed =
      m_git.output({"rev-list", "--max-count=1", "--date=default", "--encoding=UTF-8",
                    "--format=%T%x00%P%x00%aN%x00%aE%x00%at%x00%ad%x00%s%x00%b%x00", commit.hex(), "--"});
  if (!listed && listed.error().kind == ErrorKind::repository) CULPRIT_TRY(refuse_gone(m_git, commit));
  const std::string text = CULPRIT_TRY(std::move(listed));
  // A line "commit <id>" comes first.
  const std::size_t begin = text.find('\n') + 1;
  const auto fields = base::split(std::string_view(text).substr(begin), '\0');
  if (fields.size() != 9)
    return base::fail(ErrorKind::repository,
                      "git describes the commit " + commit.hex() + " in a way that is not understood");
  CommitInfo info;
  info.id = commit;
  for (const std::string_view parent : base::split(fields[1], ' '))
    if (const auto id = CommitId::from_hex(parent)) info.parents.push_back(*id);
  info.author_name = fields[2];
  info.author_email = fields[3];
  info.author_time = base::parse_number<std::int64_t>(fields[4]).value_or(0);
  info.author_date = fields[5];
  info.title = fields[6];
  std::string_view body = fields[7];
  while (body.starts_with('\n')) body.remove_prefix(1);
  while (body.ends_with('\n')) body.remove_suffix(1);
  info.body = body;
  const std::lock_guard lock(m_mutex);
  m_described[commit] = {.info = info, .tree = std::string(fields[0])};
  return info;
}

base::Result<std::string> GitHistory::diffstat(const CommitId& commit) const {
  const std::string parents =
      CULPRIT_TRY(m_git.value({"rev-list", "--max-count=1", "--parents", commit.hex(), "--"}));
  const auto ids = base::split(parents, ' ');  // itself first
  std::vector<std::string> args{"diff-tree",     "-M",           "--stat=80", "--no-color",
                                "--no-ext-diff", "--no-textconv"};
  if (ids.size() < 2)
    args.insert(args.end(), {"--root", "--no-commit-id", commit.hex()});
  else
    args.insert(args.end(), {std::string(ids[1]), commit.hex()});
  return m_git.output(std::move(args));
}

base::Result<std::string> GitHistory::show_text(const CommitId& commit) const {
  const std::string stat = CULPRIT_TRY(diffstat(commit));
  std::string text = CULPRIT_TRY(
      m_git.output({"log", "--max-count=1", "--no-patch", "--no-show-signature", "--no-notes",
                    "--no-decorate", "--no-color", "--no-abbrev-commit", "--use-mailmap", "--date=default",
                    "--encoding=UTF-8", "--pretty=medium", commit.hex(), "--"}));
  return stat.empty() ? text : text + "\n" + stat;
}

base::Result<std::vector<Recipient>> GitHistory::recipients(const CommitId& commit) const {
  const CommitInfo info = CULPRIT_TRY(describe(commit));
  std::vector<Recipient> people = people_of(info);
  CULPRIT_TRY(use_current_addresses(people));
  if (m_options.ask_get_maintainer) {
    auto maintained = maintainers(info);
    if (maintained)
      people.insert(people.end(), maintained->begin(), maintained->end());
    else if (maintained.error().kind == ErrorKind::interrupted)
      return maintained;
    else
      note("scripts/get_maintainer.pl gave no answer: " + maintained.error().what);
  }
  return fold_recipients(people);
}

// The project's .mailmap knows where people are to be reached today.
base::Result<void> GitHistory::use_current_addresses(std::vector<Recipient>& people) const {
  std::string input;
  std::vector<Recipient*> asked;
  for (Recipient& person : people) {
    if (person.email.empty() || person.name.find_first_of("<>\n") != std::string::npos) continue;
    input += person.name + " <" + person.email + ">\n";
    asked.push_back(&person);
  }
  if (asked.empty()) return {};
  const std::string answer = CULPRIT_TRY(m_git.output({"check-mailmap", "--stdin"}, input));
  const auto lines = base::split_lines(answer);
  for (std::size_t i = 0; i < std::min(lines.size(), asked.size()); ++i)
    if (auto current = parse_address(lines[i], asked[i]->role)) *asked[i] = std::move(*current);
  return {};
}

// The list of maintainers is the newest one, where HEAD has one: people come and go.
base::Result<std::vector<Recipient>> GitHistory::maintainers(const CommitInfo& commit) const {
  const auto end =
      CULPRIT_TRY(m_git.run({"rev-parse", "--verify", "--quiet", "HEAD:scripts/get_maintainer.pl"}));
  const CommitId tree = end.ok() ? CULPRIT_TRY(head()) : commit.id;
  return ask_get_maintainer(m_git, tree, commit, m_options.get_maintainer_timeout_s);
}

}  // namespace culprit::history
