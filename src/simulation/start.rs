//! Starts of a simulation: `W_0 = W* M_0 + N(0, Q_0 − M_0^T M_0)`, or the spectral directions.

use super::instance::Instance;
use super::spectral::{SpectralEnd, leading_directions};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::numerics::Matrix;
use crate::numerics::streams::{Purpose, Streams};
use crate::numerics::symmetric::square_root;
use crate::order_parameters::OrderParameters;
use crate::theory::Start;
use rand_distr::{Distribution, StandardNormal};

/// Where an algorithm begins.
#[derive(Debug, Clone, PartialEq)]
pub enum SimulationStart {
    /// Gaussian weights without overlap: `M_0 = 0`, `Q_0 = I` (a quarter of it for Gaussian units, which need `Q < I`).
    Random,
    /// The leading right singular vectors of the data, scaled to `Q_0 = I` (a quarter for Gaussian units).
    Spectral,
    /// The start of state evolution with these order parameters.
    Overlaps(Start),
}

impl SimulationStart {
    /// Name in tables and records.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::Spectral => "spectral",
            Self::Overlaps(start) => start.name(),
        }
    }

    /// Order parameters `(M_0, Q_0)` from which state evolution describes this start, in the limit `d → ∞`; `None` for the
    /// spectral start, which depends on the noise.
    ///
    /// # Errors
    /// Given parameters that are not possible overlaps.
    pub fn order_parameters(&self, model: &Model) -> Result<Option<OrderParameters>> {
        match self {
            Self::Random => {
                let mut order = Start::Planted.order_parameters(model)?;
                order.m.fill(0.0);
                Ok(Some(order))
            }
            Self::Spectral => Ok(None),
            Self::Overlaps(start) => start.order_parameters(model).map(Some),
        }
    }

    /// Weights `W_0` (d×k); each `restart` draws its own noise.
    ///
    /// # Errors
    /// Impossible overlaps, or a spectral start whose directions did not converge.
    pub fn weights(
        &self,
        model: &Model,
        instance: &Instance,
        streams: Streams,
        restart: usize,
    ) -> Result<Matrix> {
        let (d, units) = (instance.size().d, model.units());
        if let Some(order) = self.order_parameters(model)? {
            let noise = square_root(&order.unexplained(), 1e-9).ok_or_else(|| {
                Error::invalid(
                    "start Q",
                    &order.q,
                    "Q − M^T M must be positive semi-definite",
                )
            })?;
            let mut stream = streams.stream(Purpose::Start, restart as u64);
            let white = Matrix::from_fn(d, units, |_, _| StandardNormal.sample(&mut stream));
            return Ok(&instance.w_star * order.m + white * noise);
        }
        let (directions, end) = leading_directions(&instance.data, units, streams)?;
        if let SpectralEnd::OutOfIterations { residual } = end {
            let got = format!("spectral (residual {residual:.1e} after the last step)");
            return Err(Error::invalid(
                "start",
                got,
                "the leading directions did not converge: use random",
            ));
        }
        let scale = if model.hidden().mean_bound().is_none() {
            0.5
        } else {
            1.0
        };
        Ok(directions * (scale * (d as f64).sqrt()))
    }
}
