#!/usr/bin/env bash
# The two checks that are too slow for ./check: clang-tidy over every file, and every test under ThreadSanitizer.
# usage: tests/long/lint-and-race.sh [tidy|tsan]...      both without an argument
# Says what each did and how long it took; exits 1 if one found something.
set -uo pipefail
cd "$(dirname "$0")/../.."
results=()
failed=0

# phase NAME COMMAND...: runs a command that a reader can repeat.
phase() {
  local name=$1 began=$SECONDS
  shift
  echo "== $name: $*"
  if "$@"; then
    results+=("$name: clean, $((SECONDS - began)) s")
  else
    results+=("$name: FAILED, $((SECONDS - began)) s")
    failed=1
    return 1
  fi
}

# It has one thread, and forks before it runs the command: with the sanitizer's shadow memory each of these takes ten seconds.
plain_tracer() {
  cmake --preset release >/dev/null && cmake --build --preset release --target culprit-stack &&
    cp build/release/culprit-stack build/tsan/culprit-stack.new && mv build/tsan/culprit-stack.new build/tsan/culprit-stack
}

[ $# -gt 0 ] || set -- tidy tsan
for check; do
  case $check in
    tidy)
      # The same checks as `cmake --build --preset tidy`; a header is read once for many files.
      phase "tidy, configure" cmake --preset tidy &&
        phase "tidy" tests/long/tidy.py build/tidy
      ;;
    tsan)
      phase "tsan, configure" cmake --preset tsan &&
        phase "tsan, build" cmake --build --preset tsan &&
        phase "tsan, what traces a command" plain_tracer &&
        phase "tsan" ctest --preset tsan -j 2
      ;;
    *)
      echo "usage: tests/long/lint-and-race.sh [tidy|tsan]..." >&2
      exit 64
      ;;
  esac
done
printf '%s\n' "-- result" "${results[@]}"
exit $failed
