//! What is counted on the heap: refusals, and what transitions cost. It begins again with each upgrade.
//!
//! Nothing here touches stable memory, so that a refused call leaves no trace in it.

use backup_journal::{api::CoordinatorError as Error, journal::JournalError as Journal};
use std::cell::RefCell;

/// Figures by the name of an error, or of a kind of change; of either there are a few dozens.
pub type Figures = Vec<(&'static str, u64)>;

thread_local! {
    static REFUSALS: RefCell<Figures> = const { RefCell::new(Figures::new()) };
    static INSTRUCTIONS: RefCell<Figures> = const { RefCell::new(Figures::new()) };
}

/// Counts a refusal.
pub fn refused(name: &'static str) {
    REFUSALS.with_borrow_mut(|figures| *figure(figures, name) += 1);
}

/// Keeps what a change of this kind took.
pub fn cost(kind: &'static str, instructions: u64) {
    INSTRUCTIONS.with_borrow_mut(|figures| *figure(figures, kind) = instructions);
}

fn figure<'a>(figures: &'a mut Figures, name: &'static str) -> &'a mut u64 {
    let known = figures.iter().position(|(known, _)| *known == name);
    let position = known.unwrap_or_else(|| {
        figures.push((name, 0));
        figures.len() - 1
    });
    &mut figures[position].1
}

/// How often updates were refused, by error.
pub fn refusals() -> Figures {
    REFUSALS.with_borrow(Clone::clone)
}

/// What the last change of each kind took.
pub fn instructions() -> Figures {
    INSTRUCTIONS.with_borrow(Clone::clone)
}

/// The name of an error's variant; of the state machine's errors, the inner one.
pub const fn name(error: &Error) -> &'static str {
    match error {
        Error::Unauthorized { .. } => "Unauthorized",
        Error::RunNotFound { .. } => "RunNotFound",
        Error::RunExists { .. } => "RunExists",
        Error::Duplicate(_) => "Duplicate",
        Error::InvalidPlan(_) => "InvalidPlan",
        Error::Journal(error) => journal_name(error),
        Error::LimitExceeded(_) => "LimitExceeded",
        Error::InvalidPageLimit { .. } => "InvalidPageLimit",
        Error::PageOutOfRange { .. } => "PageOutOfRange",
        Error::CoordinatorIsTarget { .. } => "CoordinatorIsTarget",
        Error::DraftNotFound { .. } => "DraftNotFound",
        Error::DraftClosed { .. } => "DraftClosed",
        Error::DraftGap { .. } => "DraftGap",
        Error::DraftConflict { .. } => "DraftConflict",
        Error::AnonymousRole => "AnonymousRole",
        Error::RoleNotHeld { .. } => "RoleNotHeld",
    }
}

const fn journal_name(error: &Journal) -> &'static str {
    match error {
        Journal::MissingField { .. } => "MissingField",
        Journal::Preflight(_) => "Preflight",
        Journal::PreflightAlreadyAccepted { .. } => "PreflightAlreadyAccepted",
        Journal::PreflightExpired { .. } => "PreflightExpired",
        Journal::OperationNotFound { .. } => "OperationNotFound",
        Journal::OutOfOrderOperationTransition { .. } => "OutOfOrderOperationTransition",
        Journal::NoTransitionableOperation => "NoTransitionableOperation",
        Journal::InvalidOperationTransition { .. } => "InvalidOperationTransition",
        Journal::OperationNotFailed { .. } => "OperationNotFailed",
        Journal::ReceiptOperationNotFound { .. } => "ReceiptOperationNotFound",
        Journal::ReceiptOperationMismatch { .. } => "ReceiptOperationMismatch",
        Journal::ReceiptJournalMismatch { .. } => "ReceiptJournalMismatch",
        Journal::ReceiptPreflightMismatch { .. } => "ReceiptPreflightMismatch",
        Journal::ReceiptWithoutPendingOperation { .. } => "ReceiptWithoutPendingOperation",
        Journal::ReasonWithoutFailure { .. } => "ReasonWithoutFailure",
        Journal::StaleAttempt { .. } => "StaleAttempt",
        Journal::UnknownAttempt { .. } => "UnknownAttempt",
        Journal::Duplicate { .. } => "Duplicate",
    }
}
