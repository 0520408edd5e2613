//! Replicon (de Almeida–Thouless) stability and objective at a fixed point (theory.md section 3).

use super::moments::Moments;
use super::settings::FixedPointSettings;
use super::state_evolution::{Departure, State, StateEvolution, mean};
use crate::model::Model;
use crate::numerics::symmetric::spectral_radius;

/// Stability of the replica-symmetric fixed point, and its objective.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stability {
    /// Spectral radius of `α (K⊗K) E[∂g⊗∂g]`. Below 1 the replica-symmetric prediction is exact and AMP converges; above 1
    /// it is an approximation.
    pub replicon: f64,
    /// Estimated error of the replicon by quadrature.
    pub replicon_error: f64,
    /// `ℓ = α E[η1(z)] − α η2(Q)`: objective per visible unit.
    pub log_likelihood: f64,
    /// Estimated error of the objective by quadrature.
    pub log_likelihood_error: f64,
}

impl Stability {
    /// Whether replica symmetry holds: the replicon is below 1, by more than its own error.
    pub fn is_stable(&self) -> bool {
        self.replicon + self.replicon_error < 1.0
    }
}

/// Replicon and objective at a fixed point `state`, refined on their own error: near `V D → 1` the replicon needs a finer
/// grid than the order parameters.
///
/// # Errors
/// The departure, where the expectations are not defined at the coarsest grid.
pub(super) fn stability(
    model: &Model,
    state: &State,
    settings: &FixedPointSettings,
    level: u32,
) -> Result<Stability, Departure> {
    let at = |level: u32| {
        let quadrature = settings.quadrature(model.units(), level);
        StateEvolution { model, quadrature }.stability_moments(state)
    };
    let first = at(level)?;
    if model.units() > settings.tensor_units {
        let parts: Vec<[f64; 2]> = first
            .iter()
            .map(|moments| observe(model, state, moments))
            .collect();
        let [replicon, log_likelihood] = observe(model, state, &mean(first));
        let error = |index: usize| standard_error(parts.iter().map(|part| part[index]));
        return Ok(Stability {
            replicon,
            replicon_error: error(0),
            log_likelihood,
            log_likelihood_error: error(1),
        });
    }
    let mut coarse = observe(model, state, &mean(first));
    let mut level = level;
    let mut errors = [f64::INFINITY; 2];
    // Eight levels divide the spacing by 16: beyond that, or beyond the cap of nodes, the error is reported as it stands.
    for _ in 0..8 {
        level += 1;
        let Ok(moments) = at(level) else { break };
        let fine = observe(model, state, &mean(moments));
        errors = [0, 1].map(|index| (fine[index] - coarse[index]).abs());
        coarse = fine;
        if errors[0] <= settings.quadrature_tolerance * coarse[0].max(1.0) {
            break;
        }
    }
    Ok(Stability {
        replicon: coarse[0],
        replicon_error: errors[0],
        log_likelihood: coarse[1],
        log_likelihood_error: errors[1],
    })
}

fn observe(model: &Model, state: &State, moments: &Moments) -> [f64; 2] {
    let (Some(extra), Some(pair)) = (
        &moments.stability,
        model.hidden().pair_function(&state.order.q),
    ) else {
        return [f64::NAN; 2];
    };
    let alpha = model.alpha();
    let replicon = spectral_radius(&(state.v.kronecker(&state.v) * &extra.dg_dg * alpha));
    [replicon, alpha * (extra.log_mgf - pair.log_norm())]
}

fn standard_error(values: impl ExactSizeIterator<Item = f64> + Clone) -> f64 {
    let count = values.len() as f64;
    let mean = values.clone().sum::<f64>() / count;
    let variance = values.map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (variance / count).sqrt()
}
