//! Waves whose operations are claimed one at a time are the order of the reference.

use crate::{
    coverage::Coverage,
    journals::same_journeys,
    pair::{Call, apply},
    plans::valid_plan,
    runner,
    steps::steps,
};
use backup_journal::{
    Sequence, Timestamp,
    journal::{Journal, JournalError, OperationState},
};

/// Makes a call that claims the next operation as a claim of one operation of the wave, and any other call as it is.
///
/// What has failed the reference claims without a retry, and waves do not, so that call stays as it is as well.
fn apply_in_waves(
    ours: &mut Journal,
    call: &Call,
    now: Timestamp,
    coverage: &Coverage,
) -> Result<(), JournalError> {
    let next = ours.resume_summary().next_operation;
    let Some(next) = next.filter(|next| next.state == OperationState::Ready) else {
        return apply(ours, call, now);
    };
    let claims_next = match call {
        Call::ClaimNext => true,
        Call::Claim(sequence) => *sequence == next.sequence,
        _ => false,
    };
    if !claims_next {
        return apply(ours, call, now);
    }
    let claimed = ours.claim_operations(&(), 1, now)?;
    let claimed: Vec<Sequence> = claimed.iter().map(|operation| operation.sequence).collect();
    assert_eq!(claimed, [next.sequence]);
    coverage.met("claimed as a wave");
    Ok(())
}

#[test]
fn waves_that_are_claimed_one_by_one_move_like_the_reference() {
    let coverage = Coverage::default();
    runner::try_out("waves", 10, &(valid_plan(), steps(false)), |(plan, steps)| {
        let apply =
            |ours: &mut Journal, call: &Call, now| apply_in_waves(ours, call, now, &coverage);
        same_journeys(&plan, &steps, apply, &coverage)
    });
    println!("{}", coverage.report());
    coverage.assert_often("claimed as a wave", 1_000);
    coverage.assert_often("completed run", 10);
    coverage.assert_often("restart required", 20);
    coverage.assert_often("odd plan", 20);
    coverage.assert_often("plan that can work", 20);
}
