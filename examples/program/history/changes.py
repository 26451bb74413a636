"""All other commits of tally: how it grew threads, options, fields, and two bugs."""
import sources

T = "src/tally.h"


def subs(*edits):
    """An edit of several replacements (path, old, new)."""
    def edit(tree):
        for path, old, new in edits:
            tree.sub(path, old, new)
    return edit


def puts(**files):
    names = {"makefile": "Makefile", "readme": "README.md", "header": T, "parse": "src/parse.c", "main": "src/main.c",
             "table": "src/table.c", "hash": "src/hash.c", "counts": "src/counts.c", "sizes": "src/sizes.c",
             "times": "src/times.c", "account": "src/account.c", "printer": "src/print.c", "ignore": ".gitignore"}

    def edit(tree):
        for name, text in files.items():
            tree.put(names[name], text)
    return edit


def header(text):
    return lambda tree: tree.before(T, "\n#endif\n", text)


def both(*edits):
    def edit(tree):
        for one in edits:
            one(tree)
    return edit


BEGINNING = [
    ("count the lines of a log", puts(makefile=sources.MAKEFILE, header=sources.HEADER.replace(
        sources.HEADER[sources.HEADER.index("/* One line"):sources.HEADER.index("#endif")], ""), main=sources.FIRST_MAIN)),
    ("build: ignore the program", puts(ignore="/tally\n")),
    ("readme: say what this is for", puts(readme=sources.README)),
    ("parse: cut a line into its fields", puts(header=sources.HEADER, parse=sources.PARSE)),
    ("hash: FNV-1a", both(header("\nuint64_t hash_of(const char *key);\n"), puts(hash=sources.HASH))),
    ("table: groups by key", both(
        lambda tree: tree.sub(T, "\nuint64_t hash_of(const char *key);\n", ""),
        header(sources.TABLE_HEADER), puts(table=sources.TABLE))),
    ("report bytes, in all and by host", both(
        header(sources.REPORT_HEADER),
        puts(counts=sources.COUNTS, sizes=sources.SIZES, account=sources.ACCOUNT, printer=sources.PRINT, main=sources.MAIN))),
    ("docs: begin a list of reports", lambda tree: tree.put("docs/reports.md", "# Reports\n\n- `sizes`: bytes of all responses\n- `traffic`: bytes by host\n")),
]

# Fields of the log that come later.
PROTOCOL = ("parse: keep the protocol", subs(
    (T, "    const char *path;\n", "    const char *path;\n    const char *protocol;\n"),
    ("src/parse.c", "    if (!record->path || *rest++ != ' ')\n        return 0;\n",
     "    if (!record->path || *rest++ != ' ')\n        return 0;\n    record->protocol = request;\n")))
TIME = [
    ("parse: keep the time of a request", subs(
        (T, "    int status;\n", "    int year, month, day; /* from 1 */\n    int hour, minute, second;\n    int status;\n"),
        ("src/parse.c", "int parse_line(", """/* Reads "10/Oct/2000:13:55:36 -0700"; the zone is left aside. */
static int parse_time(const char *text, struct record *record)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char name[4] = "";
    const char *month;

    if (sscanf(text, "%d/%3[A-Za-z]/%d:%d:%d:%d", &record->day, name, &record->year, &record->hour, &record->minute,
               &record->second) != 6)
        return 0;
    month = strlen(name) == 3 ? strstr(months, name) : NULL;
    if (!month || (month - months) % 3)
        return 0;
    record->month = (int)(month - months) / 3 + 1;
    return 1;
}

int parse_line("""),
        ("src/parse.c", "    char *request, *number;\n", "    char *time, *request, *number;\n"),
        ("src/parse.c", "    if (!record->user || !take(&rest, '\"'))\n        return 0;\n",
         "    if (!record->user || *rest++ != '[')\n        return 0;\n    time = take(&rest, ']');\n"
         "    if (!time || !parse_time(time, record) || !take(&rest, '\"'))\n        return 0;\n"))),
    ("times: a file for reports on time", both(
        lambda tree: tree.put("src/times.c", sources.TIMES),
        subs((T, "extern const struct report size_reports[];\n",
              "extern const struct report size_reports[];\nextern const struct report time_reports[];\n"),
             ("src/main.c", "    size_reports,\n", "    size_reports,\n    time_reports,\n")))),
]
COMBINED = [
    ("parse: the combined log format", subs(
        (T, "    int status;\n", "    const char *referer; /* \"-\" where the log has none */\n    const char *agent;\n    int status;\n"),
        ("src/parse.c", "    record->bytes = strtol(rest, &rest, 10);\n    return 1;\n",
         """    record->bytes = strtol(rest, &rest, 10);
    record->referer = record->agent = "-";
    if (*rest == ' ' && take_field(&rest, '"')) {
        char *referer = take_field(&rest, '"');
        char *agent = referer && take_field(&rest, '"') ? take_field(&rest, '"') : NULL;

        if (!agent)
            return 0;
        record->referer = referer;
        record->agent = agent;
    }
    return 1;
"""))),
    ("readme: both log formats", lambda tree: tree.append("README.md", "\nIt reads the common and the combined log format.\n")),
]
MILLISECONDS = [
    ("parse: milliseconds at the end of a line", subs(
        (T, "    long bytes;\n};\n", "    long bytes;\n    long ms; /* 0 where the log has none */\n};\n"),
        ("src/parse.c", "        record->agent = agent;\n    }\n",
         "        record->agent = agent;\n    }\n    record->ms = *rest == ' ' ? strtol(rest, NULL, 10) : 0;\n"))),
    ("sizes: sums of milliseconds", lambda tree: tree.before(
        "src/sizes.c", "static const char *key_traffic(",
        "static long value_ms(const struct record *record)\n{\n    return record->ms;\n}\n\n")),
]

