//! Columns in units of what common factors leave of them: factor analysis (theory.md section 15).

use super::prepared::Prepared;
use super::principal::products_of_columns;
use crate::error::{Error, Result};
use crate::numerics::Matrix;
use crate::numerics::streams::{Purpose, Stream, Streams};
use crate::numerics::symmetric::symmetrised;
use crate::spectral::normal_entries;
use nalgebra::{DVector, SymmetricEigen};
use rand::RngExt;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Least part of a column's variance that is taken for its own: less is no noise that can be known.
const LEAST: f64 = 0.05;

/// Relative change of a variance in one step at which the steps end, and the most steps.
const TOLERANCE: f64 = 1e-9;
const MOST_STEPS: usize = 5000;

/// The same of each of the starts.
const ROUGH: f64 = 1e-4;
const ROUGH_STEPS: usize = 500;

/// Starts of the iteration, of whose ends the likeliest is kept: there may be several maxima.
const STARTS: u64 = 12;

/// Vectors beyond the factors that are iterated with them, so that the factors settle sooner.
const GUARDS: usize = 8;

/// What dividing the columns by their own noise changed. The noise of a column is what is left of it
/// when common factors are taken out: `Σ = LL^T + Ψ` with a diagonal `Ψ`, at the largest normal
/// likelihood of twelve starts (D. N. Lawley, Proc. Roy. Soc. Edinburgh 60 (1940) 64: `lawley1940`), no less than 0.05
/// of the column's variance. Noise that is correlated between columns stays correlated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Whitening {
    /// Number of factors.
    pub factors: usize,
    /// Smallest part of a column's variance that is its own.
    pub smallest: f64,
    /// Mean of the parts.
    pub mean: f64,
    /// Largest.
    pub largest: f64,
    /// Columns whose part would be below 0.05, and is that.
    pub at_least: usize,
    /// Steps of the iteration.
    pub steps: usize,
    /// Whether the likelihood's maximum was reached; the columns are divided by where it came to.
    pub converged: bool,
}

impl Whitening {
    /// What is to be known of it.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = vec![format!(
            "each column is divided by the deviation that {} common factors leave of it (from {:.3} to {:.3} of its variance): strengths, gains and weights are of data scaled so, in which columns that others predict weigh more; noise that is correlated between columns stays so; the tests of signals do not know of the factors, and surplus ones make signals of single columns",
            self.factors, self.smallest, self.largest
        )];
        if self.at_least > 0 {
            notes.push(format!(
                "{} columns are nearly without noise of their own: {LEAST} of their variance is taken for it",
                self.at_least
            ));
        }
        if !self.converged {
            notes.push(format!(
                "factor analysis did not converge in {} steps: try fewer factors",
                self.steps
            ));
        }
        notes
    }
}

impl Prepared {
    /// Divides each column, of the rows that are kept apart too, by the standard deviation that
    /// `factors` common factors leave of it over [`rows`](Self::rows).
    ///
    /// # Errors
    /// Names `whiten`: no factor, or not more columns than twice as many, or not more rows than
    /// columns. [`Error::Memory`].
    pub fn whiten(&mut self, factors: usize, streams: Streams) -> Result<Whitening> {
        let (n, d) = (self.rows.rows(), self.rows.columns());
        if factors == 0 || 2 * factors >= d {
            let allowed = format!("must be positive, and less than half of the {d} columns");
            return Err(Error::invalid("whiten", factors, allowed));
        }
        if self.independent <= d {
            let allowed = format!("needs more rows than columns, and there are {n} × {d}");
            return Err(Error::invalid("whiten", factors, allowed));
        }
        let covariance = products_of_columns(&self.rows)? / self.independent as f64;
        let variances: Vec<f64> = covariance.diagonal().iter().copied().collect();
        let all = (0..STARTS).into_par_iter();
        let all: Vec<Factors> = all
            .map(|start| {
                let mut stream = streams.stream(Purpose::Krylov, start + 1);
                let own = covariance.diagonal().map(|variance| match start {
                    0 => variance,
                    _ => variance * stream.random_range(0.1..1.0),
                });
                Factors::of(&covariance, factors, own, [ROUGH_STEPS, 0], &mut stream)
            })
            .collect();
        let likelier = |a: &Factors, b: &Factors| a.deviance.total_cmp(&b.deviance);
        let Some(rough) = all.into_iter().min_by(likelier) else {
            return Err(Error::invalid("whiten", factors, "has no start"));
        };
        let mut stream = streams.stream(Purpose::Krylov, 0);
        let own = DVector::from_vec(rough.own);
        let analysis = Factors::of(&covariance, factors, own, [0, MOST_STEPS], &mut stream);
        let parts = analysis.own.iter().zip(&variances);
        let parts: Vec<f64> = parts.map(|(own, all)| own / all).collect();
        let scales: Vec<f64> = analysis.own.iter().map(|own| own.sqrt()).collect();
        for rows in [Some(&mut self.rows), self.held_out.as_mut()]
            .into_iter()
            .flatten()
        {
            for row in 0..rows.rows() {
                for (entry, scale) in rows.row_mut(row).iter_mut().zip(&scales) {
                    *entry = (f64::from(*entry) / scale) as f32;
                }
            }
        }
        for (scale, own) in self.scale.iter_mut().zip(&scales) {
            *scale *= own;
        }
        Ok(Whitening {
            factors,
            smallest: parts.iter().copied().fold(f64::INFINITY, f64::min),
            mean: parts.iter().sum::<f64>() / d as f64,
            largest: parts.iter().copied().fold(0.0, f64::max),
            at_least: parts
                .iter()
                .filter(|part| **part <= LEAST * (1.0 + 1e-12))
                .count(),
            steps: analysis.steps,
            converged: analysis.converged,
        })
    }
}

