#include "model/run/reports.h"

#include "model/run/report.h"

namespace culprit::model {

Reports::Reports() = default;
Reports::Reports(std::vector<CrashReport> reports) : m_reports(std::move(reports)) {}
Reports::Reports(std::initializer_list<CrashReport> reports) : m_reports(reports) {}
Reports::Reports(const Reports& other) = default;
Reports::Reports(Reports&& other) noexcept = default;
Reports& Reports::operator=(const Reports& other) = default;
Reports& Reports::operator=(Reports&& other) noexcept = default;
Reports::~Reports() = default;

bool Reports::empty() const { return m_reports.empty(); }
std::size_t Reports::size() const { return m_reports.size(); }
const CrashReport* Reports::begin() const { return m_reports.data(); }
const CrashReport* Reports::end() const { return m_reports.data() + m_reports.size(); }
CrashReport* Reports::begin() { return m_reports.data(); }
CrashReport* Reports::end() { return m_reports.data() + m_reports.size(); }
const CrashReport& Reports::front() const { return m_reports.front(); }
CrashReport& Reports::back() { return m_reports.back(); }
const CrashReport& Reports::operator[](std::size_t index) const { return m_reports[index]; }

void Reports::push_back(CrashReport report) { m_reports.push_back(std::move(report)); }
CrashReport& Reports::emplace_back() { return m_reports.emplace_back(); }
void Reports::clear() { m_reports.clear(); }

}  // namespace culprit::model
