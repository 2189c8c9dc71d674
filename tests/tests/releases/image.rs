//! One release's stable memory, and what that release said of it.

use candid::Principal;
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use integration_tests::{
    Network, Setup,
    setup::{Client, install_coordinator, no_arguments},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs,
    io::{Read, Write},
    path::{Path, PathBuf},
    time::Duration,
};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/images");
const MEMORY: &str = "stable-memory.gz";
const SETTING: &str = "setting.json";
const ANSWERS: &str = "answers.txt";
const FIGURES: &str = "metrics.txt";

/// Under what circumstances an image was made.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Setting {
    /// The release.
    pub version: String,
    /// SHA-256 of its module, gzipped as it is published.
    pub module: String,
    /// Network time at which it answered, in nanoseconds.
    pub time: u64,
    /// How many blocks its log had.
    pub blocks: usize,
    /// The hash of the last of them.
    pub tip: String,
    /// Who is who.
    pub people: BTreeMap<String, Principal>,
}

/// An image, and what goes with it.
pub struct Image {
    pub setting: Setting,
    /// The stable memory.
    pub memory: Vec<u8>,
    /// What was answered to queries, in the form of [`crate::answers`].
    pub answers: String,
    /// What was answered to `GET /metrics`.
    pub figures: String,
}

/// The images of all releases.
///
/// # Panics
/// When there is none.
pub fn all() -> Vec<Image> {
    let entries = fs::read_dir(FOLDER).unwrap_or_else(|error| panic!("{FOLDER}: {error}"));
    let mut folders: Vec<PathBuf> =
        entries.map(|entry| entry.expect("the folder can be listed").path()).collect();
    folders.sort();
    assert!(!folders.is_empty(), "{FOLDER} has no image");
    folders.iter().map(|folder| Image::load(folder)).collect()
}

impl Image {
    fn load(folder: &Path) -> Self {
        let bytes = |name| {
            let path = folder.join(name);
            fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        };
        let text = |name| String::from_utf8(bytes(name)).expect("text");
        let mut memory = Vec::new();
        GzDecoder::new(bytes(MEMORY).as_slice())
            .read_to_end(&mut memory)
            .unwrap_or_else(|error| panic!("{}: {MEMORY}: {error}", folder.display()));
        Self {
            setting: serde_json::from_str(&text(SETTING)).expect("the setting can be read"),
            memory,
            answers: text(ANSWERS),
            figures: text(FIGURES),
        }
    }

    /// Writes the image to the folder of its release, and tells which that is.
    ///
    /// # Panics
    /// When the release has an image: it stays as it was published.
    pub fn save(&self) -> PathBuf {
        let folder = Path::new(FOLDER).join(&self.setting.version);
        assert!(!folder.exists(), "{} is there: it stays as it is", folder.display());
        let mut setting = serde_json::to_string_pretty(&self.setting).expect("it can be written");
        setting.push('\n');
        let mut packed = GzEncoder::new(Vec::new(), Compression::best());
        packed.write_all(&self.memory).expect("memory can be written to");
        let packed = packed.finish().expect("memory can be written to");
        fs::create_dir_all(&folder).expect("a folder can be made");
        for (name, bytes) in [
            (MEMORY, packed.as_slice()),
            (SETTING, setting.as_bytes()),
            (ANSWERS, self.answers.as_bytes()),
            (FIGURES, self.figures.as_bytes()),
        ] {
            fs::write(folder.join(name), bytes).expect("a file can be written");
        }
        folder
    }

    /// Who had this part when the image was made.
    pub fn person(&self, name: &str) -> Principal {
        let person = self.setting.people.get(name).copied();
        person.unwrap_or_else(|| panic!("the image names no {name}"))
    }

    /// A client of the coordinator that calls as one of the people of the image.
    pub fn client(&self, setup: &Setup, name: &str) -> Client {
        setup.client(self.person(name))
    }

    /// A coordinator at the time of the image, with what was stored in it.
    pub fn coordinator(&self) -> Setup {
        let network = Network::sandbox();
        let passed = self.setting.time.checked_sub(network.now());
        network.advance(Duration::from_nanos(passed.expect("the sandbox begins before any image")));
        let coordinator = install_coordinator(&network, no_arguments()).expect("it installs");
        let setup = Setup::without_fleet(network, coordinator);
        let mut backend = setup.network.lock();
        let sandbox = backend.as_sandbox().expect("this is the sandbox");
        sandbox.set_stable_memory(coordinator, &self.memory);
        drop(backend);
        setup
    }

    /// The same, upgraded to the module under test.
    ///
    /// # Panics
    /// When the module refuses what is stored.
    pub fn upgrade(&self) -> Setup {
        let (setup, Setting { version, .. }) = (self.coordinator(), &self.setting);
        setup.upgrade(None).unwrap_or_else(|refused| panic!("upgrade from {version}: {refused}"));
        setup
    }
}
