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
// One signal, of which one side lacks the place: e^(-1 + 0.5 + 2), 82 %; another one: e^(-1 + 0.5 - 0.5), 27 %.
inline constexpr double k_same_signal = 2.0;
inline constexpr double k_other_signal = -0.5;
// A machine that fell silent, a run that did not end, a title of no known kind: anything may end so. 7 to 1.
inline constexpr double k_tells_nothing = -2.0;

// Programs: how a run ended, what it printed, which exception, test or file it named. bench/worlds/programs.py.
// Lines are one where half of their words are; one with a failure's words says as much as three without.
inline constexpr double k_same_line = 0.5;
inline constexpr double k_failure_line = 3;
// Lines that both have count for less where each has a failure's line that the other has not: what the test's frame says.
inline constexpr double k_beside_others = 0.25;
// A frame of a stack ("at load (app.js:N:N)") is one of many.
inline constexpr double k_frame_line = 0.3;
// One exit code and the same lines: as a title, -1 + 5.2, 98 %; a third of the lines in common: 4.2 - 4.2, 50 %; none: 1.4 %.
inline constexpr double k_same_end = 5.2;
inline constexpr double k_enough_lines = 0.65;
inline constexpr double k_lines = 13;
// Only one of the two printed anything of its own: 4.2 - 5.7, 18 %.
inline constexpr double k_one_is_silent = -5.7;
// Neither did, and they stopped behind different lines: 4.2 - 7.5, 4 %.
inline constexpr double k_stopped_elsewhere = -7.5;
// All else is alike, but each has a line of its own, in all of its runs, which is like none of the other's: -1 + 5.2 - 9, 1 %; 8 %
// where it shows just where the bug does, and as often (+2.3), as any sure failure would; that it ends where the bug begins may
// make that 30 times as likely, as it does where the bug only hides it: still not 99 %.
inline constexpr double k_apart = -9;
// Two exit codes: -1 - 2.8, 2 %; with the same lines 92 %, with half of them 25 %.
inline constexpr double k_other_end = -2.8;
inline constexpr double k_lines_of_other_end = 7;
inline constexpr double k_few_lines = 0.1;
// A hang, a signal and a failure are three things, a broken build is a fourth.
inline constexpr double k_other_sort = -4.5;
// One names what failed in a known form and the other does not.
inline constexpr double k_one_is_named = -1.5;
// Exceptions and tests: the kind of error, the function or test, the message.
inline constexpr double k_same_error = 0.5;
inline constexpr double k_other_error = -2.0;
inline constexpr double k_same_spot = 2.0;
inline constexpr double k_other_spot = -2.5;
inline constexpr double k_renamed_test =
    -1.0;  // test_parse_empty is not test_parse_full, but may have been renamed
inline constexpr double k_message = 4;
inline constexpr double k_chance_message = 0.35;
// One title, and the messages have less than that in common: down to 67 %, or to 10 % where the place is a whole file.
inline constexpr double k_other_message = 10;
inline constexpr double k_other_message_in_file = 18;
// The user says so: --message, --ignore, --test.
inline constexpr double k_told = 7;

}  // namespace culprit::identity
