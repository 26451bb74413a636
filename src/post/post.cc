// Whether a message was taken is what matters most here: who cannot tell must not send again. A transfer that broke
// before the server was given the message is a refusal, so is an answer of 4xx or 5xx. One that broke after the
// message was on its way and before the answer is lost: RFC 5321 (4.5.3.2.6) knows that gap, and no client can close
// it.
#include "post/post.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/process/subprocess.h"
#include "base/strings.h"
#include "post/curl.h"

namespace culprit::post {
namespace {

using base::ErrorKind;
using base::Result;

constexpr std::size_t k_reply_limit = 2000;  // of what the other side said

struct Source {
  std::string_view left;
};

std::size_t give(char* buffer, std::size_t size, std::size_t count, void* user) {
  auto& source = *static_cast<Source*>(user);
  const std::size_t n = std::min(size * count, source.left.size());
  std::memcpy(buffer, source.left.data(), n);
  source.left.remove_prefix(n);
  return n;
}

std::size_t take(char* data, std::size_t size, std::size_t count, void* user) {
  auto& text = *static_cast<std::string*>(user);
  // The end is what counts: SMTP's last answer, HTTP's body is short.
  text.append(data, size * count);
  if (text.size() > k_reply_limit) text.erase(0, text.size() - k_reply_limit);
  return size * count;
}

// What became of it, once curl_easy_perform() said `code`. `given`: the other side had the message, or some of it.
Delivery delivery_of(CURL* handle, CURLcode code, bool given, const char* error, const std::string& reply) {
  long answer = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &answer);
  const std::string_view last = base::trim(base::last_lines(base::trim(reply), 1));
  if (code == CURLE_OK && answer >= 200 && answer < 300)
    return {model::PostStage::accepted, std::string(last)};
  std::string text = code == CURLE_OK ? fmt::format("the answer is {}", answer)
                                      : std::string(*error != '\0' ? error : curl_easy_strerror(code));
  if (answer >= 300 && !last.empty()) text += ": " + std::string(last);
  const bool is_final = answer >= 300;  // SMTP's 3xx to DATA only comes before the message
  const bool broke_off = code != CURLE_OK && given && !(is_final && answer >= 400);
  return {broke_off ? model::PostStage::lost : model::PostStage::refused, base::printable(text)};
}

// RFC 5321: lines end with CRLF and have at most 998 bytes. Longer ones are broken where a character ends.
std::string on_the_wire(std::string_view message) {
  constexpr std::size_t k_longest = 990;
  std::string out;
  for (std::string_view line : base::split_lines(message)) {
    while (line.size() > k_longest) {
      std::size_t size = k_longest;
      while (size > k_longest - 4 && (static_cast<unsigned char>(line[size]) & 0xC0) == 0x80) --size;
      (out += line.substr(0, size)) += "\r\n";
      line.remove_prefix(size);
    }
    for (const char c : line) out += c == '\r' || c == '\0' ? ' ' : c;
    out += "\r\n";
  }
  return out;
}

Result<void> refuse_bad(const Envelope& envelope) {
  if (!is_plain_address(envelope.from))
    return base::fail(ErrorKind::usage, "'" + envelope.from + "' is no address to send from",
                      "--from you@example.org");
  if (envelope.to.empty())
    return base::fail(ErrorKind::usage, "the mail is to nobody", "name somebody: --to ADDRESS");
  for (const std::string& address : envelope.to)
    if (!is_plain_address(address)) return base::fail(ErrorKind::usage, "'" + address + "' is no address");
  return {};
}

bool has_scheme(std::string_view url, std::initializer_list<std::string_view> schemes) {
  return std::ranges::any_of(schemes, [&](std::string_view scheme) { return url.starts_with(scheme); });
}

}  // namespace

