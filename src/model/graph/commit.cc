#include "model/graph/commit.h"

#include "base/check.h"

namespace culprit::model {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<CommitId> CommitId::from_hex(std::string_view hex) {
  if (hex.size() != 40 && hex.size() != 64) return std::nullopt;
  CommitId id;
  id.m_size = static_cast<std::uint8_t>(hex.size() / 2);
  for (std::size_t i = 0; i < id.m_size; ++i) {
    const int high = hex_digit(hex[2 * i]);
    const int low = hex_digit(hex[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    id.m_bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return id;
}

CommitId CommitId::from_bytes(const std::uint8_t* bytes, std::size_t size) {
  CULPRIT_CHECK(size == 20 || size == 32, "size " + std::to_string(size));
  CommitId id;
  id.m_size = static_cast<std::uint8_t>(size);
  std::memcpy(id.m_bytes.data(), bytes, size);
  return id;
}

std::string CommitId::hex() const {
  static constexpr char k_digits[] = "0123456789abcdef";
  std::string out;
  out.reserve(2 * m_size);
  for (std::size_t i = 0; i < m_size; ++i) {
    out += k_digits[m_bytes[i] >> 4];
    out += k_digits[m_bytes[i] & 15];
  }
  return out;
}

}  // namespace culprit::model
