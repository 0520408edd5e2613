//! Linear AMP: power iteration with Onsager terms (XKZ Eqs. 21–22; theory.md section 13).

use super::data::Data;
use super::observation::Observation;
use super::problem::Problem;
use crate::error::Result;
use crate::numerics::Matrix;

/// What is seen of `iterations` of linear AMP from `w` (d×1), the start first:
///
/// ```text
/// U_t = A W_t − U_{t−1}/√α,    W_{t+1} = (A^T U_t − αW_t)/√α,    A = X/√d.
/// ```
///
/// The weights grow by the factor of the map; only their direction is an estimate.
///
/// # Errors
/// Weights of another shape than one column, or rows that are missing.
pub fn linear_amp(problem: &Problem, w: Matrix, iterations: usize) -> Result<Vec<Observation>> {
    problem.validate_with(&w)?;
    if w.ncols() != 1 {
        let allowed = "linear AMP follows one direction";
        return Err(crate::error::Error::invalid("units", w.ncols(), allowed));
    }
    let (alpha, scale) = (problem.alpha(), 1.0 / (problem.d() as f64).sqrt());
    let factor = 1.0 / alpha.sqrt();
    let mut w = w;
    let mut messages = vec![0.0; problem.data().own().len()];
    let mut observations = vec![problem.observe(&w)];
    for _ in 0..iterations {
        let mut y = Matrix::zeros(w.nrows(), 1);
        problem.data().fused_pass::<1, f64, ()>(
            w.as_slice(),
            y.as_mut_slice(),
            &mut messages,
            |_, rows, messages, ()| {
                for (row, message) in rows.iter_mut().zip(messages) {
                    *message = row[0] * scale - factor * *message;
                    row[0] = *message;
                }
            },
        );
        w = (y * scale - w * alpha) * factor;
        observations.push(problem.observe(&w));
    }
    Ok(observations)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ensemble::Estimate;
    use crate::hidden::HiddenUnits;
    use crate::law::Law;
    use crate::model::Model;
    use crate::numerics::streams::Streams;
    use crate::order_parameters::OrderParameters;
    use crate::simulation::{Instance, SimulationStart, Size};
    use crate::start::Start;
    use crate::theory::LinearAmp;

    /// Every iteration from overlap 0.1 is where the limit says, in the mean over 24 instances.
    #[test]
    fn follows_its_state_evolution() {
        let hidden = HiddenUnits::new(Law::rademacher(), 1, &[]).unwrap();
        let model = Model::new(2.0, &[1.2], hidden, Law::rademacher(), Law::rademacher()).unwrap();
        let start = SimulationStart::Overlaps(Start::Given(OrderParameters {
            m: Matrix::from_element(1, 1, 0.1),
            q: Matrix::from_element(1, 1, 1.01),
        }));
        let mut all = Vec::new();
        for instance in 0..24 {
            let streams = Streams::new(3).instance(instance);
            let data = Instance::generate(&model, Size { n: 2000, d: 1000 }, streams).unwrap();
            let problem = data.problem(model.hidden());
            let w = start.weights(&problem, streams, 0).unwrap();
            let run = linear_amp(&problem, w, 4).unwrap();
            all.push(
                run.iter()
                    .map(|at| at.order.overlaps()[(0, 0)])
                    .collect::<Vec<_>>(),
            );
        }
        let theory = LinearAmp {
            alpha: 2.0,
            lambda: 1.2,
        };
        for (t, expected) in theory
            .overlaps(0.1, 1.01, 4)
            .into_iter()
            .enumerate()
            .skip(1)
        {
            let values: Vec<f64> = all.iter().map(|run| run[t]).collect();
            let found = Estimate::of(&values).unwrap();
            let deviation = (found.mean - expected) / found.standard_error.unwrap();
            // A part O(1/d) is of the same sign at every t.
            assert!(deviation.abs() < 4.0, "{t}: {found:?} {expected}");
        }
    }

    #[test]
    fn follows_one_direction() {
        let hidden = HiddenUnits::new(Law::rademacher(), 2, &[]).unwrap();
        let data = crate::simulation::DataMatrix::from_row_fn(20, 10, |_, _| ());
        let problem = Problem::new(&hidden, &data);
        assert!(linear_amp(&problem, Matrix::zeros(10, 2), 3).is_err());
    }
}
