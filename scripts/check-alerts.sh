#!/usr/bin/env bash
# Checks docs/alerts.yml with promtool, which it takes from Debian's package prometheus if it is not installed. Where it
# cannot, it says why and checks nothing.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
promtool=$(command -v promtool || true)
if [[ -z $promtool ]]; then
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    # apt-get downloads as another user.
    chmod 755 "$work"
    if ! (cd "$work" && apt-get -q download prometheus >log 2>&1 && dpkg -x prometheus_*.deb .); then
        echo "alerts not checked: there is no promtool, and apt-get cannot download prometheus"
        exit 0
    fi
    promtool=$work/usr/bin/promtool
fi
"$promtool" check rules docs/alerts.yml
