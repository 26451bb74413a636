// `culprit page`: a bisection as a file for people.

#include <memory>

#include "base/files.h"
#include "base/strings.h"
#include "cli/commands/commands.h"
#include "cli/commands/drawing.h"
#include "cli/commands/reading.h"
#include "cli/session/place.h"
#include "cli/session/printing.h"
#include "cli/session/session.h"
#include "cli/setup/circumstances.h"
#include "cli/setup/question.h"
#include "output/page/kcidb.h"
#include "output/page/page.h"
#include "output/syzbot_log.h"

namespace culprit::cli {
namespace {

using base::ExitCode;
using base::Result;

struct PageOptions {
  ReadingOptions reading;
  std::string output;  // empty or "-": standard output
  bool markdown = false;
  std::string kcidb;  // the name of the testing system; empty: no KCIDB
};

std::string log_of(const Reading& reading, const output::CommitTexts& texts) {
  std::string log;
  output::write_syzbot_log(reading.events, [&log](std::string_view text) { log += text; }, texts);
  return log;
}

Result<std::string> written(const PageOptions& options) {
  if (!options.kcidb.empty() && options.markdown)
    return base::fail(base::ErrorKind::usage, "--markdown and --kcidb are two forms of one page",
                      "ask for one of them");
  if (!options.kcidb.empty() && !output::is_kcidb_origin(options.kcidb))
    return base::fail(base::ErrorKind::usage,
                      "'" + base::printable(options.kcidb) + "' names no testing system for KCIDB",
                      "--kcidb ORIGIN: lower-case letters, digits, _");
  Reading reading = CULPRIT_TRY(read_bisection(options.reading));
  if (!options.kcidb.empty()) return output::render_kcidb(reading.fold.summary(), options.kcidb);
  // Without its repository a bisection still has what was recorded.
  const auto history = drawn_history(reading);
  std::optional<model::CommitGraph> graph;
  if (reading.history)
    if (auto loaded = load_graph(*reading.history, reading.fold.summary().problem))
      graph = std::move(*loaded);
  output::CommitTexts texts = reading.texts();
  texts.graph = [&graph] { return graph ? &*graph : nullptr; };
  output::Circumstances circumstances;
  const auto& started = std::get<model::Started>(reading.events.front().body);
  if (const auto settings = settings_from_json(started.settings)) circumstances = circumstances_of(*settings);
  const std::vector<output::HistoryLine> none;
  const output::PageMaterial material{
      .summary = reading.fold.summary(),
      .texts = texts,
      .events = reading.events,
      .history = history ? *history : none,
      .console =
          [&](std::uint64_t run) {
            return reading.store.console(reading.bisection, run).value_or(std::string());
          },
      .log = options.markdown ? std::string() : log_of(reading, texts),
      .circumstances = circumstances,
  };
  return options.markdown ? output::render_markdown(material) : output::render_page(material);
}

Result<ExitCode> page(const PageOptions& options) {
  const std::string text = CULPRIT_TRY(written(options));
  if (options.output.empty() || options.output == "-") {
    print(text);
    return ExitCode::found;
  }
  if (auto done = base::write_file_atomically(options.output, text); !done) {
    base::Error error = done.error();
    error.kind = base::ErrorKind::usage;
    if (error.hint.empty()) error.hint = "-o names a file in a folder that can be written to";
    return std::unexpected(std::move(error));
  }
  return ExitCode::found;
}

}  // namespace

void add_page(CommandLine& line) {
  Options command = line.add("page", "Write a bisection as one HTML page, as Markdown, or for KCIDB");
  auto options = std::make_shared<PageOptions>();
  add_reading_options(command, options->reading);
  command.text("-o,--output", options->output, "the file to write (default: standard output)", "FILE");
  command.flag("--markdown", options->markdown, "in short, for an issue of GitHub or GitLab");
  command.text("--kcidb", options->kcidb,
               "as JSON for KCIDB (schema 5), sent by the testing system of that name", "ORIGIN");
  command.run([options] {
    auto code = page(*options);
    if (!code)
      code = std::unexpected(at_place(code.error(), options->reading.repository, options->reading.state_dir));
    return finish(code);
  });
}

}  // namespace culprit::cli
