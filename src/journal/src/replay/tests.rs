mod executions;
mod fleets;
mod holds;
mod refusals;
mod runs;
mod script;
mod waves;

use super::{Reason, Replay, ReplayError};
use script::Log;
