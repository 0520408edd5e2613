//! Ordinary differential equations by the embedded Runge–Kutta pair of Dormand and Prince (order 5,
//! error estimate of order 4; J. R. Dormand and P. J. Prince, J. Comput. Appl. Math. 6 (1980) 19),
//! with step control, for right-hand sides that are not defined everywhere.
//!
//! A step one stage of which leaves the domain of the right-hand side is rejected and tried again
//! with a smaller step, so that no stage beyond the border ever enters a result.

/// Nodes of the stages.
const NODES: [f64; 7] = [0.0, 1.0 / 5.0, 3.0 / 10.0, 4.0 / 5.0, 8.0 / 9.0, 1.0, 1.0];

/// Weights of earlier stages in each stage; the last row is the step itself (first same as last).
const STAGES: [&[f64]; 7] = [
    &[],
    &[1.0 / 5.0],
    &[3.0 / 40.0, 9.0 / 40.0],
    &[44.0 / 45.0, -56.0 / 15.0, 32.0 / 9.0],
    &[
        19372.0 / 6561.0,
        -25360.0 / 2187.0,
        64448.0 / 6561.0,
        -212.0 / 729.0,
    ],
    &[
        9017.0 / 3168.0,
        -355.0 / 33.0,
        46732.0 / 5247.0,
        49.0 / 176.0,
        -5103.0 / 18656.0,
    ],
    &[
        35.0 / 384.0,
        0.0,
        500.0 / 1113.0,
        125.0 / 192.0,
        -2187.0 / 6784.0,
        11.0 / 84.0,
    ],
];

/// Difference of the two embedded formulas.
const ERROR: [f64; 7] = [
    71.0 / 57600.0,
    0.0,
    -71.0 / 16695.0,
    71.0 / 1920.0,
    -17253.0 / 339_200.0,
    22.0 / 525.0,
    -1.0 / 40.0,
];

/// Bounds of the factor between steps, and the part of the optimal step that is taken.
const SHRINK: f64 = 0.2;
const GROW: f64 = 5.0;
const SAFETY: f64 = 0.9;

/// How exact a solution is, and how much work it may take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Control {
    /// Error of a step relative to each component.
    pub relative: f64,
    /// Error of a step that is allowed for a component near 0, in units of the solution.
    pub absolute: f64,
    /// Largest number of steps, rejected ones included.
    pub max_steps: usize,
}

/// Why an integration ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum Failure {
    /// The right-hand side is not defined at the solution.
    #[error("the equation is not defined at t = {time}")]
    Undefined {
        /// The last time with a solution.
        time: f64,
    },
    /// However small the step, the right-hand side is not defined at its end.
    #[error("the solution leaves the domain of the equation at t = {time}")]
    LeftDomain {
        /// The last time with a solution.
        time: f64,
    },
    /// The step fell below what the clock resolves: a singularity.
    #[error("the step fell below the resolution of t = {time}: the solution is singular there")]
    StepUnderflow {
        /// The last time with a solution.
        time: f64,
    },
    /// The number of steps is used up.
    #[error("{steps} steps reached only t = {time}")]
    OutOfSteps {
        /// The last time with a solution.
        time: f64,
        /// The number of steps.
        steps: usize,
    },
}

/// A right-hand side: time, state, slope to fill in; whether it is defined there.
pub trait Equation {
    /// Fills in the slope; `false` outside of the domain.
    fn slope(&mut self, time: f64, state: &[f64], slope: &mut [f64]) -> bool;
}

impl<F: FnMut(f64, &[f64], &mut [f64]) -> bool> Equation for F {
    fn slope(&mut self, time: f64, state: &[f64], slope: &mut [f64]) -> bool {
        self(time, state, slope)
    }
}

/// A solution that advances step by step.
pub struct DormandPrince<E> {
    equation: E,
    control: Control,
    time: f64,
    state: Vec<f64>,
    /// The step that error control proposes; 0 before the first one.
    proposed: f64,
    slopes: [Vec<f64>; 7],
    trial: Vec<f64>,
    accepted: usize,
    rejected: usize,
}

impl<E: Equation> DormandPrince<E> {
    /// The solution of `equation` that begins in `state` at `time`.
    ///
    /// # Errors
    /// [`Failure::Undefined`] at the start.
    pub fn new(
        mut equation: E,
        time: f64,
        state: Vec<f64>,
        control: Control,
    ) -> Result<Self, Failure> {
        let mut slopes: [Vec<f64>; 7] = std::array::from_fn(|_| vec![0.0; state.len()]);
        let defined = equation.slope(time, &state, &mut slopes[0]);
        if !defined || !is_finite(&slopes[0]) {
            return Err(Failure::Undefined { time });
        }
        Ok(Self {
            equation,
            control,
            time,
            trial: state.clone(),
            state,
            proposed: 0.0,
            slopes,
            accepted: 0,
            rejected: 0,
        })
    }

    /// The time that was reached.
    pub fn time(&self) -> f64 {
        self.time
    }