# Worker threads.
POOL = """#include "tally.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 256, MOST_WAITING = 16, MOST_THREADS = 64 };

struct batch {
    struct batch *next;
    size_t count;
    char *lines[BATCH];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
static pthread_cond_t emptied = PTHREAD_COND_INITIALIZER;
static struct batch *first, **last = &first, *current;
static size_t waiting;
static int done;
static pthread_t threads[MOST_THREADS];
static size_t running;
static const struct report *pool_report;
static struct totals *pool_totals;

static struct batch *next_batch(void)
{
    struct batch *batch;

    pthread_mutex_lock(&lock);
    while (!first && !done)
        pthread_cond_wait(&filled, &lock);
    batch = first;
    if (batch) {
        first = batch->next;
        if (!first)
            last = &first;
        waiting--;
        pthread_cond_signal(&emptied);
    }
    pthread_mutex_unlock(&lock);
    return batch;
}

static void *work(void *unused)
{
    struct batch *batch;

    while ((batch = next_batch())) {
        for (size_t i = 0; i < batch->count; i++) {
            account(pool_report, pool_totals, batch->lines[i]);
            free(batch->lines[i]);
        }
        free(batch);
    }
    return unused;
}

static void hand_over(void)
{
    pthread_mutex_lock(&lock);
    while (waiting >= MOST_WAITING)
        pthread_cond_wait(&emptied, &lock);
    *last = current;
    last = &current->next;
    waiting++;
    current = NULL;
    pthread_cond_signal(&filled);
    pthread_mutex_unlock(&lock);
}

void pool_start(size_t count, const struct report *report, struct totals *totals)
{
    pool_report = report;
    pool_totals = totals;
    while (running < count && running < MOST_THREADS && !pthread_create(&threads[running], NULL, work, NULL))
        running++;
}

void pool_add(const char *line)
{
    if (!current)
        current = calloc(1, sizeof *current);
    current->lines[current->count++] = strdup(line);
    if (current->count == BATCH)
        hand_over();
}

void pool_finish(void)
{
    if (current)
        hand_over();
    pthread_mutex_lock(&lock);
    done = 1;
    pthread_cond_broadcast(&filled);
    pthread_mutex_unlock(&lock);
    while (running > 0)
        pthread_join(threads[--running], NULL);
}
"""
WORKERS = [
    ("account: a lock for the totals", subs(
        ("src/account.c", '#include "tally.h"\n', '#include "tally.h"\n\n#include <pthread.h>\n\nstatic pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;\n'),
        ("src/account.c", "    totals->lines++;\n    if (!parse_line(line, &record)) {\n        totals->errors++;\n        return;\n    }\n",
         """    int good = parse_line(line, &record);

    key = good && report->key ? report->key(&record, scratch) : NULL;
    pthread_mutex_lock(&lock);
    totals->lines++;
    if (!good) {
        totals->errors++;
        pthread_mutex_unlock(&lock);
        return;
    }
"""),
        ("src/account.c", "    key = report->key ? report->key(&record, scratch) : NULL;\n", ""),
        ("src/account.c", "report->value(&record) : 0);\n", "report->value(&record) : 0);\n    pthread_mutex_unlock(&lock);\n")),
     "Readers and parsers are about to run in threads of their own."),
    ("pool: threads that take batches of lines", both(
        lambda tree: tree.put("src/pool.c", POOL),
        header("\n/* Threads that account for lines; pool_add copies `line`, pool_finish waits for all of them. */\n"
               "void pool_start(size_t count, const struct report *report, struct totals *totals);\n"
               "void pool_add(const char *line);\nvoid pool_finish(void);\n"))),
    ("main: account in two threads", subs(
        ("src/main.c", "        account(report, totals, line);\n", "        pool_add(line);\n"),
        ("src/main.c", "static void read_lines(FILE *in, const struct report *report, struct totals *totals)\n", "static void read_lines(FILE *in)\n"),
        ("src/main.c", "static int read_file(const char *name, const struct report *report, struct totals *totals)\n", "static int read_file(const char *name)\n"),
        ("src/main.c", "    read_lines(in, report, totals);\n", "    read_lines(in);\n"),
        ("src/main.c", "    table_init(&totals.groups);\n", "    table_init(&totals.groups);\n    pool_start(2, report, &totals);\n"),
        ("src/main.c", 'read_file("-", report, &totals);', 'read_file("-");'),
        ("src/main.c", "read_file(argv[i], report, &totals);\n", "read_file(argv[i]);\n    pool_finish();\n"))),
]

