#include "service/queue/database.h"

// WAL and synchronous=FULL, as the store of bisections has it: an event survives a power cut once append() returns,
// and a reader (a backup, `sqlite3`) may look at the file while the service runs.

#include <sqlite3.h>
#include <sys/stat.h>

namespace culprit::service {
namespace {

using base::ErrorKind;
using base::fail;

constexpr int k_schema_version = 1;
constexpr int k_application_id = 0x63717565;  // "cque"
constexpr int k_busy_timeout_ms = 10'000;

constexpr const char* k_schema = R"sql(
CREATE TABLE event(sequence INTEGER PRIMARY KEY AUTOINCREMENT, time REAL NOT NULL, job INTEGER NOT NULL,
                   type TEXT NOT NULL, actor TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX event_of_job ON event(job, sequence);
CREATE TABLE token(name TEXT PRIMARY KEY, role TEXT NOT NULL, hash TEXT NOT NULL, created REAL NOT NULL);
CREATE TABLE audit(sequence INTEGER PRIMARY KEY AUTOINCREMENT, time REAL NOT NULL, actor TEXT NOT NULL,
                   peer TEXT NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL, status INTEGER NOT NULL);
)sql";

std::unexpected<base::Error> database_error(sqlite3* db, const std::string& doing) {
  const int code = sqlite3_errcode(db);
  const bool full = code == SQLITE_FULL || code == SQLITE_IOERR;
  return fail(full ? ErrorKind::infra : ErrorKind::store, doing + ": " + sqlite3_errmsg(db),
              full ? "the disk may be full: free some space; the service goes on by itself"
                   : "check the permissions of the service's folder, or name another with --root");
}

// A prepared statement that is finalized with its scope.
class Statement {
 public:
  Statement(sqlite3* db, const char* sql)
      : m_db(db), m_status(sqlite3_prepare_v2(db, sql, -1, &m_statement, nullptr)) {}
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() { sqlite3_finalize(m_statement); }

