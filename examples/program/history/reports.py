"""The reports that tally gains one by one: name -> (file, help, body of the function that names a group)."""


def whole(field):
    return f"return record->{field};"


def known(field):
    return f'return strcmp(record->{field}, "-") ? record->{field} : NULL;'


def where(condition, what="record->path"):
    return f"return {condition} ? {what} : NULL;"


def printed(form, *values):
    return f'snprintf(scratch, SCRATCH, "{form}", {", ".join(values)});\nreturn scratch;'


def part(start, stops):
    return (f"const char *start = {start};\n\nif (!start)\n    return NULL;\n"
            f'snprintf(scratch, SCRATCH, "%.*s", (int)strcspn(start, "{stops}"), start);\nreturn scratch;')


REPORTS = {
    "hosts": ("counts", "requests by host", whole("host")),
    "paths": ("counts", "requests by path", whole("path")),
    "statuses": ("counts", "requests by status", printed("%d", "record->status")),
    "methods": ("counts", "requests by method", whole("method")),
    "users": ("counts", "requests by user, where there is one", known("user")),
    "classes": ("counts", "requests by class of status", printed("%dxx", "record->status / 100")),
    "missing": ("counts", "paths that were not found", where("record->status == 404")),
    "failures": ("counts", "paths that the server failed on", where("record->status >= 500")),
    "redirects": ("counts", "paths that lead elsewhere", where("record->status / 100 == 3")),
    "denied": ("counts", "hosts that were refused", where("record->status == 401 || record->status == 403", "record->host")),
    "extensions": ("counts", "requests by extension of the path", part('strrchr(record->path, \'.\')', "?#")),
    "directories": ("counts", "requests by top directory", part("record->path + (*record->path == '/')", "/?")),
    "depths": ("counts", "requests by number of directories in the path",
               "int depth = 0;\n\nfor (const char *c = record->path; *c && *c != '?'; c++)\n    depth += *c == '/';\n"
               + printed("%d", "depth")),
    "lengths": ("counts", "requests by length of the path, in steps of 16",
                "size_t step = strlen(record->path) / 16;\n\n" + printed("%zu-%zu", "16 * step", "16 * step + 15")),
    "queries": ("counts", "requests by query string", part("strchr(record->path, '?')", "#")),
    "parameters": ("counts", "requests by first parameter of the query", part("strchr(record->path, '?')", "=&")),
    "networks": ("counts", "requests by /16 network",
                 "const char *dot = strchr(record->host, '.');\n\ndot = dot ? strchr(dot + 1, '.') : NULL;\n"
                 "if (!dot || !isdigit((unsigned char)*record->host))\n    return NULL;\n"
                 + printed("%.*s", "(int)(dot - record->host)", "record->host")),
    "domains": ("counts", "requests by top domain of the host, where it has a name",
                "const char *dot = strrchr(record->host, '.');\n\n"
                "return dot && isalpha((unsigned char)dot[1]) ? dot + 1 : NULL;"),
    "writers": ("counts", "hosts that change something", where('strcmp(record->method, "GET") && strcmp(record->method, "HEAD")', "record->host")),
    "forms": ("counts", "paths that forms are sent to", where('!strcmp(record->method, "POST")')),
    "images": ("counts", "images by path", where('strstr(record->path, ".png") || strstr(record->path, ".jpg")')),
    "scripts": ("counts", "scripts by path", where('strstr(record->path, ".js") != NULL')),
    "styles": ("counts", "style sheets by path", where('strstr(record->path, ".css") != NULL')),
    "traversals": ("counts", "paths that try to leave their directory", where('strstr(record->path, "..") != NULL')),
    "probes": ("counts", "hosts that look for holes", where('strstr(record->path, ".php") || strstr(record->path, "/wp-")', "record->host")),
    "feeds": ("counts", "feeds by path", where('strstr(record->path, ".rss") || strstr(record->path, "/feed")')),
    "protocols": ("counts", "requests by protocol", whole("protocol")),
    "legacy": ("counts", "hosts that still speak HTTP/1.0", where('!strcmp(record->protocol, "HTTP/1.0")', "record->host")),
    "hours": ("times", "requests by hour of the day", printed("%02d", "record->hour")),
    "days": ("times", "requests by day", printed("%04d-%02d-%02d", "record->year", "record->month", "record->day")),
    "months": ("times", "requests by month", printed("%04d-%02d", "record->year", "record->month")),
    "years": ("times", "requests by year", printed("%04d", "record->year")),
    "minutes": ("times", "requests by minute of the day", printed("%02d:%02d", "record->hour", "record->minute")),
    "slots": ("times", "requests by ten minutes of the day", printed("%02d:%d0", "record->hour", "record->minute / 10")),
    "quarters": ("times", "requests by quarter", printed("%04d Q%d", "record->year", "(record->month + 2) / 3")),
    "halves": ("times", "requests before and after noon", 'return record->hour < 12 ? "am" : "pm";'),
    "nights": ("times", "hosts that come at night", where("record->hour < 6 || record->hour >= 22", "record->host")),
    "weekdays": ("times", "requests by day of the week",
                 "/* Sakamoto's method. */\n"
                 "static const int shift[] = {0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4};\n"
                 'static const char *const names[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};\n'
                 "int year = record->year - (record->month < 3);\n\n(void)scratch;\n"
                 "return names[(year + year / 4 - year / 100 + year / 400 + shift[record->month - 1] + record->day) % 7];"),
    "noons": ("times", "paths asked for at noon", where("record->hour == 12")),
    "bursts": ("times", "hosts by second", printed("%s %02d:%02d:%02d", "record->host", "record->hour", "record->minute", "record->second")),
    "referers": ("counts", "requests by referer", known("referer")),
    "sites": ("counts", "requests by referring site",
              'const char *start = strstr(record->referer, "://");\n\nif (!start)\n    return NULL;\n'
              + 'snprintf(scratch, SCRATCH, "%.*s", (int)strcspn(start + 3, "/"), start + 3);\nreturn scratch;'),
    "agents": ("counts", "requests by user agent", known("agent")),
    "browsers": ("counts", "requests by browser", part("record->agent", "/ ")),
    "systems": ("counts", "requests by operating system", part("strchr(record->agent, '(')", ";)")),
    "robots": ("counts", "robots by name", where('strstr(record->agent, "bot") != NULL', "record->agent")),
    "crawled": ("counts", "paths that robots ask for", where('strstr(record->agent, "bot") != NULL')),
    "tools": ("counts", "hosts that use curl or wget", where('!strncmp(record->agent, "curl", 4) || !strncmp(record->agent, "Wget", 4)', "record->host")),
    "searches": ("counts", "what people searched for", part('strstr(record->referer, "q=")', "&")),
    "empty": ("sizes", "paths with empty responses", where("record->bytes == 0")),
    "buckets": ("sizes", "responses by size, in powers of two",
                "long limit = 1;\n\nwhile (limit <= record->bytes)\n    limit *= 2;\n" + printed("< %ld", "limit")),
    "heavy": ("sizes", "bytes by path", whole("path")),
    "partial": ("sizes", "bytes of partial responses by path", where("record->status == 206")),
    "archives": ("sizes", "bytes of archives by path", where('strstr(record->path, ".zip") || strstr(record->path, ".gz")')),
    "waits": ("sizes", "milliseconds by path", whole("path")),
    "slow": ("sizes", "paths that took a second", where("record->ms >= 1000")),
    "stalls": ("sizes", "hosts that waited for ten seconds", where("record->ms >= 10000", "record->host")),
    "latencies": ("sizes", "responses by time, in powers of two of a millisecond",
                  "long limit = 1;\n\nwhile (limit <= record->ms)\n    limit *= 2;\n" + printed("< %ld ms", "limit")),
}
SUMS = {"heavy": "value_bytes", "partial": "value_bytes", "archives": "value_bytes", "waits": "value_ms"}
ARRAYS = {"counts": "count_reports", "sizes": "size_reports", "times": "time_reports"}


def add(name):
    """The commit that adds the report: its title and its edit."""
    folder, help, body = REPORTS[name]
    path, array = f"src/{folder}.c", ARRAYS[folder]

    def edit(tree):
        text = body if "scratch" in body else "(void)scratch;\n" + body
        indented = "".join("    " + line + "\n" if line else "\n" for line in text.split("\n"))
        tree.before(path, f"const struct report {array}[]",
                    f"static const char *key_{name}(const struct record *record, char *scratch)\n{{\n{indented}}}\n\n")
        tree.before(path, "    {0},\n};", f'    {{"{name}", "{help}", key_{name}, {SUMS.get(name, "NULL")}}},\n')
    return f"{folder}: report {help}", edit


def describe(names):
    """The commit that describes reports in the manual."""
    def edit(tree):
        for name in names:
            tree.append("docs/reports.md", f"- `{name}`: {REPORTS[name][1]}\n")
    return f"docs: describe {' and '.join(names)}", edit
