// Whether a stream is UTF-16 is decided once, by its first bytes: text in it has a zero in every other byte.
#include "console/dress/wide.h"

#include <algorithm>

namespace culprit::console {
namespace {

constexpr std::size_t k_asked = 64;                     // bytes that decide
constexpr std::size_t k_least = 16;                     // without a mark
constexpr std::size_t k_piece = std::size_t{64} << 10;  // bytes decoded at a time
constexpr std::size_t k_at_once = 32;                   // units

}  // namespace

void WideText::feed(std::string_view chunk, const Sink& sink) {
  if (m_mode == Mode::unknown) {
    const std::size_t n = std::min(chunk.size(), k_asked - m_first.size());
    m_first += chunk.substr(0, n);
    chunk.remove_prefix(n);
    if (m_first.size() < k_asked) return;
    decide();
    give(m_first, sink);
  }
  give(chunk, sink);
}

void WideText::finish(const Sink& sink) {
  if (m_mode != Mode::unknown) return;
  decide();
  give(m_first, sink);
}

void WideText::give(std::string_view bytes, const Sink& sink) {
  if (m_mode == Mode::plain) return sink(bytes);
  for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), k_piece))) {
    m_out.clear();
    decode(bytes.substr(0, k_piece));
    sink(m_out);
  }
}

void WideText::decide() {
  const std::string_view first = std::string_view(m_first).substr(0, k_asked);
  const std::size_t pairs = first.size() / 2;
  std::size_t zeros[2] = {0, 0};  // pairs that are a letter in one byte and nothing in the other
  for (std::size_t i = 0; i + 1 < first.size(); i += 2) {
    if ((first[i] == 0) != (first[i + 1] == 0)) ++zeros[first[i] == 0 ? 0 : 1];
  }
  const auto most = [&](std::size_t count) {
    return 10 * count >= 9 * (pairs - std::min<std::size_t>(pairs, 1));
  };
  const bool marked = first.starts_with("\xff\xfe") || first.starts_with("\xfe\xff");
  m_mode = Mode::plain;
  if (first.size() < (marked ? 4 : k_least)) return;
  if (most(zeros[1]) && !first.starts_with("\xfe\xff")) {
    m_mode = Mode::little;
  } else if (most(zeros[0]) && !first.starts_with("\xff\xfe")) {
    m_mode = Mode::big;
  }
}

void WideText::run(std::size_t width) {
  if (m_runs.empty() || m_runs.back().width != width) m_runs.push_back({m_text, m_stream, width});
}

void WideText::add(unsigned unit) {
  const std::size_t before = m_out.size();
  if (unit < 0x80) {
    run(2);
    m_out += static_cast<char>(unit);
  } else if (unit != 0xfeff) {
    if (unit >= 0xd800 && unit < 0xe000) unit = 0xfffd;  // half of a character: reports have none such
    m_runs.push_back({m_text, m_stream, 0});
    if (unit < 0x800) {
      m_out += static_cast<char>(0xc0 | (unit >> 6));
    } else {
      m_out += static_cast<char>(0xe0 | (unit >> 12));
      m_out += static_cast<char>(0x80 | ((unit >> 6) & 0x3f));
    }
    m_out += static_cast<char>(0x80 | (unit & 0x3f));
  } else {
    m_runs.push_back({m_text, m_stream, 0});  // the mark is nothing
  }
  m_text += m_out.size() - before;
  m_stream += 2;
}

// The plain ASCII at the start of `bytes`: a copy of every other byte. Returns its length in bytes.
std::size_t WideText::decode_ascii(std::string_view bytes) {
  const std::size_t low = m_mode == Mode::little ? 0 : 1;
  std::size_t units = 0;
  while (2 * units + 2 * k_at_once <= bytes.size()) {
    unsigned other = 0;
    for (std::size_t i = 2 * units; i < 2 * (units + k_at_once); i += 2) {
      other |= static_cast<unsigned char>(bytes[i + 1 - low]);
      other |= static_cast<unsigned char>(bytes[i + low]) & 0x80U;
    }
    if (other != 0) break;
    units += k_at_once;
  }
  if (units == 0) return 0;
  run(2);
  const std::size_t before = m_out.size();
  m_out.resize(before + units);
  for (std::size_t i = 0; i < units; ++i) m_out[before + i] = bytes[2 * i + low];
  m_text += units;
  m_stream += 2 * units;
  return 2 * units;
}

void WideText::decode(std::string_view bytes) {
  std::size_t plain = 0;  // up to where it was looked for plain text
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    if (m_half < 0 && at >= plain) {
      at += decode_ascii(bytes.substr(at));
      plain = at + 2 * k_at_once;
      if (at >= bytes.size()) break;
    }
    const unsigned byte = static_cast<unsigned char>(bytes[at]);
    if (m_half < 0) {
      m_half = static_cast<int>(byte);
      continue;
    }
    const auto half = static_cast<unsigned>(m_half);
    m_half = -1;
    add(m_mode == Mode::little ? half | (byte << 8) : byte | (half << 8));
  }
}

std::size_t WideText::original(std::size_t at) const {
  if (m_runs.empty()) return at;
  // The last run that begins at or before it: of two at one place, the later.
  auto it = std::ranges::upper_bound(m_runs, at, {}, &Run::text);
  if (it == m_runs.begin()) return m_runs.front().stream;
  --it;
  return it->stream + (at - it->text) * it->width;
}

void WideText::forget(std::size_t at) {
  while (m_runs.size() > 1 && m_runs[1].text <= at) m_runs.pop_front();
}

}  // namespace culprit::console
