//! The order parameters of one randomisation along the gradient steps.

use crate::numerics::Matrix;
use crate::numerics::rows::nested;
use crate::order_parameters::OrderParameters;
use serde::{Deserialize, Serialize};

/// Why the dynamics ended early. Times are gradient steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
#[non_exhaustive]
pub enum DmftDeparture {
    /// `Q_tt` left the domain of `η2` (Gaussian units need `Q < I`).
    LeftDomain {
        /// The time.
        time: usize,
    },
    /// An order parameter became infinite or NaN.
    NotFinite {
        /// The time.
        time: usize,
    },
    /// A power iteration made the weights of two units linearly dependent, or those of one vanish.
    LostDirection {
        /// 0: power iterations come before the first gradient step.
        time: usize,
    },
}

impl DmftDeparture {
    /// Short name, as in tables and records.
    pub fn name(&self) -> &'static str {
        match self {
            Self::LeftDomain { .. } => "left-domain",
            Self::NotFinite { .. } => "not-finite",
            Self::LostDirection { .. } => "lost-direction",
        }
    }

    /// The gradient step at which it happened.
    pub fn time(&self) -> usize {
        match self {
            Self::LeftDomain { time } | Self::NotFinite { time } | Self::LostDirection { time } => {
                *time
            }
        }
    }
}

impl std::fmt::Display for DmftDeparture {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::LeftDomain { time } => write!(
                formatter,
                "Q left the domain of η2 at step {time} (Gaussian units need Q < I): lower the step"
            ),
            Self::NotFinite { time } => write!(
                formatter,
                "an order parameter is not finite at step {time}: lower the step"
            ),
            Self::LostDirection { .. } => write!(
                formatter,
                "the power iterations lost a direction: start from weights that are linearly independent"
            ),
        }
    }
}

/// Order parameters along one run. Two-time functions are `k × k` matrices on the causal triangle,
/// `[t][s]` with `s ≤ t`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DmftTrajectory {
    /// `M_t` and `Q_tt`.
    #[serde(rename = "trajectory")]
    pub orders: Vec<OrderParameters>,
    /// `|W_{t+1} − W_t|/√(kd)`, for each step.
    pub moves: Vec<f64>,
    /// `Q_ts = W_t^T W_s/d`.
    #[serde(with = "nested")]
    pub q: Vec<Vec<Matrix>>,
    /// `Σ_ts = α E[u_t u_s^T]`.
    #[serde(with = "nested")]
    pub sigma: Vec<Vec<Matrix>>,
    /// `B_ts = ∂W_t/∂y_s`, `s < t`; empty unless responses were asked for.
    #[serde(with = "nested")]
    pub b: Vec<Vec<Matrix>>,
    /// `C_ts = α E[∂u_t/∂ω_s]`; likewise.
    #[serde(with = "nested")]
    pub c: Vec<Vec<Matrix>>,
    /// Why the run is shorter than asked for, if it is.
    pub departure: Option<DmftDeparture>,
}

impl DmftTrajectory {
    pub(super) fn observe(&mut self, order: OrderParameters, correlations: Vec<Matrix>) {
        self.orders.push(order);
        self.q.push(correlations);
    }

    pub(super) fn observe_field(
        &mut self,
        sigma: Vec<Matrix>,
        memory: Option<Vec<Matrix>>,
        response: Option<Vec<Matrix>>,
    ) {
        self.sigma.push(sigma);
        self.b.extend(memory);
        self.c.extend(response);
    }
}
