// The files that a bisection writes: one table, from which come the options, what is checked before hours of
// work, and who is told of the events.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/line/option_modes.h"
#include "model/event.h"
#include "output/summary/summary.h"
#include "output/words/commit_texts.h"

namespace culprit::cli {

// A file in the making. It sees every event, those of earlier sessions first.
class OutputFile : public model::EventSink {
 public:
  void on_event(const model::Event&) override {}
  // The bisection has its answer, `summary`. An error costs the exit code, not the answer.
  virtual base::Result<void> finish(const output::Summary& summary) = 0;
};

struct OutputRow {
  OptionRow option;
  const char* about = nullptr;  // for --help
  // `fold` outlives the file and holds each event before the file sees it. An error is told, and the bisection does
  // without the file.
  base::Result<std::unique_ptr<OutputFile>> (*open)(const std::string& path, const output::SummaryFold& fold,
                                                    output::CommitTexts texts) = nullptr;
};

// A file of this name is standard output; what people are told then goes to standard error.
inline constexpr std::string_view k_standard_output = "-";

// In the order of --help.
std::span<const OutputRow> output_rows();

// Makes the name absolute. Usage error where the file cannot be written: better known before hours of work than after.
base::Result<void> settle_output(std::string& file);

// "json", for the row of --json: its key in Settings::outputs.
std::string key_of(const OutputRow& row);

}  // namespace culprit::cli
