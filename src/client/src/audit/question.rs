//! What the queries of a coordinator are asked, and what they should say.

use super::Difference;
use crate::{Answer, ClientError, CoordinatorClient};
use backup_journal::{
    FleetName, RunId,
    api::{CoordinatorError, DraftPhase, DraftStatus, Page},
    fleet::{Fleet, FleetPhase},
    limits::MAX_PAGE,
    replay::{Replay, ReplayedFleet, ReplayedRun},
};
use candid::Principal;
use ic_canister_runtime::Runtime;
use serde::Serialize;
use serde_json::Value;

/// One query, whose answer shows the coordinator at one moment.
#[derive(Clone, Debug)]
pub(super) enum Question<'a> {
    Roles,
    Settings,
    Drafts,
    Fleets,
    Fleet(&'a FleetName),
    Members(&'a FleetName, Option<Principal>),
    Journals(u64),
    Journal(&'a RunId),
    Operations(&'a RunId, u64),
    Receipts(&'a RunId, u64),
    Targets(&'a RunId, u64),
    StartsOwed(&'a RunId, Option<Principal>),
}

/// What a query says.
pub(super) enum Said {
    /// Records, and whether there are more behind them.
    Records(Vec<Value>, bool),
    /// Drafts, of which the log tells less.
    Drafts(Vec<DraftStatus>),
    /// Fleets, of which the log does not tell when the last of a removed one is gone.
    Fleets(Vec<Fleet>),
}

impl Said {
    fn page<T: Serialize>(page: &Page<T>) -> Self {
        Self::Records(shown(&page.items), page.next.is_some())
    }

    /// How many records there are, if there are more behind them.
    pub(super) fn more(&self) -> Option<u64> {
        match self {
            Self::Records(records, true) if !records.is_empty() => Some(records.len() as u64),
            _ => None,
        }
    }
}

impl Question<'_> {
    pub(super) async fn ask<R: Runtime>(&self, client: &CoordinatorClient<R>) -> Answer<Said> {
        match self.put(client).await {
            // Who may not read is told so. Any other refusal is an answer, and a wrong one.
            Err(ClientError::Refused(refusal))
                if !matches!(
                    refusal,
                    CoordinatorError::Unauthorized { .. } | CoordinatorError::OtherFleet { .. }
                ) =>
            {
                Ok(Said::Records(shown(&[refusal.to_string()]), false))
            }
            said => said,
        }
    }

    async fn put<R: Runtime>(&self, client: &CoordinatorClient<R>) -> Answer<Said> {
        let one = |record: Value| Said::Records(vec![record], false);
        Ok(match *self {
            Self::Roles => Said::Records(shown(&client.list_roles().await?), false),
            Self::Settings => one(value(&client.get_settings().await?)),
            Self::Drafts => Said::Drafts(client.list_journal_drafts().await?),
            Self::Fleets => Said::Fleets(client.all_fleets().await?),
            Self::Fleet(fleet) => one(value(&client.get_fleet(fleet).await?)),
            Self::Members(fleet, after) => {
                let members = client.list_fleet_members(fleet, after, MAX_PAGE).await?;
                Said::Records(shown(&members), members.len() == MAX_PAGE as usize)
            }
            Self::Journals(start) => Said::page(&client.list_journals(start, MAX_PAGE).await?),
            Self::Journal(run) => one(value(&client.get_journal(run).await?)),
            Self::Operations(run, start) => {
                Said::page(&client.list_operations(run, start, MAX_PAGE).await?)
            }
            Self::Receipts(run, start) => {
                Said::page(&client.list_operation_receipts(run, start, MAX_PAGE).await?)
            }
            Self::Targets(run, start) => {
                Said::page(&client.list_targets(run, start, MAX_PAGE).await?)
            }
            Self::StartsOwed(run, after) => {
                let owed = client.list_starts_owed(run, after, MAX_PAGE).await?;
                Said::Records(shown(&owed), owed.len() == MAX_PAGE as usize)
            }
        })
    }

    /// What a log tells: the records of a page of full length, and whether there are more behind them.
    fn told(&self, replay: &Replay) -> (Vec<Value>, bool) {
        match *self {
            Self::Roles => (shown(&replay.roles()), false),
            Self::Settings => (shown(&[replay.settings()]), false),
            Self::Drafts => (shown(&replay.drafts()), false),
            Self::Fleets => (replay.fleets().map(|fleet| value(fleet.fleet())).collect(), false),
            Self::Fleet(fleet) => (
                replay.fleet(fleet).map(|fleet| value(&fleet.details())).into_iter().collect(),
                false,
            ),
            Self::Members(fleet, after) => {
                let members = replay.fleet(fleet).map(ReplayedFleet::members).unwrap_or_default();
                let rest = members.iter().filter(|entry| Some(entry.canister_id) > after);
                let page: Vec<_> = rest.take(MAX_PAGE as usize).collect();
                (shown(&page), page.len() == MAX_PAGE as usize)
            }
            Self::Journals(start) => {
                paged(replay.runs(), start, |run| value(&run.journal().resume_summary()))
            }
            Self::Journal(run) => of(replay, run, |run| (shown(&[run.details()]), false)),
            Self::Operations(run, start) => {
                of(replay, run, |run| paged(&run.journal().operations(), start, value))
            }
            Self::Receipts(run, start) => {
                of(replay, run, |run| paged(run.journal().receipts(), start, value))
            }
            Self::Targets(run, start) => of(replay, run, |run| paged(&run.targets(), start, value)),
            Self::StartsOwed(run, after) => of(replay, run, |run| {
                let owed = run.starts_owed();
                let rest = owed.iter().filter(|start| Some(start.canister_id) > after);
                let page: Vec<_> = rest.take(MAX_PAGE as usize).collect();
                (shown(&page), page.len() == MAX_PAGE as usize)
            }),
        }
    }

    /// Whether an answer is what a log tells; otherwise the first difference.
    pub(super) fn compare(&self, said: &Said, replay: &Replay) -> Result<(), Box<Difference>> {
        if self.is_of_a_removed_fleet(replay) {
            return Ok(());
        }
        let (told, told_more) = self.told(replay);
        let filtered;
        let (said, said_more) = match said {
            Said::Records(records, more) => (records, *more),
            Said::Drafts(drafts) => {
                let open = drafts.iter().filter_map(|draft| open(draft, replay));
                filtered = shown(&open.collect::<Vec<_>>());
                (&filtered, false)
            }
            Said::Fleets(fleets) => {
                let kept = fleets.iter().filter(|fleet| !is_leaving(fleet, replay));
                filtered = kept.map(value).collect();
                (&filtered, false)
            }
        };
        let same = told.iter().zip(said).take_while(|(told, said)| told == said).count();
        if same == said.len() && said_more == (told_more || same < told.len()) {
            return Ok(());
        }
        let at = |records: &[Value]| records.get(same).cloned().unwrap_or_default();
        let (field, log, queries) = first_difference(at(&told), at(said));
        Err(Box::new(Difference {
            what: self.name(same as u64),
            field,
            block: self.last_block(replay),
            log,
            queries,
        }))
    }

    /// Whether the log tells that the fleet in question was removed: then it does not matter how much is left of it.
    fn is_of_a_removed_fleet(&self, replay: &Replay) -> bool {
        match self {
            Self::Fleet(fleet) | Self::Members(fleet, _) => replay.is_fleet_removed(fleet),
            _ => false,
        }
    }

    /// The last block that has a say in it.
    fn last_block(&self, replay: &Replay) -> u64 {
        let run = match self {
            Self::Roles
            | Self::Settings
            | Self::Drafts
            | Self::Fleets
            | Self::Fleet(_)
            | Self::Members(..)
            | Self::Journals(_) => None,
            Self::Journal(run)
            | Self::Operations(run, _)
            | Self::Receipts(run, _)
            | Self::Targets(run, _)
            | Self::StartsOwed(run, _) => replay.run(run),
        };
        run.map_or(replay.length().saturating_sub(1), ReplayedRun::last_block)
    }

    /// The record at a position of the answer.
    fn name(&self, position: u64) -> String {
        match self {
            Self::Roles => format!("role assignment {position}"),
            Self::Settings => "the settings".to_owned(),
            Self::Drafts => format!("draft {position}"),
            Self::Fleets => format!("fleet {position}"),
            Self::Fleet(fleet) => format!("fleet {fleet}"),
            Self::Members(fleet, None) => format!("member {position} of fleet {fleet}"),
            Self::Members(fleet, Some(after)) => {
                format!("member {position} after {after} of fleet {fleet}")
            }
            Self::Journals(start) => format!("run {} of the list", start + position),
            Self::Journal(run) => format!("the journal of run {run}"),
            Self::Operations(run, start) => format!("operation {} of run {run}", start + position),
            Self::Receipts(run, start) => format!("receipt {} of run {run}", start + position),
            Self::Targets(run, start) => format!("target {} of run {run}", start + position),
            Self::StartsOwed(run, None) => format!("owed start {position} of run {run}"),
            Self::StartsOwed(run, Some(after)) => {
                format!("owed start {position} after {after} of run {run}")
            }
        }
    }
}

/// What a log records of a run; nothing when it does not know it.
fn of(
    replay: &Replay,
    run: &RunId,
    tell: impl FnOnce(&ReplayedRun) -> (Vec<Value>, bool),
) -> (Vec<Value>, bool) {
    replay.run(run).map(tell).unwrap_or_default()
}

/// The records of a page, and whether there are more behind them.
fn paged<T>(
    records: impl IntoIterator<Item = T>,
    start: u64,
    show: impl Fn(T) -> Value,
) -> (Vec<Value>, bool) {
    let start = usize::try_from(start).unwrap_or(usize::MAX);
    let mut rest = records.into_iter().skip(start);
    let page = rest.by_ref().take(MAX_PAGE as usize).map(show).collect();
    (page, rest.next().is_some())
}

pub(super) fn shown<T: Serialize>(records: &[T]) -> Vec<Value> {
    records.iter().map(value).collect()
}

fn value<T: Serialize>(record: &T) -> Value {
    serde_json::to_value(record).expect("BUG: a record cannot be shown")
}

/// The draft as the log knows it: how far sealing has come is not told there, nor when the last of a
/// discarded one is gone.
fn open(draft: &DraftStatus, replay: &Replay) -> Option<DraftStatus> {
    let discarded = matches!(draft.phase, DraftPhase::Discarding { .. });
    if discarded && replay.is_discarded(&draft.run_id) {
        return None;
    }
    let phase = if discarded { draft.phase } else { DraftPhase::Collecting };
    Some(DraftStatus { phase, ..draft.clone() })
}

/// Whether the fleet is being removed, as the log tells.
fn is_leaving(fleet: &Fleet, replay: &Replay) -> bool {
    fleet.phase == FleetPhase::Removing && replay.is_fleet_removed(&fleet.fleet)
}

/// The path to the first field that differs, and both of its values.
pub(super) fn first_difference(log: Value, queries: Value) -> (String, String, String) {
    let (mut path, mut pair) = (Vec::new(), (log, queries));
    while let Some((field, log, queries)) = step(&pair) {
        path.push(field);
        pair = (log, queries);
    }
    (path.join("."), pair.0.to_string(), pair.1.to_string())
}

fn step((log, queries): &(Value, Value)) -> Option<(String, Value, Value)> {
    let (Value::Object(log), Value::Object(queries)) = (log, queries) else { return None };
    let (field, log) = log.iter().find(|(field, value)| queries.get(*field) != Some(*value))?;
    Some((field.clone(), log.clone(), queries.get(field)?.clone()))
}
