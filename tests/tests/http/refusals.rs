//! What is not a page is refused clearly, and every answer has the headers that browsers look at.

use backup_coordinator_client::journal::api::Visibility;
use integration_tests::{
    Network, Outcome, Setup, fleet, scenarios,
    web::{Answer, http, http_get},
};

scenarios![
    methods_other_than_get,
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

async fn methods_other_than_get(network: Network) -> Outcome {
    let setup = setup(network);
    for method in ["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "get", "", "GETS"] {
        for url in ["/metrics", "/dashboard", "/style.css", "/nowhere"] {
            let answer = http(&setup, method, url);
            check(&answer, 405, method);
            assert_eq!(answer.header("Allow"), Some("GET"), "{method}");
        }
    }
    Ok(())
}

async fn addresses_that_are_no_page(network: Network) -> Outcome {
    let setup = setup(network);
    let long_run = format!("/dashboard/run/{}", "x".repeat(129));
    for url in [
        "/",
        "",
        "?",
        "metrics",
        "/Metrics",
        "/metrics/",
        "//metrics",
        "/nowhere",
        "/dashboard/",
        "/dashboard/run",
        "/dashboard/run/",
        "/dashboard/run/?id=",
        "/dashboard/run/none",
        "/dashboard/run/a/b",
        "/style.css/",
        "/logs/x",
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
        "/dashboard?before=x",
        "/dashboard?before=",
        "/dashboard?before",
        "/dashboard?before=-1",
        "/dashboard?before=+1",
        "/dashboard?before=1&before=2",
        "/dashboard?before=4294967296",
        "/dashboard/audit?before=18446744073709551616",
        "/dashboard/audit?before=%3",
        "/dashboard/run/a?page=0",
        "/dashboard/run/a?page=one",
        "/dashboard/run/%",
        "/dashboard/run/%zz",
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
