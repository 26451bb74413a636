// Who may what: each role against each route; forms of other sites; hostile text on pages.

#include "service/site.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "base/files.h"
#include "base/process/cancel.h"
#include "base/strings.h"

namespace culprit::service {
namespace {

class SiteTest : public testing::Test {
 protected:
  SiteTest() : m_dir(std::move(*base::TempDir::create("culprit-site-"))) {
    m_options.root = m_dir.path();
    m_options.program = "/bin/false";
    m_options.requests_per_second = 1e6;
    auto queue = Queue::open(m_dir.path() / "queue.db");
    for (const char* role : {"read", "submit", "operate"})
      m_tokens.push_back({role, role, base::sha256(std::string("token of ") + role), 0});
    m_core = std::make_unique<Core>(m_options, std::move(*queue), false, "none", m_cancel);
    m_site = std::make_unique<Site>(*m_core, m_tokens);
  }

  static Request request(const std::string& method, const std::string& path, const std::string& role = {}) {
    Request out;
    out.method = method;
    out.path = path;
    out.headers["host"] = "127.0.0.1:8417";
    out.peer = "127.0.0.1";
    if (!role.empty()) out.headers["authorization"] = "Bearer token of " + role;
    return out;
  }
  std::int64_t submit(const std::string& title, const std::string& owner) {
    JobSpec spec;
    spec.repository = "/srv/tree";
    spec.command = {"./test.sh"};
    spec.title = title;
    spec.owner = owner;
    return *m_core->queue().submit(spec, owner, 1);
  }

