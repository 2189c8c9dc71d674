//! Pages of canisters, and other addresses.

use crate::{
    common::{PAGE, Served},
    raw::{Answer, post, send},
    setting::served,
};
use candid::{Principal, encode_one};
use ic_http_types::HttpResponse;
use std::fmt::Write;

/// The page of a canister of this module.
fn page(served: &Served, module: &str) -> Answer {
    let controller = Principal::management_canister();
    let module = wat::parse_str(module).expect("a module");
    let mut sandbox = crate::setting::sandbox(served);
    let canister = sandbox.create_canister(&[controller]);
    sandbox.install(controller, canister, &module, Vec::new()).expect("installed");
    drop(sandbox);
    send(served, "GET", &format!("{canister}.localhost"), "/", b"")
}

#[test]
fn a_canister_that_gives_no_answer_is_a_bad_gateway_with_the_reason() {
    let served = served();
    for (module, reason) in [
        (r#"(module (func (export "canister_query http_request") unreachable))"#, "trap"),
        (r#"(module (func (export "canister_query http_request")))"#, "did not reply"),
        ("(module)", "no query method 'http_request'"),
    ] {
        let Answer { status, body } = page(&served, module);
        let body = String::from_utf8(body).expect("text");
        assert_eq!(status, 502, "{body}");
        assert!(body.contains(reason), "{reason}: {body}");
    }
}

#[test]
fn an_answer_that_is_no_http_is_a_bad_gateway_too() {
    let served = served();
    for (status_code, name, status) in
        [(200, "Server", 200), (404, "Server", 404), (7, "Server", 502), (200, "a b", 502)]
    {
        let answer = HttpResponse {
            status_code,
            headers: vec![(name.to_owned(), "x".to_owned())],
            body: Vec::new().into(),
        };
        let answer = encode_one(answer).expect("encoded");
        let mut escaped = String::new();
        for byte in &answer {
            write!(escaped, "\\{byte:02x}").expect("a string takes it");
        }
        let module = format!(
            r#"(module
                (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
                (import "ic0" "msg_reply" (func $reply))
                (memory 1)
                (data (i32.const 0) "{escaped}")
                (func (export "canister_query http_request")
                    (call $append (i32.const 0) (i32.const {}))
                    (call $reply)))"#,
            answer.len()
        );
        assert_eq!(page(&served, &module).status, status, "{status_code} {name}");
    }
}

#[test]
fn a_canister_is_served_under_its_own_name() {
    let served = served();
    let canister = served.canister;
    let answer = send(&served, "GET", &format!("{canister}.localhost"), "/", b"");
    assert_eq!((answer.status, answer.body.as_slice()), (200, PAGE.as_bytes()));
    for (host, status) in [
        ("localhost".to_owned(), 404),
        ("127.0.0.1".to_owned(), 404),
        (format!("{canister}.localhost.evil.example"), 421),
        ("evil.example".to_owned(), 421),
        ("no-canister.localhost".to_owned(), 421),
        // No canister has this name.
        ("aaaaa-aa.localhost".to_owned(), 502),
    ] {
        assert_eq!(send(&served, "GET", &host, "/", b"").status, status, "{host}");
    }
}

#[test]
fn what_is_no_address_of_the_interface_is_refused() {
    let served = served();
    let canister = served.canister;
    for (path, status) in [
        ("/api/v2/status".to_owned(), 405),
        ("/api/v2/other".to_owned(), 404),
        (format!("/api/v5/canister/{canister}/call"), 404),
        ("/api/v3/canister/no-canister/call".to_owned(), 400),
        (format!("/api/v3/canister/{canister}/call"), 400),
        (format!("/api/v3/subnet/{canister}/read_state"), 400),
    ] {
        assert_eq!(post(&served, &path, b"no CBOR").status, status, "{path}");
    }
    assert_eq!(send(&served, "GET", "localhost", "/api/v2/status", b"").status, 200);
    assert_eq!(send(&served, "GET", "evil.example", "/api/v2/status", b"").status, 421);
}
