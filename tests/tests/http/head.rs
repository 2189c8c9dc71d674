//! HEAD is answered like GET, without the body.

use crate::metrics::busy;
use backup_coordinator_client::journal::api::Visibility;
use integration_tests::{
    Network, Outcome, Setup, scenarios,
    web::{Answer, http},
};

scenarios![headers_are_those_of_get];

/// The headers besides those that prove something, which differ with time.
fn headers(answer: &Answer) -> Vec<(String, String)> {
    let mut headers = answer.headers.clone();
    headers.retain(|(name, _)| name != "IC-Certificate");
    headers
}

async fn headers_are_those_of_get(network: Network) -> Outcome {
    for visibility in [Visibility::Public, Visibility::Members] {
        let setup = Setup::builder(network.clone()).visibility(visibility).build();
        busy(&setup).await?;
        for url in [
            "/",
            "/dashboard",
            "/dashboard/",
            "/dashboard/runs?before=x",
            "/dashboard/run/done",
            "/dashboard/run/none",
            "/dashboard/audit",
            "/metrics",
            "/health",
            "/logs",
            "/nowhere",
            "/style.css",
            &format!("/{}", "x".repeat(3_000)),
        ] {
            let (get, head) = (http(&setup, "GET", url), http(&setup, "HEAD", url));
            assert_eq!(head.status, get.status, "{url}");
            assert_eq!(head.body, "", "{url}");
            assert_eq!(get.header("Content-Length"), None, "the gateway counts it");
            let mut expected = headers(&get);
            expected.push(("Content-Length".to_string(), get.body.len().to_string()));
            let mut found = headers(&head);
            expected.sort();
            found.sort();
            assert_eq!(found, expected, "{url}");
        }
    }
    Ok(())
}
