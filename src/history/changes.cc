// A stack names functions, and files where there is debugging information. `git log -L` and `git log -S`
// would find the commits that changed a function, at the price of a walk over all diffs for each; one walk
// over the diffs of the few files that matter, read as it comes, tells the same of all functions at once: git
// writes the name of the enclosing function behind each hunk's "@@".

#include "history/changes.h"

#include <algorithm>
#include <cctype>

#include "base/strings.h"
#include "history/git/resolve.h"
#include "model/run/report.h"

namespace culprit::history {
namespace {

using base::ErrorKind;
using model::CommitId;

constexpr std::size_t k_most_functions = 8;  // the innermost ones; what called them says less and less
constexpr std::size_t k_most_files = 24;
constexpr std::size_t k_most_restored = 200;  // files of one commit, as arguments of one git

std::vector<CommitId> ids_of(std::string_view listing) {
  std::vector<CommitId> ids;
  for (const std::string_view line : base::split_lines(listing))
    if (const auto id = CommitId::from_hex(line)) ids.push_back(*id);
  return ids;
}

std::string span_input(const Span& span) {
  std::string input = span.tip.hex() + "\n";
  for (const CommitId& id : span.excluded) input += "^" + id.hex() + "\n";
  return input;
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

bool has_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_word(text[at - 1])) && (end == text.size() || !is_word(text[end]))) return true;
  }
  return false;
}

// "shmem_fallocate" of "shmem_fallocate.part.0", "insert" of "ns::Table::insert(int)"; empty for no name.
std::string bare_name(std::string_view function) {
  function = function.substr(0, function.find_first_of("(<"));
  if (const auto colons = function.rfind("::"); colons != std::string_view::npos)
    function.remove_prefix(colons + 2);
  std::size_t end = 0;
  while (end < function.size() && is_word(function[end])) ++end;
  const std::string_view name = function.substr(0, end);
  return name.empty() || std::isdigit(static_cast<unsigned char>(name[0])) ? "" : std::string(name);
}

void add(std::vector<std::string>& list, std::string text) {
  if (!text.empty() && std::ranges::find(list, text) == list.end()) list.push_back(std::move(text));
}

// How many of their last components two paths share.
std::size_t common_tail(std::string_view a, std::string_view b) {
  const auto x = base::split(a, '/'), y = base::split(b, '/');
  std::size_t n = 0;
  while (n < x.size() && n < y.size() && x[x.size() - 1 - n] == y[y.size() - 1 - n]) ++n;
  return n;
}

// The tracked files that end like `printed` as far as any does.
void add_tracked(std::string_view printed, const std::vector<std::string_view>& tracked,
                 std::vector<std::string>& out) {
  std::size_t longest = 1;
  std::vector<std::string_view> best;
  for (const std::string_view file : tracked) {
    const std::size_t n = common_tail(printed, file);
    if (n < longest) continue;
    if (n > longest) best.clear();
    longest = n;
    best.push_back(file);
  }
  constexpr std::size_t k_ambiguous = 4;  // a name like "main.c" that is everywhere tells nothing
  if (best.size() <= k_ambiguous)
    for (const std::string_view file : best) add(out, std::string(file));
}

base::Result<std::vector<std::string>> files_defining(const Git& git, const CommitId& at,
                                                      const std::vector<std::string>& functions) {
  std::vector<std::string> args{"grep", "-l", "-z", "-I", "-E"};
  for (const std::string& function : functions)
    args.insert(args.end(), {"-e", "^[A-Za-z_].*\\b" + function + "[[:space:]]*\\("});
  args.push_back(at.hex());
  const auto end = CULPRIT_TRY(git.run(std::move(args)));
  std::vector<std::string> files;
  if (!end.ok()) return files;  // 1: none
  for (const std::string_view record : nul_records(end.output))
    if (const auto file = base::strip_prefix(record, at.hex() + ":")) add(files, std::string(*file));
  return files;
}

// Reads `git log -p -U0` as it comes.
class DiffReader {
 public:
  explicit DiffReader(const std::vector<std::string>& functions) : m_functions(functions) {}

