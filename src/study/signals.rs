//! What is said of signals in data, against signals that were planted: coverage of intervals, and how
//! often noise is taken for a signal or for coloured noise.

use super::journal::Journal;
use super::points::{Points, share};
use super::stated::{SignalCase, SignalStudy};
use crate::analysis::{BulkNull, Inversion, Principal, SignalLaw, Spectrum};
use crate::ensemble::Estimate;
use crate::error::{Error, Result};
use crate::experiment::Watch;
use crate::model::Model;
use crate::numerics::streams::Streams;
use crate::simulation::{Instance, Size, Store};
use crate::table::{Table, tallied, tally};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Bits of the number of a piece that count draws.
const CELL_BITS: u32 = 20;

/// Cell of the streams of what an analysis draws, beside that of the data.
const ANALYSIS: u64 = 1 << 32;

/// What one data set says.
#[derive(Clone, Serialize, Deserialize)]
struct Draw {
    /// Number of signals that were found.
    found: usize,
    /// Of each planted signal that was found: strength, standard error, and whether its interval has
    /// the true one.
    signals: Vec<Seen>,
    /// Whether the next signal lies below its upper limit; null where none was asked for.
    below: Option<bool>,
    /// Whether the bulk was called coloured.
    coloured: bool,
}

/// A planted signal that was found.
#[derive(Clone, Serialize, Deserialize)]
struct Seen {
    lambda: f64,
    error: Option<f64>,
    covered: Option<bool>,
}

pub(super) fn run(study: &SignalStudy, journal: &mut Journal, watch: Watch) -> Result<Table> {
    if study.cases.is_empty() || study.draws < 2 {
        let allowed = "give a case, and two draws at least";
        return Err(Error::invalid("study.draws", study.draws, allowed));
    }
    let names = study.cases.iter().map(|case| case.name.as_str());
    super::require_distinct("study.cases.name", names)?;
    // Everything is checked before the first draw.
    let mut prepared = Vec::new();
    for case in &study.cases {
        case.model.require_in("study.cases.model", None)?;
        let model = case.model.resolve(None)?;
        if model.lambda().windows(2).any(|pair| pair[0] < pair[1]) {
            let allowed = "strengths must fall: signals are found from the strongest on";
            return Err(Error::invalid(
                "lambda",
                format!("{:?}", model.lambda()),
                allowed,
            ));
        }
        let n = (model.alpha() * case.d as f64).round() as usize;
        let size = Size { n, d: case.d };
        size.validate_for(&model, Store::Dense)?;
        prepared.push((case, model, size));
    }
    let mut nulls = Nulls {
        streams: Streams::new(study.seed).cell(ANALYSIS),
        known: BTreeMap::new(),
    };
    let mut points = Points::default();
    let mut runs = BTreeMap::new();
    for (cell, (case, model, size)) in prepared.iter().enumerate() {
        let mut draws = Vec::with_capacity(study.draws);
        for instance in 0..study.draws as u64 {
            let number = ((cell as u64) << CELL_BITS) + instance;
            let streams = Streams::new(study.seed)
                .cell(cell as u64)
                .instance(instance);
            let one: Draw = journal.piece(number, || {
                let analysis = |place: u64| streams.cell(ANALYSIS + ((cell as u64) << 16) + place);
                draw(case, (model, *size), &mut nulls, streams, &analysis)
            })?;
            tally(&mut runs, format!("{} signals", one.found), 1);
            draws.push(one);
            let part = (instance + 1) as f64 / study.draws as f64;
            watch(&case.name, Some(part));
        }
        add(&mut points, (cell + 1) as f64, (case, model), &draws);
    }
    expected(&mut points, &prepared);
    let theory = "95 of 100 intervals, one false signal in a hundred, one coloured bulk in twenty";
    Ok(points.table_without_claims(study, study.seed, [theory.into(), tallied(&runs)]))
}

/// White noise of the shapes that were met.
struct Nulls {
    streams: Streams,
    known: BTreeMap<[usize; 2], BulkNull>,
}

