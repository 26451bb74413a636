// How Linux grows, in a few rules: some dozen subsystem trees get commits all the time; now and then one of
// them is merged into the main line (rarely several in one octopus merge), and goes on from the newest
// release or one of the two before it, or from a candidate; a few take the main line in before that (a back
// merge); a release is tagged when 14,000 commits have come. Time passes by a minute a commit, so that dates
// and ancestry agree.

#include "bench/history/make_history.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/rng.h"

namespace culprit::bench {
namespace {

constexpr std::int64_t k_first_date = 1'400'000'000;

class Writer {
 public:
  Writer(const HistoryShape& shape, const std::function<void(std::string_view)>& sink)
      : m_shape(shape), m_sink(sink), m_rng(shape.seed) {}

  void write();

 private:
  struct Topic {
    std::size_t tip = 0;
    bool has_commits = false;
  };

  std::size_t commit(const std::vector<std::size_t>& parents);
  void tag(std::size_t commit);
  void tag_when_due();
  std::size_t base_for_topic();
  void restart(Topic& topic) { topic = {.tip = base_for_topic(), .has_commits = false}; }
  void merge_some();
  void merge_all();

  const HistoryShape& m_shape;
  const std::function<void(std::string_view)>& m_sink;
  base::Rng m_rng;
  std::size_t m_count = 0;
  std::size_t m_main = 0;
  std::size_t m_tags = 0;
  std::vector<std::size_t> m_bases;  // tagged commits, newest last
  std::vector<Topic> m_topics;
  std::string m_text;
};

std::size_t Writer::commit(const std::vector<std::size_t>& parents) {
  const std::size_t number = ++m_count;
  const std::string message = "change " + std::to_string(number) + "\n";
  m_text += "commit refs/heads/main\nmark :" + std::to_string(number) +
            "\ncommitter Ada Example <ada@example.org> " +
            std::to_string(k_first_date + 60 * static_cast<std::int64_t>(number)) + " +0000\ndata " +
            std::to_string(message.size()) + "\n" + message;
  for (std::size_t i = 0; i < parents.size(); ++i)
    m_text += (i == 0 ? "from :" : "merge :") + std::to_string(parents[i]) + "\n";
  m_text += '\n';
  if (m_text.size() > 1 << 16) {
    m_sink(m_text);
    m_text.clear();
  }
  return number;
}

void Writer::tag(std::size_t commit) {
  const std::size_t per_release = m_shape.candidates + 1;
  const std::size_t release = (m_tags + m_shape.candidates) / per_release;  // the first tag is a release
  const std::size_t candidate = m_tags % per_release;
  const std::string name = "v" + std::to_string(4 + release / 20) + "." + std::to_string(release % 20) +
                           (candidate == 0 ? "" : "-rc" + std::to_string(candidate));
  m_text += "reset refs/tags/" + name + "\nfrom :" + std::to_string(commit) + "\n\n";
  m_bases.push_back(commit);
  ++m_tags;
}

void Writer::tag_when_due() {
  if (m_count * (m_shape.candidates + 1) >= m_tags * m_shape.release_every) tag(m_main);
}

// Two of three topics start from one of the last tags, the others from up to three releases ago.
std::size_t Writer::base_for_topic() {
  const std::size_t per_release = m_shape.candidates + 1;
  const std::size_t reach = m_rng.chance(2.0 / 3) ? 3 : 3 * per_release;
  const std::size_t back = m_rng.below(std::min(reach, m_bases.size()));
  return m_bases[m_bases.size() - 1 - back];
}

void Writer::merge_some() {
  std::size_t wanted = m_rng.chance(m_shape.octopus_share) ? 2 + m_rng.below(4) : 1;
  std::vector<std::size_t> parents{m_main};
  for (std::size_t tries = 0; tries < 4 * m_topics.size() && wanted > 0; ++tries) {
    Topic& topic = m_topics[m_rng.below(m_topics.size())];
    if (!topic.has_commits) continue;
    parents.push_back(topic.tip);
    --wanted;
    restart(topic);
  }
  if (parents.size() > 1) m_main = commit(parents);
}

void Writer::merge_all() {
  for (Topic& topic : m_topics)
    if (topic.has_commits) m_main = commit({m_main, topic.tip});
}

void Writer::write() {
  m_main = commit({});
  tag(m_main);
  m_topics.assign(m_shape.open_topics, {});
  for (Topic& topic : m_topics) restart(topic);
  // The merges of what is open at the end count too.
  while (m_count + m_topics.size() < m_shape.commits) {
    tag_when_due();
    if (m_rng.chance(m_shape.merge_share * 0.97)) {
      merge_some();
    } else if (m_rng.chance(0.01)) {
      m_main = commit({m_main});
    } else {
      Topic& topic = m_topics[m_rng.below(m_topics.size())];
      const bool back_merge = topic.has_commits && m_rng.chance(m_shape.merge_share * 0.03);
      const std::size_t tip = topic.tip;
      topic.tip = back_merge && m_main != tip ? commit({tip, m_main}) : commit({tip});
      topic.has_commits = true;
    }
  }
  merge_all();
  while (m_count < m_shape.commits) m_main = commit({m_main});
  // The branch is where its last commit was written, and that is the main line's tip.
  m_text += "reset refs/heads/main\nfrom :" + std::to_string(m_main) + "\n\n";
  m_sink(m_text);
}

}  // namespace

void write_history(const HistoryShape& shape, const std::function<void(std::string_view)>& sink) {
  Writer(shape, sink).write();
}

}  // namespace culprit::bench
