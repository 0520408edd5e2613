//! Boundaries of the replica-symmetric solution along one control parameter: where the replicon
//! reaches 1 (de Almeida–Thouless line), where the overlap vanishes (weak recovery), where the
//! solution turns back or ends, and where it overtakes the solution without overlap (first-order
//! jump).
//!
//! The branch is followed from strong signals downwards, each point from its neighbour: a search
//! from a far start may leave the domain where the solution still exists. Every boundary that is a
//! root of something is located by Brent's method and the quantity recomputed there. At an end
//! nothing vanishes, only the theory ceases to be defined: it is given as the interval in which it
//! lies.

mod crossing;
mod ending;
mod replicon;
#[cfg(test)]
mod tests;

pub use crossing::{held_out_boundary, mixing_boundary};

use super::baselines::bbp_threshold;
use super::continuation::ModelPath;
use super::decoupled::{decouples, scalar_model};
use super::settings::FixedPointSettings;
use super::state_evolution::Departure;
use crate::error::{Error, Result};
use crate::model::Model;
use crate::numerics::brent::{BrentFailure, bracketed_root};
use nalgebra::SymmetricEigen;
use schemars::JsonSchema;
use serde::Serialize;

/// The control parameter that is varied to meet a boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Control {
    /// A common factor on all signal strengths `λ_1 … λ_r` of the model.
    Strength,
    /// Samples per visible unit, `α`.
    Alpha,
}

impl Control {
    /// Name in tables and studies.
    pub fn name(self) -> &'static str {
        match self {
            Self::Strength => "strength",
            Self::Alpha => "alpha",
        }
    }

    /// The model with this control parameter changed.
    ///
    /// # Errors
    /// A value at which there is no model.
    pub fn model(self, model: &Model, value: f64) -> Result<Model> {
        match self {
            Self::Strength => model.with_strength(value),
            Self::Alpha => model.with_alpha(value),
        }
    }
}

/// A located boundary.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, JsonSchema)]
pub struct Boundary {
    /// Value of the control parameter.
    pub value: f64,
    /// Interval in which it lies.
    pub interval: [f64; 2],
    /// What vanishes at `value`, recomputed: `|replicon − 1|`, `|dp/ds|` at folds and onsets, the
    /// difference of `ℓ` at a jump; `None` for the end of the solution, which is no root.
    pub residual: Option<f64>,
}

/// Why a boundary was not located.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NotLocated {
    /// No stable fixed point in the whole range.
    #[error(
        "no stable fixed point from {from} to {to} (for alpha ≤ 1 there is none at any strength)"
    )]
    NoStableSolution {
        /// Lower end of the range.
        from: f64,
        /// Upper end.
        to: f64,
    },
    /// Stable down to the lower end of the range.
    #[error("stable down to {from}, the lower end of the range")]
    StableThroughout {
        /// Lower end of the range.
        from: f64,
    },
    /// The branch ends while it is still stable.
    #[error("the solution ends between {from} and {to} before its replicon reaches 1")]
    EndsStable {
        /// Last value without a solution.
        from: f64,
        /// First value with a stable one.
        to: f64,
    },
    /// The branch leaves the range before it happens.
    #[error("the solution goes on beyond {at}, the end of the range")]
    GoesOn {
        /// End of the range.
        at: f64,
    },
    /// The replicon touches 1 and stays there: no sign changes.
    #[error(
        "the replicon reaches 1 between {from} and {to} and stays there (Gaussian units: at the BBP threshold)"
    )]
    Marginal {
        /// A value with replicon 1.
        from: f64,
        /// A stable value.
        to: f64,
    },
    /// The branch has nothing of the kind.
    #[error("there is none: the solution {0}")]
    Absent(String),
    /// No search in the range found the solution, for reasons that are none of its own.
    #[error("no search found the solution from {from} to {to}: the last one ended as {outcome}")]
    SearchFailed {
        /// Lower end of the range.
        from: f64,
        /// Upper end.
        to: f64,
        /// Outcome of the search at the upper end.
        outcome: &'static str,
    },
    /// Not asked for.
    #[error("not asked for")]
    NotAsked,
    /// The root finder met a point without a fixed point, or a jump.
    #[error("no root was found: {0}")]
    NoRoot(#[from] BrentFailure),
    /// The branch could not be followed.
    #[error("the branch could not be followed beyond {0}")]
    Lost(f64),
}

