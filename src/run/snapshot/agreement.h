// Do guests that were restored from a snapshot end as guests that were booted do?
#pragma once

#include <map>
#include <string>

namespace culprit::run {

// Counts outcomes by kernel image. Images are compared with themselves only: a search boots good kernels and bad ones
// in other shares than it restores them.
class Agreement {
 public:
  void add(const std::string& image, bool restored, const std::string& outcome);

  // The difference that chance explains least.
  struct Difference {
    double p = 1;  // how often chance alone makes one as great, or greater; all outcomes accounted for
    std::string outcome;
    int restored = 0, of_restored = 0;  // runs with that outcome, and all, of the images that can tell
    int booted = 0, of_booted = 0;
  };
  Difference greatest() const;

 private:
  struct Count {
    int restored = 0, booted = 0;
  };
  Difference difference_of(const std::string& outcome) const;

  std::map<std::string, std::map<std::string, Count>> m_images;  // -> by outcome
};

}  // namespace culprit::run
