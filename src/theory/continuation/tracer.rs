//! The walk along the curve: steps, events, ends.

use super::curve::{Curve, Position};
use super::onset;
use super::{Branch, BranchEnd, BranchPoint, CRITICAL, ContinuationSettings, Event, EventKind};
use crate::error::{Error, Result};
use crate::numerics::brent::{BrentFailure, bracketed_root};
use crate::theory::search::Search;
use crate::theory::state_evolution::State;
use nalgebra::DVector;

/// Largest angle between neighbouring tangents.
const LARGEST_TURN: f64 = 0.35;

pub(super) struct Tracer<'a> {
    curve: Curve<'a>,
    continuation: ContinuationSettings,
    points: Vec<BranchPoint>,
    events: Vec<Event>,
    unlocated: Vec<(EventKind, [f64; 2], BrentFailure)>,
    /// Largest overlap of each unit so far.
    peaks: Vec<f64>,
    /// The solution without overlap at the onset.
    silent: Option<State>,
}

impl<'a> Tracer<'a> {
    pub fn new(curve: Curve<'a>, continuation: ContinuationSettings) -> Self {
        Self {
            curve,
            continuation,
            points: Vec::new(),
            events: Vec::new(),
            unlocated: Vec::new(),
            peaks: Vec::new(),
            silent: None,
        }
    }

    pub fn run(mut self, value: f64, start: &State, rising: bool) -> Result<Branch> {
        let mut position = self.first(value, start, rising)?;
        self.peaks = self.curve.overlaps(&position.y);
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
            silent: self.silent,
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
        let position = self.curve.position(y, solution.residual, &along);
        position.ok_or_else(|| no_fixed_point(value))
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
            let folds = from.direction() * next.direction() < 0.0;
            if folds {
                self.fold(from, *step, after);
            }
            let excess = |point: &BranchPoint| point.stability.replicon - CRITICAL;
            if excess(&before) * excess(&kept) < 0.0 {
                let above = |curve: &Curve, at: &Position| Some(curve.replicon(at)? - CRITICAL);
                self.crossing(EventKind::StabilityChange, above, from, *step, after);
            }
            // At a fold the eigenvalue crosses 1 too.
            let excess = |point: &BranchPoint| point.stability.joint_eigenvalue - 1.0;
            if !folds && excess(&before) * excess(&kept) < 0.0 {
                let above = |curve: &Curve, at: &Position| Some(curve.joint_eigenvalue(at)? - 1.0);
                self.crossing(EventKind::Bifurcation, above, from, *step, after);
            }
            let overlaps = self.curve.overlaps(&next.y);
            for (peak, overlap) in self.peaks.iter_mut().zip(overlaps) {
                *peak = peak.max(overlap);
            }
            if let Some(onset) = onset::locate(
                &self.curve,
                &self.peaks,
                [from, &next],
                self.continuation.width,
            ) {
                self.events.push(Event {
                    after: after + 1,
                    ..onset.event
                });
                self.silent = Some(onset.silent);
                return Ok(Advance::End(BranchEnd::Onset(onset.event.value)));
            }
            *step = (1.5 * *step).min(self.continuation.largest_step);
            return Ok(Advance::Point(next));
        }
    }

    /// Appends a point; `false` where its stability or its quadrature error was not obtained.
    fn keep(&mut self, position: &Position, arclength: f64) -> bool {
        let Some(shift) = self.curve.quadrature_shift(position) else {
            return false;
        };
        let error = shift.amax();
        // The error of the next point is about the same: refine ahead of it.
        if error > self.curve.settings.quadrature_tolerance && self.curve.level < 12 {
            self.curve.level += 1;
        }
        let Some(stability) = self.curve.stability(position, shift) else {
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
    fn fold(&mut self, from: &Position, step: f64, after: usize) {
        let curve = &self.curve;
        let slope = |part: f64| {
            curve
                .correct(from, part)
                .map_or(f64::NAN, |position| position.direction())
        };
        let value = |part: f64| {
            curve
                .correct(from, part)
                .map_or(f64::NAN, |position| curve.parameter(&position.y))
        };
        let width = (1e-4 * self.continuation.width / curve.unit)
            .sqrt()
            .min(1e-3 * step);
        let located = bracketed_root(slope, 0.0, step, width, 1e-2).and_then(|part| {
            let (at, residual) = (value(part), slope(part).abs());
            // The parameter is stationary here: its change over the width of the root bounds its error.
            let spread = (value(part + width) - at)
                .abs()
                .max((value(part - width) - at).abs())
                .max(1e-12 * curve.unit);
            if spread.is_finite() {
                Ok((at, spread, residual))
            } else {
                Err(BrentFailure::NotARoot { at, residual })
            }
        });
        self.enter(EventKind::Fold, from, after, located);
    }

    /// Locates the point where a number that an event is about crosses its critical value, within a step.
    fn crossing(
        &mut self,
        kind: EventKind,
        above: impl Fn(&Curve, &Position) -> Option<f64>,
        from: &Position,
        step: f64,
        after: usize,
    ) {
        let curve = &self.curve;
        let excess = |part: f64| {
            curve
                .correct(from, part)
                .and_then(|position| above(curve, &position))
                .unwrap_or(f64::NAN)
        };
        let width = 0.1 * self.continuation.width / curve.unit;
        let located = bracketed_root(excess, 0.0, step, width, 1e-5).and_then(|part| {
            let residual = excess(part).abs();
            match curve.correct(from, part) {
                Some(position) => Ok((curve.parameter(&position.y), residual)),
                None => Err(BrentFailure::NotARoot { at: part, residual }),
            }
        });
        let located = located.map(|(value, residual)| (value, self.continuation.width, residual));
        self.enter(kind, from, after, located);
    }

    /// Keeps an event with half the width of its interval and its residual, or the reason why it was not located.
    fn enter(
        &mut self,
        kind: EventKind,
        from: &Position,
        after: usize,
        located: std::result::Result<(f64, f64, f64), BrentFailure>,
    ) {
        match located {
            Ok((value, spread, residual)) => self.events.push(Event {
                kind,
                value,
                interval: [value - spread, value + spread],
                residual,
                after,
            }),
            Err(failure) => {
                let (a, b) = (self.curve.parameter(&from.y), self.points[after + 1].value);
                self.unlocated.push((kind, [a.min(b), a.max(b)], failure));
            }
        }
    }
}

enum Advance {
    Point(Position),
    End(BranchEnd),
}

pub(super) fn no_fixed_point(value: f64) -> Error {
    let allowed =
        "no fixed point was found from the given state: start where onsager solve finds one";
    Error::invalid("start of the branch", value, allowed)
}
