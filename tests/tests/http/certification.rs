//! What a gateway verifies: the style sheet is certified, the rest openly is not.

use crate::metrics::busy;
use backup_coordinator_client::journal::api::Visibility;
use candid::Principal;
use ic_http_certification::{HttpRequest, HttpResponse, Method, StatusCode};
use ic_http_types::HttpRequest as Request;
use ic_response_verification::{
    ResponseVerificationError, types::VerificationInfo, verify_request_response_pair,
};
use integration_tests::{
    Network, Outcome, Setup, fleet, on_pocket_ic_with_root_key, on_sandbox,
    web::{Answer, http, http_get},
};

const EXPRESSION: &str = "IC-CertificateExpression";

/// Methods that are standard, and some that are none.
const METHODS: [&str; 11] =
    ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "get", "BREW"];

/// Addresses that a gateway takes for the one of the style sheet.
const STYLES: [&str; 8] = [
    "/style.css",
    "/style.css?",
    "/style.css?canisterId=aaaaa-aa",
    "/style.css?before=x&before=y",
    "//style.css",
    "/%73tyle%2ecss",
    "/%2Fstyle.css",
    "/style.css#top",
];

/// Addresses of pages, and others that are near to them, or to what the certified tree has labels for.
const OTHERS: [&str; 32] = [
    "/",
    "//",
    "/?canisterId=aaaaa-aa",
    "/dashboard",
    "/dashboard/",
    "/dashboard/?before=7",
    "/dashboard/runs",
    "/dashboard/runs?before=x",
    "/dashboard/audit",
    "/dashboard/audit/",
    "/dashboard/run",
    "/dashboard/run/",
    "/dashboard/run/?id=nightly",
    "/dashboard/run/nightly",
    "/dashboard/run/nightly/",
    "/dashboard/run/%3C%24%3E",
    "/metrics",
    "/metrics/",
    "/health",
    "/health//",
    "/logs?priority=info",
    "/logs/?sort=sideways",
    "/nowhere/at/all",
    "/style.css/",
    "/style.css//",
    "/style.css%2F",
    "/style.css/style.css",
    "/style.css/%3C%24%3E",
    "/styles.css",
    "/%3C*%3E",
    "/%3C%24%3E",
    "/http_expr/style.css",
];

/// Verifies an answer as a gateway does.
fn verify(
    setup: &Setup,
    method: &str,
    url: &str,
    answer: &Answer,
) -> Result<VerificationInfo, ResponseVerificationError> {
    let method: Method = method.parse().expect("a method");
    let request = HttpRequest::builder().with_method(method).with_url(url.to_string()).build();
    let response = HttpResponse::builder()
        .with_status_code(StatusCode::from_u16(answer.status).expect("a status"))
        .with_headers(answer.headers.clone())
        .with_body(answer.body.clone().into_bytes())
        .build();
    let root_key = setup.network.lock().root_key();
    let (now, canister) = (u128::from(setup.network.now()), setup.coordinator);
    let allowed = 300_000_000_000;
    verify_request_response_pair(request, response, canister.as_slice(), now, allowed, &root_key, 2)
}

async fn check_style_sheet(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    busy(&setup).await?;
    setup.upgrade(None)?;
    let answer = http_get(&setup, "/style.css");
    let verified = verify(&setup, "GET", "/style.css", &answer)?;
    let response = verified.response.ok_or("the answer is certified")?;
    assert_eq!(response.body, answer.body.as_bytes());
    assert_eq!(response.status_code, Some(200));
    let certified: Vec<String> =
        response.headers.iter().map(|(name, _)| name.to_lowercase()).collect();
    for header in ["content-type", "content-security-policy", "x-content-type-options"] {
        assert!(certified.iter().any(|name| name == header), "{header}: {certified:?}");
    }
    let answer = http_get(&setup, "/metrics");
    assert!(verify(&setup, "GET", "/metrics", &answer)?.response.is_none());
    Ok(())
}

