//! Pictures are figures of the tables that they belong to.

use super::{Pictured, of_document};
use crate::experiment::{
    Branch, BranchPotential, Compare, Dmft, Evolve, Experiment, SolveAlong, Stability,
    StabilityPotential, silent,
};
use crate::figure::{FigureSpec, SeriesSpec, render_svg};
use crate::study::Document;
use crate::table::Table;
use std::fs;
use std::path::Path;

/// The picture of the answer to a request: its specification, and the SVG.
fn picture<E: Experiment>(request: &str) -> (FigureSpec, String)
where
    E::Answer: Pictured,
{
    let asked: E = toml::from_str(request).expect("a request");
    let answer = asked.run(silent()).expect("an answer").result;
    let text = answer.picture("table.csv").expect("a picture");
    let spec = FigureSpec::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let svg = render_svg(&spec, &answer.drawn());
    // The table survives its file.
    let again = Table::read(&answer.drawn().write()).expect("a table");
    assert_eq!(svg, render_svg(&spec, &again), "{request}");
    (spec, svg.unwrap_or_else(|error| panic!("{error}\n{text}")))
}

fn labels(spec: &FigureSpec) -> Vec<Vec<&str>> {
    let panels = spec.panels.iter();
    let own = panels.map(|panel| panel.series.iter().map(SeriesSpec::name).collect());
    own.collect()
}

#[test]
fn solutions_along_a_strength() {
    let (spec, svg) = picture::<SolveAlong>(
        "strengths = [[0.8], [1.0], [1.5]]\nrsb = \"full\"\nmodel = { alpha = 2.0 }",
    );
    let labels = labels(&spec);
    assert_eq!(labels.len(), 2);
    let expected = [
        "Bayes-optimal",
        "PCA",
        "RBM, beyond replica symmetry",
        "RBM, replica symmetric",
    ];
    assert_eq!(labels[0], expected);
    assert!(
        svg.contains("no number"),
        "λ = 0.8 has no replica-symmetric solution"
    );
    // Two signals, of which one varies, and three units.
    let (spec, _) = picture::<SolveAlong>(
        "strengths = [[1.4, 1.6], [1.6, 1.6]]\nmodel = { alpha = 3.0, units = 1 }",
    );
    assert_eq!(spec.panels.len(), 3);
    assert!(spec.panels[0].x.label.contains("_{1}"));
}

#[test]
fn two_strengths_that_vary_have_no_picture() {
    let asked: SolveAlong =
        toml::from_str("strengths = [[1.4, 1.6], [1.6, 1.4]]\nmodel = { alpha = 3.0 }")
            .expect("a request");
    let answer = asked.run(silent()).expect("an answer").result;
    let error = answer.picture("table.csv").expect_err("two of them vary");
    assert!(
        error.to_string().contains("one signal that varies"),
        "{error}"
    );
}

#[test]
fn trajectories() {
    let (spec, _) = picture::<Evolve>("model = { alpha = 2.0, lambda = [1.5, 1.3] }");
    assert_eq!(
        labels(&spec).iter().map(Vec::len).collect::<Vec<_>>(),
        [4, 4, 3]
    );
    let (spec, _) = picture::<Dmft>(
        "iterations = 4\nmodel = { alpha = 2.0, lambda = [1.5] }\nstart = { start-m = [[0.3]] }\ndmft = { log2-paths = 8, path-sets = 2 }",
    );
    assert!(
        spec.caption
            .expect("a caption")
            .contains("one standard error")
    );
}

#[test]
fn theory_beside_simulation() {
    let model = "model = { alpha = 2.0, lambda = [1.5] }\n";
    let (spec, _) = picture::<Compare>(&format!(
        "{model}simulation = {{ d = 100, instances = 4, algorithm = \"lbfgs\" }}"
    ));
    assert_eq!(
        labels(&spec),
        [["*ζ*_{11}", "*M*_{11}", "*Q*_{11}", "*ℓ*", "*ℓ*_{test}"]]
    );
    let (spec, _) = picture::<Compare>(&format!(
        "trajectory = true\n{model}start = {{ start = [\"planted\"] }}\nsimulation = {{ d = 100, instances = 4, iterations = 4 }}"
    ));
    // Of AMP's iterations M and Q are compared.
    assert_eq!(labels(&spec).iter().map(Vec::len).collect::<Vec<_>>(), [4]);
}

#[test]
fn boundaries_and_branches() {
    let (spec, svg) = picture::<Stability>(
        "end = true\nstability = { over = \"alpha\", from = 1.5, to = 6.0, points = 6 }",
    );
    let expected = [
        "BBP threshold",
        "replicon = 1 (de Almeida–Thouless)",
        "overlap vanishes",
        "solution ends",
    ];
    assert_eq!(labels(&spec), [expected]);
    // Where a solution has no end, there is nothing to find.
    assert!(!svg.contains("no number"));
    picture::<Branch>(
        "model = { alpha = 2.0, lambda = [1.0] }\nbranch = { along = \"lambda\", from = 0.95, to = 1.5 }",
    );
    picture::<BranchPotential>(
        "definition = \"sk\"\nset = [\"J0=1.5\"]\nbranch = { along = \"T\", from = 0.3, to = 1.4 }",
    );
    picture::<StabilityPotential>(
        "definition = \"sk\"\nstart = \"ferromagnetic\"\nalong = \"T\"\nwithin = [0.1, 1.9]\nat = 1.0\nstability = { over = \"J0\", from = 1.2, to = 2.0, points = 3 }",
    );
}

/// The tables of the repository, each without the panels of its file.
#[test]
fn every_study_has_a_picture_by_default() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("figures");
    let mut count = 0;
    for entry in fs::read_dir(&folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|own| own != "toml") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("readable");
        let whole = Document::parse(&text, "figure").expect("a figure");
        let Some(data) = whole.figure.map(|own| own.data) else {
            continue;
        };
        let document = Document {
            study: whole.study,
            figure: None,
        };
        let table = fs::read_to_string(folder.join(&data)).expect("a table");
        let table = Table::read(&table).expect("a table");
        let spec = of_document(&document, &table, &data);
        let spec = spec.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let drawn = render_svg(&spec, &table);
        assert!(drawn.is_ok(), "{}: {:?}", path.display(), drawn.err());
        count += 1;
    }
    assert!(count > 30, "{count}");
}
