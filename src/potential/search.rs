//! Search for one stationary point: the saddle-point map where there is one, then Newton's method
//! (argmin), at quadrature that is refined until it no longer matters. `∂F` is the average of
//! derivatives, not the derivative of a sum over nodes: on a grid that is too coarse for the
//! integrands, Newton's method fails. A search that fails there starts again on a finer grid.

use super::averaged::Failure;
use super::outcome::{PotentialOutcome, SaddlePoint, Solution};
use super::saddle::{Saddle, Shown};
use super::solve::PotentialSettings;
use crate::definitions::Domain;
use crate::numerics::Matrix;
use crate::numerics::brent::bracketed_root;
use crate::numerics::newton::{NewtonSettings, System, find_root};
use crate::numerics::symmetric::eigenvalues;
use nalgebra::{Complex, DVector};
use std::cell::Cell;

/// Residual at which the saddle-point map has chosen its basin and Newton's method takes over.
const HANDOVER: f64 = 1e-4;

/// Length of a Newton step, relative to `1 + |x|`, from which on a point with a small residual is
/// not a root.
const FLAT: f64 = 1e-3;

/// Length of a Newton step, relative to `1 + |x|`, up to which a point is a root but for rounding,
/// however large its residual.
const ROUNDING: f64 = 1e-13;

/// Distance at which `F` must have grown around such a point, relative to `1 + |x|`: around a pole
/// it falls.
const BESIDE: f64 = 1e-8;

/// Halvings of a step of the map that leaves the domain.
const SHORTEST: u32 = 30;

/// Finest refinement level of the quadrature: 512 times finer than the coarsest.
const MAX_LEVEL: u32 = 18;

/// Finest level at which a search begins: a start where the integrands are rough need not lead to a
/// rough point.
const MAX_FIRST_LEVEL: u32 = 12;

/// Change of `F` and `∂F` between two levels, relative to `1 + |F|` and `1 + |∂F|`, up to which a
/// search can begin.
const COARSE: f64 = 1e-3;

/// The same, relative to `|F|` and `|∂F|` alone, up to which quadrature is not the reason of a
/// search that found no root.
const FINE: f64 = 1e-6;

/// Levels by which the quadrature of a search that failed is refined: half the spacing.
const RETRY: u32 = 2;

/// Finest level at which a search begins again.
const MAX_RETRY_LEVEL: u32 = 14;

/// Largest number of quadrature nodes with which a search begins, or begins again: averages inside
/// of each other are refined at the end only.
const MAX_RETRY_NODES: usize = 1 << 17;

/// A search with the level of its quadrature.
pub(super) struct Search<'a> {
    saddle: &'a Saddle,
    domains: &'a [Domain],
    settings: &'a PotentialSettings,
    level: Cell<u32>,
    evaluations: Cell<u64>,
}

/// Where Newton's method ended at one level.
struct End {
    x: DVector<f64>,
    outcome: PotentialOutcome,
    residual: f64,
    point: Option<SaddlePoint>,
}

impl End {
    fn without_point(x: DVector<f64>, outcome: PotentialOutcome, residual: f64) -> Self {
        Self {
            x,
            outcome,
            residual,
            point: None,
        }
    }
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

impl<'a> Search<'a> {
    pub fn new(saddle: &'a Saddle, domains: &'a [Domain], settings: &'a PotentialSettings) -> Self {
        Self {
            saddle,
            domains,
            settings,
            level: Cell::new(0),
            evaluations: Cell::new(0),
        }
    }

    /// The search from one start.
    pub fn start_at(&self, name: String, start: DVector<f64>) -> Solution {
        if self.residual(&start).is_none() {
            let outcome = self.why_undefined(&start);
            return self.solution(name, End::without_point(start, outcome, f64::INFINITY));
        }
        self.begin_at(&start);
        let end = self.on_finer_grids(|search| {
            let mut x = search.follow_map(start.clone());
            // The map may lead to where the integrands are rougher; on the coarse grid it may have
            // lost its way.
            while search.begin_at(&x) {
                x = search.follow_map(start.clone());
            }
            x
        });
        self.solution(name, end)
    }

    /// The search from a point that is known at a finer level already: Newton's method alone.
    pub fn again_at(&self, name: String, x: DVector<f64>, level: u32) -> Solution {
        self.level.set(level);
        if self.residual(&x).is_none() {
            let outcome = self.why_undefined(&x);
            return self.solution(name, End::without_point(x, outcome, f64::INFINITY));
        }
        let end = self.refine(x);
        self.solution(name, end)
    }

    /// The search between two points with opposite signs of `F`, of one order parameter; `level`
    /// resolves `F` at both.
    pub fn between(&self, name: String, ends: [f64; 2], level: u32) -> Solution {
        self.level.set(level);
        let end = self.on_finer_grids(|search| search.bisect(ends));
        self.solution(name, end)
    }

