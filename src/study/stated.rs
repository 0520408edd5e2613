//! Specifications of the studies that state claims.

use super::spec::SizeOverride;
use crate::occlusion::Objective;
use crate::options::{
    ContrastiveOptions, DmftOptions, FiniteSizeOptions, Grid, MaximumOptions, ModelOptions,
    StartOptions,
};
use crate::spectral::TrainingSettings;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// See [`Study::Stationarity`](super::Study::Stationarity).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct StationarityStudy {
    /// Seed of every random number.
    pub seed: u64,
    /// The models.
    pub cases: Vec<NamedModel>,
    /// Number of visible units.
    pub d: usize,
    /// Instances of each model.
    pub instances: usize,
    /// Tolerances of AMP, falling.
    pub tolerances: Vec<f64>,
}

/// A model of [`StationarityStudy`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct NamedModel {
    /// Its name in the table.
    pub name: String,
    /// The model.
    pub model: ModelOptions,
    /// Part of their way that AMP's weights go [default: 1].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight_damping: Option<f64>,
}

/// See [`Study::Signals`](super::Study::Signals).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SignalStudy {
    /// Seed of every random number.
    pub seed: u64,
    /// Data sets of each case.
    pub draws: usize,
    /// The models.
    pub cases: Vec<SignalCase>,
}

/// A model of [`SignalStudy`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SignalCase {
    /// Its name in the table.
    pub name: String,
    /// The model, its strengths falling.
    pub model: ModelOptions,
    /// Number of columns.
    pub d: usize,
    /// Whether intervals near the threshold are by test inversion, and the next signal is bounded so:
    /// 20 000 draws for each data set.
    pub inversion: bool,
}

/// See [`Study::Escape`](super::Study::Escape).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EscapeStudy {
    /// Seed of every random number.
    pub seed: u64,
    /// The model: one symmetric unit on one signal.
    pub model: ModelOptions,
    /// Samples per visible unit for which the growth of a small overlap is shown.
    pub alphas: Vec<f64>,
    /// Largest number of iterations of a run.
    pub iterations: usize,
    /// Numbers of visible units.
    pub sizes: Vec<usize>,
    /// Instances at each.
    pub instances: usize,
    /// Runs near the threshold.
    pub near: NearThreshold,
}

/// Runs of AMP around the BBP threshold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct NearThreshold {
    /// Strengths.
    pub lambda: Vec<f64>,
    /// Number of visible units.
    pub d: usize,
    /// Instances at each strength.
    pub instances: usize,
}

/// See [`Study::Window`](super::Study::Window).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WindowStudy {
    /// Seed of every random number.
    pub seed: u64,
    /// Samples per visible unit.
    pub alpha: f64,
    /// Numbers of visible units.
    pub sizes: Vec<usize>,
    /// Draws at each size and point.
    pub instances: usize,
    /// Points `(λ − λ_c) d^{1/3}`.
    pub points: Vec<f64>,
}

/// See [`Study::Breaking`](super::Study::Breaking).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BreakingStudy {
    /// Seed of every random number; there is none.
    pub seed: u64,
    /// The model: one unit and one signal. Its `α` is that of the profiles.
    pub model: ModelOptions,
    /// Samples per visible unit of the curves.
    pub alphas: Vec<f64>,
    /// Strengths of the curves.
    pub strengths: Grid,
    /// Strengths at which `x(q)` and the convergence of steps are shown.
    pub profiles: Vec<f64>,
}

/// See [`Study::Maxima`](super::Study::Maxima).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MaximaStudy {
    /// Seed of every random number.
    pub seed: u64,
    /// The models, each with its searches.
    pub cases: Vec<MaximaCase>,
}

/// A model of [`MaximaStudy`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MaximaCase {
    /// Its name in the table.
    pub name: String,
    /// One hidden unit and one signal.
    pub model: ModelOptions,
    /// Sizes, instances and starts.
    pub maximum: MaximumOptions,
    /// Gradient ascent in dynamical mean-field theory, whose overlap drifts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drift: Option<Drift>,
}

/// Gradient ascent in dynamical mean-field theory, in [`MaximaCase`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Drift {
    /// The start.
    #[serde(default)]
    pub start: StartOptions,
    /// How paths are sampled.
    #[serde(default)]
    pub dmft: DmftOptions,
    /// Number of steps.
    pub iterations: usize,
}

/// See [`Study::Starts`](super::Study::Starts).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct StartStudy {
    /// Seed of every random number.
    pub seed: u64,
    /// The model; its `lambda` is multiplied by each strength.
    pub model: ModelOptions,
    /// Strengths.
    pub strengths: Vec<f64>,
    /// Sizes with their numbers of instances.
    pub sizes: Vec<SizeSpec>,
}

