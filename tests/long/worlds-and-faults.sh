#!/usr/bin/env bash
# The nightly form of the worlds (twenty seeds of each), of the calls that fail (every one) and of kill -9 (sixty times): some hours on two cores. Prints the
# tables of docs/truth.md. usage: worlds-and-faults.sh [SEEDS]
set -euo pipefail
cd "$(dirname "$0")/../.."
cmake --preset release >/dev/null
cmake --build --preset release --target culprit culprit-guard culprit_faults
code=0
bench/worlds/worlds.py --binary build/release/culprit --seeds "${1:-20}" --replay --markdown --allow-wrong 0.01 || code=1
tests/faults/faults.py --binary build/release/culprit --preload build/release/libculprit_faults.so --markdown || code=1
CULPRIT=$PWD/build/release/culprit tests/e2e/killed-at-random.sh 60 || code=1
exit $code
