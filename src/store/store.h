// The event store: one SQLite file that holds everything that happened, written before the next decision is
// taken.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/event_fwd.h"

struct sqlite3;

namespace culprit::base {
class TempDir;
}

namespace culprit::store {

class Statement;

// A bisection in the store.
struct BisectionRow {
  std::int64_t id = 0;
  double started = 0;     // seconds since the epoch
  bool finished = false;  // it has its answer, and nobody spoke since
};

// One connection. Any number of readers may look at the file while one writer appends (WAL).
class Store {
 public:
  enum class Mode { read_write, read_only };

  // Opens `path`; read_write makes a missing file. Fails on a file that is no store (hint says what it is),
  // on a newer schema (hint names the version that wrote it) and, read-only, on a missing file. read_only reads
  // also where nothing may be written: another user's folder, a read-only mount.
  static base::Result<Store> open(const std::filesystem::path& path, Mode mode);
  // A store in memory, for tests.
  static base::Result<Store> open_in_memory();

  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  // Begins a bisection and returns its id.
  base::Result<std::int64_t> begin(double time);
  // Newest first.
  base::Result<std::vector<BisectionRow>> bisections() const;

  // Appends an event, durably once this returns. RunFinished's console is kept beside the event, compressed.
  base::Result<model::Event> append(std::int64_t bisection, double time, model::EventBody body);
  // The same for several, all or none.
  base::Result<std::vector<model::Event>> append_all(std::int64_t bisection, double time,
                                                     std::vector<model::EventBody> bodies);
  // The events of a bisection after `after`, in order; RunFinished's `console` is left empty. Those that a later one took
  // back are left out. So are damaged ones, which damage() names.
  base::Result<std::vector<model::Event>> events(std::int64_t bisection, std::int64_t after = 0) const;
  // Another number once another connection has written to the file since this was last asked; much cheaper than to look
  // for events. Not above 0 where the file cannot be read.
  std::int64_t version() const;
  // What could not be read so far, each once: "event 7 of bisection 1 is damaged: ...".
  const std::vector<std::string>& damage() const { return m_damage; }
  // Several machines may try to go on with one store, and one that was given up may not know it: from here on every write
  // first asks, in its own transaction, whether a higher generation was taken meanwhile. ErrorKind::infra where it was, here
  // and at each write. Takes the store out of WAL, which needs memory that its users share.
  base::Result<void> take_lease(std::int64_t generation);
  // ErrorKind::infra where the file was removed or replaced since it was opened: what is written would be lost.
  base::Result<void> in_place() const;
  // The console of a finished run; ErrorKind::usage where there is no such run.
  base::Result<std::string> console(std::int64_t bisection, std::uint64_t run) const;

 private:
  struct Close {
    void operator()(sqlite3* db) const;
  };
  // Which file a name stood for when it was opened.
  struct Place {
    std::filesystem::path path;  // empty: none to look after
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
  };
  explicit Store(sqlite3* db);
  static base::Result<Store> open_uri(const std::string& name, int flags, bool writable);
  static base::Result<Store> open_where_nothing_is_written(const std::filesystem::path& path);
  // Reads the rows of `statement` into `out`; false where the file is damaged before its end.
  base::Result<bool> read_rows(Statement& statement, std::int64_t bisection,
                               std::vector<model::Event>& out) const;
  base::Result<void> read_what_is_left(std::int64_t bisection, std::vector<model::Event>& out,
                                       std::int64_t after) const;
  base::Result<std::vector<BisectionRow>> bisections_by_hand() const;
  void note_damage(std::string text) const;
  base::Result<void> insert(std::int64_t bisection, std::int64_t sequence, double time,
                            const model::EventBody& body);
  base::Result<void> prepare_schema(bool writable);
  base::Result<void> execute(const char* sql);

  std::unique_ptr<base::TempDir> m_copy;  // of a file that cannot be read where it is
  std::unique_ptr<sqlite3, Close> m_db;
  Place m_place;
  mutable std::vector<std::string> m_damage;
};

}  // namespace culprit::store
