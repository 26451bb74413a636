#include "store/codec.h"

// One pair of functions for each value, by hand rather than by macro: an old file must stay readable when a
// struct changes, so every field is read with a default, and enums travel as words.

#include <nlohmann/json.hpp>
#include <optional>
#include <variant>

#include "model/event.h"
#include "model/run/report.h"
#include "model/words.h"
#include "store/experience.h"

namespace culprit::model {

using nlohmann::json;

namespace {

// `otherwise` where there is no word, or one of a newer culprit.
template <class Enum>
Enum word_from(const json& j, const char* key, Enum otherwise) {
  const auto at = j.find(key);
  if (at == j.end() || !at->is_string()) return otherwise;
  return from_name<Enum>(at->get_ref<const std::string&>()).value_or(otherwise);
}

CommitId commit_from(const json& j, const char* key) {
  const std::string hex = j.value(key, "");
  return CommitId::from_hex(hex).value_or(CommitId{});
}

json ids_to_json(const std::vector<CommitId>& ids) {
  json out = json::array();
  for (const CommitId& id : ids) out.push_back(id.hex());
  return out;
}

std::vector<CommitId> ids_from_json(const json& j, const char* key) {
  std::vector<CommitId> out;
  for (const json& hex : j.value(key, json::array()))
    if (const auto id = CommitId::from_hex(hex.get<std::string>())) out.push_back(*id);
  return out;
}

template <class T>
std::vector<T> list_from(const json& j, const char* key) {
  return j.value(key, json::array()).template get<std::vector<T>>();
}

}  // namespace

void to_json(json& j, const Frame& f) {
  j = {{"function", f.function}, {"offset", f.offset},   {"size", f.size},
       {"address", f.address},   {"file", f.file},       {"line", f.line},
       {"module", f.module},     {"inlined", f.inlined}, {"uncertain", f.uncertain}};
}
void from_json(const json& j, Frame& f) {
  f.function = j.value("function", "");
  f.offset = j.value("offset", std::uint64_t{0});
  f.size = j.value("size", std::uint64_t{0});
  f.address = j.value("address", std::uint64_t{0});
  f.file = j.value("file", "");
  f.line = j.value("line", std::uint32_t{0});
  f.module = j.value("module", "");
  f.inlined = j.value("inlined", false);
  f.uncertain = j.value("uncertain", false);
}

void to_json(json& j, const Stack& s) {
  j = {{"kind", name_of(s.kind)}, {"heading", s.heading}, {"frames", s.frames}};
}
void from_json(const json& j, Stack& s) {
  s.kind = word_from(j, "kind", StackKind::other);
  s.heading = j.value("heading", "");
  s.frames = list_from<Frame>(j, "frames");
}

void to_json(json& j, const HeldLock& h) { j = {{"class", h.lock_class}, {"at", h.taken_at}}; }
void from_json(const json& j, HeldLock& h) {
  h.lock_class = j.value("class", "");
  h.taken_at = j.value("at", json::object()).get<Frame>();
}

void to_json(json& j, const LockdepInfo& l) {
  j = {{"kind", name_of(l.kind)}, {"classes", l.classes}, {"held", l.held}, {"chain", l.chain}};
}
void from_json(const json& j, LockdepInfo& l) {
  l.kind = word_from(j, "kind", LockdepKind::other);
  l.classes = list_from<std::string>(j, "classes");
  l.held = list_from<HeldLock>(j, "held");
  l.chain = list_from<std::string>(j, "chain");
}

void to_json(json& j, const BadAccess& a) {
  j = {{"write", a.is_write}, {"size", a.size}, {"address", a.address}, {"object", a.object}};
}
void from_json(const json& j, BadAccess& a) {
  a.is_write = j.value("write", false);
  a.size = j.value("size", std::uint32_t{0});
  a.address = j.value("address", std::uint64_t{0});
  a.object = j.value("object", "");
}

void to_json(json& j, const CrashReport& r) {
  j = {{"title", r.title},
       {"alt_titles", r.alt_titles},
       {"type", r.type},
       {"frame", r.frame},
       {"guilty_file", r.guilty_file},
       {"rule", r.rule},
       {"corrupted", r.corrupted},
       {"corrupted_reason", r.corrupted_reason},
       {"suppressed", r.suppressed},
       {"fatal", r.fatal},
       {"start", r.start},
       {"end", r.end},
       {"text", r.text},
       {"task", r.task},
       {"pid", r.pid},
       {"cpu", r.cpu},
       {"context", r.context},
       {"stacks", r.stacks}};
  if (r.access) j["access"] = *r.access;
  if (r.lockdep) j["lockdep"] = *r.lockdep;
}
void from_json(const json& j, CrashReport& r) {
  r.title = j.value("title", "");
  r.alt_titles = list_from<std::string>(j, "alt_titles");
  r.type = j.value("type", "UNKNOWN");
  r.frame = j.value("frame", "");
  r.guilty_file = j.value("guilty_file", "");
  r.rule = j.value("rule", "");
  r.corrupted = j.value("corrupted", false);
  r.corrupted_reason = j.value("corrupted_reason", "");
  r.suppressed = j.value("suppressed", false);
  r.fatal = j.value("fatal", false);
  r.start = j.value("start", std::size_t{0});
  r.end = j.value("end", std::size_t{0});
  r.text = j.value("text", "");
  r.task = j.value("task", "");
  r.pid = j.value("pid", std::int64_t{-1});
  r.cpu = j.value("cpu", -1);
  r.context = j.value("context", "");
  r.stacks = list_from<Stack>(j, "stacks");
  if (j.contains("access")) r.access = j["access"].get<BadAccess>();
  if (j.contains("lockdep")) r.lockdep = j["lockdep"].get<LockdepInfo>();
}

void to_json(json& j, const Reports& r) { j = std::vector<CrashReport>(r.begin(), r.end()); }
void from_json(const json& j, Reports& r) { r = j.get<std::vector<CrashReport>>(); }

void to_json(json& j, const BuildRecord& b) {
  j = {{"commit", b.commit.hex()}, {"variant", b.variant},   {"status", name_of(b.status)},
       {"signature", b.signature}, {"compiler", b.compiler}, {"text", b.text},
       {"seconds", b.seconds}};
  if (b.from_clean) j["from_clean"] = true;
  if (b.ahead) j["ahead"] = true;
  if (b.times != 1) j["times"] = b.times;
}
void from_json(const json& j, BuildRecord& b) {
  b.commit = commit_from(j, "commit");
  b.variant = j.value("variant", "");
  b.status = word_from(j, "status", BuildStatus::infra);
  b.signature = j.value("signature", "");
  b.compiler = j.value("compiler", "");
  b.text = j.value("text", "");
  b.seconds = j.value("seconds", 0.0);
  b.from_clean = j.value("from_clean", false);
  b.ahead = j.value("ahead", false);
  b.times = j.value("times", 1);
}

void to_json(json& j, const RunRecord& r) {
  j = {{"id", r.id},
       {"commit", r.commit.hex()},
       {"variant", r.variant},
       {"signature", r.signature},
       {"outcome", name_of(kind_of(r.outcome))},
       {"text", text_of(r.outcome)},
       {"reports", r.reports},
       {"boot_reports", r.boot_reports},
       {"completed", r.completed},
       {"end", r.end},
       {"seconds", r.seconds},
       {"p_target", r.p_target},
       {"identity", name_of(r.identity)},
       {"began", r.began},
       {"slot", r.slot},
       {"in_checkout", r.in_checkout},
       {"from_clean", r.from_clean}};
  if (r.number) j["number"] = *r.number;
  const Printed& p = r.printed;
  if (p.ended.empty() && p.digest.empty() && p.told == Told::nothing) return;
  j["printed"] = {{"ended", p.ended}, {"digest", p.digest}, {"lines", p.lines}, {"last", p.last}};
  if (p.told != Told::nothing) j["printed"]["told"] = p.told == Told::bug ? "bug" : "other";
}
void from_json(const json& j, Printed& p) {
  p.ended = j.value("ended", "");
  p.digest = j.value("digest", "");
  p.lines = list_from<std::string>(j, "lines");
  p.last = j.value("last", "");
  const std::string told = j.value("told", "");
  p.told = told == "bug" ? Told::bug : told == "other" ? Told::other : Told::nothing;
}
void from_json(const json& j, RunRecord& r) {
  r.id = j.value("id", std::uint64_t{0});
  r.commit = commit_from(j, "commit");
  r.variant = j.value("variant", "");
  r.signature = j.value("signature", "");
  const auto kind = from_name<OutcomeKind>(j.value("outcome", "infra"));
  r.outcome = make_outcome(kind.value_or(OutcomeKind::infra), j.value("text", ""));
  r.reports = j.value("reports", json::array()).get<Reports>();
  r.boot_reports = j.value("boot_reports", json::array()).get<Reports>();
  r.completed = j.value("completed", false);
  r.end = j.value("end", "");
  r.seconds = j.value("seconds", 0.0);
  r.p_target = j.value("p_target", 0.0);
  r.identity = word_from(j, "identity", Identity::unknown);
  r.began = j.value("began", 0.0);
  r.slot = j.value("slot", -1);
  r.in_checkout = j.value("in_checkout", -1);
  r.from_clean = j.value("from_clean", false);
  if (j.contains("number")) r.number = j["number"].get<double>();
  if (j.contains("printed")) from_json(j.at("printed"), r.printed);
}

void to_json(json& j, const ReleaseTag& t) { j = {{"name", t.name}, {"commit", t.commit.hex()}}; }
void from_json(const json& j, ReleaseTag& t) {
  t.name = j.value("name", "");
  t.commit = commit_from(j, "commit");
}

void to_json(json& j, const Variant& v) {
  j = {{"name", v.name}, {"changes", v.changes}, {"use", name_of(v.use)}, {"silences", v.silences}};
}
void from_json(const json& j, Variant& v) {
  v.name = j.value("name", "");
  v.changes = j.value("changes", "");
  v.use = word_from(j, "use", Variant::Use::past_masks);
  v.silences = list_from<std::string>(j, "silences");
}

void to_json(json& j, const OwnWords& w) {
  j = {{"names", w.names}, {"test", w.test}, {"term_new", w.term_new}, {"term_old", w.term_old}};
  if (w.measured) j["measured"] = true;
}
void from_json(const json& j, OwnWords& w) {
  w.names = list_from<ReleaseTag>(j, "names");
  w.test = j.value("test", "");
  w.term_new = j.value("term_new", "");
  w.term_old = j.value("term_old", "");
  w.measured = j.value("measured", false);
}

// Problem::prior and beliefs are not stored: one has a weight for each of up to a million nodes, and both follow from
// the settings.
void to_json(json& j, const Problem& p) {
  j = {{"goal", name_of(p.goal)},
       {"start", p.start.hex()},
       {"head", p.head.hex()},
       {"good", ids_to_json(p.good)},
       {"releases", p.releases},
       {"skip", ids_to_json(p.skip)},
       {"first_parent", p.first_parent},
       {"runs_per_revision", p.runs_per_revision},
       {"build_slots", p.build_slots},
       {"run_slots", p.run_slots},
       {"confidence", p.confidence},
       {"variants", p.variants},
       {"verify", p.verify},
       {"keeps_leftovers", p.keeps_leftovers},
       {"own", p.own}};
}
void from_json(const json& j, Problem& p) {
  p.goal = word_from(j, "goal", Goal::cause);
  p.start = commit_from(j, "start");
  p.head = commit_from(j, "head");
  p.good = ids_from_json(j, "good");
  p.releases = list_from<ReleaseTag>(j, "releases");
  p.skip = ids_from_json(j, "skip");
  p.first_parent = j.value("first_parent", false);
  p.runs_per_revision = j.value("runs_per_revision", 10);
  p.build_slots = j.value("build_slots", 1);
  p.run_slots = j.value("run_slots", 1);
  p.confidence = j.value("confidence", k_confidence);
  p.variants = list_from<Variant>(j, "variants");
  p.verify = j.value("verify", false);
  p.keeps_leftovers = j.value("keeps_leftovers", false);
  p.own = j.value("own", json::object()).get<OwnWords>();
}

void to_json(json& j, const Experiment& e) {
  j = {{"commit", e.commit.hex()},
       {"variant", e.variant},
       {"runs", e.runs},
       {"stage", e.stage},
       {"label", e.label},
       {"reason", e.reason},
       {"information", e.information},
       {"cost", e.cost}};
  if (e.from_clean) j["from_clean"] = true;
  if (e.slot >= 0) j["slot"] = e.slot;
  if (e.pause_s > 0) j["pause_s"] = e.pause_s;
}
void from_json(const json& j, Experiment& e) {
  e.commit = commit_from(j, "commit");
  e.variant = j.value("variant", "");
  e.runs = j.value("runs", 1);
  e.stage = j.value("stage", "");
  e.label = j.value("label", "");
  e.reason = j.value("reason", "");
  e.information = j.value("information", 0.0);
  e.cost = j.value("cost", 0.0);
  e.from_clean = j.value("from_clean", false);
  e.slot = j.value("slot", -1);
  e.pause_s = j.value("pause_s", 0.0);
}

void to_json(json& j, const Candidate& c) {
  j = {{"commit", c.commit.hex()}, {"probability", c.probability}};
}
void from_json(const json& j, Candidate& c) {
  c.commit = commit_from(j, "commit");
  c.probability = j.value("probability", 0.0);
}

void to_json(json& j, const Standing& s) {
  j = {{"revisions_left", s.revisions_left}, {"steps_left", s.steps_left},
       {"cost_left", s.cost_left},           {"top", s.top},
       {"good_end", s.good_end.hex()},       {"bad_end", s.bad_end.hex()}};
}
void from_json(const json& j, Standing& s) {
  s.revisions_left = j.value("revisions_left", std::size_t{0});
  s.steps_left = j.value("steps_left", 0);
  s.cost_left = j.value("cost_left", 0.0);
  s.top = list_from<Candidate>(j, "top");
  s.good_end = commit_from(j, "good_end");
  s.bad_end = commit_from(j, "bad_end");
}

void to_json(json& j, const RevisionVerdict& v) {
  j = {{"commit", v.commit.hex()}, {"verdict", name_of(v.verdict)}, {"p_bad", v.p_bad}, {"why", v.why}};
}
void from_json(const json& j, RevisionVerdict& v) {
  v.commit = commit_from(j, "commit");
  v.verdict = word_from(j, "verdict", Verdict::unknown);
  v.p_bad = j.value("p_bad", 0.5);
  v.why = j.value("why", "");
}

void to_json(json& j, const Verification& v) {
  j = {{"kind", name_of(v.kind)},
       {"on", v.on.hex()},
       {"runs", v.runs},
       {"crashes", v.crashes},
       {"why", v.why}};
}
void from_json(const json& j, Verification& v) {
  v.kind = from_name<Verification::Kind>(j.value("kind", "")).value_or(Verification::Kind::not_tried);
  v.on = commit_from(j, "on");
  v.runs = j.value("runs", 0);
  v.crashes = j.value("crashes", 0);
  v.why = j.value("why", "");
}

void to_json(json& j, const Conclusion& c) {
  j = {{"kind", name_of(c.kind)},   {"probability", c.probability}, {"candidates", c.candidates},
       {"no_op", c.no_op},          {"is_release", c.is_release},   {"explanation", c.explanation},
       {"next_steps", c.next_steps}};
  if (c.culprit) j["culprit"] = c.culprit->hex();
  if (c.tested) j["tested"] = c.tested->hex();
  if (c.last_good) j["last_good"] = c.last_good->hex();
  if (c.verification) j["verification"] = *c.verification;
  if (c.lesson) j["lesson"] = store::to_json(*c.lesson);
}
void from_json(const json& j, Conclusion& c) {
  c.kind = from_name<ResultKind>(j.value("kind", "")).value_or(ResultKind::inconclusive);
  c.probability = j.value("probability", 0.0);
  c.candidates = list_from<Candidate>(j, "candidates");
  c.no_op = j.value("no_op", false);
  c.is_release = j.value("is_release", false);
  c.explanation = j.value("explanation", "");
  c.next_steps = list_from<std::string>(j, "next_steps");
  if (j.contains("culprit")) c.culprit = commit_from(j, "culprit");
  if (j.contains("tested")) c.tested = commit_from(j, "tested");
  if (j.contains("last_good")) c.last_good = commit_from(j, "last_good");
  if (j.contains("verification")) c.verification = j["verification"].get<Verification>();
  if (j.contains("lesson"))
    if (auto lesson = store::lesson_from_json(j["lesson"])) c.lesson = std::move(*lesson);
}

void to_json(json& j, const Started& e) {
  j = {{"problem", e.problem},       {"subject", model::name_of(e.subject)},
       {"repository", e.repository}, {"settings", e.settings},
       {"version", e.version},       {"commits", e.commits}};
}
void from_json(const json& j, Started& e) {
  e.problem = j.value("problem", json::object()).get<Problem>();
  e.subject = model::subject_from_name(j.value("subject", "")).value_or(model::Subject::program);
  e.repository = j.value("repository", "");
  e.settings = j.value("settings", "");
  e.version = j.value("version", "");
  e.commits = j.value("commits", std::size_t{0});
}

void to_json(json& j, const Resumed&) { j = json::object(); }
void from_json(const json&, Resumed&) {}

void to_json(json& j, const Interrupted& e) { j = {{"reason", e.reason}}; }
void from_json(const json& j, Interrupted& e) { e.reason = j.value("reason", ""); }

void to_json(json& j, const Decided& e) { j = {{"experiments", e.experiments}, {"standing", e.standing}}; }
void from_json(const json& j, Decided& e) {
  e.experiments = list_from<Experiment>(j, "experiments");
  e.standing = j.value("standing", json::object()).get<Standing>();
}

void to_json(json& j, const BuildStarted& e) {
  j = {{"commit", e.commit.hex()}, {"label", e.label}, {"title", e.title}, {"variant", e.variant}};
}
void from_json(const json& j, BuildStarted& e) {
  e.commit = commit_from(j, "commit");
  e.label = j.value("label", "");
  e.title = j.value("title", "");
  e.variant = j.value("variant", "");
}

void to_json(json& j, const BuildFinished& e) { j = {{"build", e.build}}; }
void from_json(const json& j, BuildFinished& e) {
  e.build = j.value("build", json::object()).get<BuildRecord>();
}

void to_json(json& j, const RunStarted& e) { j = {{"commit", e.commit.hex()}, {"number", e.number}}; }
void from_json(const json& j, RunStarted& e) {
  e.commit = commit_from(j, "commit");
  e.number = j.value("number", 0);
}

void to_json(json& j, const RunFinished& e) { j = {{"run", e.run}}; }
void from_json(const json& j, RunFinished& e) { e.run = j.value("run", json::object()).get<RunRecord>(); }

void to_json(json& j, const Judged& e) { j = {{"verdict", e.verdict}, {"label", e.label}}; }
void from_json(const json& j, Judged& e) {
  e.verdict = j.value("verdict", json::object()).get<RevisionVerdict>();
  e.label = j.value("label", "");
}

void to_json(json& j, const PersonJudged& e) {
  j = {{"commit", e.verdict.commit.hex()}, {"verdict", name_of(e.verdict.verdict)}};
}
void from_json(const json& j, PersonJudged& e) {
  e.verdict.commit = commit_from(j, "commit");
  e.verdict.verdict = word_from(j, "verdict", UserVerdict::skip);
}

void to_json(json& j, const TakenBack& e) { j = {{"sequences", e.sequences}, {"next_run", e.next_run}}; }
void from_json(const json& j, TakenBack& e) {
  e.sequences = list_from<std::int64_t>(j, "sequences");
  e.next_run = j.value("next_run", std::uint64_t{1});
}

void to_json(json& j, const Note& e) { j = {{"text", e.text}}; }
void from_json(const json& j, Note& e) { e.text = j.value("text", ""); }

void to_json(json& j, const Finished& e) { j = {{"conclusion", e.conclusion}}; }
void from_json(const json& j, Finished& e) {
  e.conclusion = j.value("conclusion", json::object()).get<Conclusion>();
}

void to_json(json& j, const Posted& e) {
  j = {{"stage", name_of(e.stage)},  {"way", e.way}, {"where", e.where},
       {"message_id", e.message_id}, {"to", e.to},   {"text", e.text}};
}
void from_json(const json& j, Posted& e) {
  e.stage = word_from(j, "stage", PostStage::begun);
  e.way = j.value("way", "");
  e.where = j.value("where", "");
  e.message_id = j.value("message_id", "");
  e.to = list_from<std::string>(j, "to");
  e.text = j.value("text", "");
}

}  // namespace culprit::model

