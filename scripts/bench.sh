#!/usr/bin/env bash
# Measures what things cost: one table, and target/bench.tsv with a line "name<TAB>value<TAB>unit" for each figure.
#
#   scripts/bench.sh                all of it, about five minutes once it is built (eight with PocketIC)
#   scripts/bench.sh --quick        at smaller sizes, under two minutes once it is built
#   scripts/bench.sh --pocket-ic    also on PocketIC; may be combined with --quick
#
# Instructions are the fuel of the sandbox's interpreter: good for ratios, not the network's count. PocketIC adds
# that, as pocket_ic_..., for the same calls on runs of the same sizes: what the network charges in cycles says how
# many instructions it counted. Upgrades are left out there, since what they are charged is mostly for compiling.
#
# For PocketIC, POCKET_IC_BIN names the server, and then --pocket-ic need not be said; without it the pocket-ic crate
# downloads the one it wants.
set -euo pipefail

# A relative path is meant from where the caller stands.
if [[ -n ${POCKET_IC_BIN-} && $POCKET_IC_BIN != /* ]]; then
    export POCKET_IC_BIN=$PWD/$POCKET_IC_BIN
fi

cd "$(dirname "${BASH_SOURCE[0]}")/.."

pocket_ic=false
for arg in "$@"; do
    case $arg in
        -h | --help)
            sed -n '2,13s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
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
        echo "bench.sh: POCKET_IC_BIN is $POCKET_IC_BIN, which is no executable file" >&2
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
if ! $pocket_ic; then
    echo "The network's own count is left out, for lack of a PocketIC server: set POCKET_IC_BIN, or say --pocket-ic to have it downloaded."
fi
