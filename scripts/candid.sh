#!/usr/bin/env bash
# Generates candid/backup_coordinator.did from the code.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
cargo test --quiet --locked -p backup-coordinator --bin backup_coordinator -- --ignored write_the_did_file
echo "candid/backup_coordinator.did is the interface of the code."
