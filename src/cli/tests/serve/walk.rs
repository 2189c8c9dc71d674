//! A walk through the pages of one run, by its links. What is shown on each is held against the report, which was
//! read from the queries.

use crate::browser::{Browser, View};
use fantoccini::Locator;
use serde_json::{Value, json};

/// Operations, and events, on a page.
const PAGE: usize = 50;

/// The states in the order in which a bar shows them.
const STATES: [&str; 6] = ["completed", "skipped", "failed", "pending", "ready", "blocked"];

/// The rows of a timeline.
const ROWS: &str = r#"
    const text = e => e?.innerText ?? null;
    return [...document.querySelectorAll(".timeline > li")].map(row => ({
        heading: text(row.querySelector("h3")),
        target: text(row.querySelector("p code")),
        attempts: [...row.querySelectorAll("ul > li")].map(text),
    }));
"#;

/// How much of the first bar each state takes, in percent.
const PARTS: &str = r#"
    const width = e => e.getBoundingClientRect().width;
    const bar = document.querySelector(".bar");
    return [...bar.querySelectorAll("rect")].map(e => [e.className.baseVal, 100 * width(e) / width(bar)]);
"#;

/// The rows of the chart of downtimes, with the class of each bar and the width of its picture.
const MEMBERS: &str = r#"
    return [...document.querySelectorAll(".members li")].map(row => [
        row.querySelector("code").innerText,
        row.querySelector("svg > rect").className.baseVal,
        row.querySelector("svg").getBoundingClientRect().width,
    ]);
"#;

/// How many operations were claimed, one by one or many at once, by a page of the audit trail.
const CLAIMS: &str = r#"
    const rows = [...document.querySelectorAll(".timeline > li")].map(row => row.innerText);
    const one = rows.filter(text => /an operation was claimed/.test(text)).length;
    return rows.map(text => text.match(/operations of a wave were claimed together\s+operations: (\d+)/))
        .reduce((sum, found) => sum + (found ? Number(found[1]) : 0), one);
"#;

/// The browser, and what its pages must say.
pub struct Walk<'a> {
    pub browser: &'a Browser,
    pub report: &'a Value,
    /// The reason that some attempt failed with.
    pub reason: Option<&'a str>,
}

