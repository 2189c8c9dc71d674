//! The members of a fleet: one tree, after each change.

use super::{FleetError, check};
use crate::registry::RegistryEntry;
use candid::Principal;
use minicbor::{Decode, Encode};
use std::collections::{BTreeMap, BTreeSet};

/// A member as it is kept.
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
pub struct Member {
    /// What the registry says.
    #[n(0)]
    pub entry: RegistryEntry,
    /// How many members name it as their parent.
    #[n(1)]
    pub children: u32,
}

/// The members that a fleet has.
pub trait Members {
    /// One of them.
    fn member(&self, canister_id: &Principal) -> Option<Member>;
}

/// A fleet without members.
impl Members for () {
    fn member(&self, _: &Principal) -> Option<Member> {
        None
    }
}

impl Members for BTreeMap<Principal, Member> {
    fn member(&self, canister_id: &Principal) -> Option<Member> {
        self.get(canister_id).cloned()
    }
}

/// What a change writes: members as they are then, and none where a member is removed.
pub type MemberWrites = BTreeMap<Principal, Option<Member>>;

/// The members of a fleet while they are changed.
pub(super) struct Changing<'a, M> {
    stored: &'a M,
    root: Principal,
    pub(super) members: u32,
    pub(super) writes: MemberWrites,
}

impl<'a, M: Members> Changing<'a, M> {
    pub(super) const fn new(stored: &'a M, root: Principal, members: u32) -> Self {
        Self { stored, root, members, writes: MemberWrites::new() }
    }

    fn get(&self, canister_id: &Principal) -> Option<Member> {
        let written = self.writes.get(canister_id).cloned();
        written.unwrap_or_else(|| self.stored.member(canister_id))
    }

    /// Removes members, none of which may have children that stay.
    pub(super) fn remove(&mut self, removed: &[Principal]) -> Result<(), FleetError> {
        let mut seen = BTreeSet::new();
        for &canister_id in removed {
            if canister_id == self.root {
                return Err(FleetError::RootRemoved { root_canister_id: self.root });
            }
            if !seen.insert(canister_id) {
                return Err(FleetError::DuplicateMember { canister_id });
            }
            let member = self.get(&canister_id).ok_or(FleetError::NotAMember { canister_id })?;
            self.count_child(&member.entry, |children| children - 1);
        }
        for &canister_id in removed {
            if self.get(&canister_id).is_some_and(|member| member.children > 0) {
                return Err(FleetError::HasChildren { canister_id });
            }
        }
        self.members -= u32::try_from(seen.len()).expect("BUG: more members than there are");
        self.writes.extend(seen.into_iter().map(|canister_id| (canister_id, None)));
        Ok(())
    }

    /// Adds members.
    pub(super) fn add(&mut self, entries: &[RegistryEntry]) -> Result<(), FleetError> {
        let known = entries.iter().find(|entry| self.get(&entry.canister_id).is_some());
        if let Some(RegistryEntry { canister_id, .. }) = known {
            return Err(FleetError::DuplicateMember { canister_id: *canister_id });
        }
        self.set(entries)
    }

    /// Adds members, and replaces what is said of those that there are.
    pub(super) fn set(&mut self, entries: &[RegistryEntry]) -> Result<(), FleetError> {
        let mut seen = BTreeSet::new();
        let mut new = Vec::new();
        for entry in entries {
            let canister_id = entry.canister_id;
            check::entry(self.root, entry)?;
            if !seen.insert(canister_id) {
                return Err(FleetError::DuplicateMember { canister_id });
            }
            let children = match self.get(&canister_id) {
                None => {
                    new.push(entry);
                    0
                }
                Some(known) if known.entry.parent_canister_id == entry.parent_canister_id => {
                    known.children
                }
                Some(_) => return Err(FleetError::ParentChanged { canister_id }),
            };
            self.writes.insert(canister_id, Some(Member { entry: entry.clone(), children }));
        }
        self.members += u32::try_from(new.len()).expect("BUG: a batch is limited");
        for entry in &new {
            let Some(parent_canister_id) = entry.parent_canister_id else { continue };
            let canister_id = entry.canister_id;
            if self.get(&parent_canister_id).is_none() {
                return Err(FleetError::UnknownParent { canister_id, parent_canister_id });
            }
            self.count_child(entry, |children| children + 1);
        }
        check_circles(&new)
    }

    fn count_child(&mut self, child: &RegistryEntry, count: impl FnOnce(u32) -> u32) {
        let Some(parent) = child.parent_canister_id else { return };
        let member = self.get(&parent).expect("BUG: a member without its parent");
        let children = count(member.children);
        self.writes.insert(parent, Some(Member { children, ..member }));
    }
}

/// Members that were there before are below the root, and their parents do not change. So a circle can only be one of
/// new members.
fn check_circles(new: &[&RegistryEntry]) -> Result<(), FleetError> {
    let parents: BTreeMap<Principal, Principal> = new
        .iter()
        .filter_map(|entry| entry.parent_canister_id.map(|parent| (entry.canister_id, parent)))
        .collect();
    let mut below_the_root = BTreeSet::new();
    for start in parents.keys() {
        let mut path = BTreeSet::new();
        let mut canister_id = *start;
        while let Some(parent) = parents.get(&canister_id) {
            if below_the_root.contains(&canister_id) {
                break;
            }
            if !path.insert(canister_id) {
                return Err(FleetError::Circle { canister_id });
            }
            canister_id = *parent;
        }
        below_the_root.append(&mut path);
    }
    Ok(())
}
