//! Who asks for `/`, or puts a slash behind an address, is led to the page.

use backup_coordinator_client::journal::api::Visibility;
use integration_tests::{
    Network, Outcome, Setup, fleet, scenarios,
    web::{encode, http, http_get},
};

scenarios![slashes_lead_to_the_page, what_is_asked_for_goes_along, nobody_is_led_astray];

/// Where an answer leads.
fn led(setup: &Setup, url: &str) -> String {
    let answer = http_get(setup, url);
    assert_eq!(answer.status, 307, "{url}: {}", answer.body);
    assert_eq!(answer.header("Cache-Control"), Some("no-store"), "{url}");
    let location = answer.header("Location").expect("there is an address").to_string();
    assert_eq!(answer.body, format!("the page is at {location}\n"), "{url}");
    location
}

async fn slashes_lead_to_the_page(network: Network) -> Outcome {
    let setup = Setup::builder(network).visibility(Visibility::Public).build();
    let name = "a b/<ü>/";
    setup.as_operator().create_journal(&fleet::plan(name, &fleet::paper_fleet(1))).await?;
    let run = format!("/dashboard/run/{}", encode(name));
    let pages = [
        "/dashboard",
        "/dashboard/runs",
        "/dashboard/audit",
        "/metrics",
        "/health",
        "/logs",
        "/style.css",
    ];
    for page in pages.into_iter().chain([run.as_str()]) {
        let plain = http_get(&setup, page);
        assert_eq!((plain.status, plain.header("Location")), (200, None), "{page}");
        for slashes in ["/", "//", "///"] {
            assert_eq!(led(&setup, &format!("{page}{slashes}")), page);
        }
    }
    for root in ["/", "//", "", "?"] {
        assert_eq!(led(&setup, root), "/dashboard", "{root}");
    }
    Ok(())
}

async fn what_is_asked_for_goes_along(network: Network) -> Outcome {
    let setup = Setup::builder(network).visibility(Visibility::Public).build();
    for query in ["canisterId=aaaaa-aa", "before=3&canisterId=aaaaa-aa", "before=x", "a=%2F%zz?/"] {
        assert_eq!(led(&setup, &format!("/?{query}")), format!("/dashboard?{query}"));
        assert_eq!(led(&setup, &format!("/dashboard/?{query}")), format!("/dashboard?{query}"));
    }
    let run = "/dashboard/run/?id=..";
    assert_eq!(http_get(&setup, run).status, 404, "the slash belongs to the address");
    Ok(())
}

/// An address leads to a page of the coordinator, in one line.
async fn nobody_is_led_astray(network: Network) -> Outcome {
    let setup = Setup::builder(network).visibility(Visibility::Public).build();
    for url in ["//example.org/", "///example.org//", "/\\example.org/", "/%2Fexample.org/"] {
        assert_eq!(http_get(&setup, url).status, 404, "{url}");
    }
    let typed = "/dashboard/run/a\r\nSet-Cookie: b\u{202e}ü/?x=\r\n\u{1b} y";
    let location = led(&setup, typed);
    assert!(location.starts_with("/dashboard/run/a%0D%0ASet-Cookie:%20b"), "{location}");
    assert!(location.bytes().all(|byte| byte.is_ascii_graphic()), "{location}");
    assert_eq!(http(&setup, "POST", "/dashboard/").status, 405);
    Ok(())
}
