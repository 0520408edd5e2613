//! How an RBM is trained by contrastive divergence.

use super::chain::Chain;
use crate::error::{Error, Result, require_between, require_fraction};
use crate::hidden::HiddenUnits;
use crate::law::Law;
use crate::numerics::Matrix;
use crate::simulation::Size;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most epochs.
const MOST_EPOCHS: usize = 1_000_000;

/// Time of an epoch, at momentum 0, unless the settings have a rate or stability asks for less.
const USUAL_RATE: f64 = 0.3;

/// Where the negative phase of learning comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Negative {
    /// From sampled chains.
    Chain(Chain),
    /// Exactly, by listing the hidden states: ascent of the likelihood.
    Exact,
}

impl Default for Negative {
    /// CD-1.
    fn default() -> Self {
        Self::Chain(Chain::default())
    }
}

impl Negative {
    /// Short name, as `cd-1` and `exact`.
    pub fn name(&self) -> String {
        match self {
            Self::Chain(chain) => chain.name(),
            Self::Exact => "exact".into(),
        }
    }
}

/// Visible units of the RBM that is trained; the theory does not tell them apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
pub enum VisibleLaw {
    /// Normal, `N(0, 1)`: negative phases are drawn without drawing the units.
    #[default]
    Gaussian,
    /// ±1: each unit is drawn.
    Rademacher,
}

impl VisibleLaw {
    /// As a law.
    pub fn law(self) -> Law {
        match self {
            Self::Gaussian => Law::Gaussian,
            Self::Rademacher => Law::rademacher(),
        }
    }
}

/// How the batches of an epoch are chosen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
pub enum Batches {
    /// Every sample once, in random order: the noise of the data cancels within an epoch.
    #[default]
    Reshuffled,
    /// Drawn with replacement.
    Replacement,
}

/// Settings of training by contrastive divergence.
///
/// An update on a batch of `B` samples is `ΔW = κ (n/B) Σ_B (x f(z)^T − v f(z')^T)/√d`, a step `κ` of
/// gradient ascent in the mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ContrastiveSettings {
    /// The negative phase.
    pub negative: Negative,
    /// The visible units.
    pub visible: VisibleLaw,
    /// Samples of an update; all of them without. Samples move in runs of 16 neighbours: data of
    /// one's own should be in random order.
    pub batch: Option<usize>,
    /// How batches are chosen.
    pub batches: Batches,
    /// Number of passes over as many samples as there are.
    pub epochs: usize,
    /// `κ n/B` in the first epochs: the learning time of an epoch, where `κ` is one of an update.
    /// Sampling noise grows with it whatever the batch (see
    /// [`sampling_excess`](super::sampling_excess)). `None`: 0.3, or less where half of the
    /// stability bound of gradient ascent at the start is less.
    pub rate: Option<f64>,
    /// Part of the epochs during which the rate is constant; then it falls geometrically.
    pub hold: f64,
    /// The last rate as a part of the first.
    pub decay: f64,
    /// Momentum `β`: updates are `U ← βU + ΔW`, `W ← W + U`, so that rates are in effect
    /// `κ/(1 − β)`.
    pub momentum: f64,
    /// Number of last epochs over whose ends the weights are averaged: 1 for the last weights.
    pub average: usize,
    /// Change of an overlap over the last quarter of the learning time below which training has
    /// settled.
    pub tolerance: f64,
}

impl Default for ContrastiveSettings {
    /// CD-1 with normal visible units on all samples at once: 120 epochs, half of them at constant
    /// rate, which then falls to a hundredth.
    fn default() -> Self {
        Self {
            negative: Negative::default(),
            visible: VisibleLaw::Gaussian,
            batch: None,
            batches: Batches::Reshuffled,
            epochs: 120,
            rate: None,
            hold: 0.5,
            decay: 0.01,
            momentum: 0.0,
            average: 1,
            tolerance: 0.01,
        }
    }
}

impl ContrastiveSettings {
    /// Checks every field for `n` samples; whether a rate is stable depends on the start.
    ///
    /// # Errors
    /// Names the field outside of its range.
    pub fn validate(&self, n: usize) -> Result<()> {
        if let Negative::Chain(chain) = &self.negative {
            chain.validate()?;
        }
        let within = |field: &str, value: usize, most: usize, what: &str| {
            if (1..=most).contains(&value) {
                return Ok(());
            }
            let allowed = format!("must lie in 1..={most}, {what}");
            Err(Error::invalid(field, value, allowed))
        };
        within("batch", self.batch_of(n), n, "the number of samples")?;
        within(
            "epochs",
            self.epochs,
            MOST_EPOCHS,
            "the most that is served",
        )?;
        within("average", self.average, self.epochs, "the number of epochs")?;
        self.rate
            .map_or(Ok(()), |rate| require_between("rate", rate, 1e-9, 1e3))?;
        require_fraction("decay", self.decay)?;
        require_between("tolerance", self.tolerance, 1e-12, 1.0)?;
        if !(0.0..=1.0).contains(&self.hold) {
            return Err(Error::invalid("hold", self.hold, "must lie in [0, 1]"));
        }
        if !(0.0..1.0).contains(&self.momentum) {
            let allowed = "must lie in [0, 1): at 1 nothing is ever forgotten";
            return Err(Error::invalid("momentum", self.momentum, allowed));
        }
        Ok(())
    }

    /// Samples of an update, out of `n`.
    pub fn batch_of(&self, n: usize) -> usize {
        self.batch.unwrap_or(n)
    }

    /// `κ n/B` of the first epochs, for training on data of that size that begins at self-overlap
    /// `q`.
    ///
    /// # Errors
    /// Names `step`: a rate whose `κ` gradient ascent with this momentum would not be stable at.
    pub fn first_rate(&self, hidden: &HiddenUnits, size: Size, q: &Matrix) -> Result<f64> {
        let alpha = size.alpha();
        let updates = size.n as f64 / self.batch_of(size.n) as f64;
        // Heavy-ball ascent is stable up to (1 + β) times the bound without momentum.
        let gain = 1.0 + self.momentum;
        match self.rate {
            Some(rate) => {
                hidden.check_step(alpha, rate / updates / gain, q)?;
                Ok(rate)
            }
            None => {
                let stable = hidden.stable_step(alpha, std::slice::from_ref(q)) * gain * updates;
                Ok(stable.min(USUAL_RATE * (1.0 - self.momentum)))
            }
        }
    }

    /// The rate of an epoch, from 0, where the first is `first`.
    pub fn rate_at(&self, epoch: usize, first: f64) -> f64 {
        let held = self.hold * self.epochs as f64;
        let falling = (self.epochs as f64 - held - 1.0).max(1.0);
        let part = ((epoch as f64 - held) / falling).clamp(0.0, 1.0);
        first * self.decay.powf(part)
    }
}
