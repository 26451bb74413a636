// The builder against a script in make's place and folders in a repository's: what it calls, what it trusts,
// what it says.

#include "build/kernel/kernel_builder.h"

#include <gmock/gmock.h>

#include <chrono>
#include <cstdlib>
#include <map>
#include <thread>

#include "base/files.h"
#include "base/process/subprocess.h"
#include "base/strings.h"
#include "build/reverting_builder.h"
#include "model/search.h"

namespace culprit::build {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using model::BuildStatus;
using model::CommitId;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// Behaves as the file `behaviour` of the tree says. Logs its goals and environment into the object folder.
constexpr std::string_view k_fake_make = R"(#!/bin/sh
[ "$1" = --version ] && exit
while [ $# -gt 0 ]; do
  case $1 in
    -C) src=$2; shift ;;
    O=*) obj=${1#O=} ;;
    KCONFIG_ALLCONFIG=*) fragment=${1#*=} ;;
    CC=*) cc=$1 ;;
    -* | *=*) ;;
    *) goal=$1 ;;
  esac
  shift
done
echo "$goal" >> "$obj/goals"
env > "$obj/environment"
case $goal in
  allnoconfig) grep -v UNKNOWN "$fragment" > "$obj/.config"; exit ;;
  odd_defconfig) echo "make[1]: *** No rule to make target 'odd_defconfig'.  Stop." >&2; exit 2 ;;
  defconfig) echo CONFIG_DEFAULT=y > "$obj/.config"; exit ;;
  olddefconfig) exit ;;
esac
ls -A "$obj" > "$obj/seen-by-$goal"
case $(cat "$src/behaviour") in
  broken) echo "a.c:1:2: error: 'x' undeclared" >&2; exit 2 ;;
  no-tool) echo "/bin/sh: 1: flex: not found" >&2; exit 2 ;;
  disk-full) echo "as: No space left on device" >&2; exit 2 ;;
  oom) echo "gcc: fatal error: Killed signal terminated program cc1" >&2; exit 2 ;;
  killed-once) echo x >> "$src/tries"
    [ $(grep -c x "$src/tries") -gt 1 ] || { echo "make: *** [a] Error 137" >&2; exit 2; } ;;
  stale) [ ! -e "$obj/whole.o" ] || { echo "a.c:1:2: error: 'stale' undeclared" >&2; exit 2; } ;;
  dies) kill -KILL $$ ;;
  vanishes) rm -rf "$obj"; echo "cannot write: No such file or directory" >&2; exit 2 ;;
  slow) echo half > "$obj/half.o"; sleep 60 ;;
esac
echo object > "$obj/whole.o"
cp "$src/image" "$obj/vmlinux"
mkdir -p "$obj/arch/x86/boot"
[ "$goal" = bzImage ] && cp "$src/image" "$obj/arch/x86/boot/bzImage"
exit 0
)";

class FolderCheckout : public Checkout {
 public:
  base::Result<fs::path> at(const CommitId& commit, int /*slot*/) override {
    checkouts++;
    return folders.at(commit);
  }
  base::Result<std::string> tree(const CommitId& commit) override {
    return "tree of " + folders.at(commit).string();
  }

  std::map<CommitId, fs::path> folders;
  int checkouts = 0;
};

class KernelBuilderTest : public testing::Test {
 protected:
  void SetUp() override {
    auto folder = base::TempDir::create("culprit-test-");
    ASSERT_TRUE(folder);
    m_folder.emplace(std::move(*folder));
    write("make", k_fake_make);
    fs::permissions(m_folder->path() / "make", fs::perms::owner_all);
    m_options.config = "CONFIG_SMP=y\nCONFIG_PVH=y\n";
    m_options.target = "allnoconfig";
    m_options.toolchains = {{.since = "", .cc = "gcc", .llvm = "", .make_args = {}}};
    m_options.variants = {{"quiet", {{"SMP", "n"}}}};
    m_options.ccache = false;
    m_options.make = (m_folder->path() / "make").string();
    m_options.state_dir = m_folder->path() / "state";
    m_options.cache_dir = m_folder->path() / "cache";
  }

  void write(const fs::path& name, std::string_view text) {
    fs::create_directories((m_folder->path() / name).parent_path());
    ASSERT_TRUE(base::write_file_atomically(m_folder->path() / name, text));
  }

