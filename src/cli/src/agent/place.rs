//! Which network is meant, and by which key its answers are verified.

use crate::{agent::http, root_key::read_key, usage::UsageError, words::excerpt};
use anyhow::{Result, anyhow};
use backup_coordinator_client::audit::MAINNET_ROOT_KEY;
use ic_agent::export::reqwest::Url;

/// Where the Internet Computer is called.
const MAINNET: &str = "https://icp-api.io";
/// Names under which it is reached; names below them too.
const MAINNET_HOSTS: [&str; 4] = ["icp-api.io", "icp0.io", "ic0.app", "internetcomputer.org"];
/// Where `icp` and `dfx` start a network on this machine.
const LOCAL: [&str; 2] = ["http://127.0.0.1:8000", "http://127.0.0.1:4943"];

/// A network.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Place {
    /// The Internet Computer.
    Mainnet(Url),
    /// The one that `icp` or `dfx` has started on this machine.
    Local,
    /// Another one.
    Other(Url),
}

/// The key by which the answers of a network are verified.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RootKey {
    /// This one.
    Known(Vec<u8>),
    /// The one that the network tells; the answer of its address is believed.
    Fetch,
}

impl Place {
    /// A network by its name or its address.
    pub fn parse(network: &str) -> Result<Self, UsageError> {
        match network {
            "ic" => return Ok(Self::Mainnet(url(MAINNET)?)),
            "local" => return Ok(Self::Local),
            _ => {}
        }
        let url = url(network)?;
        let host = url.host_str().unwrap_or_default().trim_end_matches('.').to_owned();
        let is_below = |name: &str| {
            host.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        if MAINNET_HOSTS.into_iter().any(is_below) {
            return Ok(Self::Mainnet(url));
        }
        Ok(Self::Other(url))
    }

    /// The key of the network, from the option that names it.
    pub fn root_key(&self, option: Option<&str>) -> Result<RootKey> {
        match (self, option) {
            (Self::Mainnet(_), None) => Ok(RootKey::Known(MAINNET_ROOT_KEY.to_vec())),
            (Self::Mainnet(_), Some("fetch")) => Err(UsageError(
                "the key of the Internet Computer is known and never fetched; leave out --root-key".to_owned(),
            )
            .into()),
            (Self::Local, None) | (_, Some("fetch")) => Ok(RootKey::Fetch),
            (_, Some(key)) => Ok(RootKey::Known(read_key(key)?)),
            (Self::Other(url), None) => Err(UsageError(format!(
                "the key of {url} is not known. Add --root-key FILE or --root-key HEX or, for a network of your own \
                 that nobody else can answer for, --root-key fetch"
            ))
            .into()),
        }
    }

    /// The address at which the network is called.
    pub async fn address(self) -> Result<Url> {
        match self {
            Self::Mainnet(url) | Self::Other(url) => Ok(url),
            Self::Local => local().await,
        }
    }
}

fn url(text: &str) -> Result<Url, UsageError> {
    let wrong = |problem: String| {
        let shown = excerpt(text, 200);
        UsageError(format!(
            "{shown} is no network: {problem}. Name it with --network ic|local|URL, for instance http://127.0.0.1:8000"
        ))
    };
    let url: Url = text.parse().map_err(|error| wrong(format!("{error}")))?;
    if !matches!(url.scheme(), "http" | "https") || url.cannot_be_a_base() {
        return Err(wrong("the address does not begin with http:// or https://".to_owned()));
    }
    Ok(url)
}

/// The network that runs on this machine.
async fn local() -> Result<Url> {
    let mut found = Vec::new();
    for address in LOCAL {
        if http::agent(&url(address)?)?.status().await.is_ok() {
            found.push(address);
        }
    }
    match found.as_slice() {
        [address] => Ok(url(address)?),
        [] => Err(anyhow!(
            "no network runs on this machine, at {}. Start one with `icp network start` or `dfx start`, or name its \
             address: --network URL --root-key fetch",
            LOCAL.join(" or ")
        )),
        _ => Err(UsageError(format!(
            "two networks run on this machine. Name one: --network {} --root-key fetch",
            LOCAL.join(" or ")
        ))
        .into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(network: &str) -> Place {
        Place::parse(network).expect(network)
    }

    #[test]
    fn the_internet_computer_is_known_by_all_its_names() {
        for network in [
            "ic",
            "https://icp-api.io",
            "https://ic0.app/",
            "https://X.icp0.io",
            "https://icp0.io.",
        ] {
            assert!(matches!(place(network), Place::Mainnet(_)), "{network}");
            assert!(place(network).root_key(Some("fetch")).is_err(), "{network}");
            let key = place(network).root_key(None).expect("a key");
            assert_eq!(key, RootKey::Known(MAINNET_ROOT_KEY.to_vec()));
        }
        for network in ["https://icp-api.io.example", "https://notic0.app", "http://10.0.0.1"] {
            assert!(matches!(place(network), Place::Other(_)), "{network}");
        }
    }

    #[test]
    fn the_key_of_another_network_must_be_named() {
        let problem = place("http://example.com:8000").root_key(None).unwrap_err();
        assert!(problem.to_string().contains("--root-key fetch"), "{problem}");
        let key = place("http://example.com").root_key(Some("30aa")).expect("a key");
        assert_eq!(key, RootKey::Known(vec![0x30, 0xaa]));
        assert_eq!(place("local").root_key(None).expect("a key"), RootKey::Fetch);
    }

    #[test]
    fn what_is_no_network_is_told() {
        for network in ["", "mainnet", "ftp://x", "http://", "127.0.0.1:8000", "mailto:x"] {
            let problem = Place::parse(network).expect_err(network).to_string();
            assert!(problem.contains("--network ic|local|URL"), "{problem}");
        }
    }
}