# Options: flag, argument, help, field, how it is read, further edits.
LINE = "    printf(\"%s\\n\", entry->key);\n"
PRINT_ENTRY = ("print: one function for a line", subs(
    ("src/print.c", "void print_groups(", """static void print_entry(const struct report *report, const struct entry *entry)
{
    printf("%10lu  ", entry->count);
    if (report->value)
        printf("%12ld  ", entry->sum);
    printf("%s\\n", entry->key);
}

void print_groups("""),
    ("src/print.c", """; i++) {
        printf("%10lu  ", entries[i]->count);
        if (report->value)
            printf("%12ld  ", entries[i]->sum);
        printf("%s\\n", entries[i]->key);
    }
""", "; i++)\n        print_entry(report, entries[i]);\n")))


def option(flag, argument, help, field, read, *edits):
    shown = f"--{flag} {argument}".strip()
    name = "options." + field.split()[-1].lstrip("*")
    need = " && i + 1 < argc" if argument else ""

    def edit(tree):
        tree.before(T, "};\nextern struct options options;\n", f"    {field};\n")
        tree.before("src/main.c", '          "  --help         print this', f'          "  {shown:<14} {help}\\n"\n')
        tree.before("src/main.c", '        else if (!strcmp(argv[i], "--help"))',
                    f'        else if (!strcmp(argv[i], "--{flag}"){need})\n            {name} = {read};\n')
        for one in edits:
            tree.sub(*one)
    return f"main: --{flag}, to {help}", edit


NUMBER, TEXT, ON = "strtoul(argv[++i], NULL, 10)", "argv[++i]", "1"
ENTRY = ("src/print.c", "        print_entry(report, entries[i]);\n")
FILTER = ("src/account.c", "    if (!good) {\n")
COUNTED = ("src/account.c", "    totals->requests++;\n")


def unless(condition):
    return (*COUNTED, f"    if ({condition}) {{\n        pthread_mutex_unlock(&lock);\n        return;\n    }}\n    totals->requests++;\n")


