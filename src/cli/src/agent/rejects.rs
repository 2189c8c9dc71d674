//! What is known about a call that was not answered with a reply.

use crate::words::excerpt;
use ic_agent::{
    AgentError,
    agent::{RejectCode as Code, RejectResponse},
    agent_error::{HttpErrorPayload, TransportError},
};
use ic_canister_runtime::IcError;
use ic_error_types::RejectCode;
use std::error::Error;

/// Characters of an answer that are shown.
const SHOWN: usize = 500;

/// What is known about a request that was not answered with a reply.
#[derive(Debug, PartialEq)]
pub enum Verdict {
    /// The network has rejected the call, and proves it.
    Rejected(IcError),
    /// A node says, without a proof, that the network does not take the request.
    Refused(IcError),
    /// The request was certainly not sent.
    NotSent(String),
    /// It may have been sent, and the network may execute it.
    Unknown(String),
    /// It was answered, and the answer does not verify.
    Unverified(String),
}

impl Verdict {
    /// What follows from an error.
    pub fn of(error: &AgentError) -> Self {
        match error {
            AgentError::CertifiedReject { reject, .. } => Self::Rejected(rejected(reject)),
            AgentError::UncertifiedReject { reject, .. } => Self::Refused(rejected(reject)),
            AgentError::HttpError(payload) => refused(payload),
            AgentError::TransportError(TransportError::Reqwest(error)) if error.is_connect() => {
                Self::NotSent(with_causes(error))
            }
            AgentError::TransportError(TransportError::Reqwest(error)) => {
                Self::Unknown(with_causes(error))
            }
            AgentError::SigningError(_)
            | AgentError::CannotCalculateRequestId(_)
            | AgentError::RouteProviderError(_)
            | AgentError::InvalidReplicaUrl(_)
            | AgentError::UrlParseError(_)
            | AgentError::CallDataMismatch { .. } => Self::NotSent(error.to_string()),
            AgentError::CertificateVerificationFailed()
            | AgentError::QuerySignatureVerificationFailed
            | AgentError::CertificateNotAuthorized()
            | AgentError::CertificateOutdated(_)
            | AgentError::CertificateHasTooManyDelegations
            | AgentError::MissingSignature
            | AgentError::MalformedSignature
            | AgentError::MalformedPublicKey
            | AgentError::TooManySignatures { .. }
            | AgentError::DerKeyLengthMismatch { .. }
            | AgentError::DerPrefixMismatch { .. } => Self::Unverified(error.to_string()),
            other => Self::Unknown(other.to_string()),
        }
    }

    /// The error of a call that changes nothing, or that was certainly not sent: only a reject says more than that it
    /// did not succeed now.
    pub fn of_nothing_done(self) -> IcError {
        match self {
            Self::Rejected(error) | Self::Refused(error) => error,
            Self::NotSent(message) | Self::Unknown(message) | Self::Unverified(message) => {
                transient(message)
            }
        }
    }

    /// What went wrong, in words.
    pub fn message(&self) -> String {
        match self {
            Self::Rejected(IcError::CallRejected { message, .. })
            | Self::Refused(IcError::CallRejected { message, .. })
            | Self::NotSent(message)
            | Self::Unknown(message)
            | Self::Unverified(message) => message.clone(),
            Self::Rejected(error) | Self::Refused(error) => error.to_string(),
        }
    }
}

/// The call did not succeed, and will not be executed later.
pub fn transient(message: String) -> IcError {
    IcError::CallRejected { code: RejectCode::SysTransient, message }
}

/// The call may have been executed, or may still be.
pub fn unknown(message: String) -> IcError {
    IcError::CallRejected { code: RejectCode::SysUnknown, message }
}

/// A reject, with the network's error code in front of its message.
pub fn rejected(reject: &RejectResponse) -> IcError {
    let code = match reject.reject_code {
        Code::SysFatal => RejectCode::SysFatal,
        Code::SysTransient => RejectCode::SysTransient,
        Code::DestinationInvalid => RejectCode::DestinationInvalid,
        Code::CanisterReject => RejectCode::CanisterReject,
        Code::CanisterError => RejectCode::CanisterError,
    };
    let text = &reject.reject_message;
    let message = match &reject.error_code {
        Some(error_code) if !text.starts_with(error_code.as_str()) => {
            format!("{error_code}: {text}")
        }
        _ => text.clone(),
    };
    IcError::CallRejected { code, message }
}

