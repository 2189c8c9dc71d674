//! Receipts, right and wrong ones.

use crate::{
    pair::Theirs,
    plans::{STRANGER, canister},
};
use backup_journal::{
    Attempt, Sequence,
    journal::{OperationReceipt, ReceiptOutcome},
    plan::{BackupOperationKind, BackupPlan},
};
use proptest::{option, prelude::*, sample::select};

/// What a receipt says, apart from what it is about.
#[derive(Clone, Debug)]
pub struct Report {
    pub outcome: ReceiptOutcome,
    pub details: Details,
    pub reason: Reason,
    pub flaw: Option<Flaw>,
    pub attempt: AttemptPick,
}

/// Which of snapshot id, artifact path and checksum are given.
#[derive(Clone, Copy, Debug)]
pub enum Details {
    /// The one that the kind demands.
    Demanded,
    All,
    None,
    /// All, one of them blank.
    Blank(u8),
}

#[derive(Clone, Copy, Debug)]
pub enum Reason {
    /// One exactly when the attempt failed.
    Fitting,
    Always,
    Never,
    Blank,
}

/// What the receipt says wrongly.
#[derive(Clone, Copy, Debug)]
pub enum Flaw {
    Plan,
    Run,
    OperationId,
    Kind,
    Target,
    NoTarget,
    OtherPreflight,
    NoPreflight,
    BlankPlan,
    BlankRun,
    BlankOperationId,
}

/// Which attempt the receipt names.
#[derive(Clone, Copy, Debug)]
pub enum AttemptPick {
    None,
    Current,
    Previous,
    Next,
    Zero,
}

/// A receipt that fits, whatever it is about.
pub const DONE: Report = Report {
    outcome: ReceiptOutcome::Completed,
    details: Details::Demanded,
    reason: Reason::Fitting,
    flaw: None,
    attempt: AttemptPick::None,
};

pub fn report(with_attempts: bool) -> impl Strategy<Value = Report> {
    let outcome = prop_oneof![
        4 => Just(ReceiptOutcome::Completed),
        3 => Just(ReceiptOutcome::Failed),
        2 => Just(ReceiptOutcome::Skipped),
    ];
    let details = prop_oneof![
        12 => Just(Details::Demanded),
        2 => Just(Details::All),
        2 => Just(Details::None),
        1 => (0..3_u8).prop_map(Details::Blank),
    ];
    let reason = prop_oneof![
        12 => Just(Reason::Fitting),
        1 => Just(Reason::Always),
        1 => Just(Reason::Never),
        1 => Just(Reason::Blank),
    ];
    (outcome, details, reason, option::weighted(0.15, flaw()), attempt(with_attempts)).prop_map(
        |(outcome, details, reason, flaw, attempt)| Report {
            outcome,
            details,
            reason,
            flaw,
            attempt,
        },
    )
}

fn flaw() -> impl Strategy<Value = Flaw> {
    select(vec![
        Flaw::Plan,
        Flaw::Run,
        Flaw::OperationId,
        Flaw::Kind,
        Flaw::Target,
        Flaw::NoTarget,
        Flaw::OtherPreflight,
        Flaw::NoPreflight,
        Flaw::BlankPlan,
        Flaw::BlankRun,
        Flaw::BlankOperationId,
    ])
}

pub fn attempt(with_attempts: bool) -> BoxedStrategy<AttemptPick> {
    if !with_attempts {
        return Just(AttemptPick::None).boxed();
    }
    prop_oneof![
        2 => Just(AttemptPick::None),
        6 => Just(AttemptPick::Current),
        2 => Just(AttemptPick::Previous),
        1 => Just(AttemptPick::Next),
        1 => Just(AttemptPick::Zero),
    ]
    .boxed()
}

impl AttemptPick {
    pub fn of(self, current: Attempt) -> Option<Attempt> {
        match self {
            Self::None => None,
            Self::Current => Some(current),
            Self::Previous => Some(Attempt(current.0.saturating_sub(1))),
            Self::Next => Some(current.next()),
            Self::Zero => Some(Attempt(0)),
        }
    }
}

impl Report {
    /// The receipt that says this about the operation at `sequence`, which may be past the end.
    pub fn receipt(
        &self,
        plan: &BackupPlan,
        theirs: &Theirs,
        sequence: Sequence,
    ) -> OperationReceipt {
        let last = plan.phases.len() - 1;
        let at = sequence.index().min(last);
        let operation = &plan.phases[at];
        let mut receipt = OperationReceipt {
            plan_id: plan.header.plan_id.clone(),
            run_id: plan.header.run_id.clone(),
            preflight_id: theirs.preflight.as_ref().map(|known| known.preflight_id.clone()),
            sequence,
            operation_id: operation.operation_id.clone(),
            kind: operation.kind,
            target_canister_id: operation.target_canister_id,
            attempt: self.attempt.of(theirs.claims[at]),
            outcome: self.outcome,
            snapshot_id: self.detail(0, operation.kind),
            artifact_path: self.detail(1, operation.kind),
            checksum: self.detail(2, operation.kind),
            failure_reason: self.failure_reason(),
            performed_at: None,
        };
        if let Some(flaw) = self.flaw {
            flaw.apply(&mut receipt);
        }
        receipt
    }

    fn detail(&self, number: u8, kind: BackupOperationKind) -> Option<String> {
        let demanded = match kind {
            BackupOperationKind::CreateSnapshot => Some(0),
            BackupOperationKind::DownloadSnapshot => Some(1),
            BackupOperationKind::VerifyArtifact => Some(2),
            _ => None,
        };
        let given = format!("detail {number}");
        match self.details {
            Details::Demanded => (demanded == Some(number)).then_some(given),
            Details::None => None,
            Details::Blank(blank) if blank == number => Some(" ".to_string()),
            Details::All | Details::Blank(_) => Some(given),
        }
    }

    fn failure_reason(&self) -> Option<String> {
        let failed = self.outcome == ReceiptOutcome::Failed;
        match self.reason {
            Reason::Fitting => failed.then(|| "out of cycles".to_string()),
            Reason::Always => Some("for no reason".to_string()),
            Reason::Never => None,
            Reason::Blank => Some("\n".to_string()),
        }
    }
}

impl Flaw {
    pub fn apply(self, receipt: &mut OperationReceipt) {
        match self {
            Self::Plan => receipt.plan_id = "another plan".into(),
            Self::Run => receipt.run_id = "another run".into(),
            Self::OperationId => receipt.operation_id.push('x'),
            Self::Kind => receipt.kind = other_kind(receipt.kind),
            Self::Target => receipt.target_canister_id = Some(canister(STRANGER)),
            Self::NoTarget => receipt.target_canister_id = None,
            Self::OtherPreflight => receipt.preflight_id = Some("another preflight".into()),
            Self::NoPreflight => receipt.preflight_id = None,
            Self::BlankPlan => receipt.plan_id = " ".into(),
            Self::BlankRun => receipt.run_id = "".into(),
            Self::BlankOperationId => receipt.operation_id = "\t".to_string(),
        }
    }
}

fn other_kind(kind: BackupOperationKind) -> BackupOperationKind {
    match kind {
        BackupOperationKind::Stop => BackupOperationKind::Start,
        _ => BackupOperationKind::Stop,
    }
}
