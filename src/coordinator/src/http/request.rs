//! What is asked for: method, path and query string, taken apart and checked.

use super::{logs::LogFilter, response::Refusal, style};
use crate::gate::log::Priority;
use backup_journal::RunId;
use ic_http_types::HttpRequest;
use percent_encoding::{
    AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode,
};
use std::borrow::Cow;

/// The longest address that is parsed, in bytes; the longest run id, percent-encoded, has 384.
pub const MAX_URL_BYTES: usize = 2_048;

/// A page, and which part of it.
#[derive(Debug)]
pub enum Route {
    /// The style sheet.
    Style,
    /// Figures for a machine.
    Metrics,
    /// Whether all is well.
    Health,
    /// The fleets, and totals.
    Dashboard,
    /// The runs, the newest first.
    Runs {
        /// Only runs with a lower number.
        before: Option<u32>,
    },
    /// The timeline of a run.
    Run {
        /// Which.
        run_id: RunId,
        /// Which part of it, from 1 on.
        page: u32,
    },
    /// The audit trail.
    Audit {
        /// Only events with a lower index.
        before: Option<u64>,
    },
    /// Recent log lines.
    Logs(LogFilter),
    /// A page that has another address: this one.
    Elsewhere(String),
}

/// The first page.
const HOME: &str = "/dashboard";

/// The pages of runs are below this one, which is none without a name.
const RUNS: &str = "/dashboard/run/";

/// Reads a request.
///
/// # Errors
/// When nothing is there to answer it.
pub fn parse(request: &HttpRequest) -> Result<Route, Refusal> {
    if !["GET", "HEAD"].contains(&request.method.as_str()) {
        return Err(Refusal::Method);
    }
    let (path, query) = take_apart(&request.url);
    if is_style(path) {
        return Ok(Route::Style);
    }
    if request.url.len() > MAX_URL_BYTES {
        return Err(Refusal::TooLong);
    }
    match elsewhere(path, query) {
        Some(address) => Ok(Route::Elsewhere(address)),
        None => page(path, &Query(query)),
    }
}

/// The path and the query string of an address.
fn take_apart(url: &str) -> (&str, &str) {
    let url = url.split_once('#').map_or(url, |(url, _)| url);
    url.split_once('?').unwrap_or((url, ""))
}

/// Whether a gateway takes this address for that of the style sheet, and so wants it certified: before it
/// compares paths, it undoes percent-encoding and leaves out what is empty between slashes.
pub fn asks_for_style(url: &str) -> bool {
    is_style(take_apart(url).0)
}

fn is_style(path: &str) -> bool {
    let name = style::PATH.bytes().skip(1);
    path.starts_with('/') && percent_decode_str(path).skip_while(|byte| *byte == b'/').eq(name)
}

/// Where `/`, and a known address with a slash behind it, redirect to.
fn elsewhere(path: &str, query: &str) -> Option<String> {
    let shorter = path.trim_end_matches('/');
    let address = match shorter {
        "" => HOME,
        _ if shorter == path || path == RUNS => return None,
        _ => shorter,
    };
    // The page itself checks the query string.
    let known = is_style(address) || !matches!(page(address, &Query("")), Err(Refusal::NotFound));
    let separator = if query.is_empty() { "" } else { "?" };
    known.then(|| utf8_percent_encode(&format!("{address}{separator}{query}"), UNSAFE).to_string())
}

/// The page at a path.
fn page(path: &str, query: &Query<'_>) -> Result<Route, Refusal> {
    match path {
        "/metrics" => Ok(Route::Metrics),
        "/health" => Ok(Route::Health),
        HOME => Ok(Route::Dashboard),
        "/dashboard/runs" => Ok(Route::Runs { before: query.small_number("before")? }),
        "/dashboard/audit" => Ok(Route::Audit { before: query.number("before")? }),
        "/logs" => Ok(Route::Logs(query.logs()?)),
        _ => query.run(path.strip_prefix(RUNS).ok_or(Refusal::NotFound)?),
    }
}

