//! The audit trail as a block log, by the methods of ICRC-3 and ICRC-10.

use crate::{Answer, CoordinatorClient};
use backup_journal::api::{
    Archive, BlockType, GetArchivesArgs, GetBlocksRequest, GetBlocksResult, SupportedStandard,
    TipCertificate,
};
use candid::Nat;
use ic_canister_runtime::Runtime;

impl<R: Runtime> CoordinatorClient<R> {
    /// Blocks from `start` on; perhaps fewer than `length`, so ask again from where the answer stops.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn icrc3_get_blocks(&self, start: u64, length: u64) -> Answer<GetBlocksResult> {
        let range = GetBlocksRequest { start: Nat::from(start), length: Nat::from(length) };
        self.plain_query("icrc3_get_blocks", (vec![range],)).await
    }

    /// The canisters that hold older blocks: always none.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn icrc3_get_archives(&self) -> Answer<Vec<Archive>> {
        self.plain_query("icrc3_get_archives", (GetArchivesArgs { from: None },)).await
    }

    /// The certificate of the last block; none where queries have no certificate.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn icrc3_get_tip_certificate(&self) -> Answer<Option<TipCertificate>> {
        self.plain_query("icrc3_get_tip_certificate", ()).await
    }

    /// The block types of the log.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn icrc3_supported_block_types(&self) -> Answer<Vec<BlockType>> {
        self.plain_query("icrc3_supported_block_types", ()).await
    }

    /// The standards that the coordinator supports.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn icrc10_supported_standards(&self) -> Answer<Vec<SupportedStandard>> {
        self.plain_query("icrc10_supported_standards", ()).await
    }
}
