#include "cli/line/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <map>

#include "base/exit_code.h"
#include "base/result.h"
#include "base/strings.h"

namespace culprit::cli {
namespace {

CLI::Option* headed(CLI::Option* option, const std::string& heading) {
  return heading.empty() ? option : option->group(heading);
}

template <class Value, class Bound>
void bounded(CLI::App& app, const std::string& names, Value& value, Bound least, Bound most,
             const std::string& about, const std::string& type, const std::string& heading) {
  CLI::Option* option = headed(app.add_option(names, value, about), heading);
  if (!type.empty()) option->type_name(type);
  option->check(CLI::Range(least, most));
}

}  // namespace

void Options::flag(const std::string& names, bool& value, const std::string& about) {
  headed(m_app->add_flag(names, value, about), m_heading);
}

void Options::text(const std::string& names, std::string& value, const std::string& about,
                   const std::string& type) {
  headed(m_app->add_option(names, value, about), m_heading)->type_name(type);
}

void Options::texts(const std::string& names, std::vector<std::string>& values, const std::string& about,
                    const std::string& type) {
  CLI::Option* option = headed(m_app->add_option(names, values, about), m_heading)->type_name(type);
  if (names.starts_with('-')) option->allow_extra_args(false);
}

void Options::several(const std::string& names, std::vector<std::string>& values, const std::string& about,
                      const std::string& type) {
  headed(m_app->add_option(names, values, about), m_heading)->type_name(type);
}

void Options::one_of(const std::string& names, std::string& value, const std::vector<std::string>& choices,
                     const std::string& about) {
  headed(m_app->add_option(names, value, about), m_heading)->check(CLI::IsMember(choices));
}

void Options::integer(const std::string& names, int& value, int least, int most, const std::string& about,
                      const std::string& type) {
  bounded(*m_app, names, value, least, most, about, type, m_heading);
}

void Options::integer(const std::string& names, std::int64_t& value, int least, int most,
                      const std::string& about) {
  bounded(*m_app, names, value, least, most, about, "", m_heading);
}

void Options::number(const std::string& names, double& value, double least, double most,
                     const std::string& about, const std::string& type) {
  bounded(*m_app, names, value, least, most, about, type, m_heading);
}

void Options::number(const std::string& names, std::optional<double>& value, double least, double most,
                     const std::string& about, const std::string& type) {
  bounded(*m_app, names, value, least, most, about, type, m_heading);
}

void Options::count(const std::string& names, std::uint64_t& value, const std::string& about) {
  headed(m_app->add_option(names, value, about), m_heading);
}

void Options::required() { m_app->get_options().back()->required(); }

void Options::footer(const std::string& text) { m_app->footer(text); }

void Options::take_everything() {
  m_app->set_help_flag();
  m_app->allow_extras();
}

std::vector<std::string> Options::rest() const { return m_app->remaining(); }

void Options::run(std::function<int()> body) { *m_body = std::move(body); }

bool Options::given(const std::string& name) const {
  const CLI::Option* option = m_app->get_option_no_throw(name);
  if (option == nullptr || option->count() == 0) return false;
  return option->get_expected_max() > 0 || option->as<bool>();
}

std::vector<std::string> Options::names() const {
  std::vector<std::string> names;
  for (const CLI::Option* option : std::as_const(*m_app).get_options())
    if (!option->get_lnames().empty() && option->get_lnames().front() != "help")
      names.push_back("--" + option->get_lnames().front());
  return names;
}

namespace {

// CLI11 keeps the choices of a value in the name of its type: "TEXT:{bash,zsh,fish}".
OptionText text_of(const CLI::Option& option) {
  OptionText out;
  for (const std::string& name : option.get_snames()) out.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) out.names.push_back("--" + name);
  if (out.names.empty()) out.names.push_back(option.get_name(true));
  out.about = option.get_description();
  if (option.get_expected_max() > 0) out.type = option.get_type_name();
  const std::size_t open = out.type.find('{'), close = out.type.rfind('}');
  if (open != std::string::npos && close != std::string::npos)
    for (const std::string_view word :
         base::split(std::string_view(out.type).substr(open + 1, close - open - 1), ','))
      out.choices.emplace_back(word);
  out.type = out.type.substr(0, out.type.find(':'));
  return out;
}

// git's `visualize` hands its options on.
constexpr const char* k_gits_view = "; what `git log` shows of it: git log --stat GOOD..BAD";

// What was meant by an option that there is not: "--gud" is near "--good", "-good" is it.
std::string meant_option(const CLI::App& command) {
  for (const std::string& word : command.remaining(true)) {
    if (!word.starts_with('-')) continue;
    const std::string bare = word.substr(std::min(word.find_first_not_of('-'), word.size()));
    std::vector<std::string> names;
    for (const CLI::Option* option : command.get_options())
      for (const std::string& name : option->get_lnames()) names.push_back(name);
    // "-g" is the first that begins so.
    const auto begins = [&](const std::string& name) { return name.starts_with(bare) && name != "help"; };
    if (const auto first = std::ranges::find_if(names, begins); bare.size() == 1 && first != names.end())
      return "did you mean '--" + *first + "'? ";
    const auto near = base::nearest_names(bare.substr(0, bare.find('=')), names);
    if (!near.empty()) return "did you mean '--" + near.front() + "'? ";
  }
  return {};
}

}  // namespace

