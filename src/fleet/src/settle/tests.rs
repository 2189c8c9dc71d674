use super::*;
use candid::{Principal, Reserved};
use ic_management_canister_types::{
    Change, ChangeOrigin, CodeDeploymentMode, CodeDeploymentRecord, ControllersChangeRecord,
    FromUserRecord, LoadSnapshotRecord, SnapshotSource,
};

fn ids(ids: &[u8]) -> SnapshotIds {
    ids.iter().map(|id| vec![*id].into()).collect()
}

/// Every pair of lists of up to four snapshots.
#[test]
fn a_snapshot_is_ours_if_it_alone_is_new() {
    let list = |bits: u8| ids(&(0..4).filter(|id| bits >> id & 1 == 1).collect::<Vec<u8>>());
    for (before, now) in (0..16).flat_map(|before| (0..16).map(move |now| (before, now))) {
        let new = list(now & !before);
        let expected = match new.len() {
            0 => Taken::Not,
            1 => Taken::This(new.first().expect("it has one").clone()),
            _ => Taken::Undecided(new),
        };
        assert_eq!(taken(&list(before), &list(now)), expected, "{before:b} {now:b}");
    }
}

#[test]
fn a_snapshot_that_was_taken_before_the_call_is_not_that_of_the_call() {
    const SECOND: u64 = 1_000_000_000;
    let called_at = 1_000 * SECOND;
    let snapshot = |id: u8, seconds: u64| Snapshot {
        id: vec![id],
        taken_at_timestamp: seconds * SECOND,
        total_size: 0,
    };
    let since = |now: &[Snapshot]| taken_since(&ids(&[1]), now, called_at);
    let before = snapshot(1, 100);
    assert_eq!(since(&[before.clone(), snapshot(2, 900)]), Taken::Not, "somebody else's");
    let both = [before.clone(), snapshot(2, 900), snapshot(3, 1_002)];
    assert_eq!(since(&both), Taken::This(vec![3].into()));
    // The clock of its subnet may be a little behind.
    assert_eq!(since(&[before, snapshot(3, 995)]), Taken::This(vec![3].into()));
}

#[test]
fn a_canister_that_is_stopping_is_neither_stopped_nor_running() {
    use CanisterStatusType::{Running, Stopped, Stopping};
    let needed = |status| (to_stop(status), to_start(status));
    assert_eq!(needed(Running), (Needed::Call, Needed::Nothing));
    assert_eq!(needed(Stopping), (Needed::Call, Needed::Call));
    assert_eq!(needed(Stopped), (Needed::Nothing, Needed::Call));
}

/// A change of a canister.
#[derive(Clone, Copy, Debug)]
enum Of {
    Load(u8),
    Install,
    Uninstall,
    Controllers,
    /// One that this release does not know.
    Other,
}

fn change(of: Of) -> Change {
    let details = match of {
        Of::Load(id) => Some(ChangeDetails::LoadSnapshot(LoadSnapshotRecord {
            from_canister_id: None,
            snapshot_id: vec![id],
            canister_version: 1,
            taken_at_timestamp: 1,
            source: SnapshotSource::TakenFromCanister(Reserved),
        })),
        Of::Install => Some(ChangeDetails::CodeDeployment(CodeDeploymentRecord {
            mode: CodeDeploymentMode::Install,
            module_hash: vec![1; 32],
        })),
        Of::Uninstall => Some(ChangeDetails::CodeUninstall),
        Of::Controllers => Some(ChangeDetails::ControllersChange(ControllersChangeRecord {
            controllers: Vec::new(),
        })),
        Of::Other => None,
    };
    let origin = ChangeOrigin::FromUser(FromUserRecord { user_id: Principal::anonymous() });
    Change { timestamp_nanos: 1, canister_version: 1, origin, details }
}

/// The information about a canister that has had so many changes, of which these are listed.
fn info(total_num_changes: u64, listed: &[Of]) -> CanisterInfoResult {
    CanisterInfoResult {
        total_num_changes,
        recent_changes: listed.iter().copied().map(change).collect(),
        module_hash: None,
        controllers: Vec::new(),
    }
}

#[test]
fn a_load_is_done_if_the_last_new_change_of_the_state_is_a_load_of_the_snapshot() {
    use Of::{Controllers, Install, Load, Other, Uninstall};
    // Seven changes were there before the call, the last of them a load of the same snapshot.
    for (new, expected) in [
        (&[][..], Loaded::Not),
        (&[Load(1)], Loaded::Done),
        (&[Load(1), Load(1)], Loaded::Done),
        (&[Load(1), Controllers, Other], Loaded::Done),
        (&[Install, Load(1)], Loaded::Done),
        (&[Load(2)], Loaded::Not),
        (&[Load(1), Load(2)], Loaded::Not),
        (&[Load(1), Install], Loaded::Not),
        (&[Load(1), Uninstall], Loaded::Not),
        (&[Controllers, Other], Loaded::Not),
    ] {
        let listed = [&[Install, Load(1)], new].concat();
        let now = info(7 + new.len() as u64, &listed);
        assert_eq!(loaded(7, &now, &vec![1].into()), expected, "{new:?}");
    }
}

#[test]
fn what_is_not_listed_any_more_is_not_known() {
    let many = [Of::Controllers; 20];
    assert_eq!(loaded(7, &info(27, &many), &vec![1].into()), Loaded::Not);
    assert_eq!(loaded(7, &info(28, &many), &vec![1].into()), Loaded::Unknown);
    let later = [&many[1..], &[Of::Load(1)]].concat();
    assert_eq!(loaded(7, &info(28, &later), &vec![1].into()), Loaded::Done);
    let later = [&many[1..], &[Of::Install]].concat();
    assert_eq!(loaded(7, &info(28, &later), &vec![1].into()), Loaded::Not);
    // A canister that was renamed has the number of changes of the other one.
    assert_eq!(loaded(7, &info(6, &[Of::Load(1)]), &vec![1].into()), Loaded::Unknown);
}

#[test]
fn a_canister_is_verified_if_it_runs_with_the_expected_module() {
    use CanisterStatusType::{Running, Stopped, Stopping};
    let verified = |status, module: Option<&[u8]>, expected| {
        verify_started(status, module, expected).map_err(|error| error.to_string())
    };
    assert_eq!(verified(Running, Some(&[0xab]), Some("ab")), Ok(()));
    assert_eq!(verified(Running, Some(&[0xab]), None), Ok(()));
    assert_eq!(verified(Running, None, None), Ok(()));
    let refused = |status, module, expected| verified(status, module, expected).unwrap_err();
    assert_eq!(refused(Running, Some(&[0xcd]), Some("ab")), "its module is cd, and ab is expected");
    assert_eq!(refused(Running, None, Some("ab")), "its module is none, and ab is expected");
    for (status, name) in [(Stopping, "stopping"), (Stopped, "stopped")] {
        let text = refused(status, Some(&[0xab]), Some("ab"));
        assert_eq!(text, format!("it does not run: its status is {name}"));
    }
}