  void read(std::string_view chunk) {
    constexpr std::size_t k_longest = 4096;  // of a line, its beginning is enough
    for (const char c : chunk) {
      if (c == '\n')
        take_line();
      else if (m_line.size() < k_longest)
        m_line += c;
    }
  }
  std::vector<model::RelatedCommit> finish() {
    take_line();
    return std::move(m_relations);
  }

 private:
  void take_line() {
    const std::string line = std::move(m_line);
    m_line.clear();
    if (line.starts_with(k_mark)) {
      if (const auto id = CommitId::from_hex(std::string_view(line).substr(1))) m_relations.push_back({*id});
      return;
    }
    if (m_relations.empty() || m_relations.back().names_function) return;
    if (!line.starts_with("@@") && !line.starts_with('+') && !line.starts_with('-')) return;
    m_relations.back().names_function =
        std::ranges::any_of(m_functions, [&](const std::string& name) { return has_word(line, name); });
  }

  static constexpr char k_mark = '\x01';
  const std::vector<std::string>& m_functions;
  std::string m_line;
  std::vector<model::RelatedCommit> m_relations;
};

// What `git diff-tree` and `git log --raw` say of one file: ":MODE MODE BLOB BLOB STATUS\tPATH".
struct RawChange {
  std::string before, after;  // ids of contents; zeros: there is none
  std::string path;
};

std::optional<RawChange> raw_change(std::string_view line) {
  if (!line.starts_with(':')) return std::nullopt;
  const std::size_t tab = line.find('\t');
  const auto words = base::split(line.substr(0, tab), ' ');
  if (tab == std::string_view::npos || words.size() != 5) return std::nullopt;
  return RawChange{std::string(words[2]), std::string(words[3]), std::string(line.substr(tab + 1))};
}

// What `commit` changed against its first parent; nothing of a root.
base::Result<std::vector<RawChange>> changes_of(const Git& git, const CommitId& commit) {
  const auto end = CULPRIT_TRY(git.run({"-c", "core.quotepath=false", "diff-tree", "-r", "--no-renames",
                                        commit.hex() + "~1", commit.hex(), "--"}));
  std::vector<RawChange> changes;
  if (!end.ok()) return changes;
  for (const std::string_view line : base::split_lines(end.output))
    if (auto change = raw_change(line)) changes.push_back(std::move(*change));
  return changes;
}

base::Result<std::vector<CommitId>> restoring(const Git& git, const Span& span,
                                              const std::vector<RawChange>& changes) {
  std::vector<CommitId> out;
  if (changes.empty() || changes.size() > k_most_restored) return out;
  std::vector<std::string> args{"-c",           "core.quotepath=false", "log",     "--full-history",
                                "--no-merges",  "--format=%x01%H",      "--raw",   "--no-abbrev",
                                "--no-renames", "--no-show-signature",  "--stdin", "--"};
  for (const RawChange& change : changes) args.push_back(":(top,literal)" + change.path);
  std::optional<CommitId> at;
  const std::string listing = CULPRIT_TRY(git.output(std::move(args), span_input(span)));
  for (const std::string_view line : base::split_lines(listing)) {
    if (line.starts_with('\x01')) {
      at = CommitId::from_hex(line.substr(1));
      continue;
    }
    const auto change = raw_change(line);
    const bool restores = change && std::ranges::any_of(changes, [&](const RawChange& one) {
                            return one.path == change->path && one.before == change->after;
                          });
    if (restores && at && (out.empty() || out.back() != *at)) out.push_back(*at);
  }
  return out;
}

base::Result<std::vector<CommitId>> naming(const Git& git, const Span& span, const CommitId& commit) {
  const std::string title =
      CULPRIT_TRY(git.output({"log", "-1", "--no-show-signature", "--format=%s", commit.hex(), "--"}));
  // Hex digits: people's "Fixes:" have twelve, `git revert` has all.
  constexpr std::size_t k_abbreviated = 10;
  return ids_of(
      CULPRIT_TRY(git.output({"log", "--no-merges", "--format=%H", "--no-show-signature", "--fixed-strings",
                              "--grep=" + commit.hex().substr(0, k_abbreviated),
                              "--grep=Revert \"" + std::string(base::trim(title)) + "\"", "--stdin", "--"},
                             span_input(span))));
}

}  // namespace

