// `--log FILE`: the bisection in the words of the reference system's logs, for everybody who reads those.
#pragma once

#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/strings.h"
#include "model/event_fwd.h"
#include "output/git_words.h"
#include "output/summary/summary.h"
#include "output/words/commit_texts.h"

namespace culprit::output {

// How the note begins that says which commit of syzkaller's runs the reproducer: it is a line of the grammar.
inline constexpr std::string_view k_building_harness = "building syzkaller on ";

// Turns events into the log's text, handed to `write` in pieces of whole lines. The same events give the same
// text, however often they were interrupted and read again. A revision appears when it is judged; one that is
// tested again later appears again, with its new runs. What git would have been told is GitWords' affair.
class SyzbotLog final : public model::EventSink {
 public:
  using Write = std::function<void(std::string_view)>;
  // `fold` outlives it. All that reaches `write` is safe to print, whoever wrote it.
  SyzbotLog(const SummaryFold& fold, Write write, CommitTexts texts)
      : m_fold(fold),
        m_write([write = std::move(write)](std::string_view text) { write(base::printable(text)); }),
        m_texts(std::move(texts)),
        m_git(fold, m_write) {}

  // `fold` holds the event already, and it was new there.
  void on_event(const model::Event& event) override;

 private:
  // What the latest decision said when it chose a revision.
  struct Plan {
    std::string stage;
    Left left;
  };

  // How much of a revision is in the log.
  struct Printed {
    std::vector<std::uint64_t> runs;  // by id
    std::size_t builds = 0;
    std::size_t checks = 0;
  };

  void header();
  void plan(const model::Decided& decided);
  void block(const model::CommitId& commit);
  bool has_news(const RevisionSummary& revision) const;
  std::string opening(const RevisionSummary& revision);
  std::string tests(const RevisionSummary& revision) const;
  std::string test(const RevisionSummary& revision, std::size_t from, std::size_t to,
                   const BuildSummary* failed) const;
  std::string checks(const RevisionSummary& revision, const Printed& printed) const;
  std::string beyond_titles(const RevisionSummary& revision) const;
  void first_bad_commit(const model::Conclusion& conclusion);
  void ending(const model::Conclusion& conclusion);
  void recipients(const model::CommitId& culprit);
  std::string title_of(const model::CommitId& commit) const;

  const SummaryFold& m_fold;
  Write m_write;
  CommitTexts m_texts;
  std::map<model::CommitId, Plan> m_plans;
  std::map<model::CommitId, Printed> m_printed;
  GitWords m_git;
};

// The log of a bisection that is read back.
void write_syzbot_log(std::span<const model::Event> events, SyzbotLog::Write write, CommitTexts texts);

// SyzbotLog into a file, which is made anew: on resumption the events are played again.
class SyzbotLogFile final : public model::EventSink {
 public:
  // Fails where `path` cannot be written; "-" is standard output.
  static base::Result<std::unique_ptr<SyzbotLogFile>> create(const std::filesystem::path& path,
                                                             const SummaryFold& fold, CommitTexts texts);
  ~SyzbotLogFile() override;
  SyzbotLogFile(const SyzbotLogFile&) = delete;
  SyzbotLogFile& operator=(const SyzbotLogFile&) = delete;

  void on_event(const model::Event& event) override { m_log.on_event(event); }
  // The first failure to write (a full disk); the log is incomplete from there on, the bisection is not.
  const std::optional<base::Error>& error() const { return m_error; }

 private:
  SyzbotLogFile(std::FILE* file, std::filesystem::path path, const SummaryFold& fold, CommitTexts texts);
  void write(std::string_view text);

  std::FILE* m_file;
  std::filesystem::path m_path;
  SyzbotLog m_log;
  std::optional<base::Error> m_error;
};

}  // namespace culprit::output