    /// The solution there.
    pub fn state(&self) -> &[f64] {
        &self.state
    }

    /// Its slope there.
    pub fn slope(&self) -> &[f64] {
        &self.slopes[0]
    }

    /// Numbers of accepted and of rejected steps.
    pub fn steps(&self) -> [usize; 2] {
        [self.accepted, self.rejected]
    }

    /// Advances by one step that ends at `limit` at the latest, and exactly there if it comes that
    /// far.
    ///
    /// # Errors
    /// [`Failure`]; the solution stays at the last accepted step.
    pub fn step(&mut self, limit: f64) -> Result<(), Failure> {
        if limit <= self.time {
            return Ok(());
        }
        if self.proposed <= 0.0 {
            self.proposed = self.first_step(limit);
        }
        let mut left = false;
        loop {
            let time = self.time;
            if self.accepted + self.rejected >= self.control.max_steps {
                let steps = self.control.max_steps;
                return Err(Failure::OutOfSteps { time, steps });
            }
            if self.proposed <= 8.0 * f64::EPSILON * time.abs().max(limit - time) {
                return Err(match left {
                    true => Failure::LeftDomain { time },
                    false => Failure::StepUnderflow { time },
                });
            }
            let rest = limit - time;
            // A step that would leave a sliver is stretched, or halves the rest.
            let (step, last) = if self.proposed >= rest {
                (rest, true)
            } else if self.proposed > 0.5 * rest {
                (0.5 * rest, false)
            } else {
                (self.proposed, false)
            };
            let error = self.try_step(step);
            left = error.is_none();
            match error {
                Some(error) if error <= 1.0 => {
                    self.accept(if last { limit } else { time + step });
                    let next = step * factor(error);
                    // A step that was cut short says nothing against the proposed one.
                    let cut = step < self.proposed;
                    self.proposed = if cut { self.proposed.max(next) } else { next };
                    return Ok(());
                }
                Some(error) => self.proposed = step * factor(error).min(SAFETY),
                None => self.proposed = step * SHRINK,
            }
            self.rejected += 1;
        }
    }

    /// Tries a step: its error in units of what is allowed; `None` where a stage is not defined.
    fn try_step(&mut self, step: f64) -> Option<f64> {
        for (stage, weights) in STAGES.iter().enumerate().skip(1) {
            let (earlier, later) = self.slopes.split_at_mut(stage);
            self.trial.copy_from_slice(&self.state);
            for (weight, slope) in weights.iter().zip(earlier) {
                let share = step * weight;
                for (value, slope) in self.trial.iter_mut().zip(slope.iter()) {
                    *value += share * slope;
                }
            }
            let at = self.time + NODES[stage] * step;
            let slope = later.first_mut()?;
            if !self.equation.slope(at, &self.trial, slope) || !is_finite(slope) {
                return None;
            }
        }
        let mut largest: f64 = 0.0;
        for (index, (old, new)) in self.state.iter().zip(&self.trial).enumerate() {
            let weighted = ERROR.iter().zip(&self.slopes).map(|(e, k)| e * k[index]);
            let error = step * weighted.sum::<f64>();
            let allowed = self.control.absolute + self.control.relative * old.abs().max(new.abs());
            if error != 0.0 {
                largest = largest.max((error / allowed).abs());
            }
        }
        Some(largest)
    }

    fn accept(&mut self, time: f64) {
        self.time = time;
        std::mem::swap(&mut self.state, &mut self.trial);
        self.slopes.swap(0, 6);
        self.accepted += 1;
    }

    /// A first step from the sizes of state and slope (Hairer, Nørsett and Wanner, *Solving
    /// Ordinary Differential Equations I*, section II.4, in short): error control corrects it.
    fn first_step(&self, limit: f64) -> f64 {
        let scaled = |values: &[f64]| {
            let allowed = |state: &f64| self.control.absolute + self.control.relative * state.abs();
            let all = values.iter().zip(&self.state);
            all.filter(|(value, _)| **value != 0.0)
                .map(|(value, state)| (value / allowed(state)).abs())
                .fold(0.0, f64::max)
        };
        let (state, slope) = (scaled(&self.state), scaled(self.slope()));
        let rest = limit - self.time;
        if state > 0.0 && slope > 0.0 {
            rest.min(0.01 * state / slope)
        } else {
            1e-3 * rest
        }
    }
}

/// Factor between a step and the next one, for its error in units of what is allowed.
fn factor(error: f64) -> f64 {
    (SAFETY * error.powf(-0.2)).clamp(SHRINK, GROW)
}

