//! The pair function `η2(Q) = log E_h exp(½ h^T Q h + b·h)` and its derivatives, by enumeration of
//! the hidden states (finite supports), in closed form (Gaussian units) or as a Gaussian average
//! (laws that are given by a formula).

use super::MAX_STATES;
use super::kernel::Kernel;
use crate::error::{Error, Result};
use crate::law::{AveragedPair, PairMoments};
use crate::numerics::Matrix;
use nalgebra::DVector;
use std::sync::Arc;

/// Joint states of the hidden units with their log-weights, bias included.
#[derive(Debug, Clone)]
pub(super) enum States {
    /// Finite support, enumerated.
    Finite(Arc<[(f64, DVector<f64>)]>),
    /// Gaussian units with this bias.
    Gaussian(DVector<f64>),
    /// Never listed: averaged over a Gaussian field.
    Averaged(AveragedPair),
}

/// `η2`, its gradient and its second derivative at one `Q`.
#[derive(Debug, Clone)]
pub struct PairFunction {
    log_norm: f64,
    second_moment: Matrix,
    tilted: Tilted,
}

/// What the second derivative needs.
#[derive(Debug, Clone)]
enum Tilted {
    Finite {
        /// Probabilities of the states.
        weights: Vec<f64>,
        states: Arc<[(f64, DVector<f64>)]>,
        /// Square of the factor on the states.
        variance: f64,
    },
    Gaussian {
        precision_inverse: Matrix,
        mean: DVector<f64>,
    },
    /// `⟨h_a h_b h_c h_d⟩` at `(a + k b, c + k d)`.
    Averaged(Matrix),
}

impl States {
    pub(super) fn enumerate(kernel: &Kernel, bias: &[f64]) -> Result<Self> {
        let bias = DVector::from_column_slice(bias);
        let states = match kernel {
            Kernel::Gaussian => return Ok(Self::Gaussian(bias)),
            Kernel::Separable(atoms) => product(&atoms.atoms().collect::<Vec<_>>(), bias.len())?,
            Kernel::Joint(atoms) => atoms
                .atoms()
                .map(|(point, weight)| (weight.ln(), DVector::from_column_slice(point)))
                .collect(),
            Kernel::Formula(law) => return Ok(Self::Averaged(AveragedPair::new(law, &bias))),
        };
        let with_bias = |(log_weight, h): (f64, DVector<f64>)| (log_weight + bias.dot(&h), h);
        Ok(Self::Finite(states.into_iter().map(with_bias).collect()))
    }

    /// `η2` of `variance Q` as a function of `Q`.
    pub(super) fn at(&self, q: &Matrix, variance: f64) -> Option<PairFunction> {
        if variance == 1.0 {
            return self.of(q);
        }
        Some(self.of(&(q * variance))?.stretched(variance))
    }

    fn of(&self, q: &Matrix) -> Option<PairFunction> {
        match self {
            Self::Finite(states) => Some(PairFunction::finite(states.clone(), q)),
            Self::Gaussian(bias) => PairFunction::gaussian(bias, q),
            Self::Averaged(pair) => pair.at(q).map(PairFunction::averaged),
        }
    }
}

/// All joint states of `units` independent units.
fn product(atoms: &[(f64, f64)], units: usize) -> Result<Vec<(f64, DVector<f64>)>> {
    let count = (0..units).try_fold(1usize, |count, _| {
        count.checked_mul(atoms.len()).filter(|&n| n <= MAX_STATES)
    });
    let Some(count) = count else {
        return Err(Error::invalid(
            "units",
            units,
            format!(
                "{} atoms per unit give more than {MAX_STATES} joint states",
                atoms.len()
            ),
        ));
    };
    let state = |index: usize| {
        let mut rest = index;
        let mut log_weight = 0.0;
        let h = DVector::from_fn(units, |_, _| {
            let (value, weight) = atoms[rest % atoms.len()];
            rest /= atoms.len();
            log_weight += weight.ln();
            value
        });
        (log_weight, h)
    };
    Ok((0..count).map(state).collect())
}

