#include "service/client/client.h"

#include <fmt/format.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/strings.h"
#include "post/curl.h"

namespace culprit::service {
namespace {

using base::ErrorKind;
using base::fail;

constexpr long k_connect_s = 10;
constexpr long k_whole_s = 120;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

std::string first_line(const std::filesystem::path& file) {
  const auto text = base::read_file(file);
  return text ? std::string(base::trim(*text)) : std::string();
}

std::size_t keep(char* data, std::size_t size, std::size_t count, void* out) {
  static_cast<std::string*>(out)->append(data, size * count);
  return size * count;
}

std::unexpected<base::Error> refused(long status, const std::string& body) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (json.is_object() && json.contains("error"))
    return fail(status >= 500 ? ErrorKind::infra : ErrorKind::usage, json.value("error", ""),
                json.value("hint", ""));
  return fail(ErrorKind::infra, fmt::format("the service answered with status {}", status),
              "is that a service of culprit's?");
}

}  // namespace

base::Result<ServerAddress> find_server(const std::string& url, const std::filesystem::path& root) {
  ServerAddress out;
  out.url = !url.empty() ? url : variable("CULPRIT_SERVER");
  const std::string ours = first_line(root / "url");
  if (out.url.empty()) out.url = ours;
  while (out.url.ends_with('/')) out.url.pop_back();
  if (out.url.empty())
    return fail(ErrorKind::usage, "no service is known",
                "start one with `culprit serve`, or name it with --server URL");
  if (!out.url.starts_with("http://") && !out.url.starts_with("https://"))
    return fail(ErrorKind::usage, "'" + base::printable(out.url) + "' is no address of a service",
                "it looks like http://127.0.0.1:8417");
  out.token = variable("CULPRIT_TOKEN");
  // The token of this machine's service is for no other one.
  if (out.token.empty() && out.url == ours) out.token = first_line(root / "token");
  return out;
}

base::Result<std::string> call(const ServerAddress& server, const std::string& method,
                               const std::string& path, const std::string& body) {
  const post::CurlHandle curl = CULPRIT_TRY(post::make_curl());
  std::string answer;
  const std::string url = server.url + path;
  post::CurlList headers;
  post::append(headers, "Content-Type: application/json");
  if (!server.token.empty()) post::append(headers, "Authorization: Bearer " + server.token);
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, method.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  if (method != "GET") {
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  }
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &keep);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer);
  curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT, k_connect_s);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, k_whole_s);
  if (server.url.starts_with("http://127.0.0.1") || server.url.starts_with("http://[::1]") ||
      server.url.starts_with("http://localhost"))
    curl_easy_setopt(curl.get(), CURLOPT_NOPROXY, "*");
  if (const CURLcode code = curl_easy_perform(curl.get()); code != CURLE_OK)
    return fail(ErrorKind::infra,
                fmt::format("cannot reach {}: {}", base::printable(server.url), curl_easy_strerror(code)),
                "is `culprit serve` running there?");
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status < 200 || status >= 300) return refused(status, answer);
  return answer;
}

}  // namespace culprit::service
