//! Text as people may see it.

use std::borrow::Cow;

/// A text in which nothing is hidden: whatever would move a cursor, end a line or turn its order around stands
/// there as an escape, for instance `\u{202e}`.
///
/// ```
/// use backup_journal::text::visible;
///
/// assert_eq!(visible("no 'cycles' für \"orders\""), "no 'cycles' für \"orders\"");
/// assert_eq!(visible("a\nb\u{1b}[31m\u{202e}"), "a\\nb\\u{1b}[31m\\u{202e}");
/// ```
pub fn visible(text: &str) -> Cow<'_, str> {
    let hidden = |c: char| !matches!(c, '"' | '\'' | '\\') && c.escape_debug().count() > 1;
    if !text.contains(hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if hidden(c) {
            shown.extend(c.escape_debug());
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}
