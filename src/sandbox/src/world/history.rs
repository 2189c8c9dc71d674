//! The history of a canister: who created, installed and changed it.

use crate::model::reject::Reject;
use crate::world::World;
use candid::Principal;
use ic_management_canister_types::{
    Change, ChangeDetails, ChangeOrigin, FromCanisterRecord, FromUserRecord,
};

impl World {
    /// Adds a change to a canister's history.
    pub(crate) fn record(
        &mut self,
        id: Principal,
        sender: Principal,
        details: ChangeDetails,
    ) -> Result<(), Reject> {
        let origin = match self.canisters.get(&sender) {
            Some(canister) => ChangeOrigin::FromCanister(FromCanisterRecord {
                canister_id: sender,
                canister_version: Some(canister.version),
            }),
            None => ChangeOrigin::FromUser(FromUserRecord { user_id: sender }),
        };
        let timestamp_nanos = self.time;
        let canister = self.canister_mut(id)?;
        canister.history.push(Change {
            timestamp_nanos,
            canister_version: canister.version,
            origin,
            details: Some(details),
        });
        Ok(())
    }
}
