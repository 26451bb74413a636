// One script a shell, each with the table of commands and options written out: a completion that calls the program for
// every key would be slower than the typing. Revisions come from git where the user stands.
#include "cli/line/completion.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/strings.h"
#include "cli/line/command_table.h"

namespace culprit::cli {
namespace {

enum class Value { none, word, choice, revision, file, folder };

Value value_of(const OptionText& option) {
  if (option.is_positional() && option.choices.empty()) {
    const std::string& name = option.names.front();
    if (name == "files" || name == "file" || name == "log") return Value::file;
    return name == "run" || name == "command" ? Value::word : Value::revision;
  }
  if (!option.choices.empty()) return Value::choice;
  if (option.type.empty()) return Value::none;
  if (option.type == "REV" || option.type == "TAG") return Value::revision;
  if (option.type == "FILE" || option.type == "PATH") return Value::file;
  return option.type == "DIR" ? Value::folder : Value::word;
}

std::string options_of(const CommandText& command) {
  std::string out;
  for (const OptionText& option : command.options)
    if (!option.is_positional()) out += (out.empty() ? "" : " ") + base::join(option.names, " ");
  return out;
}

// "'" ends a string of zsh and fish, ":" and brackets are their own.
std::string quoted(std::string_view text, std::string_view escaped) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
      continue;
    }
    if (escaped.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

constexpr std::string_view k_bash_head =
    R"sh(# bash completion for culprit and git culprit; made by `culprit completion bash`.
__culprit_refs() { git for-each-ref --format='%(refname:short)' 2>/dev/null; }
_culprit() {
  local cur prev command='' i word
  cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    case $word in
      --) COMPREPLY=($(compgen -f -- "$cur")); return ;;
      culprit) [ -n "$command" ] || continue ;;
      -*) ;;
      *) [ -n "$command" ] || case ${COMP_WORDS[i-1]} in -C|--repo|--state) ;; *) command=$word ;; esac ;;
    esac
  done
  local options='' words='' kind=''
  case $command in
)sh";
constexpr std::string_view k_bash_tail = R"sh(  esac
  case $kind in
    revision) COMPREPLY=($(compgen -W "$(__culprit_refs)" -- "$cur")) ;;
    file) COMPREPLY=($(compgen -f -- "$cur")) ;;
    folder) COMPREPLY=($(compgen -d -- "$cur")) ;;
    choice) COMPREPLY=($(compgen -W "$words" -- "$cur")) ;;
    word) COMPREPLY=() ;;
    *)
      if [[ $cur == -* || -z $command ]]; then
        COMPREPLY=($(compgen -W "$options" -- "$cur"))
      fi ;;
  esac
}
_git_culprit() { _culprit; }
complete -o filenames -o bashdefault -F _culprit culprit git-culprit
)sh";

const char* kind_of(Value value) {
  switch (value) {
    case Value::none:
      return "";
    case Value::word:
      return "word";
    case Value::choice:
      return "choice";
    case Value::revision:
      return "revision";
    case Value::file:
      return "file";
    case Value::folder:
      return "folder";
  }
  return "";
}

std::string bash(std::span<const CommandText> commands) {
  std::string out(k_bash_head), names;
  for (const CommandText& command : commands) {
    names += command.name + " ";
    out +=
        fmt::format("    {})\n      options='{}'\n      case $prev in\n", command.name, options_of(command));
    std::string otherwise;
    for (const OptionText& option : command.options) {
      const Value value = value_of(option);
      if (value == Value::none) continue;
      const std::string does = fmt::format(
          "kind={}{}", kind_of(value),
          option.choices.empty() ? std::string() : " words='" + base::join(option.choices, " ") + "'");
      if (option.is_positional())
        otherwise = does;
      else
        out += fmt::format("        {}) {} ;;\n", base::join(option.names, "|"), does);
    }
    if (!otherwise.empty()) out += fmt::format("        *) [[ $cur == -* ]] || {{ {}; }} ;;\n", otherwise);
    out += "      esac ;;\n";
  }
  out += fmt::format("    '') options='{}--help --version' ;;\n", names);
  return out += k_bash_tail;
}

