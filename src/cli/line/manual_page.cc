#include "cli/line/manual_page.h"

#include <fmt/format.h>

#include "base/strings.h"

namespace culprit::cli {
namespace {

// A line of text that roff takes for nothing else.
std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
  }
  if (out.starts_with('.') || out.starts_with('\'')) out.insert(0, "\\&");
  return out;
}

constexpr const char* k_description =
    ".B culprit\n"
    "builds and runs revisions of a git repository, in checkouts of its own, until it knows which commit "
    "broke\n"
    "something (or, with\n"
    ".BR \\-\\-fix ,\n"
    "which one mended it). It reads what every run printed and asks whether this bug showed, takes flaky "
    "tests as they\n"
    "are, records everything, and continues after any stop. By hand it takes the place of\n"
    ".BR git\\-bisect (1):\n"
    "you test and say what you saw. Installed as\n"
    ".BR git\\-culprit ,\n"
    "it is also\n"
    ".BR \"git culprit\" .\n"
    ".PP\n"
    ".B \\-C\n"
    "and\n"
    ".B \\-\\-state\n"
    "may stand before the command. Where a command is given after\n"
    ".BR \\-\\- ,\n"
    "the word\n"
    ".B bisect\n"
    "may be left out:\n"
    ".IR \"culprit BAD GOOD \\-\\- ./test.sh\" .\n"
    "A file named\n"
    ".B \\-\n"
    "is standard input or output.\n";

constexpr const char* k_end =
    ".SH FILES\n"
    ".TP\n"
    ".I $XDG_STATE_HOME/culprit/\n"
    "the record of the bisections, a folder for each repository (default\n"
    ".IR ~/.local/state/culprit/ )\n"
    ".SH SEE ALSO\n"
    ".BR git\\-bisect (1);\n"
    "manual.md, kernel.md and replay.md in the documentation folder.\n";

std::string option_entry(const OptionText& option) {
  std::string out = ".TP\n";
  for (std::size_t i = 0; i < option.names.size(); ++i)
    out += (i == 0 ? ".B " : ", ") + roff(option.names[i]);
  if (!option.type.empty() && !option.is_positional()) out += " " + roff(option.type);
  if (!option.choices.empty()) out += " (" + roff(base::join(option.choices, ", ")) + ")";
  return out + "\n" + roff(option.about) + "\n";
}

}  // namespace

std::string manual_page(std::span<const CommandText> commands, const std::string& version,
                        const std::string& exit_codes) {
  std::string out = fmt::format(".TH CULPRIT 1 \"\" \"culprit {}\" \"User Commands\"\n", version);
  out +=
      ".SH NAME\nculprit, git\\-culprit \\- find the commit that broke or mended something\n.SH SYNOPSIS\n";
  for (const char* line : {"culprit bisect [OPTION...] -- COMMAND [ARG...]",
                           "culprit BAD GOOD -- COMMAND [ARG...]", "culprit bisect --config KERNEL.toml",
                           "culprit bisect --manual [OPTION...]", "culprit COMMAND [OPTION...]"})
    out += fmt::format("{}.B {}\n", out.ends_with("SYNOPSIS\n") ? "" : ".br\n", roff(line));
  out += std::string(".SH DESCRIPTION\n") + k_description + ".SH COMMANDS\n";
  for (const CommandText& command : commands) {
    out += fmt::format(".SS culprit {}\n{}\n", roff(command.name), roff(command.about + "."));
    for (const OptionText& option : command.options)
      if (option.names.back() != "--help") out += option_entry(option);
    if (!command.footer.empty()) {
      out += ".PP\n.nf\n";
      for (const std::string_view line : base::split_lines(command.footer)) out += roff(line) + "\n";
      out += ".fi\n";
    }
  }
  out += ".SH EXIT STATUS\n";
  for (const std::string_view line : base::split_lines(exit_codes)) out += roff(line) + "\n";
  return out + k_end;
}

}  // namespace culprit::cli
