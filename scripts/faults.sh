#!/usr/bin/env bash
# Tries every fault at every call of a backup that the coordinator makes by itself, and writes docs/faults.md.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
scripts/build.sh --fixtures >/dev/null
FAULTS_WRITE=1 cargo test --quiet --locked -p integration-tests --test faults every_fault
echo "docs/faults.md is what the test has found."
