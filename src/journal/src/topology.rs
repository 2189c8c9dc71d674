//! The canonical hash of a fleet's topology, by which drift between planning and execution is noticed.

use crate::registry::RegistryEntry;
use candid::Principal;
use sha2::{Digest, Sha256};

/// SHA-256, in lower-case hexadecimal, over the canonical rows of `registry`.
///
/// A row reads `pid=…|parent_pid=…|role=…|module_hash=…`, with `null` for what is absent; a canister
/// without a role has the empty role. Rows are sorted as text and joined by line feeds, so that the
/// order of the registry does not matter.
///
/// The form of the rows is that of `canic-backup`, so that both compute the same hash.
pub fn topology_hash(registry: &[RegistryEntry]) -> String {
    let mut rows: Vec<String> = registry.iter().map(canonical_row).collect();
    rows.sort_unstable();
    hex::encode(Sha256::digest(rows.join("\n")))
}

fn canonical_row(entry: &RegistryEntry) -> String {
    format!(
        "pid={}|parent_pid={}|role={}|module_hash={}",
        entry.canister_id,
        entry
            .parent_canister_id
            .map_or_else(|| "null".to_string(), |parent: Principal| parent.to_text()),
        entry.role.as_deref().unwrap_or_default(),
        entry.module_hash.as_deref().unwrap_or("null"),
    )
}
