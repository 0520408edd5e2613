//! The RBM with Gaussian units on both sides (decelle2017, linear regime; theory.md section 7).

use super::MOST_UNITS;
use super::aligned::AlignedMode;
use super::matrices::{normal_entries, principal};
use crate::error::{Error, Result, require_between};
use crate::numerics::Matrix;
use crate::numerics::streams::{Purpose, Streams};
use nalgebra::{Cholesky, Dyn};
use std::f64::consts::PI;

/// How far a covariance may be from a symmetric matrix, and below a positive one, relative to its
/// largest entry and eigenvalue: rounding of a file.
const ROUNDING: f64 = 1e-9;

/// Smallest and largest variance of a unit.
const VARIANCES: [f64; 2] = [1e-6, 1e6];

/// The Gaussian-Gaussian RBM and the covariance of its data.
///
/// Energy `−s^T W τ + |s|²/2σ_v² + |τ|²/2σ_h²`, `W` N_v×N_h; data of mean 0 and covariance
/// `C = ⟨s s^T⟩` (N_v×N_v). The marginal of the visible units is `N(0, A^{-1})` with
/// `A = σ_v^{-2} I − σ_h² W W^T`, and exists while `σ_v σ_h w < 1` for every singular value `w`.
///
/// Directions are counted by falling eigenvalue of `C`, from 0.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearRbm {
    visible_variance: f64,
    hidden_variance: f64,
    hidden_units: usize,
    /// `c_1 ≥ c_2 ≥ …`.
    eigenvalues: Vec<f64>,
    /// `e_1, e_2, …` as columns; nothing where they are the axes.
    directions: Option<Matrix>,
}

/// The stable fixed point of learning: probabilistic principal component analysis at a given noise.
#[derive(Debug, Clone, PartialEq)]
pub struct Equilibrium {
    /// `w*_α` of the `min(N_v, N_h)` leading directions; 0 where the direction is not learnt.
    pub singular_values: Vec<f64>,
    /// `𝓛*`, natural logarithm, per sample.
    pub log_likelihood: f64,
}

impl LinearRbm {
    /// The machine with these variances `σ_v²`, `σ_h²` on data of this covariance (N_v×N_v).
    ///
    /// # Errors
    /// Names `covariance` (not square, not finite, not symmetric, a negative eigenvalue),
    /// `hidden-units`, `visible-variance` or `hidden-variance`.
    pub fn new(
        covariance: &Matrix,
        hidden_units: usize,
        visible_variance: f64,
        hidden_variance: f64,
    ) -> Result<Self> {
        require_symmetric(covariance)?;
        let (eigenvalues, directions) = principal(covariance).ok_or_else(|| {
            let allowed = "its eigenvalues were not found: rescale it";
            Error::invalid("covariance", "without a decomposition", allowed)
        })?;
        let variances = [visible_variance, hidden_variance];
        Self::checked(
            "covariance",
            eigenvalues,
            Some(directions),
            hidden_units,
            variances,
        )
    }

    /// The same for uncorrelated visible units, whose variances are the eigenvalues of `C`; they
    /// are sorted, and the principal directions are the axes in that order.
    ///
    /// # Errors
    /// As [`LinearRbm::new`], with `eigenvalues` for the covariance.
    pub fn diagonal(
        eigenvalues: &[f64],
        hidden_units: usize,
        visible_variance: f64,
        hidden_variance: f64,
    ) -> Result<Self> {
        if let Some(wrong) = eigenvalues.iter().find(|c| !c.is_finite() || **c < 0.0) {
            let allowed = "the variances of data are finite and not negative";
            return Err(Error::invalid("eigenvalues", wrong, allowed));
        }
        let mut sorted = eigenvalues.to_vec();
        sorted.sort_by(|a, b| b.total_cmp(a));
        let variances = [visible_variance, hidden_variance];
        Self::checked("eigenvalues", sorted, None, hidden_units, variances)
    }

    fn checked(
        field: &str,
        eigenvalues: Vec<f64>,
        directions: Option<Matrix>,
        hidden_units: usize,
        [visible_variance, hidden_variance]: [f64; 2],
    ) -> Result<Self> {
        let (Some(&largest), Some(&smallest)) = (eigenvalues.first(), eigenvalues.last()) else {
            let allowed = "needs at least one visible unit";
            return Err(Error::invalid(field, "empty", allowed));
        };
        if eigenvalues.len() > MOST_UNITS {
            let allowed = format!("at most {MOST_UNITS} visible units are possible");
            return Err(Error::invalid(field, eigenvalues.len(), allowed));
        }
        if largest <= 0.0 || largest > 1e12 {
            let allowed = "the largest variance of the data must be positive, at most 1e12";
            return Err(Error::invalid(field, format!("{largest:e}"), allowed));
        }
        if smallest < -ROUNDING * largest {
            let got = format!("a matrix with the eigenvalue {smallest:e}");
            let allowed = "a covariance has no negative eigenvalue";
            return Err(Error::invalid(field, got, allowed));
        }
        if !(1..=MOST_UNITS).contains(&hidden_units) {
            let allowed = format!("must lie in 1..={MOST_UNITS}");
            return Err(Error::invalid("hidden-units", hidden_units, allowed));
        }
        let [low, high] = VARIANCES;
        require_between("visible-variance", visible_variance, low, high)?;
        require_between("hidden-variance", hidden_variance, low, high)?;
        Ok(Self {
            visible_variance,
            hidden_variance,
            hidden_units,
            eigenvalues,
            directions,
        })
    }

