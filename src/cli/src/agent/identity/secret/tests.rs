use super::*;
use std::fs;

#[cfg(unix)]
#[test]
fn a_key_that_others_can_use_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("key.pem");
    fs::write(&path, "a key").expect("written");
    for (mode, allowed) in [
        (0o600, true),
        (0o400, true),
        (0o640, false),
        (0o604, false),
        (0o620, false),
        (0o777, false),
    ] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("set");
        match read(&path) {
            Ok(text) => assert!(allowed && text == "a key", "{mode:o}"),
            Err(error) => {
                let said = error.to_string();
                assert!(!allowed && said.contains("type: chmod 600"), "{mode:o}: {said}");
            }
        }
        assert!(read_public(&path).is_ok());
    }
}

#[test]
fn what_cannot_be_read_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("large");
    let missing = read_public(&path).unwrap_err().to_string();
    assert!(missing.contains("cannot be read"), "{missing}");
    fs::write(&path, "x".repeat(100_000)).expect("written");
    let large = read_public(&path).unwrap_err().to_string();
    assert!(large.contains("more than 65536 bytes"), "{large}");
}
