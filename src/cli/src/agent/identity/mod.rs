//! Who calls: an identity of `icp` or `dfx`, a key in a file, or a key to which somebody has delegated.

mod delegation;
mod export;
mod pem_key;
mod secret;

use crate::{config::IdentityConfig, tool::Tool, usage::UsageError};
use anyhow::{Result, anyhow};
use backup_journal::Timestamp;
use candid::Principal;
use clap::Args;
use ic_agent::Identity;
use std::{path::PathBuf, sync::Arc};

pub use delegation::Purpose;

/// What to do when no identity is named.
const THREE_WAYS: &str = "who calls? Name an identity of a tool with --identity NAME --with icp|dfx, or a private key with \
    --identity-pem FILE, or a delegation with --delegation FILE --session-pem FILE";

/// Who calls, as it is named on the command line or in the configuration.
#[derive(Args, Clone, Debug, Default, PartialEq)]
pub struct IdentityArgs {
    /// Call as this identity of the tool in --with, which may ask for its password.
    #[arg(long = "identity", value_name = "NAME", requires = "with",
          conflicts_with_all = ["pem", "delegation"])]
    pub name: Option<String>,

    /// The tool that keeps the identity.
    #[arg(long, value_name = "TOOL", requires = "name")]
    pub with: Option<Tool>,

    /// Let the tool read the password of the identity from this file. Only for `icp`.
    #[arg(long = "identity-password-file", value_name = "FILE", requires = "name")]
    pub password_file: Option<PathBuf>,

    /// Call with the private key in this PEM file, which only its owner may read; - reads standard input. The key is
    /// not encrypted, and is of secp256k1, Ed25519 or prime256v1.
    #[arg(long = "identity-pem", value_name = "FILE", conflicts_with = "delegation")]
    pub pem: Option<PathBuf>,

    /// Call for the signer of this delegation, which `icp identity delegation sign` prints.
    #[arg(long, value_name = "FILE", requires = "session_pem")]
    pub delegation: Option<PathBuf>,

    /// The private key that the delegation is for, in a PEM file as for --identity-pem.
    #[arg(long, value_name = "FILE", requires = "delegation")]
    pub session_pem: Option<PathBuf>,
}

/// Whoever signs the calls.
pub struct Caller {
    /// What signs.
    pub identity: Arc<dyn Identity>,
    /// As whom it signs.
    pub principal: Principal,
    /// Until when it may; none if that does not end.
    pub until: Option<Timestamp>,
}

impl From<IdentityConfig> for IdentityArgs {
    fn from(config: IdentityConfig) -> Self {
        let IdentityConfig { name, with, password_file, pem, delegation, session_pem } = config;
        Self { name, with, password_file, pem, delegation, session_pem }
    }
}

impl IdentityArgs {
    /// Whether nothing is named.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Reads the identity. A tool that keeps it may ask for its password on the terminal.
    ///
    /// # Errors
    /// [`UsageError`], with what to do, if none is named, or if it cannot be used.
    pub async fn caller(&self, purpose: Purpose<'_>) -> Result<Caller> {
        match self {
            Self {
                name: Some(name),
                with: Some(tool),
                password_file,
                pem: None,
                delegation: None,
                ..
            } => {
                let pem = export::export(*tool, name, password_file.as_deref()).await?;
                let source = format!("what {} has exported", tool.name());
                Caller::of(pem_key::identity(&pem, &source)?, None)
            }
            Self { name: None, pem: Some(path), delegation: None, .. } => {
                Caller::of(pem_key::identity(&secret::read(path)?, &secret::name(path))?, None)
            }
            Self {
                name: None, pem: None, delegation: Some(chain), session_pem: Some(key), ..
            } => {
                let key = pem_key::identity(&secret::read(key)?, &secret::name(key))?;
                let (identity, until) = delegation::identity(chain, key, purpose)?;
                Caller::of(identity, Some(until))
            }
            empty if empty.is_empty() => Err(UsageError(THREE_WAYS.to_owned()).into()),
            _ => {
                let problem = "an identity needs `name` and `with`, or `pem`, or `delegation` and `session_pem`";
                Err(UsageError(problem.to_owned()).into())
            }
        }
    }
}

impl Caller {
    fn of(identity: impl Identity + 'static, until: Option<Timestamp>) -> Result<Self> {
        let principal = identity.sender().map_err(|error| anyhow!(error))?;
        Ok(Self { identity: Arc::new(identity), principal, until })
    }
}
