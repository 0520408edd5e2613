//! Whether a fixed point may be trusted: replicon (de Almeida–Thouless), joint eigenvalue of state
//! evolution; and its objective (theory.md section 3).

pub use crate::fixed_point::Nature;

use super::moments::Moments;
use super::settings::FixedPointSettings;
use super::state_evolution::{Departure, State, StateEvolution, mean};
use super::unknowns::Shape;
use crate::fixed_point::{Description, Measured, nature};
use crate::model::Model;
use crate::numerics::nullable;
use crate::numerics::symmetric::spectral_radius;
use nalgebra::DVector;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Levels of the quadrature beyond that of the fixed point to which replicon and objective are
/// refined.
const FINER_LEVELS: u32 = 8;

/// Levels below it at which that refinement begins.
const COARSER_LEVELS: u32 = 2;

/// Errors of a quadrature along its levels, by the differences between neighbouring ones.
///
/// A trapezoid rule converges exponentially: each difference is a smaller part `q` of the one before
/// it than that was, so that the error of the finer grid of two is at most `q/(1 − q)` of their
/// difference. It is taken to be `2q` of it, at least a hundredth and at most the whole.
#[derive(Debug, Clone, Copy)]
pub(super) struct LevelErrors {
    /// The smallest difference so far.
    pub best: f64,
    last: f64,
}

impl Default for LevelErrors {
    fn default() -> Self {
        Self {
            best: f64::INFINITY,
            last: f64::INFINITY,
        }
    }
}

impl LevelErrors {
    /// Error of the finer of two levels with this difference.
    pub fn of_finer(&mut self, difference: f64) -> f64 {
        let part = if self.last.is_finite() && self.last > 0.0 {
            (2.0 * difference / self.last).clamp(0.01, 1.0)
        } else {
            1.0
        };
        self.last = difference;
        self.best = self.best.min(difference);
        part * difference
    }
}

/// Length, relative to the largest unknown, of the step by which the change of replicon and
/// objective along an error is measured.
const PROBE: f64 = 1e-6;

/// Stability of the replica-symmetric fixed point, and its objective.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Stability {
    /// Spectral radius of `α (K⊗K) E[∂g⊗∂g]`. Below 1 replica symmetry holds at this fixed point;
    /// above 1 its numbers are approximations.
    #[serde(with = "nullable")]
    #[schemars(with = "Option<f64>")]
    pub replicon: f64,
    /// Estimated error of the replicon, by quadrature and by the error of the order parameters.
    #[serde(with = "nullable")]
    #[schemars(with = "Option<f64>")]
    pub replicon_error: f64,
    /// Largest real part of an eigenvalue of the derivative of the undamped map, over all
    /// directions of `M`, `Q`, `V` but those of a continuous symmetry. Above 1 the fixed point is a
    /// saddle: `M` and `Q` run away from it.
    #[serde(with = "nullable")]
    #[schemars(with = "Option<f64>")]
    pub joint_eigenvalue: f64,
    /// Its estimated error.
    #[serde(with = "nullable")]
    #[schemars(with = "Option<f64>")]
    pub joint_eigenvalue_error: f64,
    /// `ℓ = α E[η1(z)] − α η2(Q)`: objective per visible unit.
    pub log_likelihood: f64,
    /// Its estimated error, by quadrature and by the error of the order parameters.
    #[serde(with = "nullable")]
    #[schemars(with = "Option<f64>")]
    pub log_likelihood_error: f64,
}

impl Stability {
    /// Of the joint eigenvalue, and of replicon and objective as [`observables`] gives them.
    pub(super) fn new(
        joint_eigenvalue: Measured,
        [replicon, log_likelihood]: [Measured; 2],
    ) -> Self {
        Self {
            replicon: replicon.value,
            replicon_error: replicon.error,
            joint_eigenvalue: joint_eigenvalue.value,
            joint_eigenvalue_error: joint_eigenvalue.error,
            log_likelihood: log_likelihood.value,
            log_likelihood_error: log_likelihood.error,
        }
    }

    /// Of the description of a fixed point; what that does not have is not a number.
    pub(super) fn of(description: &Description) -> Self {
        let unknown = Measured {
            value: f64::NAN,
            error: f64::INFINITY,
        };
        Self::new(
            description.eigenvalue.unwrap_or(unknown),
            [
                description.replicon.unwrap_or(unknown),
                description.objective,
            ],
        )
    }

    /// Whether the fixed point is a solution to trust: replica symmetric, and no saddle. Errors
    /// count against it.
    pub fn is_stable(&self) -> bool {
        self.nature() == Nature::Stable
    }

    /// Whether the joint eigenvalue is beyond 1, by more than its own error.
    pub fn is_saddle(&self) -> bool {
        self.nature() == Nature::Saddle
    }

    /// What the fixed point is.
    pub fn nature(&self) -> Nature {
        let replicon = Measured {
            value: self.replicon,
            error: self.replicon_error,
        };
        let eigenvalue = Measured {
            value: self.joint_eigenvalue,
            error: self.joint_eigenvalue_error,
        };
        // Both numbers are there.
        nature(Some(replicon), Some(eigenvalue)).unwrap_or(Nature::Marginal)
    }
}

