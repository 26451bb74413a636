// What is known about a bug when its commit is classified.
#pragma once

#include <string>
#include <vector>

namespace culprit::history {

struct BugFacts {
  std::string title;             // of the crash: "possible deadlock in mptcp_close"; may be empty
  std::string report;            // its lines; may be empty
  bool is_culprits = false;      // the commit's own revision printed it: its line numbers are the commit's
  std::string arch;              // a kernel's ARCH; empty: a program
  std::string reproducer;        // the program that makes the bug show: its text, its command line
  std::vector<std::string> run;  // files of the tree that the command runs, from the top folder
  bool is_fix = false;           // the commit made the bug go away
};

}  // namespace culprit::history
