// One line of a stack as interpreters and virtual machines print it, with function, file and line in one.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/run/report.h"

namespace culprit::console {

// `  File "/srv/app/store.py", line 42, in load` of Python, with or without the comma and the function.
std::optional<model::Frame> parse_python_frame(std::string_view body);

// `    at Store.get (/srv/store.js:42:27)` of JavaScript, `\tat com.example.Cache.size(Cache.java:42)` of the
// JVM, `   at Example.Cache.Get(String k) in /srv/Cache.cs:line 42` of .NET.
std::optional<model::Frame> parse_at_frame(std::string_view body);

// `\tfrom store.rb:3:in 'Store#get'` of Ruby; `#0 /srv/store.php(9): get()` of PHP; `\tmain::get(1) called at
// store.pl line 9` of Perl.
std::optional<model::Frame> parse_script_frame(std::string_view body);

// "store.c:42:7" or "/src/store.c:42": takes file and line.
bool take_place(std::string_view place, model::Frame& frame);

// Is the frame of the program itself, and not of its language's library, of a test framework or of a package
// that was installed beside it?
bool is_own_frame(const model::Frame& frame);

// What a title calls the frame: its function, without what compilers number, or its file's base name where
// the code is in no function.
std::string place_of_frame(const model::Frame& frame);

// The last part of a path.
std::string_view base_of_path(std::string_view path);

}  // namespace culprit::console
