#!/usr/bin/env bash
# Rehearses a backup, or a restore, with the release module of the coordinator and a fleet in a simulator. Needs no network.
#
#   scripts/rehearse.sh [options of backupctl rehearse]
#   scripts/rehearse.sh serve [options of backupctl serve]    the same, then serves the network, for a browser and for icp
#
# Examples:
#   scripts/rehearse.sh
#   scripts/rehearse.sh --targets 40 --fail stop:2 --upgrade-every 5 --crash-at 30
#   scripts/rehearse.sh --on-chain --targets 40 --fault reply-lost:stop_canister:2 --fault upgrade:100
#   scripts/rehearse.sh --restore --fail load-snapshot:2 --crash-at 12
#   scripts/rehearse.sh --days 30
#   scripts/rehearse.sh --audit
#   scripts/rehearse.sh serve --targets 12 --pause-at 30
#   scripts/rehearse.sh --help
#
# Builds what it needs. Paths in options are relative to the caller's folder.
set -euo pipefail

command=rehearse
if [[ ${1-} == serve ]]; then
    command=serve
    shift
fi

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
(
    cd "$root"
    scripts/build.sh --fixtures
    cargo build --quiet --locked --release --target-dir target -p backupctl
) >&2

modules=()
given=" $* "
if [[ $given != *" --coordinator-module"* ]]; then
    modules+=(--coordinator-module "$root/target/wasm/backup_coordinator.wasm.gz")
fi
if [[ $given != *" --member-module"* ]]; then
    modules+=(--member-module "$root/target/wasm/fleet_member.wasm.gz")
fi
exec "$root/target/release/backupctl" "$command" ${modules[@]+"${modules[@]}"} "$@"
