//! The prediction of several randomisations: means, with standard errors from their spread.

use super::decoupled;
use super::randomisation;
use super::record::RecordedPaths;
use super::settings::DmftSettings;
use super::start::DmftStart;
use super::trajectory::{DmftDeparture, DmftTrajectory};
use crate::ensemble::{Estimate, complete};
use crate::error::Result;
use crate::model::Model;
use crate::numerics::Matrix;
use crate::numerics::streams::Streams;
use crate::order_parameters::OrderParameters;
use crate::record::Record;

/// Mean and standard error of a matrix over the randomisations.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimated {
    /// Mean.
    pub mean: Matrix,
    /// Standard error of the mean; `None` for a single randomisation.
    pub standard_error: Option<Matrix>,
}

impl Estimated {
    /// Mean and standard error of matrices of one shape; `None` without matrices.
    pub fn of(matrices: &[Matrix]) -> Option<Self> {
        let (rows, columns) = matrices.first()?.shape();
        let entry = |a: usize, b: usize| {
            let values: Vec<f64> = matrices.iter().map(|matrix| matrix[(a, b)]).collect();
            Estimate::of(&values)
        };
        let of = |part: &dyn Fn(Estimate) -> f64| {
            Matrix::from_fn(rows, columns, |a, b| entry(a, b).map_or(f64::NAN, part))
        };
        Some(Self {
            mean: of(&|estimate| estimate.mean),
            standard_error: (matrices.len() > 1)
                .then(|| of(&|estimate| estimate.standard_error.unwrap_or(f64::NAN))),
        })
    }

    /// Largest standard error of an entry.
    pub fn worst_error(&self) -> Option<f64> {
        self.standard_error.as_ref().map(Matrix::amax)
    }
}

/// A two-time function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TwoTime {
    /// `Q_ts = W_t^T W_s/d`.
    Q,
    /// `Σ_ts = α E[u_t u_s^T]`.
    Sigma,
    /// `B_ts = ∂W_t/∂y_s`, `s < t`.
    B,
    /// `C_ts = α E[∂u_t/∂ω_s]`.
    C,
}

/// What DMFT predicts.
#[derive(Debug, Clone)]
pub struct DmftPrediction {
    /// Whether the units were solved as scalar problems.
    pub decoupled: bool,
    runs: Vec<DmftTrajectory>,
}

/// Solves the dynamics by `settings.randomisations` independent randomisations; `record` keeps each as soon as it is finished, and
/// `report` is called with their number.
///
/// # Errors
/// Bad settings (see [`DmftSettings::validate`], to which `q` is handed), or a record that can't be written. Dynamics that end early are
/// part of the prediction.
pub fn solve(
    model: &Model,
    start: &DmftStart,
    settings: &DmftSettings,
    q: &[Matrix],
    seed: u64,
    record: Option<&mut Record<RecordedPaths>>,
    report: &mut dyn FnMut(usize),
) -> Result<DmftPrediction> {
    settings.validate(model, start, q)?;
    let units = decoupled::units(model, start)?;
    let one = |index: u64| {
        let streams = Streams::new(seed).instance(index);
        let run = match &units {
            Some(units) => decoupled::run(model, units, settings, streams),
            None => randomisation::run(model, start, settings, streams),
        };
        Ok(RecordedPaths::new(index, &run))
    };
    let recorded = complete(settings.randomisations, record, report, one)?;
    Ok(DmftPrediction {
        decoupled: units.is_some(),
        runs: recorded.iter().map(RecordedPaths::run).collect(),
    })
}

impl DmftPrediction {
    /// The randomisations.
    pub fn runs(&self) -> &[DmftTrajectory] {
        &self.runs
    }

    /// Number of times that every randomisation has reached, the start included.
    pub fn times(&self) -> usize {
        self.runs
            .iter()
            .map(|run| run.orders.len())
            .min()
            .unwrap_or(0)
    }

