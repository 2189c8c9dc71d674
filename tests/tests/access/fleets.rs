//! Roles for one fleet: they open the methods that are about this fleet, and nothing else.

use super::{call, cast, forward, got_through};
use backup_coordinator_client::journal::api::{CoordinatorError, Role};
use candid::Principal;
use integration_tests::{
    Network, Outcome, Setup, assert_refused,
    backend::RawCall,
    callers,
    calls::{Prepared, Row},
    interface::{Interface, Method},
    scenarios,
};

scenarios![
    a_role_for_the_fleet_of_a_call_is_enough,
    a_role_for_another_fleet_is_not,
    a_lower_role_for_all_fleets_counts_for_what_it_is,
    inspection_lets_through_who_may_call_for_some_fleet,
    from_a_canister_the_method_itself_looks_at_the_fleet,
    a_run_that_does_not_exist_is_refused_as_one_of_another_fleet,
];

const ROLES: [Role; 3] = [Role::Auditor, Role::Operator, Role::Administrator];

/// Every fleet that a call of the table is about.
const FLEETS: [&str; 7] = ["shop", "kept", "arriving", "executed", "paused", "planned", "saved"];

/// Names that are nearly those.
const OTHER_FLEETS: [&str; 6] = ["another", "", "sho", "shops", "Shop", "kep"];

async fn grant(setup: &Setup, who: Principal, role: Role, fleets: &[&str]) -> Outcome {
    for fleet in fleets {
        setup.as_administrator().grant_role_for(who, role, &(*fleet).into()).await?;
    }
    Ok(())
}

/// Whether a call is accepted, by whatever way it comes.
type Sender<'a> = &'a dyn Fn(&Row) -> bool;

/// Calls each method of the table; `expected` is who should be let through.
fn walk(table: &[Row], name: &str, send: Sender<'_>, expected: impl Fn(&Method) -> bool) {
    let interface = Interface::load();
    for row in table {
        let method = interface.method(row.method);
        assert_eq!(send(row), expected(method), "{name} calls {}", row.method);
    }
}

/// Calls as a user does.
fn from_outside(setup: &Setup, caller: Principal) -> impl Fn(&Row) -> bool {
    let interface = Interface::load();
    move |row| call(setup, &interface, caller, row).is_ok_and(|reply| got_through(&reply))
}

const fn needs_no_role(method: &Method) -> bool {
    method.role.is_none()
}

fn is_for(role: Role, method: &Method) -> bool {
    needs_no_role(method) || (method.of_the_fleet && Some(role) >= method.role)
}

async fn a_role_for_the_fleet_of_a_call_is_enough(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let table = Prepared::new(&setup).await?.table();
    for role in ROLES {
        grant(&setup, callers::stranger(), role, &FLEETS).await?;
        let send = from_outside(&setup, callers::stranger());
        walk(&table, &format!("the {role} of the fleet"), &send, |method| is_for(role, method));
    }
    Ok(())
}

/// Whoever the table is not about: also a principal whose bytes go on where those of a holder end.
async fn a_role_for_another_fleet_is_not(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let table = Prepared::new(&setup).await?.table();
    let [holder, longer] = [[7; 9].as_slice(), &[7; 10]].map(Principal::from_slice);
    grant(&setup, holder, Role::Administrator, &FLEETS).await?;
    grant(&setup, longer, Role::Administrator, &["another"]).await?;
    grant(&setup, callers::stranger(), Role::Administrator, &OTHER_FLEETS).await?;
    for caller in [callers::stranger(), longer] {
        let name = format!("the administrator of another fleet, {caller},");
        walk(&table, &name, &from_outside(&setup, caller), needs_no_role);
    }
    Ok(())
}

async fn a_lower_role_for_all_fleets_counts_for_what_it_is(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let table = Prepared::new(&setup).await?.table();
    let (both, auditor) = (callers::auditor(), Some(Role::Auditor));
    grant(&setup, both, Role::Administrator, &OTHER_FLEETS).await?;
    let send = from_outside(&setup, both);
    walk(&table, "the auditor of all fleets", &send, |method| auditor >= method.role);
    grant(&setup, both, Role::Operator, &FLEETS).await?;
    walk(&table, "the auditor of all fleets, operator of these,", &send, |method| {
        auditor >= method.role || is_for(Role::Operator, method)
    });
    Ok(())
}

async fn inspection_lets_through_who_may_call_for_some_fleet(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let table = Prepared::new(&setup).await?.table();
    for role in ROLES {
        grant(&setup, callers::stranger(), role, &["another"]).await?;
        let send = |row: &Row| {
            let arg = row.arg.clone();
            let call = RawCall::new(callers::stranger(), setup.coordinator, row.method, arg);
            setup.network.lock().submit(&call).is_ok()
        };
        walk(&table, &format!("the {role} of another fleet"), &send, |method| {
            !needs_no_role(method) && is_for(role, method)
        });
    }
    Ok(())
}

async fn from_a_canister_the_method_itself_looks_at_the_fleet(network: Network) -> Outcome {
    let setup = Setup::builder(network).with_root().build();
    let root = setup.root.ok_or("this fleet has a root")?;
    let table = Prepared::new(&setup).await?.table();
    let send = |row: &Row| forward(&setup, root, row).is_ok_and(|reply| got_through(&reply));
    cast(&setup, root, None).await?;
    grant(&setup, root, Role::Administrator, &OTHER_FLEETS).await?;
    walk(&table, "the root of another fleet", &send, needs_no_role);
    cast(&setup, root, None).await?;
    walk(&table, "the root without a role", &send, needs_no_role);
    for role in ROLES {
        grant(&setup, root, role, &FLEETS).await?;
        walk(&table, &format!("the root, {role} of the fleet,"), &send, |method| {
            is_for(role, method)
        });
    }
    Ok(())
}

/// Otherwise a caller could find out which runs other fleets have.
async fn a_run_that_does_not_exist_is_refused_as_one_of_another_fleet(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    Prepared::new(&setup).await?;
    grant(&setup, callers::stranger(), Role::Operator, &["another"]).await?;
    let client = setup.client(callers::stranger());
    // A run, a draft, and nothing.
    for run_id in ["claimed", "drafted", "missing"] {
        let refused =
            CoordinatorError::OtherFleet { caller: callers::stranger(), required: Role::Operator };
        let claim = client.mark_next_operation_pending(&run_id.into()).await;
        assert_refused!(claim, error if error == refused);
        let discarded = client.discard_journal_draft(&run_id.into()).await;
        assert_refused!(discarded, error if error == refused);
    }
    Ok(())
}

/// What is not of one fleet, or decides about more than one: a role for a fleet must not open these, whatever the interface
/// file says.
#[test]
fn what_is_not_of_one_fleet_needs_the_role_for_all() {
    let interface = Interface::load();
    for name in [
        "grant_role",
        "revoke_role",
        "list_roles",
        "update_settings",
        "get_settings",
        "get_resources",
        "register_fleet",
        "remove_fleet",
        "list_fleets",
        "list_fleet_statuses",
        "list_journals",
        "list_journal_drafts",
        "list_audit_events",
        "icrc3_get_blocks",
    ] {
        let method = interface.method(name);
        assert!(method.role.is_some() && !method.of_the_fleet, "{name}");
    }
}
