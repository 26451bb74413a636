#include "cli/session/display.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "cli/commits/nature.h"
#include "cli/project/guess.h"
#include "cli/session/place.h"
#include "cli/session/printing.h"
#include "cli/settings/settings.h"
#include "history/git_history.h"
#include "model/evidence.h"
#include "output/answer.h"

namespace culprit::cli {
namespace {

const char* environment(const char* name) { return std::getenv(name); }

}  // namespace

output::CommitTexts texts_of(const Settings& settings, const history::GitHistory& history) {
  output::CommitTexts texts;
  texts.info = [&history](const model::CommitId& commit) -> std::optional<model::CommitInfo> {
    auto info = history.describe(commit);
    if (!info) return std::nullopt;
    return std::move(*info);
  };
  texts.diffstat = [&history](const model::CommitId& commit) {
    return history.diffstat(commit).value_or(std::string());
  };
  texts.contacts = [&history](const model::CommitId& commit) {
    std::vector<output::Contact> contacts;
    if (const auto people = history.recipients(commit))
      for (const history::Recipient& person : *people)
        contacts.push_back({person.name, person.email, person.role});
    return contacts;
  };
  texts.classified = classifier(settings, history);
  return texts;
}

Display::Display(const Settings& settings, bool quiet, const history::GitHistory& history,
                 const model::CommitGraph& graph)
    : m_quiet(quiet), m_texts(texts_of(settings, history)) {
  m_inside = [&settings, &history](const model::CommitId& culprit) {
    return inside_submodule(settings, history, culprit);
  };
  m_texts.graph = [&graph] { return &graph; };
  for (const OutputRow& row : output_rows()) {
    const auto file = settings.outputs.find(key_of(row));
    if (file == settings.outputs.end() || file->second.empty()) continue;
    m_aside |= file->second == k_standard_output;
    if (auto opened = row.open(file->second, m_fold, m_texts))
      m_files.push_back(std::move(*opened));
    else
      std::fputs(base::render(opened.error()).c_str(), stderr);  // the bisection can do without it
  }
}

base::Result<std::unique_ptr<Display>> Display::create(const Settings& settings, bool quiet,
                                                       const history::GitHistory& history,
                                                       const model::CommitGraph& graph,
                                                       const base::Clock& clock) {
  std::unique_ptr<Display> display(new Display(settings, quiet, history, graph));
  if (!quiet) {
    const auto title_of = [&texts = display->m_texts](const model::CommitId& commit) {
      const auto info = texts.info_of(commit);
      return info ? info->title : std::string();
    };
    display->m_view = output::make_progress_view(
        display->m_fold, display->m_aside ? STDERR_FILENO : STDOUT_FILENO, environment, clock, title_of);
  }
  return display;
}

void Display::on_event(const model::Event& event) {
  const std::lock_guard lock(m_in_use);
  if (!m_fold.apply(event)) return;
  for (const auto& file : m_files) file->on_event(event);
  if (m_view && m_live) m_view->on_event(event);
}

void Display::go_live() {
  m_live = true;
  if (m_view) m_ticker = std::make_unique<output::Ticker>(*m_view, m_in_use);
}

void Display::close() {
  m_ticker.reset();
  if (m_view) m_view->close();
}

base::Result<void> Display::write_answer(const model::Evidence& evidence,
                                         const std::vector<model::RevisionVerdict>& verdicts,
                                         const std::string& place) {
  close();  // what is shown now is the answer
  m_fold.reidentify(evidence.runs);
  m_fold.rejudge(verdicts);
  const output::Summary& summary = m_fold.summary();
  const output::Style style = output::detect_style(m_aside ? STDERR_FILENO : STDOUT_FILENO, environment);
  const std::string also = summary.conclusion && summary.conclusion->culprit
                               ? m_inside(*summary.conclusion->culprit)
                               : std::string();
  // A file is read later, and by others: it gets all that is known.
  const std::string answer = m_quiet && style.live
                                 ? output::render_line(summary, m_texts, style)
                                 : at_place(output::render_answer(summary, m_texts, style, also), place);
  std::fwrite(answer.data(), 1, answer.size(), m_aside ? stderr : stdout);
  std::fflush(stdout);
  for (const auto& file : m_files) CULPRIT_TRY(file->finish(m_fold.summary()));
  return {};
}

}  // namespace culprit::cli
