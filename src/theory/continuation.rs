//! Branches of fixed points along one control parameter, by pseudo-arclength continuation.
//!
//! A branch is a curve `(x(s), p(s))` of roots of `F(x; p) − x = 0`, where `x` holds `M`, `Q`, `V` and `p` is the control parameter. It is
//! followed by its arclength: a predictor along the tangent, and a corrector in the plane perpendicular to it. So the curve is followed
//! around folds, where the parameter turns back and no function of `p` exists. Folds are roots of `dp/ds`, changes of stability those
//! of `replicon − 1`, both by Brent's method along the curve; each comes with an interval.

use super::search::Search;
use super::settings::FixedPointSettings;
use super::stability::{Stability, stability};
use super::state_evolution::{Departure, State, StateEvolution};
use super::undamped_map::UndampedMap;
use super::unknowns::Shape;
use crate::error::{Error, Result, require_between};
use crate::model::Model;
use crate::numerics::brent::{BrentFailure, bracketed_root};
use crate::numerics::newton::{NewtonSettings, System, difference_jacobian, find_root};
use nalgebra::{DMatrix, DVector};
use std::cell::RefCell;

/// Models along one control parameter.
pub type ModelPath<'a> = &'a (dyn Fn(f64) -> Result<Model> + Sync);

/// The replicon at the de Almeida–Thouless point, less than its rounding: where a whole branch is marginal (Gaussian units below the BBP
/// threshold have a replicon of exactly 1), rounding must not decide.
pub(super) const CRITICAL: f64 = 1.0 - 1e-9;

/// Overlaps below this have vanished: there the branch meets the solution without overlap, and turns into its own mirror image.
const VANISHED: f64 = 1e-3;

/// Largest angle between neighbouring tangents.
const LARGEST_TURN: f64 = 0.35;

/// Tuning of [`trace`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ContinuationSettings {
    /// Range of the control parameter; the branch ends where it leaves it.
    pub range: [f64; 2],
    /// Largest step of arclength, in units of the range (and 1 for the order parameters).
    pub largest_step: f64,
    /// Width to which folds, changes of stability and ends are located, in the control parameter.
    pub width: f64,
    /// Largest number of points.
    pub max_points: usize,
}

impl ContinuationSettings {
    /// The default tuning on a range.
    pub fn on(range: [f64; 2]) -> Self {
        Self {
            range,
            largest_step: 0.05,
            width: 1e-8,
            max_points: 2000,
        }
    }

    fn validate(&self) -> Result<()> {
        let [low, high] = self.range;
        if !(low.is_finite() && high.is_finite() && low < high) {
            let allowed = "must rise from a first to a last value";
            return Err(Error::invalid("range", format!("{low} to {high}"), allowed));
        }
        require_between("largest-step", self.largest_step, 1e-6, 1.0)?;
        require_between("width", self.width, 1e-12, 1.0)?;
        if !(2..=1_000_000).contains(&self.max_points) {
            let allowed = "must lie in 2..=1000000";
            return Err(Error::invalid("max-points", self.max_points, allowed));
        }
        Ok(())
    }
}

/// One point of a branch.
#[derive(Debug, Clone)]
pub struct BranchPoint {
    /// Control parameter.
    pub value: f64,
    /// Order parameters with their proximal parameter `V = K`.
    pub state: State,
    /// Residual of the undamped map, recomputed.
    pub residual: f64,
    /// First-order estimate of the error by quadrature; it grows near folds, where the position on the curve stays accurate.
    pub quadrature_error: f64,
    /// Replicon and objective.
    pub stability: Stability,
    /// `dp/ds`: the tangent's component along the control parameter (in units of the range).
    pub direction: f64,
    /// Arclength since the first point.
    pub arclength: f64,
}

/// What happens on a branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventKind {
    /// The control parameter turns back: two solutions meet.
    Fold,
    /// The replicon crosses 1.
    StabilityChange,
    /// The overlap with the signals vanishes: the branch ends on the solution without overlap (weak recovery).
    Onset,
}

