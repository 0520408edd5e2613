//! What weights gain on samples, whether they learnt from them or not.

use super::data::Data;
use super::problem::Problem;
use crate::error::{Error, Result};
use crate::numerics::Matrix;
use crate::ranks::Numbers;
use nalgebra::SVector;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Log-likelihood per sample over that of independent normal visible units, in nats: the mean of
/// `η1(W^T x/√d) − η2(W^T W/d)`, exact for an RBM with normal visible units of variance 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SampleGain {
    /// The mean over the samples.
    pub mean: f64,
    /// Its standard error over samples drawn like these, at these weights.
    pub error: f64,
}

impl SampleGain {
    /// Of weights `w` (d×k) on the data.
    ///
    /// # Errors
    /// Weights of another shape, or whose `Q` is outside of the domain of `η2`; fewer than two rows.
    pub fn at(problem: &Problem, w: &Matrix) -> Result<Self> {
        problem.require_shape(w)?;
        crate::with_units!(problem.units(), K => Self::evaluate::<K>(problem, w))
    }

    fn evaluate<const K: usize>(problem: &Problem, w: &Matrix) -> Result<Self> {
        let n = problem.data().rows();
        if n < 2 {
            return Err(Error::invalid("data", format!("{n} rows"), "two at least"));
        }
        let gains = Self::gains::<K>(problem, w)?;
        let mean = gains.iter().sum::<f64>() / n as f64;
        let squares: f64 = gains.iter().map(|gain| (gain - mean).powi(2)).sum();
        Ok(Self {
            mean,
            error: (squares / (n - 1) as f64 / n as f64).sqrt(),
        })
    }

    /// The gain of each sample alone.
    ///
    /// # Errors
    /// Weights of another shape, or whose `Q` is outside of the domain of `η2`.
    pub fn of_each(problem: &Problem, w: &Matrix) -> Result<Vec<f64>> {
        problem.require_shape(w)?;
        crate::with_units!(problem.units(), K => Self::gains::<K>(problem, w))
    }

    fn gains<const K: usize>(problem: &Problem, w: &Matrix) -> Result<Vec<f64>> {
        let hidden = problem.hidden();
        let q = w.tr_mul(w) / w.nrows() as f64;
        let pair = hidden.pair_function(&q).ok_or_else(|| {
            let allowed = "Q = W^T W/d is outside of the domain of η2: use smaller weights";
            Error::invalid("weights", "too large", allowed)
        })?;
        let norm = pair.log_norm();
        Ok(each_row::<K, f64>(problem, w, |fields| {
            hidden.log_mgf(fields) - norm
        }))
    }
}

/// Means of the hidden units given each sample, `E[h | x] = f(W^T x/√d)` (n×k), for an RBM with
/// normal visible units of variance 1 (theory.md section 1).
///
/// # Errors
/// Weights (d×k) of another shape.
pub fn hidden_means(problem: &Problem, w: &Matrix) -> Result<Matrix> {
    problem.require_shape(w)?;
    let units = problem.units();
    let rows: Vec<Vec<f64>> = crate::with_units!(units, K => {
        let hidden = problem.hidden();
        each_row::<K, Vec<f64>>(problem, w, |fields| {
            hidden.response(fields).mean.as_slice().to_vec()
        })
    });
    Ok(Matrix::from_fn(rows.len(), units, |row, unit| {
        rows[row][unit]
    }))
}

/// A number, or several, of the fields `W^T x/√d` of each row.
fn each_row<const K: usize, T: Default + Clone + Send + Numbers>(
    problem: &Problem,
    w: &Matrix,
    of: impl Fn(&SVector<f64, K>) -> T + Sync,
) -> Vec<T> {
    let scale = 1.0 / (w.nrows() as f64).sqrt();
    let mut unused = vec![0.0; w.len()];
    let data = problem.data();
    let mut all = vec![T::default(); data.rows()];
    data.fused_pass::<K, T, ()>(
        w.as_slice(),
        &mut unused,
        &mut all[data.own()],
        |_, rows, all, ()| {
            for (row, own) in rows.iter_mut().zip(all) {
                *own = of(&(SVector::<f64, K>::from(*row) * scale));
                *row = [0.0; K];
            }
        },
    );
    data.complete(&mut all);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hidden::HiddenUnits;
    use crate::law::Law;
    use crate::model::Model;
    use crate::numerics::streams::Streams;
    use crate::simulation::{Gradient, Instance, Size};
    use crate::theory::{FixedPointSettings, HeldOut};

    /// On the data that were learnt from it is the objective; on fresh data what theory has at the
    /// overlaps that the weights have.
    #[test]
    fn gains_are_the_objective_and_that_of_fresh_data() {
        let hidden = HiddenUnits::new(Law::rademacher(), 2, &[]).expect("valid");
        let law = Law::rademacher;
        let model = Model::new(2.0, &[1.7, 1.2], hidden, law(), law()).expect("valid");
        let size = Size { n: 800, d: 400 };
        let instance = Instance::generate(&model, size, Streams::new(4)).expect("fits");
        let problem = instance.problem(model.hidden());
        let w = instance.planted.w_star() * 1.3
            + Matrix::from_fn(400, 2, |i, a| ((7 * i + 3 * a) as f64).sin());
        let own = SampleGain::at(&problem, &w).expect("defined");
        let objective = Gradient::at(&problem, &w).expect("defined").log_likelihood / 2.0;
        assert!((own.mean - objective).abs() < 1e-12, "{own:?} {objective}");
        let fresh = instance
            .fresh(&model, 20_000, Streams::new(5))
            .expect("fits");
        let own = SampleGain::at(&Problem::new(model.hidden(), &fresh), &w).expect("defined");
        let order = problem.observe(&w).order;
        let theory = HeldOut::at(&model, &order, &FixedPointSettings::default()).expect("defined");
        let apart = (own.mean - theory.log_likelihood).abs();
        assert!(apart < 4.0 * own.error, "{own:?} {theory:?}");
        // An error that were ten times too large would hide a wrong mean.
        assert!(own.error < 0.02 && own.error > 0.002, "{own:?}");
    }
}
