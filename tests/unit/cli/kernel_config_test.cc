#include "cli/settings/kernel_config.h"

#include <gmock/gmock.h>

#include "base/files.h"

namespace culprit::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

class KernelConfigTest : public testing::Test {
 protected:
  void SetUp() override {
    auto folder = base::TempDir::create("culprit-test-");
    ASSERT_TRUE(folder);
    m_folder.emplace(std::move(*folder));
    write("k.config", "CONFIG_SMP=y\n");
    write("empty.config", "# nothing\n");
  }
  void write(const std::string& name, std::string_view text) {
    ASSERT_TRUE(base::write_file_atomically(m_folder->path() / name, text));
  }
  base::Result<KernelConfig> parse(std::string_view text) {
    return parse_kernel_config(text, m_folder->path() / "kernel.toml");
  }
  // The message without the temporary folder, and the hint.
  std::string complaint(std::string_view text) {
    const auto config = parse(text);
    if (config) return "fine";
    EXPECT_EQ(config.error().kind, base::ErrorKind::usage);
    std::string all = config.error().what + (config.error().hint.empty() ? "" : " | " + config.error().hint);
    const std::string folder = m_folder->path().string() + "/";
    for (std::size_t at; (at = all.find(folder)) != std::string::npos;) all.erase(at, folder.size());
    return all;
  }

  std::optional<base::TempDir> m_folder;
};

const std::string k_minimal = "[kernel]\nfragment = \"k.config\"\n[reproducer]\nsource = \"r.c\"\n";

TEST_F(KernelConfigTest, ACompilersPathIsRelativeToTheFile) {
  const auto config = parse(
      "[kernel]\nfragment = \"k.config\"\n[[toolchain]]\ncc = \"tools/../old/gcc-10\"\n"
      "[[toolchain]]\ncc = \"gcc-12\"\n[[toolchain]]\nllvm = \"llvm/bin/\"\n[reproducer]\nscript = "
      "\"k.config\"\n");
  ASSERT_TRUE(config) << config.error().what;
  EXPECT_EQ(config->build.toolchains[0].cc, (m_folder->path() / "old/gcc-10").string());
  EXPECT_EQ(config->build.toolchains[1].cc, "gcc-12");
  EXPECT_EQ(config->build.toolchains[2].llvm, (m_folder->path() / "llvm/bin").string() + "/");
}

TEST_F(KernelConfigTest, DefaultsDoForMostKeys) {
  const auto config = parse(k_minimal);
  ASSERT_TRUE(config) << base::render(config.error());
  EXPECT_EQ(config->build.config, "CONFIG_SMP=y\n");
  EXPECT_EQ(config->build.target, "allnoconfig");
  ASSERT_EQ(config->build.toolchains.size(), 1U);
  EXPECT_EQ(config->build.toolchains[0].cc, "gcc");
  EXPECT_EQ(config->vm.reproducer.source, m_folder->path() / "r.c");
  EXPECT_FALSE(config->vm.require_cpus);
  EXPECT_TRUE(config->tree.empty());
}

