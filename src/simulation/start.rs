//! Starts of a simulation: `W_0 = W* M_0 + N(0, Q_0 − M_0^T M_0)`, or the spectral directions.

use super::problem::Problem;
use super::spectral::{SpectralEnd, leading_directions};
use crate::error::{Error, Result};
use crate::hidden::HiddenUnits;
use crate::model::Model;
use crate::numerics::Matrix;
use crate::numerics::streams::{Purpose, Streams};
use crate::numerics::symmetric::square_root;
use crate::order_parameters::OrderParameters;
use crate::start::Start;
use nalgebra::Cholesky;
use rand_distr::{Distribution, StandardNormal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where an algorithm begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SimulationStart {
    /// Gaussian weights without overlap: `M_0 = 0`, `Q_0 = I` (a quarter of it for Gaussian units,
    /// which need `Q < I`).
    Random,
    /// The leading right singular vectors of the data, scaled to `Q_0 = I` (a quarter for Gaussian
    /// units).
    Spectral,
    /// The start of state evolution with these order parameters; met exactly, unless the sample's
    /// own `W*^T W*/d` leaves no such weights (then up to the fluctuations of Gaussian noise, of
    /// order `1/√d`). It needs planted signals.
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

    /// Order parameters `(M_0, Q_0)` from which state evolution describes this start, in the limit
    /// `d → ∞`; `None` for the spectral start, which depends on the noise.
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

    /// Self-overlap (k×k) at which an algorithm begins, after `power` power iterations; `lambda`
    /// are the planted signals, where there are any.
    ///
    /// # Errors
    /// Impossible overlaps, or overlaps with signals that nobody planted.
    pub fn first_overlap(
        &self,
        power: usize,
        hidden: &HiddenUnits,
        lambda: Option<&[f64]>,
    ) -> Result<Matrix> {
        let units = hidden.units();
        let scaled = Matrix::identity(units, units) * hidden.starting_overlap();
        match self {
            Self::Random | Self::Spectral => Ok(scaled),
            Self::Overlaps(start) => {
                let order = start.overlaps(hidden, lambda.ok_or_else(|| unknown(start))?)?;
                Ok(if power == 0 { order.q } else { scaled })
            }
        }
    }

    /// Weights `W_0` (d×k); each `restart` draws its own noise.
    ///
    /// # Errors
    /// Impossible overlaps, overlaps with signals that nobody planted, or a spectral start whose directions did not converge.
    pub fn weights(&self, problem: &Problem, streams: Streams, restart: usize) -> Result<Matrix> {
        let scale = problem.hidden().starting_overlap();
        let white = || {
            let mut stream = streams.stream(Purpose::Start, restart as u64);
            Matrix::from_fn(problem.d(), problem.units(), |_, _| {
                StandardNormal.sample(&mut stream)
            })
        };
        match self {
            Self::Random => Ok(white() * scale.sqrt()),
            Self::Spectral => spectral(problem, streams),
            Self::Overlaps(start) => with_overlaps(problem, start, &white()),
        }
    }
}

/// The leading directions of the data, scaled to the usual self-overlap.
fn spectral(problem: &Problem, streams: Streams) -> Result<Matrix> {
    let (directions, end) = leading_directions(&problem.data(), problem.units(), streams)?;
    if let SpectralEnd::OutOfIterations { residual } = end {
        let got = format!("spectral (residual {residual:.1e} after the last step)");
        let allowed = "the leading directions did not converge: use random";
        return Err(Error::invalid("start", got, allowed));
    }
    let scale = problem.hidden().starting_overlap() * problem.d() as f64;
    Ok(directions * scale.sqrt())
}

/// `W* M_0` with noise, exactly of these overlaps where the sample's signals allow it.
fn with_overlaps(problem: &Problem, start: &Start, white: &Matrix) -> Result<Matrix> {
    let planted = problem.planted().ok_or_else(|| unknown(start))?;
    let order = start.overlaps(problem.hidden(), planted.lambda())?;
    if let Some(w) = with_exact_overlaps(planted.w_star(), &order, white) {
        return Ok(w);
    }
    let noise = square_root(&order.unexplained(), 1e-9).ok_or_else(|| {
        let allowed = "Q − M^T M must be positive semi-definite";
        Error::invalid("start Q", &order.q, allowed)
    })?;
    Ok(planted.w_star() * order.m + white * noise)
}

fn unknown(start: &Start) -> Error {
    let allowed = "needs planted signals, and none are known: use random or spectral";
    Error::invalid("start", start.name(), allowed)
}

/// `W` with exactly the overlaps `order`, in a direction that `white` draws: the noise is made
/// orthogonal to `W*` and white, so that fluctuations of the start, of order `1/√d`, don't blur a
/// comparison with theory. `None` where the sample's own `W*^T W*/d` leaves no such `W`.
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
