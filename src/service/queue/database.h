// The service's database: one SQLite file that one process writes. Events are appended and never changed; tokens and
// the audit log stand beside them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "service/queue/job.h"

struct sqlite3;

namespace culprit::service {

struct TokenRow {
  std::string name;
  std::string role;  // "read", "submit", "operate"
  std::string hash;  // SHA-256 of the token, hexadecimal: tokens are random numbers of 256 bits, no passwords
  double created = 0;
};

struct AuditRow {
  double time = 0;
  std::string actor;  // a token's name, or empty
  std::string peer;   // address
  std::string method;
  std::string path;
  int status = 0;
};

class Database {
 public:
  // Makes a missing file. Errors: no database of a service, a newer schema, what the disk says.
  static base::Result<Database> open(const std::filesystem::path& path);
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  // Durable once it returns; sets the event's sequence number.
  base::Result<void> append(JobEvent& event);
  // Of one job (0: of all), after a sequence number, in order; at most `limit`.
  base::Result<std::vector<JobEvent>> events(std::int64_t job, std::int64_t after, std::int64_t limit) const;

  base::Result<std::vector<TokenRow>> tokens() const;
  // A token of the same name is replaced.
  base::Result<void> put_token(const TokenRow& token);
  base::Result<void> remove_token(const std::string& name);

  // The newest k_audit_rows are kept.
  static constexpr std::int64_t k_audit_rows = 100'000;
  base::Result<void> audit(const AuditRow& row);
  // Newest first.
  base::Result<std::vector<AuditRow>> audited(std::int64_t limit) const;

 private:
  struct Close {
    void operator()(sqlite3* db) const;
  };
  explicit Database(sqlite3* db) : m_db(db) {}
  base::Result<void> prepare(const std::filesystem::path& path);

  std::unique_ptr<sqlite3, Close> m_db;
};

}  // namespace culprit::service
