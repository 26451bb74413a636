// What a bisection ran on, for whoever wants to see it themselves: given by the caller, who knows the settings.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace culprit::output {

// A text that a reader needs as it is.
struct NamedText {
  std::string name;  // "config", "repro.c"
  std::string text;
};

struct Circumstances {
  std::string architecture;   // "x86_64"; empty where nobody said
  std::string machine;        // "QEMU, 2 CPUs, 128 MiB"; empty for this machine
  std::string command_line;   // a kernel's; empty for none
  std::string command;        // a program's, for a shell
  std::string build;          // likewise; for a kernel make with its arguments
  std::string configuration;  // name of the kernel's configuration
  std::vector<std::pair<std::string, std::string>> options;  // further ones that matter, by name
  std::vector<NamedText> files;                              // configuration, reproducer
  // Who else is told of such bugs, beside those whom the commit names: addresses.
  std::vector<std::string> lists;
};

}  // namespace culprit::output
