// A printk line reaches us as "<6>[   12.345678][ T1234] message", with each part optional: the level where
// the console prints raw records, the caller id with CONFIG_PRINTK_CALLER, the stamp with CONFIG_PRINTK_TIME.
// A serial line is shared with user space, so a stamp can also stand in the middle of a line ("login:
// [   12.3] message"), as it does where two printk records share a line, or behind "** 12 printk messages
// dropped **". Each stamp begins a line here. Kernels of phones say who prints behind the stamp, see stamp.cc.
//
// A log is often not the console itself but what a journal, a container, a CI or a mail made of it: the lines
// wear a dress (console/dress). It is learned from the head of a report and taken off the lines behind it;
// what does not wear it is of another writer.
//
// Where records are printed with their priority (console_msg_format=syslog), it holds the facility too: the
// kernel's is 0, and what user space writes to /dev/kmsg is never given that one.
#include "console/text/line.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

#include "base/strings.h"
#include "console/text/stamp.h"
#include "model/run/outcome.h"

namespace culprit::console {
namespace {

constexpr std::size_t k_usual_line = 64;  // bytes, of a kernel's console
// Brackets of a line that are looked at for a time stamp.
constexpr int k_max_brackets = 64;
// Where the '>' of "<191>" is: there are 24 facilities of 8 levels each.
constexpr std::size_t k_max_priority = 4;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Bytes eight at a time: https://graphics.stanford.edu/~seander/bithacks.html#HasLessInWord
constexpr std::uint64_t k_each = ~std::uint64_t{0} / 255;

std::uint64_t eight_at(const char* at) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// Where `mark` is in `text` from `from` on; npos where it is not. By its last bytes but one: those of numbers, which
// "T1234]" and "T1235]" differ in, while each line of a log has the first ones.
std::size_t find_by_end(std::string_view text, std::string_view mark, std::size_t from) {
  const std::size_t size = mark.size();
  std::size_t at = from;
  if (size >= 3) {
    const std::uint64_t a = k_each * static_cast<unsigned char>(mark[size - 3]);
    const std::uint64_t b = k_each * static_cast<unsigned char>(mark[size - 2]);
    for (; at + size + sizeof(std::uint64_t) <= text.size(); at += sizeof(std::uint64_t)) {
      const char* end = text.data() + at + size;
      const std::uint64_t word = (eight_at(end - 3) ^ a) | (eight_at(end - 2) ^ b);
      if (((word - k_each) & ~word & (k_each * 0x80)) == 0) continue;  // no byte is 0
      const std::size_t found = text.substr(at, size + sizeof(std::uint64_t) - 1).find(mark);
      if (found != std::string_view::npos) return at + found;
    }
  }
  return text.find(mark, at);
}

// Is any byte less than a blank?
bool has_control(std::string_view raw) {
  const auto any = [&](std::size_t at) {
    const std::uint64_t word = eight_at(raw.data() + at);
    return ((word - k_each * 0x20) & ~word & (k_each * 0x80)) != 0;
  };
  if (raw.size() < sizeof(std::uint64_t))
    return std::ranges::any_of(raw, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  for (std::size_t at = 0; at + sizeof(std::uint64_t) <= raw.size(); at += sizeof(std::uint64_t)) {
    if (any(at)) return true;
  }
  return any(raw.size() - sizeof(std::uint64_t));
}

// Control bytes that a console adds and a message never has.
bool needs_cleaning(std::string_view raw) {
  return has_control(raw) &&
         std::ranges::any_of(raw, [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t'; });
}

// Without terminal escapes (CSI and two-byte ones) and control bytes, but with tabs.
std::string cleaned(std::string_view raw) {
  std::string out;
  out.reserve(raw.size());
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const auto u = static_cast<unsigned char>(raw[i]);
    if (u != 0x1b) {
      if (u >= 0x20 || raw[i] == '\t') out += raw[i];
      continue;
    }
    if (i + 1 >= raw.size()) break;
    if (raw[i + 1] != '[') {
      ++i;
      continue;
    }
    i += 2;
    while (i < raw.size() && (static_cast<unsigned char>(raw[i]) < 0x40 || raw[i] == '[')) ++i;
  }
  return out;
}

// The time stamp that a line begins with.
struct Stamp {
  explicit Stamp(std::string_view raw) : length(stamp_length(raw, 0, &context)) {}
  std::string_view context;
  std::size_t length;  // 0 for none
};

// Fills in what one line, which begins with `stamp`, says itself.
void parse_piece(std::string_view raw, Stamp stamp, std::deque<std::string>& arena, Line& line) {
  while (!raw.empty() && raw.back() == '\r') raw.remove_suffix(1);
  if (needs_cleaning(raw)) {
    raw = arena.emplace_back(cleaned(raw));
    stamp = Stamp(raw);
  }
  line.context = stamp.context;
  line.stamped = stamp.length > 0;
  line.body = raw.substr(std::min(stamp.length, raw.size()));
  std::string_view pid;
  if (const std::size_t prefix = line.stamped ? vendor_length(line.body, &pid) : 0; prefix > 0) {
    line.body.remove_prefix(prefix);
    if (line.context.empty()) line.context = arena.emplace_back("T" + std::string(pid));
  }
}

// The first time stamp behind that with which `raw` begins, `length` bytes; npos for none.
std::size_t inner_stamp(std::string_view raw, std::size_t length) {
  std::string_view context;
  std::size_t at = std::max<std::size_t>(1, length);
  for (int brackets = 0; brackets < k_max_brackets && at < raw.size(); ++brackets, ++at) {
    at = raw.find('[', at);
    if (at == std::string_view::npos) break;
    if (stamp_length(raw, at, &context) > 0) return at;
  }
  return std::string_view::npos;
}

}  // namespace

bool is_user_spaces(std::string_view raw) {
  if (raw.starts_with(model::k_reproducer_mark)) return true;
  if (!raw.starts_with('<')) return false;
  const std::size_t close = raw.find('>');
  if (close < 2 || close > k_max_priority ||
      !std::all_of(raw.begin() + 1, raw.begin() + static_cast<std::ptrdiff_t>(close), is_digit))
    return false;
  std::string_view context;
  return (close > 2 || raw[1] > '7') && stamp_length(raw, 0, &context) > 0;
}

namespace {

// What a transport says of a line whose own text says nothing.
void add_what_is_said(const Undressed& undressed, Line& line) {
  line.writer = undressed.writer;
  line.voice = undressed.voice;
  if (undressed.voice == Voice::kernel) line.stamped = true;
  if (line.context.empty()) line.context = undressed.caller;
}

// The lines of a text without its dress, of which the first begins at `begin` and the text itself at `at`. `any`:
// what a transport says of those in its middle counts, too.
void add_lines(std::string_view text, std::size_t begin, std::size_t at, Undressed undressed, bool any,
               std::deque<std::string>& arena, std::vector<Line>& lines) {
  if (undressed.user_space || (undressed.length > 0 && is_user_spaces(text))) return;
  bool first = true;
  while (true) {
    const Stamp stamp(text);
    const std::size_t cut = inner_stamp(text, stamp.length);
    const bool set_in = cut != std::string_view::npos && base::trim(text.substr(0, cut)).empty();
    if (!set_in) {
      Line& line = lines.emplace_back();
      parse_piece(text.substr(0, cut), stamp, arena, line);
      if (first) add_what_is_said(undressed, line);
      line.begin = begin;
      line.end = at + std::min(cut, text.size());
    }
    first = false;
    if (cut == std::string_view::npos) return;
    text.remove_prefix(cut);
    at += cut;
    if (!set_in) begin = at;  // blanks in front are of the line
    if (!any) continue;
    undressed = undress(text, nullptr);  // two lines of a journal in one
    first = undressed.voice != Voice::unknown;
    if (!first) continue;
    text.remove_prefix(undressed.length);
    at += undressed.length;
  }
}

// Takes off the dress of a line: whatever is known, or a certain one; nothing where the line does not wear it.
struct TakeOff {
  bool any = false;
  std::size_t reading = 0;  // of any

  std::optional<Undressed> operator()(const std::vector<Layer>& layers, std::string_view line) const {
    Undressed undressed;
    if (any) {
      std::vector<Layer> worn;
      undressed = undress(line, reading > 0 ? &worn : nullptr, reading);
      return reading > 0 && worn.empty() ? std::nullopt : std::optional(undressed);
    }
    return undress_as(layers, line, &undressed) ? std::optional(undressed) : std::nullopt;
  }
};

// The lines of a coded text. Places within a decoded line are not those in the log: all lines of one piece
// begin where it does.
void add_decoded(std::vector<Piece> pieces, std::string_view writer, std::size_t begin,
                 const Undressed& outer, const Dress& dress, TakeOff take_off, std::deque<std::string>& arena,
                 std::vector<Line>& lines) {
  for (Piece& piece : pieces) {
    const std::string_view text = arena.emplace_back(std::move(piece.text));
    std::optional<Undressed> inner = TakeOff{.any = take_off.any}(dress.inner, text);
    if (!inner) continue;
    if (inner->voice == Voice::unknown) inner->voice = outer.voice;
    if (inner->writer.empty()) inner->writer = outer.writer;
    if (inner->writer.empty()) inner->writer = writer;
    if (writer == "kernel") inner->voice = Voice::kernel;
    const std::size_t first = lines.size();
    add_lines(text.substr(inner->length), 0, 0, *inner, take_off.any, arena, lines);
    for (std::size_t i = first; i < lines.size(); ++i) {
      lines[i].begin = begin + piece.begin;
      lines[i].end = begin + piece.end;
    }
  }
}

bool parse_dressed(std::string_view raw, std::size_t begin, const Dress& dress, TakeOff take_off,
                   std::deque<std::string>& arena, std::vector<Line>& lines) {
  const std::optional<Undressed> outer = take_off(dress.outer, raw);
  if (!outer) return false;
  const std::string_view text = raw.substr(outer->length);
  Coded coded = take_off.any ? coding_of(text) : dress.coded;
  if (coded.coding == Coding::none && !outer->writer.empty() && has_octal(text)) coded.coding = Coding::octal;
  if (coded.coding == Coding::none) {
    add_lines(text, begin, begin + outer->length, *outer, take_off.any, arena, lines);
    return true;
  }
  std::string writer;
  std::vector<Piece> pieces = decode(coded, text, &writer);
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    pieces[i].begin += i == 0 ? 0 : outer->length;
    pieces[i].end += outer->length;
  }
  const std::size_t first = lines.size();
  add_decoded(std::move(pieces), arena.emplace_back(std::move(writer)), begin, *outer, dress, take_off, arena,
              lines);
  const bool page = coded.coding == Coding::html && !text.contains("<br");
  for (std::size_t i = first; i < lines.size(); ++i) lines[i].prose = page && !lines[i].stamped;
  return true;
}

}  // namespace

bool parse_line(std::string_view raw, std::size_t begin, std::deque<std::string>& arena,
                std::vector<Line>& lines, std::size_t reading) {
  if (reading == k_as_it_is) {
    const std::size_t size = raw.size();
    while (!raw.empty() && raw.back() == '\r') raw.remove_suffix(1);
    Line line;
    line.body = needs_cleaning(raw) ? std::string_view(arena.emplace_back(cleaned(raw))) : raw;
    line.begin = begin;
    line.end = begin + size;
    lines.push_back(line);
    return true;
  }
  if (is_user_spaces(raw)) return reading == 0;
  return parse_dressed(raw, begin, {}, {.any = true, .reading = reading}, arena, lines);
}

std::size_t line_length(std::string_view text) {
  const std::string_view reach = text.substr(0, k_max_line);
  const void* newline = std::memchr(reach.data(), '\n', reach.size());
  if (newline != nullptr) return static_cast<std::size_t>(static_cast<const char*>(newline) - text.data());
  if (reach.size() < k_max_line) return reach.size();
  // Within a coded text better between its lines than within one.
  const std::size_t escaped = reach.rfind("\\n"), broken = reach.rfind("<br");
  if (escaped != std::string_view::npos && escaped > 0) return escaped + 2;
  return broken != std::string_view::npos && broken > 0 ? broken : reach.size();
}

namespace {

constexpr std::size_t k_asked_lines = 12;  // behind a head that say how it is to be read
constexpr std::size_t k_least_set_in = 8;  // blanks, more than any report has
constexpr std::size_t k_least_rows = 3;    // that make a table

bool is_blank(std::string_view s) { return s.find_first_not_of(" \t\r") == std::string_view::npos; }

// How many of the lines at the start of `rest` are so; `asked` receives how many were looked at.
template <class IsSo>
std::size_t count_lines(std::string_view rest, std::size_t* asked, IsSo is_so) {
  std::size_t count = 0;
  *asked = 0;
  while (!rest.empty() && *asked < k_asked_lines) {
    const std::string_view line = rest.substr(0, line_length(rest));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (is_blank(line)) continue;
    ++*asked;
    if (is_so(line)) ++count;
  }
  return count;
}

// Is the line of a message of several lines in a journal? Those behind the first are set in by what the first
// has in front.
bool is_set_in(std::string_view line, const Undressed& front) {
  if (front.writer.empty() || front.length < k_least_set_in) return false;
  const std::size_t blanks = std::min(line.find_first_not_of(' '), line.size());
  return blanks >= front.length;
}

// The layers in front of the head: of all readings the one that most of the lines behind it share.
std::vector<Layer> layers_of(const Head& head) {
  std::vector<Layer> best;
  std::size_t most = 0, asked = 0;
  bool kernels =
      false;  // by which it was found says that the kernel wrote it: one torn line says nothing against that
  for (std::size_t i = 0; i < k_readings; ++i) {
    // The reading by which it was found comes first.
    const std::size_t reading = i == 0 ? head.reading : i <= head.reading ? i - 1 : i;
    std::vector<Layer> layers;
    undress(head.raw, &layers, reading);
    if (layers.empty()) {
      if (i == 0 && head.reading > 0) continue;
      break;
    }
    Undressed front;
    undress_as(layers, head.raw, &front);
    if (i == 0) kernels = front.voice == Voice::kernel;
    const std::size_t count = count_lines(head.behind, &asked, [&](std::string_view line) {
      return is_set_in(line, front) || TakeOff()(layers, line).has_value();
    });
    if ((count > 2 * most && (i == 0 || !kernels || count > 1)) || (i == 0 && asked < 2)) {
      most = count;
      best = std::move(layers);
    }
    if (2 * most >= asked) break;
  }
  return best;
}

// The head's own layers where they say that the kernel wrote the line: however torn the lines behind it are, it is worn.
std::vector<Layer> kernels_layers(const Head& head) {
  std::vector<Layer> layers;
  if (undress(head.raw, &layers, head.reading).voice != Voice::kernel) layers.clear();
  return layers;
}

// Does the first line behind the head go without its innermost layer?
bool goes_on_bare(const Head& head) {
  std::vector<Layer> layers;
  undress(head.raw, &layers, head.reading);
  if (layers.empty() || layers.back().transport->each_line) return false;
  Undressed front;
  undress_as(layers, head.raw, &front);
  std::size_t asked = 0;
  bool bare = false;
  count_lines(head.behind, &asked, [&](std::string_view line) {
    if (asked == 1) bare = !is_set_in(line, front) && !TakeOff()(layers, line).has_value();
    return true;
  });
  return bare;
}

// Those of the head's layers that the first line behind it wears, too. The others go to `of_head`.
std::vector<Layer> shared_layers(const Head& head, std::vector<Layer>& of_head) {
  std::vector<Layer> layers;
  undress(head.raw, &layers, head.reading);
  while (!layers.empty()) {
    of_head.insert(of_head.begin(), layers.back());
    layers.pop_back();
    std::size_t asked = 0;
    bool worn = false;
    count_lines(head.behind, &asked, [&](std::string_view line) {
      if (asked == 1) worn = TakeOff()(layers, line).has_value();
      return true;
    });
    if (worn) break;
  }
  return layers;
}

// Of the column of a table in which the line is, if most of the lines behind it are of one.
Coded table_around(const Head& head, std::string_view text, std::size_t front) {
  std::string_view context;
  if (text.empty() || stamp_length(text, 0, &context) > 0) return {};
  const Coded table = table_of(text, head.at - std::min(head.at, front));
  if (table.coding == Coding::none) return {};
  std::size_t asked = 0;
  const std::size_t count = count_lines(head.behind, &asked, [&](std::string_view line) {
    return line.size() > front && table_of(line.substr(front), 0).columns == table.columns;
  });
  return count >= k_least_rows && 4 * count >= 3 * asked ? table : Coded();
}

// Is the line a part of a coded text from the middle of it, so that what it has in front is worn within?
bool is_torn(const Dress& dress, const std::vector<Piece>& pieces) {
  if (dress.coded.coding != Coding::escapes || dress.outer.empty()) return false;
  return std::any_of(pieces.begin() + 1, pieces.end(), [&](const Piece& piece) {
    return !is_blank(piece.text) && TakeOff()(dress.outer, piece.text);
  });
}

}  // namespace

Dress dress_of(const Head& head, std::deque<std::string>& arena, Dress* stamped_once) {
  Dress dress;
  dress.outer = layers_of(head);
  if (dress.outer.empty() && head.at == 0) dress.outer = kernels_layers(head);
  if (stamped_once != nullptr && head.at == 0 && goes_on_bare(head))
    stamped_once->outer = shared_layers(head, stamped_once->of_head);
  Undressed outer;
  undress_as(dress.outer, head.raw, &outer);
  const std::string_view text = head.raw.substr(outer.length);
  dress.coded = coding_of(text);
  if (dress.coded.coding == Coding::none) dress.coded = table_around(head, text, outer.length);
  // What stands behind a time stamp in the middle of a line is of a writer that found the line not ended.
  if (dress.coded.coding == Coding::none) return head.at == 0 ? dress : Dress();
  std::string writer;
  std::vector<Piece> pieces = decode(dress.coded, text, &writer);
  if (is_torn(dress, pieces)) {
    dress.inner = std::move(dress.outer);
    dress.outer.clear();
    return dress;
  }
  for (Piece& piece : pieces) {
    if (piece.end + outer.length <= head.at) continue;
    undress(arena.emplace_back(std::move(piece.text)), &dress.inner);
    break;
  }
  return dress;
}

namespace {

// A line that is set in by what the last one has in front goes on with its message.
std::optional<Line> continuation(std::string_view raw, std::size_t begin, const Dress& dress,
                                 const Line& last, std::string_view text) {
  if (dress.coded.coding != Coding::none) return std::nullopt;
  Undressed front;
  if (!undress_as(dress.outer, text.substr(last.begin, last.end - last.begin), &front)) return std::nullopt;
  if (!is_set_in(raw, front)) return std::nullopt;
  Line line = last;
  line.body = raw.substr(front.length);
  line.begin = begin;
  line.end = begin + raw.size();
  return line;
}

}  // namespace

// Escapes may stand in the mark, and a coded text may spell its blanks in another way.
LineReader::LineReader(std::string_view text, std::deque<std::string>& arena, const Dress& dress)
    : m_text(text),
      m_arena(arena),
      m_dress(dress),
      m_may_replay(text.contains('\x1b') ||
                   text.contains(dress.coded.coding == Coding::none ? k_replay : k_replay.substr(0, 2))) {}

bool LineReader::next(std::vector<Line>& lines) {
  if (!m_may_replay) return read(lines);
  constexpr std::size_t k_asked = 3;  // a line, the mark, and the line again: only the last stays
  if (2 * m_given > m_ahead.size()) {
    m_ahead.erase(m_ahead.begin(), m_ahead.begin() + static_cast<std::ptrdiff_t>(m_given));
    m_given = 0;
  }
  while (m_ahead.size() - m_given < k_asked && read(m_ahead)) {
  }
  const auto ahead = std::span(m_ahead).subspan(m_given);
  if (ahead.empty()) return false;
  const bool again =
      ahead.size() >= k_asked && ahead[1].body.contains(k_replay) && ahead[2].body.starts_with(ahead[0].body);
  if (!again) lines.push_back(ahead[0]);
  m_given += again ? 2 : 1;
  return true;
}

// To the raw line that holds the mark next.
void LineReader::pass_over() {
  const std::size_t at = find_by_end(m_text, m_mark, m_begin);
  if (at == std::string_view::npos) {
    m_begin = m_text.size();
    return;
  }
  const std::size_t newline = m_text.substr(m_begin, at - m_begin).rfind('\n');
  if (newline != std::string_view::npos) m_begin += newline + 1;
  for (std::size_t end = m_begin; end <= at;) {  // a line that is cut
    m_begin = end;
    end += line_length(m_text.substr(m_begin));
  }
}

bool LineReader::read(std::vector<Line>& lines) {
  if (!m_mark.empty() && m_begin < m_text.size()) pass_over();
  if (m_begin >= m_text.size()) return false;
  const std::size_t begin = m_begin;
  const std::string_view raw = m_text.substr(begin, line_length(m_text.substr(begin)));
  m_begin += raw.size();
  if (m_begin < m_text.size() && m_text[m_begin] == '\n') ++m_begin;
  if (is_user_spaces(raw)) {
    m_last.reset();
  } else if (m_dress.empty()) {
    add_lines(raw, begin, begin, {}, false, m_arena, lines);
  } else if (parse_dressed(raw, begin, m_dress, {}, m_arena, lines)) {
    if (!lines.empty()) m_last = lines.back();
  } else if (m_last) {
    if (const auto more = continuation(raw, begin, m_dress, *m_last, m_text)) lines.push_back(*more);
  }
  return true;
}

std::vector<Line> split_lines(std::string_view text, std::deque<std::string>& arena, const Dress& dress) {
  std::vector<Line> lines;
  lines.reserve(text.size() / k_usual_line);
  LineReader reader(text, arena, dress);
  while (reader.next(lines)) {
  }
  return lines;
}

}  // namespace culprit::console
