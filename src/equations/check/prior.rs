//! Checks of a prior: derivatives of `η1`, its law, its tails.

use super::line::Line;
use super::tilted::Tilted;
use super::{Check, DERIVATIVE_LIMIT, difference, nan_max, relative};
use crate::definitions::{PriorDefinition, PriorLaw};
use crate::hidden::HiddenUnits;
use quadrature::integrate;

/// Fields over which derivatives are compared.
pub(super) const REACH: f64 = 30.0;

/// Fields at which the tails are looked at.
const FAR: f64 = 800.0;

pub(super) fn check(prior: &PriorDefinition) -> Vec<Check> {
    let lines = directions(prior.variables.len())
        .into_iter()
        .map(|direction| Line::new(prior, direction));
    let lines: Vec<Line> = lines.collect();
    let reach = lines
        .iter()
        .map(|line| line.finite_reach(REACH))
        .fold(REACH, f64::min);
    let domain = match reach < REACH {
        true => format!(
            "|z| ≤ {reach:.3}: η1 is not finite everywhere, so this prior cannot be hidden units"
        ),
        false => format!("|z| ≤ {REACH}"),
    };
    let worst = |deviation: &dyn Fn(&Line, f64) -> f64| {
        let points = |line: &Line| grid(reach).map(|t| deviation(line, t)).fold(0.0, nan_max);
        lines.iter().map(points).fold(0.0, nan_max)
    };
    let mut checks = Vec::new();
    let mut add = |name, measured, limit, detail: &str| {
        checks.push(Check {
            definition: prior.name.clone(),
            name,
            measured,
            limit,
            detail: detail.into(),
        });
    };
    let origin = lines[0].at(0.0);
    add("normalisation: |η1(0)|", origin[0].abs(), 1e-12, "");
    let differences = |order: usize| {
        worst(&move |line, t| {
            relative(
                difference(|t| line.at(t)[order], t, reach),
                line.at(t)[order + 1],
            )
        })
    };
    add(
        "f against differences of η1",
        differences(0),
        DERIVATIVE_LIMIT,
        &domain,
    );
    add(
        "D against differences of f",
        differences(1),
        DERIVATIVE_LIMIT,
        &domain,
    );
    let integrals = |order: usize| {
        worst(&move |line, t| {
            // Over one step of the grid, as the quadrature crate does not subdivide.
            let width = spacing(reach);
            let integral = integrate(|s| line.at(s)[order + 1], t - width, t, 1e-14).integral;
            relative(integral, line.at(t)[order] - line.at(t - width)[order])
        })
    };
    add(
        "integral of f against η1",
        integrals(0),
        DERIVATIVE_LIMIT,
        &domain,
    );
    add(
        "integral of D against f",
        integrals(1),
        DERIVATIVE_LIMIT,
        &domain,
    );
    if let Some(tilted) = Tilted::of(prior) {
        let moment = |order: usize| {
            worst(&|line: &Line, t| {
                relative(
                    tilted.cumulant(&line.direction, t, order),
                    line.at(t)[order],
                )
            })
        };
        add(
            "η1 against averages over the law",
            moment(0),
            DERIVATIVE_LIMIT,
            &domain,
        );
        add(
            "f against averages over the law",
            moment(1),
            DERIVATIVE_LIMIT,
            &domain,
        );
        add(
            "D against averages over the law",
            moment(2),
            DERIVATIVE_LIMIT,
            &domain,
        );
    }
    add(
        "convexity: D ≥ 0",
        worst(&|line, t| {
            -line.at(t)[2].min(0.0)
                + if line.at(t)[2].is_nan() {
                    f64::NAN
                } else {
                    0.0
                }
        }),
        1e-12,
        &domain,
    );
    if reach == REACH {
        let finite = |value: &f64| value.is_finite();
        let ends = lines.iter().flat_map(|line| [line.at(FAR), line.at(-FAR)]);
        let broken = ends.filter(|values| !values.iter().all(finite)).count();
        add(
            "values not finite at |z| = 800, to the third derivative",
            broken as f64,
            0.0,
            "",
        );
    }
    if !matches!(prior.law, PriorLaw::Formula | PriorLaw::Points { .. }) {
        let standard = origin[1].abs() < 1e-9 && (origin[2] - 1.0).abs() < 1e-9;
        let sampled = matches!(
            prior.law,
            PriorLaw::Continuous(_) | PriorLaw::Gaussian { .. }
        );
        let detail = match standard {
            true => "standardised: may be a signal",
            false => "not standardised: hidden units only",
        };
        // Atoms may serve hidden units alone; a sampler is there for signals.
        let limit = if sampled { 1e-9 } else { f64::INFINITY };
        add(
            "mean and variance − 1",
            origin[1].abs().max((origin[2] - 1.0).abs()),
            limit,
            detail,
        );
    }
    if reach == REACH {
        let built = prior
            .hidden_law()
            .and_then(|law| HiddenUnits::new(law, prior.variables.len(), &[]));
        let (measured, detail) = match built {
            Ok(units) => (0.0, format!("sup D = {:.6}", units.covariance_bound())),
            Err(_)
                if matches!(
                    prior.law,
                    PriorLaw::Gaussian {
                        correlation: Some(_)
                    }
                ) =>
            {
                (0.0, "correlated: a signal only".into())
            }
            Err(error) => (f64::NAN, error.to_string()),
        };
        add("can be hidden units", measured, 0.0, &detail);
    }
    checks
}

/// `± e_a` for one variable; for several also the diagonal and a skew direction.
fn directions(dimension: usize) -> Vec<Vec<f64>> {
    let unit = |axis: usize| {
        (0..dimension)
            .map(|other| if other == axis { 1.0 } else { 0.0 })
            .collect()
    };
    let mut directions: Vec<Vec<f64>> = (0..dimension).map(unit).collect();
    if dimension > 1 {
        directions.push(vec![1.0 / (dimension as f64).sqrt(); dimension]);
        let skew = |axis: usize| (1.3 * axis as f64 + 0.4).sin();
        directions.push((0..dimension).map(skew).collect());
    }
    directions
}

fn spacing(reach: f64) -> f64 {
    reach / 60.0
}

/// Points of both signs, away from the ends by the reach of differences.
fn grid(reach: f64) -> impl Iterator<Item = f64> {
    (-59..=59).map(move |index| (f64::from(index) + 0.37) * spacing(reach) * 0.98)
}
