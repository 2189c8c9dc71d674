//! To which canister's subnet a call is sent.

use backup_journal::wire;
use candid::{CandidType, Principal};
use serde::Deserialize;

/// The field that tells which canister a method of the management canister is about.
#[derive(CandidType, Deserialize)]
struct About {
    canister_id: Principal,
}

/// The canister whose subnet executes a call: the one that is called or, for the management canister, the one that the
/// argument is about.
pub fn effective_canister(
    callee: Principal,
    method: &str,
    arg: &[u8],
) -> Result<Principal, String> {
    if callee != Principal::management_canister() {
        return Ok(callee);
    }
    let about: About = wire::decode(arg)
        .map_err(|error| format!("{method} names no canister: {}", wire::problem(&error)))?;
    Ok(about.canister_id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use backup_fleet::types::{
        CanisterIdRecord, ReadCanisterSnapshotDataArgs, SnapshotDataKind, SnapshotDataOffset,
        TakeCanisterSnapshotArgs, UploadCanisterSnapshotDataArgs,
    };
    use candid::{encode_args, encode_one};

    #[test]
    fn a_call_is_sent_to_the_canister_that_it_is_about() {
        let canister_id = Principal::self_authenticating(b"a canister");
        let management = Principal::management_canister();
        let take = TakeCanisterSnapshotArgs {
            canister_id,
            replace_snapshot: Some(vec![1]),
            uninstall_code: None,
            sender_canister_version: None,
        };
        let read = ReadCanisterSnapshotDataArgs {
            canister_id,
            snapshot_id: vec![1; 20],
            kind: SnapshotDataKind::StableMemory { offset: 0, size: 1 },
        };
        let upload = UploadCanisterSnapshotDataArgs {
            canister_id,
            snapshot_id: vec![1; 20],
            kind: SnapshotDataOffset::StableMemory { offset: 0 },
            chunk: vec![7; 2_000_000],
        };
        for (method, arg) in [
            ("stop_canister", encode_one(CanisterIdRecord { canister_id })),
            ("take_canister_snapshot", encode_one(take)),
            ("read_canister_snapshot_data", encode_one(read)),
            ("upload_canister_snapshot_data", encode_one(upload)),
        ] {
            let arg = arg.expect("Candid");
            assert_eq!(effective_canister(management, method, &arg), Ok(canister_id), "{method}");
        }
        assert_eq!(effective_canister(canister_id, "anything", b"no Candid"), Ok(canister_id));
        let nothing = encode_args(()).expect("Candid");
        let problem = effective_canister(management, "raw_rand", &nothing).unwrap_err();
        assert!(problem.contains("raw_rand names no canister"), "{problem}");
    }
}