/// A query string. Unknown parameters are ignored: gateways add their own.
struct Query<'a>(&'a str);

impl Query<'_> {
    /// The run of this percent-encoded name, or the one that `id` names: browsers take the names `.` and
    /// `..` out of every path.
    fn run(&self, name: &str) -> Result<Route, Refusal> {
        let run_id = match name {
            "" => self.text("id")?.ok_or(Refusal::NotFound)?,
            name => decode(name)?,
        };
        let page = self.small_number("page")?.unwrap_or(1);
        if page == 0 {
            return Err(Refusal::Malformed("pages are counted from 1"));
        }
        Ok(Route::Run { run_id: run_id.into(), page })
    }

    fn logs(&self) -> Result<LogFilter, Refusal> {
        let priority = match self.text("priority")? {
            None => None,
            Some(name) => Some(Priority::named(&name).ok_or(UNKNOWN_PRIORITY)?),
        };
        let ascending = match self.text("sort")?.as_deref() {
            None | Some("desc") => false,
            Some("asc") => true,
            Some(_) => return Err(Refusal::Malformed("sort is asc or desc")),
        };
        Ok(LogFilter { priority, ascending, since: self.number("time")?.unwrap_or_default() })
    }

    /// A parameter that is a number written in decimal digits.
    fn number(&self, name: &str) -> Result<Option<u64>, Refusal> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|_| digits);
        number.map(Some).ok_or(NO_NUMBER)
    }

    /// The same, where numbers are smaller.
    fn small_number(&self, name: &str) -> Result<Option<u32>, Refusal> {
        let number = self.number(name)?.map(u32::try_from).transpose();
        number.map_err(|_| NO_NUMBER)
    }

    /// A parameter, which may be given once.
    fn text(&self, name: &str) -> Result<Option<String>, Refusal> {
        let pairs = form_urlencoded::parse(self.0.as_bytes());
        let mut values = pairs.filter_map(|(key, value)| (key == name).then_some(value));
        let value = values.next().map(Cow::into_owned);
        if values.next().is_some() {
            return Err(Refusal::Malformed("a parameter was given twice"));
        }
        Ok(value)
    }
}

const NO_NUMBER: Refusal = Refusal::Malformed("a number was expected");
const UNKNOWN_PRIORITY: Refusal = Refusal::Malformed("priority is info or warn");

/// Undoes percent-encoding.
fn decode(text: &str) -> Result<String, Refusal> {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded.map(Cow::into_owned).map_err(|_| Refusal::Malformed("the address is not UTF-8"))
}

/// What cannot stand in a header as it is.
const UNSAFE: &AsciiSet = &CONTROLS.add(b' ');

/// What is written as an escape in an address: all but letters, digits and `-_.~`.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The address of a run's page.
pub fn run_link(run_id: &str) -> String {
    let encoded = utf8_percent_encode(run_id, RESERVED);
    match run_id {
        "." | ".." => format!("/dashboard/run/?id={encoded}"),
        _ => format!("/dashboard/run/{encoded}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Route, parse, run_link};
    use ic_http_types::HttpRequest;

    fn route(url: String) -> Option<String> {
        let method = "GET".to_string();
        let request = HttpRequest { method, url, headers: Vec::new(), body: Vec::new().into() };
        match parse(&request) {
            Ok(Route::Run { run_id, page: 1 }) => Some(run_id.to_string()),
            _ => None,
        }
    }

    #[test]
    fn a_link_leads_to_the_run_that_it_names() {
        let all: String = ('\0'..='\u{ff}').chain("…🦀".chars()).collect();
        for run_id in [&all, ".", "..", "%zz", "a+b"] {
            assert_eq!(route(run_link(run_id)).as_deref(), Some(run_id));
        }
        assert_eq!(run_link("a/b?c=d&e#f%g h"), "/dashboard/run/a%2Fb%3Fc%3Dd%26e%23f%25g%20h");
        assert_eq!(run_link(".."), "/dashboard/run/?id=..");
    }
}
