//! Learning of aligned modes from event to event.

use super::aligned::{AlignedLearning, Leaders, Level};
use super::{Happening, LearningCurve, LearningEvent, LearningPoint};
use crate::error::Result;
use crate::numerics::dormand_prince::{Control, DormandPrince, Equation, Failure};

/// Halvings of a step that locate an event in it.
const HALVINGS: usize = 60;

/// Learning under way.
pub(super) struct Course<'a> {
    learning: &'a AlignedLearning,
    control: Control,
    time: f64,
    weights: Vec<f64>,
    /// Who has the response at `L = ∞`.
    leaders: Leaders,
    events: Vec<LearningEvent>,
}

/// What happens to which mode, from 0.
type Event = (Happening, usize);

impl<'a> Course<'a> {
    pub(super) fn new(learning: &'a AlignedLearning, start: &[f64], control: Control) -> Self {
        Self {
            learning,
            control,
            time: 0.0,
            leaders: learning.leader(start),
            weights: start.to_vec(),
            events: Vec::new(),
        }
    }

    /// Learns, and notes the modes at these times.
    pub(super) fn run(mut self, times: &[f64], watch: &dyn Fn(f64)) -> LearningCurve {
        let mut points = Vec::new();
        let mut failure = None;
        let last = times.last().copied().unwrap_or(0.0);
        for &time in times {
            let progress = |time: f64| watch(time / last);
            match self.advance(time, &progress).and_then(|()| self.point()) {
                Ok(point) => points.push(point),
                Err(reason) => {
                    failure = Some(reason);
                    break;
                }
            }
        }
        LearningCurve {
            points,
            events: self.events,
            failure,
        }
    }

    fn point(&self) -> std::result::Result<LearningPoint, Failure> {
        let time = self.time;
        let responses = self.responses().map_err(|_| Failure::Undefined { time })?;
        Ok(LearningPoint {
            time,
            weights: self.weights.clone(),
            gains: self.learning.empirical(&self.weights),
            responses,
            overlaps: vec![1.0; self.weights.len()],
        })
    }

    fn responses(&self) -> Result<Vec<f64>> {
        match self.learning.level {
            Level::Infinite => self.learning.led(&self.weights, &self.leaders),
            _ => self.learning.responses(&self.weights),
        }
    }

    /// Learns until `end`, from event to event.
    fn advance(&mut self, end: f64, progress: &dyn Fn(f64)) -> std::result::Result<(), Failure> {
        while self.time < end {
            let mut solution = self.solution(self.time, self.weights.clone())?;
            loop {
                crate::interrupt::check();
                let (begin, weights) = (solution.time(), solution.state().to_vec());
                let stepped = solution.step(end);
                self.control.max_steps = self.control.max_steps.saturating_sub(1);
                stepped?;
                progress(solution.time());
                if self.event(&weights, solution.state()).is_some() {
                    self.meet(begin, weights, solution.time())?;
                    break;
                }
                self.time = solution.time();
                self.weights = solution.state().to_vec();
                if self.time >= end {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// The solution from there, with the present leaders.
    fn solution(
        &self,
        time: f64,
        weights: Vec<f64>,
    ) -> std::result::Result<DormandPrince<impl Equation + use<'a>>, Failure> {
        let (learning, leaders) = (self.learning, self.leaders.clone());
        let equation = move |_: f64, weights: &[f64], slope: &mut [f64]| {
            let responses = match learning.level {
                Level::Infinite => learning.led(weights, &leaders),
                _ => learning.responses(weights),
            };
            let Ok(responses) = responses else {
                return false;
            };
            let empirical = learning.empirical(weights);
            for (slope, (gain, loss)) in slope.iter_mut().zip(empirical.iter().zip(&responses)) {
                *slope = gain - loss;
            }
            true
        };
        DormandPrince::new(equation, time, weights, self.control)
    }

    /// The first event between two states of one step, if there is one.
    fn event(&self, before: &[f64], after: &[f64]) -> Option<Event> {
        if let Some(mode) = condensing(before, after) {
            return Some((Happening::Condenses, mode));
        }
        if self.learning.level != Level::Infinite {
            return None;
        }
        let top = after[self.leaders[0]];
        let mut others = (0..after.len()).filter(|mode| !self.leaders.contains(mode));
        if let Some(mode) = others.find(|&mode| after[mode] > top) {
            return Some((Happening::Leads, mode));
        }
        if self.leaders.len() > 1 {
            let (shares, _) = self.learning.shares(after, &self.leaders).ok()?;
            let all = self.leaders.iter().zip(&shares);
            let behind = all.min_by(|(_, one), (_, other)| one.total_cmp(other))?;
            if *behind.1 < 0.0 {
                return Some((Happening::FallsBehind, *behind.0));
            }
        }
        None
    }

    /// Goes to where an event of this step begins, and changes the leaders as it says.
    fn meet(
        &mut self,
        begin: f64,
        weights: Vec<f64>,
        end: f64,
    ) -> std::result::Result<(), Failure> {
        let at = |time: f64| {
            let mut solution = self.solution(begin, weights.clone())?;
            while solution.time() < time {
                solution.step(time)?;
            }
            Ok(solution.state().to_vec())
        };
        let event = |state: &[f64]| self.event(&weights, state);
        if let Some((time, state, (kind, mode))) = first_in(begin, end, &at, &event)? {
            (self.time, self.weights) = (time, state);
            let kind = self.change_leaders(kind, mode);
            self.events.push(LearningEvent {
                time,
                mode: mode + 1,
                kind,
            });
        }
        Ok(())
    }

    fn change_leaders(&mut self, kind: Happening, mode: usize) -> Happening {
        match kind {
            Happening::Leads => {
                let mut tied = self.leaders.clone();
                tied.push(mode);
                let shares = self.learning.shares(&self.weights, &tied);
                let slides = shares.is_ok_and(|(shares, response)| {
                    response > 0.0 && shares.iter().all(|&share| share >= 0.0)
                });
                if slides {
                    let top = self.weights[self.leaders[0]];
                    self.weights[mode] = top;
                    self.leaders = tied;
                    return Happening::Ties;
                }
                self.leaders = vec![mode];
            }
            Happening::FallsBehind => self.leaders.retain(|&one| one != mode),
            Happening::Condenses | Happening::Ties => {}
        }
        kind
    }
}

/// A mode that rises through `w = 1`.
pub(super) fn condensing(before: &[f64], after: &[f64]) -> Option<usize> {
    let rises = |mode: &usize| before[*mode] < 1.0 && after[*mode] >= 1.0;
    (0..before.len()).find(rises)
}

/// The first event in a step: its time, the state there, and what it is. Nothing where the state at
/// the end, computed once more, has none.
pub(super) fn first_in<E>(
    begin: f64,
    end: f64,
    at: &dyn Fn(f64) -> std::result::Result<Vec<f64>, Failure>,
    event: &dyn Fn(&[f64]) -> Option<E>,
) -> std::result::Result<Option<(f64, Vec<f64>, E)>, Failure> {
    let last = at(end)?;
    let Some(found) = event(&last) else {
        return Ok(None);
    };
    let (mut low, mut met) = (begin, (end, last, found));
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + met.0);
        if middle <= low || middle >= met.0 {
            break;
        }
        let state = at(middle)?;
        match event(&state) {
            Some(earlier) => met = (middle, state, earlier),
            None => low = middle,
        }
    }
    Ok(Some(met))
}
