//! What a coordinator answers to queries, as a text.
//!
//! ```text
//! > resume_summary ("nightly")
//! (variant { Ok = record { … } })
//! ```
//!
//! Questions begin with `> `, and the answer is all that follows until the next one.

use crate::{
    Setup,
    backend::RawCall,
    interface::{Interface, Method},
};
use candid::{Principal, types::value::IDLArgs};
use candid_parser::parse_idl_args;

/// Queries that are not asked, and why.
const NOT_ASKED: [(&str, &str); 6] = [
    ("build_backup_plan", "its answer follows from its arguments"),
    ("validate_backup_plan", "its answer follows from its arguments"),
    ("resolve_backup_selector", "its answer follows from its arguments"),
    ("icrc3_get_blocks", "the hash of the last block, which is kept, is that of all of them"),
    ("icrc3_get_tip_certificate", "a certificate counts for minutes; a new one is verified"),
    ("http_request", "pages are for people, and may look otherwise; the figures are kept apart"),
];

/// The fleet that is asked for.
pub const FLEET: &str = "shop";

/// Every question about what is stored; `names` are the ids of all runs and drafts.
///
/// # Panics
/// When it is not known how a query is asked.
pub fn questions(interface: &Interface, names: &[String]) -> Vec<(String, String)> {
    let asked = |method: &&Method| {
        method.is_query && NOT_ASKED.iter().all(|(name, _)| *name != method.name)
    };
    let mut questions = Vec::new();
    for method in interface.methods.iter().filter(asked) {
        let page = if method.is_paged() { ", 0, 500" } else { "" };
        let args: Vec<String> = match (method.name.as_str(), method.args.len()) {
            ("icrc3_get_archives", 1) => vec!["(record {})".to_string()],
            ("list_starts_owed", 3) => {
                names.iter().map(|name| format!("(\"{name}\", null, 500)")).collect()
            }
            ("next_runs", 2) => vec![format!("(\"{FLEET}\", 3)")],
            ("get_fleet" | "fleet_status" | "last_discovery", 1) => vec![format!("(\"{FLEET}\")")],
            ("list_fleet_members", 3) => vec![format!("(\"{FLEET}\", null, 500)")],
            (_, 1 | 3) if method.takes_a_name() => {
                names.iter().map(|name| format!("(\"{name}\"{page})")).collect()
            }
            (_, 2) if method.is_paged() => vec!["(0, 500)".to_string()],
            ("build_restore_plan", 2) => names.iter().map(|name| restore_of(name)).collect(),
            (_, 0) => vec!["()".to_string()],
            (name, _) => panic!("how is {name} asked?"),
        };
        questions.extend(args.into_iter().map(|args| (method.name.clone(), args)));
    }
    questions
}

/// The arguments that ask how to restore all of a run.
fn restore_of(run_id: &str) -> String {
    format!(
        r#"("{run_id}", record {{ plan_id = "restore"; run_id = "restored"; place = variant {{ Network }}; members = null; map = vec {{}} }})"#
    )
}

/// Asks, and writes down what is answered.
///
/// # Panics
/// As [`ask`].
pub fn transcript(setup: &Setup, caller: Principal, questions: &[(String, String)]) -> String {
    let interface = Interface::load();
    let entry = |(method, args): &(String, String)| {
        let answer = ask(setup, caller, &interface, method, args);
        format!("> {method} {args}\n{answer}\n")
    };
    questions.iter().map(entry).collect::<Vec<_>>().join("\n")
}

/// Asks one question.
///
/// # Panics
/// When it is no question, or is answered with a reject.
pub fn ask(
    setup: &Setup,
    caller: Principal,
    interface: &Interface,
    method: &str,
    args: &str,
) -> IDLArgs {
    let method = interface.method(method);
    let parsed = parse_idl_args(args).unwrap_or_else(|error| panic!("{args}: {error}"));
    let arg = interface.encode(method, &parsed);
    let call = RawCall::new(caller, setup.coordinator, &method.name, arg);
    let reply = setup.network.lock().query(&call);
    let reply = reply.unwrap_or_else(|rejected| panic!("{} {args}: {rejected}", method.name));
    interface.decode_reply(method, &reply)
}

/// Each question with its answer. No line of an answer begins like a question.
///
/// # Panics
/// When this is no transcript.
pub fn entries(transcript: &str) -> impl Iterator<Item = (&str, &str)> {
    let entries = transcript.strip_prefix("> ").expect("it begins with a question");
    entries.split("\n> ").map(|entry| entry.split_once('\n').expect("a question has an answer"))
}