impl NotLocated {
    /// Whether the solution is known to have no such boundary in the range, rather than that it was
    /// not found.
    pub fn is_absence(&self) -> bool {
        !matches!(
            self,
            Self::NoRoot(_) | Self::Lost(_) | Self::SearchFailed { .. }
        )
    }
}

/// A boundary, or why there is no number.
pub type Located = std::result::Result<Boundary, NotLocated>;

/// Writes a boundary as programs read it.
fn located<S: serde::Serializer>(
    boundary: &Located,
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    match boundary {
        Ok(boundary) => BoundaryView::Found(*boundary),
        Err(failure) => BoundaryView::NotLocated {
            value: (),
            reason: failure.to_string(),
        },
    }
    .serialize(serializer)
}

/// A boundary, or why there is no number.
#[derive(serde::Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Located")]
enum BoundaryView {
    /// Where it is.
    Found(Boundary),
    /// There is no number.
    NotLocated {
        /// Always null.
        value: (),
        /// Why.
        reason: String,
    },
}

/// The boundaries met along one control parameter, from above.
#[derive(Debug, Clone, serde::Serialize, JsonSchema)]
pub struct Boundaries {
    /// Where the replicon is 1.
    #[serde(serialize_with = "located")]
    #[schemars(with = "BoundaryView")]
    pub at: Located,
    /// Where the branch with overlap turns back: below, no solution with overlap exists.
    #[serde(serialize_with = "located")]
    #[schemars(with = "BoundaryView")]
    pub fold: Located,
    /// Where the objectives of the branch with overlap and of the solution without are equal: a
    /// first-order jump.
    #[serde(serialize_with = "located")]
    #[schemars(with = "BoundaryView")]
    pub jump: Located,
    /// Where the overlap vanishes: weak recovery of state evolution. Where the branch turns back
    /// before, the solution without overlap is stable in state evolution up to here.
    #[serde(serialize_with = "located")]
    #[schemars(with = "BoundaryView")]
    pub onset: Located,
    /// Where the solution with overlap ends, because the theory is no longer defined.
    #[serde(serialize_with = "located")]
    #[schemars(with = "BoundaryView")]
    pub end: Located,
    /// Where the joint eigenvalue of aligned units passes 1: on one side of it they are a saddle,
    /// and units that mix signals lead. Only for units that decouple.
    #[serde(serialize_with = "located")]
    #[schemars(with = "BoundaryView")]
    pub mixing: Located,
}

/// Locates the boundaries of the models on `path` within `range`, to `tolerance` in the control
/// parameter; beyond the de Almeida–Thouless point only if `whole` (it costs a continuation of the
/// branch to its end). Units that decouple are followed one by one: the first of them to turn
/// unstable, or to end, decides.
///
/// # Errors
/// A range that is empty, reversed or not positive, or values at which there is no model.
pub fn boundaries(
    path: ModelPath,
    range: [f64; 2],
    tolerance: f64,
    whole: bool,
    settings: &FixedPointSettings,
) -> Result<Boundaries> {
    let [from, to] = range;
    if !(from.is_finite() && to.is_finite() && 0.0 < from && from < to) {
        let allowed = "must rise from a positive first to a last value";
        return Err(Error::invalid("range", format!("{from} to {to}"), allowed));
    }
    let follow = |path: ModelPath| follow(path, range, tolerance, whole, settings);
    let model = path(to)?;
    if model.units() == 1 || !decouples(&model) {
        return follow(path);
    }
    let signals = model.strongest_signals();
    let none = NotLocated::NoStableSolution { from, to };
    if signals.len() < model.units() {
        // A unit without a signal sees pure noise, which has no stable solution.
        return Ok(Boundaries::none(&none));
    }
    let mut all: Option<Boundaries> = None;
    for signal in signals {
        let own = follow(&|value| {
            let model = path(value)?;
            scalar_model(&model, model.lambda()[signal])
        })?;
        all = Some(match all {
            None => own,
            Some(all) => all.or_before(own),
        });
    }
    let mixing = mixing_boundary(path, range, tolerance, settings)?;
    Ok(Boundaries {
        mixing,
        ..all.unwrap_or_else(|| Boundaries::none(&none))
    })
}

