#include "output/words/commit_texts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "output/words/text.h"

namespace culprit::output {
namespace {

// The roles of people who answer for the change; every other role gets a copy.
constexpr std::array<std::string_view, 7> k_asked = {"author",   "signed-off-by", "committer", "reviewed-by",
                                                     "acked-by", "maintainer",    "supporter"};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

// A person may have several roles ("author, Signed-off-by"), and get_maintainer.pl says of what they are
// ("maintainer:EXT4 FILE SYSTEM").
bool is_asked(std::string_view roles) {
  for (const std::string_view role : base::split(roles, ',')) {
    const std::string name = lower(base::trim(role.substr(0, role.find(':'))));
    if (std::ranges::find(k_asked, std::string_view(name)) != k_asked.end()) return true;
  }
  return false;
}

void add(std::vector<Contact>& list, const Contact& contact) {
  const std::string email = lower(contact.email);
  for (const Contact& known : list)
    if (lower(known.email) == email) return;
  list.push_back(contact);
}

}  // namespace

std::optional<model::CommitInfo> CommitTexts::info_of(const model::CommitId& commit) const {
  return info ? info(commit) : std::nullopt;
}
std::string CommitTexts::diffstat_of(const model::CommitId& commit) const {
  return diffstat ? diffstat(commit) : std::string();
}
std::vector<Contact> CommitTexts::contacts_of(const model::CommitId& commit) const {
  return contacts ? contacts(commit) : std::vector<Contact>();
}

std::string git_show(const model::CommitInfo& info, std::string_view diffstat) {
  std::string out = fmt::format("commit {}\n", info.id.hex());
  if (info.parents.size() > 1) {
    out += "Merge:";
    for (const model::CommitId& parent : info.parents) out += " " + parent.short_hex();
    out += "\n";
  }
  out += fmt::format("Author: {} <{}>\nDate:   {}\n\n    {}\n", info.author_name, info.author_email,
                     info.author_date, info.title);
  std::string_view body = info.body;
  body.remove_prefix(std::min(body.find_first_not_of("\r\n"), body.size()));
  body = body.substr(0, body.find_last_not_of(" \t\r\n") + 1);
  if (!body.empty()) out += "    \n";
  for (const std::string_view line : base::split_lines(body)) out += fmt::format("    {}\n", line);
  if (base::trim(diffstat).empty()) return out;
  out += '\n';
  for (const std::string_view line : base::split_lines(diffstat))
    if (!base::trim(line).empty()) out += fmt::format("{}\n", line);
  return out;
}

std::optional<ShownCommit> parse_git_show(std::span<const std::string_view> lines) {
  ShownCommit out;
  model::CommitInfo& info = out.info;
  std::size_t i = 0;
  while (i < lines.size() && base::trim(lines[i]).empty()) ++i;
  if (i == lines.size() || !lines[i].starts_with("commit ")) return std::nullopt;
  const auto id = model::CommitId::from_hex(lines[i].substr(7, lines[i].find(' ', 7) - 7));
  if (!id) return std::nullopt;
  info.id = *id;
  for (++i; i < lines.size() && !base::trim(lines[i]).empty() && !lines[i].starts_with("    "); ++i) {
    const std::string_view line = lines[i];
    const std::string_view value = base::trim(line.substr(std::min(line.find(':') + 1, line.size())));
    if (line.starts_with("Author:")) {
      const std::size_t open = value.rfind('<');
      info.author_name = base::trim(value.substr(0, open));
      if (open != std::string_view::npos)
        info.author_email = value.substr(open + 1, value.rfind('>') - open - 1);
    } else if (line.starts_with("Date:")) {
      info.author_date = value;
    }
  }
  std::string message;
  for (; i < lines.size(); ++i) {
    if (!lines[i].starts_with("    ") && !base::trim(lines[i]).empty()) break;
    message += lines[i].substr(std::min<std::size_t>(4, lines[i].size()));
    message += '\n';
  }
  const std::string_view text = base::trim(message);
  info.title = base::trim(text.substr(0, text.find('\n')));
  info.body = base::trim(text.substr(std::min(text.find('\n'), text.size())));
  for (; i < lines.size(); ++i)
    if (!base::trim(lines[i]).empty()) (out.diffstat += lines[i]) += '\n';
  return out;
}

Addressees addressees(const std::vector<Contact>& contacts) {
  Addressees out;
  for (const Contact& contact : contacts)
    if (!contact.email.empty() && is_asked(contact.role)) add(out.to, contact);
  std::vector<Contact> seen = out.to;
  for (const Contact& contact : contacts) {
    if (contact.email.empty()) continue;
    const std::size_t before = seen.size();
    add(seen, contact);
    if (seen.size() > before) out.cc.push_back(contact);
  }
  for (std::vector<Contact>* list : {&out.to, &out.cc})
    std::ranges::sort(*list, {}, [](const Contact& c) { return lower(c.email); });
  return out;
}

}  // namespace culprit::output