    /// The first departure, if a randomisation ended early.
    pub fn departure(&self) -> Option<DmftDeparture> {
        self.runs
            .iter()
            .filter_map(|run| run.departure)
            .min_by_key(DmftDeparture::time)
    }

    /// Mean and standard error of something that every randomisation has; `None` where one lacks it.
    pub fn estimate(&self, of: impl Fn(&DmftTrajectory) -> Option<Matrix>) -> Option<Estimated> {
        let all: Option<Vec<Matrix>> = self.runs.iter().map(of).collect();
        Estimated::of(&all?)
    }

    /// `M_t`.
    pub fn m(&self, t: usize) -> Option<Estimated> {
        self.estimate(|run| run.orders.get(t).map(|order| order.m.clone()))
    }

    /// `Q_tt`.
    pub fn q(&self, t: usize) -> Option<Estimated> {
        self.estimate(|run| run.orders.get(t).map(|order| order.q.clone()))
    }

    /// Overlaps `ζ_t`.
    pub fn overlaps(&self, t: usize) -> Option<Estimated> {
        self.estimate(|run| run.orders.get(t).map(OrderParameters::overlaps))
    }

    /// Mean order parameters at time `t`.
    pub fn order(&self, t: usize) -> Option<OrderParameters> {
        Some(OrderParameters {
            m: self.m(t)?.mean,
            q: self.q(t)?.mean,
        })
    }

    /// A two-time function at `(t, s)`, `s ≤ t`.
    pub fn two_time(&self, function: TwoTime, t: usize, s: usize) -> Option<Estimated> {
        self.estimate(|run| {
            let all = match function {
                TwoTime::Q => &run.q,
                TwoTime::Sigma => &run.sigma,
                TwoTime::B => &run.b,
                TwoTime::C => &run.c,
            };
            all.get(t)?.get(s).cloned()
        })
    }

    /// Root-mean-square gradient of step `t → t + 1`, `|W_{t+1} − W_t|/(κ√(kd))`, from the two-time correlations.
    pub fn gradient_rms(&self, t: usize, step: f64) -> Option<Estimate> {
        self.scalar(|run| Some(displacement(run, t + 1, t)? / step))
    }

    /// Root-mean-square displacement `|W_t − W_s|/√(kd)`.
    pub fn displacement(&self, t: usize, s: usize) -> Option<Estimate> {
        self.scalar(|run| displacement(run, t, s))
    }

    fn scalar(&self, of: impl Fn(&DmftTrajectory) -> Option<f64>) -> Option<Estimate> {
        let all: Option<Vec<f64>> = self.runs.iter().map(of).collect();
        Estimate::of(&all?)
    }

    /// Integrated response `Σ_{s<t} B_ts`, which tends to `K` of the fixed point; `None` without responses.
    pub fn integrated_response(&self, t: usize) -> Option<Estimated> {
        self.estimate(|run| {
            let row = run.b.get(t)?;
            let k = run.orders[t].q.nrows();
            Some(row.iter().fold(Matrix::zeros(k, k), |sum, b| sum + b))
        })
    }

    /// Largest standard error of `M_t` and `Q_tt` over all times.
    pub fn worst_error(&self) -> Option<f64> {
        (0..self.times())
            .map(|t| {
                let m = self.m(t)?.worst_error()?;
                Some(m.max(self.q(t)?.worst_error()?))
            })
            .try_fold(0.0, |worst: f64, error| Some(worst.max(error?)))
    }
}

/// `|W_t − W_s|/√(kd)` for `s ≤ t`, from `Q`.
fn displacement(run: &DmftTrajectory, t: usize, s: usize) -> Option<f64> {
    let (late, early, between) = (
        run.orders.get(t)?.q.trace(),
        run.orders.get(s)?.q.trace(),
        run.q.get(t)?.get(s)?.trace(),
    );
    let k = run.orders[t].q.nrows() as f64;
    // A difference of nearly equal numbers may round below zero, where the weights have stopped.
    Some(((late + early - 2.0 * between) / k).max(0.0).sqrt())
}
