//! Whether everything is well with the fleets of a coordinator.

pub mod args;
mod render;

use crate::{backup::folder::to_json, exit::Exit, output, runs::told, task::block_on};
use anyhow::Result;
use args::FleetsArgs;
use backup_journal::fleet_status::{FleetCondition, FleetStatus};
use std::cmp::Reverse;

/// Shows the fleets, the worst first. The exit status says whether something is wrong.
pub fn fleets(args: &FleetsArgs) -> Result<Exit> {
    block_on(async {
        let coordinator = args.connection.connect().await?.coordinator;
        let mut fleets = match &args.fleet {
            Some(fleet) => vec![coordinator.fleet_status(fleet).await.map_err(told)?],
            None => coordinator.all_fleet_statuses().await.map_err(told)?,
        };
        fleets.sort_by_key(|fleet| Reverse(fleet.condition));
        if args.json {
            output::answer(&to_json(&fleets)?)?;
        } else {
            output::show(&render::render(&fleets));
        }
        Ok(exit(&fleets))
    })
}

fn exit(fleets: &[FleetStatus]) -> Exit {
    if fleets.iter().all(|fleet| fleet.condition == FleetCondition::Well) {
        Exit::Complete
    } else {
        Exit::Incomplete
    }
}

#[cfg(test)]
mod tests {
    use super::{render::tests::status, *};

    #[test]
    fn the_exit_status_says_whether_something_is_wrong() {
        assert_eq!(exit(&[]), Exit::Complete);
        assert_eq!(exit(&[status("a", vec![])]), Exit::Complete);
        let wrong = backup_journal::fleet_status::FleetProblem::SchedulePaused;
        assert_eq!(exit(&[status("a", vec![]), status("b", vec![wrong])]), Exit::Incomplete);
    }
}