impl Walk<'_> {
    /// The dashboard says how the fleet is, and who is stopped.
    pub async fn dashboard(&self) {
        self.check_banner().await;
        self.check_bar().await;
        let run = self.texts(".fleets tbody a").await;
        assert_eq!(run, [text(&self.report["run_id"])]);
        let badge = self.texts(".fleets .badge").await;
        let condition = match text(&self.report["state"]) {
            "Completed" => "well",
            "Failed" => "failing",
            _ => "warning",
        };
        assert_eq!(badge, [condition]);
        assert_eq!(self.exists(".fleets li").await, condition != "well");
        let totals = self.texts(".totals dd").await;
        assert_eq!(totals[0], "1");
        assert_eq!(totals[8], self.report["audit_events"].to_string());
    }

    /// From the dashboard to the runs.
    pub async fn follow_runs(&self) {
        self.click("header a[href='/dashboard/runs']").await;
        self.check_path("/dashboard/runs").await;
    }

    /// The runs say where the run stands.
    pub async fn runs(&self) {
        let legend = self.texts("article .legend li").await;
        assert_eq!(legend, self.legend());
        let run = self.texts("article h2 a").await;
        assert_eq!(run, [text(&self.report["run_id"])]);
        let badge = &self.texts("article .badge").await[0];
        let state = text(&self.report["state"]).replace("InProgress", "In Progress").to_lowercase();
        assert_eq!(*badge, state);
        let owed = self.owed();
        let stopped = self.texts("article .stopped").await;
        let said = format!("{} to start", owed.len());
        assert_eq!(stopped, if owed.is_empty() { vec![] } else { vec![said] });
    }

    /// From the runs to the run.
    pub async fn follow_run(&self) {
        self.click("article h2 a").await;
        self.check_path(&format!("/dashboard/run/{}", text(&self.report["run_id"]))).await;
    }

    /// The page of the run and those that follow tell of every operation. The last one stays open.
    pub async fn timeline(&self) {
        self.check_banner().await;
        self.check_bar().await;
        let operations = list(&self.report["operations"]);
        let (mut rows, mut pages) = (Vec::new(), 1);
        loop {
            let page = self.browser.ask(ROWS).await;
            rows.extend(list(&page).to_vec());
            if rows.len() >= operations.len() {
                break;
            }
            assert_eq!(rows.len(), pages * PAGE);
            self.click("a[rel=next]").await;
            pages += 1;
        }
        assert_eq!(pages, operations.len().div_ceil(PAGE));
        assert_eq!(rows.len(), operations.len());
        for (row, operation) in rows.iter().zip(operations) {
            check_row(row, operation);
        }
        let told = rows.iter().flat_map(|row| list(&row["attempts"])).map(text);
        let with_reason = told.filter(|attempt| attempt.contains("\nreason: ")).collect::<Vec<_>>();
        assert_eq!(with_reason.is_empty(), self.reason.is_none());
        for attempt in with_reason {
            let reason = format!("\nreason: {}\n", self.reason.unwrap_or_default());
            assert!(attempt.contains(&reason), "{attempt} instead of {reason}");
        }
    }

    /// The chart has a row for every canister that was stopped, and those that are stopped now look otherwise.
    pub async fn downtime(&self, view: View) {
        let members = self.browser.ask(MEMBERS).await;
        let mut shown: Vec<(&str, &str)> =
            list(&members).iter().map(|row| (text(&row[0]), text(&row[1]))).collect();
        let owed = self.owed();
        let rows = list(&self.report["operations"]).iter();
        let stopped = rows.filter(|row| row["kind"] == "stop" && row["outcome"] == "Completed");
        let mut expected: Vec<(&str, &str)> = stopped
            .map(|row| text(&row["target"]))
            .map(|id| (id, if owed.iter().any(|it| it == id) { "failed" } else { "down" }))
            .collect();
        shown.sort_unstable();
        expected.sort_unstable();
        assert_eq!(shown, expected);
        for row in list(&members) {
            let width = row[2].as_f64().expect("a number");
            assert!(width > f64::from(view.width) / 2.5, "{row} in {view:?}");
        }
        let going_on = self.texts(".chart .words").await.join(" ").contains("so far");
        assert_eq!(going_on, !owed.is_empty());
    }

    /// The address of the first operation that was not done at the first attempt.
    pub fn first_with_two_attempts(&self) -> Option<String> {
        let again = |row: &&Value| row["attempts"].as_u64() > Some(1);
        let row = list(&self.report["operations"]).iter().find(again)?;
        Some(format!("/dashboard/run/{}#o{}", text(&self.report["run_id"]), row["sequence"]))
    }

    /// From any page of the run to the row of its next operation, if there is one.
    pub async fn follow_next_operation(&self) {
        let over = |row: &&Value| ["Completed", "Skipped"].contains(&text(&row["outcome"]));
        let Some(next) = list(&self.report["operations"]).iter().find(|row| !over(row)) else {
            assert_eq!(self.texts(".facts dd").await[0], "none");
            return;
        };
        self.click(".facts a").await;
        let row = self.texts(":target h3").await;
        assert_eq!(row.len(), 1);
        assert!(row[0].starts_with(&format!("{} ", next["sequence"])), "{row:?}");
    }

    /// From any page to the audit trail.
    pub async fn follow_audit(&self) {
        self.click("header a[href='/dashboard/audit']").await;
        self.check_path("/dashboard/audit").await;
    }

    /// The audit trail is told from the newest event to the oldest.
    pub async fn audit(&self) {
        let total = self.report["audit_events"].as_u64().expect("a number");
        let begin = self.texts("main > p").await;
        assert!(begin[0].starts_with(&format!("{total} events, ")), "{begin:?}");
        let (mut headings, mut claims) = (Vec::new(), 0);
        loop {
            headings.extend(self.texts(".timeline h2").await);
            claims += self.browser.ask(CLAIMS).await.as_u64().expect("a number");
            if !self.exists("a[rel=next]").await {
                break;
            }
            assert_eq!(headings.len() % PAGE, 0);
            self.click("a[rel=next]").await;
        }
        let numbers: Vec<u64> =
            headings.iter().filter_map(|heading| heading.split_once(' ')?.0.parse().ok()).collect();
        assert_eq!(numbers, (0..total).rev().collect::<Vec<_>>());
        let attempts = list(&self.report["operations"]).iter().map(|row| row["attempts"].as_u64());
        assert_eq!(claims, attempts.sum::<Option<u64>>().expect("numbers"));
    }

    /// The banner is red, and names those that owe a start and nobody else; or there is none.
    async fn check_banner(&self) {
        let mut owed = self.owed();
        let mut named = self.texts(".banner code").await;
        owed.sort();
        named.sort();
        assert_eq!(named, owed);
        assert_eq!(self.exists(".banner").await, !owed.is_empty());
        if owed.is_empty() {
            return;
        }
        let heading = &self.texts(".banner h2").await[0];
        assert!(heading.starts_with(&format!("{} canister", owed.len())), "{heading}");
        let color = "return getComputedStyle(document.querySelector('.banner')).backgroundColor.match(/\\d+/g)";
        let color = self.browser.ask(color).await;
        let parts: Vec<u32> =
            list(&color).iter().map(|part| text(part).parse().expect("a number")).collect();
        assert!(
            parts[0] > 100 && parts[0] > 3 * parts[1] && parts[0] > 3 * parts[2],
            "{parts:?} is not red"
        );
    }

    /// The first bar of the page, and the words below it, say what the counts say.
    async fn check_bar(&self) {
        assert_eq!(self.texts("section > .legend li").await, self.legend());
        let parts = self.browser.ask(PARTS).await;
        let (counts, total) = self.counts();
        let shown: Vec<&str> = list(&parts).iter().map(|part| text(&part[0])).collect();
        let expected: Vec<&str> = counts.iter().map(|(state, _)| *state).collect();
        assert_eq!(shown, expected);
        for (part, (state, count)) in list(&parts).iter().zip(counts) {
            let (shown, share) = (part[1].as_f64().expect("a number"), 100 * count / total);
            #[allow(clippy::cast_precision_loss, reason = "a percentage")]
            let difference = (shown - share as f64).abs();
            assert!(difference < 1.5, "{state} takes {shown} instead of {share}");
        }
    }

    /// Which states there are, with how many operations, and how many operations in all.
    fn counts(&self) -> (Vec<(&'static str, u64)>, u64) {
        let count = |state: &str| self.report["counts"][state].as_u64().expect("a number");
        let counts = STATES.map(|state| (state, count(state)));
        let total = counts.iter().map(|(_, count)| count).sum();
        (counts.into_iter().filter(|(_, count)| *count > 0).collect(), total)
    }

    fn legend(&self) -> Vec<String> {
        let (counts, total) = self.counts();
        let over = counts.iter().filter(|(state, _)| ["completed", "skipped"].contains(state));
        let over: u64 = over.map(|(_, count)| count).sum();
        let words = counts.iter().map(|(state, count)| format!("{count} {state}"));
        [format!("{over} of {total} done")].into_iter().chain(words).collect()
    }

    fn owed(&self) -> Vec<String> {
        list(&self.report["starts_owed"]).iter().map(|id| text(id).to_owned()).collect()
    }

    /// The texts of all elements that a selector finds, as they are shown.
    async fn texts(&self, selector: &str) -> Vec<String> {
        let script = format!(
            "return [...document.querySelectorAll({})].map(e => e.innerText.trim())",
            json!(selector)
        );
        let texts = self.browser.ask(&script).await;
        list(&texts).iter().map(|it| text(it).to_owned()).collect()
    }

    async fn exists(&self, selector: &str) -> bool {
        !self.browser.client.find_all(Locator::Css(selector)).await.expect("a list").is_empty()
    }

    /// Clicks on what a person would click on.
    async fn click(&self, selector: &str) {
        let element = self.browser.client.find(Locator::Css(selector)).await;
        let element = element.unwrap_or_else(|error| panic!("{selector}: {error}"));
        element.click().await.unwrap_or_else(|error| panic!("{selector}: {error}"));
    }

    async fn check_path(&self, path: &str) {
        let url = self.browser.client.current_url().await.expect("an address");
        assert_eq!(url.path(), path);
    }
}

