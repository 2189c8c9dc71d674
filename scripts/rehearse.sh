#!/usr/bin/env bash
# Rehearses a backup: the coordinator's release module and a fleet, in a simulator, without a network.
#
#   scripts/rehearse.sh [options of backupctl rehearse]
#   scripts/rehearse.sh serve [options of backupctl serve]    the same, and then the pages for a browser
#
# for instance
#   scripts/rehearse.sh
#   scripts/rehearse.sh --targets 40 --fail stop:2 --upgrade-every 5 --crash-at 30
#   scripts/rehearse.sh --audit
#   scripts/rehearse.sh serve --targets 12 --pause-at 30
#   scripts/rehearse.sh --help
#
# Builds what it needs. Files that are named and folders that are written are relative to where it is called.
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
