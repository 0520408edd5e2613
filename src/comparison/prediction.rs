//! What theory predicts.

use crate::dmft::DmftPrediction;
use crate::ensemble::Estimate;
use crate::numerics::Matrix;
use crate::order_parameters::OrderParameters;
use crate::theory::Trajectory;

/// A prediction for the end of the runs.
#[derive(Debug, Clone)]
pub struct Prediction {
    /// Overlaps.
    pub order: OrderParameters,
    /// Objective per visible unit, where the prediction has one.
    pub log_likelihood: Option<f64>,
    /// Whether only directions are predicted (the spectral method has no scale, and its directions
    /// no names).
    pub directions_only: bool,
}

/// Order parameters of the theory at one iteration.
#[derive(Debug, Clone)]
pub struct Predicted {
    /// The prediction.
    pub order: OrderParameters,
    /// Standard errors of its entries and the number of randomisations behind them, where it was
    /// sampled.
    pub error: Option<(OrderParameters, usize)>,
}

impl Predicted {
    /// The states of state evolution, which have no standard error.
    pub fn of_trajectory(theory: &Trajectory) -> Vec<Self> {
        let states = theory.states.iter();
        states
            .map(|state| Self {
                order: state.order.clone(),
                error: None,
            })
            .collect()
    }

    /// The times of dynamical mean-field theory.
    pub fn of_dynamics(theory: &DmftPrediction) -> Vec<Self> {
        (0..theory.times())
            .map_while(|t| {
                let (m, q) = (theory.m(t)?, theory.q(t)?);
                let errors = m.standard_error.zip(q.standard_error);
                Some(Self {
                    order: OrderParameters {
                        m: m.mean,
                        q: q.mean,
                    },
                    error: errors.map(|(m, q)| (OrderParameters { m, q }, theory.runs().len())),
                })
            })
            .collect()
    }

    /// An entry of one of the two matrices.
    pub(super) fn estimate(
        &self,
        matrix: fn(&OrderParameters) -> &Matrix,
        at: (usize, usize),
    ) -> Estimate {
        Estimate {
            mean: matrix(&self.order)[at],
            standard_error: self.error.as_ref().map(|(error, _)| matrix(error)[at]),
            count: self.error.as_ref().map_or(1, |(_, count)| *count),
        }
    }
}

impl OrderParameters {
    /// What a large difference of `M_ab` is: `√Q_bb`.
    pub(super) fn scale_of_m(&self, (_, b): (usize, usize)) -> f64 {
        self.q[(b, b)].sqrt()
    }

    /// What a large difference of `Q_ab` is: `√(Q_aa Q_bb)`.
    pub(super) fn scale_of_q(&self, (a, b): (usize, usize)) -> f64 {
        (self.q[(a, a)] * self.q[(b, b)]).sqrt()
    }
}
