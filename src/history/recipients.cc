#include "history/recipients.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/strings.h"

namespace culprit::history {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

// An address is nobody's if `where` says so of the text.
struct Nobody {
  enum class Where { local_part, address_begins, address_ends, name_has };
  Where where;
  std::string_view text;  // lower case
};

constexpr std::array k_nobodies = {
    Nobody{Nobody::Where::local_part, "noreply"},
    Nobody{Nobody::Where::local_part, "no-reply"},
    Nobody{Nobody::Where::local_part, "donotreply"},
    Nobody{Nobody::Where::address_ends, "@users.noreply.github.com"},
    Nobody{Nobody::Where::name_has, "[bot]"},
    Nobody{Nobody::Where::name_has, "test robot"},
    Nobody{Nobody::Where::address_begins, "syzbot+"},
    Nobody{Nobody::Where::address_begins, "syzbot@"},
    Nobody{Nobody::Where::address_begins, "stable@vger.kernel.org"},  // a marker for back-porting
    Nobody{Nobody::Where::address_begins, "stable@kernel.org"},
};

bool is_nobody(const Recipient& recipient) {
  const std::string address = lower(recipient.email), name = lower(recipient.name);
  return std::ranges::any_of(k_nobodies, [&](const Nobody& nobody) {
    switch (nobody.where) {
      case Nobody::Where::local_part:
        return address.starts_with(std::string(nobody.text) + "@");
      case Nobody::Where::address_begins:
        return address.starts_with(nobody.text);
      case Nobody::Where::address_ends:
        return address.ends_with(nobody.text);
      case Nobody::Where::name_has:
        return name.find(nobody.text) != std::string::npos;
    }
    return false;
  });
}

bool is_address(std::string_view text) {
  const std::size_t at = text.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
         text.find_first_of(" \t<>,;\"()") == std::string_view::npos;
}

std::string_view without_quotes(std::string_view name) {
  name = base::trim(name);
  if (name.size() >= 2 && name.front() == '"' && name.back() == '"') name = name.substr(1, name.size() - 2);
  return name;
}

// "Signed-off-by" of a line "Signed-off-by: somebody"; empty where there is none.
std::string_view trailer_key(std::string_view line) {
  const std::string_view key = line.substr(0, line.find(':'));
  const bool is_word = !key.empty() && key.size() < line.size() &&
                       std::isalpha(static_cast<unsigned char>(key[0])) &&
                       std::ranges::all_of(key, [](unsigned char c) { return std::isalpha(c) || c == '-'; });
  const std::string small = is_word ? lower(key) : "";
  return small == "cc" || small.ends_with("-by") ? key : std::string_view();
}

}  // namespace

std::optional<Recipient> parse_address(std::string_view text, std::string role) {
  text = base::trim(text);
  const std::size_t open = text.find('<'), close = text.find('>');
  if (open != std::string_view::npos && close != std::string_view::npos && open < close) {
    const std::string_view address = base::trim(text.substr(open + 1, close - open - 1));
    if (!is_address(address)) return std::nullopt;
    return Recipient{.name = std::string(without_quotes(text.substr(0, open))),
                     .email = std::string(address),
                     .role = std::move(role)};
  }
  const std::string_view address = text.substr(0, text.find_first_of(" \t,"));
  if (!is_address(address)) return std::nullopt;
  const std::string_view rest = base::trim(text.substr(address.size()));
  const bool has_name = rest.starts_with('(') && rest.ends_with(')');
  return Recipient{.name = std::string(has_name ? without_quotes(rest.substr(1, rest.size() - 2)) : ""),
                   .email = std::string(address),
                   .role = std::move(role)};
}

std::vector<Recipient> people_of(const model::CommitInfo& commit) {
  std::vector<Recipient> people{{.name = commit.author_name, .email = commit.author_email, .role = "author"}};
  for (const std::string_view line : base::split_lines(commit.body)) {
    const std::string_view key = trailer_key(line);
    if (key.empty()) continue;
    if (auto person = parse_address(line.substr(key.size() + 1), std::string(key)))
      people.push_back(std::move(*person));
  }
  return people;
}

std::vector<Recipient> parse_maintainers(std::string_view output) {
  std::vector<Recipient> people;
  for (const std::string_view line : base::split_lines(output)) {
    const std::string_view text = base::trim(line);
    // Subsystems have parentheses in their names, and so have people.
    const std::size_t open = text.find(" (", text.find('>') == std::string_view::npos ? 0 : text.find('>'));
    if (open == std::string_view::npos || !text.ends_with(')')) continue;
    const std::string_view role = text.substr(open + 2, text.size() - open - 3);
    if (auto person = parse_address(text.substr(0, open), std::string(role)))
      people.push_back(std::move(*person));
  }
  return people;
}

std::vector<Recipient> fold_recipients(std::span<const Recipient> people) {
  std::vector<Recipient> folded;
  for (const Recipient& person : people) {
    if (!is_address(person.email) || is_nobody(person)) continue;
    const std::string address = lower(person.email);
    const auto known =
        std::ranges::find_if(folded, [&](const Recipient& other) { return lower(other.email) == address; });
    if (known == folded.end()) {
      folded.push_back(person);
      continue;
    }
    if (known->name.empty()) known->name = person.name;
    const std::string roles = ", " + known->role + ",";
    if (roles.find(", " + person.role + ",") == std::string::npos) known->role += ", " + person.role;
  }
  return folded;
}

}  // namespace culprit::history
