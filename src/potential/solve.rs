//! Search for stationary points: the saddle-point map where there is one, then Newton's method (argmin), from several starts.

use super::averaged::Failure;
use super::outcome::{PotentialOutcome, SaddlePoint, Solution};
use super::saddle::{Saddle, Shown};
use crate::definitions::{Domain, PotentialDefinition};
use crate::error::{Error, Result, require_positive};
use crate::numerics::Matrix;
use crate::numerics::newton::{NewtonSettings, System, find_root};
use crate::numerics::sobol::Scrambled;
use crate::numerics::symmetric::eigenvalues;
use crate::symbolic::{Expression, Symbol};
use nalgebra::{Complex, DVector};
use rayon::prelude::*;
use std::cell::Cell;
use std::collections::BTreeMap;

/// Tuning of the search.
#[derive(Debug, Clone, PartialEq)]
pub struct PotentialSettings {
    /// Largest residual `|F|` of a stationary point.
    pub tolerance: f64,
    /// Largest error of an order parameter by quadrature.
    pub quadrature_tolerance: f64,
    /// Largest number of iterations of the saddle-point map before Newton's method.
    pub max_iterations: usize,
    /// Additional starts, spread over the domain by a Sobol' sequence.
    pub random_starts: u32,
    /// Seed of that sequence.
    pub seed: u32,
}

impl Default for PotentialSettings {
    fn default() -> Self {
        Self {
            tolerance: 1e-12,
            quadrature_tolerance: 1e-10,
            max_iterations: 200,
            random_starts: 8,
            seed: 0,
        }
    }
}

impl PotentialSettings {
    /// Checks the settings.
    ///
    /// # Errors
    /// [`Error::InvalidInput`].
    pub fn validate(&self) -> Result<()> {
        require_positive("tolerance", self.tolerance)?;
        require_positive("quadrature-tolerance", self.quadrature_tolerance)?;
        if self.random_starts > 10_000 {
            return Err(Error::invalid(
                "random-starts",
                self.random_starts,
                "must lie in 0..=10000",
            ));
        }
        Ok(())
    }
}

/// Residual at which the saddle-point map has chosen its basin and Newton's method takes over.
const HANDOVER: f64 = 1e-4;

/// Length of a Newton step, relative to `1 + |x|`, from which on a point with a small residual is no root.
const FLAT: f64 = 1e-3;

/// Finest refinement level of the quadrature: 128 times finer than the coarsest.
const MAX_LEVEL: u32 = 14;

/// Searches from every start of the definition and from further ones. Starts that end in the same point (up to signs of order
/// parameters) share a solution; points come first, by decreasing `Φ`.
///
/// # Errors
/// Bad settings, or a definition whose coupling terms do not fit.
pub fn solve(
    definition: &PotentialDefinition,
    settings: &PotentialSettings,
) -> Result<Vec<Solution>> {
    settings.validate()?;
    let saddle = Saddle::new(definition)?;
    let domains: Vec<Domain> = definition
        .order_parameters
        .iter()
        .map(|order| order.domain)
        .collect();
    let search = |(name, start): (String, DVector<f64>)| {
        let search = Search {
            saddle: &saddle,
            domains: &domains,
            settings,
            level: Cell::new(0),
            evaluations: Cell::new(0),
        };
        search.run(name, start)
    };
    let starts = starts(definition, &domains, settings);
    let solutions: Vec<Solution> = starts.into_par_iter().map(search).collect();
    let mut found: Vec<Solution> = Vec::new();
    for solution in solutions {
        let same = |other: &&mut Solution| match (&solution.point, &other.point) {
            (Some(a), Some(b)) => a.agrees_with(b),
            _ => false,
        };
        match found.iter_mut().find(same) {
            Some(known) => known.starts.extend(solution.starts),
            None => found.push(solution),
        }
    }
    found.sort_by(|a, b| {
        let key = |solution: &Solution| {
            solution
                .point
                .as_ref()
                .map_or(f64::NEG_INFINITY, |point| point.value)
        };
        key(b).total_cmp(&key(a))
    });
    Ok(found)
}

