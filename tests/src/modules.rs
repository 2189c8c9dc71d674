//! The modules under test, as `scripts/build.sh --fixtures` leaves them.

use std::{env, fs, path::PathBuf, sync::OnceLock};

/// The coordinator.
///
/// # Panics
/// When it has not been built.
pub fn coordinator() -> &'static [u8] {
    static MODULE: OnceLock<Vec<u8>> = OnceLock::new();
    MODULE.get_or_init(|| load("backup_coordinator"))
}

/// A member of a fleet.
///
/// # Panics
/// When it has not been built.
pub fn fleet_member() -> &'static [u8] {
    static MODULE: OnceLock<Vec<u8>> = OnceLock::new();
    MODULE.get_or_init(|| load("fleet_member"))
}

/// The root of a fleet.
///
/// # Panics
/// When it has not been built.
pub fn fleet_root() -> &'static [u8] {
    static MODULE: OnceLock<Vec<u8>> = OnceLock::new();
    MODULE.get_or_init(|| load("fleet_root"))
}

/// The floor that the costs of the coordinator are held against.
///
/// # Panics
/// When it has not been built.
pub fn floor() -> &'static [u8] {
    static MODULE: OnceLock<Vec<u8>> = OnceLock::new();
    MODULE.get_or_init(|| load("floor"))
}

fn load(name: &str) -> Vec<u8> {
    let folder = env::var_os("WASM_DIR").map_or_else(default_folder, PathBuf::from);
    let path = folder.join(format!("{name}.wasm.gz"));
    fs::read(&path).unwrap_or_else(|error| {
        panic!("{}: {error}; run scripts/build.sh --fixtures first", path.display())
    })
}

fn default_folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/wasm"))
}
