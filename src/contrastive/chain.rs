//! The sampled chain of contrastive divergence, and its mean negative phase in the limit
//! (theory.md section 11).
//!
//! For `d → ∞` the chain runs on the hidden states alone. With `h_0 ~ p_0`,
//!
//! ```text
//! z_t = Q h_{t−1} + N(0, Q),   h_t ~ P(h | z_t),   H = E[h_{j−1} f(z_j)^T] + E[D(z_j)]
//! ```
//!
//! and `√d E[v h_j^T] → W H`. Where `p_0` is the law of the model, `H = ⟨h h^T⟩_Q`.

use crate::error::{Error, Result};
use crate::hidden::HiddenUnits;
use crate::numerics::Matrix;
use crate::numerics::symmetric::square_root;
use nalgebra::{DVector, SVector};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// Most steps of a chain.
const MOST_STEPS: usize = 100_000;

/// Most hidden states of a chain in the limit: all pairs of them are kept.
const MOST_STATES: usize = 512;

/// Most hidden units: averages over their fields are sums over a grid.
pub(super) const MOST_UNITS: usize = 3;

/// Standard deviations after which a Gaussian tail is dropped.
const TAIL: f64 = 8.4;

/// Grid spacing for one, two and three units, in the length over which the denoiser varies: by the
/// poles of `tanh` at distance π/2, sums are good to 1e-21, 1e-12 and 3e-9.
const SPACING: [f64; MOST_UNITS] = [0.2, 0.35, 0.5];

/// A chain of contrastive divergence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Chain {
    /// Steps `j` between updates: each draws all visible units, then all hidden ones.
    pub steps: usize,
    /// Whether the chains go on from update to update. In the limit of slow learning they then
    /// have the law of the model, and the gradient is that of the likelihood.
    pub persistent: bool,
    /// Where chains begin.
    pub start: ChainStart,
    /// What stands for the visible units of a step.
    pub visible: Reconstruction,
}

/// Where a chain begins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChainStart {
    /// At hidden states drawn given the samples of the batch.
    #[default]
    Data,
    /// At hidden states drawn uniformly: no contrastive divergence, but what a chain that does not
    /// begin at the data does.
    Uniform,
}

/// What stands for the visible units of a step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reconstruction {
    /// Visible units that are drawn.
    #[default]
    Samples,
    /// Their means given the hidden ones: a cheaper update with another fixed point.
    Means,
}

impl Default for Chain {
    /// CD-1.
    fn default() -> Self {
        Self {
            steps: 1,
            persistent: false,
            start: ChainStart::Data,
            visible: Reconstruction::Samples,
        }
    }
}

impl Chain {
    /// CD-`steps`.
    pub fn of_steps(steps: usize) -> Self {
        Self {
            steps,
            ..Self::default()
        }
    }

    /// Checks the number of steps.
    ///
    /// # Errors
    /// Names `steps`.
    pub fn validate(&self) -> Result<()> {
        if (1..=MOST_STEPS).contains(&self.steps) {
            return Ok(());
        }
        let allowed = format!(
            "must lie in 1..={MOST_STEPS}: a chain needs a step, since CD-0 would learn nothing but the data's own correlations"
        );
        Err(Error::invalid("steps", self.steps, allowed))
    }

    /// Its name: `cd-1`, `pcd-1`, and what differs from these, as in `cd-1-uniform` and
    /// `cd-1-means`. It can be read back.
    pub fn name(&self) -> String {
        let kind = if self.persistent { "pcd" } else { "cd" };
        let start = match self.start {
            ChainStart::Data => "",
            ChainStart::Uniform => "-uniform",
        };
        let visible = match self.visible {
            Reconstruction::Samples => "",
            Reconstruction::Means => "-means",
        };
        format!("{kind}-{}{start}{visible}", self.steps)
    }

    /// Whether the fixed point needs the mean posterior of the data.
    fn begins_at_data(&self) -> bool {
        !self.persistent && self.start == ChainStart::Data
    }

