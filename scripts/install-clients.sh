#!/usr/bin/env bash
# Installs the network's own clients from npm for the tests that call a sandbox with them: the `icp` program and the
# library @icp-sdk/core, in target/clients. If it cannot, it prints the reason in one line and fails.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
packages=(@icp-sdk/icp-cli-linux-x64@1.5.0 @icp-sdk/core@6.1.0)
folder=target/clients
# What is installed there.
list=$folder/installed

if [[ -f $list && $(<"$list") == "${packages[*]}" ]]; then
    exit 0
fi
for program in node npm; do
    if ! command -v "$program" >/dev/null; then
        echo "there is no $program"
        exit 1
    fi
done
if [[ $(uname -sm) != "Linux x86_64" ]]; then
    echo "the icp program that the tests use is for Linux on x86-64"
    exit 1
fi
echo "installing ${packages[*]}" >&2
rm -rf "$folder"
mkdir -p "$folder"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! npm install --prefix "$folder" --no-audit --no-fund --ignore-scripts "${packages[@]}" >"$log" 2>&1; then
    tail -n 5 "$log" >&2
    echo "npm cannot install ${packages[*]}"
    exit 1
fi
echo "${packages[*]}" >"$list"