  // A commit whose tree behaves so; the image's code returns `answer`.
  CommitId commit(const std::string& behaviour, int answer = 1, const std::string& version = "6") {
    const std::string digit(1, static_cast<char>('1' + m_checkout.folders.size()));
    const auto id = *CommitId::from_hex(digit + std::string(39, '0'));
    const std::string name = "tree" + digit;
    write(name + "/Makefile", "VERSION = " + version + "\nPATCHLEVEL = 1\nSUBLEVEL = 9\n");
    write(name + "/behaviour", behaviour);
    write(name + "/a.c", "int f(void) { return " + std::to_string(answer) + "; }\n");
    const auto built =
        base::run_tool({.argv = {"gcc", "-nostdlib", "-static", "-Wl,-e,f", "-o", "image", "a.c"},
                        .cwd = m_folder->path() / name},
                       m_cancel);
    EXPECT_TRUE(built);
    m_checkout.folders[id] = m_folder->path() / name;
    return id;
  }

  base::Result<BuildProduct> build(const CommitId& id, const std::string& variant = "") {
    auto builder = KernelBuilder::create(m_options, m_checkout, m_cancel);
    if (!builder) return std::unexpected(builder.error());
    return (*builder)->build(id, variant, 0, m_cancel);
  }

  // The object folder that was built in last.
  fs::path objects() const {
    for (const auto& entry : fs::directory_iterator(m_options.state_dir / "objects"))
      if (entry.path().string().find('+') == std::string::npos) return entry.path();
    return {};
  }
  std::string in_objects(const std::string& name) const {
    return base::read_file(objects() / name).value_or("(no " + name + ")");
  }

  std::optional<base::TempDir> m_folder;
  FolderCheckout m_checkout;
  KernelBuildOptions m_options;
  base::CancelToken m_cancel;
};

TEST_F(KernelBuilderTest, ConfiguresBuildsAndSigns) {
  const auto product = build(commit("ok"));
  ASSERT_TRUE(product) << base::render(product.error());
  EXPECT_EQ(product->record.status, BuildStatus::ok);
  EXPECT_EQ(product->record.signature.size(), 64U);
  EXPECT_THAT(product->record.compiler, testing::StartsWith("gcc"));
  EXPECT_EQ(product->record.text, "");
  EXPECT_EQ(in_objects("goals"), "allnoconfig\nvmlinux\n");
  EXPECT_TRUE(fs::exists(product->artifact / "vmlinux"));
  EXPECT_FALSE(fs::exists(product->artifact / "bzImage"));
  EXPECT_EQ(base::read_file(product->artifact / "config").value(), "CONFIG_SMP=y\nCONFIG_PVH=y\n");
}

TEST_F(KernelBuilderTest, AKernelThatCannotBootThroughPvhIsBuiltAsABzImage) {
  m_options.config = "CONFIG_PVH=y\nCONFIG_KASAN=y\n";
  const auto product = build(commit("ok"));
  ASSERT_TRUE(product);
  EXPECT_EQ(in_objects("goals"), "allnoconfig\nbzImage\n");
  EXPECT_TRUE(fs::exists(product->artifact / "bzImage"));
}

TEST_F(KernelBuilderTest, OtherTargetsGetTheFragmentAppended) {
  m_options.target = "defconfig";
  const auto product = build(commit("ok"));
  ASSERT_TRUE(product);
  EXPECT_EQ(in_objects("goals"), "defconfig\nolddefconfig\nvmlinux\n");
  // Then comes what build/recipe/tweaks.cc says of any configuration.
  EXPECT_THAT(in_objects(".config"), AllOf(StartsWith("CONFIG_DEFAULT=y\nCONFIG_SMP=y\nCONFIG_PVH=y\n"),
                                           HasSubstr("# CONFIG_WERROR is not set\n")));
}

TEST_F(KernelBuilderTest, AFullConfigIsTakenAsItIs) {
  m_options.target.clear();
  ASSERT_TRUE(build(commit("ok")));
  EXPECT_EQ(in_objects("goals"), "olddefconfig\nvmlinux\n");
}

TEST_F(KernelBuilderTest, OptionsThatTheRevisionDoesNotTakeAreNoted) {
  m_options.config += "CONFIG_UNKNOWN=y\n";
  EXPECT_EQ(build(commit("ok"))->record.text,
            "requested options that this revision does not take: UNKNOWN=y (is n)");
}

