// Other tools' policies in the same worlds, written from their published rules.
#pragma once

#include <string_view>

#include "bench/noisebisect/trial.h"
#include "search/graph/ancestry.h"

namespace culprit::search::noisebisect {

enum class Peer {
  git_one_run,  // `git bisect run` with one run: any crash is bad; a run lost to the machine is repeated
  syzbot_2018,  // ten runs a revision, any crash is bad
  // Ten runs, or twenty where the start crashes in less than 60 % of its runs; only the known title is bad,
  // only other titles are a skip; no answer below a confidence of 2/3.
  syzkaller_today,
  bayesect,  // Bayesian, one run at a time, costs unknown to it; first parents only
};

std::string_view name_of(Peer peer);

// One machine. bayesect names a first parent: it is right if the culprit came in by it.
Result run_peer(Peer peer, const World& world, const Ancestry& ancestry);

}  // namespace culprit::search::noisebisect
