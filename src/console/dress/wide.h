// Logs in UTF-16, as Windows' tools write them: with or without a byte order mark.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

namespace culprit::console {

// Turns such a stream into UTF-8 and any other into itself, cut as it comes, and knows where a byte of what it
// gave stands in what it was given.
class WideText {
 public:
  using Sink = std::function<void(std::string_view text)>;

  // Gives `sink` what `chunk` adds to the text, a piece at a time; nothing as long as the beginning does not say
  // what it is.
  void feed(std::string_view chunk, const Sink& sink);
  // The same of what is left when the stream is over.
  void finish(const Sink& sink);

  // The byte of the stream at which byte `at` of the text is, of those not forgotten.
  std::size_t original(std::size_t at) const;
  // Bytes of the text before `at` will not be asked for.
  void forget(std::size_t at);

 private:
  enum class Mode { unknown, plain, little, big };
  // From `text` on, each byte of the text stands for `width` bytes of the stream.
  struct Run {
    std::size_t text = 0;
    std::size_t stream = 0;
    std::size_t width = 2;
  };

  void decide();
  void give(std::string_view bytes, const Sink& sink);
  void decode(std::string_view bytes);
  std::size_t decode_ascii(std::string_view bytes);
  void add(unsigned unit);
  void run(std::size_t width);

  Mode m_mode = Mode::unknown;
  std::string m_first;  // until it is known what it is
  std::string m_out;    // of the piece at hand
  int m_half = -1;      // the first byte of a unit
  std::size_t m_text = 0, m_stream = 0;
  std::deque<Run> m_runs;
};

}  // namespace culprit::console
