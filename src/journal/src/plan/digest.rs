//! A digest of a plan, by which the same plan sent again is recognised.

use super::{BackupOperation, BackupPlan, BackupTarget, PlanHeader};
use minicbor::Encode;
use sha2::{Digest, Sha256};

/// SHA-256 chained over the encodings of a plan's header, targets and operations.
///
/// It is a chain, and not one hash over all, so that it can be continued while a plan arrives in parts.
/// Operations that are those of [`super::derive_phases`] do not enter it: they follow from the targets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PlanDigest([u8; 32]);

impl PlanDigest {
    /// The digest of a whole plan.
    pub fn of(plan: &BackupPlan) -> Self {
        let targets = Self::begin(&plan.header).targets(&plan.targets);
        if plan.phases == super::derive_phases(&plan.targets) {
            targets
        } else {
            plan.phases
                .iter()
                .fold(targets, |digest, operation: &BackupOperation| digest.chain(operation))
        }
    }

    /// The digest of a plan of which only the header is known.
    pub fn begin(header: &PlanHeader) -> Self {
        Self([0; 32]).chain(header)
    }

    /// The digest after more targets.
    #[must_use]
    pub fn targets(self, targets: &[BackupTarget]) -> Self {
        targets.iter().fold(self, Self::chain)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// A digest that was kept while the plan was incomplete.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    fn chain<T: Encode<()>>(self, next: &T) -> Self {
        let encoded = minicbor::to_vec(next).expect("BUG: writing to a vector cannot fail");
        Self(Sha256::new().chain_update(self.0).chain_update(encoded).finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::plan;

    /// A plan whose operations are the derived ones has the digest of its targets; with other operations it has another.
    #[test]
    fn only_operations_of_ones_own_enter_the_digest() {
        let derived = plan();
        let of_targets = PlanDigest::begin(&derived.header).targets(&derived.targets);
        assert_eq!(PlanDigest::of(&derived), of_targets);
        let mut own = derived;
        own.phases.pop();
        assert_ne!(PlanDigest::of(&own), of_targets);
        for digest in [PlanDigest::of(&own), of_targets] {
            assert_eq!(PlanDigest::from_bytes(*digest.as_bytes()), digest);
        }
    }
}
