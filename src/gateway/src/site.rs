//! Which canister's pages a host name stands for.

use crate::refusal::Refusal;
use candid::Principal;
use hyper::{
    StatusCode,
    header::HOST,
    http::{request::Parts, uri::Authority},
};

/// The names of this machine, as it calls itself.
const OWN_NAMES: [&str; 2] = ["127.0.0.1", "localhost"];
/// What the name of each canister's pages ends with.
const PAGES_DOMAIN: &str = ".localhost";
/// The port of an address that names none.
const HTTP_PORT: u16 = 80;

/// What a host name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Site {
    /// This machine.
    Own,
    /// The pages of a canister.
    Canister(Principal),
}

impl Site {
    /// The site that a request names, if it is served here, on this port.
    ///
    /// Requests to other hosts are refused: a page of another site can resolve its own name to this address, and could
    /// then read what is served here.
    pub(crate) fn of(head: &Parts, port: u16) -> Result<Self, Refusal> {
        let authority =
            authority(head).ok_or_else(|| Refusal::bad_request("a request names one host"))?;
        let name = authority.host().to_ascii_lowercase();
        let site =
            if OWN_NAMES.contains(&name.as_str()) { Some(Self::Own) } else { canister(&name) };
        match site {
            Some(site) if authority.port_u16().unwrap_or(HTTP_PORT) == port => Ok(site),
            _ => {
                let reason = format!(
                    "only http://{}:{port} and http://<canister>{PAGES_DOMAIN}:{port} are served here",
                    OWN_NAMES[0]
                );
                Err(Refusal::of(StatusCode::MISDIRECTED_REQUEST, reason))
            }
        }
    }
}

fn authority(head: &Parts) -> Option<Authority> {
    let mut named = head.headers.get_all(HOST).iter();
    match (head.uri.authority(), named.next(), named.next()) {
        (_, _, Some(_)) | (None, None, None) => None,
        // What the line of a request names is what counts.
        (Some(authority), _, None) => Some(authority.clone()),
        (None, Some(host), None) => Authority::try_from(host.as_bytes()).ok(),
    }
}

/// The canister of a name like `<canister>.localhost`.
fn canister(name: &str) -> Option<Site> {
    let id = Principal::from_text(name.strip_suffix(PAGES_DOMAIN)?).ok()?;
    Some(Site::Canister(id))
}
