//! Modes along the clusters: `dw_a/dt' = g_a(w_a) − R_aa(w)`.

use super::super::{FlowSettings, require_times};
use super::bingham::second_moments;
use super::course::Course;
use super::enumeration::Patterns;
use super::one_mode::{ModeState, OneMode};
use super::{LearningCurve, control, require_centre, require_shares};
use crate::error::{Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most modes.
const MOST_MODES: usize = 32;

/// A pair of clusters of the data, at `±μ` along the mode of the same number.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Cluster {
    /// Share `ρ` of the data.
    pub weight: f64,
    /// Projection of its centre, `⟨s_a⟩/√L = ±μ`.
    pub mu: f64,
}

/// How modes share the response of the RBM.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "level", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Level {
    /// `L = ∞`: the largest mode has all of it; modes that tie slide together, and share what keeps
    /// them equal (Filippov). With several clusters, for laws whose modes do not mix
    /// ([`OneMode::keeps_apart`]).
    Infinite,
    /// The states of single modes in proportion to `exp(LΦ)` (decelle2017, the paper's own rule).
    /// For components ±1.
    FreeEnergy {
        /// `L = √(N_v N_h)`.
        size: f64,
    },
    /// With the Gaussian fluctuations about each state, which are of the same order. For
    /// components ±1.
    Fluctuations {
        /// `L = √(N_v N_h)`.
        size: f64,
    },
    /// All directions between near-degenerate modes: the second moments of a Bingham law. For
    /// Gaussian components.
    Sphere {
        /// `L = √(N_v N_h)`.
        size: f64,
    },
    /// No theory: the sum over all states of an RBM with one or two balanced patterns of components
    /// ±1 (see [`enumeration`](super::enumeration)).
    Enumeration {
        /// Number of visible units.
        visible_units: usize,
    },
}

/// The kinds of [`Level`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LevelKind {
    /// The largest mode has all of it; modes that tie share it (`L = ∞`).
    Infinite,
    /// States of single modes in proportion to `exp(LΦ)`; components ±1.
    FreeEnergy,
    /// The same with the fluctuations about each state; components ±1.
    Fluctuations,
    /// All directions between near-degenerate modes; Gaussian components.
    Sphere,
    /// No theory: the sum over all states of a finite RBM; components ±1, one or two modes.
    Enumeration,
}

/// Learning of modes along the clusters.
#[derive(Debug, Clone, PartialEq)]
pub struct AlignedLearning {
    mode: OneMode,
    clusters: Vec<Cluster>,
    pub(super) level: Level,
}

/// The modes that have the response at `L = ∞`: one, or several that are tied.
pub(super) type Leaders = Vec<usize>;

impl AlignedLearning {
    /// # Errors
    /// Names `mu` (too many centres, or one that is not positive or beyond what data ±1 can have,
    /// `κ^{-1/4}`), `shares` (not positive, or their sum is not 1), `size` or `visible-units`, or
    /// `level` where it does not belong to the law.
    pub fn new(mode: OneMode, clusters: &[Cluster], level: Level) -> Result<Self> {
        if clusters.is_empty() || clusters.len() > MOST_MODES {
            let allowed = format!("there are 1 to {MOST_MODES} pairs of clusters");
            return Err(Error::invalid("mu", clusters.len(), allowed));
        }
        for cluster in clusters {
            require_centre("mu", cluster.mu, mode.kappa())?;
        }
        require_shares(clusters.iter().map(|cluster| cluster.weight))?;
        if let Some(size) = level.size() {
            crate::error::require_between("size", size, 10.0, 1e9)?;
        }
        let fits = match level {
            Level::Infinite => clusters.len() == 1 || mode.keeps_apart(),
            Level::FreeEnergy { .. } | Level::Fluctuations { .. } | Level::Enumeration { .. } => {
                mode.is_bernoulli()
            }
            Level::Sphere { .. } => mode.is_gaussian(),
        };
        if !fits {
            let allowed = "infinite with several clusters belongs to laws whose modes do not mix (rademacher, uniform, gaussian), free-energy, fluctuations and enumeration to rademacher, sphere to gaussian";
            return Err(Error::invalid("level", "of another law", allowed));
        }
        if let Level::Enumeration { visible_units } = level {
            Patterns::new(visible_units, mode.kappa(), clusters.len())?;
        }
        Ok(Self {
            mode,
            clusters: clusters.to_vec(),
            level,
        })
    }

