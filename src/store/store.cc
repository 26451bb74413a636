#include "store/store.h"

// Events are JSON rows in one table; nothing is ever updated or deleted. A journal of facts needs no
// migration of derived tables, and resuming is the same code as running: fold the events, ask the search. WAL
// lets `status` and `show` read while a bisection writes; synchronous=FULL makes an appended event survive a
// power cut, which costs one fsync an event where a run costs seconds.

#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <zstd.h>
#include <set>

#include <algorithm>
#include <cerrno>

#include "base/files.h"
#include "model/event.h"
#include "store/codec.h"

namespace culprit::store {
namespace {

using base::ErrorKind;
using base::fail;

constexpr int k_schema_version = 1;
constexpr int k_application_id = 0x63756c70;  // "culp": `file` and we can tell a store from another database
constexpr int k_busy_timeout_ms = 10'000;
constexpr int k_compression_level = 3;

constexpr const char* k_schema = R"sql(
CREATE TABLE bisection(id INTEGER PRIMARY KEY, started REAL NOT NULL);
CREATE TABLE event(bisection INTEGER NOT NULL REFERENCES bisection(id), sequence INTEGER NOT NULL,
                   time REAL NOT NULL, type TEXT NOT NULL, body TEXT NOT NULL,
                   PRIMARY KEY(bisection, sequence)) WITHOUT ROWID;
CREATE TABLE console(bisection INTEGER NOT NULL, run INTEGER NOT NULL, size INTEGER NOT NULL, zstd BLOB NOT NULL,
                     PRIMARY KEY(bisection, run)) WITHOUT ROWID;
)sql";

std::unexpected<base::Error> database_error(sqlite3* db, const std::string& doing) {
  const int code = sqlite3_errcode(db);
  const int reason = sqlite3_system_errno(db);
  const char* file = db ? sqlite3_db_filename(db, "main") : nullptr;
  const std::filesystem::path path = file ? file : "";
  base::Error error{
      .kind = ErrorKind::store, .what = doing + ": " + sqlite3_errmsg(db), .context = {}, .hint = {}};
  if (code == SQLITE_FULL || code == SQLITE_IOERR || reason == ENOSPC || reason == EDQUOT ||
      reason == EFBIG) {
    error.kind = ErrorKind::infra;
    error.hint = "the disk may be full: free some space, then `culprit resume`; what was recorded is kept";
    // What the system said, where it said it; SQLITE_FULL is its word for a full disk.
    int why = reason == EDQUOT || reason == EFBIG ? reason : code == SQLITE_FULL ? ENOSPC : reason;
    // Where SQLite keeps the reason to itself, a limit that is set is one.
    rlimit sizes{};
    if (code == SQLITE_IOERR && why != ENOSPC && ::getrlimit(RLIMIT_FSIZE, &sizes) == 0 &&
        sizes.rlim_cur != RLIM_INFINITY)
      why = EFBIG;
    if ((why == ENOSPC || why == EDQUOT || why == EFBIG) && !path.empty()) {
      const base::Error told = base::file_error("write", path, why);
      error.what += " (" + told.what + ")";
      error.hint = told.hint + "; then `culprit resume`: what was recorded is kept";
    }
  } else if (code == SQLITE_BUSY || code == SQLITE_LOCKED) {
    error.hint = "another culprit is writing to this store";
  } else if (sqlite3_extended_errcode(db) == SQLITE_CONSTRAINT_TRIGGER) {  // take_lease()
    error.kind = ErrorKind::infra;
    error.hint = "what was recorded so far is kept, and the later attempt goes on with it";
  } else if (code == SQLITE_NOMEM) {
    error.kind = ErrorKind::infra;
    error.hint = "memory ran out: end what else uses it, or raise the limit (ulimit -v)";
  } else if (code == SQLITE_CORRUPT) {
    error.hint =
        "the file is damaged: `culprit status` and `culprit log` tell what can still be read of it, and "
        "`culprit bisect` begins anew in another folder (--state)";
  } else if (code == SQLITE_READONLY || code == SQLITE_CANTOPEN || code == SQLITE_PERM) {
    error.hint = "check the permissions of the state folder, or choose another with --state";
  }
  return std::unexpected(std::move(error));
}

}  // namespace

// A prepared statement that is finalized with its scope.
class Statement {
 public:
  Statement(sqlite3* db, const char* sql)
      : m_status(sqlite3_prepare_v2(db, sql, -1, &m_statement, nullptr)) {}
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() { sqlite3_finalize(m_statement); }

