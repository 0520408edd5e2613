//! Checks of a prior: derivatives of `η1`, its law, its tails.

use super::line::Line;
use super::tilted::Tilted;
use super::{Check, DERIVATIVE_LIMIT, difference, nan_max, relative};
use crate::definitions::{PriorDefinition, PriorLaw};
use crate::hidden::HiddenUnits;
use crate::symbolic::Exhausted;
use quadrature::integrate;

/// Fields over which derivatives are compared.
pub(super) const REACH: f64 = 30.0;

/// Fields at which the tails are looked at.
const FAR: f64 = 800.0;

/// The checks of a prior, in the order in which they are shown.
pub(super) fn check(prior: &PriorDefinition) -> Vec<Check> {
    let mut examination = match Examination::of(prior) {
        Ok(examination) => examination,
        Err(exhausted) => {
            return vec![Check {
                definition: prior.name.clone(),
                name: "derivatives to the third order",
                measured: f64::NAN,
                limit: 0.0,
                detail: exhausted.to_string(),
            }];
        }
    };
    examination.normalisation();
    examination.differences();
    examination.integrals();
    examination.averages();
    examination.convexity();
    examination.tails();
    examination.moments();
    examination.hidden_units();
    examination.checks
}

/// A prior on its way through the checks.
struct Examination<'a> {
    prior: &'a PriorDefinition,
    lines: Vec<Line>,
    /// Fields up to which `η1` is finite on all lines, at most [`REACH`].
    reach: f64,
    /// These fields in words.
    domain: String,
    checks: Vec<Check>,
}

impl<'a> Examination<'a> {
    fn of(prior: &'a PriorDefinition) -> Result<Self, Exhausted> {
        let lines: Vec<Line> = directions(prior.variables.len())
            .into_iter()
            .map(|direction| Line::new(prior, direction))
            .collect::<Result<_, _>>()?;
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
        Ok(Self {
            prior,
            lines,
            reach,
            domain,
            checks: Vec::new(),
        })
    }

    fn add(&mut self, name: &'static str, measured: f64, limit: f64, detail: &str) {
        self.checks.push(Check {
            definition: self.prior.name.clone(),
            name,
            measured,
            limit,
            detail: detail.into(),
        });
    }

    /// Adds the largest deviation over all lines and fields.
    fn add_worst(&mut self, name: &'static str, limit: f64, deviation: impl Fn(&Line, f64) -> f64) {
        let points = |line: &Line| {
            grid(self.reach)
                .map(|t| deviation(line, t))
                .fold(0.0, nan_max)
        };
        let measured = self.lines.iter().map(points).fold(0.0, nan_max);
        let domain = self.domain.clone();
        self.add(name, measured, limit, &domain);
    }

    /// `η1`, `f` and `D` at the origin.
    fn origin(&self) -> [f64; 4] {
        self.lines[0].at(0.0)
    }

    fn normalisation(&mut self) {
        let [value, ..] = self.origin();
        self.add("normalisation: |η1(0)|", value.abs(), 1e-12, "");
    }

    fn differences(&mut self) {
        let reach = self.reach;
        let names = ["f against differences of η1", "D against differences of f"];
        for (order, name) in names.into_iter().enumerate() {
            self.add_worst(name, DERIVATIVE_LIMIT, |line, t| {
                let slope = difference(|t| line.at(t)[order], t, reach);
                relative(slope, line.at(t)[order + 1])
            });
        }
    }

    fn integrals(&mut self) {
        // Over one step of the grid, as the quadrature crate does not subdivide.
        let width = spacing(self.reach);
        let names = ["integral of f against η1", "integral of D against f"];
        for (order, name) in names.into_iter().enumerate() {
            self.add_worst(name, DERIVATIVE_LIMIT, |line, t| {
                let integral = integrate(|s| line.at(s)[order + 1], t - width, t, 1e-14).integral;
                relative(integral, line.at(t)[order] - line.at(t - width)[order])
            });
        }
    }

    /// Only where the law is known beside the formula.
    fn averages(&mut self) {
        let Some(tilted) = Tilted::of(self.prior) else {
            return;
        };
        if self.lines.iter().any(Line::is_of_law) {
            let detail = "averages over the law: its derivatives are too long to be written out";
            self.add("derivatives of the formula", 0.0, f64::INFINITY, detail);
            return;
        }
        let names = [
            "η1 against averages over the law",
            "f against averages over the law",
            "D against averages over the law",
        ];
        for (order, name) in names.into_iter().enumerate() {
            self.add_worst(name, DERIVATIVE_LIMIT, |line, t| {
                let cumulants = tilted.cumulants(&line.direction, t);
                relative(cumulants[order], line.at(t)[order])
            });
        }
    }

    fn convexity(&mut self) {
        self.add_worst("convexity: D ≥ 0", 1e-12, |line, t| {
            let covariance = line.at(t)[2];
            if covariance.is_nan() {
                f64::NAN
            } else {
                -covariance.min(0.0)
            }
        });
    }

    fn tails(&mut self) {
        if self.reach < REACH {
            return;
        }
        let finite = |value: &f64| value.is_finite();
        let ends = self.lines.iter();
        let ends = ends.flat_map(|line| [line.at(FAR), line.at(-FAR)]);
        let broken = ends.filter(|values| !values.iter().all(finite)).count();
        let name = "values not finite at |z| = 800, to the third derivative";
        self.add(name, broken as f64, 0.0, "");
    }

    /// Mean and variance, which must be 0 and 1 for a signal.
    fn moments(&mut self) {
        let law = &self.prior.law;
        if matches!(law, PriorLaw::Formula | PriorLaw::Points { .. }) {
            return;
        }
        let [_, mean, variance, _] = self.origin();
        let (mean, excess) = (mean.abs(), (variance - 1.0).abs());
        let detail = match mean < 1e-9 && excess < 1e-9 {
            true => "standardised: may be a signal",
            false => "not standardised: hidden units only",
        };
        // Atoms may serve hidden units alone; a sampler is there for signals.
        let sampled = matches!(law, PriorLaw::Continuous(_) | PriorLaw::Gaussian { .. });
        let limit = if sampled { 1e-9 } else { f64::INFINITY };
        self.add("mean and variance − 1", mean.max(excess), limit, detail);
    }

    fn hidden_units(&mut self) {
        // A formula alone can be nothing else: it can't be drawn from.
        if self.reach < REACH && !matches!(self.prior.law, PriorLaw::Formula) {
            return;
        }
        let correlated = matches!(
            self.prior.law,
            PriorLaw::Gaussian {
                correlation: Some(_)
            }
        );
        let built = self
            .prior
            .hidden_law()
            .and_then(|law| HiddenUnits::new(law, self.prior.variables.len(), &[]));
        let (measured, detail) = match built {
            Ok(units) => (0.0, format!("sup D = {:.6}", units.covariance_bound())),
            Err(_) if correlated => (0.0, "correlated: a signal only".into()),
            Err(error) => (f64::NAN, error.to_string()),
        };
        self.add("can be hidden units", measured, 0.0, &detail);
    }
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