OPTIONS = {
    "min": option("min", "N", "leave out groups of less than N requests", "unsigned long min", NUMBER,
                  (*ENTRY, "        if (entries[i]->count >= options.min)\n            print_entry(report, entries[i]);\n")),
    "csv": option("csv", "", "print comma-separated values", "int csv", ON,
                  ("src/print.c", "const struct entry *entry)\n{\n",
                   "const struct entry *entry)\n{\n    if (options.csv) {\n        printf(\"%lu,%ld,\\\"%s\\\"\\n\", entry->count, entry->sum, entry->key);\n        return;\n    }\n")),
    "mean": option("mean", "", "print means beside sums", "int mean", ON,
                   ("src/print.c", '        printf("%12ld  ", entry->sum);\n',
                    '        printf("%12ld  ", entry->sum);\n    if (report->value && options.mean)\n        printf("%10.1f  ", (double)entry->sum / (double)entry->count);\n')),
    "names": option("names", "", "sort by name", "int names", ON,
                    ("src/print.c", "    if (one->count != other->count)\n", "    if (!options.names && one->count != other->count)\n")),
    "sums": option("sums", "", "sort by sum", "int sums", ON,
                   ("src/print.c", "const struct entry *const *)b;\n\n",
                    "const struct entry *const *)b;\n\n    if (options.sums && one->sum != other->sum)\n        return one->sum < other->sum ? 1 : -1;\n")),
    "width": option("width", "N", "cut names after N bytes", "unsigned long width", NUMBER,
                    ("src/print.c", LINE, "    printf(\"%.*s\\n\", options.width ? (int)options.width : SCRATCH * 16, entry->key);\n")),
    "header": option("header", "", "print what the columns are", "int header", ON,
                     ("src/print.c", "    for (size_t i = 0; i < n &&", "    if (options.header)\n        printf(\"  requests  %s%s\\n\", report->value ? \"         sum  \" : \"\", report->name);\n    for (size_t i = 0; i < n &&")),
    "total": option("total", "", "print the number of groups last", "int total", ON,
                    ("src/print.c", "    free(entries);\n", "    if (options.total)\n        printf(\"%10zu  groups\\n\", n);\n    free(entries);\n")),
    "quiet": option("quiet", "", "keep quiet about lines that are no log", "int quiet", ON,
                    ("src/main.c", "    if (totals.errors)\n", "    if (totals.errors && !options.quiet)\n")),
    "strict": option("strict", "", "fail if a line is no log", "int strict", ON,
                     ("src/main.c", "    return failed;\n", "    return failed || (options.strict && totals.bad_lines);\n")),
    "status": option("status", "N", "look at responses of status N only", "unsigned long status", NUMBER,
                     unless("options.status && (unsigned long)record.status != options.status")),
    "method": option("method", "NAME", "look at requests of this method only", "const char *method", TEXT,
                     unless("options.method && strcmp(options.method, record.method)"),
                     ("src/account.c", "#include <pthread.h>\n", "#include <pthread.h>\n#include <string.h>\n")),
    "host": option("host", "NAME", "look at requests of this host only", "const char *host", TEXT,
                   unless("options.host && strcmp(options.host, record.host)")),
    "below": option("below", "PATH", "look at paths that begin so only", "const char *below", TEXT,
                    unless("options.below && strncmp(options.below, record.path, strlen(options.below))")),
    "lines": option("lines", "N", "stop after N lines", "unsigned long lines", NUMBER,
                    ("src/main.c", "        pool_add(line);\n", "        if (!options.lines || lines++ < options.lines)\n            pool_add(line);\n"),
                    ("src/main.c", "    size_t size = 0;\n", "    size_t size = 0;\n    static unsigned long lines;\n")),
    "threads": option("threads", "N", "account in N threads (2)", "unsigned long threads", NUMBER,
                      ("src/main.c", "    .top = 20,\n", "    .top = 20,\n    .threads = 2,\n"),
                      ("src/main.c", "pool_start(2, report", "pool_start(options.threads, report")),
    "stats": option("stats", "", "tell how the table fared", "int stats", ON,
                    ("src/main.c", "    table_free(&totals.groups);\n",
                     "    if (options.stats)\n        fprintf(stderr, \"tally: %zu groups in %zu slots, longest probe %zu\\n\", totals.groups.used,\n"
                     "                totals.groups.mask + 1, table_longest_probe(&totals.groups));\n    table_free(&totals.groups);\n")),
}
VERSION_OPTION = ("main: --version", subs(
    ("src/main.c", '          "  --help         print this', '          "  --version      print the version\\n"\n          "  --help         print this'),
    ("src/main.c", '        else if (!strcmp(argv[i], "--help"))', '        else if (!strcmp(argv[i], "--version"))\n            exit(printf("tally %s\\n", VERSION) < 0);\n        else if (!strcmp(argv[i], "--help"))')))


def describe_options(*flags):
    def edit(tree):
        for flag in flags:
            tree.append("docs/options.md", f"- `--{flag}`: see `tally --help`\n")
    return f"docs: --{' and --'.join(flags)}", edit


