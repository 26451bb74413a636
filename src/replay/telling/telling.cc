#include "replay/telling/telling.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "base/exit_code.h"
#include "base/files.h"
#include "base/process/cancel.h"
#include "base/result.h"
#include "base/strings.h"
#include "history/git_history.h"
#include "output/words/text.h"

namespace culprit::replay {
namespace {

// Which lines were not understood, for whoever wonders what is missing.
std::string unread_note(const std::string& file, const BisectionLog& log) {
  std::string out;
  if (log.cut) out += fmt::format("culprit: note: {}: the log ends within a line\n", file);
  if (log.unread.empty()) return out;
  out += fmt::format("culprit: note: {}: {} could not be read:", file,
                     output::counted(log.unread.size(), "line"));
  constexpr std::size_t k_most = 5;
  for (std::size_t i = 0; i < std::min(log.unread.size(), k_most); ++i)
    out += fmt::format("\n  {}: {}", log.unread[i].number,
                       output::cut(output::one_line(log.unread[i].text), 100));
  if (log.unread.size() > k_most) out += fmt::format("\n  and {} more", log.unread.size() - k_most);
  return out + "\n";
}

base::Result<BisectionLog> read_log(const std::string& file) {
  auto text = base::read_file(file == "-" ? "/dev/stdin" : file);
  if (!text) {
    base::Error error = std::move(text).error();
    error.kind = base::ErrorKind::usage;
    return std::unexpected(std::move(error));
  }
  BisectionLog log = read_bisection_log(base::decoded_text(std::move(*text)));
  if (log.lines_read == 0)
    return std::unexpected(base::Error{.kind = base::ErrorKind::usage,
                                       .what = "nothing in it belongs to a bisection log",
                                       .context = {file},
                                       .hint = "give a log of syzbot, of culprit, or of `git bisect log`"});
  return log;
}

// The history of the log's revisions; none where the repository lacks some of them, which is told.
base::Result<std::optional<model::CommitGraph>> graph_of(const BisectionLog& log,
                                                         const ReplayOptions& options) {
  if (options.repository.empty()) return std::nullopt;
  static const base::CancelToken never;
  const auto history =
      CULPRIT_TRY(history::GitHistory::open(options.repository, {.allow_shallow = true}, never));
  std::vector<model::CommitId> tips;
  std::size_t missing = 0;
  for (const LoggedRevision& revision : log.revisions)
    if (history->describe(revision.commit))
      tips.push_back(revision.commit);
    else
      ++missing;
  if (missing == 0) return CULPRIT_TRY(history->load(tips));
  std::fputs(
      fmt::format("culprit: note: {}: lacks {} of the log's {}: what the log says of their order holds\n",
                  options.repository, missing, output::counted(log.revisions.size(), "revision"))
          .c_str(),
      stderr);
  return std::nullopt;
}

}  // namespace

int run_replay(const ReplayOptions& options) {
  const auto log = read_log(options.file);
  if (!log) {
    std::fputs(base::render(log.error()).c_str(), stderr);
    return static_cast<int>(base::ExitCode::usage);
  }
  const auto graph = graph_of(*log, options);
  if (!graph) {
    std::fputs(base::render(graph.error()).c_str(), stderr);
    return static_cast<int>(base::ExitCode::usage);
  }
  const Replay replay = judge_again(*log, *graph ? &**graph : nullptr);
  const std::string out =
      options.json
          ? replay_json(replay, *log)
          : replay_text(replay, output::detect_style(STDOUT_FILENO, [](const char* name) -> const char* {
                          return std::getenv(name);
                        }));
  std::fwrite(out.data(), 1, out.size(), stdout);
  std::fputs(base::printable(unread_note(options.file, *log)).c_str(), stderr);
  return static_cast<int>(base::ExitCode::found);
}

}  // namespace culprit::replay
