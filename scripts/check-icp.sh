#!/usr/bin/env bash
# Checks that `icp build` makes the same module as scripts/build.sh. ICP names the icp program; without it the script
# downloads one with npm (Linux on x86-64). Otherwise it needs no network.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
version=1.5.0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [[ -z ${ICP-} ]]; then
    npm install --prefix "$work" --silent --no-audit --no-fund --ignore-scripts \
        "@icp-sdk/icp-cli-linux-x64@$version"
    ICP=$work/node_modules/@icp-sdk/icp-cli-linux-x64/bin/icp
fi
# Its settings and identities stay out of the home folder.
export DO_NOT_TRACK=1 ICP_HOME=$work/home

scripts/build.sh
cp target/wasm/backup_coordinator.wasm.gz "$work/expected.wasm.gz"

rm -rf .icp/cache/artifacts
"$ICP" --version
"$ICP" build backup_coordinator

if ! cmp "$work/expected.wasm.gz" .icp/cache/artifacts/backup_coordinator; then
    echo "check-icp.sh: icp build and scripts/build.sh made different modules" >&2
    exit 1
fi
echo "icp build made the same module."
