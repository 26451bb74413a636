#!/usr/bin/env bash
# culprit minimize-config on a made-up kernel tree: two options and a detector are needed, one is needed to boot, the bug shows in
# every other run. The result is written beside the kernel file, shows the bug, and is killed and gone on with on the way.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/guests/lib.sh"
by_config=yes make_kernel_tree tree 2 2
fake_qemu
kernel_file k.toml 'qemu = "'"$work"'/qemu"' 'busybox = "busybox"'
printf 'CONFIG_%s\n' PVH=y KASAN=y KASAN_INLINE=y PROVE_LOCKING=y DEBUG_LOCK_ALLOC=y KFENCE=y >fragment
for i in $(seq 20); do echo "CONFIG_NOISE_$i=y"; done >>fragment
printf 'CONFIG_%s\n' FERRY=y NET=y HARBOR=m BOOT=y >>fragment
printf 'CONFIG_NET=y\nCONFIG_PVH=y\n' >base
cat >guest.sh <<'GUEST'
has() { grep -q "^CONFIG_$2=[ym]" "$1/config"; }
echo run >>"$(dirname "$0")/guests"
echo "<5>[    0.000000] Linux version 6.1"
if has "$1" BOOT; then
  echo "<9>[    1.000000] $token:ready 2 CPUs"; echo "<9>[    1.000000] $token:start"
  if has "$1" FERRY && has "$1" HARBOR && has "$1" KASAN && [ $(($(wc -l <"$(dirname "$0")/guests") % 2)) = 0 ]; then
    echo "<3>[    1.100000] =================================================================="
    echo "<3>[    1.100000] BUG: KASAN: slab-use-after-free in ferry_sail+0x10/0x20"
    echo "<3>[    1.100000] Read of size 8 at addr ffff888000000000 by task repro/1"
    echo "<4>[    1.100000] Call Trace:"
    echo "<4>[    1.100000]  ferry_sail+0x10/0x20"
    echo "<3>[    1.100000] =================================================================="
  fi
  echo "<9>[    1.200000] $token:exit 0"
fi
GUEST
minimize() { "$CULPRIT" minimize-config --config k.toml -j 1 "$@"; }

expect 2 "$CULPRIT" minimize-config; says "--config names the kernel file"
expect 2 minimize --baseline nowhere; says "nowhere"
expect 2 minimize --baseline fragment; says "there is nothing to leave out"
echo 'mine' >minimized.config
expect 2 minimize; says "is there, and not by"; rm minimized.config

# kill -9 on the way; then to the end.
: >guests
"$CULPRIT" minimize-config --config k.toml -j 1 --baseline base >/dev/null 2>&1 & pid=$!
for _ in $(seq 300); do [ "$(wc -l <guests)" -lt 12 ] || break; sleep 0.05; done
kill -9 $pid; wait $pid 2>/dev/null || true
expect 0 minimize --baseline base --json all.json
says "needed   KASAN"; says "needed   FERRY=y"; says "needed   HARBOR=m"; says "unclear  BOOT=y"; says "without it: "
says "not needed, 22 of 26"; says "KASAN: slab-use-after-free Read in ferry_sail"
names() { field all.json "sorted(x if isinstance(x, str) else x['name'] for x in j['$1'])"; }
[ "$(names needed)" = "['FERRY=y', 'HARBOR=m', 'KASAN']" ] || fail "needed: $(names needed)"
[ "$(names unclear)" = "['BOOT=y']" ] || fail "unclear: $(names unclear)"
[ "$(field all.json 'len(j["dropped"])')" = 22 ] || fail "dropped: $(names dropped)"
[ "$(field all.json 'min(x["probability"] for x in j["needed"]) >= .99')" = True ] || fail "not sure enough"
[ "$(field all.json 'j["configurations"] < 26')" = True ] || fail "as many builds as parts"
[ "$(grep -v '^#' minimized.config | sort | tr '\n' ' ')" = "CONFIG_BOOT=y CONFIG_FERRY=y CONFIG_HARBOR=m CONFIG_KASAN=y CONFIG_KASAN_INLINE=y CONFIG_NET=y CONFIG_PVH=y " ] || fail "minimized.config: $(cat minimized.config)"

# Asked again, nothing is run. The result is one that a bisection takes.
cp guests guests.before
expect 0 minimize --baseline base -q; cmp -s guests guests.before || fail "it ran again"
sed -i 's/^fragment.*/&\nsmaller = "minimized.config"/' k.toml
expect 2 "$CULPRIT" bisect --config k.toml --good nosuch; does_not_say "minimized.config"

# A bug that does not show.
sed -i 's/has "$1" FERRY/false/' guest.sh
expect 4 minimize --fresh --json -; says "with the whole configuration, the bug shows in none of 60 runs"
leaves_nothing tree