/// A located event.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Event {
    /// What happens.
    pub kind: EventKind,
    /// Control parameter there.
    pub value: f64,
    /// Interval in which it lies.
    pub interval: [f64; 2],
    /// `|dp/ds|` at a fold or an onset, `|replicon − 1|` at a change of stability, recomputed.
    pub residual: f64,
    /// Index of the last point of the branch before it.
    pub after: usize,
}

/// How a branch ended.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BranchEnd {
    /// It left the range of the control parameter.
    #[error("leaves the range at {0}")]
    Range(f64),
    /// It met the solution without overlap.
    #[error("the overlap vanishes at {0}")]
    Onset(f64),
    /// It left the region in which the theory is defined.
    #[error("ends between {} and {}: {departure}", interval[0], interval[1])]
    Departed {
        /// Interval in which the last point of the branch lies.
        interval: [f64; 2],
        /// What is lost there.
        departure: Departure,
    },
    /// The corrector failed although the step became tiny.
    #[error("could not be followed beyond {0}: the corrector fails at the smallest step")]
    Lost(f64),
    /// The largest number of points was reached.
    #[error("goes on beyond {0}: raise the number of points")]
    Unfinished(f64),
}

/// A branch of fixed points, in the order in which it was followed.
#[derive(Debug, Clone)]
pub struct Branch {
    /// Its points.
    pub points: Vec<BranchPoint>,
    /// Folds, changes of stability, onset of recovery.
    pub events: Vec<Event>,
    /// Crossings that were noticed but could not be located, with the interval of the control parameter that holds them.
    pub unlocated: Vec<(EventKind, [f64; 2], BrentFailure)>,
    /// How it ended.
    pub end: BranchEnd,
    /// Evaluations of the state-evolution map.
    pub evaluations: u64,
}

/// Follows the branch through the fixed point `start` at `value`, first towards larger values of the control parameter (`rising`) or
/// towards smaller ones.
///
/// # Errors
/// Bad settings, a start outside of the range, a value without a model, or a start that is no fixed point.
pub fn trace(
    path: ModelPath,
    value: f64,
    start: &State,
    rising: bool,
    continuation: &ContinuationSettings,
    settings: &FixedPointSettings,
) -> Result<Branch> {
    continuation.validate()?;
    settings.validate()?;
    let [low, high] = continuation.range;
    if !(low..=high).contains(&value) {
        let allowed = format!("must lie in {low}..={high}");
        return Err(Error::invalid("start of the branch", value, allowed));
    }
    let model = path(value)?;
    start.order.validate(model.signals(), model.units())?;
    let curve = Curve {
        path,
        shape: Shape::of(&model),
        settings,
        unit: high - low,
        level: 0,
        evaluations: std::cell::Cell::new(0),
    };
    Tracer {
        curve,
        continuation: *continuation,
        points: Vec::new(),
        events: Vec::new(),
        unlocated: Vec::new(),
    }
    .run(value, start, rising)
}

/// The curve's equations.
struct Curve<'a> {
    path: ModelPath<'a>,
    shape: Shape,
    settings: &'a FixedPointSettings,
    /// Control parameter of one unit of arclength.
    unit: f64,
    /// Refinement level of the quadrature.
    level: u32,
    evaluations: std::cell::Cell<u64>,
}

/// A point of the curve in its own coordinates: the unknowns `x`, then the control parameter in units of the range.
#[derive(Debug, Clone)]
struct Position {
    y: DVector<f64>,
    tangent: DVector<f64>,
    residual: f64,
}

impl Position {
    fn direction(&self) -> f64 {
        self.tangent[self.tangent.len() - 1]
    }
}

