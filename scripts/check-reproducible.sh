#!/usr/bin/env bash
# Checks that the bytes of the module do not depend on the folder: copies this working tree to a folder with a name of
# another length, builds there with another cargo home, and compares the two modules.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
module=target/wasm/backup_coordinator.wasm.gz

scripts/build.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
copy=$work/a-folder-with-another-name
home=$work/cargo
mkdir -p "$copy" "$home/registry"

# What git knows or would add, as it is now.
git ls-files -z --cached --others --exclude-standard |
    while IFS= read -r -d '' file; do
        [[ ! -f $file ]] || printf '%s\0' "$file"
    done |
    tar --null --files-from=- -cf - | tar -xf - -C "$copy"

# The packages that are here already, so that nothing is downloaded twice; they are unpacked again.
for part in cache index; do
    cp -R "${CARGO_HOME:-$HOME/.cargo}/registry/$part" "$home/registry/$part"
done

echo "again, in $copy"
CARGO_HOME=$home "$copy/scripts/build.sh"

if ! cmp "$module" "$copy/$module"; then
    echo "check-reproducible.sh: the two modules differ" >&2
    exit 1
fi
echo "Both builds gave the same bytes."