namespace culprit::store {
namespace {

using nlohmann::json;

// The alternative that `type` names, from `I` on; none for an unknown one.
template <std::size_t I = 0>
std::optional<model::EventBody> read_alternative(std::string_view type, std::string_view text) {
  if constexpr (I < std::variant_size_v<model::EventBody>) {
    using Alternative = std::variant_alternative_t<I, model::EventBody>;
    if (type == Alternative::k_name) return json::parse(text).get<Alternative>();
    return read_alternative<I + 1>(type, text);
  } else {
    return std::nullopt;
  }
}

}  // namespace

std::string_view type_name(const model::EventBody& body) {
  return std::visit([](const auto& event) { return event.k_name; }, body);
}

std::string encode(const model::EventBody& body) {
  const json j = std::visit([](const auto& event) { return json(event); }, body);
  return j.dump(-1, ' ', false, json::error_handler_t::replace);
}

base::Result<model::EventBody> decode(std::string_view type, std::string_view text) {
  try {
    if (auto body = read_alternative(type, text)) return std::move(*body);
  } catch (const json::exception& e) {
    return base::fail(base::ErrorKind::store,
                      "an event of type " + std::string(type) + " is damaged: " + e.what());
  }
  return base::fail(base::ErrorKind::store, "unknown event type '" + std::string(type) + "'",
                    "the store was written by a newer culprit: read it with that version");
}

}  // namespace culprit::store
