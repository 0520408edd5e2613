//! Starts of state evolution.

use crate::error::Result;
use crate::model::Model;
use crate::numerics::Matrix;
use crate::order_parameters::OrderParameters;

/// Where a fixed-point search begins.
#[derive(Debug, Clone, PartialEq)]
pub enum Start {
    /// Each unit aligned with one signal (the strongest first): `M_aa = 0.9`, `Q = I`.
    Planted,
    /// A small overlap with every signal, `M_ab = 0.05 δ_ab` and a little more off the diagonal, `Q = I`.
    Weak,
    /// These order parameters.
    Given(OrderParameters),
}

impl Start {
    /// Name in tables and records.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Planted => "planted",
            Self::Weak => "weak",
            Self::Given(_) => "given",
        }
    }

    /// The order parameters of this start.
    ///
    /// # Errors
    /// Given parameters of the wrong shape, or not a possible overlap.
    pub fn order_parameters(&self, model: &Model) -> Result<OrderParameters> {
        let (signals, units) = (model.signals(), model.units());
        let scale = model.starting_overlap();
        let strongest = model.strongest_signals();
        let aligned = |on: f64, off: f64| OrderParameters {
            m: Matrix::from_fn(signals, units, |a, b| {
                let matched = strongest.get(b) == Some(&a);
                f64::sqrt(scale)
                    * if matched {
                        on
                    } else {
                        off * (1.0 + a as f64 - 0.5 * b as f64)
                    }
            }),
            q: Matrix::identity(units, units) * scale,
        };
        match self {
            // Below 1, so that Q − M^T M stays positive definite in finite samples too.
            Self::Planted => Ok(aligned(0.9, 0.0)),
            Self::Weak => Ok(aligned(0.05, 0.001)),
            Self::Given(order) => {
                order.validate(signals, units)?;
                Ok(order.clone())
            }
        }
    }
}
