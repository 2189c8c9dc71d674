//! Every block can be sent in one reply, also to a canister on another subnet, and is found by any range.

use backup_coordinator_client::journal::{
    api::{CoordinatorError as Error, GetBlocksRequest, GetBlocksResult},
    journal::ResumeSummary,
    limits::{MAX_BLOCK_BYTES, MAX_PLAN_TARGETS, MAX_TEXT_BYTES},
};
use candid::{Nat, Principal};
use fleet_root_api::RootError;
use ic_canister_runtime::IcError;
use integration_tests::{
    Driver, Network, Outcome, Setup, callers, fleet, on_sandbox, records::Records, scenarios,
};

scenarios![what_another_canister_sends_can_be_served, every_range_is_answered];

/// The most bytes of a reply between subnets.
const MAX_REPLY: usize = 2 * 1024 * 1024;

/// What the root makes of the answer of the coordinator.
type Accepted = Result<ResumeSummary, RootError>;

async fn what_another_canister_sends_can_be_served(network: Network) -> Outcome {
    let setup = Setup::builder(network).with_root().build();
    let root = setup.root.expect("there is a root");
    let members = u32::try_from(MAX_PLAN_TARGETS)?;
    let run = setup.driver_of(fleet::plan("large", &fleet::paper_fleet(members)));
    run.create().await?;
    let accept = |run: &Driver, bytes: usize| -> Result<Accepted, IcError> {
        let receipts = run.preflight("preflight-1");
        let bytes = u32::try_from(bytes).expect("a small number");
        let args = (setup.coordinator, &run.run_id, receipts, bytes);
        setup.network.update(callers::operator(), root, "accept_long_receipts", args)
    };

    let before = Records::of(&setup).await?;
    let refused = accept(&run, MAX_TEXT_BYTES)?.expect_err("it is too large");
    let RootError::Refused(Error::LimitExceeded(limit)) = refused else { panic!("{refused}") };
    assert_eq!((limit.what.as_str(), limit.maximum), ("block", MAX_BLOCK_BYTES as u64));
    assert!(limit.actual > 2 * (MAX_PLAN_TARGETS * MAX_TEXT_BYTES) as u64);
    assert_eq!(Records::of(&setup).await?, before);

    let (mut fits, mut too_long) = (0, MAX_TEXT_BYTES);
    while too_long - fits > 100 {
        let middle = usize::midpoint(fits, too_long);
        let run =
            setup.driver_of(fleet::plan(&format!("of-{middle}"), &fleet::paper_fleet(members)));
        run.create().await?;
        match accept(&run, middle)? {
            Ok(_) => fits = middle,
            Err(RootError::Refused(Error::LimitExceeded(_))) => too_long = middle,
            Err(other) => return Err(other.into()),
        }
    }
    assert!(fits > MAX_TEXT_BYTES / 4, "messages of {fits} bytes are the longest");
    let largest = blocks_as(&setup, root).await?;
    assert!(largest > MAX_REPLY * 8 / 10, "the largest reply had {largest} bytes only");
    Ok(())
}

/// Has the root ask for every block by itself; bytes of the largest reply.
async fn blocks_as(setup: &Setup, root: Principal) -> Result<usize, Box<dyn std::error::Error>> {
    let length = setup.as_auditor().icrc3_get_blocks(0, 0).await?.log_length;
    let mut largest = 0;
    for index in 0..u64::try_from(&length.0)? {
        let range = GetBlocksRequest { start: index.into(), length: 1_u64.into() };
        let args = candid::encode_one(vec![range])?;
        let reply: Result<Vec<u8>, String> = setup.network.update(
            callers::operator(),
            root,
            "forward",
            (setup.coordinator, "icrc3_get_blocks", args),
        )?;
        let reply = reply?;
        let answer: GetBlocksResult = candid::decode_one(&reply)?;
        assert_eq!(
            answer.blocks.iter().map(|block| &block.id).collect::<Vec<_>>(),
            [&Nat::from(index)]
        );
        assert!(reply.len() <= MAX_REPLY, "block {index} has {} bytes", reply.len());
        largest = largest.max(reply.len());
    }
    Ok(largest)
}

fn blocks(setup: &Setup, ranges: &[(Nat, Nat)]) -> Result<GetBlocksResult, IcError> {
    let ranges: Vec<GetBlocksRequest> = ranges
        .iter()
        .map(|(start, length)| GetBlocksRequest { start: start.clone(), length: length.clone() })
        .collect();
    setup.network.query(callers::auditor(), setup.coordinator, "icrc3_get_blocks", (ranges,))
}

fn ids(answer: &GetBlocksResult) -> Vec<&Nat> {
    answer.blocks.iter().map(|block| &block.id).collect()
}

async fn every_range_is_answered(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let run = setup.driver_of(fleet::plan("run", &fleet::paper_fleet(2)));
    run.begin().await?;
    for _ in 0..30 {
        let Some(_) = run.client.next_ready_operation(&run.run_id).await? else { break };
        run.pretend().await?;
    }
    let length = blocks(&setup, &[])?.log_length;
    let single = |index: u64| (Nat::from(index), Nat::from(1_u64));
    let last = u64::try_from(&length.0)? - 1;
    let ranges: Vec<(Nat, Nat)> = (0..200).map(|number| single(number % 2 * last)).collect();
    let expected: Vec<&Nat> = ranges.iter().map(|(start, _)| start).collect();
    assert_eq!(ids(&blocks(&setup, &ranges)?), expected, "in the order asked for");

    let huge = || number_of(10_000);
    let numbers =
        || [Nat::from(0_u64), length.clone(), u64::MAX.into(), Nat::from(u128::MAX), huge()];
    for start in numbers() {
        for length in numbers() {
            let answer = blocks(&setup, &[(start.clone(), length.clone())])?;
            let blocks = if start == 0_u64 {
                length.min(answer.log_length.clone())
            } else {
                Nat::from(0_u64)
            };
            assert_eq!(Nat::from(answer.blocks.len()), blocks, "from {start}");
        }
    }
    Ok(())
}

/// A number that takes so many bytes in a message.
fn number_of(bytes: usize) -> Nat {
    let mut digits = vec![u8::MAX; bytes];
    digits[bytes - 1] = 1;
    Nat::decode(&mut digits.as_slice()).expect("it is a number in LEB128")
}

/// What a query may take on the network, in instructions.
const MAX_QUERY: u64 = 5_000_000_000;

#[test]
fn ranges_of_any_size_and_number_are_cheap() {
    on_sandbox(|network| async move {
        let setup = Setup::builder(network).build();
        setup.driver_of(fleet::plan("run", &fleet::paper_fleet(2))).begin().await?;
        let cost = |ranges: &[(Nat, Nat)]| -> Result<u64, IcError> {
            blocks(&setup, ranges)?;
            Ok(setup.network.lock().last_cost().instructions)
        };
        let few = cost(&[(Nat::from(0_u64), Nat::from(1_u64))])?;
        let huge = number_of(900_000);
        let large = cost(&[(huge.clone(), huge)])?;
        assert!(large < MAX_QUERY / 5, "numbers of a megabyte cost {large}, small ones {few}");
        let nothing = (Nat::from(u64::MAX), Nat::from(0_u64));
        let many = cost(&vec![nothing.clone(); 10_000])?;
        assert!(many < MAX_QUERY / 10, "ten thousand ranges cost {many}");
        let twice = cost(&vec![nothing; 20_000])?;
        assert!(twice < many * 21 / 10, "twice as many cost {twice}, and not twice {many}");
        Ok(())
    });
}
