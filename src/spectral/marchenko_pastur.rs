//! The singular values of a random weight matrix, and the modes that stick out of their bulk
//! (decelle2017, Fig. 2; V. A. Marchenko and L. A. Pastur, Math. USSR Sb. 1 (1967) 457;
//! F. Benaych-Georges and R. R. Nadakuditi, J. Multivariate Anal. 111 (2012) 120;
//! theory.md section 7).

use crate::error::{Error, Result, require_between};
use crate::numerics::brent::bracketed_root;
use crate::numerics::gauss_legendre::panels;
use crate::theory::baselines::pca_overlap_squared;
use std::f64::consts::PI;

/// Smallest and largest noise level and aspect ratio.
const RANGE: [f64; 2] = [1e-8, 1e8];

/// The law of the singular values of `r` (N_v×N_h) with independent entries of mean 0 and variance
/// `σ²/L`, `L = √(N_v N_h)`, as both sides grow at fixed `κ = N_h/N_v`; the `min(N_v, N_h)` values
/// that are not 0 by the shape.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MarchenkoPastur {
    sigma: f64,
    kappa: f64,
}

/// A mode `w u v^T` on top of the noise, as it is seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outlier {
    /// The planted singular value `w`.
    pub planted: f64,
    /// Where it is observed, `w_out`.
    pub observed: f64,
    /// Squared overlap of the observed and the planted visible vector, `⟨u, û⟩²`.
    pub visible_overlap_squared: f64,
    /// Squared overlap of the observed and the planted hidden vector, `⟨v, v̂⟩²`.
    pub hidden_overlap_squared: f64,
}

impl MarchenkoPastur {
    /// The law in ensemble units.
    ///
    /// # Errors
    /// Names `sigma` or `kappa`, where they do not lie in 1e-8..=1e8.
    pub fn new(sigma: f64, kappa: f64) -> Result<Self> {
        let [low, high] = RANGE;
        require_between("sigma", sigma, low, high)?;
        require_between("kappa", kappa, low, high)?;
        Ok(Self { sigma, kappa })
    }

    /// The law for a matrix of this shape whose entries have this standard deviation:
    /// `σ = ς √L`.
    ///
    /// # Errors
    /// An empty shape, or a standard deviation with which `sigma` is out of range.
    pub fn of_matrix(rows: usize, columns: usize, deviation: f64) -> Result<Self> {
        if rows == 0 || columns == 0 {
            let allowed = "needs at least one row and one column";
            return Err(Error::invalid(
                "matrix",
                format!("{rows} x {columns}"),
                allowed,
            ));
        }
        let (rows, columns) = (rows as f64, columns as f64);
        Self::new(deviation * (rows * columns).sqrt().sqrt(), columns / rows)
    }

    /// The noise level `σ`.
    pub fn sigma(&self) -> f64 {
        self.sigma
    }

    /// The aspect ratio `κ = N_h/N_v`.
    pub fn kappa(&self) -> f64 {
        self.kappa
    }

    /// The edges `w_± = σ |κ^{-1/4} ± κ^{1/4}|`.
    pub fn edges(&self) -> [f64; 2] {
        let root = self.kappa.sqrt().sqrt();
        let [small, large] = [root.min(1.0 / root), root.max(1.0 / root)];
        [self.sigma * (large - small), self.sigma * (large + small)]
    }

    /// The density `√((w_+² − w²)(w² − w_-²))/(π σ² g w)`, `g = min(κ^{1/2}, κ^{-1/2})`; 0 outside of
    /// the edges.
    pub fn density(&self, w: f64) -> f64 {
        let [low, high] = self.edges();
        if w < low || w > high {
            return 0.0;
        }
        let scale = PI * self.sigma * self.sigma * self.smaller_root();
        let upper = (high - w) * (high + w);
        if low == 0.0 {
            return upper.sqrt() / scale;
        }
        (upper * (w - low) * (w + low)).sqrt() / (scale * w)
    }

    /// The part of the values below `w`.
    pub fn distribution(&self, w: f64) -> f64 {
        let [low, high] = self.edges();
        if w <= low {
            return 0.0;
        }
        if w >= high {
            return 1.0;
        }
        // sin²(θ/2) of the angle that belongs to w.
        let part = (w - low) * (w + low) / (4.0 * self.sigma * self.sigma);
        self.below(2.0 * part.min(1.0).sqrt().asin())
    }

