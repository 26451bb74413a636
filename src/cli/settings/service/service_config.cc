#include "cli/settings/service/service_config.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>

#include "base/files.h"
#include "base/strings.h"
#include "cli/settings/toml_table.h"
#include "output/page/kcidb.h"

namespace culprit::cli {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::fail;
using base::Result;

constexpr int k_most_of_anything = 1'000'000;
constexpr std::array<std::string_view, 3> k_modes = {"auto", "off", "require"};
constexpr std::array<std::string_view, 2> k_anyone = {"none", "read"};

// A number that may have a fraction: TomlTable reads integers and durations, so hours are durations there.
void hours(TomlTable& table, std::string_view key, double& out) {
  double seconds = 0;
  table.duration(key, seconds);
  if (seconds > 0) out = seconds / 3600;
}

Result<void> read_policy(const toml::table& from, const std::string& file, service::Policy& policy) {
  TomlTable table(from, file, "[policy]");
  std::vector<std::string> waits;
  table.texts("retry_after", waits);
  if (table.has("retry_after")) policy.retry_after.clear();
  for (const std::string& wait : waits) {
    toml::table one;
    one.insert("wait", wait);
    TomlTable reader(one, file, "[policy] retry_after");
    double seconds = 0;
    reader.duration("wait", seconds);
    CULPRIT_TRY(reader.finish());
    policy.retry_after.push_back(seconds);
  }
  table.integer("jobs_per_owner", policy.jobs_per_owner, 0, k_most_of_anything);
  hours(table, "tree_budget_per_day", policy.tree_hours_per_day);
  int percent = static_cast<int>(100 * policy.brake_share);
  table.integer("brake_percent", percent, 1, 100);
  policy.brake_share = percent / 100.0;
  table.integer("brake_runs", policy.brake_runs, 1, k_most_of_anything);
  table.duration("brake_window", policy.brake_window);
  table.boolean("cause_before_fix", policy.cause_before_fix);
  table.duration("fix_after", policy.fix_after);
  table.boolean("learn", policy.learn);
  int price = 0;
  table.integer("machine_hour_price", price, 0, k_most_of_anything);
  policy.machine_hour_price = price;
  return table.finish();
}

Result<void> read_limits(const toml::table& from, const std::string& file, service::ServiceOptions& out) {
  TomlTable table(from, file, "[limits]");
  int body = static_cast<int>(out.server.body_limit >> 20);
  int connections = static_cast<int>(out.server.connections);
  int per_address = static_cast<int>(out.server.connections_per_address);
  int timeout = static_cast<int>(out.server.timeout_s);
  int rate = static_cast<int>(out.requests_per_second);
  table.mebibytes("body", body);
  table.integer("connections", connections, 1, 10'000);
  table.integer("connections_per_address", per_address, 1, 10'000);
  table.integer("timeout_seconds", timeout, 1, 3600);
  table.integer("requests_per_second", rate, 1, k_most_of_anything);
  out.server.body_limit = static_cast<std::size_t>(body) << 20;
  out.server.connections = static_cast<unsigned>(connections);
  out.server.connections_per_address = static_cast<unsigned>(per_address);
  out.server.timeout_s = static_cast<unsigned>(timeout);
  out.requests_per_second = rate;
  return table.finish();
}

Result<void> read_sandbox(const toml::table& from, const std::string& file, service::Sandbox& sandbox) {
  TomlTable table(from, file, "[sandbox]");
  std::size_t mode = 0;
  table.choice("mode", k_modes, mode);
  sandbox.mode = static_cast<service::Sandbox::Mode>(mode);
  table.boolean("network", sandbox.network);
  table.texts("writable", sandbox.writable);
  return table.finish();
}

Result<void> read_slurm(const toml::table& from, const std::string& file, service::SlurmOptions& slurm) {
  TomlTable table(from, file, "[slurm]");
  slurm.wanted = true;
  table.text("partition", slurm.partition);
  table.integer("cores", slurm.cores, 1, k_most_of_anything);
  table.texts("options", slurm.options);
  table.duration("lease", slurm.lease_s);
  return table.finish();
}

Result<service::Tree> read_tree(const toml::table& from, const std::string& file) {
  TomlTable table(from, file, "[[tree]]");
  service::Tree tree;
  fs::path repository;
  table.text("name", tree.name);
  table.path("repository", repository);
  table.duration("fetch_every", tree.fetch_every);
  table.text("head", tree.head);
  table.texts("branches", tree.branches);
  if (repository.empty()) table.complain("repository", "a tree needs its repository");
  tree.repository = repository.string();
  if (tree.name.empty()) tree.name = repository.filename().string();
  CULPRIT_TRY(table.finish());
  return tree;
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace

Result<fs::path> service_root(const std::string& named) {
  std::error_code error;
  if (!named.empty()) return fs::absolute(named, error).lexically_normal();
  // systemd lists several folders with colons; the first one is the unit's.
  if (const std::string state = variable("STATE_DIRECTORY"); !state.empty())
    return fs::path(state.substr(0, state.find(':')));
  if (const std::string state = variable("XDG_STATE_HOME"); state.starts_with('/'))
    return fs::path(state) / "culprit" / "service";
  if (const std::string home = variable("HOME"); home.starts_with('/'))
    return fs::path(home) / ".local" / "state" / "culprit" / "service";
  return fail(ErrorKind::usage, "no folder for the service: neither XDG_STATE_HOME nor HOME names one",
              "name one with --root");
}

Result<void> set_listen(const std::string& text, service::ServerOptions& server) {
  const std::size_t colon = text.rfind(':');
  const bool bracketed = text.starts_with('[');
  const std::string port =
      colon == std::string::npos || (bracketed && colon < text.find(']')) ? text : text.substr(colon + 1);
  const auto number = base::parse_number<int>(port);
  if (!number || *number < 0 || *number > 65535)
    return fail(ErrorKind::usage, "'" + base::printable(text) + "' is no address to listen on",
                "ADDRESS:PORT, as 127.0.0.1:8417 or [::1]:8417; port 0 is any free one");
  server.port = *number;
  if (port.size() == text.size()) return {};
  std::string address = text.substr(0, colon);
  if (bracketed && address.ends_with(']')) address = address.substr(1, address.size() - 2);
  server.address = address;
  return {};
}

Result<service::ServiceOptions> load_service_config(const std::string& file) {
  service::ServiceOptions out;
  if (file.empty()) return out;
  auto text = base::read_file(file);
  if (!text) {
    base::Error error = std::move(text).error();
    error.kind = ErrorKind::usage;
    return std::unexpected(std::move(error));
  }
  const toml::table parsed = CULPRIT_TRY(parse_toml(base::decoded_text(std::move(*text)), file));
  TomlTable top(parsed, file, "");
  std::string listen;
  std::size_t anyone = 0;
  top.text("listen", listen);
  top.texts("hosts", out.hosts);
  top.choice("anyone", k_anyone, anyone);
  out.anyone = anyone == 1 ? service::Role::read : service::Role::none;
  top.integer("slots", out.policy.slots, 1, 1024);
  top.text("kcidb_origin", out.kcidb_origin);
  if (!out.kcidb_origin.empty() && !output::is_kcidb_origin(out.kcidb_origin))
    top.complain("kcidb_origin", "lower-case letters, digits, _");
  const auto* policy = top.table("policy");
  const auto* limits = top.table("limits");
  const auto* sandbox = top.table("sandbox");
  const auto* slurm = top.table("slurm");
  const auto trees = top.tables("tree");
  CULPRIT_TRY(top.finish());
  if (!listen.empty()) CULPRIT_TRY_IN(set_listen(listen, out.server), file);
  if (policy != nullptr) CULPRIT_TRY(read_policy(*policy, file, out.policy));
  if (limits != nullptr) CULPRIT_TRY(read_limits(*limits, file, out));
  if (sandbox != nullptr) CULPRIT_TRY(read_sandbox(*sandbox, file, out.sandbox));
  if (slurm != nullptr) CULPRIT_TRY(read_slurm(*slurm, file, out.slurm));
  for (const toml::table* tree : trees) out.trees.push_back(CULPRIT_TRY(read_tree(*tree, file)));
  return out;
}

}  // namespace culprit::cli
