//! The first page: what needs attention, the fleets, and totals.

use super::{
    fleets::{Count, Fleets},
    parts::{Banner, Bar, NAMED, Stopped, page},
};
use crate::{
    http::{response::Reply, time::Moment},
    storage::{Storage, Totals},
};
use askama::Template;
use backup_journal::{Span, Timestamp};

#[derive(Template)]
#[template(path = "dashboard.html")]
struct Dashboard {
    now: Moment,
    public: bool,
    banner: Option<Banner>,
    fleets: Option<Fleets>,
    counts: [Count; 4],
    totals: Totals,
    bar: Bar,
    run_count: u64,
    drafts: u64,
    events: u64,
    oldest_claim: Option<Span>,
}

/// The page. Where reading is open to members only it has numbers alone.
pub fn dashboard(storage: &Storage, public: bool, now: Timestamp) -> Reply {
    let owed = if public { storage.owed(NAMED) } else { Vec::new() };
    let rows = owed.iter().map(|owed| Stopped::of(owed, now)).collect();
    let totals = storage.totals();
    let (counts, fleets) = Fleets::of(storage, now);
    page(&Dashboard {
        now: Moment(now),
        public,
        banner: Banner::of(storage.owed_count(), storage.oldest_owed(), rows, now),
        fleets: public.then_some(fleets),
        counts,
        bar: Bar::of(totals.operations()),
        totals,
        run_count: storage.run_count(),
        drafts: storage.draft_count(),
        events: storage.audit_length(),
        oldest_claim: storage.oldest_claim().map(|since| Span::between(since, now)),
    })
}
