// Kernel people read mail as text, quote it and reply in it, and programs pick lines out of it: so it is plain text of
// short lines, the crash is not folded, and the lines that programs want (Fixes:, Reported-by:, #regzbot) stand alone
// and whole, as Documentation/process/ and Documentation/admin-guide/reporting-regressions.rst of the kernel have them.
#include "output/mail.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/files.h"
#include "base/strings.h"
#include "model/run/outcome.h"
#include "output/summary/happening.h"
#include "output/summary/marks.h"
#include "output/words/duration.h"
#include "output/words/mail_headers.h"
#include "output/words/telling.h"
#include "output/words/text.h"

namespace culprit::output {
namespace {

constexpr std::size_t k_columns = 72;
// Of the crash: the longest lockdep report of tests/golden has 190 lines; a stack must not be cut.
constexpr std::size_t k_mailed_lines = 400;

std::string paragraph(std::string_view text) {
  std::string out;
  for (const std::string& line : wrap(one_line(text), k_columns)) out += line + "\n";
  return out + "\n";
}

std::string runs_of(const Summary& summary, const model::CommitId& commit, std::string_view shows) {
  const RevisionSummary* revision = summary.find(commit);
  if (revision == nullptr || revision->runs.empty()) return {};
  std::size_t target = 0;
  std::size_t ok = 0;
  for (const RunSummary& run : revision->runs) {
    target += mark_of(run) == Mark::target;
    ok += mark_of(run) == Mark::ok;
  }
  return fmt::format("it {} in {} of {}", shows, target, counted(target + ok, "run"));
}

std::string tested_lines(const Summary& summary) {
  std::string out;
  for (const RevisionSummary& revision : summary.revisions) {
    if (!revision.answered()) continue;
    StyledLine line(Style{}, k_columns + 8);
    line.put("  ").put_padded(revision.commit.short_hex(), 13).put_padded(revision.label, 10);
    line.put_padded(verdict_text(revision), 10);
    put_marks(line, runs_to_show(revision), 24);
    out += line.str() + "\n";
  }
  if (summary.stats.runs == 0) return out + "\n";
  StyledLine legend(Style{}, k_columns + 8);
  put_legend(legend.put("  "));
  return out + legend.str() + "\n\n";
}

std::string crash_lines(const CrashExcerpt& crash, const MailOptions& options) {
  std::string out = one_line(crash.title) + "\n\n";
  const std::string clean = harmless(without_checkouts(report_lines(crash.text, options.crash_head)));
  const std::vector<std::string_view> lines = base::split_lines(clean);
  for (std::size_t i = 0; i < std::min(lines.size(), k_mailed_lines); ++i)
    out += std::string(lines[i]) + "\n";
  if (lines.size() > k_mailed_lines)
    out += fmt::format("[{} more]\n", counted(lines.size() - k_mailed_lines, "line"));
  return out + "\n";
}

class Draft {
 public:
  Draft(const Summary& summary, const CommitTexts& texts, const MailOptions& options)
      : m_summary(summary),
        m_texts(texts),
        m_options(options),
        m_crash(shown_crash(summary)),
        m_happening(happening_of(summary)) {}

  Mail write();

 private:
  bool fix() const { return m_summary.problem.goal == model::Goal::fix; }
  const model::Conclusion& conclusion() const { return *m_summary.conclusion; }
  std::string title_of(const model::CommitId& commit) const;
  // "v6.1.30 (1234abcd5678, "title")": a hash alone says nothing to who has another tree.
  std::string named(const model::CommitId& commit) const;
  std::string crash_title() const;
  void recipients(Mail& mail) const;
  std::string opening() const;
  std::string evidence() const;
  std::string built_on(Mail& mail) const;
  std::string trailers() const;

