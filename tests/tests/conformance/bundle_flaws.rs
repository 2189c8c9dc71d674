//! What can be wrong with preflight receipts.

use crate::plans::{STRANGER, canister};
use backup_journal::{
    PlanId, PreflightId, Timestamp,
    plan::{
        AuthorityEvidence, ControlAuthority, ControlAuthoritySource, QuiescencePolicy,
        SnapshotReadAuthoritySource,
    },
    preflight::PreflightReceipts,
};
use proptest::{prelude::*, sample::select};

#[derive(Clone, Debug)]
pub struct BundleFlaw {
    kind: Flaw,
    part: Part,
    /// Which target it is about.
    at: usize,
}

/// One of the receipts, or the bundle around them.
#[derive(Clone, Copy, Debug)]
enum Part {
    Bundle,
    Topology,
    Control,
    Read,
    Quiescence,
}

#[derive(Clone, Copy, Debug)]
enum Flaw {
    OtherPlan,
    BlankPlan,
    OtherPreflight,
    BlankPreflight,
    BlankMessage,
    NotYetValid,
    Expired,
    InvertedWindow,
    /// Departure 11.
    LongWindow,
    Missing,
    Twice,
    Stranger,
    Unproven,
    UnknownSource,
    OtherSource,
    NoReason,
    BlankHash,
    InvalidHash,
    Drift,
    OtherPolicy,
    Rejected,
    OtherOrder,
    FewerTargets,
    OtherParent,
    OtherDepth,
}

const ALL: [Flaw; 25] = [
    Flaw::OtherPlan,
    Flaw::BlankPlan,
    Flaw::OtherPreflight,
    Flaw::BlankPreflight,
    Flaw::BlankMessage,
    Flaw::NotYetValid,
    Flaw::Expired,
    Flaw::InvertedWindow,
    Flaw::LongWindow,
    Flaw::Missing,
    Flaw::Twice,
    Flaw::Stranger,
    Flaw::Unproven,
    Flaw::UnknownSource,
    Flaw::OtherSource,
    Flaw::NoReason,
    Flaw::BlankHash,
    Flaw::InvalidHash,
    Flaw::Drift,
    Flaw::OtherPolicy,
    Flaw::Rejected,
    Flaw::OtherOrder,
    Flaw::FewerTargets,
    Flaw::OtherParent,
    Flaw::OtherDepth,
];

/// A flaw that the reference knows as well.
pub fn known_bundle_flaw() -> impl Strategy<Value = BundleFlaw> {
    bundle_flaw().prop_filter("departure 11", |flaw| !matches!(flaw.kind, Flaw::LongWindow))
}

pub fn bundle_flaw() -> impl Strategy<Value = BundleFlaw> {
    let part =
        select(vec![Part::Bundle, Part::Topology, Part::Control, Part::Read, Part::Quiescence]);
    (select(ALL.to_vec()), part, 0..4_usize).prop_map(|(kind, part, at)| BundleFlaw {
        kind,
        part,
        at,
    })
}

/// The fields that every receipt and the bundle have.
struct Common<'a> {
    plan_id: &'a mut PlanId,
    preflight_id: &'a mut PreflightId,
    validated_at: &'a mut Timestamp,
    expires_at: &'a mut Timestamp,
    message: Option<&'a mut Option<String>>,
}

macro_rules! common {
    ($receipt:expr) => {{
        let receipt = $receipt;
        Common {
            plan_id: &mut receipt.plan_id,
            preflight_id: &mut receipt.preflight_id,
            validated_at: &mut receipt.validated_at,
            expires_at: &mut receipt.expires_at,
            message: Some(&mut receipt.message),
        }
    }};
}

impl BundleFlaw {
    pub fn apply(&self, bundle: &mut PreflightReceipts) {
        match self.kind {
            Flaw::OtherPlan
            | Flaw::BlankPlan
            | Flaw::OtherPreflight
            | Flaw::BlankPreflight
            | Flaw::BlankMessage
            | Flaw::NotYetValid
            | Flaw::Expired
            | Flaw::InvertedWindow
            | Flaw::LongWindow => {
                if let Some(common) = self.common(bundle) {
                    self.apply_to_common(common);
                }
            }
            Flaw::Missing | Flaw::Twice | Flaw::Stranger => self.apply_to_lists(bundle),
            Flaw::Unproven | Flaw::UnknownSource | Flaw::OtherSource | Flaw::NoReason => {
                self.apply_to_authorities(bundle);
            }
            _ => self.apply_to_findings(bundle),
        }
    }

