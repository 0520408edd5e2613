//! Learning of aligned modes from event to event.

use super::aligned::{
    AlignedLearning, Leaders, LearningCurve, LearningEvent, LearningPoint, Level,
};
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
    events: Vec<(f64, LearningEvent)>,
}

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
    pub(super) fn run(mut self, times: &[f64]) -> LearningCurve {
        let mut points = Vec::new();
        let mut failure = None;
        for &time in times {
            match self.advance(time).and_then(|()| self.point()) {
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
            responses,
        })
    }

    fn responses(&self) -> Result<Vec<f64>> {
        match self.learning.level {
            Level::Infinite => self.learning.led(&self.weights, &self.leaders),
            _ => self.learning.responses(&self.weights),
        }
    }

    /// Learns until `end`, from event to event.
    fn advance(&mut self, end: f64) -> std::result::Result<(), Failure> {
        while self.time < end {
            let mut solution = self.solution(self.time, self.weights.clone())?;
            loop {
                let (begin, weights) = (solution.time(), solution.state().to_vec());
                solution.step(end)?;
                if let Some(event) = self.event(&weights, solution.state()) {
                    self.meet(event, begin, weights, solution.time())?;
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
    fn event(&self, before: &[f64], after: &[f64]) -> Option<LearningEvent> {
        for mode in 0..before.len() {
            if before[mode] < 1.0 && after[mode] >= 1.0 {
                return Some(LearningEvent::Condensed { mode });
            }
        }
        if self.learning.level != Level::Infinite {
            return None;
        }
        let top = after[self.leaders[0]];
        let mut others = (0..after.len()).filter(|mode| !self.leaders.contains(mode));
        if let Some(mode) = others.find(|&mode| after[mode] > top) {
            return Some(LearningEvent::Leads { mode });
        }
        if self.leaders.len() > 1 {
            let (shares, _) = self.learning.shares(after, &self.leaders).ok()?;
            let all = self.leaders.iter().zip(&shares);
            let behind = all.min_by(|(_, one), (_, other)| one.total_cmp(other))?;
            if *behind.1 < 0.0 {
                return Some(LearningEvent::FallsBehind { mode: *behind.0 });
            }
        }
        None
    }

    /// Goes to where the event begins, and changes the leaders as it says.
    fn meet(
        &mut self,
        mut event: LearningEvent,
        begin: f64,
        weights: Vec<f64>,
        end: f64,
    ) -> std::result::Result<(), Failure> {
        let (mut low, mut high) = (begin, end);
        let mut met = (end, weights.clone());
        for _ in 0..HALVINGS {
            let middle = 0.5 * (low + high);
            if middle <= low || middle >= high {
                break;
            }
            let mut solution = self.solution(begin, weights.clone())?;
            while solution.time() < middle {
                solution.step(middle)?;
            }
            match self.event(&weights, solution.state()) {
                Some(earlier) => {
                    event = earlier;
                    high = middle;
                    met = (middle, solution.state().to_vec());
                }
                None => low = middle,
            }
        }
        if met.0 == end {
            let mut solution = self.solution(begin, weights)?;
            while solution.time() < end {
                solution.step(end)?;
            }
            met.1 = solution.state().to_vec();
        }
        (self.time, self.weights) = met;
        let happened = self.change_leaders(event);
        self.events.push((self.time, happened));
        Ok(())
    }

    fn change_leaders(&mut self, event: LearningEvent) -> LearningEvent {
        match event {
            LearningEvent::Leads { mode } => {
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
                    return LearningEvent::Ties { mode };
                }
                self.leaders = vec![mode];
                event
            }
            LearningEvent::FallsBehind { mode } => {
                self.leaders.retain(|&one| one != mode);
                event
            }
            other => other,
        }
    }
}
