// The page: what it says, that nothing in it is markup of others, that its colours can be read.
#include "output/page/page.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <map>
#include <set>

#include "base/strings.h"
#include "output/page/by_hand.h"
#include "output/page/graph.h"
#include "tests/support/story.h"

namespace culprit::output {
namespace {

struct Told {
  std::vector<model::Event> events;
  Summary summary;
  CommitTexts texts = story_texts();
  std::vector<HistoryLine> history;
  std::string console = "[    1.0] init\n[    2.0] WARNING: x\n";
  Circumstances circumstances;

  explicit Told(const Story& story) : events(story.events()), summary(fold(events)) {}
  PageMaterial material() {
    return {.summary = summary,
            .texts = texts,
            .events = events,
            .history = history,
            .console = [this](std::uint64_t) { return console; },
            .log = "# a log\n",
            .circumstances = circumstances};
  }
  std::string page() { return render_page(material()); }
  std::string markdown() { return render_markdown(material()); }
};

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size()))
    ++n;
  return n;
}

TEST(Page, HasASectionForEachQuestionAndNoScript) {
  Told told(found_story());
  const std::string page = told.page();
  for (const char* id : {"crash", "why", "else", "by-hand", "whom", "consoles", "log"})
    EXPECT_NE(page.find(std::string("<section id=\"") + id + "\""), std::string::npos) << id;
  EXPECT_NE(page.find("This commit brought the crash"), std::string::npos);
  EXPECT_NE(page.find("default-src &#39;none&#39;"), std::string::npos);
  EXPECT_EQ(page.find("<script"), std::string::npos);
  for (const char* outside : {"src=", "<link", "@import", "url("})
    EXPECT_EQ(page.find(outside), std::string::npos) << outside;
}

// Each link of the page leads to something in it, and each name is there once.
TEST(Page, EveryLinkLeadsSomewhere) {
  for (const Story& story :
       {found_story(), fix_story(), inconclusive_story(), running_story(), horizon_story()}) {
    Told told(story);
    const std::string page = told.page();
    std::set<std::string> ids;
    for (std::size_t at = page.find(" id=\""); at != std::string::npos; at = page.find(" id=\"", at + 1)) {
      const std::string id = page.substr(at + 5, page.find('"', at + 5) - at - 5);
      EXPECT_TRUE(ids.insert(id).second) << id;
    }
    for (std::size_t at = page.find("href=\"#"); at != std::string::npos;
         at = page.find("href=\"#", at + 1)) {
      const std::string id = page.substr(at + 7, page.find('"', at + 7) - at - 7);
      EXPECT_TRUE(ids.contains(id)) << id;
    }
  }
}

TEST(Page, EveryRunHasItsConsole) {
  Told told(found_story());
  std::size_t runs = 0;
  for (const RevisionSummary& revision : told.summary.revisions)
    runs += revision.runs.size() + revision.checks.size();
  ASSERT_GT(runs, 5u);
  EXPECT_EQ(count_of(told.page(), "<div id=\"run-"), runs);
}

TEST(Page, ConsolesAreBounded) {
  Told told(found_story());
  told.console.clear();
  while (told.console.size() < 4 * k_page_console_limit)
    told.console += "a line of the console of about fifty bytes, more or less\n";
  const std::string page = told.page();
  EXPECT_LT(page.size(), 2 * k_page_consoles_limit);
  EXPECT_NE(page.find("bytes are left out here: culprit console "), std::string::npos);
}

constexpr std::string_view k_hostile =
    "</title></style></pre><script>x()</script><img src=x onerror=x()>\" onload=\"x() ' `|` @all";

TEST(Page, WhatOthersWroteIsText) {
  Story story = found_story();
  std::vector<model::Event> events = story.events();
  for (model::Event& event : events) {
    if (auto* build = std::get_if<model::BuildStarted>(&event.body)) build->title = k_hostile;
    if (auto* run = std::get_if<model::RunFinished>(&event.body))
      if (model::kind_of(run->run.outcome) == model::OutcomeKind::crashed)
        run->run.outcome = model::Crashed{std::string(k_hostile)};
    if (auto* note = std::get_if<model::Note>(&event.body)) note->text = k_hostile;
    if (auto* judged = std::get_if<model::Judged>(&event.body)) judged->verdict.why = k_hostile;
  }
  Told told(story);
  told.events = events;
  told.summary = fold(events);
  told.console = k_hostile;
  told.circumstances.command = k_hostile;
  told.circumstances.files = {{std::string(k_hostile), std::string(k_hostile)}};
  const std::string page = told.page();
  EXPECT_NE(page.find("&lt;script&gt;x()"), std::string::npos);
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_EQ(page.find("<img"), std::string::npos);
  EXPECT_EQ(page.find("onload=\""), std::string::npos);
  EXPECT_EQ(count_of(page, "</title>"), 1 + count_of(page, "<title>") - 1);
}

TEST(Markdown, MentionsNobodyAndLinksNowhere) {
  Story story = found_story();
  std::vector<model::Event> events = story.events();
  for (model::Event& event : events)
    if (auto* build = std::get_if<model::BuildStarted>(&event.body)) build->title = "``` @all <b> #1 a|b";
  Told told(story);
  told.events = events;
  told.summary = fold(events);
  told.texts.info = nullptr;
  const std::string text = told.markdown();
  // A fence that is longer than any in the text, the pipe escaped.
  EXPECT_NE(text.find("```` ``` @all <b> #1 a\\|b ````"), std::string::npos) << text;
  for (const std::string_view line : base::split_lines(text))
    if (line.starts_with("| ")) {
      EXPECT_EQ(count_of(line, "|") - count_of(line, "\\|"), 5u) << line;
    }
}

