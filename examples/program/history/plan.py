"""The order of things: what was done between two releases, on main and on branches that were merged."""
import changes as c
import reports as r


def grow(names, refine=()):
    """Reports one by one, the manual after every second, second thoughts at the end."""
    steps = []
    for i in range(0, len(names), 2):
        pair = names[i:i + 2]
        steps += [r.add(name) for name in pair] + [r.describe(pair)]
    return steps + [c.REFINEMENTS[name] for name in refine]


def options(*flags):
    return [c.OPTIONS[flag] for flag in flags] + [c.describe_options(*flags)]


# Each phase ends with a release: (steps on main, {branch: its steps}, steps on main while the branches live).
PHASES = [
    ("1.0", c.BEGINNING + grow(["hosts", "paths", "statuses", "methods"]), {}, []),
    ("1.1", [c.PRINT_ENTRY] + grow(["users", "classes"]), {"workers": c.WORKERS},
     grow(["missing", "failures", "redirects", "denied"], ["paths"])),
    ("1.2", [c.SEED] + options("min", "csv"), {"clock": c.TIME + grow(["hours", "days", "months", "years"])},
     grow(["extensions", "directories"], ["methods", "missing"])),
    ("1.3", [c.RENAMES["take"][0], c.describe_options("top"), c.RENAMES["take"][1]] + options("names", "quiet"),
     {"protocol": [c.PROTOCOL] + grow(["protocols", "legacy"]), "shapes": grow(["depths", "lengths", "queries", "parameters"])},
     grow(["minutes", "slots"], ["redirects"]) + [c.VERSION_OPTION]),
    ("1.4", options("method", "status"), {"largest": [c.LARGEST] + grow(["empty", "buckets"])},
     grow(["networks", "domains", "writers", "forms"], ["forms"]) + options("header")),
    ("1.5", options("mean", "sums"), {"combined": c.COMBINED + grow(["referers", "agents", "sites", "browsers"])},
     [c.RENAMES["account"][0]] + grow(["quarters", "halves"])[:2] + [c.RENAMES["account"][1]] + grow(["heavy", "partial"])),
    ("1.6", grow(["images", "scripts"], ["images"]), {"table-probes": c.PROBE_TOPIC, "night": grow(["nights", "weekdays"], ["nights", "weekdays"])},
     grow(["systems", "robots"], ["robots"]) + options("width", "total")),
    ("1.7", options("host", "below"), {"attacks": grow(["traversals", "probes"], ["probes", "traversals"])},
     [c.RENAMES["errors"][0], c.RENAMES["errors"][1]] + grow(["crawled", "tools"], ["tools"])),
    ("1.8", [c.LARGEST_FIX] + options("strict", "lines"), {"milliseconds": c.MILLISECONDS + grow(["waits", "slow", "stalls", "latencies"], ["slow"])},
     grow(["styles", "feeds"], ["feeds", "styles"]) + [r.describe(["quarters", "halves"])]),
    ("1.9", options("threads"), {"bursts": grow(["noons", "bursts"], ["noons"])}, grow(["searches", "archives"], ["archives"])),
]


def write(repository):
    main = repository.main
    for version, before, branches, beside in PHASES:
        for step in before:
            repository.commit(main, *step)
        forks = [(repository.fork(name), steps) for name, steps in branches.items()]
        pending = [(branch, step) for branch, steps in forks for step in steps]
        beside = list(beside)
        while pending or beside:  # by turns, as people work
            if pending:
                branch, step = pending.pop(0)
                repository.commit(branch, *step)
            if beside:
                repository.commit(main, *beside.pop(0))
        for branch, _ in forks:
            repository.merge(branch)
        repository.commit(main, *c.release(version))
        repository.tag(f"v{version}")
    repository.commit(main, "readme: where to find the manual",
                      lambda tree: tree.append("README.md", "\n`docs/` has more.\n"))
