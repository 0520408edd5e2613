//! Order parameters and the observables made of them: the same functions serve theory and
//! simulation.

use crate::error::{Error, Result};
use crate::numerics::rows::is_finite_matrix;
use crate::numerics::symmetric::smallest_eigenvalue;
use crate::numerics::{Matrix, rows};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `M = W*^T W/d` (r×k) and `Q = W^T W/d` (k×k).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OrderParameters {
    /// Overlap of weights and signals, `r × k`.
    #[serde(with = "rows")]
    #[schemars(with = "Vec<Vec<f64>>")]
    pub m: Matrix,
    /// Self-overlap of the weights, `k × k`.
    #[serde(with = "rows")]
    #[schemars(with = "Vec<Vec<f64>>")]
    pub q: Matrix,
}

impl OrderParameters {
    /// Order parameters of weights `w` (d×k, columns one after the other) against signals `w_star`
    /// (d×r, likewise).
    pub fn of_weights(w_star: &Matrix, w: &Matrix) -> Self {
        let d = w.nrows() as f64;
        Self {
            m: w_star.tr_mul(w) / d,
            q: w.tr_mul(w) / d,
        }
    }

    /// Checks the shapes only.
    ///
    /// # Errors
    /// [`Error::Shape`].
    pub fn require_shape(&self, signals: usize, units: usize) -> Result<()> {
        for (field, matrix, shape) in [
            ("start M", &self.m, (signals, units)),
            ("start Q", &self.q, (units, units)),
        ] {
            if matrix.shape() != shape {
                return Err(Error::Shape {
                    field: field.into(),
                    got: format!("{}×{}", matrix.nrows(), matrix.ncols()),
                    expected: format!("{}×{}", shape.0, shape.1),
                });
            }
        }
        Ok(())
    }

    /// Whether every entry is a number.
    pub(crate) fn is_finite(&self) -> bool {
        self.m
            .iter()
            .chain(self.q.iter())
            .all(|entry| entry.is_finite())
    }

    /// Whether these are finite overlaps of a model with these numbers of signals and units, as
    /// records must have them.
    pub(crate) fn is_of(&self, signals: usize, units: usize) -> bool {
        is_finite_matrix(&self.m, signals, units)
            && is_finite_matrix(&self.q, units, units)
            && self.q.diagonal().iter().all(|norm| *norm >= 0.0)
    }

    /// Checks shapes, finiteness and that `Q − M^T M` is positive semi-definite (it is the
    /// covariance of the part of `W` that is independent of `W*`).
    ///
    /// # Errors
    /// Names the offending field.
    pub fn validate(&self, signals: usize, units: usize) -> Result<()> {
        self.require_shape(signals, units)?;
        for (field, matrix) in [("start M", &self.m), ("start Q", &self.q)] {
            if let Some(broken) = matrix
                .iter()
                .find(|entry| entry.is_nan() || entry.abs() > 1e4)
            {
                return Err(Error::invalid(
                    field,
                    broken,
                    "every entry must lie in -10000..=10000",
                ));
            }
        }
        if (&self.q - self.q.transpose()).amax() > 1e-12 {
            return Err(Error::invalid("start Q", &self.q, "must be symmetric"));
        }
        let smallest = smallest_eigenvalue(&self.unexplained());
        if smallest < -1e-9 {
            let got = format!("a matrix with Q − M^T M of smallest eigenvalue {smallest}");
            return Err(Error::invalid(
                "start Q",
                got,
                "Q − M^T M must be positive semi-definite: raise Q or lower M",
            ));
        }
        Ok(())
    }

    /// `Q − M^T M`: covariance of the part of `W` that is independent of the signals (for
    /// uncorrelated `P_w`).
    pub fn unexplained(&self) -> Matrix {
        &self.q - self.m.tr_mul(&self.m)
    }

    /// Largest difference of an entry of `M` or `Q`.
    pub fn distance(&self, other: &Self) -> f64 {
        let m = (&self.m - &other.m).amax();
        m.max((&self.q - &other.q).amax())
    }

