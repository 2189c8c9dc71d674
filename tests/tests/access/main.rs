//! Who may call which method. Every method is called with every role, from outside and from a canister, and must let
//! through the callers that the interface file names (`Method::role`). `fleets` does the same with roles for one fleet.

mod fleets;

use backup_coordinator_client::journal::api::{CoordinatorError, Role, Visibility};
use candid::{Principal, Reserved, types::value::IDLValue};
use integration_tests::{
    Network, Outcome, Setup,
    backend::{RawCall, Reply},
    callers,
    calls::{Prepared, Row},
    interface::Interface,
    scenarios,
};
use std::collections::BTreeSet;

scenarios![
    from_outside_each_role_gets_what_the_interface_says,
    where_reading_is_public_nothing_else_is,
    inspection_turns_away_who_would_be_refused,
    public_reading_is_not_paid_for_strangers,
    from_a_canister_the_method_itself_refuses,
];

/// Callers with each role.
fn with_each_role() -> [(&'static str, Principal, Option<Role>); 6] {
    [
        ("anonymous", Principal::anonymous(), None),
        ("a stranger", callers::stranger(), None),
        ("the auditor", callers::auditor(), Some(Role::Auditor)),
        ("the operator", callers::operator(), Some(Role::Operator)),
        ("the administrator", callers::administrator(), Some(Role::Administrator)),
        ("the controller", callers::controller(), Some(Role::Administrator)),
    ]
}

/// As much as one message from outside may carry, and a bit less.
const TWO_MEGABYTES: usize = 2_000_000;

/// Whether the method did its work, whatever came of it; a refusal of the caller is no work.
fn got_through(reply: &[u8]) -> bool {
    let answer: Result<Result<Reserved, CoordinatorError>, _> = candid::decode_one(reply);
    !matches!(
        answer,
        Ok(Err(CoordinatorError::Unauthorized { .. } | CoordinatorError::OtherFleet { .. }))
    )
}

#[test]
fn the_table_lists_every_method() {
    integration_tests::on_sandbox(|network| async move {
        let setup = Setup::builder(network).build();
        let table = Prepared::new(&setup).await?.table();
        let listed: BTreeSet<String> = table.iter().map(|row| row.method.to_string()).collect();
        let methods = Interface::load().methods;
        let written: BTreeSet<String> = methods.into_iter().map(|method| method.name).collect();
        assert_eq!(listed, written, "the table (tests/src/calls.rs) and the .did differ");
        Ok(())
    });
}

/// But for `http_request`, which the network's gateways call.
#[test]
fn the_client_has_every_method() -> std::io::Result<()> {
    let mut sources = String::new();
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../src/client/src"))? {
        let path = file?.path();
        if path.is_file() {
            sources.push_str(&std::fs::read_to_string(path)?);
        }
    }
    let methods = Interface::load().methods;
    let missing: Vec<&str> = methods
        .iter()
        .map(|method| method.name.as_str())
        .filter(|name| !sources.contains(&format!("\"{name}\"")))
        .collect();
    assert_eq!(missing, ["http_request"]);
    Ok(())
}

/// Otherwise the other tests here, and those of bad input, would see refusals for reasons of their own.
#[test]
fn each_call_of_the_table_by_itself_is_accepted() {
    let methods = Interface::load().methods.len();
    for number in 0..methods {
        integration_tests::on_sandbox(|network| async move {
            let setup = Setup::builder(network).build();
            let interface = Interface::load();
            let row = &Prepared::new(&setup).await?.table()[number];
            let reply = call(&setup, &interface, callers::controller(), row)?;
            if interface.method(row.method).answers_with_errors(&interface) {
                let answer: Result<Reserved, CoordinatorError> = candid::decode_one(&reply)?;
                assert!(answer.is_ok(), "{}: {answer:?}", row.method);
            }
            Ok(())
        });
    }
}

/// Calls as a user does: queries as queries, updates as ingress messages.
fn call(setup: &Setup, interface: &Interface, caller: Principal, row: &Row) -> Reply {
    let call = RawCall::new(caller, setup.coordinator, row.method, row.arg.clone());
    let mut network = setup.network.lock();
    if interface.method(row.method).is_query { network.query(&call) } else { network.update(&call) }
}

async fn walk(setup: &Setup, needed: impl Fn(Option<Role>) -> Option<Role>) -> Outcome {
    let (interface, table) = (Interface::load(), Prepared::new(setup).await?.table());
    for (name, caller, role) in with_each_role() {
        for row in &table {
            let reply = call(setup, &interface, caller, row);
            let passed = reply.as_ref().is_ok_and(|reply| got_through(reply));
            let expected = role >= needed(interface.method(row.method).role);
            assert_eq!(passed, expected, "{name} calls {}: {:?}", row.method, reply.err());
        }
        // What the administrators do to roles in this walk must not change who is who.
        setup.as_administrator().grant_role(callers::auditor(), Role::Auditor).await.ok();
    }
    Ok(())
}

async fn from_outside_each_role_gets_what_the_interface_says(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    walk(&setup, |role| role).await
}

async fn where_reading_is_public_nothing_else_is(network: Network) -> Outcome {
    let setup = Setup::builder(network).visibility(Visibility::Public).build();
    walk(&setup, |role| role.filter(|role| *role != Role::Auditor)).await
}

/// A query can be sent as an ingress message too, and then the coordinator pays for it. `inspect_message` accepts an
/// ingress message only from a caller with the role that the method needs, and never from a caller without a role.
async fn inspection_turns_away_who_would_be_refused(network: Network) -> Outcome {
    check_inspection(&Setup::builder(network).build()).await
}

