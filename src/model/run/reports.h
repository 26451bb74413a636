// The crash reports of a run. Like a vector of them, and who only hands runs on need not know what a report
// is: model/run/report.h is for those who look into one.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <vector>

namespace culprit::model {

struct CrashReport;

class Reports {
 public:
  Reports();
  Reports(std::vector<CrashReport> reports);  // NOLINT(google-explicit-constructor): it is one
  Reports(std::initializer_list<CrashReport> reports);
  Reports(const Reports& other);
  Reports(Reports&& other) noexcept;
  Reports& operator=(const Reports& other);
  Reports& operator=(Reports&& other) noexcept;
  ~Reports();

  bool empty() const;
  std::size_t size() const;
  const CrashReport* begin() const;
  const CrashReport* end() const;
  CrashReport* begin();
  CrashReport* end();
  // There must be one.
  const CrashReport& front() const;
  CrashReport& back();
  const CrashReport& operator[](std::size_t index) const;

  void push_back(CrashReport report);
  CrashReport& emplace_back();
  void clear();

 private:
  std::vector<CrashReport> m_reports;
};

}  // namespace culprit::model
