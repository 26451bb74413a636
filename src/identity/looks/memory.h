// What runs show, kept between assessments: taking reports apart and comparing them costs far more than all
// that is concluded from it, and neither changes.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "identity/looks/face.h"
#include "identity/looks/likeness.h"

namespace culprit::model {
struct RunRecord;
}

namespace culprit::identity {

// A face that some run showed, with its key (Face::key).
struct KnownFace {
  Face face;
  std::string key;
};

class Memory {
 public:
  explicit Memory(bool by_id = true) : m_by_id(by_id) {}

  struct Item {
    const KnownFace* face = nullptr;  // lives as long as the memory
    bool before_test = false;
  };

  // What `run` shows, as sightings_of(). A run is looked at once: later calls with its id need only the id.
  // Runs of id 0 are looked at anew each time; so is any run where ids tell nothing apart (`by_id` false).
  const std::vector<Item>& of(const model::RunRecord& run);
  // What quiet runs of programs printed, of all runs that were looked at.
  const QuietLines& quiet() const { return m_quiet; }
  // likeness() of the two.
  const Likeness& compare(const KnownFace& a, const KnownFace& b, double places);

 private:
  std::vector<Item> look_at(const model::RunRecord& run);

  bool m_by_id;
  std::map<std::string, std::unique_ptr<KnownFace>> m_faces;  // by key
  std::unordered_map<std::uint64_t, std::vector<Item>> m_runs;
  std::vector<Item> m_unnamed;  // of the latest run without an id
  struct Compared {
    double places = 0;
    std::size_t lines = 0;  // the versions of m_quiet and m_steady
    Likeness likeness;
  };
  QuietLines m_quiet;
  SteadyLines m_steady;
  std::map<std::pair<const KnownFace*, const KnownFace*>, Compared> m_likeness;
};

}  // namespace culprit::identity
