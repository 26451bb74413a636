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

namespace culprit::store {

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
  // on a newer schema (hint names the version that wrote it) and, read-only, on a missing file.
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
  // The events of a bisection after `after`, in order; RunFinished's `console` is left empty.
  base::Result<std::vector<model::Event>> events(std::int64_t bisection, std::int64_t after = 0) const;
  // The console of a finished run; ErrorKind::usage where there is no such run.
  base::Result<std::string> console(std::int64_t bisection, std::uint64_t run) const;

 private:
  struct Close {
    void operator()(sqlite3* db) const;
  };
  explicit Store(sqlite3* db) : m_db(db) {}
  static base::Result<Store> open_uri(const std::string& name, int flags, bool writable);
  base::Result<void> insert(std::int64_t bisection, std::int64_t sequence, double time,
                            const model::EventBody& body);
  base::Result<void> prepare_schema(bool writable);
  base::Result<void> execute(const char* sql);

  std::unique_ptr<sqlite3, Close> m_db;
};

}  // namespace culprit::store
