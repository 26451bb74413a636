// The commit-graph file format, version 1 (git's Documentation/gitformat-commit-graph.txt):
//
//   "CGPH", version 1, hash (1 SHA-1, 2 SHA-256), number of chunks, number of base layers; one byte each
//   a table of (4-byte chunk name, 8-byte offset), closed by an entry named 0 at the end of the last chunk
//   OIDF 256 counts of ids whose first byte is at most i; OIDL the ids, ascending
//   CDAT for each id: tree, two parents, 8 bytes of generation and time
//   EDGE further parents of octopus merges; BASE the checksums of the layers below; a checksum of all
//
// All numbers are big-endian. A file is written once and then renamed into place, so what we map does not
// change under us; but disks lie, and a file may come from anywhere. Git trusts the file after checking its
// sizes. We also compute the checksum: 75 MB of a graph of 1.3 million commits take 0.1 s, and a single wrong
// parent would make a bisection wrong without a trace. Whoever wants git's answer instead has it: the loader
// falls back.

#include "history/graph/commit_graph_file.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/files.h"
#include "base/strings.h"

namespace culprit::history {
namespace {

constexpr std::uint32_t k_no_parent = 0x70000000;
constexpr std::uint32_t k_high_bit = 0x80000000;

std::uint32_t read_u32(const std::uint8_t* at) {
  return std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 | std::uint32_t{at[2]} << 8 | at[3];
}

std::uint64_t read_u64(const std::uint8_t* at) {
  return std::uint64_t{read_u32(at)} << 32 | read_u32(at + 4);
}

constexpr std::uint32_t chunk_name(const char (&name)[5]) {
  return static_cast<std::uint32_t>(name[0]) << 24 | static_cast<std::uint32_t>(name[1]) << 16 |
         static_cast<std::uint32_t>(name[2]) << 8 | static_cast<std::uint32_t>(name[3]);
}

bool checksum_fits(std::span<const std::uint8_t> bytes, std::size_t hash_size) {
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  const EVP_MD* kind = hash_size == 20 ? EVP_sha1() : EVP_sha256();
  const std::size_t body = bytes.size() - hash_size;
  return EVP_Digest(bytes.data(), body, digest.data(), nullptr, kind, nullptr) == 1 &&
         std::memcmp(digest.data(), bytes.data() + body, hash_size) == 0;
}

// The chunks of a file by name, all within the file.
class Chunks {
 public:
  // False where the table does not fit the file.
  bool read(std::span<const std::uint8_t> bytes, std::size_t count, std::size_t hash_size) {
    constexpr std::size_t header = 8, entry = 12;
    const std::size_t table_end = header + (count + 1) * entry;
    if (bytes.size() < table_end + hash_size) return false;
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint8_t* at = bytes.data() + header + i * entry;
      const std::uint64_t begin = read_u64(at + 4), end = read_u64(at + entry + 4);
      if (begin < table_end || end < begin || end > bytes.size() - hash_size) return false;
      m_chunks.emplace_back(read_u32(at), bytes.subspan(begin, end - begin));
    }
    return true;
  }

  std::span<const std::uint8_t> operator[](std::uint32_t name) const {
    for (const auto& [chunk, bytes] : m_chunks)
      if (chunk == name) return bytes;
    return {};
  }

 private:
  std::vector<std::pair<std::uint32_t, std::span<const std::uint8_t>>> m_chunks;
};

}  // namespace

std::expected<std::unique_ptr<MappedFile>, std::string> MappedFile::open(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::unexpected("cannot be opened: " + std::string(std::strerror(errno)));
  struct stat status{};
  const bool is_file = ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
  const auto size = static_cast<std::size_t>(status.st_size);
  void* data = MAP_FAILED;
  if (is_file && size > 0) data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
  const std::string reason = !is_file ? "is no file" : size == 0 ? "is empty" : std::strerror(errno);
  ::close(fd);
  if (data == MAP_FAILED) return std::unexpected(reason);
  return std::unique_ptr<MappedFile>(new MappedFile(static_cast<const std::uint8_t*>(data), size));
}

