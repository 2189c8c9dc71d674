//! The interface file, as a judge of what is typed.

use crate::{ROOT, covers::covers};
use candid_parser::{
    IDLArgs, TypeEnv,
    candid::types::{FuncMode, Function, Type},
    parse_idl_args,
    utils::{CandidSource, instantiate_candid},
};
use std::path::Path;

/// The coordinator's interface.
pub struct Interface {
    env: TypeEnv,
    installation: Vec<Type>,
    service: Type,
}

impl Interface {
    /// The interface that the repository states.
    pub fn load() -> Self {
        let path = Path::new(ROOT).join("candid/backup_coordinator.did");
        let (installation, (env, service)) =
            instantiate_candid(CandidSource::File(&path)).expect("the interface file is valid");
        Self { env, installation, service }
    }

    /// Every method that is not a query.
    pub fn updates(&self) -> Vec<String> {
        let methods = self.env.as_service(&self.service).expect("a service");
        methods
            .iter()
            .filter(|(name, _)| !self.is_query(name))
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// Whether a method is a query.
    pub fn is_query(&self, method: &str) -> bool {
        self.method(method).modes.contains(&FuncMode::Query)
    }

    /// The arguments of a call, encoded.
    pub fn arguments(&self, method: &str, args: &str) -> Vec<u8> {
        self.encode(method, args, &self.method(method).args)
    }

    /// The arguments of an installation, encoded.
    pub fn installation(&self, args: &str) -> Vec<u8> {
        self.encode("the installation", args, &self.installation)
    }

    /// The answer to a call, decoded.
    pub fn answer(&self, method: &str, reply: &[u8]) -> IDLArgs {
        IDLArgs::from_bytes_with_types(reply, &self.env, &self.method(method).rets)
            .unwrap_or_else(|error| panic!("{method} answers something else: {error}"))
    }

    fn method(&self, name: &str) -> Function {
        self.env
            .get_method(&self.service, name)
            .unwrap_or_else(|_| panic!("there is no method {name}"))
            .clone()
    }

    /// Encodes arguments that are values with nothing too much: an unknown field, or a value that does not
    /// fit an optional one, would be left out on the way without a word.
    fn encode(&self, what: &str, args: &str, types: &[Type]) -> Vec<u8> {
        let values = parse_idl_args(args).unwrap_or_else(|error| panic!("{what} {args}: {error}"));
        assert!(values.args.len() <= types.len(), "{what}: too many arguments: {args}");
        let understood = values
            .clone()
            .annotate_types(true, &self.env, types)
            .unwrap_or_else(|error| panic!("{what} does not take {args}: {error}"));
        for (values, understood) in values.args.iter().zip(&understood.args) {
            assert!(
                covers(understood, values),
                "{what} takes {understood}\nof what is values: {values}"
            );
        }
        understood
            .to_bytes_with_types(&self.env, types)
            .unwrap_or_else(|error| panic!("{what} {args}: {error}"))
    }
}

#[test]
fn what_would_be_left_out_is_noticed() {
    let interface = Interface::load();
    let refused = |args: &str| {
        let attempt = std::panic::AssertUnwindSafe(|| interface.installation(args));
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
