#include "store/store.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/files.h"
#include "model/event.h"
#include "model/run/report.h"
#include "store/codec.h"

namespace culprit::store {
namespace {

namespace fs = std::filesystem;
using namespace model;

class StoreFile : public testing::Test {
 protected:
  void SetUp() override {
    m_dir = fs::temp_directory_path() / ("culprit-store-" + std::to_string(getpid()));
    fs::create_directories(m_dir);
  }
  void TearDown() override { fs::remove_all(m_dir); }
  fs::path m_dir;
};

CommitId commit(char c) { return *CommitId::from_hex(std::string(40, c)); }

RunFinished a_run(std::uint64_t id, std::string console) {
  RunFinished event;
  event.run.id = id;
  event.run.commit = commit('a');
  event.run.signature = "5167";
  event.run.outcome = Crashed{"possible deadlock in f"};
  event.run.completed = true;
  event.run.seconds = 1.25;
  CrashReport report;
  report.title = "possible deadlock in f";
  report.alt_titles = {"deadlock in f"};
  report.lockdep = LockdepInfo{
      LockdepKind::circular, {"&a", "&b"}, {{"&a", Frame{.function = "g", .line = 7}}}, {"&b", "&a"}};
  report.access = BadAccess{true, 8, 0xffff888000000000ULL, "kmalloc-64"};
  report.stacks = {
      {StackKind::crash, "Call Trace:", {Frame{.function = "f", .offset = 3, .uncertain = true}}}};
  event.run.reports = {report};
  event.console = std::move(console);
  return event;
}

TEST_F(StoreFile, KeepsEventsInOrderAndConsolesByteForByte) {
  const std::string console = std::string("a\0b\xff\n", 5) + std::string(100'000, 'x');
  auto store = Store::open(m_dir / "culprit.db", Store::Mode::read_write);
  ASSERT_TRUE(store) << base::render(store.error());
  const std::int64_t id = *store->begin(1000);
  ASSERT_TRUE(store->append(id, 1001, Note{"first"}));
  ASSERT_TRUE(store->append(id, 1002, a_run(7, console)));

  auto reader = Store::open(m_dir / "culprit.db", Store::Mode::read_only);
  ASSERT_TRUE(reader) << base::render(reader.error());
  const auto events = reader->events(id);
  ASSERT_TRUE(events);
  ASSERT_EQ(events->size(), 2u);
  EXPECT_EQ((*events)[0].sequence, 1);
  EXPECT_EQ(std::get<Note>((*events)[0].body).text, "first");
  const RunRecord& run = std::get<RunFinished>((*events)[1].body).run;
  EXPECT_EQ(run.commit, commit('a'));
  EXPECT_EQ(run.reports[0].lockdep->held.at(0).taken_at.line, 7u);
  EXPECT_EQ(run.reports[0].access->address, 0xffff888000000000ULL);
  EXPECT_EQ(*reader->console(id, 7), console);
  EXPECT_EQ(reader->events(id, 1)->size(), 1u);
  EXPECT_EQ(reader->console(id, 8).error().what, "there is no finished run 8");
  EXPECT_FALSE(reader->bisections()->at(0).finished);
  ASSERT_TRUE(store->begin(2000));  // killed before its first event: no bisection yet
  EXPECT_EQ(reader->bisections()->size(), 1u);
}

TEST(Store, AppendsSeveralEventsTogetherAndNumbersThem) {
  auto store = *Store::open_in_memory();
  const std::int64_t id = *store.begin(0);
  ASSERT_TRUE(store.append(id, 1, Note{"first"}));
  const auto events =
      store.append_all(id, 2, {PersonJudged{{commit('a'), UserVerdict::skip}}, Note{"third"}});
  ASSERT_TRUE(events);
  EXPECT_EQ(events->at(0).sequence, 2);
  EXPECT_EQ(events->at(1).sequence, 3);
  EXPECT_EQ(store.events(id)->size(), 3u);
  EXPECT_EQ(std::get<PersonJudged>(store.events(id, 1)->front().body).verdict.verdict, UserVerdict::skip);
}

TEST(Store, ABisectionIsNotFinishedOnceSomebodySpokeAfterItsAnswer) {
  auto store = *Store::open_in_memory();
  const std::int64_t id = *store.begin(0);
  ASSERT_TRUE(store.append(id, 1, Started{}));
  EXPECT_FALSE(store.bisections()->front().finished);
  ASSERT_TRUE(store.append(id, 2, PersonJudged{}));
  ASSERT_TRUE(store.append(id, 3, Finished{}));
  EXPECT_TRUE(store.bisections()->front().finished);
  ASSERT_TRUE(store.append(id, 4, PersonJudged{}));
  EXPECT_FALSE(store.bisections()->front().finished);
  ASSERT_TRUE(store.append(id, 5, Finished{}));
  EXPECT_TRUE(store.bisections()->front().finished);
}

TEST_F(StoreFile, RefusesWhatIsNoStoreAndLeavesItAlone) {
  const fs::path text = m_dir / "notes.txt";
  std::ofstream(text) << std::string(4096, 'n');
  EXPECT_EQ(Store::open(text, Store::Mode::read_write).error().what, "this file is not a culprit store");
  EXPECT_EQ(fs::file_size(text), 4096u);

  const fs::path other = m_dir / "other.db";
  sqlite3* db = nullptr;
  sqlite3_open(other.c_str(), &db);
  sqlite3_exec(db, "CREATE TABLE t(x)", nullptr, nullptr, nullptr);
  sqlite3_close(db);
  EXPECT_EQ(Store::open(other, Store::Mode::read_write).error().what,
            "this file is a database, but not a culprit store");

  const auto missing = Store::open(m_dir / "none.db", Store::Mode::read_only);
  EXPECT_EQ(missing.error().what, "no bisection here: there is no store at " + (m_dir / "none.db").string());
  EXPECT_FALSE(fs::exists(m_dir / "none.db"));
}

TEST_F(StoreFile, AStoreThatWasNeverMadeIsBegunAgain) {
  const fs::path empty = m_dir / "empty.db";
  sqlite3* db = nullptr;
  sqlite3_open(empty.c_str(), &db);
  sqlite3_exec(db, "PRAGMA journal_mode=WAL", nullptr, nullptr, nullptr);
  sqlite3_close(db);
  ASSERT_TRUE(fs::exists(empty));
  const auto read = Store::open(empty, Store::Mode::read_only);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().what, "no bisection was begun here: the store is empty");
  auto made = Store::open(empty, Store::Mode::read_write);
  ASSERT_TRUE(made);
  EXPECT_TRUE(made->begin(1.0));
}

TEST_F(StoreFile, RefusesANewerSchema) {
  const fs::path path = m_dir / "culprit.db";
  ASSERT_TRUE(Store::open(path, Store::Mode::read_write));
  sqlite3* db = nullptr;
  sqlite3_open(path.c_str(), &db);
  sqlite3_exec(db, "PRAGMA user_version=99", nullptr, nullptr, nullptr);
  sqlite3_close(db);
  EXPECT_EQ(Store::open(path, Store::Mode::read_only).error().what,
            "the store has schema 99, this culprit knows up to 1");
}

TEST(Codec, EveryEventComesBackAsItWas) {
  Problem problem;
  problem.goal = Goal::fix;
  problem.start = commit('1');
  problem.head = commit('2');
  problem.good = {commit('3')};
  problem.releases = {{"v1.0", commit('4')}};
  problem.runs_per_revision = 7;
  problem.variants = {{.name = "small",
                       .changes = "small.config",
                       .use = model::Variant::Use::smaller,
                       .silences = {"KASAN"}}};
  problem.verify = true;
  Conclusion conclusion;
  conclusion.kind = ResultKind::culprit;
  conclusion.culprit = commit('5');
  conclusion.candidates = {{commit('5'), 0.99}};
  conclusion.next_steps = {"test more"};
  conclusion.verification = model::Verification{
      .kind = model::Verification::Kind::reverted, .on = commit('1'), .runs = 3, .crashes = 0, .why = "gone"};
  const std::vector<EventBody> bodies = {
      Started{problem, model::Subject::kernel, "/r", R"({"a":1})", "0.1", 12},
      Resumed{},
      Interrupted{"SIGINT"},
      Decided{{Experiment{commit('6'), "no-lockdep", 3, "release", "v1.0", "because", 0.5, 9}},
              Standing{4, 2, 8, {{commit('6'), 0.1}}, commit('1'), {}}},
      BuildStarted{commit('6'), "v1.0", "title", "lean"},
      BuildFinished{BuildRecord{commit('6'), "lean", BuildStatus::broken, "", "gcc", "error: x", 2.5}},
      RunStarted{commit('6'), 3},
      a_run(9, ""),
      Judged{{commit('6'), Verdict::good, 0.01, "10 clean runs"}, "v1.0"},
      PersonJudged{{commit('6'), UserVerdict::bad}},
      Note{"a \"note\""},
      Finished{conclusion},
      model::Posted{model::PostStage::lost, "mail", "smtp://h", "id@h", {"a@b"}, "250 ok"},
      model::TakenBack{{7, 9}, 12},
  };
  ASSERT_EQ(bodies.size(), std::variant_size_v<EventBody>);
  for (const EventBody& body : bodies) {
    const std::string text = encode(body);
    const auto back = decode(type_name(body), text);
    ASSERT_TRUE(back) << text;
    EXPECT_EQ(back->index(), body.index());
    EXPECT_EQ(encode(*back), text);
  }
}

// A bisection with a note, a run and a note.
void fill(const fs::path& path) {
  auto store = Store::open(path, Store::Mode::read_write);
  ASSERT_TRUE(store) << base::render(store.error());
  const std::int64_t id = *store->begin(1000);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(store->append(id, 1001, Note{"note " + std::to_string(i)}));
  ASSERT_TRUE(store->append(id, 1002, a_run(1, "console")));
}

void execute(const fs::path& path, const std::string& sql) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
  sqlite3_close(db);
}

TEST_F(StoreFile, WhatIsDamagedIsLeftOutAndNamed) {
  const fs::path path = m_dir / "culprit.db";
  fill(path);
  execute(
      path,
      "UPDATE event SET body = '{\"te' WHERE sequence = 2; UPDATE event SET type = 'odd' WHERE sequence = 3; "
      "UPDATE event SET body = '{\"run\": {\"id\": []}}' WHERE sequence = 4");
  auto store = Store::open(path, Store::Mode::read_write);
  ASSERT_TRUE(store);
  const auto events = store->events(1);
  ASSERT_TRUE(events) << base::render(events.error());
  ASSERT_EQ(events->size(), 1u);
  ASSERT_TRUE(store->events(1));
  ASSERT_EQ(store->damage().size(), 3u);
  EXPECT_TRUE(
      store->damage()[0].starts_with("event 2 of bisection 1 is left out: an event of type note is damaged"));
  EXPECT_EQ(store->damage()[1], "event 3 of bisection 1 is left out: unknown event type 'odd'");
  // The run's number is free again, although its console is there.
  EXPECT_TRUE(store->append(1, 1003, a_run(1, "again")));
  EXPECT_EQ(*store->console(1, 1), "again");
}

TEST_F(StoreFile, PagesThatAreDamagedCostWhatIsOnThem) {
  const fs::path path = m_dir / "culprit.db";
  {
    auto store = Store::open(path, Store::Mode::read_write);
    const std::int64_t id = *store->begin(1000);
    for (int i = 0; i < 40; ++i)
      ASSERT_TRUE(store->append(id, 1001, Note{std::to_string(i) + std::string(500, 'x')}));
  }
  std::string bytes;
  {
    std::ifstream in(path, std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(in), {});
  }
  const std::size_t at = bytes.find("20xxxxx") / 4096 * 4096;
  bytes.replace(at, 4096, std::string(4096, '\x5a'));
  std::ofstream(path, std::ios::binary) << bytes;

  auto store = Store::open(path, Store::Mode::read_only);
  ASSERT_TRUE(store) << base::render(store.error());
  const auto rows = store->bisections();
  ASSERT_TRUE(rows) << base::render(rows.error());
  ASSERT_EQ(rows->size(), 1u);
  const auto events = store->events(1);
  ASSERT_TRUE(events) << base::render(events.error());
  EXPECT_GT(events->size(), 20u);
  EXPECT_LT(events->size(), 40u);
  EXPECT_EQ(std::get<Note>(events->back().body).text.substr(0, 4), "39xx");
  ASSERT_FALSE(store->damage().empty());
  EXPECT_TRUE(store->damage().back().starts_with("the file is damaged: of bisection 1, some events from "));
}

TEST_F(StoreFile, IsReadWhereNothingMayBeWritten) {
  if (::getuid() == 0)
    GTEST_SKIP() << "root writes everywhere; tests/e2e/unreadable.sh has a read-only mount";
  const fs::path closed = m_dir / "closed", cut_off = m_dir / "cut-off";
  fs::create_directories(closed);
  fs::create_directories(cut_off);
  fill(closed / "culprit.db");
  auto writer = Store::open(closed / "culprit.db", Store::Mode::read_write);
  ASSERT_TRUE(writer->append(1, 1003, Note{"in the log only"}));
  for (const char* name : {"culprit.db", "culprit.db-wal"}) fs::copy_file(closed / name, cut_off / name);
  writer = Store::open_in_memory();
  for (const fs::path& folder : {closed, cut_off}) {
    for (const auto& entry : fs::directory_iterator(folder))
      fs::permissions(entry.path(), fs::perms::owner_read);
    fs::permissions(folder, fs::perms::owner_read | fs::perms::owner_exec);
    auto store = Store::open(folder / "culprit.db", Store::Mode::read_only);
    fs::permissions(folder, fs::perms::owner_all);
    ASSERT_TRUE(store) << base::render(store.error());
    EXPECT_EQ(store->events(1)->size(), 5u) << folder;
  }
}

TEST_F(StoreFile, NothingIsWrittenToAFileThatIsGone) {
  const fs::path path = m_dir / "culprit.db";
  auto store = Store::open(path, Store::Mode::read_write);
  const std::int64_t id = *store->begin(1000);
  ASSERT_TRUE(store->append(id, 1001, Note{"there"}));
  fs::remove_all(m_dir);
  const auto lost = store->append(id, 1002, Note{"gone"});
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().kind, base::ErrorKind::infra);
  EXPECT_EQ(lost.error().what, "the state folder " + m_dir.string() +
                                   " was removed or replaced while culprit was at work in it");
  // Another one in its place is not the same.
  fs::create_directories(m_dir);
  auto other = Store::open(path, Store::Mode::read_write);
  EXPECT_FALSE(store->append(id, 1002, Note{"gone"}));
  EXPECT_TRUE(other->in_place());
}

