// Everything that a session shows: the live view, the files that it writes, and at the end the answer.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "cli/session/outputs.h"
#include "cli/settings/settings.h"
#include "history/git_history.h"
#include "model/event_fwd.h"
#include "output/terminal/terminal.h"
#include "output/words/commit_texts.h"

namespace culprit::history {
class GitHistory;
}
namespace culprit::model {
struct Evidence;
}

namespace culprit::cli {

struct Settings;

// What outputs say of commits, read from `history`, which outlives it.
output::CommitTexts texts_of(const Settings& settings, const history::GitHistory& history);

class Display final : public model::EventSink {
 public:
  // Opens the files of `settings` and the view on standard output (`quiet`: none, and on a terminal the answer is one line). `history`, its `graph`
  // and `clock` outlive it.
  static base::Result<std::unique_ptr<Display>> create(const Settings& settings, bool quiet,
                                                       const history::GitHistory& history,
                                                       const model::CommitGraph& graph,
                                                       const base::Clock& clock);

  void on_event(const model::Event& event) override;
  // Until it is called, events are history that is read back; from then on they are news.
  void go_live();
  // Ends the live view; may be repeated.
  void close();
  // Prints the answer and writes the JSON file. `evidence` is assessed and `verdicts` is what the search says
  // of it: revisions are judged in its light, not in that of the moment. `place` is
  // what place_options() says, for the commands that the answer advises.
  base::Result<void> write_answer(const model::Evidence& evidence,
                                  const std::vector<model::RevisionVerdict>& verdicts,
                                  const std::string& place);

 private:
  Display(const Settings& settings, bool quiet, const history::GitHistory& history,
          const model::CommitGraph& graph);

  bool m_quiet;
  bool m_aside = false;  // standard output is one of the files: what people are told goes to standard error

  std::function<std::string(const model::CommitId&)> m_inside;  // where a submodule is to be searched
  output::CommitTexts m_texts;
  std::mutex m_in_use;         // the fold and the view, which the ticker's thread draws
  output::SummaryFold m_fold;  // the session's only one
  std::vector<std::unique_ptr<OutputFile>> m_files;
  std::unique_ptr<output::ProgressView> m_view;
  std::unique_ptr<output::Ticker> m_ticker;
  bool m_live = false;
};

}  // namespace culprit::cli