MappedFile::~MappedFile() { ::munmap(const_cast<std::uint8_t*>(m_data), m_size); }

std::expected<CommitGraphLayer, std::string> CommitGraphLayer::open(const std::filesystem::path& path,
                                                                    std::size_t hash_size) {
  CommitGraphLayer layer;
  auto file = MappedFile::open(path);
  if (!file) return std::unexpected(file.error());
  layer.m_file = std::move(*file);
  if (auto reason = layer.parse(hash_size)) return std::unexpected(*reason);
  return layer;
}

std::optional<std::string> CommitGraphLayer::parse(std::size_t hash_size) {
  const std::span<const std::uint8_t> bytes = m_file->bytes();
  m_hash_size = hash_size;
  if (bytes.size() < 8 + hash_size || std::memcmp(bytes.data(), "CGPH", 4) != 0)
    return "is no commit-graph file";
  if (bytes[4] != 1) return "has a version that is not known here: " + std::to_string(bytes[4]);
  if (bytes[5] != (hash_size == 20 ? 1 : 2)) return "is of another object format";
  if (!checksum_fits(bytes, hash_size)) return "is damaged: its checksum does not fit";

  Chunks chunks;
  if (!chunks.read(bytes, bytes[6], hash_size)) return "is damaged: its table of contents does not fit";
  const auto fanout = chunks[chunk_name("OIDF")], ids = chunks[chunk_name("OIDL")];
  const auto data = chunks[chunk_name("CDAT")], bases = chunks[chunk_name("BASE")];
  if (fanout.size() != 256 * 4) return "is damaged: its fan-out table has a wrong size";
  m_count = read_u32(fanout.data() + 255 * 4);
  if (m_count >= k_no_parent || ids.size() != std::size_t{m_count} * hash_size ||
      data.size() != std::size_t{m_count} * (hash_size + 16))
    return "is damaged: its tables have wrong sizes";
  if (bases.size() != std::size_t{bytes[7]} * hash_size)
    return "is damaged: its list of bases has a wrong size";
  m_fanout = fanout.data();
  m_ids = ids.data();
  m_data = data.data();
  m_edges = chunks[chunk_name("EDGE")];
  for (std::size_t i = 0; i < bytes[7]; ++i)
    m_bases.push_back(model::CommitId::from_bytes(bases.data() + i * hash_size, hash_size));
  return check_ids();
}

std::optional<std::string> CommitGraphLayer::check_ids() const {
  for (std::uint32_t i = 1; i < m_count; ++i)
    if (std::memcmp(id_bytes(i - 1), id_bytes(i), m_hash_size) >= 0)
      return "is damaged: its ids are out of order";
  for (std::size_t b = 0; b < 256; ++b) {
    const std::uint32_t end = read_u32(m_fanout + 4 * b);
    if (end > m_count || (end > 0 && id_bytes(end - 1)[0] > b) || (end < m_count && id_bytes(end)[0] <= b))
      return "is damaged: its fan-out table does not fit its ids";
  }
  return std::nullopt;
}

std::optional<std::uint32_t> CommitGraphLayer::find(const model::CommitId& id) const {
  if (id.size() != m_hash_size) return std::nullopt;
  const std::size_t first = id.bytes()[0];
  std::uint32_t low = first == 0 ? 0 : read_u32(m_fanout + 4 * (first - 1));
  std::uint32_t high = read_u32(m_fanout + 4 * first);
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    const int order = std::memcmp(id_bytes(middle), id.bytes(), m_hash_size);
    if (order == 0) return middle;
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return std::nullopt;
}

