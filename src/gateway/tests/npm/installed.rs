//! Where `scripts/install-clients.sh` puts the clients.

use std::path::{Path, PathBuf};

/// The folder of the clients.
pub fn clients() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/clients");
    assert!(
        folder.exists(),
        "the clients are missing; install them with: scripts/install-clients.sh"
    );
    folder.canonicalize().expect("a folder")
}
