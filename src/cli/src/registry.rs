//! The fleet on paper: read from a registry file or made up in any size, and checked before anything is built.

use crate::usage::UsageError;
use backup_journal::{
    PlanId, RunId,
    execution::PlanSubject,
    limits::{MAX_RUN_TARGETS, check_name},
    plan::ControlAuthoritySource,
    registry::RegistryEntry,
};
use candid::Principal;
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// The fleet that is rehearsed on when none is named.
const DEMO: &str = include_str!("../../../tests/fixtures/fleets/demo.json");

/// Bytes of state of a member when nothing is said.
const DEFAULT_BYTES: u32 = 65_536;

/// The most state of a member: all members are in the memory of one process.
const MAX_BYTES: u32 = 256 * 1024 * 1024;

/// A fleet as it is on a network.
#[derive(Clone, Debug)]
pub struct Fleet {
    /// Its name.
    pub name: String,
    /// The name of its network.
    pub network: String,
    /// Its root.
    pub root: Principal,
    /// Its canisters.
    pub entries: Vec<RegistryEntry>,
}

impl Fleet {
    /// What a plan of it is made from, if the operator controls its canisters.
    pub fn subject(&self, plan_id: PlanId, run_id: RunId) -> PlanSubject {
        PlanSubject {
            plan_id,
            run_id,
            fleet: self.name.clone(),
            network: self.network.clone(),
            root: self.root,
            members: self.entries.clone(),
            control: ControlAuthoritySource::OperatorController,
        }
    }

    /// What its canisters do, of those of which it is known.
    pub fn roles(&self) -> BTreeMap<Principal, String> {
        let role = |entry: &RegistryEntry| Some((entry.canister_id, entry.role.clone()?));
        self.entries.iter().filter_map(role).collect()
    }
}

/// A fleet on paper.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registry {
    /// Its name.
    pub fleet: String,
    /// Its canisters, in the order of their creation.
    pub canisters: Vec<Listed>,
}

/// A canister on paper. Its id is that of the paper, too: the simulated canister gets another one.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// Names the canister within the file.
    pub canister_id: Principal,
    /// What it does in its fleet.
    pub role: Option<String>,
    /// How the root manages it.
    pub kind: Option<String>,
    /// The canister that created it; none for the root.
    pub parent_canister_id: Option<Principal>,
    /// SHA-256 of its module, in hexadecimal. A simulated canister runs another module.
    pub module_hash: Option<String>,
    /// What it holds.
    pub state: Option<Filling>,
}

/// Pseudo-random state of a canister.
#[derive(Clone, Copy, Debug, Deserialize, candid::CandidType)]
#[serde(deny_unknown_fields)]
pub struct Filling {
    /// Where the sequence begins.
    pub seed: u64,
    /// How many bytes of it.
    pub bytes: u32,
}

impl Registry {
    /// The fleet that was chosen: one of so many members, or that of a file; the demo fleet if none was.
    pub fn chosen(targets: Option<u32>, file: Option<&Path>) -> Result<Self, UsageError> {
        match (targets, file) {
            (Some(targets), _) => Self::of_size(targets),
            (None, Some(file)) => Self::read(file),
            (None, None) => Self::demo(),
        }
    }

    /// A root and seven members in two levels.
    fn demo() -> Result<Self, UsageError> {
        Self::parse(DEMO, "the demo fleet")
    }

    /// Reads a registry file.
    pub fn read(path: &Path) -> Result<Self, UsageError> {
        let shown = path.display();
        let text = fs::read_to_string(path)
            .map_err(|error| UsageError(format!("the registry {shown} cannot be read: {error}")))?;
        Self::parse(&text, &format!("the registry {shown}"))
    }

    fn parse(text: &str, what: &str) -> Result<Self, UsageError> {
        let registry: Self = serde_json::from_str(text)
            .map_err(|error| UsageError(format!("{what} is not a fleet: {error}")))?;
        registry
            .check()
            .map_err(|problem| UsageError(format!("{what} is not a fleet: {problem}")))?;
        check_size(registry.canisters.len() - 1)?;
        Ok(registry)
    }