fn is_finite(values: &[f64]) -> bool {
    values.iter().all(|value| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn control(tolerance: f64) -> Control {
        Control {
            relative: tolerance,
            absolute: tolerance,
            max_steps: 100_000,
        }
    }

    fn solve<E: Equation>(
        equation: E,
        state: Vec<f64>,
        to: f64,
        control: Control,
    ) -> Result<DormandPrince<E>, Failure> {
        let mut solution = DormandPrince::new(equation, 0.0, state, control)?;
        while solution.time() < to {
            solution.step(to)?;
        }
        Ok(solution)
    }

    /// A step of the harmonic oscillator, whose solution is known.
    fn error_of_one_step(step: f64) -> f64 {
        let oscillator = |_: f64, x: &[f64], slope: &mut [f64]| {
            slope.copy_from_slice(&[x[1], -x[0]]);
            true
        };
        let mut solution = DormandPrince::new(oscillator, 0.0, vec![1.0, 0.0], control(1e-9))
            .expect("defined everywhere");
        solution.try_step(step).expect("defined everywhere");
        (solution.trial[0] - step.cos()).hypot(solution.trial[1] + step.sin())
    }

    #[test]
    fn a_step_has_order_five() {
        let ratio = error_of_one_step(0.2) / error_of_one_step(0.1);
        assert!((ratio.log2() - 6.0).abs() < 0.2, "{ratio}");
    }

    #[test]
    fn stages_are_consistent() {
        for (node, weights) in NODES.iter().zip(STAGES) {
            assert!((weights.iter().sum::<f64>() - node).abs() < 1e-14);
        }
        assert!(ERROR.iter().sum::<f64>().abs() < 1e-16);
    }

    #[test]
    fn known_solutions_meet_the_tolerance() {
        for tolerance in [1e-6, 1e-9, 1e-12] {
            let logistic = |_: f64, x: &[f64], slope: &mut [f64]| {
                slope[0] = x[0] * (1.0 - x[0]);
                true
            };
            let found = solve(logistic, vec![0.01], 8.0, control(tolerance)).expect("smooth");
            let exact = 1.0 / (1.0 + 99.0 * (-8f64).exp());
            assert_eq!(found.time(), 8.0);
            let error = (found.state()[0] - exact).abs();
            assert!(error < 50.0 * tolerance, "{tolerance}: {error}");
            // It does not work for nothing.
            assert!(found.steps()[0] < 4000, "{:?}", found.steps());
        }
        // Time enters, and a stop on the way changes little.
        let driven = |t: f64, _: &[f64], slope: &mut [f64]| {
            slope[0] = t.cos();
            true
        };
        let mut solution =
            DormandPrince::new(driven, 0.0, vec![0.0], control(1e-11)).expect("defined");
        for stop in [0.1, 0.1 + 1e-9, 2.0] {
            while solution.time() < stop {
                solution.step(stop).expect("smooth");
            }
            assert_eq!(solution.time(), stop);
            assert!((solution.state()[0] - stop.sin()).abs() < 1e-10);
        }
    }

    #[test]
    fn every_failure_has_its_name() {
        // x' = 1/x² from −1 ends at x = 0, t = 1/3, where the slope is infinite.
        let ending = |_: f64, x: &[f64], slope: &mut [f64]| {
            slope[0] = 1.0 / (x[0] * x[0]);
            x[0] < 0.0
        };
        let found = solve(ending, vec![-1.0], 1.0, control(1e-9)).map(|_| ());
        match found.expect_err("the domain ends") {
            Failure::LeftDomain { time } | Failure::StepUnderflow { time } => {
                assert!((time - 1.0 / 3.0).abs() < 1e-6, "{time}");
            }
            other => panic!("{other}"),
        }
        // x' = 1 leaves x < 0.5 with a finite slope.
        let wall = |_: f64, x: &[f64], slope: &mut [f64]| {
            slope[0] = 1.0;
            x[0] < 0.5
        };
        let found = solve(wall, vec![0.0], 1.0, control(1e-9)).map(|_| ());
        let Err(Failure::LeftDomain { time }) = found else {
            panic!("{found:?}");
        };
        assert!((time - 0.5).abs() < 1e-12, "{time}");
        // x' = x² is infinite at t = 1.
        let explosion = |_: f64, x: &[f64], slope: &mut [f64]| {
            slope[0] = x[0] * x[0];
            true
        };
        let found = solve(explosion, vec![1.0], 2.0, control(1e-9)).map(|_| ());
        assert!(
            matches!(found, Err(Failure::StepUnderflow { time }) if (time - 1.0).abs() < 1e-6),
            "{found:?}"
        );
        let nowhere = |_: f64, _: &[f64], _: &mut [f64]| false;
        let found = solve(nowhere, vec![1.0], 2.0, control(1e-9)).map(|_| ());
        assert_eq!(found, Err(Failure::Undefined { time: 0.0 }));
        let fast = |t: f64, _: &[f64], slope: &mut [f64]| {
            slope[0] = (1e6 * t).cos();
            true
        };
        let short = Control {
            max_steps: 50,
            ..control(1e-9)
        };
        let found = solve(fast, vec![0.0], 1.0, short).map(|_| ());
        assert!(matches!(found, Err(Failure::OutOfSteps { steps: 50, .. })));
    }
}