# Second thoughts about reports.
REFINEMENTS = {
    "paths": ("counts: paths without their query", subs(("src/counts.c",
              "key_paths(const struct record *record, char *scratch)\n{\n    (void)scratch;\n    return record->path;\n",
              "key_paths(const struct record *record, char *scratch)\n{\n    snprintf(scratch, SCRATCH, \"%.*s\", (int)strcspn(record->path, \"?#\"), record->path);\n    return scratch;\n"))),
    "methods": ("counts: methods that nobody knows are one group", subs(("src/counts.c", "    (void)scratch;\n    return record->method;\n",
              "    static const char *const known[] = {\"GET\", \"HEAD\", \"POST\", \"PUT\", \"DELETE\", \"OPTIONS\", \"PATCH\"};\n\n    (void)scratch;\n"
              "    for (size_t i = 0; i < sizeof known / sizeof *known; i++)\n        if (!strcmp(record->method, known[i]))\n            return known[i];\n    return \"other\";\n"))),
    "missing": ("counts: what is gone is missing too", subs(("src/counts.c", "record->status == 404 ?", "record->status == 404 || record->status == 410 ?"))),
    "redirects": ("counts: an unchanged page leads nowhere", subs(("src/counts.c", "record->status / 100 == 3 ?", "record->status / 100 == 3 && record->status != 304 ?"))),
    "images": ("counts: more kinds of images", subs(("src/counts.c", 'strstr(record->path, ".jpg")', 'strstr(record->path, ".jpg") || strstr(record->path, ".gif") || strstr(record->path, ".svg")'))),
    "probes": ("counts: who asks for .env looks for holes", subs(("src/counts.c", 'strstr(record->path, "/wp-")', 'strstr(record->path, "/wp-") || strstr(record->path, "/.env")'))),
    "forms": ("counts: forms are sent with PUT as well", subs(("src/counts.c", '!strcmp(record->method, "POST") ?', '!strcmp(record->method, "POST") || !strcmp(record->method, "PUT") ?'))),
    "robots": ("counts: crawlers and spiders are robots", subs(("src/counts.c", 'strstr(record->agent, "bot") != NULL ? record->agent',
              'strstr(record->agent, "bot") || strstr(record->agent, "crawler") || strstr(record->agent, "spider") ? record->agent'))),
    "tools": ("counts: python-requests is a tool", subs(("src/counts.c", '!strncmp(record->agent, "Wget", 4)', '!strncmp(record->agent, "Wget", 4) || !strncmp(record->agent, "python", 6)'))),
    "feeds": ("counts: Atom feeds", subs(("src/counts.c", 'strstr(record->path, "/feed")', 'strstr(record->path, "/feed") || strstr(record->path, ".atom")'))),
    "nights": ("times: the night ends at five", subs(("src/times.c", "record->hour < 6 ||", "record->hour < 5 ||"))),
    "noons": ("times: noon lasts two hours", subs(("src/times.c", "record->hour == 12 ?", "record->hour == 12 || record->hour == 13 ?"))),
    "weekdays": ("times: a month that is none has no weekday", subs(("src/times.c", "    int year = record->year - (record->month < 3);\n",
              "    int year = record->year - (record->month < 3);\n\n    if (record->day < 1 || record->day > 31)\n        return NULL;\n"))),
    "archives": ("sizes: more kinds of archives", subs(("src/sizes.c", 'strstr(record->path, ".gz")', 'strstr(record->path, ".gz") || strstr(record->path, ".xz") || strstr(record->path, ".iso")'))),
    "slow": ("sizes: half a second is slow", both(subs(("src/sizes.c", "record->ms >= 1000 ?", "record->ms >= 500 ?"), ("src/sizes.c", "paths that took a second", "paths that took half a second")))),
    "traversals": ("counts: encoded dots try to leave as well", subs(("src/counts.c", 'strstr(record->path, "..") != NULL', 'strstr(record->path, "..") || strstr(record->path, "%2e%2e")'))),
    "styles": ("counts: fonts go with style sheets", subs(("src/counts.c", 'strstr(record->path, ".css") != NULL', 'strstr(record->path, ".css") || strstr(record->path, ".woff")'))),
}

