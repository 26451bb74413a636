// The options of a bisection as the user gave them, resolved: all that `culprit resume` needs to go on.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace culprit::cli {

struct Settings {
  // The question.
  std::string repository;         // absolute path
  std::string bad;                // as given; empty: HEAD
  std::vector<std::string> good;  // as given; empty: walk the releases
  bool fix = false;
  std::vector<std::string> skip;
  std::string oldest;  // release tag at which the walk ends; empty: the oldest there is
  bool first_parent = false;
  bool release_candidates = false;  // walk -rc tags too
  bool allow_shallow = false;

  // How it is asked.
  std::string strategy;  // "classic" or "bayes"; empty: the default
  int runs = 0;          // a revision
  int jobs = 0;
  double confidence = 0.99;
  bool verify = true;  // check the answer by taking the commit back
  bool keep_checkouts = false;

  // A program.
  std::vector<std::string> command;
  std::string build;                   // a shell command; empty: none
  std::vector<std::string> artifacts;  // files whose bytes tell builds apart
  std::optional<double> timeout;       // seconds a run
  double build_timeout = 3600;
  bool clean = false;
  std::string subdirectory;  // of the checkout where the user was: commands run in the same one
  std::string user_cwd;      // where the user was: untracked scripts are found there

  // A kernel: the configuration file's path and text, as it was when the bisection began.
  std::string config_path;
  std::string config_text;

  // Outputs.
  std::string log_file;
  std::string json_file;

  bool is_kernel() const { return !config_path.empty(); }
};

std::string to_json(const Settings& settings);
base::Result<Settings> settings_from_json(const std::string& text);

}  // namespace culprit::cli
