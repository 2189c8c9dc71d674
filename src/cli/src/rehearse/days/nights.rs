//! The nights, one after the other, and the days in between.

use super::{
    calendar::{self, Plan},
    downloads::Downloads,
    faults,
    invariants::Invariant,
    midst::Midst,
    person::Person,
    records::{Night, Totals},
    turns,
    watch::Watch,
};
use crate::{
    network::Network,
    output,
    rehearse::{args::RehearseArgs, on_chain, stage::Stage},
};
use anyhow::{Context, Result};
use backup_journal::{
    FleetName, RunId, Span, Timestamp,
    execution::ExecutionPhase,
    schedule::{Schedule, Timing, TurnOutcome},
};
use candid::Principal;
use canister_sandbox::CanisterStatus;
use fastrand::Rng;
use std::time::Duration;

/// The schedule of the fleet.
const EVERY_NIGHT: &str = "30 3 * * *";
/// How many backups stay on the network.
const KEEP: u32 = 3;

const SECOND: u64 = 1_000_000_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// How often the members are looked at during a run, in the quarter of an hour after it, and by day.
const LOOK: u64 = 5 * SECOND;
const LOOK_AFTERWARDS: u64 = 20 * SECOND;
const LOOK_BY_DAY: u64 = HOUR;
/// How often it is asked how the run gets on, and what is kept on the network.
const ASK: u64 = 15 * SECOND;
const ASK_WHAT_IS_KEPT: u64 = MINUTE;
/// How long a stop can take effect after its run is over; deletions are over by then.
const AFTERWARDS: u64 = 700 * SECOND;
/// A run of the coordinator is over by then.
const PATIENCE: u64 = 3 * HOUR;

/// Many nights of a fleet with a schedule.
pub struct Nights {
    /// What they take place on.
    pub stage: Stage,
    /// The fleet.
    pub fleet: FleetName,
    /// Its schedule.
    pub schedule: Schedule,
    /// What was seen of each night.
    pub rows: Vec<Night>,
    /// What they add up to.
    pub totals: Totals,
    /// Who works on the canisters meanwhile.
    pub person: Person,
    rng: Rng,
    fault_rate: u32,
    plans: Vec<Plan>,
    /// The time of the first night.
    first: Timestamp,
    members: Vec<Principal>,
    watch: Watch,
    downloads: Downloads,
}

impl Nights {
    /// Registers the fleet and sets its schedule.
    pub async fn open(stage: Stage, args: &RehearseArgs, nights: u32, seed: u64) -> Result<Self> {
        let fleet = on_chain::register(&stage, on_chain::policy(&args.run)).await?;
        let schedule = Schedule {
            timing: Timing::Cron(EVERY_NIGHT.to_owned()),
            window_seconds: None,
            paused: false,
            keep_on_network: Some(KEEP),
        };
        let set = stage.administrator().set_schedule(&fleet, &schedule).await;
        let first = set.context("the schedule cannot be set")?.next_at;
        let mut rng = Rng::with_seed(seed);
        Ok(Self {
            plans: calendar::draw(&mut rng, nights as usize),
            rng,
            fault_rate: args.days.fault_rate,
            first: first.context("the schedule has no time")?,
            members: stage.fleet.entries.iter().map(|entry| entry.canister_id).collect(),
            watch: Watch::new(&stage, fleet.clone(), args.run.restart_within),
            person: Person::default(),
            downloads: Downloads::default(),
            rows: Vec::new(),
            totals: Totals::default(),
            stage,
            fleet,
            schedule,
        })
    }

    /// Lets the nights pass, until something does not hold.
    pub async fn play(&mut self) -> Result<()> {
        for night in 0..self.plans.len() {
            self.watch.begin(number(night), self.time_of(night));
            self.rows.push(Night::new(number(night), self.time_of(night)));
            self.day_before(night).await?;
            self.plan_faults()?;
            self.night(night).await?;
            self.end_night(night);
        }
        self.withdraw_faults()?;
        self.person.tidy_up(&self.stage, &self.fleet, &self.members).await?;
        self.pass_to(Timestamp(self.now().0 + HOUR)).await?;
        self.watch.check_last_backups(&self.stage, &self.person).await
    }

