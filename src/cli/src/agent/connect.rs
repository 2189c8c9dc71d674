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
    output,
    usage::UsageError,
    words::time,
};
use anyhow::{Result, anyhow};
use backup_coordinator_client::CoordinatorClient;
use backup_journal::Timestamp;
use candid::Principal;
use clap::Args;
use ic_agent::{Agent, AgentError, export::reqwest::Url};
use std::time::Duration;

/// How long the answer to a call is waited for: a stop takes up to five minutes.
const PATIENCE_SECONDS: u64 = 400;
/// A delegation that ends sooner is warned of.
const SOON_NANOS: u64 = 3_600_000_000_000;

/// Which coordinator is called, and as whom.
#[derive(Args, Clone, Debug)]
pub struct ConnectionArgs {
    /// The coordinator.
    #[arg(long, value_name = "ID", help_heading = "Connection")]
    pub coordinator: Option<Principal>,

    /// The network: the Internet Computer, the network that `icp` or `dfx` has started on this machine, or an address.
    /// The default is `ic`.
    #[arg(long, value_name = "ic|local|URL", help_heading = "Connection")]
    pub network: Option<String>,

    /// The public key of the network: DER in hexadecimal, a file with DER or hexadecimal, or `fetch` to trust whoever
    /// answers at the address. Not needed for `ic` and `local`.
    #[arg(long, value_name = "FILE|HEX|fetch", help_heading = "Connection")]
    pub root_key: Option<String>,

    /// How long to wait for the answer to a call. The default is 400 seconds, since a canister may take five minutes to
    /// stop.
    #[arg(long, value_name = "SECONDS", help_heading = "Connection",
          value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub timeout: Option<u64>,

    /// Who calls.
    #[command(flatten, next_help_heading = "Identity")]
    pub identity: IdentityArgs,
}

/// A coordinator that can be called.
pub struct Connection {
    /// The network.
    pub network: AgentNetwork,
    /// The coordinator on it.
    pub coordinator: CoordinatorClient<AgentNetwork>,
}

impl ConnectionArgs {
    /// Connects, and tells on standard error as whom.
    ///
    /// # Errors
    /// With what to do: [`UsageError`] if an option is missing or wrong.
    pub async fn connect(&self) -> Result<Connection> {
        let coordinator = self.coordinator.ok_or_else(|| {
            UsageError("which coordinator? Name it with --coordinator ID".to_owned())
        })?;
        let place = Place::parse(self.network.as_deref().unwrap_or("ic"))?;
        let root_key = place.root_key(self.root_key.as_deref())?;
        let address = place.address().await?;
        let mut agent = http::agent(&address)?;
        trust(&agent, &address, root_key).await?;
        let here = jiff::Timestamp::now();
        let purpose = Purpose {
            coordinator,
            root_key: &agent.read_root_key(),
            now: Timestamp(u64::try_from(here.as_nanosecond()).unwrap_or_default()),
        };
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
        let patience = Duration::from_secs(self.timeout.unwrap_or(PATIENCE_SECONDS));
        let network = AgentNetwork { agent, clock, patience };
        let coordinator = CoordinatorClient::new(network.clone(), coordinator);
        Ok(Connection { network, coordinator })
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
async fn clock(agent: &Agent, address: &Url, coordinator: Principal) -> Result<Clock> {
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
