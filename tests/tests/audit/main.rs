//! The log of a coordinator, checked without trusting it: the chain, the certificate, the replay.

mod canisters;
mod certificate;
mod comparison;
mod fleets;
mod in_use;
mod meanwhile;
mod on_pocket_ic;
mod script;
mod setting;
mod steps;
mod tampering;
