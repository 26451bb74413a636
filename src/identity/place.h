// Where a crash is blamed, and whether two places are one under different names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "identity/kinds.h"

namespace culprit::identity {

enum class Nearness {
  same,     // one function (system call wrappers and compiler suffixes aside), or one file
  renamed,  // most of the name is left: refcount_sub_and_test_checked, refcount_sub_and_test
  layered,  // one operation in two layers: vfs_fallocate, shmem_fallocate
  unknown,  // one of them is not known, or is a helper that reports of this kind name by chance
  nearby,   // one subsystem: ext4_map_blocks, ext4_iget
  elsewhere,
};

struct PlaceRelation {
  Nearness nearness = Nearness::unknown;
  // From 1 (same) over 0 (says nothing) to -1 (elsewhere): what the kind's same_place and other_place are
  // scaled by.
  double level = 0;
  std::string words;  // for people; empty where nothing is known
};

// A function's name as it is compared: without compiler suffixes, leading underscores and what architectures
// put in front of system calls. "__x64_sys_rmdir" is "sys_rmdir", "foo.isra.0.cold" is "foo".
std::string plain_name(std::string_view function);

// How near two functions are; either may be empty. `a` and `b` are the kinds of the reports that blame them.
PlaceRelation compare_functions(std::string_view f, Kind a, std::string_view g, Kind b);

// The same for places of which either may be a file ("kernel BUG at mm/slab.c:LINE!").
PlaceRelation compare_places(const TitleParts& a, const TitleParts& b);

}  // namespace culprit::identity
