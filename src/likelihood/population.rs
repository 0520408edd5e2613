//! Weights drawn from a law of their rows, and the expansion of `log Z − η2` for it.

use super::expansion::{Expansion, State};
use crate::error::{Error, Result};
use crate::hidden::HiddenUnits;
use crate::law::{Cumulants, Law};
use crate::numerics::Matrix;
use crate::numerics::streams::{Purpose, Streams};
use crate::numerics::symmetric::square_root;
use crate::order_parameters::OrderParameters;
use crate::signal::SignalPrior;
use crate::visible::VisibleUnits;
use nalgebra::DVector;
use rand::RngExt;
use rand_distr::StandardNormal;

/// Largest entry of an overlap, and variance of a visible bias.
const LARGEST: f64 = 1e4;

/// Independent rows `(W_i, θ_i)`: `W_i = M^T w*_i + N(0, Q − M^T M)`, `θ_i ~ N(0, t²)`.
#[derive(Debug, Clone)]
pub struct Population {
    order: OrderParameters,
    noise: Matrix,
    theta_variance: f64,
    signals: SignalPrior,
    /// Of one component of `w*`.
    cumulants: Option<Cumulants>,
}

impl Population {
    /// Rows of overlaps `M` (r×k) with signals of that law, self-overlap `Q` (k×k), and visible
    /// biases of variance `t²`.
    ///
    /// # Errors
    /// Shapes that don't fit, overlaps beyond 1e4, `Q − M^T M` that is no covariance, `t² < 0`, or
    /// a law that signals can't have: they are uncorrelated.
    pub fn new(order: OrderParameters, theta_variance: f64, signal: Law) -> Result<Self> {
        let (signals, units) = order.m.shape();
        if order.q.shape() != (units, units) {
            return Err(Error::Shape {
                field: "self-overlap".into(),
                got: format!("{} × {}", order.q.nrows(), order.q.ncols()),
                expected: format!("{units} × {units}"),
            });
        }
        crate::error::require_between("visible-bias-variance", theta_variance, 0.0, LARGEST)?;
        for (field, matrix) in [("overlap", &order.m), ("self-overlap", &order.q)] {
            for &entry in matrix {
                crate::error::require_between(field, entry, -LARGEST, LARGEST)?;
            }
        }
        let is_symmetric = (&order.q - order.q.transpose()).amax() < 1e-9;
        let noise = is_symmetric.then(|| square_root(&order.unexplained(), 1e-9));
        let noise = noise.flatten().ok_or_else(|| {
            let allowed = "Q must be symmetric, and Q − M^T M positive semi-definite";
            Error::invalid("self-overlap", &order.q, allowed)
        })?;
        let cumulants = match &signal {
            Law::Gaussian => Some(Cumulants::of_normal(1.0)),
            Law::Separable(atoms) => Some(Cumulants::of_atoms(&atoms.atoms().collect::<Vec<_>>())),
            Law::Continuous(law) => Some(Cumulants::of_atoms(&law.nodes(0.25))),
            Law::CorrelatedGaussian(_) | Law::Joint(_) | Law::Mixture(_) | Law::Formula(_) => None,
        };
        let signals = SignalPrior::new(signal, signals, None, "visible-signal")?;
        let identity = Matrix::identity(order.m.nrows(), order.m.nrows());
        if (signals.correlation() - identity).amax() > 1e-9 {
            let allowed = "signals must be uncorrelated: M and Q say how weights are correlated";
            return Err(Error::invalid(
                "visible-signal",
                "a correlated law",
                allowed,
            ));
        }
        Ok(Self {
            signals,
            order,
            noise,
            theta_variance,
            cumulants,
        })
    }

    /// `d` rows: weights (d×k) and visible biases.
    pub fn draw(&self, d: usize, streams: Streams) -> (Matrix, Vec<f64>) {
        let mut stream = streams.stream(Purpose::VisibleSignals, 0);
        let mut signal = vec![0.0; self.signals.signals()];
        let mut weights = Matrix::zeros(d, self.order.q.nrows());
        let mut theta = vec![0.0; d];
        for (mut row, theta) in weights.row_iter_mut().zip(&mut theta) {
            self.signals.sample(&mut stream, &mut signal);
            let mut normal = || stream.sample::<f64, _>(StandardNormal);
            let noise = DVector::from_fn(row.len(), |_, _| normal());
            *theta = self.theta_variance.sqrt() * normal();
            let along = self.order.m.tr_mul(&DVector::from_column_slice(&signal));
            row.copy_from(&(along + &self.noise * noise).transpose());
        }
        (weights, theta)
    }

    /// The expansion at infinitely many rows; nothing for signals whose components depend on each
    /// other, hidden units without states, or visible units of mean other than 0, whose hidden
    /// biases `b + m W^T 1/√d` differ from one draw to the next.
    pub fn expansion(&self, hidden: &HiddenUnits, visible: &VisibleUnits) -> Option<Expansion> {
        let cumulants = self.cumulants.as_ref()?;
        let scale = visible.deviation();
        if visible.mean() != 0.0 {
            return None;
        }
        let (m, q) = (&self.order.m * scale, &self.order.q * (scale * scale));
        let t = self.theta_variance * scale * scale;
        let listed = hidden.states()?;
        let field = |h: &DVector<f64>| {
            let along = &m * h;
            let variance = h.dot(&(&q * h)) + t;
            let rest = Cumulants::of_normal(variance - along.norm_squared());
            let law = along
                .iter()
                .fold(rest, |sum, &factor| sum.plus(cumulants.scaled(factor)));
            (variance, law.moments(6))
        };
        let fields: Vec<(f64, Vec<f64>)> = listed.iter().map(|(_, h)| field(h)).collect();
        let exponents = listed.iter().zip(&fields);
        let exponents: Vec<f64> = exponents
            .map(|((log_weight, _), (variance, _))| log_weight + 0.5 * variance)
            .collect();
        let norm = super::log_sum(exponents.iter().copied());
        let states = exponents
            .iter()
            .zip(&fields)
            .map(|(exponent, (_, moments))| State {
                weight: (exponent - norm).exp(),
                powers: std::array::from_fn(|at| moments[at + 3]),
            });
        let states: Vec<State> = states.collect();
        Some(Expansion::of(visible.cumulants(), &states))
    }
}
