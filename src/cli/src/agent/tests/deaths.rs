//! Calls of drivers that die.

use super::{files, folder, served, served::Served};
use crate::{agent::*, backup::folder::REQUESTS, disk::recorded::RecordedDisk};
use backup_fleet::{
    Management, Performer, SnapshotId, SnapshotIds, TakeNotes,
    types::{
        CanisterIdRecord, CanisterStatusType, LoadCanisterSnapshotArgs, TakeCanisterSnapshotArgs,
    },
};
use backup_journal::Sequence;
use std::{fs, io, path::Path};

/// Nothing is noted, since no snapshot is taken through these.
struct NoNotes;

impl TakeNotes for NoNotes {
    type Error = io::Error;

    fn noted(&self, _: Sequence, _: Principal) -> io::Result<Option<SnapshotIds>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn note(&self, _: Sequence, _: Principal, _: &SnapshotIds) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
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

const TAKE: &str = "take_canister_snapshot";
const STOP: &str = "stop_canister";
const LOAD: &str = "load_canister_snapshot";

/// A driver that dies over a call; another one goes on in its folder.
async fn die_over(
    method: &str,
    served: &Served,
    home: &Path,
    (death, valid): (Death, Duration),
) -> (AgentNetwork, Request) {
    let network = served.network(&served.url, 30).await;
    let first = AgentNetwork { valid, ..network.clone() }.keep_requests_in(&folder(home));
    let first = first.expect("a folder");
    let outbox = first.outbox.as_ref().expect("it has one");
    let canister_id = served.canister;
    let arg = match method {
        TAKE => encode((TakeCanisterSnapshotArgs {
            canister_id,
            replace_snapshot: None,
            uninstall_code: None,
            sender_canister_version: None,
        },)),
        LOAD => encode((LoadCanisterSnapshotArgs {
            canister_id,
            snapshot_id: served.snapshots()[0].as_bytes().to_vec(),
            sender_canister_version: None,
        },)),
        _ => encode((CanisterIdRecord { canister_id },)),
    };
    let (arg, sender) = (arg.expect("Candid"), first.sender().expect("a sender"));
    let wish = Wish { canister: canister_id, method, arg: &arg, sender };
    let to = (Principal::management_canister(), canister_id);
    let request = first.sign(to, wish.method, wish.arg).expect("signed");
    outbox.keep(&wish, &request, first.now()).expect("kept");
    match death {
        Death::BeforeSending => {}
        Death::AfterSending => {
            // The answer is waited for, so that the tests know when it has its effect; the driver has not seen it.
            let envelope = request.envelope.clone();
            let _ = first.agent.update_signed(canister_id, envelope).await.expect("sent");
        }
        Death::AfterAnswer => {
            let answer = send(&first.agent, &request, Duration::from_secs(30), false).await;
            assert!(answer.is_certain && answer.result.is_ok());
        }
    }
    (network.keep_requests_in(&folder(home)).expect("a folder"), request)
}

async fn die(served: &Served, home: &Path, death: Death) -> AgentNetwork {
    die_over(TAKE, served, home, (death, VALID)).await.0
}

async fn settle(network: &AgentNetwork, is_awaited: bool) {
    let outbox = network.outbox.as_ref().expect("it has one");
    settle::settle(network, outbox, |_| is_awaited).await.expect("settled");
}

#[tokio::test]
async fn a_call_that_the_journal_waits_for_is_executed_once_wherever_its_driver_died() {
    for death in [Death::BeforeSending, Death::AfterSending, Death::AfterAnswer] {
        let (served, home) = (Served::start(), tempfile::tempdir().expect("a folder"));
        let network = die(&served, home.path(), death).await;
        settle(&network, true).await;
        assert_eq!((served.snapshots().len(), files(home.path())), (1, 0), "{death:?}");
    }
}

#[tokio::test]
async fn a_driver_that_does_not_settle_goes_on_with_the_call_all_the_same() {
    for death in [Death::BeforeSending, Death::AfterSending, Death::AfterAnswer] {
        let (served, home) = (Served::start(), tempfile::tempdir().expect("a folder"));
        let management = Management::new(die(&served, home.path(), death).await);
        let taken = management.take_snapshot(served.canister).await.expect("taken");
        assert_eq!((served.snapshots(), files(home.path())), (vec![taken], 0), "{death:?}");
    }
}

#[tokio::test]
async fn a_call_that_nobody_waits_for_is_not_sent_and_is_forgotten_when_it_has_expired() {
    let (served, home) = (Served::start(), tempfile::tempdir().expect("a folder"));
    let death = (Death::BeforeSending, Duration::from_secs(2));
    let (network, request) = die_over(TAKE, &served, home.path(), death).await;
    settle(&network, false).await;
    assert_eq!((served.snapshots().len(), files(home.path())), (0, 1));
    while network.now() <= request.expiry {
        network.sleep(Duration::from_millis(100)).await;
    }
    settle(&network, true).await;
    assert_eq!((served.snapshots().len(), files(home.path())), (0, 0));
}

/// How a canister is started, and what it is like when an earlier stop can have no effect any more.
async fn start_after(network: &AgentNetwork, served: &Served) -> CanisterStatusType {
    let performer = Performer::new(network.clone(), NoNotes);
    performer.start(served.canister).await.expect("started");
    network.sleep(Duration::from_secs(4)).await;
    performer.management().status(served.canister).await.expect("a status").status
}

/// A start that finds its canister running does nothing, so a stop that is still on its way must not win.
#[tokio::test]
async fn a_stop_that_arrives_late_does_not_outlast_the_start() {
    let (served, home) = (Served::start(), tempfile::tempdir().expect("a folder"));
    let death = (Death::BeforeSending, Duration::from_secs(30));
    let (network, late) = die_over(STOP, &served, home.path(), death).await;
    settle(&network, false).await;
    let agent = network.agent.clone();
    let arrives = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(2)).await;
        send(&agent, &late, Duration::from_secs(30), false).await
    });
    assert_eq!(start_after(&network, &served).await, CanisterStatusType::Running);
    let answer = arrives.await.expect("sent");
    assert!(answer.result.is_ok(), "it has arrived: {answer:?}");
    assert_eq!(files(home.path()), 0);
}

