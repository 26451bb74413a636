// A bisection as a page for people: one file that needs no network, no script and no second file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "model/event_fwd.h"
#include "output/summary/circumstances.h"
#include "output/summary/summary.h"
#include "output/terminal/table.h"
#include "output/words/commit_texts.h"

namespace culprit::output {

struct PageMaterial {
  const Summary& summary;
  const CommitTexts& texts;
  std::span<const model::Event> events;
  std::span<const HistoryLine> history;  // newest first; empty where the repository is gone
  // What a run printed; empty where that is lost. May be empty itself.
  std::function<std::string(std::uint64_t run)> console;
  std::string log;  // in syzbot's grammar
  Circumstances circumstances;
};

// Consoles are embedded up to this size each (their beginning, the report, their end) and in all; the page names
// the command that prints the rest. Kernel consoles are 20 to 60 KiB; 4 MiB open at once on a phone.
inline constexpr std::size_t k_page_console_limit = std::size_t{48} << 10;
inline constexpr std::size_t k_page_consoles_limit = std::size_t{4} << 20;

// The whole file, UTF-8. Nothing in it runs or is fetched, and a policy in its head says so too.
std::string render_page(const PageMaterial& known);

// The same in short as Markdown, for an issue or a merge request of GitHub or GitLab: the answer, the evidence as a
// table, the crash. What others wrote in it mentions nobody and links nowhere.
std::string render_markdown(const PageMaterial& known);

}  // namespace culprit::output
