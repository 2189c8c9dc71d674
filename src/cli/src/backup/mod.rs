//! Backups on this machine: how snapshots come into the folder of a backup, and whether they are still what they were.
//!
//! What lies where is in `docs/backups.md`.

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
mod slices_done;
pub mod verify;
pub mod whole;
