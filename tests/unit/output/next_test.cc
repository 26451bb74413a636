#include "output/next.h"

#include <gtest/gtest.h>

namespace culprit::output {
namespace {

NextStep step() {
  NextStep s;
  s.experiment = {.commit = *model::CommitId::from_hex(std::string(40, 'a')),
                  .stage = "bisect",
                  .label = "v2.0",
                  .reason = "splits the 19 suspects best",
                  .information = 0.98};
  s.standing = {.revisions_left = 19, .steps_left = 5, .cost_left = 90};
  s.title = "change 10";
  s.term_new = "slow";
  s.term_old = "fast";
  return s;
}

TEST(RenderNext, TellsAPersonWhatToTestWhyAndWhatToSay) {
  EXPECT_EQ(render_next(step(), {}),
            "test  aaaaaaaaaaaa v2.0 change 10\n"
            "why   searching: splits the 19 suspects best (0.98 bits expected)\n"
            "left  19 revisions, roughly 5 steps\n"
            "then  git checkout aaaaaaaaaaaa\n"
            "      culprit fast, culprit slow or culprit skip\n");
}

TEST(RenderNext, LeavesOutTheCheckoutThatIsThere) {
  NextStep s = step();
  s.checked_out = true;
  s.experiment.label.clear();
  s.standing = {};
  EXPECT_EQ(render_next(s, {}),
            "test  aaaaaaaaaaaa change 10\n"
            "why   searching: splits the 19 suspects best (0.98 bits expected)\n"
            "then  culprit fast, culprit slow or culprit skip\n");
}

TEST(RenderNext, ShowsWhereTheProbabilityIs) {
  NextStep s = step();
  s.by_hand = false;
  s.standing.revisions_left = 1;
  s.standing.top = {{s.experiment.commit, 0.995}};
  s.title_of = [](const model::CommitId&) { return "change 10"; };
  EXPECT_EQ(render_next(s, {}),
            "test  aaaaaaaaaaaa v2.0 change 10\n"
            "why   searching: splits the 19 suspects best (0.98 bits expected)\n"
            "left  1 revision holds 99%, roughly 5 steps, 63s to 3m\n"
            "likely  99.5% aaaaaaaaaaaa change 10\n"
            "then  culprit resume tests it\n");
}

}  // namespace
}  // namespace culprit::output