/// How far the fixed point may lie from the state that was found.
pub(super) enum Shift {
    /// Deterministic errors, each a displacement of the unknowns: those by quadrature and by the
    /// residual.
    Estimated(Vec<DVector<f64>>),
    /// The displacement to the fixed point of each randomisation.
    Sampled(Vec<DVector<f64>>),
}

/// Replicon and objective of `state`, in this order.
///
/// With the tensor rule both are refined on their own error, because near `V D → 1` the replicon
/// needs a finer grid than the order parameters; the change along each estimated displacement of
/// the state is added. With quasi-Monte Carlo the spread over randomisations, each at its own fixed
/// point, is the standard error.
///
/// # Errors
/// The departure, where the expectations are not defined at the coarsest grid.
pub(super) fn observables(
    model: &Model,
    state: &State,
    settings: &FixedPointSettings,
    level: u32,
    shift: &Shift,
) -> Result<[Measured; 2], Departure> {
    let probe = Probe {
        model,
        settings,
        state,
        shape: Shape::of(model),
    };
    match shift {
        Shift::Sampled(displacements) => probe.sampled(displacements),
        Shift::Estimated(displacements) => probe.refined(level, displacements),
    }
}

struct Probe<'a> {
    model: &'a Model,
    settings: &'a FixedPointSettings,
    state: &'a State,
    shape: Shape,
}

impl Probe<'_> {
    fn evolution(&self, level: u32) -> StateEvolution<'_> {
        let quadrature = self.settings.quadrature(self.model.units(), level);
        StateEvolution {
            model: self.model,
            quadrature,
        }
    }

    fn at(&self, state: &State, level: u32) -> Result<[f64; 2], Departure> {
        let moments = mean(self.evolution(level).stability_moments(state)?);
        Ok(observe(self.model, state, &moments))
    }

    fn moved(&self, displacement: &DVector<f64>) -> State {
        let x = self.shape.pack(&self.state.order, &self.state.v);
        self.shape.unpack(&(x + displacement))
    }

    fn refined(
        &self,
        level: u32,
        displacements: &[DVector<f64>],
    ) -> Result<[Measured; 2], Departure> {
        let first = level.saturating_sub(COARSER_LEVELS);
        let mut values = self.at(self.state, first)?;
        let (mut errors, mut levels) = ([f64::INFINITY; 2], [LevelErrors::default(); 2]);
        for finer in first + 1..=level + FINER_LEVELS {
            // Beyond the cap of nodes the error is reported as it stands.
            let Ok(fine) = self.at(self.state, finer) else {
                break;
            };
            errors =
                [0, 1].map(|index| levels[index].of_finer((fine[index] - values[index]).abs()));
            values = fine;
            if errors[0] <= self.settings.quadrature_tolerance * values[0].max(1.0) {
                break;
            }
        }
        // How they change with the state, on a grid that shows it.
        let probed = level.saturating_sub(1);
        let here = self.at(self.state, probed)?;
        let scale = self.state.order.q.amax().max(1.0);
        for displacement in displacements {
            let length = displacement.amax();
            if length == 0.0 {
                continue;
            }
            let step = PROBE * scale / length;
            // Towards either side: one of them may leave the domain.
            let there = [step, -step]
                .into_iter()
                .find_map(|step| self.at(&self.moved(&(displacement * step)), probed).ok());
            for index in 0..2 {
                errors[index] += match there {
                    Some(there) => (there[index] - here[index]).abs() / step,
                    None => f64::INFINITY,
                };
            }
        }
        errors[1] += self.rounding(values[1]);
        Ok([0, 1].map(|index| Measured {
            value: values[index],
            error: errors[index],
        }))
    }

    /// Digits that the difference `α E[η1] − α η2` loses.
    fn rounding(&self, objective: f64) -> f64 {
        let pair = self.model.hidden().pair_function(&self.state.order.q);
        let size = pair.map_or(0.0, |pair| (self.model.alpha() * pair.log_norm()).abs());
        4.0 * f64::EPSILON * (2.0 * size + objective.abs())
    }

    fn sampled(&self, displacements: &[DVector<f64>]) -> Result<[Measured; 2], Departure> {
        let values = self.at(self.state, 0)?;
        let evolution = self.evolution(0);
        let parts: Vec<[f64; 2]> = displacements
            .iter()
            .enumerate()
            .map(|(index, displacement)| {
                let state = self.moved(displacement);
                match evolution.stability_moments_of(&state, index) {
                    Ok(moments) => observe(self.model, &state, &moments),
                    // A randomisation without a fixed point leaves the error unknown.
                    Err(_) => [f64::INFINITY; 2],
                }
            })
            .collect();
        Ok([0, 1].map(|index| Measured {
            value: values[index],
            error: standard_error(parts.iter().map(|part| part[index])),
        }))
    }
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

/// Standard error of a mean; infinite where a value is.
pub(super) fn standard_error(values: impl ExactSizeIterator<Item = f64> + Clone) -> f64 {
    let count = values.len() as f64;
    let mean = values.clone().sum::<f64>() / count;
    if !mean.is_finite() {
        return f64::INFINITY;
    }
    let variance = values.map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (variance / count).sqrt()
}
