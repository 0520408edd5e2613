//! The spectral overlap of one planted signal without its data matrix (theory.md section 13).
//!
//! Rotations of samples and of visible units that leave `u*` and `w*` where they are turn
//! `X = λ u* w*^T/√d + Z` with normal noise into a matrix of three diagonals with the same law
//! (Golub and Kahan's reduction; Dumitriu and Edelman 2002 for `Z` alone):
//!
//! ```text
//! X_11 = λ√n + N(0,1),   X_ii = N(0,1),   X_{i,i+1} = χ_{d−i},   X_{i+1,i} = χ_{n−i},
//! ```
//!
//! with `w*/√d = e_1`. `X^T X` has five diagonals, `ζ = |v_1|` of its leading vector, which lives
//! on the first `O(d^{1/3})` entries: one draw takes `O(d^{1/3})` numbers.

use super::instance::Size;
use crate::error::{Error, Result, require_between};
use crate::numerics::pentadiagonal::Pentadiagonal;
use crate::numerics::streams::Stream;
use rand_distr::{ChiSquared, Distribution, StandardNormal};

/// Rows that are kept, in units of `d^{1/3}`: at the edge of the bulk the vector falls faster than
/// exponentially beyond a few of these.
const LENGTHS: f64 = 40.0;

/// The leading direction of the data of one planted signal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LeadingDirection {
    /// Its squared overlap with the signal, `ζ²`.
    pub overlap_squared: f64,
    /// Its eigenvalue of `X^T X/d`.
    pub eigenvalue: f64,
}

impl LeadingDirection {
    /// Draws it for signals of `|u*|² = n`, `|w*|² = d` (units ±1 have them exactly), strength
    /// `lambda`, and noise of variance 1.
    ///
    /// # Errors
    /// A size without rows or columns, or a strength outside of [0, 1e3].
    pub fn draw(size: Size, lambda: f64, stream: &mut Stream) -> Result<Self> {
        require_between("lambda", lambda, 0.0, 1e3)?;
        let Size { n, d } = size;
        if n < 2 || d < 2 {
            let allowed = "there are at least two samples and two visible units";
            return Err(Error::invalid("d", format!("{n} × {d}"), allowed));
        }
        let rows = (LENGTHS * (d as f64).cbrt()).ceil() as usize;
        let rows = rows.min(n.min(d));
        let mut normal = || -> f64 { StandardNormal.sample(stream) };
        let mut diagonal: Vec<f64> = (0..rows).map(|_| normal()).collect();
        diagonal[0] += lambda * (n as f64).sqrt();
        let above = lengths(d, rows, stream);
        let below = lengths(n, rows, stream);
        let at = |band: &[f64], j: usize| band.get(j).copied().unwrap_or(0.0);
        let products = Pentadiagonal {
            diagonal: (0..rows)
                .map(|j| {
                    let before = j.checked_sub(1).map_or(0.0, |i| above[i]);
                    before.powi(2) + diagonal[j].powi(2) + at(&below, j).powi(2)
                })
                .collect(),
            first: (0..rows - 1)
                .map(|j| diagonal[j] * above[j] + below[j] * diagonal[j + 1])
                .collect(),
            second: (0..rows.saturating_sub(2))
                .map(|j| below[j] * above[j + 1])
                .collect(),
        };
        let (eigenvalue, vector) = products.leading();
        Ok(Self {
            overlap_squared: vector[0].powi(2),
            eigenvalue: eigenvalue / d as f64,
        })
    }
}