    /// Eigenvalues `c_1 ≥ c_2 ≥ …` of the covariance.
    pub fn eigenvalues(&self) -> &[f64] {
        &self.eigenvalues
    }

    /// Numbers of visible and of hidden units.
    pub fn shape(&self) -> (usize, usize) {
        (self.eigenvalues.len(), self.hidden_units)
    }

    /// `σ_v²` and `σ_h²`.
    pub fn variances(&self) -> [f64; 2] {
        [self.visible_variance, self.hidden_variance]
    }

    /// Number of singular values.
    pub fn modes(&self) -> usize {
        self.eigenvalues.len().min(self.hidden_units)
    }

    /// Independent normal weights (N_v×N_h) of this standard deviation, in the principal
    /// directions: that they are turned makes no difference to their law.
    ///
    /// # Errors
    /// Names `start-scale`.
    pub fn random_start(&self, scale: f64, streams: Streams) -> Result<Matrix> {
        require_between("start-scale", scale, 1e-12, 1e6)?;
        let mut stream = streams.stream(Purpose::Start, 0);
        let (rows, columns) = self.shape();
        let entries = normal_entries(rows, columns, scale, &mut stream);
        Ok(self.turned_back(entries))
    }

    /// Norm of the weights along each principal direction, `|e_a^T W|`.
    ///
    /// # Errors
    /// Weights of another shape.
    pub fn row_norms(&self, weights: &Matrix) -> Result<Vec<f64>> {
        let turned = self.turned(weights)?;
        Ok(turned.row_iter().map(|row| row.norm()).collect())
    }

    /// Log-likelihood per sample (natural logarithm), `𝓛 = −½ Tr(AC) + ½ ln det A − ½N_v ln 2π`
    /// (decelle2017, linear regime); `None` outside of the domain `σ_v σ_h w < 1`.
    ///
    /// # Errors
    /// Weights of another shape.
    pub fn log_likelihood(&self, weights: &Matrix) -> Result<Option<f64>> {
        Ok(self.log_likelihood_in_frame(&self.turned(weights)?))
    }

    /// Its gradient `∂𝓛/∂W = σ_h² (C − A^{-1}) W` (N_v×N_h), the right-hand side of learning
    /// (decelle2017, Eq. 6 for Gaussian units); `None` outside of the domain.
    ///
    /// # Errors
    /// Weights of another shape.
    pub fn gradient(&self, weights: &Matrix) -> Result<Option<Matrix>> {
        let gradient = self.gradient_in_frame(&self.turned(weights)?);
        Ok(gradient.map(|gradient| self.turned_back(gradient)))
    }

    /// The fixed point that learning ends at from a generic start,
    /// `w*² = (c − σ_v²)/(σ_v² σ_h² c)` for the leading directions with `c > σ_v²` (decelle2017,
    /// linear regime; theory.md section 7).
    pub fn equilibrium(&self) -> Equilibrium {
        let noise = self.visible_variance;
        let kept = |&(at, &c): &(usize, &f64)| at < self.hidden_units && c > noise;
        let term = |(at, c): (usize, &f64)| match kept(&(at, c)) {
            true => 1.0 + c.ln(),
            false => c / noise + noise.ln(),
        };
        let terms: f64 = self.eigenvalues.iter().enumerate().map(term).sum();
        let leading = self.eigenvalues.iter().take(self.modes());
        let value = |&c: &f64| self.equilibrium_of(c).map_or(0.0, f64::sqrt);
        Equilibrium {
            singular_values: leading.map(value).collect(),
            log_likelihood: -0.5 * (terms + self.normalisation()),
        }
    }

    /// The mode along principal direction `direction` (from 0) that begins with the singular value
    /// `start`; `None` where the direction is not learnt, or `start` is outside of `0 < w` and
    /// `σ_v σ_h w < 1`.
    pub fn aligned_mode(&self, direction: usize, start: f64) -> Option<AlignedMode> {
        let variance = *self.eigenvalues.get(direction)?;
        AlignedMode::new(variance, start, self.visible_variance, self.hidden_variance)
    }

