//! The exact likelihood of an RBM with few hidden units, whose states can be listed, and its
//! distance from the effective objective (xu2025, Theorem 1 and Corollary 2; theory.md section 9).
//!
//! `P(v, h) ∝ P_v(v) P_h(h) exp(v^T W h/√d + v^T θ/√d + b^T h)`. Both objectives have the same data
//! term, so that the whole difference is `log L − log L̃ = −n (log Z − η2)`: nothing for Gaussian
//! visible units, of order 1 for symmetric ones, of order `√d` for skewed ones where `⟨T_3⟩ ≠ 0`: with
//! a bias of mean other than 0 or an asymmetric `P_h`, say, and skewed weights.
//!
//! # Example
//!
//! ```
//! use onsager::hidden::HiddenUnits;
//! use onsager::law::Law;
//! use onsager::likelihood::Machine;
//! use onsager::numerics::Matrix;
//! use onsager::visible::VisibleUnits;
//!
//! # fn main() -> onsager::error::Result<()> {
//! let hidden = HiddenUnits::new(Law::rademacher(), 1, &[])?;
//! let visible = VisibleUnits::new(&Law::rademacher())?;
//! let d = 10_000;
//! let weights = Matrix::from_fn(d, 1, |i, _| 2.0 * (i as f64 + 1.0).cos());
//! let machine = Machine::new(&hidden, &visible, &weights, &vec![0.0; d])?;
//! let partition = machine.partition()?;
//! // α = 2: the objectives differ by c_1 = α⟨T_4⟩/12, whatever d is.
//! let difference = partition.of_objective(2.0);
//! let [_, c1, _, _] = partition.expansion.of_objective(2.0);
//! assert!((difference - c1).abs() < 1e-3 && (c1 - 1.0).abs() < 0.1);
//! # Ok(())
//! # }
//! ```

mod expansion;
mod population;

pub use expansion::{Expansion, State, partial_sum};
pub use population::Population;

use crate::error::{Error, Result};
use crate::hidden::HiddenUnits;
use crate::law::MAX_FIELD;
use crate::memory;
use crate::numerics::Matrix;
use crate::visible::VisibleUnits;
use nalgebra::DVector;
use rayon::prelude::*;

/// Largest weight and visible bias.
const LARGEST: f64 = 1e4;

/// An RBM, in the parameters of standardised visible units (Corollary 2).
#[derive(Debug, Clone)]
pub struct Machine<'a> {
    visible: &'a VisibleUnits,
    /// With the biases that the mean of the visible units brings.
    hidden: HiddenUnits,
    /// `sW`, d×k.
    weights: Matrix,
    /// `sθ`.
    theta: DVector<f64>,
    /// `m 1^T θ/√d`, the same in the data term and in `log Z`.
    offset: f64,
    /// Hidden states and the logarithms of their weights `P_h e^{b·h}`.
    states: Vec<(f64, DVector<f64>)>,
}

/// `log Z` and what it is in the effective objective.
#[derive(Debug, Clone, PartialEq)]
pub struct Partition {
    /// `log Z`, by listing the hidden states.
    pub exact: f64,
    /// `η2`, from the pair function.
    pub effective: f64,
    /// `log Z − η2`: each visible unit's part by its cumulants, where its field is small, so that
    /// nothing cancels.
    pub excess: f64,
    /// Its expansion for large `d` with these very weights.
    pub expansion: Expansion,
    /// Number of visible units.
    pub d: usize,
}

/// Derivatives of `log Z`.
#[derive(Debug, Clone, PartialEq)]
pub struct PartitionGradient {
    /// `⟨v_i h_a⟩/√d`, d×k.
    pub weights: Matrix,
    /// `⟨v_i⟩/√d`.
    pub theta: DVector<f64>,
    /// `⟨h_a⟩`.
    pub bias: DVector<f64>,
}