TEST_F(KernelConfigTest, EveryKeyArrives) {
  const auto config = parse(R"(
tree = "linux"
start = "v6.1.192"
good = ["v6.1.170", "v6.1.176"]
runs = 20
guests = 2
[kernel]
config = "k.config"
image = "bzImage"
arch = "x86_64"
make_args = ["W=1"]
jobs = 3
timeout = "30m"
ccache = false
[[toolchain]]
since = "v5.9"
cc = "gcc-12"
[[toolchain]]
llvm = "-19"
make_args = ["LLVM_IAS=1"]
[[variant]]
name = "no-lockdep"
set = ["PROVE_LOCKING=n", "CONFIG_HZ=100"]
[reproducer]
script = "r.sh"
args = ["a", "b c"]
cc = "gcc"
cflags = ["-g"]
timeout = 2.5
endless = true
settle = "500ms"
[vm]
memory = "1G"
cpus = 4
accel = "tcg"
boot_timeout = "1m"
append = "slub_debug"
oops_panics = false
sysctl = { "kernel.hung_task_timeout_secs" = 5, "kernel.watchdog_thresh" = "3" }
qemu = "/opt/qemu"
cpu_model = "max"
qemu_args = ["-s"]
busybox = "bb"
)");
  ASSERT_TRUE(config) << base::render(config.error());
  EXPECT_EQ(config->tree, m_folder->path() / "linux");
  EXPECT_EQ(config->start, "v6.1.192");
  EXPECT_THAT(config->good, ElementsAre("v6.1.170", "v6.1.176"));
  EXPECT_EQ(config->runs, 20);
  EXPECT_EQ(config->guests, 2);
  EXPECT_EQ(config->build.target, "");
  EXPECT_EQ(config->build.image, build::KernelImage::bzimage);
  EXPECT_THAT(config->build.make_args, ElementsAre("W=1"));
  EXPECT_EQ(config->build.jobs, 3);
  EXPECT_EQ(config->build.timeout_s, 1800);
  EXPECT_FALSE(config->build.ccache);
  ASSERT_EQ(config->build.toolchains.size(), 2U);
  EXPECT_EQ(config->build.toolchains[0].since, "v5.9");
  EXPECT_EQ(config->build.toolchains[1].compiler(), "clang-19");
  ASSERT_EQ(config->build.variants.size(), 1U);
  EXPECT_THAT(config->build.variants[0].changes,
              ElementsAre(build::ConfigSymbol{"PROVE_LOCKING", "n"}, build::ConfigSymbol{"HZ", "100"}));
  const run::QemuOptions& vm = config->vm;
  EXPECT_EQ(vm.reproducer.script, m_folder->path() / "r.sh");
  EXPECT_THAT(vm.reproducer.args, ElementsAre("a", "b c"));
  EXPECT_THAT(vm.reproducer.cflags, ElementsAre("-g"));
  EXPECT_EQ(vm.timeout_s, 2.5);
  EXPECT_TRUE(vm.endless);
  EXPECT_EQ(vm.settle_s, 0.5);
  EXPECT_EQ(vm.memory_mib, 1024);
  EXPECT_EQ(vm.cpus, 4);
  EXPECT_TRUE(vm.require_cpus);
  EXPECT_EQ(vm.accel, run::AccelChoice::tcg);
  EXPECT_EQ(vm.boot_timeout_s, 60);
  EXPECT_FALSE(vm.oops_panics);
  EXPECT_THAT(vm.sysctls,
              ElementsAre(Pair("kernel.hung_task_timeout_secs", "5"), Pair("kernel.watchdog_thresh", "3")));
  EXPECT_EQ(vm.cpu_model, "max");
  EXPECT_EQ(vm.busybox, m_folder->path() / "bb");
}

TEST_F(KernelConfigTest, AnUnknownKeyIsNamedWithItsLineAndTheNearestOne) {
  EXPECT_EQ(complaint("[[tollchain]]\ncc = \"gcc\"\n" + k_minimal),
            "kernel.toml:1: unknown key \"tollchain\" | did you mean \"toolchain\"?");
  EXPECT_EQ(complaint(k_minimal + "timeuot = 3\n"),
            "kernel.toml:5: unknown key \"timeuot\" in [reproducer] | did you mean \"timeout\"?");
  EXPECT_EQ(complaint("[kernel]\nfragment = \"k.config\"\nzzzzzzzzzz = 1\n[reproducer]\nsource = \"r.c\"\n"),
            "kernel.toml:3: unknown key \"zzzzzzzzzz\" in [kernel] | the keys of [kernel] are: config, "
            "fragment, smaller, detector_variants, target, "
            "image, arch, make_args, jobs, timeout, ccache, modules");
}

TEST_F(KernelConfigTest, AWrongTypeIsNamedWithItsLine) {
  EXPECT_EQ(complaint("runs = \"many\"\n" + k_minimal),
            "kernel.toml:1: \"runs\" must be an integer, not a string");
  EXPECT_EQ(complaint("good = 3\n" + k_minimal),
            "kernel.toml:1: \"good\" must be an array of strings, not an integer");
  EXPECT_EQ(complaint("good = [\"a\",\n 3]\n" + k_minimal),
            "kernel.toml:2: \"good\" must hold strings only, not an integer");
  EXPECT_EQ(complaint("kernel = 3\n"), "kernel.toml:1: \"kernel\" must be a table, not an integer");
  EXPECT_EQ(complaint("[toolchain]\ncc = \"gcc\"\n" + k_minimal),
            "kernel.toml:1: \"toolchain\" must be an array of tables ([[toolchain]]), not a table");
  EXPECT_EQ(complaint(k_minimal + "endless = 1\n"),
            "kernel.toml:5: \"endless\" must be true or false, not an integer");
}