impl PairFunction {
    fn finite(states: Arc<[(f64, DVector<f64>)]>, q: &Matrix) -> Self {
        let mut weights: Vec<f64> = states
            .iter()
            .map(|(log_weight, h)| log_weight + 0.5 * quadratic_form(q, h))
            .collect();
        let peak = weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut norm = 0.0;
        for weight in &mut weights {
            *weight = (*weight - peak).exp();
            norm += *weight;
        }
        let mut second_moment = Matrix::zeros(q.nrows(), q.ncols());
        for (weight, (_, h)) in weights.iter_mut().zip(&*states) {
            *weight /= norm;
            second_moment.ger(*weight, h, h, 1.0);
        }
        Self {
            log_norm: peak + norm.ln(),
            second_moment,
            tilted: Tilted::Finite {
                weights,
                states,
                variance: 1.0,
            },
        }
    }

    /// `η2 = −½ log det(I − Q) + ½ b^T (I − Q)^{-1} b`, for `Q < I`.
    fn gaussian(bias: &DVector<f64>, q: &Matrix) -> Option<Self> {
        let units = q.nrows();
        let precision = nalgebra::Cholesky::new(Matrix::identity(units, units) - q)?;
        let precision_inverse = precision.inverse();
        let mean = &precision_inverse * bias;
        Some(Self {
            log_norm: -0.5 * precision.ln_determinant() + 0.5 * bias.dot(&mean),
            second_moment: &precision_inverse + &mean * mean.transpose(),
            tilted: Tilted::Gaussian {
                precision_inverse,
                mean,
            },
        })
    }

    /// The function of `Q`, of the one of `variance Q`: states `variance^{1/2} h`.
    fn stretched(self, variance: f64) -> Self {
        let root = variance.sqrt();
        let tilted = match self.tilted {
            Tilted::Finite {
                weights, states, ..
            } => Tilted::Finite {
                weights,
                states,
                variance,
            },
            Tilted::Gaussian {
                precision_inverse,
                mean,
            } => Tilted::Gaussian {
                precision_inverse: precision_inverse * variance,
                mean: mean * root,
            },
            Tilted::Averaged(fourth) => Tilted::Averaged(fourth * (variance * variance)),
        };
        Self {
            log_norm: self.log_norm,
            second_moment: self.second_moment * variance,
            tilted,
        }
    }

    fn averaged(moments: PairMoments) -> Self {
        Self {
            log_norm: moments.log_norm,
            second_moment: moments.second,
            tilted: Tilted::Averaged(moments.fourth),
        }
    }

    /// `η2(Q)`.
    pub fn log_norm(&self) -> f64 {
        self.log_norm
    }

    /// `⟨h h^T⟩_Q = 2∇η2(Q)`, a `k × k` matrix.
    pub fn second_moment(&self) -> &Matrix {
        &self.second_moment
    }

    /// Derivative of [`PairFunction::second_moment`] in the symmetric direction `dq`.
    pub fn second_moment_derivative(&self, dq: &Matrix) -> Matrix {
        match &self.tilted {
            Tilted::Finite {
                weights,
                states,
                variance,
            } => {
                let mut derivative = Matrix::zeros(dq.nrows(), dq.ncols());
                let mut mean_form = 0.0;
                for (weight, (_, h)) in weights.iter().zip(&**states) {
                    let form = variance * quadratic_form(dq, h);
                    mean_form += weight * form;
                    derivative.ger(0.5 * weight * form * variance, h, h, 1.0);
                }
                derivative -= &self.second_moment * (0.5 * mean_form);
                derivative
            }
            Tilted::Gaussian {
                precision_inverse,
                mean,
            } => {
                let moved = precision_inverse * dq;
                let dmean = &moved * mean;
                &moved * precision_inverse + &dmean * mean.transpose() + mean * dmean.transpose()
            }
            // ½ Σ_cd dQ_cd (⟨h h^T h_c h_d⟩ − ⟨h h^T⟩⟨h_c h_d⟩)
            Tilted::Averaged(fourth) => {
                let direction = DVector::from_column_slice(dq.as_slice());
                let moved = Matrix::from_column_slice(
                    dq.nrows(),
                    dq.ncols(),
                    (fourth * direction).as_slice(),
                );
                (moved - &self.second_moment * self.second_moment.dot(dq)) * 0.5
            }
        }
    }
}

/// `h^T Q h` without allocating.
fn quadratic_form(q: &Matrix, h: &DVector<f64>) -> f64 {
    let mut form = 0.0;
    for (column, h_column) in h.iter().enumerate() {
        for (row, h_row) in h.iter().enumerate() {
            form += q[(row, column)] * h_row * h_column;
        }
    }
    form
}
