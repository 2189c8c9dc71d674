//! Steps of a random sequence, said without knowing where the run stands.

use super::pair::{Call, Held, PREFLIGHT, Pair};
use crate::{
    Attempt, Timestamp,
    fixtures::canister,
    journal::{OperationReceipt, OperationState as State, ReceiptOutcome},
};
use proptest::{collection::vec, prelude::*};

#[derive(Clone, Debug)]
pub enum Step {
    /// What is right, so many times: a wave, or a part of it, is claimed and completed in some order.
    Advance(u8, u32, u8),
    ClaimNext(Other),
    Claim(At, Other),
    ClaimWave(u32, Other),
    Report(At, ReceiptOutcome, AttemptPick, Performed),
    /// A receipt that was recorded is sent again.
    Resend(u8),
    Retry(At),
    Accept(&'static str),
    Abort,
    Settle(u8),
}

/// Which canister another run holds, if any.
type Other = Option<u8>;

#[derive(Clone, Copy, Debug)]
pub enum At {
    Next,
    /// One of those that are claimed.
    Pending(u8),
    /// One of those that have failed.
    Failed(u8),
    Any(u8),
}

#[derive(Clone, Copy, Debug)]
pub enum AttemptPick {
    None,
    Current,
    Previous,
    Following,
}

/// When an attempt was done, as its receipt says.
#[derive(Clone, Copy, Debug)]
pub enum Performed {
    Unsaid,
    SinceTheClaim(u8),
    BeforeTheClaim,
    Later,
}

/// Steps with the time that passes before each.
pub fn steps() -> impl Strategy<Value = Vec<(u64, Step)>> {
    vec((0..4_u64, step()), 10..60)
}

fn step() -> impl Strategy<Value = Step> {
    let limit = prop_oneof![1 => Just(0), 4 => 1..4_u32, 4 => Just(100)];
    let other = || prop_oneof![9 => Just(None), 1 => (1..7_u8).prop_map(Some)];
    let report = (at(), outcome(), attempt(), performed());
    prop_oneof![
        4 => (1..4_u8, 1..5_u32, any::<u8>()).prop_map(|(n, limit, o)| Step::Advance(n, limit, o)),
        3 => other().prop_map(Step::ClaimNext),
        2 => (at(), other()).prop_map(|(at, other)| Step::Claim(at, other)),
        8 => (limit, other()).prop_map(|(limit, other)| Step::ClaimWave(limit, other)),
        16 => report.prop_map(|(at, outcome, attempt, performed)| {
            Step::Report(at, outcome, attempt, performed)
        }),
        1 => any::<u8>().prop_map(Step::Resend),
        6 => at().prop_map(Step::Retry),
        3 => prop_oneof![4 => Just(PREFLIGHT), 1 => Just("other"), 1 => Just(" ")]
            .prop_map(Step::Accept),
        1 => Just(Step::Abort),
        2 => (1..7_u8).prop_map(Step::Settle),
    ]
}

fn at() -> impl Strategy<Value = At> {
    prop_oneof![
        3 => Just(At::Next),
        8 => any::<u8>().prop_map(At::Pending),
        4 => any::<u8>().prop_map(At::Failed),
        1 => any::<u8>().prop_map(At::Any),
    ]
}

fn outcome() -> impl Strategy<Value = ReceiptOutcome> {
    prop_oneof![
        6 => Just(ReceiptOutcome::Completed),
        3 => Just(ReceiptOutcome::Failed),
        1 => Just(ReceiptOutcome::Skipped),
    ]
}

fn attempt() -> impl Strategy<Value = AttemptPick> {
    prop_oneof![
        3 => Just(AttemptPick::None),
        12 => Just(AttemptPick::Current),
        1 => Just(AttemptPick::Previous),
        1 => Just(AttemptPick::Following),
    ]
}

fn performed() -> impl Strategy<Value = Performed> {
    prop_oneof![
        4 => Just(Performed::Unsaid),
        8 => any::<u8>().prop_map(Performed::SinceTheClaim),
        1 => Just(Performed::BeforeTheClaim),
        1 => Just(Performed::Later),
    ]
}

impl At {
    fn row(self, pair: &Pair) -> Option<usize> {
        let among = |rows: Vec<usize>, number: u8| {
            let number = usize::from(number).checked_rem(rows.len())?;
            Some(rows[number])
        };
        match self {
            Self::Next => pair.model.next(),
            Self::Pending(number) => among(pair.model.pending(), number),
            Self::Failed(number) => among(pair.model.in_state(State::Failed), number),
            Self::Any(number) => among((0..pair.model.rows.len()).collect(), number),
        }
    }
}

impl Performed {
    fn at(self, claimed_at: Timestamp, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Unsaid => None,
            Self::SinceTheClaim(number) => {
                let since = now.0.saturating_sub(claimed_at.0);
                Some(Timestamp(claimed_at.0 + u64::from(number) % (since + 1)))
            }
            Self::BeforeTheClaim => Some(Timestamp(claimed_at.0.saturating_sub(1))),
            Self::Later => Some(Timestamp(now.0 + 1)),
        }
    }
}

impl Step {
    /// Makes the calls that this means now.
    pub fn take(&self, pair: &mut Pair) {
        if let Self::Advance(times, limit, order) = self {
            for _ in 0..*times {
                advance(pair, *limit, *order);
            }
        } else if let Some(call) = self.call(pair) {
            pair.call(&call);
        }
    }

    fn call(&self, pair: &Pair) -> Option<Call> {
        let held = |other: &Other| Held(other.map(canister));
        Some(match self {
            Self::Advance(..) => return None,
            Self::ClaimNext(other) => Call::ClaimNext(held(other)),
            Self::Claim(at, other) => Call::Claim(at.row(pair)?, held(other)),
            Self::ClaimWave(limit, other) => Call::ClaimWave(*limit, held(other)),
            Self::Report(at, outcome, attempt, performed) => {
                let at = at.row(pair)?;
                let receipt = pair.receipt(at, *outcome);
                let current = pair.model.rows[at].attempt;
                let attempt = match attempt {
                    AttemptPick::None => None,
                    AttemptPick::Current => Some(Attempt(current)),
                    AttemptPick::Previous => Some(Attempt(current.checked_sub(1)?)),
                    AttemptPick::Following => Some(Attempt(current + 1)),
                };
                let performed_at = performed.at(pair.model.rows[at].claimed_at, pair.now);
                Call::Report(Box::new(OperationReceipt { attempt, performed_at, ..receipt }))
            }
            Self::Resend(number) => {
                let number = usize::from(*number).checked_rem(pair.model.receipts.len())?;
                Call::Report(Box::new(pair.model.receipts[number].receipt.clone()))
            }
            Self::Retry(at) => Call::Retry(at.row(pair)?),
            Self::Accept(id) => Call::Accept(id),
            Self::Abort => Call::Abort,
            Self::Settle(number) => Call::Settle(canister(*number)),
        })
    }
}

/// Makes failed rows ready, claims up to `limit` rows, and completes all that are claimed.
fn advance(pair: &mut Pair, limit: u32, order: u8) {
    for at in pair.model.in_state(State::Failed) {
        pair.call(&Call::Retry(at));
    }
    pair.call(&Call::ClaimWave(limit, Held(None)));
    let mut pending = pair.model.pending();
    let turn = usize::from(order).checked_rem(pending.len()).unwrap_or_default();
    pending.rotate_left(turn);
    for at in pending {
        let receipt = pair.receipt(at, ReceiptOutcome::Completed);
        assert!(pair.call(&Call::Report(Box::new(receipt))), "{at} is claimed");
    }
}
