//! The largest objective by many starts at several sizes, beside theories of it.

use super::points::Points;
use super::stated::{Drift, MaximaCase, MaximaStudy};
use crate::ensemble::Estimate;
use crate::error::Result;
use crate::experiment::{
    AtSize, Dmft, Dynamics, Experiment, Extrapolated, LevelStanding, Maxima, Maximum,
    MaximumTheory, Watch,
};
use crate::quantity::{Observable, Quantity};
use crate::table::Table;

pub(super) fn run(study: &MaximaStudy, watch: Watch) -> Result<Table> {
    let mut points = Points::default();
    let (mut theory, mut runs) = (Vec::new(), Vec::new());
    // Everything is checked before the first case runs.
    for case in &study.cases {
        case.request(study.seed).check()?;
    }
    for (place, case) in study.cases.iter().enumerate() {
        let of = |text: &str, part: Option<f64>| {
            let part = (place as f64 + part.unwrap_or(0.0)) / study.cases.len() as f64;
            watch(&format!("{}, {text}", case.name), Some(part));
        };
        let found = case.request(study.seed).run(&of)?.result;
        let mut ended = String::new();
        if let Some(drift) = &case.drift {
            let dynamics = case.dynamics(study.seed, drift).run(&of)?.result;
            ended = format!(", dynamics {}", dynamics.outcome);
            overlaps(case, &dynamics, &mut points);
        }
        theory.push(format!("{}: {}{ended}", case.name, found.theory.end.name()));
        runs.push(format!("{}: {}", case.name, words(&found)));
        show(case, &found, &mut points);
    }
    Ok(points.table_without_claims(study, study.seed, [theory.join("; "), runs.join("; ")]))
}

impl MaximaCase {
    fn request(&self, seed: u64) -> Maximum {
        Maximum {
            model: self.model.clone(),
            maximum: self.maximum.clone(),
            seed: Some(seed),
        }
    }
}

impl MaximaCase {
    fn dynamics(&self, seed: u64, drift: &Drift) -> Dmft {
        Dmft {
            model: self.model.clone(),
            start: drift.start.clone(),
            dmft: drift.dmft.clone(),
            iterations: Some(drift.iterations),
            equal_times_only: true,
            seed: Some(seed),
            ..Dmft::default()
        }
    }
}

/// `ζ` along the dynamics, against the number of steps.
fn overlaps(case: &MaximaCase, dynamics: &Dynamics, points: &mut Points) {
    let panel = format!("{}, drift", case.name);
    for state in dynamics.states.iter().skip(1) {
        let zeta = state.zeta.as_ref();
        let mean = zeta.map(|own| own.mean[(0, 0)]);
        let error = zeta.and_then(|own| Some(own.standard_error.as_ref()?[(0, 0)]));
        points.theory_with_error(&panel, "dynamics", state.t as f64, mean, error);
    }
}

/// What the searches of each size are worth.
fn words(found: &Maxima) -> String {
    let size = |own: &crate::experiment::MaximaAtSize| {
        format!(
            "d = {} {} ({:.0} % single hits)",
            own.d,
            own.standing.name(),
            100.0 * own.single_hits
        )
    };
    let sizes: Vec<String> = found.sizes.iter().map(size).collect();
    sizes.join(", ")
}

fn show(case: &MaximaCase, found: &Maxima, points: &mut Points) {
    for own in &found.sizes {
        let smallest = own.smallest.map(|value| Estimate {
            mean: value.value,
            standard_error: Some(value.standard_error),
            count: own.instances,
        });
        points.measured("smallest eigenvalue", &case.name, own.d as f64, smallest);
    }
    let zeta = found.quantity(Observable::entry(Quantity::Zeta, (0, 0)));
    if let (Some(drift), Some(zeta)) = (&case.drift, zeta) {
        let panel = format!("{}, drift", case.name);
        for theory in &zeta.theory {
            for x in [1.0, drift.iterations as f64] {
                let value = Some(theory.value.value);
                points.theory(&panel, theory.theory.name(), x, value);
            }
        }
    }
    for own in &found.quantities {
        let panel = format!("{}, {}", case.name, name(own.quantity));
        for at in &own.sizes {
            let series = at.standing.name();
            points.measured(&panel, series, place(at.d), Some(estimate(at)));
        }
        let last = own.sizes.first().map_or(0.0, |at| place(at.d));
        lines(own, &panel, last, points);
    }
    for level in &found.levels {
        for own in &level.numbers {
            let panel = format!("{}, {}", case.name, name(own.quantity));
            let series = level.climb.name();
            for at in &own.sizes {
                points.measured(&panel, series, place(at.d), Some(estimate(at)));
            }
            fit(own, &panel, &format!("{series}, fit"), points);
        }
    }
}

