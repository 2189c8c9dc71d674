//! What a backup run goes through, on the sandbox and on `PocketIC`.

mod batches;
mod blocks;
mod drafts;
mod executions;
mod executor;
mod fleet_root;
mod fleets;
mod journal;
mod memory;
mod operators;
mod pages;
mod plan_rules;
mod preflight;
mod preflight_batches;
mod preflight_large;
mod restarts;
mod restore_executions;
mod restores;
mod roles;
mod schedules;
mod settings;
mod size;
mod upgrades;
mod waves;
mod whole_and_draft;
mod whole_run;