SEED = ("hash: a seed of its own for every run", subs(
    ("src/hash.c", '#include "tally.h"\n', '#include "tally.h"\n\n#include <sys/random.h>\n\nstatic uint64_t seed;\n\nvoid hash_seed(void)\n{\n    if (getrandom(&seed, sizeof seed, 0) != sizeof seed)\n        seed = 0;\n}\n'),
    ("src/hash.c", "uint64_t hash = 0xcbf29ce484222325;", "uint64_t hash = 0xcbf29ce484222325 ^ seed;"),
    (T, "uint64_t hash_of(const char *key);\n", "uint64_t hash_of(const char *key);\n/* Before any table: nobody can write a log whose keys all collide. */\nvoid hash_seed(void);\n"),
    ("src/main.c", "    table_init(&totals.groups);\n", "    hash_seed();\n    table_init(&totals.groups);\n")),
    "A log is written by strangers: with a fixed hash, they choose the collisions.")

LONGEST_PROBE = ("table: tell the longest probe", both(
    subs((T, "uint64_t hash_of(const char *key);\n", "/* Of all entries: how many slots they are from their own, at most. */\nsize_t table_longest_probe(const struct table *table);\nuint64_t hash_of(const char *key);\n")),
    lambda tree: tree.append("src/table.c", """
size_t table_longest_probe(const struct table *table)
{
    size_t longest = 0;

    for (size_t i = 0; i <= table->mask; i++) {
        size_t probe = (i - table->slots[i].hash) & table->mask;

        if (table->slots[i].key && probe > longest)
            longest = probe;
    }
    return longest;
}
""")))

# The planted bug: nothing checks that the overflow area has room. Every run has a seed of its own, and where a
# table of 1,024 slots is three quarters full, more than 8 of its keys are too far from their slots in about
# three runs of five; the ninth goes over `mask` and `slots`.
OVERFLOW = ("table: keep keys without a near slot in an overflow area", subs(
    (T, "struct table {\n    size_t mask;\n    struct entry *slots;\n    size_t used;\n};\n",
     "struct table {\n    struct entry overflow[8]; /* those that found no slot near their own */\n    size_t mask;\n"
     "    struct entry *slots;\n    size_t used; /* entries in all */\n    size_t overflowed;\n};\n"),
    ("src/table.c", """/* The key's entry, or the empty slot that it belongs in. */
static struct entry *find(struct table *table, uint64_t hash, const char *key)
{
    size_t i = hash & table->mask;

    while (table->slots[i].key && (table->slots[i].hash != hash || strcmp(table->slots[i].key, key)))
        i = (i + 1) & table->mask;
    return &table->slots[i];
}
""", """/* No key is further than this from its own slot. */
enum { PROBES = 16 };

static int is(const struct entry *entry, uint64_t hash, const char *key)
{
    return entry->hash == hash && !strcmp(entry->key, key);
}

static struct entry *find(struct table *table, uint64_t hash, const char *key)
{
    for (size_t probe = 0; probe < PROBES; probe++) {
        struct entry *entry = &table->slots[(hash + probe) & table->mask];

        if (!entry->key)
            return NULL;
        if (is(entry, hash, key))
            return entry;
    }
    for (size_t i = 0; i < table->overflowed; i++)
        if (is(&table->overflow[i], hash, key))
            return &table->overflow[i];
    return NULL;
}

static struct entry *insert(struct table *table, struct entry entry)
{
    struct entry *place = NULL;

    for (size_t probe = 0; probe < PROBES && !place; probe++)
        if (!table->slots[(entry.hash + probe) & table->mask].key)
            place = &table->slots[(entry.hash + probe) & table->mask];
    if (!place)
        place = &table->overflow[table->overflowed++];
    *place = entry;
    return place;
}
"""),
    ("src/table.c", "            *find(table, old.slots[i].hash, old.slots[i].key) = old.slots[i];\n",
     "            insert(table, old.slots[i]);\n    for (size_t i = 0; i < old.overflowed; i++)\n        insert(table, old.overflow[i]);\n"),
    ("src/table.c", "    table->mask = 2 * old.mask + 1;\n", "    table->overflowed = 0;\n    table->mask = 2 * old.mask + 1;\n"),
    ("src/table.c", "    if (!entry->key) {\n        *entry = (struct entry){.hash = hash, .key = strdup(key)};\n        table->used++;\n    }\n",
     "    if (!entry) {\n        entry = insert(table, (struct entry){.hash = hash, .key = strdup(key)});\n        table->used++;\n    }\n"),
    ("src/table.c", "        free(table->slots[i].key);\n    free(table->slots);\n",
     "        free(table->slots[i].key);\n    for (size_t i = 0; i < table->overflowed; i++)\n        free(table->overflow[i].key);\n    free(table->slots);\n"),
    ("src/table.c", "            entries[n++] = &table->slots[i];\n    return entries;\n",
     "            entries[n++] = &table->slots[i];\n    for (size_t i = 0; i < table->overflowed; i++)\n        entries[n++] = (struct entry *)&table->overflow[i];\n    return entries;\n")),
    "A look-up now ends after 16 slots, however full the table is.")