fn name(quantity: Observable) -> String {
    quantity.to_string()
}

/// `d^{−2/3}`.
fn place(d: usize) -> f64 {
    (d as f64).powf(-2.0 / 3.0)
}

fn estimate(at: &AtSize) -> Estimate {
    Estimate {
        mean: at.value.value,
        standard_error: Some(at.value.standard_error),
        count: at.count,
    }
}

/// Theories as horizontal lines from the limit to the smallest size, and the fit that they are
/// compared with.
fn lines(own: &Extrapolated, panel: &str, last: f64, points: &mut Points) {
    for theory in [
        MaximumTheory::Exact,
        MaximumTheory::OneStep,
        MaximumTheory::ReplicaSymmetric,
    ] {
        let Some(said) = own.by(theory) else { continue };
        for x in [0.0, last] {
            points.theory(panel, theory.name(), x, Some(said.value.value));
        }
    }
    fit(own, panel, "fit", points);
}

/// The first fit as a curve over its sizes, and its limit.
fn fit(own: &Extrapolated, panel: &str, series: &str, points: &mut Points) {
    let Some(fit) = own.fits.first() else { return };
    let usable = |at: &&AtSize| at.standing != LevelStanding::LowerBound;
    let largest = own.sizes.iter().find(usable).map_or(0.0, |at| place(at.d));
    for step in 0..=20 {
        let x = largest * f64::from(step) / 20.0;
        // x is d^{−2/3}.
        let y = fit.limit.value + fit.slope.value * x.powf(1.5 * fit.power);
        points.theory(panel, series, x, Some(y));
    }
    let limit = Estimate {
        mean: fit.limit.value,
        standard_error: Some(fit.limit.standard_error),
        count: own.sizes.iter().filter(usable).map(|at| at.count).sum(),
    };
    points.measured(panel, &format!("{series}, limit"), 0.0, Some(limit));
}

#[cfg(test)]
mod tests {
    use super::super::{SizeOverride, Study, parse_study};
    use crate::experiment::silent;
    use crate::table::Value;
    use std::path::Path;

    /// A quick look at another size than those of the file: two sizes, as many instances as at the
    /// first one; all panels, and a drift where one is asked for.
    #[test]
    fn a_quick_look() {
        let text = "[study]\nkind = \"maxima\"\nseed = 1\n[[study.cases]]\nname = \"a\"\n\
            model = { alpha = 2.0, lambda = [1.4] }\n\
            maximum = { d = [64, 125, 250], instances = [5, 4, 3], random = 2, gradient = 1, steps = 20 }\n\
            drift = { dmft = { log2-paths = 6, path-sets = 2 }, iterations = 3 }";
        let size = SizeOverride {
            d: Some(40),
            ..SizeOverride::default()
        };
        let study = parse_study(text, "here").expect("a study").resized(size);
        let Study::Maxima(own) = &study else {
            panic!("{study:?}")
        };
        let sizes = own.cases[0].maximum.sizes(2.0).expect("valid");
        let sizes: Vec<_> = sizes.iter().map(|(size, count)| (size.d, *count)).collect();
        assert_eq!(sizes, [(20, 5), (40, 5)]);
        let table = study.run(Path::new("unused"), silent()).expect("runs");
        let count = |panel: &str, series: &str| {
            let own = |row: &&Vec<Value>| row[0] == panel.into() && row[1] == series.into();
            table.rows.iter().filter(own).count()
        };
        assert_eq!(count("a, log_likelihood", "exact"), 2);
        assert_eq!(count("a, log_likelihood", "gradient"), 2);
        assert_eq!(count("a, drift", "dynamics"), 3);
        assert_eq!(count("smallest eigenvalue", "a"), 2);
        assert_eq!(
            table.columns.len(),
            study.header().expect("a header").columns.len()
        );
    }
}
