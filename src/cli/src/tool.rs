//! A real network, reached through the command line tool that the operator has: `dfx` or `icp`, with its
//! identities and its settings.

use async_trait::async_trait;
use candid::{CandidType, Principal, utils::ArgumentEncoder};
use clap::ValueEnum;
use ic_canister_runtime::{IcError, Runtime};
use ic_error_types::RejectCode;
use serde::de::DeserializeOwned;
use std::{env, ffi::OsString, process::Command};

/// Which tool makes the calls.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Tool {
    /// `dfx`, or what the environment variable `DFX` names.
    Dfx,
    /// `icp`, or what the environment variable `ICP` names.
    Icp,
}

impl Tool {
    fn program(self) -> OsString {
        let (variable, name) = match self {
            Self::Dfx => ("DFX", "dfx"),
            Self::Icp => ("ICP", "icp"),
        };
        env::var_os(variable).unwrap_or_else(|| name.into())
    }

    /// What says that arguments and answer are hexadecimal.
    const fn hexadecimal(self) -> [&'static str; 4] {
        match self {
            Self::Dfx => ["--type", "raw", "--output", "raw"],
            Self::Icp => ["--args-format", "hex", "--output", "hex"],
        }
    }
}

/// The canisters of a network, called through a tool.
#[derive(Clone, Debug)]
pub struct ToolNetwork {
    /// The tool.
    pub tool: Tool,
    /// The network: its name, as the tool knows it, or its address.
    pub network: String,
    /// The network's public key in DER, which `icp` asks for with an address.
    pub root_key: Vec<u8>,
}

impl ToolNetwork {
    fn key_of_an_address(&self) -> Vec<String> {
        match self.tool {
            Tool::Icp if self.network.contains("://") => {
                vec!["--root-key".to_owned(), hex::encode(&self.root_key)]
            }
            _ => Vec::new(),
        }
    }

    fn call<In: ArgumentEncoder, Out: CandidType + DeserializeOwned>(
        &self,
        canister: Principal,
        method: &str,
        args: In,
        options: &[&str],
    ) -> Result<Out, IcError> {
        let args = candid::encode_args(args).map_err(|error| unreadable(&error.to_string()))?;
        let output = Command::new(self.tool.program())
            .args(["canister", "call", &canister.to_text(), method, &hex::encode(args)])
            .args(self.tool.hexadecimal())
            .args(["--network", &self.network])
            .args(self.key_of_an_address())
            .args(options)
            .output()
            .map_err(|error| {
                let program = self.tool.program();
                rejected(&format!("{} cannot be run: {error}", program.display()))
            })?;
        if !output.status.success() {
            return Err(rejected(String::from_utf8_lossy(&output.stderr).trim()));
        }
        let answer = String::from_utf8_lossy(&output.stdout);
        // Words in front of the answer are stepped over.
        let word = answer.split_whitespace().next_back().unwrap_or_default();
        let bytes = hex::decode(word)
            .map_err(|_| unreadable(&format!("{method} was answered with: {}", answer.trim())))?;
        candid::decode_one(&bytes).map_err(|error| unreadable(&format!("{method}: {error}")))
    }
}

fn rejected(message: &str) -> IcError {
    IcError::CallRejected { code: RejectCode::SysTransient, message: message.to_owned() }
}

fn unreadable(message: &str) -> IcError {
    IcError::CandidDecodeFailed { message: message.to_owned() }
}

#[async_trait]
impl Runtime for ToolNetwork {
    async fn update_call<In, Out>(
        &self,
        id: Principal,
        method: &str,
        args: In,
        _cycles: u128,
    ) -> Result<Out, IcError>
    where
        In: ArgumentEncoder + Send,
        Out: CandidType + DeserializeOwned,
    {
        self.call(id, method, args, &[])
    }

    async fn query_call<In, Out>(
        &self,
        id: Principal,
        method: &str,
        args: In,
    ) -> Result<Out, IcError>
    where
        In: ArgumentEncoder + Send,
        Out: CandidType + DeserializeOwned,
    {
        self.call(id, method, args, &["--query"])
    }
}
