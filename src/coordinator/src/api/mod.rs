//! The methods: who may call each, and what it does.
//!
//! They are written as for `ic_cdk`, within a macro of our own, for what `ic_cdk` does not do: a caller who may not
//! call gets a typed error, arguments of which a part would be ignored are refused, and the type tables of replies
//! are not derived with each call. It also makes the list of methods that the inspection of messages needs.

mod changes;
mod standards;
mod views;

use backup_coordinator_core::access::Method;

/// Declares methods: as updates or as queries, and who may call them.
macro_rules! methods {
    ($(
        #[$kind:ident(guard = $guard:ident)]
        fn $name:ident($($argument:ident: $type:ty),* $(,)?) -> $answer:ty $body:block
    )*) => {
        $(
            #[cfg_attr(test, candid::candid_method($kind))]
            fn $name($($argument: $type),*) -> $answer $body
        )*

        /// The methods as the network calls them.
        mod exported {
            use super::*;
            use backup_coordinator_core::{access::Guard, endpoint};

            $(
                #[ic_cdk_macros::$kind(hidden = true, manual_reply = true)]
                fn $name() {
                    let names = [$(stringify!($argument)),*];
                    endpoint::$kind(Guard::$guard, &names, |($($argument,)*): ($($type,)*)| {
                        super::$name($($argument),*)
                    });
                }
            )*
        }

        /// The methods of this file.
        pub const METHODS: &[backup_coordinator_core::access::Method] = &[$(
            backup_coordinator_core::access::Method {
                name: stringify!($name),
                guard: backup_coordinator_core::access::Guard::$guard,
            },
        )*];
    };
}
use methods;

/// The method of this name.
pub fn method(name: &str) -> Option<&'static Method> {
    let methods = [changes::METHODS, views::METHODS, standards::METHODS];
    methods.into_iter().flatten().find(|method| method.name == name)
}
