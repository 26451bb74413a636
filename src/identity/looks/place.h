// Where a crash is blamed, and whether two places are one under different names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "console/stack/generic.h"
#include "identity/looks/kinds.h"

namespace culprit::identity {

// A function's name, taken apart once so that it can be compared often.
struct Name {
  struct Word {
    std::string text;
    double weight = 1;  // what sharing it says: nothing for a layer's word ("vfs"), little for "get"
  };
  std::string plain;               // without what compilers and architectures add; see plain_name
  std::vector<Word> words;         // sorted, each once
  std::string subsystem;           // the first word that says something; may be empty
  double weight = 0;               // of all words
  console::Families families = 0;  // of generic code that it belongs to
};
Name name_of(std::string_view function);

// A function's name as it is compared: without compiler suffixes, leading underscores and what architectures
// put in front of system calls. "__x64_sys_rmdir" is "sys_rmdir", "foo.isra.0.cold" is "foo".
std::string plain_name(std::string_view function);

// What a report blames: a function, a file ("kernel BUG at mm/slab.c:LINE!"), or neither.
struct Place {
  std::string function;
  std::string file;
  Name name;  // of the function
  Kind kind = Kind::other;
};
Place place_of(const TitleParts& parts);

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

// How near two names are by themselves: same, renamed, layered, nearby or elsewhere.
Nearness nearness_of(const Name& f, const Name& g);
// PlaceRelation::level of it.
double level_of(Nearness nearness);

PlaceRelation compare_places(const Place& a, const Place& b);

}  // namespace culprit::identity
