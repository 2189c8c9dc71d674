//! Why a request is not answered, as an HTTP response in plain text.

use http_body_util::Full;
use hyper::{
    Response, StatusCode,
    body::Bytes,
    header::{CONTENT_TYPE, HeaderValue},
};
use tokio::task::JoinError;

/// Why a request is not answered.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    reason: String,
}

/// Something of this program has failed.
impl From<JoinError> for Refusal {
    fn from(error: JoinError) -> Self {
        Self::of(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    }
}

impl Refusal {
    /// A refusal with this status.
    pub(crate) fn of(status: StatusCode, reason: impl Into<String>) -> Self {
        Self { status, reason: reason.into() }
    }

    /// The request makes no sense, or its signature does not hold.
    pub(crate) fn bad_request(reason: impl Into<String>) -> Self {
        Self::of(StatusCode::BAD_REQUEST, reason)
    }

    /// The sender may not read this.
    pub(crate) fn forbidden(reason: impl Into<String>) -> Self {
        Self::of(StatusCode::FORBIDDEN, reason)
    }

    /// The response that says so.
    pub(crate) fn into_response(self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::from(format!("{}\n", self.reason)));
        *response.status_mut() = self.status;
        let plain = HeaderValue::from_static("text/plain; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, plain);
        response
    }
}