TEST_F(KernelBuilderTest, TheUsersEnvironmentDoesNotReachTheBuild) {
  ::setenv("MAKEFLAGS", "-k", 1);
  ::setenv("KCFLAGS", "-O0", 1);
  ASSERT_TRUE(build(commit("ok")));
  ::unsetenv("MAKEFLAGS");
  ::unsetenv("KCFLAGS");
  const std::string environment = in_objects("environment");
  EXPECT_THAT(environment, Not(HasSubstr("MAKEFLAGS")));
  EXPECT_THAT(environment, Not(HasSubstr("KCFLAGS")));
  for (const char* fixed : {"KBUILD_BUILD_TIMESTAMP=", "KBUILD_BUILD_USER=", "KBUILD_BUILD_HOST=",
                            "KBUILD_BUILD_VERSION=", "LC_ALL=C", "PATH="})
    EXPECT_THAT(environment, HasSubstr(fixed));
}

TEST_F(KernelBuilderTest, ABrokenBuildIsARecordWithItsErrors) {
  const auto product = build(commit("broken"));
  ASSERT_TRUE(product);
  EXPECT_EQ(product->record.status, BuildStatus::broken);
  EXPECT_EQ(product->record.text, "a.c:1:2: error: 'x' undeclared\n");
  EXPECT_EQ(product->record.signature, "");
}

TEST_F(KernelBuilderTest, ADiskThatWasFullIsNoFaultOfTheRevision) {
  const auto product = build(commit("disk-full"));
  ASSERT_TRUE(product);
  EXPECT_EQ(product->record.status, BuildStatus::infra);
  EXPECT_THAT(product->record.text, HasSubstr("No space left on device"));
}

TEST_F(KernelBuilderTest, AMissingToolIsAnErrorWithItsPackage) {
  const auto product = build(commit("no-tool"));
  ASSERT_FALSE(product);
  EXPECT_EQ(base::render(product.error()),
            "culprit: error: building 100000000000: the build needs flex, which is missing here\n"
            "hint: apt-get install flex; `culprit doctor` looks for the others\n");
  m_options.make = "no-such-make";
  EXPECT_EQ(build(commit("ok")).error().hint, "apt-get install make");
}

TEST_F(KernelBuilderTest, AKilledCompilerIsInfrastructureAndIsTriedAgain) {
  const auto id = commit("oom");
  EXPECT_EQ(build(id)->record.status, BuildStatus::infra);
  write("tree1/behaviour", "ok");
  EXPECT_EQ(build(id)->record.status, BuildStatus::ok);
}

TEST_F(KernelBuilderTest, AToolThatIsKilledOnceCostsASecondTry) {
  const auto product = build(commit("killed-once"));
  ASSERT_TRUE(product);
  EXPECT_EQ(product->record.status, BuildStatus::ok) << product->record.text;
}

TEST_F(KernelBuilderTest, AMakeThatIsKilledIsInfrastructure) {
  const auto product = build(commit("dies"));
  ASSERT_TRUE(product);
  EXPECT_EQ(product->record.status, BuildStatus::infra);
  EXPECT_THAT(product->record.text, HasSubstr("culprit: make was ended by signal 9"));
}

TEST_F(KernelBuilderTest, AnObjectFolderThatVanishesIsInfrastructure) {
  const auto product = build(commit("vanishes"));
  ASSERT_TRUE(product) << base::render(product.error());
  EXPECT_EQ(product->record.status, BuildStatus::infra);
  EXPECT_THAT(product->record.text, HasSubstr("vanished while the kernel was built"));
}

TEST_F(KernelBuilderTest, AFailureThatACleanTryDoesNotRepeatIsNone) {
  ASSERT_TRUE(build(commit("ok")));
  const auto stale = commit("stale");
  const auto product = build(stale);
  ASSERT_TRUE(product);
  EXPECT_EQ(product->record.status, BuildStatus::ok) << product->record.text;
  EXPECT_THAT(in_objects("seen-by-vmlinux"), Not(HasSubstr("whole.o"))) << "the objects that failed are gone";
}

TEST_F(KernelBuilderTest, ABrokenRevisionIsTriedTwiceAndLeavesTheObjectsOfBefore) {
  ASSERT_TRUE(build(commit("ok")));
  ASSERT_TRUE(build(commit("broken")));
  ASSERT_TRUE(build(commit("ok", 3)));
  EXPECT_EQ(in_objects("goals"), "allnoconfig\nvmlinux\nallnoconfig\nvmlinux\nallnoconfig\nvmlinux\n")
      << "the second, clean try was made elsewhere";
  EXPECT_THAT(in_objects("seen-by-vmlinux"), HasSubstr("whole.o"));
}