impl Curve<'_> {
    fn parameter(&self, y: &DVector<f64>) -> f64 {
        y[y.len() - 1] * self.unit
    }

    fn unknowns(&self, y: &DVector<f64>) -> DVector<f64> {
        y.rows(0, y.len() - 1).into_owned()
    }

    fn evolution<'m>(&self, model: &'m Model, level: u32) -> StateEvolution<'m> {
        StateEvolution {
            model,
            quadrature: self.settings.quadrature(model.units(), level),
        }
    }

    /// `F(x; p) − x`; `None` where it is not defined.
    fn residual(&self, y: &DVector<f64>) -> Option<DVector<f64>> {
        self.evaluations.set(self.evaluations.get() + 1);
        let model = (self.path)(self.parameter(y)).ok()?;
        UndampedMap::new(self.evolution(&model, self.level), self.shape).residual(&self.unknowns(y))
    }

    fn departure(&self, y: &DVector<f64>) -> Option<Departure> {
        let model = (self.path)(self.parameter(y)).ok()?;
        let state = self.shape.unpack(&self.unknowns(y));
        self.evolution(&model, self.level).step(&state).err()
    }

    /// Unit tangent at `y`, on the side of `along`.
    fn tangent(&self, y: &DVector<f64>, along: &DVector<f64>) -> Option<DVector<f64>> {
        let at = self.residual(y)?;
        let jacobian = difference_jacobian(|y| self.residual(y), y, &at)?;
        let size = y.len();
        let mut bordered = DMatrix::zeros(size, size);
        bordered.rows_mut(0, size - 1).copy_from(&jacobian);
        bordered.row_mut(size - 1).copy_from(&along.transpose());
        let mut right = DVector::zeros(size);
        right[size - 1] = 1.0;
        let tangent = bordered.lu().solve(&right)?;
        let norm = tangent.norm();
        (norm.is_finite() && norm > 0.0).then(|| tangent / norm)
    }

    /// The point of the curve in the plane through `from + step·tangent`, perpendicular to the tangent.
    fn correct(&self, from: &Position, step: f64) -> Option<Position> {
        let predicted = &from.y + &from.tangent * step;
        let plane = Plane {
            curve: self,
            normal: &from.tangent,
            through: &predicted,
        };
        let scale = predicted.amax().max(1.0);
        let newton = NewtonSettings {
            target: 0.1 * self.settings.tolerance * scale,
            max_steps: 12,
        };
        let stop = find_root(&plane, predicted.clone(), newton)?;
        let residual = stop.residual / scale;
        // A root far from the prediction lies on another branch.
        let near = (&stop.x - &predicted).norm() <= 0.5 * step.abs() + 1e-9;
        if residual > self.settings.tolerance || !near {
            return None;
        }
        let tangent = self.tangent(&stop.x, &from.tangent)?;
        Some(Position {
            y: stop.x,
            tangent,
            residual,
        })
    }

    /// Largest shift of the point in its plane on the next finer grid, to first order.
    fn quadrature_error(&mut self, position: &Position) -> Option<f64> {
        let at = self.residual(&position.y)?;
        let jacobian = difference_jacobian(|y| self.residual(y), &position.y, &at)?;
        self.level += 1;
        let fine = self.residual(&position.y);
        self.level -= 1;
        let size = position.y.len();
        let mut bordered = DMatrix::zeros(size, size);
        bordered.rows_mut(0, size - 1).copy_from(&jacobian);
        bordered
            .row_mut(size - 1)
            .copy_from(&position.tangent.transpose());
        let mut right = DVector::zeros(size);
        right.rows_mut(0, size - 1).copy_from(&fine?);
        Some(bordered.lu().solve(&right)?.amax())
    }

    /// Largest overlap of each unit.
    fn overlaps(&self, y: &DVector<f64>) -> Vec<f64> {
        let order = self.shape.unpack(&self.unknowns(y)).order;
        order.m.column_iter().map(|column| column.amax()).collect()
    }

    /// Whether a unit lost its overlap altogether: the corrector then jumped onto the branch without overlap, which this one crosses.
    fn falls_silent(&self, from: &Position, to: &Position) -> bool {
        let (before, after) = (self.overlaps(&from.y), self.overlaps(&to.y));
        before
            .iter()
            .zip(&after)
            .any(|(&before, &after)| before > 1e-6 && after < 1e-9)
    }

    fn stability(&self, position: &Position) -> Option<Stability> {
        let model = (self.path)(self.parameter(&position.y)).ok()?;
        let state = self.shape.unpack(&self.unknowns(&position.y));
        stability(&model, &state, self.settings, self.level).ok()
    }
}

/// The curve's equations with that of a plane: as many equations as unknowns.
struct Plane<'a, 'b> {
    curve: &'a Curve<'b>,
    normal: &'a DVector<f64>,
    through: &'a DVector<f64>,
}

