//! What the run has of its targets, and owes to them.

use super::{JournalCheck, Violation};
use crate::journal::{Artifact, Header, JournalView, OwedStart};

impl JournalCheck {
    pub(super) fn target(&mut self, view: &impl JournalView, header: &Header, position: u32) {
        let Some(canister_id) = view.target(position) else {
            self.violations.push(Violation::MissingTarget { position });
            return;
        };
        let (artifact, owed) = (view.artifact(&canister_id), view.owed_start(&canister_id));
        let has = |what: fn(&Artifact) -> bool| artifact.as_ref().is_some_and(what);
        self.targets_with_snapshot += u32::from(has(Artifact::has_snapshot));
        self.targets_verified += u32::from(has(Artifact::has_verified_download));
        self.starts_owed += u32::from(owed.is_some());
        let known =
            |owed: OwedStart| owed.since >= header.created_at && owed.since <= header.updated_at;
        let sound = artifact.is_none_or(|artifact| artifact != Artifact::default());
        if !sound || !owed.is_none_or(known) {
            self.violations.push(Violation::Target { canister_id });
        }
    }
}
