//! Registries of fleets, sound and unsound ones, and what a plan is to be built of them.

use crate::plans::{
    ROOT, STRANGER, canister, control, identity, policy, role, scope, snapshot_read,
};
use backup_journal::{plan::BackupPlanInput, registry::RegistryEntry};
use candid::Principal;
use proptest::{collection::vec, option, prelude::*, sample::select};

/// Any registry: trees, forests, cycles, canisters that are their own parents or listed twice, and
/// parents that are not listed.
pub fn registry() -> impl Strategy<Value = Vec<RegistryEntry>> {
    prop_oneof![tree(), vec(entry(), 0..9)]
}

fn entry() -> impl Strategy<Value = RegistryEntry> {
    let texts = (blankable(role()), option::of(Just("shard".to_string())));
    let hash = blankable(option::of(select(vec!["0a", "0b"]).prop_map(String::from)));
    (number(), option::weighted(0.8, number()), texts, hash).prop_map(
        |(canister_id, parent_canister_id, (role, kind), module_hash)| RegistryEntry {
            canister_id,
            role,
            kind,
            parent_canister_id,
            module_hash,
        },
    )
}

fn blankable(text: impl Strategy<Value = Option<String>>) -> impl Strategy<Value = Option<String>> {
    prop_oneof![19 => text, 1 => Just(Some(" ".to_string()))]
}

fn number() -> impl Strategy<Value = Principal> {
    prop_oneof![6 => 0..7_u8, 1 => Just(ROOT)].prop_map(canister)
}

/// A fleet below the root in which everybody is listed once and below somebody who is listed.
fn tree() -> impl Strategy<Value = Vec<RegistryEntry>> {
    (vec((entry(), any::<u8>()), 0..9), any::<bool>()).prop_map(|(entries, reversed)| {
        let mut ids = vec![canister(ROOT)];
        let mut registry = vec![RegistryEntry {
            canister_id: canister(ROOT),
            role: Some("root".to_string()),
            kind: None,
            parent_canister_id: None,
            module_hash: None,
        }];
        for (number, (entry, pick)) in (0..).zip(entries) {
            let parent = ids[usize::from(pick) % ids.len()];
            ids.push(canister(number));
            registry.push(RegistryEntry {
                canister_id: canister(number),
                parent_canister_id: Some(parent),
                ..entry
            });
        }
        if reversed {
            registry.reverse();
        }
        registry
    })
}

/// What a plan is to be built from.
pub fn plan_input() -> impl Strategy<Value = BackupPlanInput> {
    let said = (control(), snapshot_read(), policy(), identity());
    let selection = (scope(), any::<bool>(), option::weighted(0.9, selected()));
    (registry(), selection, said, blank_field()).prop_map(|(registry, selection, said, blank)| {
        let text = |field: &str| if blank == field { " " } else { field }.to_string();
        BackupPlanInput {
            plan_id: text("plan").into(),
            run_id: text("run").into(),
            fleet: text("fleet"),
            network: text("network"),
            root_canister_id: canister(ROOT),
            selected_canister_id: selection.2,
            selected_scope_kind: selection.0,
            include_descendants: selection.1,
            topology_hash_before_quiesce: text("hash"),
            registry,
            control_authority: said.0,
            snapshot_read_authority: said.1,
            quiescence_policy: said.2,
            identity_mode: said.3,
        }
    })
}

fn selected() -> impl Strategy<Value = Principal> {
    prop_oneof![8 => number(), 1 => Just(canister(STRANGER))]
}

fn blank_field() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        9 => Just("none of them"),
        1 => select(vec!["plan", "run", "fleet", "network", "hash"]),
    ]
}

/// What an operator may type to name a canister.
pub fn selector() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => number().prop_map(|id| id.to_text()),
        1 => number().prop_map(|id| id.to_text().to_uppercase()),
        1 => number().prop_map(|id| id.to_text().replace('-', "")),
        1 => Just(canister(STRANGER).to_text()),
        4 => select(vec!["orders", "users", "index", "root"]).prop_map(String::from),
        1 => select(vec!["", " ", "\n", " orders", "nobody", "aaaaa-aa"]).prop_map(String::from),
    ]
}
