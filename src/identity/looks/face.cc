#include "identity/looks/face.h"

#include <algorithm>
#include <array>

#include "console/programs/shape.h"
#include "console/stack/generic.h"
#include "console/stack/program_stack.h"
#include "identity/looks/place.h"
#include "identity/looks/tuning.h"
#include "model/evidence.h"
#include "model/run/report.h"

namespace culprit::identity {
namespace {

// Locks that were renamed in the kernel's history, old name first.
struct Renamed {
  std::string_view old_name;
  std::string_view new_name;
};
constexpr auto k_renamed_locks = std::to_array<Renamed>({
    {"mmap_sem", "mmap_lock"},   // 5.8
    {"i_mutex_key", "i_rwsem"},  // 4.7; the class keeps the key's name
    {"i_mutex", "i_rwsem"},      // 4.7
    {"i_mutex_dir_key", "i_rwsem"},
    {"s_vfs_rename_key", "s_vfs_rename_mutex"},
    {"rtnl_lock", "rtnl_mutex"},
    {"cpu_hotplug.lock", "cpu_hotplug_lock"},         // 4.13: a percpu rwsem
    {"cpu_hotplug_lock.rw_sem", "cpu_hotplug_lock"},  // and without its semaphore's name since 5.3
});

// Detectors whose kind tells what the lock validator's sub-kind is when the title does not.
Kind kind_of_lockdep(model::LockdepKind kind, Kind otherwise) {
  using enum model::LockdepKind;
  switch (kind) {
    case recursive:
    case circular:
    case irq_inversion:
      return Kind::lock_order;
    case inconsistent_state:
      return Kind::irq_state;
    case bad_unlock_balance:
      return Kind::unlock_balance;
    case suspicious_rcu:
      return Kind::rcu_usage;
    case invalid_wait_context:
      return Kind::wait_context;
    case held_at_return_to_user:
    case held_at_exit:
      return Kind::lock_kept;
    case freed_held_lock:
      return Kind::lock_freed;
    case nested_lock_not_held:
      return Kind::nested_lock;
    case limit_reached:
      return Kind::lockdep_limit;
    case other:
      return otherwise;
  }
  return otherwise;
}

// The stack that shows how the bug was reached: of the crash itself, else the first one.
const model::Stack* main_stack(const model::CrashReport& report) {
  for (const model::Stack& stack : report.stacks)
    if (stack.kind == model::StackKind::crash || stack.kind == model::StackKind::hung_task) return &stack;
  return report.stacks.empty() ? nullptr : &report.stacks.front();
}

// Is the frame one that all stacks of programs have: of a runtime, or the function that all of them begin in?
bool is_everybodys(const model::Frame& frame) {
  return frame.function == "main" || console::is_runtime_function(frame.function) ||
         console::is_runtime_file(frame.file) || console::is_runtime_module(frame.module);
}

std::vector<Name> plain_stack(const model::CrashReport& report) {
  std::vector<Name> out;
  const bool of_program = report.rule.starts_with("program/");
  const model::Stack* stack = main_stack(report);
  if (stack == nullptr) return out;
  for (const model::Frame& frame : stack->frames) {
    if (frame.uncertain || frame.function.empty() || console::is_dispatcher(frame.function)) continue;
    if (of_program && is_everybodys(frame)) continue;
    Name name = name_of(frame.function);
    if (name.families == 0) out.push_back(std::move(name));
    if (out.size() == k_stack) break;
  }
  return out;
}

void sort_unique(std::vector<std::string>& list) {
  std::ranges::sort(list);
  list.erase(std::ranges::unique(list).begin(), list.end());
}

}  // namespace

std::string plain_lock_class(std::string_view name) {
  std::string out(name.substr(0, name.find_first_of("/#{")));
  if (out.starts_with("&(&") && out.ends_with("->rlock")) {  // how spinlock_t names its inner lock
    out = out.substr(3, out.size() - 3 - 7);
    if (!out.empty() && out.back() == ')') out.pop_back();
  } else if (out.starts_with("(&") && out.ends_with(")")) {  // timers and work items
    out = out.substr(2, out.size() - 3);
  } else if (out.starts_with("&")) {
    out.erase(0, 1);
  }
  const std::size_t member = out.rfind("->");
  const std::size_t begin = member == std::string::npos ? 0 : member + 2;
  for (const Renamed& row : k_renamed_locks)
    if (out.compare(begin, std::string::npos, row.old_name) == 0)
      out.replace(begin, std::string::npos, row.new_name);
  return out;
}

std::string Face::key() const {
  std::string out = title;
  const auto add = [&](std::string_view text) { (out += '\n') += text; };
  add(has_report ? "report" : "title");
  add(lockdep ? std::to_string(static_cast<int>(*lockdep)) : "");
  for (const std::string& name : lock_classes) add(name);
  add("");
  for (const Name& name : stack) add(name.plain);
  add(guilty_file);
  add(object);
  if (!of_program) return out;
  add(ended);
  add(last_line);
  add(std::to_string(static_cast<int>(told)));
  for (const PrintedLine& line : printed) add(line.shape);
  return out;
}

Face face_of(std::string_view title) {
  Face face;
  face.title = title;
  face.parts = parse_title(title);
  face.place = place_of(face.parts);
  // A title that is known from a log has the message in it.
  if (face.parts.kind == Kind::exit_code) {
    face.of_program = true;
    const std::size_t colon = title.find(": ");
    face.ended = title.substr(0, colon);
    if (colon != std::string_view::npos)
      face.printed = telling_lines({console::shape_of(title.substr(colon + 2))});
  }
  return face;
}

Face face_of(const model::CrashReport& report) {
  Face face = face_of(report.title);
  face.has_report = true;
  face.alt_titles = report.alt_titles;
  face.corrupted = report.corrupted;
  face.fatal = report.fatal;
  face.guilty_file = report.guilty_file;
  if (report.access) face.object = report.access->object;
  if (face.parts.function.empty() && report.frame != "corrupted") face.parts.function = report.frame;
  if (report.lockdep) {
    face.lockdep = report.lockdep->kind;
    face.parts.kind = kind_of_lockdep(report.lockdep->kind, face.parts.kind);
    for (const std::string& name : report.lockdep->classes)
      face.lock_classes.push_back(plain_lock_class(name));
    sort_unique(face.lock_classes);
  }
  face.place = place_of(face.parts);
  face.stack = plain_stack(report);
  face.of_program = report.rule.starts_with("program/");
  face.type = report.type;
  return face;
}

namespace {

// What the whole run printed and how it ended belongs to each of its reports.
void add_printed(const model::Printed& printed, std::vector<Sighting>& sightings) {
  if (printed.ended.empty()) return;
  const std::vector<PrintedLine> lines = telling_lines(printed.lines);
  for (Sighting& sighting : sightings) {
    Face& face = sighting.face;
    face.of_program = true;
    face.ended = printed.ended;
    face.last_line = printed.last;
    face.told = printed.told;
    // A stack says more than what is around it, and that differs from run to run.
    if (face.stack.size() < 2) face.printed = lines;
  }
}

std::vector<Sighting> bare_sightings_of(const model::RunRecord& run) {
  std::vector<Sighting> out;
  for (const model::CrashReport& report : run.boot_reports)
    if (!report.suppressed) out.push_back({face_of(report), true});
  const std::size_t boot = out.size();
  for (const model::CrashReport& report : run.reports)
    if (!report.suppressed) out.push_back({face_of(report), false});
  if (out.size() > boot) return out;
  switch (kind_of(run.outcome)) {
    case model::OutcomeKind::crashed:
      out.push_back({face_of(text_of(run.outcome)), false});
      break;
    case model::OutcomeKind::timed_out:
      out.push_back({face_of("timed out"), false});
      break;
    case model::OutcomeKind::boot_failed:
    case model::OutcomeKind::test_failed:
      if (boot == 0 && !text_of(run.outcome).empty()) out.push_back({face_of(text_of(run.outcome)), true});
      break;
    default:
      break;
  }
  return out;
}

}  // namespace

std::vector<Sighting> sightings_of(const model::RunRecord& run) {
  std::vector<Sighting> out = bare_sightings_of(run);
  add_printed(run.printed, out);
  return out;
}

}  // namespace culprit::identity