/// A size of [`StartStudy`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SizeSpec {
    /// Number of visible units.
    pub d: usize,
    /// Instances at each strength.
    pub instances: usize,
}

/// See [`Study::Units`](super::Study::Units).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct UnitStudy {
    /// Seed of every random number.
    pub seed: u64,
    /// The model, whose number of units varies.
    pub model: ModelOptions,
    /// Numbers of hidden units, rising.
    pub units: Vec<usize>,
    /// Numbers of visible units.
    pub sizes: Vec<usize>,
    /// Instances at each.
    pub instances: usize,
    /// Strengths of two sparse signals.
    pub pairs: Vec<[f64; 2]>,
    /// Shares of their entries that are not 0, for which the joint eigenvalue is shown.
    pub sparsities: Grid,
    /// Those of them at which maximisation begins at aligned units, for the first pair.
    pub looked_at: Vec<f64>,
}

/// See [`Study::Generalisation`](super::Study::Generalisation).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GeneralisationStudy {
    /// Seed of every random number.
    pub seed: u64,
    /// The model: one unit on one signal.
    pub model: ModelOptions,
    /// Strengths at which theory is shown.
    pub strengths: Grid,
    /// Samples per visible unit for which theory is shown, at the model's strength.
    pub alphas: Vec<f64>,
    /// Samples per visible unit for which thresholds are shown.
    pub threshold_alphas: Vec<f64>,
    /// Strengths at which simulations run.
    pub simulated: Vec<f64>,
    /// Their number of visible units.
    pub d: usize,
    /// Instances at each.
    pub instances: usize,
    /// Fresh samples of each instance.
    pub fresh: usize,
}

/// See [`Study::Contrastive`](super::Study::Contrastive).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ContrastiveStudy {
    /// Seed of every random number.
    pub seed: u64,
    /// The model: one unit on one signal, without bias.
    pub model: ModelOptions,
    /// Hidden biases for which theory is shown.
    pub biases: Grid,
    /// The one of them at which machines are trained.
    pub bias: f64,
    /// Differences of fixed points below this are none.
    pub tolerance: f64,
    /// The chains, and how machines are trained.
    pub contrastive: ContrastiveOptions,
}

/// See [`Study::FiniteSize`](super::Study::FiniteSize).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FiniteSizeStudy {
    /// Seed of every random number.
    pub seed: u64,
    /// The model.
    pub model: ModelOptions,
    /// Sizes, algorithm and number of instances.
    pub finite_size: FiniteSizeOptions,
}

/// See [`Study::Occlusion`](super::Study::Occlusion).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OcclusionStudy {
    /// Seed of every random number.
    pub seed: u64,
    /// File of the images, one in each row (see [`read_data`](crate::files::read_data)).
    pub data: PathBuf,
    /// Width of an image, in pixels.
    pub width: usize,
    /// Pixels above this are white.
    pub threshold: f64,
    /// Images for training; the others are completed.
    pub training: usize,
    /// Numbers of hidden units.
    pub units: Vec<usize>,
    /// Random splits of the images.
    pub instances: usize,
    /// The objective is said to complete as well as CD-1 where its error is smaller than this times
    /// that of CD-1.
    pub within: f64,
    /// How the objective is maximised.
    #[serde(default)]
    pub objective: Objective,
    /// Contrastive divergence: CD-1 and persistent chains.
    pub divergence: Divergence,
}

/// Training by contrastive divergence, in [`OcclusionStudy`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Divergence {
    /// Passes over the images.
    pub epochs: usize,
    /// Passes of a persistent chain that goes on from the weights of the objective.
    pub further: usize,
    /// Images of a step.
    pub batch: usize,
    /// First rate.
    pub rate: f64,
    /// Last rate as a part of the first.
    pub decay: f64,
}

impl Divergence {
    /// Settings of so many hidden units and epochs.
    pub(super) fn settings(&self, units: usize, epochs: usize) -> TrainingSettings {
        TrainingSettings {
            hidden_units: units,
            epochs,
            batch: self.batch,
            rate: self.rate,
            ..TrainingSettings::default()
        }
    }
}

impl EscapeStudy {
    pub(super) fn resize(&mut self, size: SizeOverride) {
        (self.seed, self.instances) = size.over(self.seed, self.instances);
        size.replace(&mut self.sizes);
        self.near.instances = size.instances.unwrap_or(self.near.instances);
        self.near.d = size.d.unwrap_or(self.near.d);
    }
}
