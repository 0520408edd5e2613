//! The terminal on which a reply is shown: its width, and colours for what did not go well.

use console::{Style, Term, colors_enabled};
use onsager::table::{Column, Value};

/// Ends of a search, a run or a check that are as they should be.
const GOOD_ENDS: [&str; 7] = [
    "converged",
    "complete",
    "defined",
    "extrapolated",
    "replica-symmetric",
    "closed form",
    "agrees",
];

/// Standard output, where it is a terminal.
pub struct Terminal {
    pub columns: usize,
    coloured: bool,
}

impl Terminal {
    /// Nothing where standard output goes to a file or a program. Without `NO_COLOR`, and where the
    /// terminal has colours, they are used.
    pub fn standard() -> Option<Self> {
        let term = Term::stdout();
        let (_, columns) = term.size_checked()?;
        term.is_term().then(|| Self {
            columns: usize::from(columns).max(20),
            coloured: colors_enabled() && std::env::var_os("NO_COLOR").is_none(),
        })
    }

    /// Red for what failed, yellow for what is approximate.
    pub fn paint(&self, column: &Column, value: &Value, text: String) -> String {
        if !self.coloured {
            return text;
        }
        match colour(column, value) {
            Some(style) => style.force_styling(true).apply_to(text).to_string(),
            None => text,
        }
    }
}

fn colour(column: &Column, value: &Value) -> Option<Style> {
    let bad = || Some(Style::new().red());
    let approximate = || Some(Style::new().yellow());
    match (column.name.as_str(), value) {
        ("outcome", Value::Text(end)) if !GOOD_ENDS.contains(&end.as_str()) => bad(),
        ("state", Value::Text(state)) if state != "stable" => approximate(),
        ("stable", Value::Flag(false)) => approximate(),
        ("differs", Value::Flag(true)) | ("passed", Value::Flag(false)) => bad(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_is_red_and_what_is_approximate_yellow() {
        let of = |name: &str, value: Value| colour(&Column::new(name), &value);
        assert_eq!(of("outcome", "converged".into()), None);
        assert_eq!(
            of("outcome", "left-domain".into()),
            Some(Style::new().red())
        );
        assert_eq!(of("state", "saddle".into()), Some(Style::new().yellow()));
        assert_eq!(of("differs", true.into()), Some(Style::new().red()));
        assert_eq!(of("zeta", 0.5.into()), None);
        let own = Terminal {
            columns: 80,
            coloured: true,
        };
        let text = own.paint(&Column::new("outcome"), &"slow".into(), "slow  ".into());
        assert_eq!(text, "\u{1b}[31mslow  \u{1b}[0m");
    }
}