    /// The value below which this part lies.
    ///
    /// # Errors
    /// Names `probability`, outside of 0..=1.
    pub fn quantile(&self, probability: f64) -> Result<f64> {
        if !(0.0..=1.0).contains(&probability) {
            let allowed = "must lie in 0..=1";
            return Err(Error::invalid("probability", probability, allowed));
        }
        let [low, high] = self.edges();
        if probability == 0.0 || probability == 1.0 {
            return Ok([low, high][usize::from(probability == 1.0)]);
        }
        let excess = |angle: f64| match angle < PI {
            true => self.below(angle) - probability,
            false => 1.0 - probability,
        };
        let angle = bracketed_root(excess, 0.0, PI, 1e-15, 1e-10).map_err(|failure| {
            let allowed = format!("its quantile was not found: {failure}");
            Error::invalid("probability", probability, allowed)
        })?;
        let half = (0.5 * angle).sin();
        Ok((low * low + 4.0 * self.sigma * self.sigma * half * half).sqrt())
    }

    /// The median.
    ///
    /// # Errors
    /// As [`MarchenkoPastur::quantile`].
    pub fn median(&self) -> Result<f64> {
        self.quantile(0.5)
    }

    /// Mean of `w²`, `σ²/g`.
    pub fn mean_square(&self) -> f64 {
        self.sigma * self.sigma / self.smaller_root()
    }

    /// How a planted mode `w` is seen; nothing where it is lost in the noise, for `w ≤ σ`.
    pub fn outlier(&self, planted: f64) -> Option<Outlier> {
        if !planted.is_finite() || planted <= self.sigma {
            return None;
        }
        let strength = planted / self.sigma;
        let root = self.kappa.sqrt();
        let observed = self.sigma
            * (strength + root / strength).sqrt()
            * (strength + 1.0 / (root * strength)).sqrt();
        // The visible vector is a principal direction of N_h samples.
        let seen = |alpha: f64| pca_overlap_squared(alpha, strength * alpha.sqrt().sqrt().recip());
        Some(Outlier {
            planted,
            observed,
            visible_overlap_squared: seen(self.kappa),
            hidden_overlap_squared: seen(1.0 / self.kappa),
        })
    }

    /// The mode behind an observed singular value, the inverse of [`MarchenkoPastur::outlier`];
    /// nothing where it lies in the bulk or below, for `w_out ≤ w_+`.
    ///
    /// `w²` is the larger root of `w⁴ − (w_out² − σ²(κ^{1/2} + κ^{-1/2})) w² + σ⁴ = 0`.
    pub fn behind(&self, observed: f64) -> Option<Outlier> {
        let [low, high] = self.edges();
        if !observed.is_finite() || observed <= high {
            return None;
        }
        let above = (observed - high) * (observed + high);
        let middle = above + 2.0 * self.sigma * self.sigma;
        let root = (above * (observed - low) * (observed + low)).sqrt();
        let outlier = self.outlier((0.5 * (middle + root)).sqrt())?;
        Some(Outlier {
            observed,
            ..outlier
        })
    }

    /// Kolmogorov–Smirnov distance of these singular values from the law.
    pub fn distance(&self, values: &[f64]) -> f64 {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let share = 1.0 / sorted.len() as f64;
        let off = |(at, &value): (usize, &f64)| {
            let expected = self.distribution(value);
            let steps = [at as f64 * share, (at + 1) as f64 * share];
            steps
                .map(|step| (expected - step).abs())
                .into_iter()
                .fold(0.0, f64::max)
        };
        sorted.iter().enumerate().map(off).fold(0.0, f64::max)
    }

    /// `g = min(κ^{1/2}, κ^{-1/2})`.
    fn smaller_root(&self) -> f64 {
        let root = self.kappa.sqrt();
        root.min(1.0 / root)
    }

    /// The density in the angle of [`MarchenkoPastur::below`], which has no edge.
    pub(crate) fn angular_density(&self, angle: f64) -> f64 {
        let root = self.kappa.sqrt().sqrt();
        // s − 2 without cancellation.
        let gap = (root - 1.0 / root) * (root - 1.0 / root);
        let scale = 2.0 / (PI * self.smaller_root());
        let (sine, half) = (angle.sin(), (0.5 * angle).sin());
        let below = gap + 4.0 * half * half;
        // The limit at the hard edge of κ = 1.
        if below == 0.0 {
            return scale;
        }
        scale * sine * sine / below
    }

    /// The part of the values below the one at an angle, `w² = ½(w_+² + w_-²) − ½(w_+² − w_-²) cos θ`:
    /// the integral of `2 sin²θ/(π g (s − 2 cos θ))`, `s = κ^{1/2} + κ^{-1/2}`, which has no edge. For
    /// `κ` near 1 it bends close to `θ = 0`: panels grow from there by factors of 4.
    fn below(&self, angle: f64) -> f64 {
        let density = |angle: f64| self.angular_density(angle);
        let mut ends: Vec<f64> = (0..18).map(|power| angle * 0.25f64.powi(power)).collect();
        ends.push(0.0);
        ends.reverse();
        panels(&ends, density)
            .iter()
            .map(|(_, weight)| weight)
            .sum()
    }
}
