#!/usr/bin/env bash
# Changes the domain in one place at a time, and lists the changes that no test notices.
#
#   scripts/mutants.sh                       every change in src/journal: about three hours on two cores
#   scripts/mutants.sh --shard 3/16          a sixteenth of them
#   scripts/mutants.sh --file 'src/journal/src/journal/**'    those of the state machine
#
# The tests of the package run first, with few cases of each property. What they do not notice is tried again with all
# cases, and with the conformance and the exhaustive tests. Further arguments go to cargo-mutants, which is installed if it
# is missing. The result is in target/mutants. It is not part of .ci/run.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [[ ${1-} == -h || ${1-} == --help ]]; then
    sed -n '2,10s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    exit 0
fi

version=27.1.0
if ! cargo mutants --version 2>/dev/null | grep -q " $version\$"; then
    cargo install --quiet --locked "cargo-mutants@$version"
fi

out=target/mutants
mkdir -p "$out"
rm -rf "$out/own" "$out/all"

# mutants FOLDER [ARGUMENT...]: exits with 2 when some were missed, and with 3 when some hung, which is the result.
mutants() {
    local folder=$1 status=0
    shift
    cargo mutants --package backup-journal --no-shuffle --minimum-test-timeout 60 --output "$out/$folder" "$@" ||
        status=$?
    case $status in
        0 | 2 | 3) ;;
        *) exit "$status" ;;
    esac
}

# One commit has one result.
export PROPTEST_RNG_SEED=1
PROPTEST_CASES=16 mutants own --jobs 2 --cargo-arg=--lib "$@"
missed=$out/own/mutants.out/missed.txt
if [[ -s $missed ]]; then
    # A mutant is named by its place and by what it does, which is not a pattern: every character stands for itself.
    patterns=()
    while IFS= read -r mutant; do
        patterns+=(--re "^$(sed 's/[][\.*^$+?(){}|\/-]/\\&/g' <<<"$mutant")\$")
    done <"$missed"
    mutants all "${patterns[@]}" --test-package backup-journal,integration-tests \
        -- --lib --test conformance --test exhaustive
    missed=$out/all/mutants.out/missed.txt
fi

tried=$(wc -l <"$out/own/mutants.out/caught.txt")
tried=$((tried + $(wc -l <"$out/own/mutants.out/missed.txt") + $(wc -l <"$out/own/mutants.out/timeout.txt")))
left=$(wc -l <"$missed")
echo "$((tried - left)) of $tried changes were noticed; those that were not:"
cat "$missed"
