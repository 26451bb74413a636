#!/usr/bin/env bash
# Fuzzes the reading of consoles from the golden files on, for SECONDS; what it finds stays in build/fuzz/found.
# Which inputs fuzzing tries differs from run to run, whatever the seed, and a check should not: there the target only
# reads the golden files (ctest's fuzz_console), and mutated_console tries the same damage everywhere.
# usage: cmake --preset fuzz && cmake --build --preset fuzz --target fuzz_console && tests/fuzz/run.sh [SECONDS]
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p build/fuzz/corpus build/fuzz/found
if build/fuzz/fuzz_console -max_total_time="${1:-600}" -timeout=30 -rss_limit_mb=2048 -max_len=16384 \
  -dict=tests/fuzz/console.dict -artifact_prefix=build/fuzz/found/ build/fuzz/corpus tests/golden/console/* \
  >build/fuzz/run.log 2>&1; then
  tail -n 1 build/fuzz/run.log
else
  grep -a "^broken invariant" build/fuzz/run.log >&2 || true
  tail -n 40 build/fuzz/run.log >&2
  echo "fuzzing found something: its input is in build/fuzz/found" >&2
  exit 1
fi
