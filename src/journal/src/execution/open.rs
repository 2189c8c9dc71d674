//! The operations of a run that were begun and are not over.

use crate::{
    Sequence,
    journal::{Header, JournalView, Queue},
};

/// The first operations in a list, at most `limit`.
pub(super) fn in_queue(view: &impl JournalView, queue: Queue, limit: usize) -> Vec<Sequence> {
    let mut found = Vec::new();
    let mut from = Sequence(0);
    while found.len() < limit
        && let Some(sequence) = view.queued(queue, from)
    {
        found.push(sequence);
        from = sequence.next();
    }
    found
}

/// Whether an operation of the wave at hand can be claimed.
pub(super) fn claimable(view: &impl JournalView, header: &Header) -> bool {
    let wave = |sequence: Option<Sequence>| view.spec(sequence?)?.wave;
    if header.abort.is_some() {
        // What rolls back a run that was not rolled back is not to be done.
        let roll_backs = header.is_rolled_back().then_some(Queue::RollBackOwed);
        let starts = [Queue::StartOwed, Queue::StartReady, Queue::StartFailed];
        let lists: Vec<Queue> = roll_backs.into_iter().chain(starts).collect();
        let firsts = lists.iter().filter_map(|queue| view.queued(*queue, Sequence(0)));
        return firsts.into_iter().any(|first| wave(Some(first)) == wave(header.cursor));
    }
    let reached = || header.frontier.is_some() && wave(header.frontier) == wave(header.cursor);
    header.ready_again > 0 || reached()
}
