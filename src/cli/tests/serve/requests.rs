//! Requests without a browser: those that are answered, and those that make no sense.

use crate::{
    asked::Asked,
    served::{Served, command},
};
use std::{
    fs,
    net::{SocketAddr, TcpListener, TcpStream},
    time::{Duration, Instant},
};

/// What an answer begins with.
#[track_caller]
fn assert_status(answer: &str, status: u16) {
    let head = answer.lines().next().unwrap_or_default();
    assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{answer:?} instead of {status}");
}

#[test]
fn a_run_in_its_midst_is_served() {
    let served = Served::start(&["--targets", "2", "--pause-at", "5", "--run-id", "midst"]);
    let report = &served.report;
    assert_eq!(report["state"], "InProgress");
    assert_eq!(report["error"], serde_json::Value::Null);
    assert_eq!(report["operations"][5]["outcome"], "Pending");
    assert_eq!(report["counts"]["completed"], 5);
    let owed = report["starts_owed"][0].as_str().expect("the first stop is done");
    for path in ["/dashboard", "/dashboard/run/midst"] {
        let answer = served.get(path);
        assert_status(&answer, 200);
        // As it is: also the headers that only a real gateway has a use for.
        for part in
            [owed, "content-type: text/html", "content-security-policy: ", "ic-certificate: "]
        {
            assert!(answer.contains(part), "{part}: {answer}");
        }
    }
    assert_status(&served.get("/dashboard/run/other"), 404);
    assert_status(&served.get("/dashboard/runs?before=x"), 400);
    let post = format!(
        "POST /dashboard HTTP/1.1\r\nHost: {}\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi",
        served.address()
    );
    assert_status(&served.send(post.as_bytes()), 405);
}

#[test]
fn requests_that_make_no_sense_harm_nobody() {
    let served = Served::start(&["--targets", "1", "--pause-at", "0"]);
    assert_status(&served.send(b"\x16\x03\x01\0\xff\xfe\r\n\r\n"), 400);
    assert_status(&served.send(b"GET / HTTP/1.1\r\nno colon\r\n\r\n"), 400);
    let endless = format!("GET /{} HTTP/1.1\r\n", "x".repeat(100_000));
    assert_status(&served.send(endless.as_bytes()), 431);
    let headers = format!("Host: {}\r\nConnection: close\r\n", served.address());
    let long = format!("GET /{} HTTP/1.1\r\n{headers}\r\n", "x".repeat(3_000));
    assert_status(&served.send(long.as_bytes()), 414);
    let head = format!("POST / HTTP/1.1\r\n{headers}Content-Length: 100000\r\n\r\n");
    assert_status(&served.send(format!("{head}{}", "x".repeat(100_000)).as_bytes()), 413);
    let chunked =
        format!("POST / HTTP/1.1\r\n{headers}Transfer-Encoding: chunked\r\n\r\nno length\r\n");
    assert_status(&served.send(chunked.as_bytes()), 400);
    // One that never goes on does not keep others waiting.
    let silent = TcpStream::connect(served.address()).expect("it listens");
    assert_status(&served.get("/health"), 200);
    drop(silent);
    assert_status(&served.get("/dashboard"), 200);
}

/// A body that does not come is waited for, but not for long.
#[test]
fn a_body_that_does_not_come_is_given_up() {
    let served = Served::start(&["--targets", "1", "--pause-at", "0"]);
    let head =
        format!("POST / HTTP/1.1\r\nHost: {}\r\nContent-Length: 5\r\n\r\n", served.address());
    let begun = Instant::now();
    assert_status(&served.send(format!("{head}abc").as_bytes()), 408);
    let waited = begun.elapsed();
    assert!(waited > Duration::from_secs(9) && waited < Duration::from_secs(30), "{waited:?}");
}

/// A page of somebody else's can give its own name the address of this machine, and ask it then.
#[test]
fn only_its_own_name_is_answered() {
    let served = Served::start(&["--targets", "1", "--pause-at", "0"]);
    let port = served.address().port();
    let ask = |line: &str, headers: &str| {
        served.send(format!("GET {line} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n").as_bytes())
    };
    for own in
        [format!("127.0.0.1:{port}"), format!("localhost:{port}"), format!("LocalHost:{port}")]
    {
        assert_status(&ask("/health", &format!("Host: {own}\r\n")), 200);
        assert_status(&ask(&format!("http://{own}/health"), &format!("Host: {own}\r\n")), 200);
    }
    let other_port = port.wrapping_add(1).max(1);
    for foreign in [
        "evil.example".to_owned(),
        format!("evil.example:{port}"),
        "127.0.0.1".to_owned(),
        format!("127.0.0.1:{other_port}"),
        format!("127.0.0.1.evil.example:{port}"),
    ] {
        assert_status(&ask("/health", &format!("Host: {foreign}\r\n")), 421);
        let own = format!("Host: 127.0.0.1:{port}\r\n");
        assert_status(&ask(&format!("http://{foreign}/health"), &own), 421);
    }
    for none in ["", "Host: a b\r\n", &format!("Host: 127.0.0.1:{port}\r\n").repeat(2)] {
        assert_status(&ask("/health", none), 400);
    }
}

/// All of 127/8 is this machine on some systems and none of it but the first on others: either way no answer.
#[test]
fn only_this_machine_is_served() {
    let served = Served::start(&["--targets", "1", "--pause-at", "0"]);
    let address = served.address();
    assert_eq!(address.ip().to_string(), "127.0.0.1");
    let other = SocketAddr::new([127, 0, 0, 2].into(), address.port());
    assert!(TcpStream::connect(other).is_err());
}

#[test]
fn a_run_that_is_given_up_is_served_all_the_same() {
    let stop = ["--fail", "stop:2"].repeat(3);
    let args = [&["--targets", "2", "--fail-reason", "no <cycles>"], &stop[..]].concat();
    let served = Served::start(&args);
    assert_eq!(served.report["state"], "Failed");
    assert_eq!(served.report["operations"][5]["reason"], "no <cycles>");
    assert_status(&served.get("/dashboard"), 200);
}

#[test]
fn what_cannot_be_served_is_refused_before_anything_is_done() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("it has one").port().to_string();
    for (args, problem) in [
        (["--port", port.as_str()], "cannot be served on"),
        (["--port", "65536"], "65536 is not in 0..=65535"),
        (["--pause-at", "40"], "the operations of this run are 0 to 39"),
        (["--fail-reason", "x"], "--fail"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let port: &[&str] = if args[0] == "--port" { &[] } else { &["--port", "0"] };
        let output = command(folder.path(), &args).args(port).output().expect("it can be run");
        let problems = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(2), "{problems}");
        assert!(problems.contains(problem), "{problems}");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0, "{args:?}");
    }
}
