// Reader of git's commit-graph files: parents of commits at memory speed, without git and without objects.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/graph/commit.h"

namespace culprit::history {

// A file mapped read-only for as long as the object lives.
class MappedFile {
 public:
  // The reason in words where the file cannot be opened or mapped.
  static std::expected<std::unique_ptr<MappedFile>, std::string> open(const std::filesystem::path& path);
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  std::span<const std::uint8_t> bytes() const { return {m_data, m_size}; }

 private:
  MappedFile(const std::uint8_t* data, std::size_t size) : m_data(data), m_size(size) {}

  const std::uint8_t* m_data;
  std::size_t m_size;
};

// One commit-graph file. Its commits are numbered from 0 in the order of their ids; in a chain of files the
// numbers of a parent go on from the layers below.
class CommitGraphLayer {
 public:
  // Opens and checks a file: signature, version, hash (`hash_size` 20 or 32), sizes of all parts, order of
  // ids, checksum. The reason in words where it is damaged or of another kind.
  static std::expected<CommitGraphLayer, std::string> open(const std::filesystem::path& path,
                                                           std::size_t hash_size);

  std::uint32_t size() const { return m_count; }
  const std::uint8_t* id_bytes(std::uint32_t at) const { return m_ids + std::size_t{at} * m_hash_size; }
  std::optional<std::uint32_t> find(const model::CommitId& id) const;
  // Layers that must lie below this one, by the checksums that are their names.
  const std::vector<model::CommitId>& bases() const { return m_bases; }
  // Appends the chain-wide numbers of the parents of commit `at`. False if the file names an impossible extra
  // edge; the numbers themselves are not checked.
  bool parents(std::uint32_t at, std::vector<std::uint32_t>& out) const;

 private:
  CommitGraphLayer() = default;
  std::optional<std::string> parse(std::size_t hash_size);
  std::optional<std::string> check_ids() const;

  std::unique_ptr<MappedFile> m_file;
  std::size_t m_hash_size = 0;
  std::uint32_t m_count = 0;
  const std::uint8_t* m_fanout = nullptr;
  const std::uint8_t* m_ids = nullptr;
  const std::uint8_t* m_data = nullptr;
  std::span<const std::uint8_t> m_edges;
  std::vector<model::CommitId> m_bases;
};

// The layers of one object folder (and, for a split chain, of its alternates), lowest first, as one
// numbering.
class CommitGraphChain {
 public:
  // The commit-graph of `object_dirs[which]`: info/commit-graph, else the chain in info/commit-graphs, whose
  // layers may lie in any of `object_dirs`. Empty where there is none. A damaged layer ends the chain below
  // it and is told in `notes`.
  static CommitGraphChain open(std::span<const std::filesystem::path> object_dirs, std::size_t which,
                               std::size_t hash_size, std::vector<std::string>& notes);

  std::uint32_t size() const { return m_starts.back(); }
  std::optional<std::uint32_t> find(const model::CommitId& id) const;
  model::CommitId id(std::uint32_t number) const;
  // As CommitGraphLayer::parents, checked: false if a parent is none of this chain's commits.
  bool parents(std::uint32_t number, std::vector<std::uint32_t>& out) const;

 private:
  std::size_t layer_of(std::uint32_t number) const;
  // The reason in words where the file cannot be the next layer.
  std::optional<std::string> add(const std::filesystem::path& path, const model::CommitId& name);

  std::size_t m_hash_size = 20;
  std::vector<CommitGraphLayer> m_layers;
  std::vector<model::CommitId> m_names;    // of the layers of a split chain
  std::vector<std::uint32_t> m_starts{0};  // number of each layer's first commit, and the total
};

}  // namespace culprit::history
