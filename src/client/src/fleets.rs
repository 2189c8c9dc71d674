//! Registered fleets: whole, and call by call.

use crate::{Answer, ClientError, CoordinatorClient, pages::all_after};
use backup_journal::{
    FleetName, Timestamp,
    api::{CoordinatorError, Duplicate, FleetDetails, Page, RemoveProgress},
    fleet::{DiscoveryReport, Fleet, FleetRegistration, FleetUpdate},
    fleet_status::FleetStatus,
    limits::{MAX_DRAFT_BATCH, MAX_PAGE},
    registry::RegistryEntry,
    retention::RetentionPreview,
    schedule::{Schedule, ScheduleStatus},
};
use candid::Principal;
use ic_canister_runtime::Runtime;

impl<R: Runtime> CoordinatorClient<R> {
    /// Registers a fleet.
    ///
    /// # Errors
    /// [`crate::ClientError`]; `Duplicate` when it is registered just so.
    pub async fn register_fleet(&self, registration: &FleetRegistration) -> Answer<Fleet> {
        self.update("register_fleet", (registration,)).await
    }

    /// Appends members behind the first `start` ones; safe to send again. The last batch completes the fleet.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn append_fleet_members(
        &self,
        fleet: &FleetName,
        start: u32,
        members: &[RegistryEntry],
    ) -> Answer<Fleet> {
        self.update("append_fleet_members", (fleet, start, members)).await
    }

    /// Changes policy, members or discovery of a fleet.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn update_fleet(&self, fleet: &FleetName, update: &FleetUpdate) -> Answer<Fleet> {
        self.update("update_fleet", (fleet, update)).await
    }

    /// Gives a fleet up, or goes on removing it; to be called until it says `Removed`.
    ///
    /// # Errors
    /// [`crate::ClientError`]; `InUse` while a run of the fleet is not over.
    pub async fn remove_fleet(&self, fleet: &FleetName) -> Answer<RemoveProgress> {
        self.update("remove_fleet", (fleet,)).await
    }

    /// Gives a fleet a schedule, or another one.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn set_schedule(
        &self,
        fleet: &FleetName,
        schedule: &Schedule,
    ) -> Answer<ScheduleStatus> {
        self.update("set_schedule", (fleet, schedule)).await
    }

    /// Takes the schedule of a fleet away.
    ///
    /// # Errors
    /// [`crate::ClientError`]; `NotScheduled` if it has none.
    pub async fn remove_schedule(&self, fleet: &FleetName) -> Answer<()> {
        self.update("remove_schedule", (fleet,)).await
    }

    /// Pauses the schedule of a fleet, or continues it with its next time.
    ///
    /// # Errors
    /// [`crate::ClientError`]; `NotScheduled` if it has none.
    pub async fn pause_schedule(&self, fleet: &FleetName, paused: bool) -> Answer<ScheduleStatus> {
        self.update("pause_schedule", (fleet, paused)).await
    }

    /// What the method that lists the members of a fleet has told last; none if it was never called.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn last_discovery(&self, fleet: &FleetName) -> Answer<Option<DiscoveryReport>> {
        self.query("last_discovery", (fleet,)).await
    }

    /// One page of the schedules, sorted by fleet.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn list_schedules(&self, start: u64, limit: u32) -> Answer<Page<ScheduleStatus>> {
        self.query("list_schedules", (start, limit)).await
    }

    /// The next times of the schedule of a fleet.
    ///
    /// # Errors
    /// [`crate::ClientError`]; `NotScheduled` if it has none.
    pub async fn next_runs(&self, fleet: &FleetName, count: u32) -> Answer<Vec<Timestamp>> {
        self.query("next_runs", (fleet, count)).await
    }

    /// What the retention of a fleet keeps on the network, and what it deletes.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn preview_retention(&self, fleet: &FleetName) -> Answer<RetentionPreview> {
        self.query("preview_retention", (fleet,)).await
    }

    /// Has the snapshots of a fleet deleted; answers with how many of them. It is called again until that is 0.
    ///
    /// # Errors
    /// [`crate::ClientError`]; `FleetBusy` while a run uses them, `NotDownloaded` without `force` unless the last backup has
    /// a verified download.
    pub async fn drop_snapshots(&self, fleet: &FleetName, force: bool) -> Answer<u32> {
        self.update("drop_snapshots", (fleet, force)).await
    }

    /// A fleet with the hash of its topology.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn get_fleet(&self, fleet: &FleetName) -> Answer<FleetDetails> {
        self.query("get_fleet", (fleet,)).await
    }

    /// Whether everything is well with a fleet, registered or not, and what is wrong.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn fleet_status(&self, fleet: &FleetName) -> Answer<FleetStatus> {
        self.query("fleet_status", (fleet,)).await
    }

    /// One page of the statuses of all fleets, registered or not, sorted by name.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn list_fleet_statuses(&self, start: u64, limit: u32) -> Answer<Page<FleetStatus>> {
        self.query("list_fleet_statuses", (start, limit)).await
    }

    /// The status of every fleet, registered or not, sorted by name.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn all_fleet_statuses(&self) -> Answer<Vec<FleetStatus>> {
        let (mut statuses, mut next) = (Vec::new(), Some(0));
        while let Some(start) = next {
            let page = self.list_fleet_statuses(start, MAX_PAGE).await?;
            statuses.extend(page.items);
            next = page.next;
        }
        Ok(statuses)
    }

    /// One page of the registered fleets, sorted by name.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn list_fleets(&self, start: u64, limit: u32) -> Answer<Page<Fleet>> {
        self.query("list_fleets", (start, limit)).await
    }

    /// Members of a fleet behind `after`, or from the first on, sorted by canister.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn list_fleet_members(
        &self,
        fleet: &FleetName,
        after: Option<Principal>,
        limit: u32,
    ) -> Answer<Vec<RegistryEntry>> {
        self.query("list_fleet_members", (fleet, after, limit)).await
    }

    /// Every registered fleet, sorted by name.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn all_fleets(&self) -> Answer<Vec<Fleet>> {
        let (mut fleets, mut next) = (Vec::new(), Some(0));
        while let Some(start) = next {
            let page = self.list_fleets(start, MAX_PAGE).await?;
            fleets.extend(page.items);
            next = page.next;
        }
        Ok(fleets)
    }

    /// Every member of a fleet, sorted by canister.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn all_fleet_members(&self, fleet: &FleetName) -> Answer<Vec<RegistryEntry>> {
        let page = async |after, limit| self.list_fleet_members(fleet, after, limit).await;
        all_after(page, |entry| entry.canister_id).await
    }

    /// Registers a fleet of any size, in batches, and goes on where an earlier call was cut short. Parents must come
    /// before their children where a fleet is larger than one batch; the root comes first.
    ///
    /// # Errors
    /// [`crate::ClientError`].
    pub async fn register_large_fleet(&self, registration: FleetRegistration) -> Answer<Fleet> {
        let FleetRegistration { fleet, members, .. } = &registration;
        let (name, members) = (fleet.clone(), members.clone());
        let count = u32::try_from(members.len()).unwrap_or(u32::MAX);
        let (first, rest) = members.split_at(members.len().min(MAX_DRAFT_BATCH));
        let begun = FleetRegistration {
            members: first.to_vec(),
            expected_members: Some(count),
            ..registration
        };
        let mut fleet = match self.register_fleet(&begun).await {
            Err(ClientError::Refused(CoordinatorError::Duplicate(Duplicate::Fleet { .. }))) => {
                self.get_fleet(&name).await?.fleet
            }
            registered => registered?,
        };
        for (number, batch) in (1_usize..).zip(rest.chunks(MAX_DRAFT_BATCH)) {
            let start = u32::try_from(number * MAX_DRAFT_BATCH).unwrap_or(u32::MAX);
            fleet = self.append_fleet_members(&name, start, batch).await?;
        }
        Ok(fleet)
    }

    /// Removes a fleet.
    ///
    /// # Errors
    /// [`crate::ClientError`]; `InUse` while a run of the fleet is not over.
    pub async fn remove_whole_fleet(&self, fleet: &FleetName) -> Answer<()> {
        while let RemoveProgress::Removing(_) = self.remove_fleet(fleet).await? {}
        Ok(())
    }
}
