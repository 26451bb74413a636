// Commits as values: their ids and what git says of them.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace culprit::model {

// A git object id: SHA-1 (20 bytes) or SHA-256 (32 bytes). The default one is null and equals no real commit.
class CommitId {
 public:
  CommitId() = default;
  // A full id of 40 or 64 hexadecimal digits, either case; nullopt for anything else.
  static std::optional<CommitId> from_hex(std::string_view hex);
  // `size` is 20 or 32.
  static CommitId from_bytes(const std::uint8_t* bytes, std::size_t size);

  bool is_null() const { return m_size == 0; }
  std::string hex() const;
  // The first `digits` digits, for people.
  std::string short_hex(std::size_t digits = 12) const { return hex().substr(0, digits); }
  const std::uint8_t* bytes() const { return m_bytes.data(); }
  std::size_t size() const { return m_size; }

  friend auto operator<=>(const CommitId&, const CommitId&) = default;
  friend bool operator==(const CommitId&, const CommitId&) = default;

 private:
  std::array<std::uint8_t, 32> m_bytes{};
  std::uint8_t m_size = 0;
};

// What a commit says of itself. `body` is the message without its title.
struct CommitInfo {
  CommitId id;
  std::vector<CommitId> parents;
  std::string author_name;
  std::string author_email;
  std::int64_t author_time = 0;  // seconds since the epoch
  std::string author_date;       // as git's default date format prints it: "Thu Jun 23 02:04:32 2016 -0400"
  std::string title;
  std::string body;
};

}  // namespace culprit::model

template <>
struct std::hash<culprit::model::CommitId> {
  std::size_t operator()(const culprit::model::CommitId& id) const noexcept {
    std::size_t h = 0;
    std::memcpy(&h, id.bytes(), sizeof h);  // the id is a cryptographic hash already
    return h;
  }
};
