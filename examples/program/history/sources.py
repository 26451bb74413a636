"""The program at its beginning: tally counts what is in the access log of a web server."""

MAKEFILE = """CFLAGS = -O1 -g
SOURCES = $(wildcard src/*.c)

tally: $(SOURCES) src/tally.h
\t$(CC) $(CFLAGS) -pthread -o $@ $(SOURCES)

clean:
\trm -f tally

.PHONY: clean
"""

README = """# tally

Counts what is in the access log of a web server:

    tally REPORT [FILE...]

`tally --help` lists the reports.
"""

HEADER = """/* tally: counts what is in the access log of a web server. */
#ifndef TALLY_H
#define TALLY_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define VERSION "0.1"

/* One line of the log, cut into its fields; the strings are parts of the line. */
struct record {
    const char *host;
    const char *user;
    const char *method;
    const char *path;
    int status;
    long bytes;
};

/* 0 where `line`, which is cut up, is no line of an access log. */
int parse_line(char *line, struct record *record);

#endif
"""

PARSE = """#include "tally.h"

#include <stdlib.h>
#include <string.h>

/* Cuts the text up to `end` off the front of *rest; NULL where there is no such end. */
static char *take(char **rest, char end)
{
    char *start = *rest;
    char *stop = strchr(start, end);

    if (!stop)
        return NULL;
    *stop = 0;
    *rest = stop + 1;
    return start;
}

int parse_line(char *line, struct record *record)
{
    char *rest = line;
    char *request, *number;

    record->host = take(&rest, ' ');
    if (!record->host || !take(&rest, ' '))
        return 0;
    record->user = take(&rest, ' ');
    if (!record->user || !take(&rest, '"'))
        return 0;
    request = take(&rest, '"');
    if (!request)
        return 0;
    record->method = take(&request, ' ');
    record->path = record->method ? take(&request, ' ') : NULL;
    if (!record->path || *rest++ != ' ')
        return 0;
    number = take(&rest, ' ');
    if (!number)
        return 0;
    record->status = atoi(number);
    record->bytes = strtol(rest, &rest, 10);
    return 1;
}
"""

FIRST_MAIN = """#include "tally.h"

#include <stdlib.h>

int main(void)
{
    char *line = NULL;
    size_t size = 0;
    unsigned long lines = 0;

    while (getline(&line, &size, stdin) > 0)
        lines++;
    printf("%lu lines\\n", lines);
    free(line);
    return 0;
}
"""

TABLE_HEADER = """
/* What is known of one group of requests. */
struct entry {
    uint64_t hash;
    char *key;
    unsigned long count;
    long sum;
};

/* Groups by key: open addressing with linear probes, a power of two of slots. */
struct table {
    size_t mask;
    struct entry *slots;
    size_t used;
};

void table_init(struct table *table);
void table_free(struct table *table);
/* Counts one request of the group `key`, and adds `value` to its sum. */
void table_add(struct table *table, const char *key, long value);
/* All entries, in no order, in an array that the caller frees; their number is table->used. */
struct entry **table_entries(const struct table *table);
uint64_t hash_of(const char *key);
"""

TABLE = """#include "tally.h"

#include <stdlib.h>
#include <string.h>

void table_init(struct table *table)
{
    *table = (struct table){.mask = 63};
    table->slots = calloc(table->mask + 1, sizeof *table->slots);
}

void table_free(struct table *table)
{
    for (size_t i = 0; i <= table->mask; i++)
        free(table->slots[i].key);
    free(table->slots);
}

/* The key's entry, or the empty slot that it belongs in. */
static struct entry *find(struct table *table, uint64_t hash, const char *key)
{
    size_t i = hash & table->mask;

    while (table->slots[i].key && (table->slots[i].hash != hash || strcmp(table->slots[i].key, key)))
        i = (i + 1) & table->mask;
    return &table->slots[i];
}

static void grow(struct table *table)
{
    struct table old = *table;

    table->mask = 2 * old.mask + 1;
    table->slots = calloc(table->mask + 1, sizeof *table->slots);
    for (size_t i = 0; i <= old.mask; i++)
        if (old.slots[i].key)
            *find(table, old.slots[i].hash, old.slots[i].key) = old.slots[i];
    free(old.slots);
}

void table_add(struct table *table, const char *key, long value)
{
    uint64_t hash = hash_of(key);
    struct entry *entry;

    if (4 * (table->used + 1) > 3 * (table->mask + 1))
        grow(table);
    entry = find(table, hash, key);
    if (!entry->key) {
        *entry = (struct entry){.hash = hash, .key = strdup(key)};
        table->used++;
    }
    entry->count++;
    entry->sum += value;
}

struct entry **table_entries(const struct table *table)
{
    struct entry **entries = malloc((table->used + 1) * sizeof *entries);
    size_t n = 0;

    for (size_t i = 0; i <= table->mask; i++)
        if (table->slots[i].key)
            entries[n++] = &table->slots[i];
    return entries;
}
"""

HASH = """#include "tally.h"

/* FNV-1a, 64 bits, and a last mix so that the low bits depend on every byte. */
uint64_t hash_of(const char *key)
{
    uint64_t hash = 0xcbf29ce484222325;

    for (; *key; key++)
        hash = (hash ^ (unsigned char)*key) * 0x100000001b3;
    hash ^= hash >> 33;
    hash *= 0xff51afd7ed558ccd;
    return hash ^ (hash >> 33);
}
"""

