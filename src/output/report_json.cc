#include "output/report_json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "model/run/report.h"

namespace culprit::output {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const model::Frame& f) {
  Json j;
  if (!f.function.empty()) j["function"] = f.function;
  if (f.offset != 0) j["offset"] = f.offset;
  if (f.size != 0) j["size"] = f.size;
  if (f.address != 0) j["address"] = fmt::format("{:#x}", f.address);
  if (!f.file.empty()) j["file"] = f.file;
  if (f.line != 0) j["line"] = f.line;
  if (!f.module.empty()) j["module"] = f.module;
  if (f.inlined) j["inlined"] = true;
  if (f.uncertain) j["uncertain"] = true;
  return j;
}

Json to_json(const model::Stack& s) {
  Json j;
  j["kind"] = name_of(s.kind);
  if (!s.heading.empty()) j["heading"] = s.heading;
  j["frames"] = Json::array();
  for (const model::Frame& f : s.frames) j["frames"].push_back(to_json(f));
  return j;
}

Json to_json(const model::LockdepInfo& l) {
  Json j;
  j["kind"] = name_of(l.kind);
  j["classes"] = l.classes;
  j["held"] = Json::array();
  for (const model::HeldLock& h : l.held) {
    Json held;
    held["lock_class"] = h.lock_class;
    if (!h.taken_at.function.empty()) held["taken_at"] = to_json(h.taken_at);
    j["held"].push_back(std::move(held));
  }
  j["chain"] = l.chain;
  return j;
}

Json report_object(const model::CrashReport& r) {
  Json j;
  j["title"] = r.title;
  j["alt_titles"] = r.alt_titles;
  j["type"] = r.type;
  j["frame"] = r.frame;
  j["guilty_file"] = r.guilty_file;
  j["rule"] = r.rule;
  j["corrupted"] = r.corrupted;
  if (r.corrupted) j["corrupted_reason"] = r.corrupted_reason;
  j["suppressed"] = r.suppressed;
  j["fatal"] = r.fatal;
  j["start"] = r.start;
  j["end"] = r.end;
  if (!r.task.empty()) j["task"] = r.task;
  if (r.pid >= 0) j["pid"] = r.pid;
  if (r.cpu >= 0) j["cpu"] = r.cpu;
  if (!r.context.empty()) j["context"] = r.context;
  if (r.access) {
    j["access"] = {{"is_write", r.access->is_write},
                   {"size", r.access->size},
                   {"address", fmt::format("{:#x}", r.access->address)},
                   {"object", r.access->object}};
  }
  if (r.lockdep) j["lockdep"] = to_json(*r.lockdep);
  j["stacks"] = Json::array();
  for (const model::Stack& s : r.stacks) j["stacks"].push_back(to_json(s));
  j["text"] = r.text;
  return j;
}

std::string frame_line(const model::Frame& f) {
  std::string out = "    ";
  if (f.uncertain) out += "? ";
  out += f.function.empty() ? fmt::format("{:#x}", f.address) : f.function;
  if (f.size != 0) out += fmt::format("+{:#x}/{:#x}", f.offset, f.size);
  if (!f.file.empty()) out += fmt::format(" {}:{}", f.file, f.line);
  if (!f.module.empty()) out += fmt::format(" [{}]", f.module);
  if (f.inlined) out += " [inline]";
  return out + "\n";
}

std::string dumped(const Json& j) {
  return base::printable_json(j.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace

std::string json_head(std::string_view file) { return "{\"file\":" + dumped(Json(file)) + ",\"reports\":["; }

std::string to_json(const model::CrashReport& report) { return dumped(report_object(report)); }

std::string json_tail(bool panicked) { return panicked ? "],\"panicked\":true}" : "],\"panicked\":false}"; }

std::string to_json(const model::ConsoleReading& reading, std::string_view file) {
  std::string out = json_head(file);
  for (std::size_t i = 0; i < reading.reports.size(); ++i) {
    if (i > 0) out += ',';
    out += to_json(reading.reports[i]);
  }
  return out + json_tail(reading.panicked);
}

std::string to_text(const model::CrashReport& r, std::string_view file) {
  std::string out = fmt::format("{}: {}\n", file, r.title);
  out += fmt::format("  type {}, bytes {} to {}, rule {}\n", r.type, r.start, r.end, r.rule);
  if (r.corrupted) out += fmt::format("  corrupted: {}\n", r.corrupted_reason);
  if (r.suppressed) out += "  suppressed: says nothing about the code under test\n";
  if (!r.task.empty()) {
    out += "  task " + r.task;
    if (r.pid >= 0) out += fmt::format(", pid {}", r.pid);
    if (r.cpu >= 0) out += fmt::format(", CPU {}", r.cpu);
    out += '\n';
  }
  if (!r.guilty_file.empty()) out += fmt::format("  guilty file {}\n", r.guilty_file);
  if (r.access) {
    out += fmt::format("  {} of {} bytes at {:#x}{}\n", r.access->is_write ? "write" : "read", r.access->size,
                       r.access->address, r.access->object.empty() ? "" : " in " + r.access->object);
  }
  if (r.lockdep) {
    out += fmt::format("  lockdep {}: {}\n", name_of(r.lockdep->kind), fmt::join(r.lockdep->classes, ", "));
    for (const model::HeldLock& h : r.lockdep->held)
      out += fmt::format("  holds {} since {}\n", h.lock_class, h.taken_at.function);
    if (!r.lockdep->chain.empty()) out += fmt::format("  chain {}\n", fmt::join(r.lockdep->chain, " -> "));
  }
  for (const model::Stack& s : r.stacks) {
    out += fmt::format("  {} stack{}\n", name_of(s.kind), s.heading.empty() ? "" : ": " + s.heading);
    for (const model::Frame& f : s.frames) out += frame_line(f);
  }
  return base::printable(out) + '\n';
}

std::string to_text(const model::ConsoleReading& reading, std::string_view file) {
  if (reading.reports.empty())
    return fmt::format("{}: no report{}\n", base::printable(file), reading.panicked ? ", but a panic" : "");
  std::string out;
  for (const model::CrashReport& r : reading.reports) out += to_text(r, file);
  return out;
}

}  // namespace culprit::output
