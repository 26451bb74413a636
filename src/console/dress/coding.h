// Codings: lines of a log as values in another language, JSON's or HTML's, where one line may hold many.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace culprit::console {

enum class Coding {
  none,
  object,   // {"log": "text\n", "stream": "stdout"}; YAML's - {dt: '..', msg: 'text'}
  string,   // "text\n",
  escapes,  // text\nmore text\n: a part of such a string, of which begin or end are elsewhere
  html,     // text<br> with &lt;entities&gt;
};

// How the lines of a log are coded.
struct Coded {
  Coding coding = Coding::none;
  std::string key;  // of an object: which of its values is the text
};

// A line of the text that a coded line holds.
struct Piece {
  std::size_t begin = 0;  // bytes of the coded line: [begin, end); the first and last reach to its ends
  std::size_t end = 0;
  std::string text;
};

// How `line` is coded, judged by itself.
Coded coding_of(std::string_view line);

// The lines in `line`; none where it is not coded so. `writer` is what an object names as such.
std::vector<Piece> decode(const Coded& coded, std::string_view line, std::string* writer);

}  // namespace culprit::console
