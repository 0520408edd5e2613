//! Breaking of a label into lines.

use super::layout::check;
use crate::figure::error::FigureError;
use crate::figure::ink::text;
use crate::figure::style::markup::{self, Level, Run};

/// Breaks a label at its spaces into lines of at most `width` nominal pixels, for a font of `size`
/// pixels per em. Each line is a label of its own, with the markup that holds in it.
///
/// Line breaks count as spaces, and several spaces as one. No-break spaces and those of scripts
/// stay as they are. An error about `what` if a word is too long for a line.
pub fn wrap(what: &str, label: &str, size: f64, width: f64) -> Result<Vec<String>, FigureError> {
    let mut lines: Vec<Vec<Run>> = Vec::new();
    for word in words(&markup::runs(label)) {
        if let Some(line) = lines.last_mut() {
            let joined = joined(line, &word);
            if text::runs_width(&joined, size)? <= width {
                *line = joined;
                continue;
            }
        }
        let longest = format!("the longest word of {what}");
        check(&longest, text::runs_width(&word, size)?, width)?;
        lines.push(word);
    }
    Ok(lines.iter().map(|line| markup::label(line)).collect())
}

/// The words between the spaces on the baseline.
fn words(runs: &[Run]) -> Vec<Vec<Run>> {
    let mut words = Vec::new();
    let mut word = Vec::new();
    for run in runs {
        if run.level != Level::Base {
            word.push(run.clone());
            continue;
        }
        for (index, part) in run.text.split(breaks).enumerate() {
            if index > 0 {
                words.push(std::mem::take(&mut word));
            }
            if !part.is_empty() {
                markup::push(&mut word, part, Level::Base, run.italic);
            }
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

fn breaks(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// A line with one more word. The space between italics is one of them.
fn joined(line: &[Run], word: &[Run]) -> Vec<Run> {
    let mut joined = line.to_vec();
    let slanted = |run: Option<&Run>| run.is_some_and(|run| run.italic);
    let italic = slanted(line.last()) && slanted(word.first());
    markup::push(&mut joined, " ", Level::Base, italic);
    for run in word {
        markup::push(&mut joined, &run.text, run.level, run.italic);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(label: &str, width: f64) -> Vec<String> {
        wrap("it", label, 10.0, width).expect("short words")
    }

    #[test]
    fn lines_are_as_full_as_they_can_be() {
        let label = "one two three four five six seven eight nine ten";
        let lines = lines(label, 90.0);
        assert!(lines.len() > 2, "{lines:?}");
        assert_eq!(lines.join(" "), label);
        let width = |line: &str| text::width(line, 10.0).expect("a known font");
        for pair in lines.windows(2) {
            let next = pair[1].split(' ').next().unwrap_or("");
            assert!(width(&pair[0]) <= 90.0);
            assert!(width(&format!("{} {next}", pair[0])) > 90.0);
        }
    }

    #[test]
    fn markup_goes_on_in_the_next_line() {
        assert_eq!(lines("*aaaa bbbb* c", 38.0), ["*aaaa*", "*bbbb* c"]);
        assert_eq!(lines("*aaaa bbbb* c", 300.0), ["*aaaa bbbb* c"]);
        // A script is never torn apart, nor is what a backslash protects made markup.
        let kept = ["aaaa", "*x*_{1 2}^{3}", "\\*\\_{b\\}"];
        assert_eq!(lines(&kept.join(" "), 38.0), kept);
    }

    #[test]
    fn white_space_is_one_space_unless_it_holds_words_together() {
        assert_eq!(lines(" a \n\t b\r\nc ", 300.0), ["a b c"]);
        assert_eq!(lines("aaa\u{a0}bbb ccc", 50.0), ["aaa\u{a0}bbb", "ccc"]);
        assert_eq!(lines(" \n ", 50.0), [""; 0]);
    }

    #[test]
    fn word_that_is_too_long_is_refused() {
        let found = wrap("it", "a bbbbbbbbbbbb c", 10.0, 30.0).expect_err("no room");
        let message = found.to_string();
        assert!(
            message.starts_with("the longest word of it does not fit:"),
            "{message}"
        );
    }
}