fn follow(
    path: ModelPath,
    range: [f64; 2],
    tolerance: f64,
    whole: bool,
    settings: &FixedPointSettings,
) -> Result<Boundaries> {
    let settings = &settings.for_branches(path(range[1])?.units());
    let line = replicon::Line::new(path, settings);
    let (at, top) = line.locate(range, tolerance)?;
    let mut found = Boundaries {
        at,
        ..Boundaries::none(&NotLocated::NotAsked)
    };
    if whole {
        match top {
            Some(top) => ending::follow_to_end(path, range, tolerance, top, settings, &mut found)?,
            None => {
                let reason = found.at.clone().err().unwrap_or(NotLocated::NotAsked);
                found = Boundaries {
                    at: found.at.clone(),
                    ..Boundaries::none(&reason)
                }
            }
        }
    }
    Ok(found)
}

impl Boundaries {
    fn none(failure: &NotLocated) -> Self {
        let none = || Err(failure.clone());
        Self {
            at: none(),
            fold: none(),
            jump: none(),
            onset: none(),
            end: none(),
            mixing: Err(NotLocated::NotAsked),
        }
    }

    /// What is met first from above.
    fn or_before(self, other: Self) -> Self {
        Self {
            at: first_met(self.at, other.at, false),
            fold: first_met(self.fold, other.fold, true),
            jump: first_met(self.jump, other.jump, true),
            onset: first_met(self.onset, other.onset, true),
            end: first_met(self.end, other.end, false),
            mixing: Err(NotLocated::NotAsked),
        }
    }
}

/// The larger of two boundaries, which is met first from above; what was not located hides the
/// other, unless it is known not to lie in the range. A unit that never has an overlap hides where
/// the joint solution is stable or ends, but (`each`) not what happens to the others.
fn first_met(a: Located, b: Located, each: bool) -> Located {
    let elsewhere = |failure: &NotLocated| match failure {
        NotLocated::StableThroughout { .. } | NotLocated::GoesOn { .. } | NotLocated::Absent(_) => {
            true
        }
        NotLocated::NoStableSolution { .. } => each,
        _ => false,
    };
    match (a, b) {
        (Ok(a), Ok(b)) => Ok(if a.value >= b.value { a } else { b }),
        (Ok(found), Err(failure)) | (Err(failure), Ok(found)) if elsewhere(&failure) => Ok(found),
        (Err(failure), _) | (_, Err(failure)) => Err(failure),
    }
}

/// Where the strongest spike of the data leaves the bulk, `α λ̃⁴ = 1` (BBP; theory.md section 1),
/// along a path: `λ̃²` is the largest eigenvalue of `Λ E[uu^T] Λ`. Principal components have no
/// overlap with any signal below.
///
/// # Errors
/// Values at which there is no model.
pub fn bbp_boundary(path: ModelPath, range: [f64; 2], tolerance: f64) -> Result<Located> {
    // Errors of the ends are the user's; between them there is a model.
    for value in range {
        path(value)?;
    }
    let excess = |value: f64| match path(value) {
        Ok(model) => strongest_spike(&model) / bbp_threshold(model.alpha()) - 1.0,
        Err(_) => f64::NAN,
    };
    let [from, to] = range;
    if excess(from) > 0.0 && excess(to) > 0.0 {
        return Ok(Err(NotLocated::GoesOn { at: from }));
    }
    if excess(from) < 0.0 && excess(to) < 0.0 {
        let below = "of principal components: the range lies below the threshold";
        return Ok(Err(NotLocated::Absent(below.into())));
    }
    let found = bracketed_root(excess, from, to, 0.1 * tolerance, 1e-9);
    Ok(found.map_err(NotLocated::from).map(|value| Boundary {
        value,
        interval: [value - tolerance, value + tolerance],
        residual: Some(excess(value).abs()),
    }))
}

/// `λ̃`, the strength of the strongest independent spike of the data.
fn strongest_spike(model: &Model) -> f64 {
    let lambda = model.lambda_matrix();
    let correlation = model.sample_signals().correlation();
    SymmetricEigen::new(&lambda * correlation * &lambda)
        .eigenvalues
        .max()
        .max(0.0)
        .sqrt()
}

/// How a departure ends a solution, in a few words.
fn ends_by(departure: &Departure) -> String {
    format!("ends before: {departure}")
}
