// The elements and attributes that pages are made of, as types: a name that is not in the tables does not
// compile. What can run or embed something is not in them: no event handlers, no `style` and `srcdoc`, no iframe,
// object, embed, base; script and style sheets have functions of their own (html.h).
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace culprit::html {

namespace names {
inline constexpr auto k_tags = std::to_array<std::string_view>({
    // HTML
    "a",
    "abbr",
    "article",
    "aside",
    "b",
    "body",
    "br",
    "button",
    "caption",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "details",
    "div",
    "dl",
    "dt",
    "em",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hr",
    "html",
    "i",
    "img",
    "input",
    "ins",
    "kbd",
    "label",
    "legend",
    "li",
    "link",
    "main",
    "mark",
    "meta",
    "meter",
    "nav",
    "ol",
    "optgroup",
    "option",
    "output",
    "p",
    "pre",
    "progress",
    "q",
    "s",
    "samp",
    "section",
    "select",
    "small",
    "span",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "textarea",
    "tfoot",
    "th",
    "thead",
    "time",
    "title",
    "tr",
    "u",
    "ul",
    "var",
    "wbr",
    // SVG
    "circle",
    "clipPath",
    "defs",
    "desc",
    "ellipse",
    "g",
    "line",
    "linearGradient",
    "marker",
    "path",
    "pattern",
    "polygon",
    "polyline",
    "rect",
    "stop",
    "svg",
    "symbol",
    "text",
    "tspan",
    "use",
});
inline constexpr auto k_void_tags =
    std::to_array<std::string_view>({"br", "col", "hr", "img", "input", "link", "meta", "wbr"});
inline constexpr auto k_attributes = std::to_array<std::string_view>({
    // HTML
    "accept",
    "accept-charset",
    "action",
    "alt",
    "autocomplete",
    "autofocus",
    "charset",
    "checked",
    "class",
    "cols",
    "colspan",
    "content",
    "datetime",
    "dir",
    "disabled",
    "download",
    "enctype",
    "for",
    "form",
    "hidden",
    "high",
    "href",
    "http-equiv",
    "id",
    "inputmode",
    "label",
    "lang",
    "list",
    "low",
    "max",
    "maxlength",
    "media",
    "method",
    "min",
    "minlength",
    "multiple",
    "name",
    "novalidate",
    "open",
    "optimum",
    "pattern",
    "placeholder",
    "readonly",
    "rel",
    "required",
    "reversed",
    "role",
    "rows",
    "rowspan",
    "scope",
    "selected",
    "size",
    "sizes",
    "span",
    "spellcheck",
    "src",
    "start",
    "step",
    "tabindex",
    "target",
    "title",
    "translate",
    "type",
    "value",
    "wrap",
    // SVG
    "clip-path",
    "cx",
    "cy",
    "d",
    "dominant-baseline",
    "dx",
    "dy",
    "fill",
    "fill-opacity",
    "font-size",
    "font-weight",
    "gradientUnits",
    "height",
    "marker-end",
    "marker-mid",
    "marker-start",
    "markerHeight",
    "markerUnits",
    "markerWidth",
    "offset",
    "opacity",
    "orient",
    "pathLength",
    "patternUnits",
    "points",
    "preserveAspectRatio",
    "r",
    "refX",
    "refY",
    "rx",
    "ry",
    "stop-color",
    "stop-opacity",
    "stroke",
    "stroke-dasharray",
    "stroke-linecap",
    "stroke-linejoin",
    "stroke-opacity",
    "stroke-width",
    "text-anchor",
    "textLength",
    "transform",
    "vector-effect",
    "viewBox",
    "width",
    "x",
    "x1",
    "x2",
    "y",
    "y1",
    "y2",
});
// Those whose value is an address: only harmless ones are written (is_safe_address).
inline constexpr auto k_addresses = std::to_array<std::string_view>({"action", "href", "src"});

constexpr bool has(const auto& table, std::string_view name) {
  return std::ranges::find(table, name) != table.end();
}
// "data-run", "aria-label": lower-case words with hyphens.
constexpr bool is_free(std::string_view name) {
  const bool prefixed = name.starts_with("data-") || name.starts_with("aria-");
  return prefixed && name.size() > 5 &&
         std::ranges::all_of(name, [](char c) { return c == '-' || (c >= 'a' && c <= 'z'); });
}
}  // namespace names

// An element's name.
class Tag {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): el("p") is how it is written
  consteval Tag(const char* name) : m_name(name) {
    if (!names::has(names::k_tags, m_name)) throw "no such element in html/names.h";
  }
  constexpr std::string_view name() const { return m_name; }
  // It has no children and no end.
  constexpr bool is_void() const { return names::has(names::k_void_tags, m_name); }

 private:
  std::string_view m_name;
};

// An attribute's name: of the table, or data-* and aria-*.
class Name {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor)
  consteval Name(const char* name) : m_name(name) {
    if (!names::has(names::k_attributes, m_name) && !names::is_free(m_name))
      throw "no such attribute in html/names.h";
  }
  constexpr std::string_view name() const { return m_name; }
  constexpr bool is_address() const { return names::has(names::k_addresses, m_name); }

 private:
  std::string_view m_name;
};

// Text of our own that stands in the source: style sheets and scripts. Nothing that was read can become one.
class Literal {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor)
  consteval Literal(const char* text) : m_text(text) {
    if (m_text.contains("</") || m_text.contains("<!--")) throw "this would end the element it stands in";
  }
  constexpr std::string_view text() const { return m_text; }

 private:
  std::string_view m_text;
};

}  // namespace culprit::html