async fn public_reading_is_not_paid_for_strangers(network: Network) -> Outcome {
    check_inspection(&Setup::builder(network).visibility(Visibility::Public).build()).await
}

async fn check_inspection(setup: &Setup) -> Outcome {
    let (interface, table) = (Interface::load(), Prepared::new(setup).await?.table());
    for (name, caller, role) in with_each_role() {
        for row in &table {
            let call = RawCall::new(caller, setup.coordinator, row.method, row.arg.clone());
            let taken = setup.network.lock().submit(&call).is_ok();
            let needed = interface.method(row.method).role.max(Some(Role::Auditor));
            assert_eq!(taken, role >= needed, "{name} has {} executed", row.method);
        }
    }
    Ok(())
}

/// Gives the root of the fleet this part in the coordinator, and no other.
async fn cast(setup: &Setup, root: Principal, role: Option<Role>) -> Outcome {
    let administrator = setup.as_administrator();
    for assignment in administrator.list_roles().await? {
        match assignment.fleet {
            _ if assignment.principal != root => {}
            None => administrator.revoke_role(root, assignment.role).await?,
            Some(fleet) => administrator.revoke_role_for(root, assignment.role, &fleet).await?,
        }
    }
    if let Some(role) = role {
        administrator.grant_role(root, role).await?;
    }
    Ok(())
}

/// Calls through the root: no inspection stands before the method.
fn forward(setup: &Setup, root: Principal, row: &Row) -> Result<Vec<u8>, String> {
    let args = (setup.coordinator, row.method, &row.arg);
    setup.network.update(callers::operator(), root, "forward", args).expect("the root answers")
}

async fn from_a_canister_the_method_itself_refuses(network: Network) -> Outcome {
    let setup = Setup::builder(network).with_root().build();
    let root = setup.root.ok_or("this fleet has a root")?;
    let table = Prepared::new(&setup).await?.table();
    let coordinator = setup.network.manage(callers::controller(), setup.coordinator);
    for role in [None, Some(Role::Auditor), Some(Role::Operator), Some(Role::Administrator)] {
        cast(&setup, root, role).await?;
        check_forwarded(&setup, root, &table, role);
    }
    cast(&setup, root, None).await?;
    coordinator.set_controllers(vec![callers::controller(), root])?;
    check_forwarded(&setup, root, &table, Some(Role::Administrator));
    Ok(())
}

fn check_forwarded(setup: &Setup, root: Principal, table: &[Row], role: Option<Role>) {
    let interface = Interface::load();
    for row in table {
        let method = interface.method(row.method);
        let reply = forward(setup, root, row);
        let may_reject = !method.answers_with_errors(&interface);
        assert!(reply.is_ok() || may_reject, "{} rejects: {reply:?}", row.method);
        let passed = reply.is_ok_and(|reply| got_through(&reply));
        assert_eq!(passed, role >= method.role, "{} for {role:?}", row.method);
    }
}

/// What the coordinator spends on a call that the root makes in the name of a user.
fn cost_of_forwarding(setup: &Setup, root: Principal, method: &str, arg: &[u8]) -> u64 {
    let args = candid::encode_args((setup.coordinator, method, arg)).expect("it can be encoded");
    let call = RawCall::new(callers::operator(), root, "forward", args);
    let mut network = setup.network.lock();
    network.submit(&call).expect("the root takes it in");
    let sandbox = network.as_sandbox().expect("this is the sandbox");
    let steps = std::iter::from_fn(|| sandbox.step());
    let steps = steps.filter(|step| step.canister == setup.coordinator);
    steps.map(|step| step.cost.instructions).sum()
}

/// What the coordinator spends on a query from outside.
fn cost_of_query(setup: &Setup, method: &str, arg: &[u8]) -> u64 {
    let call = RawCall::new(callers::stranger(), setup.coordinator, method, arg.to_vec());
    let mut network = setup.network.lock();
    // Refused, in one way or the other.
    drop(network.query(&call));
    network.last_cost().instructions
}

/// The arguments with as much text as fits: valid, and of the right types.
fn grown(interface: &Interface, row: &Row) -> Vec<u8> {
    let method = interface.method(row.method);
    let mut args = interface.decode(method, &row.arg);
    let text = args.args.iter_mut().find_map(|arg| match arg {
        IDLValue::Text(text) => Some(text),
        _ => None,
    });
    let size = TWO_MEGABYTES - row.arg.len();
    match text {
        Some(text) => {
            *text = "x".repeat(size);
            interface.encode(method, &args)
        }
        None => [row.arg.as_slice(), &vec![0; size]].concat(),
    }
}

/// Also those of a canister, which no inspection turns away.
#[test]
fn whatever_a_stranger_sends_costs_what_the_question_costs_whether_they_may() {
    integration_tests::on_sandbox(|network| async move {
        let setup = Setup::builder(network).with_root().build();
        let root = setup.root.ok_or("this fleet has a root")?;
        let (interface, table) = (Interface::load(), Prepared::new(&setup).await?.table());
        cast(&setup, root, None).await?;
        for row in table.iter().filter(|row| interface.method(row.method).role.is_some()) {
            let cost = |arg: &[u8]| {
                if interface.method(row.method).is_query {
                    cost_of_query(&setup, row.method, arg)
                } else {
                    cost_of_forwarding(&setup, root, row.method, arg)
                }
            };
            let (nothing, much) = (cost(&[]), cost(&grown(&interface, row)));
            // The log of the canister, where a refusal is told, does not cost the same each time.
            assert!(
                much * 20 <= nothing * 21,
                "{} costs a stranger's call {nothing} without arguments, {much} with 2 MB",
                row.method
            );
        }
        Ok(())
    });
}
