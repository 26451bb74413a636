#!/usr/bin/env bash
# culprit matrix on a made-up kernel tree: two reproducers, of which one meets the bug, on revisions and in configurations.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/guests/lib.sh"
by_config=yes make_kernel_tree tree 3 2
fake_qemu
kernel_file k.toml 'qemu = "'"$work"'/qemu"' 'busybox = "busybox"'
echo 'echo sail-the-ferry' >a.sh; echo 'echo stay-at-home' >b.sh
cat >guest.sh <<'GUEST'
echo "<5>[    0.000000] Linux version 6.1"
echo "<9>[    1.000000] $token:ready 2 CPUs"; echo "<9>[    1.000000] $token:start"
if grep -q BAD "$1/config" && ! grep -q CALM=y "$1/config" && grep -aq sail-the-ferry "$initrd"; then
  echo "<4>[    1.100000] Kernel panic - not syncing: a bug"
else
  echo "<9>[    1.200000] $token:exit 0"
fi
GUEST
echo "echo \$1 >>$work/built" >hook.sh
matrix() { "$CULPRIT" matrix --config k.toml --repro a.sh --repro home=b.sh "$@"; }
expect 2 "$CULPRIT" matrix --config k.toml -- true; says "a kernel runs reproducers"
expect 2 matrix --variant nosuch; says "the kernel file has no variant 'nosuch'"
expect 2 matrix --repro nowhere.c; says "nowhere.c"

# The revisions are those of the file, where none is named.
expect 0 matrix --variant plain --variant CALM=y --variant BAD=n --json all.json --csv -
of() { field all.json "[c['$4'] for c in j['cells'] if c['test'] == '$1' and c['revision'] == '$2' and c['variant'] == '$3'][0]"; }
[ "$(of a.sh main plain shown)" = "$(of a.sh main plain runs)" ] && [ "$(of a.sh main plain shown)" -ge 3 ] || fail "the bug is not seen"
[ "$(of a.sh v1.0 plain shown) $(of home main plain shown) $(of a.sh main CALM=y shown)" = "0 0 0" ] || fail "seen where it is not"
[ "$(of a.sh main BAD=n state)" = untestable ] || fail "an option that does not take is none"
[ "$(of home main BAD=n reason)" = "$(of a.sh main BAD=n reason)" ] || fail "one build, two reasons"
[ "$(field all.json 'j["tests"][0]["bug"]')" = "kernel panic: a bug" ] || fail "$(field all.json 'j["tests"]')"
# Both reproducers ran on one kernel each.
[ "$(wc -l <built)" -le 6 ] || fail "built $(wc -l <built) times"
before=$(wc -l <built)
expect 0 matrix --variant plain --variant CALM=y; says "main CALM=y"
[ "$(wc -l <built)" = "$before" ] || fail "built again"
leaves_nothing tree
