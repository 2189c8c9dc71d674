//! What a release has stored, every later one reads: upgrades from the stable memory that each of them left.
//!
//! `tests/fixtures/images` has a folder for each release, with what was stored and what that release itself
//! answered then. Every test here looks at all of them.

mod answers;
mod choices;
mod compare;
mod content;
mod figures;
mod finish;
mod image;
mod known;
mod read;
mod refused;
mod write;
