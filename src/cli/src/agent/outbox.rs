//! Calls that change canisters, on the disk before they are sent: no driver that dies takes with it what it has sent.
//!
//! Each stands in a file of its own in the folder of a backup, until it is certain what has become of it. Who asks a canister
//! for the same meanwhile does not send a second call but goes on with the first one.

use crate::{
    agent::requests::Request,
    backup::folder::{Folder, REQUESTS},
    disk,
};
use anyhow::{Context, Result};
use backup_journal::Timestamp;
use candid::Principal;
use ic_agent::RequestId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// The method that stops a canister.
const STOP: &str = "stop_canister";
/// The method that loads a snapshot.
const LOAD: &str = "load_canister_snapshot";
/// The methods of the management canister that change a canister, and do so again when they are called twice. Slices of an
/// upload do not: whenever they arrive, the same bytes go to the same place.
const CHANGING: [&str; 7] = [
    STOP,
    "start_canister",
    "take_canister_snapshot",
    LOAD,
    "delete_canister_snapshot",
    "upload_canister_snapshot_metadata",
    "upload_chunk",
];

/// Whether a call stands on the disk before it is sent.
pub fn is_kept(callee: Principal, method: &str) -> bool {
    callee == Principal::management_canister() && CHANGING.contains(&method)
}

/// Whether this is about the canister's running or not, so that a stop must not take effect after it.
pub fn is_after_stops(callee: Principal, method: &str) -> bool {
    callee == Principal::management_canister()
        && matches!(method, "canister_status" | "start_canister")
}

/// Whether this depends on the state of the canister, so that an earlier load must not take effect after it.
pub fn is_after_loads(callee: Principal, method: &str) -> bool {
    callee == Principal::management_canister() && (method == LOAD || method == "start_canister")
}

/// A call that was signed, and may have been sent.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Kept {
    /// The id by which the network knows it.
    #[serde(with = "hex")]
    request_id: [u8; 32],
    /// The canister that it is about.
    pub canister: Principal,
    /// The method of the management canister.
    pub method: String,
    /// SHA-256 of the argument.
    #[serde(with = "hex")]
    arg_sha256: [u8; 32],
    /// Who has signed it.
    pub sender: Principal,
    /// When it was signed.
    signed_at: Timestamp,
    /// Until when the network may take it.
    pub expiry: Timestamp,
    /// What is sent.
    #[serde(with = "hex")]
    envelope: Vec<u8>,
}

impl Kept {
    /// The call as it is sent.
    pub fn request(&self) -> Request {
        Request {
            id: RequestId::new(&self.request_id),
            effective: self.canister,
            expiry: self.expiry,
            envelope: self.envelope.clone(),
        }
    }

    /// Whether it stops its canister.
    pub fn is_stop(&self) -> bool {
        self.method == STOP
    }

    fn file(&self) -> PathBuf {
        Path::new(REQUESTS).join(format!("{}.json", hex::encode(self.request_id)))
    }
}

/// What is asked of a canister, and by whom.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// The canister.
    pub canister: Principal,
    /// The method of the management canister.
    pub method: &'a str,
    /// Its argument.
    pub arg: &'a [u8],
    /// Who asks.
    pub sender: Principal,
}

impl Wish<'_> {
    fn is_for(&self, kept: &Kept) -> bool {
        kept.canister == self.canister
            && kept.method == self.method
            && kept.arg_sha256 == sha256(self.arg)
            && kept.sender == self.sender
    }
}

/// The calls of which it is not certain what has become of them.
#[derive(Debug)]
pub struct Outbox {
    folder: Folder,
    kept: Mutex<Vec<Kept>>,
}

impl Outbox {
    /// Those in the folder of a backup.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn open(folder: Folder) -> Result<Self> {
        let path = folder.path().join(REQUESTS);
        disk::create_folders(folder.disk(), &path)?;
        let mut kept = Vec::new();
        let cannot_read = || format!("{} cannot be read", path.display());
        for entry in fs::read_dir(&path).with_context(cannot_read)? {
            let name = entry.with_context(cannot_read)?.file_name();
            // One that is half written was not sent.
            if Path::new(&name).extension().is_some_and(|extension| extension == "json") {
                kept.extend(folder.read_json::<Kept>(&Path::new(REQUESTS).join(name))?);
            }
        }
        Ok(Self { folder, kept: Mutex::new(kept) })
    }

    /// All of them.
    pub fn all(&self) -> Vec<Kept> {
        self.kept().clone()
    }

    /// The call by which this was asked before.
    pub fn find(&self, wish: &Wish<'_>) -> Option<Kept> {
        self.kept().iter().find(|kept| wish.is_for(kept)).cloned()
    }

    /// The loads of the canister that `wish` is about, but for one by which the same was asked before.
    pub fn other_loads(&self, wish: &Wish<'_>) -> Vec<Kept> {
        let others = |kept: &&Kept| {
            kept.canister == wish.canister && kept.method == LOAD && !wish.is_for(kept)
        };
        self.kept().iter().filter(others).cloned().collect()
    }

    /// The stops of a canister.
    pub fn stops_of(&self, canister: Principal) -> Vec<Kept> {
        let stops = |kept: &&Kept| kept.canister == canister && kept.is_stop();
        self.kept().iter().filter(stops).cloned().collect()
    }

    /// Keeps a call; it is on the disk then, and may be sent.
    ///
    /// # Errors
    /// If it cannot be written. Then it must not be sent.
    pub fn keep(&self, wish: &Wish<'_>, request: &Request, now: Timestamp) -> Result<Kept> {
        let kept = Kept {
            request_id: *request.id,
            canister: wish.canister,
            method: wish.method.to_owned(),
            arg_sha256: sha256(wish.arg),
            sender: wish.sender,
            signed_at: now,
            expiry: request.expiry,
            envelope: request.envelope.clone(),
        };
        self.folder.write_json(kept.file(), &kept)?;
        self.kept().push(kept.clone());
        Ok(kept)
    }

    /// Forgets a call of which it is certain what has become of it.
    ///
    /// # Errors
    /// If its file cannot be removed.
    pub fn forget(&self, over: &Kept) -> Result<()> {
        self.kept().retain(|kept| kept.request_id != over.request_id);
        let path = self.folder.path().join(over.file());
        match self.folder.disk().remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("{} cannot be removed", path.display()))
            }
            _ => disk::sync_name(self.folder.disk(), &path),
        }
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
