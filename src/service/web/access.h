// Who may do what: tokens with roles, sessions of browsers, and what keeps other sites' pages from using them.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "service/queue/database.h"
#include "service/web/message.h"

namespace culprit::service {

// Each may do what those before it may. `submit` is code execution on the service's machine: who submits names the
// command that is run.
enum class Role { none, read, submit, operate };
std::string_view name_of(Role role);
std::optional<Role> role_from_name(std::string_view name);

// Who asks.
struct Caller {
  std::string name;  // the token's; empty: nobody in particular
  Role role = Role::none;
  std::string csrf;  // what a form of this session must carry; empty: no session
};

// 256 random bits, hexadecimal. ErrorKind::infra where the system has none.
base::Result<std::string> random_token();

class Access {
 public:
  // `anyone`: the role of who has no token.
  Access(std::vector<TokenRow> tokens, Role anyone);

  void replace_tokens(std::vector<TokenRow> tokens);
  // By "Authorization: Bearer TOKEN", else by the session's cookie, else `anyone`. None: a token or a session that is
  // not known, which is no reason to go on as anyone.
  std::optional<Caller> caller(const Request& request, double now);
  // A session for whoever holds `token`: the value of the cookie. None: no such token.
  std::optional<std::string> log_in(const std::string& token, double now);
  void log_out(const Request& request);

  static constexpr std::string_view k_cookie = "culprit_session";
  static constexpr double k_session_s = 12 * 3600;  // a working day

 private:
  const TokenRow* find(const std::string& token) const;

  struct Session {
    std::string token_name;
    std::string csrf;
    double until = 0;
  };
  std::mutex m_mutex;
  std::vector<TokenRow> m_tokens;
  Role m_anyone;
  std::map<std::string, Session> m_sessions;  // by the hash of the cookie
};

// May a browser's request that changes something have come from a page of another site? By Sec-Fetch-Site and Origin,
// where the browser sends them.
bool is_cross_site(const Request& request);
// Is the name that the request asks for (Host) one of ours? Another one is a foreign name that was made to point at
// this machine (DNS rebinding). Loopback's names always are.
bool is_known_host(const Request& request, const std::vector<std::string>& hosts);

// Requests by address: at most `rate` a second, in bursts of two seconds' worth.
class RateLimit {
 public:
  explicit RateLimit(double rate) : m_rate(rate) {}
  bool admit(const std::string& peer, double now);

 private:
  struct Bucket {
    double tokens = 0;
    double at = 0;
  };
  std::mutex m_mutex;
  double m_rate;
  std::map<std::string, Bucket> m_buckets;
};

}  // namespace culprit::service
