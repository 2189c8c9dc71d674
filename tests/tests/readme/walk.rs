//! The calls of the pages, made in their order.

use crate::{
    PAGES_OF_COMMANDS, arguments,
    calls::{Call, Command, commands},
    covers::covers,
    read,
};
use backup_journal::api::{CoordinatorArgs, Role};
use candid::Principal;
use candid_parser::{IDLValue, candid::types::value::VariantValue, parse_idl_args};
use integration_tests::{
    Network, Outcome,
    backend::RawCall,
    callers,
    interface::{Interface, Method},
    setup::install_coordinator,
};

/// Stands in the pages for the time at which the checks were made.
const CHECKED_AT: &str = "1_795_413_600_000_000_000";
/// Stands in the pages for the time at which they count no more.
const EXPIRES_AT: &str = "1_795_414_500_000_000_000";
/// What lies between, in nanoseconds.
const VALID_FOR: u64 = 900_000_000_000;

/// The coordinator as the README installs it.
struct Walk {
    interface: Interface,
    network: Network,
    coordinator: Principal,
    operator: Principal,
}

async fn the_calls_of_the_pages_make_a_run(network: Network) -> Outcome {
    let commands: Vec<Command> =
        PAGES_OF_COMMANDS.into_iter().flat_map(|page| commands(&read(page))).collect();
    let walk = Walk::install(network, first_deployment(&commands));
    for command in &commands {
        if let Command::Call(call) = command {
            walk.make(call);
        }
    }
    Ok(())
}

fn first_deployment(commands: &[Command]) -> &str {
    commands
        .iter()
        .find_map(|command| match command {
            Command::Deploy { args } => Some(args.as_str()),
            Command::Call(_) => None,
        })
        .expect("the README deploys")
}

impl Walk {
    fn install(network: Network, args: &str) -> Self {
        let interface = Interface::load();
        let arg = arguments::installation(&interface, args);
        let roles = candid::decode_one::<CoordinatorArgs>(&arg)
            .expect("the argument of an installation")
            .roles;
        let operator = roles.iter().find(|holder| holder.role == Role::Operator);
        let operator = operator.expect("the README names an operator").principal;
        let coordinator =
            install_coordinator(&network, arg).expect("the README's argument is valid");
        Self { interface, network, coordinator, operator }
    }

    fn make(&self, call: &Call) {
        let Call { method, args, refused, answer } = call;
        let arg = arguments::arguments(&self.interface, method, &self.at_this_time(args));
        let declared = self.interface.method(method);
        let raw = RawCall::new(self.caller(declared), self.coordinator, method, arg);
        let reply = if declared.is_query {
            self.network.lock().query(&raw)
        } else {
            self.network.lock().update(&raw)
        };
        let reply = reply.unwrap_or_else(|error| panic!("{method} {args}: {error}"));
        let found = self.interface.decode_reply(declared, &reply);
        let [found] = found.args.as_slice() else {
            panic!("{method} answers {found}");
        };
        match (refused, refusal(found)) {
            (None, None) => {}
            (Some(said), Some(error)) if *said == error => {}
            (said, _) => panic!("{method} {args}\nanswers {found}\nand not {said:?}"),
        }
        if let Some(answer) = answer {
            let said = parse_idl_args(answer).unwrap_or_else(|error| panic!("{answer}: {error}"));
            assert!(
                said.args.iter().all(|said| covers(found, said)),
                "{method} answers {found}\nand not {answer}"
            );
        }
    }

    /// A controller calls the methods for an Administrator, the operator all others.
    fn caller(&self, method: &Method) -> Principal {
        if method.role == Some(Role::Administrator) { callers::controller() } else { self.operator }
    }

    fn at_this_time(&self, args: &str) -> String {
        let now = self.network.now();
        let expires_at = now + VALID_FOR;
        args.replace(CHECKED_AT, &now.to_string()).replace(EXPIRES_AT, &expires_at.to_string())
    }
}

/// The name of the error that a call is refused with.
fn refusal(answer: &IDLValue) -> Option<String> {
    let IDLValue::Variant(VariantValue(outcome, _)) = answer else {
        return None;
    };
    if outcome.id.to_string() != "Err" {
        return None;
    }
    match &outcome.val {
        IDLValue::Variant(VariantValue(error, _)) => Some(error.id.to_string()),
        other => Some(other.to_string()),
    }
}

integration_tests::scenarios!(the_calls_of_the_pages_make_a_run);