/// The variances of columns of their own.
struct Factors {
    own: Vec<f64>,
    /// `−2/n` times the logarithm of the normal likelihood, up to a constant.
    deviance: f64,
    steps: usize,
    converged: bool,
}

impl Factors {
    /// Lawley's equations in turn: the leading eigenvectors `V` of `C = Ψ^{-1/2} Σ Ψ^{-1/2}` give
    /// `LL^T = Ψ^{1/2} V (Λ − 1)V^T Ψ^{1/2}`, and that gives `Ψ = diag(Σ − LL^T)`. The eigenvectors are
    /// followed by one step of orthogonal iteration each time.
    /// From `own` on, so many steps to a rough tolerance, or to the final one.
    fn of(
        covariance: &Matrix,
        factors: usize,
        mut own: DVector<f64>,
        [most, exact]: [usize; 2],
        stream: &mut Stream,
    ) -> Self {
        let d = covariance.nrows();
        let variances = covariance.diagonal();
        let tolerance = if exact > 0 { TOLERANCE } else { ROUGH };
        let together = (factors + GUARDS).min(d);
        let mut basis = normal_entries(d, together, 1.0, stream).qr().q();
        let mut end = Self {
            own: Vec::new(),
            deviance: f64::INFINITY,
            steps: 0,
            converged: false,
        };
        for steps in 1..=most + exact {
            let roots = own.map(f64::sqrt);
            let scaled = |mut vectors: Matrix| {
                for mut column in vectors.column_iter_mut() {
                    column.component_div_assign(&roots);
                }
                vectors
            };
            let image = scaled(covariance * scaled(basis.clone()));
            basis = image.qr().q();
            let image = scaled(covariance * scaled(basis.clone()));
            let found = SymmetricEigen::new(symmetrised(&basis.tr_mul(&image)));
            let mut order: Vec<usize> = (0..together).collect();
            order.sort_by(|&a, &b| found.eigenvalues[b].total_cmp(&found.eigenvalues[a]));
            basis *= found.eigenvectors.select_columns(&order);
            let leading = order.iter().take(factors);
            let leading = leading.map(|&place| found.eigenvalues[place].max(1.0));
            let deviance = own.map(f64::ln).sum()
                + variances.component_div(&own).sum()
                + leading.map(|value| value.ln() - value + 1.0).sum::<f64>();
            let mut change: f64 = 0.0;
            for i in 0..d {
                let common = order.iter().take(factors).enumerate().map(|(at, &place)| {
                    let excess = (found.eigenvalues[place] - 1.0).max(0.0);
                    excess * basis[(i, at)].powi(2)
                });
                let left = variances[i] - own[i] * common.sum::<f64>();
                let next = left.max(LEAST * variances[i]);
                change = change.max((next / own[i] - 1.0).abs());
                own[i] = next;
            }
            end = Self {
                own: own.iter().copied().collect(),
                deviance,
                steps,
                converged: change < tolerance,
            };
            if end.converged {
                break;
            }
        }
        end
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{Preparation, Principal};

    fn digits() -> Prepared {
        let streams = Streams::new(1);
        Prepared::read("digits".as_ref(), &Preparation::default(), streams).unwrap()
    }

    /// Lawley's equations in NumPy, the likeliest end of 16 starts: smallest, mean and largest part, those
    /// of the first three columns, and the leading eigenvalues of the columns divided by their roots. With
    /// 8 factors there is a second maximum, less likely, at which `FactorAnalysis` of scikit-learn ends.
    #[test]
    fn variances_are_those_of_another_program() {
        let expected = [
            (
                4,
                [0.077021168, 0.678939359, 0.999149559],
                [0.63677498, 0.07742802, 0.61380159],
                [31.90887, 11.76096, 8.78577, 8.28785, 4.25404],
            ),
            (
                8,
                [0.066567578, 0.542819155, 0.989898321],
                [0.57475727, 0.06683769, 0.40303201],
                [39.26283, 17.33611, 11.95919, 11.39622, 6.76216],
            ),
        ];
        for (factors, parts, first, values) in expected {
            let mut prepared = digits();
            let before = prepared.scale.clone();
            let found = prepared.whiten(factors, Streams::new(1)).unwrap();
            assert!(found.converged && found.at_least == 0, "{found:?}");
            let own = [found.smallest, found.mean, found.largest];
            for (own, expected) in own.iter().zip(parts) {
                assert!((own - expected).abs() < 1e-7, "{found:?}");
            }
            for (at, expected) in first.into_iter().enumerate() {
                let own = (prepared.scale[at] / before[at]).powi(2);
                assert!((own - expected).abs() < 1e-7, "{own} {expected}");
            }
            let principal = Principal::of(&prepared.rows).unwrap();
            for (own, expected) in principal.values().iter().zip(values) {
                let own = own / 1796.0;
                assert!((own - expected).abs() < 2e-5 * own, "{own} {expected}");
            }
        }
    }

    #[test]
    fn what_cannot_be_whitened_is_named() {
        let mut prepared = digits();
        for factors in [0, 31, 1000] {
            let error = prepared.whiten(factors, Streams::new(1)).unwrap_err();
            assert!(error.to_string().contains("whiten is"), "{error}");
        }
        let wide = Matrix::from_fn(30, 40, |i, j| ((7 * i + 3 * j * j) % 11) as f64);
        let streams = Streams::new(1);
        let mut wide = Prepared::new(&wide, &Preparation::default(), streams).unwrap();
        let error = wide.whiten(2, streams).unwrap_err().to_string();
        assert!(error.contains("more rows than columns"), "{error}");
    }
}