/// What an HTTP status says. The servers in front of the network do not pass on what they answer with 400 to 499.
fn refused(payload: &HttpErrorPayload) -> Verdict {
    let said = excerpt(&String::from_utf8_lossy(&payload.content), SHOWN);
    let message = format!("the network answers with HTTP status {}: {said}", payload.status);
    let code = match payload.status {
        429 => RejectCode::SysTransient,
        408 | 500.. => return Verdict::Unknown(message),
        _ if said.contains("canister_not_found") => RejectCode::DestinationInvalid,
        _ => RejectCode::SysFatal,
    };
    Verdict::Refused(IcError::CallRejected { code, message })
}

/// An error with its causes; the address and "connection refused" stand in different ones.
fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    excerpt(&text, SHOWN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use backup_fleet::{Reaction, error::may_still_happen, reaction};

    fn reject(code: Code, message: &str, error_code: Option<&str>) -> RejectResponse {
        RejectResponse {
            reject_code: code,
            reject_message: message.to_owned(),
            error_code: error_code.map(str::to_owned),
        }
    }

    #[test]
    fn the_error_code_of_the_network_decides_what_is_done() {
        for (code, error_code, message, expected) in [
            (Code::SysFatal, Some("IC0101"), "no memory is left", Reaction::GiveUp),
            (Code::SysTransient, Some("IC0206"), "Stop request timed out", Reaction::Look),
            (Code::SysTransient, Some("IC0207"), "it would freeze", Reaction::GiveUp),
            (Code::SysTransient, Some("IC0210"), "later", Reaction::Retry),
            (Code::DestinationInvalid, Some("IC0305"), "no such snapshot", Reaction::GiveUp),
            (Code::CanisterReject, Some("IC0406"), "ten snapshots", Reaction::GiveUp),
            (Code::CanisterError, Some("IC0508"), "it has stopped", Reaction::Look),
            (Code::CanisterError, Some("IC0509"), "it stops", Reaction::Look),
            (Code::CanisterError, Some("IC0511"), "cancelled", Reaction::Look),
            (Code::CanisterError, Some("IC0512"), "only controllers", Reaction::GiveUp),
            (Code::SysTransient, None, "Canister x is out of cycles", Reaction::GiveUp),
            (Code::CanisterReject, None, "not an Auditor", Reaction::GiveUp),
        ] {
            let reject = reject(code, message, error_code);
            let operation = None;
            let certified = AgentError::CertifiedReject { reject: reject.clone(), operation: None };
            let Verdict::Rejected(error) = Verdict::of(&certified) else { panic!("{certified}") };
            assert_eq!(reaction(&error), expected, "{error}");
            let uncertified = AgentError::UncertifiedReject { reject, operation };
            assert_eq!(Verdict::of(&uncertified), Verdict::Refused(error));
        }
    }

    #[test]
    fn an_error_code_is_not_repeated() {
        let error = rejected(&reject(Code::SysTransient, "IC0207: top up", Some("IC0207")));
        let IcError::CallRejected { message, .. } = error else { panic!("{error}") };
        assert_eq!(message, "IC0207: top up");
    }

    #[test]
    fn an_http_status_says_whether_the_request_was_passed_on() {
        let verdict = |status, content: &str| {
            Verdict::of(&AgentError::HttpError(HttpErrorPayload {
                status,
                content_type: None,
                content: content.as_bytes().to_vec(),
            }))
        };
        for (status, content, expected) in [
            (400, "Invalid signature", Some(RejectCode::SysFatal)),
            (400, "canister_not_found: x", Some(RejectCode::DestinationInvalid)),
            (413, "too large", Some(RejectCode::SysFatal)),
            (429, "slower", Some(RejectCode::SysTransient)),
            (408, "too slow", None),
            (500, "oh", None),
            (503, "busy", None),
        ] {
            let code = match verdict(status, content) {
                Verdict::Refused(IcError::CallRejected { code, message }) => {
                    assert!(message.contains(content), "{message}");
                    Some(code)
                }
                Verdict::Unknown(_) => None,
                other => panic!("{other:?}"),
            };
            assert_eq!(code, expected, "{status} {content}");
        }
    }

    #[test]
    fn what_does_not_verify_proves_nothing() {
        for error in [
            AgentError::CertificateVerificationFailed(),
            AgentError::QuerySignatureVerificationFailed,
            AgentError::MissingSignature,
        ] {
            assert!(matches!(Verdict::of(&error), Verdict::Unverified(_)), "{error}");
        }
        let unreadable = AgentError::InvalidHttpResponse("302".to_owned());
        assert!(matches!(Verdict::of(&unreadable), Verdict::Unknown(_)));
        assert!(may_still_happen(&unknown(String::new())));
        assert!(!may_still_happen(&transient(String::new())));
        for error in [unknown(String::new()), transient(String::new())] {
            assert_eq!(reaction(&error), Reaction::Look);
        }
    }
}