Result<CurlHandle> make_curl() {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  CurlHandle handle(ready ? curl_easy_init() : nullptr);
  if (!handle) return base::fail(ErrorKind::infra, "libcurl does not start");
  curl_easy_setopt(handle.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle.get(), CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  return handle;
}

bool is_plain_address(std::string_view address) {
  const std::size_t at = address.find('@');
  const auto is_plain = [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && c != 0x7f &&
           std::string_view("<>()[],;:\\\"").find(c) == std::string_view::npos;
  };
  return at != std::string_view::npos && at > 0 && at + 1 < address.size() &&
         address.find('@', at + 1) == std::string_view::npos && address.front() != '-' &&
         address.size() <= 254 && std::ranges::all_of(address, is_plain);
}

Result<Delivery> send_by_smtp(const SmtpServer& server, const Envelope& envelope) {
  CULPRIT_TRY(refuse_bad(envelope));
  if (!has_scheme(server.url, {"smtp://", "smtps://"}))
    return base::fail(ErrorKind::usage, "'" + server.url + "' is no mail server",
                      "--smtp smtp://HOST:PORT, or smtps://HOST");
  const CurlHandle handle = CULPRIT_TRY(make_curl());
  CURL* curl = handle.get();
  const std::string wire = on_the_wire(envelope.message);
  Source source{wire};
  std::string reply;
  std::array<char, CURL_ERROR_SIZE> error{};
  CurlList to;
  for (const std::string& address : envelope.to) append(to, "<" + address + ">");
  curl_easy_setopt(curl, CURLOPT_URL, server.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(curl, CURLOPT_MAIL_FROM, ("<" + envelope.from + ">").c_str());
  curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to.get());
  curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(curl, CURLOPT_READFUNCTION, give);
  curl_easy_setopt(curl, CURLOPT_READDATA, &source);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &reply);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error.data());
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(server.timeout_s * 1000));
  curl_easy_setopt(curl, CURLOPT_USE_SSL,
                   static_cast<long>(server.user.empty() ? CURLUSESSL_TRY : CURLUSESSL_ALL));
  if (!server.user.empty()) {
    curl_easy_setopt(curl, CURLOPT_USERNAME, server.user.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, server.password.c_str());
  }
  const CURLcode code = curl_easy_perform(curl);
  const bool given = source.left.size() < wire.size();
  return delivery_of(curl, code, given, error.data(), reply);
}

Result<Delivery> send_by_command(const std::string& command, const Envelope& envelope, double timeout_s,
                                 const base::CancelToken& cancel) {
  CULPRIT_TRY(refuse_bad(envelope));
  std::vector<std::string> arguments{"-i", "-f", envelope.from, "--"};
  arguments.insert(arguments.end(), envelope.to.begin(), envelope.to.end());
  base::Command child;
  child.argv = {"/bin/sh", "-c", command + " " + base::shell_quote(arguments)};
  child.input = envelope.message;
  child.timeout_s = timeout_s;
  child.output_limit = k_reply_limit;
  const base::ProcessEnd end = CULPRIT_TRY(base::run_process(child, cancel));
  std::string said(base::trim(base::last_lines(base::trim(end.output), 1)));
  if (end.ok()) return Delivery{model::PostStage::accepted, std::move(said)};
  if (end.how != base::ProcessEnd::How::exited)
    return Delivery{model::PostStage::lost,
                    "the command did not come to its end" + (said.empty() ? "" : ": " + said)};
  return Delivery{model::PostStage::refused, fmt::format("the command ended with exit code {}{}",
                                                         end.exit_code, said.empty() ? "" : ": " + said)};
}

std::string signature(std::string_view secret, std::string_view body) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(body.data()), body.size(), digest.data(), &size);
  std::string out = "sha256=";
  for (unsigned int i = 0; i < size; ++i) out += fmt::format("{:02x}", digest[i]);
  return out;
}

Result<Delivery> post_hook(const Hook& hook, const std::string& json) {
  if (!has_scheme(hook.url, {"http://", "https://"}))
    return base::fail(ErrorKind::usage, "'" + hook.url + "' is no address of a webhook", "https://HOST/PATH");
  if (hook.secret.empty())
    return base::fail(ErrorKind::usage, "a webhook without a secret cannot be trusted by who gets it",
                      "--secret-file FILE");
  const CurlHandle handle = CULPRIT_TRY(make_curl());
  CURL* curl = handle.get();
  std::string reply;
  std::array<char, CURL_ERROR_SIZE> error{};
  CurlList headers;
  append(headers, "Content-Type: application/json");
  append(headers, "User-Agent: culprit");
  append(headers, "X-Culprit-Delivery: " + hook.id);
  append(headers, "X-Culprit-Signature-256: " + signature(hook.secret, json));
  append(headers, "Expect:");
  curl_easy_setopt(curl, CURLOPT_URL, hook.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(json.size()));
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, json.data());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &reply);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error.data());
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(hook.timeout_s * 1000));
  const CURLcode code = curl_easy_perform(curl);
  curl_off_t sent = 0;
  curl_easy_getinfo(curl, CURLINFO_SIZE_UPLOAD_T, &sent);
  return delivery_of(curl, code, sent > 0, error.data(), reply);
}

}  // namespace culprit::post
