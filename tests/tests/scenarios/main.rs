//! What a backup run goes through, on the sandbox and on `PocketIC`.

mod drafts;
mod executor;
mod fleet_root;
mod journal;
mod operators;
mod preflight;
mod roles;
mod size;
mod upgrades;
mod whole_run;