struct CommandLine::Parser {
  CLI::App app;
  std::map<std::string, std::function<int()>> bodies;  // by command; a map, for Options point into it
  std::vector<std::string> behind_dashes;
};

CommandLine::CommandLine(const std::string& about, const std::string& version, const std::string& footer)
    : m_parser(new Parser{CLI::App(about, "culprit"), {}, {}}) {
  CLI::App& app = m_parser->app;
  app.set_version_flag("--version", version);
  app.require_subcommand(1);
  app.footer(footer);
  app.get_formatter()->column_width(34);
}

CommandLine::~CommandLine() = default;

Options CommandLine::add(const std::string& name, const std::string& about) {
  return {*m_parser->app.add_subcommand(name, about), m_parser->bodies[name]};
}

Options CommandLine::of(const std::string& name) const {
  return {*m_parser->app.get_subcommand(name), m_parser->bodies[name]};
}

const std::vector<std::string>& CommandLine::behind_dashes() const { return m_parser->behind_dashes; }

std::vector<CommandText> CommandLine::describe() const {
  std::vector<CommandText> out;
  for (const CLI::App* command : std::as_const(m_parser->app).get_subcommands({})) {
    CommandText& text = out.emplace_back();
    text.name = command->get_name();
    text.about = command->get_description();
    text.footer = command->get_footer();
    for (const CLI::Option* option : command->get_options()) text.options.push_back(text_of(*option));
  }
  return out;
}

std::string CommandLine::help_of(const std::string& command) const {
  // help() would be that of the command which asks.
  const CLI::App& all = m_parser->app;
  if (command.empty()) return all.get_formatter()->make_help(&all, "", CLI::AppFormatMode::Normal);
  for (const CLI::App* app : std::as_const(m_parser->app).get_subcommands({}))
    if (app->get_name() == command) return app->help("culprit");
  return {};
}

int CommandLine::run(std::vector<std::string> arguments, std::vector<std::string> command,
                     const std::string& takes_command, const std::vector<std::string>& others) {
  CLI::App& app = m_parser->app;
  try {
    std::ranges::reverse(arguments);  // CLI11 takes them from the back
    app.parse(arguments);
  } catch (const CLI::Success& e) {
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    const auto chosen = app.get_subcommands();
    const std::string name = chosen.empty() ? "" : chosen.front()->get_name() + " ";
    std::fputs(
        base::render({.kind = base::ErrorKind::usage,
                      .what = e.what(),
                      .context = {},
                      .hint = (chosen.empty() ? std::string() : meant_option(*chosen.front())) +
                              "see `culprit " + name + "--help`" + (name == "show " ? k_gits_view : "")})
            .c_str(),
        stderr);
    return static_cast<int>(base::ExitCode::usage);
  }
  const std::string chosen = app.get_subcommands().front()->get_name();
  if (!command.empty() && chosen != takes_command && std::ranges::find(others, chosen) == others.end()) {
    std::fprintf(stderr, "culprit: error: only `culprit %s` takes a command after --\n",
                 takes_command.c_str());
    return static_cast<int>(base::ExitCode::usage);
  }
  m_parser->behind_dashes = std::move(command);
  return m_parser->bodies.at(chosen)();
}

}  // namespace culprit::cli
