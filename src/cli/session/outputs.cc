#include "cli/session/outputs.h"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "base/files.h"
#include "cli/session/printing.h"
#include "model/event.h"
#include "output/json.h"
#include "output/syzbot_log.h"

namespace culprit::cli {
namespace {

using Opened = base::Result<std::unique_ptr<OutputFile>>;

class Log final : public OutputFile {
 public:
  static Opened open(const std::string& path, const output::SummaryFold& fold, output::CommitTexts texts) {
    auto file = CULPRIT_TRY(output::SyzbotLogFile::create(path, fold, std::move(texts)));
    return std::unique_ptr<OutputFile>(new Log(std::move(file)));
  }
  void on_event(const model::Event& event) override { m_file->on_event(event); }
  // Incomplete from the first failure on; the answer is none the worse for it.
  base::Result<void> finish(const output::Summary&) override {
    if (m_file->error()) std::fputs(base::render(*m_file->error()).c_str(), stderr);
    return {};
  }

 private:
  explicit Log(std::unique_ptr<output::SyzbotLogFile> file) : m_file(std::move(file)) {}
  std::unique_ptr<output::SyzbotLogFile> m_file;
};

class Json final : public OutputFile {
 public:
  static Opened open(const std::string& path, const output::SummaryFold&, output::CommitTexts texts) {
    return std::unique_ptr<OutputFile>(new Json(path, std::move(texts)));
  }
  base::Result<void> finish(const output::Summary& summary) override {
    const std::string text = output::render_json(summary, m_texts);
    if (m_path != k_standard_output) return base::write_file_atomically(m_path, text);
    print(text);
    return {};
  }

 private:
  Json(std::string path, output::CommitTexts texts) : m_path(std::move(path)), m_texts(std::move(texts)) {}
  std::string m_path;
  output::CommitTexts m_texts;
};

constexpr auto k_output_rows = std::to_array<OutputRow>({
    {.option = {.option = "--log", .by_hand = "ask for it when you want it: culprit log"},
     .about = "write a log in syzbot's grammar",
     .open = Log::open},
    {.option = {.option = "--json", .by_hand = "ask for it when you want it: culprit status --json"},
     .about = "write the result as JSON",
     .open = Json::open},
});

}  // namespace

std::span<const OutputRow> output_rows() { return k_output_rows; }

base::Result<void> settle_output(std::string& file) {
  namespace fs = std::filesystem;
  if (file.empty() || file == k_standard_output) return {};
  std::error_code ignored;
  file = fs::absolute(file, ignored).lexically_normal().string();
  const bool fine = !fs::is_directory(file, ignored) &&
                    ::access(fs::path(file).parent_path().c_str(), W_OK) == 0 &&
                    (!fs::exists(file, ignored) || ::access(file.c_str(), W_OK) == 0);
  if (fine) return {};
  return base::fail(base::ErrorKind::usage, "cannot write " + file,
                    "name a file in a folder that exists and can be written");
}

std::string key_of(const OutputRow& row) { return std::string(row.option.option.substr(2)); }

}  // namespace culprit::cli
