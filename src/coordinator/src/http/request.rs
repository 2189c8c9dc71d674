//! What is asked for: method, path and query string, taken apart and checked.

use super::{
    logs::{Priority, Wanted},
    style,
};
use backup_journal::RunId;
use ic_http_types::HttpRequest;

/// Bytes of the longest address that is looked at; the longest run id, percent-encoded, has 384.
pub const MAX_URL_BYTES: usize = 2_048;

/// A page, and which part of it.
#[derive(Debug)]
pub enum Asked {
    /// The style sheet.
    Style,
    /// Figures for a machine.
    Metrics,
    /// Whether all is well.
    Health,
    /// Totals and the newest runs.
    Dashboard {
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
    Logs(Wanted),
}

/// Why there is no page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Refusal {
    /// The method is not GET.
    Method,
    /// The address is longer than [`MAX_URL_BYTES`].
    TooLong,
    /// The address cannot be read.
    Malformed(&'static str),
    /// There is no such page.
    NotFound,
    /// The page names names, and reading is open to members only.
    MembersOnly,
}

/// Reads a request.
///
/// # Errors
/// When nothing is there to answer it.
pub fn parse(request: &HttpRequest) -> Result<Asked, Refusal> {
    if request.method != "GET" {
        return Err(Refusal::Method);
    }
    if request.url.len() > MAX_URL_BYTES {
        return Err(Refusal::TooLong);
    }
    let (path, query) = request.url.split_once('?').unwrap_or((&request.url, ""));
    let query = Query(query);
    match path {
        style::PATH => Ok(Asked::Style),
        "/metrics" => Ok(Asked::Metrics),
        "/health" => Ok(Asked::Health),
        "/dashboard" => Ok(Asked::Dashboard { before: query.small_number("before")? }),
        "/dashboard/audit" => Ok(Asked::Audit { before: query.number("before")? }),
        "/logs" => Ok(Asked::Logs(query.logs()?)),
        _ => {
            let name = path.strip_prefix("/dashboard/run/").ok_or(Refusal::NotFound)?;
            query.run(name)
        }
    }
}

/// A query string. Parameters that nobody asks for are left alone: gateways add their own.
struct Query<'a>(&'a str);

impl Query<'_> {
    /// The run of this percent-encoded name, or the one that `id` names: browsers take the names `.` and
    /// `..` out of every path.
    fn run(&self, name: &str) -> Result<Asked, Refusal> {
        let run_id = match name {
            "" => self.text("id")?.ok_or(Refusal::NotFound)?,
            name => decode(name)?,
        };
        let page = self.small_number("page")?.unwrap_or(1);
        if page == 0 {
            return Err(Refusal::Malformed("pages are counted from 1"));
        }
        Ok(Asked::Run { run_id: RunId(run_id), page })
    }

    fn logs(&self) -> Result<Wanted, Refusal> {
        let priority = match self.text("priority")? {
            None => None,
            Some(name) => Some(Priority::named(&name).ok_or(UNKNOWN_PRIORITY)?),
        };
        let ascending = match self.text("sort")?.as_deref() {
            None | Some("desc") => false,
            Some("asc") => true,
            Some(_) => return Err(Refusal::Malformed("sort is asc or desc")),
        };
        Ok(Wanted { priority, ascending, since: self.number("time")?.unwrap_or_default() })
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
        let mut values = self.0.split('&').filter_map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (key == name).then_some(value)
        });
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() {
            return Err(Refusal::Malformed("a parameter was given twice"));
        }
        decode(value).map(Some)
    }
}

const NO_NUMBER: Refusal = Refusal::Malformed("a number was expected");
const UNKNOWN_PRIORITY: Refusal = Refusal::Malformed("priority is info or warn");
const BAD_ESCAPE: Refusal =
    Refusal::Malformed("a percent sign is followed by two hexadecimal digits");

/// Undoes percent-encoding.
fn decode(text: &str) -> Result<String, Refusal> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => digit(bytes.next())? << 4 | digit(bytes.next())?,
            other => other,
        });
    }
    String::from_utf8(decoded).map_err(|_| Refusal::Malformed("the address is not UTF-8"))
}

fn digit(byte: Option<u8>) -> Result<u8, Refusal> {
    let digit = byte.and_then(|byte| char::from(byte).to_digit(16)).ok_or(BAD_ESCAPE)?;
    u8::try_from(digit).map_err(|_| BAD_ESCAPE)
}

/// The address of a run's page.
pub fn run_link(run_id: &str) -> String {
    let encoded = encode(run_id);
    match run_id {
        "." | ".." => format!("/dashboard/run/?id={encoded}"),
        _ => format!("/dashboard/run/{encoded}"),
    }
}

/// Percent-encodes everything but letters, digits and `-_.~`.
fn encode(text: &str) -> String {
    const DIGITS: [u8; 16] = *b"0123456789ABCDEF";
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let digits = [byte >> 4, byte & 15].map(|digit| char::from(DIGITS[usize::from(digit)]));
            encoded.push('%');
            encoded.extend(digits);
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::{decode, encode, run_link};

    #[test]
    fn what_is_encoded_is_decoded_again() {
        let all: String = ('\0'..='\u{ff}').chain("…🦀".chars()).collect();
        assert_eq!(decode(&encode(&all)).as_ref(), Ok(&all));
        assert_eq!(encode("a/b?c=d&e#f%g h"), "a%2Fb%3Fc%3Dd%26e%23f%25g%20h");
        assert_eq!(run_link(".."), "/dashboard/run/?id=..");
    }

    #[test]
    fn half_an_escape_and_bytes_that_are_no_text_are_refused() {
        for bad in ["%", "%4", "%zz", "%+1", "%ff"] {
            assert!(decode(bad).is_err(), "{bad}");
        }
    }
}