    /// A root and `targets` members in two levels: about as many hubs as shards below each of them.
    pub fn of_size(targets: u32) -> Result<Self, UsageError> {
        check_size(targets as usize)?;
        let hubs = targets.isqrt();
        let mut canisters = vec![listed(0, "root".to_owned(), "root", None)];
        canisters.extend((1..=targets).map(|number| {
            if number <= hubs {
                return listed(number, format!("hub-{number}"), "hub", Some(0));
            }
            let hub = (number - hubs - 1) % hubs + 1;
            listed(number, format!("shard-{}", number - hubs), "shard", Some(hub))
        }));
        Ok(Self { fleet: format!("fleet-of-{targets}"), canisters })
    }

    /// Filling of the canister at `position`: as listed, or one of its own.
    pub fn filling(&self, position: usize) -> Filling {
        self.canisters[position]
            .state
            .unwrap_or(Filling { seed: position as u64, bytes: DEFAULT_BYTES })
    }

    /// The fleet, if its canisters have these ids on that network.
    pub fn into_fleet(self, network: &str) -> Fleet {
        let is_root = |listed: &&Listed| listed.parent_canister_id.is_none();
        let root = self.canisters.iter().find(is_root).map(|root| root.canister_id);
        let entries = self.canisters.into_iter().map(|listed| RegistryEntry {
            canister_id: listed.canister_id,
            role: listed.role,
            kind: listed.kind,
            parent_canister_id: listed.parent_canister_id,
            module_hash: listed.module_hash,
        });
        Fleet {
            name: self.fleet,
            network: network.to_owned(),
            root: root.expect("BUG: a registry without a root passed its check"),
            entries: entries.collect(),
        }
    }

    fn check(&self) -> Result<(), String> {
        check_text("its name", &self.fleet)?;
        self.canisters.iter().try_for_each(Listed::check)?;
        let mut parents = BTreeMap::new();
        for listed in &self.canisters {
            let id = listed.canister_id;
            if parents.insert(id, listed.parent_canister_id).is_some() {
                return Err(format!("{id} is listed twice"));
            }
        }
        let roots = parents.values().filter(|parent| parent.is_none()).count();
        if roots != 1 {
            return Err(format!("{roots} canisters have no parent; only the root has none"));
        }
        parents.keys().try_for_each(|id| leads_to_root(*id, &parents))
    }
}

fn leads_to_root(
    canister: Principal,
    parents: &BTreeMap<Principal, Option<Principal>>,
) -> Result<(), String> {
    let (mut current, mut seen) = (canister, BTreeSet::new());
    loop {
        if !seen.insert(current) {
            return Err(format!("{canister} is its own ancestor"));
        }
        match parents.get(&current) {
            Some(Some(parent)) => current = *parent,
            Some(None) => return Ok(()),
            None => return Err(format!("{current}, the parent of a canister, is not listed")),
        }
    }
}

impl Listed {
    fn check(&self) -> Result<(), String> {
        let id = self.canister_id;
        for (what, text) in [("role", &self.role), ("kind", &self.kind)] {
            text.as_ref()
                .map_or(Ok(()), |text| check_text(&format!("the {what} of {id}"), text))?;
        }
        match self.state {
            Some(Filling { bytes, .. }) if bytes > MAX_BYTES => {
                Err(format!("the state of {id} has {bytes} bytes, of at most {MAX_BYTES}"))
            }
            _ => Ok(()),
        }
    }
}

/// What the coordinator takes as a name.
fn check_text(what: &str, text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err(format!("{what} is blank"));
    }
    check_name(what, text).map_err(|exceeded| format!("{exceeded} bytes"))
}