    fn solution(&self, name: String, end: End) -> Solution {
        Solution {
            starts: vec![name],
            outcome: end.outcome,
            residual: end.residual,
            evaluations: self.evaluations.get(),
            level: self.level.get(),
            nodes: self.saddle.nodes(end.x.as_slice(), self.level.get()).ok(),
            point: end.point,
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

    /// Raises the level until `F` and `∂F` at `x` are known well enough to begin; whether that was
    /// needed.
    fn begin_at(&self, x: &DVector<f64>) -> bool {
        let before = self.level.get();
        while self.level.get() < MAX_FIRST_LEVEL
            && self.is_affordable(x, self.level.get() + 1)
            && self.discrepancy(x, 1.0).is_ok_and(|change| change > COARSE)
        {
            self.level.set(self.level.get() + 1);
        }
        self.level.get() > before
    }

    /// Change of `F` and `∂F` at `x` to the next level, relative to `unit + |F|` and `unit + |∂F|`.
    fn discrepancy(&self, x: &DVector<f64>, unit: f64) -> Result<f64, Failure> {
        let (x, level) = (x.as_slice(), self.level.get());
        let (f, finer_f) = (
            self.saddle.equations(x, level)?,
            self.saddle.equations(x, level + 1)?,
        );
        let (slope, finer_slope) = (
            self.saddle.jacobian(x, level)?,
            self.saddle.jacobian(x, level + 1)?,
        );
        let of_f = (f - &finer_f).amax() / (unit + finer_f.amax());
        let of_slope = (slope - &finer_slope).amax() / (unit + finer_slope.amax());
        Ok(of_f.max(of_slope))
    }

    /// Whether a whole search at that level costs little enough.
    fn is_affordable(&self, x: &DVector<f64>, level: u32) -> bool {
        let nodes = self.saddle.nodes(x.as_slice(), level);
        nodes.is_ok_and(|nodes| nodes <= MAX_RETRY_NODES)
    }

    /// Newton's method from where `approach` leads, again on finer grids as long as it fails where
    /// quadrature matters.
    fn on_finer_grids(&self, approach: impl Fn(&Self) -> DVector<f64>) -> End {
        loop {
            let end = self.refine(approach(self));
            let failed = matches!(
                end.outcome,
                PotentialOutcome::NoRoot | PotentialOutcome::LeftDomain
            );
            if !failed {
                return end;
            }
            let undecided = |error| {
                let outcome = PotentialOutcome::QuadratureLimit { error };
                End::without_point(end.x.clone(), outcome, end.residual)
            };
            // What changes by rounding errors only has settled, however small it is.
            let unit = self.settings.tolerance / FINE;
            match self.discrepancy(&end.x, unit) {
                Ok(change) if change <= FINE => return end,
                Ok(change) => {
                    let finer = self.level.get() + RETRY;
                    if finer > MAX_RETRY_LEVEL || !self.is_affordable(&end.x, finer) {
                        return undecided(change);
                    }
                    self.level.set(finer);
                }
                Err(Failure::Nodes) => return undecided(f64::INFINITY),
                Err(Failure::Domain) => return end,
            }
        }
    }

    /// Iterates the saddle-point map until a basin is chosen. Half steps: full ones exchange an
    /// order parameter and its conjugate, and can do so for ever.
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
            // Shorter where a half step would leave the domain.
            let next = (1..=SHORTEST).find_map(|halvings| {
                let next = &x - &step * 0.5f64.powi(halvings as i32);
                self.residual(&next).map(|step| (next, step))
            });
            let Some(next) = next else { break };
            (x, step) = next;
        }
        x
    }

    /// A point between the ends where `F` is as small as bisection makes it; the middle where its
    /// signs at the ends agree at this level.
    fn bisect(&self, [low, high]: [f64; 2]) -> DVector<f64> {
        let value = |x: f64| {
            let residual = self.residual(&DVector::from_element(1, x));
            residual.map_or(f64::NAN, |residual| residual[0])
        };
        let width = f64::EPSILON * (high - low);
        let root = bracketed_root(value, low, high, width, f64::INFINITY);
        DVector::from_element(1, root.unwrap_or(0.5 * (low + high)))
    }

    /// Newton's method at one refinement level after the other, until quadrature no longer matters.
    fn refine(&self, mut x: DVector<f64>) -> End {
        let settings = NewtonSettings {
            target: 0.01 * self.settings.tolerance,
            max_steps: 60,
        };
        let mut error = f64::INFINITY;
        loop {
            let Some(stop) = find_root(self, x.clone(), settings) else {
                return End::without_point(x, PotentialOutcome::LeftDomain, f64::INFINITY);
            };
            x = stop.x;
            let end = |outcome| End::without_point(x.clone(), outcome, stop.residual);
            if !self.is_root(&x, stop.residual) {
                return end(PotentialOutcome::NoRoot);
            }
            let level = self.level.get();
            match self.quadrature_error(&x, level + 1) {
                Ok(finer) => error = finer,
                Err(Failure::Domain) => return end(PotentialOutcome::LeftDomain),
                Err(Failure::Nodes) => return end(PotentialOutcome::QuadratureLimit { error }),
            }
            if error <= self.settings.quadrature_tolerance {
                let point = self.describe(&x, stop.residual, error);
                return match point {
                    Some(_) => End {
                        point,
                        ..end(PotentialOutcome::Converged)
                    },
                    None => end(PotentialOutcome::LeftDomain),
                };
            }
            if level >= MAX_LEVEL {
                return end(PotentialOutcome::QuadratureLimit { error });
            }
            self.level.set(level + 1);
        }
    }

