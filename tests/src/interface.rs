//! The interface as it is written down in `candid/backup_coordinator.did`.

use candid::{
    TypeEnv,
    types::{FuncMode, Type, TypeInner, value::IDLArgs},
};
use candid_parser::utils::CandidSource;
use std::path::Path;

/// Every method of the coordinator.
pub struct Interface {
    env: TypeEnv,
    /// The methods, sorted by name.
    pub methods: Vec<Method>,
}

/// One method.
pub struct Method {
    /// Its name.
    pub name: String,
    /// Whether it can be called as a query.
    pub is_query: bool,
    /// The types of its arguments.
    pub args: Vec<Type>,
    /// The types of what it answers with.
    pub replies: Vec<Type>,
}

impl Interface {
    /// Reads the interface.
    ///
    /// # Panics
    /// When it cannot be read, or is not that of a service.
    pub fn load() -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../candid/backup_coordinator.did");
        let source = CandidSource::File(Path::new(path));
        let (env, service) = source.load().unwrap_or_else(|error| panic!("{path}: {error}"));
        let service = service.expect("the file describes a service");
        let methods = env.as_service(&service).expect("the file describes a service");
        let methods = methods.iter().map(|(name, method)| {
            let function = env.as_func(method).expect("a method is a function");
            Method {
                name: name.clone(),
                is_query: function.modes.contains(&FuncMode::Query),
                args: function.args.clone(),
                replies: function.rets.clone(),
            }
        });
        let methods = methods.collect();
        Self { env, methods }
    }

    /// The method of this name.
    ///
    /// # Panics
    /// When there is none.
    pub fn method(&self, name: &str) -> &Method {
        self.methods
            .iter()
            .find(|method| method.name == name)
            .unwrap_or_else(|| panic!("candid/backup_coordinator.did has no method {name}"))
    }

    /// The types that the methods' types name.
    pub fn env(&self) -> &TypeEnv {
        &self.env
    }

    /// Arguments in Candid as values.
    ///
    /// # Panics
    /// When they are not of the method's types.
    pub fn decode(&self, method: &Method, arg: &[u8]) -> IDLArgs {
        IDLArgs::from_bytes_with_types(arg, &self.env, &method.args)
            .unwrap_or_else(|error| panic!("{}: {error}", method.name))
    }

    /// A reply in Candid as values.
    ///
    /// # Panics
    /// When it is not of the method's types.
    pub fn decode_reply(&self, method: &Method, reply: &[u8]) -> IDLArgs {
        IDLArgs::from_bytes_with_types(reply, &self.env, &method.replies)
            .unwrap_or_else(|error| panic!("{}: {error}", method.name))
    }

    /// Values as arguments in Candid.
    ///
    /// # Panics
    /// When they are not of the method's types.
    pub fn encode(&self, method: &Method, args: &IDLArgs) -> Vec<u8> {
        args.to_bytes_with_types(&self.env, &method.args)
            .unwrap_or_else(|error| panic!("{}: {error}", method.name))
    }
}

impl Method {
    /// Whether it answers with a page: its last arguments are where to start and how much to list.
    pub fn is_paged(&self) -> bool {
        matches!(
            self.args.as_slice(),
            [.., start, limit] if *start == TypeInner::Nat64.into() && *limit == TypeInner::Nat32.into()
        )
    }

    /// Whether its first argument names a run.
    pub fn takes_a_run(&self) -> bool {
        self.args.first() == Some(&TypeInner::Text.into())
    }
}