impl<'a> Machine<'a> {
    /// Weights `W` (d×k) and visible biases `theta` (d), in units where both are O(1).
    ///
    /// # Errors
    /// Weights or biases of another shape, or that are not finite; hidden units whose states can't
    /// be listed (Gaussian, or given by a formula); visible units of mean `m ≠ 0` and columns of
    /// `W` whose sums make the biases `b + m W^T 1/√d` too large.
    pub fn new(
        hidden: &HiddenUnits,
        visible: &'a VisibleUnits,
        weights: &Matrix,
        theta: &[f64],
    ) -> Result<Self> {
        let (d, units) = weights.shape();
        if d == 0 || units != hidden.units() {
            return Err(Error::Shape {
                field: "weights".into(),
                got: format!("{d} × {units}"),
                expected: format!("a row for each visible unit, {} columns", hidden.units()),
            });
        }
        if theta.len() != d {
            return Err(Error::Shape {
                field: "visible-bias".into(),
                got: theta.len().to_string(),
                expected: format!("{d}, one for each visible unit"),
            });
        }
        for (field, mut numbers) in [
            ("weights", weights.as_slice().iter()),
            ("visible-bias", theta.iter()),
        ] {
            let is_broken = |number: &&f64| number.is_nan() || number.abs() > LARGEST;
            if let Some(broken) = numbers.find(is_broken) {
                let allowed = format!("every number must lie in -{LARGEST}..={LARGEST}");
                return Err(Error::invalid(field, broken, allowed));
            }
        }
        let (mean, deviation) = (visible.mean(), visible.deviation());
        let root = (d as f64).sqrt();
        let theta = DVector::from_column_slice(theta);
        let moved = hidden.bias().iter().zip(weights.column_iter());
        let bias: Vec<f64> = moved
            .map(|(bias, column)| bias + mean * column.sum() / root)
            .collect();
        if let Some(broken) = bias.iter().find(|bias| bias.abs() > MAX_FIELD) {
            let allowed = format!(
                "visible units of mean m have the hidden biases b + m W^T 1/√d, which must lie in -{MAX_FIELD}..={MAX_FIELD}: make the columns of W add up to less"
            );
            return Err(Error::invalid("bias", broken, allowed));
        }
        let hidden = HiddenUnits::new(hidden.law().clone(), units, &bias)?;
        let states = hidden.states().ok_or_else(|| {
            let allowed = "the exact likelihood lists the states of the hidden units: they need a finite support, for example rademacher";
            Error::invalid("hidden", "a law without states", allowed)
        })?;
        memory::require(
            "the fields",
            8 * (states.len() as u128 * 64 + 8 * d as u128),
        )?;
        Ok(Self {
            visible,
            states: states.to_vec(),
            hidden,
            weights: weights * deviation,
            offset: mean * theta.sum() / root,
            theta: theta * deviation,
        })
    }

    /// Number of visible units.
    pub fn d(&self) -> usize {
        self.weights.nrows()
    }

    /// `log Z`, `η2`, and their difference.
    ///
    /// # Errors
    /// Weights so large that the biases `b + W^T θ/d` of the effective objective are refused.
    pub fn partition(&self) -> Result<Partition> {
        let d = self.d() as f64;
        let fields: Vec<Fields> = self
            .states
            .par_iter()
            .map(|state| self.fields(state))
            .collect();
        let exact = log_sum(fields.iter().map(|fields| fields.exact));
        let norm = log_sum(fields.iter().map(|fields| fields.effective));
        let states = fields.iter().map(|fields| State {
            weight: (fields.effective - norm).exp(),
            powers: fields.powers,
        });
        let states: Vec<State> = states.collect();
        let largest = fields.iter().map(|fields| fields.excess.abs());
        let excess = if largest.fold(0.0, f64::max) < 1.0 {
            let pairs = states.iter().zip(&fields);
            pairs
                .map(|(state, fields)| state.weight * fields.excess.exp_m1())
                .sum::<f64>()
                .ln_1p()
        } else {
            log_sum(fields.iter().map(|fields| fields.effective + fields.excess)) - norm
        };
        let along = self.weights.tr_mul(&self.theta) / d;
        let bias = self.hidden.bias().iter().zip(along.iter());
        let bias: Vec<f64> = bias.map(|(bias, along)| bias + along).collect();
        let tilted = HiddenUnits::new(self.hidden.law().clone(), bias.len(), &bias)?;
        let q = self.weights.tr_mul(&self.weights) / d;
        let pair = tilted
            .pair_function(&q)
            .map_or(f64::NAN, |pair| pair.log_norm());
        Ok(Partition {
            exact: exact + self.offset,
            effective: pair + 0.5 * self.theta.norm_squared() / d + self.offset,
            excess,
            expansion: Expansion::of(self.visible.cumulants(), &states),
            d: self.d(),
        })
    }

