//! From the options of a command to a coordinator that can be called.

use crate::{
    agent::{
        AgentNetwork,
        clock::{Clock, wrong_clock},
        http,
        identity::{Caller, IdentityArgs, Purpose},
        place::{Place, RootKey},
        rejects::Verdict,
        requests::certified_time,
    },
    clock::now,
    config::{Config, FleetConfig},
    output,
    usage::UsageError,
    words::time,
};
use anyhow::{Result, anyhow};
use backup_coordinator_client::CoordinatorClient;
use candid::Principal;
use clap::Args;
use ic_agent::{Agent, AgentError, export::reqwest::Url};
use std::{collections::BTreeMap, path::PathBuf, time::Duration};

/// How long the answer to a call is waited for: a stop takes up to five minutes.
const PATIENCE_SECONDS: u64 = 400;
/// A delegation that ends sooner is warned of.
const SOON_NANOS: u64 = 3_600_000_000_000;

/// Which coordinator is called, and as whom. What is not given is taken from the configuration.
#[derive(Args, Clone, Debug, Default)]
pub struct ConnectionArgs {
    /// The configuration [default: ./backupctl.toml, if it is there]
    #[arg(long, value_name = "FILE", help_heading = "Connection")]
    pub config: Option<PathBuf>,

    /// The coordinator.
    #[arg(long, value_name = "ID", help_heading = "Connection")]
    pub coordinator: Option<Principal>,

    /// The network: the Internet Computer, the network that `icp` or `dfx` has started on this machine, or an address
    /// [default: ic]
    #[arg(long, value_name = "ic|local|URL", help_heading = "Connection")]
    pub network: Option<String>,

    /// The public key of the network: DER in hexadecimal, a file with DER or hexadecimal, or `fetch` to trust what
    /// the address answers. Not needed for `ic` and `local`.
    #[arg(long, value_name = "FILE|HEX|fetch", help_heading = "Connection")]
    pub root_key: Option<String>,

    /// How long to wait for the answer to a call. A canister may take five minutes to stop [default: 400]
    #[arg(long, value_name = "SECONDS", help_heading = "Connection",
          value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub timeout: Option<u64>,

    /// Who calls.
    #[command(flatten, next_help_heading = "Identity")]
    pub identity: IdentityArgs,
}

/// A coordinator that can be called.
pub struct Connection {
    /// Who calls.
    pub caller: Principal,
    /// The network.
    pub network: AgentNetwork,
    /// The coordinator on it.
    pub coordinator: CoordinatorClient<AgentNetwork>,
}

/// How a command reaches the coordinator, and what else is configured.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The coordinator.
    pub coordinator: Option<Principal>,
    /// The network, as it is named.
    pub network: String,
    /// Its key, as it is named.
    pub root_key: Option<String>,
    patience: Duration,
    identity: IdentityArgs,
    /// The folder in which each backup gets a folder of its own.
    pub out: Option<PathBuf>,
    /// Fleets by their names.
    pub fleets: BTreeMap<String, FleetConfig>,
}

impl ConnectionArgs {
    /// What is given and, where nothing is, what is configured.
    ///
    /// # Errors
    /// If the configuration cannot be used.
    pub fn settings(&self) -> Result<Settings, UsageError> {
        Ok(self.over(Config::load(self.config.as_deref())?))
    }

    fn over(&self, config: Config) -> Settings {
        // A key belongs to its network: the configured one does not count for another network.
        let configured_key = if self.network.is_none() { config.root_key } else { None };
        let identity =
            if self.identity.is_empty() { config.identity.into() } else { self.identity.clone() };
        let timeout = self.timeout.or(config.timeout).unwrap_or(PATIENCE_SECONDS);
        Settings {
            coordinator: self.coordinator.or(config.coordinator),
            network: self.network.clone().or(config.network).unwrap_or_else(|| "ic".to_owned()),
            root_key: self.root_key.clone().or(configured_key),
            patience: Duration::from_secs(timeout),
            identity,
            out: config.out,
            fleets: config.fleets,
        }
    }

    /// Connects, and tells on standard error as whom.
    ///
    /// # Errors
    /// As [`Settings::connect`], and if the configuration cannot be used.
    pub async fn connect(&self) -> Result<Connection> {
        self.settings()?.connect().await
    }
}

impl Settings {
    /// The coordinator, which must be known.
    pub fn coordinator(&self) -> Result<Principal, UsageError> {
        let unknown = || UsageError("which coordinator? Name it with --coordinator ID".to_owned());
        self.coordinator.ok_or_else(unknown)
    }

