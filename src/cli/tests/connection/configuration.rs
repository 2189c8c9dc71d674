//! `backupctl.toml`, and what a shell needs.

use crate::caller::{Caller, reach};
use std::fs;

#[test]
fn what_is_configured_need_not_be_typed() {
    let caller = Caller::new();
    let served = caller.serve(&["--targets", "1", "--pause-at", "4"]);
    let [_, coordinator, _, network, _, key] = reach(&served);
    let config = |identity: &str| {
        format!(
            "coordinator = \"{coordinator}\"\nnetwork = \"{network}\"\nroot_key = \"{key}\"\n{identity}"
        )
    };
    let write = |name: &str, text: &str| {
        fs::write(caller.folder.path().join(name), text).expect("written");
    };
    let calling = format!("calling as {}\n", caller.principal());
    write("backupctl.toml", &config("identity = { pem = \"key.pem\" }"));
    caller.types(&["list"]).assert(0, &calling);
    // What is typed wins.
    caller.types(&["list", "--network", "http://127.0.0.1:9"]).assert(2, "--root-key fetch");
    caller.types(&["list", "--identity-pem", "none.pem"]).assert(2, "none.pem cannot be read");
    write("other.toml", &config(""));
    caller.types(&["list", "--config", "other.toml"]).assert(2, "who calls?");
    caller.types(&["list", "--config", "none.toml"]).assert(2, "none.toml cannot be read");
    write("backupctl.toml", &config("identity = { pen = \"key.pem\" }"));
    caller.types(&["list"]).assert(2, "unknown field `pen`");
}

#[test]
fn a_shell_gets_its_completions() {
    let caller = Caller::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ended = caller.types(&["completions", shell]);
        ended.assert(0, "");
        assert!(ended.out.contains("identity-pem"), "{shell}");
    }
}