/// The one place that refuses fleets by their size.
fn check_size(targets: usize) -> Result<(), UsageError> {
    match targets {
        0 => Err(UsageError("a fleet needs a member besides its root".to_owned())),
        1..=MAX_RUN_TARGETS => Ok(()),
        _ => Err(UsageError(format!(
            "{targets} targets are more than the {MAX_RUN_TARGETS} that a run may have"
        ))),
    }
}

fn listed(number: u32, role: String, kind: &str, parent: Option<u32>) -> Listed {
    Listed {
        canister_id: paper_id(number),
        role: Some(role),
        kind: Some(kind.to_owned()),
        parent_canister_id: parent.map(paper_id),
        module_hash: None,
        state: None,
    }
}

fn paper_id(number: u32) -> Principal {
    Principal::from_slice(&number.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use backup_journal::limits::MAX_NAME_BYTES;

    #[test]
    fn the_demo_fleet_has_two_levels() {
        let demo = Registry::demo().expect("a fleet");
        assert_eq!(demo.canisters.len(), 8);
    }

    #[test]
    fn fleets_of_any_size_are_trees() {
        for targets in [1, 2, 3, 40, 1_000] {
            let fleet = Registry::of_size(targets).expect("a fleet");
            assert_eq!(fleet.canisters.len(), targets as usize + 1);
            assert_eq!(fleet.check(), Ok(()));
        }
        assert!(Registry::of_size(100_001).is_err());
    }

    #[test]
    fn broken_registries_are_refused() {
        let parse = |canisters: &str| {
            let text = format!(r#"{{"fleet":"x","canisters":[{canisters}]}}"#);
            Registry::parse(&text, "it").expect_err("refused").0
        };
        let root = r#"{"canister_id":"aaaaa-aa"}"#;
        let lost =
            r#"{"canister_id":"2vxsx-fae","parent_canister_id":"rrkah-fqaaa-aaaaa-aaaaq-cai"}"#;
        let circle = r#"{"canister_id":"2vxsx-fae","parent_canister_id":"2vxsx-fae"}"#;
        assert!(parse(root).contains("a member besides"));
        assert!(parse("").contains("0 canisters have no parent"));
        assert!(parse(&format!("{root},{root}")).contains("listed twice"));
        assert!(parse(&format!("{root},{lost}")).contains("is not listed"));
        assert!(parse(&format!("{root},{circle}")).contains("its own ancestor"));
    }

    #[test]
    fn names_that_the_coordinator_would_refuse_are_found_in_the_file() {
        let parse = |fleet: &str, more: &str| {
            let root = r#"{"canister_id":"aaaaa-aa"}"#;
            let member = r#"{"canister_id":"2vxsx-fae","parent_canister_id":"aaaaa-aa""#;
            let text = format!(r#"{{"fleet":"{fleet}","canisters":[{root},{member}{more}}}]}}"#);
            Registry::parse(&text, "it").map_err(|error| error.0)
        };
        let name = |bytes: usize| "x".repeat(bytes);
        let (longest, longer) = (name(MAX_NAME_BYTES), name(MAX_NAME_BYTES + 1));
        let role = |role: &str| format!(r#","role":"{role}","kind":"{role}""#);
        assert!(parse(&longest, &role(&longest)).is_ok());
        let problem = |fleet: &str, more: &str| parse(fleet, more).expect_err("refused");
        let too_long = format!("{} of at most {MAX_NAME_BYTES} bytes", MAX_NAME_BYTES + 1);
        assert!(problem(&longer, "").contains(&too_long));
        assert!(problem("x", &role(&longer)).contains(&too_long));
        assert!(problem("  ", "").contains("its name is blank"));
        assert!(problem("x", &role("")).contains("the role of 2vxsx-fae is blank"));
        assert!(problem("x", r#","kind":" ""#).contains("the kind of 2vxsx-fae is blank"));
        let state = r#","state":{"seed":1,"bytes":4000000000}"#;
        assert!(problem("x", state).contains("4000000000 bytes"));
    }
}
