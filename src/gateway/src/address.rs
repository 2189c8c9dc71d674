//! What the path of a request to the network's interface names, and the version of the interface.

use crate::refusal::Refusal;
use candid::Principal;
use hyper::{Method, StatusCode};

/// What begins every path of the interface.
const PREFIX: &str = "/api/";

/// The canister or the subnet that a path names, which decides who answers a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effective {
    Canister(Principal),
    Subnet(Principal),
}

/// When a call is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallForm {
    /// At once: the client asks for the status of the request later.
    Asynchronous,
    /// When the call is over, or after a while without an answer.
    Synchronous,
}

/// A request to the interface, without its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Status,
    Call(CallForm, Effective),
    Query(Effective),
    ReadState(Effective),
}

impl Endpoint {
    /// What this path names; `None` if it is not of the interface.
    pub(crate) fn of(method: &Method, path: &str) -> Option<Result<Self, Refusal>> {
        let path = path.strip_prefix(PREFIX)?;
        Some(parse(path).and_then(|endpoint| endpoint.check_method(method)))
    }

    fn check_method(self, method: &Method) -> Result<Self, Refusal> {
        let expected = if self == Self::Status { Method::GET } else { Method::POST };
        if *method == expected {
            return Ok(self);
        }
        let reason = format!("this address takes {expected}, not {method}");
        Err(Refusal::of(StatusCode::METHOD_NOT_ALLOWED, reason))
    }
}

fn parse(path: &str) -> Result<Endpoint, Refusal> {
    let parts: Vec<&str> = path.split('/').collect();
    match parts[..] {
        ["v2", "status"] => Ok(Endpoint::Status),
        [version, "canister", id, what] => {
            let effective = Effective::Canister(principal(id)?);
            match (version, what) {
                ("v2", "call") => Ok(Endpoint::Call(CallForm::Asynchronous, effective)),
                ("v3" | "v4", "call") => Ok(Endpoint::Call(CallForm::Synchronous, effective)),
                ("v2" | "v3", "query") => Ok(Endpoint::Query(effective)),
                ("v2" | "v3", "read_state") => Ok(Endpoint::ReadState(effective)),
                _ => Err(unknown(path)),
            }
        }
        [version, "subnet", id, what] => {
            let effective = Effective::Subnet(principal(id)?);
            match (version, what) {
                ("v4", "call") => Ok(Endpoint::Call(CallForm::Synchronous, effective)),
                ("v3", "query") => Ok(Endpoint::Query(effective)),
                ("v2" | "v3", "read_state") => Ok(Endpoint::ReadState(effective)),
                _ => Err(unknown(path)),
            }
        }
        _ => Err(unknown(path)),
    }
}

fn principal(text: &str) -> Result<Principal, Refusal> {
    Principal::from_text(text)
        .map_err(|error| Refusal::bad_request(format!("'{text}' is no principal: {error}")))
}

fn unknown(path: &str) -> Refusal {
    Refusal::of(StatusCode::NOT_FOUND, format!("there is no {PREFIX}{path} here"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_version_has_the_addresses_that_clients_use() {
        let id = Principal::from_slice(&[0, 0, 0, 0, 0, 0, 0, 1, 1, 1]);
        let (canister, subnet) = (Effective::Canister(id), Effective::Subnet(id));
        let (at_once, when_over) = (CallForm::Asynchronous, CallForm::Synchronous);
        for (path, expected) in [
            (format!("/api/v2/canister/{id}/call"), Endpoint::Call(at_once, canister)),
            (format!("/api/v3/canister/{id}/call"), Endpoint::Call(when_over, canister)),
            (format!("/api/v4/canister/{id}/call"), Endpoint::Call(when_over, canister)),
            (format!("/api/v2/canister/{id}/query"), Endpoint::Query(canister)),
            (format!("/api/v3/canister/{id}/query"), Endpoint::Query(canister)),
            (format!("/api/v2/canister/{id}/read_state"), Endpoint::ReadState(canister)),
            (format!("/api/v3/canister/{id}/read_state"), Endpoint::ReadState(canister)),
            (format!("/api/v4/subnet/{id}/call"), Endpoint::Call(when_over, subnet)),
            (format!("/api/v3/subnet/{id}/query"), Endpoint::Query(subnet)),
            (format!("/api/v2/subnet/{id}/read_state"), Endpoint::ReadState(subnet)),
            (format!("/api/v3/subnet/{id}/read_state"), Endpoint::ReadState(subnet)),
        ] {
            let endpoint = Endpoint::of(&Method::POST, &path).expect(&path);
            assert_eq!(endpoint.expect(&path), expected, "{path}");
            let got = Endpoint::of(&Method::GET, &path).expect(&path);
            assert!(got.is_err(), "{path} takes GET");
        }
        let status = Endpoint::of(&Method::GET, "/api/v2/status").expect("of the interface");
        assert_eq!(status.expect("an address"), Endpoint::Status);
    }

    #[test]
    fn other_paths_are_pages_or_refused() {
        assert!(Endpoint::of(&Method::GET, "/dashboard").is_none());
        assert!(Endpoint::of(&Method::GET, "/apiary").is_none());
        for path in
            ["/api/", "/api/v1/status", "/api/v2/canister/aaaaa-aa", "/api/v2/canister/x/call"]
        {
            assert!(Endpoint::of(&Method::POST, path).expect(path).is_err(), "{path}");
        }
    }
}
