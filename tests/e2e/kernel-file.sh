#!/usr/bin/env bash
# A kernel file that is wrong: file, line, key, the nearest valid key; a reproducer that does not compile; exit code 2.
. "$(dirname "$0")/lib.sh"
make_repo tree 4 3
cat >good.toml <<'T'
tree = "tree"
[kernel]
fragment = "fragment"
[reproducer]
source = "repro.c"
T
echo CONFIG_PRINTK=y >fragment
expect 2 "$CULPRIT" bisect --config none.toml; says none.toml; says hint:
sed 's/^fragment/fragmnet/' good.toml >typo.toml
expect 2 "$CULPRIT" bisect --config typo.toml; says 'typo.toml:3'; says 'fragmnet'; says '"fragment"'
sed 's/^tree.*/tree = 7/' good.toml >type.toml
expect 2 "$CULPRIT" bisect --config type.toml; says 'type.toml:1'; says tree
echo 'tree = ' >syntax.toml
expect 2 "$CULPRIT" bisect --config syntax.toml; says 'syntax.toml:1'
expect 2 "$CULPRIT" bisect --config good.toml -- ./x; says exclude
for option in "--timeout 3" "--build-timeout 3" "--artifact x" "--build make"; do
  expect 2 "$CULPRIT" bisect --config good.toml $option
  says "culprit: error: ${option% *} goes with a command"; says "not with --config"; says "hint: "
done
# A variant that changes what the tree does not have would change nothing.
mkdir tree/drivers
printf 'config HARBOR\n\tbool "harbor"\nmenuconfig FERRY\n\tbool\n' >tree/drivers/Kconfig
git -C tree add -A; git -C tree commit -qm Kconfig
printf '[[variant]]\nname = "no-harbor"\nset = ["HARBR=n"]\n' | cat good.toml - >variant.toml
expect 2 "$CULPRIT" bisect --config variant.toml --good v1.0
says "variant.toml: the variant \"no-harbor\" changes HARBR, an option that $(git -C tree rev-parse HEAD | cut -c1-12) does not have"
says 'did you mean HARBOR?'
sed 's/HARBR/SMPP/' variant.toml >unlike.toml
expect 2 "$CULPRIT" bisect --config unlike.toml --good v1.0; says 'changes SMPP, an option that'
command -v qemu-system-x86_64 >/dev/null && command -v busybox >/dev/null || skip "no QEMU or no busybox"
echo 'int main(void) { return oops; }' >repro.c
expect 2 "$CULPRIT" bisect --config good.toml --good v1.0; says "oops"; says hint:
leaves_nothing tree
