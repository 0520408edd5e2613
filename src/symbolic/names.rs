//! Names of variables as LaTeX and as plain Unicode.

use super::expression::Symbol;

const GREEK: [(&str, &str); 23] = [
    ("alpha", "α"),
    ("beta", "β"),
    ("gamma", "γ"),
    ("delta", "δ"),
    ("epsilon", "ε"),
    ("zeta", "ζ"),
    ("eta", "η"),
    ("theta", "θ"),
    ("kappa", "κ"),
    ("lambda", "λ"),
    ("mu", "μ"),
    ("nu", "ν"),
    ("xi", "ξ"),
    ("rho", "ρ"),
    ("sigma", "σ"),
    ("tau", "τ"),
    ("phi", "φ"),
    ("chi", "χ"),
    ("psi", "ψ"),
    ("omega", "ω"),
    ("Delta", "Δ"),
    ("Lambda", "Λ"),
    ("Phi", "Φ"),
];

/// A name, taken apart.
struct Parts<'a> {
    stem: &'a str,
    bar: bool,
    index: &'a str,
}

fn parts(name: &str) -> Parts<'_> {
    let stem_length = name
        .find(|c: char| c == '_' || c.is_ascii_digit())
        .filter(|&at| at > 0)
        .unwrap_or(name.len());
    let (stem, index) = name.split_at(stem_length);
    let index = index.trim_start_matches('_');
    match stem.strip_suffix("bar") {
        Some(short) if !short.is_empty() => Parts {
            stem: short,
            bar: true,
            index,
        },
        _ => Parts {
            stem,
            bar: false,
            index,
        },
    }
}

fn greek(stem: &str) -> Option<&'static str> {
    GREEK
        .iter()
        .find(|(known, _)| *known == stem)
        .map(|(_, letter)| *letter)
}

impl Symbol {
    /// Name as LaTeX: Greek letters, `qbar` as `\bar{q}`, trailing digits or `_x` as subscripts.
    pub fn latex(&self) -> String {
        let Parts { stem, bar, index } = parts(self.name());
        let letter = match greek(stem) {
            Some(_) => format!("\\{stem}"),
            None if stem.chars().count() > 1 => format!("\\mathrm{{{stem}}}"),
            None => stem.into(),
        };
        let letter = if bar {
            format!("\\bar{{{letter}}}")
        } else {
            letter
        };
        match index {
            "" => letter,
            _ => format!("{letter}_{{{index}}}"),
        }
    }

    /// Name as plain Unicode.
    pub fn unicode(&self) -> String {
        let Parts { stem, bar, index } = parts(self.name());
        let bar = if bar { "\u{304}" } else { "" };
        format!("{}{bar}{}", greek(stem).unwrap_or(stem), subscript(index))
    }
}

pub(super) fn superscript(value: i64) -> String {
    translate(&value.to_string(), "-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
}

fn subscript(text: &str) -> String {
    match text.chars().all(|c| c.is_ascii_digit()) {
        true => translate(text, "0123456789", "₀₁₂₃₄₅₆₇₈₉"),
        false => format!("_{text}"),
    }
}

fn translate(text: &str, from: &str, to: &str) -> String {
    let change = |c| {
        from.chars()
            .zip(to.chars())
            .find(|(plain, _)| *plain == c)
            .map_or(c, |(_, new)| new)
    };
    text.chars().map(change).collect()
}
