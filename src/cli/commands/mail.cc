// `culprit mail` and `culprit webhook`: the answer on its way to others. A draft is shown; it goes out only where that
// is asked for, once, and the store has it before and after.

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <memory>

#include "base/clock.h"
#include "base/files.h"
#include "base/strings.h"
#include "cli/commands/commands.h"
#include "cli/commands/reading.h"
#include "cli/session/place.h"
#include "cli/session/printing.h"
#include "cli/session/session.h"
#include "cli/session/signals.h"
#include "cli/setup/circumstances.h"
#include "history/recipients.h"
#include "output/json.h"
#include "output/mail.h"
#include "output/words/mail_headers.h"
#include "post/post.h"

namespace culprit::cli {
namespace {

using base::ErrorKind;
using base::ExitCode;
using base::fail;
using base::Result;
using model::PostStage;

constexpr double k_day = 86400;

struct PostingOptions {
  ReadingOptions reading;
  bool again = false;  // although nobody can tell whether an earlier one arrived
  double timeout = 60;
};

struct MailCommand {
  PostingOptions posting;
  bool send = false;
  std::string smtp, sendmail;
  std::string from, in_reply_to, reported_by;
  std::vector<std::string> to, cc;
  int daily_limit = 10;
};

struct HookCommand {
  PostingOptions posting;
  std::string url, secret_file;
};

// The store opened for writing, by nobody else.
struct Outbox {
  StateLock lock;
  store::Store store;
};

Result<Outbox> open_outbox(const StatePaths& paths) {
  auto lock = CULPRIT_TRY(StateLock::acquire(paths));
  auto store = CULPRIT_TRY(store::Store::open(paths.store(), store::Store::Mode::read_write));
  return Outbox{std::move(lock), std::move(store)};
}

// What was posted of a bisection, as the store has it now.
Result<std::vector<output::PostSummary>> posted(const store::Store& store, std::int64_t bisection) {
  output::SummaryFold fold;
  for (const model::Event& event : CULPRIT_TRY(store.events(bisection)))
    if (std::holds_alternative<model::Posted>(event.body)) fold.apply(event);
  return fold.summary().posted;
}

// The latest word on the message; null where there is none.
const output::PostSummary* latest(const std::vector<output::PostSummary>& all, const model::Posted& message) {
  const output::PostSummary* found = nullptr;
  for (const output::PostSummary& one : all)
    if (one.way == message.way && one.message_id == message.message_id &&
        (message.way == "mail" || one.where == message.where))
      found = &one;
  return found;
}

Result<void> refuse_second(const std::vector<output::PostSummary>& all, const model::Posted& message,
                           bool again) {
  const output::PostSummary* last = latest(all, message);
  if (last == nullptr || last->stage == PostStage::refused) return {};
  if (last->stage == PostStage::accepted)
    return fail(ErrorKind::usage, fmt::format("this answer was sent already, through {}", last->where),
                "nothing is sent twice; a new answer would be");
  if (again) return {};
  return fail(ErrorKind::usage,
              fmt::format("this answer may have been sent already, through {}: nobody can tell", last->where),
              "look whether it arrived; if it did not: --again");
}

Result<void> refuse_too_many(const store::Store& store, int limit, double now) {
  int sent = 0;
  for (const store::BisectionRow& row : CULPRIT_TRY(store.bisections())) {
    for (const output::PostSummary& one : CULPRIT_TRY(posted(store, row.id)))
      sent += one.way == "mail" && (one.stage == PostStage::accepted || one.stage == PostStage::lost) &&
                      now - one.time < k_day
                  ? 1
                  : 0;
  }
  if (sent < limit) return {};
  return fail(ErrorKind::usage,
              fmt::format("{} mails were sent in the last day, and the limit is {}", sent, limit),
              "wait, or allow more: --daily-limit N");
}

// Writes down that it begins, sends, writes down what became of it.
Result<ExitCode> post(store::Store& store, std::int64_t bisection, model::Posted message,
                      const std::function<Result<post::Delivery>()>& send) {
  const base::SystemClock clock;
  message.stage = PostStage::begun;
  CULPRIT_TRY(store.append(bisection, clock.wall(), message));
  const auto delivery = send();
  message.stage = delivery ? delivery->stage : PostStage::refused;  // an error comes before anything was sent
  message.text = delivery ? delivery->text : delivery.error().what;
  CULPRIT_TRY(store.append(bisection, clock.wall(), message));
  if (!delivery) return std::unexpected(delivery.error());
  if (message.stage == PostStage::refused)
    return fail(ErrorKind::infra, fmt::format("{} did not take it: {}", message.where, message.text),
                "the same command tries again");
  if (message.stage == PostStage::lost)
    return fail(ErrorKind::infra,
                fmt::format("the connection to {} broke, and nobody can tell whether it took it: {}",
                            message.where, message.text),
                "look whether it arrived; if it did not: --again");
  print(fmt::format("sent through {}{}\n", message.where,
                    message.text.empty() ? "" : ": " + base::printable(message.text)));
  return ExitCode::found;
}

Result<void> refuse_unsure(const Reading& reading) {
  const output::Summary& summary = reading.fold.summary();
  if (const auto why = output::why_not_sent(summary, summary.problem.confidence))
    return fail(ErrorKind::usage, "this is not sent to anybody: " + *why, "`culprit mail` shows the draft");
  return {};
}

Result<output::Contact> contact_of(const std::string& text, const char* option) {
  const auto person = history::parse_address(text, "");
  if (!person || !post::is_plain_address(person->email))
    return fail(ErrorKind::usage, fmt::format("{} '{}' is no address", option, text),
                "'Name <name@example.org>', or name@example.org");
  return output::Contact{person->name, person->email, ""};
}

Result<output::MailOptions> mail_options(const MailCommand& command, const Reading& reading) {
  output::MailOptions options;
  if (!command.from.empty()) options.from = CULPRIT_TRY(contact_of(command.from, "--from"));
  for (const std::string& text : command.to) options.to.push_back(CULPRIT_TRY(contact_of(text, "--to")));
  for (const std::string& text : command.cc) options.cc.push_back(CULPRIT_TRY(contact_of(text, "--cc")));
  if (!command.reported_by.empty()) CULPRIT_TRY(contact_of(command.reported_by, "--reported-by"));
  options.reported_by = command.reported_by.empty() ? command.from : command.reported_by;
  options.in_reply_to = command.in_reply_to;
  if (!command.in_reply_to.empty() && output::message_id_of(command.in_reply_to).empty())
    return fail(ErrorKind::usage, "--in-reply-to '" + command.in_reply_to + "' is no message's id",
                "as its Message-ID header has it: 20240101.7@example.org");
  if (const auto settings =
          settings_from_json(std::get<model::Started>(reading.events.front().body).settings))
    options.circumstances = circumstances_of(*settings);
  if (const output::CrashExcerpt* crash = output::shown_crash(reading.fold.summary()))
    if (const auto console = reading.store.console(reading.bisection, crash->run))
      options.crash_head = output::head_in(*console, *crash);
  return options;
}

Result<ExitCode> send_mail(const MailCommand& command, const Reading& reading, output::Mail mail) {
  CULPRIT_TRY(refuse_unsure(reading));
  if (!mail.from)
    return fail(ErrorKind::usage, "a mail needs somebody who sends it", "--from 'Name <name@example.org>'");
  if (command.smtp.empty() == command.sendmail.empty())
    return fail(ErrorKind::usage, "one way to send it must be named",
                "--smtp smtp://HOST:PORT, or --sendmail COMMAND");
  const base::SystemClock clock;
  mail.date = clock.wall();
  mail.message_id =
      output::mail_id(reading.fold.summary(), mail.from->email.substr(mail.from->email.find('@') + 1));
  post::Envelope envelope{.from = mail.from->email, .to = {}, .message = output::render_mail(mail)};
  for (const auto* people : {&mail.to, &mail.cc})
    for (const output::Contact& person : *people) envelope.to.push_back(person.email);

  Outbox outbox = CULPRIT_TRY(open_outbox(reading.paths));
  const model::Posted message{.stage = PostStage::begun,
                              .way = "mail",
                              .where = command.smtp.empty() ? command.sendmail : command.smtp,
                              .message_id = mail.message_id,
                              .to = envelope.to,
                              .text = {}};
  const auto all = CULPRIT_TRY(posted(outbox.store, reading.bisection));
  CULPRIT_TRY(refuse_second(all, message, command.posting.again));
  CULPRIT_TRY(refuse_too_many(outbox.store, command.daily_limit, mail.date));
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value != nullptr ? value : "");
  };
  return post(outbox.store, reading.bisection, message, [&]() -> Result<post::Delivery> {
    if (!command.sendmail.empty())
      return post::send_by_command(command.sendmail, envelope, command.posting.timeout, cancel_on_signals());
    return post::send_by_smtp({.url = command.smtp,
                               .user = variable("CULPRIT_SMTP_USER"),
                               .password = variable("CULPRIT_SMTP_PASSWORD"),
                               .timeout_s = command.posting.timeout},
                              envelope);
  });
}

