//! The id of a snapshot.

use ic_management_canister_types::Snapshot;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, fmt, str::FromStr};

/// The snapshots of a canister at some time.
pub type SnapshotIds = BTreeSet<SnapshotId>;

/// Snapshots in a text, separated by commas.
pub fn listed(ids: &SnapshotIds) -> String {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    ids.join(", ")
}

/// The id that the network gives a snapshot; as text, hexadecimal in lower case.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct SnapshotId(Vec<u8>);

impl SnapshotId {
    /// The id as the network knows it.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for SnapshotId {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for SnapshotId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl From<SnapshotId> for String {
    fn from(id: SnapshotId) -> Self {
        id.to_string()
    }
}

impl FromStr for SnapshotId {
    type Err = hex::FromHexError;

    fn from_str(text: &str) -> Result<Self, hex::FromHexError> {
        hex::decode(text).map(Self)
    }
}

impl TryFrom<String> for SnapshotId {
    type Error = hex::FromHexError;

    fn try_from(text: String) -> Result<Self, hex::FromHexError> {
        text.parse()
    }
}

/// The ids of these snapshots.
pub fn ids<'a>(snapshots: impl IntoIterator<Item = &'a Snapshot>) -> SnapshotIds {
    snapshots.into_iter().map(|snapshot| snapshot.id.clone().into()).collect()
}

#[cfg(test)]
mod tests {
    use super::SnapshotId;

    #[test]
    fn an_id_survives_its_text() {
        for bytes in [Vec::new(), vec![0], (0..=255).collect()] {
            let id = SnapshotId::from(bytes.clone());
            assert_eq!(id.to_string().parse::<SnapshotId>().as_ref(), Ok(&id));
            assert_eq!(id.as_bytes(), bytes);
        }
        for text in ["0", "xy", " 00"] {
            assert!(text.parse::<SnapshotId>().is_err(), "{text}");
        }
    }
}
