#!/usr/bin/env bash
# Every test with the sanitizers' binary, the end-to-end ones too: three quarters of an hour on two cores.
set -euo pipefail
cd "$(dirname "$0")/../.."
cmake --preset dev -DCULPRIT_E2E_BINARY= >/dev/null
cmake --build --preset dev
ctest --preset dev -j 2 -E '^(scenarios|replayed)$'
build/dev/scenarios
build/dev/replayed
