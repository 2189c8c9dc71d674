//! `backupctl.toml`: what need not be typed each time.

use crate::{tool::Tool, usage::UsageError, words::excerpt};
use candid::Principal;
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    fs::File,
    io::{ErrorKind, Read},
    path::{Path, PathBuf},
};

/// The file that is read if none is named.
const DEFAULT: &str = "backupctl.toml";
/// Bytes of the file.
const MAX_FILE: u64 = 1 << 20;
/// Characters of a problem that are shown.
const SHOWN: usize = 600;

/// What the file says. Paths are relative to its folder.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The coordinator.
    pub coordinator: Option<Principal>,
    /// The network: `ic`, `local` or an address.
    pub network: Option<String>,
    /// The key of this network: hexadecimal, a file, or `fetch`.
    pub root_key: Option<String>,
    /// Seconds to wait for the answer to a call.
    pub timeout: Option<u64>,
    /// Who calls.
    #[serde(default)]
    pub identity: IdentityConfig,
    /// The folder in which each backup gets a folder of its own.
    pub out: Option<PathBuf>,
    /// Fleets by their names.
    #[serde(default)]
    pub fleets: BTreeMap<String, FleetConfig>,
}

/// Who calls: `name` and `with`, or `pem`, or `delegation` and `session_pem`.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct IdentityConfig {
    /// An identity of a tool.
    pub name: Option<String>,
    /// The tool.
    pub with: Option<Tool>,
    /// The file with the password of the identity.
    pub password_file: Option<PathBuf>,
    /// A private key.
    pub pem: Option<PathBuf>,
    /// A delegation.
    pub delegation: Option<PathBuf>,
    /// The private key that it is for.
    pub session_pem: Option<PathBuf>,
}

/// A fleet.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct FleetConfig {
    /// The file with its canisters; none if the coordinator knows the fleet.
    pub registry: Option<PathBuf>,
}

impl Config {
    /// Reads the file at `path`, which must be there, or else `backupctl.toml`, which need not.
    ///
    /// # Errors
    /// If the file cannot be read, or has a key that is not known.
    pub fn load(path: Option<&Path>) -> Result<Self, UsageError> {
        let (path, must_exist) = path.map_or((Path::new(DEFAULT), false), |path| (path, true));
        let shown = path.display();
        let mut text = String::new();
        let read =
            File::open(path).and_then(|file| file.take(MAX_FILE + 1).read_to_string(&mut text));
        match read {
            Err(error) if error.kind() == ErrorKind::NotFound && !must_exist => {
                return Ok(Self::default());
            }
            Err(error) => return Err(UsageError(format!("{shown} cannot be read: {error}"))),
            Ok(length) if length as u64 > MAX_FILE => {
                return Err(UsageError(format!("{shown} has more than {MAX_FILE} bytes")));
            }
            Ok(_) => {}
        }
        let config: Self = toml::from_str(&text).map_err(|error| {
            UsageError(format!("{shown} is not understood: {}", excerpt(&error.to_string(), SHOWN)))
        })?;
        Ok(config.in_folder(path.parent().unwrap_or(Path::new(""))))
    }

    /// The same with paths that are no longer relative to the folder of the file.
    fn in_folder(mut self, folder: &Path) -> Self {
        let identity = &mut self.identity;
        let paths = [
            &mut identity.password_file,
            &mut identity.pem,
            &mut identity.delegation,
            &mut identity.session_pem,
            &mut self.out,
        ];
        let registries = self.fleets.values_mut().map(|fleet| &mut fleet.registry);
        for path in paths.into_iter().chain(registries).flatten() {
            // Standard input is in no folder.
            if path.as_os_str() != "-" {
                *path = folder.join(&*path);
            }
        }
        if let Some(key) = &mut self.root_key {
            let file = folder.join(&*key);
            if file.is_file() {
                *key = file.to_string_lossy().into_owned();
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn load(text: &str) -> Result<(Config, PathBuf), String> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ops.toml");
        fs::write(&path, text).expect("written");
        fs::write(folder.path().join("key.der"), "30").expect("written");
        let config = Config::load(Some(&path)).map_err(|error| error.to_string())?;
        Ok((config, folder.path().to_owned()))
    }

    #[test]
    fn everything_is_read_and_paths_are_relative_to_the_file() {
        let (config, folder) = load(
            r#"
            coordinator = "aaaaa-aa"
            network = "http://127.0.0.1:8000"
            root_key = "key.der"
            timeout = 60
            out = "backups"
            identity = { delegation = "chain.json", session_pem = "/keys/session.pem" }
            [fleets.demo]
            registry = "demo.json"
            [fleets.registered]
            "#,
        )
        .expect("good");
        assert_eq!(config.coordinator, Some(Principal::management_canister()));
        assert_eq!(config.root_key.map(PathBuf::from), Some(folder.join("key.der")));
        assert_eq!(config.out, Some(folder.join("backups")));
        assert_eq!(config.identity.delegation, Some(folder.join("chain.json")));
        assert_eq!(config.identity.session_pem, Some("/keys/session.pem".into()));
        assert_eq!(config.fleets["demo"].registry, Some(folder.join("demo.json")));
        assert_eq!(config.fleets["registered"], FleetConfig::default());
        let (config, _) = load("root_key = \"fetch\"\nidentity.pem = \"-\"").expect("good");
        assert_eq!(
            (config.root_key.as_deref(), config.identity.pem),
            (Some("fetch"), Some("-".into()))
        );
    }

    #[test]
    fn what_is_not_known_is_an_error() {
        for (text, problem) in [
            ("coordinater = \"aaaaa-aa\"", "unknown field `coordinater`"),
            ("[identity]\npassword = \"x\"", "unknown field `password`"),
            ("[identity]\nwith = \"quill\"", "unknown variant `quill`"),
            ("[fleets.demo]\nroot = \"aaaaa-aa\"", "unknown field `root`"),
            ("coordinator = \"nobody\"", "coordinator"),
            ("=", "is not understood"),
        ] {
            let said = load(text).expect_err(text);
            assert!(said.contains(problem), "{text}: {said}");
        }
        let missing = Config::load(Some(Path::new("nowhere.toml"))).unwrap_err().to_string();
        assert!(missing.contains("nowhere.toml cannot be read"), "{missing}");
    }
}
