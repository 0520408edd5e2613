//! The generated pages: `equations/REFERENCE.md` and the table of the README.

use super::describe::{Notation, describe};
use crate::definitions::{Catalogue, Definition, PriorLaw};
use crate::error::Result;

/// `equations/REFERENCE.md`: every built-in definition.
///
/// # Errors
/// A built-in file that is not valid.
pub fn reference() -> Result<String> {
    let catalogue = Catalogue::default();
    let mut text = String::from(
        "# Reference\n\nEvery built-in definition with the formulas derived from it. Generated from the files of this folder by\n\
         `onsager equations reference > equations/REFERENCE.md`; a test fails where they differ.\n",
    );
    let mut section = "";
    for name in catalogue.names()? {
        let definition = catalogue.definition(&name)?;
        let (title, folder) = match definition {
            Definition::Prior(_) => ("Priors", "priors"),
            Definition::Potential(_) => ("Potentials", "potentials"),
        };
        if title != section {
            section = title;
            text.push_str(&format!("\n## {title}\n"));
        }
        let body = describe(&definition, Notation::Latex)?;
        text.push_str(&format!(
            "\n### [{name}]({folder}/{name}.toml)\n\n{}",
            paragraphs(&body)
        ));
    }
    Ok(text)
}

/// Lines of a description as Markdown: those without a formula or a list become paragraphs.
fn paragraphs(body: &str) -> String {
    let mut text = String::new();
    for line in body.lines() {
        text.push_str(line.trim_start_matches("  "));
        text.push('\n');
        if !line.is_empty() && !line.starts_with("  -") && !line.starts_with("$$") {
            text.push('\n');
        }
    }
    while text.contains("\n\n\n") {
        text = text.replace("\n\n\n", "\n\n");
    }
    format!("{}\n", text.trim_end())
}

/// The README's table of hidden units: name, title, `η1`, denoiser and its derivative.
///
/// # Errors
/// As [`reference()`].
pub fn summary() -> Result<String> {
    let catalogue = Catalogue::default();
    let mut text = String::from("| name | `η1(z)` | `f(z)` | `D(z)` |\n|---|---|---|---|\n");
    for name in catalogue.names()? {
        let Definition::Prior(prior) = catalogue.definition(&name)? else {
            continue;
        };
        // A correlation is no other unit.
        let correlated = matches!(
            prior.law,
            PriorLaw::Gaussian {
                correlation: Some(_)
            }
        );
        let ([z], false) = (prior.variables.as_slice(), correlated) else {
            continue;
        };
        let mean = prior.log_mgf.derivative(z);
        let formulas = [prior.log_mgf.clone(), mean.clone(), mean.derivative(z)];
        let cells = formulas.map(|formula| {
            let printed = formula.unicode();
            match printed.chars().count() <= 60 {
                true => format!("`{}`", printed),
                false => "derived".into(),
            }
        });
        text.push_str(&format!("| `{name}` | {} |\n", cells.join(" | ")));
    }
    Ok(text)
}
