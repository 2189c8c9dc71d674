//! The history of a canister: who created, installed and changed it.

use crate::model::reject::Reject;
use crate::world::World;
use candid::Principal;
use ic_management_canister_types::{
    Change, ChangeDetails, ChangeOrigin, CreationRecord, FromCanisterRecord, FromUserRecord,
};

impl World {
    /// Begins the history of a canister that `sender` has created.
    pub(crate) fn record_creation(
        &mut self,
        id: Principal,
        sender: Principal,
    ) -> Result<(), Reject> {
        let controllers = self.canister(id)?.controllers.clone();
        let creation = CreationRecord { controllers, environment_variables_hash: None };
        self.record(id, sender, ChangeDetails::Creation(creation))
    }

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
