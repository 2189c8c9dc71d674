mod holds;
mod log;
mod refusals;
mod runs;

use super::{Reason, Replay, ReplayError};
use log::Log;
