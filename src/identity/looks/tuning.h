// The weights of looks, in log-odds ("is one bug" against "are two"): +1 is odds of 2.7 to 1, +3 of 20 to 1.
// The kinds' own are in their tables (kinds.cc).
//
// They were chosen by hand, so that known pairs of crashes come out as developers judge them; beside each
// stands what it comes to.
#pragma once

#include <cstddef>

namespace culprit::identity {

// Every log-odds stays within this: p within 0.0025 and 0.9975. No crash is ever certainly the bug, or
// certainly not.
inline constexpr double k_bound = 6;
// What a report must overcome: of two crashes that one reproducer showed on different revisions and that have
// nothing known in common, fewer than half are one bug. e^-1: 27 %.
inline constexpr double k_prior = -1.0;

// Likeness of two faces.
// With the prior 4.2, p = 0.985.
inline constexpr double k_same_title = 5.2;
// "possible deadlock" of another finding: takes back what the shared kind and half of a shared place say.
inline constexpr double k_other_lockdep_kind = -1.5;
// One lock of five that two reports name together says nothing: it may be one that each path of the subsystem
// takes. All in common says 2.5 * 0.8 = +2, as much as none says against.
inline constexpr double k_chance_locks = 0.2;
inline constexpr double k_locks = 2.5;
inline constexpr double k_no_common_lock = -k_locks * (1 - k_chance_locks);
// A third of the stack in common says nothing: that much one system call's entry makes up. All says
// 4 * 0.65 = +2.6, nothing in common -4 * 0.35 = -1.4.
inline constexpr double k_chance_stack = 0.35;
inline constexpr double k_stack_share = 4;
// A frame at depth d weighs 1 / (1 + 0.3 d): 1, .77, .63, .53, ... .23 for the twelfth.
inline constexpr double k_frame_decay = 0.3;
// Frames that are compared: beyond them every system call looks alike.
inline constexpr std::size_t k_stack = 12;
// The title mostly names a function of the same file already: little is new in it.
inline constexpr double k_file = 0.7;
inline constexpr double k_object = 0.4;  // slab caches are shared ("kmalloc-64") and renamed

// Names of functions. Four words like "get" say as much as one that names something.
inline constexpr double k_light_word = 0.25;
// Renamed: three of five words' weight is left, so two of three words and not one of two.
inline constexpr double k_renamed_share = 0.6;

// Levels of nearness, of what the kind's same_place and other_place say: 1 is the same, -1 elsewhere.
inline constexpr double k_renamed_level = 0.8;
inline constexpr double k_layered_level = 0.65;
// Nearly nothing: a subsystem has many bugs, and one bug many places.
inline constexpr double k_nearby_level = -0.2;
inline constexpr double k_same_helper_level = 0.7;
inline constexpr double k_same_file_level = 0.9;  // a title that names a file means one line of it
inline constexpr double k_moved_file_level = 0.7;
inline constexpr double k_same_folder_level = -0.3;
inline constexpr double k_function_in_file_level = 0.1;  // its prefix is in the path
inline constexpr double k_function_not_in_file_level = -0.6;

// Kinds that no row of k_pairs names.
inline constexpr double k_exclude_each_other = -4.0;  // with the prior p = 0.7 %
inline constexpr double k_noise = -5.0;
inline constexpr double k_wrong_access = 0.3;  // two names of one wrong access
// A machine that fell silent, a run that did not end, a title of no known kind: anything may end so. 7 to 1.
inline constexpr double k_tells_nothing = -2.0;

}  // namespace culprit::identity