TEST_F(KernelConfigTest, AWrongValueIsNamedWithItsLine) {
  EXPECT_EQ(complaint("runs = 0\n" + k_minimal),
            "kernel.toml:1: \"runs\" is 0, and must be from 1 to 1000000");
  EXPECT_EQ(complaint(k_minimal + "timeout = \"soon\"\n"),
            "kernel.toml:5: \"timeout\" is no time above 0 | write \"90s\", \"5m\" or \"1h\"");
  EXPECT_EQ(complaint(k_minimal + "timeout = -1\n"),
            "kernel.toml:5: \"timeout\" is no time above 0 | write \"90s\", \"5m\" or \"1h\"");
  EXPECT_EQ(complaint(k_minimal + "[vm]\nmemory = \"lots\"\n"),
            "kernel.toml:6: \"memory\" is no size of a MiB or more | write \"512M\" or \"2G\"");
  EXPECT_EQ(complaint(k_minimal + "[vm]\naccel = \"xen\"\n"),
            "kernel.toml:6: \"accel\" is \"xen\", and must be one of: auto, kvm, tcg");
  EXPECT_EQ(complaint(k_minimal + "[[toolchain]]\ncc = \"gcc\"\nsince = \"lately\"\n"),
            "kernel.toml:7: \"since\" is \"lately\", which is no release | write it like \"v5.9\"");
  EXPECT_EQ(complaint(k_minimal + "[[variant]]\nname = \"v\"\nset = [\"KASAN\"]\n"),
            "kernel.toml:7: \"KASAN\" is no change of the configuration | write NAME=VALUE, as in "
            "\"PROVE_LOCKING=n\"");
}

TEST_F(KernelConfigTest, DetectorsThatAreOnCanBeSwitchedOff) {
  write("k.config", "CONFIG_SMP=y\nCONFIG_PROVE_LOCKING=y\nCONFIG_KASAN=y\n# CONFIG_KCSAN is not set\n");
  const auto config = parse(k_minimal + "[[variant]]\nname = \"no-harbor\"\nset = [\"HARBOR=n\"]\n");
  ASSERT_TRUE(config) << base::render(config.error());
  std::vector<std::string> names;
  for (const model::Variant& v : config->variants) names.push_back(v.name + ": " + v.changes);
  EXPECT_THAT(names, ElementsAre("no-harbor: HARBOR=n",
                                 "no-lockdep: PROVE_LOCKING=n, DEBUG_LOCK_ALLOC=n, LOCK_STAT=n, "
                                 "DEBUG_WW_MUTEX_SLOWPATH=n",
                                 "no-kasan: KASAN=n"));
  EXPECT_EQ(config->own_variants, 1U);
  EXPECT_TRUE(config->variants[1].is_silent_on("LOCKDEP"));
  EXPECT_TRUE(config->variants[2].is_silent_on("KASAN-USE-AFTER-FREE-READ"));
  EXPECT_FALSE(config->variants[2].is_silent_on("WARNING"));
  ASSERT_EQ(config->build.variants.size(), 3U);
  EXPECT_EQ(config->build.variants[0].name, "no-harbor");

  const auto without =
      parse("[kernel]\nfragment = \"k.config\"\ndetector_variants = false\n[reproducer]\nsource = \"r.c\"\n");
  ASSERT_TRUE(without);
  EXPECT_TRUE(without->variants.empty());
}

TEST_F(KernelConfigTest, ASmallerConfigurationIsAVariant) {
  write("small.config", "CONFIG_TINY=y\n");
  const auto config = parse(
      "[kernel]\nfragment = \"k.config\"\nsmaller = \"small.config\"\n[reproducer]\nsource = \"r.c\"\n");
  ASSERT_TRUE(config) << base::render(config.error());
  ASSERT_EQ(config->variants.size(), 1U);
  EXPECT_EQ(config->variants[0].name, "smaller");
  EXPECT_EQ(config->variants[0].changes, "small.config");
  EXPECT_EQ(config->variants[0].use, model::Variant::Use::smaller);
  EXPECT_EQ(config->build.variants[0].config, "CONFIG_TINY=y\n");
  EXPECT_EQ(complaint("[kernel]\nfragment = \"k.config\"\nsmaller = \"empty.config\"\n"),
            "kernel.toml:3: \"smaller\": empty.config sets no option | lines are like CONFIG_SMP=y");
}