    /// Connects, and tells on standard error as whom.
    ///
    /// # Errors
    /// With what to do: [`UsageError`] if an option is missing or wrong.
    pub async fn connect(&self) -> Result<Connection> {
        let coordinator = self.coordinator()?;
        let place = Place::parse(&self.network)?;
        let root_key = place.root_key(self.root_key.as_deref())?;
        let address = place.address().await?;
        let mut agent = http::agent(&address)?;
        trust(&agent, &address, root_key).await?;
        let root_key = agent.read_root_key();
        let purpose = Purpose { coordinator, root_key: &root_key, now: now()? };
        let Caller { identity, principal, until } = self.identity.caller(purpose).await?;
        agent.set_arc_identity(identity);
        let end = until.map(|until| format!(", until {}", time(until))).unwrap_or_default();
        output::tell(&format!("calling as {principal}{end}"));
        let clock = clock(&agent, &address, coordinator).await?;
        if until.is_some_and(|until| until.nanos_since(clock.now()) < SOON_NANOS) {
            output::tell(
                "warning: the delegation ends within an hour; what takes longer cannot be finished with it",
            );
        }
        let network = AgentNetwork::new(agent, clock, self.patience);
        let coordinator = CoordinatorClient::new(network.clone(), coordinator);
        Ok(Connection { caller: principal, network, coordinator })
    }
}

/// Sets the key that everything is verified by.
async fn trust(agent: &Agent, address: &Url, root_key: RootKey) -> Result<()> {
    let key = match root_key {
        RootKey::Known(key) => key,
        RootKey::Fetch => {
            let status = agent.status().await.map_err(|error| unreachable(address, &error))?;
            status
                .root_key
                .ok_or_else(|| anyhow!("{address} does not tell the key of a network"))?
        }
    };
    agent.set_root_key(key);
    Ok(())
}

/// Asks the network for its time, which also shows that its answers verify.
pub(super) async fn clock(agent: &Agent, address: &Url, coordinator: Principal) -> Result<Clock> {
    let certificate = agent.read_state_raw(vec![vec!["time".into()]], coordinator).await;
    let here = jiff::Timestamp::now();
    let certificate = certificate.map_err(|error| first_problem(address, coordinator, &error))?;
    Ok(Clock::new(certified_time(&certificate)?, here)?)
}

/// Why the first question to a network was not answered, and what to do.
fn first_problem(address: &Url, coordinator: Principal, error: &AgentError) -> anyhow::Error {
    let verdict = Verdict::of(error);
    let message = verdict.message();
    match error {
        AgentError::CertificateOutdated(_) => {
            wrong_clock("what the network has certified now seems to be old").into()
        }
        AgentError::HttpError(_) if message.contains("expiry") => {
            wrong_clock("the network does not take requests from this time").into()
        }
        AgentError::HttpError(_) if message.contains("canister_not_found") => {
            UsageError(format!("there is no canister {coordinator} on {address}: {message}")).into()
        }
        AgentError::CertificateVerificationFailed()
        | AgentError::DerKeyLengthMismatch { .. }
        | AgentError::DerPrefixMismatch { .. } => UsageError(format!(
            "what {address} answers does not verify by the root key: {message} If this is another network than the \
             Internet Computer, name its own key with --root-key"
        ))
        .into(),
        _ => unreachable(address, error),
    }
}

fn unreachable(address: &Url, error: &AgentError) -> anyhow::Error {
    anyhow!("the network at {address} cannot be reached: {}", Verdict::of(error).message())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::IdentityConfig;

    fn config() -> Config {
        Config {
            coordinator: Some(Principal::management_canister()),
            network: Some("local".to_owned()),
            root_key: Some("30".to_owned()),
            timeout: Some(7),
            identity: IdentityConfig { pem: Some("ops.pem".into()), ..IdentityConfig::default() },
            ..Config::default()
        }
    }

    #[test]
    fn what_is_not_given_is_configured_or_has_a_default() {
        let settings = ConnectionArgs::default().over(config());
        assert_eq!(settings.coordinator, Some(Principal::management_canister()));
        assert_eq!(
            (settings.network.as_str(), settings.root_key.as_deref()),
            ("local", Some("30"))
        );
        assert_eq!(settings.patience, Duration::from_secs(7));
        assert_eq!(settings.identity.pem, Some("ops.pem".into()));
        let settings = ConnectionArgs::default().over(Config::default());
        assert_eq!((settings.network.as_str(), settings.root_key), ("ic", None));
        assert!(settings.identity.is_empty() && settings.coordinator.is_none());
    }

    #[test]
    fn what_is_given_wins() {
        let given = ConnectionArgs {
            coordinator: Some(Principal::anonymous()),
            network: Some("ic".to_owned()),
            timeout: Some(8),
            identity: IdentityArgs { delegation: Some("x".into()), ..IdentityArgs::default() },
            ..ConnectionArgs::default()
        };
        let settings = given.over(config());
        assert_eq!(settings.coordinator, Some(Principal::anonymous()));
        // The configured key is that of another network.
        assert_eq!((settings.network.as_str(), settings.root_key), ("ic", None));
        assert_eq!(settings.patience, Duration::from_secs(8));
        // An identity is given as a whole.
        assert_eq!(settings.identity, given.identity);
        let key = Some("31".to_owned());
        let given = ConnectionArgs { root_key: key.clone(), ..ConnectionArgs::default() };
        assert_eq!(given.over(config()).root_key, key);
    }
}
