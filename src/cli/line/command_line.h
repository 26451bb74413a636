// The command line, without the library that parses it: CLI11 costs seconds in each file that includes it, so
// that one alone does.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace culprit::cli {

// The options of one command. What an option says is written to the variable it was given, which must live
// until the command has run; `names` are as "-q,--quiet", a name without a dash is a positional argument.
// A handle: copies mean the same command.
class Options {
 public:
  Options(CLI::App& app, std::function<int()>& body) : m_app(&app), m_body(&body) {}

  // What follows stands under this heading of --help.
  void under(std::string heading) { m_heading = std::move(heading); }

  void flag(const std::string& names, bool& value, const std::string& about);
  void text(const std::string& names, std::string& value, const std::string& about,
            const std::string& type = "TEXT");
  // May be repeated. A positional one takes all that is left.
  void texts(const std::string& names, std::vector<std::string>& values, const std::string& about,
             const std::string& type = "TEXT");
  void one_of(const std::string& names, std::string& value, const std::vector<std::string>& choices,
              const std::string& about);
  // `least` and `most` are allowed. `type` empty: "INT", "FLOAT".
  void integer(const std::string& names, int& value, int least, int most, const std::string& about,
               const std::string& type = "");
  void integer(const std::string& names, std::int64_t& value, int least, int most, const std::string& about);
  void number(const std::string& names, double& value, double least, double most, const std::string& about,
              const std::string& type = "");
  void number(const std::string& names, std::optional<double>& value, double least, double most,
              const std::string& about, const std::string& type = "");
  void count(const std::string& names, std::uint64_t& value, const std::string& about);
  // As texts(), and each may be followed by several: "--skip A B --skip C".
  void several(const std::string& names, std::vector<std::string>& values, const std::string& about,
               const std::string& type = "TEXT");
  // The one added last must be given.
  void required();

  // Below the options.
  void footer(const std::string& text);
  // Words that are no option of it are kept, --help among them: rest().
  void take_everything();
  std::vector<std::string> rest() const;

  // What the command does; yields the exit code.
  void run(std::function<int()> body);

  // Is it on the command line? A flag that was turned off (--no-x) asks for nothing.
  bool given(const std::string& name) const;
  // The long names, "--quiet" and the like, --help left out: the first one of each option.
  std::vector<std::string> names() const;

 private:
  CLI::App* m_app;
  std::function<int()>* m_body;
  std::string m_heading;
};

// A command as it was added, for who writes of all of them: completion, the manual page.
struct OptionText {
  std::vector<std::string> names;  // "-q", "--quiet"; of a positional argument its name alone, without dashes
  std::string about;
  std::string type;                  // "REV", "FILE", "DIR", "N", ...; empty: it takes no value
  std::vector<std::string> choices;  // of the value; empty: any
  bool is_positional() const { return !names.front().starts_with('-'); }
};
struct CommandText {
  std::string name;
  std::string about;
  std::string footer;
  std::vector<OptionText> options;
};

class CommandLine {
 public:
  CommandLine(const std::string& about, const std::string& version, const std::string& footer);
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  Options add(const std::string& name, const std::string& about);
  // The options of a command that was added.
  Options of(const std::string& name) const;

  // Runs the command that `arguments` name, and yields its exit code; prints what is wrong with them, or
  // help. `command` is what stands behind "--": only the command `takes_command` may have one.
  // So may `others`.
  int run(std::vector<std::string> arguments, std::vector<std::string> command,
          const std::string& takes_command, const std::vector<std::string>& others = {});
  // What stands behind "--", while run() runs.
  const std::vector<std::string>& behind_dashes() const;

  // All commands, in the order in which they were added.
  std::vector<CommandText> describe() const;
  // What `culprit --help`, or `culprit COMMAND --help`, prints; empty where there is no such command.
  std::string help_of(const std::string& command) const;

 private:
  struct Parser;
  std::unique_ptr<Parser> m_parser;
};

}  // namespace culprit::cli
