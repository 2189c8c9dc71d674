//! What standards prescribe: ICRC-3 and ICRC-10, and the network's HTTP gateways.

use super::{icrc3, methods::methods};
use crate::{call::Call, gate::certification, http, storage};
use backup_journal::api::{
    Archive, BlockType, GetArchivesArgs, GetBlocksRequest, GetBlocksResult, SupportedStandard,
    TipCertificate,
};
use ic_http_types::{HttpRequest, HttpResponse};

methods! {
    #[query(guard = Reader)]
    fn icrc3_get_blocks(requests: Vec<GetBlocksRequest>) -> GetBlocksResult {
        storage::read(|storage| icrc3::blocks(storage, &requests))
    }

    #[query(guard = Anyone)]
    fn icrc3_get_archives(_request: GetArchivesArgs) -> Vec<Archive> {
        Vec::new()
    }

    #[query(guard = Anyone)]
    fn icrc3_get_tip_certificate() -> Option<TipCertificate> {
        storage::read(certification::tip_certificate)
    }

    #[query(guard = Anyone)]
    fn icrc3_supported_block_types() -> Vec<BlockType> {
        icrc3::supported_block_types()
    }

    #[query(guard = Anyone)]
    fn icrc10_supported_standards() -> Vec<SupportedStandard> {
        icrc3::supported_standards()
    }

    #[query(guard = Anyone)]
    fn http_request(request: HttpRequest) -> HttpResponse {
        http::respond(&request, Call::current().now)
    }
}
