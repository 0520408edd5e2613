//! Light markup of labels.
//!
//! `_{…}` is a subscript, `^{…}` a superscript, `*…*` italics; a backslash makes the next `*`, `_`,
//! `^`, `}` or `\` an ordinary character. A `_` or `^` without a brace, and a `*` without a
//! partner, stand for themselves.

/// Characters that a backslash makes ordinary.
pub const ESCAPABLE: [char; 5] = ['*', '_', '^', '}', '\\'];

/// Position of a run relative to the baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// On the baseline.
    Base,
    /// A subscript.
    Sub,
    /// A superscript.
    Super,
}

/// Characters of one look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The characters, without markup.
    pub text: String,
    /// Where they stand.
    pub level: Level,
    /// Whether they are slanted.
    pub italic: bool,
}

/// Splits a label into runs.
pub fn runs(label: &str) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let (mut level, mut italic) = (Level::Base, false);
    let mut rest = label;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        let opens = level == Level::Base && after.starts_with('{') && has(after, '}');
        rest = after;
        match c {
            '_' if opens => (level, rest) = (Level::Sub, &after[1..]),
            '^' if opens => (level, rest) = (Level::Super, &after[1..]),
            '}' if level != Level::Base => level = Level::Base,
            '*' if italic || has(after, '*') => italic = !italic,
            '\\' if after.starts_with(ESCAPABLE) => {
                push(&mut runs, &after[..1], level, italic);
                rest = &after[1..];
            }
            _ => push(&mut runs, c.encode_utf8(&mut [0; 4]), level, italic),
        }
    }
    runs
}

/// Whether a piece of a label has this mark without a backslash before it.
fn has(label: &str, mark: char) -> bool {
    let mut rest = label.chars();
    while let Some(c) = rest.next() {
        if c == mark {
            return true;
        }
        if c == '\\' && rest.as_str().starts_with(ESCAPABLE) {
            rest.next();
        }
    }
    false
}

/// Appends characters of one look.
pub fn push(runs: &mut Vec<Run>, text: &str, level: Level, italic: bool) {
    match runs.last_mut() {
        Some(run) if run.level == level && run.italic == italic => run.text.push_str(text),
        _ => runs.push(Run {
            text: text.to_owned(),
            level,
            italic,
        }),
    }
}

/// The label that shows this text as it is.
pub fn literal(text: &str) -> String {
    let mut label = String::with_capacity(text.len());
    for c in text.chars() {
        if ESCAPABLE.contains(&c) {
            label.push('\\');
        }
        label.push(c);
    }
    label
}

/// The label that has these runs.
pub fn label(runs: &[Run]) -> String {
    let mut label = String::new();
    for run in runs {
        let text = literal(&run.text);
        let text = if run.italic {
            format!("*{text}*")
        } else {
            text
        };
        label += &match run.level {
            Level::Base => text,
            Level::Sub => format!("_{{{text}}}"),
            Level::Super => format!("^{{{text}}}"),
        };
    }
    label
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_texts_and_of_runs_come_back_as_these() {
        let awkward = "*a* b_{c}^{d} \\ \\* {e} } _{ ** *";
        let run = Run {
            text: awkward.to_owned(),
            level: Level::Base,
            italic: false,
        };
        assert_eq!(runs(&literal(awkward)), [run]);
        for given in ["*λ*^{2}_{*k*l} x", "*a_{b}c* \\*", "Δ_{1} ^{22}", awkward] {
            assert_eq!(runs(&label(&runs(given))), runs(given), "{given}");
        }
    }
}
