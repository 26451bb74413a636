// The history that examples/program makes, built by the builder that the demo uses.
#include <gmock/gmock.h>

#include <csignal>
#include <set>

#include "base/files.h"
#include "base/process/subprocess.h"
#include "base/strings.h"
#include "build/command_builder.h"

namespace culprit::build {
namespace {

namespace fs = std::filesystem;
using model::BuildStatus;

const fs::path k_example = fs::path(CULPRIT_SOURCE_DIR) / "examples" / "program";

std::string tool(std::vector<std::string> argv, const fs::path& cwd = "/") {
  const base::CancelToken never;
  const auto out = base::run_tool({.argv = std::move(argv), .cwd = cwd, .timeout_s = 300}, never);
  EXPECT_TRUE(out) << base::render(out.error());
  return std::string(base::trim(out.value_or("")));
}

class ExampleProgram : public testing::Test, public Checkout {
 protected:
  ExampleProgram() {
    make(m_repository);
    m_log = git({"log", "--format=%H %s", "main"});
  }

  static void make(const fs::path& folder) {
    tool({(k_example / "make-history.sh").string(), folder.string()});
  }
  std::string git(std::vector<std::string> argv) const {
    argv.insert(argv.begin(), "git");
    return tool(std::move(argv), m_repository);
  }
  // The one commit with the title that `file` of the example states.
  model::CommitId stated_by(const std::string& file) const {
    const std::string title(base::trim(base::read_file(k_example / file).value_or("")));
    std::vector<std::string> found;
    for (const std::string_view line : base::split_lines(m_log))
      if (line.substr(41) == title) found.emplace_back(line.substr(0, 40));
    EXPECT_EQ(found.size(), 1u) << title;
    return found.empty() ? model::CommitId() : *model::CommitId::from_hex(found[0]);
  }
  base::Result<fs::path> at(const model::CommitId& commit, int) override {
    git({"checkout", "-q", "-f", "--detach", commit.hex()});
    return m_repository;
  }
  base::Result<std::string> tree(const model::CommitId& commit) override {
    return git({"rev-parse", commit.hex() + "^{tree}"});
  }
  model::BuildRecord build(CommandBuilder& builder, const std::string& revision) {
    const base::CancelToken never;
    auto product =
        builder.build(*model::CommitId::from_hex(git({"rev-parse", revision + "^{commit}"})), "", 0, never);
    EXPECT_TRUE(product) << base::render(product.error());
    return product ? product->record : model::BuildRecord{};
  }
  // The exit code of the test `name` in the worktree as it is, as a shell has it.
  int test(const std::string& name) const {
    const base::CancelToken never;
    const auto end = base::run_process({.argv = {"sh", "-c", "./" + name}, .cwd = m_repository}, never);
    return end ? end->exit_code : -1;
  }

  base::TempDir m_top = std::move(*base::TempDir::create("culprit-example-test-"));
  fs::path m_repository = m_top.path() / "tally";
  std::string m_log;
};

TEST_F(ExampleProgram, HasTheSameCommitsEveryTime) {
  make(m_top.path() / "again");
  EXPECT_EQ(tool({"git", "show-ref"}, m_top.path() / "again"), git({"show-ref"}));
  EXPECT_EQ(git({"status", "--porcelain"}), "");
  EXPECT_EQ(base::split_lines(git({"tag"})).size(), 10u);
  const std::size_t commits = base::split_lines(m_log).size();
  EXPECT_GE(commits, 150u);
  EXPECT_LE(commits, 300u);
}

TEST_F(ExampleProgram, PlantedCommitMakesItCrash) {
  const std::string planted = stated_by("planted.txt").hex();
  CommandBuilder builder({.command = "make -s"}, *this);
  ASSERT_EQ(build(builder, planted + "^").status, BuildStatus::ok);
  std::set<int> before, after;
  for (int i = 0; i < 10; ++i) before.insert(test("test.sh"));
  EXPECT_THAT(before, testing::ElementsAre(0));
  ASSERT_EQ(build(builder, planted).status, BuildStatus::ok);
  // Three runs of five crash: all of 40 alike has a chance of 1e-9.
  for (int i = 0; i < 40; ++i) after.insert(test("test.sh"));
  EXPECT_THAT(after, testing::ElementsAre(0, 128 + SIGSEGV));
}

TEST_F(ExampleProgram, SecondBugComesAndGoes) {
  CommandBuilder builder({.command = "make -s"}, *this);
  const std::string planted = stated_by("planted-empty.txt").hex(),
                    fixed = stated_by("fixed-empty.txt").hex();
  for (const auto& [revision, code] :
       {std::pair{planted + "^", 0}, {planted, 139}, {fixed + "^", 139}, {fixed, 0}}) {
    ASSERT_EQ(build(builder, revision).status, BuildStatus::ok);
    EXPECT_EQ(test("test-empty.sh"), code) << revision;
  }
}

TEST_F(ExampleProgram, RevisionsThatDoNotBuildAreBrokenAndThoseOfTheManualChangeNothing) {
  CommandBuilder builder({.command = "make -s", .artifacts = {"tally"}}, *this);
  const auto titled = [&](std::string_view title) {
    return git({"log", "--format=%H", "--fixed-strings", "--grep", std::string(title), "main"});
  };
  const auto broken = build(builder, titled("totals: errors are bad lines"));
  EXPECT_EQ(broken.status, BuildStatus::broken);
  EXPECT_THAT(broken.text, testing::HasSubstr("no member named"));
  const std::string manual = titled("docs: describe systems and robots");
  const std::string before = build(builder, manual + "^").signature;
  EXPECT_EQ(build(builder, manual).signature, before);
  EXPECT_NE(build(builder, manual + "^^").signature, before);
}

}  // namespace
}  // namespace culprit::build
