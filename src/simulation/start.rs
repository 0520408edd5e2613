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
use nalgebra::Cholesky;
use rand_distr::{Distribution, StandardNormal};

/// Where an algorithm begins.
#[derive(Debug, Clone, PartialEq)]
pub enum SimulationStart {
    /// Gaussian weights without overlap: `M_0 = 0`, `Q_0 = I` (a quarter of it for Gaussian units, which need `Q < I`).
    Random,
    /// The leading right singular vectors of the data, scaled to `Q_0 = I` (a quarter for Gaussian units).
    Spectral,
    /// The start of state evolution with these order parameters; met exactly, unless the sample's own `W*^T W*/d` leaves no such
    /// weights (then up to the fluctuations of Gaussian noise, of order `1/√d`).
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
            let mut stream = streams.stream(Purpose::Start, restart as u64);
            let white = Matrix::from_fn(d, units, |_, _| StandardNormal.sample(&mut stream));
            if matches!(self, Self::Overlaps(_))
                && let Some(w) = with_exact_overlaps(&instance.w_star, &order, &white)
            {
                return Ok(w);
            }
            let noise = square_root(&order.unexplained(), 1e-9).ok_or_else(|| {
                let allowed = "Q − M^T M must be positive semi-definite";
                Error::invalid("start Q", &order.q, allowed)
            })?;
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
        Ok(directions * (model.starting_overlap() * d as f64).sqrt())
    }
}

/// `W` with exactly the overlaps `order`, in a direction that `white` draws: the noise is made orthogonal to `W*` and white, so
/// that fluctuations of the start, of order `1/√d`, don't blur a comparison with theory. `None` where the sample's own
/// `W*^T W*/d` leaves no such `W`.
fn with_exact_overlaps(w_star: &Matrix, order: &OrderParameters, white: &Matrix) -> Option<Matrix> {
    let d = w_star.nrows() as f64;
    let inverse = Cholesky::new(w_star.tr_mul(w_star) / d)?.inverse();
    let along = &inverse * &order.m;
    let noise = square_root(&(&order.q - order.m.tr_mul(&along)), 1e-12)?;
    let rest = white - w_star * (&inverse * w_star.tr_mul(white) / d);
    let factor = Cholesky::new(rest.tr_mul(&rest) / d)?.l();
    let whitened = factor
        .solve_lower_triangular(&rest.transpose())?
        .transpose();
    Some(w_star * along + whitened * noise)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_overlaps_are_met_exactly() {
        let mut stream = Streams::new(3).stream(Purpose::Start, 0);
        let mut draw =
            |columns| Matrix::from_fn(50, columns, |_, _| StandardNormal.sample(&mut stream));
        let (w_star, white) = (draw(2), draw(3));
        let order = OrderParameters {
            m: Matrix::from_row_slice(2, 3, &[0.3, 0.1, -0.2, 0.0, 0.2, 0.1]),
            q: Matrix::identity(3, 3),
        };
        let w = with_exact_overlaps(&w_star, &order, &white).expect("possible");
        let met = OrderParameters::of_weights(&w_star, &w);
        assert!((met.m - order.m).amax() < 1e-12 && (met.q - order.q).amax() < 1e-12);
    }
}