/// `χ_{side−1}, χ_{side−2}, …`, one fewer than `rows` where the matrix ends there, else as many as
/// there are rows.
fn lengths(side: usize, rows: usize, stream: &mut Stream) -> Vec<f64> {
    let count = rows.min(side - 1);
    let draw = |i: usize| {
        let squared = ChiSquared::new((side - 1 - i) as f64).map(|law| law.sample(stream));
        squared.map_or(0.0, f64::sqrt)
    };
    (0..count).map(draw).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ensemble::Estimate;
    use crate::hidden::HiddenUnits;
    use crate::law::Law;
    use crate::model::Model;
    use crate::numerics::streams::{Purpose, Streams};
    use crate::simulation::{Instance, leading_directions};
    use crate::theory::baselines::pca_overlap_squared;

    fn draws(size: Size, lambda: f64, count: u64) -> (Estimate, Estimate) {
        let one = |instance| {
            let mut stream = Streams::new(7).instance(instance).stream(Purpose::Noise, 0);
            LeadingDirection::draw(size, lambda, &mut stream).unwrap()
        };
        let all: Vec<LeadingDirection> = (0..count).map(one).collect();
        let estimate = |of: fn(&LeadingDirection) -> f64| {
            Estimate::of(&all.iter().map(of).collect::<Vec<f64>>()).unwrap()
        };
        (estimate(|x| x.overlap_squared), estimate(|x| x.eigenvalue))
    }

    fn apart(a: Estimate, b: Estimate) -> f64 {
        let error = a.standard_error.unwrap().hypot(b.standard_error.unwrap());
        (a.mean - b.mean).abs() / error
    }

    /// The same mean overlap and eigenvalue as of whole data matrices, below and above the threshold
    /// (0.841), at `d > n` too.
    #[test]
    fn as_whole_data_matrices() {
        for (size, lambda) in [
            (Size { n: 200, d: 100 }, 1.0),
            (Size { n: 200, d: 100 }, 0.6),
            (Size { n: 60, d: 120 }, 1.4),
        ] {
            let hidden = HiddenUnits::new(Law::rademacher(), 1, &[]).unwrap();
            let (u, w) = (Law::rademacher(), Law::rademacher());
            let model = Model::new(size.alpha(), &[lambda], hidden, u, w).unwrap();
            let (mut overlaps, mut eigenvalues) = (Vec::new(), Vec::new());
            for instance in 0..300 {
                let streams = Streams::new(11).instance(instance);
                let data = Instance::generate(&model, size, streams).unwrap();
                let problem = data.problem(model.hidden());
                let (v, _) = leading_directions(&data.data, 1, streams).unwrap();
                let order = problem.observe(&v).order;
                overlaps.push(order.overlaps()[(0, 0)].powi(2));
                let squares = (0..size.n).map(|row| {
                    let entries = data.data.row(row).iter().zip(v.iter());
                    entries.map(|(x, v)| f64::from(*x) * v).sum::<f64>().powi(2)
                });
                eigenvalues.push(squares.sum::<f64>() / size.d as f64);
            }
            let (overlap, eigenvalue) = draws(size, lambda, 2000);
            let whole = |values: &[f64]| Estimate::of(values).unwrap();
            assert!(
                apart(overlap, whole(&overlaps)) < 3.5,
                "{size:?} {overlap:?}"
            );
            assert!(
                apart(eigenvalue, whole(&eigenvalues)) < 3.5,
                "{size:?} {eigenvalue:?}"
            );
        }
    }

    /// Rows beyond those kept change nothing; far above the threshold the overlap is that of BBP.
    #[test]
    fn large_sizes() {
        let size = Size {
            n: 200_000,
            d: 100_000,
        };
        let (overlap, _) = draws(size, 1.5, 200);
        let expected = pca_overlap_squared(2.0, 1.5);
        let deviation = (overlap.mean - expected).abs() / overlap.standard_error.unwrap();
        assert!(deviation < 4.0, "{overlap:?} {expected}");
    }

    #[test]
    fn sizes_without_rows_are_refused() {
        let mut stream = Streams::new(7).stream(Purpose::Noise, 0);
        assert!(LeadingDirection::draw(Size { n: 1, d: 5 }, 1.0, &mut stream).is_err());
        assert!(LeadingDirection::draw(Size { n: 5, d: 5 }, -1.0, &mut stream).is_err());
    }
}