TEST_F(KernelBuilderTest, RememberedFailuresCanBeDropped) {
  const auto id = commit("broken");
  ASSERT_EQ(build(id)->record.status, BuildStatus::broken);
  write("tree1/behaviour", "ok");
  EXPECT_EQ(build(id)->record.status, BuildStatus::broken) << "remembered";
  ASSERT_TRUE(KernelCache(m_options.cache_dir, 0).forget_failures());
  EXPECT_EQ(build(id)->record.status, BuildStatus::ok);
}

TEST_F(KernelBuilderTest, ARevisionWithoutTheTargetIsBroken) {
  m_options.target = "odd_defconfig";
  const auto product = build(commit("ok"));
  ASSERT_TRUE(product);
  EXPECT_EQ(product->record.status, BuildStatus::broken);
  EXPECT_THAT(product->record.text, testing::StartsWith("this revision has no target \"odd_defconfig\"\n"));
  EXPECT_EQ(in_objects("goals"), "odd_defconfig\n") << "once is enough";
}

TEST_F(KernelBuilderTest, AStateFolderThatMakeCannotTakeIsTheUsersMistake) {
  for (const auto& [name, what] : std::map<std::string, std::string>{
           {"a b", "a blank"}, {"a:b", "':'"}, {"a%b", "'%'"}, {"a$b", "'$'"}, {"a#b", "'#'"}}) {
    m_options.state_dir = "/tmp/" + name;
    const auto builder = KernelBuilder::create(m_options, m_checkout, m_cancel);
    ASSERT_FALSE(builder) << name;
    EXPECT_EQ(builder.error().kind, ErrorKind::usage);
    EXPECT_EQ(builder.error().what,
              "kernels cannot be built below \"/tmp/" + name + "\": make cannot have " + what + " in a path");
  }
}

TEST_F(KernelBuilderTest, TheUsersOwnValuesOfFixedVariablesDoNotCount) {
  ::setenv("KBUILD_BUILD_TIMESTAMP", "yesterday", 1);
  ::setenv("LC_ALL", "de_DE", 1);
  ASSERT_TRUE(build(commit("ok")));
  ::unsetenv("KBUILD_BUILD_TIMESTAMP");
  ::unsetenv("LC_ALL");
  EXPECT_THAT(in_objects("environment"), HasSubstr("KBUILD_BUILD_TIMESTAMP=2026-01-01 00:00:00 UTC\n"));
  EXPECT_THAT(in_objects("environment"), HasSubstr("LC_ALL=C\n"));
}

TEST_F(KernelBuilderTest, ADamagedImageIsBuiltAgain) {
  const auto id = commit("ok");
  const auto first = build(id);
  ASSERT_TRUE(first);
  std::error_code error;
  fs::resize_file(first->artifact / "vmlinux", 100, error);
  const auto again = build(id);
  ASSERT_TRUE(again) << base::render(again.error());
  EXPECT_EQ(again->record.signature, first->record.signature);
  EXPECT_GT(fs::file_size(again->artifact / "vmlinux"), 100U);
}

TEST_F(KernelBuilderTest, TheSameRevisionAgainCostsNothing) {
  const auto good = commit("ok");
  const auto bad = commit("broken");
  const auto first = build(good);
  ASSERT_TRUE(build(bad));
  const int checkouts = m_checkout.checkouts;
  const auto again = build(good);
  ASSERT_TRUE(again);
  EXPECT_EQ(m_checkout.checkouts, checkouts);
  EXPECT_EQ(again->record.seconds, 0);
  EXPECT_EQ(again->record.commit, good);
  EXPECT_EQ(again->record.signature, first->record.signature);
  EXPECT_EQ(again->artifact, first->artifact);
  EXPECT_EQ(build(bad)->record.text, "a.c:1:2: error: 'x' undeclared\n");
  EXPECT_EQ(m_checkout.checkouts, checkouts);
}

TEST_F(KernelBuilderTest, AnotherConfigurationIsAnotherBuild) {
  const auto id = commit("ok");
  ASSERT_TRUE(build(id));
  m_options.config += "CONFIG_HZ=100\n";
  ASSERT_TRUE(build(id));
  EXPECT_EQ(m_checkout.checkouts, 2);
}

