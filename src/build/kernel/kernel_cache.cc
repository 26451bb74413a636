#include "build/kernel/kernel_cache.h"

#include <algorithm>
#include <chrono>
#include <system_error>
#include <vector>

#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "base/files.h"
#include "base/strings.h"

namespace culprit::build {
namespace {

namespace fs = std::filesystem;
using Clock = fs::file_time_type::clock;

constexpr auto k_protected = std::chrono::minutes(10);

// The time of a folder's last change is when its kernel was used last.
void touch(const fs::path& folder) {
  std::error_code ignored;  // an entry that vanishes now is found missing by whoever opens it
  fs::last_write_time(folder, Clock::now(), ignored);
}

std::uint64_t size_of(const fs::path& folder) {
  std::uint64_t size = 0;
  std::error_code none;
  for (const auto& file : fs::directory_iterator(folder, none))
    if (const auto bytes = file.file_size(none); !none) size += bytes;
  return size;
}

// In each kernel's folder, as sha256sum(1) writes it: what the files are.
constexpr const char* k_sums = "SHA256SUMS";

base::Result<std::string> sums_of(const fs::path& folder,
                                  std::span<const std::pair<std::string, fs::path>> files) {
  std::string sums;
  for (const auto& [name, source] : files)
    sums += fmt::format("{}  {}\n", CULPRIT_TRY(base::sha256_file(folder / name)), name);
  return sums;
}

// Are the files in `folder` those that were put there? One without sums is of an older culprit: nobody knows.
bool is_sound(const fs::path& folder) {
  const auto sums = base::read_file(folder / k_sums);
  if (!sums || sums->empty()) return false;
  return std::ranges::all_of(base::split_lines(*sums), [&](std::string_view line) {
    const std::size_t blank = line.find("  ");
    if (blank == std::string_view::npos) return false;
    const auto is = base::sha256_file(folder / line.substr(blank + 2));
    return is && *is == line.substr(0, blank);
  });
}

base::Result<void> copy_to(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::copy_file(from, to, error);
  if (!error && fs::file_size(to, error) != fs::file_size(from, error) && !error)
    error = std::make_error_code(std::errc::io_error);
  if (error) return std::unexpected(base::file_error("copy " + from.string() + " to", to, error.value()));
  return {};
}

}  // namespace

std::optional<fs::path> KernelCache::find(const std::string& signature) const {
  std::error_code none;
  if (signature.empty() || !fs::is_directory(kernel(signature), none)) return std::nullopt;
  if (!is_sound(kernel(signature))) {
    (void)base::remove_tree(kernel(signature));  // what stays is found damaged again
    return std::nullopt;
  }
  touch(kernel(signature));
  return kernel(signature);
}

base::Result<fs::path> KernelCache::put(const std::string& signature,
                                        std::span<const std::pair<std::string, fs::path>> files) const {
  if (auto present = find(signature)) return *present;
  CULPRIT_TRY(base::make_folders(m_root / "kernels"));
  base::remove_stale_temp_dirs(m_root / "kernels");
  auto folder = base::TempDir::create(".new-", m_root / "kernels");
  if (!folder) return std::unexpected(std::move(folder.error()));
  for (const auto& [name, source] : files)
    if (auto copied = copy_to(source, folder->path() / name); !copied)
      return std::unexpected(std::move(copied.error()));
  const std::string sums = CULPRIT_TRY(sums_of(folder->path(), files));
  CULPRIT_TRY(base::write_file_atomically(folder->path() / k_sums, sums));

  std::error_code error;
  fs::rename(folder->path(), kernel(signature), error);
  if (!error) {
    (void)folder->release();
  } else if (!find(signature)) {  // there, then: another process was faster
    return std::unexpected(base::file_error("create", kernel(signature), error.value()));
  }
  touch(kernel(signature));
  make_room();
  return kernel(signature);
}

void KernelCache::make_room() const {
  struct Entry {
    fs::file_time_type used;
    std::uint64_t size;
    fs::path path;
  };
  std::vector<Entry> entries;
  std::uint64_t total = 0;
  std::error_code none;
  for (const auto& folder : fs::directory_iterator(m_root / "kernels", none)) {
    entries.push_back({folder.last_write_time(none), size_of(folder.path()), folder.path()});
    total += entries.back().size;
  }
  std::ranges::sort(entries, {}, &Entry::used);
  for (const Entry& entry : entries) {
    if (total <= m_limit || Clock::now() - entry.used < k_protected) return;
    if (base::remove_tree(entry.path)) total -= entry.size;
  }
}

std::optional<model::BuildRecord> KernelCache::recall(const std::string& key) const {
  const auto text = base::read_file(m_root / "index" / key);
  if (!text) return std::nullopt;
  const auto value = nlohmann::json::parse(*text, nullptr, false);
  const auto field = [&value](const char* name) {
    return value.contains(name) && value[name].is_string() ? value[name].get<std::string>() : std::string();
  };
  if (!value.is_object() || (field("status") != "ok" && field("status") != "broken")) return std::nullopt;
  model::BuildRecord record;
  record.status = field("status") == "ok" ? model::BuildStatus::ok : model::BuildStatus::broken;
  record.signature = field("signature");
  record.compiler = field("compiler");
  record.text = field("text");
  return record;
}

std::string KernelCache::image_of(const std::string& key) const {
  const auto text = base::read_file(m_root / "index" / key);
  const auto value = text ? nlohmann::json::parse(*text, nullptr, false) : nlohmann::json();
  for (const char* name : {"image", "signature"})
    if (value.is_object() && value.contains(name) && value[name].is_string())
      return value[name].get<std::string>();
  return {};
}

base::Result<void> KernelCache::keep_functions(const std::string& signature, const std::string& text) const {
  return keep_beside(functions_file(m_root, signature), text);
}

base::Result<void> KernelCache::keep_inputs(const std::string& signature, const std::string& text) const {
  return keep_beside(inputs_file(m_root, signature), text);
}

base::Result<void> KernelCache::keep_beside(const fs::path& file, const std::string& text) const {
  constexpr std::size_t k_texts_kept = 200;  // the functions of a full kernel take about 3 MB
  std::error_code error;
  if (fs::exists(file, error)) return {};
  CULPRIT_TRY(base::make_folders(file.parent_path()));
  CULPRIT_TRY(base::write_file_atomically(file, text));
  std::vector<std::pair<fs::file_time_type, fs::path>> all;
  for (const auto& entry : fs::directory_iterator(file.parent_path(), error))
    all.emplace_back(entry.last_write_time(error), entry.path());
  std::ranges::sort(all);
  for (std::size_t i = 0; i + k_texts_kept < all.size(); ++i) fs::remove(all[i].second, error);
  return {};
}

base::Result<void> KernelCache::remember(const std::string& key, const model::BuildRecord& record,
                                         const std::string& image) const {
  nlohmann::json value = {{"status", record.status == model::BuildStatus::ok ? "ok" : "broken"},
                          {"signature", record.signature},
                          {"compiler", record.compiler},
                          {"text", record.text}};
  if (!image.empty() && image != record.signature) value["image"] = image;
  CULPRIT_TRY(base::make_folders(m_root / "index"));
  constexpr auto replace = nlohmann::json::error_handler_t::replace;  // a compiler may print any bytes
  return base::write_file_atomically(m_root / "index" / key, value.dump(1, ' ', false, replace));
}

base::Result<void> KernelCache::forget_failures() const {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(m_root / "index", none)) {
    const auto known = recall(entry.path().filename().string());
    if (!known || known->status == model::BuildStatus::ok) continue;
    std::error_code error;
    fs::remove(entry.path(), error);
    if (error) return std::unexpected(base::file_error("remove", entry.path(), error.value()));
  }
  return {};
}

base::Result<void> KernelCache::forget_everything() const {
  for (const char* part :
       {"index", "kernels", "functions", "inputs"})  // the index first: it names the others
    CULPRIT_TRY(base::remove_tree(m_root / part));
  return {};
}

}  // namespace culprit::build