Result<ExitCode> mail(const MailCommand& command) {
  const Reading reading = CULPRIT_TRY(read_bisection(command.posting.reading));
  auto draft = output::draft_mail(reading.fold.summary(), reading.texts(),
                                  CULPRIT_TRY(mail_options(command, reading)));
  if (!draft)
    return fail(ErrorKind::usage, "there is no culprit to write to anybody about",
                "`culprit status` says how far the bisection is");
  if (command.send) return send_mail(command, reading, std::move(*draft));
  if (!command.smtp.empty() || !command.sendmail.empty())
    return fail(ErrorKind::usage, "without --send only the draft is shown",
                "read it, then add --send; or leave the way to send it out");
  print(base::printable(output::render_mail(*draft)));  // an attachment may hold what a terminal obeys
  return ExitCode::found;
}

Result<ExitCode> webhook(const HookCommand& command) {
  const Reading reading = CULPRIT_TRY(read_bisection(command.posting.reading));
  const output::Summary& summary = reading.fold.summary();
  if (!summary.conclusion)
    return fail(ErrorKind::usage, "the bisection has not come to its end", "`culprit resume` goes on");
  std::string secret = CULPRIT_TRY(base::read_file(command.secret_file));
  secret = std::string(base::trim(secret));
  // By the number of the last event that changed the answer, a new answer is a new message.
  const auto last = std::ranges::find_if(
      reading.events.rbegin(), reading.events.rend(),
      [](const model::Event& e) { return !std::holds_alternative<model::Posted>(e.body); });
  const post::Hook hook{.url = command.url,
                        .secret = secret,
                        .id = fmt::format("{}-{}", output::mail_id(summary, "webhook"), last->sequence),
                        .timeout_s = command.posting.timeout};
  const std::string body = output::render_json(summary, reading.texts());
  Outbox outbox = CULPRIT_TRY(open_outbox(reading.paths));
  const model::Posted message{.stage = PostStage::begun,
                              .way = "webhook",
                              .where = command.url,
                              .message_id = hook.id,
                              .to = {},
                              .text = {}};
  const auto all = CULPRIT_TRY(posted(outbox.store, reading.bisection));
  CULPRIT_TRY(refuse_second(all, message, command.posting.again));
  return post(outbox.store, reading.bisection, message, [&] { return post::post_hook(hook, body); });
}