/// The definition's starts at its parameters, and a Sobol' sequence over the box that the domain and those starts span.
fn starts(
    definition: &PotentialDefinition,
    domains: &[Domain],
    settings: &PotentialSettings,
) -> Vec<(String, DVector<f64>)> {
    let numbers: BTreeMap<Symbol, Expression> = definition
        .values
        .iter()
        .map(|(name, value)| (Symbol::new(name), Expression::real(*value)))
        .collect();
    let mut starts: Vec<(String, DVector<f64>)> = definition
        .starts
        .iter()
        .map(|start| {
            let values = start
                .values
                .iter()
                .map(|value| value.substitute(&numbers).constant());
            (
                start.name.clone(),
                DVector::from_iterator(domains.len(), values),
            )
        })
        .collect();
    let largest = |entry: usize| {
        starts
            .iter()
            .map(|(_, x)| x[entry].abs())
            .fold(0.1, f64::max)
    };
    let ends: Vec<(f64, f64)> = domains
        .iter()
        .enumerate()
        .map(|(entry, domain)| {
            let reach = 1.5 * largest(entry);
            (domain.low.max(-reach), domain.high.min(reach))
        })
        .collect();
    let sequence = Scrambled::new(settings.seed);
    for index in 0..settings.random_starts {
        let entry = |entry: usize| {
            ends[entry].0 + (ends[entry].1 - ends[entry].0) * sequence.uniform(index, entry)
        };
        let x = DVector::from_fn(domains.len(), |row, _| entry(row));
        starts.push((format!("random {}", index + 1), x));
    }
    starts
}

struct Search<'a> {
    saddle: &'a Saddle,
    domains: &'a [Domain],
    settings: &'a PotentialSettings,
    level: Cell<u32>,
    evaluations: Cell<u64>,
}

impl System for Search<'_> {
    fn residual(&self, x: &DVector<f64>) -> Option<DVector<f64>> {
        let inside = x
            .iter()
            .zip(self.domains)
            .all(|(x, domain)| domain.contains(*x));
        if !inside {
            return None;
        }
        self.evaluations.set(self.evaluations.get() + 1);
        self.saddle.equations(x.as_slice(), self.level.get()).ok()
    }

    fn jacobian(&self, x: &DVector<f64>, _at: &DVector<f64>) -> Option<Matrix> {
        self.saddle.jacobian(x.as_slice(), self.level.get()).ok()
    }
}

