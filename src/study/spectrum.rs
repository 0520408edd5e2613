//! The spectrum of a weight matrix beside the law of its bulk and of its outliers.

use super::spec::SpectrumStudy;
use crate::error::Result;
use crate::experiment::{Experiment, MeasuredBulk, Spectrum, SpectrumFound, Watch};
use crate::spectral::MarchenkoPastur;
use crate::table::{Table, Value, as_json, keys, metadata};
use std::f64::consts::PI;

const COLUMNS: [&str; 4] = ["source", "quantity", "x", "value"];

/// Points of the density.
const POINTS: usize = 201;

/// Bins of the histogram.
const BINS: usize = 40;

/// The table before anything is computed.
pub(super) fn header() -> Table {
    Table::under(keys(&["law", "shape", "distance", "theory"]), &COLUMNS)
}

pub(super) fn run(study: &SpectrumStudy, watch: Watch) -> Result<Table> {
    let planted = study.curve.values("study.curve")?;
    let asked = Spectrum {
        spectrum: study.spectrum.clone(),
        seed: Some(study.seed),
    };
    let found = asked.run(watch)?.result;
    let mut metadata = metadata(study, study.seed);
    if let Some(law) = &found.law {
        metadata.push(("law".into(), as_json(law)));
    }
    if let Some(one) = &found.measured {
        let shape = format!("{} x {}", one.visible_units, one.hidden_units);
        metadata.push(("shape".into(), shape));
        if let Some(distance) = one.distance {
            metadata.push(("distance".into(), format!("{distance:.4}")));
        }
    }
    let ended = found.explanation.clone();
    metadata.push(("theory".into(), ended.unwrap_or_else(|| "complete".into())));
    let mut rows = Vec::new();
    if let Some(numbers) = &found.law {
        let law = MarchenkoPastur::new(numbers.sigma, numbers.kappa)?;
        rows.extend(law_rows(&law, &planted));
    }
    rows.extend(found.measured.iter().flat_map(histogram));
    rows.extend(mode_rows(&found));
    Ok(Table {
        rows,
        ..Table::under(metadata, &COLUMNS)
    })
}

fn row(source: &str, quantity: &str, x: f64, value: impl Into<Value>) -> Vec<Value> {
    vec![source.into(), quantity.into(), x.into(), value.into()]
}

/// The density, and what planted modes of these sizes look like; where a mode is lost in the noise
/// there is no number.
fn law_rows(law: &MarchenkoPastur, planted: &[f64]) -> Vec<Vec<Value>> {
    let [low, high] = law.edges();
    let (middle, half) = (
        0.5 * (high * high + low * low),
        0.5 * (high * high - low * low),
    );
    let mut rows = Vec::new();
    for at in 0..POINTS {
        let angle = PI * at as f64 / (POINTS - 1) as f64;
        let w = match at {
            0 => low,
            at if at + 1 == POINTS => high,
            _ => (middle - half * angle.cos()).sqrt(),
        };
        rows.push(row("theory", "density", w, law.density(w)));
    }
    for &w in planted {
        let seen = law.outlier(w);
        let numbers = [
            ("observed", seen.map(|seen| seen.observed)),
            (
                "visible_overlap_squared",
                seen.map(|seen| seen.visible_overlap_squared),
            ),
            (
                "hidden_overlap_squared",
                seen.map(|seen| seen.hidden_overlap_squared),
            ),
        ];
        let numbers = numbers.into_iter().filter(|(_, value)| value.is_some());
        rows.extend(numbers.map(|(quantity, value)| row("theory", quantity, w, value)));
        rows.push(row("edge", "observed", w, high));
        rows.push(row("planted", "observed", w, w));
    }
    rows
}

/// The bulk in equal bins.
fn histogram(one: &MeasuredBulk) -> Vec<Vec<Value>> {
    let bulk = &one.singular_values[one.outliers..];
    let width = (one.largest - one.smallest) / BINS as f64;
    if width <= 0.0 || width.is_nan() {
        return Vec::new();
    }
    let mut counts = [0usize; BINS];
    for value in bulk {
        let bin = ((value - one.smallest) / width) as usize;
        counts[bin.min(BINS - 1)] += 1;
    }
    let density = |(at, &count): (usize, &usize)| {
        let centre = one.smallest + (at as f64 + 0.5) * width;
        let value = count as f64 / (bulk.len() as f64 * width);
        row("sample", "density", centre, value)
    };
    counts.iter().enumerate().map(density).collect()
}

/// The modes of the matrix, at their planted size or, in a measured one, at that behind them.
fn mode_rows(found: &SpectrumFound) -> Vec<Vec<Value>> {
    let mut rows = Vec::new();
    for mode in &found.modes {
        let Some(w) = mode.planted.or(mode.behind) else {
            continue;
        };
        let numbers = [
            ("observed", mode.observed),
            ("visible_overlap_squared", mode.visible_overlap_squared),
            ("hidden_overlap_squared", mode.hidden_overlap_squared),
        ];
        let numbers = numbers.into_iter().filter(|(_, value)| value.is_some());
        rows.extend(numbers.map(|(quantity, value)| row("sample", quantity, w, value)));
        // Their places on the axis of the density.
        let places = [("sample", mode.observed), ("theory", mode.predicted)];
        let places = places
            .into_iter()
            .filter_map(|(source, x)| Some((source, x?)));
        rows.extend(places.map(|(source, x)| row(source, "place", x, 0.0)));
    }
    rows
}