  const Summary& m_summary;
  const CommitTexts& m_texts;
  const MailOptions& m_options;
  const CrashExcerpt* m_crash;
  Happening m_happening;
};

std::string Draft::title_of(const model::CommitId& commit) const {
  if (const auto info = m_texts.info_of(commit)) return info->title;
  const RevisionSummary* revision = m_summary.find(commit);
  return revision != nullptr ? revision->title : std::string();
}

std::string Draft::named(const model::CommitId& commit) const {
  const std::string name = m_summary.name_of(commit);
  const std::string title = one_line(title_of(commit));
  std::string inside = name == commit.short_hex() ? "" : commit.short_hex();
  if (!title.empty()) inside += fmt::format("{}\"{}\"", inside.empty() ? "" : ", ", title);
  return inside.empty() ? name : fmt::format("{} ({})", name, inside);
}

// Nothing is known of the bug that a person tells by hand.
std::string Draft::crash_title() const {
  return m_crash != nullptr ? one_line(m_crash->title) : std::string("bug");
}

void Draft::recipients(Mail& mail) const {
  std::vector<Contact> contacts = m_texts.contacts_of(*conclusion().culprit);
  for (Contact person : m_options.to) {
    person.role = "author";  // is asked
    contacts.push_back(std::move(person));
  }
  contacts.insert(contacts.end(), m_options.cc.begin(), m_options.cc.end());
  const bool on_kernel_lists = std::ranges::any_of(contacts, [](const Contact& c) {
    return c.email.ends_with("@vger.kernel.org") || c.email.ends_with("@lists.linux.dev");
  });
  if (m_summary.subject == model::Subject::kernel && !fix() && on_kernel_lists)
    contacts.push_back({"", "regressions@lists.linux.dev", "list"});
  Addressees who = addressees(contacts);
  // A mail needs somebody to whom it is: where nobody is asked, those who would get a copy are.
  if (who.to.empty()) std::swap(who.to, who.cc);
  mail.to = std::move(who.to);
  mail.cc = std::move(who.cc);
}

std::string Draft::opening() const {
  const model::Conclusion& c = conclusion();
  const std::string sure = c.probability > 0 ? fmt::format(" (probability {})", percent(c.probability)) : "";
  const std::string start = named(m_summary.problem.start);
  const std::string shows =
      m_crash != nullptr ? fmt::format("{} {} with \"{}\".", start, m_happening.shows, crash_title())
      : m_happening.kind == Happening::Kind::spoken ? start + " has a bug."
                                                    : start + " " + m_happening.shows + ".";
  std::string out = paragraph(fmt::format("{} {} ends at this {}{}:", shows,
                                          fix() ? std::string("A search for the commit that mended it")
                                          : m_crash != nullptr ? "A bisection of the " + m_happening.noun
                                                               : std::string("A bisection of it"),
                                          fix() ? "one" : "commit", sure));
  return out + "  " + commit_reference(*c.culprit, title_of(*c.culprit)) + "\n\n";
}

std::string Draft::evidence() const {
  const model::Conclusion& c = conclusion();
  std::string text;
  if (const std::string at = runs_of(m_summary, *c.culprit, m_happening.shows); !at.empty() && !fix())
    text = "With it applied " + at + ". ";
  text += c.explanation;
  return base::trim(text).empty() ? std::string() : paragraph(text);
}

std::string Draft::built_on(Mail& mail) const {
  const Circumstances& c = m_options.circumstances;
  std::string out;
  const auto put = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) out += fmt::format("  {}: {}\n", name, one_line(value));
  };
  put("architecture", c.architecture);
  std::set<std::string> compilers;
  for (const RevisionSummary& revision : m_summary.revisions)
    if (!revision.compiler.empty()) compilers.insert(revision.compiler);
  for (const std::string& compiler : compilers) put("compiler", compiler);
  put("built with", c.build);
  put("configuration", c.configuration);
  put("command line", c.command_line);
  put("machine", c.machine);
  put("test", c.command);
  for (const auto& [name, value] : c.options) {
    std::string small = name;
    if (!small.empty() && small[0] >= 'A' && small[0] <= 'Z') small[0] = static_cast<char>(small[0] + 32);
    put(small, value);
  }
  std::size_t size = 0;
  for (const NamedText& file : c.files) {
    if (size + file.text.size() <= k_attachments_limit) {
      size += file.text.size();
      mail.attachments.push_back(file);
      put("attached", file.name);
    } else {
      put("too large to attach", fmt::format("{}, {}, sha256 {}", file.name,
                                             base::format_bytes(file.text.size()), base::sha256(file.text)));
    }
  }
  return out.empty() ? out : "Built and run with:\n\n" + out + "\n";
}

