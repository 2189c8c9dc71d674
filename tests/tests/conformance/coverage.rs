//! What a run of a property has met, so that a generator that no longer reaches something is noticed.

use std::{cell::RefCell, collections::BTreeMap};

/// How often each thing was met.
#[derive(Default)]
pub struct Coverage(RefCell<BTreeMap<&'static str, u64>>);

impl Coverage {
    pub fn met(&self, what: &'static str) {
        *self.0.borrow_mut().entry(what).or_default() += 1;
    }

    /// Fails when one of `expected`, but for those in `unreachable`, was not met; and when one of
    /// `unreachable` was.
    pub fn assert_all(&self, expected: &[&'static str], unreachable: &[&'static str]) {
        let met = self.0.borrow();
        for what in unreachable {
            assert!(expected.contains(what), "{what} is not a thing to be met");
        }
        for what in expected {
            let is_met = met.contains_key(what);
            assert_ne!(is_met, unreachable.contains(what), "{what}: met {is_met}; all: {met:?}");
        }
    }

    /// Fails when `what` was met less often than `least`.
    pub fn assert_often(&self, what: &'static str, least: u64) {
        let times = self.0.borrow().get(what).copied().unwrap_or_default();
        assert!(times >= least, "{what}: met {times} times, not {least}");
    }

    pub fn report(&self) -> String {
        format!("{:?}", self.0.borrow())
    }
}

/// Names the variants of an error type, and one value's; a variant that is missing here does not compile.
macro_rules! variants {
    ($list:ident, $name:ident, $type:ident: $($variant:ident)*) => {
        pub const $list: &[&str] = &[$(stringify!($variant)),*];

        pub fn $name(error: &$type) -> &'static str {
            match error {
                $($type::$variant { .. } => stringify!($variant),)*
            }
        }
    };
}
pub(crate) use variants;
