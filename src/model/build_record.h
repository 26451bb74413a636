// A finished build.
#pragma once

#include <string>
#include <string_view>

#include "model/graph/commit.h"

namespace culprit::model {

enum class BuildStatus { ok, broken, infra };
// "ok", "broken", "infra": the names in JSON and in the store.
std::string_view name_of(BuildStatus status);

struct BuildRecord {
  CommitId commit;
  std::string variant;  // the configuration variant it was built in; empty for the plain one
  BuildStatus status = BuildStatus::ok;
  std::string signature;  // equal signatures mean equal binaries; empty where there is none
  std::string compiler;   // its version line, for people; may be empty
  std::string text;       // the end of the output of a broken build
  double seconds = 0;     // of all the times
  int times = 1;  // how often it was begun until its end counted: what fails is built again, from clean
  bool from_clean = false;  // nothing of an earlier build or run was in its checkout
  bool ahead = false;  // made before it was asked for, and then never asked for: no evidence, but a build
};

}  // namespace culprit::model