template <class Command>
void run_as(Options& command, const std::shared_ptr<Command>& options,
            Result<ExitCode> (*function)(const Command&)) {
  add_reading_options(command, options->posting.reading);
  command.flag("--again", options->posting.again, "although an earlier one may have arrived");
  command.number("--timeout", options->posting.timeout, 1, 3600, "seconds that sending may take", "SECONDS");
  command.run([options, function] {
    auto code = function(*options);
    const ReadingOptions& place = options->posting.reading;
    if (!code) code = std::unexpected(at_place(code.error(), place.repository, place.state_dir));
    return finish(code);
  });
}

}  // namespace

void add_mail(CommandLine& line) {
  Options command = line.add("mail", "Draft the mail to whom the answer concerns, and send it");
  auto options = std::make_shared<MailCommand>();
  run_as(command, options, mail);
  command.flag("--send", options->send, "send it; otherwise it is shown");
  command.text("--smtp", options->smtp, "through this server: smtp://HOST:PORT, smtps://HOST", "URL");
  command.text("--sendmail", options->sendmail, "through a command that takes arguments as sendmail does",
               "COMMAND");
  command.text("--from", options->from, "who sends it", "ADDRESS");
  command.text("--reported-by", options->reported_by, "who found the bug (default: --from)", "ADDRESS");
  command.text("--in-reply-to", options->in_reply_to, "the report that it answers: its Message-ID", "ID");
  command.texts("--to", options->to, "further recipients; may be repeated", "ADDRESS");
  command.texts("--cc", options->cc, "who gets a copy; may be repeated", "ADDRESS");
  command.integer("--daily-limit", options->daily_limit, 0, 100000,
                  "mails that this state folder sends in a day (default 10)");
}

void add_webhook(CommandLine& line) {
  Options command = line.add("webhook", "Post the answer as JSON, signed, to an address");
  auto options = std::make_shared<HookCommand>();
  command.text("url", options->url, "where to");
  command.required();
  command.text("--secret-file", options->secret_file, "holds the secret of the signature", "FILE");
  command.required();
  run_as(command, options, webhook);
}

}  // namespace culprit::cli
