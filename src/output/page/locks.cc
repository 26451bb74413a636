// A cycle of locks: each arrow says that the lock at its head was taken while the one at its tail was held. The
// existing chain goes down; the acquisition that closes the cycle goes back up, dashed. For other reports of lockdep
// the classes and who held them are all there is.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <ranges>
#include <string>
#include <vector>

#include "model/event.h"
#include "model/run/report.h"
#include "output/page/parts.h"
#include "output/words/text.h"

namespace culprit::output::page {
namespace {

using html::el;
using html::Node;

constexpr double k_box = 40, k_between = 46, k_left = 46, k_width = 270;
constexpr std::size_t k_most_locks = 24;

// The report of the chased bug that has locks: the answer's own, if it has one.
const model::CrashReport* report_of(const PageMaterial& material) {
  const model::CrashReport* found = nullptr;
  const Summary& summary = material.summary;
  for (const model::Event& event : material.events) {
    const auto* run = std::get_if<model::RunFinished>(&event.body);
    if (run == nullptr || model::what_says(run->run) != model::RunSays::shown) continue;
    for (const model::CrashReport& report : run->run.reports) {
      if (!report.lockdep || report.lockdep->classes.empty()) continue;
      if (found == nullptr) found = &report;
      if (summary.conclusion && summary.conclusion->culprit == run->run.commit) return &report;
    }
  }
  return found;
}

// The locks in the order in which the existing dependencies take them: the report prints the newest first.
std::vector<std::string> locks_of(const model::LockdepInfo& info) {
  std::vector<std::string> locks;
  const auto put = [&](const std::string& lock) {
    if (std::ranges::find(locks, lock) == locks.end() && locks.size() < k_most_locks) locks.push_back(lock);
  };
  if (!info.chain.empty()) {
    for (const std::string& lock : std::views::reverse(info.chain)) put(lock);
    return locks;
  }
  for (const std::string& lock : info.classes) put(lock);
  for (const model::HeldLock& held : info.held) put(held.lock_class);
  return locks;
}

std::string note_of(const model::LockdepInfo& info, const std::string& lock) {
  for (const model::HeldLock& held : info.held)
    if (held.lock_class == lock)
      return held.taken_at.function.empty() ? "held" : "held, taken in " + held.taken_at.function + "()";
  if (info.kind == model::LockdepKind::circular && !info.classes.empty() && info.classes.front() == lock)
    return "being taken";
  return {};
}

Node arrow_head(double x, double y, bool up, std::string_view class_name) {
  const double back = up ? 8 : -8;
  return el("path", {{"class", class_name},
                     {"d", fmt::format("M{} {}L{} {}L{} {}Z", x, y, x - 5, y + back, x + 5, y + back)}});
}

Node box(double y, const std::string& lock, const std::string& note) {
  Node out = el("g", el("title", one_line(lock)));
  out.add(el("rect",
             {{"class", "box"}, {"x", k_left}, {"y", y}, {"width", k_width}, {"height", k_box}, {"rx", 4}}));
  out.add(el("text", {{"class", "name"}, {"x", k_left + 10}, {"y", y + (note.empty() ? 24.0 : 17.0)}},
             cut(one_line(lock), 36)));
  if (!note.empty())
    out.add(
        el("text", {{"class", "small soft"}, {"x", k_left + 10}, {"y", y + 32}}, cut(one_line(note), 40)));
  return out;
}

}  // namespace

Node lock_graph(const PageMaterial& material) {
  const model::CrashReport* report = report_of(material);
  if (report == nullptr) return {};
  const model::LockdepInfo& info = *report->lockdep;
  const std::vector<std::string> locks = locks_of(info);
  const bool is_cycle =
      info.kind == model::LockdepKind::circular || info.kind == model::LockdepKind::recursive;
  const double height = static_cast<double>(locks.size()) * (k_box + k_between) - k_between + 24;

  Node out =
      el("svg", {{"height", height},
                 {"role", "img"},
                 {"aria-label", fmt::format("The locks of the report: {}", fmt::join(locks, ", then "))}});
  const double middle = k_left + k_width / 2;
  for (std::size_t i = 0; i < locks.size(); ++i) {
    const double y = 12 + static_cast<double>(i) * (k_box + k_between);
    if (i > 0 && is_cycle) {
      out.add(el("path", {{"class", "edge"},
                          {"d", fmt::format("M{} {}L{} {}", middle, y - k_between, middle, y - 7)}}));
      out.add(arrow_head(middle, y, false, "head"));
      out.add(
          el("text", {{"class", "small soft"}, {"x", middle + 10}, {"y", y - k_between / 2 + 4}}, "then"));
    }
    out.add(box(y, locks[i], note_of(info, locks[i])));
  }
  if (is_cycle) {
    const double first = 12 + k_box / 2,
                 last = 12 + static_cast<double>(locks.size() - 1) * (k_box + k_between) + k_box / 2;
    const double from = locks.size() > 1 ? last : first + 12, to = locks.size() > 1 ? first : first - 8;
    out.add(el("path", {{"class", "edge closing"},
                        {"d", fmt::format("M{} {}C{} {} {} {} {} {}", k_left, from, 4, from, 4, to,
                                          k_left - 6, to)}}));
    out.add(el("path", {{"class", "closing-head"},
                        {"d", fmt::format("M{} {}L{} {}L{} {}Z", k_left, to, k_left - 8, to - 5, k_left - 8,
                                          to + 5)}}));
  }
  Node words = el("p", {{"class", "soft"}});
  if (info.kind == model::LockdepKind::circular)
    words.add(
        "An arrow down: with the upper lock held, the lower one was taken before. The dashed one closes the "
        "cycle: the crash's own acquisition, with the lowest one held.");
  else
    words.add(fmt::format("A report of the kind \"{}\".", name_of(info.kind)));
  return el("div", std::move(words), std::move(out));
}

}  // namespace culprit::output::page
