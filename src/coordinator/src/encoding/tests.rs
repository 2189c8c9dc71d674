//! A reply must be what Candid itself would write.

use super::{Answer, encode};
use backup_journal::{
    Attempt, Sequence,
    api::{CoordinatorError, Role, SupportedStandard},
    journal::{JournalError, Operation, OperationState},
    plan::BackupOperationKind,
};
use candid::Principal;

fn operation() -> Operation {
    Operation {
        sequence: Sequence(7),
        operation_id: "finalize-manifest".to_string(),
        kind: BackupOperationKind::FinalizeManifest,
        target_canister_id: None,
        state: OperationState::Ready,
        state_updated_at: None,
        attempt: Attempt::default(),
        reason: None,
        last_receipt: None,
    }
}

#[test]
fn a_reply_is_the_message_that_candid_writes() {
    let refused: Answer<Operation> = Err(JournalError::NoTransitionableOperation.into());
    let caller = Principal::anonymous();
    let unauthorized = CoordinatorError::Unauthorized { caller, required: Role::Operator };
    assert_same(Ok::<_, CoordinatorError>(operation()));
    assert_same(refused);
    assert_same(Ok::<_, CoordinatorError>(Some(operation())));
    assert_same(Err::<(), _>(unauthorized));
    assert_same(vec![SupportedStandard { name: "ICRC-3".to_string(), url: String::new() }]);
}

fn assert_same<T: super::Reply>(reply: T) {
    let encoded = encode(&reply);
    assert_eq!(encoded, candid::encode_one(reply).expect("candid can encode it"));
}
