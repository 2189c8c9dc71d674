#!/usr/bin/env bash
# Measures what calls cost, and how long a fleet is down. Prints a table, and writes target/bench.tsv with a line "name<TAB>value<TAB>unit" per figure.
#
#   scripts/bench.sh                everything: about five minutes after the build (eight with PocketIC)
#   scripts/bench.sh --quick        smaller sizes: less than two minutes after the build
#   scripts/bench.sh --pocket-ic    also on PocketIC; can be combined with --quick
#
# Instructions are the fuel of the sandbox's interpreter: good for ratios, but not the count of the network. PocketIC
# adds that count as pocket_ic_..., for the same calls on runs of the same sizes, computed from the cycles that the
# network charges. Upgrades are not measured there, because their price is mostly for compiling the module.
#
# POCKET_IC_BIN names the PocketIC server and implies --pocket-ic; without it the pocket-ic crate downloads a server.
set -euo pipefail

# A relative path is relative to the caller's folder.
if [[ -n ${POCKET_IC_BIN-} && $POCKET_IC_BIN != /* ]]; then
    export POCKET_IC_BIN=$PWD/$POCKET_IC_BIN
fi

cd "$(dirname "${BASH_SOURCE[0]}")/.."

pocket_ic=false
for arg in "$@"; do
    case $arg in
        -h | --help)
            sed -n '2,12s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
            exit 0
            ;;
        --quick) ;;
        --pocket-ic) pocket_ic=true ;;
        *)
            echo "bench.sh: unknown argument $arg (try --help)" >&2
            exit 2
            ;;
    esac
done

if [[ -n ${POCKET_IC_BIN-} ]]; then
    if [[ ! -x $POCKET_IC_BIN ]]; then
        echo "bench.sh: POCKET_IC_BIN is $POCKET_IC_BIN, which is not an executable file" >&2
        exit 1
    fi
    pocket_ic=true
    set -- "$@" --pocket-ic
elif $pocket_ic; then
    echo "POCKET_IC_BIN is not set: the pocket-ic crate will download its server, which needs a network."
fi

# The measurements load the modules.
scripts/build.sh --fixtures
cargo bench --quiet --locked -p integration-tests --bench costs -- "$@"
# Adds to what the bench before has written.
cargo bench --quiet --locked -p backupctl --bench rehearsals -- "$@"
if ! $pocket_ic; then
    echo "The network's own count is left out, for lack of a PocketIC server: set POCKET_IC_BIN, or say --pocket-ic to have it downloaded."
fi