    fn now(&self) -> Timestamp {
        self.stage.network.now()
    }

    fn time_of(&self, night: usize) -> Timestamp {
        Timestamp(self.first.0 + u64::from(number(night) - 1) * DAY)
    }

    /// New faults, for the calls until the next night. What became of the last ones is counted.
    fn plan_faults(&mut self) -> Result<()> {
        let (rate, members) = (self.fault_rate, self.members.len());
        self.withdraw_faults()?;
        self.stage.plan_faults(faults::draw(&mut self.rng, rate, members))
    }

    /// Ends the faults and counts those that have happened.
    fn withdraw_faults(&mut self) -> Result<()> {
        self.person.notice_snapshots(&self.stage, &self.members);
        faults::withdraw(&self.stage, &mut self.totals).with_context(|| self.watch.night())
    }

    /// From one night to the next.
    async fn day_before(&mut self, night: usize) -> Result<()> {
        let before = night.checked_sub(1).map_or(Plan::Backup, |before| self.plans[before]);
        let plan = self.plans[night];
        if night > 0 {
            self.wait(HOUR).await?;
        }
        if before == Plan::Outage && plan != Plan::Outage {
            self.end_outage(night).await?;
        }
        let runs = plan != Plan::Outage || before != Plan::Outage;
        if runs && self.rng.bool() {
            self.person.tidy_up(&self.stage, &self.fleet, &self.members).await?;
        }
        if (plan == Plan::Paused) != (before == Plan::Paused) {
            let client = self.stage.client();
            let paused = client.pause_schedule(&self.fleet, plan == Plan::Paused).await;
            paused.context("the schedule cannot be paused or continued")?;
            self.person.deeds += 1;
        }
        if runs && self.rng.bool() {
            self.downloads.finish(&self.stage).await?;
        }
        for _ in 0..self.rng.usize(0..3) {
            let nanos = self.rng.u64(HOUR..4 * HOUR);
            // The first day is short.
            if self.now().0 + nanos + HOUR > self.time_of(night).0 {
                break;
            }
            self.wait(nanos).await?;
            self.person.interfere(&self.stage, &mut self.rng, &self.members).await?;
        }
        if runs && self.rng.u8(0..4) == 0 {
            self.upgrade();
        }
        if plan == Plan::Outage && before != Plan::Outage {
            self.stop_coordinator().await?;
        }
        self.pass_to(self.time_of(night)).await
    }

    async fn night(&mut self, night: usize) -> Result<()> {
        match self.plans[night] {
            Plan::Outage => self.rows[night].without = Some("the coordinator did not run".into()),
            Plan::Paused => {
                self.wait(MINUTE).await?;
                self.rows[night].without = Some("a person had paused the schedule".into());
                let last = turns::last(&self.stage).await?;
                if last.is_some_and(|last| last.planned_at >= self.time_of(night)) {
                    let what = format!("{}: a backup was begun", self.watch.night());
                    return Err(Invariant::EveryNight.broken(what));
                }
            }
            Plan::Backup => self.turn(night, self.time_of(night)).await?,
        }
        Ok(())
    }

    fn end_night(&mut self, night: usize) {
        let seen = self.watch.take_seen();
        let row = &mut self.rows[night];
        row.down_nanos = row.down_nanos.max(seen.down_nanos);
        row.slots = row.slots.max(number_of(seen.slots));
        self.stage.network.with_faults(|faults| {
            row.calls = number_of(faults.calls().len());
            row.faults = number_of(faults.happened().count());
        });
        self.totals.interferences = self.person.deeds;
        self.totals.mistaken = number_of(self.person.lost.len());
        self.totals.downloaded = self.downloads.done;
        output::tell(&format!("{}: {}", self.watch.night(), row.told()));
    }

