// A lab that works through its jobs one after another: with the shipped beliefs, or with what its finished jobs showed.
#pragma once

#include <string>
#include <vector>

#include "bench/noisebisect/table.h"

namespace culprit::search::noisebisect {

struct Lab {
  std::string name;
  std::vector<Point> kinds;  // each job is of one of them, as likely
};
const std::vector<Lab>& all_labs();

struct LabRows {
  Row cold;
  Row learned;
  Row learned_late;  // of it, the later half of each lab's jobs
  Row cold_late;
};

// `labs` labs of `jobs` jobs each, the same worlds with both beliefs; every second job is of another tree.
LabRows run_lab(const Setting& setting, const Histories& histories, const Lab& lab, int labs, int jobs);

}  // namespace culprit::search::noisebisect
