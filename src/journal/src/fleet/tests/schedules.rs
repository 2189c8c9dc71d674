//! Schedules of fleets, and what a fleet takes of which members are missing.

use super::{kept::Kept, registration, removing};
use crate::{
    fixtures::{nightly, orders, registry, seconds},
    fleet::{FleetError, FleetPolicy, FleetRegistration, FleetUpdate, set_schedule},
    schedule::{Schedule, ScheduleError},
};

#[test]
fn a_fleet_of_which_members_are_missing_takes_only_an_update_of_itself() {
    let announced = FleetRegistration { expected_members: Some(4), ..registration(registry()) };
    let mut kept = Kept::registered(&announced).expect("it is valid");
    let incomplete = FleetError::Incomplete { members: 3, expected_members: 4 };
    assert_eq!(kept.update(&removing(vec![orders()])), Err(incomplete.clone()));
    let policy = FleetPolicy { max_attempts: 1, ..FleetPolicy::default() };
    let changed = FleetUpdate { policy: Some(policy), ..FleetUpdate::default() };
    assert_eq!(kept.update(&changed), Ok(()));
    assert_eq!(kept.fleet.policy, policy);
    let schedule = Some(nightly());
    assert_eq!(set_schedule(&kept.fleet, schedule, seconds(9)), Err(incomplete));
}

#[test]
fn a_schedule_is_set_replaced_and_removed() {
    let mut fleet = Kept::registered(&registration(registry())).expect("it is valid").fleet;
    let mut set = |schedule: Option<Schedule>| {
        let change = set_schedule(&fleet, schedule, seconds(9))?;
        let changed = change.is_some();
        if let Some(change) = change {
            assert_eq!(change.members.len(), 0);
            fleet = change.fleet;
        }
        Ok((changed, fleet.schedule.clone(), fleet.updated_at))
    };
    assert_eq!(set(None), Err(ScheduleError::NotScheduled.into()));
    let paused = Schedule { paused: true, ..nightly() };
    for schedule in [nightly(), paused] {
        let set_now = Ok((true, Some(schedule.clone()), seconds(9)));
        assert_eq!(set(Some(schedule.clone())), set_now);
        assert_eq!(set(Some(schedule.clone())), Ok((false, Some(schedule), seconds(9))));
    }
    let wrong = Schedule { window_seconds: Some(1), ..nightly() };
    assert!(matches!(set(Some(wrong)), Err(FleetError::Schedule(_))));
    assert_eq!(set(None), Ok((true, None, seconds(9))));
    assert_eq!(set(None), Err(ScheduleError::NotScheduled.into()));
}