REPORT_HEADER = """
enum { SCRATCH = 512 };

/* A way to look at a log. `key` names the group of a record, perhaps in `scratch`; NULL leaves it out. */
struct report {
    const char *name;
    const char *help;
    const char *(*key)(const struct record *record, char *scratch);
    long (*value)(const struct record *record); /* summed up for each group; may be NULL */
};

/* Each ends with an empty one. */
extern const struct report count_reports[];
extern const struct report size_reports[];

/* What was read so far. */
struct totals {
    unsigned long lines;
    unsigned long errors;
    unsigned long requests;
    long bytes;
    long largest;
    struct table groups;
};

/* Adds one line of the log, which is cut up. */
void account(const struct report *report, struct totals *totals, char *line);

struct options {
    unsigned long top;
};
extern struct options options;

void print_groups(const struct report *report, const struct totals *totals);
void print_sizes(const struct totals *totals);
"""

COUNTS = """/* Reports that count requests. */
#include "tally.h"

#include <ctype.h>
#include <string.h>

const struct report count_reports[] = {
    {0},
};
"""

SIZES = """/* Reports on how much was sent and how long it took. */
#include "tally.h"

#include <string.h>

static long value_bytes(const struct record *record)
{
    return record->bytes;
}

static const char *key_traffic(const struct record *record, char *scratch)
{
    (void)scratch;
    return record->host;
}

void print_sizes(const struct totals *totals)
{
    printf("%10lu  requests\\n", totals->requests);
    printf("%10ld  bytes\\n", totals->bytes);
    printf("%10ld  bytes in the largest response\\n", totals->largest);
}

const struct report size_reports[] = {
    {"sizes", "bytes of all responses", NULL, NULL},
    {"traffic", "bytes by host", key_traffic, value_bytes},
    {0},
};
"""

TIMES = """/* Reports on when requests came. */
#include "tally.h"

const struct report time_reports[] = {
    {0},
};
"""

ACCOUNT = """#include "tally.h"

void account(const struct report *report, struct totals *totals, char *line)
{
    struct record record;
    char scratch[SCRATCH];
    const char *key;

    totals->lines++;
    if (!parse_line(line, &record)) {
        totals->errors++;
        return;
    }
    totals->requests++;
    totals->bytes += record.bytes;
    if (record.bytes > totals->largest)
        totals->largest = record.bytes;
    key = report->key ? report->key(&record, scratch) : NULL;
    if (key)
        table_add(&totals->groups, key, report->value ? report->value(&record) : 0);
}
"""

PRINT = """#include "tally.h"

#include <stdlib.h>
#include <string.h>

static int by_count(const void *a, const void *b)
{
    const struct entry *one = *(const struct entry *const *)a;
    const struct entry *other = *(const struct entry *const *)b;

    if (one->count != other->count)
        return one->count < other->count ? 1 : -1;
    return strcmp(one->key, other->key);
}

void print_groups(const struct report *report, const struct totals *totals)
{
    struct entry **entries = table_entries(&totals->groups);
    size_t n = totals->groups.used;

    qsort(entries, n, sizeof *entries, by_count);
    for (size_t i = 0; i < n && i < options.top; i++) {
        printf("%10lu  ", entries[i]->count);
        if (report->value)
            printf("%12ld  ", entries[i]->sum);
        printf("%s\\n", entries[i]->key);
    }
    free(entries);
}
"""

MAIN = """#include "tally.h"

#include <stdlib.h>
#include <string.h>

static const struct report *const report_tables[] = {
    count_reports,
    size_reports,
};
enum { TABLES = sizeof report_tables / sizeof *report_tables };

struct options options = {
    .top = 20,
};

static const struct report *find_report(const char *name)
{
    for (int i = 0; i < TABLES; i++)
        for (const struct report *report = report_tables[i]; report->name; report++)
            if (!strcmp(report->name, name))
                return report;
    return NULL;
}

static int usage(FILE *out)
{
    fputs("usage: tally [OPTION...] REPORT [FILE...]\\n"
          "\\n"
          "  --top N        print the N largest groups (20)\\n"
          "  --help         print this\\n"
          "\\n"
          "reports:\\n",
          out);
    for (int i = 0; i < TABLES; i++)
        for (const struct report *report = report_tables[i]; report->name; report++)
            fprintf(out, "  %-14s %s\\n", report->name, report->help);
    return out == stdout ? 0 : 2;
}

static int parse_options(int argc, char **argv)
{
    int i = 1;

    for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
        if (!strcmp(argv[i], "--top") && i + 1 < argc)
            options.top = strtoul(argv[++i], NULL, 10);
        else if (!strcmp(argv[i], "--help"))
            exit(usage(stdout));
        else
            exit(usage(stderr));
    }
    return i;
}

static void read_lines(FILE *in, const struct report *report, struct totals *totals)
{
    char *line = NULL;
    size_t size = 0;

    while (getline(&line, &size, in) > 0)
        account(report, totals, line);
    free(line);
}

static int read_file(const char *name, const struct report *report, struct totals *totals)
{
    FILE *in = strcmp(name, "-") ? fopen(name, "r") : stdin;

    if (!in) {
        perror(name);
        return 0;
    }
    read_lines(in, report, totals);
    if (in != stdin)
        fclose(in);
    return 1;
}

int main(int argc, char **argv)
{
    struct totals totals = {0};
    const struct report *report;
    int i = parse_options(argc, argv);
    int failed = 0;

    report = i < argc ? find_report(argv[i]) : NULL;
    if (!report)
        return usage(stderr);
    table_init(&totals.groups);
    if (++i == argc)
        failed |= !read_file("-", report, &totals);
    for (; i < argc; i++)
        failed |= !read_file(argv[i], report, &totals);

    if (report->key)
        print_groups(report, &totals);
    else
        print_sizes(&totals);
    if (totals.errors)
        fprintf(stderr, "tally: %lu of %lu lines are none of an access log\\n", totals.errors, totals.lines);
    table_free(&totals.groups);
    return failed;
}
"""
