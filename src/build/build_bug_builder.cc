#include "build/build_bug_builder.h"

#include "base/files.h"
#include "build/machine_failures.h"

namespace culprit::build {
namespace {

namespace fs = std::filesystem;

base::Result<fs::path> keep(const fs::path& folder, const std::string& failure) {
  CULPRIT_TRY(base::make_folders(folder));
  const fs::path file = folder / k_build_failure;
  if (failure.empty())
    CULPRIT_TRY(base::remove_tree(file));
  else
    CULPRIT_TRY(base::write_file_atomically(file, failure));
  return folder;
}

}  // namespace

base::Result<BuildProduct> BuildBugBuilder::build(const model::CommitId& commit, const std::string& variant,
                                                  int slot, const base::CancelToken& cancel) {
  BuildProduct product = CULPRIT_TRY(m_inner->build(commit, variant, slot, cancel));
  model::BuildRecord& record = product.record;
  if (record.status == model::BuildStatus::infra || record.text.starts_with(k_no_end)) return product;
  const bool broken = record.status == model::BuildStatus::broken;
  // Equal failures are equal products, as equal images are.
  if (broken) record.signature = base::sha256(record.text);
  record.status = model::BuildStatus::ok;
  product.artifact = CULPRIT_TRY(keep(m_folder / record.signature, broken ? record.text : std::string()));
  if (broken) record.text.clear();
  return product;
}

}  // namespace culprit::build