// WCAG 2.1: relative luminance, contrast.
double luminance(std::string_view hex) {
  std::array<double, 3> parts{};
  for (std::size_t i = 0; i < 3; ++i) {
    const double c = std::stoi(std::string(hex.substr(2 * i, 2)), nullptr, 16) / 255.0;
    parts[i] = c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
  }
  return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
}
double contrast(std::string_view a, std::string_view b) {
  const double x = luminance(a), y = luminance(b);
  return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
}

TEST(Page, EveryInkCanBeReadOnEveryGround) {
  EXPECT_NEAR(contrast("000000", "ffffff"), 21, 0.01);
  EXPECT_NEAR(contrast("777777", "ffffff"), 4.48, 0.01);
  Told told(found_story());
  const std::string page = told.page();
  int palettes = 0;
  for (std::size_t at = page.find(":root{"); at != std::string::npos;
       at = page.find(":root{", at + 1), ++palettes) {
    std::map<std::string, std::string> colours;
    for (const std::string_view rule :
         base::split(std::string_view(page).substr(at + 6, page.find('}', at) - at - 6), ';')) {
      const auto halves = base::split(base::trim(rule), ':');
      if (halves.size() == 2 && halves[1].starts_with('#'))
        colours[std::string(halves[0])] = std::string(halves[1].substr(1));
    }
    ASSERT_GE(colours.size(), 10u);
    for (const auto& [ink, colour] : colours)
      for (const auto& [ground, behind] : colours) {
        if (!ground.starts_with("--ground") || ink.starts_with("--ground")) continue;
        // Lines and bars are no text: 3 to 1.
        EXPECT_GE(contrast(colour, behind), ink.starts_with("--ink") ? 4.5
                                            : ground == "--ground"   ? 3.0
                                                                     : 2.8)
            << ink << " on " << ground << ", palette " << palettes;
      }
  }
  EXPECT_EQ(palettes, 3);  // light, dark, paper
}

// A merge: 9 has the parents 8 (a line of its own down to 2) and 5; 5 descends from 2.
std::vector<HistoryLine> merged_history() {
  const auto line = [](std::uint64_t n, double mass, const std::vector<std::uint64_t>& parents) {
    HistoryLine out{.commit = id_of(n), .mass = mass, .title = "change"};
    for (const std::uint64_t p : parents) out.parents.push_back(id_of(p));
    return out;
  };
  return {line(9, 0.1, {8, 5}), line(8, 0.2, {7}), line(7, 0.0, {2}),
          line(5, 0.3, {4}),    line(4, 0.2, {2}), line(2, 0.2, {})};
}

TEST(Graph, AMergeOpensALaneAndItsBaseClosesIt) {
  const auto history = merged_history();
  const page::Drawing drawing = page::draw(history, [](const HistoryLine&) { return true; });
  ASSERT_EQ(drawing.rows.size(), 6u);
  EXPECT_EQ(drawing.lanes, 2u);
  ASSERT_EQ(drawing.rows[0].edges.size(), 2u);
  EXPECT_NE(drawing.rows[0].edges[0].lane, drawing.rows[0].edges[1].lane);
  EXPECT_EQ(drawing.rows[1].lane, 0u);  // 8, the first parent
  EXPECT_EQ(drawing.rows[3].lane, 1u);  // 5
  EXPECT_EQ(drawing.rows[5].lane, 0u);
}

TEST(Graph, WhatIsLeftOutIsBridgedAndCounted) {
  const auto history = merged_history();
  const page::Drawing drawing = page::draw(history, [](const HistoryLine& line) {
    return line.commit == id_of(9) || line.commit == id_of(4) || line.commit == id_of(2);
  });
  ASSERT_EQ(drawing.rows.size(), 3u);
  EXPECT_EQ(drawing.rows[1].hidden, 3u);
  EXPECT_NEAR(drawing.rows[1].hidden_mass, 0.5, 1e-9);
  // From 9 to 4 through 5; 2 is behind 4 for one side, and 8's side leads to it too.
  ASSERT_GE(drawing.rows[0].edges.size(), 1u);
  EXPECT_EQ(drawing.rows[0].edges[0].to, 1u);
  EXPECT_FALSE(drawing.rows[0].edges[0].direct);
  ASSERT_EQ(drawing.rows[1].edges.size(), 1u);
  EXPECT_TRUE(drawing.rows[1].edges[0].direct);
}

TEST(Page, DrawsTheHistoryWithItsProbabilities) {
  Told told(found_story());
  EXPECT_EQ(told.page().find("<section id=\"history\""), std::string::npos);
  told.history = merged_history();
  const std::string page = told.page();
  EXPECT_NE(page.find("<section id=\"history\""), std::string::npos);
  EXPECT_EQ(count_of(page, "class=\"node "), 6u);
}

TEST(ByHand, CommandsCannotBeBrokenOutOf) {
  Story story = found_story();
  std::vector<model::Event> events = story.events();
  for (model::Event& event : events)
    if (auto* build = std::get_if<model::BuildStarted>(&event.body)) build->title = "a\nrm -rf /\n$(reboot)";
  Told told(story);
  told.events = events;
  told.summary = fold(events);
  told.circumstances.command = "./test.sh";
  const std::string text = page::by_hand_text(told.material());
  EXPECT_NE(text.find("./test.sh"), std::string::npos);
  for (const std::string_view line : base::split_lines(text)) {
    EXPECT_FALSE(line.starts_with("rm ")) << line;
    if (line.find("reboot") != std::string_view::npos) {
      EXPECT_TRUE(line.starts_with("# ")) << line;
    }
  }
}

}  // namespace
}  // namespace culprit::output
