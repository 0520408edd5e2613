use super::*;
use crate::analysis::Standardise;
use crate::analysis::tests::planted;
use crate::error::Error;
use crate::experiment::{Experiment, silent};
use crate::law::Law;
use crate::numerics::Matrix;
use crate::options::AnalysisOptions;
use crate::simulation::Size;
use std::fmt::Write;

/// An analysis of these rows in a file of that name, with up to two units.
fn analysed(rows: &Matrix, name: &str, train: bool) -> (Analyze, Report<Analyzed>) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    let mut text = String::new();
    for row in rows.row_iter() {
        let cells: Vec<String> = row.iter().map(f64::to_string).collect();
        writeln!(text, "{}", cells.join(",")).expect("a string");
    }
    std::fs::write(&path, text).expect("written");
    let analysis = AnalysisOptions {
        data: Some(path),
        standardise: Some(Standardise::None),
        units: train.then_some(1),
        train: train.then_some(crate::analysis::Trainer::Lbfgs),
        bootstrap: train.then_some(2),
        holdout: train.then_some(0.25),
        ..AnalysisOptions::default()
    };
    let request = Analyze {
        analysis,
        seed: Some(1),
    };
    let report = request.run(silent()).expect("an analysis");
    (request, report)
}

fn white() -> Matrix {
    planted(2.0, &Law::rademacher(), Size { n: 160, d: 20 }, 0)
}

/// Every tag that is opened is closed, in order; no attribute is broken.
fn require_well_formed(html: &str) {
    const EMPTY: [&str; 2] = ["meta", "!DOCTYPE"];
    let mut open: Vec<&str> = Vec::new();
    let mut rest = html;
    while let Some((_, tag)) = rest.split_once('<') {
        let (tag, after) = tag.split_once('>').expect("the end of a tag");
        assert!(!tag.contains('<'), "<{tag}>");
        assert_eq!(tag.matches('"').count() % 2, 0, "<{tag}>");
        rest = after;
        let name = tag.split_whitespace().next().expect("a name");
        match name.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name)),
            None if EMPTY.contains(&name) || tag.ends_with('/') => {}
            None => open.push(name),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

fn require_clean(html: &str) {
    require_well_formed(html);
    for bad in [
        "NaN", "inf<", "inf ", "http://", "https://", "<script", " id=",
    ] {
        assert!(!html.contains(bad), "{bad}");
    }
}

#[test]
fn page_has_every_section() {
    let (request, report) = analysed(&white(), "planted.csv", true);
    let page = html(&request, &report, Some([4, 5])).expect("a page");
    require_clean(&page);
    let mut rest = page.as_str();
    for heading in [
        "<h1>Analysis of planted.csv</h1>",
        "n × d = 120 × 20",
        "class=\"trust holds\"",
        "How many units are useful",
        "What rests on what",
        "<h2>Spectrum</h2>",
        "Marchenko–Pastur",
        "<h2>Signals and noise</h2>",
        "Directions that are taken for signals.",
        "<h2>Halves of the data</h2>",
        "<h2>What units learn</h2>",
        "<h2>Gain against the number of rows</h2>",
        "<h2>Weights as images</h2>",
        "<h2>How to reproduce</h2>",
        "--train=lbfgs",
        "--image=4x5",
        "Baik, Jinho",
    ] {
        let (_, after) = rest
            .split_once(heading)
            .unwrap_or_else(|| panic!("{heading}"));
        rest = after;
    }
    assert_eq!(page.matches("<svg ").count(), 5);
    assert_eq!(page.matches("role=\"img\" aria-label=\"").count(), 5);
    let again = html(&request, &report, Some([4, 5])).expect("a page");
    assert_eq!(page, again);
}

#[test]
fn violation_comes_first() {
    let mut rows = white();
    for (at, mut column) in rows.column_iter_mut().enumerate() {
        column *= 1.0 + 0.2 * at as f64;
    }
    let (request, report) = analysed(&rows, "unequal.csv", false);
    assert!(report.result.assumption_violated);
    let page = html(&request, &report, None).expect("a page");
    require_clean(&page);
    let place = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text}"));
    let trust = place("class=\"trust violated\"");
    assert!(trust < place("<table") && trust < place("<svg"));
    assert!(page.contains("Nothing was asked for"));
    assert!(!page.contains("Weights as images"));
}

#[test]
fn without_a_bulk_no_density_is_drawn() {
    let analysis = AnalysisOptions {
        data: Some("digits".into()),
        ..AnalysisOptions::default()
    };
    let request = Analyze {
        analysis,
        seed: None,
    };
    let report = request.run(silent()).expect("an analysis");
    let page = html(&request, &report, Some([8, 8])).expect("a page");
    require_clean(&page);
    assert!(page.contains("There is no bulk of noise, and the BBP threshold decides nothing"));
    assert!(page.contains("No density of noise is drawn"));
    assert!(page.contains("There are no weights to show"));
    assert!(page.contains("<td>1, 33, 40</td>"));
}

#[test]
fn names_are_escaped() {
    let (request, report) = analysed(&white(), "<b>&\"'.csv", false);
    let page = html(&request, &report, None).expect("a page");
    require_clean(&page);
    assert!(page.contains("<h1>Analysis of &lt;b&gt;&amp;&quot;&#39;.csv</h1>"));
}

#[test]
fn image_of_another_size_is_refused() {
    let (request, report) = analysed(&white(), "planted.csv", false);
    for (shape, shown) in [([4, 4], "4x4"), ([usize::MAX, 2], "x2"), ([0, 20], "0x20")] {
        let error = html(&request, &report, Some(shape)).expect_err("another size");
        assert!(matches!(&error, Error::InvalidInput { field, .. } if field == "image"));
        let message = error.to_string();
        assert!(
            message.contains(shown) && message.contains("20, the columns"),
            "{message}"
        );
    }
}

#[test]
fn numbers_have_four_digits() {
    for (value, expected) in [
        (1.234_56, "1.235"),
        (-0.012_345_6, "−0.01235"),
        (1797.0, "1797"),
        (123_456.0, "123456"),
        (5.91e-33, "5.910×10⁻³³"),
        (9.999_96, "10.00"),
        (1e6, "1.000×10⁶"),
        (0.0, "0"),
        (f64::NAN, "—"),
        (f64::INFINITY, "—"),
    ] {
        assert_eq!(number(value), expected);
    }
}
