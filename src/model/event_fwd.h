// The kinds of events by name, for who hands events on; model/event.h says what is in them.
#pragma once

#include <variant>

namespace culprit::model {

struct Started;
struct Resumed;
struct Interrupted;
struct Decided;
struct BuildStarted;
struct BuildFinished;
struct RunStarted;
struct RunFinished;
struct Judged;
struct PersonJudged;
struct Note;
struct Finished;
struct Posted;
struct TakenBack;
enum class PostStage : int;

using EventBody =
    std::variant<Started, Resumed, Interrupted, Decided, BuildStarted, BuildFinished, RunStarted, RunFinished,
                 Judged, PersonJudged, Note, Finished, Posted, TakenBack>;

struct Event;

// Whoever wants to know what happens as it happens. Who keeps something about events says for each kind what
// becomes of it: an overload for each (base/overloaded.h), so that a kind that is new does not compile until
// all have said so.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void on_event(const Event& event) = 0;
};

}  // namespace culprit::model
