// A frame of a console is "function+offset": the offset is that of the instruction behind a call, so the call
// is the byte before it. Only what a register dump names ("RIP: 0010:function+offset") is the instruction
// itself; the stack's text may repeat it as its first frame, or in its middle, where an interrupt hit.
#include <algorithm>

#include "console/blame/guilty.h"
#include "console/stack/frame.h"
#include "console/symbols/symbols.h"

namespace culprit::console {
namespace {

using model::Frame;

std::string relative(std::string file, std::string_view source) {
  if (!source.empty() && file.starts_with(source)) {
    file.erase(0, source.size());
    while (file.starts_with('/')) file.erase(0, 1);
  }
  // "a/./b" and "a/../b", as a build in another directory leaves them.
  for (std::size_t at = file.find("/./"); at != std::string::npos; at = file.find("/./")) file.erase(at, 2);
  for (std::size_t at = file.find("/../"); at != std::string::npos && at > 0; at = file.find("/../")) {
    const std::size_t before = file.rfind('/', at - 1);
    if (before == std::string::npos) {
      file.erase(0, at + 4);
    } else {
      file.erase(before, at + 3 - before);
    }
  }
  if (file.starts_with("./")) file.erase(0, 2);
  return file;
}

Symbols* symbols_for(const Frame& frame, const SymbolSources& sources) {
  if (frame.module.empty()) return sources.kernel;
  for (const auto& [name, symbols] : sources.modules) {
    if (name == frame.module) return symbols;
  }
  return nullptr;
}

// The frames that `frame` stands for, innermost first; empty where nothing is known.
std::vector<Frame> expand(const Frame& frame, bool is_return_address, const SymbolSources& sources,
                          SymbolFit& fit) {
  std::vector<Frame> out;
  Symbols* symbols = symbols_for(frame, sources);
  if (symbols == nullptr || frame.function.empty() || frame.inlined || frame.size == 0) return out;
  const auto start = symbols->address_of(frame.function, frame.size);
  ++fit.frames;
  if (!start) {
    ++fit.unknown;
    return out;
  }
  const std::string& root =
      sources.source.empty() && sources.kernel != nullptr ? sources.kernel->source_root() : sources.source;
  const std::uint64_t back = is_return_address && frame.offset > 0 ? 1 : 0;
  for (const SymbolFrame& s : symbols->lookup(*start + frame.offset - back)) {
    if (s.file.empty()) return {};  // code without a place
    Frame f = frame;
    if (s.inlined) {
      f.function = s.function;
      f.inlined = true;
      f.offset = f.size = 0;
    }
    f.file = relative(s.file, root);
    f.line = s.line;
    out.push_back(std::move(f));
  }
  return out;
}

// The frames that the register dumps in `text` name.
std::vector<Frame> program_counters(std::string_view text) {
  std::vector<Frame> counters;
  while (!text.empty()) {
    const std::size_t newline = std::min(text.find('\n'), text.size());
    if (auto frame = parse_program_counter(text.substr(0, newline)); frame && frame->size != 0)
      counters.push_back(std::move(*frame));
    text.remove_prefix(std::min(newline + 1, text.size()));
  }
  return counters;
}

}  // namespace

void symbolize(model::CrashReport& report, const SymbolSources& sources, SymbolFit& fit) {
  bool placed = false;
  const std::vector<Frame> counters = program_counters(report.text);
  const auto is_return_address = [&](const Frame& f) {
    return std::ranges::none_of(counters, [&](const Frame& c) {
      return c.function == f.function && c.offset == f.offset && c.size == f.size;
    });
  };
  for (model::Stack& stack : report.stacks) {
    std::vector<Frame> frames;
    for (const Frame& frame : stack.frames) {
      // Symbolized already, or the kernel was built to print places.
      std::vector<Frame> expanded =
          frame.file.empty() ? expand(frame, is_return_address(frame), sources, fit) : std::vector<Frame>();
      if (expanded.empty()) {
        frames.push_back(frame);
        continue;
      }
      placed = true;
      frames.insert(frames.end(), std::make_move_iterator(expanded.begin()),
                    std::make_move_iterator(expanded.end()));
    }
    stack.frames = std::move(frames);
  }
  if (!placed) return;
  std::string file = guilty_file(report, report.blamed_stack, false, {});
  if (!file.empty()) report.guilty_file = std::move(file);
}

}  // namespace culprit::console
