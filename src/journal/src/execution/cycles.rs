//! The cycles that the coordinator itself needs for a run.

use super::ExecutionError;
use crate::fleet::FleetPolicy;
use candid::CandidType;
use serde::{Deserialize, Serialize};

/// What a call costs the coordinator in the end: a backup was measured to cost 64 M cycles for a member, with seven calls.
const CYCLES_PER_CALL: u128 = 10_000_000;

/// The calls of the coordinator to itself that can wait beside those of a run: its timers are such calls.
const TIMERS: u32 = 2;

/// How many calls follow each other for a member, from its check to its start, if each is answered.
pub const fn calls_per_member(restores: bool) -> u32 {
    if restores { 12 } else { 7 }
}

/// The cycles of the coordinator itself, and what a run needs of them.
#[derive(CandidType, Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct OwnCycles {
    /// What the coordinator has beyond its own freezing limit.
    pub available: u64,
    /// What the run needs: what the network holds back for all calls that can wait for their answers at the same time, and
    /// what all calls cost if each is made as often as the policy allows.
    pub needed: u64,
}

impl OwnCycles {
    /// What a run of so many members needs of `available`. `held_back` is what the network holds back for a call until it is
    /// answered.
    pub fn of(
        available: u128,
        members: u32,
        restores: bool,
        policy: FleetPolicy,
        held_back: u128,
    ) -> Self {
        let at_once = u128::from(members.min(policy.max_parallel) + TIMERS);
        let calls = u128::from(members)
            * u128::from(calls_per_member(restores))
            * u128::from(policy.max_attempts);
        let needed = held_back.saturating_mul(at_once).saturating_add(calls * CYCLES_PER_CALL);
        let fit = |cycles| u64::try_from(cycles).unwrap_or(u64::MAX);
        Self { available: fit(available), needed: fit(needed) }
    }

    /// Whether the run can be begun.
    ///
    /// # Errors
    /// [`ExecutionError::TooFewCycles`].
    pub const fn check(self) -> Result<(), ExecutionError> {
        let Self { available, needed } = self;
        if available < needed {
            return Err(ExecutionError::TooFewCycles { available, needed });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        fixtures::{orders, plan, restore_plan},
        plan::{BackupOperation, BackupPlan, SnapshotPlace},
    };
    use proptest::prelude::*;

    const HELD_BACK: u128 = 40_000_000_000;

    fn needed(members: u32, restores: bool, policy: FleetPolicy) -> u64 {
        OwnCycles::of(0, members, restores, policy, HELD_BACK).needed
    }

    #[test]
    fn calls_that_wait_count_most() {
        let policy = FleetPolicy { max_parallel: 10, max_attempts: 1, ..FleetPolicy::default() };
        let of_calls = |members| u64::from(members * calls_per_member(false)) * 10_000_000;
        assert_eq!(needed(3, false, policy), (3 + 2) * 40_000_000_000 + of_calls(3));
        // Each call is made as often as the policy allows.
        let often = FleetPolicy { max_attempts: 5, ..policy };
        assert_eq!(needed(3, false, often), (3 + 2) * 40_000_000_000 + 5 * of_calls(3));
        // No more than ten calls wait at the same time, however many members there are.
        let most = (10 + 2) * 40_000_000_000 + of_calls(1_000);
        assert_eq!(needed(1_000, false, policy), most);
    }

    /// Each operation on a member is a call, and so is its check before the run.
    #[test]
    fn every_operation_of_the_coordinator_is_counted() {
        let operations = |plan: &BackupPlan| {
            let on_a_member = |it: &&BackupOperation| it.target_canister_id == Some(orders());
            let count = plan.phases.iter().filter(on_a_member).filter(|it| !it.kind.is_transfer());
            u32::try_from(count.count()).expect("there are few")
        };
        assert!(calls_per_member(false) > operations(&plan()));
        assert!(calls_per_member(true) > operations(&restore_plan(SnapshotPlace::Network)));
    }

    #[test]
    fn too_few_cycles_are_refused_with_both_numbers() {
        let own = OwnCycles { available: 5, needed: 5 };
        assert_eq!(own.check(), Ok(()));
        let refused = OwnCycles { available: 4, ..own }.check();
        assert_eq!(refused, Err(ExecutionError::TooFewCycles { available: 4, needed: 5 }));
        let told = refused.map_err(|error| error.to_string());
        assert!(told.is_err_and(|told| told.contains(" 4 ") && told.contains(" 5;")));
    }

    proptest! {
        #[test]
        fn more_work_never_needs_less(
            members in 1_u32..=100_000,
            max_parallel in 1_u32..=50,
            max_attempts in 1_u32..=20,
            restores: bool,
            held_back: u128,
            available: u128,
        ) {
            let policy = FleetPolicy { max_parallel, max_attempts, ..FleetPolicy::default() };
            let of = |members, policy, restores| {
                OwnCycles::of(available, members, restores, policy, held_back).needed
            };
            let needed = of(members, policy, restores);
            let more = FleetPolicy { max_parallel: max_parallel + 1, ..policy };
            prop_assert!(of(members, more, restores) >= needed);
            let more = FleetPolicy { max_attempts: max_attempts + 1, ..policy };
            prop_assert!(of(members, more, restores) >= needed);
            prop_assert!(of(members + 1, policy, restores) >= needed);
            prop_assert!(of(members, policy, true) >= needed);
            prop_assert!(u128::from(needed) >= held_back.min(u128::from(u64::MAX)));
        }
    }
}