// A service asks several times a second, of each job that runs.
TEST_F(StoreFile, TheVersionChangesWithWhatAnotherWrites) {
  const fs::path path = m_dir / "culprit.db";
  auto writer = Store::open(path, Store::Mode::read_write);
  const std::int64_t id = *writer->begin(1000);
  auto reader = Store::open(path, Store::Mode::read_only);
  const std::int64_t before = reader->version();
  EXPECT_GT(before, 0);
  EXPECT_EQ(reader->version(), before);
  ASSERT_TRUE(writer->append(id, 1001, Note{"news"}));
  const std::int64_t after = reader->version();
  EXPECT_NE(after, before);
  ASSERT_TRUE(reader->events(id));
  EXPECT_EQ(reader->version(), after);
  ASSERT_TRUE(writer->take_lease(1));  // out of WAL
  ASSERT_TRUE(writer->append(id, 1002, Note{"more"}));
  EXPECT_NE(reader->version(), after);
}

TEST(Codec, ReplacesBytesThatAreNoUtf8AndRefusesDamage) {
  EXPECT_EQ(encode(Note{"a\xff"}), "{\"text\":\"a\xef\xbf\xbd\"}");
  EXPECT_EQ(decode("note", "{").error().kind, base::ErrorKind::store);
  EXPECT_EQ(decode("prophecy", "{}").error().what, "unknown event type 'prophecy'");
}