    /// Empirical terms `g_a = ρ_a μ_a κ^{1/4} E[v̂ tanh(κ^{-1/4} w_a μ_a v̂)]` (decelle2017, Eq. 9 for
    /// aligned clusters and any law).
    pub fn empirical(&self, weights: &[f64]) -> Vec<f64> {
        let all = self.clusters.iter().zip(weights);
        all.map(|(cluster, w)| {
            cluster.weight * cluster.mu * self.mode.hidden_mean(w * cluster.mu).0
        })
        .collect()
    }

    /// Responses `R_aa` at finite `L`, or at `L = ∞` without ties.
    ///
    /// # Errors
    /// A singular value that is not supported.
    pub fn responses(&self, weights: &[f64]) -> Result<Vec<f64>> {
        match self.level {
            Level::Infinite => self.led(weights, &self.leader(weights)),
            Level::FreeEnergy { size } => self.mixed(weights, size, false),
            Level::Fluctuations { size } => self.mixed(weights, size, true),
            Level::Sphere { size } => self.on_the_sphere(weights, size),
            Level::Enumeration { visible_units } => {
                let patterns = Patterns::new(visible_units, self.mode.kappa(), weights.len())?;
                Ok(patterns.responses(weights))
            }
        }
    }

    /// The learning curve from singular values at time 0, at rising times.
    ///
    /// # Errors
    /// Names `start`, `times` or `tolerance`. How learning ends is part of the answer.
    pub fn run(
        &self,
        start: &[f64],
        times: &[f64],
        settings: &FlowSettings,
        watch: &dyn Fn(f64),
    ) -> Result<LearningCurve> {
        let control = control(settings, 1e-3)?;
        if start.len() != self.clusters.len() {
            let allowed = "give one singular value for each pair of clusters";
            return Err(Error::invalid("start", start.len(), allowed));
        }
        for &w in start {
            crate::error::require_between("start", w, 1e-12, 10.0)?;
        }
        require_times(times)?;
        Ok(Course::new(self, start, control).run(times, watch))
    }

    /// The largest mode.
    pub(super) fn leader(&self, weights: &[f64]) -> Leaders {
        let all = weights.iter().enumerate();
        let largest = all.max_by(|(_, one), (_, other)| one.total_cmp(other));
        largest.map(|(mode, _)| mode).into_iter().collect()
    }

    /// Shares of the leaders in the response `r` of their common singular value: those that keep
    /// them equal, `g_a − λ_a r = g_b − λ_b r`, `Σ λ = 1`.
    pub(super) fn shares(&self, weights: &[f64], leaders: &Leaders) -> Result<(Vec<f64>, f64)> {
        let response = self.response_of(weights[leaders[0]])?;
        if leaders.len() == 1 {
            return Ok((vec![1.0], response));
        }
        let empirical = self.empirical(weights);
        let count = leaders.len() as f64;
        let mean = leaders.iter().map(|&a| empirical[a]).sum::<f64>() / count;
        let share = |&a: &usize| (empirical[a] - mean) / response + 1.0 / count;
        Ok((leaders.iter().map(share).collect(), response))
    }

    pub(super) fn led(&self, weights: &[f64], leaders: &Leaders) -> Result<Vec<f64>> {
        let mut responses = vec![0.0; weights.len()];
        let (shares, response) = self.shares(weights, leaders)?;
        for (&mode, share) in leaders.iter().zip(shares) {
            responses[mode] = share * response;
        }
        Ok(responses)
    }

    /// `m m̄` of the state on a mode; 0 below `w = 1`.
    fn response_of(&self, w: f64) -> Result<f64> {
        let state = self.mode.state(w.max(0.0))?;
        Ok(state.map_or(0.0, |state| state.response()))
    }