impl Search<'_> {
    fn run(&self, name: String, start: DVector<f64>) -> Solution {
        let (outcome, residual, point) = match self.residual(&start) {
            None => (self.why_undefined(&start), f64::INFINITY, None),
            Some(_) => self.refine(self.follow_map(start)),
        };
        Solution {
            starts: vec![name],
            outcome,
            residual,
            evaluations: self.evaluations.get(),
            level: self.level.get(),
            point,
        }
    }

    /// Why `F` has no value at the start.
    fn why_undefined(&self, start: &DVector<f64>) -> PotentialOutcome {
        match self.saddle.nodes(start.as_slice(), self.level.get()) {
            Err(Failure::Nodes) => PotentialOutcome::QuadratureLimit {
                error: f64::INFINITY,
            },
            _ => PotentialOutcome::LeftDomain,
        }
    }

    /// Iterates the saddle-point map until a basin is chosen. Half steps: full ones exchange an order parameter and its conjugate, and
    /// can do so for ever.
    fn follow_map(&self, mut x: DVector<f64>) -> DVector<f64> {
        if !self.saddle.has_map() {
            return x;
        }
        let Some(mut step) = self.residual(&x) else {
            return x;
        };
        for _ in 0..self.settings.max_iterations {
            if step.amax() < HANDOVER {
                break;
            }
            let next = &x - &step * 0.5;
            let Some(next_step) = self.residual(&next) else {
                break;
            };
            (x, step) = (next, next_step);
        }
        x
    }

    /// Newton's method at one refinement level after the other, until quadrature no longer matters.
    fn refine(&self, mut x: DVector<f64>) -> (PotentialOutcome, f64, Option<SaddlePoint>) {
        let settings = NewtonSettings {
            target: 0.01 * self.settings.tolerance,
            max_steps: 60,
        };
        let mut error = f64::INFINITY;
        loop {
            let Some(stop) = find_root(self, x, settings) else {
                return (PotentialOutcome::LeftDomain, f64::INFINITY, None);
            };
            x = stop.x;
            if stop.residual > self.settings.tolerance || self.is_far_from_root(&x) {
                return (PotentialOutcome::NoRoot, stop.residual, None);
            }
            let level = self.level.get();
            match self.quadrature_error(&x, level + 1) {
                Ok(finer) => error = finer,
                Err(Failure::Domain) => return (PotentialOutcome::LeftDomain, stop.residual, None),
                Err(Failure::Nodes) => {
                    return (
                        PotentialOutcome::QuadratureLimit { error },
                        stop.residual,
                        None,
                    );
                }
            }
            if error <= self.settings.quadrature_tolerance {
                return match self.describe(&x, stop.residual, error) {
                    Some(point) => (PotentialOutcome::Converged, stop.residual, Some(point)),
                    None => (PotentialOutcome::LeftDomain, stop.residual, None),
                };
            }
            if level >= MAX_LEVEL {
                return (
                    PotentialOutcome::QuadratureLimit { error },
                    stop.residual,
                    None,
                );
            }
            self.level.set(level + 1);
        }
    }

    /// Whether the residual is small only because `Φ` flattens out: Newton's next step is then as long as the way so far.
    fn is_far_from_root(&self, x: &DVector<f64>) -> bool {
        let (Some(residual), Some(jacobian)) = (self.residual(x), System::jacobian(self, x, x))
        else {
            return false;
        };
        let step = jacobian.lu().solve(&residual);
        step.is_some_and(|step| step.amax() > FLAT * (1.0 + x.amax()))
    }

    /// How far the root moves when quadrature is refined: `(∂F)^{-1}` times the residual on the finer grid. Change of `Φ` and the
    /// observables counts as well.
    fn quadrature_error(&self, x: &DVector<f64>, finer: u32) -> std::result::Result<f64, Failure> {
        let x = x.as_slice();
        let residual = self.saddle.equations(x, finer)?;
        let jacobian = self.saddle.jacobian(x, finer)?;
        let moved = jacobian
            .lu()
            .solve(&residual)
            .map_or(residual.amax(), |step| step.amax());
        let level = self.level.get();
        let value = self.saddle.value(x, level)? - self.saddle.value(x, finer)?;
        let (coarse, fine) = (self.shown(x, level)?, self.shown(x, finer)?);
        // Relative to the larger ones; an undefined one has no error.
        let shown = coarse
            .iter()
            .zip(&fine)
            .map(|(coarse, fine)| (coarse - fine).abs() / (1.0 + fine.abs()))
            .fold(0.0, f64::max);
        Ok(moved.max(value.abs()).max(shown))
    }

    /// Replicon and observables.
    fn shown(&self, x: &[f64], level: u32) -> std::result::Result<Vec<f64>, Failure> {
        let Shown {
            observables,
            replicon,
        } = self.saddle.observables(x, level)?;
        let observables = observables.into_iter().map(|(_, value)| value);
        Ok(replicon.into_iter().chain(observables).collect())
    }

    fn describe(
        &self,
        x: &DVector<f64>,
        residual: f64,
        quadrature_error: f64,
    ) -> Option<SaddlePoint> {
        let level = self.level.get();
        let jacobian = self.saddle.jacobian(x.as_slice(), level).ok()?;
        let Shown {
            observables,
            replicon,
        } = self.saddle.observables(x.as_slice(), level).ok()?;
        let stability = match self.saddle.has_map() {
            true => Matrix::identity(x.len(), x.len()) - jacobian,
            false => jacobian,
        };
        let eigenvalues: Vec<Complex<f64>> = eigenvalues(&stability)?;
        let radius = eigenvalues
            .iter()
            .map(|value| value.norm())
            .fold(0.0, f64::max);
        Some(SaddlePoint {
            x: x.as_slice().to_vec(),
            value: self.saddle.value(x.as_slice(), level).ok()?,
            residual,
            quadrature_error,
            eigenvalues,
            rate: self.saddle.has_map().then_some(radius),
            replicon,
            observables,
        })
    }
}
