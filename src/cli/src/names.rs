//! Names that are made or checked here: of runs, plans and folders.

use crate::usage::UsageError;
use backup_journal::{PlanId, RunId, limits::MAX_NAME_BYTES};
use std::path::PathBuf;

/// What the id of a plan has in front of that of its run.
const PLAN_PREFIX: &str = "plan-";
/// The longest run id of which a plan id can be made.
const MAX_RUN_ID_BYTES: usize = MAX_NAME_BYTES - PLAN_PREFIX.len();

/// A run id also names a folder, so it is held to what is safe there.
pub fn parse_run_id(text: &str) -> Result<RunId, UsageError> {
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if (1..=MAX_RUN_ID_BYTES).contains(&text.len())
        && text.bytes().all(safe)
        && !text.starts_with('.')
    {
        return Ok(text.into());
    }
    Err(UsageError(format!(
        "a run id has 1 to {MAX_RUN_ID_BYTES} letters, digits, dashes, dots and underscores, and no dot in front"
    )))
}

/// The id of a run that nobody has named: the fleet and the time.
pub fn run_id_of(fleet: &str) -> RunId {
    let now = jiff::Timestamp::now().strftime("%Y%m%d-%H%M%S");
    format!("{}-{now}", safe(fleet)).into()
}

/// The id of the plan of a run.
pub fn plan_id_of(run_id: &RunId) -> PlanId {
    format!("{PLAN_PREFIX}{run_id}").into()
}

/// The id of a plan that nobody else makes: two drivers that begin the same run at the same time have different plans.
pub fn own_plan_id() -> PlanId {
    format!("{PLAN_PREFIX}{}", jiff::Timestamp::now().as_nanosecond()).into()
}

/// The folder of the backup that a run makes, unless another one is named.
pub fn folder_of(run_id: &RunId) -> PathBuf {
    PathBuf::from(format!("./backup-{run_id}"))
}

/// The folder of a run that restores a backup, unless another one is named.
pub fn restore_folder_of(run_id: &RunId) -> PathBuf {
    PathBuf::from(format!("./restore-{run_id}"))
}

/// A name as part of a folder's name.
fn safe(name: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    name.chars().take(40).map(safe).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn run_ids_that_are_no_folder_are_refused() {
        for text in ["", "a/b", "..", "a b", &"x".repeat(MAX_RUN_ID_BYTES + 1)] {
            assert!(parse_run_id(text).is_err(), "{text}");
        }
        let longest = parse_run_id(&"x".repeat(MAX_RUN_ID_BYTES)).expect("a run id");
        assert!(plan_id_of(&longest).as_str().len() <= MAX_NAME_BYTES);
    }

    #[test]
    fn a_run_is_named_after_its_fleet() {
        let run_id = run_id_of("my fleet/1");
        assert!(run_id.as_str().starts_with("my-fleet-1-2"), "{run_id}");
        assert!(parse_run_id(run_id.as_str()).is_ok());
    }
}