    /// Whether the residual at `x` is that of a root: below the tolerance, or what rounding leaves
    /// where `F` is steep.
    fn is_root(&self, x: &DVector<f64>, residual: f64) -> bool {
        let step = self.newton_step(x);
        if residual <= self.settings.tolerance {
            // A residual can also be small because `Φ` flattens out. Newton's next step is then as
            // long as the way so far, or there is none and the residual stays small around.
            return match step {
                Some(step) => step <= FLAT,
                None => {
                    let mut around = self.residuals_around(x, FLAT);
                    around.any(|beside| beside > self.settings.tolerance)
                }
            };
        }
        let mut around = self.residuals_around(x, BESIDE);
        step.is_some_and(|step| step <= ROUNDING) && around.all(|beside| beside > 2.0 * residual)
    }

    /// Length of Newton's step from `x`, relative to `1 + |x|`; `None` where `∂F` is singular.
    fn newton_step(&self, x: &DVector<f64>) -> Option<f64> {
        let residual = self.residual(x)?;
        let step = System::jacobian(self, x, x)?.lu().solve(&residual)?;
        let length = step.amax() / (1.0 + x.amax());
        length.is_finite().then_some(length)
    }

    /// Residuals at a distance from `x` in every direction, inside of the domain.
    fn residuals_around(&self, x: &DVector<f64>, distance: f64) -> impl Iterator<Item = f64> {
        let shift = distance * (1.0 + x.amax());
        let sides = (0..x.len()).flat_map(move |entry| [(entry, shift), (entry, -shift)]);
        sides.filter_map(|(entry, shift)| {
            let mut beside = x.clone();
            beside[entry] += shift;
            Some(self.residual(&beside)?.amax())
        })
    }

    /// How far the root moves when quadrature is refined: `(∂F)^{-1}` times the change of `F`,
    /// relative to an order parameter beyond 1. Change of `Φ` and the observables counts as well.
    fn quadrature_error(&self, x: &DVector<f64>, finer: u32) -> Result<f64, Failure> {
        let (x, level) = (x.as_slice(), self.level.get());
        let change = self.saddle.equations(x, finer)? - self.saddle.equations(x, level)?;
        let jacobian = self.saddle.jacobian(x, finer)?;
        let step = jacobian.lu().solve(&change).unwrap_or(change);
        let moved = step
            .iter()
            .zip(x)
            .map(|(step, x)| step.abs() / x.abs().max(1.0))
            .fold(0.0, f64::max);
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
    fn shown(&self, x: &[f64], level: u32) -> Result<Vec<f64>, Failure> {
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
        let (x, level) = (x.as_slice(), self.level.get());
        let Shown {
            observables,
            replicon,
        } = self.saddle.observables(x, level).ok()?;
        let finer = self.saddle.observables(x, level + 1).ok()?.replicon;
        let eigenvalues = self.stability(x, level)?;
        let finer_eigenvalues = self.stability(x, level + 1)?;
        let with_map = |of: fn(&[Complex<f64>]) -> f64, values: &[Complex<f64>]| {
            self.saddle.has_map().then(|| of(values))
        };
        let rate = with_map(radius, &eigenvalues);
        let finer_rate = with_map(radius, &finer_eigenvalues);
        let eigenvalue = with_map(largest_real_part, &eigenvalues);
        let finer_eigenvalue = with_map(largest_real_part, &finer_eigenvalues);
        let change = |(value, finer): (f64, f64)| (value - finer).abs();
        Some(SaddlePoint {
            x: x.to_vec(),
            value: self.saddle.value(x, level).ok()?,
            residual,
            quadrature_error,
            rate_error: rate.zip(finer_rate).map(change),
            eigenvalue_error: eigenvalue.zip(finer_eigenvalue).map(change),
            eigenvalue,
            replicon_error: replicon.zip(finer).map(change),
            eigenvalues,
            rate,
            replicon,
            observables,
        })
    }

    /// Eigenvalues of the stability matrix.
    fn stability(&self, x: &[f64], level: u32) -> Option<Vec<Complex<f64>>> {
        let jacobian = self.saddle.jacobian(x, level).ok()?;
        eigenvalues(&match self.saddle.has_map() {
            true => Matrix::identity(x.len(), x.len()) - jacobian,
            false => jacobian,
        })
    }
}

fn radius(values: &[Complex<f64>]) -> f64 {
    values.iter().map(|value| value.norm()).fold(0.0, f64::max)
}

pub(super) fn largest_real_part(values: &[Complex<f64>]) -> f64 {
    let parts = values.iter().map(|value| value.re);
    parts.fold(f64::NEG_INFINITY, f64::max)
}