base::Result<std::vector<CommitId>> commits_of_range(const Git& git, std::string_view range) {
  const std::size_t dots = range.find("..");
  if (dots == std::string_view::npos || range.substr(dots).starts_with("..."))
    return base::fail(ErrorKind::usage, "'" + base::printable(range) + "' is not a range A..B",
                      "A..B is what B has and A lacks");
  const auto end_of = [&](std::string_view name) {
    return resolve_revision(git, name.empty() ? "HEAD" : name);
  };
  const CommitId older = CULPRIT_TRY(end_of(range.substr(0, dots)));
  const CommitId newer = CULPRIT_TRY(end_of(range.substr(dots + 2)));
  return ids_of(CULPRIT_TRY(git.output({"rev-list", newer.hex(), "^" + older.hex(), "--"})));
}

base::Result<std::vector<CommitId>> commits_touching(const Git& git, const Span& span,
                                                     const std::vector<std::string>& paths) {
  std::vector<std::string> args{"rev-list", "--full-history", "--no-merges", "--stdin", "--"};
  args.insert(args.end(), paths.begin(), paths.end());
  return ids_of(CULPRIT_TRY(git.output(std::move(args), span_input(span))));
}

CrashPlaces places_of(const model::CrashReport& report) {
  CrashPlaces places;
  add(places.files, report.guilty_file);
  add(places.functions, bare_name(report.frame));
  for (const model::Stack& stack : report.stacks)
    for (const model::Frame& frame : stack.frames) {
      if (frame.uncertain) continue;
      add(places.files, frame.file);
      add(places.functions, bare_name(frame.function));
    }
  if (places.files.size() > k_most_files) places.files.resize(k_most_files);
  if (places.functions.size() > k_most_functions) places.functions.resize(k_most_functions);
  return places;
}

base::Result<std::vector<model::RelatedCommit>> commits_related(const Git& git, const Span& span,
                                                                const CrashPlaces& places) {
  std::vector<std::string> files;
  if (!places.files.empty()) {
    const std::string listing =
        CULPRIT_TRY(git.output({"ls-tree", "-r", "-z", "--name-only", span.tip.hex()}));
    const auto tracked = nul_records(listing);
    for (const std::string& file : places.files) add_tracked(file, tracked, files);
  }
  if (files.empty() && !places.functions.empty())
    files = CULPRIT_TRY(files_defining(git, span.tip, places.functions));
  if (files.empty() || files.size() > k_most_files) return std::vector<model::RelatedCommit>{};
  std::vector<std::string> args{"log",        "--full-history", "--no-merges",         "--format=%x01%H",
                                "--patch",    "--unified=0",    "--no-ext-diff",       "--no-textconv",
                                "--no-color", "--no-notes",     "--no-show-signature", "--stdin",
                                "--"};
  for (const std::string& file : files) args.push_back(":(top,literal)" + file);
  DiffReader reader(places.functions);
  CULPRIT_TRY(
      git.stream(std::move(args), span_input(span), [&](std::string_view chunk) { reader.read(chunk); }));
  return reader.finish();
}

base::Result<std::vector<CommitId>> commits_taking_back(const Git& git, const Span& span,
                                                        const CommitId& commit) {
  const auto changes = CULPRIT_TRY(changes_of(git, commit));
  std::vector<CommitId> found = CULPRIT_TRY(restoring(git, span, changes));
  const auto named = CULPRIT_TRY(naming(git, span, commit));
  found.insert(found.end(), named.begin(), named.end());
  if (found.size() < 2) return found;
  // In the history's order, each once.
  std::vector<CommitId> ordered =
      ids_of(CULPRIT_TRY(git.output({"rev-list", "--topo-order", "--stdin", "--"}, span_input(span))));
  std::erase_if(ordered, [&](const CommitId& id) { return std::ranges::find(found, id) == found.end(); });
  return ordered;
}

}  // namespace culprit::history
