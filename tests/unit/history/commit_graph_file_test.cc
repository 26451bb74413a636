#include "history/graph/commit_graph_file.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <array>

#include "history/graph/load.h"
#include "tests/support/test_repo.h"

namespace culprit::history {
namespace {

namespace fs = std::filesystem;
using model::CommitId;

// A history with an octopus merge and the commit-graph file that git writes for it.
class CommitGraphFile : public ::testing::Test {
 protected:
  CommitGraphFile() : m_commits(import_history(m_repo, {{}, {0}, {0}, {0}, {1, 2, 3}, {4}})) {
    m_repo.git("commit-graph write --reachable --no-progress");
    m_bytes = read(file());
    fs::permissions(file(), fs::perms::owner_write, fs::perm_options::add);
  }

  fs::path file() const { return m_repo.path() / ".git/objects/info/commit-graph"; }
  std::string reason_for(const std::string& bytes) const {
    write(file(), bytes);
    const auto layer = CommitGraphLayer::open(file(), 20);
    return layer ? "" : layer.error();
  }
  static std::string with_right_checksum(std::string bytes) {
    std::array<unsigned char, 20> digest{};
    EVP_Digest(bytes.data(), bytes.size() - 20, digest.data(), nullptr, EVP_sha1(), nullptr);
    bytes.replace(bytes.size() - 20, 20, reinterpret_cast<const char*>(digest.data()), 20);
    return bytes;
  }

  TestRepo m_repo;
  std::vector<CommitId> m_commits;
  std::string m_bytes;
};

TEST_F(CommitGraphFile, GivesIdsAndParentsOfAnOctopusMergeToo) {
  const auto layer = CommitGraphLayer::open(file(), 20);
  ASSERT_TRUE(layer) << layer.error();
  ASSERT_EQ(layer->size(), 6u);
  std::vector<std::uint32_t> parents;
  ASSERT_TRUE(layer->parents(*layer->find(m_commits[4]), parents));
  ASSERT_EQ(parents.size(), 3u);
  for (std::size_t k = 0; k < 3; ++k)
    EXPECT_EQ(CommitId::from_bytes(layer->id_bytes(parents[k]), 20), m_commits[k + 1]);
  EXPECT_FALSE(layer->find(*CommitId::from_hex(std::string(40, 'f'))));
  EXPECT_FALSE(layer->find(*CommitId::from_hex(std::string(40, '0'))));
}

TEST_F(CommitGraphFile, SaysWhatIsWrongWithAFile) {
  EXPECT_EQ(reason_for(""), "is empty");
  EXPECT_EQ(reason_for("CGPH"), "is no commit-graph file");
  EXPECT_EQ(reason_for(std::string(100, 'x')), "is no commit-graph file");
  EXPECT_EQ(reason_for(m_bytes.substr(0, m_bytes.size() - 1)), "is damaged: its checksum does not fit");
  std::string newer = m_bytes;
  newer[4] = 2;
  EXPECT_EQ(reason_for(newer), "has a version that is not known here: 2");
  std::string other_hash = m_bytes;
  other_hash[5] = 2;
  EXPECT_EQ(reason_for(other_hash), "is of another object format");
  std::string more_chunks = m_bytes;
  more_chunks[6] = 100;
  EXPECT_EQ(reason_for(with_right_checksum(more_chunks)), "is damaged: its table of contents does not fit");
  std::string with_base = m_bytes;
  with_base[7] = 1;
  EXPECT_EQ(reason_for(with_right_checksum(with_base)), "is damaged: its list of bases has a wrong size");
}

TEST_F(CommitGraphFile, AMissingFileAndAFolderAreReasonsToo) {
  const auto missing = CommitGraphLayer::open(m_repo.path() / "none", 20);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error(), "cannot be opened: No such file or directory");
  const auto folder = CommitGraphLayer::open(m_repo.path(), 20);
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error(), "is no file");
}

// Each byte changed in turn, with a checksum that fits: whatever the file says then, reading it ends, and a
// load gives a graph or git's answer.
TEST_F(CommitGraphFile, NoDamageBehindARightChecksumBreaksTheLoader) {
  const Repository opened = m_repo.open();
  for (std::size_t at = 0; at + 20 < m_bytes.size(); ++at) {
    // The fan-out table is 1 KB of the same: a part of it will do.
    if (at > 100 && at < 1000 && at % 50 != 0) continue;
    for (const int flip : {0x01, 0x80}) {
      std::string bytes = m_bytes;
      bytes[at] = static_cast<char>(bytes[at] ^ flip);
      write(file(), with_right_checksum(bytes));
      std::vector<std::string> notes;
      const CommitGraphChain chain = CommitGraphChain::open(opened.object_dirs, 0, 20, notes);
      std::vector<std::uint32_t> parents;
      for (std::uint32_t i = 0; i < chain.size(); ++i) {
        parents.clear();
        if (!chain.parents(i, parents)) continue;
        for (const std::uint32_t parent : parents) EXPECT_LT(parent, chain.size());
      }
      EXPECT_TRUE(chain.size() > 0 || !notes.empty());
    }
  }
}

TEST_F(CommitGraphFile, ACycleIsNoticedAndGitAsked) {
  // The root's first parent becomes the newest commit.
  const auto layer = CommitGraphLayer::open(file(), 20);
  ASSERT_TRUE(layer);
  const std::size_t rows = m_bytes.find("CDAT");
  std::size_t data = 0;
  for (std::size_t i = 0; i < 8; ++i) data = data << 8 | static_cast<unsigned char>(m_bytes[rows + 4 + i]);
  std::string bytes = m_bytes;
  const std::size_t parent = data + *layer->find(m_commits[0]) * 36 + 20;
  bytes.replace(parent, 4, std::string{0, 0, 0, static_cast<char>(*layer->find(m_commits[5]))});
  write(file(), with_right_checksum(bytes));
  LoadReport report;
  const auto graph = load_graph(m_repo.open(), std::span(&m_commits[5], 1), k_never, &report);
  ASSERT_TRUE(graph) << base::render(graph.error());
  EXPECT_EQ(graph->size(), 6u);
  EXPECT_EQ(report.from_git, 6u);
  ASSERT_EQ(report.notes.size(), 1u);
  EXPECT_EQ(report.notes[0],
            "git's commit-graph file is not used: the commit " + m_commits[5].hex() + " is its own ancestor");
}

}  // namespace
}  // namespace culprit::history
