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
use crate::numerics::streams::Streams;
use crate::numerics::{Matrix, rows};
use crate::order_parameters::OrderParameters;
use crate::quantity::Quantity;
use crate::record::Record;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Mean and standard error of a matrix over the randomisations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Estimated {
    /// Mean.
    #[serde(with = "rows")]
    #[schemars(with = "Vec<Vec<Option<f64>>>")]
    pub mean: Matrix,
    /// Standard error of the mean; `None` for a single randomisation.
    #[serde(with = "rows::optional")]
    #[schemars(with = "Option<Vec<Vec<Option<f64>>>>")]
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

/// Solves the dynamics by `settings.randomisations` independent randomisations; `record` keeps each
/// as soon as it is finished, and `report` is called with their number.
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
        Ok(RecordedPaths {
            randomisation: index,
            run,
        })
    };
    let recorded = complete((Vec::new(), settings.randomisations), record, report, one)?;
    Ok(DmftPrediction {
        decoupled: units.is_some(),
        runs: recorded.into_iter().map(|one| one.run).collect(),
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

    /// Mean and standard error of something that every randomisation has; `None` where one lacks
    /// it.
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
        self.observable(t, OrderParameters::overlaps)
    }

    /// A function of the order parameters at time `t`: its value at their means, with the
    /// jackknife's standard error. (The mean of the function would be biased where it bends, as
    /// `|M|` does at 0.)
    pub fn observable(
        &self,
        t: usize,
        of: impl Fn(&OrderParameters) -> Matrix,
    ) -> Option<Estimated> {
        let all: Option<Vec<&OrderParameters>> =
            self.runs.iter().map(|run| run.orders.get(t)).collect();
        let all = all?;
        let mean = of(&mean_order(all.iter().copied())?);
        let count = all.len();
        if count < 2 {
            return Some(Estimated {
                mean,
                standard_error: None,
            });
        }
        let without = |left_out: usize| {
            let rest = all
                .iter()
                .enumerate()
                .filter(|(index, _)| *index != left_out);
            mean_order(rest.map(|(_, order)| *order)).map(|order| of(&order))
        };
        let parts: Vec<Matrix> = (0..count).map(without).collect::<Option<_>>()?;
        let (rows, columns) = mean.shape();
        let centre = parts.iter().sum::<Matrix>() / count as f64;
        let squares = parts
            .iter()
            .fold(Matrix::zeros(rows, columns), |sum, part| {
                sum + (part - &centre).map(|x| x * x)
            });
        let factor = (count - 1) as f64 / count as f64;
        Some(Estimated {
            mean,
            standard_error: Some(squares.map(|square| (factor * square).sqrt())),
        })
    }

    /// A quantity that is a function of `M` and `Q` at time `t`: `M` and `Q` themselves by their
    /// means, others as [`DmftPrediction::observable`] has them.
    pub fn quantity(&self, t: usize, quantity: Quantity) -> Option<Estimated> {
        quantity.of(&self.order(t)?)?;
        self.observable(t, |order| {
            quantity
                .of(order)
                .expect("it is a function of order parameters")
        })
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

    /// Root-mean-square gradient of step `t → t + 1`, `|W_{t+1} − W_t|/(κ√(kd))`.
    pub fn gradient_rms(&self, t: usize, step: f64) -> Option<Estimate> {
        self.scalar(|run| Some(run.moves.get(t)? / step))
    }

    /// Root-mean-square displacement `|W_t − W_s|/√(kd)`, from the two-time correlation; `None` too
    /// where it is lost in the rounding of that difference.
    pub fn displacement(&self, t: usize, s: usize) -> Option<Estimate> {
        self.scalar(|run| displacement(run, t, s))
    }

    fn scalar(&self, of: impl Fn(&DmftTrajectory) -> Option<f64>) -> Option<Estimate> {
        let all: Option<Vec<f64>> = self.runs.iter().map(of).collect();
        Estimate::of(&all?)
    }

    /// Integrated response `Σ_{s<t} B_ts`, which tends to `K` of the fixed point; `None` without
    /// responses.
    pub fn integrated_response(&self, t: usize) -> Option<Estimated> {
        self.estimate(|run| {
            let row = run.b.get(t)?;
            let k = run.orders[t].q.nrows();
            Some(row.iter().fold(Matrix::zeros(k, k), |sum, b| sum + b))
        })
    }

    /// Largest standard error of `M_t` and `Q_tt` over all times. It does not contain the bias of
    /// each set of `P` paths, of order `1/P`, which is the same for all sets.
    pub fn worst_error(&self) -> Option<f64> {
        if self.times() == 0 {
            return None;
        }
        (0..self.times())
            .map(|t| {
                let m = self.m(t)?.worst_error()?;
                Some(m.max(self.q(t)?.worst_error()?))
            })
            .try_fold(0.0, |worst: f64, error| Some(worst.max(error?)))
    }
}

/// Entry-wise mean of order parameters; `None` without any.
fn mean_order<'a>(all: impl Iterator<Item = &'a OrderParameters>) -> Option<OrderParameters> {
    let mut count = 0.0;
    let sum = all.fold(None, |sum: Option<OrderParameters>, order| {
        count += 1.0;
        Some(match sum {
            None => order.clone(),
            Some(sum) => OrderParameters {
                m: sum.m + &order.m,
                q: sum.q + &order.q,
            },
        })
    })?;
    Some(OrderParameters {
        m: sum.m / count,
        q: sum.q / count,
    })
}

/// `|W_t − W_s|/√(kd)` for `s ≤ t`, from `Q`.
fn displacement(run: &DmftTrajectory, t: usize, s: usize) -> Option<f64> {
    let (late, early, between) = (
        run.orders.get(t)?.q.trace(),
        run.orders.get(s)?.q.trace(),
        run.q.get(t)?.get(s)?.trace(),
    );
    let k = run.orders[t].q.nrows() as f64;
    let square = late + early - 2.0 * between;
    (square > 1e-13 * (late + early)).then(|| (square / k).sqrt())
}
