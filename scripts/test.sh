#!/usr/bin/env bash
# Runs the tests.
#
#   scripts/test.sh                                        all tests that need only a Rust toolchain and the crate
#                                                          registry; those with icp and @icp-sdk/core if npm can install
#                                                          them; and those in a browser if there is one or apt-get can
#                                                          install one
#   scripts/test.sh [options of cargo test]                the first group, with these options
#   scripts/test.sh --browser [options of cargo test]      the tests in a browser
#   scripts/test.sh --npm [options of cargo test]          the tests with icp and @icp-sdk/core from npm
#   scripts/test.sh --pocket-ic [options of cargo test]    the scenarios on PocketIC
#
# POCKET_IC_BIN names the PocketIC server; without it the pocket-ic crate downloads a server.
# PROPTEST_RNG_SEED is the number from which the cases of the property tests follow; it is 1 unless it is set.
set -euo pipefail

# A relative path is relative to the caller's folder.
if [[ -n ${POCKET_IC_BIN-} && $POCKET_IC_BIN != /* ]]; then
    export POCKET_IC_BIN=$PWD/$POCKET_IC_BIN
fi

cd "$(dirname "${BASH_SOURCE[0]}")/.."

# One commit has one result. Other seeds, and more cases (PROPTEST_CASES), search further.
export PROPTEST_RNG_SEED=${PROPTEST_RNG_SEED-1}

tests=all
case ${1-} in
    -h | --help)
        sed -n '2,14s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
        exit 0
        ;;
    --browser | --npm | --pocket-ic)
        tests=${1#--}
        shift
        ;;
esac

in_a_browser() {
    # Of the whole workspace, so that what the other tests were built with is not built again.
    cargo test --locked --workspace --test serve "$@" -- --ignored in_a_browser
}

with_clients_from_npm() {
    cargo test --locked --workspace --test npm --test serve --test connection "$@" -- --ignored from_npm
}

# The tests load the modules.
scripts/build.sh --fixtures

case $tests in
    pocket-ic)
        if [[ -z ${POCKET_IC_BIN-} ]]; then
            echo "POCKET_IC_BIN is not set: the pocket-ic crate will download its server, which needs a network."
        elif [[ ! -x $POCKET_IC_BIN ]]; then
            echo "test.sh: POCKET_IC_BIN is $POCKET_IC_BIN, which is not an executable file" >&2
            exit 1
        fi
        cargo test --locked -p integration-tests "$@" -- --ignored pocket_ic
        ;;
    browser)
        scripts/install-browser.sh
        in_a_browser "$@"
        ;;
    npm)
        scripts/install-clients.sh
        with_clients_from_npm "$@"
        ;;
    all)
        cargo test --workspace --locked "$@"
        # With options only some of the tests run, so nothing is installed.
        if [[ $# == 0 ]]; then
            if why=$(scripts/install-clients.sh); then
                with_clients_from_npm
            else
                echo "tests with icp and @icp-sdk/core skipped: $why"
            fi
            if why=$(scripts/install-browser.sh); then
                in_a_browser
            else
                echo "browser test skipped: $why"
            fi
        fi
        ;;
esac
