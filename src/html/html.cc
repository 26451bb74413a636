// Escaping is done where text is written, once, for every text: a caller can neither forget it nor do it twice.
// The five characters are escaped in texts and attributes alike, and attributes are always quoted, so one
// function serves both (OWASP's rule for HTML element content and quoted attributes). What remains are the places
// where escaping does not help: names (types, names.h), addresses (a list of schemes), scripts and styles
// (literals only).
#include "html/html.h"

#include <fmt/format.h>

#include <cmath>

#include "base/check.h"
#include "base/strings.h"

namespace culprit::html {
namespace {

void write_escaped(std::string& out, std::string_view text) {
  for (const char c : base::printable(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
}

void write_attribute(std::string& out, const Attribute& attribute) {
  if (!attribute.present()) return;
  if (attribute.name().is_address() && !is_safe_address(attribute.value())) return;
  out += ' ';
  out += attribute.name().name();
  if (attribute.value().empty()) return;
  out += "=\"";
  write_escaped(out, attribute.value());
  out += '"';
}

}  // namespace

std::string Attribute::decimal(double number) {
  if (!std::isfinite(number)) return "0";
  std::string out = fmt::format("{:.2f}", number);
  while (out.back() == '0') out.pop_back();
  if (out.back() == '.') out.pop_back();
  return out == "-0" ? "0" : out;
}

Node& Node::add(Node child) & {
  const bool takes = m_kind == Kind::row || (m_kind == Kind::element && !m_tag.is_void());
  CULPRIT_CHECK(takes, fmt::format("<{}> takes no children", m_tag.name()));
  m_children.push_back(std::move(child));
  return *this;
}

Node& Node::set(Attribute attribute) & {
  CULPRIT_CHECK(m_kind == Kind::element, "only elements have attributes");
  m_attributes.push_back(std::move(attribute));
  return *this;
}

bool Node::empty() const {
  if (m_kind == Kind::text) return m_text.empty();
  if (m_kind != Kind::row) return false;
  for (const Node& child : m_children)
    if (!child.empty()) return false;
  return true;
}

Node style_sheet(Literal css) {
  Node node;
  node.m_kind = Node::Kind::raw;
  node.m_raw_name = "style";
  node.m_text = css.text();
  return node;
}

Node data_island(std::string_view id, std::string_view json) {
  Node node;
  node.m_kind = Node::Kind::raw;
  node.m_raw_name = "script";
  node.m_attributes = {Attribute("type", "application/json"), Attribute("id", id)};
  // "<" is all that can end the element or open a comment in it, and in JSON it stands in strings only.
  for (const char c : base::printable_json(json)) {
    if (c == '<')
      node.m_text += "\\u003c";
    else
      node.m_text += c;
  }
  return node;
}

Node external_script(Literal address) {
  Node node;
  node.m_kind = Node::Kind::raw;
  node.m_raw_name = "script";
  node.m_attributes = {Attribute("src", address.text()), Attribute("type", "module")};
  return node;
}

void write(std::string& out, const Node& node) {
  if (node.m_kind == Node::Kind::text) return write_escaped(out, node.m_text);
  const bool is_raw = node.m_kind == Node::Kind::raw;
  const bool is_element = is_raw || node.m_kind == Node::Kind::element;
  const std::string_view name = is_raw ? node.m_raw_name : node.m_tag.name();
  if (is_element) {
    out += '<';
    out += name;
    for (const Attribute& attribute : node.m_attributes) write_attribute(out, attribute);
    out += '>';
    // A line feed right after these is not part of them.
    if (name == "pre" || name == "textarea") out += '\n';
  }
  if (is_raw) out += node.m_text;
  for (const Node& child : node.m_children) write(out, child);
  if (is_element && (is_raw || !node.m_tag.is_void())) {
    out += "</";
    out += name;
    out += '>';
  }
}

std::string render(const Node& node) {
  std::string out;
  write(out, node);
  return out;
}

std::string document(const Node& html) { return "<!doctype html>\n" + render(html) + "\n"; }

bool is_safe_address(std::string_view address) {
  // Browsers skip blanks and control characters in schemes, and take "\" for "/".
  const auto is_odd = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == '\\' || c == 0x7f; };
  if (std::ranges::any_of(address, is_odd) || address.starts_with("//")) return false;
  const std::size_t colon = address.find(':');
  if (colon > address.find_first_of("/?#")) return true;
  if (colon == std::string_view::npos) return true;
  std::string scheme(address.substr(0, colon));
  for (char& c : scheme) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return scheme == "http" || scheme == "https" || scheme == "mailto";
}

}  // namespace culprit::html
