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
  octal,    // text#012more text, as rsyslog writes control bytes
  table,    // 2024-09-02,host1,"the text, quoted",stdout
};

// How the lines of a log are coded.
struct Coded {
  Coding coding = Coding::none;
  std::string key;          // of an object: which of its values is the text
  std::size_t column = 0;   // of a table: the same
  std::size_t columns = 0;  // of a table
};

// A line of the text that a coded line holds.
struct Piece {
  std::size_t begin = 0;  // bytes of the coded line: [begin, end); the first and last reach to its ends
  std::size_t end = 0;
  std::string text;
};

// How the lines of a table are, of which `line` is one and its byte `at` is in the text; none where it is no
// table's. Whether it is a table is for its other lines to say.
Coded table_of(std::string_view line, std::size_t at);

// How `line` is coded, judged by itself.
Coded coding_of(std::string_view line);

// Does a line of a syslog hold control bytes as rsyslog writes them?
bool has_octal(std::string_view line);

// The lines in `line`; none where it is not coded so. `writer` is what an object names as such.
std::vector<Piece> decode(const Coded& coded, std::string_view line, std::string* writer);

}  // namespace culprit::console
