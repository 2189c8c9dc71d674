//! Calls and queries, on lines that break.

use super::{
    files, folder,
    line::{Fate, Line},
    served::Served,
};
use crate::agent::*;
use backup_fleet::{Management, error::may_still_happen};

fn is_unknown<T: std::fmt::Debug>(result: Result<T, backup_fleet::CallFailed>) -> bool {
    let error = result.expect_err("no answer").error;
    may_still_happen(&error)
}

#[tokio::test]
async fn calls_and_queries_are_answered_and_verified() {
    let served = Served::start();
    let management = Management::new(served.network(&served.url, 30).await);
    management.stop(served.canister).await.expect("stopped");
    let taken = management.take_snapshot(served.canister).await.expect("taken");
    assert_eq!(management.snapshots(served.canister).await.expect("listed"), [taken].into());
    management.start(served.canister).await.expect("started");
    let nobody = Principal::from_slice(&[0, 0, 0, 0, 0, 0x90, 0, 0, 1, 1]);
    let error = management.start(nobody).await.expect_err("nobody").error;
    assert!(
        matches!(error, IcError::CallRejected { code: RejectCode::DestinationInvalid, .. }),
        "{error}"
    );
    let foreign = served.network_of(&served.url, [9; 32], 30).await;
    let error = Management::new(foreign).stop(served.canister).await.expect_err("refused").error;
    let IcError::CallRejected { code, message } = error else { panic!("{error}") };
    assert!(code == RejectCode::CanisterError && message.starts_with("IC0512: "), "{message}");
}

#[tokio::test]
async fn a_machine_whose_clock_is_wrong_is_told_to_set_it() {
    let served = Served::start();
    let agent = served.network(&served.url, 30).await.agent;
    let address = served.url.parse().expect("an address");
    let clock = connect::clock(&agent, &address, served.canister).await.expect("right");
    let here = crate::clock::now().expect("a time");
    assert!(clock.now() <= here);
    served.advance(Duration::from_mins(10));
    let error = connect::clock(&agent, &address, served.canister).await.expect_err("wrong");
    assert!(error.to_string().contains("the clock of this machine is wrong"), "{error}");
}

/// Whatever happens to the first request on its way, the call has its effect once.
#[tokio::test]
async fn a_call_is_sent_again_when_the_connection_breaks() {
    for fate in [Fate::Refused, Fate::AnswerLost] {
        let served = Served::start();
        let line = Line::start(&served.url, &[Fate::Passed, fate]).await;
        let management = Management::new(served.network(&line.url, 30).await);
        let taken = management.take_snapshot(served.canister).await.expect("taken");
        assert_eq!(served.snapshots(), [taken], "{fate:?}");
        assert!(line.requests() >= 3, "{fate:?}");
    }
}

#[tokio::test]
async fn a_query_is_made_again_when_the_connection_breaks_but_not_for_ever() {
    let served = Served::start();
    let line = Line::start(&served.url, &[Fate::Passed, Fate::Refused, Fate::AnswerLost]).await;
    let network = served.network(&line.url, 2).await;
    let query = || network.query_call::<_, u32>(served.canister, "seven", ());
    assert_eq!(query().await, Ok(7));
    line.break_down(Fate::Refused);
    let Err(IcError::CallRejected { code, message }) = query().await else { panic!("an answer") };
    assert!(code == RejectCode::SysTransient && message.contains(&line.url), "{message}");
    line.mend();
    let answer = network.query_call::<_, String>(served.canister, "seven", ()).await;
    assert!(matches!(answer, Err(IcError::CandidDecodeFailed { .. })), "{answer:?}");
}

#[tokio::test]
async fn an_outcome_that_stays_open_is_unknown_and_a_call_that_was_not_sent_is_not() {
    let served = Served::start();
    let line = Line::start(&served.url, &[Fate::Passed]).await;
    let management = Management::new(served.network(&line.url, 1).await);
    line.break_down(Fate::AnswerLost);
    assert!(is_unknown(management.take_snapshot(served.canister).await));
    assert_eq!(served.snapshots().len(), 1);
    line.close().await;
    assert!(!is_unknown(management.take_snapshot(served.canister).await));
    assert_eq!(served.snapshots().len(), 1);
}

#[tokio::test]
async fn who_asks_again_after_an_unknown_outcome_gets_the_answer_to_the_first_call() {
    let (served, home) = (Served::start(), tempfile::tempdir().expect("a folder"));
    let line = Line::start(&served.url, &[Fate::Passed]).await;
    let network = served.network(&line.url, 1).await;
    let management =
        Management::new(network.keep_requests_in(&folder(home.path())).expect("a folder"));
    line.break_down(Fate::AnswerLost);
    assert!(is_unknown(management.take_snapshot(served.canister).await));
    assert_eq!(files(home.path()), 1);
    line.mend();
    let taken = management.take_snapshot(served.canister).await.expect("taken");
    assert_eq!((served.snapshots(), files(home.path())), (vec![taken], 0));
    // What was answered is over: the next one is another call.
    management.take_snapshot(served.canister).await.expect("taken");
    assert_eq!((served.snapshots().len(), files(home.path())), (2, 0));
}

/// What a server says now tells nothing about an earlier attempt, and may be different in a moment.
#[tokio::test]
async fn a_refusal_after_an_answer_that_was_lost_is_not_the_answer() {
    let (served, home) = (Served::start(), tempfile::tempdir().expect("a folder"));
    let fates = [Fate::Passed, Fate::AnswerLost, Fate::Unavailable, Fate::Unavailable];
    let line = Line::start(&served.url, &fates).await;
    let network = served.network(&line.url, 30).await;
    let management =
        Management::new(network.keep_requests_in(&folder(home.path())).expect("a folder"));
    let taken = management.take_snapshot(served.canister).await.expect("taken");
    assert_eq!((served.snapshots(), files(home.path())), (vec![taken], 0));
}
