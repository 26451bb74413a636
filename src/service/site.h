// What the service answers over HTTP: a table of routes, each with the role that it wants (docs/service.md).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "service/core/core.h"
#include "service/web/access.h"
#include "service/web/message.h"

namespace culprit::service {

class Site {
 public:
  Site(Core& core, std::vector<TokenRow> tokens);

  // Everything: who asks, may they, what is it. From several threads at a time. What takes long is left to
  // Response::later.
  Response handle(const Request& request);

  struct Ask {
    const Request& request;
    const Caller& caller;
    std::vector<std::string> parts;  // what stood in the place of {}
    double now = 0;
  };
  struct Route {
    std::string_view method;
    std::string_view pattern;  // "/job/{}/log"
    Role role = Role::operate;
    Response (Site::*answer)(const Ask&) = nullptr;
  };
  static std::span<const Route> routes();

 private:
  static std::span<const Route> api_routes();
  static std::span<const Route> page_routes();
  Response dispatch(const Request& request, const Caller& caller, double now);
  // Headers that every answer has; what is to be on record.
  Response finished(const Request& request, const Caller& caller, Response response, double now);
  void audit(const Request& request, const Caller& caller, const Response& response, double now);

  // api.cc
  Response api_index(const Ask& ask);
  Response api_jobs(const Ask& ask);
  Response api_submit(const Ask& ask);
  Response api_job(const Ask& ask);
  Response api_events(const Ask& ask);
  Response api_act(const Ask& ask);
  Response api_bugs(const Ask& ask);
  Response api_slots(const Ask& ask);
  Response api_brake(const Ask& ask);
  Response api_experience(const Ask& ask);
  Response api_experience_file(const Ask& ask);
  Response api_import_experience(const Ask& ask);
  Response api_tokens(const Ask& ask);
  Response api_add_token(const Ask& ask);
  Response api_remove_token(const Ask& ask);
  Response api_audit(const Ask& ask);
  Response health(const Ask& ask);
  Response metrics(const Ask& ask);
  Response stream(const Ask& ask);
  base::Result<void> act(const Job& job, const std::string& what,
                         const std::map<std::string, std::string>& with, const Ask& ask);

  // site_pages.cc
  Response dashboard(const Ask& ask);
  Response job_page(const Ask& ask);
  Response job_text(const Ask& ask);
  struct ToldText;
  Response told(const Ask& ask, const Job& job, StorePlace place, const ToldText& text);
  Response job_console(const Ask& ask);
  Response job_report(const Ask& ask);
  Response job_form(const Ask& ask);
  Response bugs_page(const Ask& ask);
  Response bug_page(const Ask& ask);
  Response machines_page(const Ask& ask);
  Response experience_page(const Ask& ask);
  Response trouble_page(const Ask& ask);
  Response submit_page(const Ask& ask);
  Response submit_form(const Ask& ask);
  Response login_page(const Ask& ask);
  Response login_form(const Ask& ask);
  Response logout_form(const Ask& ask);
  Response feed(const Ask& ask);
  Response asset(const Ask& ask);

  Core& m_core;
  Access m_access;
  RateLimit m_rate;
};

// What stands in the place of each "{}" of the pattern, each a path's part; none where the path does not fit.
std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path);

// A JSON object {"error": ..., "hint": ...}.
Response error_response(int status, const std::string& what, const std::string& hint = {});
Response error_response(const base::Error& error);
Response json_response(int status, const std::string& body);

// Which jobs a query asks for: state, owner, label, repository, bug, and q, words that a job's title, answer, crash,
// repository or number has. Newest first.
std::vector<const Job*> selected(const Queue& queue, const Request& request);

}  // namespace culprit::service
