#include "cli/setup/doctor_checks.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace culprit::cli {
namespace {

using Grade = Finding::Grade;
using testing::HasSubstr;
using testing::Not;

const Finding* find(const std::vector<Finding>& findings, std::string_view what) {
  const auto found = std::ranges::find(findings, what, &Finding::what);
  return found == findings.end() ? nullptr : &*found;
}

TEST(Doctor, ListsAllPackagesInOneCommand) {
  const std::vector<Finding> findings = {{Grade::fine, "git", "git version 2.39.5", {}},
                                         {Grade::missing, "QEMU", "qemu is missing", {"qemu-system-x86"}},
                                         {Grade::advice, "ccache", "ccache is missing", {"ccache"}},
                                         {Grade::missing, "libelf", "cannot be built", {"libelf-dev"}}};
  EXPECT_EQ(render_findings(findings),
            "ok       git          git version 2.39.5\n"
            "MISSING  QEMU         qemu is missing\n"
            "advice   ccache       ccache is missing\n"
            "MISSING  libelf       cannot be built\n"
            "\n"
            "to mend it: apt-get install ccache libelf-dev qemu-system-x86\n");
}

TEST(Doctor, OnlyWhatIsMissingIsAFailure) {
  EXPECT_EQ(exit_code_of({{Grade::fine, "git", "", {}}, {Grade::advice, "KVM", "", {}}}),
            base::ExitCode::found);
  EXPECT_EQ(exit_code_of({{Grade::missing, "git", "", {}}}), base::ExitCode::infrastructure);
}

TEST(Doctor, MissingToolsAreFoundOut) {
  DoctorOptions options;
  options.compilers = {"gcc", "gcc-999"};
  options.qemu = "qemu-of-nowhere";
  const auto findings = examine(options, base::CancelToken());
  ASSERT_TRUE(find(findings, "QEMU"));
  EXPECT_EQ(find(findings, "QEMU")->grade, Grade::missing);
  EXPECT_EQ(find(findings, "QEMU")->detail, "qemu-of-nowhere is missing");
  EXPECT_TRUE(std::ranges::any_of(findings, [](const Finding& f) {
    return f.what == "compiler" && f.grade == Grade::missing &&
           f.packages == std::vector<std::string>{"gcc-999"};
  }));
  EXPECT_NE(find(findings, "KVM")->grade, Grade::missing) << "without KVM there is TCG";
  EXPECT_EQ(exit_code_of(findings), base::ExitCode::infrastructure);
}

TEST(Doctor, AProgramNeedsNoQemu) {
  DoctorOptions options;
  options.kernel = false;
  const auto findings = examine(options, base::CancelToken());
  EXPECT_FALSE(find(findings, "QEMU"));
  EXPECT_EQ(find(findings, "git")->grade, Grade::fine);
  EXPECT_EQ(exit_code_of(findings), base::ExitCode::found);
}

}  // namespace
}  // namespace culprit::cli
