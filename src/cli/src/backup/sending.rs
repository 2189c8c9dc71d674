//! Sends the slices of a snapshot to a canister, several side by side, each held against the manifest when it is read.

use crate::{
    backup::{
        files::{self, Part},
        in_flight::InFlight,
        meter::Meter,
        patience,
        slices_done::Done,
        source::Source,
    },
    network::Network,
};
use anyhow::Result;
use backup_fleet::{FleetError, Management, SnapshotId};
use candid::Principal;
use futures_util::{StreamExt, stream};

/// How many slices of one snapshot are sent side by side; how many there are of all, [`InFlight`] says.
const SIDE_BY_SIDE: usize = 8;

/// A slice that the network has.
#[derive(Debug)]
pub struct Sent {
    /// Its file.
    pub file: String,
    /// Its number in the file.
    pub index: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

/// Sends the slices of a snapshot.
pub struct Sending<'a, N> {
    /// The network, for its time.
    pub network: &'a N,
    /// The network, for its snapshots.
    pub management: &'a Management<N>,
    /// What is sent.
    pub source: &'a Source,
    /// Where it goes.
    pub target: Principal,
    /// Shared by all that is uploaded side by side.
    pub in_flight: &'a InFlight,
    /// Who is told how it comes along.
    pub meter: &'a dyn Meter,
}

impl<N: Network> Sending<'_, N> {
    /// Sends what is not sent yet of these parts to a snapshot whose upload was begun. `sent` is told of each slice that the
    /// network has, in the order of the files.
    ///
    /// # Errors
    /// If a file is not what the manifest says, the network refuses a slice, or `sent` fails.
    pub async fn run(
        &self,
        snapshot: &SnapshotId,
        parts: &[Part],
        before: &Done,
        mut sent: impl FnMut(Sent) -> Result<()>,
    ) -> Result<()> {
        let left = parts.iter().flat_map(|part| {
            let done = before.get(&part.file()).map_or(0, Vec::len);
            (done as u64..part.slices()).map(move |index| (part, index))
        });
        let slices = stream::iter(left).map(|(part, index)| self.slice(snapshot, part, index));
        let mut slices = slices.buffered(SIDE_BY_SIDE);
        while let Some(slice) = slices.next().await {
            sent(slice?)?;
        }
        Ok(())
    }

    async fn slice(&self, snapshot: &SnapshotId, part: &Part, index: u64) -> Result<Sent> {
        let most = part.slice(index).1.unwrap_or(files::SLICE);
        let _permit = self.in_flight.admit(most).await;
        let (bytes, sha256) = self.source.slice(part, index)?;
        // To send it twice does no harm: the same bytes go to the same place.
        let send = async || {
            let (place, chunk) = (part.place(index), bytes.clone());
            self.management.upload_snapshot_data(self.target, snapshot, place, chunk).await
        };
        patience::repeat(self.network, self.meter, send).await.map_err(FleetError::from)?;
        self.meter.received(bytes.len() as u64);
        Ok(Sent { file: part.file(), index, sha256 })
    }
}
