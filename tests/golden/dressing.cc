#include "tests/golden/dressing.h"

#include <fmt/format.h>

#include <functional>
#include <vector>

#include "console/text/stamp.h"

namespace culprit::console {
namespace {

// A line of a console, and where it stands in it.
struct Plain {
  std::size_t number = 0;
  bool kernel = false;      // has a time stamp
  double seconds = 0;       // of it
  std::string_view caller;  // "T12"
  std::string_view body;    // without it
  std::string_view whole;
};

std::vector<Plain> lines_of(std::string_view console) {
  std::vector<Plain> lines;
  double seconds = 0;
  while (!console.empty()) {
    const std::size_t end = std::min(console.find('\n'), console.size());
    Plain line{.number = lines.size(), .whole = console.substr(0, end)};
    const std::size_t n = line.whole.empty() ? 0 : stamp_length(line.whole, 0, &line.caller, &seconds);
    line.kernel = n > 0;
    line.seconds = seconds;
    line.body = line.whole.substr(n);
    lines.push_back(line);
    console.remove_prefix(std::min(end + 1, console.size()));
  }
  return lines;
}

using Front = std::string (*)(const Plain&);

// `front` and the line: the whole of it, or without its time stamp.
std::string in_front(std::string_view console, Front front, bool whole) {
  std::string out;
  for (const Plain& line : lines_of(console))
    ((out += front(line)) += whole ? line.whole : line.body) += '\n';
  return out;
}

// A clock that goes on with the lines.
std::string clock(const Plain& l, int digits, char point = '.') {
  const std::size_t second = l.number / 7;
  std::string text = fmt::format("{:02}:{:02}:{:02}", 10 + second / 3600 % 10, second / 60 % 60, second % 60);
  if (digits > 0)
    text += point + fmt::format("{:09}", 123456789 + l.number * 1000 % 100000000)
                        .substr(0, static_cast<std::size_t>(digits));
  return text;
}

// Of a journal: the kernel, or the program that ran.
std::string tag(const Plain& l) { return l.kernel ? "kernel:" : "ring-test[4242]:"; }

template <Front front, bool whole>
std::string with(std::string_view console) {
  return in_front(console, front, whole);
}

std::string json_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      (out += '\\') += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out;
}

std::string html_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '&')
      out += "&amp;";
    else
      out += c;
  }
  return out;
}

using Writing = std::string (*)(const Plain&);
template <Writing writing>
std::string each(std::string_view console) {
  std::string out;
  for (const Plain& line : lines_of(console)) out += writing(line);
  return out;
}