    /// `w*²` of a direction with this variance, if it is learnt.
    pub(super) fn equilibrium_of(&self, variance: f64) -> Option<f64> {
        let excess = variance - self.visible_variance;
        let scale = self.visible_variance * self.hidden_variance * variance;
        (excess > 0.0).then(|| excess / scale)
    }

    fn normalisation(&self) -> f64 {
        self.eigenvalues.len() as f64 * (2.0 * PI).ln()
    }

    /// Weights in the principal directions, `E^T W`.
    pub(super) fn turned(&self, weights: &Matrix) -> Result<Matrix> {
        let (rows, columns) = self.shape();
        if weights.shape() != (rows, columns) {
            let shape = |(rows, columns): (usize, usize)| format!("{rows} x {columns}");
            return Err(Error::Shape {
                field: "weights".into(),
                got: shape(weights.shape()),
                expected: shape((rows, columns)),
            });
        }
        Ok(match &self.directions {
            Some(directions) => directions.tr_mul(weights),
            None => weights.clone(),
        })
    }

    /// Inverse of [`LinearRbm::turned`].
    pub(super) fn turned_back(&self, frame: Matrix) -> Matrix {
        match &self.directions {
            Some(directions) => directions * frame,
            None => frame,
        }
    }

    /// `σ_v^{-2} I − σ_h² W^T W` or, if that is smaller, `σ_v^{-2} I − σ_h² W W^T`; it is positive
    /// exactly in the domain.
    fn precision(&self, weights: &Matrix) -> Option<Cholesky<f64, Dyn>> {
        let gram = match self.hidden_units <= self.eigenvalues.len() {
            true => weights.tr_mul(weights),
            false => weights * weights.transpose(),
        };
        let mut precision = gram * -self.hidden_variance;
        for at in 0..precision.nrows() {
            precision[(at, at)] += 1.0 / self.visible_variance;
        }
        Cholesky::new(precision)
    }

    /// See [`LinearRbm::gradient`]; weights and gradient are those of the principal directions.
    pub(super) fn gradient_in_frame(&self, weights: &Matrix) -> Option<Matrix> {
        let precision = self.precision(weights)?;
        let mut gradient = match self.hidden_units <= self.eigenvalues.len() {
            true => precision.solve(&weights.transpose()).transpose(),
            false => precision.solve(weights),
        };
        for (mut slopes, weights) in gradient.column_iter_mut().zip(weights.column_iter()) {
            let entries = slopes.iter_mut().zip(weights.iter());
            for ((slope, weight), c) in entries.zip(&self.eigenvalues) {
                *slope = self.hidden_variance * (c * weight - *slope);
            }
        }
        Some(gradient)
    }

    /// See [`LinearRbm::log_likelihood`]; weights are those of the principal directions.
    pub(super) fn log_likelihood_in_frame(&self, weights: &Matrix) -> Option<f64> {
        let precision = self.precision(weights)?;
        let rest = self.eigenvalues.len() - self.modes();
        let diagonal = precision.l_dirty().diagonal();
        let log_determinant = 2.0 * diagonal.iter().map(|entry| entry.ln()).sum::<f64>()
            - rest as f64 * self.visible_variance.ln();
        let rows = weights.row_iter().zip(&self.eigenvalues);
        let explained: f64 = rows.map(|(row, c)| c * row.norm_squared()).sum();
        let all: f64 = self.eigenvalues.iter().sum();
        let trace = all / self.visible_variance - self.hidden_variance * explained;
        Some(0.5 * (log_determinant - trace - self.normalisation()))
    }
}

fn require_symmetric(covariance: &Matrix) -> Result<()> {
    let (rows, columns) = covariance.shape();
    if rows != columns || rows == 0 || rows > MOST_UNITS {
        let got = format!("{rows} x {columns}");
        let allowed = format!("must be square, of 1 to {MOST_UNITS} rows");
        return Err(Error::invalid("covariance", got, allowed));
    }
    let largest = crate::numerics::symmetric::max_abs(covariance);
    if !largest.is_finite() || largest > 1e12 {
        let allowed = "all entries must be finite, at most 1e12";
        return Err(Error::invalid("covariance", largest, allowed));
    }
    for a in 0..rows {
        for b in 0..a {
            let (one, other) = (covariance[(a, b)], covariance[(b, a)]);
            if (one - other).abs() > ROUNDING * largest {
                let got = format!(
                    "{one} in row {}, column {}, and {other} across",
                    a + 1,
                    b + 1
                );
                let allowed = "a covariance is symmetric";
                return Err(Error::invalid("covariance", got, allowed));
            }
        }
    }
    Ok(())
}
