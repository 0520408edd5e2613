//! Strata of the sample signal `u*`: its atoms are enumerated with their weights, so that no path
//! is spent on drawing them.

use super::settings::Sampling;
use crate::model::Model;
use crate::numerics::Matrix;
use crate::numerics::symmetric::square_root;
use nalgebra::DVector;

/// Most atoms that become strata of their own; more are drawn.
const MAX_STRATA: usize = 64;

/// A Gaussian component of `P_u`.
#[derive(Debug, Clone)]
struct Component {
    weight: f64,
    mean: DVector<f64>,
    /// Root of the covariance; `None` for an atom.
    root: Option<Matrix>,
}

/// One stratum: the components that its paths are drawn from, and their probability.
#[derive(Debug, Clone)]
pub(super) struct Stratum {
    /// Probability of the stratum.
    pub weight: f64,
    components: Vec<Component>,
}

/// Coordinates that a path of this stratum spends on `u*`, before those of the noise.
impl Stratum {
    /// Whether a uniform coordinate picks the component.
    pub fn picks(&self) -> bool {
        self.components.len() > 1
    }

    /// Number of normal coordinates of `u*`.
    pub fn normals(&self) -> usize {
        let spread = self.components.iter().any(|c| c.root.is_some());
        if spread {
            self.components[0].mean.len()
        } else {
            0
        }
    }

    /// `u*` of the path with these coordinates.
    pub fn signal(&self, level: f64, normals: &[f64]) -> DVector<f64> {
        let mut total = 0.0;
        let picked = self
            .components
            .iter()
            .find(|component| {
                total += component.weight / self.weight;
                level < total
            })
            .unwrap_or(&self.components[self.components.len() - 1]);
        match &picked.root {
            None => picked.mean.clone(),
            Some(root) => &picked.mean + root * DVector::from_column_slice(normals),
        }
    }
}

/// The strata of a model under a sampling rule.
pub(super) fn strata(model: &Model, sampling: Sampling) -> Vec<Stratum> {
    let all: Vec<Component> = model
        .sample_signals()
        .components()
        .iter()
        .map(|component| Component {
            weight: component.weight,
            mean: component.mean.clone(),
            // A prior checks its covariances, so that the root exists.
            root: component
                .covariance
                .as_ref()
                .and_then(|covariance| square_root(covariance, 1e-9)),
        })
        .collect();
    let drawn = |components: Vec<Component>| {
        vec![Stratum {
            weight: components.iter().map(|c| c.weight).sum(),
            components,
        }]
    };
    if !sampling.strata {
        return drawn(all);
    }
    let kept = if model.is_odd() {
        one_of_each_pair(all)
    } else {
        all
    };
    if kept.len() > MAX_STRATA {
        return drawn(kept);
    }
    kept.into_iter().flat_map(|c| drawn(vec![c])).collect()
}

/// Number of strata.
pub(super) fn count(model: &Model, sampling: Sampling) -> usize {
    strata(model, sampling).len()
}

/// Under `(u*, ω) → −(u*, ω)` every path changes its sign and all products of two stay: one of the
/// atoms `±u*` with the weight of both is enough.
fn one_of_each_pair(components: Vec<Component>) -> Vec<Component> {
    let mut kept: Vec<Component> = Vec::new();
    for component in components {
        let mirrored = -&component.mean;
        let twin = kept.iter_mut().find(|other| {
            component.root.is_none()
                && other.root.is_none()
                && (&other.mean - &mirrored).amax() < 1e-12
        });
        match twin {
            // The zero atom is its own mirror image, and is met only once.
            Some(twin) => twin.weight += component.weight,
            None => kept.push(component),
        }
    }
    kept
}
