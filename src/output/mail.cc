// Names and titles come from commits that anybody may have written, so a header is never put together from
// raw text: control characters go (a line feed would begin another header), names with specials are quoted,
// names beyond ASCII become encoded words of at most 75 characters (RFC 2047, "B" encoding).
#include "output/mail.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "base/strings.h"
#include "output/summary/marks.h"
#include "output/words/duration.h"
#include "output/words/text.h"

namespace culprit::output {
namespace {

constexpr std::size_t k_columns = 72;
constexpr std::size_t k_crash_lines = 60;

std::string base64(std::string_view bytes) {
  static constexpr char k_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t n = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8 | (k < n ? static_cast<std::uint8_t>(bytes[i + k]) : 0);
    for (std::size_t k = 0; k < 4; ++k) out += k <= n ? k_digits[group >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// 45 bytes make 60 digits: with "=?UTF-8?B?" and "?=" 72 characters.
std::string encoded_words(std::string_view text) {
  constexpr std::size_t k_bytes = 45;
  std::string out;
  while (!text.empty()) {
    std::size_t size = std::min(k_bytes, text.size());
    while (size < text.size() && size > 1 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
    out += fmt::format("{}=?UTF-8?B?{}?=", out.empty() ? "" : "\n ", base64(text.substr(0, size)));
    text.remove_prefix(size);
  }
  return out;
}

std::string address(const Contact& contact) {
  std::string email = one_line(contact.email, false);
  std::erase_if(email, [](char c) { return c == '<' || c == '>' || c == ',' || c == ' '; });
  const std::string name(base::trim(one_line(contact.name)));
  if (name.empty()) return email;
  if (!is_ascii(name)) return fmt::format("{} <{}>", encoded_words(name), email);
  if (name.find_first_of("()<>[]:;@\\,.\"") == std::string::npos) return fmt::format("{} <{}>", name, email);
  std::string quoted;
  for (const char c : name) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return fmt::format("\"{}\" <{}>", quoted, email);
}

std::string address_header(std::string_view name, const std::vector<Contact>& contacts) {
  if (contacts.empty()) return {};
  std::string out = fmt::format("{}: ", name);
  for (std::size_t i = 0; i < contacts.size(); ++i) {
    if (i > 0) out += ",\n\t";
    out += address(contacts[i]);
  }
  return out + "\n";
}

std::string paragraph(std::string_view text) {
  std::string out;
  for (const std::string& line : wrap(one_line(text), k_columns)) out += line + "\n";
  return out + "\n";
}

std::string runs_of(const Summary& summary, const model::CommitId& commit) {
  const RevisionSummary* revision = summary.find(commit);
  if (revision == nullptr || revision->runs.empty()) return {};
  std::size_t target = 0;
  std::size_t ok = 0;
  for (const RunSummary& run : revision->runs) {
    target += mark_of(run) == Mark::target;
    ok += mark_of(run) == Mark::ok;
  }
  return fmt::format("it crashes in {} of {}", target, counted(target + ok, "run"));
}

std::string tested_lines(const Summary& summary) {
  std::string out;
  for (const RevisionSummary& revision : summary.revisions) {
    if (!revision.answered()) continue;
    StyledLine line(Style{}, k_columns + 8);
    line.put("  ").put_padded(revision.commit.short_hex(), 13).put_padded(revision.label, 10);
    line.put_padded(verdict_text(revision), 10);
    put_marks(line, revision.runs, 24);
    out += line.str() + "\n";
  }
  if (summary.stats.runs == 0) return out + "\n";
  StyledLine legend(Style{}, k_columns + 8);
  put_legend(legend.put("  "));
  return out + legend.str() + "\n\n";
}

std::string crash_lines(const CrashExcerpt& crash) {
  std::string out = one_line(crash.title) + "\n\n";
  const std::string clean = harmless(crash.text);
  const std::vector<std::string_view> lines = base::split_lines(clean);
  for (std::size_t i = 0; i < std::min(lines.size(), k_crash_lines); ++i) out += std::string(lines[i]) + "\n";
  if (lines.size() > k_crash_lines)
    out += fmt::format("[{} more]\n", counted(lines.size() - k_crash_lines, "line"));
  return out + "\n";
}

}  // namespace

std::string commit_reference(const model::CommitId& commit, std::string_view title) {
  return fmt::format("{} (\"{}\")", commit.short_hex(), one_line(title));
}

std::optional<Mail> draft_mail(const Summary& summary, const CommitTexts& texts) {
  if (!summary.conclusion || !summary.conclusion->culprit || summary.conclusion->no_op) return std::nullopt;
  const model::Conclusion& c = *summary.conclusion;
  const bool fix = summary.problem.goal == model::Goal::fix;
  const auto info = texts.info_of(*c.culprit);
  const RevisionSummary* revision = summary.find(*c.culprit);
  const std::string title = info ? info->title : revision != nullptr ? revision->title : std::string();
  const CrashExcerpt* crash = shown_crash(summary);
  // Nothing is known of the bug that a person tells by hand.
  const std::string crash_title = crash != nullptr ? one_line(crash->title) : std::string("bug");

  Mail mail;
  Addressees who = addressees(texts.contacts_of(*c.culprit));
  mail.to = std::move(who.to);
  mail.cc = std::move(who.cc);
  mail.subject = fix ? fmt::format("{}: fixed by \"{}\"", crash_title, one_line(title))
                     : fmt::format("{}: bisected to \"{}\"", crash_title, one_line(title));
  std::string& body = mail.body;
  body = "Hello,\n\n";
  const std::string sure = c.probability > 0 ? fmt::format(" (probability {})", percent(c.probability)) : "";
  const std::string start = summary.name_of(summary.problem.start);
  const std::string shows =
      crash != nullptr ? fmt::format("{} crashes with \"{}\".", start, crash_title) : start + " has a bug.";
  body += paragraph(fmt::format("{} {} ends at this {}{}:", shows,
                                fix                ? "A search for the commit that mended it"
                                : crash != nullptr ? "A bisection of the crash"
                                                   : "A bisection of it",
                                fix ? "one" : "commit", sure));
  body += "  " + commit_reference(*c.culprit, title) + "\n\n";
  std::string evidence;
  if (const std::string at = runs_of(summary, *c.culprit); !at.empty() && !fix)
    evidence = "With it applied " + at + ". ";
  evidence += c.explanation;
  if (!base::trim(evidence).empty()) body += paragraph(evidence);
  if (crash != nullptr) body += crash_lines(*crash);
  body += "Tested:\n\n" + tested_lines(summary);
  body += counted(summary.tested(), "revision");
  if (summary.stats.builds + summary.stats.runs > 0)
    body += fmt::format(", {} in {}, {} in {}", counted(summary.stats.builds, "build"),
                        short_duration(summary.stats.build_s), counted(summary.stats.runs, "run"),
                        short_duration(summary.stats.run_s));
  body += ".\n\n";
  if (!fix)
    body += "If you fix this, please refer to the commit:\n\nFixes: " + commit_reference(*c.culprit, title) +
            "\n";
  else
    body += "Trees that have the crash and lack this commit want it:\n\n  " +
            commit_reference(*c.culprit, title) + "\n";
  return mail;
}

std::string render_mail(const Mail& mail) {
  const std::string subject = one_line(mail.subject);
  std::string out = address_header("To", mail.to) + address_header("Cc", mail.cc);
  out += fmt::format("Subject: {}\n", is_ascii(subject) ? subject : encoded_words(subject));
  out += "MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n\n";
  return out + mail.body;
}

}  // namespace culprit::output
