// The pages, each from what the core holds. Called with its lock held; nothing of it is kept.
#pragma once

#include <string>
#include <vector>

#include "service/core/core.h"
#include "service/pages/layout.h"
#include "service/web/message.h"

namespace culprit::service {

html::Node job_table(const Core& core, const std::vector<const Job*>& jobs, double now);
Page jobs_page(const Core& core, const std::vector<const Job*>& jobs, const Request& request, double now);
// `view` may have nothing yet; `has_report`: there is an HTML report of the bisection.
Page one_job_page(const Core& core, const Job& job, const BisectionView& view,
                  const std::vector<JobEvent>& events, bool has_report, const Caller& caller, double now);
Page all_bugs_page(const Core& core, double now);
Page one_bug_page(const Core& core, std::int64_t bug, const std::vector<BranchAnswer>& branches, double now);
Page slots_page(const Core& core, double now);
Page experience_page(const Core& core);
Page trouble_page(const Core& core, const std::vector<JobEvent>& events, double now);
Page submission_page(const Caller& caller, const std::string& refusal,
                     const std::map<std::string, std::string>& filled);
Page login_page(const std::string& to, const std::string& refusal);
// RFC 4287; `base` is the service's address as the reader knows it.
std::string atom_feed(const Core& core, const std::string& base, double now);

}  // namespace culprit::service
