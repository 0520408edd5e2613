//! Text that is safe on a terminal.

use std::borrow::Cow;

/// The text with what would command a terminal, or reorder its line, written as an escape
/// (`\u{1b}`). Line breaks stay.
pub fn printable(text: &str) -> Cow<'_, str> {
    escaped(text, |c| c == '\n')
}

/// As [`printable`], in one line.
pub fn printable_line(text: &str) -> Cow<'_, str> {
    escaped(text, |_| false)
}

fn escaped(text: &str, stays: impl Fn(char) -> bool) -> Cow<'_, str> {
    let bad = |c: char| (c.is_control() || is_direction(c)) && !stays(c);
    if !text.contains(bad) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            _ if !bad(c) => safe.push(c),
            '\n' | '\r' | '\t' => safe.extend(c.escape_default()),
            _ => safe.extend(c.escape_unicode()),
        }
    }
    Cow::Owned(safe)
}

/// Marks that change the direction of the text after them, and line separators.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_commands_a_terminal_is_escaped() {
        assert_eq!(printable("ζ₁₁ = 0.5\n…"), "ζ₁₁ = 0.5\n…");
        assert_eq!(printable("\u{1b}[2Jx\r\u{7}"), "\\u{1b}[2Jx\\r\\u{7}");
        assert_eq!(printable("a\u{9b}31m\u{202e}b"), "a\\u{9b}31m\\u{202e}b");
        assert_eq!(printable_line("a\nb\tc"), "a\\nb\\tc");
    }
}
