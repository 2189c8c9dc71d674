//! What the simulated network promises, one scenario at a time.

mod calls;
mod certificate;
mod faults;
mod lifecycle;
mod limits;
mod management;
mod messages;
mod refusals;
mod runtime;
mod snapshots;
mod timers;
mod upgrades;
mod uploads;
mod world;
