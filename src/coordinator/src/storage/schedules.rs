//! How far the schedules of fleets have come. What a schedule says is stored with its fleet.

use super::{codec::Stored, indexes::FleetKey, store::Storage};
use backup_journal::{
    FleetName, Timestamp,
    fleet::Fleet,
    schedule::{ScheduleState, ScheduleStatus},
};

impl Storage {
    /// How many fleets have a schedule.
    pub fn schedule_count(&self) -> u64 {
        self.schedules.len()
    }

    /// The schedules `start..end`, sorted by fleet.
    pub fn schedule_range(&self, start: u32, end: u32) -> Vec<ScheduleStatus> {
        let entries = self.schedules.iter().skip(start as usize).take((end - start) as usize);
        entries
            .filter_map(|entry| self.schedule_status(&FleetName::from(entry.key().0.as_str())))
            .collect()
    }

    /// The schedule of a fleet; none if it has none.
    pub fn schedule_status(&self, name: &FleetName) -> Option<ScheduleStatus> {
        self.schedule_status_of(&self.fleets.get(&FleetKey::from(name))?.0.fleet)
    }

    /// The schedule of a fleet that was read.
    pub(super) fn schedule_status_of(&self, fleet: &Fleet) -> Option<ScheduleStatus> {
        let (schedule, name) = (fleet.schedule.clone()?, fleet.fleet.clone());
        let state = self.schedule_state(&name)?;
        let next_at = (!schedule.paused).then_some(state.next_at);
        Some(ScheduleStatus { fleet: name, schedule, next_at, last: state.last })
    }

    /// How far the schedule of a fleet has come; none if it has none.
    pub fn schedule_state(&self, name: &FleetName) -> Option<ScheduleState> {
        self.schedules.get(&FleetKey::from(name)).map(|record| record.0)
    }

    /// When the first of all schedules is due; none if no schedule goes on.
    pub fn next_scheduled(&self) -> Option<Timestamp> {
        if self.schedules.is_empty() {
            return None;
        }
        let times = self.schedules.iter().filter_map(|entry| {
            let name = FleetName::from(entry.key().0.as_str());
            self.schedule_status(&name)?.next_at
        });
        times.min()
    }

    /// The fleets whose schedules are due at `now`.
    pub fn scheduled_until(&self, now: Timestamp) -> Vec<FleetName> {
        let due = self.schedules.iter().filter(|entry| entry.value().0.next_at <= now);
        due.map(|entry| FleetName::from(entry.key().0.as_str())).collect()
    }

    /// Keeps the state of a schedule beside a fleet that was changed at `now`: a new schedule begins with its next time.
    pub(crate) fn keep_schedule(&mut self, before: Option<&Fleet>, fleet: &Fleet) {
        let key = FleetKey::from(&fleet.fleet);
        let Some(schedule) = &fleet.schedule else {
            self.schedules.remove(&key);
            return;
        };
        let old = before.and_then(|before| before.schedule.as_ref());
        let known = self.schedules.get(&key).map(|record| record.0);
        // What was missed during a pause is not made up for.
        if known.is_some() && old == Some(schedule) {
            return;
        }
        if let Some(next_at) = schedule.after(fleet.updated_at) {
            let last = known.and_then(|known| known.last);
            self.schedules.insert(key, Stored(ScheduleState { next_at, last }));
        }
    }

    pub(crate) fn save_schedule_state(&mut self, name: &FleetName, state: ScheduleState) {
        self.schedules.insert(FleetKey::from(name), Stored(state));
    }
}
