#!/usr/bin/env bash
# Installs Debian's chromium and its driver for the tests in a browser, if they are missing. If it cannot, it prints the
# reason in one line and fails. CHROMIUM and CHROMEDRIVER name the programs if they have other names.
set -euo pipefail

is_there() {
    command -v "${CHROMIUM:-chromium}" >/dev/null && command -v "${CHROMEDRIVER:-chromedriver}" >/dev/null
}

if is_there; then
    exit 0
fi
missing="there is no chromium with its chromedriver"
if ! command -v apt-get >/dev/null; then
    echo "$missing, and no apt-get to install them with"
    exit 1
fi
as_root=()
if [[ $(id -u) != 0 ]]; then
    as_root=(sudo -n)
    if ! sudo -n true 2>/dev/null; then
        echo "$missing, and only root may install them: apt-get install chromium chromium-driver"
        exit 1
    fi
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() {
    ${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -y -o DPkg::Lock::Timeout=120 "$@" >>"$log" 2>&1
}
echo "installing chromium" >&2
# First the lists of packages: old ones name files that are gone.
if ! { apt update && apt install --no-install-recommends chromium chromium-driver fonts-dejavu-core; }; then
    tail -n 5 "$log" >&2
    echo "$missing, and apt-get cannot install them"
    exit 1
fi
if ! is_there; then
    echo "$missing, not even after apt-get has installed the packages of these names"
    exit 1
fi