TEST_F(KernelConfigTest, NamesOfItsOwnAreRefused) {
  EXPECT_EQ(complaint(k_minimal + "[[variant]]\nname = \"smaller\"\nset = [\"SMP=n\"]\n"),
            "kernel.toml:6: \"smaller\" is a name of culprit's own");
  EXPECT_EQ(complaint(k_minimal + "[[variant]]\nname = \"revert:it\"\nset = [\"SMP=n\"]\n"),
            "kernel.toml:6: \"revert:it\" is a name of culprit's own");
}

TEST_F(KernelConfigTest, WhatIsNeededAndAbsentIsSaid) {
  EXPECT_EQ(complaint("[reproducer]\nsource = \"r.c\"\n"),
            "kernel.toml: [kernel] needs either \"config\" or \"fragment\" | \"config\" is a full .config; "
            "\"fragment\" goes "
            "on top of `make` \"target\"");
  EXPECT_EQ(complaint("[kernel]\nfragment = \"k.config\"\n[reproducer]\n"),
            "kernel.toml:3: [reproducer] needs one of \"source\", \"script\", \"binary\" and \"syz\" | "
            "\"source\" is a C file, \"script\" one for the guest's shell, \"binary\" any program, \"syz\" a "
            "program of syzkaller's");
  EXPECT_EQ(complaint(k_minimal + "[[toolchain]]\nsince = \"v5.9\"\n"),
            "kernel.toml:5: [[toolchain]] needs \"cc\" or \"llvm\" | cc = \"gcc-12\", or llvm = \"-19\"");
  EXPECT_EQ(complaint(k_minimal + "[[variant]]\nset = [\"A=n\"]\n"),
            "kernel.toml:5: [[variant]] needs a \"name\"");
}

TEST_F(KernelConfigTest, FilesThatItNamesAreRead) {
  EXPECT_EQ(complaint("[kernel]\nfragment = \"missing\"\n"),
            "kernel.toml:2: \"fragment\": cannot read missing: No such file or directory");
  EXPECT_EQ(complaint("[kernel]\nfragment = \"empty.config\"\n"),
            "kernel.toml:2: \"fragment\": empty.config sets no option | lines are like CONFIG_SMP=y");
  EXPECT_EQ(complaint("[kernel]\nconfig = \"k.config\"\ntarget = \"defconfig\"\n"),
            "kernel.toml:3: \"target\" goes with \"fragment\", not with a full \"config\"");
}

TEST_F(KernelConfigTest, WhereTheBugIsElsewhereThereIsNoReproducer) {
  const std::string kernel = "[kernel]\nfragment = \"k.config\"\n";
  const auto boot = parse("bug = \"boot\"\n" + kernel);
  ASSERT_TRUE(boot) << base::render(boot.error());
  EXPECT_EQ(boot->vm.sought, run::Sought::boot);
  const auto build = parse("bug = \"build\"\n" + kernel);
  ASSERT_TRUE(build);
  EXPECT_TRUE(build->build.all_errors);
  EXPECT_EQ(complaint("bug = \"shutdown\"\n" + k_minimal),
            "kernel.toml:5: bug = \"shutdown\" needs no reproducer | leave it out, or leave `bug` out");
}

TEST_F(KernelConfigTest, AGuestIsFurnished) {
  write("k.config", "CONFIG_MODULES=y\nCONFIG_PCI=y\nCONFIG_VIRTIO_NET=m\n");
  const auto config = parse(
      "[kernel]\nfragment = \"k.config\"\nmodules = [\"ferry\"]\n[reproducer]\nbinary = \"b\"\n"
      "files = [\"a.img:/root/a.img\"]\n[vm]\nnetwork = \"user\"\n");
  ASSERT_TRUE(config) << base::render(config.error());
  EXPECT_THAT(config->vm.modules, ElementsAre("ferry"));
  ASSERT_EQ(config->vm.reproducer.files.size(), 1U);
  EXPECT_EQ(config->vm.reproducer.files[0].from, m_folder->path() / "a.img");
  EXPECT_EQ(config->vm.reproducer.files[0].to, "/root/a.img");
  EXPECT_THAT(config->notes,
              ElementsAre("added to the configuration, since the guest needs it: NET, INET, PCI_MSI, "
                          "VIRTIO_MENU, VIRTIO_PCI, NETDEVICES, NET_CORE, VIRTIO_NET"));
  EXPECT_THAT(config->build.config, testing::HasSubstr("\nCONFIG_VIRTIO_NET=y\n"));
}