    fn common<'a>(&self, bundle: &'a mut PreflightReceipts) -> Option<Common<'a>> {
        Some(match self.part {
            Part::Bundle => Common {
                plan_id: &mut bundle.plan_id,
                preflight_id: &mut bundle.preflight_id,
                validated_at: &mut bundle.validated_at,
                expires_at: &mut bundle.expires_at,
                message: None,
            },
            Part::Topology => common!(&mut bundle.topology),
            Part::Quiescence => common!(&mut bundle.quiescence),
            Part::Control => common!(bundle.control_authority.get_mut(self.at)?),
            Part::Read => common!(bundle.snapshot_read_authority.get_mut(self.at)?),
        })
    }

    fn apply_to_common(&self, common: Common<'_>) {
        let year = 31_536_000_000_000_000;
        match self.kind {
            Flaw::OtherPlan => *common.plan_id = "another plan".into(),
            Flaw::BlankPlan => *common.plan_id = " ".into(),
            Flaw::OtherPreflight => *common.preflight_id = "another preflight".into(),
            Flaw::BlankPreflight => *common.preflight_id = "".into(),
            Flaw::NotYetValid => {
                *common.validated_at = Timestamp(common.expires_at.0 + year);
                *common.expires_at = Timestamp(common.expires_at.0 + 2 * year);
            }
            Flaw::Expired => {
                *common.expires_at = *common.validated_at;
                *common.validated_at = Timestamp(common.validated_at.0 - 5_000_000_000);
            }
            Flaw::InvertedWindow => *common.expires_at = *common.validated_at,
            Flaw::LongWindow => {
                *common.expires_at = Timestamp(common.validated_at.0 + 86_401_000_000_000);
            }
            Flaw::BlankMessage => {
                if let Some(message) = common.message {
                    *message = Some("\t".to_string());
                }
            }
            _ => unreachable!("not a flaw of a common field"),
        }
    }

    fn apply_to_lists(&self, bundle: &mut PreflightReceipts) {
        match self.part {
            Part::Control => self.apply_to_list(&mut bundle.control_authority, |receipt| {
                receipt.target_canister_id = canister(STRANGER);
            }),
            _ => self.apply_to_list(&mut bundle.snapshot_read_authority, |receipt| {
                receipt.target_canister_id = canister(STRANGER);
            }),
        }
    }

    fn apply_to_list<T: Clone>(&self, list: &mut Vec<T>, estrange: impl Fn(&mut T)) {
        let Some(mut receipt) = list.get(self.at).cloned() else {
            return;
        };
        match self.kind {
            Flaw::Missing => drop(list.remove(self.at)),
            Flaw::Twice => list.insert(0, receipt),
            _ => {
                estrange(&mut receipt);
                list.push(receipt);
            }
        }
    }

    fn apply_to_authorities(&self, bundle: &mut PreflightReceipts) {
        if let Some(receipt) = bundle.control_authority.get_mut(self.at)
            && !matches!(self.part, Part::Read)
        {
            self.apply_to_control(&mut receipt.authority);
        } else if let Some(receipt) = bundle.snapshot_read_authority.get_mut(self.at) {
            match self.kind {
                Flaw::UnknownSource => {
                    receipt.authority.source = SnapshotReadAuthoritySource::Unknown;
                }
                _ => receipt.authority.evidence = AuthorityEvidence::Declared,
            }
        }
    }

    fn apply_to_control(&self, authority: &mut ControlAuthority) {
        match self.kind {
            Flaw::Unproven => authority.evidence = AuthorityEvidence::Declared,
            Flaw::UnknownSource => authority.source = ControlAuthoritySource::Unknown,
            Flaw::OtherSource => authority.source = ControlAuthoritySource::OperatorController,
            _ => {
                authority.source = ControlAuthoritySource::AlternateController {
                    controller: canister(STRANGER),
                    reason: " ".to_string(),
                }
            }
        }
    }

    fn apply_to_findings(&self, bundle: &mut PreflightReceipts) {
        let topology = &mut bundle.topology;
        let quiescence = &mut bundle.quiescence;
        let hash = match self.at % 2 {
            0 => &mut topology.topology_hash_before_quiesce,
            _ => &mut topology.topology_hash_at_preflight,
        };
        let of_topology = matches!(self.part, Part::Bundle | Part::Topology);
        match self.kind {
            Flaw::BlankHash => *hash = " ".to_string(),
            Flaw::InvalidHash if self.at < 2 => hash.truncate(63),
            Flaw::InvalidHash => *hash = "x".repeat(64),
            Flaw::Drift => *hash = "a".repeat(64),
            Flaw::OtherPolicy if self.at < 2 => {
                quiescence.quiescence_policy = QuiescencePolicy::CrashConsistent;
            }
            Flaw::OtherPolicy => quiescence.quiescence_policy = QuiescencePolicy::AppQuiesced,
            Flaw::Rejected => quiescence.accepted = false,
            Flaw::OtherOrder if of_topology => topology.targets.reverse(),
            Flaw::OtherOrder => quiescence.targets.reverse(),
            Flaw::FewerTargets if of_topology => drop(topology.targets.pop()),
            Flaw::FewerTargets => drop(quiescence.targets.pop()),
            Flaw::OtherParent if of_topology => {
                for target in topology.targets.iter_mut().take(1) {
                    target.parent_canister_id = Some(canister(STRANGER));
                }
            }
            Flaw::OtherParent => {
                for target in quiescence.targets.iter_mut().take(1) {
                    target.role = Some("impostor".to_string());
                }
            }
            _ => topology.targets.iter_mut().take(1).for_each(|target| target.depth += 1),
        }
    }
}
