//! The template of a caption: its placeholders, and the braces of its markup.

use crate::figure::error::FigureError;
use crate::figure::style::markup;

/// An error unless all braces of a caption have a meaning.
pub fn check_template(template: &str) -> Result<(), FigureError> {
    pieces(template).map(drop)
}

/// The label that a caption becomes with these metadata, which are shown as they are.
pub fn fill(template: &str, metadata: &[(String, String)]) -> Result<String, FigureError> {
    let mut label = String::new();
    for piece in pieces(template)? {
        match piece {
            Piece::Markup(markup) => label += &markup,
            Piece::Key(key) => label += &markup::literal(value(key, metadata)?),
        }
    }
    Ok(label)
}

fn value<'a>(key: &str, metadata: &'a [(String, String)]) -> Result<&'a str, FigureError> {
    let mut values = metadata.iter().filter(|(known, _)| known == key);
    let Some((_, value)) = values.next() else {
        let known: Vec<&str> = metadata.iter().map(|(known, _)| known.as_str()).collect();
        return Err(FigureError::MissingMetadata {
            key: key.to_owned(),
            available: if known.is_empty() {
                "none at all".to_owned()
            } else {
                known.join(", ")
            },
        });
    };
    if values.any(|(_, other)| other != value) {
        return Err(FigureError::AmbiguousMetadata(key.to_owned()));
    }
    Ok(value)
}

/// A part of a caption.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece<'a> {
    /// Text with the markup of labels.
    Markup(String),
    /// A key of the metadata.
    Key(&'a str),
}

/// Splits a caption at its placeholders. A brace after `_` or `^` is markup, like the one that ends
/// the script.
fn pieces(template: &str) -> Result<Vec<Piece<'_>>, FigureError> {
    let mut pieces = Vec::new();
    let mut markup = String::new();
    let mut script = false;
    let mut rest = template;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        rest = after;
        match c {
            '\\' => {
                // A backslash that protects nothing must not come to protect the value after it.
                let protected = after
                    .chars()
                    .next()
                    .filter(|c| markup::ESCAPABLE.contains(c));
                let protected = protected.unwrap_or('\\');
                markup.extend(['\\', protected]);
                rest = after.strip_prefix(protected).unwrap_or(after);
            }
            '_' | '^' if !script && after.starts_with('{') => {
                markup.extend([c, '{']);
                (script, rest) = (true, &after[1..]);
            }
            '}' if script => {
                markup.push('}');
                script = false;
            }
            '{' if after.starts_with('{') => {
                markup.push('{');
                rest = &after[1..];
            }
            '}' if after.starts_with('}') => {
                markup += "\\}";
                rest = &after[1..];
            }
            '{' => {
                let (key, end) = after.split_once('}').ok_or_else(|| unpaired(template))?;
                pieces.push(Piece::Markup(std::mem::take(&mut markup)));
                pieces.push(Piece::Key(key));
                rest = end;
            }
            '}' => return Err(unpaired(template)),
            _ => markup.push(c),
        }
    }
    if script {
        return Err(unpaired(template));
    }
    pieces.push(Piece::Markup(markup));
    Ok(pieces)
}

fn unpaired(template: &str) -> FigureError {
    FigureError::InvalidField {
        field: "caption".to_owned(),
        got: template.to_owned(),
        allowed: "a brace has no partner; {key} quotes the metadata of the table, {{ and }} are ordinary braces"
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const METADATA: [(&str, &str); 4] = [
        ("seed", "7"),
        ("largest residual", "8.9e-13"),
        ("marks", "*a* b_{c} \\* {d} }"),
        ("nothing", ""),
    ];

    fn filled(template: &str) -> String {
        let metadata = METADATA.map(|(key, value)| (key.to_owned(), value.to_owned()));
        fill(template, &metadata).expect("known keys")
    }

    /// What the reader sees, without positions and slant.
    fn shown(template: &str) -> String {
        let runs = markup::runs(&filled(template));
        runs.into_iter().map(|run| run.text).collect()
    }

    #[test]
    fn placeholders_are_filled() {
        assert_eq!(filled("no more than that"), "no more than that");
        assert_eq!(filled("{seed}"), "7");
        assert_eq!(
            filled("*ε* = {largest residual} (seed {seed}){nothing}"),
            "*ε* = 8.9e-13 (seed 7)"
        );
    }

    #[test]
    fn braces_are_scripts_placeholders_or_ordinary() {
        assert_eq!(filled("ζ_{11}^{*k*} {seed}"), "ζ_{11}^{*k*} 7");
        assert_eq!(filled("ζ_{{seed}}"), "ζ_{7}");
        assert_eq!(shown("{{seed}} {{}} }}{{"), "{seed} {} }{");
        assert_eq!(shown("\\_{{seed}} \\_{seed} \\}"), "_{seed} _7 }");
    }

    #[test]
    fn metadata_are_no_markup() {
        let marks = METADATA[2].1;
        assert_eq!(filled("{marks}"), "\\*a\\* b\\_{c\\} \\\\\\* {d\\} \\}");
        for (before, after) in [("", ""), ("2 * ", ""), ("\\", ""), ("a_{x} *", "*")] {
            let shown = shown(&format!("{before}{{marks}}{after}"));
            assert!(shown.contains(marks), "{before}: {shown}");
        }
        // Nor do they complete the markup around them.
        assert_eq!(shown("2 * {marks}"), format!("2 * {marks}"));
        assert_eq!(shown("\\{marks}*"), format!("\\{marks}*"));
    }

    #[test]
    fn brace_without_partner_is_refused() {
        for template in [
            "{seed",
            "seed}",
            "{",
            "ζ_{11",
            "ζ_{{seed}",
            "{{seed}",
            "}}}",
        ] {
            let found = check_template(template).expect_err("no partner");
            let message = found.to_string();
            let expected = format!("caption is {template}: a brace has no partner");
            assert!(message.starts_with(&expected), "{message}");
        }
    }

    #[test]
    fn key_with_two_values_is_refused() {
        let twice = |other: &str| {
            let metadata = ["7", other].map(|value| ("seed".to_owned(), value.to_owned()));
            fill("{seed}", &metadata)
        };
        assert_eq!(twice("7"), Ok("7".into()));
        assert_eq!(
            twice("8"),
            Err(FigureError::AmbiguousMetadata("seed".into()))
        );
    }
}