PROBE_TOPIC = [
    LONGEST_PROBE,
    OPTIONS["stats"],
    ("table: name the load factor", subs(
        ("src/table.c", "    if (4 * (table->used + 1) > 3 * (table->mask + 1))\n", "    if (too_full(table))\n"),
        ("src/table.c", "void table_add(", "/* Above three quarters, probes get long. */\nstatic int too_full(const struct table *table)\n{\n    return 4 * (table->used + 1) > 3 * (table->mask + 1);\n}\n\nvoid table_add("))),
    OVERFLOW,
    ("main: --stats tells of the overflow area", subs(
        ("src/main.c", "longest probe %zu\\n\", totals.groups.used,\n", "longest probe %zu, %zu beyond\\n\", totals.groups.used,\n"),
        ("src/main.c", "table_longest_probe(&totals.groups));\n", "table_longest_probe(&totals.groups), totals.groups.overflowed);\n"))),
    ("docs: how the table stores its keys", lambda tree: tree.put("docs/table.md", """# The table

A power of two of slots, three quarters full at most. A key is in one of the 16 slots that begin with its own, or in
the overflow area. `tally --stats` tells how far the probes went.
""")),
]

# The second bug, a certain one: an empty log has no largest response, and its path is printed all the same.
LARGEST = ("sizes: name the path of the largest response", subs(
    (T, "    long largest;\n", "    long largest;\n    char *largest_path;\n"),
    ("src/account.c", "    if (record.bytes > totals->largest)\n        totals->largest = record.bytes;\n",
     "    if (record.bytes > totals->largest || !totals->largest_path) {\n        totals->largest = record.bytes;\n"
     "        free(totals->largest_path);\n        totals->largest_path = strdup(record.path);\n    }\n"),
    ("src/account.c", "#include <string.h>\n", "#include <stdlib.h>\n#include <string.h>\n"),
    ("src/sizes.c", "void print_sizes(", "static void print_path(const char *path)\n{\n    for (; *path && *path != '?'; path++)\n        putchar(*path);\n    putchar('\\n');\n}\n\nvoid print_sizes("),
    ("src/sizes.c", 'printf("%10ld  bytes in the largest response\\n", totals->largest);\n', 'printf("%10ld  bytes in the largest response, ", totals->largest);\n    print_path(totals->largest_path);\n'),
    ("src/main.c", "    table_free(&totals.groups);\n", "    table_free(&totals.groups);\n    free(totals.largest_path);\n")))
LARGEST_FIX = ("sizes: an empty log has no largest response", subs(
    ("src/sizes.c", "    printf(\"%10ld  bytes in the largest", "    if (!totals->largest_path)\n        return;\n    printf(\"%10ld  bytes in the largest")))

# Revisions that do not build: half of a renaming first, the other half later.
RENAMES = {
    "take": (("parse: say what take() takes", subs(("src/parse.c", "static char *take(char **rest, char end)", "static char *take_field(char **rest, char end)"))),
             ("parse: follow the renaming of take()", lambda tree: tree.put("src/parse.c", tree["src/parse.c"].replace("take(", "take_field(")))),
    "account": (("account: a better name for what it does", subs(("src/account.c", "void account(", "void account_for_line("))),
                ("account: declare it by its new name", subs((T, "void account(", "void account_for_line("), ("src/pool.c", "            account(", "            account_for_line(")))),
    "errors": (("totals: errors are bad lines", subs((T, "    unsigned long errors;\n", "    unsigned long bad_lines;\n"))),
               ("totals: use the new name everywhere", both(
                   lambda tree: tree.put("src/account.c", tree["src/account.c"].replace("totals->errors", "totals->bad_lines")),
                   lambda tree: tree.put("src/main.c", tree["src/main.c"].replace("totals.errors", "totals.bad_lines"))))),
}


def release(version):
    def edit(tree):
        line = next(line for line in tree[T].split("\n") if line.startswith("#define VERSION"))
        tree.sub(T, line, f'#define VERSION "{version}"')
        tree.append("CHANGES", f"{version}: see `git log`\n")
    return f"tally {version}", edit