    /// Derivatives of `log Z` in `W`, `θ` and `b`: the negative phase of learning, exactly.
    pub fn gradient(&self) -> PartitionGradient {
        let (d, units) = self.weights.shape();
        let exact: Vec<f64> = self
            .states
            .par_iter()
            .map(|state| self.fields(state).exact)
            .collect();
        let norm = log_sum(exact.iter().copied());
        let shares: Vec<f64> = exact
            .iter()
            .map(|exponent| (exponent - norm).exp())
            .collect();
        let root = (d as f64).sqrt();
        let row = |i: usize| {
            let mut means = DVector::zeros(units + 1);
            for ((_, h), share) in self.states.iter().zip(&shares) {
                let field = self.weights.row(i).tr_dot(h) + self.theta[i];
                let tilted = self.visible.tilted_mean(field / root);
                let v = self.visible.mean() + self.visible.deviation() * tilted;
                for (mean, h) in means.iter_mut().zip(h.iter().chain(&[1.0])) {
                    *mean += share * v * h / root;
                }
            }
            means
        };
        let rows: Vec<DVector<f64>> = (0..d).into_par_iter().map(row).collect();
        let mut bias = DVector::zeros(units);
        for ((_, h), share) in self.states.iter().zip(&shares) {
            bias.axpy(*share, h, 1.0);
        }
        PartitionGradient {
            weights: Matrix::from_fn(d, units, |i, a| rows[i][a]),
            theta: DVector::from_fn(d, |i, _| rows[i][units]),
            bias,
        }
    }

    /// Sums over the visible units in one hidden state.
    fn fields(&self, (log_weight, h): &(f64, DVector<f64>)) -> Fields {
        let mut field = self.theta.clone();
        field.gemv(1.0, &self.weights, h, 1.0);
        let d = self.d() as f64;
        let (mut exact, mut excess, mut squares) = (0.0, 0.0, 0.0);
        let mut powers = [0.0; 4];
        for &field in &field {
            let x = field / d.sqrt();
            exact += self.visible.log_mgf(x);
            excess += self.visible.excess(x);
            squares += field * field;
            let mut power = field * field;
            for sum in &mut powers {
                power *= field;
                *sum += power;
            }
        }
        Fields {
            exact: log_weight + exact,
            effective: log_weight + 0.5 * squares / d,
            excess,
            powers: powers.map(|sum| sum / d),
        }
    }
}

/// What one hidden state contributes.
struct Fields {
    /// Exponent in `Z`.
    exact: f64,
    /// Exponent in `e^{η2}`.
    effective: f64,
    /// Their difference, summed by itself.
    excess: f64,
    /// `T_3 … T_6`.
    powers: [f64; 4],
}

impl Partition {
    /// `log L − log L̃` of `n = αd` samples.
    pub fn of_objective(&self, alpha: f64) -> f64 {
        // Not −0.
        0.0 - alpha * self.d as f64 * self.excess
    }
}

/// `log Σ e^x`.
fn log_sum(exponents: impl Iterator<Item = f64> + Clone) -> f64 {
    let peak = exponents.clone().fold(f64::NEG_INFINITY, f64::max);
    peak + exponents.map(|x| (x - peak).exp()).sum::<f64>().ln()
}

#[cfg(test)]
mod tests;
