//! A client that trusts another key believes nothing.

use crate::setting::{agent, ed25519, run, sandbox, served};
use ic_agent::{Agent, AgentError, export::Principal};

#[test]
fn the_root_key_can_be_fetched() {
    let served = served();
    run(async {
        let agent = Agent::builder().with_url(served.url.as_str()).build().expect("an agent");
        agent.fetch_root_key().await.expect("fetched");
        assert_eq!(agent.read_root_key(), sandbox(&served).root_key());
        agent.read_state_canister_module_hash(served.canister).await.expect("it verifies");
        let status = agent.status().await.expect("a status");
        assert_eq!(status.replica_health_status.as_deref(), Some("healthy"));
    });
}

/// Every agent trusts the key of the main network first.
#[test]
fn under_another_root_key_nothing_verifies() {
    let served = served();
    run(async {
        let agent = Agent::builder().with_url(served.url.as_str()).with_identity(ed25519()).build();
        let agent = agent.expect("an agent");
        let certified = |answer: Result<Vec<u8>, AgentError>| match answer {
            Err(AgentError::CertificateVerificationFailed()) => {}
            other => panic!("it was believed: {other:?}"),
        };
        certified(agent.update(&served.canister, "count").await);
        certified(agent.query(&served.canister, "whoami").await);
        certified(agent.read_state_canister_module_hash(served.canister).await);
    });
}

#[test]
fn the_subnet_tells_its_canisters_and_its_nodes() {
    let served = served();
    run(async {
        let agent = agent(&served, ed25519());
        let by_canister =
            agent.fetch_subnet_by_canister(&served.canister).await.expect("it verifies");
        let id = Principal::self_authenticating(sandbox(&served).root_key());
        assert_eq!(by_canister.id(), id);
        assert!(by_canister.contains_canister(&served.canister));
        let by_id = agent.fetch_subnet_by_id(&id).await.expect("it verifies");
        assert!(by_id.contains_canister(&served.canister));
        assert_eq!(by_id.self_reported_key(), sandbox(&served).root_key());
        let nodes: Vec<_> = by_id.iter_nodes().collect();
        assert_eq!(nodes.len(), 1);
        assert!(by_canister.contains_node(&nodes[0]));
        let ranges = agent.read_state_subnet_canister_ranges(id).await.expect("it verifies");
        assert_eq!(ranges, [canister_sandbox::Sandbox::canister_range()]);
        // The mainnet's own ids are not of this network.
        let cycles_ledger = Principal::from_text("um5iw-rqaaa-aaaaq-qaaba-cai").expect("an id");
        assert!(!by_id.contains_canister(&cycles_ledger));
        let answer = agent.query(&cycles_ledger, "icrc1_name").await;
        crate::setting::assert_http_error(answer, 400, "canister_not_found");
    });
}