impl System for Plane<'_, '_> {
    fn residual(&self, y: &DVector<f64>) -> Option<DVector<f64>> {
        let mut residual = self.curve.residual(y)?.push(0.0);
        let last = residual.len() - 1;
        residual[last] = self.normal.dot(&(y - self.through));
        Some(residual)
    }
}

struct Tracer<'a> {
    curve: Curve<'a>,
    continuation: ContinuationSettings,
    points: Vec<BranchPoint>,
    events: Vec<Event>,
    unlocated: Vec<(EventKind, [f64; 2], BrentFailure)>,
}

impl Tracer<'_> {
    fn run(mut self, value: f64, start: &State, rising: bool) -> Result<Branch> {
        let mut position = self.first(value, start, rising)?;
        if !self.keep(&position, 0.0) {
            return Err(no_fixed_point(value));
        }
        let mut step = 0.2 * self.continuation.largest_step;
        let end = loop {
            if self.points.len() >= self.continuation.max_points {
                break BranchEnd::Unfinished(self.curve.parameter(&position.y));
            }
            match self.advance(&position, &mut step)? {
                Advance::Point(next) => position = next,
                Advance::End(end) => break end,
            }
        };
        Ok(Branch {
            points: self.points,
            events: self.events,
            unlocated: self.unlocated,
            end,
            evaluations: self.curve.evaluations.get(),
        })
    }

    /// The start as a point of the curve, with the tangent in the wanted direction.
    fn first(&mut self, value: f64, start: &State, rising: bool) -> Result<Position> {
        let model = (self.curve.path)(value)?;
        let settings = self.curve.settings;
        let solution = Search::new(&model, settings).branch("start of the branch", start.clone());
        if !solution.outcome.is_converged() {
            return Err(no_fixed_point(value));
        }
        self.curve.level = solution.work.level;
        let state = &solution.last;
        let x = self.curve.shape.pack(&state.order, &state.v);
        let y = x.push(value / self.curve.unit);
        let mut along = DVector::zeros(y.len());
        along[y.len() - 1] = if rising { 1.0 } else { -1.0 };
        let tangent = self.curve.tangent(&y, &along);
        Ok(Position {
            tangent: tangent.ok_or_else(|| no_fixed_point(value))?,
            y,
            residual: solution.residual,
        })
    }

    /// Goes one step along the branch, as long as the curve's bends allow.
    fn advance(&mut self, from: &Position, step: &mut f64) -> Result<Advance> {
        let tiny = 1e-3 * self.continuation.width / self.curve.unit;
        loop {
            let next = self.curve.correct(from, *step).filter(|next| {
                next.tangent.dot(&from.tangent) > LARGEST_TURN.cos()
                    && !self.curve.falls_silent(from, next)
            });
            let Some(next) = next else {
                if *step > tiny {
                    *step *= 0.5;
                    continue;
                }
                return Ok(Advance::End(self.lost(from)));
            };
            if let Some(end) = self.leaves(from, &next, *step) {
                return Ok(Advance::End(end));
            }
            let after = self.points.len() - 1;
            let before = self.points[after].clone();
            if !self.keep(&next, before.arclength + *step) {
                if *step > tiny {
                    *step *= 0.5;
                    continue;
                }
                return Ok(Advance::End(self.lost(from)));
            }
            let kept = self.points[after + 1].clone();
            if from.direction() * next.direction() < 0.0 {
                let kind = self.turn(from, *step, after);
                if kind == EventKind::Onset {
                    self.points.pop();
                    let value = self.events.last().map_or(before.value, |event| event.value);
                    return Ok(Advance::End(BranchEnd::Onset(value)));
                }
            }
            let excess = |point: &BranchPoint| point.stability.replicon - CRITICAL;
            if excess(&before) * excess(&kept) < 0.0 {
                self.stability_change(from, *step, after);
            }
            *step = (1.5 * *step).min(self.continuation.largest_step);
            return Ok(Advance::Point(next));
        }
    }

    /// Appends a point; `false` where its stability or its quadrature error was not obtained.
    fn keep(&mut self, position: &Position, arclength: f64) -> bool {
        let Some(error) = self.curve.quadrature_error(position) else {
            return false;
        };
        // The error of the next point is about the same: refine ahead of it.
        if error > self.curve.settings.quadrature_tolerance && self.curve.level < 12 {
            self.curve.level += 1;
        }
        let Some(stability) = self.curve.stability(position) else {
            return false;
        };
        self.points.push(BranchPoint {
            value: self.curve.parameter(&position.y),
            state: self.curve.shape.unpack(&self.curve.unknowns(&position.y)),
            residual: position.residual,
            quadrature_error: error,
            stability,
            direction: position.direction(),
            arclength,
        });
        true
    }

    /// The end at the border of the range, if the step crosses it; the point on the border is kept.
    fn leaves(&mut self, from: &Position, next: &Position, step: f64) -> Option<BranchEnd> {
        let [low, high] = self.continuation.range;
        let value = self.curve.parameter(&next.y);
        let border = if value < low {
            low
        } else if value > high {
            high
        } else {
            return None;
        };
        let beyond = |part: f64| match self.curve.correct(from, part) {
            Some(position) => (self.curve.parameter(&position.y) - border) / self.curve.unit,
            None => f64::NAN,
        };
        let part = bracketed_root(beyond, 0.0, step, 1e-14, 1e-9).ok();
        if let Some(position) = part.and_then(|part| self.curve.correct(from, part)) {
            let arclength = self.points.last().map_or(0.0, |point| point.arclength);
            self.keep(&position, arclength + part.unwrap_or(step));
        }
        Some(BranchEnd::Range(border))
    }

    /// What ended the branch where no step succeeds any more.
    fn lost(&self, from: &Position) -> BranchEnd {
        let value = self.curve.parameter(&from.y);
        // Beyond the end the prediction itself is outside of the domain.
        let reach = self.continuation.width / self.curve.unit;
        let beyond = [1.0, 10.0, 100.0, 1e3, 1e4]
            .into_iter()
            .map(|factor| &from.y + &from.tangent * (factor * reach))
            .find_map(|y| Some((self.curve.parameter(&y), self.curve.departure(&y)?)));
        match beyond {
            Some((outside, departure)) => BranchEnd::Departed {
                interval: [value.min(outside), value.max(outside)],
                departure,
            },
            None => BranchEnd::Lost(value),
        }
    }

    /// Locates the point where the control parameter turns back, within a step.
    fn turn(&mut self, from: &Position, step: f64, after: usize) -> EventKind {
        let curve = &self.curve;
        let best: RefCell<Option<Position>> = RefCell::new(None);
        let slope = |part: f64| match curve.correct(from, part) {
            Some(position) => {
                let slope = position.direction();
                *best.borrow_mut() = Some(position);
                slope
            }
            None => f64::NAN,
        };
        let width = (1e-4 * self.continuation.width / curve.unit)
            .sqrt()
            .min(1e-3 * step);
        let found = bracketed_root(slope, 0.0, step, width, 1e-2);
        let located = found.and_then(|part| {
            let residual = slope(part).abs();
            let value = |part: f64| {
                curve
                    .correct(from, part)
                    .map_or(f64::NAN, |position| curve.parameter(&position.y))
            };
            let at = value(part);
            // The parameter is stationary here: its change over the width of the root bounds its error.
            let spread = (value(part + width) - at)
                .abs()
                .max((value(part - width) - at).abs())
                .max(1e-12 * curve.unit);
            if spread.is_finite() {
                Ok((part, at, spread, residual))
            } else {
                Err(BrentFailure::NotARoot { at, residual })
            }
        });
        let vanishes = best.borrow().as_ref().is_some_and(|position| {
            let (before, at) = (curve.overlaps(&from.y), curve.overlaps(&position.y));
            before
                .iter()
                .zip(&at)
                .any(|(&before, &at)| at < VANISHED && before > 2.0 * at)
        });
        let kind = if vanishes {
            EventKind::Onset
        } else {
            EventKind::Fold
        };
        match located {
            Ok((_, value, spread, residual)) => self.events.push(Event {
                kind,
                value,
                interval: [value - spread, value + spread],
                residual,
                after,
            }),
            Err(failure) => {
                let ends = [curve.parameter(&from.y), self.points[after + 1].value];
                self.unlocated.push((kind, sorted(ends), failure));
            }
        }
        kind
    }

    /// Locates the point where the replicon is 1, within a step.
    fn stability_change(&mut self, from: &Position, step: f64, after: usize) {
        let curve = &self.curve;
        let excess = |part: f64| {
            curve
                .correct(from, part)
                .and_then(|position| curve.stability(&position))
                .map_or(f64::NAN, |stability| stability.replicon - CRITICAL)
        };
        let width = 0.1 * self.continuation.width / curve.unit;
        let located = bracketed_root(excess, 0.0, step, width, 1e-5).and_then(|part| {
            let residual = excess(part).abs();
            match curve.correct(from, part) {
                Some(position) => Ok((curve.parameter(&position.y), residual)),
                None => Err(BrentFailure::NotARoot { at: part, residual }),
            }
        });
        let kind = EventKind::StabilityChange;
        match located {
            Ok((value, residual)) => self.events.push(Event {
                kind,
                value,
                interval: [
                    value - self.continuation.width,
                    value + self.continuation.width,
                ],
                residual,
                after,
            }),
            Err(failure) => {
                let ends = [curve.parameter(&from.y), self.points[after + 1].value];
                self.unlocated.push((kind, sorted(ends), failure));
            }
        }
    }
}

