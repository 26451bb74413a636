#include "html/html.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace culprit::html {
namespace {

TEST(Html, ElementsNestAndTextStandsBetweenThem) {
  EXPECT_EQ(render(el("p", {{"class", "note"}}, "it crashes in ", el("b", "3 of 4"), ".")),
            "<p class=\"note\">it crashes in <b>3 of 4</b>.</p>");
}

TEST(Html, VoidElementsHaveNoEnd) { EXPECT_EQ(render(el("p", "a", el("br"), "b")), "<p>a<br>b</p>"); }

TEST(Html, ARowHasNoElementAroundIt) {
  Node row;
  EXPECT_TRUE(row.empty());
  EXPECT_EQ(render(row), "");
  row.add("a").add(el("i", "b"));
  EXPECT_EQ(render(el("div", row)), "<div>a<i>b</i></div>");
}

TEST(Html, TextIsNeverMarkup) {
  EXPECT_EQ(render(el("td", "<script>alert('1')</script> & \"x\"")),
            "<td>&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; &quot;x&quot;</td>");
  EXPECT_EQ(render(el("td", {{"title", "\" onmouseover=\"x"}})),
            "<td title=\"&quot; onmouseover=&quot;x\"></td>");
}

TEST(Html, ControlCharactersAndReorderingMarksAreShown) {
  EXPECT_EQ(render(Node("a\x1b[31m\xe2\x80\xae z\xff")), "a\\x1b[31m\\u202e z\xef\xbf\xbd");
  EXPECT_EQ(render(Node(std::string("a\0b", 3))), "a\\x00b");
}

TEST(Html, AttributesAreNumbersAndFlagsToo) {
  EXPECT_EQ(render(el("rect", {{"x", 1.5}, {"y", 2.0}, {"width", 7}, {"height", 0.126}, {"rx", 1.0 / 0.0}})),
            "<rect x=\"1.5\" y=\"2\" width=\"7\" height=\"0.13\" rx=\"0\"></rect>");
  EXPECT_EQ(render(el("details", {{"open", true}}, "x")), "<details open>x</details>");
  EXPECT_EQ(render(el("details", {{"open", false}}, "x")), "<details>x</details>");
}

TEST(Html, APreKeepsItsFirstLineFeed) { EXPECT_EQ(render(el("pre", "\nfirst")), "<pre>\n\nfirst</pre>"); }

TEST(Html, OnlyHarmlessAddressesAreWritten) {
  for (const char* address : {"https://example.org/?a=1&b=2", "HTTP://x/", "mailto:a@example.org", "/bug/1",
                              "log.txt", "?q=a:b", "#run-1", "a/b:c", ""})
    EXPECT_TRUE(is_safe_address(address)) << address;
  for (const char* address :
       {"javascript:alert(1)", "JavaScript:alert(1)", " javascript:alert(1)", "java\nscript:alert(1)",
        "\x01javascript:alert(1)", "data:text/html,x", "vbscript:x", "//evil.example/", "\\\\evil",
        "/\\evil.example", "file:///etc/passwd", ":x"})
    EXPECT_FALSE(is_safe_address(address)) << address;
  EXPECT_EQ(render(el("a", {{"href", "javascript:alert(1)"}}, "x")), "<a>x</a>");
  EXPECT_EQ(render(el("a", {{"href", "/?a=1&b=\""}}, "x")), "<a href=\"/?a=1&amp;b=&quot;\">x</a>");
}

TEST(Html, ADataIslandCannotBeLeft) {
  EXPECT_EQ(render(data_island("runs", R"({"title":"</script><!--"})")),
            R"(<script type="application/json" id="runs">{"title":"\u003c/script>\u003c!--"}</script>)");
}

TEST(Html, StyleSheetsAreLiteralsAsTheyAre) {
  EXPECT_EQ(render(style_sheet("p > b { content: \"&\" }")), "<style>p > b { content: \"&\" }</style>");
}

TEST(Html, ADocumentHasItsType) {
  EXPECT_EQ(document(el("html", {{"lang", "en"}}, el("body", "x"))),
            "<!doctype html>\n<html lang=\"en\"><body>x</body></html>\n");
}

// Whatever bytes a text holds, the page around it stays what it was.
RC_GTEST_PROP(Html, NoTextChangesTheMarkup, (const std::string& text)) {
  const std::string page = render(el("td", {{"title", text}}, text));
  const auto count = [&](char c) { return std::ranges::count(page, c); };
  RC_ASSERT(count('<') == 2);
  RC_ASSERT(count('>') == 2);
  RC_ASSERT(count('"') == (text.empty() ? 0 : 2));
  RC_ASSERT(count('\'') == 0);
}

}  // namespace
}  // namespace culprit::html
