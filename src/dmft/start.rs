//! Starts of the dynamics: overlaps, and power iterations before the first gradient step.

use crate::error::{Error, Result};
use crate::model::Model;
use crate::numerics::Matrix;
use crate::order_parameters::OrderParameters;

/// `W_0 = W* M_0 + N(0, Q_0 − M_0^T M_0)`, independent of the noise in the data, then `power` steps
/// of orthogonal iteration `W ← A^T A W N`, with the triangular `N` that makes `W^T W/d` a multiple
/// of the identity. They are steps of the same process with `f(z) = z`, so that all correlations
/// with the noise in the data are carried into the gradient steps.
#[derive(Debug, Clone, PartialEq)]
pub struct DmftStart {
    /// `M_0` and `Q_0`, before the power iterations.
    pub order: OrderParameters,
    /// Number of power iterations.
    pub power: usize,
}

/// Most power iterations before a run.
pub const MAX_POWER: usize = 500;

impl DmftStart {
    /// A start with these overlaps and no power iterations.
    pub fn new(order: OrderParameters) -> Self {
        Self { order, power: 0 }
    }

    /// Checks that the overlaps are possible ones of this model.
    ///
    /// # Errors
    /// As [`OrderParameters::validate`]; too many power iterations.
    pub fn validate(&self, model: &Model) -> Result<()> {
        self.order.validate(model.signals(), model.units())?;
        if self.power > MAX_POWER {
            let allowed = format!("must be at most {MAX_POWER}");
            return Err(Error::invalid("power-iterations", self.power, allowed));
        }
        Ok(())
    }

    /// `Q` of the first gradient step.
    pub fn first_overlap(&self, model: &Model) -> Matrix {
        match self.power {
            0 => self.order.q.clone(),
            _ => Matrix::identity(model.units(), model.units()) * model.starting_overlap(),
        }
    }
}