  bool ok() const { return m_status == SQLITE_OK; }
  void bind(int at, std::int64_t value) { sqlite3_bind_int64(m_statement, at, value); }
  void bind(int at, double value) { sqlite3_bind_double(m_statement, at, value); }
  void bind(int at, std::string_view text) {
    sqlite3_bind_text64(m_statement, at, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  }
  void bind_blob(int at, const std::string& bytes) {
    sqlite3_bind_blob64(m_statement, at, bytes.data(), bytes.size(), SQLITE_TRANSIENT);
  }
  int step() { return sqlite3_step(m_statement); }
  std::int64_t integer(int column) const { return sqlite3_column_int64(m_statement, column); }
  double real(int column) const { return sqlite3_column_double(m_statement, column); }
  std::string_view bytes(int column) const {
    const void* data = sqlite3_column_blob(m_statement, column);
    return {static_cast<const char*>(data),
            static_cast<std::size_t>(sqlite3_column_bytes(m_statement, column))};
  }

 private:
  sqlite3_stmt* m_statement = nullptr;
  int m_status = SQLITE_ERROR;
};

namespace {

// A path as a URI of SQLite's has it.
std::string percent_encoded(const std::string& path) {
  std::string out;
  for (const char c : path)
    out += std::string_view("%?#").contains(c) ? fmt::format("%{:02x}", static_cast<unsigned>(c))
                                               : std::string(1, c);
  return out;
}

std::string compress(const std::string& bytes) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  const std::size_t size =
      ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), k_compression_level);
  out.resize(ZSTD_isError(size) ? 0 : size);
  return out;
}

}  // namespace

void Store::Close::operator()(sqlite3* db) const { sqlite3_close_v2(db); }
Store::Store(sqlite3* db) : m_db(db) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

base::Result<Store> Store::open(const std::filesystem::path& path, Mode mode) {
  std::error_code ignored;
  const bool writable = mode == Mode::read_write;
  if (!writable && !std::filesystem::exists(path, ignored))
    return fail(ErrorKind::usage, "no bisection here: there is no store at " + path.string(),
                "start one with `culprit bisect`, or name its folder with --state");
  // A reader opens read-write too: in WAL mode the shared-memory file must be writable; it never writes a
  // row.
  const int flags = SQLITE_OPEN_READWRITE | (writable ? SQLITE_OPEN_CREATE : 0);
  auto store = open_uri(path.string(), flags, writable);
  if (!store && !writable && store.error().kind != ErrorKind::usage)
    if (auto second = open_where_nothing_is_written(path)) store = std::move(second);
  if (!store) return std::unexpected(std::move(store).error().in(path.string()));
  struct stat file{};
  if (writable && ::stat(path.c_str(), &file) == 0) store->m_place = {path, file.st_dev, file.st_ino};
  return store;
}

// SQLite reads a store in WAL mode in its place only if its shared memory can be there. Where it is (somebody else
// writes in it now), a reader without rights may look on; else the files are as they will be: one of them (it was
// closed in order) is read as it is, two (its culprit was killed, or the disk taken away) are copied.
base::Result<Store> Store::open_where_nothing_is_written(const std::filesystem::path& path) {
  if (auto beside = open_uri(path.string(), SQLITE_OPEN_READONLY, false)) return beside;
  std::error_code error;
  const std::filesystem::path log = path.string() + "-wal";
  if (!std::filesystem::exists(log, error) || std::filesystem::file_size(log, error) == 0)
    return open_uri("file:" + percent_encoded(path.string()) + "?immutable=1",
                    SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, false);
  auto copy = std::make_unique<base::TempDir>(CULPRIT_TRY(base::TempDir::create("culprit-store-")));
  const std::filesystem::path place = copy->path() / "culprit.db";
  std::filesystem::copy_file(path, place, error);
  if (!error) std::filesystem::copy_file(log, place.string() + "-wal", error);
  if (error) return std::unexpected(base::file_error("copy", path, error.value()));
  for (const std::filesystem::path& file : {place, std::filesystem::path(place.string() + "-wal")})
    std::filesystem::permissions(
        file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, error);
  auto store = open_uri(place.string(), SQLITE_OPEN_READWRITE, false);
  if (store) store->m_copy = std::move(copy);
  return store;
}

base::Result<void> Store::in_place() const {
  if (m_place.path.empty()) return {};
  struct stat file{};
  if (::stat(m_place.path.c_str(), &file) == 0 && file.st_dev == m_place.device &&
      file.st_ino == m_place.inode)
    return {};
  return fail(ErrorKind::infra,
              "the state folder " + m_place.path.parent_path().string() +
                  " was removed or replaced while culprit was at work in it",
              "what was found since says nothing; begin again with `culprit bisect`");
}