  base::TempDir m_dir;
  base::CancelToken m_cancel;
  ServiceOptions m_options;
  std::vector<TokenRow> m_tokens;
  std::unique_ptr<Core> m_core;
  std::unique_ptr<Site> m_site;
};

std::string filled(std::string_view pattern) {
  std::string out(pattern);
  for (std::size_t at = out.find("{}"); at != std::string::npos; at = out.find("{}")) out.replace(at, 2, "1");
  return out;
}

TEST_F(SiteTest, EachRoleOnEachRoute) {
  submit("a job", "submit");
  std::size_t refused = 0;
  for (const Site::Route& route : Site::routes()) {
    for (const Role role : {Role::none, Role::read, Role::submit, Role::operate}) {
      Request ask = request(std::string(route.method), filled(route.pattern),
                            role == Role::none ? "" : std::string(name_of(role)));
      ask.body = "{}";
      const bool is_form = route.method == "POST" && !route.pattern.starts_with("/api/");
      const Response answer = m_site->handle(ask);
      const bool turned_away = answer.status == 401 || answer.status == 403 ||
                               (answer.status == 303 && !answer.headers.empty() &&
                                answer.headers[0].second.starts_with("/login?to="));
      if (is_form && route.pattern != "/login")
        EXPECT_TRUE(turned_away) << route.pattern << " is a form without a session";
      else if (route.pattern == "/login" && route.method == "POST")
        EXPECT_EQ(answer.status, 401);  // no token in it
      else
        EXPECT_EQ(turned_away, role < route.role)
            << route.method << " " << route.pattern << " as " << name_of(role) << ": " << answer.status;
      refused += turned_away ? 1 : 0;
    }
  }
  EXPECT_GT(refused, Site::routes().size());
}

TEST_F(SiteTest, WhatWritesWantsMoreThanReading) {
  for (const Site::Route& route : Site::routes()) {
    if (route.method != "GET" && route.pattern != "/login" && route.pattern != "/logout") {
      EXPECT_GE(route.role, Role::submit) << route.pattern;
    }
  }
}

TEST_F(SiteTest, AnothersJobIsForOperators) {
  submit("a job", "somebody");
  EXPECT_EQ(m_site->handle(request("POST", "/api/v1/jobs/1/cancel", "submit")).status, 403);
  EXPECT_EQ(m_core->queue().find(1)->state, JobState::queued);
  EXPECT_EQ(m_site->handle(request("POST", "/api/v1/jobs/1/cancel", "operate")).status, 200);
  EXPECT_EQ(m_core->queue().find(1)->state, JobState::cancelled);
  EXPECT_EQ(m_site->handle(request("POST", "/api/v1/jobs/1/cancel", "operate")).status, 409);
}

TEST_F(SiteTest, WhoSubmitsIsTheOwnerUnlessAnOperatorNamesAnother) {
  Request ask = request("POST", "/api/v1/jobs", "submit");
  ask.body = R"({"repository": "/x", "command": ["./t"], "owner": "somebody"})";
  EXPECT_EQ(m_site->handle(ask).status, 201);
  EXPECT_EQ(m_core->queue().find(1)->spec.owner, "submit");
  ask.headers["authorization"] = "Bearer token of operate";
  EXPECT_EQ(m_site->handle(ask).status, 201);
  EXPECT_EQ(m_core->queue().find(2)->spec.owner, "somebody");
}

TEST_F(SiteTest, AFormWantsItsSessionsNumberAndItsOwnSite) {
  submit("a job", "operate");
  Request in = request("POST", "/login");
  in.body = "token=token+of+operate&to=//evil.example/";
  const Response entered = m_site->handle(in);
  ASSERT_EQ(entered.status, 303);
  EXPECT_EQ(entered.headers[0].second, "/");  // not elsewhere
  const std::string set = entered.headers[1].second;
  EXPECT_NE(set.find("HttpOnly"), std::string::npos);
  const std::string session = set.substr(0, set.find(';'));
  Request page = request("GET", "/job/1");
  page.headers["cookie"] = session;
  const std::string text = m_site->handle(page).body;
  const auto at = text.find("name=\"csrf\" value=\"");
  ASSERT_NE(at, std::string::npos);
  const std::string csrf = text.substr(at + 19, 64);

  Request hold = request("POST", "/job/1/hold");
  hold.headers["cookie"] = session;
  EXPECT_EQ(m_site->handle(hold).status, 403);
  hold.body = "csrf=" + std::string(64, '0');
  EXPECT_EQ(m_site->handle(hold).status, 403);
  hold.body = "csrf=" + csrf;
  hold.headers["origin"] = "http://evil.example";
  EXPECT_EQ(m_site->handle(hold).status, 403);
  hold.headers["origin"] = "http://127.0.0.1:8417";
  hold.headers["sec-fetch-site"] = "cross-site";
  EXPECT_EQ(m_site->handle(hold).status, 403);
  EXPECT_EQ(m_core->queue().find(1)->state, JobState::queued);
  hold.headers["sec-fetch-site"] = "same-origin";
  EXPECT_EQ(m_site->handle(hold).status, 303);
  EXPECT_EQ(m_core->queue().find(1)->state, JobState::held);
  // The API is not for sessions: a page could write with it.
  Request api = request("POST", "/api/v1/jobs/1/release");
  api.headers["cookie"] = session;
  EXPECT_EQ(m_site->handle(api).status, 403);
}

TEST_F(SiteTest, AForeignNameThatPointsHereIsRefused) {
  Request ask = request("GET", "/healthz");
  EXPECT_EQ(m_site->handle(ask).status, 200);
  ask.headers["host"] = "evil.example:8417";
  EXPECT_EQ(m_site->handle(ask).status, 421);
  ask.headers["host"] = "[::1]:8417";
  EXPECT_EQ(m_site->handle(ask).status, 200);
  ask.headers["host"] = "";
  EXPECT_EQ(m_site->handle(ask).status, 421);
}

TEST_F(SiteTest, ATokenThatIsTakenBackOpensNothing) {
  EXPECT_EQ(m_site->handle(request("GET", "/api/v1", "read")).status, 200);
  EXPECT_EQ(m_site->handle(request("GET", "/api/v1", "nobody")).status, 401);
  ASSERT_TRUE(
      m_core->queue().database().put_token({"operate", "operate", base::sha256("token of operate"), 0}));
  Request made = request("POST", "/api/v1/tokens", "operate");
  made.body = R"({"name": "carol", "role": "read"})";
  const std::string answer = m_site->handle(made).body;
  const auto at = answer.find("\"token\": \"");
  ASSERT_NE(at, std::string::npos);
  Request ask = request("GET", "/api/v1");
  ask.headers["authorization"] = "Bearer " + answer.substr(at + 10, 64);
  EXPECT_EQ(m_site->handle(ask).status, 200);
  EXPECT_EQ(m_site->handle(request("DELETE", "/api/v1/tokens/carol", "operate")).status, 200);
  EXPECT_EQ(m_site->handle(ask).status, 401);
}

TEST_F(SiteTest, WhateverATextSaysIsShownAsText) {
  const std::string hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>\x1b]0;x\x07";
  const auto id = submit(hostile, hostile);
  ASSERT_TRUE(m_core->queue().cancel(id, hostile, hostile, 2));
  for (const char* path : {"/", "/job/1", "/bugs", "/machines", "/trouble", "/feed.atom", "/login"}) {
    const Response page = m_site->handle(request("GET", path, "read"));
    EXPECT_EQ(page.status, 200) << path;
    EXPECT_EQ(page.body.find("<script>"), std::string::npos) << path;
    EXPECT_EQ(page.body.find("<img"), std::string::npos) << path;
    EXPECT_EQ(page.body.find('\x1b'), std::string::npos) << path;
  }
  Request search = request("GET", "/", "read");
  search.query["q"] = "\"><script>alert(1)</script>";
  EXPECT_EQ(m_site->handle(search).body.find("<script>"), std::string::npos);
}

TEST_F(SiteTest, EveryAnswerForbidsInlineScripts) {
  for (const char* path : {"/", "/nowhere", "/api/v1/jobs", "/login"}) {
    bool found = false;
    for (const auto& [name, value] : m_site->handle(request("GET", path, "read")).headers)
      if (name == "Content-Security-Policy") {
        found = true;
        EXPECT_NE(value.find("default-src 'none'; script-src 'self'"), std::string::npos) << path;
      }
    EXPECT_TRUE(found) << path;
  }
}

TEST(RateLimitTest, ABurstPassesAndAFloodDoesNot) {
  RateLimit limit(10);
  int admitted = 0;
  for (int i = 0; i < 100; ++i) admitted += limit.admit("a", 0) ? 1 : 0;
  EXPECT_EQ(admitted, 20);
  EXPECT_TRUE(limit.admit("b", 0));
  EXPECT_TRUE(limit.admit("a", 0.2));
}

TEST(Match, PartsAreTakenAndEmptyOnesAreNone) {
  EXPECT_EQ(match("/job/{}/{}", "/job/7/log"), (std::vector<std::string>{"7", "log"}));
  EXPECT_EQ(match("/job/{}", "/job/"), std::nullopt);
  EXPECT_EQ(match("/job/{}", "/job/7/log"), std::nullopt);
}

TEST(HubTest, WhoComesBackGetsWhatWasMissed) {
  Hub hub;
  auto stream = hub.subscribe(0);
  EXPECT_EQ(stream->next(), "retry: 2000\n\n");
  EXPECT_EQ(stream->next(), "");
  hub.publish("job", "{\"job\":1}");
  hub.publish("job", "{\"job\":2}");
  EXPECT_EQ(stream->next(),
            "id: 1\nevent: job\ndata: {\"job\":1}\n\nid: 2\nevent: job\ndata: {\"job\":2}\n\n");
  EXPECT_EQ(hub.subscribe(1)->next(), "retry: 2000\n\nid: 2\nevent: job\ndata: {\"job\":2}\n\n");
  EXPECT_EQ(hub.watchers(), 1);
}

TEST(HubTest, SignsOfLifeAreSkippedOverAndWhatWasPublishedAtOnceHasNumbersOfItsOwn) {
  Hub hub;
  hub.publish("job", "1");
  hub.heartbeat();
  std::vector<std::jthread> publishers;
  for (int i = 0; i < 4; ++i)
    publishers.emplace_back([&] {
      for (int k = 0; k < 50; ++k) hub.publish("job", "n"), hub.heartbeat();
    });
  publishers.clear();
  std::string expected = "retry: 2000\n\n:\n\n";
  const std::string got = *hub.subscribe(1)->next();
  EXPECT_TRUE(got.starts_with(expected));
  // A message's number is its place among all.
  std::uint64_t place = 1;
  std::size_t messages = 0;
  for (const std::string_view line : base::split(got, '\n')) {
    if (line == ":") ++place;
    if (!line.starts_with("id: ")) continue;
    EXPECT_EQ(line.substr(4), std::to_string(++place));
    ++messages;
  }
  EXPECT_EQ(messages, 200);
}

}  // namespace
}  // namespace culprit::service