TEST_F(KernelBuilderTest, EqualImagesShareTheirArtifact) {
  const auto a = build(commit("ok", 1));
  const auto b = build(commit("ok", 1));
  const auto c = build(commit("ok", 2));
  EXPECT_EQ(a->record.signature, b->record.signature);
  EXPECT_EQ(a->artifact, b->artifact);
  EXPECT_NE(a->record.signature, c->record.signature);
}

TEST_F(KernelBuilderTest, ALostArtifactIsBuiltAgain) {
  const auto id = commit("ok");
  fs::remove_all(build(id)->artifact);
  const auto again = build(id);
  EXPECT_TRUE(fs::exists(again->artifact / "vmlinux"));
}

TEST_F(KernelBuilderTest, AVariantStartsFromThePlainObjectsAndChangesTheConfiguration) {
  const auto id = commit("ok");
  ASSERT_TRUE(build(id));
  const fs::path place = objects();
  const auto product = build(id, "quiet");
  ASSERT_TRUE(product) << base::render(product.error());
  EXPECT_EQ(product->record.variant, "quiet");
  EXPECT_THAT(in_objects("seen-by-vmlinux"), HasSubstr("whole.o"));
  EXPECT_EQ(in_objects(".config"), "# CONFIG_SMP is not set\nCONFIG_PVH=y\n");
  EXPECT_EQ(objects(), place) << "kbuild's records hold the path";
  EXPECT_EQ(build(id, "loud").error().what, "there is no variant \"loud\"");
}

TEST_F(KernelBuilderTest, AVariantThatDoesNotTakeIsBroken) {
  m_options.variants = {{"loud", {{"SMP", "n"}, {"UNKNOWN_TRACE", "y"}}}};
  const auto product = build(commit("ok"), "loud");
  ASSERT_TRUE(product);
  EXPECT_EQ(product->record.status, BuildStatus::broken);
  EXPECT_EQ(product->record.text, "the variant \"loud\" does not take: UNKNOWN_TRACE=y (is n)");
}

TEST_F(KernelBuilderTest, AVariantMayHaveAConfigurationOfItsOwn) {
  m_options.variants = {{"smaller", {}, "CONFIG_TINY=y\nCONFIG_PVH=y\n"}};
  const auto product = build(commit("ok"), "smaller");
  ASSERT_TRUE(product);
  EXPECT_EQ(product->record.variant, "smaller");
  EXPECT_EQ(in_objects(".config"), "CONFIG_TINY=y\nCONFIG_PVH=y\n");
}

TEST_F(KernelBuilderTest, ARevertIsBuiltInPlaceOfItsBase) {
  const CommitId base = commit("ok", 1);
  const CommitId without = commit("ok", 2);
  const CommitId culprit = *CommitId::from_hex(std::string(40, 'c'));
  auto inner = KernelBuilder::create(m_options, m_checkout, m_cancel);
  ASSERT_TRUE(inner);
  Reverted reverted{.commit = without, .conflicting = {}};
  bool was_applied = false;
  RevertingBuilder builder(
      **inner, [&](const CommitId& on, Way way, const CommitId& commit) -> base::Result<Reverted> {
        EXPECT_EQ(commit, culprit);
        EXPECT_EQ(on, base);
        was_applied = way == Way::with;
        return reverted;
      });
  const std::string variant = model::name_of(model::RevertVariant{culprit, "quiet"});
  const auto product = builder.build(base, variant, 0, m_cancel);
  ASSERT_TRUE(product) << base::render(product.error());
  EXPECT_EQ(product->record.commit, base);
  EXPECT_EQ(product->record.variant, variant);
  EXPECT_EQ(product->record.status, BuildStatus::ok);
  EXPECT_EQ(product->record.signature, build(without, "quiet")->record.signature);
  EXPECT_EQ(builder.build(base, "", 0, m_cancel)->record.signature, build(base)->record.signature);

  reverted = {.commit = {}, .conflicting = {"mm/a.c", "mm/b.c"}};
  const auto conflict = builder.build(base, variant, 0, m_cancel);
  EXPECT_EQ(conflict->record.status, BuildStatus::broken);
  EXPECT_EQ(conflict->record.text, "the revert conflicts in mm/a.c, mm/b.c");
  reverted = {.commit = base, .conflicting = {}, .nothing = true};
  EXPECT_EQ(builder.build(base, variant, 0, m_cancel)->record.text, "nothing is left of the change");
  EXPECT_FALSE(was_applied);

  const std::string with = model::name_of(model::ApplyVariant{culprit, "quiet"});
  reverted = {.commit = without, .conflicting = {"version"}};
  const auto applied = builder.build(base, with, 0, m_cancel);
  ASSERT_TRUE(applied) << base::render(applied.error());
  EXPECT_TRUE(was_applied);
  EXPECT_EQ(applied->record.variant, with);
  EXPECT_TRUE(applied->record.text.starts_with("applied but for lines of version\n")) << applied->record.text;
}

