//! The walk along the curve: steps, events, ends.

use super::curve::{Curve, Position};
use super::onset;
use super::{
    Begin, Branch, BranchEnd, BranchPoint, CRITICAL, ContinuationSettings, Event, EventKind,
};
use crate::fixed_point::ProblemPath;
use crate::numerics::brent::{BrentFailure, bracketed_root};
use nalgebra::DVector;

/// Largest angle between neighbouring tangents.
const LARGEST_TURN: f64 = 0.35;

pub(super) struct Tracer<'a, P> {
    curve: Curve<'a, P>,
    continuation: ContinuationSettings,
    points: Vec<BranchPoint>,
    events: Vec<Event>,
    unlocated: Vec<(EventKind, [f64; 2], BrentFailure)>,
    /// Largest size so far of each part that can vanish.
    peaks: Vec<f64>,
    /// The solution that the branch met at an onset.
    silent: Option<DVector<f64>>,
}

impl<'a, P: ProblemPath> Tracer<'a, P> {
    pub fn new(curve: Curve<'a, P>, continuation: ContinuationSettings) -> Self {
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

    /// The branch through a solution; `None` where that is none.
    pub fn run(mut self, begin: Begin, rising: bool) -> Option<Branch<P::Departure>> {
        let mut position = self.first(begin, rising)?;
        self.peaks = self.curve.amplitudes(&position.y);
        if !self.keep(&position, 0.0) {
            return None;
        }
        let mut step = 0.2 * self.continuation.largest_step;
        let end = loop {
            if self.points.len() >= self.continuation.max_points {
                break BranchEnd::Unfinished(self.curve.parameter(&position.y));
            }
            match self.advance(&position, &mut step) {
                Advance::Point(next) => position = next,
                Advance::End(end) => break end,
            }
        };
        Some(Branch {
            points: self.points,
            events: self.events,
            unlocated: self.unlocated,
            silent: self.silent,
            end,
            evaluations: self.curve.evaluations.get(),
        })
    }

    /// The start as a point of the curve, with the tangent in the wanted direction.
    fn first(&self, begin: Begin, rising: bool) -> Option<Position> {
        let y = begin.x.push(begin.value / self.curve.unit);
        let mut along = DVector::zeros(y.len());
        along[y.len() - 1] = if rising { 1.0 } else { -1.0 };
        self.curve.position(y, begin.residual, &along)
    }

    /// Goes one step along the branch, as long as the curve's bends allow.
    fn advance(&mut self, from: &Position, step: &mut f64) -> Advance<P::Departure> {
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
                return Advance::End(self.lost(from));
            };
            if let Some(end) = self.leaves(from, &next, *step) {
                return Advance::End(end);
            }
            let before = self.points[self.points.len() - 1].arclength;
            if !self.keep(&next, before + *step) {
                if *step > tiny {
                    *step *= 0.5;
                    continue;
                }
                return Advance::End(self.lost(from));
            }
            if let Some(end) = self.events_between(from, &next, *step) {
                return Advance::End(end);
            }
            *step = (1.5 * *step).min(self.continuation.largest_step);
            return Advance::Point(next);
        }
    }

    /// Locates what happens within the last step; the end of the branch, if it ends there.
    fn events_between(
        &mut self,
        from: &Position,
        next: &Position,
        step: f64,
    ) -> Option<BranchEnd<P::Departure>> {
        let after = self.points.len() - 2;
        let folds = from.direction() * next.direction() < 0.0;
        if folds {
            self.fold(from, step, after);
        }
        let crosses = |critical: f64, of: fn(&BranchPoint) -> Option<f64>| {
            let [before, kept] = [after, after + 1].map(|index| of(&self.points[index]));
            before
                .zip(kept)
                .is_some_and(|(before, kept)| (before - critical) * (kept - critical) < 0.0)
        };
        let replicon = crosses(CRITICAL, |point| {
            point.description.replicon.map(|own| own.value)
        });
        // At a fold the eigenvalue crosses 1 too.
        let eigenvalue = !folds
            && crosses(1.0, |point| {
                point.description.eigenvalue.map(|own| own.value)
            });
        if replicon {
            let above = |curve: &Curve<P>, at: &Position| Some(curve.replicon(at)? - CRITICAL);
            self.crossing(EventKind::StabilityChange, above, from, step, after);
        }
        if eigenvalue {
            let above = |curve: &Curve<P>, at: &Position| Some(curve.eigenvalue(at)? - 1.0);
            self.crossing(EventKind::Bifurcation, above, from, step, after);
        }
        let amplitudes = self.curve.amplitudes(&next.y);
        for (peak, amplitude) in self.peaks.iter_mut().zip(amplitudes) {
            *peak = peak.max(amplitude);
        }
        let width = self.continuation.width;
        let onset = onset::locate(&self.curve, &self.peaks, [from, next], width)?;
        self.events.push(Event {
            after: after + 1,
            ..onset.event
        });
        self.silent = Some(onset.silent);
        Some(BranchEnd::Onset(onset.event.value))
    }

    /// Appends a point; `false` where its stability or its quadrature error was not obtained.
    fn keep(&mut self, position: &Position, arclength: f64) -> bool {
        let Some(shift) = self.curve.quadrature_shift(position) else {
            return false;
        };
        let error = shift.amax();
        // The error of the next point is about the same: refine ahead of it.
        if error > self.curve.accuracy.quadrature_tolerance
            && self.curve.level < self.curve.accuracy.finest_level
        {
            self.curve.level += 1;
        }
        let Some(description) = self.curve.describe(position, shift) else {
            return false;
        };
        self.points.push(BranchPoint {
            value: self.curve.parameter(&position.y),
            x: self.curve.unknowns(&position.y),
            residual: position.residual,
            quadrature_error: error,
            description,
            direction: position.direction(),
            arclength,
        });
        true
    }

    /// The end at the border of the range, if the step crosses it; the point on the border is kept.
    fn leaves(
        &mut self,
        from: &Position,
        next: &Position,
        step: f64,
    ) -> Option<BranchEnd<P::Departure>> {
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
    fn lost(&self, from: &Position) -> BranchEnd<P::Departure> {
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
            // The parameter is stationary here: its change over the width of the root bounds its
            // error.
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

    /// Locates the point where a number that an event is about crosses its critical value, within a
    /// step.
    fn crossing(
        &mut self,
        kind: EventKind,
        above: impl Fn(&Curve<P>, &Position) -> Option<f64>,
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

    /// Keeps an event with half the width of its interval and its residual, or the reason why it
    /// was not located.
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

enum Advance<D: std::fmt::Display> {
    Point(Position),
    End(BranchEnd<D>),
}
