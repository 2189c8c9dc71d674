#!/usr/bin/env bash
# Writes tests/fixtures/images/<version>: what a coordinator of the release that is checked out has stored, and
# what it says of it. Later releases are tested to read it.
#
# To be run once for each release, on its tagged commit. An image that is there is left alone.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
scripts/build.sh --fixtures
cargo test --quiet --locked -p integration-tests --test releases -- --ignored --nocapture write_the_image
