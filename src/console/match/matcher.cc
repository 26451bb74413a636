// Two stages. Hyperscan looks for the rules' literals in everything the kernel prints: with some sixty of
// them it reads 5 GB/s, where a regular expression for each rule would read a hundredth of that. Only lines
// with a literal meet the expressions, which are RE2's: linear in the line whatever the text. Expressions are
// compiled at their first use, as a run rarely needs more than a few.
#include "console/match/matcher.h"

#include <fmt/format.h>
#include <hs/hs.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <mutex>
#include <new>

#include "base/check.h"

namespace culprit::console {
namespace {

struct Expression {
  std::string_view source;
  mutable std::once_flag once;
  mutable std::unique_ptr<re2::RE2> compiled;
  mutable int f = -1;
  mutable int g = -1;

  const re2::RE2& get() const {
    std::call_once(once, [this] {
      re2::RE2::Options options(re2::RE2::Quiet);
      options.set_encoding(re2::RE2::Options::EncodingLatin1);  // any bytes
      compiled = std::make_unique<re2::RE2>(re2::StringPiece(source.data(), source.size()), options);
      CULPRIT_CHECK(compiled->ok(), std::string(source) + ": " + compiled->error());
      for (const auto& [name, index] : compiled->NamedCapturingGroups()) {
        if (name == "f") f = index;
        if (name == "g") g = index;
      }
    });
    return *compiled;
  }

  // Captures into `groups` (all of the expression's); false where it does not match.
  bool search(std::string_view text, std::vector<std::string_view>& groups) const {
    const re2::RE2& re = get();
    std::array<re2::StringPiece, 10> pieces;
    const int n = std::min<int>(re.NumberOfCapturingGroups() + 1, pieces.size());
    if (!re.Match(re2::StringPiece(text.data(), text.size()), 0, text.size(), re2::RE2::UNANCHORED,
                  pieces.data(), n)) {
      return false;
    }
    groups.clear();
    for (int i = 0; i < n; ++i) {
      groups.push_back(pieces[i].data() == nullptr ? std::string_view()
                                                   : std::string_view(pieces[i].data(), pieces[i].size()));
    }
    return true;
  }
};

}  // namespace

struct Matcher::Compiled {
  struct Entry {
    const Rule* rule = nullptr;
    std::size_t literal = 0;  // index in `literals`
    Expression head;
    Expression detail;
  };
  std::deque<Entry> entries;               // in the order of trial
  std::vector<std::string_view> literals;  // each once

  // Which literals a line holds; each is looked for when it is first asked about, as the first rule that fits
  // ends the search.
  class Present {
   public:
    Present(const Compiled& compiled, std::string_view body)
        : m_compiled(compiled), m_body(body), m_known(compiled.literals.size(), Known::not_asked) {}
    bool operator[](std::size_t literal) {
      Known& known = m_known[literal];
      if (known == Known::not_asked) {
        const bool there = m_body.find(m_compiled.literals[literal]) != std::string_view::npos;
        known = there ? Known::there : Known::absent;
      }
      return known == Known::there;
    }

