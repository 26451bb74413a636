// What all pages share: head, navigation, times, the forms' hidden number.
#pragma once

#include <string>
#include <string_view>

#include "html/html.h"
#include "service/queue/job.h"
#include "service/web/access.h"

namespace culprit::service {

struct Page {
  std::string title;
  html::Node body;
  bool live = false;  // it follows the event stream
};

std::string render_page(const Page& page, const Caller& caller, double now);

// "3m 20s ago", with the moment itself as its title.
html::Node ago(double time, double now);
html::Node state_chip(const Job& job);
// <input type=hidden name=csrf>
html::Node csrf_field(const Caller& caller);
html::Node link_to(const Job& job);
std::string address_of(const Job& job, std::string_view below = {});
// "23a1c7304a7f"
std::string short_commit(const std::string& commit);
std::string percent_text(double share);
// "2026-11-29 18:47:12 UTC"
std::string date_text(double time);
// "2026-11-29T18:47:12Z"
std::string iso_text(double time);

extern const std::string_view k_style;   // /static/style.css
extern const std::string_view k_script;  // /static/live.js

}  // namespace culprit::service
