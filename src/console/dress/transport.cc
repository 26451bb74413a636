#include "console/dress/transport.h"

#include <algorithm>

#include "console/dress/form.h"

namespace culprit::console {
namespace {

using Says = Transport::Says;

constexpr Transport k_transports[] = {
    // The kernel's own records: /dev/kmsg, extended netconsole with or without the release in front.
    {.id = "kmsg", .form = "{%n,}%n,%n,%r;", .says = Says::by_facility, .each_line = true},
    {.id = "kmsg/release", .form = "%h,{%n,}%n,%n,%r;", .says = Says::by_facility, .each_line = true},
    {.id = "dmesg/iso", .form = "%I ", .says = Says::kernel, .each_line = true},
    {.id = "dmesg/decoded", .form = "{%F}:%L: ", .says = Says::by_facility, .each_line = true},
    // journalctl -o short-monotonic, short-delta.
    {.id = "journal/monotonic", .form = "[%_%f] ?(%h ){%p} ", .says = Says::by_name},
    {.id = "journal/delta", .form = "[%_%f <%_%f >] ?(%h ){%p} ", .says = Says::by_name},
    // RFC 5424, with the priority as it is sent.
    {.id = "syslog/5424", .form = "<%n>%n %i %h {%w %w} %w %S ", .says = Says::by_name},
    // RFC 3164, as journalctl and syslog daemons print it: with or without priority, year, host and level.
    {.id = "journal/short-hostless", .form = "?(<%n>)%b %e %T {%p} ", .says = Says::by_name},
    {.id = "journal/short", .form = "?(<%n>)?(%Y )%b %e ?(%Y )%T ?(%h )?(%k ){%p} ", .says = Says::by_name},
    {.id = "syslog/3164", .form = "?(<%n>)?(%Y )%b %e ?(%Y )%T %h ?(%k ){%t} ", .says = Says::by_name},
    {.id = "logread", .form = "%a %b %e %T %Y ?(%h )?(%k ){%t} ", .says = Says::by_name},
    {.id = "journal/full", .form = "%a %Y-%M %T ?(%z )?(%h ){%p} ", .says = Says::by_name},
    {.id = "journal/full-tagged", .form = "%a %Y-%M %T %z %h {%t} ", .says = Says::by_name},
    {.id = "journal/unix", .form = "%u ?(%h ){%p} ", .says = Says::by_name},
    {.id = "journal/unix-tagged", .form = "%u %h {%t} ", .says = Says::by_name},
    {.id = "gitlab", .form = "%i %O", .each_line = true},
    // rsyslog's files, journalctl -o short-iso and short-iso-precise.
    {.id = "journal/iso", .form = "%i ?(%h ){%p} ", .says = Says::by_name},
    {.id = "journal/iso-tagged", .form = "%i %h {%t} ", .says = Says::by_name},
    // Android's logcat: threadtime with or without year, zone and user, epoch, time, brief, thread, process.
    {.id = "logcat/threadtime",
     .form = "?(%Y-)%M %T?( +%n){%s%n%s%n} %l %g: ",
     .says = Says::by_number,
     .each_line = true},
    {.id = "logcat/uid",
     .form = "?(%Y-)%M %T?( +%n)%s%w{%s%n%s%n} %l %g: ",
     .says = Says::by_number,
     .each_line = true},
    {.id = "logcat/epoch", .form = "%_%f{%s%n%s%n} %l %g: ", .says = Says::by_number, .each_line = true},
    {.id = "logcat/time", .form = "%M %T %l/%g({%_%n}): ", .says = Says::by_number, .each_line = true},
    {.id = "logcat/brief", .form = "%l/%g({%_%n}): ", .says = Says::by_number, .each_line = true},
    {.id = "logcat/thread", .form = "%l({%_%n:%_%n}) ", .says = Says::by_number, .each_line = true},
    {.id = "logcat/process", .form = "%l({%_%n}) ", .says = Says::by_number, .each_line = true},
    // Containers and CI.
    {.id = "cri", .form = "%i {std%w} F ", .each_line = true},
    {.id = "cri/partial", .form = "%i {std%w} P ", .each_line = true},
    {.id = "github/downloaded", .form = "{%j\t%j}\t?(\xef\xbb\xbf)%i ", .each_line = true},
    {.id = "kubectl", .form = "[{pod/%w "},  // "[pod/name/container] "
    {.id = "foreman", .form = "%T {%c}%s| "},
    {.id = "compose", .form = "{%c}%s| "},
    {.id = "ctest", .form = "%n: "},  // ctest -V: the test's number
    {.id = "buildkite", .form = "\x1b_bk;t=%n\x07", .each_line = true},
    // Xen's console: its own lines and those of guests.
    {.id = "xen", .form = "(XEN) "},
    {.id = "xen/guest", .form = "(d%n) "},
    // Clocks of terminal programs, of ts(1), of Jenkins, LAVA, docker and GitHub.
    {.id = "clock/iso-bracketed", .form = "[%i] "},
    {.id = "clock/iso", .form = "?(\xef\xbb\xbf)%i "},
    {.id = "clock/day-bracketed", .form = "[%e-%b-%Y %T?( %z)] "},  // PHP's own log
    {.id = "apache", .form = "[%a %b %e %T %Y] [%w [pid %w ?(%n] )?([client %w )"},
    {.id = "clock/time-bracketed", .form = "[%T] "},
    {.id = "clock/time-apart", .form = "%T  "},
    {.id = "clock/time", .form = "%T "},
    {.id = "clock/date", .form = "%b %e %T "},
    {.id = "clock/unix", .form = "%u "},
    // printk's level without a time.
    {.id = "level", .form = "<%n>"},
    {.id = "quoted", .form = "%q", .verbatim = true},
};

bool all_digits(std::string_view s) {
  return !s.empty() && std::ranges::all_of(s, [](char c) { return c >= '0' && c <= '9'; });
}

Voice voice_of(Says says, std::string_view writer) {
  switch (says) {
    case Says::nothing:
      return Voice::unknown;
    case Says::kernel:
      return Voice::kernel;
    case Says::by_name:
      if (writer.starts_with("kern") || writer.starts_with("vmunix")) return Voice::kernel;
      return writer.ends_with(']') || writer.ends_with("]:") || writer.contains(' ') ? Voice::program
                                                                                     : Voice::unknown;
    case Says::by_number:
      return writer == "0" || writer.starts_with("0 ") || writer.starts_with("0:") ? Voice::kernel
                                                                                   : Voice::program;
    case Says::by_facility:
      return writer == "kern" || (writer.size() == 2 && writer[0] < '8') ? Voice::kernel : Voice::program;
  }
  return Voice::unknown;
}

// Who wrote the line, as a name under which its other lines are found again.
std::string_view writer_of(const Transport& t, std::string_view writer) {
  if (t.says == Says::by_facility) return {};  // each record has its own level
  return writer;
}

// "caller=T12" of a record's head.
std::string_view caller_of(std::string_view head) {
  const std::size_t at = head.find(",caller=");
  if (at == std::string_view::npos) return {};
  const std::string_view caller = head.substr(at + 8, head.find_first_of(",;", at + 8) - at - 8);
  const bool known =
      caller.size() > 1 && (caller[0] == 'T' || caller[0] == 'C') && all_digits(caller.substr(1));
  return known ? caller : std::string_view();
}

// Could a line that begins with `c` have such a form? Asked first, as most have not.
bool could_begin(std::string_view form, char c) {
  if (c == '\x1b') return true;
  if (c == '[') return form[0] == '[' || form.starts_with("{%j");
  if (form[0] == '?' || form[0] == '{') return true;
  if (form[0] != '%') return form[0] == c;
  const bool digit = c >= '0' && c <= '9';
  if (std::string_view("MYTiIun").contains(form[1])) return digit;
  if (std::string_view("abl").contains(form[1])) return c >= 'A' && c <= 'Z';
  return true;
}

// One layer off `line`.
bool take_off(const Transport& t, std::string_view line, Undressed* undressed) {
  FormMatch match;
  if (line.empty() || !could_begin(t.form, line.front()) || !match_form(t.form, line, &match)) return false;
  if (t.says == Says::by_facility) undressed->caller = caller_of(line.substr(0, match.length));
  const Voice voice = voice_of(t.says, match.writer);
  if (voice != Voice::unknown) undressed->voice = voice;
  if (t.says == Says::by_facility && voice == Voice::program) undressed->user_space = true;
  if (const std::string_view writer = writer_of(t, match.writer); !writer.empty()) undressed->writer = writer;
  undressed->length += match.length;
  return true;
}

bool is_blank(std::string_view s) { return s.find_first_not_of(" \t\r") == std::string_view::npos; }

}  // namespace

std::span<const Transport> transports() { return k_transports; }

Undressed undress(std::string_view line, std::vector<Layer>* layers, std::size_t skip) {
  Undressed all;
  for (std::size_t n = 0; n < k_max_layers && all.length < line.size(); ++n) {
    const std::string_view rest = line.substr(all.length);
    const Undressed before = all;
    const Transport* worn = nullptr;
    for (const Transport& t : k_transports) {
      if (!take_off(t, rest, &all)) continue;
      if (skip > 0) {
        --skip;
        all = before;
        continue;
      }
      worn = &t;
      break;
    }
    if (worn == nullptr) break;
    if (layers != nullptr) layers->push_back({worn, rest.substr(0, all.length - before.length)});
  }
  return all;
}

bool undress_as(std::span<const Layer> layers, std::string_view line, Undressed* undressed) {
  for (const Layer& layer : layers) {
    const std::string_view rest = line.substr(undressed->length);
    if (!layer.transport->verbatim) {
      if (take_off(*layer.transport, rest, undressed)) continue;
    } else if (rest.starts_with(layer.text)) {
      undressed->length += layer.text.size();
      continue;
    } else if (const std::string_view bare = layer.text.substr(0, layer.text.find_last_not_of(' ') + 1);
               rest.starts_with(bare) && is_blank(rest.substr(bare.size()))) {
      undressed->length = line.size();
      return true;
    }
    undressed->length = 0;
    return false;
  }
  return true;
}

}  // namespace culprit::console