    /// The states of single modes that no other mode grows on, weighted by `exp(LΦ)` or with the
    /// fluctuations about them, `exp(LΦ) D^{-1/2}`, `D = Π_b (1 − w_b² c)` for components ±1.
    fn mixed(&self, weights: &[f64], size: f64, fluctuations: bool) -> Result<Vec<f64>> {
        let mut states = Vec::new();
        for (mode, &w) in weights.iter().enumerate() {
            let Some(state) = self.mode.state(w.max(0.0))? else {
                continue;
            };
            let factors: Vec<f64> = weights.iter().map(|w| 1.0 - w * w * state.c()).collect();
            if factors.iter().any(|&factor| factor <= 0.0) {
                continue;
            }
            let determinant: f64 = factors.iter().map(|factor| factor.ln()).sum();
            let correction = if fluctuations { 0.5 * determinant } else { 0.0 };
            states.push((mode, state, size * state.phi - correction));
        }
        let corrections = |own: Option<(usize, &ModeState)>| match fluctuations {
            true => self.corrections(weights, own, size),
            false => vec![0.0; weights.len()],
        };
        if states.is_empty() {
            return Ok(corrections(None));
        }
        let best = states
            .iter()
            .map(|state| state.2)
            .fold(f64::NEG_INFINITY, f64::max);
        let total: f64 = states.iter().map(|state| (state.2 - best).exp()).sum();
        let mut responses = vec![0.0; weights.len()];
        for (mode, state, exponent) in &states {
            let share = (exponent - best).exp() / total;
            let mut own = corrections(Some((*mode, state)));
            own[*mode] += state.response();
            for (sum, part) in responses.iter_mut().zip(own) {
                *sum += share * part;
            }
        }
        Ok(responses)
    }

    /// `−∂ ln D/∂w_a/(2L)` of each mode in the state of one (or in the paramagnetic one), of size
    /// `L^{-1/2}` at most: next to an instability the expansion that it belongs to does not hold.
    fn corrections(
        &self,
        weights: &[f64],
        own: Option<(usize, &ModeState)>,
        size: f64,
    ) -> Vec<f64> {
        let limit = size.powf(-0.5);
        let bounded = |value: f64| (value / size).clamp(-limit, limit);
        let Some((mode, state)) = own else {
            return weights
                .iter()
                .map(|w| bounded(w / (1.0 - w * w).max(0.0)))
                .collect();
        };
        let (c, slope) = (state.c(), self.slope_of_c(weights[mode], state));
        let of = |(b, &w): (usize, &f64)| {
            if b != mode {
                return bounded(w * c / (1.0 - w * w * c));
            }
            let all = weights.iter().map(|w| w * w * slope / (1.0 - w * w * c));
            bounded(0.5 * (2.0 * w * c / (1.0 - w * w * c) + all.sum::<f64>()))
        };
        weights.iter().enumerate().map(of).collect()
    }

    /// `dc/dw` along the branch of a mode with components ±1.
    fn slope_of_c(&self, w: f64, state: &ModeState) -> f64 {
        let (hidden, visible) = (1.0 - state.q, 1.0 - state.qbar);
        let mbar = visible * (state.m + w * hidden * state.mbar) / (1.0 - w * w * hidden * visible);
        let m = hidden * (state.mbar + w * mbar);
        let root = self.mode.kappa().sqrt();
        let (q, qbar) = (2.0 * state.m * m / root, 2.0 * state.mbar * mbar * root);
        -q * visible - hidden * qbar
    }

    /// `r(w_1)` shared in the ratio of the second moments of the density `exp(L r Σ w_a x_a²)` on
    /// the sphere of directions.
    fn on_the_sphere(&self, weights: &[f64], size: f64) -> Result<Vec<f64>> {
        let largest = weights.iter().copied().fold(0.0, f64::max);
        let response = self.response_of(largest)?;
        if response == 0.0 {
            return Ok(vec![0.0; weights.len()]);
        }
        let exponents: Vec<f64> = weights.iter().map(|w| size * response * w).collect();
        let moments = second_moments(&exponents);
        Ok(moments.iter().map(|moment| response * moment).collect())
    }
}

impl Level {
    /// `L`, where it is finite and given.
    pub fn size(self) -> Option<f64> {
        match self {
            Self::Infinite | Self::Enumeration { .. } => None,
            Self::FreeEnergy { size } | Self::Fluctuations { size } | Self::Sphere { size } => {
                Some(size)
            }
        }
    }
}
