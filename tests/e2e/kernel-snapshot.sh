#!/usr/bin/env bash
# Guests that are restored in the place of booted: they run the reproducer as those do, with random numbers and a time of
# their own; a snapshot that is damaged is a cold boot, and nothing else.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/guests/lib.sh"
real_kernel
make_kernel_tree tree 2 2
told_qemu
# How each guest came up, and what it printed.
sed -i '2i for word; do case $word in -incoming) echo restored >>"$(dirname "$0")/ways" ;; -append) echo guest >>"$(dirname "$0")/ways" ;; esac; done' qemu
sed -i 's/^exec \(.*\)/[ "$1" = --version ] \&\& exec \1\n[ ! -e "$(dirname "$0")\/damages" ] || rm -f "$XDG_STATE_HOME"\/culprit\/cache\/kernels\/*\/.new-*\/state\n\1 | tee -a "$(dirname "$0")\/consoles"/' qemu
cat >repro.sh <<'REPRO'
echo "drawn $(cat /proc/sys/kernel/random/uuid)" > /dev/kmsg
echo "it is $(date +%s)" > /dev/kmsg
[ "$culprit_bad" != 1 ] || echo c > /proc/sysrq-trigger
REPRO
image='image = "bzImage"' timeout=60s kernel_file k.toml 'qemu = "'"$work"'/qemu"' 'memory = "256M"' 'boot_timeout = "5m"' 'snapshot = true'
sed -i "s/^runs.*/runs = 4\nguests = 1/" k.toml
began=$(date +%s)
expect 0 "$CULPRIT" bisect --config k.toml --no-verify
says "change 2"; says "sysrq triggered crash"; does_not_say "every guest is booted"
[ "$(grep -c restored ways)" -ge 3 ] || fail "$(grep -c restored ways) guests were restored of $(grep -c guest ways)"
drawn=$(grep -ac 'drawn ' consoles)
[ "$drawn" -ge 6 ] && [ "$(grep -ao 'drawn .*' consoles | sort -u | wc -l)" -eq "$drawn" ] || fail "two guests drew the same random numbers"
grep -ao 'it is [0-9]*' consoles | while read -r _ _ time; do
  [ "$time" -ge "$began" ] && [ "$time" -le "$(date +%s)" ] || fail "a guest's time is $time, and it began at $began"
done
[ -z "$(find "$XDG_STATE_HOME" -name 'state' -type f)" ] || fail "a snapshot is left"

touch damages
expect 0 "$CULPRIT" bisect --fresh --config k.toml --no-verify
says "change 2"; says "sysrq triggered crash"
says "from here on every guest is booted, none restored from a snapshot: "
leaves_nothing tree
