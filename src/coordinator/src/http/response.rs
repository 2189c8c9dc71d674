//! Answers: a status, a body, and the headers that browsers and gateways look at.

use super::style;
use ic_http_types::HttpResponse;

/// An answer that is not yet certified.
pub struct Reply {
    /// The status.
    pub status: u16,
    /// What the body is.
    pub content: Content,
    /// The body.
    pub body: String,
    /// Where the page is instead.
    pub location: Option<String>,
}

/// What a body is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Content {
    /// A page.
    Html,
    /// Text.
    Text,
    /// Figures for Prometheus.
    Metrics,
    /// Log lines.
    Json,
    /// The style sheet, which is the same in every answer of a release.
    Style,
}

/// Why there is no page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Refusal {
    /// The method is neither GET nor HEAD.
    Method,
    /// The address is longer than [`MAX_URL_BYTES`](super::request::MAX_URL_BYTES).
    TooLong,
    /// The address cannot be read.
    Malformed(&'static str),
    /// There is no such page.
    NotFound,
    /// The page names names, and reading is open to members only.
    MembersOnly,
}

impl Content {
    const fn mime(self) -> &'static str {
        match self {
            Self::Html => "text/html; charset=utf-8",
            Self::Text => "text/plain; charset=utf-8",
            Self::Metrics => "text/plain; version=0.0.4; charset=utf-8",
            Self::Json => "application/json",
            Self::Style => style::CONTENT_TYPE,
        }
    }

    const fn caching(self) -> &'static str {
        match self {
            Self::Style => style::CACHE_CONTROL,
            _ => "no-store",
        }
    }
}

impl Reply {
    /// An answer with this body.
    pub const fn ok(content: Content, body: String) -> Self {
        Self { status: 200, content, body, location: None }
    }

    /// The style sheet.
    pub fn style() -> Self {
        Self::ok(Content::Style, style::BODY.to_string())
    }

    /// A text that says what is wrong.
    pub const fn text(status: u16, body: String) -> Self {
        Self { status, content: Content::Text, body, location: None }
    }

    /// An answer that leads to another address. It holds for this request alone.
    pub fn elsewhere(location: String) -> Self {
        let body = format!("the page is at {location}\n");
        Self { location: Some(location), ..Self::text(307, body) }
    }

    /// An answer that says why there is no page.
    pub fn refused(refusal: Refusal) -> Self {
        let (status, reason) = match refusal {
            Refusal::Method => (405, "only GET and HEAD are understood here"),
            Refusal::TooLong => (414, "the address is too long"),
            Refusal::Malformed(what) => (400, what),
            Refusal::NotFound => {
                (404, "there is no such page; there are /dashboard, /metrics, /health and /logs")
            }
            Refusal::MembersOnly => {
                (403, "reading is open to members only: ask the canister's queries")
            }
        };
        Self::text(status, format!("{reason}\n"))
    }

    /// The whole answer, or what there is of it besides the body.
    pub fn finish(self, head_only: bool) -> HttpResponse {
        let Self { status, content, mut body, location } = self;
        let mut headers = style::headers(content.mime(), content.caching());
        let mut add = |name: &str, value| headers.push((name.to_string(), value));
        if status == 405 {
            add("Allow", "GET, HEAD".to_string());
        }
        if let Some(location) = location {
            add("Location", location);
        }
        if head_only {
            // A gateway would set the length of the empty body.
            add("Content-Length", body.len().to_string());
            body.clear();
        }
        HttpResponse { status_code: status, headers, body: body.into_bytes().into() }
    }
}