    /// Overlaps `ζ_ab = |M_ab| / √Q_bb` (r×k; theory.md section 3). A unit without weight has no
    /// direction: NaN.
    pub fn overlaps(&self) -> Matrix {
        Matrix::from_fn(self.m.nrows(), self.m.ncols(), |a, b| {
            self.m[(a, b)].abs() / self.q[(b, b)].sqrt()
        })
    }

    /// The same overlaps of weights that are normalised to `Q_bb = 1`; a unit without weight stays
    /// without.
    pub fn directions(&self) -> Self {
        let scale = |b: usize| match self.q[(b, b)].sqrt() {
            size if size > 0.0 => 1.0 / size,
            _ => 0.0,
        };
        let (signals, units) = self.m.shape();
        Self {
            m: Matrix::from_fn(signals, units, |a, b| self.m[(a, b)] * scale(b)),
            q: Matrix::from_fn(units, units, |a, b| self.q[(a, b)] * scale(a) * scale(b)),
        }
    }

    /// Overlaps of the weights among themselves, `Q_ab/√(Q_aa Q_bb)` (k×k). A unit without weight
    /// has no direction: NaN.
    pub fn cosines(&self) -> Matrix {
        Matrix::from_fn(self.q.nrows(), self.q.ncols(), |a, b| {
            self.q[(a, b)] / (self.q[(a, a)] * self.q[(b, b)]).sqrt()
        })
    }

    /// Pairs (signal, unit), `min(k, r)` of them in the order of the signals: the one-to-one
    /// matching with the largest sum of squared overlaps, by dynamic programming over the sets of
    /// units in use.
    pub fn matching(&self) -> Vec<(usize, usize)> {
        type Best = Option<(f64, Vec<(usize, usize)>)>;
        let (signals, units) = self.m.shape();
        let zeta = self.overlaps();
        let gain = |signal: usize, unit: usize| {
            let overlap = zeta[(signal, unit)];
            if overlap.is_finite() {
                overlap * overlap
            } else {
                0.0
            }
        };
        // best[set]: the matching of the signals so far (or some of them) to the units of `set`
        // with the largest gain.
        let mut best: Vec<Best> = vec![None; 1 << units];
        best[0] = Some((0.0, Vec::new()));
        for signal in 0..signals {
            let mut next = best.clone();
            for (set, entry) in best.iter().enumerate() {
                let Some((total, pairs)) = entry else {
                    continue;
                };
                for unit in (0..units).filter(|unit| set & (1 << unit) == 0) {
                    let candidate = total + gain(signal, unit);
                    let slot = &mut next[set | (1 << unit)];
                    if slot.as_ref().is_none_or(|(known, _)| candidate > *known) {
                        let mut pairs = pairs.clone();
                        pairs.push((signal, unit));
                        *slot = Some((candidate, pairs));
                    }
                }
            }
            best = next;
        }
        best.into_iter()
            .flatten()
            .filter(|(_, pairs)| pairs.len() == units.min(signals))
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map_or_else(Vec::new, |(_, pairs)| pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> OrderParameters {
        OrderParameters {
            m: Matrix::from_row_slice(2, 2, &[0.1, -1.2, 0.9, 0.2]),
            q: Matrix::from_row_slice(2, 2, &[2.0, 0.3, 0.3, 3.0]),
        }
    }

    #[test]
    fn matching_serves_more_signals_than_units_and_fewer() {
        let tall = OrderParameters {
            m: Matrix::from_row_slice(3, 1, &[0.1, 0.8, 0.2]),
            q: Matrix::identity(1, 1),
        };
        assert_eq!(tall.matching(), vec![(1, 0)]);
        let wide = OrderParameters {
            m: Matrix::from_row_slice(1, 3, &[0.1, 0.8, 0.2]),
            q: Matrix::identity(3, 3),
        };
        assert_eq!(wide.matching(), vec![(0, 1)]);
    }

    #[test]
    fn a_self_overlap_below_the_signal_part_is_refused() {
        let broken = OrderParameters {
            m: Matrix::from_element(1, 1, 1.0),
            q: Matrix::from_element(1, 1, 0.5),
        };
        assert!(broken.validate(1, 1).is_err());
        assert!(example().validate(2, 2).is_ok());
        assert!(example().validate(1, 2).is_err());
    }
}