std::string Draft::trailers() const {
  const model::Conclusion& c = conclusion();
  const std::string reference = commit_reference(*c.culprit, title_of(*c.culprit));
  const std::string reporter = one_line(m_options.reported_by);
  std::string out;
  if (fix()) {
    out =
        "Trees that have the " + m_happening.noun + " and lack this commit want it:\n\n  " + reference + "\n";
  } else {
    out = "If you fix this, please refer to the commit";
    out += reporter.empty() ? ":\n\n" : " and the report:\n\n";
    out += "Fixes: " + reference + "\n";
    if (!reporter.empty()) out += "Reported-by: " + reporter + "\n";
  }
  if (m_summary.subject != model::Subject::kernel) return out;
  // regzbot reads lines that begin so, in a paragraph of their own.
  if (fix()) return out + "\n#regzbot fix: " + one_line(title_of(*c.culprit)) + "\n";
  return out +
         fmt::format("\n#regzbot introduced: {}\n#regzbot title: {}\n", c.culprit->hex(), crash_title());
}

Mail Draft::write() {
  const std::string title = one_line(title_of(*conclusion().culprit));
  Mail mail;
  recipients(mail);
  mail.from = m_options.from;
  mail.in_reply_to = message_id_of(m_options.in_reply_to);
  mail.date = m_options.now;
  mail.subject = fix() ? fmt::format("{}: fixed by \"{}\"", crash_title(), title)
                       : fmt::format("{}: bisected to \"{}\"", crash_title(), title);
  mail.body = "Hello,\n\n" + opening() + evidence();
  if (m_crash != nullptr) mail.body += crash_lines(*m_crash, m_options);
  mail.body += "Tested:\n\n" + tested_lines(m_summary) + counted(m_summary.tested(), "revision");
  const Stats& stats = m_summary.stats;
  if (stats.builds + stats.runs > 0)
    mail.body +=
        fmt::format(", {} in {}, {} in {}", counted(stats.builds, "build"), short_duration(stats.build_s),
                    counted(stats.runs, "run"), short_duration(stats.run_s));
  mail.body += ".\n\n" + built_on(mail) + trailers();
  return mail;
}

// A line that stands in no part of the mail: it ends each of them.
std::string boundary_for(const Mail& mail) {
  std::string all = mail.body;
  for (const NamedText& file : mail.attachments) all += file.text;
  return "culprit-" + base::sha256(all).substr(0, 32);
}

std::string part_head(std::string_view all) {
  return fmt::format("Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: {}\n",
                     is_ascii(all) ? "7bit" : "8bit");
}

// A file's name in a header: what is not plain becomes "_".
std::string file_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '-' || c == '_';
    out += plain ? c : '_';
  }
  return out;
}

}  // namespace

std::string commit_reference(const model::CommitId& commit, std::string_view title) {
  return fmt::format("{} (\"{}\")", commit.short_hex(), one_line(title));
}

std::string head_in(std::string_view console, const CrashExcerpt& crash) {
  if (!crash.is_report || crash.start >= console.size()) return {};
  console.remove_prefix(crash.start);
  return std::string(console.substr(0, console.find('\n')));
}

