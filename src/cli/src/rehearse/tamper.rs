//! Tampering with a rehearsed log, to see that this is found.

use backup_coordinator_client::audit::{Evidence, Tampering};
use backup_journal::api::TipCertificate;
use clap::ValueEnum;

/// How to tamper with a log.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum TamperKind {
    /// Change the time of a block.
    Change,
    /// Leave a block out.
    Drop,
    /// Swap a block and the next one.
    Swap,
    /// Add a block with the right hash of its predecessor.
    Append,
    /// Change a block, compute the hashes of all later blocks again, and make a hash tree that fits.
    ForgeTip,
    /// Show an earlier certificate.
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
