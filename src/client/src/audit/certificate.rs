//! Whether the network vouches for the last block of a log.

use super::{
    AuditError, Chain,
    tip::{Claim, leb128},
};
use backup_journal::{Timestamp, api::TipCertificate};
use candid::Principal;
use ic_certificate_verification::{CertificateVerificationError as Problem, VerifyCertificate};
use ic_certification::{Certificate, HashTree, LookupResult};
use serde::de::DeserializeOwned;
use std::time::Duration;

/// The public key of the Internet Computer, in DER.
pub const MAINNET_ROOT_KEY: [u8; 133] = *b"\x30\x81\x82\x30\x1d\x06\x0d\x2b\x06\x01\x04\x01\x82\xdc\x7c\x05\
\x03\x01\x02\x01\x06\x0c\x2b\x06\x01\x04\x01\x82\xdc\x7c\x05\x03\x02\x01\x03\x61\x00\x81\x4c\x0e\x6e\xc7\
\x1f\xab\x58\x3b\x08\xbd\x81\x37\x3c\x25\x5c\x3c\x37\x1b\x2e\x84\x86\x3c\x98\xa4\xf1\xe0\x8b\x74\x23\x5d\
\x14\xfb\x5d\x9c\x0c\xd5\x46\xd9\x68\x5f\x91\x3a\x0c\x0b\x2c\xc5\x34\x15\x83\xbf\x4b\x43\x92\xe4\x67\xdb\
\x96\xd6\x5b\x9b\xb4\xcb\x71\x71\x12\xf8\x47\x2e\x0d\x5a\x4d\x14\x50\x5f\xfd\x74\x84\xb0\x12\x91\x09\x1c\
\x5f\x87\xb9\x88\x83\x46\x3f\x98\x09\x1a\x0b\xaa\xae";

/// What an auditor relies on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Trust {
    /// The public key of the network, in DER.
    pub root_key: Vec<u8>,
    /// The coordinator: any other canister of the network could have certified another log.
    pub coordinator: Principal,
    /// When the certificate was fetched.
    pub now: Timestamp,
    /// How far from then the certificate may be.
    pub max_age: Duration,
}

impl Trust {
    /// How old a certificate may be, as in the network's own agents.
    pub const MAX_AGE: Duration = Duration::from_mins(5);

    /// Trust in the Internet Computer.
    pub fn in_mainnet(coordinator: Principal, now: Timestamp) -> Self {
        Self { root_key: MAINNET_ROOT_KEY.to_vec(), coordinator, now, max_age: Self::MAX_AGE }
    }
}

/// How many blocks a log has, and which the last one is: the network vouches for it.
#[derive(Clone, Debug)]
pub(super) struct Certified {
    claim: Claim,
    /// When the network vouched for it.
    pub time: Timestamp,
}

impl Certified {
    /// Reads and verifies a certificate.
    pub(super) fn verify(tip: Option<&TipCertificate>, trust: &Trust) -> Result<Self, AuditError> {
        let tip = tip.ok_or(AuditError::NoCertificate)?;
        let certificate: Certificate = read("certificate", &tip.certificate)?;
        verify_certificate(&certificate, trust)?;
        let claim = claimed(tip)?;
        let tree: HashTree = read("hash tree", &tip.hash_tree)?;
        if tree.digest().as_slice() != certified_data(&certificate, trust)? {
            return Err(AuditError::ForgedTip { claimed: claim.describe() });
        }
        Ok(Self { claim, time: time(&certificate)? })
    }

    /// Reads and verifies a certificate that must cover more than an earlier one. Its age does not matter: a log only
    /// grows, so it is later than that one.
    pub(super) fn verify_later(
        tip: Option<&TipCertificate>,
        trust: &Trust,
    ) -> Result<Self, AuditError> {
        let bytes = tip.map(|tip| tip.certificate.as_slice()).ok_or(AuditError::NoCertificate)?;
        let now = time(&read("certificate", bytes)?)?;
        Self::verify(tip, &Trust { now, ..trust.clone() })
    }

    /// How many blocks there are.
    pub(super) fn length(&self) -> u64 {
        self.claim.length()
    }

    /// The index of the last block; none when there is no block.
    pub(super) fn last(&self) -> Option<u64> {
        self.claim.last()
    }

    /// Checks that a log ends there.
    pub(super) fn check(&self, chain: &Chain) -> Result<(), AuditError> {
        self.claim.check(chain)
    }
}

/// What a certificate says of the last block, whether or not the network vouches for it.
pub(super) fn claimed(tip: &TipCertificate) -> Result<Claim, AuditError> {
    Claim::of(&read("hash tree", &tip.hash_tree)?)
}

fn read<T: DeserializeOwned>(what: &'static str, bytes: &[u8]) -> Result<T, AuditError> {
    serde_cbor::from_slice(bytes)
        .map_err(|error| AuditError::Unreadable { what, problem: error.to_string() })
}

fn verify_certificate(certificate: &Certificate, trust: &Trust) -> Result<(), AuditError> {
    let (canister, now) = (trust.coordinator, trust.now);
    let (at, offset) = (u128::from(now.0), trust.max_age.as_nanos());
    let verified = certificate.verify(canister.as_slice(), &trust.root_key, &at, &offset);
    verified.map_err(|problem| match problem {
        Problem::TimeTooFarInThePast { certificate_time, .. } => AuditError::OldCertificate {
            time: timestamp(certificate_time),
            now,
            max_age_seconds: trust.max_age.as_secs(),
        },
        Problem::TimeTooFarInTheFuture { certificate_time, .. } => {
            AuditError::FutureCertificate { time: timestamp(certificate_time), now }
        }
        Problem::PrincipalOutOfRange { .. } => AuditError::OtherCanister { canister },
        Problem::MissingTimePathInTree { .. }
        | Problem::TimeDecodingFailed { .. }
        | Problem::CborDecodingFailed(_) => {
            AuditError::Unreadable { what: "certificate", problem: problem.to_string() }
        }
        _ => AuditError::Signature { problem: problem.to_string() },
    })
}

fn timestamp(nanos: u128) -> Timestamp {
    Timestamp(u64::try_from(nanos).unwrap_or(u64::MAX))
}

fn certified_data<'a>(certificate: &'a Certificate, trust: &Trust) -> Result<&'a [u8], AuditError> {
    let canister = trust.coordinator;
    let path = [b"canister".as_slice(), canister.as_slice(), b"certified_data"];
    match certificate.tree.lookup_path(path) {
        LookupResult::Found(data) => Ok(data),
        _ => Err(AuditError::OtherCanister { canister }),
    }
}

fn time(certificate: &Certificate) -> Result<Timestamp, AuditError> {
    let found = match certificate.tree.lookup_path([b"time"]) {
        LookupResult::Found(time) => leb128(time),
        _ => None,
    };
    let problem = || "it does not say when it was made".to_string();
    found
        .map(Timestamp)
        .ok_or_else(|| AuditError::Unreadable { what: "certificate", problem: problem() })
}
