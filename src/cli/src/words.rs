//! Text from outside in one line.

use backup_journal::text::visible;

/// At most so many characters of a text from outside, in one line, with invisible characters as escapes.
pub fn excerpt(text: &str, most: usize) -> String {
    let mut line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = line.char_indices().nth(most) {
        line.truncate(end);
        line.push('…');
    }
    visible(&line).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hides_and_nothing_is_long() {
        assert_eq!(excerpt("a\n  b\t\u{1b}[2J\u{202e}c", 100), "a b \\u{1b}[2J\\u{202e}c");
        assert_eq!(excerpt("ok", 2), "ok");
        assert_eq!(excerpt(&"é".repeat(50_000), 10), format!("{}…", "é".repeat(10)));
    }
}
