//! Two operators at once: of what contradicts each other exactly one thing happens, and nothing is lost.

use backup_coordinator_client::journal::{
    api::{CoordinatorError as Error, Duplicate},
    journal::{
        JournalError as Journal, Operation, OperationReceipt, OperationState, ReceiptRecord,
        RunState,
    },
};
use candid::{CandidType, Principal};
use integration_tests::{
    Driver, Network, Outcome, Setup, callers, fleet,
    records::{self, Records},
    scenarios,
};
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;

scenarios![
    two_operators_share_a_run,
    contradictory_receipts_do_not_both_count,
    two_runs_side_by_side_do_not_touch_each_other,
];

const OPERATORS: [fn() -> Principal; 2] = [callers::operator, callers::second_operator];

/// Sends one update by each operator before either is answered.
fn race<T: CandidType + DeserializeOwned>(
    setup: &Setup,
    method: &str,
    arguments: [Vec<u8>; 2],
) -> Result<Vec<Result<T, Error>>, Box<dyn std::error::Error>> {
    use integration_tests::backend::RawCall;
    let mut tickets = Vec::new();
    for (operator, arg) in OPERATORS.iter().zip(arguments) {
        let call = RawCall::new(operator(), setup.coordinator, method, arg);
        tickets.push(setup.network.lock().submit(&call)?);
    }
    let answers = tickets.into_iter().map(|ticket| setup.network.wait(ticket));
    Ok(answers.collect::<Result<_, _>>()?)
}

/// The one success among the answers, which operator had it, and why the other had none.
fn winner<T: std::fmt::Debug>(mut answers: Vec<Result<T, Error>>) -> (usize, T, Error) {
    let won: Vec<usize> = (0..answers.len()).filter(|n| answers[*n].is_ok()).collect();
    let [winner] = won.as_slice() else {
        panic!("exactly one of two wins, not {answers:?}");
    };
    let loser = answers.remove(1 - winner).expect_err("the other lost");
    (*winner, answers.remove(0).expect("this one won"), loser)
}

fn claim(setup: &Setup, run: &Driver) -> Result<Operation, Box<dyn std::error::Error>> {
    let arg = candid::encode_one(&run.run_id)?;
    let claims = race(setup, "mark_next_operation_pending", [arg.clone(), arg])?;
    let (_, claimed, lost) = winner::<Operation>(claims);
    assert!(matches!(
        lost,
        Error::Journal(Journal::InvalidOperationTransition { from: OperationState::Pending, .. })
    ));
    Ok(claimed)
}

fn report(
    setup: &Setup,
    run: &Driver,
    receipts: [&OperationReceipt; 2],
) -> Result<(usize, ReceiptRecord, Error), Box<dyn std::error::Error>> {
    let arguments = receipts.map(|receipt| {
        candid::encode_args((&run.run_id, receipt)).expect("a receipt can be encoded")
    });
    Ok(winner(race(setup, "record_operation_receipt", arguments)?))
}

async fn two_operators_share_a_run(network: Network) -> Outcome {
    let setup = Setup::builder(network).members(3).build();
    let run = setup.driver("nightly");
    run.begin().await?;
    for _ in &run.plan.phases[4..] {
        let claimed = claim(&setup, &run)?;
        let receipt = run.perform(&claimed)?;
        let (_, recorded, lost) = report(&setup, &run, [&receipt, &receipt])?;
        assert!(matches!(
            lost,
            Error::Duplicate(Duplicate::Receipt { receipt_index, .. }) if receipt_index == recorded.index
        ));
    }

    let records = Records::of(&setup).await?;
    records.check();
    let record = &records.runs[0];
    assert_eq!(record.summary.state, RunState::Completed);
    let booked: BTreeSet<_> = record.receipts.iter().map(|r| r.receipt.sequence).collect();
    assert_eq!((booked.len(), record.receipts.len()), (16, 16));
    assert_eq!(records.audit.len(), 3 + 2 * 16);
    Ok(())
}

async fn contradictory_receipts_do_not_both_count(network: Network) -> Outcome {
    let setup = Setup::builder(network).members(1).build();
    let run = setup.driver("nightly");
    run.begin().await?;
    let claimed = claim(&setup, &run)?;
    let (good, bad) = (run.completed(&claimed), run.failed(&claimed, "I saw it fail"));
    let (winner, recorded, lost) = report(&setup, &run, [&good, &bad])?;

    assert!(matches!(lost, Error::Journal(Journal::ReceiptWithoutPendingOperation { .. })));
    assert_eq!(recorded.recorded_by, OPERATORS[winner]());
    assert_eq!(recorded.receipt, [good, bad][winner]);
    let record = records::run(&setup, "nightly").await?;
    assert_eq!(record.receipts, [recorded]);
    Ok(())
}

async fn two_runs_side_by_side_do_not_touch_each_other(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let fleet = fleet::paper_fleet(2);
    let alone = setup.driver_of(fleet::plan("a", &fleet));
    let other = setup.driver_of(fleet::plan("b", &fleet::paper_fleet_of("b", 2)));
    alone.begin().await?;
    other.begin().await?;
    for _ in 0..3 {
        alone.pretend().await?;
        let before = records::run(&setup, "a").await?;
        other.pretend().await?;
        assert_eq!(records::run(&setup, "a").await?, before);
    }
    let owed = records::run(&setup, "a").await?.starts_owed;
    assert_eq!(owed.len(), 2);
    assert_eq!(records::run(&setup, "b").await?.starts_owed.len(), 2);
    while other.client.next_ready_operation(&other.run_id).await?.is_some() {
        other.pretend().await?;
    }
    assert_eq!(records::run(&setup, "a").await?.starts_owed, owed);
    Records::of(&setup).await?.check();
    Ok(())
}
