//! The audit of a log in use.

use super::{
    AuditError, Log, Trust, Verification, Verified, certificate::Certified, fetch::ATTEMPTS,
    log::blocks_from,
};
use crate::CoordinatorClient;
use backup_journal::api::{GetBlocksResult, TipCertificate};
use ic_canister_runtime::Runtime;

/// The audit of a log that may be in use: page by page, and then the queries.
#[derive(Debug)]
pub struct LiveAudit<'a, R> {
    client: &'a CoordinatorClient<R>,
    trust: Trust,
    tip: Option<TipCertificate>,
    verification: Verification,
}

impl<R: Runtime> CoordinatorClient<R> {
    /// Fetches the certificate of the last block and verifies it.
    ///
    /// # Errors
    /// [`AuditError::Client`], or what is wrong with the certificate.
    pub async fn begin_audit(&self, trust: &Trust) -> Result<LiveAudit<'_, R>, AuditError> {
        let tip = self.icrc3_get_tip_certificate().await?;
        let verification = Verification::begin(tip.as_ref(), trust)?;
        Ok(LiveAudit { client: self, trust: trust.clone(), tip, verification })
    }

    /// Fetches the log, verifies it, and holds it against what the queries say, while both may change.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub async fn audit(&self, trust: &Trust) -> Result<Verified, AuditError> {
        let mut audit = self.begin_audit(trust).await?;
        while audit.next_page().await?.is_some() {}
        audit.compare(|_, _| {}).await
    }

    /// Verifies the end of a log that has grown since an earlier certificate, after fetching what a new one
    /// covers in addition.
    async fn certify(&self, mut log: Log, trust: &Trust) -> Result<Verified, AuditError> {
        let mut certified = None;
        for _ in 0..ATTEMPTS {
            let tip = self.icrc3_get_tip_certificate().await?;
            let later = Certified::verify_later(tip.as_ref(), trust)?;
            if later.length() < log.length() {
                certified = later.last();
                continue;
            }
            while log.length() < later.length() {
                let answer = self.fetch_page(log.length(), later.length()).await?;
                for block in blocks_from(log.length(), &answer)? {
                    log.add(block)?;
                }
            }
            later.check(log.chain())?;
            return Ok(Verified::new(log, later.time));
        }
        Err(AuditError::Uncertified { certified, length: log.length() })
    }
}

impl<R: Runtime> LiveAudit<'_, R> {
    /// The certificate, which holds.
    pub const fn tip(&self) -> Option<&TipCertificate> {
        self.tip.as_ref()
    }

    /// How many blocks it covers.
    pub fn length(&self) -> u64 {
        self.verification.length()
    }

    /// How many of them were checked.
    pub const fn checked(&self) -> u64 {
        self.verification.checked()
    }

    /// Fetches the next blocks, checks them, and holds them against the audit trail as the queries tell it; none
    /// when all that are covered were checked.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub async fn next_page(&mut self) -> Result<Option<GetBlocksResult>, AuditError> {
        let (start, end) = (self.checked(), self.length());
        if start >= end {
            return Ok(None);
        }
        let answer = self.client.fetch_page(start, end).await?;
        let entries = self.verification.add_answer(&answer)?;
        self.client.compare_events(&entries).await?;
        Ok(Some(answer))
    }

    /// Holds what follows from the log against what the queries say, and has what was added meanwhile certified
    /// as well. `tell` hears how many of how many runs were compared.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub async fn compare(self, tell: impl FnMut(usize, usize)) -> Result<Verified, AuditError> {
        let (mut log, time) = self.verification.into_log()?;
        let covered = log.length();
        self.client.compare_and_tell(&mut log, tell).await?;
        if log.length() == covered {
            return Ok(Verified::new(log, time));
        }
        self.client.certify(log, &self.trust).await
    }
}
