//! One component of finite support: stable mean, variance and log moment generating function.

use super::extremum::maximum_on_line;
use super::{MAX_ATOMS, MAX_FIELD};
use crate::error::{Error, Result};
use crate::numerics::special::{exp, ln_cosh, tanh_sech2};
use std::hint::select_unpredictable as select;

/// Mean and variance of `h = ±size`, equally probable, under weights `exp(x h)`:
/// `(a tanh(a x), a² sech²(a x))`.
#[inline]
pub(crate) fn symmetric_pair(size: f64, x: f64) -> (f64, f64) {
    let (tanh, sech2) = tanh_sech2(size * x);
    (size * tanh, size * size * sech2)
}

/// A law of finite support on the real line, given as values and probabilities.
#[derive(Debug, Clone, PartialEq)]
pub struct ScalarAtoms {
    values: Vec<f64>,
    log_weights: Vec<f64>,
    variance_bound: f64,
    /// `a`, where the law is `±a` with equal probability: it has closed forms.
    symmetric_pair: Option<f64>,
}

impl ScalarAtoms {
    /// Atoms with their probabilities.
    ///
    /// # Errors
    /// Fewer than two distinct values, unequal lengths, entries that are not finite, probabilities that are not
    /// positive or don't add up to 1 (within 1e-9; they are normalised afterwards).
    pub fn new(values: &[f64], weights: &[f64]) -> Result<Self> {
        let field = "atoms";
        if values.len() != weights.len() {
            return Err(Error::Shape {
                field: field.into(),
                got: format!("{} values and {} weights", values.len(), weights.len()),
                expected: "as many weights as values".into(),
            });
        }
        if let Some(broken) = values
            .iter()
            .find(|value| value.is_nan() || value.abs() > MAX_FIELD)
        {
            let allowed = format!("every value must lie in -{MAX_FIELD}..={MAX_FIELD}");
            return Err(Error::invalid(field, broken, allowed));
        }
        if values.len() > MAX_ATOMS {
            let allowed = format!("at most {MAX_ATOMS} atoms are supported");
            return Err(Error::invalid(field, values.len(), allowed));
        }
        let total = checked_total(weights)?;
        let distinct = values.iter().any(|value| value != &values[0]);
        if !distinct {
            return Err(Error::invalid(
                field,
                format!("{values:?}"),
                "at least two distinct values are needed",
            ));
        }
        let log_weights = weights.iter().map(|weight| (weight / total).ln()).collect();
        let mut atoms = Self {
            values: values.to_vec(),
            log_weights,
            variance_bound: f64::NAN,
            symmetric_pair: equal_and_opposite(values, weights),
        };
        atoms.variance_bound = match atoms.symmetric_pair {
            Some(size) => size * size,
            None => atoms.search_variance_bound(),
        };
        Ok(atoms)
    }

    /// The Rademacher law: ±1 with equal probability.
    pub fn rademacher() -> Self {
        Self {
            values: vec![-1.0, 1.0],
            log_weights: vec![-std::f64::consts::LN_2; 2],
            variance_bound: 1.0,
            symmetric_pair: Some(1.0),
        }
    }

    /// `a > 0`, where the law is `±a` with equal probability.
    pub fn symmetric_pair(&self) -> Option<f64> {
        self.symmetric_pair
    }

    /// The values and their probabilities.
    pub fn atoms(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.values
            .iter()
            .zip(&self.log_weights)
            .map(|(&value, log_weight)| (value, log_weight.exp()))
    }

    /// `sup_x Var[h | x]` over all fields `x`.
    pub fn variance_bound(&self) -> f64 {
        self.variance_bound
    }

    /// Largest absolute value.
    pub fn largest(&self) -> f64 {
        self.values.iter().fold(0.0, |a: f64, b| a.max(b.abs()))
    }

    /// Whether the law is invariant under `h → −h`.
    pub fn is_symmetric(&self) -> bool {
        self.atoms().all(|(value, weight)| {
            let mirrored: f64 = self
                .atoms()
                .filter(|(other, _)| *other == -value)
                .map(|(_, weight)| weight)
                .sum();
            let own: f64 = self
                .atoms()
                .filter(|(other, _)| *other == value)
                .map(|(_, weight)| weight)
                .sum();
            debug_assert!(weight <= own);
            (mirrored - own).abs() < 1e-14
        })
    }

    /// Mean and variance of `h` under weights `P(h) exp(x h)`.
    #[inline]
    pub fn mean_and_variance(&self, x: f64) -> (f64, f64) {
        let (mut mean, mut variance) = ([0.0], [0.0]);
        self.means_and_variances(&[x], &mut mean, &mut variance);
        (mean[0], variance[0])
    }

