#include "service/pages/layout.h"

#include <fmt/format.h>

#include <array>
#include <ctime>

#include "base/strings.h"

namespace culprit::service {
namespace {

using html::el;
using html::Node;

std::string time_text(double time, const char* format) {
  const auto seconds = static_cast<std::time_t>(time);
  std::tm utc{};
  std::array<char, 64> buffer{};
  if (gmtime_r(&seconds, &utc) == nullptr) return "";
  return {buffer.data(), std::strftime(buffer.data(), buffer.size(), format, &utc)};
}

Node session(const Caller& caller) {
  if (caller.csrf.empty()) return el("a", {{"href", "/login"}}, "Log in");
  return el("form", {{"method", "post"}, {"action", "/logout"}}, csrf_field(caller),
            el("button", {{"type", "submit"}}, "Log out " + caller.name));
}

}  // namespace

std::string date_text(double time) { return time_text(time, "%Y-%m-%d %H:%M:%S UTC"); }
std::string iso_text(double time) { return time_text(time, "%Y-%m-%dT%H:%M:%SZ"); }

Node ago(double time, double now) {
  return el("time", {{"datetime", iso_text(time)}, {"title", date_text(time)}},
            base::format_duration(std::max(0.0, now - time)) + " ago");
}

Node state_chip(const Job& job) {
  const std::string state(name_of(job.state));
  return el("span", {{"class", "chip " + state}}, state);
}

Node csrf_field(const Caller& caller) {
  return el("input", {{"type", "hidden"}, {"name", "csrf"}, {"value", caller.csrf}});
}

std::string address_of(const Job& job, std::string_view below) {
  return fmt::format("/job/{}{}{}", job.id, below.empty() ? "" : "/", below);
}

Node link_to(const Job& job) { return el("a", {{"href", address_of(job)}}, title_of(job)); }

std::string short_commit(const std::string& commit) { return commit.substr(0, 12); }

std::string percent_text(double share) { return fmt::format("{:.1f} %", 100 * share); }

std::string render_page(const Page& page, const Caller& caller, double now) {
  Node head = el("head", el("meta", {{"charset", "utf-8"}}),
                 el("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}}),
                 el("title", page.title + " · culprit"),
                 el("link", {{"rel", "stylesheet"}, {"href", "/static/style.css"}}),
                 el("link", {{"rel", "alternate"},
                             {"type", "application/atom+xml"},
                             {"title", "answers"},
                             {"href", "/feed.atom"}}),
                 el("link", {{"rel", "icon"}, {"href", "/static/icon.svg"}}));
  if (page.live) head.add(html::external_script("/static/live.js"));
  Node nav = el("nav", {{"aria-label", "pages"}}, el("a", {{"href", "/"}}, "Jobs"),
                el("a", {{"href", "/bugs"}}, "Bugs"), el("a", {{"href", "/machines"}}, "Machines"),
                el("a", {{"href", "/experience"}}, "Experience"), el("a", {{"href", "/trouble"}}, "Trouble"));
  if (caller.role >= Role::submit) nav.add(el("a", {{"href", "/submit"}}, "Submit"));
  return html::document(
      el("html", {{"lang", "en"}}, std::move(head),
         el("body",
            el("header", el("a", {{"class", "name"}, {"href", "/"}}, "culprit"), std::move(nav),
               session(caller)),
            el("main", page.body),
            el("footer", "As of " + date_text(now) + ". ", el("a", {{"href", "/feed.atom"}}, "Feed")))));
}

}  // namespace culprit::service
