// The part of a log that its readers follow: what `git bisect` would have been told, and who descends from
// whom of what was tested.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/graph/commit.h"
#include "model/graph/kinship.h"
#include "model/search.h"
#include "output/summary/summary.h"
#include "output/words/commit_texts.h"

namespace culprit::output {

// "good", "bad" or "skip", in git's sense: in a bisection for a fix "bad" is the side that has it.
using GitWord = std::string_view;

// What git says when it chooses the next revision out of `range` commits, `reach` of them its ancestors:
// how many are left to test after it, whatever it shows, and in how many steps. git's own choice halves the
// range; another one may leave more.
struct Left {
  std::size_t revisions = 0;
  int steps = 0;
};
Left left_after(std::size_t range, std::size_t reach);

class GitWords {
 public:
  using Write = std::function<void(std::string_view)>;
  // `fold` outlives it.
  GitWords(const SummaryFold& fold, Write write) : m_fold(fold), m_write(std::move(write)) {}

  // Before all else; `graph` may be null, then nothing is known of who descends from whom.
  void start(const model::CommitGraph* graph);
  // A revision is about to be in the log: who descends from it and from whom it does, where the order of the
  // log does not imply it.
  void introduce(const model::CommitId& commit);
  // "Bisecting: .." and "[commit] title", where git would be at it. `otherwise` is what the search said.
  void choose(const model::CommitId& commit, std::string_view title, Left otherwise);
  // Its verdict, where that is settled and new. What contradicts it is taken back.
  void settle(const RevisionSummary& revision);
  // The last words, so that git's are those of the answer, or a line that says what they leave open.
  void conclude(const model::Conclusion& conclusion);

 private:
  GitWord word_of(const RevisionSummary& revision) const;
  GitWord said(const model::CommitId& commit) const;
  bool is_beside(const model::CommitId& commit) const;
  std::vector<model::CommitId> all_good() const;
  std::vector<model::CommitId> contradicted(const model::CommitId& commit, GitWord word) const;
  void put(const model::CommitId& commit, GitWord word);
  void tell(const model::CommitId& commit, GitWord word);
  void remark(const std::string& text);
  void begin();
  void restate();
  GitWord final_word(const RevisionSummary& revision, const model::CommitId& culprit) const;
  void settle_by_answer(const model::CommitId& culprit);
  void settle_open();
  void tell_rest(const model::Conclusion& conclusion);

  const SummaryFold& m_fold;
  Write m_write;
  model::Kinship m_kin{nullptr, false};
  std::vector<model::CommitId> m_known;  // in the log, in order
  // The words that hold, in the order in which they were settled; all are git's once it has begun, but those
  // of m_implied: they are about revisions beside its range, or beyond an end that it has.
  std::vector<std::pair<model::CommitId, GitWord>> m_words;
  std::map<model::CommitId, GitWord> m_implied;
  model::CommitId m_bad;   // git's ends, the last ones said; null for none
  model::CommitId m_good;  //
  bool m_begun = false;    // "# git bisect start" is written
};

}  // namespace culprit::output
