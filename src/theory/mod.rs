//! Deterministic theory: state evolution, its fixed points and their stability, baselines.

pub mod baselines;
pub mod decoupled;
mod fixed_point;
mod moments;
mod outcome;
mod preactivation;
mod quasi_monte_carlo;
mod stability;
mod state_evolution;
mod tensor;
mod unknowns;

pub use fixed_point::{FixedPoint, FixedPointSettings, Solution, Start, Work, solve, solve_all};
pub use moments::Moments;
pub use outcome::{Method, Outcome};
pub use stability::Stability;
pub use state_evolution::{
    Departure, Proximal, Quadrature, State, StateEvolution, Step, Trajectory,
};
