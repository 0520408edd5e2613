//! Gaussian mixtures in `R^r`: laws of signals that are known from data.

use super::MAX_COMPONENTS;
use crate::error::{Error, Result};
use crate::numerics::Matrix;
use nalgebra::DVector;
use std::sync::Arc;

/// Kurtosis of a standard normal law.
const NORMAL: f64 = 3.0;

/// One component of a law written as a Gaussian mixture.
#[derive(Debug, Clone, PartialEq)]
pub struct MixtureComponent {
    /// Probability of the component.
    pub weight: f64,
    /// Mean, of length `r`.
    pub mean: DVector<f64>,
    /// Covariance (`r × r`), or `None` for an atom.
    pub covariance: Option<Matrix>,
}

impl MixtureComponent {
    /// A component without spread.
    pub(crate) fn atom(weight: f64, mean: DVector<f64>) -> Self {
        Self {
            weight,
            mean,
            covariance: None,
        }
    }
}

/// A standardised law of `r` signals: each of mean 0 and variance 1, independent or not.
#[derive(Debug, Clone, PartialEq)]
pub struct GaussianMixture {
    dimension: usize,
    components: Arc<[MixtureComponent]>,
    /// Whether each signal may change its sign by itself.
    even: bool,
}

impl GaussianMixture {
    /// The rows that were seen (n×r), each as an atom of probability `1/n`; columns are moved to mean
    /// 0 and scaled to variance 1.
    ///
    /// # Errors
    /// Names `scores`: fewer than two rows, more than [`MAX_COMPONENTS`], no column, one that does
    /// not vary, or an entry that is not finite.
    pub fn empirical(rows: &Matrix) -> Result<Self> {
        let (n, r) = rows.shape();
        let refuse = |allowed: &str| Err(Error::invalid("scores", format!("{n} × {r}"), allowed));
        if !(2..=MAX_COMPONENTS).contains(&n) || r == 0 {
            return refuse(&format!(
                "2 to {MAX_COMPONENTS} rows of one signal at least are needed"
            ));
        }
        let mut rows = rows.clone();
        for mut column in rows.column_iter_mut() {
            let mean = column.mean();
            column.add_scalar_mut(-mean);
            let deviation = (column.norm_squared() / n as f64).sqrt();
            if !deviation.is_finite() || deviation <= f64::EPSILON * mean.abs() {
                return refuse("every column must be finite, and vary");
            }
            column /= deviation;
        }
        let weight = 1.0 / n as f64;
        let components = rows
            .row_iter()
            .map(|row| MixtureComponent::atom(weight, row.transpose()));
        Ok(Self {
            dimension: r,
            components: components.collect(),
            even: false,
        })
    }

    /// Independent signals of these kurtoses, from 1 on. Below 3: `u = a s + (1 − a²)^{1/2} g`,
    /// `s = ±1`, `g` normal, `a⁴ = (3 − κ)/2`, from signs (1) to a normal law (3); above:
    /// `±κ^{1/2}` with probability `1/(2κ)` each, else 0.
    ///
    /// # Errors
    /// Names `kurtosis`: none, one below 1 or not finite, or more than [`MAX_COMPONENTS`] components.
    pub fn of_kurtosis(kurtosis: &[f64]) -> Result<Self> {
        let dimension = kurtosis.len();
        if dimension == 0 {
            return Err(Error::invalid("kurtosis", "none", "one for each signal"));
        }
        let mut components = vec![MixtureComponent::atom(1.0, DVector::zeros(dimension))];
        let mut spread = Matrix::zeros(dimension, dimension);
        for (signal, &kurtosis) in kurtosis.iter().enumerate() {
            let (points, variance) = points_of_kurtosis(kurtosis)?;
            spread[(signal, signal)] = variance;
            if components.len() * points.len() > MAX_COMPONENTS {
                let allowed =
                    format!("at most {MAX_COMPONENTS} joint components: use fewer signals");
                return Err(Error::invalid("signals", dimension, allowed));
            }
            let moved = components.iter().flat_map(|component| {
                points.iter().map(|(value, weight)| {
                    let mut mean = component.mean.clone();
                    mean[signal] = *value;
                    MixtureComponent::atom(component.weight * weight, mean)
                })
            });
            components = moved.collect();
        }
        if spread.amax() > 0.0 {
            for component in &mut components {
                component.covariance = Some(spread.clone());
            }
        }
        Ok(Self {
            dimension,
            components: components.into(),
            even: true,
        })
    }

    /// Number of signals `r`.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// The components.
    pub fn components(&self) -> &[MixtureComponent] {
        &self.components
    }

    /// Whether each signal may change its sign by itself: known of independent ones only.
    pub fn is_even(&self) -> bool {
        self.even
    }
}

