// How a service is set up: what its file says (docs/service.md).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "service/queue/policy.h"
#include "service/web/access.h"
#include "service/web/server.h"
#include "service/work/slurm.h"
#include "service/work/worker.h"

namespace culprit::service {

// A repository that the service fetches by itself.
struct Tree {
  std::string name;
  std::string repository;
  double fetch_every = 0;             // seconds; 0: never
  std::string head;                   // where fixes are sought: "origin/master"; empty: HEAD
  std::vector<std::string> branches;  // that bugs' pages tell of; empty: all
};

struct ServiceOptions {
  std::filesystem::path root;     // the service's folder
  std::filesystem::path program;  // the culprit that attempts are made with
  std::string version;
  ServerOptions server;
  std::vector<std::string> hosts;    // names besides loopback's by which the service is known
  double requests_per_second = 200;  // of one address
  Role anyone = Role::none;          // of who has no token
  Policy policy;
  Sandbox sandbox;
  SlurmOptions slurm;  // where attempts run, if it is wanted
  std::vector<Tree> trees;
  std::string kcidb_origin;  // the name of this testing system for KCIDB; empty: none
};

}  // namespace culprit::service
