// Histories in the shape of Linux's, of any size, as a stream for `git fast-import`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace culprit::bench {

struct HistoryShape {
  std::size_t commits = 14'000;        // in all, merges included; at least 1
  std::size_t release_every = 14'000;  // commits between two releases
  std::size_t candidates = 7;          // -rc tags between two releases
  std::size_t open_topics = 40;        // branches that grow at the same time
  double merge_share = 0.07;           // of all commits
  double octopus_share = 0.01;         // of all merges
  std::uint64_t seed = 1;
};

// Writes the whole history in pieces to `sink`: branch refs/heads/main reaches every commit, tags are v4.0,
// v4.1, ... v4.19, v5.0 and their -rcN. Every tree is empty. Equal shapes give equal commit ids on every
// machine.
void write_history(const HistoryShape& shape, const std::function<void(std::string_view)>& sink);

}  // namespace culprit::bench
