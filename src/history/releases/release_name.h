// Release tags as people name them: which tags are releases, and which of two is the later one.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace culprit::history {

// What the name of a release tag says.
struct ReleaseName {
  // What stands before the version, lower-case and without the customary "v": "" for v6.1 and for 6.1,
  // "curl-" for curl-7_79_1. Tags of one family are releases of one product.
  std::string family;
  std::vector<std::uint32_t> numbers;  // {6, 1, 170}; never empty
  // Set for what precedes a release: 0 development, 1 alpha, 2 beta, 3 other previews, 4 release candidate.
  std::optional<int> stage;
  std::uint32_t candidate = 0;  // 3 of v6.5-rc3; 0 where it has no number

  bool is_candidate() const { return stage.has_value(); }
  // The numbers of the release line that this one belongs to: {6, 1} for 6.1 and 6.1.170; three numbers for
  // Linux 2.6.x, whose main releases they were.
  std::vector<std::uint32_t> series() const;
};

// Later versions are greater; candidates stand before their release. Families are not compared.
std::strong_ordering compare_versions(const ReleaseName& a, const ReleaseName& b);

// Reads a tag's name without refs/tags/. Understood: vX.Y, vX.Y.Z, X.Y.Z, vN, name-X.Y, name-N, name_X_Y_Z,
// release/X.Y, 1.1.1k, each also with -rcN, -alphaN, -betaN, -preN, -devN (or .rcN, rcN, a1, b1) or with
// -final and the like. Nothing for other names, nor for bare numbers and dates (20240131).
std::optional<ReleaseName> parse_release_name(std::string_view tag);

}  // namespace culprit::history
