use super::*;
use backup_fleet::{Management, types::CanisterStatusType};
use candid::encode_one;
use futures_util::{
    FutureExt, StreamExt,
    future::{join, join_all},
    stream::FuturesUnordered,
};

const OPERATOR: Principal = Principal::management_canister();

/// An empty network, and how long it has existed, in calls that follow each other.
fn network() -> (SimulatedNetwork, impl Fn() -> u64) {
    let network = SimulatedNetwork::new(OPERATOR);
    let (clock, begin) = (network.clone(), network.now());
    let passed = move || {
        let passed = clock.now().nanos_since(begin);
        assert!(passed.is_multiple_of(UPDATE_NANOS));
        passed / UPDATE_NANOS
    };
    (network, passed)
}

/// A call to nobody, which takes its time as any other.
async fn call(network: &SimulatedNetwork) {
    let answer = network.update_call::<_, ()>(Principal::anonymous(), "nothing", (), 0).await;
    assert!(matches!(answer, Err(IcError::CallRejected { .. })), "{answer:?}");
}

async fn calls(network: &SimulatedNetwork, count: u32) {
    for _ in 0..count {
        call(network).await;
    }
}

fn canister(network: &SimulatedNetwork) -> Principal {
    let mut sandbox = network.sandbox();
    let canister = sandbox.create_canister(&[OPERATOR]);
    let module = wat::parse_str("(module)").expect("a module");
    let nothing = encode_one(()).expect("nothing");
    sandbox.install(OPERATOR, canister, &module, nothing).expect("installed");
    canister
}

#[test]
fn calls_side_by_side_share_their_time_and_calls_in_a_row_do_not() {
    let (network, passed) = network();
    pollster::block_on(async {
        join(call(&network), call(&network)).await;
        assert_eq!(passed(), 1);
        calls(&network, 2).await;
        assert_eq!(passed(), 3);
        join_all((1..=100).map(|count| calls(&network, count % 5))).await;
        assert_eq!(passed(), 7);
    });
}

/// Each caller begins its next call at the time of the answer before, however many wait beside it.
#[test]
fn calls_end_in_the_order_of_their_ends() {
    let (network, passed) = network();
    pollster::block_on(async {
        let mut callers = FuturesUnordered::new();
        for count in [5, 1, 4, 2, 3] {
            let (network, passed) = (&network, &passed);
            callers.push(async move {
                calls(network, count).await;
                (count, passed())
            });
        }
        let ended: Vec<(u32, u64)> = callers.by_ref().collect().await;
        assert_eq!(ended, [(1, 1), (2, 2), (3, 3), (4, 4), (5, 5)]);
    });
}

/// What is begun when something ends is begun at that time, also if calls that end later wait beside it.
#[test]
fn no_time_passes_between_an_answer_and_what_follows_from_it() {
    let (network, passed) = network();
    pollster::block_on(async {
        let mut callers = FuturesUnordered::new();
        callers.push(calls(&network, 1));
        callers.push(calls(&network, 5));
        let mut ends = Vec::new();
        while let Some(()) = callers.next().await {
            ends.push(passed());
            if ends.len() < 4 {
                callers.push(calls(&network, 1));
            }
        }
        assert_eq!(ends, [1, 2, 3, 4, 5]);
    });
}

/// A program that takes all answers there are before it goes on loses no time by that.
#[test]
fn no_time_passes_while_a_program_takes_what_has_ended() {
    let (network, passed) = network();
    pollster::block_on(async {
        let mut callers = FuturesUnordered::new();
        for count in [1, 1, 1, 4] {
            callers.push(calls(&network, count));
        }
        callers.next().await;
        while let Some(Some(())) = callers.next().now_or_never() {}
        assert_eq!((passed(), callers.len()), (1, 1));
        callers.push(calls(&network, 1));
        callers.next().await;
        assert_eq!(passed(), 2);
    });
}

#[test]
fn a_call_has_its_effect_when_it_ends_and_not_before() {
    let (network, passed) = network();
    let canister = canister(&network);
    let management = Management::new(network.clone());
    pollster::block_on(async {
        // Sent one after the other at the same time, they have their effects in that order.
        let (stopped, started) = join(management.stop(canister), management.start(canister)).await;
        stopped.and(started).expect("stopped and started");
        assert_eq!(passed(), 1);
        let status = management.status(canister).await.expect("a status").status;
        assert_eq!(status, CanisterStatusType::Running);
    });
}

#[test]
fn a_call_that_was_sent_has_its_effect_also_if_nobody_waits_for_the_answer() {
    let (network, passed) = network();
    let canister = canister(&network);
    let management = Management::new(network.clone());
    pollster::block_on(async {
        let mut sent = Box::pin(management.stop(canister));
        assert!(futures_util::poll!(&mut sent).is_pending());
        drop(sent);
        assert_eq!(passed(), 0);
        let status = management.status(canister).await.expect("a status").status;
        assert_eq!(status, CanisterStatusType::Stopped);
        assert_eq!(passed(), 1);
    });
}

#[test]
fn time_that_passes_without_a_call_passes_for_the_calls_under_way() {
    let (network, passed) = network();
    pollster::block_on(async {
        let mut sent = Box::pin(call(&network));
        assert!(futures_util::poll!(&mut sent).is_pending());
        network.pass_time();
        sent.await;
        assert_eq!(passed(), 1);
    });
}

#[test]
fn the_same_calls_take_the_same_time_with_any_executor_of_one_thread() {
    let (network, passed) = network();
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(join_all((1..=40).map(|count| calls(&network, count))));
    assert_eq!(passed(), 40);
}
