//! What is counted on the heap: refusals, what transitions cost, and calls of the executor that went wrong. It begins again
//! with each upgrade.
//!
//! Nothing here touches stable memory, so that a refused call leaves no trace in it.

use backup_fleet::error::ERROR_LABELS;
use backup_journal::{api::CoordinatorError as Error, journal::JournalError as Journal};
use std::cell::{Cell, RefCell};
use strum::VariantNames as _;

/// Figures by the name of an error, or of a kind of change; of either there are a few dozens.
pub type Figures = Vec<(&'static str, u64)>;

thread_local! {
    static REFUSALS: RefCell<Figures> = const { RefCell::new(Figures::new()) };
    static INSTRUCTIONS: RefCell<Figures> = const { RefCell::new(Figures::new()) };
    static FAILED_CALLS: RefCell<Figures> = const { RefCell::new(Figures::new()) };
    static SETTLED: Cell<u64> = const { Cell::new(0) };
}

/// Counts a refusal.
pub fn refused(name: &'static str) {
    REFUSALS.with_borrow_mut(|figures| *figure(figures, name) += 1);
}

/// Keeps what a change of this kind took.
pub fn cost(kind: &'static str, instructions: u64) {
    INSTRUCTIONS.with_borrow_mut(|figures| *figure(figures, kind) = instructions);
}

/// Counts a call of the executor that went wrong, by its [label](backup_fleet::error::error_label).
pub fn call_failed(label: &'static str) {
    FAILED_CALLS.with_borrow_mut(|figures| *figure(figures, label) += 1);
}

/// Counts an operation whose outcome was not known and was found out by looking at the canister.
pub fn settled_by_looking() {
    SETTLED.set(SETTLED.get() + 1);
}

fn figure<'a>(figures: &'a mut Figures, name: &'static str) -> &'a mut u64 {
    let known = figures.iter().position(|(known, _)| *known == name);
    let position = known.unwrap_or_else(|| {
        figures.push((name, 0));
        figures.len() - 1
    });
    &mut figures[position].1
}

/// How often updates were refused, by error: by every one that there is.
pub fn refusals() -> Figures {
    REFUSALS.with_borrow(|figures| all(figures, names()))
}

/// How often calls of the executor went wrong, by every label that there is.
pub fn failed_calls() -> Figures {
    FAILED_CALLS.with_borrow(|figures| all(figures, ERROR_LABELS.into_iter()))
}

/// How many operations were settled by looking.
pub fn settled() -> u64 {
    SETTLED.get()
}

/// A figure for each of these names, which is zero if nothing was counted.
fn all(figures: &Figures, names: impl Iterator<Item = &'static str>) -> Figures {
    let count = |name| figures.iter().find(|(known, _)| *known == name).map_or(0, |(_, n)| *n);
    names.map(|name| (name, count(name))).collect()
}

/// The names that [`name`] gives, each once: a call may be repeated in a journal and outside of one.
fn names() -> impl Iterator<Item = &'static str> {
    let own = Error::VARIANTS.iter().filter(|name| **name != JOURNAL);
    let of_journals = Journal::VARIANTS.iter().filter(|name| !Error::VARIANTS.contains(name));
    own.chain(of_journals).copied()
}

/// The variant that carries an error of the state machine, which has a name of its own.
const JOURNAL: &str = "Journal";

/// What the last change of each kind took.
pub fn instructions() -> Figures {
    INSTRUCTIONS.with_borrow(Clone::clone)
}

/// The name of an error's variant; of the state machine's errors, the inner one.
pub fn name(error: &Error) -> &'static str {
    match error {
        Error::Journal(error) => error.into(),
        error => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Error, Journal, names, refusals, refused};
    use candid::types::{CandidType, TypeInner};
    use std::collections::BTreeSet;

    fn variants<T: CandidType>() -> Vec<String> {
        let TypeInner::Variant(variants) = T::ty().as_ref().clone() else { panic!("no variant") };
        variants.iter().map(|variant| variant.id.to_string()).collect()
    }

    #[test]
    fn every_error_has_a_figure_before_it_occurs() {
        let mut expected: BTreeSet<String> = variants::<Error>().into_iter().collect();
        assert!(expected.remove("Journal"), "its own errors are told instead");
        expected.extend(variants::<Journal>());
        assert_eq!(names().map(str::to_string).collect::<BTreeSet<_>>(), expected);
        assert_eq!(names().count(), expected.len(), "one is there twice");
        refused("Duplicate");
        let of = |wanted| refusals().iter().filter(|(name, n)| *n == 1 && *name == wanted).count();
        assert_eq!((of("Duplicate"), of("RunNotFound")), (1, 0));
        assert_eq!(refusals().len(), expected.len());
    }
}
