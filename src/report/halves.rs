//! What halves of the data agree on.

use super::markup::{Numbers, element, figure, section as headed, table};
use crate::error::Result;
use crate::experiment::Analyzed;

/// The section.
pub fn section(found: &Analyzed) -> Result<String> {
    let halves = &found.split_half;
    let words = "Principal directions of two halves of the rows, drawn at random, and their overlaps: 1 where both halves have the same direction. They need no theory and no bulk. Where two eigenvalues are nearly the same, their directions mix, and only the space of both is reproduced.";
    let mut content = element("p", words);
    if !halves.directions.is_empty() {
        content += &overlaps(found)?;
    }
    content += &table(&found.half_table());
    Ok(headed("Halves of the data", &content))
}

fn overlaps(found: &Analyzed) -> Result<String> {
    let halves = &found.split_half;
    let mut numbers = Numbers::new();
    let expected = found
        .signals
        .iter()
        .map(|signal| signal.split_half_expected);
    let all = [
        ("spaces", &halves.subspaces),
        ("expected", &expected.collect()),
        ("halves", &halves.directions),
    ];
    for (series, overlaps) in all {
        for (at, overlap) in overlaps.iter().enumerate().take(halves.directions.len()) {
            numbers.push(series, (at + 1) as f64, *overlap, None::<f64>);
        }
    }
    let theory = match found.assumption_violated {
        true => "in theory (assumption violated)",
        false => "in theory",
    };
    let end = halves.directions.len() as f64 + 0.5;
    let spec = [
        format!(
            "size = [139, 72]\n[[panel]]\nx = {{ label = \"direction\", column = \"x\", range = [0.5, {end}], ticks = \"whole\" }}\n\
             y = {{ label = \"overlap of the halves\", column = \"y\", range = [0.0, 1.05] }}\n"
        ),
        numbers.series(
            "spaces",
            "spaces up to it",
            "kind = \"line\"\ncolor = \"grey\"\ndash = \"dashed\"\nwidth = 1.5",
        ),
        numbers.series(
            "expected",
            theory,
            "kind = \"points\"\ncolor = \"blue\"\nmarker = \"diamond\"\nfilled = false",
        ),
        numbers.series(
            "halves",
            "directions",
            "kind = \"points\"\ncolor = \"vermillion\"",
        ),
    ];
    let good = halves.directions.iter().filter(|own| **own > 0.8).count();
    let description = format!(
        "Overlaps of {} principal directions between two halves of the data; {good} of them are above 0.8.",
        halves.directions.len()
    );
    let caption = "Overlaps of principal directions between halves of the data, beside those of PCA at half of the samples in theory, for what is taken for signals.";
    figure(&spec.concat(), &numbers, &description, caption)
}
