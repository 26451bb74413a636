// What comes over HTTP and what goes back, as values.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace culprit::service {

struct Request {
  std::string method;
  std::string path;                            // percent-decoded, without the query
  std::map<std::string, std::string> query;    // decoded; the last one of a name counts
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  std::string peer;  // the address, without the port

  std::string header(const std::string& name) const {
    const auto at = headers.find(name);
    return at == headers.end() ? std::string() : at->second;
  }
  std::string parameter(const std::string& name) const {
    const auto at = query.find(name);
    return at == query.end() ? std::string() : at->second;
  }
};

// Text that comes as it happens. next() is asked from the server's threads.
class Stream {
 public:
  virtual ~Stream() = default;
  // What is to be sent now: empty while there is nothing, none at the end.
  virtual std::optional<std::string> next() = 0;
};

struct Response {
  int status = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body{};
  std::vector<std::pair<std::string, std::string>> headers{};
  std::shared_ptr<Stream> stream{};  // in the place of the body
  // Where it takes long to answer: gives the response in the place of this one, and may block. Called once, from a thread
  // on which no other connection waits.
  std::function<Response()> later{};
};

// The fields of an HTML form, "a=1&b=x+y" as it is sent.
std::map<std::string, std::string> form_fields(std::string_view body);
std::string percent_decoded(std::string_view text);
// For a query's value.
std::string percent_encoded(std::string_view text);
// The value of a cookie; empty where there is none.
std::string cookie(const Request& request, std::string_view name);

}  // namespace culprit::service
