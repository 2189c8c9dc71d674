//! Arguments that are not Candid, or not of the right types: the call is rejected before it has begun.

use crate::Victim;
use ic_error_types::RejectCode;
use integration_tests::{Network, Outcome, scenarios};

scenarios![malformed_candid_is_rejected, wrong_types_are_rejected];

/// Sends `arg` to every method that takes arguments.
async fn check_rejected(network: Network, args: &[Vec<u8>]) -> Outcome {
    let victim = Victim::new(network).await?;
    for (method, _) in victim.methods().filter(|(method, _)| !method.args.is_empty()) {
        for arg in args {
            let rejected = victim.call(method, arg.clone()).expect_err(&method.name);
            assert_eq!(rejected.code, RejectCode::CanisterError, "{}: {rejected}", method.name);
        }
    }
    victim.check_unchanged().await
}

async fn malformed_candid_is_rejected(network: Network) -> Outcome {
    let endless_vector = b"DIDL\x01\x6d\x7f\x01\x00\xff\xff\xff\xff\x0f".to_vec();
    let garbage = [Vec::new(), b"DIDL".to_vec(), vec![0xFF; 1_000], endless_vector];
    check_rejected(network, &garbage).await
}

async fn wrong_types_are_rejected(network: Network) -> Outcome {
    let wrong = [candid::encode_one(true)?, candid::encode_args((1.5_f32, 2.5_f32, 3.5_f32))?];
    check_rejected(network, &wrong).await
}
