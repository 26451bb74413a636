// What culprit says of a job's bisection (its log, its page), kept until there is more to say: a `culprit` of its own
// tells each text, which takes 20 ms for a short bisection and seconds for a kernel's.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "service/queue/job.h"

namespace culprit::service {

// A text, and how far its bisection's record was read for it at least.
struct Told {
  std::shared_ptr<const std::string> text;
  StorePlace place;
};

// From several threads at a time.
class Texts {
 public:
  // What makes the text; blocks.
  using Tell = std::function<base::Result<std::string>()>;

  explicit Texts(const base::Clock& clock, std::size_t most_bytes = std::size_t{64} << 20)
      : m_clock(clock), m_most_bytes(most_bytes) {}

  // Which text, and of when: how far the bisection is on record.
  struct Wanted {
    std::int64_t job = 0;
    std::string name;
    StorePlace place;
    bool runs = false;  // the job: an older text will do, while a newer one is made or was just made
  };
  // What may be shown without making it.
  std::optional<Told> kept(const Wanted& wanted) const;
  // The same, made where it is not there; who asks for one that is being made waits for it. Errors are tell's, and not
  // kept.
  base::Result<Told> told(const Wanted& wanted, const Tell& tell);

 private:
  using Key = std::pair<std::int64_t, std::string>;
  struct Entry {
    Told told;         // none yet: no text
    double until = 0;  // so long the text of a running job is not made again, by m_clock
    bool making = false;
    std::list<Key>::iterator use{};  // in m_used, where there is a text
  };
  bool will_do(const Entry& entry, const Wanted& wanted) const;
  void keep(const Key& key, Told told, double seconds);

  const base::Clock& m_clock;
  std::size_t m_most_bytes;
  mutable std::mutex m_mutex;
  std::condition_variable m_made;
  std::map<Key, Entry> m_entries;
  mutable std::list<Key> m_used;  // the one that was used last at the end
  std::size_t m_bytes = 0;
};

}  // namespace culprit::service
