//! What is not a page is refused clearly, and every answer has the headers that browsers look at.

use backup_coordinator_client::journal::api::Visibility;
use ic_http_types::HttpRequest;
use integration_tests::{
    Network, Outcome, Setup, fleet, scenarios,
    web::{Answer, http, http_get, send},
};

scenarios![
    methods_other_than_get_and_head,
    requests_with_more_to_them,
    addresses_that_are_no_page,
    query_strings_that_cannot_be_read,
    parameters_of_others_are_left_alone,
    headers_of_every_answer,
];

fn setup(network: Network) -> Setup {
    Setup::builder(network).visibility(Visibility::Public).build()
}

fn check(answer: &Answer, status: u16, what: &str) {
    assert_eq!(answer.status, status, "{what}: {}", answer.body);
    assert_eq!(answer.header("Content-Type"), Some("text/plain; charset=utf-8"), "{what}");
    assert!(answer.body.len() > 10 && answer.body.ends_with('\n'), "{what}: {}", answer.body);
}

async fn methods_other_than_get_and_head(network: Network) -> Outcome {
    let setup = setup(network);
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "get", "head", "", "GETS"] {
        for url in ["/metrics", "/dashboard", "/style.css", "/nowhere"] {
            let answer = http(&setup, method, url);
            check(&answer, 405, method);
            assert_eq!(answer.header("Allow"), Some("GET, HEAD"), "{method}");
        }
    }
    Ok(())
}

/// Headers and body change nothing, however large.
async fn requests_with_more_to_them(network: Network) -> Outcome {
    let setup = setup(network);
    let cookies = |bytes: usize| vec![("Cookie".to_string(), "x".repeat(bytes))];
    let many = (0..500).map(|number| (format!("X-{number}"), "y".repeat(100))).collect();
    for headers in [cookies(15_000), cookies(200_000), many] {
        let answer = send(&setup, request("GET", "/metrics", headers, Vec::new()));
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    for bytes in [12_000, 1_000_000] {
        let body = vec![7; bytes];
        let answer = send(&setup, request("POST", "/metrics", Vec::new(), body.clone()));
        check(&answer, 405, "a large body");
        let answer = send(&setup, request("GET", "/health", Vec::new(), body));
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    Ok(())
}

fn request(method: &str, url: &str, headers: Vec<(String, String)>, body: Vec<u8>) -> HttpRequest {
    HttpRequest { method: method.to_string(), url: url.to_string(), headers, body: body.into() }
}

async fn addresses_that_are_no_page(network: Network) -> Outcome {
    let setup = setup(network);
    let long_run = format!("/dashboard/run/{}", "x".repeat(129));
    for url in [
        "metrics",
        "/Metrics",
        "//metrics",
        "/nowhere",
        "/nowhere/",
        "/dashboard/run",
        "/dashboard/run/",
        "/dashboard/run/?id=",
        "/dashboard/run/none",
        "/dashboard/run/%",
        "/dashboard/run/%zz",
        "/dashboard/run/a/b",
        "/dashboard/runs/a",
        "/logs/x",
        "/logs/x/",
        "/.well-known/ic-domains",
        &long_run,
    ] {
        check(&http_get(&setup, url), 404, url);
    }
    for long in [format!("/{}", "x".repeat(2_048)), format!("/metrics?{}", "x".repeat(1 << 20))] {
        check(&http_get(&setup, &long), 414, "a long address");
    }
    check(&http_get(&setup, &format!("/{}", "x".repeat(2_047))), 404, "the longest address");
    Ok(())
}

async fn query_strings_that_cannot_be_read(network: Network) -> Outcome {
    let setup = setup(network);
    setup.as_operator().create_journal(&fleet::plan("a", &fleet::paper_fleet(1))).await?;
    for url in [
        "/dashboard/runs?before=x",
        "/dashboard/runs?before=",
        "/dashboard/runs?before",
        "/dashboard/runs?before=-1",
        "/dashboard/runs?before=+1",
        "/dashboard/runs?before=1&before=2",
        "/dashboard/runs?before=4294967296",
        "/dashboard/audit?before=18446744073709551616",
        "/dashboard/audit?before=%3",
        "/dashboard/run/a?page=0",
        "/dashboard/run/a?page=one",
        "/dashboard/run/%ff",
        "/logs?priority=loud",
        "/logs?sort=sideways",
        "/logs?time=now",
    ] {
        check(&http_get(&setup, url), 400, url);
    }
    Ok(())
}

async fn parameters_of_others_are_left_alone(network: Network) -> Outcome {
    let setup = setup(network);
    for url in
        ["/metrics?canisterId=aaaaa-aa", "/dashboard?x=%zz&canisterId", "/health?", "/logs?&&"]
    {
        assert_eq!(http_get(&setup, url).status, 200, "{url}");
    }
    Ok(())
}

async fn headers_of_every_answer(network: Network) -> Outcome {
    let setup = setup(network);
    for (url, content) in [
        ("/metrics", "text/plain; version=0.0.4; charset=utf-8"),
        ("/health", "text/plain; charset=utf-8"),
        ("/dashboard", "text/html; charset=utf-8"),
        ("/dashboard/audit", "text/html; charset=utf-8"),
        ("/logs", "application/json"),
        ("/style.css", "text/css; charset=utf-8"),
        ("/nowhere", "text/plain; charset=utf-8"),
    ] {
        let answer = http_get(&setup, url);
        assert_eq!(answer.header("Content-Type"), Some(content), "{url}");
        let policy = answer.header("Content-Security-Policy").ok_or("a policy")?;
        for rule in ["default-src 'none'", "style-src 'self'", "frame-ancestors 'none'"] {
            assert!(policy.contains(rule), "{url}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{url}: {policy}");
        assert_eq!(answer.header("X-Content-Type-Options"), Some("nosniff"), "{url}");
        assert_eq!(answer.header("X-Frame-Options"), Some("DENY"), "{url}");
        assert_eq!(answer.header("Referrer-Policy"), Some("no-referrer"), "{url}");
        let caching = if url == "/style.css" { "max-age=3600" } else { "no-store" };
        assert_eq!(answer.header("Cache-Control"), Some(caching), "{url}");
        assert!(!answer.body.contains("<script") && !answer.body.contains("style=\""), "{url}");
    }
    Ok(())
}