    /// The coordinator begins a backup for this time, or says why not.
    async fn turn(&mut self, night: usize, planned_at: Timestamp) -> Result<()> {
        let outcome = turns::of(&self.stage, &self.watch.night(), planned_at).await?;
        match outcome {
            TurnOutcome::Skipped { reason } => self.rows[night].without = Some(reason),
            TurnOutcome::Started { run_id } => {
                self.rows[night].run_id = Some(run_id.clone());
                self.follow(&run_id).await?;
                self.downloads.offer(&self.stage, &run_id).await?;
            }
        }
        Ok(())
    }

    /// Watches a run until nothing of it can happen any more, while others do what they do.
    async fn follow(&mut self, run_id: &RunId) -> Result<()> {
        let begun = self.now();
        let mut midst = Midst::draw(&mut self.rng, begun);
        let (mut asked, mut asked_what_is_kept) = (begun, begun);
        loop {
            self.look_after(LOOK).await?;
            let now = self.now();
            if midst.interferes(now) {
                self.person.interfere(&self.stage, &mut self.rng, &self.members).await?;
            }
            if midst.upgrades(now) && !self.upgrade() {
                midst.upgrade_again(now);
            }
            if now.nanos_since(asked_what_is_kept) >= ASK_WHAT_IS_KEPT {
                self.watch.check_last_backups(&self.stage, &self.person).await?;
                asked_what_is_kept = now;
            }
            if now.nanos_since(asked) >= ASK {
                let status = self.stage.client().execution_status(run_id).await;
                if status.context("the run cannot be read")?.phase == ExecutionPhase::Over {
                    break;
                }
                asked = now;
            }
            if now.nanos_since(begun) > PATIENCE {
                let (night, patience) = (self.watch.night(), Span(PATIENCE));
                let what = format!("{night}: run {run_id} is not over after {patience}");
                return Err(Invariant::RunsEnd.broken(what));
            }
        }
        let over = self.now().0 + AFTERWARDS;
        while self.now().0 < over {
            self.look_after(LOOK_AFTERWARDS).await?;
        }
        self.watch.check_restarted()?;
        self.watch.check_last_backups(&self.stage, &self.person).await
    }

    async fn look_after(&mut self, nanos: u64) -> Result<()> {
        self.stage.network.sleep(Duration::from_nanos(nanos)).await;
        self.watch.look(&self.stage, &mut self.person).await
    }

    async fn wait(&mut self, nanos: u64) -> Result<()> {
        self.pass_to(Timestamp(self.now().0 + nanos)).await
    }

    async fn pass_to(&mut self, end: Timestamp) -> Result<()> {
        while self.now() < end {
            let left = end.nanos_since(self.now());
            self.look_after(left.min(LOOK_BY_DAY)).await?;
        }
        Ok(())
    }

    /// Upgrades the coordinator; false if it refuses, because calls are under way.
    fn upgrade(&mut self) -> bool {
        let upgraded = self.stage.upgrade_coordinator().is_ok();
        let count = if upgraded { &mut self.totals.upgrades } else { &mut self.totals.refused };
        *count += 1;
        upgraded
    }

    async fn stop_coordinator(&mut self) -> Result<()> {
        let coordinator = self.stage.coordinator;
        self.totals.outages += 1;
        while self.stage.network.sandbox().status(coordinator) != Some(CanisterStatus::Stopped) {
            // It is answered when the calls of the coordinator are.
            let _ = self.stage.as_administrator().stop(coordinator).await;
            self.look_after(LOOK_AFTERWARDS).await?;
        }
        Ok(())
    }

    /// The coordinator runs again, and makes up for the nights that it has missed with one backup.
    async fn end_outage(&mut self, night: usize) -> Result<()> {
        let missed = self.plans[..night].iter().rev().take_while(|plan| **plan == Plan::Outage);
        let first = night - missed.count();
        self.plan_faults()?;
        self.stage.as_administrator().start(self.stage.coordinator).await?;
        self.turn(night - 1, self.time_of(first)).await?;
        self.end_night(night - 1);
        Ok(())
    }
}

fn number(night: usize) -> u32 {
    number_of(night + 1)
}

fn number_of(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
