//! What the coordinator has seen of the canisters of a fleet.

use super::{DAY, at, backup, problems};
use crate::{
    fixtures::orders,
    fleet::{DiscoveryOutcome, DiscoveryReport},
    fleet_status::FleetProblem,
};

#[test]
fn a_backup_of_which_snapshots_are_gone_fails_unless_it_was_downloaded() {
    assert_eq!(problems(|facts| facts.gone = 2), []);
    let damaged = problems(|facts| {
        facts.gone = 2;
        facts.complete = Some(backup("second", 2 * DAY));
    });
    let expected = FleetProblem::BackupDamaged { run_id: "third".into(), gone: 2 };
    assert_eq!(damaged, [expected]);
}

#[test]
fn what_a_discovery_tells_is_a_warning() {
    let told = |outcome| {
        let report = DiscoveryReport { run_id: "third".into(), at: at(2 * DAY), outcome };
        problems(|facts| facts.discovery = Some(report))
    };
    let listed = |unregistered, first| DiscoveryOutcome::Listed { listed: 4, unregistered, first };
    assert_eq!(told(listed(0, vec![])), []);
    let first = vec![orders()];
    let expected = FleetProblem::NotRegistered { unregistered: 1, first: first.clone() };
    assert!(expected.to_string().contains(&orders().to_text()), "{expected}");
    assert_eq!(told(listed(1, first)), [expected]);
    let reason = "no answer".to_string();
    let expected = FleetProblem::DiscoveryFailed { reason: reason.clone() };
    assert_eq!(told(DiscoveryOutcome::Failed { reason }), [expected]);
}
