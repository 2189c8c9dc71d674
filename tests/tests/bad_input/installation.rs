//! Arguments of installations and upgrades: nothing that was meant may count as nothing said.

use backup_coordinator_client::journal::api::CoordinatorArgs;
use candid_parser::parse_idl_args;
use integration_tests::{
    Network, Outcome, Setup, backend::Rejected, records::Records, scenarios,
    setup::install_coordinator,
};

scenarios![
    an_installation_takes_a_record_and_nothing_else,
    an_upgrade_takes_a_record_or_null_and_nothing_else,
    an_upgrade_that_says_nothing_changes_nothing,
];

/// Arguments as somebody types them to a tool that does not know our types, and what is said of them.
const MISTYPED: [(&str, &str); 10] = [
    ("(\"text\")", "text"),
    ("(7)", "int"),
    ("(vec {})", "vec"),
    ("(opt 7)", "opt int"),
    ("(record { role = vec {} })", "no field role; the fields are"),
    ("(record { roles = vec {}; role = vec {} })", "no field role; the fields are"),
    (
        "(record { roles = vec {}; restart_overdue_after_second = opt (1_800 : nat64) })",
        "; the fields are restart_overdue_after_seconds, visibility, roles",
    ),
    (
        "(record { roles = vec {}; restart_overdue_after_seconds = opt 1_800 })",
        "restart_overdue_after_seconds must have the type opt nat64, not opt int",
    ),
    (
        "(record { roles = vec {}; visibility = opt variant { Publik } })",
        "visibility must have the type opt variant { Public; Members }, not opt variant",
    ),
    (
        "(record { roles = vec {}; visibility = \"Public\" })",
        "visibility must have the type opt variant { Public; Members }, not text",
    ),
];

/// Arguments that say too much.
const TOO_MANY: &str = "(record { roles = vec {} }, 7)";

fn candid(text: &str) -> Vec<u8> {
    let args = parse_idl_args(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    args.to_bytes().expect("values can be encoded")
}

fn install(network: &Network, arg: Vec<u8>) -> Result<(), Rejected> {
    install_coordinator(network, arg).map(drop)
}

/// The refusal says what was expected, and what is wrong.
fn check_refused(text: &str, outcome: Result<(), Rejected>, expected: &str, wrong: &str) {
    let refused = outcome.expect_err(text).message;
    assert!(refused.contains(expected), "{text}: {refused}");
    assert!(refused.contains("restart_overdue_after_seconds : opt nat64"), "{text}: {refused}");
    assert!(refused.contains(wrong), "{text}: {refused}");
}

async fn an_installation_takes_a_record_and_nothing_else(network: Network) -> Outcome {
    let refused = |text: &str, wrong: &str| {
        let expected = "the argument of an installation must be record {";
        check_refused(text, install(&network, candid(text)), expected, wrong);
    };
    for (text, _) in MISTYPED.iter().take(4) {
        refused(text, "");
    }
    for (text, wrong) in MISTYPED.iter().skip(4) {
        refused(text, wrong);
    }
    refused("()", "");
    refused("(null)", "");
    refused("(opt record { roles = vec {} })", "");
    refused(TOO_MANY, "too many arguments: 2 were sent, 1 expected");
    install(&network, b"DIDL".to_vec()).expect_err("this is not Candid");
    install(&network, candid("(record { roles = vec {} })"))?;
    let typed = "(record { roles = vec {}; visibility = opt variant { Public }; \
                 restart_overdue_after_seconds = opt (1_800 : nat64) })";
    install(&network, candid(typed))?;
    Ok(())
}

async fn an_upgrade_takes_a_record_or_null_and_nothing_else(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let before = Records::of(&setup).await?;
    for (text, wrong) in MISTYPED.iter().copied().chain([(TOO_MANY, "2 were sent, 1 expected")]) {
        let expected = "the argument of an upgrade must be null or record {";
        check_refused(text, setup.upgrade_raw(candid(text)), expected, wrong);
    }
    assert_eq!(Records::of(&setup).await?, before);

    let overdue = |text: &str| format!("(record {{ roles = vec {{}}; {text} }})");
    setup.upgrade_raw(candid(&overdue("restart_overdue_after_seconds = opt (60 : nat64)")))?;
    assert_eq!(setup.as_auditor().get_settings().await?.restart_overdue_after_seconds, 60);
    let args =
        CoordinatorArgs { restart_overdue_after_seconds: Some(70), ..CoordinatorArgs::default() };
    setup.upgrade_raw(candid::encode_one(Some(args))?)?;
    assert_eq!(setup.as_auditor().get_settings().await?.restart_overdue_after_seconds, 70);
    Ok(())
}

async fn an_upgrade_that_says_nothing_changes_nothing(network: Network) -> Outcome {
    let setup = Setup::builder(network).build();
    let before = Records::of(&setup).await?;
    for text in ["()", "(null)", "(record { roles = vec {} })"] {
        setup.upgrade_raw(candid(text))?;
    }
    setup.upgrade_raw(Vec::new())?;
    assert_eq!(Records::of(&setup).await?, before);
    Ok(())
}
