//! The attributes of methods.
//!
//! Methods are written as for `ic_cdk`:
//!
//! ```text
//! #[update(guard = Operator(run_id))]
//! fn seal_journal_draft(run_id: RunId) -> Answer<SealProgress> { … }
//! ```
//!
//! This lets a caller pass who holds the role Operator for all fleets, or for the fleet of `run_id`, which has to be a
//! [`Subject`](super::subject::Subject). `guard = Operator` lets only the first one pass.
//!
//! `#[ic_cdk::update(guard = "…")]` itself cannot say this, so that the attributes are those of a macro of our own:
//!
//! * A guard of `ic_cdk` rejects a call with a text. Ours answers with the typed error that the interface promises,
//!   [`CoordinatorError::Unauthorized`](backup_journal::api::CoordinatorError::Unauthorized).
//! * A decoder of `ic_cdk` (`decode_with`) can only trap. Ours answers with a typed error where a part of the arguments
//!   would be ignored, and runs behind the guard: the canister does not decode the arguments of a refused caller.
//! * A reply of `ic_cdk` derives the type table of its Candid message with each call. Ours is written with the table
//!   that the build script has derived, see [`crate::encoding`].
//!
//! The macro passes each method to `ic_cdk_macros` with `manual_reply`, to be run by [`endpoint`](super::endpoint), and
//! adds it to the list of methods that `inspect_message` reads and that the interface file is written from.

/// Declares the methods of a file.
macro_rules! methods {
    ($(
        #[$kind:ident(guard = $guard:ident $(($subject:ident))?)]
        fn $name:ident($($argument:ident: $type:ty),* $(,)?) -> $answer:ty $body:block
    )*) => {
        $(
            #[cfg_attr(test, candid::candid_method($kind))]
            fn $name($($argument: $type),*) -> $answer $body
        )*

        /// Each method with its guard.
        #[allow(non_upper_case_globals, reason = "they have the names of the methods")]
        mod described {
            use crate::api::access::{Guard, Method};

            $(
                pub const $name: Method = Method {
                    name: stringify!($name),
                    guard: Guard::$guard,
                    subject: crate::api::methods::optional!($(stringify!($subject))?),
                };
            )*
        }

        /// The methods as the network calls them.
        mod exported {
            use super::*;

            $(
                #[allow(unused_variables, reason = "the guard names one of the arguments, or none")]
                #[ic_cdk_macros::$kind(hidden = true, manual_reply = true)]
                fn $name() {
                    crate::api::endpoint::$kind(
                        &described::$name,
                        &[$(stringify!($argument)),*],
                        |($($argument,)*): &($($type,)*)| {
                            crate::api::methods::optional!($($subject)?)
                        },
                        |($($argument,)*)| super::$name($($argument),*),
                    );
                }
            )*
        }

        /// The methods of this file.
        pub const METHODS: &[crate::api::access::Method] = &[$(described::$name),*];
    };
}
pub(super) use methods;

/// What stands between the brackets, or nothing.
macro_rules! optional {
    () => {
        None
    };
    ($value:expr) => {
        Some($value)
    };
}
pub(super) use optional;