impl Nulls {
    fn of(&mut self, spectrum: &Spectrum, r: usize) -> Result<&BulkNull> {
        Ok(match self.known.entry(spectrum.without(r)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(spectrum.bulk_null(r, self.streams)?),
        })
    }
}

/// One data set and its analysis, whose streams have numbers from 1: of the limit of a further signal,
/// and of the intervals of those that were found.
fn draw(
    case: &SignalCase,
    (model, size): (&Model, Size),
    nulls: &mut Nulls,
    streams: Streams,
    analysis: &dyn Fn(u64) -> Streams,
) -> Result<Draw> {
    let data = Instance::generate(model, size, streams)?;
    let principal = Principal::of(&data.data)?;
    let spectrum = principal.spectrum(size.n)?;
    let detection = spectrum.detect();
    let Some((outliers, next, noise)) = detection.parts() else {
        return Ok(Draw {
            found: 0,
            signals: Vec::new(),
            below: None,
            coloured: true,
        });
    };
    let found = spectrum.signals(&principal, &detection)?;
    let mut signals = Vec::new();
    for (before, (signal, truth)) in found.into_iter().zip(model.lambda()).enumerate() {
        let signal = match case.inversion {
            true => signal.invert(&spectrum, before, noise, analysis(before as u64 + 2)),
            false => signal,
        };
        signals.push(Seen {
            lambda: signal.lambda,
            error: signal.error.is_finite().then_some(signal.error),
            covered: signal
                .interval95
                .map(|[low, high]| low <= *truth && *truth <= high),
        });
    }
    let left = model.lambda().get(outliers.len()).copied().unwrap_or(0.0);
    let below = case.inversion.then(|| {
        let inversion = Inversion::behind(&spectrum, outliers.len(), SignalLaw::Gaussian);
        let interval = inversion.interval(next.eigenvalue / noise, analysis(1));
        interval.ok().map(|[_, high]| left <= high)
    });
    let null = nulls.of(&spectrum, outliers.len())?;
    let distance = spectrum.bulk_distance(outliers.len(), null)?;
    Ok(Draw {
        found: outliers.len(),
        signals,
        below: below.flatten(),
        coloured: distance.n_ks > distance.limit,
    })
}

/// The points of one case.
fn add(points: &mut Points, number: f64, (case, model): (&SignalCase, &Model), draws: &[Draw]) {
    let name = case.name.as_str();
    for (at, lambda) in model.lambda().iter().enumerate() {
        let place = model.alpha() * lambda.powi(4);
        let seen: Vec<&Seen> = draws
            .iter()
            .filter_map(|draw| draw.signals.get(at))
            .collect();
        points.measured("found", name, place, share(seen.len(), draws.len()));
        let judged: Vec<bool> = seen.iter().filter_map(|seen| seen.covered).collect();
        let hits = judged.iter().filter(|covered| **covered).count();
        points.measured("coverage", name, place, share(hits, judged.len()));
        let deviations: Vec<f64> = seen.iter().map(|seen| seen.lambda - lambda).collect();
        points.measured("bias", name, place, Estimate::of(&deviations));
        let errors: Vec<f64> = seen.iter().filter_map(|seen| seen.error).collect();
        let ratio = Estimate::of(&deviations)
            .zip(Estimate::of(&errors))
            .and_then(|(own, stated)| ratio(own, stated));
        points.measured("ratio", name, place, ratio);
    }
    let planted = model.signals();
    let more = draws.iter().filter(|draw| draw.found > planted).count();
    points.measured("false", name, number, share(more, draws.len()));
    let coloured = draws.iter().filter(|draw| draw.coloured).count();
    points.measured("coloured", name, number, share(coloured, draws.len()));
    let limits: Vec<bool> = draws.iter().filter_map(|draw| draw.below).collect();
    let below = limits.iter().filter(|below| **below).count();
    if !limits.is_empty() {
        points.measured("next", name, number, share(below, limits.len()));
    }
}

