// A face: one way in which a bug looks, as far as a report or a bare title tells.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "identity/looks/place.h"
#include "identity/looks/printed.h"
namespace culprit::model {
enum class LockdepKind;
struct CrashReport;
struct RunRecord;
}  // namespace culprit::model

namespace culprit::identity {

struct Face {
  std::string title;
  std::vector<std::string> alt_titles;
  TitleParts parts;
  Place place;              // of parts, taken apart
  bool has_report = false;  // false: nothing but the title is known
  bool corrupted = false;   // the report is cut or mixed with another: what it lacks says nothing
  bool fatal = false;
  std::optional<model::LockdepKind> lockdep;
  std::vector<std::string> lock_classes;  // the report is about, normalised, sorted
  std::vector<Name> stack;                // functions that explain something, innermost first
  std::string guilty_file;
  std::string object;  // the slab cache, where one is named

  // Of a program.
  bool of_program = false;
  std::string type;   // of its report
  std::string ended;  // "exit code 1"; empty where it is not known
  std::vector<PrintedLine> printed;
  std::string last_line;
  model::Told told = model::Told::nothing;

  // Faces with equal keys look alike in all that is compared.
  std::string key() const;
};

Face face_of(const model::CrashReport& report);
Face face_of(std::string_view title);

// A lock class as it is compared: "&(&x->lock)->rlock" is "x->lock", "&mm->mmap_sem" is "mm->mmap_lock".
// Left out are subclasses ("/1"), instances ("#2") and key suffixes.
std::string plain_lock_class(std::string_view name);

// What a run shows, in order: its reports, else what its outcome says. Boot and basic tests come before the
// reproducer; infrastructure failures and clean runs show nothing.
struct Sighting {
  Face face;
  bool before_test = false;
};
std::vector<Sighting> sightings_of(const model::RunRecord& run);

}  // namespace culprit::identity
