//! The dashboard: plain HTML without scripts.

mod audit;
mod chart;
mod dashboard;
mod execution;
mod fleets;
mod parts;
mod run;
mod runs;
mod timeline;
mod waves;

pub use audit::audit;
pub use dashboard::dashboard;
pub(crate) use parts::Readable;
pub use run::run;
pub use runs::runs;