/// What a roll back loads, and what is started then, must not be replaced by an earlier load.
#[tokio::test]
async fn a_load_that_arrives_late_is_waited_for_before_another_one_and_before_a_start() {
    for starts in [false, true] {
        let (served, home) = (Served::start(), tempfile::tempdir().expect("a folder"));
        let management = Management::new(served.network(&served.url, 30).await);
        management.take_snapshot(served.canister).await.expect("taken");
        let other = management.take_snapshot(served.canister).await.expect("taken");
        management.stop(served.canister).await.expect("stopped");
        let death = (Death::BeforeSending, Duration::from_secs(30));
        let (network, late) = die_over(LOAD, &served, home.path(), death).await;
        settle(&network, false).await;
        let agent = network.agent.clone();
        let arrives = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(2)).await;
            send(&agent, &late, Duration::from_secs(30), false).await
        });
        let management = Management::new(network);
        if starts {
            management.start(served.canister).await.expect("started");
        } else {
            management.load_snapshot(served.canister, &other).await.expect("loaded");
        }
        assert!(arrives.is_finished(), "it was not waited for");
        assert!(arrives.await.expect("sent").result.is_ok());
        assert_eq!(files(home.path()), 0);
    }
}

/// Whoever has signed it, a stop that was never sent holds nobody up for longer than it is valid.
#[tokio::test]
async fn a_stop_that_never_arrives_is_waited_for_until_it_has_expired() {
    for secret in [served::SECRET, [9; 32]] {
        let (served, home) = (Served::start(), tempfile::tempdir().expect("a folder"));
        let death = (Death::BeforeSending, Duration::from_secs(3));
        let (_, request) = die_over(STOP, &served, home.path(), death).await;
        let network = served.network_of(&served.url, secret, 30).await;
        let network = network.keep_requests_in(&folder(home.path())).expect("a folder");
        let status = Management::new(network.clone()).status(served.canister).await;
        assert_eq!(status.is_ok(), secret == served::SECRET, "{status:?}");
        assert!(network.now() >= request.expiry);
        assert_eq!(files(home.path()), 0);
    }
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
    let disk = RecordedDisk::default();
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
