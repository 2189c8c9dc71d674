//! Steps of a sequence: what to do next, said without knowing where the journals stand.

use crate::{
    bundle_flaws::{BundleFlaw, known_bundle_flaw},
    bundles::{Bundle, bundle},
    pair::{Call, Theirs},
    receipts::{AttemptPick, DONE, Report, attempt, report},
};
use backup_journal::{
    PreflightId, Sequence, Timestamp,
    journal::{OperationReceipt, OperationState},
    plan::BackupPlan,
};
use proptest::{collection::vec, prelude::*};

/// One step, some time after the one before it.
#[derive(Clone, Debug)]
pub struct Step {
    pub elapsed: u64,
    pub action: Action,
}

#[derive(Clone, Debug)]
pub enum Action {
    /// What is right, so many times: claims and completes operations.
    Advance(u8),
    Bundle(Id),
    Receipts(Id, Bundle, Vec<BundleFlaw>),
    ClaimNext,
    Claim(At),
    Report(At, Box<Report>),
    /// Sends a receipt again that was recorded before.
    Resend(u8, AttemptPick),
    Retry(At),
}

#[derive(Clone, Copy, Debug)]
pub enum Id {
    First,
    Second,
    Blank,
}

#[derive(Clone, Copy, Debug)]
pub enum At {
    Next,
    Nth(u8),
    PastTheEnd(u8),
}

pub fn steps(with_attempts: bool) -> impl Strategy<Value = Vec<Step>> {
    vec(step(with_attempts), 12..40)
}

fn step(with_attempts: bool) -> impl Strategy<Value = Step> {
    let elapsed = prop_oneof![30 => 0..3_u64, 1 => 5..30_u64];
    let flaws = prop_oneof![5 => Just(Vec::new()), 4 => vec(known_bundle_flaw(), 1..3)];
    let receipts =
        (id(), bundle(), flaws).prop_map(|(id, bundle, flaws)| Action::Receipts(id, bundle, flaws));
    let report =
        (at(), report(with_attempts)).prop_map(|(at, report)| Action::Report(at, Box::new(report)));
    let resend = (any::<u8>(), attempt(with_attempts))
        .prop_map(|(which, attempt)| Action::Resend(which, attempt));
    // Boxed, or every step is as large as the largest, and moving them takes most of the time.
    let action = prop_oneof![
        6 => (1..5_u8).prop_map(Action::Advance).boxed(),
        1 => id().prop_map(Action::Bundle).boxed(),
        3 => receipts.boxed(),
        4 => Just(Action::ClaimNext).boxed(),
        3 => at().prop_map(Action::Claim).boxed(),
        8 => report.boxed(),
        2 => resend.boxed(),
        3 => at().prop_map(Action::Retry).boxed(),
    ];
    (elapsed, action).prop_map(|(elapsed, action)| Step { elapsed, action })
}

fn id() -> impl Strategy<Value = Id> {
    prop_oneof![6 => Just(Id::First), 3 => Just(Id::Second), 1 => Just(Id::Blank)]
}

fn at() -> impl Strategy<Value = At> {
    prop_oneof![
        8 => Just(At::Next),
        3 => any::<u8>().prop_map(At::Nth),
        1 => (0..3_u8).prop_map(At::PastTheEnd),
    ]
}

impl Id {
    fn id(self) -> PreflightId {
        match self {
            Self::First => "first".into(),
            Self::Second => "second".into(),
            Self::Blank => " ".into(),
        }
    }
}

impl At {
    fn sequence(self, theirs: &Theirs) -> Sequence {
        let count = theirs.journal.operations.len();
        let next = theirs.journal.next_ready_operation().map(|operation| operation.sequence);
        let at = match self {
            Self::Next => next.unwrap_or_default(),
            Self::Nth(number) => usize::from(number) % count,
            Self::PastTheEnd(more) => count + usize::from(more),
        };
        Sequence(u32::try_from(at).expect("generated runs are small"))
    }
}

impl Action {
    /// The call that this means now, if it means any.
    pub fn call(&self, plan: &BackupPlan, theirs: &Theirs, now: u64) -> Option<Call> {
        Some(match self {
            Self::Advance(_) => advance(plan, theirs)?,
            Self::Bundle(id) => Call::Bundle(id.id()),
            Self::Receipts(id, bundle, flaws) => {
                let mut receipts = bundle.receipts(plan, &id.id(), now);
                for flaw in flaws {
                    flaw.apply(&mut receipts);
                }
                Call::Receipts(receipts)
            }
            Self::ClaimNext => Call::ClaimNext,
            Self::Claim(at) => Call::Claim(at.sequence(theirs)),
            Self::Report(at, report) => {
                Call::Receipt(report.receipt(plan, theirs, at.sequence(theirs)))
            }
            Self::Resend(which, attempt) => {
                let number = usize::from(*which).checked_rem(theirs.records.len())?;
                let kept = theirs.records[number].receipt.clone();
                let attempt = attempt.of(kept.attempt.unwrap_or_default());
                Call::Receipt(OperationReceipt { attempt, ..kept })
            }
            Self::Retry(at) => Call::Retry(at.sequence(theirs)),
        })
    }

    /// How many calls this is.
    pub fn times(&self) -> u8 {
        match self {
            Self::Advance(operations) => operations * 2,
            _ => 1,
        }
    }
}

/// The right thing to do: complete what is pending, or else claim what is next.
fn advance(plan: &BackupPlan, theirs: &Theirs) -> Option<Call> {
    let next = theirs.journal.next_ready_operation()?;
    let sequence = At::Next.sequence(theirs);
    if crate::errors::state(&next.state) == OperationState::Pending {
        return Some(Call::Receipt(DONE.receipt(plan, theirs, sequence)));
    }
    Some(Call::Claim(sequence))
}

/// When every sequence begins.
pub const START: u64 = 1_700_000_000;

pub fn time(now: u64) -> Timestamp {
    crate::convert::seconds(now)
}
