//! The attributes of methods.
//!
//! Methods are written as for `ic_cdk`:
//!
//! ```text
//! #[update(guard = Operator)]
//! fn seal_journal_draft(run_id: RunId) -> Answer<SealProgress> { … }
//! ```
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

            $(
                #[ic_cdk_macros::$kind(hidden = true, manual_reply = true)]
                fn $name() {
                    let names = [$(stringify!($argument)),*];
                    let guard = crate::api::access::Guard::$guard;
                    crate::api::endpoint::$kind(guard, &names, |($($argument,)*): ($($type,)*)| {
                        super::$name($($argument),*)
                    });
                }
            )*
        }

        /// The methods of this file.
        pub const METHODS: &[crate::api::access::Method] = &[$(
            crate::api::access::Method {
                name: stringify!($name),
                guard: crate::api::access::Guard::$guard,
            },
        )*];
    };
}
pub(super) use methods;