    /// The mean negative phase `H` (k×k) at self-overlap `q`, where `posterior` is the mean of
    /// `P(h|x)` over the data, in the order of [`HiddenUnits::states`]; it is not symmetric in
    /// general. Persistent chains have the stationary law of their steps: `⟨h h^T⟩_Q` with drawn
    /// visible units. `None` where `q` is not a covariance.
    ///
    /// # Errors
    /// Names `steps`, `hidden` or `units`: no step, hidden units whose states can't be listed, more
    /// than 3 of them or than 512 states, or a posterior of another length.
    pub fn negative_phase(
        &self,
        hidden: &HiddenUnits,
        q: &Matrix,
        posterior: &[f64],
    ) -> Result<Option<Matrix>> {
        self.validate()?;
        let states = listed(hidden)?;
        if self.begins_at_data() && posterior.len() != states.len() {
            return Err(Error::Shape {
                field: "posterior".into(),
                got: posterior.len().to_string(),
                expected: format!("{}, one for each hidden state", states.len()),
            });
        }
        if q.shape() != (hidden.units(), hidden.units()) {
            return Err(Error::Shape {
                field: "Q".into(),
                got: format!("{} × {}", q.nrows(), q.ncols()),
                expected: format!("{0} × {0}", hidden.units()),
            });
        }
        Ok(self.mean(hidden, q, posterior))
    }

    /// As [`Chain::negative_phase`], of what has been checked.
    pub(super) fn mean(
        &self,
        hidden: &HiddenUnits,
        q: &Matrix,
        posterior: &[f64],
    ) -> Option<Matrix> {
        let exact = self.persistent && self.visible == Reconstruction::Samples;
        if exact {
            return Some(hidden.pair_function(q)?.second_moment().clone());
        }
        let moves =
            crate::with_units!(hidden.units(), K => Moves::new::<K>(hidden, q, self.visible))?;
        let count = moves.phases.len();
        let uniform = DVector::from_element(count, 1.0 / count as f64);
        let law = match (self.persistent, self.start) {
            (true, _) => moves.stationary(uniform)?,
            (false, ChainStart::Uniform) => moves.after(uniform, self.steps - 1),
            (false, ChainStart::Data) => {
                moves.after(DVector::from_column_slice(posterior), self.steps - 1)
            }
        };
        let mut phase = Matrix::zeros(q.nrows(), q.ncols());
        for (share, own) in law.iter().zip(&moves.phases) {
            phase += own * *share;
        }
        Some(phase)
    }
}

impl FromStr for Chain {
    type Err = Error;

    /// Reads what [`Chain::name`] writes.
    fn from_str(name: &str) -> Result<Self> {
        let refuse = || {
            let allowed = "must be cd-J or pcd-J with J steps, and -uniform or -means behind where wanted: cd-1, pcd-1, cd-1-means";
            Error::invalid("chains", format_args!("\"{name}\""), allowed)
        };
        let mut parts = name.split('-');
        let persistent = match parts.next() {
            Some("cd") => false,
            Some("pcd") => true,
            _ => return Err(refuse()),
        };
        let steps = parts.next().and_then(|steps| steps.parse().ok());
        let mut chain = Self {
            steps: steps.ok_or_else(refuse)?,
            persistent,
            ..Self::default()
        };
        for part in parts {
            match part {
                "uniform" => chain.start = ChainStart::Uniform,
                "means" => chain.visible = Reconstruction::Means,
                _ => return Err(refuse()),
            }
        }
        chain.validate()?;
        Ok(chain)
    }
}

/// The states, where a chain on them can be followed in the limit.
pub(crate) fn listed(hidden: &HiddenUnits) -> Result<&[(f64, DVector<f64>)]> {
    let states = hidden.states().ok_or_else(|| {
        let allowed = "the limit of contrastive divergence lists the states of the hidden units: they need a finite support, for example rademacher";
        Error::invalid("hidden", "a law without states", allowed)
    })?;
    if hidden.units() > MOST_UNITS {
        let allowed = format!(
            "the limit of contrastive divergence serves at most {MOST_UNITS} units: ask for fewer, or for a simulation alone"
        );
        return Err(Error::invalid("units", hidden.units(), allowed));
    }
    if states.len() > MOST_STATES {
        let allowed = format!(
            "the limit of contrastive divergence lists at most {MOST_STATES} states: use fewer units, or fewer atoms"
        );
        return Err(Error::invalid("hidden", states.len(), allowed));
    }
    Ok(states)
}

/// One step of the chain at one self-overlap.
struct Moves {
    /// `P(h' | h)`: a row for each `h`.
    transition: Matrix,
    /// `h E[f(z)^T | h] + E[D(z) | h]` of each `h`.
    phases: Vec<Matrix>,
}