/// Means with their probabilities, and the variance around each, of a law of this kurtosis.
fn points_of_kurtosis(kurtosis: f64) -> Result<(Vec<(f64, f64)>, f64)> {
    if !kurtosis.is_finite() || kurtosis < 1.0 {
        return Err(Error::invalid("kurtosis", kurtosis, "must be 1 at least"));
    }
    if kurtosis > NORMAL {
        let (size, weight) = (kurtosis.sqrt(), 0.5 / kurtosis);
        let points = vec![(-size, weight), (0.0, 1.0 - 2.0 * weight), (size, weight)];
        return Ok((points, 0.0));
    }
    let square = (0.5 * (NORMAL - kurtosis)).sqrt();
    let points = match square == 0.0 {
        true => vec![(0.0, 1.0)],
        false => vec![(-square.sqrt(), 0.5), (square.sqrt(), 0.5)],
    };
    Ok((points, 1.0 - square))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::Law;
    use crate::numerics::streams::{Purpose, Streams};
    use crate::signal::SignalPrior;

    /// Moments of the components, and of samples.
    #[test]
    fn laws_have_the_kurtosis_that_was_asked_for() {
        let asked = [1.0, 1.72, 2.9, 3.0, 3.4, 10.0];
        let mixture = GaussianMixture::of_kurtosis(&asked).expect("valid");
        let prior = SignalPrior::new(Law::Mixture(mixture), asked.len(), Some(1.0), "signal");
        let prior = prior.expect("standardised");
        for (signal, kurtosis) in asked.into_iter().enumerate() {
            let fourth = prior.components().iter().map(|component| {
                let spread = component
                    .covariance
                    .as_ref()
                    .map_or(0.0, |s| s[(signal, signal)]);
                let mean = component.mean[signal];
                let moment = mean.powi(4) + 6.0 * mean * mean * spread + 3.0 * spread * spread;
                component.weight * moment
            });
            let fourth: f64 = fourth.sum();
            assert!((fourth - kurtosis).abs() < 1e-12, "{kurtosis}: {fourth}");
        }
        let mut stream = Streams::new(3).stream(Purpose::SampleSignals, 0);
        let mut row = vec![0.0; asked.len()];
        let mut sums = vec![[0.0; 3]; asked.len()];
        let draws = 200_000;
        for _ in 0..draws {
            prior.sample(&mut stream, &mut row);
            for (sum, u) in sums.iter_mut().zip(&row) {
                for (sum, power) in sum.iter_mut().zip([2, 4, 8]) {
                    *sum += u.powi(power) / f64::from(draws);
                }
            }
        }
        for ([second, fourth, eighth], kurtosis) in sums.into_iter().zip(asked) {
            let variance = (eighth - fourth * fourth).max(0.0);
            let error = (variance / f64::from(draws)).sqrt();
            assert!((second - 1.0).abs() < 0.03, "{kurtosis}: {second}");
            assert!(
                (fourth - kurtosis).abs() < 4.0 * error + 1e-9,
                "{kurtosis}: {fourth}"
            );
        }
    }

    #[test]
    fn rows_are_standardised_and_drawn() {
        let rows = Matrix::from_row_slice(4, 2, &[1.0, 10.0, 3.0, 10.0, 5.0, 40.0, 3.0, 0.0]);
        let mixture = GaussianMixture::empirical(&rows).expect("valid");
        assert!(!mixture.is_even());
        let prior = SignalPrior::new(Law::Mixture(mixture), 2, Some(1.0), "signal");
        let prior = prior.expect("standardised");
        let correlation = prior.correlation()[(0, 1)];
        // By hand: deviations (−2, 0, 2, 0) and (−5, −5, 25, −15).
        let by_hand = 60.0 / (8f64 * 900.0).sqrt();
        assert!((correlation - by_hand).abs() < 1e-12, "{correlation}");
        let mut stream = Streams::new(3).stream(Purpose::SampleSignals, 0);
        let mut row = [0.0; 2];
        for _ in 0..20 {
            prior.sample(&mut stream, &mut row);
            let is_one = |atom: &MixtureComponent| atom.mean.as_slice() == row;
            assert!(prior.components().iter().any(is_one), "{row:?}");
        }
    }

    #[test]
    fn what_is_no_law_is_refused() {
        let refused = |rows: Matrix| GaussianMixture::empirical(&rows).is_err();
        assert!(refused(Matrix::from_element(1, 1, 1.0)));
        assert!(refused(Matrix::from_element(5, 1, 1.0)));
        assert!(refused(Matrix::from_row_slice(2, 1, &[1.0, f64::NAN])));
        assert!(refused(Matrix::from_fn(5000, 1, |i, _| i as f64)));
        for kurtosis in [&[][..], &[0.9], &[f64::NAN], &[4.0; 8]] {
            assert!(
                GaussianMixture::of_kurtosis(kurtosis).is_err(),
                "{kurtosis:?}"
            );
        }
    }
}
