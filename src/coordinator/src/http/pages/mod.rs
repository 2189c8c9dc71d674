//! The dashboard: plain HTML without scripts.

mod audit;
mod dashboard;
mod parts;
mod run;
mod timeline;

pub use audit::audit;
pub use dashboard::dashboard;
pub(crate) use parts::Readable;
pub use run::run;
