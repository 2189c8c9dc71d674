mod holds;
mod refusals;
mod runs;
mod script;

use super::{Reason, Replay, ReplayError};
use script::Log;
