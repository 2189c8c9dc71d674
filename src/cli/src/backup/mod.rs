//! Backups on this machine: how snapshots come into the folder of a backup, whether they are still what they were, and how
//! they come back to the network.
//!
//! What lies where is in `docs/backups.md`.

pub mod compare;
pub mod download;
pub mod files;
pub mod folder;
pub mod hash;
pub mod import;
pub mod in_flight;
pub mod manifest;
pub mod meter;
mod noting;
mod patience;
pub mod record;
pub mod sending;
pub mod slices_done;
pub mod source;
pub mod upload;
pub mod verify;
pub mod whole;
