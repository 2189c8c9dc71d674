//! Tampering with a rehearsed log, to see it found.

use backup_coordinator_client::audit::{Evidence, Tampering};
use backup_journal::api::TipCertificate;
use clap::ValueEnum;

/// How to tamper with a log.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum TamperKind {
    /// A block gets another time.
    Change,
    /// A block is left out.
    Drop,
    /// A block and the next one change places.
    Swap,
    /// A block is added, well chained.
    Append,
    /// A block is changed, the later ones chained anew, and a hash tree made to match.
    ForgeTip,
    /// A certificate from before is shown.
    OldCertificate,
}

/// Tampers in the middle of the log, where there is something on both sides.
pub fn tamper(kind: TamperKind, evidence: &mut Evidence, earlier: Option<TipCertificate>) {
    let middle = evidence.blocks.len() / 2;
    let tampering = match kind {
        TamperKind::Change => Tampering::Change(middle),
        TamperKind::Drop => Tampering::Drop(middle),
        TamperKind::Swap => Tampering::Swap(middle),
        TamperKind::Append => Tampering::Append,
        TamperKind::ForgeTip => Tampering::ForgeTip(middle),
        TamperKind::OldCertificate => match earlier {
            Some(tip) => Tampering::OldCertificate(tip),
            None => return,
        },
    };
    tampering.apply(evidence);
}