std::string csv_escaped(std::string_view text) {
  if (text.find_first_of(",\"") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

std::string utf16(std::string_view text, bool big, bool mark) {
  std::string out = !mark ? "" : big ? "\xfe\xff" : "\xff\xfe";
  for (const char c : text) {
    const char zero = '\0';
    out += big ? zero : c;
    out += big ? c : zero;
  }
  return out;
}

std::string json_string(std::string_view console) { return '"' + json_escaped(console) + "\"\n"; }
std::string json_document(std::string_view console) {
  return R"({"id": 7, "log": ")" + json_escaped(console) + R"(", "status": "failed"})" + "\n";
}

constexpr auto k_level = [](const Plain& l) { return l.number % 3 == 0 ? 'W' : 'E'; };

constexpr Dresser k_dressers[] = {
    {"dmesg -T",
     with<[](const Plain& l) { return l.kernel ? fmt::format("[Mon Sep  2 {} 2024] ", clock(l, 0)) : ""; },
          false>},
    {"dmesg -H", with<[](const Plain& l) {
       if (!l.kernel) return std::string();
       return l.number % 20 == 0 ? std::string("[Sep 2 10:11] ") : fmt::format("[  +{:.6f}] ", 0.000012);
     },
                      false>},
    {"dmesg -d", with<[](const Plain& l) {
       return l.kernel ? fmt::format("[{:12.6f} <{:12.6f}>] ", l.seconds, 0.000012) : std::string();
     },
                      false>},
    {"dmesg -d -T", with<[](const Plain& l) {
       return l.kernel ? fmt::format("[Mon Sep  2 {} 2024 <{:12.6f}>] ", clock(l, 0), 0.000012)
                       : std::string();
     },
                         false>},
    {"dmesg -x", with<[](const Plain& l) { return std::string(l.kernel ? "kern  :warn  : " : ""); }, true>},
    {"dmesg -x -T", with<[](const Plain& l) {
       return l.kernel ? fmt::format("kern  :err   : [Mon Sep  2 {} 2024] ", clock(l, 0)) : std::string();
     },
                         false>},
    {"dmesg --time-format=iso", with<[](const Plain& l) {
       return l.kernel ? fmt::format("2024-09-02T{}+02:00 ", clock(l, 6, ',')) : std::string();
     },
                                     false>},
    {"dmesg --time-format=reltime", with<[](const Plain& l) {
       return l.kernel ? std::string(l.number % 30 == 0 ? "[Sep12 10:11] " : "[  +0.000001] ")
                       : std::string();
     },
                                         false>},
    {"/dev/kmsg",
     with<[](const Plain& l) {
       return fmt::format("{},{},{:.0f},-;", l.kernel ? 4 : 12, l.number + 1000, l.seconds * 1e6);
     },
          false>,
     true},
    {"/dev/kmsg with callers",
     with<[](const Plain& l) {
       return fmt::format("{},{},{:.0f},-{};", l.kernel ? 4 : 12, l.number + 1000, l.seconds * 1e6,
                          l.caller.empty() ? std::string() : fmt::format(",caller={}", l.caller));
     },
          false>,
     true},
    {"netconsole, extended, with the release",
     with<[](const Plain& l) {
       return fmt::format("6.9.0-rc3,{},{},{:.0f},-;", l.kernel ? 4 : 12, l.number + 1000, l.seconds * 1e6);
     },
          false>,
     true},
    {"printk's level alone", with<[](const Plain& l) { return std::string(l.kernel ? "<4>" : ""); }, false>},
    {"journalctl -o short",
     with<[](const Plain& l) { return fmt::format("Sep 02 {} host1 {} ", clock(l, 0), tag(l)); }, false>},
    {"journalctl -o short, stamps kept",
     with<[](const Plain& l) { return fmt::format("Sep 02 {} host1 {} ", clock(l, 0), tag(l)); }, true>},
    {"journalctl --no-hostname",
     with<[](const Plain& l) { return fmt::format("Sep 02 {} {} ", clock(l, 0), tag(l)); }, false>},
    {"journalctl -o short-precise",
     with<[](const Plain& l) { return fmt::format("Sep 02 {} host1 {} ", clock(l, 6), tag(l)); }, false>},
    {"journalctl -o short-iso",
     with<[](const Plain& l) { return fmt::format("2024-09-02T{}+0200 host1 {} ", clock(l, 0), tag(l)); },
          false>},
    {"journalctl -o short-iso-precise",
     with<[](const Plain& l) { return fmt::format("2024-09-02T{}+02:00 host1 {} ", clock(l, 6), tag(l)); },
          false>},
    {"journalctl -o short-full",
     with<[](const Plain& l) { return fmt::format("Mon 2024-09-02 {} CEST host1 {} ", clock(l, 0), tag(l)); },
          false>},
    {"journalctl -o short-monotonic",
     with<[](const Plain& l) { return fmt::format("[{:12.6f}] host1 {} ", l.seconds, tag(l)); }, false>},
    {"journalctl -o short-delta", with<[](const Plain& l) {
       return fmt::format("[{:12.6f} <    0.000012 >] host1 {} ", l.seconds, tag(l));
     },
                                       false>},
    {"journalctl -o short-unix",
     with<[](const Plain& l) { return fmt::format("{}.123456 host1 {} ", 1725264705 + l.number, tag(l)); },
          false>},
    {"journalctl -o json", each<[](const Plain& l) {
       return fmt::format(
                  R"({{"_HOSTNAME":"host1","PRIORITY":"4","SYSLOG_IDENTIFIER":"{}","MESSAGE":"{}","_TRANSPORT":"{}"}})",
                  l.kernel ? "kernel" : "ring-test", json_escaped(l.body), l.kernel ? "kernel" : "stdout") +
              "\n";
     }>},
    {"syslog, RFC 3164",
     with<[](const Plain& l) { return fmt::format("<4>Sep  2 {} host1 {} ", clock(l, 0), tag(l)); }, true>},
    {"syslog, RFC 5424", with<[](const Plain& l) {
       return fmt::format("<4>1 2024-09-02T{}+02:00 host1 {} - - ", clock(l, 6),
                          l.kernel ? "kernel -" : "ring-test 4242");
     },
                              false>},
    {"rsyslog's files",
     with<[](const Plain& l) { return fmt::format("2024-09-02T{}+02:00 host1 {} ", clock(l, 6), tag(l)); },
          true>},
    {"busybox syslogd", with<[](const Plain& l) {
       return fmt::format("Sep  2 {} host1 {} {} ", clock(l, 0), l.kernel ? "kern.warn" : "user.info",
                          tag(l));
     },
                             true>},
    {"OpenWrt logread", with<[](const Plain& l) {
       return fmt::format("Mon Sep  2 {} 2024 {} {} ", clock(l, 0), l.kernel ? "kern.warn" : "user.info",
                          tag(l));
     },
                             true>},
    {"ChromeOS messages",
     with<[](const Plain& l) { return fmt::format("2024-09-02T{}Z WARNING {} ", clock(l, 6), tag(l)); },
          true>},
    {"logcat -v threadtime", with<[](const Plain& l) {
       return fmt::format("09-02 {} {:>5} {:>5} {} {:<8}: ", clock(l, 3), l.kernel ? 0 : 4242,
                          l.kernel ? 0 : 4243, k_level(l), l.kernel ? "" : "ring");
     },
                                  false>},
    {"logcat -v threadtime,uid,year", with<[](const Plain& l) {
       return fmt::format("2024-09-02 {} {:>8} {:>5} {:>5} {} {:<8}: ", clock(l, 6), "root",
                          l.kernel ? 0 : 4242, l.kernel ? 0 : 4243, k_level(l), l.kernel ? "kernel" : "ring");
     },
                                           false>},
    {"logcat -v brief", with<[](const Plain& l) {
       return fmt::format("{}/{:<8}({:>5}): ", k_level(l), l.kernel ? "kernel" : "ring", l.kernel ? 0 : 4242);
     },
                             false>},
    {"logcat -v time", with<[](const Plain& l) {
       return fmt::format("09-02 {} {}/{:<8}({:>5}): ", clock(l, 3), k_level(l), l.kernel ? "kernel" : "ring",
                          l.kernel ? 0 : 4242);
     },
                            false>},
    {"a phone's CPU and task", each<[](const Plain& l) {
       return l.kernel ? fmt::format("<4>[{:12.6f}] c1    777 {}\n", l.seconds, l.body)
                       : std::string(l.whole) + "\n";
     }>},
    {"a phone's level", each<[](const Plain& l) {
       return l.kernel ? fmt::format("[{:12.6f}]I[1:          ip:  777] {}\n", l.seconds, l.body)
                       : std::string(l.whole) + "\n";
     }>},
    {"a phone's CPU apart", each<[](const Plain& l) {
       return l.kernel ? fmt::format("<4>[{:12.6f}] -(0)[777:ip]{}\n", l.seconds, l.body)
                       : std::string(l.whole) + "\n";
     }>},
    {"pstore", each<[](const Plain& l) {
       return (l.number % 40 == 0 ? "Panic#1 Part1\n" : "") + std::string(l.kernel ? "<4>" : "") +
              std::string(l.whole) + "\n";
     }>},
    {"quoted", with<[](const Plain&) { return std::string("> "); }, true>},
    {"quoted, stamps taken off", with<[](const Plain&) { return std::string("> "); }, false>},
    {"quoted twice", with<[](const Plain&) { return std::string(">> "); }, true>},
    {"quoted within a report", with<[](const Plain&) { return std::string(">> | "); }, false>},
    {"quoted, blanks at the end lost",
     each<[](const Plain& l) { return (l.whole.empty() ? ">" : "> " + std::string(l.whole)) + "\n"; }>},
    {"set in", with<[](const Plain&) { return std::string("    "); }, false>},
    {"set in by a tab", with<[](const Plain&) { return std::string("\t"); }, true>},
    {"docker's JSON", each<[](const Plain& l) {
       return fmt::format(R"({{"log":"{}\n","stream":"stdout","time":"2024-09-02T{}Z"}})",
                          json_escaped(l.whole), clock(l, 9)) +
              "\n";
     }>},
    {"dmesg --json", each<[](const Plain& l) {
       return fmt::format(
           "      }},{{\n         \"pri\": 4,\n         \"time\": {:12.6f},\n         \"msg\": \"{}\"\n",
           l.seconds, json_escaped(l.body));
     }>},
    {"a list of JSON strings", each<[](const Plain& l) { return "  \"" + json_escaped(l.whole) + "\",\n"; }>},
    {"one JSON string", json_string},
    {"a JSON document", json_document},
    {"LAVA's YAML", each<[](const Plain& l) {
       return fmt::format(R"(- {{"dt": "2024-09-02T{}", "lvl": "target", "msg": "{}"}})", clock(l, 6),
                          json_escaped(l.whole)) +
              "\n";
     }>},
    {"YAML, unquoted keys", each<[](const Plain& l) {
       std::string text;
       for (const char c : l.whole) text += c == '\'' ? std::string("''") : std::string(1, c);
       return fmt::format("- {{dt: '2024-09-02T{}', lvl: target, msg: '{}'}}\n", clock(l, 6), text);
     }>},
    {"a YAML block", with<[](const Plain&) { return std::string("      "); }, true>},
    {"CSV", each<[](const Plain& l) {
       return fmt::format("2024-09-02 {},host1,{},{}\n", clock(l, 0), l.number, csv_escaped(l.body));
     }>},
    {"CSV, the text not last", each<[](const Plain& l) {
       return fmt::format("{},host1,{},stdout\n", l.number, csv_escaped(l.whole));
     }>},
    {"HTML with <br>", each<[](const Plain& l) { return std::string(l.whole) + "<br>\n"; }>},
    {"HTML with entities and <br/>", each<[](const Plain& l) { return html_escaped(l.whole) + "<br/>\n"; }>},
    {"HTML in one line", each<[](const Plain& l) { return html_escaped(l.whole) + "<br>"; }>},
    {"HTML, a line an element", each<[](const Plain& l) {
       return fmt::format("<span class=\"line\"><a id=\"L{}\">{}</a></span>\n", l.number,
                          html_escaped(l.whole));
     }>},
    {"UTF-16", [](std::string_view c) { return utf16(c, false, true); }},
    {"UTF-16, big first", [](std::string_view c) { return utf16(c, true, true); }},
    {"UTF-16 without a mark", [](std::string_view c) { return utf16(c, false, false); }},
    {"GitHub's log", with<[](const Plain& l) { return fmt::format("2024-09-02T{}Z ", clock(l, 7)); }, true>},
    {"gh run view --log", with<[](const Plain& l) {
       return fmt::format("test (gcc)\tRun make check\t2024-09-02T{}Z ", clock(l, 7));
     },
                               true>},
    {"GitLab's log",
     with<[](const Plain& l) { return fmt::format("2024-09-02T{}Z 01O ", clock(l, 6)); }, true>},
    {"Jenkins' timestamps",
     with<[](const Plain& l) { return fmt::format("[2024-09-02T{}Z] ", clock(l, 3)); }, true>},
    {"clock and two blanks", with<[](const Plain& l) { return clock(l, 0) + "  "; }, true>},
    {"clock in brackets", with<[](const Plain& l) { return fmt::format("[{}] ", clock(l, 3)); }, true>},
    {"ts", with<[](const Plain& l) { return fmt::format("Sep 02 {} ", clock(l, 0)); }, true>},
    {"ts, stamps taken off",
     with<[](const Plain& l) { return fmt::format("Sep 02 {} ", clock(l, 0)); }, false>},
    {"docker logs -t",
     with<[](const Plain& l) { return fmt::format("2024-09-02T{}Z ", clock(l, 9)); }, false>},
    {"kubectl logs --prefix",
     with<[](const Plain&) { return std::string("[pod/ring-7d9f-x2/test] "); }, true>},
    {"containerd",
     with<[](const Plain& l) { return fmt::format("2024-09-02T{}Z stdout F ", clock(l, 9)); }, true>},
    {"compose", with<[](const Plain&) { return std::string("ring-test-1  | "); }, true>},
    {"compose in colours",
     with<[](const Plain&) { return std::string("\x1b[36mring-test-1  |\x1b[0m "); }, true>},
    {"ctest -V", with<[](const Plain&) { return std::string("12: "); }, true>},
    {"foreman", with<[](const Plain& l) { return fmt::format("{} ring.1   | ", clock(l, 0)); }, true>},
    {"Buildkite",
     with<[](const Plain& l) { return fmt::format("\x1b_bk;t={}\x07", 1725264705123 + l.number); }, true>},
    {"an unknown logger",
     with<[](const Plain& l) { return fmt::format("INFO     console:console.py:{} ", 100 + l.number); },
          false>},
    {"another",
     with<[](const Plain& l) { return fmt::format("2024-09-02 {} - runner - INFO - ", clock(l, 3, ',')); },
          false>},
    {"a third", with<[](const Plain& l) { return fmt::format("vm-3/console#{}> ", l.number); }, false>},
    {"CR at the ends", each<[](const Plain& l) { return std::string(l.whole) + "\r\n"; }>},
    {"Xen's guests", with<[](const Plain&) { return std::string("(d12) "); }, true>},
};

}  // namespace

std::span<const Dresser> dressers() { return k_dressers; }

}  // namespace culprit::console