fn check_row(row: &Value, operation: &Value) {
    let attempts = operation["attempts"].as_u64().expect("a number");
    let again = if attempts > 1 { format!(" attempts: {attempts}") } else { String::new() };
    let state = text(&operation["outcome"]).to_lowercase();
    let kind = pascal(text(&operation["kind"]));
    let heading = format!("{} {kind} {state}{again}", operation["sequence"]);
    assert_eq!(text(&row["heading"]), heading);
    assert_eq!(row["target"], operation["target"], "{heading}");
    let told = list(&row["attempts"]);
    assert_eq!(told.len() as u64, attempts, "{heading}: {told:?}");
    let Some(last) = told.last().map(text) else { return };
    assert!(last.starts_with(&format!("Attempt {attempts} {state}")), "{heading}: {last}");
    // The report has the time from the first claim; where there was but one, it is that of the attempt.
    if let (1, Some(nanos)) = (attempts, operation["duration_nanos"].as_u64()) {
        let seconds = nanos / 1_000_000_000;
        assert!(last.contains(&format!(" after {seconds} s, receipt ")), "{heading}: {last}");
    }
}

/// `create-snapshot` as `CreateSnapshot`.
fn pascal(name: &str) -> String {
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    name.split('-').map(capital).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("{value} is no list"))
}
