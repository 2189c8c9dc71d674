//! A real network, reached through the command line tool that the operator has: `dfx` or `icp`, with its
//! identities and its settings.

use crate::words::excerpt;
use async_trait::async_trait;
use backup_journal::wire;
use candid::{CandidType, Principal, utils::ArgumentEncoder};
use clap::ValueEnum;
use ic_canister_runtime::{IcError, Runtime};
use ic_error_types::RejectCode;
use serde::{Deserialize, de::DeserializeOwned};
use std::{env, ffi::OsString, io, process::Stdio, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    process::Command,
    time::timeout,
};

/// Bytes of an answer: one of the network has at most 3 MiB, which are twice as many digits.
const MAX_ANSWER: u64 = 8 << 20;
/// Bytes of what a tool says beside it.
const MAX_COMPLAINT: u64 = 1 << 20;
/// Characters of it that are shown.
const SHOWN: usize = 1_000;

/// Which tool makes the calls.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Tool {
    /// `dfx`, or what the environment variable `DFX` names.
    Dfx,
    /// `icp`, or what the environment variable `ICP` names.
    Icp,
}

impl Tool {
    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dfx => "dfx",
            Self::Icp => "icp",
        }
    }

    /// The program to run.
    pub fn program(self) -> OsString {
        let variable = match self {
            Self::Dfx => "DFX",
            Self::Icp => "ICP",
        };
        env::var_os(variable).unwrap_or_else(|| self.name().into())
    }

    /// What says that arguments and answer are hexadecimal.
    const fn hexadecimal(self) -> [&'static str; 4] {
        match self {
            Self::Dfx => ["--type", "raw", "--output", "raw"],
            Self::Icp => ["--args-format", "hex", "--output", "hex"],
        }
    }
}

/// The canisters of a network, called through a tool. Calls need a runtime of `tokio`.
#[derive(Clone, Debug)]
pub struct ToolNetwork {
    /// The tool.
    pub tool: Tool,
    /// The network: its name, as the tool knows it, or its address.
    pub network: String,
    /// The network's public key in DER, which `icp` asks for with an address.
    pub root_key: Vec<u8>,
    /// How long the tool may take for one call.
    pub timeout: Duration,
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

    async fn call<Out: CandidType + DeserializeOwned>(
        &self,
        canister: Principal,
        method: &str,
        args: candid::Result<Vec<u8>>,
        options: &[&str],
    ) -> Result<Out, IcError> {
        let args = args.map_err(|error| unreadable(&wire::problem(&error)))?;
        let mut command = Command::new(self.tool.program());
        command
            .args(["canister", "call", &canister.to_text(), method, &hex::encode(args)])
            .args(self.tool.hexadecimal())
            .args(["--network", &self.network])
            .args(self.key_of_an_address())
            .args(options);
        let answer = String::from_utf8_lossy(&self.run(command).await?).into_owned();
        // Words in front of the answer are stepped over.
        let word = answer.split_whitespace().next_back().unwrap_or_default();
        let bytes = hex::decode(word).map_err(|_| {
            unreadable(&format!("{method} was answered with: {}", excerpt(&answer, 200)))
        })?;
        wire::decode(&bytes)
            .map_err(|error| unreadable(&format!("{method}: {}", wire::problem(&error))))
    }

    /// Runs the tool to its end, for as long as it may take and as much as it may say; what it has printed.
    async fn run(&self, mut command: Command) -> Result<Vec<u8>, IcError> {
        let program = self.tool.program();
        let failed = |what: String| unreachable(&format!("{} {what}", program.display()));
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| failed(format!("cannot be run: {error}")))?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let ended = timeout(self.timeout, async {
            tokio::try_join!(read(stdout, MAX_ANSWER), read(stderr, MAX_COMPLAINT), child.wait())
        });
        let (answer, complaint, status) = ended
            .await
            .map_err(|_| {
                failed(format!("took more than {} s and was ended", self.timeout.as_secs()))
            })?
            .map_err(|error| failed(format!("was ended: {error}")))?;
        if status.success() {
            return Ok(answer);
        }
        let complaint = String::from_utf8_lossy(&complaint);
        let message = excerpt(&complaint, SHOWN);
        let message =
            if message.is_empty() { format!("{} {status}", program.display()) } else { message };
        Err(IcError::CallRejected { code: reject_code(&complaint), message })
    }
}

/// Reads to the end, which must come before `most` bytes.
async fn read(from: Option<impl AsyncRead + Unpin>, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(from) = from {
        from.take(most + 1).read_to_end(&mut bytes).await?;
    }
    if bytes.len() as u64 > most {
        return Err(io::Error::other(format!("it printed more than {most} bytes")));
    }
    Ok(bytes)
}

/// Why the network has refused a call, as both tools tell it: `reject code CanisterReject, reject message …`. What
/// says nothing of that kind did not come from the network.
fn reject_code(complaint: &str) -> RejectCode {
    let complaint = complaint.to_lowercase();
    let told = complaint.split_once("reject code").map(|(_, code)| code).unwrap_or_default();
    let code: String = told
        .trim_start_matches([' ', ':', '"'])
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .collect();
    match code.as_str() {
        "canisterreject" | "4" => RejectCode::CanisterReject,
        "canistererror" | "5" => RejectCode::CanisterError,
        "destinationinvalid" | "3" => RejectCode::DestinationInvalid,
        _ => RejectCode::SysTransient,
    }
}

fn unreachable(message: &str) -> IcError {
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
        self.call(id, method, candid::encode_args(args), &[]).await
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
        self.call(id, method, candid::encode_args(args), &["--query"]).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_from_a_network_that_is_not_there() {
        for (complaint, code) in [
            (
                "The replica returned a rejection error: reject code CanisterError, reject message \
                 trapped, error code Some(\"IC0503\")",
                RejectCode::CanisterError,
            ),
            ("Reject code: 4, not an Auditor", RejectCode::CanisterReject),
            ("reject code DestinationInvalid, no such canister", RejectCode::DestinationInvalid),
            ("reject code SysTransient, busy", RejectCode::SysTransient),
            ("error sending request: connection refused", RejectCode::SysTransient),
            ("", RejectCode::SysTransient),
        ] {
            assert_eq!(reject_code(complaint), code, "{complaint}");
        }
    }
}