base::Result<Store> Store::open_in_memory() {
  return open_uri(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, true);
}

base::Result<Store> Store::open_uri(const std::string& name, int flags, bool writable) {
  sqlite3* db = nullptr;
  const int status = sqlite3_open_v2(name.c_str(), &db, flags | SQLITE_OPEN_FULLMUTEX, nullptr);
  Store store(db);
  if (status != SQLITE_OK) return database_error(db, "cannot open the store");
  sqlite3_busy_timeout(db, k_busy_timeout_ms);
  CULPRIT_TRY(store.prepare_schema(writable));
  return store;
}

base::Result<void> Store::execute(const char* sql) {
  if (sqlite3_exec(m_db.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK)
    return database_error(m_db.get(), "cannot write to the store");
  return {};
}

base::Result<void> Store::prepare_schema(bool writable) {
  const auto pragma = [&](const char* sql) -> base::Result<std::int64_t> {
    Statement statement(m_db.get(), sql);
    if (!statement.ok() || statement.step() != SQLITE_ROW) {
      if (sqlite3_errcode(m_db.get()) == SQLITE_NOTADB)
        return fail(ErrorKind::usage, "this file is not a culprit store",
                    "name another folder with --state; this file was left as it is");
      return database_error(m_db.get(), "cannot read the store");
    }
    return statement.integer(0);
  };
  const std::int64_t application = CULPRIT_TRY(pragma("PRAGMA application_id"));
  const std::int64_t version = CULPRIT_TRY(pragma("PRAGMA user_version"));
  const std::int64_t tables = CULPRIT_TRY(pragma("SELECT count(*) FROM sqlite_master"));
  // A culprit that was stopped before it had made its tables leaves a database without any.
  if (application != k_application_id && tables == 0 && !writable)
    return fail(ErrorKind::store, "no bisection was begun here: the store is empty",
                "start one with `culprit bisect`");
  if (application != k_application_id && tables != 0)
    return fail(ErrorKind::usage, "this file is a database, but not a culprit store",
                "name another folder with --state; this file was left as it is");
  if (application == k_application_id && version > k_schema_version)
    return fail(ErrorKind::store,
                "the store has schema " + std::to_string(version) + ", this culprit knows up to " +
                    std::to_string(k_schema_version),
                "it was written by a newer culprit: use that one, or another folder with --state");
  if (!writable) return {};

  if (auto mode = execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"); !mode)
    return mode;
  if (application == k_application_id) return {};
  const std::string create = "BEGIN;" + std::string(k_schema) +
                             "PRAGMA application_id=" + std::to_string(k_application_id) + ";" +
                             "PRAGMA user_version=" + std::to_string(k_schema_version) + ";COMMIT;";
  return execute(create.c_str());
}

// The fence is a trigger of this connection's own, on the tables that every write goes to: no write can forget to ask.
base::Result<void> Store::take_lease(std::int64_t generation) {
  // Where a reader has it open in WAL it stays so, until the next one.
  sqlite3_exec(m_db.get(), "PRAGMA journal_mode=DELETE", nullptr, nullptr, nullptr);
  const std::string number = std::to_string(generation);
  std::string sql = "BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS lease(generation INTEGER NOT NULL);";
  for (const std::string table : {"lease", "bisection", "event"})
    sql += "CREATE TEMP TRIGGER fence_" + table + " BEFORE INSERT ON main." + table +
           " WHEN (SELECT max(generation) FROM main.lease) > " + number +
           " BEGIN SELECT RAISE(ABORT, 'a later attempt has begun elsewhere: attempt " + number +
           " may write no more'); END;";
  sql += "INSERT INTO lease VALUES(" + number + "); COMMIT;";
  auto taken = execute(sql.c_str());
  if (!taken) sqlite3_exec(m_db.get(), "ROLLBACK", nullptr, nullptr, nullptr);
  return taken;
}

base::Result<std::int64_t> Store::begin(double time) {
  Statement insert(m_db.get(), "INSERT INTO bisection(started) VALUES(?1)");
  insert.bind(1, time);
  if (!insert.ok() || insert.step() != SQLITE_DONE)
    return database_error(m_db.get(), "cannot begin a bisection");
  return sqlite3_last_insert_rowid(m_db.get());
}

base::Result<std::vector<BisectionRow>> Store::bisections() const {
  Statement select(
      m_db.get(),
      "SELECT id, started, "
      "coalesce((SELECT max(sequence) FROM event WHERE bisection = id AND type = 'finished'), 0) > "
      "coalesce((SELECT max(sequence) FROM event WHERE bisection = id AND type IN ('person_judged', "
      "'taken_back')), 0) "
      "FROM bisection WHERE EXISTS(SELECT 1 FROM event WHERE bisection = id) ORDER BY id DESC");
  if (!select.ok()) return database_error(m_db.get(), "cannot read the store");
  std::vector<BisectionRow> out;
  int status = SQLITE_ROW;
  while ((status = select.step()) == SQLITE_ROW)
    out.push_back({select.integer(0), select.real(1), select.integer(2) != 0});
  if (status != SQLITE_DONE && sqlite3_errcode(m_db.get()) == SQLITE_CORRUPT) return bisections_by_hand();
  if (status != SQLITE_DONE) return database_error(m_db.get(), "cannot read the store");
  return out;
}

// The same of a damaged file, from what can be read of it.
base::Result<std::vector<BisectionRow>> Store::bisections_by_hand() const {
  Statement select(m_db.get(), "SELECT id, started FROM bisection ORDER BY id DESC");
  if (!select.ok()) return database_error(m_db.get(), "cannot read the store");
  std::vector<BisectionRow> out;
  int status = SQLITE_ROW;
  while ((status = select.step()) == SQLITE_ROW) out.push_back({select.integer(0), select.real(1), false});
  if (status != SQLITE_DONE && out.empty()) return database_error(m_db.get(), "cannot read the store");
  for (BisectionRow& row : out)
    for (const model::Event& event : CULPRIT_TRY(events(row.id))) {
      if (std::holds_alternative<model::Finished>(event.body)) row.finished = true;
      if (std::holds_alternative<model::PersonJudged>(event.body) ||
          std::holds_alternative<model::TakenBack>(event.body))
        row.finished = false;
    }
  return out;
}

base::Result<model::Event> Store::append(std::int64_t bisection, double time, model::EventBody body) {
  std::vector<model::EventBody> bodies;
  bodies.push_back(std::move(body));
  auto events = CULPRIT_TRY(append_all(bisection, time, std::move(bodies)));
  return std::move(events.front());
}

base::Result<std::vector<model::Event>> Store::append_all(std::int64_t bisection, double time,
                                                          std::vector<model::EventBody> bodies) {
  CULPRIT_TRY(in_place());
  CULPRIT_TRY(execute("BEGIN IMMEDIATE"));
  const auto written = [&]() -> base::Result<std::vector<model::Event>> {
    std::int64_t sequence = 0;
    {
      Statement last(m_db.get(), "SELECT coalesce(max(sequence), 0) FROM event WHERE bisection = ?1");
      last.bind(1, bisection);
      if (!last.ok() || last.step() != SQLITE_ROW)
        return database_error(m_db.get(), "cannot number an event");
      sequence = last.integer(0);
    }
    std::vector<model::Event> events;
    for (model::EventBody& body : bodies) {
      CULPRIT_TRY(insert(bisection, ++sequence, time, body));
      events.push_back({sequence, time, std::move(body)});
    }
    if (sqlite3_exec(m_db.get(), "COMMIT", nullptr, nullptr, nullptr) != SQLITE_OK)
      return database_error(m_db.get(), "cannot record an event");
    return events;
  };
  auto events = written();
  if (!events) sqlite3_exec(m_db.get(), "ROLLBACK", nullptr, nullptr, nullptr);
  return events;
}

base::Result<void> Store::insert(std::int64_t bisection, std::int64_t sequence, double time,
                                 const model::EventBody& body) {
  {
    Statement insert(m_db.get(),
                     "INSERT INTO event(bisection, sequence, time, type, body) VALUES(?1, ?2, ?3, ?4, ?5)");
    insert.bind(1, bisection);
    insert.bind(2, sequence);
    insert.bind(3, time);
    insert.bind(4, type_name(body));
    insert.bind(5, encode(body));
    if (!insert.ok() || insert.step() != SQLITE_DONE)
      return database_error(m_db.get(), "cannot record an event");
  }
  if (const auto* run = std::get_if<model::RunFinished>(&body)) {
    // In the place of one whose event is damaged: such a run counts as none.
    Statement insert(m_db.get(),
                     "INSERT OR REPLACE INTO console(bisection, run, size, zstd) VALUES(?1, ?2, ?3, ?4)");
    insert.bind(1, bisection);
    insert.bind(2, static_cast<std::int64_t>(run->run.id));
    insert.bind(3, static_cast<std::int64_t>(run->console.size()));
    insert.bind_blob(4, compress(run->console));
    if (!insert.ok() || insert.step() != SQLITE_DONE)
      return database_error(m_db.get(), "cannot keep a console");
  }
  return {};
}

std::int64_t Store::version() const {
  Statement select(m_db.get(), "PRAGMA data_version");
  if (!select.ok() || select.step() != SQLITE_ROW) return -1;  // whoever reads the events is told why
  return select.integer(0);
}

void Store::note_damage(std::string text) const {
  if (std::ranges::find(m_damage, text) == m_damage.end()) m_damage.push_back(std::move(text));
}

namespace {

void leave_out_taken_back(std::vector<model::Event>& events) {
  std::set<std::int64_t> gone;
  for (const model::Event& event : events)
    if (const auto* taken = std::get_if<model::TakenBack>(&event.body))
      gone.insert(taken->sequences.begin(), taken->sequences.end());
  if (!gone.empty()) std::erase_if(events, [&](const model::Event& e) { return gone.contains(e.sequence); });
}

}  // namespace

base::Result<std::vector<model::Event>> Store::events(std::int64_t bisection, std::int64_t after) const {
  Statement select(m_db.get(),
                   "SELECT sequence, time, type, body FROM event WHERE bisection = ?1 AND sequence > ?2 "
                   "ORDER BY sequence");
  if (!select.ok()) return database_error(m_db.get(), "cannot read events");
  select.bind(1, bisection);
  select.bind(2, after);
  std::vector<model::Event> out;
  if (!CULPRIT_TRY(read_rows(select, bisection, out))) CULPRIT_TRY(read_what_is_left(bisection, out, after));
  leave_out_taken_back(out);
  return out;
}

base::Result<bool> Store::read_rows(Statement& statement, std::int64_t bisection,
                                    std::vector<model::Event>& out) const {
  int status = SQLITE_ROW;
  while ((status = statement.step()) == SQLITE_ROW) {
    const std::string name = fmt::format("event {} of bisection {}", statement.integer(0), bisection);
    auto body = decode(statement.bytes(2), statement.bytes(3));
    if (body)
      out.push_back({statement.integer(0), statement.real(1), std::move(*body)});
    else
      note_damage(name + " is left out: " + body.error().what);
  }
  if (status == SQLITE_DONE) return true;
  if (sqlite3_errcode(m_db.get()) == SQLITE_CORRUPT) return false;
  return database_error(m_db.get(), "cannot read events");
}

// The way through the table is broken: each event by its own number, until none has come for a while.
base::Result<void> Store::read_what_is_left(std::int64_t bisection, std::vector<model::Event>& out,
                                            std::int64_t after) const {
  constexpr int k_patience = 2000;  // more than a page of the file holds
  std::int64_t at = out.empty() ? after : out.back().sequence;
  const std::int64_t broken = at + 1;
  for (int missing = 0; missing < k_patience; ++missing) {
    Statement select(m_db.get(),
                     "SELECT sequence, time, type, body FROM event WHERE bisection = ?1 AND sequence = ?2");
    if (!select.ok()) break;
    select.bind(1, bisection);
    select.bind(2, ++at);
    const std::size_t before = out.size();
    (void)CULPRIT_TRY(read_rows(select, bisection, out));
    if (out.size() > before) missing = -1;
  }
  note_damage(fmt::format("the file is damaged: of bisection {}, some events from {} on cannot be read",
                          bisection, broken));
  return {};
}

base::Result<std::string> Store::console(std::int64_t bisection, std::uint64_t run) const {
  Statement select(m_db.get(), "SELECT size, zstd FROM console WHERE bisection = ?1 AND run = ?2");
  select.bind(1, bisection);
  select.bind(2, static_cast<std::int64_t>(run));
  if (!select.ok()) return database_error(m_db.get(), "cannot read a console");
  if (select.step() != SQLITE_ROW)
    return fail(ErrorKind::usage, "there is no finished run " + std::to_string(run),
                "`culprit show` lists the runs");
  std::string out(static_cast<std::size_t>(select.integer(0)), '\0');
  const std::string_view packed = select.bytes(1);
  const std::size_t size = ZSTD_decompress(out.data(), out.size(), packed.data(), packed.size());
  if (ZSTD_isError(size) || size != out.size())
    return fail(ErrorKind::store, "the console of run " + std::to_string(run) + " is damaged");
  return out;
}

}  // namespace culprit::store
