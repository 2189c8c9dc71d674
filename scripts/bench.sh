#!/usr/bin/env bash
# Measures what things cost: one table, and target/bench.tsv with a line "name<TAB>value<TAB>unit" for each figure.
#
#   scripts/bench.sh            all of it, about five minutes once it is built
#   scripts/bench.sh --quick    at smaller sizes, under two minutes once it is built
#
# Instructions are the fuel of the sandbox's interpreter: good for ratios, not the network's count.
# On a real network /metrics tells the network's own count of the last transition of each kind.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

case ${1-} in
    -h | --help)
        sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
        exit 0
        ;;
    "" | --quick) ;;
    *)
        echo "bench.sh: unknown argument $1 (try --help)" >&2
        exit 2
        ;;
esac

# The measurements load the modules.
scripts/build.sh --fixtures
cargo bench --quiet --locked -p integration-tests --bench costs -- "$@"
