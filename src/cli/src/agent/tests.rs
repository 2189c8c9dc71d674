//! Calls to a sandbox that is served, with connections that break, and drivers that die.

mod line;
mod served;

use super::*;
use crate::backup::folder::REQUESTS;
use backup_fleet::{Management, SnapshotId, error::may_still_happen};
use line::{Fate, Line};
use served::Served;
use std::{fs, path::Path};

/// A folder with kept calls.
fn folder(path: &Path) -> Folder {
    let folder = path.join("backup");
    if folder.exists() { Folder::open(&folder) } else { Folder::create(&folder).expect("created") }
}

fn files(path: &Path) -> usize {
    let entries = fs::read_dir(path.join("backup").join(REQUESTS)).expect("a folder");
    entries.count()
}

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
    let here = Timestamp(u64::try_from(jiff::Timestamp::now().as_nanosecond()).expect("a time"));
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

/// How far a driver has come with a call when it dies.
#[derive(Clone, Copy, Debug)]
enum Death {
    /// It stands on the disk.
    BeforeSending,
    /// It was sent.
    AfterSending,
    /// It was answered.
    AfterAnswer,
}

/// A driver that dies over taking a snapshot; another one goes on in its folder.
async fn die(served: &Served, home: &Path, death: Death, valid: Duration) -> AgentNetwork {
    let network = served.network(&served.url, 30).await;
    let first = AgentNetwork { valid, ..network.clone() }.keep_requests_in(&folder(home));
    let first = first.expect("a folder");
    let outbox = first.outbox.as_ref().expect("it has one");
    let args = backup_fleet::types::TakeCanisterSnapshotArgs {
        canister_id: served.canister,
        replace_snapshot: None,
        uninstall_code: None,
        sender_canister_version: None,
    };
    let arg = encode((args,)).expect("Candid");
    let (canister, sender) = (served.canister, first.sender().expect("a sender"));
    let wish = Wish { canister, method: "take_canister_snapshot", arg: &arg, sender };
    let to = (Principal::management_canister(), canister);
    let request = first.sign(to, wish.method, wish.arg).expect("signed");
    outbox.keep(&wish, &request, first.now()).expect("kept");
    match death {
        Death::BeforeSending => {}
        Death::AfterSending => {
            // The answer is waited for, so that the tests know when it has its effect; the driver has not seen it.
            let _ = first.agent.update_signed(canister, request.envelope).await.expect("sent");
        }
        Death::AfterAnswer => {
            let answer = send(&first.agent, &request, Duration::from_secs(30), false).await;
            assert!(answer.is_certain && answer.result.is_ok());
        }
    }
    network.keep_requests_in(&folder(home)).expect("a folder")
}

async fn settle(network: &AgentNetwork, is_awaited: bool) {
    let outbox = network.outbox.as_ref().expect("it has one");
    settle::settle(network, outbox, |_| is_awaited).await.expect("settled");
    assert_eq!(outbox.all(), []);
}

#[tokio::test]
async fn a_call_that_the_journal_waits_for_is_executed_once_wherever_its_driver_died() {
    for death in [Death::BeforeSending, Death::AfterSending, Death::AfterAnswer] {
        let (served, home) = (Served::start(), tempfile::tempdir().expect("a folder"));
        let network = die(&served, home.path(), death, VALID).await;
        settle(&network, true).await;
        assert_eq!((served.snapshots().len(), files(home.path())), (1, 0), "{death:?}");
    }
}

#[tokio::test]
async fn a_driver_that_does_not_settle_goes_on_with_the_call_all_the_same() {
    for death in [Death::BeforeSending, Death::AfterSending, Death::AfterAnswer] {
        let (served, home) = (Served::start(), tempfile::tempdir().expect("a folder"));
        let management = Management::new(die(&served, home.path(), death, VALID).await);
        let taken = management.take_snapshot(served.canister).await.expect("taken");
        assert_eq!((served.snapshots(), files(home.path())), (vec![taken], 0), "{death:?}");
    }
}

