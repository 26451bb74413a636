// The log is a shell script of "git bisect ..." lines, with comments before them that say the same for
// people:
//
//   git bisect start
//   # bad: [3e8f6aa0...] net: a title
//   git bisect bad 3e8f6aa0...
//   # first bad commit: [fa940f84...] mm: a title
//
// The comments matter in one case: "git bisect start 'master' 'v6.1'" names revisions as they were typed, and
// master has moved since; the comments above it hold the ids that they had.

#include "replay/reading/bisect_log.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "history/git/quoting.h"

namespace culprit::replay {
namespace {

struct Comment {
  std::string key;  // "bad", "first bad commit"
  std::string id;
  std::string title;
};

// "# KEY: [ID] TITLE"
std::optional<Comment> parse_comment(std::string_view line) {
  const std::size_t colon = line.find(": [");
  const std::size_t close = line.find(']');
  if (colon == std::string_view::npos || close == std::string_view::npos || close < colon)
    return std::nullopt;
  return Comment{.key = std::string(base::trim(line.substr(1, colon - 1))),
                 .id = std::string(line.substr(colon + 3, close - colon - 3)),
                 .title = std::string(base::trim(line.substr(close + 1)))};
}

class Reader {
 public:
  base::Result<BisectLog> read(std::string_view text) {
    for (const std::string_view raw : base::split_lines(text)) {
      ++m_line;
      const std::string_view line = base::trim(raw);
      if (line.empty()) continue;
      if (line.starts_with('#'))
        take_comment(line);
      else
        CULPRIT_TRY(take_command(line));
    }
    if (!m_started) return complaint("no `git bisect start` in it");
    return std::move(m_log);
  }

 private:
  std::unexpected<base::Error> complaint(const std::string& what) const {
    return base::fail(base::ErrorKind::usage, "not a log of git bisect: " + what,
                      "`git bisect log` prints one while a bisection runs");
  }
  std::unexpected<base::Error> complaint_here(const std::string& what) const {
    return complaint("line " + std::to_string(m_line) + ": " + what);
  }

  void take_comment(std::string_view line) {
    auto comment = parse_comment(line);
    if (!comment) return;
    if (comment->key.starts_with("possible first "))
      m_log.candidates.push_back(comment->id);
    else if (comment->key.starts_with("first ") && comment->key.ends_with(" commit"))
      m_log.first_new = comment->id;
    else
      m_comments.push_back(std::move(*comment));
  }

  base::Result<void> take_command(std::string_view line) {
    const auto split = history::split_shell_words(line);
    if (!split) return complaint_here("a quote is not closed");
    std::vector<std::string> words = *split;
    if (words.size() >= 2 && words[0] == "git" && words[1] == "bisect") {
      words.erase(words.begin(), words.begin() + 2);
    } else if (!words.empty() && words[0] == "git-bisect") {
      words.erase(words.begin());
    } else {
      return complaint_here("'" + base::printable(line.substr(0, 60)) + "' is no git bisect command");
    }
    if (words.empty()) return complaint_here("git bisect without a command");
    const std::string command = std::exchange(words[0], {});
    words.erase(words.begin());
    const auto taken = command == "start" ? take_start(words) : take_verdict(command, words);
    m_comments.clear();
    return taken;
  }

  base::Result<void> take_start(const std::vector<std::string>& words) {
    if (m_started) m_log = {};  // the log was begun anew
    m_started = true;
    std::vector<std::string> revisions;
    for (std::size_t i = 0; i < words.size(); ++i) {
      const std::string& word = words[i];
      const std::size_t equals = word.find('=');
      const std::string option = word.substr(0, equals);
      const bool is_new = option == "--term-new" || option == "--term-bad";
      const bool is_old = option == "--term-old" || option == "--term-good";
      if (word == "--") {
        m_log.paths.assign(words.begin() + static_cast<std::ptrdiff_t>(i) + 1, words.end());
        break;
      }
      if (is_new || is_old) {
        if (equals == std::string::npos && i + 1 == words.size())
          return complaint_here(word + " without a term");
        (is_new ? m_log.term_new : m_log.term_old) =
            equals == std::string::npos ? words[++i] : word.substr(equals + 1);
      } else if (word == "--first-parent") {
        m_log.first_parent = true;
      } else if (word != "--no-checkout") {
        if (word.starts_with("--")) return complaint_here("git bisect start has no option " + word);
        revisions.push_back(word);
      }
    }
    // A comment stands above for each revision. Where there are more words than comments, the rest are paths.
    const bool have_ids = !m_comments.empty() && m_comments.size() <= revisions.size();
    const std::size_t count = have_ids ? m_comments.size() : revisions.size();
    m_log.paths.insert(m_log.paths.begin(), revisions.begin() + static_cast<std::ptrdiff_t>(count),
                       revisions.end());
    // The first revision is the new one, the others are old.
    for (std::size_t i = 0; i < count; ++i)
      m_log.steps.push_back({.verdict = i == 0 ? model::UserVerdict::bad : model::UserVerdict::good,
                             .revision = have_ids ? m_comments[i].id : revisions[i],
                             .title = have_ids ? m_comments[i].title : "",
                             .line = m_line});
    return {};
  }

  base::Result<void> take_verdict(const std::string& command, const std::vector<std::string>& revisions) {
    if (!m_started) return complaint_here("git bisect " + command + " before git bisect start");
    if (command == "terms" || command == "run" || command == "log" || command == "visualize") return {};
    const bool is_unused = m_log.term_new == "bad" && m_log.term_old == "good" && m_log.steps.empty();
    if (is_unused && (command == "new" || command == "old")) {
      m_log.term_new = "new";  // the first verdict chooses between the two built-in pairs
      m_log.term_old = "old";
    }
    model::UserVerdict verdict = model::UserVerdict::skip;
    if (command == m_log.term_new)
      verdict = model::UserVerdict::bad;
    else if (command == m_log.term_old)
      verdict = model::UserVerdict::good;
    else if (command != "skip")
      return complaint_here("'" + base::printable(command) + "' is neither " + m_log.term_new + " nor " +
                            m_log.term_old + " nor skip");
    if (revisions.empty()) return complaint_here("git bisect " + command + " names no revision");
    for (const std::string& revision : revisions) {
      const auto comment = std::ranges::find(m_comments, revision, &Comment::id);
      m_log.steps.push_back({.verdict = verdict,
                             .revision = revision,
                             .title = comment == m_comments.end() ? "" : comment->title,
                             .line = m_line});
    }
    return {};
  }

  BisectLog m_log;
  bool m_started = false;
  std::size_t m_line = 0;
  std::vector<Comment> m_comments;  // since the last command
};

}  // namespace

base::Result<BisectLog> read_bisect_log(std::string_view text) { return Reader().read(text); }

}  // namespace culprit::replay
