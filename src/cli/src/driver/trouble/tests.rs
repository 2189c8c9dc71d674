use super::*;
use crate::network::SimulatedNetwork;
use anyhow::anyhow;
use backup_fleet::Management;
use backup_journal::registry::RegistryEntry;
use pollster::block_on;

const OPERATOR: Principal = Principal::from_slice(&[1; 29]);
/// A canister that does not exist.
const GONE: Principal = Principal::from_slice(&[9]);
const RUNNING: &str = "Every canister of the fleet is running.";

/// What is told about a fleet with these members, after a coordinator that does not answer.
fn told(network: &SimulatedNetwork, members: Option<&[Principal]>) -> Vec<String> {
    let dir = tempfile::tempdir().expect("a folder");
    let folder = Folder::create(dir.path()).expect("a folder");
    if let Some(members) = members {
        let entry = |canister_id: &Principal| RegistryEntry {
            canister_id: *canister_id,
            role: None,
            kind: None,
            parent_canister_id: None,
            module_hash: None,
        };
        let registry: Vec<RegistryEntry> = members.iter().map(entry).collect();
        folder.write_registry(&registry).expect("written");
    }
    let coordinator = CoordinatorClient::new(network.clone(), GONE);
    let (error, run_id) = (anyhow!("it is over"), RunId::from("run-1"));
    block_on(async {
        Trouble::after(&error, network, &coordinator, &run_id, &folder)
            .await
            .explain(&run_id, &["Go on.".to_owned()])
    })
}

fn two_canisters(network: &SimulatedNetwork) -> [Principal; 2] {
    std::array::from_fn(|_| network.sandbox().create_canister(&[OPERATOR]))
}

#[test]
fn a_fleet_that_runs_is_said_to_run() {
    let network = SimulatedNetwork::new(OPERATOR);
    let members = two_canisters(&network);
    let lines = told(&network, Some(&members));
    assert_eq!(lines, ["error: it is over", "The run run-1 is not complete.", RUNNING, "Go on."]);
}

#[test]
fn who_is_stopped_and_who_did_not_answer_is_told_apart() {
    let network = SimulatedNetwork::new(OPERATOR);
    let [running, stopped] = two_canisters(&network);
    block_on(Management::new(network.clone()).stop(stopped)).expect("stopped");
    let lines = told(&network, Some(&[running, stopped, GONE]));
    assert_eq!(
        lines[2..],
        [
            "Stopped: 1. Owe a start: not known.".to_owned(),
            "To start them by hand:".to_owned(),
            format!("  icp canister start {stopped}"),
            "Not known whether they run, because they did not answer: 1.".to_owned(),
            "To ask them:".to_owned(),
            format!("  icp canister status {GONE}"),
            "Go on.".to_owned(),
        ]
    );
}

#[test]
fn nothing_is_said_to_run_that_was_not_asked() {
    let network = SimulatedNetwork::new(OPERATOR);
    let unknown = told(&network, Some(&[GONE]));
    assert!(!unknown.contains(&RUNNING.to_owned()), "{unknown:?}");
    let without_registry = told(&network, None);
    assert!(!without_registry.contains(&RUNNING.to_owned()), "{without_registry:?}");
}
