//! The interface file, `candid/backup_coordinator.did`: methods, types, and the role that each method needs.

use backup_journal::api::Role;
use candid::{
    TypeEnv,
    types::{FuncMode, Label, Type, TypeInner, value::IDLArgs},
};
use candid_parser::{
    syntax::{Binding, IDLProg, IDLType},
    utils::{CandidSource, instantiate_candid},
};

/// Every method of the coordinator.
pub struct Interface {
    env: TypeEnv,
    installation: Vec<Type>,
    /// The methods, sorted by name.
    pub methods: Vec<Method>,
}

/// One method.
pub struct Method {
    /// Its name.
    pub name: String,
    /// Whether it can be called as a query.
    pub is_query: bool,
    /// The lowest role that its caller needs; `None` if anyone may call it.
    ///
    /// The file only claims this. The tests in `tests/access` call each method with every role.
    pub role: Option<Role>,
    /// Whether a role is enough that is for the fleet of the run, plan or fleet that the first argument names.
    ///
    /// The file only claims this. The tests in `tests/access` call each method with roles for single fleets.
    pub of_the_fleet: bool,
    /// The types of its arguments.
    pub args: Vec<Type>,
    /// The types of what it answers with.
    pub replies: Vec<Type>,
}

impl Interface {
    /// Reads the interface.
    ///
    /// # Panics
    /// When it cannot be read, is not that of a service, or has a method without a role.
    pub fn load() -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../candid/backup_coordinator.did");
        let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let (installation, (env, service)) = instantiate_candid(CandidSource::Text(&text))
            .unwrap_or_else(|error| panic!("{path}: {error}"));
        let comments = comments(&text);
        let methods = env.as_service(&service).expect("the file describes a service");
        let methods = methods.iter().map(|(name, method)| {
            let function = env.as_func(method).expect("a method is a function");
            let comment = comments.iter().find(|method| method.id == *name);
            let (role, of_the_fleet) = role(comment.expect("the file has the method"));
            Method {
                name: name.clone(),
                is_query: function.modes.contains(&FuncMode::Query),
                role,
                of_the_fleet,
                args: function.args.clone(),
                replies: function.rets.clone(),
            }
        });
        let methods = methods.collect();
        Self { env, installation, methods }
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

    /// The types of the arguments of an installation.
    pub fn installation(&self) -> &[Type] {
        &self.installation
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

    /// Whether it answers `variant { Ok; Err }`. A method that a standard prescribes does not: it rejects instead.
    pub fn answers_with_errors(&self, interface: &Interface) -> bool {
        let [reply] = self.replies.as_slice() else { return false };
        let reply = interface.env.trace_type(reply).expect("the type is in the file");
        let TypeInner::Variant(cases) = reply.as_ref() else { return false };
        cases.iter().any(|case| case.id.get_id() == Label::Named("Err".to_string()).get_id())
    }

    /// Whether its first argument names a run or a fleet.
    pub fn takes_a_name(&self) -> bool {
        self.args.first() == Some(&TypeInner::Text.into())
    }
}

/// The methods of the file as they are written, with their comments.
fn comments(text: &str) -> Vec<Binding> {
    let file: IDLProg = text.parse().expect("the file is Candid");
    let service = match file.actor.expect("the file describes a service").typ {
        IDLType::ClassT(_, service) => *service,
        service => service,
    };
    let IDLType::ServT(methods) = service else { panic!("the file describes a service") };
    methods
}

/// The role in the comment of a method, and whether one for the fleet is enough.
fn role(method: &Binding) -> (Option<Role>, bool) {
    let comment = method.docs.iter().find_map(|line| line.trim().strip_prefix("Role: "));
    let comment = comment.unwrap_or_default();
    let of_the_fleet = comment.strip_suffix(" of the fleet");
    let role = match of_the_fleet.unwrap_or(comment) {
        "none" => None,
        "Auditor" => Some(Role::Auditor),
        "Operator" => Some(Role::Operator),
        "Administrator" => Some(Role::Administrator),
        other => panic!("the comment above {} must name a role: {other:?}", method.id),
    };
    (role, of_the_fleet.is_some())
}
