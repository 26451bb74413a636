#!/usr/bin/env bash
# Fuzzes the reading of consoles for SECONDS (30) from the golden files on; what it finds stays in build/fuzz/found.
# A clean clone with the same SEED (1) tries the same inputs, as many as there is time for; SEED 0 is another one each time.
# usage: cmake --preset fuzz && cmake --build --preset fuzz --target fuzz_console && tests/fuzz/run.sh [SECONDS [SEED]]
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p build/fuzz/corpus build/fuzz/found
if build/fuzz/fuzz_console -max_total_time="${1:-30}" -seed="${2:-1}" -timeout=30 -rss_limit_mb=2048 -max_len=16384 \
  -dict=tests/fuzz/console.dict -artifact_prefix=build/fuzz/found/ build/fuzz/corpus tests/golden/console/* \
  >build/fuzz/run.log 2>&1; then
  tail -n 1 build/fuzz/run.log
else
  tail -n 40 build/fuzz/run.log >&2
  echo "fuzzing found something: its input is in build/fuzz/found" >&2
  exit 1
fi
