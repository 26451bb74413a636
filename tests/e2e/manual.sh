#!/usr/bin/env bash
# docs/manual.md has a section for every subcommand and names every option that --help prints; the exit codes agree.
. "$(dirname "$0")/lib.sh"
manual=$here/../../docs/manual.md
commands=$("$CULPRIT" --help | sed -n '/^Subcommands:/,/^$/s/^  \([a-z][a-z-]*\) .*/\1/p')
[ "$(echo "$commands" | wc -l)" -ge 10 ] || fail "no subcommands in --help"
for command in $commands; do
  grep -qE "^## .*\b$command\b" "$manual" || fail "no section for $command"
  for option in $("$CULPRIT" "$command" --help | grep -oE '^ +(-[A-Za-z],)?--[a-z-]+' | grep -oE -- '--[a-z-]+'); do
    [ "$option" = --help ] || grep -qF -- "$option" "$manual" || fail "$command $option is not in the manual"
  done
done
for code in 0 1 2 3 4 5 70 130; do
  grep -qE "^\| $code \|" "$manual" || fail "exit code $code is not in the manual"
  "$CULPRIT" --help | tr '\n' ' ' | grep -qE "[ :]$code [a-z]" || fail "exit code $code is not in --help"
done