enum Advance {
    Point(Position),
    End(BranchEnd),
}

fn sorted([a, b]: [f64; 2]) -> [f64; 2] {
    [a.min(b), a.max(b)]
}

fn no_fixed_point(value: f64) -> Error {
    let allowed =
        "no fixed point was found from the given state: start where onsager solve finds one";
    Error::invalid("start of the branch", value, allowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hidden::{HiddenLaw, HiddenUnits, ScalarAtoms};
    use crate::signal::SignalLaw;
    use crate::theory::baselines::{bbp_threshold, pca_overlap_squared};
    use crate::theory::{Start, solve};

    fn scalar(alpha: f64, lambda: f64, law: HiddenLaw, signal: SignalLaw) -> Result<Model> {
        let hidden = HiddenUnits::new(law, 1, &[])?;
        Model::new(alpha, &[lambda], hidden, signal, SignalLaw::rademacher())
    }

    fn follow(path: ModelPath, from: f64, range: [f64; 2], rising: bool) -> Branch {
        let settings = FixedPointSettings::default();
        let start = solve(&path(from).expect("valid"), &Start::Planted, &settings).expect("valid");
        let continuation = ContinuationSettings::on(range);
        trace(path, from, &start.last, rising, &continuation, &settings).expect("a fixed point")
    }

    fn sparse_pair(rho: f64) -> (HiddenLaw, SignalLaw) {
        let size = rho.powf(-0.5);
        let atoms = || {
            ScalarAtoms::new(&[-size, 0.0, size], &[0.5 * rho, 1.0 - rho, 0.5 * rho])
                .expect("valid")
        };
        (HiddenLaw::Separable(atoms()), SignalLaw::Separable(atoms()))
    }

    /// Gaussian units are solvable by hand: every point has the PCA overlap, and the branch ends in the BBP threshold.
    #[test]
    fn a_branch_of_gaussian_units_is_pca_down_to_the_threshold() {
        let path = |lambda| scalar(2.0, lambda, HiddenLaw::Gaussian, SignalLaw::rademacher());
        let branch = follow(&path, 2.0, [0.3, 3.0], false);
        for point in &branch.points {
            let zeta = point.state.order.overlaps()[0];
            let expected = pca_overlap_squared(2.0, point.value);
            // Near the threshold the overlap is the root of a small number.
            assert!((zeta * zeta - expected).abs() < 1e-9, "{point:?}");
            assert!(point.residual < 1e-11, "{point:?}");
        }
        let BranchEnd::Onset(onset) = branch.end else {
            panic!("{}", branch.end)
        };
        assert!((onset - bbp_threshold(2.0)).abs() < 1e-7, "{onset}");
    }

    /// The reference values of theory.md section 4 lie on the branch that rises from weak signals, and the same branch read
    /// downwards has the same points.
    #[test]
    fn a_branch_goes_both_ways_through_the_reference_values() {
        let law = HiddenLaw::rademacher;
        let path = |lambda| scalar(2.0, lambda, law(), SignalLaw::rademacher());
        let rising = follow(&path, 1.25, [0.5, 1.5], true);
        assert_eq!(rising.end, BranchEnd::Range(1.5));
        let last = rising.points.last().expect("points");
        assert!((last.value - 1.5).abs() < 1e-9);
        assert!((last.state.order.m[0] - 1.483158991).abs() < 1e-8);
        assert!((last.stability.replicon - 0.226017562).abs() < 1e-8);
        let falling = follow(&path, 1.5, [0.5, 1.6], false);
        let change = falling.events[0];
        assert_eq!(change.kind, EventKind::StabilityChange);
        assert!((change.value - 1.1699668).abs() < 1e-7);
        // It ends where V reaches 1, not at a fold.
        assert!(
            matches!(falling.end, BranchEnd::Departed { .. }),
            "{}",
            falling.end
        );
        let last = falling.points.last().expect("points");
        assert!(last.state.v[0] > 1.0 - 1e-6 && last.direction < -0.1);
    }

    /// Around the fold the branch is a curve with the parameter as its extremum, and the points behind it are unstable solutions.
    #[test]
    fn a_branch_turns_around_a_fold() {
        let (hidden, signal) = sparse_pair(0.005);
        let path = |lambda| scalar(20.0, lambda, hidden.clone(), signal.clone());
        let branch = follow(&path, 0.6, [0.3, 1.0], false);
        let kinds: Vec<EventKind> = branch.events.iter().map(|event| event.kind).collect();
        let expected = [
            EventKind::StabilityChange,
            EventKind::Fold,
            EventKind::Onset,
        ];
        assert_eq!(kinds, expected);
        let fold = branch.events[1];
        assert!(fold.interval[1] - fold.interval[0] < 1e-7);
        let least = branch
            .points
            .iter()
            .map(|point| point.value)
            .fold(f64::INFINITY, f64::min);
        assert!(fold.value <= least && least - fold.value < 1e-3);
        // Two solutions at one value of the parameter, from either side of the fold.
        let middle = 0.5 * (fold.value + branch.events[2].value);
        let crossings = branch
            .points
            .windows(2)
            .filter(|pair| (pair[0].value - middle) * (pair[1].value - middle) <= 0.0);
        assert_eq!(crossings.count(), 2);
        // The damped map is stable before the fold and unstable behind it.
        let settings = FixedPointSettings::default();
        let rate = |point: &BranchPoint| {
            let model = path(point.value).expect("valid");
            let solution = Search::new(&model, &settings).branch("test", point.state.clone());
            solution.fixed_point().expect("a fixed point").rate
        };
        assert!(rate(&branch.points[fold.after - 3]) < 1.0);
        assert!(rate(&branch.points[fold.after + 4]) > 1.0);
    }

    #[test]
    fn bad_settings_and_starts_are_refused() {
        let path = |lambda| {
            scalar(
                2.0,
                lambda,
                HiddenLaw::rademacher(),
                SignalLaw::rademacher(),
            )
        };
        let settings = FixedPointSettings::default();
        let model = path(1.5).expect("valid");
        let start = solve(&model, &Start::Planted, &settings)
            .expect("valid")
            .last;
        let with = |value, continuation: ContinuationSettings| {
            trace(&path, value, &start, false, &continuation, &settings)
                .map(drop)
                .expect_err("refused")
                .to_string()
        };
        let good = ContinuationSettings::on([0.5, 2.0]);
        assert!(with(1.5, ContinuationSettings::on([2.0, 0.5])).contains("range"));
        assert!(with(3.0, good).contains("start of the branch"));
        assert!(with(1.5, ContinuationSettings { width: 0.0, ..good }).contains("width"));
        // No fixed point there at all.
        let weak = |lambda| {
            scalar(
                0.8,
                lambda,
                HiddenLaw::rademacher(),
                SignalLaw::rademacher(),
            )
        };
        let error = trace(&weak, 1.5, &start, false, &good, &settings);
        assert!(
            error
                .expect_err("none")
                .to_string()
                .contains("no fixed point")
        );
    }
}
