//! What an operation that was done has to show.

/// What a receipt has to show for a completed operation.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Evidence {
    /// The snapshot that was taken, uploaded or loaded.
    pub snapshot_id: Option<String>,
    /// Where the download lies.
    pub artifact_path: Option<String>,
    /// What it was verified by.
    pub checksum: Option<String>,
}
