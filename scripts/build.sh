#!/usr/bin/env bash
# Builds the module of the coordinator: target/wasm/backup_coordinator.wasm.gz
#
#   scripts/build.sh              the coordinator
#   scripts/build.sh --fixtures   also the canisters that tests and rehearsals use
#
# Two builds of one commit with one toolchain give the same bytes in any folder: every path that the compiler could
# write into the module is replaced by a fixed one, and compiler flags of the environment are ignored.
# Needs a Rust toolchain and the crate registry.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
triple=wasm32-unknown-unknown
# A target folder of its own: builds with other flags do not undo this one, nor wait for it.
build=$root/target/module
modules=$root/target/wasm

fixtures=false
for arg in "$@"; do
    case $arg in
        --fixtures) fixtures=true ;;
        -h | --help)
            sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
            exit 0
            ;;
        *)
            echo "build.sh: unknown argument $arg (try --help)" >&2
            exit 2
            ;;
    esac
done

sysroot=$(rustc --print sysroot)
if [[ ! -d $sysroot/lib/rustlib/$triple ]]; then
    rustup target add "$triple"
fi

# Nothing but this script and Cargo.toml decides how the module is compiled.
unset RUSTFLAGS CARGO_BUILD_RUSTFLAGS "${!CARGO_PROFILE_@}"
export CARGO_INCREMENTAL=0

# The sources of dependencies lie in a folder named after the registry they were fetched from.
host=$(rustc --version --verbose | sed -n 's/^host: //p')
commit=$(rustc --version --verbose | sed -n 's/^commit-hash: //p')
cargo fetch --quiet --locked --target "$triple" --target "$host"
cargo_home=$(cd "${CARGO_HOME:-$HOME/.cargo}" && pwd)
# The linker leaves room for five bytes at each reference unless told to close the gaps.
flags=(
    "-Clink-arg=--compress-relocations"
    "-Clink-arg=-O2"
    "--remap-path-prefix=$cargo_home=/cargo"
    "--remap-path-prefix=$root=/backup-coordinator"
    "--remap-path-prefix=$sysroot/lib/rustlib/src/rust=/rustc/$commit"
)
for sources in "$cargo_home"/registry/src/*/; do
    flags+=("--remap-path-prefix=${sources%/}=/cargo/registry")
done
# The form of RUSTFLAGS that allows for blanks in a path: separated by 0x1f.
CARGO_ENCODED_RUSTFLAGS=$(
    IFS=$'\x1f'
    echo "${flags[*]}"
)
export CARGO_ENCODED_RUSTFLAGS

sha256() {
    if command -v sha256sum >/dev/null; then
        sha256sum "$1" | cut -d ' ' -f 1
    else
        shasum -a 256 "$1" | cut -d ' ' -f 1
    fi
}

# module PACKAGE NAME: compiles a package and puts NAME.wasm.gz in its place, at once and only if it changed.
module() {
    local package=$1 name=$2
    local raw=$build/$triple/canister/$name.wasm
    local packed=$modules/$name.wasm.gz
    cargo build --quiet --locked --profile canister --target "$triple" --target-dir "$build" -p "$package"
    mkdir -p "$modules"
    gzip -n -9 -c "$raw" >"$packed.$$"
    if cmp -s "$packed.$$" "$packed"; then
        rm "$packed.$$"
    else
        mv "$packed.$$" "$packed"
    fi
    echo "target/wasm/$name.wasm.gz"
    echo "  raw     $(wc -c <"$raw" | tr -d ' ') bytes"
    echo "  gzipped $(wc -c <"$packed" | tr -d ' ') bytes"
    echo "  SHA-256 $(sha256 "$packed")"
}

# One by one: packages that are built together share the features of their dependencies, and the coordinator's
# module must not depend on what else is built.
module backup-coordinator backup_coordinator
if $fixtures; then
    module fleet-member fleet_member
    module fleet-root fleet_root
    module floor floor
fi
