#!/usr/bin/env bash
# Runs the tests.
#
#   scripts/test.sh [options of cargo test]                all that need only a Rust toolchain and the crate registry
#   scripts/test.sh --pocket-ic [options of cargo test]    the same scenarios on PocketIC
#
# For PocketIC, POCKET_IC_BIN names the server; without it the pocket-ic crate downloads the one it wants.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

case ${1-} in
    -h | --help)
        sed -n '2,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
        exit 0
        ;;
    --pocket-ic)
        pocket_ic=true
        shift
        ;;
    *) pocket_ic=false ;;
esac

# The tests load the modules.
scripts/build.sh --fixtures

if $pocket_ic; then
    if [[ -z ${POCKET_IC_BIN-} ]]; then
        echo "POCKET_IC_BIN is not set: the pocket-ic crate will download its server, which needs a network."
    elif [[ ! -x $POCKET_IC_BIN ]]; then
        echo "test.sh: POCKET_IC_BIN is $POCKET_IC_BIN, which is no executable file" >&2
        exit 1
    fi
    cargo test --locked -p integration-tests "$@" -- --ignored pocket_ic
else
    cargo test --workspace --locked "$@"
fi
