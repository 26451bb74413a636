#include "service/web/access.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/files.h"
#include "base/strings.h"
#include "base/words.h"

namespace culprit::service {
namespace {

constexpr base::Words<Role> k_roles{"none", "read", "submit", "operate"};
constexpr std::size_t k_most_sessions = 10'000;
constexpr std::size_t k_most_buckets = 10'000;

}  // namespace

std::string_view name_of(Role role) { return k_roles.of(role); }
std::optional<Role> role_from_name(std::string_view name) { return k_roles.find(name); }

base::Result<std::string> random_token() {
  std::array<unsigned char, 32> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    return base::fail(base::ErrorKind::infra, std::string("no random numbers: ") + std::strerror(errno));
  std::string out;
  for (const unsigned char byte : bytes) out += fmt::format("{:02x}", byte);
  return out;
}

Access::Access(std::vector<TokenRow> tokens, Role anyone) : m_tokens(std::move(tokens)), m_anyone(anyone) {}

void Access::replace_tokens(std::vector<TokenRow> tokens) {
  std::lock_guard lock(m_mutex);
  m_tokens = std::move(tokens);
}

// Hashes are compared, so that how long it takes tells nothing of a token.
const TokenRow* Access::find(const std::string& token) const {
  const std::string hash = base::sha256(token);
  const auto at = std::ranges::find(m_tokens, hash, &TokenRow::hash);
  return at == m_tokens.end() ? nullptr : &*at;
}

std::optional<Caller> Access::caller(const Request& request, double now) {
  std::lock_guard lock(m_mutex);
  if (const std::string header = request.header("authorization"); !header.empty()) {
    const auto token = base::strip_prefix(header, "Bearer ");
    const TokenRow* row = token ? find(std::string(base::trim(*token))) : nullptr;
    if (row == nullptr) return std::nullopt;
    return Caller{row->name, role_from_name(row->role).value_or(Role::none), ""};
  }
  const std::string session = cookie(request, k_cookie);
  if (session.empty()) return Caller{"", m_anyone, ""};
  const auto at = m_sessions.find(base::sha256(session));
  if (at == m_sessions.end() || at->second.until < now) return Caller{"", m_anyone, ""};
  const auto row = std::ranges::find(m_tokens, at->second.token_name, &TokenRow::name);
  if (row == m_tokens.end()) return Caller{"", m_anyone, ""};  // it was taken back
  return Caller{row->name, role_from_name(row->role).value_or(Role::none), at->second.csrf};
}

std::optional<std::string> Access::log_in(const std::string& token, double now) {
  std::lock_guard lock(m_mutex);
  const TokenRow* row = find(token);
  if (row == nullptr) return std::nullopt;
  const auto session = random_token();
  const auto csrf = random_token();
  if (!session || !csrf) return std::nullopt;
  std::erase_if(m_sessions, [&](const auto& entry) { return entry.second.until < now; });
  if (m_sessions.size() >= k_most_sessions) m_sessions.clear();
  m_sessions[base::sha256(*session)] = {row->name, *csrf, now + k_session_s};
  return *session;
}

void Access::log_out(const Request& request) {
  std::lock_guard lock(m_mutex);
  m_sessions.erase(base::sha256(cookie(request, k_cookie)));
}

bool is_cross_site(const Request& request) {
  const std::string site = request.header("sec-fetch-site");
  if (!site.empty() && site != "same-origin" && site != "none") return true;
  const std::string origin = request.header("origin");
  if (origin.empty()) return false;
  const auto host = origin.find("://");
  return host == std::string::npos || origin.substr(host + 3) != request.header("host");
}

bool is_known_host(const Request& request, const std::vector<std::string>& hosts) {
  std::string host = request.header("host");
  const bool bracketed = host.starts_with('[');
  const std::size_t colon =
      bracketed ? host.find(':', std::min(host.find(']'), host.size())) : host.find(':');
  if (colon != std::string::npos) host.resize(colon);
  if (host == "localhost" || host == "127.0.0.1" || host == "[::1]") return true;
  return std::ranges::find(hosts, host) != hosts.end();
}

bool RateLimit::admit(const std::string& peer, double now) {
  std::lock_guard lock(m_mutex);
  if (m_buckets.size() > k_most_buckets) m_buckets.clear();
  const auto [at, fresh] = m_buckets.try_emplace(peer, Bucket{2 * m_rate, now});
  Bucket& bucket = at->second;
  bucket.tokens = std::min(2 * m_rate, bucket.tokens + std::max(0.0, now - bucket.at) * m_rate);
  bucket.at = now;
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

}  // namespace culprit::service