   private:
    enum class Known : char { not_asked, there, absent };
    const Compiled& m_compiled;
    std::string_view m_body;
    std::vector<Known> m_known;
  };
  hs_database_t* database = nullptr;
  hs_scratch_t* scratch = nullptr;  // cloned for each Scanner
};

void Matcher::Deleter::operator()(Compiled* c) const {
  hs_free_scratch(c->scratch);
  hs_free_database(c->database);
  delete c;
}

Matcher::Matcher() : m_compiled(new Compiled) {
  std::map<std::string_view, std::size_t> literals;
  for (const std::span<const Rule> table : rule_tables()) {
    for (const Rule& rule : table) {
      Compiled::Entry& entry = m_compiled->entries.emplace_back();
      entry.rule = &rule;
      entry.head.source = rule.head;
      entry.detail.source = rule.detail;
      const auto [it, added] = literals.emplace(rule.literal, m_compiled->literals.size());
      if (added) m_compiled->literals.push_back(rule.literal);
      entry.literal = it->second;
    }
  }
  // A literal that contains another need not be looked for: the shorter one finds its lines.
  std::vector<std::string> kept;
  for (const auto& [literal, index] : literals) {
    const bool covered = std::ranges::any_of(literals, [&](const auto& other) {
      return other.first != literal && literal.find(other.first) != std::string_view::npos;
    });
    if (!covered) kept.emplace_back(literal);
  }
  kept.emplace_back("\x1b[");
  std::vector<const char*> expressions;
  std::vector<unsigned> flags(kept.size(), 0), ids(kept.size(), 0);
  std::vector<std::size_t> lengths;
  for (const std::string& k : kept) {
    expressions.push_back(k.c_str());
    lengths.push_back(k.size());
  }
  hs_compile_error_t* error = nullptr;
  const hs_error_t compiled = hs_compile_lit_multi(expressions.data(), flags.data(), ids.data(),
                                                   lengths.data(), static_cast<unsigned>(kept.size()),
                                                   HS_MODE_BLOCK, nullptr, &m_compiled->database, &error);
  if (compiled != HS_SUCCESS && error != nullptr && std::string_view(error->message).contains("allocate"))
    throw std::bad_alloc();
  CULPRIT_CHECK(compiled == HS_SUCCESS, std::string(error != nullptr ? error->message : "hyperscan"));
  const hs_error_t scratch = hs_alloc_scratch(m_compiled->database, &m_compiled->scratch);
  if (scratch == HS_NOMEM) throw std::bad_alloc();
  CULPRIT_CHECK(scratch == HS_SUCCESS, "hyperscan scratch");
}

const Matcher& Matcher::instance() {
  static const Matcher matcher;
  return matcher;
}

struct Scanner::Scratch {
  hs_scratch_t* scratch = nullptr;
};

Scanner::Scanner() : m_scratch(std::make_unique<Scratch>()) {
  const hs_error_t cloned = hs_clone_scratch(Matcher::instance().m_compiled->scratch, &m_scratch->scratch);
  CULPRIT_CHECK(cloned == HS_SUCCESS, fmt::format("hs_clone_scratch: {}", cloned));
}

Scanner::~Scanner() { hs_free_scratch(m_scratch->scratch); }

void Scanner::find(std::string_view text, std::vector<std::size_t>& ends) {
  CULPRIT_CHECK(text.size() < (std::size_t{1} << 30), fmt::format("a block of {} bytes", text.size()));
  const auto on_match = [](unsigned, unsigned long long, unsigned long long to, unsigned, void* context) {
    static_cast<std::vector<std::size_t>*>(context)->push_back(static_cast<std::size_t>(to));
    return 0;
  };
  const hs_error_t scanned =
      hs_scan(Matcher::instance().m_compiled->database, text.data(), static_cast<unsigned>(text.size()), 0,
              m_scratch->scratch, on_match, &ends);
  CULPRIT_CHECK(scanned == HS_SUCCESS, fmt::format("hs_scan: {}", scanned));
}

bool Scanner::finds(std::string_view text) {
  bool found = false;
  const auto on_match = [](unsigned, unsigned long long, unsigned long long, unsigned, void* context) {
    *static_cast<bool*>(context) = true;
    return 1;  // enough
  };
  hs_scan(Matcher::instance().m_compiled->database, text.data(), static_cast<unsigned>(text.size()), 0,
          m_scratch->scratch, on_match, &found);
  return found;
}

const Rule* Matcher::head_rule(std::string_view body, std::size_t* at) const {
  std::vector<std::string_view> groups;
  Compiled::Present found(*m_compiled, body);
  for (const Compiled::Entry& e : m_compiled->entries) {
    if (!found[e.literal]) continue;
    if (!e.head.search(body, groups)) continue;
    if (at != nullptr) *at = static_cast<std::size_t>(groups[0].data() - body.data());
    return e.rule;
  }
  return nullptr;
}

Match Matcher::match(std::span<const Line> lines) const {
  Match m;
  if (lines.empty()) return m;
  const std::string_view body = lines[0].body;
  Compiled::Present present(*m_compiled, body);
  for (const Compiled::Entry& e : m_compiled->entries) {
    if (!present[e.literal]) continue;
    if (!e.head.search(body, m.head)) continue;
    if (e.rule->ignore) return {};
    m.detail.clear();
    m.function = e.head.f > 0 ? m.head[static_cast<std::size_t>(e.head.f)] : std::string_view();
    m.other_function = e.head.g > 0 ? m.head[static_cast<std::size_t>(e.head.g)] : std::string_view();
    if (!e.rule->detail.empty()) {
      bool found = false;
      const std::size_t last = std::min(lines.size(), e.rule->detail_within + 1);
      for (std::size_t i = 1; i < last && !found; ++i) {
        found = e.detail.search(lines[i].body, m.detail);
        m.detail_line = i;
      }
      if (!found) continue;
      if (e.detail.f > 0 && !m.detail[static_cast<std::size_t>(e.detail.f)].empty()) {
        m.function = m.detail[static_cast<std::size_t>(e.detail.f)];
      }
    }
    m.rule = e.rule;
    return m;
  }
  return {};
}

}  // namespace culprit::console
