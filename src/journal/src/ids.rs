//! Names and numbers that must not be mixed up, each as a type of its own.
//!
//! On the wire each of them is its bare content (`text`, `nat32`, `nat64`). The copies of a name share its text, because
//! every transition copies the names in the header of its run.

use candid::{
    CandidType,
    types::{Serializer, Type},
};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::{fmt, sync::Arc};

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Debug, Decode, Deserialize, Encode, Eq, Hash, Ord, PartialEq, PartialOrd,
        )]
        #[cbor(transparent)]
        #[serde(from = "String")]
        pub struct $name(
            #[n(0)]
            #[cbor(with = "crate::cbor::shared_text")]
            Arc<str>,
        );

        impl $name {
            /// The text of this id.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl CandidType for $name {
            fn _ty() -> Type {
                str::ty()
            }

            fn idl_serialize<S: Serializer>(&self, serializer: S) -> Result<(), S::Error> {
                self.as_str().idl_serialize(serializer)
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<T: Into<Arc<str>>> From<T> for $name {
            fn from(text: T) -> Self {
                Self(text.into())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

macro_rules! number {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(
            CandidType, Clone, Copy, Debug, Decode, Default, Deserialize, Encode, Eq, Hash, Ord,
            PartialEq, PartialOrd, Serialize,
        )]
        #[cbor(transparent)]
        pub struct $name(#[n(0)] pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

text_id! {
    /// Names one execution of a plan; unique in a coordinator.
    RunId
}
text_id! {
    /// Names a plan; receipts repeat it so that they cannot be recorded for another plan.
    PlanId
}
text_id! {
    /// Names one bundle of preflight checks; mutating receipts repeat it.
    PreflightId
}
text_id! {
    /// Names a fleet; unique in a coordinator.
    FleetName
}
number! {
    /// Position of an operation in its run: 0-based and contiguous.
    Sequence(u32)
}
number! {
    /// How often an operation has been claimed: 0 before the first claim, then 1, 2, ….
    Attempt(u32)
}
number! {
    /// Position of a receipt among the receipts of its run, in the order of recording, 0-based.
    ReceiptIndex(u32)
}
number! {
    /// Nanoseconds since 1970-01-01 UTC, as the network tells them.
    Timestamp(u64)
}

impl Sequence {
    /// The sequence that follows this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// This sequence as an index into a slice of operations.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl Attempt {
    /// The attempt that the next claim begins.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl Timestamp {
    /// Whole seconds since 1970-01-01 UTC.
    pub const fn seconds(self) -> u64 {
        self.0 / 1_000_000_000
    }

    /// Nanoseconds from `earlier` to this time, or zero when `earlier` is later.
    pub const fn nanos_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn seconds_are_whole() {
        assert_eq!(Timestamp(999_999_999).seconds(), 0);
        assert_eq!(Timestamp(7_000_000_000).seconds(), 7);
        assert_eq!(Timestamp(7_999_999_999).seconds(), 7);
    }

    #[test]
    fn no_time_passes_backwards() {
        assert_eq!(Timestamp(9).nanos_since(Timestamp(4)), 5);
        assert_eq!(Timestamp(4).nanos_since(Timestamp(9)), 0);
    }
}