/// What is asked of intervals, from end to end.
fn expected(points: &mut Points, prepared: &[(&SignalCase, Model, Size)]) {
    let places = prepared.iter().flat_map(|(_, model, _)| {
        let lambda = model.lambda().iter();
        lambda.map(|lambda| model.alpha() * lambda.powi(4))
    });
    let (low, high) = places.fold((f64::INFINITY, 0.0f64), |(low, high), place| {
        (low.min(place), high.max(place))
    });
    for (panel, asked) in [("coverage", 0.95), ("ratio", 1.0)] {
        for end in [low, high] {
            points.theory(panel, "expected", end, Some(asked));
        }
    }
}

/// Scatter of strengths over the mean of their stated errors, with the error of a scatter of normal
/// numbers.
fn ratio(own: Estimate, stated: Estimate) -> Option<Estimate> {
    let size = own.count as f64;
    let deviation = own.standard_error? * size.sqrt();
    let mean = deviation / stated.mean;
    Some(Estimate {
        mean,
        standard_error: Some(mean / (2.0 * (size - 1.0)).sqrt()),
        count: own.count,
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Study, parse_study};
    use crate::experiment::{Experiment, silent};
    use crate::table::{Table, Value};

    fn number(table: &Table, panel: &str, series: &str, column: usize) -> Vec<f64> {
        let wanted = table
            .rows
            .iter()
            .filter(|row| row[0] == Value::from(panel) && row[1] == Value::from(series));
        wanted
            .filter_map(|row| match row[column] {
                Value::Number(number) => Some(number),
                _ => None,
            })
            .collect()
    }

    /// A few data sets at small size: signals far above the threshold are found, and their intervals
    /// hold; what is at the threshold is hardly found, and bounded from above.
    #[test]
    fn intervals_hold_and_noise_deceives_seldom() {
        let text = r#"
            [study]
            kind = "signals"
            seed = 2
            draws = 24
            [[study.cases]]
            name = "few"
            d = 60
            inversion = true
            model = { alpha = 4.0, lambda = [1.9, 0.71] }
        "#;
        let study = parse_study(text, "signals.toml").unwrap();
        let Study::Signals(study) = study else {
            panic!("another kind");
        };
        let table = study.run(silent()).unwrap().result.table;
        let places = number(&table, "found", "few", 2);
        for (place, lambda) in places.iter().zip([1.9f64, 0.71]) {
            assert!((place - 4.0 * lambda.powi(4)).abs() < 1e-9, "{places:?}");
        }
        let found = number(&table, "found", "few", 3);
        assert!(found[0] == 1.0 && found[1] < 0.3, "{found:?}");
        let coverage = number(&table, "coverage", "few", 3);
        assert!(coverage[0] >= 0.79, "{coverage:?}");
        assert!(number(&table, "false", "few", 3)[0] <= 0.13);
        assert!(number(&table, "coloured", "few", 3)[0] <= 0.25);
        assert!(number(&table, "next", "few", 3)[0] >= 0.79);
        let ratio = number(&table, "ratio", "few", 3);
        assert!(ratio[0] > 0.6 && ratio[0] < 1.6, "{ratio:?}");
        assert_eq!(number(&table, "coverage", "expected", 3), [0.95, 0.95]);
    }

    #[test]
    fn studies_without_cases_or_draws_are_refused() {
        for text in [
            "[study]\nkind = \"signals\"\nseed = 1\ndraws = 4\ncases = []",
            "[study]\nkind = \"signals\"\nseed = 1\ndraws = 1\n[[study.cases]]\nname = \"a\"\nd = 60\ninversion = false\nmodel = { alpha = 4.0, lambda = [1.9] }",
            "[study]\nkind = \"signals\"\nseed = 1\ndraws = 4\n[[study.cases]]\nname = \"a\"\nd = 60\ninversion = false\nmodel = { lambda = [1.9] }",
        ] {
            let study = parse_study(text, "signals.toml").unwrap();
            let Study::Signals(study) = study else {
                panic!("another kind");
            };
            assert!(study.run(silent()).is_err(), "{text}");
        }
    }
}
