// Pages as values: elements, attributes and text, and how they are written. There is no way to put text into a
// page as markup: whatever it says (commit titles and consoles are anybody's), it is shown as text.
//
//   el("p", {{"class", "note"}}, "it crashes in ", el("b", title), ".")
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "html/names.h"

namespace culprit::html {

class Attribute {
 public:
  Attribute(Name name, std::string_view value) : m_name(name), m_value(value) {}
  Attribute(Name name, const char* value) : m_name(name), m_value(value) {}
  Attribute(Name name, std::string value) : m_name(name), m_value(std::move(value)) {}
  // Present without a value, or absent: "open", "checked".
  Attribute(Name name, std::same_as<bool> auto present) : m_name(name), m_present(present) {}
  // In decimal, fractions to the hundredth: enough for pixels. Not finite: 0.
  Attribute(Name name, std::floating_point auto number)
      : m_name(name), m_value(decimal(static_cast<double>(number))) {}
  template <std::integral Number>
    requires(!std::same_as<Number, bool> && !std::same_as<Number, char>)
  Attribute(Name name, Number number) : m_name(name), m_value(std::to_string(number)) {}

  Name name() const { return m_name; }
  std::string_view value() const { return m_value; }
  bool present() const { return m_present; }

 private:
  static std::string decimal(double number);

  Name m_name;
  std::string m_value;
  bool m_present = true;
};

// An element with what is in it, a text, or a row of nodes without an element around them.
class Node {
 public:
  Node() = default;  // nothing
  // NOLINTBEGIN(google-explicit-constructor): texts and rows stand among children
  Node(std::string_view text) : m_kind(Kind::text), m_text(text) {}
  Node(const char* text) : m_kind(Kind::text), m_text(text) {}
  Node(std::string text) : m_kind(Kind::text), m_text(std::move(text)) {}
  Node(std::vector<Node> row) : m_children(std::move(row)) {}
  // NOLINTEND(google-explicit-constructor)
  Node(Tag tag, std::vector<Attribute> attributes)
      : m_kind(Kind::element), m_tag(tag), m_attributes(std::move(attributes)) {}

  // Appends to what is in it. A text or a void element ("br") takes nothing: a bug of the caller.
  Node& add(Node child) &;
  Node&& add(Node child) && { return std::move(add(std::move(child))); }
  Node& set(Attribute attribute) &;
  Node&& set(Attribute attribute) && { return std::move(set(std::move(attribute))); }

  // Nothing would be written.
  bool empty() const;

 private:
  // raw: a style sheet or a script (text), in the element of m_tag's place: m_raw_name.
  enum class Kind { row, text, element, raw };
  friend Node style_sheet(Literal css);
  friend Node data_island(std::string_view id, std::string_view json);
  friend Node external_script(Literal address);
  friend void write(std::string& out, const Node& node);

  Kind m_kind = Kind::row;
  Tag m_tag = "span";
  std::string_view m_raw_name;
  std::string m_text;
  std::vector<Attribute> m_attributes;
  std::vector<Node> m_children;
};

template <class... Children>
  requires(std::convertible_to<Children, Node> && ...)
Node el(Tag tag, std::initializer_list<Attribute> attributes, Children&&... children) {
  Node node(tag, attributes);
  (node.add(Node(std::forward<Children>(children))), ...);
  return node;
}
template <class... Children>
  requires(std::convertible_to<Children, Node> && ...)
Node el(Tag tag, Children&&... children) {
  return el(tag, std::initializer_list<Attribute>{}, std::forward<Children>(children)...);
}

Node style_sheet(Literal css);  // <style>
// <script type="application/json" id=...>: data for a script, which no browser runs.
Node data_island(std::string_view id, std::string_view json);
// <script type="module" src=...>, run when the page was read: where pages have scripts, they are files of ours.
Node external_script(Literal address);

// Appends `node` as HTML. Text is UTF-8: bytes that are not become U+FFFD; control characters and marks that
// reorder text are shown as escapes ("\x1b", "\u202e").
void write(std::string& out, const Node& node);
std::string render(const Node& node);
// A whole page: `html` is the element of that name.
std::string document(const Node& html);

// An address that can be followed from a page without running or fetching anything unasked: http, https, mailto,
// or one within the site ("/bug/1", "?page=2", "#log"). Attributes with any other are not written.
bool is_safe_address(std::string_view address);

}  // namespace culprit::html
