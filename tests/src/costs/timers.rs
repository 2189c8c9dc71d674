//! What the timers of the executor cost when there is nothing to do.

use crate::{Network, Setup, fleet, setup::create_member};
use backup_journal::{
    RunId,
    execution::BackupRequest,
    schedule::{Schedule, Timing},
};
use canister_sandbox::Sandbox;
use std::time::Duration;

/// In this time both timers come, one of them up to twice.
const ROUND: Duration = Duration::from_secs(30);
const DAY: Duration = Duration::from_hours(24);

/// The instructions of one round of all timers, while an execution waits for a canister that another run holds, and a run
/// has a restart deadline that has not come.
///
/// # Panics
/// When the coordinator refuses a call.
pub fn idle_timers() -> u64 {
    let setup = Setup::builder(Network::sandbox()).build();
    pollster::block_on(wait_for_another_run(&setup));
    let mut network = setup.network.lock();
    let sandbox = network.as_sandbox().expect("this network is a sandbox");
    sandbox.run_until_idle();
    (0..3).map(|_| round(sandbox)).max().unwrap_or_default()
}

/// The instructions of a day on which the backup of a fleet with a schedule is not due.
///
/// # Panics
/// When the coordinator refuses a call.
pub fn idle_day() -> u64 {
    let setup = Setup::builder(Network::sandbox()).members(4).with_root().executed().build();
    let set_schedule = async {
        let administrator = setup.as_administrator();
        let registration = fleet::registration("shop", &setup.registry);
        administrator.register_fleet(&registration).await.expect("the fleet is registered");
        let schedule = Schedule {
            timing: Timing::Cron("30 3 1 7 *".to_string()),
            window_seconds: None,
            paused: false,
            keep_on_network: None,
        };
        let set = administrator.set_schedule(&registration.fleet, &schedule).await;
        set.expect("the fleet has a schedule");
    };
    pollster::block_on(set_schedule);
    let mut network = setup.network.lock();
    let sandbox = network.as_sandbox().expect("this network is a sandbox");
    sandbox.run_until_idle();
    (0..DAY.as_secs() / ROUND.as_secs()).map(|_| round(sandbox)).sum()
}

fn round(sandbox: &mut Sandbox) -> u64 {
    sandbox.advance_time(ROUND);
    let mut instructions = 0;
    while let Some(step) = sandbox.step() {
        instructions += step.cost.instructions;
    }
    instructions
}

async fn wait_for_another_run(setup: &Setup) {
    let member = create_member(&setup.network, [setup.coordinator], 0);
    let held = fleet::registry(fleet::paper_canister(7), &[member], "aa");
    let holder = setup.driver_of(fleet::plan("holder", &held));
    holder.begin().await.expect("the run begins");
    holder.claim().await.expect("the stop is claimed");
    let (administrator, operator) = (setup.as_administrator(), setup.as_operator());
    let deadline = operator.set_restart_deadline(&holder.run_id, 86_400).await;
    deadline.expect("the run has a deadline");
    let registration = fleet::registration("held", &fleet::registry(member, &[], "aa"));
    administrator.register_fleet(&registration).await.expect("the fleet is registered");
    let run_id = Some(RunId::from("waiting"));
    let request = BackupRequest { run_id, ..BackupRequest::default() };
    operator.start_backup(&"held".into(), &request).await.expect("the backup begins");
}
