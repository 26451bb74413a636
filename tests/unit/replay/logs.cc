#include "tests/unit/replay/logs.h"

#include <algorithm>

#include "replay/reading/syzbot_reader.h"

namespace culprit::replay::testing {
namespace {

// Names in order of first use: their ids count up from 1.
std::map<std::string, int>& names() {
  static std::map<std::string, int> names;
  return names;
}

std::string hex_of(const std::string& name) {
  const int number = names().try_emplace(name, static_cast<int>(names().size()) + 1).first->second;
  std::string digits = std::to_string(number);
  digits.insert(0, 5 - digits.size(), '0');
  std::string hex;
  while (hex.size() < 40) hex += digits;
  return hex;
}

std::string run_text(const std::string& what) {
  if (what == "OK") return "OK";
  const auto with = [&](std::string_view prefix, std::string_view words) {
    return what.starts_with(prefix) ? std::string(words) + what.substr(prefix.size()) : std::string();
  };
  for (const auto& [prefix, words] :
       {std::pair<std::string_view, std::string_view>{"boot: ", "boot failed: "},
        {"test: ", "basic kernel testing failed: "},
        {"infra: ", "infra problem: "},
        {"ignore: ", "ignore: "}})
    if (const std::string text = with(prefix, words); !text.empty()) return text;
  return "crashed: " + what;
}

std::string runs_text(const std::string& runs) {
  std::string out;
  int number = 0;
  for (std::size_t at = 0; at < runs.size();) {
    const std::size_t plus = std::min(runs.find(" + ", at), runs.size());
    const std::string item = runs.substr(at, plus - at);
    const std::size_t blank = item.find(' ');
    const int count = std::stoi(item.substr(0, blank));
    const std::string text = run_text(item.substr(blank + 1));
    if (count == 10 && plus == runs.size() && at == 0) return "all runs: " + text + "\n";
    for (int i = 0; i < count; ++i) out += "run #" + std::to_string(number++) + ": " + text + "\n";
    at = plus + 3;
  }
  return out;
}

}  // namespace

model::CommitId commit_of(const std::string& name) { return *model::CommitId::from_hex(hex_of(name)); }

LogText& LogText::test(const std::string& name, const std::string& runs, const std::string& signature) {
  m_text += "testing commit " + hex_of(name) + " with gcc (GCC) 8.1.0\n";
  if (!signature.empty()) m_text += "kernel signature: " + hex_of("signature " + signature) + "\n";
  m_text += runs_text(runs);
  return *this;
}

LogText& LogText::start(const std::string& runs, const std::string& name) {
  m_text += "bisecting cause commit starting from " + hex_of(name) + "\n";
  m_text += "building syzkaller on " + hex_of("the tool") + "\n";
  return test(name, runs, {});
}

LogText& LogText::fix(const std::string& runs, const std::string& head_runs) {
  m_text += "bisecting fixing commit since " + hex_of("start") + "\n";
  test("start", runs, {});
  m_text += "testing current HEAD " + hex_of("head") + "\n";
  return test("head", head_runs, {});
}

LogText& LogText::release(const std::string& label, const std::string& runs, const std::string& signature) {
  m_text += "testing release " + label + "\n";
  return test(label, runs, signature);
}

LogText& LogText::failed_release(const std::string& label, const std::string& error) {
  m_text += "testing release " + label + "\ntesting commit " + hex_of(label) +
            " with gcc (GCC) 8.1.0\nfailed: " + error + "\n";
  return *this;
}

LogText& LogText::bisect(const std::string& bad, const std::string& good) {
  m_text += "# git bisect start " + hex_of(bad) + " " + hex_of(good) + "\n";
  return *this;
}

LogText& LogText::step(const std::string& name, const std::string& runs, const std::string& word, int left,
                       const std::string& signature) {
  m_text += "Bisecting: " + std::to_string(left) + " revisions left to test after this (roughly 3 steps)\n";
  m_text += "[" + hex_of(name) + "] change " + name + "\n";
  test(name, runs, signature);
  m_text += "# git bisect " + word + " " + hex_of(name) + "\n";
  return *this;
}

LogText& LogText::culprit(const std::string& name) {
  m_text += hex_of(name) + " is the first bad commit\ncommit " + hex_of(name) +
            "\nAuthor: A Developer <dev@example.org>\nDate:   Mon Jan 6 10:00:00 2020 +0100\n\n    change " +
            name + "\n\n";
  m_text += "revisions tested: 9, total time: 2h0m0s (build: 1h0m0s, test: 1h0m0s)\n";
  m_text += "first bad commit: " + hex_of(name) + " change " + name + "\n";
  return *this;
}

LogText& LogText::horizon() { return line("the crash already happened on the oldest tested release"); }

LogText& LogText::line(const std::string& text) {
  m_text += text + "\n";
  return *this;
}

Judged::Judged(const std::string& text) : m_replay(judge_again(read_bisection_log(text))) {}

std::string Judged::name_of(const model::CommitId& id) const {
  for (const auto& [name, number] : names())
    if (commit_of(name) == id) return name;
  return id.hex();
}

std::string Judged::verdict(const std::string& name) const {
  const ReplayedRevision* revision = m_replay.find(commit_of(name));
  return revision ? std::string(model::name_of(revision->verdict)) : "absent";
}

std::string Judged::verdicts() const {
  std::string out;
  for (const ReplayedRevision& revision : m_replay.revisions)
    out += (out.empty() ? "" : " ") + std::string(model::name_of(revision.verdict));
  return out;
}

std::string Judged::derailed_at() const {
  return m_replay.derailed_at ? name_of(m_replay.revisions[*m_replay.derailed_at].commit) : "never";
}

std::string Judged::culprit() const {
  return m_replay.conclusion.culprit ? name_of(*m_replay.conclusion.culprit) : "none";
}

std::string Judged::range() const {
  const auto end = [&](const std::optional<std::size_t>& index) {
    return index ? name_of(m_replay.revisions[*index].commit) : std::string("none");
  };
  return end(m_replay.conclusion.good) + ".." + end(m_replay.conclusion.bad);
}

std::string Judged::identity(const std::string& title) const {
  for (const identity::FaceJudgement& face : m_replay.faces)
    if (face.title == title)
      return face.identity == model::Identity::target    ? "target"
             : face.identity == model::Identity::foreign ? "foreign"
                                                         : "unknown";
  return "absent";
}

double Judged::p(const std::string& title) const {
  for (const identity::FaceJudgement& face : m_replay.faces)
    if (face.title == title) return face.probability;
  return -1;
}

}  // namespace culprit::replay::testing
