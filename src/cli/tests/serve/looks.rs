//! Whether a page is fit to be looked at: nothing sticks out, everything can be read, and nothing was executed.

use crate::browser::{Browser, View};
use serde_json::{Value, json};

/// What sticks out: of the window, or of the element that it is in.
const STICKS_OUT: &str = r#"
    const width = document.documentElement.clientWidth;
    const name = e => `${e.tagName} ${e.innerText ?? ""}`.slice(0, 80);
    return [...document.body.querySelectorAll("*")]
        .filter(e => e.getBoundingClientRect().right > width + 1
            || (e.clientWidth > 0 && e.scrollWidth > e.clientWidth + 1))
        .map(name);
"#;

/// Texts that stand out from what is behind them by less than 4.5 to 1, as accessibility guidelines count it.
const HARD_TO_READ: &str = r#"
    const parts = color => color.match(/[\d.]+/g).map(Number);
    const light = color => {
        const [r, g, b] = parts(color).map(c => c / 255)
            .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
    };
    const behind = e => {
        const color = getComputedStyle(e).backgroundColor;
        return parts(color)[3] === 0 ? behind(e.parentElement) : color;
    };
    const ratio = e => {
        const [a, b] = [light(getComputedStyle(e).color), light(behind(e))];
        return Math.max(a, b) / Math.min(a, b);
    };
    const hasText = e => [...e.childNodes].some(n => n.nodeType === Node.TEXT_NODE && n.data.trim());
    return [...document.body.querySelectorAll("*")].filter(hasText).filter(e => ratio(e) < 4.5)
        .map(e => `${ratio(e)}: ${e.innerText.slice(0, 80)}`);
"#;

/// Bars that stand out from what is behind them by less than 3 to 1, or reach out of their picture.
const HARD_TO_SEE: &str = r#"
    const light = color => {
        const [r, g, b] = color.match(/[\d.]+/g).map(c => c / 255)
            .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
    };
    const ratio = (one, other) => Math.max(one, other) / Math.min(one, other);
    const chart = document.querySelector(".chart");
    if (!chart) return [];
    const fill = e => light(getComputedStyle(e).fill);
    const behind = [...chart.querySelectorAll(".axis rect")].map(fill);
    behind.push(light(getComputedStyle(chart).backgroundColor));
    const bars = [...chart.querySelectorAll(".members rect")];
    const hidden = bars.filter(bar => behind.some(other => ratio(fill(bar), other) < 3));
    const outside = [...chart.querySelectorAll("svg rect")].filter(part => {
        const [inner, outer] = [part, part.ownerSVGElement].map(e => e.getBoundingClientRect());
        return outer.width > 0 && (inner.width < 1 || inner.left < outer.left - 1 || inner.right > outer.right + 1);
    });
    return [...hidden, ...outside].map(e => e.outerHTML);
"#;

/// What a page would have that somebody else had a hand in.
const FOREIGN: &str = r#"
    return [...document.querySelectorAll("script, img, iframe, [onerror], [onload]")].map(e => e.outerHTML);
"#;

/// Checks the page that is open.
pub async fn check(browser: &Browser, view: View) {
    let url = browser.client.current_url().await.expect("an address");
    assert!(browser.client.get_alert_text().await.is_err(), "{url} has opened a dialog");
    let title = browser.client.title().await.expect("a title");
    assert!(title.ends_with(" · Backup coordinator"), "{url} has the title {title}");
    assert_eq!(browser.ask("return window.pwned").await, Value::Null, "{url}");
    assert_eq!(
        browser.ask("return document.documentElement.scrollWidth").await,
        view.width,
        "{url}"
    );
    for script in [FOREIGN, STICKS_OUT, HARD_TO_READ, HARD_TO_SEE] {
        assert_eq!(browser.ask(script).await, json!([]), "{url} in {view:?}: {script}");
    }
}
