// What KCIDB's schema 5.3 wants of each object, and that what is told fits together.
#include "output/page/kcidb.h"

#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/support/story.h"

namespace culprit::output {
namespace {

using nlohmann::json;

const std::map<std::string, std::set<std::string>> k_required = {
    {"checkouts", {"id", "origin"}},
    {"builds", {"id", "origin", "checkout_id"}},
    {"tests", {"id", "origin", "build_id"}},
    {"issues", {"id", "origin", "version"}},
    {"incidents", {"id", "origin", "issue_id", "issue_version"}},
};
const std::map<std::string, std::set<std::string>> k_known = {
    {"checkouts", {"id", "origin", "git_commit_hash", "git_commit_name", "valid", "comment", "misc"}},
    {"builds",
     {"id", "origin", "checkout_id", "comment", "duration", "compiler", "log_excerpt", "status", "misc"}},
    {"tests", {"id", "origin", "build_id", "path", "comment", "log_excerpt", "status", "duration", "misc"}},
    {"issues", {"id", "origin", "version", "report_subject", "culprit", "comment", "misc"}},
    {"incidents", {"id", "origin", "issue_id", "issue_version", "test_id", "present", "comment", "misc"}},
};

void check(const json& all) {
  EXPECT_EQ(all["version"], (json{{"major", 5}, {"minor", 3}}));
  std::map<std::string, std::set<std::string>> ids;
  for (const auto& [list, objects] : all.items()) {
    if (list == "version") continue;
    ASSERT_TRUE(k_required.contains(list)) << list;
    for (const json& object : objects) {
      for (const std::string& field : k_required.at(list))
        EXPECT_TRUE(object.contains(field)) << list << field;
      for (const auto& [field, value] : object.items()) {
        EXPECT_TRUE(k_known.at(list).contains(field)) << list << " has no " << field;
        EXPECT_FALSE(value.is_null()) << list << field;
        if (value.is_string()) {
          EXPECT_EQ(value.get<std::string>().find('\0'), std::string::npos);
        }
      }
      EXPECT_TRUE(object["id"].get<std::string>().starts_with("lab:"));
      EXPECT_EQ(object["origin"], "lab");
      EXPECT_TRUE(ids[list].insert(object["id"]).second) << object["id"] << " stands twice";
      if (object.contains("log_excerpt")) {
        EXPECT_LE(object["log_excerpt"].get<std::string>().size(), 16384);
      }
      if (object.contains("status")) {
        EXPECT_TRUE((std::set<std::string>{"FAIL", "ERROR", "MISS", "PASS"}.contains(object["status"])));
      }
    }
  }
  for (const json& build : all["builds"]) EXPECT_TRUE(ids["checkouts"].contains(build["checkout_id"]));
  for (const json& test : all["tests"]) EXPECT_TRUE(ids["builds"].contains(test["build_id"]));
  for (const json& incident : all.value("incidents", json::array())) {
    EXPECT_TRUE(ids["tests"].contains(incident["test_id"]));
    EXPECT_TRUE(ids["issues"].contains(incident["issue_id"]));
  }
}

json told(const Story& story) { return json::parse(render_kcidb(fold(story.events()), "lab")); }

TEST(Kcidb, TheAnswerIsAnIssuesAndTheRunsThatShowedTheBugAreItsIncidents) {
  const json all = told(found_story());
  check(all);
  ASSERT_EQ(all["issues"].size(), 1u);
  const json& issue = all["issues"][0];
  EXPECT_EQ(issue["misc"]["bisection"]["commit"], id_of(7).hex());
  EXPECT_EQ(issue["misc"]["bisection"]["kind"], "culprit");
  EXPECT_EQ(issue["misc"]["bisection"]["goal"], "cause");
  EXPECT_EQ(issue["culprit"]["code"], true);
  std::size_t failed = 0;
  for (const json& test : all["tests"]) failed += test["status"] == "FAIL" ? 1 : 0;
  EXPECT_GT(all["incidents"].size(), 0u);
  EXPECT_GT(failed, all["incidents"].size());  // another crash is no incident of this issue
}

TEST(Kcidb, ABrokenBuildFails) {
  std::set<std::string> states;
  const json all = told(found_story());
  for (const json& build : all["builds"]) states.insert(build["status"].get<std::string>());
  EXPECT_TRUE(states.contains("FAIL"));
  EXPECT_TRUE(states.contains("PASS"));
}

TEST(Kcidb, WithoutAnAnswerTheIssueSaysNoCommit) {
  const json all = told(running_story());
  check(all);
  for (const json& issue : all.value("issues", json::array())) EXPECT_FALSE(issue.contains("misc"));
}

TEST(Kcidb, WhatIsNoTextAndNoNumberIsNeither) {
  Story story;
  story.started(id_of(1)).runs(id_of(1), "x~o", std::numeric_limits<double>::quiet_NaN(),
                               std::string("a\0b\xff", 4));
  check(told(story));
}

TEST(Kcidb, AnOriginIsAWord) {
  EXPECT_TRUE(is_kcidb_origin("lab_7"));
  for (const char* name : {"", "Lab", "a:b", "a b", "ä"}) EXPECT_FALSE(is_kcidb_origin(name)) << name;
}

}  // namespace
}  // namespace culprit::output
