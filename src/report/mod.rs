//! An analysis as one page of HTML for people: what to trust first, then every number and figure, and
//! how to make them again.
//!
//! The page needs nothing beside it: no script, no font, no network. Its figures are those of
//! [`figure`](crate::figure), inline. What comes from file names is escaped; the same answer gives the
//! same bytes.
//!
//! ```
//! # fn main() -> onsager::error::Result<()> {
//! use onsager::experiment::{Analyze, Experiment, silent};
//! use onsager::options::AnalysisOptions;
//! use onsager::report;
//!
//! let analysis = AnalysisOptions { data: Some("digits".into()), ..Default::default() };
//! let request = Analyze { analysis, seed: None };
//! let page = report::html(&request, &request.run(silent())?, Some([8, 8]))?;
//! assert!(page.starts_with("<!DOCTYPE html>"));
//! # Ok(())
//! # }
//! ```

mod halves;
mod images;
mod learnt;
mod markup;
mod reproduce;
mod spectrum;
#[cfg(test)]
mod tests;
mod trust;

use crate::error::Result;
use crate::experiment::{Analyze, Analyzed, Report};
use crate::files::open_data;
use markup::{element, escaped, number};
use std::path::Path;

const STYLE: &str = include_str!("page.css");

/// The page of an analysis, and of what was asked for. With the rows and columns of images, which the
/// rows of the data are, weights are shown as such.
///
/// # Errors
/// Names `image`: another number of pixels than the file has columns. A figure that can't be drawn.
pub fn html(
    request: &Analyze,
    report: &Report<Analyzed>,
    image: Option<[usize; 2]>,
) -> Result<String> {
    let found = &report.result;
    let images = images::section(found, image)?;
    let name = found.settings.data.file_name();
    let name = name.map_or_else(|| "data".into(), |name| name.to_string_lossy());
    let title = format!("Analysis of {name}");
    let parts = [
        element("h1", &title),
        format!("<p class=\"facts\">{}</p>\n", escaped(&facts(found))),
        trust::section(found),
        spectrum::section(found)?,
        halves::section(found)?,
        learnt::section(found)?,
        images,
        reproduce::section(request, report, image),
    ];
    Ok(format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n{}\
         <style>\n{STYLE}</style>\n</head>\n<body>\n{}</body>\n</html>\n",
        element("title", &title),
        parts.concat(),
    ))
}

/// Checks, before any work, that rows of a file of data can be images of so many rows and columns.
///
/// # Errors
/// Names `image`; those of reading the file.
pub fn require_image(data: &Path, image: [usize; 2]) -> Result<()> {
    let [_, columns] = open_data(data)?.shape();
    images::check(columns, image)
}

/// The size of the data in a line.
fn facts(found: &Analyzed) -> String {
    let apart = match found.settings.holdout {
        Some(part) => format!("; a part {part} of the rows is kept apart"),
        None => String::new(),
    };
    format!(
        "n × d = {} × {}, α = {}{apart}",
        found.n,
        found.d,
        number(found.alpha)
    )
}
