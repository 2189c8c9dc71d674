//! Looks at many canisters at once.

use crate::network::Network;
use backup_fleet::{CallFailed, Management, types::CanisterStatusResult};
use candid::Principal;
use futures_util::{Stream, StreamExt, stream};

/// The status of each of these canisters in their order, or why it is not known. So many are asked at a time.
pub fn statuses<N: Network>(
    network: &N,
    canisters: impl IntoIterator<Item = Principal>,
    at_once: usize,
) -> impl Stream<Item = (Principal, Result<CanisterStatusResult, CallFailed>)> {
    let management = Management::new(network.clone());
    let look = move |id| {
        let management = management.clone();
        async move { (id, management.status(id).await) }
    };
    stream::iter(canisters).map(look).buffered(at_once)
}