  Statement& bind(std::int64_t value) {
    sqlite3_bind_int64(m_statement, ++m_at, value);
    return *this;
  }
  Statement& bind(double value) {
    sqlite3_bind_double(m_statement, ++m_at, value);
    return *this;
  }
  Statement& bind(std::string_view text) {
    sqlite3_bind_text64(m_statement, ++m_at, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    return *this;
  }
  // One that yields no rows.
  base::Result<void> run(const std::string& doing) {
    if (m_status != SQLITE_OK || sqlite3_step(m_statement) != SQLITE_DONE) return database_error(m_db, doing);
    return {};
  }
  // Is there another row? At the end, ok() says whether all were read.
  bool next() {
    if (m_status != SQLITE_OK) return false;
    m_status = sqlite3_step(m_statement);
    if (m_status != SQLITE_ROW) return false;
    m_status = SQLITE_OK;
    return true;
  }
  bool ok() const { return m_status == SQLITE_DONE; }
  std::int64_t integer(int column) const { return sqlite3_column_int64(m_statement, column); }
  double real(int column) const { return sqlite3_column_double(m_statement, column); }
  std::string text(int column) const {
    const void* data = sqlite3_column_blob(m_statement, column);
    return {static_cast<const char*>(data),
            static_cast<std::size_t>(sqlite3_column_bytes(m_statement, column))};
  }

 private:
  sqlite3* m_db;
  sqlite3_stmt* m_statement = nullptr;
  int m_status = SQLITE_ERROR;
  int m_at = 0;
};

std::int64_t pragma(sqlite3* db, const char* sql) {
  Statement read(db, sql);
  return read.next() ? read.integer(0) : -1;
}

}  // namespace

void Database::Close::operator()(sqlite3* db) const { sqlite3_close_v2(db); }
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

base::Result<Database> Database::open(const std::filesystem::path& path) {
  const mode_t before = ::umask(0077);  // token hashes and command lines are nobody else's
  sqlite3* db = nullptr;
  const int status = sqlite3_open_v2(path.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  Database database(db);
  auto prepared = status == SQLITE_OK
                      ? database.prepare(path)
                      : base::Result<void>(database_error(db, "cannot open " + path.string()));
  ::umask(before);
  if (!prepared) return std::unexpected(prepared.error());
  return database;
}

base::Result<void> Database::prepare(const std::filesystem::path& path) {
  sqlite3* db = m_db.get();
  sqlite3_busy_timeout(db, k_busy_timeout_ms);
  const auto execute = [&](const std::string& sql) -> base::Result<void> {
    if (sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
      return database_error(db, "cannot prepare " + path.string());
    return {};
  };
  CULPRIT_TRY(execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"));
  if (pragma(db, "SELECT count(*) FROM sqlite_schema") == 0)
    return execute("BEGIN;" + std::string(k_schema) +
                   "PRAGMA application_id=" + std::to_string(k_application_id) +
                   ";PRAGMA user_version=" + std::to_string(k_schema_version) + ";COMMIT;");
  if (pragma(db, "PRAGMA application_id") != k_application_id)
    return fail(ErrorKind::usage, path.string() + " is no database of a service",
                "name another folder with --root");
  if (pragma(db, "PRAGMA user_version") > k_schema_version)
    return fail(ErrorKind::usage, path.string() + " was written by a newer culprit", "use that one");
  return {};
}

base::Result<void> Database::append(JobEvent& event) {
  Statement insert(m_db.get(), "INSERT INTO event(time, job, type, actor, body) VALUES(?, ?, ?, ?, ?)");
  insert.bind(event.time).bind(event.job).bind(event.type).bind(event.actor).bind(event.body);
  CULPRIT_TRY(insert.run("cannot record what happened"));
  event.sequence = sqlite3_last_insert_rowid(m_db.get());
  return {};
}

base::Result<std::vector<JobEvent>> Database::events(std::int64_t job, std::int64_t after,
                                                     std::int64_t limit) const {
  Statement select(m_db.get(), job == 0 ? "SELECT sequence, time, job, type, actor, body FROM event "
                                          "WHERE ?1 = 0 AND sequence > ?2 ORDER BY sequence LIMIT ?3"
                                        : "SELECT sequence, time, job, type, actor, body FROM event "
                                          "WHERE job = ?1 AND sequence > ?2 ORDER BY sequence LIMIT ?3");
  select.bind(job).bind(after).bind(limit);
  std::vector<JobEvent> out;
  while (select.next())
    out.push_back({.sequence = select.integer(0),
                   .time = select.real(1),
                   .job = select.integer(2),
                   .type = select.text(3),
                   .actor = select.text(4),
                   .body = select.text(5)});
  if (!select.ok()) return database_error(m_db.get(), "cannot read what happened");
  return out;
}

base::Result<std::vector<TokenRow>> Database::tokens() const {
  Statement select(m_db.get(), "SELECT name, role, hash, created FROM token ORDER BY name");
  std::vector<TokenRow> out;
  while (select.next()) out.push_back({select.text(0), select.text(1), select.text(2), select.real(3)});
  if (!select.ok()) return database_error(m_db.get(), "cannot read the tokens");
  return out;
}

base::Result<void> Database::put_token(const TokenRow& token) {
  Statement insert(m_db.get(), "INSERT OR REPLACE INTO token(name, role, hash, created) VALUES(?, ?, ?, ?)");
  return insert.bind(token.name)
      .bind(token.role)
      .bind(token.hash)
      .bind(token.created)
      .run("cannot keep a token");
}

base::Result<void> Database::remove_token(const std::string& name) {
  Statement remove(m_db.get(), "DELETE FROM token WHERE name = ?");
  return remove.bind(name).run("cannot remove a token");
}

base::Result<void> Database::audit(const AuditRow& row) {
  Statement insert(m_db.get(),
                   "INSERT INTO audit(time, actor, peer, method, path, status) VALUES(?, ?, ?, ?, ?, ?)");
  insert.bind(row.time).bind(row.actor).bind(row.peer).bind(row.method).bind(row.path);
  CULPRIT_TRY(insert.bind(std::int64_t{row.status}).run("cannot write the audit log"));
  const std::int64_t last = sqlite3_last_insert_rowid(m_db.get());
  if (last % 1000 != 0 || last <= k_audit_rows) return {};
  Statement trim(m_db.get(), "DELETE FROM audit WHERE sequence <= ?");
  return trim.bind(last - k_audit_rows).run("cannot shorten the audit log");
}

base::Result<std::vector<AuditRow>> Database::audited(std::int64_t limit) const {
  Statement select(
      m_db.get(), "SELECT time, actor, peer, method, path, status FROM audit ORDER BY sequence DESC LIMIT ?");
  select.bind(limit);
  std::vector<AuditRow> out;
  while (select.next())
    out.push_back({select.real(0), select.text(1), select.text(2), select.text(3), select.text(4),
                   static_cast<int>(select.integer(5))});
  if (!select.ok()) return database_error(m_db.get(), "cannot read the audit log");
  return out;
}

}  // namespace culprit::service
