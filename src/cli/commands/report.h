// culprit report: console text -> crash reports.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace culprit::cli {

struct ReportOptions {
  std::vector<std::string> files;              // "-" is standard input
  bool json = false;                           // one object a line
  std::filesystem::path vmlinux;               // for file:line and inline frames; empty for none
  std::vector<std::filesystem::path> modules;  // unstripped .ko files
  std::filesystem::path source;  // where the kernel was built: its prefix is cut from file names
};

// Prints to standard output; returns the process's exit code.
int run_report(const ReportOptions& options);

}  // namespace culprit::cli
