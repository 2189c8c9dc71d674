//! Which characters are visible, and how invisible ones are shown; and how a remark names canisters.
//!
//! A line feed, an escape sequence or a mark that reverses a line can make a text look like another one. So names
//! with such characters are refused. Other texts are stored unchanged, and displayed with [`visible`].

use candid::Principal;
use std::borrow::Cow;
use unicode_general_category::{GeneralCategory as Category, get_general_category};

/// Whether a character is allowed in a name: whether it is none of Unicode's control characters, format
/// characters (among them every mark that sets the direction of text), line and paragraph separators.
///
/// ```
/// use backup_journal::text::is_visible;
///
/// assert!("users é 東".chars().all(is_visible));
/// assert!(!"\n\u{1b}\u{202e}\u{2066}\u{200b}\u{2028}".chars().any(is_visible));
/// ```
pub fn is_visible(character: char) -> bool {
    !matches!(
        get_general_category(character),
        Category::Control
            | Category::Format
            | Category::LineSeparator
            | Category::ParagraphSeparator
    )
}

/// The most canisters that a remark names.
const MOST_NAMED: usize = 3;

/// Names the first of `count` canisters, for a remark; dots stand for the others.
pub(crate) fn first_of(canisters: &[Principal], count: usize) -> String {
    let named: Vec<String> = canisters.iter().take(MOST_NAMED).map(Principal::to_text).collect();
    let more = if count > named.len() { ", …" } else { "" };
    format!("{}{more}", named.join(", "))
}

/// The first character of `text` that is not allowed in a name.
pub fn first_hidden(text: &str) -> Option<char> {
    text.chars().find(|character| !is_visible(*character))
}

/// The text in one line for display: each character that is not allowed in a name is shown as an escape.
///
/// ```
/// use backup_journal::text::visible;
///
/// assert_eq!(visible("timed out"), "timed out");
/// assert_eq!(visible("a\n\u{202e}b"), "a\\n\\u{202e}b");
/// ```
pub fn visible(text: &str) -> Cow<'_, str> {
    // Most text is plain ASCII, and looking up the categories of characters takes many times as long.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) || first_hidden(text).is_none() {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_visible(character) {
            shown.push(character);
        } else {
            shown.extend(character.escape_default());
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::{first_hidden, is_visible, visible};
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    proptest! {
        #[test]
        fn what_is_shown_has_nothing_hidden(text in any::<String>()) {
            prop_assert_eq!(first_hidden(&visible(&text)), None);
        }

        #[test]
        fn what_can_be_seen_is_shown_as_it_is(text in any::<String>()) {
            let seen: String = text.chars().filter(|character| is_visible(*character)).collect();
            prop_assert!(visible(&seen) == seen.as_str());
        }

        #[test]
        fn no_control_character_is_visible(character in any::<char>()) {
            prop_assert!(!(character.is_control() && is_visible(character)));
        }
    }

    #[test]
    fn every_mark_that_sets_a_direction_is_hidden() {
        // Unicode's list of them, `Bidi_Control`.
        let marks = ['\u{61c}'].into_iter().chain('\u{200e}'..='\u{200f}');
        let marks = marks.chain('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{2069}');
        for mark in marks {
            assert_eq!(first_hidden(&format!("a{mark}b")), Some(mark));
        }
    }

    #[test]
    fn what_stands_around_a_hidden_character_stays() {
        assert_eq!(visible("run\u{0}\u{1b}[2J\r\n"), "run\\u{0}\\u{1b}[2J\\r\\n");
    }

    #[test]
    fn text_without_hidden_characters_is_not_copied() {
        for text in ["plain", "ä", "猫"] {
            assert!(matches!(visible(text), std::borrow::Cow::Borrowed(_)), "{text}");
        }
    }
}