impl Moves {
    /// `None` where `q` is not a covariance.
    fn new<const K: usize>(
        hidden: &HiddenUnits,
        q: &Matrix,
        visible: Reconstruction,
    ) -> Option<Self> {
        let noise = match visible {
            Reconstruction::Samples => grid::<K>(hidden, q)?,
            Reconstruction::Means => vec![(SVector::zeros(), 1.0)],
        };
        let states = hidden.states()?;
        let all: Vec<(Vec<f64>, Matrix)> = states
            .par_iter()
            .map(|(_, h)| {
                let centre = SVector::<f64, K>::from_column_slice((q * h).as_slice());
                let mut law = vec![0.0; states.len()];
                let mut shares = Vec::with_capacity(states.len());
                let (mut mean, mut covariance) = (SVector::<f64, K>::zeros(), Matrix::zeros(K, K));
                for (shift, weight) in &noise {
                    let z = centre + shift;
                    hidden.posterior(z.as_slice(), &mut shares);
                    for (sum, share) in law.iter_mut().zip(&shares) {
                        *sum += weight * share;
                    }
                    let response = hidden.response(&z);
                    mean += response.mean * *weight;
                    for (sum, entry) in covariance.iter_mut().zip(response.covariance.iter()) {
                        *sum += weight * entry;
                    }
                }
                // Visible units at their means have no noise that would carry D.
                let spread = match visible {
                    Reconstruction::Samples => covariance,
                    Reconstruction::Means => Matrix::zeros(K, K),
                };
                let mean = DVector::from_column_slice(mean.as_slice());
                (law, h * mean.transpose() + spread)
            })
            .collect();
        let (rows, phases): (Vec<_>, Vec<_>) = all.into_iter().unzip();
        Some(Self {
            transition: Matrix::from_fn(states.len(), states.len(), |a, b| rows[a][b]),
            phases,
        })
    }

    /// The law after so many steps.
    fn after(&self, mut law: DVector<f64>, steps: usize) -> DVector<f64> {
        for _ in 0..steps {
            let next = self.transition.tr_mul(&law);
            let moved = (&next - &law).amax();
            law = next;
            if moved < 1e-17 {
                break;
            }
        }
        law
    }

    /// The law that a step leaves as it is, by repeated squaring of the step; `None` where it
    /// depends on the start to all digits.
    fn stationary(&self, law: DVector<f64>) -> Option<DVector<f64>> {
        let mut many = self.transition.clone();
        for _ in 0..60 {
            many = &many * &many;
            let spread = many.column_iter().map(|column| column.max() - column.min());
            if spread.fold(0.0, f64::max) < 1e-14 {
                return Some(many.tr_mul(&law));
            }
        }
        None
    }
}

/// Nodes and weights of `N(0, q)` on a uniform grid; `None` where `q` is not a covariance.
fn grid<const K: usize>(hidden: &HiddenUnits, q: &Matrix) -> Option<Vec<(SVector<f64, K>, f64)>> {
    let root = square_root(q, 1e-12 * q.amax().max(1.0))?;
    let steepness = hidden.covariance_bound().sqrt().max(1.0);
    let axes: Vec<Vec<(SVector<f64, K>, f64)>> = root
        .column_iter()
        .map(|column| {
            let spacing = SPACING[K.min(MOST_UNITS) - 1] / (column.norm() * steepness).max(1.0);
            let reach = (TAIL / spacing).ceil() as i64;
            let column = SVector::<f64, K>::from_iterator(column.iter().copied());
            let node = |index: i64| {
                let y = spacing * index as f64;
                let density = (-0.5 * y * y).exp() / (2.0 * std::f64::consts::PI).sqrt();
                (column * y, spacing * density)
            };
            (-reach..=reach).map(node).collect()
        })
        .collect();
    let mut nodes = vec![(SVector::zeros(), 1.0)];
    for axis in &axes {
        let mut next = Vec::with_capacity(nodes.len() * axis.len());
        for (place, weight) in &nodes {
            let pairs = axis.iter();
            next.extend(pairs.map(|(shift, density)| (place + shift, weight * density)));
        }
        // Corners beyond the tails carry nothing.
        next.retain(|(_, weight)| *weight > 1e-22);
        nodes = next;
    }
    Some(nodes)
}
