//! Requests as a gateway makes them: queries by nobody in particular.

use crate::Setup;
use candid::Principal;
use ic_http_types::{HttpRequest, HttpResponse};

/// An answer.
pub struct Answer {
    /// As in `200`.
    pub status: u16,
    /// Name and value.
    pub headers: Vec<(String, String)>,
    /// The page.
    pub body: String,
}

impl Answer {
    /// The one header of this name.
    ///
    /// # Panics
    /// When there are several.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let value = found.next().map(|(_, value)| value.as_str());
        assert!(found.next().is_none(), "{name} is there twice");
        value
    }
}

/// Sends a request as most are.
///
/// # Panics
/// When it is not answered, or not with text.
pub fn http(setup: &Setup, method: &str, url: &str) -> Answer {
    let request = HttpRequest {
        method: method.to_string(),
        url: url.to_string(),
        headers: vec![("Host".to_string(), "localhost".to_string())],
        body: Vec::new().into(),
    };
    send(setup, request)
}

/// Sends a request.
///
/// # Panics
/// When it is not answered, or not with text.
pub fn send(setup: &Setup, request: HttpRequest) -> Answer {
    let (method, url) = (request.method.clone(), request.url.clone());
    let caller = Principal::anonymous();
    let response: HttpResponse = setup
        .network
        .query(caller, setup.coordinator, "http_request", (request,))
        .unwrap_or_else(|error| panic!("{method} {url}: {error}"));
    let body = String::from_utf8(response.body.into_vec()).expect("every page is text");
    Answer { status: response.status_code, headers: response.headers, body }
}

/// Asks for a page, whatever its status.
pub fn http_get(setup: &Setup, url: &str) -> Answer {
    http(setup, "GET", url)
}

/// Asks for a page that must be there.
///
/// # Panics
/// When it is not.
pub fn page(setup: &Setup, url: &str) -> String {
    let answer = http_get(setup, url);
    assert_eq!(answer.status, 200, "{url}: {}", answer.body);
    answer.body
}

/// Percent-encodes all but letters and digits.
pub fn encode(text: &str) -> String {
    let encoded = text.bytes().map(|byte| match byte {
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02x}"),
    });
    encoded.collect()
}
