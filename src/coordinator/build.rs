//! Writes down the Candid type table of every reply, so that the module does not have to derive it with
//! each call: that took ten times as long as everything else a transition does. And that of the arguments of
//! every method, so that the types of a message are compared with the expected ones at no cost.

use backup_journal::block::Payload;
use candid::{CandidType, ser::TypeSerialize, types::Type};
use std::{env, fmt::Write as _, fs, path::Path};

include!("build/replies.rs");
include!("build/arguments.rs");

#[path = "build/http.rs"]
mod http;
#[path = "src/types.rs"]
mod types;

#[allow(clippy::wildcard_imports, reason = "they are listed in types.rs, and only there")]
use types::*;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build/replies.rs");
    println!("cargo::rerun-if-changed=build/arguments.rs");
    println!("cargo::rerun-if-changed=src/types.rs");
    let folder = env::var("OUT_DIR").expect("cargo names a folder");
    println!("cargo::rerun-if-changed=build/http.rs");
    println!("cargo::rerun-if-changed=src/http/style.rs");
    println!("cargo::rerun-if-changed=src/http/response.rs");
    println!("cargo::rerun-if-changed=templates/style.css");
    let write = |name: &str, content: String| {
        fs::write(Path::new(&folder).join(name), content).expect("the folder can be written");
    };
    write("tables.rs", tables());
    write("arguments.rs", argument_tables());
    let [constants, digests] = http::constants();
    write("http.rs", constants);
    write("certified.rs", digests);
    println!("cargo::rerun-if-changed={INTERFACE}");
    write("interface.did", interface());
}

const INTERFACE: &str = "../../candid/backup_coordinator.did";

/// The interface that the module carries: as it is written down, without the remarks.
fn interface() -> String {
    let written = fs::read_to_string(INTERFACE).expect("the interface is written down");
    let is_remark = |line: &&str| line.trim_start().starts_with("//");
    written
        .lines()
        .filter(|line| !is_remark(line))
        .fold(String::new(), |text, line| text + line + "\n")
}

fn tables() -> String {
    let mut tables = String::new();
    macro_rules! write_tables {
        ($($reply:ty),* $(,)?) => {
            $(
                candid::types::internal::env_clear();
                let bytes = table(&[<$reply>::ty()]);
                writeln!(
                    tables,
                    "impl Reply for {} {{ const TABLE: &'static [u8] = &{bytes:?}; }}",
                    stringify!($reply),
                )
                .expect("a string takes all");
            )*
        };
    }
    replies!(write_tables);
    tables
}

fn argument_tables() -> String {
    let mut tables = String::new();
    macro_rules! write_tables {
        ($(($($argument:ty),*)),* $(,)?) => {
            $(
                candid::types::internal::env_clear();
                let bytes = table(&[$(<$argument>::ty()),*]);
                writeln!(
                    tables,
                    "impl Arguments for {} {{
                         const TABLE: &'static [u8] = &{bytes:?};
                         fn types() -> Vec<Type> {{ {} }}
                     }}",
                    stringify!(($($argument,)*)),
                    stringify!(vec![$(<$argument>::ty()),*]),
                )
                .expect("a string takes all");
            )*
        };
    }
    arguments!(write_tables);
    tables
}

/// What a Candid message with one value of each of these types begins with.
fn table(of: &[Type]) -> Vec<u8> {
    let mut types = TypeSerialize::new();
    for each in of {
        types.push_type(each).expect("the type can be written");
    }
    types.serialize().expect("the table can be written");
    [b"DIDL".as_slice(), types.get_result()].concat()
}
