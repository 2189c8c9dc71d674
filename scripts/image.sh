#!/usr/bin/env bash
# Writes tests/fixtures/images/<version>: the stable memory of a coordinator of this release, and its answers. The tests
# of later releases upgrade from it.
#
# Run it once for each release, on the tagged commit. It does not overwrite an image.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
scripts/build.sh --fixtures
cargo test --quiet --locked -p integration-tests --test releases -- --ignored --nocapture write_the_image