std::string zsh_action(const OptionText& option) {
  switch (value_of(option)) {
    case Value::none:
      return "";
    case Value::word:
      return " ";
    case Value::choice:
      return "(" + base::join(option.choices, " ") + ")";
    case Value::revision:
      return "__culprit_refs";
    case Value::file:
      return "_files";
    case Value::folder:
      return "_files -/";
  }
  return "";
}

std::string zsh(std::span<const CommandText> commands) {
  std::string out =
      "#compdef culprit git-culprit\n# zsh completion for culprit; made by `culprit completion zsh`.\n"
      "__culprit_refs() {\n  local -a refs\n"
      "  refs=(${(f)\"$(git for-each-ref --format='%(refname:short)' 2>/dev/null)\"})\n"
      "  compadd -a refs\n}\n_culprit() {\n  local state line\n  local -a commands\n  commands=(\n";
  for (const CommandText& command : commands)
    out += fmt::format("    '{}:{}'\n", command.name, quoted(command.about, ":"));
  out +=
      "  )\n  _arguments -C '--help[say how it is used]' '--version[say which one this is]' "
      "'1:command:->command' "
      "'*::argument:->argument' && return\n"
      "  case $state in\n    command) _describe command commands ;;\n    argument)\n      case $line[1] in\n";
  for (const CommandText& command : commands) {
    out += fmt::format("        {})\n          _arguments", command.name);
    for (const OptionText& option : command.options) {
      const std::string action = zsh_action(option);
      if (option.is_positional()) {
        out += fmt::format(" \\\n            '*:{}:{}'", option.names.front(), quoted(action, ""));
        continue;
      }
      for (const std::string& name : option.names)
        out += fmt::format(" \\\n            '*{}[{}]{}'", name, quoted(option.about, "[]:"),
                           action.empty() ? "" : ":" + option.type + ":" + quoted(action, ""));
    }
    out += " ;;\n";
  }
  return out += "      esac ;;\n  esac\n}\n_culprit \"$@\"\n";
}

std::string fish(std::span<const CommandText> commands) {
  std::string out =
      "# fish completion for culprit; made by `culprit completion fish`.\n"
      "function __culprit_refs\n  git for-each-ref --format='%(refname:short)' 2>/dev/null\nend\n"
      "complete -c culprit -f\n"
      "complete -c culprit -n __fish_use_subcommand -l help -d 'Say how it is used'\n"
      "complete -c culprit -n __fish_use_subcommand -l version -d 'Say which one this is'\n";
  for (const CommandText& command : commands) {
    out += fmt::format("complete -c culprit -n __fish_use_subcommand -a {} -d '{}'\n", command.name,
                       quoted(command.about, ""));
    const std::string when =
        fmt::format("complete -c culprit -n '__fish_seen_subcommand_from {}'", command.name);
    for (const OptionText& option : command.options) {
      const Value value = value_of(option);
      std::string gives;
      if (value == Value::choice) gives = " -a '" + base::join(option.choices, " ") + "'";
      if (value == Value::revision) gives = " -a '(__culprit_refs)'";
      if (value == Value::folder) gives = " -a '(__fish_complete_directories)'";
      const std::string takes = value == Value::none ? "" : value == Value::file ? " -r -F" : " -x";
      if (option.is_positional()) {
        out += when + (value == Value::file ? " -F" : "") + gives + "\n";
        continue;
      }
      std::string names;
      for (const std::string& name : option.names)
        names += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      out += fmt::format("{}{}{}{} -d '{}'\n", when, names, takes, gives, quoted(option.about, ""));
    }
  }
  return out;
}

}  // namespace

std::string completion_of(std::string_view shell, std::span<const CommandText> commands) {
  if (shell == "bash") return bash(commands);
  if (shell == "zsh") return zsh(commands);
  return shell == "fish" ? fish(commands) : std::string();
}

}  // namespace culprit::cli