bool CommitGraphLayer::parents(std::uint32_t at, std::vector<std::uint32_t>& out) const {
  const std::uint8_t* row = m_data + std::size_t{at} * (m_hash_size + 16) + m_hash_size;
  const std::uint32_t first = read_u32(row), second = read_u32(row + 4);
  if (first == k_no_parent) return true;
  out.push_back(first);
  if (second == k_no_parent) return true;
  if (!(second & k_high_bit)) {
    out.push_back(second);
    return true;
  }
  for (std::size_t edge = second & ~k_high_bit; edge < m_edges.size() / 4; ++edge) {
    const std::uint32_t parent = read_u32(m_edges.data() + 4 * edge);
    out.push_back(parent & ~k_high_bit);
    if (parent & k_high_bit) return true;
  }
  return false;
}

std::optional<std::string> CommitGraphChain::add(const std::filesystem::path& path,
                                                 const model::CommitId& name) {
  auto layer = CommitGraphLayer::open(path, m_hash_size);
  if (!layer) return layer.error();
  if (layer->bases() != m_names) return "does not fit the layers below it";
  m_starts.push_back(m_starts.back() + layer->size());
  m_layers.push_back(std::move(*layer));
  m_names.push_back(name);
  return std::nullopt;
}

CommitGraphChain CommitGraphChain::open(std::span<const std::filesystem::path> object_dirs, std::size_t which,
                                        std::size_t hash_size, std::vector<std::string>& notes) {
  CommitGraphChain chain;
  chain.m_hash_size = hash_size;
  std::error_code ignored;
  const auto add = [&](const std::filesystem::path& path, const model::CommitId& name) {
    const auto reason = chain.add(path, name);
    if (reason)
      notes.push_back("the commit-graph file " + path.string() + " " + *reason + "; it is not used");
    return !reason;
  };

  const std::filesystem::path single = object_dirs[which] / "info" / "commit-graph";
  if (std::filesystem::exists(single, ignored)) {
    add(single, {});
    return chain;
  }
  const std::string list =
      base::read_file(object_dirs[which] / "info" / "commit-graphs" / "commit-graph-chain").value_or("");
  for (const std::string_view line : base::split_lines(list)) {
    const auto name = model::CommitId::from_hex(line);
    if (!name) {
      notes.push_back("a commit-graph chain names '" + std::string(line) +
                      "', which is no checksum; the rest is not used");
      break;
    }
    const std::string file = "info/commit-graphs/graph-" + name->hex() + ".graph";
    const auto holder = std::ranges::find_if(object_dirs, [&](const std::filesystem::path& dir) {
      return std::filesystem::exists(dir / file, ignored);
    });
    if (holder == object_dirs.end()) {
      notes.push_back("the commit-graph layer " + name->hex() + " is missing; those above it are not used");
      break;
    }
    if (!add(*holder / file, *name)) break;
  }
  return chain;
}

std::size_t CommitGraphChain::layer_of(std::uint32_t number) const {
  if (m_layers.size() == 1) return 0;
  return static_cast<std::size_t>(std::ranges::upper_bound(m_starts, number) - m_starts.begin()) - 1;
}

std::optional<std::uint32_t> CommitGraphChain::find(const model::CommitId& id) const {
  for (std::size_t layer = 0; layer < m_layers.size(); ++layer)
    if (const auto at = m_layers[layer].find(id)) return m_starts[layer] + *at;
  return std::nullopt;
}

model::CommitId CommitGraphChain::id(std::uint32_t number) const {
  const std::size_t layer = layer_of(number);
  return model::CommitId::from_bytes(m_layers[layer].id_bytes(number - m_starts[layer]), m_hash_size);
}

bool CommitGraphChain::parents(std::uint32_t number, std::vector<std::uint32_t>& out) const {
  const std::size_t layer = layer_of(number);
  const std::size_t before = out.size();
  if (!m_layers[layer].parents(number - m_starts[layer], out)) return false;
  // A layer knows itself and those below it.
  return std::all_of(out.begin() + static_cast<std::ptrdiff_t>(before), out.end(),
                     [&](std::uint32_t parent) { return parent < m_starts[layer + 1]; });
}

}  // namespace culprit::history
