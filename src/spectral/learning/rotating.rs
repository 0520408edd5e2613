//! Gaussian components: modes that turn towards the clusters. Only for this law does the law of the
//! components stay what it is while vectors turn.

use super::super::require_times;
use super::aligned::{LearningCurve, LearningPoint};
use super::bingham::second_moments;
use super::one_mode::{OneMode, gaussian};
use crate::error::{Error, Result};
use crate::law::Law;
use crate::numerics::Matrix;
use crate::numerics::dormand_prince::{Control, DormandPrince, Failure};
use crate::numerics::special::sech2;
use nalgebra::SVD;

/// A pair of clusters at `±μ`.
#[derive(Debug, Clone, PartialEq)]
pub struct RotatingCluster {
    /// Share `ρ` of the data.
    pub weight: f64,
    /// Centre in the `D` directions of the data, `⟨s⟩/√L = ±μ`.
    pub mu: Vec<f64>,
}

/// Learning of the matrix `Ŵ = U diag(w) V^T` (`D × K`) between the directions of the data and `K`
/// hidden ones,
/// `dŴ/dt' = Σ_c ρ_c μ^c (Ŵ^T μ^c)^T V(κ^{-1/2} |Ŵ^T μ^c|²) − r(w_1) U diag(λ) V^T`, with
/// `V(x) = E sech²(√x y)`, the response `r = m m̄` of the largest mode, and the second moments `λ`
/// of a Bingham law with exponents `L r w_a` (theory.md section 8). It is regular where singular
/// values meet.
#[derive(Debug, Clone, PartialEq)]
pub struct RotatingLearning {
    mode: OneMode,
    clusters: Vec<RotatingCluster>,
    size: f64,
}

impl RotatingLearning {
    /// # Errors
    /// Names `clusters`, `kappa`, or `size` (`L`, from 10 to 1e9).
    pub fn new(kappa: f64, clusters: &[RotatingCluster], size: f64) -> Result<Self> {
        let mode = OneMode::new(&Law::Gaussian, kappa)?;
        crate::error::require_between("size", size, 10.0, 1e9)?;
        let directions = clusters.first().map_or(0, |cluster| cluster.mu.len());
        let total: f64 = clusters.iter().map(|cluster| cluster.weight).sum();
        let all = clusters.iter();
        let valid = directions > 0
            && all
                .clone()
                .all(|cluster| cluster.weight > 0.0 && cluster.mu.len() == directions)
            && all
                .clone()
                .flat_map(|cluster| &cluster.mu)
                .all(|mu| mu.is_finite())
            && (total - 1.0).abs() < 1e-9;
        if !valid {
            let allowed = "each cluster has a positive share and a centre of the same number of finite components; the shares add up to 1";
            return Err(Error::invalid("clusters", "given", allowed));
        }
        Ok(Self {
            mode,
            clusters: clusters.to_vec(),
            size,
        })
    }

    /// The slope of `Ŵ`, and singular values and responses there; nothing where it is not defined.
    fn slope(&self, weights: &Matrix) -> Option<(Matrix, Vec<f64>, Vec<f64>)> {
        let mut slope = Matrix::zeros(weights.nrows(), weights.ncols());
        for cluster in &self.clusters {
            let mu = nalgebra::DVector::from_column_slice(&cluster.mu);
            let hidden = weights.tr_mul(&mu);
            let root = self.mode.kappa().powf(-0.25) * hidden.norm();
            let factor = cluster.weight * gaussian(root, |y| sech2(root * y));
            slope += &mu * hidden.transpose() * factor;
        }
        let svd = SVD::try_new(weights.clone(), true, true, f64::EPSILON, 10_000)?;
        let values: Vec<f64> = svd.singular_values.iter().copied().collect();
        let response = self.mode.state(values.first().copied()?).ok()?;
        let response = response.map_or(0.0, |state| state.response());
        let shares = if response > 0.0 {
            let exponents: Vec<f64> = values.iter().map(|w| self.size * response * w).collect();
            second_moments(&exponents)
        } else {
            vec![0.0; values.len()]
        };
        let responses: Vec<f64> = shares.iter().map(|share| share * response).collect();
        let diagonal = nalgebra::DVector::from_column_slice(&responses);
        slope -= svd.u? * Matrix::from_diagonal(&diagonal) * svd.v_t?;
        Some((slope, values, responses))
    }

    /// The learning curve from `Ŵ` at time 0, at rising times: singular values, the largest first,
    /// and their responses. Events are not looked for.
    ///
    /// # Errors
    /// Names `start` (another number of rows than the clusters have components, or an entry that is
    /// not finite), `times` or `tolerance`. How learning ends is part of the answer.
    pub fn run(&self, start: &Matrix, times: &[f64], tolerance: f64) -> Result<LearningCurve> {
        crate::error::require_between("tolerance", tolerance, 1e-13, 1e-2)?;
        require_times(times)?;
        let (rows, columns) = start.shape();
        if rows != self.clusters[0].mu.len() || columns == 0 {
            let allowed = "the start has a row for each direction of the data";
            return Err(Error::invalid("start", format!("{rows} rows"), allowed));
        }
        if let Some(entry) = start.iter().find(|entry| !entry.is_finite()) {
            return Err(Error::invalid("start", entry, "every entry must be finite"));
        }
        let mut points = Vec::new();
        let failure = self.advance(start, times, tolerance, &mut points).err();
        Ok(LearningCurve {
            points,
            events: Vec::new(),
            failure,
        })
    }

    fn advance(
        &self,
        start: &Matrix,
        times: &[f64],
        tolerance: f64,
        points: &mut Vec<LearningPoint>,
    ) -> std::result::Result<(), Failure> {
        let (rows, columns) = start.shape();
        let control = Control {
            relative: tolerance,
            absolute: tolerance,
            max_steps: 2_000_000,
        };
        let matrix = |state: &[f64]| Matrix::from_column_slice(rows, columns, state);
        let equation = |_: f64, state: &[f64], slope: &mut [f64]| {
            let found = self.slope(&matrix(state));
            found
                .inspect(|found| slope.copy_from_slice(found.0.as_slice()))
                .is_some()
        };
        let begin = start.as_slice().to_vec();
        let mut solution = DormandPrince::new(equation, 0.0, begin, control)?;
        for &time in times {
            while solution.time() < time {
                solution.step(time)?;
            }
            let found = self.slope(&matrix(solution.state()));
            let (_, weights, responses) = found.ok_or(Failure::Undefined { time })?;
            points.push(LearningPoint {
                time,
                weights,
                responses,
            });
        }
        Ok(())
    }
}