#[test]
fn the_style_sheet_is_certified() {
    on_sandbox(check_style_sheet);
}

#[test]
#[ignore = "needs a PocketIC server: scripts/test.sh --pocket-ic"]
fn the_style_sheet_is_certified_on_pocket_ic() {
    on_pocket_ic_with_root_key(check_style_sheet);
}

#[test]
fn whatever_is_changed_about_the_style_sheet_is_found() {
    on_sandbox(|network| async move {
        let setup = Setup::builder(network).build();
        let changes: [fn(&mut Answer); 5] = [
            |answer| answer.body.push(' '),
            |answer| answer.status = 206,
            |answer| answer.headers.push(("Set-Cookie".to_string(), "a=b".to_string())),
            |answer| answer.headers[0].1 = "text/html".to_string(),
            |answer| answer.headers.retain(|(name, _)| name != EXPRESSION),
        ];
        for change in changes {
            let mut answer = http_get(&setup, "/style.css");
            change(&mut answer);
            assert!(verify(&setup, "GET", "/style.css", &answer).is_err());
        }
        // The page of another address does not pass for the style sheet either.
        let answer = http_get(&setup, "/metrics");
        assert!(verify(&setup, "GET", "/style.css", &answer).is_err());
        Ok(())
    });
}

/// A gateway shows an error of its own instead of an answer that it cannot verify.
async fn check_every_answer(network: Network) -> Outcome {
    let setup = Setup::builder(network).visibility(Visibility::Public).build();
    setup.as_operator().create_journal(&fleet::plan("nightly", &fleet::paper_fleet(1))).await?;
    let long = |path| format!("{path}?{}", "x".repeat(4_000));
    let (long_style, long_other) = (long("/style.css"), long("/metrics"));
    let styles = STYLES.into_iter().chain([long_style.as_str()]).map(|url| (url, true));
    let others = OTHERS.into_iter().chain([long_other.as_str()]).map(|url| (url, false));
    for (url, certified) in styles.chain(others) {
        for method in METHODS {
            let answer = http(&setup, method, url);
            let verified = verify(&setup, method, url, &answer)
                .unwrap_or_else(|error| panic!("{method} {url}: {} {error}", answer.status));
            assert_eq!(verified.verification_version, 2);
            assert_eq!(verified.response.is_some(), certified, "{method} {url}");
            let allowed = ["GET", "HEAD"].contains(&method);
            assert_eq!(answer.status != 405, allowed, "{method} {url}: {}", answer.status);
            if certified && allowed {
                assert_eq!(answer.status, 200, "{method} {url}");
            }
        }
    }
    Ok(())
}

#[test]
fn a_gateway_can_verify_every_answer() {
    on_sandbox(check_every_answer);
}

#[test]
#[ignore = "needs a PocketIC server: scripts/test.sh --pocket-ic"]
fn a_gateway_can_verify_every_answer_on_pocket_ic() {
    on_pocket_ic_with_root_key(check_every_answer);
}

/// An update call has no certificate to show, and answers without one.
#[test]
fn a_canister_that_asks_gets_the_page_alone() {
    on_sandbox(|network| async move {
        let setup = Setup::builder(network).with_root().build();
        let root = setup.root.ok_or("a root")?;
        let request = Request {
            method: "GET".to_string(),
            url: "/health".to_string(),
            headers: vec![],
            body: Vec::new().into(),
        };
        let args = (setup.coordinator, "http_request", candid::encode_one(request)?);
        let operator: Principal = integration_tests::callers::operator();
        let reply: Result<Vec<u8>, String> =
            setup.network.update(operator, root, "forward", args)?;
        let response: ic_http_types::HttpResponse = candid::decode_one(&reply?)?;
        assert_eq!(response.status_code, 200);
        assert!(response.headers.iter().all(|(name, _)| name != "IC-Certificate"));
        Outcome::Ok(())
    });
}