/// What nobody waits for is not sent, and is over when it is answered or when its time is.
#[tokio::test]
async fn a_call_that_nobody_waits_for_is_waited_for_until_nothing_can_become_of_it() {
    let valid = Duration::from_secs(3);
    for (death, snapshots) in [(Death::BeforeSending, 0), (Death::AfterSending, 1)] {
        let (served, home) = (Served::start(), tempfile::tempdir().expect("a folder"));
        let network = die(&served, home.path(), death, valid).await;
        let until = network.outbox.as_ref().expect("it has one").all()[0].expiry;
        settle(&network, false).await;
        let waited = network.now() > until;
        assert_eq!((served.snapshots().len(), waited), (snapshots, snapshots == 0), "{death:?}");
        assert_eq!(files(home.path()), 0);
    }
}

/// The network tells nobody about the calls of somebody else.
#[tokio::test]
async fn the_calls_of_somebody_else_are_waited_for_until_they_have_expired() {
    let (served, home) = (Served::start(), tempfile::tempdir().expect("a folder"));
    drop(die(&served, home.path(), Death::AfterSending, Duration::from_secs(3)).await);
    let other = served.network_of(&served.url, [9; 32], 30).await;
    let other = other.keep_requests_in(&folder(home.path())).expect("a folder");
    let until = other.outbox.as_ref().expect("it has one").all()[0].expiry;
    settle(&other, true).await;
    assert!(other.now() >= until);
    assert_eq!(files(home.path()), 0);
}

#[tokio::test]
async fn what_cannot_be_written_down_is_not_sent() {
    let (served, home) = (Served::start(), tempfile::tempdir().expect("a folder"));
    let network = served.network(&served.url, 30).await;
    let management = Management::new(network.keep_requests_in(&folder(home.path())).expect("kept"));
    fs::remove_dir_all(home.path().join("backup")).expect("removed");
    let error = management.take_snapshot(served.canister).await.expect_err("not kept").error;
    assert!(error.to_string().contains("take_canister_snapshot was not sent"), "{error}");
    assert_eq!(served.snapshots(), Vec::<SnapshotId>::new());
}

#[test]
fn what_is_kept_survives_the_loss_of_power_and_a_damaged_file_is_told() {
    let home = tempfile::tempdir().expect("a folder");
    let disk = crate::disk::recorded::RecordedDisk::default();
    let on_disk = folder(home.path()).on(disk.clone());
    let outbox = Outbox::open(on_disk).expect("opened");
    disk.assert_durable();
    let wish = Wish {
        canister: Principal::anonymous(),
        method: "stop_canister",
        arg: b"arg",
        sender: Principal::management_canister(),
    };
    let request = Request {
        id: ic_agent::RequestId::new(&[7; 32]),
        effective: wish.canister,
        expiry: Timestamp(9),
        envelope: vec![1, 2, 3],
    };
    let kept = outbox.keep(&wish, &request, Timestamp(1)).expect("kept");
    disk.assert_durable();
    let again = Outbox::open(folder(home.path())).expect("opened");
    assert_eq!((again.all(), again.find(&wish)), (vec![kept.clone()], Some(kept.clone())));
    for other in [
        Wish { canister: Principal::management_canister(), ..wish },
        Wish { method: "start_canister", ..wish },
        Wish { arg: b"other", ..wish },
        Wish { sender: Principal::anonymous(), ..wish },
    ] {
        assert_eq!(again.find(&other), None, "{other:?}");
    }
    outbox.forget(&kept).expect("forgotten");
    disk.assert_durable();
    assert_eq!(files(home.path()), 0);
    let path = home.path().join("backup").join(REQUESTS).join("x.json");
    fs::write(&path, "{").expect("written");
    let error = Outbox::open(folder(home.path())).expect_err("damaged").to_string();
    assert!(error.contains("x.json is damaged"), "{error}");
}
