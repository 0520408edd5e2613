//! Gaussian components: modes that turn towards the clusters. Only for this law does the law of the
//! components stay what it is while vectors turn.

use super::super::matrices::singular;
use super::super::{FlowSettings, require_times};
use super::bingham::second_moments;
use super::course::{condensing, first_in};
use super::one_mode::{OneMode, gaussian};
use super::{
    Happening, LearningCurve, LearningEvent, LearningPoint, control, require_centre, require_shares,
};
use crate::error::{Error, Result};
use crate::law::Law;
use crate::numerics::Matrix;
use crate::numerics::dormand_prince::{Control, DormandPrince, Equation, Failure};
use crate::numerics::special::sech2;
use nalgebra::DVector;

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
    /// Names `centres` (none, of different dimensions, or beyond what data ±1 can have), `shares`
    /// (not positive, or their sum is not 1), `kappa`, or `size` (`L`, from 10 to 1e9).
    pub fn new(kappa: f64, clusters: &[RotatingCluster], size: f64) -> Result<Self> {
        let mode = OneMode::new(&Law::Gaussian, kappa)?;
        crate::error::require_between("size", size, 10.0, 1e9)?;
        let directions = clusters.first().map_or(0, |cluster| cluster.mu.len());
        if directions == 0 {
            let allowed = "give at least one, with at least one component";
            return Err(Error::invalid("centres", "empty", allowed));
        }
        for cluster in clusters {
            if cluster.mu.len() != directions {
                let allowed = "centres have the same number of components";
                return Err(Error::invalid("centres", cluster.mu.len(), allowed));
            }
            let length = cluster.mu.iter().map(|mu| mu * mu).sum::<f64>().sqrt();
            require_centre("centres", length, kappa)?;
        }
        require_shares(clusters.iter().map(|cluster| cluster.weight))?;
        Ok(Self {
            mode,
            clusters: clusters.to_vec(),
            size,
        })
    }

    /// The clusters.
    pub fn clusters(&self) -> &[RotatingCluster] {
        &self.clusters
    }

    /// Number of directions of the data.
    pub fn directions(&self) -> usize {
        self.clusters[0].mu.len()
    }

    /// The modes at `Ŵ`, and its slope; nothing where they are not defined.
    fn modes(&self, time: f64, weights: &Matrix) -> Option<(LearningPoint, Matrix)> {
        let mut slope = Matrix::zeros(weights.nrows(), weights.ncols());
        for (cluster, mu) in self.clusters.iter().zip(self.centres()) {
            let hidden = weights.tr_mul(&mu);
            let root = self.mode.kappa().powf(-0.25) * hidden.norm();
            let factor = cluster.weight * gaussian(root, |y| sech2(root * y));
            slope += &mu * hidden.transpose() * factor;
        }
        let svd = singular(weights, [true, true])?;
        let (u, v_t) = (svd.u?, svd.v_t?);
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
        let gains = u.tr_mul(&slope) * v_t.transpose();
        let centres = self.centres().map(|mu| mu.normalize());
        let overlaps = centres.map(|mu| u.tr_mul(&mu).abs());
        let nearest = overlaps.reduce(|one, other| one.sup(&other));
        slope -= &u * Matrix::from_diagonal(&DVector::from_column_slice(&responses)) * v_t;
        let point = LearningPoint {
            time,
            weights: values,
            gains: gains.diagonal().iter().copied().collect(),
            responses,
            overlaps: nearest.map_or_else(Vec::new, |all| all.iter().copied().collect()),
        };
        Some((point, slope))
    }

    fn centres(&self) -> impl Iterator<Item = DVector<f64>> {
        let all = self.clusters.iter();
        all.map(|cluster| DVector::from_column_slice(&cluster.mu))
    }

    /// The learning curve from `Ŵ` at time 0, at rising times: singular values, the largest first.
    ///
    /// # Errors
    /// Names `start` (another number of rows than the clusters have components, or an entry that is
    /// not finite), `times`, `tolerance` or `max-steps`. How learning ends is part of the answer.
    pub fn run(
        &self,
        start: &Matrix,
        times: &[f64],
        settings: &FlowSettings,
        watch: &dyn Fn(f64),
    ) -> Result<LearningCurve> {
        let control = control(settings, 1.0)?;
        require_times(times)?;
        let (rows, columns) = start.shape();
        if rows != self.directions() || columns == 0 {
            let allowed = "the start has a row for each direction of the data";
            return Err(Error::invalid("start", format!("{rows} rows"), allowed));
        }
        if let Some(entry) = start.iter().find(|entry| !entry.is_finite()) {
            return Err(Error::invalid("start", entry, "every entry must be finite"));
        }
        let mut curve = LearningCurve {
            points: Vec::new(),
            events: Vec::new(),
            failure: None,
        };
        curve.failure = self.advance(start, times, control, watch, &mut curve).err();
        Ok(curve)
    }

    fn advance(
        &self,
        start: &Matrix,
        times: &[f64],
        control: Control,
        watch: &dyn Fn(f64),
        curve: &mut LearningCurve,
    ) -> std::result::Result<(), Failure> {
        let columns = start.ncols();
        let last = times.last().copied().unwrap_or(0.0);
        let mut solution = self.solution(0.0, start.as_slice().to_vec(), columns, control)?;
        let mut before = self.point(0.0, solution.state(), columns)?;
        for &time in times {
            while solution.time() < time {
                let begin = solution.state().to_vec();
                solution.step(time)?;
                let after = self.point(solution.time(), solution.state(), columns)?;
                if condensing(&before.weights, &after.weights).is_some() {
                    let events = self.condensations(&before, &begin, &after, columns, control)?;
                    curve.events.extend(events);
                }
                before = after;
                watch(solution.time() / last);
            }
            curve.points.push(LearningPoint {
                time,
                ..before.clone()
            });
        }
        Ok(())
    }

    /// When the modes that rise through `w = 1` in a step do so.
    fn condensations(
        &self,
        before: &LearningPoint,
        begin: &[f64],
        after: &LearningPoint,
        columns: usize,
        control: Control,
    ) -> std::result::Result<Vec<LearningEvent>, Failure> {
        let at = |time: f64| {
            let mut solution = self.solution(before.time, begin.to_vec(), columns, control)?;
            while solution.time() < time {
                solution.step(time)?;
            }
            let point = self.point(time, solution.state(), columns)?;
            Ok(point.weights)
        };
        let mut events = Vec::new();
        for mode in 0..before.weights.len() {
            let rises =
                |weights: &[f64]| condensing(&before.weights[mode..=mode], &weights[mode..=mode]);
            if rises(&after.weights).is_none() {
                continue;
            }
            let found = first_in(before.time, after.time, &at, &rises)?;
            events.extend(found.map(|(time, _, _)| LearningEvent {
                time,
                mode: mode + 1,
                kind: Happening::Condenses,
            }));
        }
        Ok(events)
    }

    fn point(
        &self,
        time: f64,
        state: &[f64],
        columns: usize,
    ) -> std::result::Result<LearningPoint, Failure> {
        let weights = Matrix::from_column_slice(self.directions(), columns, state);
        let modes = self.modes(time, &weights);
        modes
            .map(|found| found.0)
            .ok_or(Failure::Undefined { time })
    }

    fn solution(
        &self,
        time: f64,
        state: Vec<f64>,
        columns: usize,
        control: Control,
    ) -> std::result::Result<DormandPrince<impl Equation>, Failure> {
        let equation = move |time: f64, state: &[f64], slope: &mut [f64]| {
            let weights = Matrix::from_column_slice(self.directions(), columns, state);
            let found = self.modes(time, &weights);
            found
                .inspect(|found| slope.copy_from_slice(found.1.as_slice()))
                .is_some()
        };
        DormandPrince::new(equation, time, state, control)
    }
}
