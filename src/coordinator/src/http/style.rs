//! The answer with the style sheet, which never changes: the build script certifies it with this.

/// Its address.
pub const PATH: &str = "/style.css";

/// Its body.
pub const BODY: &str = include_str!("../../templates/style.css");

/// What it is.
pub const CONTENT_TYPE: &str = "text/css; charset=utf-8";

/// For how long it may be kept.
pub const CACHE_CONTROL: &str = "max-age=3600";

/// Nothing but the own style sheet may be loaded, run, embedded or sent from a page.
const POLICY: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

/// The headers of every answer.
pub fn headers(content_type: &str, cache_control: &str) -> Vec<(String, String)> {
    let headers = [
        ("Content-Type", content_type),
        ("Content-Security-Policy", POLICY),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "no-referrer"),
        ("Cache-Control", cache_control),
    ];
    headers.map(|(name, value)| (name.to_string(), value.to_string())).into()
}