// The node of attempt 1 was given up, and its process runs on.
TEST(StoreLease, AnAttemptThatWasGivenUpWritesNoMore) {
  const auto dir = base::TempDir::create("culprit-lease-");
  const auto path = dir->path() / "culprit.db";
  auto first = Store::open(path, Store::Mode::read_write);
  ASSERT_TRUE(first);
  ASSERT_TRUE(first->take_lease(1));
  const auto bisection = first->begin(1);
  ASSERT_TRUE(bisection);
  ASSERT_TRUE(first->append(*bisection, 2, model::Note{"before"}));
  auto second = Store::open(path, Store::Mode::read_write);
  ASSERT_TRUE(second);
  ASSERT_TRUE(second->take_lease(2));
  const auto late = first->append(*bisection, 3, model::Note{"too late"});
  ASSERT_FALSE(late);
  EXPECT_NE(late.error().what.find("a later attempt has begun elsewhere: attempt 1 may write no more"),
            std::string::npos);
  EXPECT_EQ(late.error().kind, base::ErrorKind::infra);
  EXPECT_FALSE(first->begin(3));
  EXPECT_FALSE(first->take_lease(1));
  ASSERT_TRUE(second->append(*bisection, 4, model::Note{"after"}));
  EXPECT_EQ(second->events(*bisection)->size(), 2);
  // Who has no lease is not asked for one: a person, on the service's machine.
  auto reader = Store::open(path, Store::Mode::read_only);
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->events(*bisection)->size(), 2);
}

}  // namespace
}  // namespace culprit::store
