//! What verifies certificates is not built into canisters.

use std::process::Command;

/// Everything that is built into a package when it is built by itself.
fn tree(package: &str) -> String {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--edges", "normal", "--prefix", "none", "--package", package])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output()
        .expect("cargo can be run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn verification_stays_out_of_canisters() {
    let heavy = ["ic-certificate-verification ", "ic-verify-bls-signature "];
    for canister in ["backup-coordinator", "fleet-root", "fleet-member", "floor"] {
        let tree = tree(canister);
        assert!(tree.contains("candid "), "this is not the tree of {canister}");
        assert!(heavy.iter().all(|package| !tree.contains(package)), "{canister}: {tree}");
    }
    assert!(heavy.iter().all(|package| tree("backupctl").contains(package)));
}