std::string report_lines(std::string_view text, std::string_view head) {
  std::vector<std::string_view> lines = base::split_lines(text);
  std::erase_if(lines, [](std::string_view line) { return line.starts_with(model::k_reproducer_mark); });
  const std::string_view head_line = base::trim(head);
  const auto is_rule = [](std::string_view line) {
    return line.find("[ cut here ]") != std::string_view::npos ||
           (line.size() > 20 && line.find_first_not_of("=-") == std::string_view::npos);
  };
  std::size_t first = 0;
  // The console's line has a front (a time, a level) that the report's lacks.
  for (std::size_t i = 0; i < lines.size() && !head_line.empty(); ++i) {
    const std::string_view body = base::trim(lines[i]);
    if (body.empty() || !head_line.ends_with(body)) continue;
    first = i > 0 && is_rule(base::trim(lines[i - 1])) ? i - 1 : i;
    break;
  }
  std::string out;
  for (std::size_t i = first; i < lines.size(); ++i) (out += lines[i]) += '\n';
  return out;
}

std::optional<Mail> draft_mail(const Summary& summary, const CommitTexts& texts, const MailOptions& options) {
  if (!summary.conclusion || !summary.conclusion->culprit || summary.conclusion->no_op) return std::nullopt;
  return Draft(summary, texts, options).write();
}

std::optional<std::string> why_not_sent(const Summary& summary, double confidence) {
  using Kind = model::Verification::Kind;
  if (!summary.conclusion) return "the bisection has not come to its end";
  const model::Conclusion& c = *summary.conclusion;
  if (c.kind != model::ResultKind::culprit || !c.culprit) return "the answer names no commit";
  if (c.no_op) return "the commit's binary equals its parent's";
  if (c.probability < confidence)
    return fmt::format("the answer has a probability of {} and would need {}", percent(c.probability),
                       percent(confidence));
  if (c.verification &&
      (c.verification->kind == Kind::still_crashes || c.verification->kind == Kind::still_absent))
    return "taking the commit back contradicts the answer";
  for (const RevisionSummary& revision : summary.revisions)
    if (revision.contradicted())
      return "people's words on " + summary.name_of(revision.commit) + " contradict each other";
  return std::nullopt;
}

std::string mail_id(const Summary& summary, std::string_view domain) {
  const std::string culprit =
      summary.conclusion && summary.conclusion->culprit ? summary.conclusion->culprit->hex() : "";
  const std::string key = fmt::format("{} {} {} {:.3f}", model::name_of(summary.problem.goal),
                                      summary.problem.start.hex(), culprit, summary.started_at);
  return fmt::format("culprit-{}@{}", base::sha256(key).substr(0, 32), domain);
}

std::string render_mail(const Mail& mail) {
  std::string out;
  if (mail.from) out += address_header("From", {*mail.from});
  out += address_header("To", mail.to) + address_header("Cc", mail.cc);
  out += text_header("Subject", mail.subject);
  if (mail.date > 0) out += date_header(mail.date);
  if (!mail.message_id.empty()) out += fmt::format("Message-ID: <{}>\n", mail.message_id);
  if (!mail.in_reply_to.empty())
    out += fmt::format("In-Reply-To: <{}>\nReferences: <{}>\n", mail.in_reply_to, mail.in_reply_to);
  out += "MIME-Version: 1.0\n";
  if (mail.attachments.empty())
    return out + "Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n\n" + mail.body;
  const std::string boundary = boundary_for(mail);
  out += fmt::format("Content-Type: multipart/mixed; boundary=\"{}\"\n\n", boundary);
  out += fmt::format("--{}\n{}\n{}\n", boundary, part_head(mail.body), mail.body);
  for (const NamedText& file : mail.attachments)
    out += fmt::format("--{}\n{}Content-Disposition: attachment; filename=\"{}\"\n\n{}\n", boundary,
                       part_head(file.text), file_name(file.name), file.text);
  return out + fmt::format("--{}--\n", boundary);
}

}  // namespace culprit::output