TEST_F(KernelBuilderTest, VariantsTakeTurnsAndKeepTheirObjects) {
  ASSERT_TRUE(build(commit("ok", 1)));
  ASSERT_TRUE(build(commit("ok", 2), "quiet"));
  ASSERT_TRUE(base::write_file_atomically(objects() / "of-quiet", ""));
  ASSERT_TRUE(build(commit("ok", 3)));
  EXPECT_EQ(in_objects("seen-by-vmlinux").find("of-quiet"), std::string::npos);
  ASSERT_TRUE(build(commit("ok", 4), "quiet"));
  EXPECT_THAT(in_objects("seen-by-vmlinux"), HasSubstr("of-quiet"));
}

TEST_F(KernelBuilderTest, AKillBetweenTwoVariantsLosesNoObjects) {
  ASSERT_TRUE(build(commit("ok", 1)));
  ASSERT_TRUE(base::write_file_atomically(objects() / "of-plain", ""));
  const fs::path place = objects();
  fs::rename(place, place.string() + "+");
  ASSERT_TRUE(build(commit("ok", 2), "quiet"));
  EXPECT_EQ(objects(), place);
  EXPECT_THAT(in_objects("seen-by-vmlinux"), HasSubstr("of-plain"));
  ASSERT_TRUE(build(commit("ok", 3)));
  EXPECT_THAT(in_objects("seen-by-vmlinux"), HasSubstr("of-plain"));
}

TEST_F(KernelBuilderTest, ADeadlineBreaksTheBuildAndIsNotRemembered) {
  const auto id = commit("slow");
  m_options.timeout_s = 1;
  const auto product = build(id);
  ASSERT_TRUE(product);
  EXPECT_EQ(product->record.status, BuildStatus::broken);
  EXPECT_THAT(product->record.text, testing::StartsWith("the build did not end within 1.0 s\n"));
  write("tree1/behaviour", "ok");
  m_options.timeout_s = 600;
  EXPECT_EQ(build(id)->record.status, BuildStatus::ok);
}

TEST_F(KernelBuilderTest, HalfWrittenObjectsOfACutBuildAreNotTrusted) {
  const auto good = commit("ok");
  const auto slow = commit("slow");
  ASSERT_TRUE(build(good));
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  std::jthread canceller([this] {
    for (int i = 0; i < 100 && !fs::exists(objects() / "half.o"); i++)
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    m_cancel.cancel();
  });
  const auto cut = build(slow);
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().kind, ErrorKind::interrupted);
  canceller.join();
  ASSERT_TRUE(fs::exists(objects() / "half.o"));

  base::CancelToken fresh;
  auto builder = KernelBuilder::create(m_options, m_checkout, fresh);
  write("tree2/behaviour", "ok");
  ASSERT_TRUE((*builder)->build(slow, "", 0, fresh));
  EXPECT_THAT(in_objects("seen-by-vmlinux"), HasSubstr("whole.o"));
  EXPECT_THAT(in_objects("seen-by-vmlinux"), Not(HasSubstr("half.o")));
}

TEST_F(KernelBuilderTest, ATreeThatIsNoKernelIsTheUsersError) {
  const auto id = commit("ok");
  write("tree1/Makefile", "all:\n");
  EXPECT_EQ(build(id).error().what,
            "commit 100000000000 is no Linux kernel tree: its Makefile names no version");
}

TEST_F(KernelBuilderTest, AVersionWithoutToolchainIsTheUsersError) {
  m_options.toolchains[0].since = "v6.2";
  const auto product = build(commit("ok"));
  ASSERT_FALSE(product);
  EXPECT_EQ(base::render(product.error()),
            "culprit: error: no toolchain for v6.1.9, the version of commit 100000000000\n"
            "hint: add a [[toolchain]] with an older \"since\", or without one\n");
}

}  // namespace
}  // namespace culprit::build
