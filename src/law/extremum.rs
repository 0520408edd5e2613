//! Largest values of functions: on the line by a scan and golden section, in `R^k` by a multi-start
//! search.

use argmin::core::{CostFunction, Error as ArgminError, Executor};
use argmin::solver::neldermead::NelderMead;

/// Starts from which the search in `R^k` climbs.
const CLIMBS: usize = 12;

/// Largest value of `function` between the first and the last of the sorted `points`, which must be
/// dense enough to separate its maxima.
pub(super) fn maximum_on_line(points: &[f64], function: impl Fn(f64) -> f64) -> f64 {
    let values: Vec<f64> = points.iter().map(|&x| function(x)).collect();
    let best = (0..points.len()).max_by(|&a, &b| values[a].total_cmp(&values[b]));
    best.map_or(f64::NAN, |best| {
        let low = points[best.saturating_sub(1)];
        let high = points[(best + 1).min(points.len() - 1)];
        golden_maximum(function, low, high)
    })
}

/// Maximum value of a function that is unimodal on `[low, high]`.
fn golden_maximum(function: impl Fn(f64) -> f64, mut low: f64, mut high: f64) -> f64 {
    let ratio = (5f64.sqrt() - 1.0) / 2.0;
    for _ in 0..60 {
        let (a, b) = (high - ratio * (high - low), low + ratio * (high - low));
        if function(a) > function(b) {
            high = b;
        } else {
            low = a;
        }
    }
    function(0.5 * (low + high))
}

/// Largest value of `function` that Nelder–Mead finds from the best of `starts`: a lower bound of
/// its supremum.
pub(super) fn maximum_in_space(starts: Vec<Vec<f64>>, function: impl Fn(&[f64]) -> f64) -> f64 {
    let mut ranked: Vec<(f64, Vec<f64>)> = starts
        .into_iter()
        .map(|start| (function(&start), start))
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    ranked
        .iter()
        .take(CLIMBS)
        .map(|(value, start)| value.max(climb(&function, start)))
        .fold(0.0, f64::max)
}

fn climb(function: &impl Fn(&[f64]) -> f64, start: &[f64]) -> f64 {
    let mut simplex = vec![start.to_vec()];
    for axis in 0..start.len() {
        let mut vertex = start.to_vec();
        vertex[axis] += 0.7;
        simplex.push(vertex);
    }
    let Ok(solver) = NelderMead::new(simplex).with_sd_tolerance(1e-12) else {
        return 0.0;
    };
    Executor::new(Negated(function), solver)
        .configure(|state| state.max_iters(400))
        .ctrlc(false)
        .run()
        .map_or(0.0, |result| -result.state.get_best_cost())
}

struct Negated<'a, F>(&'a F);

impl<F: Fn(&[f64]) -> f64> CostFunction for Negated<'_, F> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, x: &Vec<f64>) -> std::result::Result<f64, ArgminError> {
        Ok(-(self.0)(x))
    }
}