TEST_F(KernelConfigTest, AMachineTakesTheGuestsPlace) {
  const std::string machine =
      "settle = \"2s\"\n[machine]\nshell = \"ssh -q root@box\"\nconsole = \"c\"\ninstall = \"i\"\nboot = "
      "\"b\"\n"
      "power_off = \"off\"\n";
  const auto config = parse(k_minimal + machine + "power_on = \"on\"\nboot_timeout = \"9m\"\n");
  ASSERT_TRUE(config) << base::render(config.error());
  ASSERT_TRUE(config->machine);
  EXPECT_THAT(config->machine->commands.shell, ElementsAre("ssh", "-q", "root@box"));
  EXPECT_EQ(config->machine->commands.boot_timeout_s, 540);
  EXPECT_EQ(config->machine->settle_s, 2);
  EXPECT_EQ(config->build.image, build::KernelImage::bzimage);
  EXPECT_EQ(config->guests, 1);
  EXPECT_EQ(complaint(k_minimal + machine),
            "kernel.toml:6: [machine] needs \"power_on\" | power_on = \"ipmitool -H box chassis power on\"");
  EXPECT_EQ(complaint("guests = 2\n" + k_minimal + machine + "power_on = \"on\"\n"),
            "kernel.toml:1: [machine] is one machine, and \"guests\" asks for several | leave `guests` out");
  EXPECT_EQ(
      complaint(k_minimal + machine + "power_on = \"on\"\nfolder = \"x\"\n"),
      "kernel.toml:13: \"folder\" is \"x\", which is no folder of the machine's | folder = \"/tmp/culprit\"");
}

TEST_F(KernelConfigTest, WhatAGuestCannotHaveIsRefused) {
  EXPECT_EQ(complaint(k_minimal + "files = [\"a.img\"]\n"),
            "kernel.toml:5: \"files\" has \"a.img\", which names no file and its place | files = "
            "[\"a.img:/root/a.img\"]: a file here, and its path in the guest");
  EXPECT_EQ(
      complaint("[kernel]\nfragment = \"k.config\"\nmodules = \"all\"\n[reproducer]\nsource = \"r.c\"\n"),
      "kernel.toml:3: \"modules\" wants a configuration with modules, and CONFIG_MODULES=y is not in it | "
      "add "
      "CONFIG_MODULES=y, and the drivers as m");
  EXPECT_EQ(complaint(k_minimal + "[harness]\nfolder = \"x\"\n"),
            "kernel.toml:5: [harness] runs a syz program, and [reproducer] has none | syz = \"repro.syz\"");
}

TEST_F(KernelConfigTest, AnotherMachinesKernelIsCrossBuilt) {
  const auto config =
      parse("[kernel]\nfragment = \"k.config\"\narch = \"arm64\"\n[reproducer]\nsource = \"r.c\"\n");
  ASSERT_TRUE(config) << base::render(config.error());
  const std::string prefix = run::cross_prefix("arm64");  // empty on an arm64 machine
  ASSERT_EQ(config->build.toolchains.size(), 1U);
  EXPECT_EQ(config->build.toolchains[0].cc, prefix + "gcc");
  EXPECT_EQ(config->vm.reproducer.cc, prefix.empty() ? "cc" : prefix + "gcc");
  EXPECT_EQ(config->build.toolchains[0].make_args.size(), prefix.empty() ? 0U : 1U);
  EXPECT_EQ(config->vm.arch, "arm64");
}

TEST_F(KernelConfigTest, ASyntaxErrorIsNamedWithItsLine) {
  EXPECT_THAT(complaint("runs = 3\nruns == 4\n"), testing::StartsWith("kernel.toml:2: "));
  EXPECT_THAT(complaint("a = \"\xff\"\n"), testing::StartsWith("kernel.toml:1: "));
}

TEST_F(KernelConfigTest, AFileThatCannotBeReadIsTheUsersError) {
  const auto config = load_kernel_config(m_folder->path() / "nowhere.toml");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().kind, base::ErrorKind::usage);
}

TEST_F(KernelConfigTest, TheExamplesAreFine) {
  for (const char* name : {"kernel.toml", "flaky.toml", "masked.toml"}) {
    const auto config =
        load_kernel_config(std::filesystem::path(CULPRIT_SOURCE_DIR) / "examples/kernel" / name);
    ASSERT_TRUE(config) << base::render(config.error());
    EXPECT_TRUE(std::filesystem::exists(config->vm.reproducer.source));
  }
}

}  // namespace
}  // namespace culprit::cli
