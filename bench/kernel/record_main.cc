// bench_kernel_record: builds revisions of a kernel, runs each many times, and writes down what was seen.
//
// What it writes is a world to search in without a kernel: the scenarios in tests/scenarios replay it, each
// seed drawing other runs of the same binaries. One JSON object a line: first the history that was asked for,
// then every revision's build, then every run of every distinct binary, its console from the reproducer's
// start.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/files.h"
#include "bench/need.h"
#include "cli/settings/kernel_config.h"
#include "cli/settings/settings.h"
#include "cli/setup/wire.h"
#include "history/git_history.h"
#include "run/qemu/qemu_runner.h"

namespace {

namespace fs = std::filesystem;
namespace model = culprit::model;
using culprit::base::CancelToken;
using culprit::bench::need;

const CancelToken k_never;

std::string_view name_of(model::RawRun::End end) {
  using End = model::RawRun::End;
  switch (end) {
    case End::exited:
      return "exited";
    case End::signaled:
      return "signaled";
    case End::timed_out:
      return "timed_out";
    case End::died:
      return "died";
    case End::infra:
      return "infra";
  }
  return "infra";
}

class Recorder {
 public:
  Recorder(const fs::path& config, const fs::path& state, const fs::path& out, int runs)
      : m_out(out), m_runs(runs) {
    culprit::cli::Settings settings;
    settings.config_path = fs::absolute(config).string();
    settings.config_text = need(culprit::base::read_file(settings.config_path));
    const auto kernel = need(culprit::cli::load_kernel_config(settings.config_path));
    m_history = need(culprit::history::GitHistory::open(kernel.tree, {}, k_never));
    settings.repository = m_history->repository().git_dir.string();
    m_backends = need(culprit::cli::wire(
        settings, {fs::absolute(state)}, *m_history, k_never,
        [](const std::string& text) { std::fputs(("record: " + text + "\n").c_str(), stderr); }));
  }
  ~Recorder() { static_cast<void>(m_backends->tear_down()); }

  void record(const std::string& oldest, const std::string& newest) {
    const auto start = need(m_history->resolve(newest));
    const auto graph = need(m_history->load(std::span(&start, 1)));
    const auto from = *graph.find(need(m_history->resolve(oldest)));
    std::map<std::string, std::string> tags;
    for (const auto& tag : need(m_history->tags())) tags[tag.commit.hex()] = tag.name;
    std::vector<model::CommitId> commits;
    for (model::NodeIndex node = 0; node < graph.size(); ++node) {
      if (!graph.ancestors(node)[from]) continue;
      const auto& id = graph.id(node);
      nlohmann::json parents = nlohmann::json::array();
      for (const auto parent : graph.parents(node))
        if (node != from) parents.push_back(graph.id(parent).hex());
      write({{"commit", id.hex()},
             {"parents", parents},
             {"tag", tags.contains(id.hex()) ? tags[id.hex()] : ""},
             {"title", need(m_history->describe(id)).title}});
      commits.push_back(id);
    }
    for (const auto& id : commits) record(id);
  }

 private:
  void record(const model::CommitId& id) {
    const auto built = need(m_backends->builder().build(id, "", 0, k_never));
    const auto& record = built.record;
    const bool fine = record.status == model::BuildStatus::ok;
    fmt::print(stderr, "record: {} built in {:.0f} s: {}\n", id.short_hex(), record.seconds,
               fine ? record.signature : "broken");
    write({{"build", id.hex()},
           {"fine", fine},
           {"signature", record.signature},
           {"seconds", record.seconds},
           {"text", record.text}});
    if (!fine || !m_known.insert(record.signature).second) return;
    const auto some = [&](int slot) {
      for (int number = slot; number < m_runs; number += 2)
        run(id, record.signature, built.artifact, number, slot);
    };
    const auto began = std::chrono::steady_clock::now();
    auto other = std::async(std::launch::async, some, 1);
    some(0);
    other.get();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    fmt::print(stderr, "record: {} runs in {:.1f} s\n", m_runs, took.count());
  }

  void run(const model::CommitId& id, const std::string& signature, const fs::path& artifact, int number,
           int slot) {
    const auto raw = need(m_backends->runner().run(id, artifact, number, slot, k_never));
    write({{"run", signature},
           {"end", name_of(raw.end)},
           {"exit_code", raw.exit_code},
           {"booted", raw.booted},
           {"test_started", raw.test_started},
           {"restored", raw.console.contains(culprit::run::k_restored_line)},
           {"seconds", raw.seconds},
           {"console", raw.console.substr(std::min(raw.test_start, raw.console.size()))}});
  }

  void write(const nlohmann::json& line) {
    std::lock_guard lock(m_mutex);
    m_out << line.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) << '\n';
    m_out.flush();
  }

  std::mutex m_mutex;  // guards m_out
  std::ofstream m_out;
  int m_runs;
  std::unique_ptr<culprit::history::GitHistory> m_history;
  std::unique_ptr<culprit::cli::Backends> m_backends;
  std::set<std::string> m_known;
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Records what many runs of every revision of a kernel show."};
  std::string config, out, oldest, newest = "HEAD", state = "record-state";
  int runs = 24;
  app.add_option("--config", config, "the kernel file, as for culprit bisect")->required();
  app.add_option("--out", out, "the recording")->required();
  app.add_option("--oldest", oldest, "the oldest revision; the newer ones that hold it are recorded")
      ->required();
  app.add_option("--newest", newest, "the newest revision");
  app.add_option("--runs", runs, "of each distinct binary");
  app.add_option("--state", state, "a folder for checkouts and kernels");
  CLI11_PARSE(app, argc, argv);
  Recorder(config, state, out, runs).record(oldest, newest);
  return 0;
}