    /// The same at many fields: loops without branches, which become vector code.
    #[inline(always)]
    pub(crate) fn means_and_variances<const N: usize>(
        &self,
        x: &[f64; N],
        mean: &mut [f64; N],
        variance: &mut [f64; N],
    ) {
        let Some(size) = self.symmetric_pair else {
            return self.enumerated(x, mean, variance);
        };
        for lane in 0..N {
            (mean[lane], variance[lane]) = symmetric_pair(size, x[lane]);
        }
    }

    /// Moments around the most probable value: as its probability is at least one by the number of
    /// values, the variance loses no more digits than that number has.
    #[inline(always)]
    fn enumerated<const N: usize>(
        &self,
        x: &[f64; N],
        mean: &mut [f64; N],
        variance: &mut [f64; N],
    ) {
        let mut peak = [f64::NEG_INFINITY; N];
        let mut likely = [0.0; N];
        let terms = || self.values.iter().zip(&self.log_weights);
        for (value, log_weight) in terms() {
            for lane in 0..N {
                let exponent = log_weight + x[lane] * value;
                let more = exponent > peak[lane];
                peak[lane] = select(more, exponent, peak[lane]);
                likely[lane] = select(more, *value, likely[lane]);
            }
        }
        let mut norm = [0.0; N];
        mean.fill(0.0);
        variance.fill(0.0);
        for (value, log_weight) in terms() {
            for lane in 0..N {
                let weight = exp(log_weight + x[lane] * value - peak[lane]);
                let apart = value - likely[lane];
                norm[lane] += weight;
                mean[lane] += weight * apart;
                variance[lane] += weight * apart * apart;
            }
        }
        for lane in 0..N {
            let apart = mean[lane] / norm[lane];
            mean[lane] = likely[lane] + apart;
            variance[lane] = variance[lane] / norm[lane] - apart * apart;
        }
    }

    /// `log E exp(x h)`.
    #[inline]
    pub fn log_mgf(&self, x: f64) -> f64 {
        if let Some(size) = self.symmetric_pair {
            return ln_cosh(size * x);
        }
        let peak = self.peak(x);
        let norm: f64 = self
            .values
            .iter()
            .zip(&self.log_weights)
            .map(|(value, log_weight)| (log_weight + x * value - peak).exp())
            .sum();
        peak + norm.ln()
    }

    #[inline]
    fn peak(&self, x: f64) -> f64 {
        self.values
            .iter()
            .zip(&self.log_weights)
            .map(|(value, log_weight)| log_weight + x * value)
            .fold(f64::NEG_INFINITY, f64::max)
    }

    /// Maximum of the variance over the field: a scan over the fields at which any two atoms
    /// balance (every local maximum lies between such fields), refined by golden section.
    fn search_variance_bound(&self) -> f64 {
        let mut fields = vec![0.0];
        for (i, (a, wa)) in self.values.iter().zip(&self.log_weights).enumerate() {
            for (b, wb) in self.values.iter().zip(&self.log_weights).skip(i + 1) {
                if a != b {
                    fields.push((wb - wa) / (a - b));
                }
            }
        }
        fields.sort_by(f64::total_cmp);
        let margin = 4.0 / self.largest().max(f64::MIN_POSITIVE);
        let (low, high) = (fields[0] - margin, fields[fields.len() - 1] + margin);
        let steps = 4000;
        let width = (high - low) / steps as f64;
        let points: Vec<f64> = (0..=steps).map(|step| low + width * step as f64).collect();
        maximum_on_line(&points, |x| self.mean_and_variance(x).1)
    }
}

/// `a > 0`, where the atoms are `±a` with equal probability.
fn equal_and_opposite(values: &[f64], weights: &[f64]) -> Option<f64> {
    match (values, weights) {
        ([a, b], [p, q]) if *a == -b && p == q => Some(a.abs()),
        _ => None,
    }
}

/// Sum of probabilities, after checking them.
pub(super) fn checked_total(weights: &[f64]) -> Result<f64> {
    if let Some(broken) = weights
        .iter()
        .find(|weight| !(weight.is_finite() && **weight > 0.0))
    {
        let allowed = "every probability must be a finite number greater than 0";
        return Err(Error::invalid("weights", broken, allowed));
    }
    let total: f64 = weights.iter().sum();
    if (total - 1.0).abs() > 1e-9 {
        return Err(Error::invalid(
            "weights",
            format!("{weights:?} with sum {total}"),
            "the probabilities must add up to 1 within 1e-9",
        ));
    }
    Ok(total)
}
