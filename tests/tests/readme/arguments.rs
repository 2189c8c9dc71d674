//! The arguments that the pages show, encoded strictly.

use crate::covers::covers;
use candid_parser::{candid::types::Type, parse_idl_args};
use integration_tests::interface::Interface;

/// The arguments of a call, encoded.
pub fn arguments(interface: &Interface, method: &str, args: &str) -> Vec<u8> {
    encode(interface, method, args, &interface.method(method).args)
}

/// The arguments of an installation, encoded.
pub fn installation(interface: &Interface, args: &str) -> Vec<u8> {
    encode(interface, "the installation", args, interface.installation())
}

/// Encodes arguments of which Candid would ignore nothing: no unknown field, and no optional value of another type.
fn encode(interface: &Interface, what: &str, args: &str, types: &[Type]) -> Vec<u8> {
    let values = parse_idl_args(args).unwrap_or_else(|error| panic!("{what} {args}: {error}"));
    assert!(values.args.len() <= types.len(), "{what}: too many arguments: {args}");
    let understood = values
        .clone()
        .annotate_types(true, interface.env(), types)
        .unwrap_or_else(|error| panic!("{what} does not take {args}: {error}"));
    for (values, understood) in values.args.iter().zip(&understood.args) {
        assert!(
            covers(understood, values),
            "{what} takes {understood}\nof what is values: {values}"
        );
    }
    understood
        .to_bytes_with_types(interface.env(), types)
        .unwrap_or_else(|error| panic!("{what} {args}: {error}"))
}

#[test]
fn arguments_that_candid_would_ignore_are_refused() {
    let interface = Interface::load();
    let refused = |args: &str| {
        let attempt = std::panic::AssertUnwindSafe(|| installation(&interface, args));
        std::panic::catch_unwind(attempt).is_err()
    };
    assert!(!refused("(record { roles = vec {} })"));
    assert!(refused("(record { roles = vec {}; unknown = 1 })"));
    assert!(refused("(record { roles = vec {}; visibility = opt variant { Nobody } })"));
    assert!(refused("(record {})"));
    assert!(refused("(null)"));
    assert!(refused("(opt record { roles = vec {} })"));
    assert!(refused("(record { roles = vec {} }, null)"));
}
