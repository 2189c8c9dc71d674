//! What a coordinator answered to queries, kept beside an image and held against what it answers now.

use crate::compare::difference;
use candid::Principal;
use candid_parser::parse_idl_args;
use integration_tests::{
    Setup,
    answers::{ask, entries},
    interface::Interface,
};

/// Queries that answer with a list of what a release knows: a later one may know more.
const GROWING: [&str; 2] = ["icrc3_supported_block_types", "icrc10_supported_standards"];

/// Queries that answer by another rule now: a start is owed from the claim of the stop on, whatever was reported.
/// What they answer is held against a replay of the log instead.
const BY_ANOTHER_RULE: [&str; 1] = ["list_starts_owed"];

/// Asks again what was asked before: every answer that is another now.
///
/// Nothing that was said may be missing or different. A record may have fields that it did not have.
pub fn differences(setup: &Setup, caller: Principal, transcript: &str) -> Vec<String> {
    let interface = Interface::load();
    let differs = |(question, recorded): (&str, &str)| {
        let (method, args) = question.split_once(' ').expect("a method and its arguments");
        let recorded = parse_idl_args(recorded);
        let recorded = recorded.unwrap_or_else(|error| panic!("{question}: {error}"));
        let now = ask(setup, caller, &interface, method, args);
        let growing = GROWING.contains(&method);
        difference(&recorded, &now, growing).map(|at| format!("{question}: {at}"))
    };
    let asked = |(question, _): &(&str, &str)| {
        BY_ANOTHER_RULE.iter().all(|method| question.split(' ').next() != Some(method))
    };
    entries(transcript).filter(asked).filter_map(differs).collect()
}
