//! What all tests of the command need.

use std::{
    env,
    path::{Path, PathBuf},
};

/// A built module.
pub fn module(name: &str) -> PathBuf {
    let built = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/wasm");
    let folder = env::var_os("WASM_DIR").map_or_else(built, PathBuf::from);
    let path = folder.join(format!("{name}.wasm.gz"));
    assert!(path.exists(), "{name}.wasm.gz is missing; build it with: scripts/build.sh --fixtures");
    path
}
