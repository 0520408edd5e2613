//! Specification of a study, as written under `[study]` in a file of `figures/`.

use super::stated::{
    BreakingStudy, ContrastiveStudy, EscapeStudy, FiniteSizeStudy, GeneralisationStudy,
    MaximaStudy, OcclusionStudy, SignalStudy, StartStudy, StationarityStudy, UnitStudy,
    WindowStudy,
};
use crate::error::{Error, Result};
use crate::options::{
    ControlParameter, DmftOptions, Grid, LearningOptions, LikelihoodOptions, LinearOptions,
    ModelOptions, RunSpec, SimulationOptions, SolverOptions, SpectrumOptions, StartOptions,
    TrainingOptions,
};
use crate::rsb::Depth;
use crate::sweep::DiagramStudy;
use serde::{Deserialize, Serialize};

/// What is computed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Study {
    /// Overlaps along the iterations of AMP, against state evolution.
    Trajectory(TrajectoryStudy),
    /// Gradient ascent step by step, against dynamical mean-field theory.
    Dynamics(Box<DynamicsStudy>),
    /// Overlaps against signal strength: fixed points, baselines and simulations.
    Strengths(StrengthStudy),
    /// All solutions along a control parameter, with simulations.
    Solutions(Box<SolutionStudy>),
    /// A sweep over two control parameters: a phase diagram.
    Diagram(Box<DiagramStudy>),
    /// Learning curve of the linear RBM, beside its closed form.
    Linear(LinearStudy),
    /// Spectrum of a weight matrix, beside its law.
    Spectrum(SpectrumStudy),
    /// Learning curves of RBMs with ±1 units.
    Learning(LearningStudy),
    /// Training of an RBM with ±1 units, and the spectrum of its weights.
    Training(TrainingStudy),
    /// Exact log-likelihoods less effective objectives.
    Likelihood(LikelihoodStudy),
    /// Gradients at fixed points of AMP.
    Stationarity(StationarityStudy),
    /// How AMP leaves a random start.
    Escape(EscapeStudy),
    /// The spectral method around the BBP threshold.
    Window(WindowStudy),
    /// Where maximisation ends from different starts.
    Starts(StartStudy),
    /// Fewer and more hidden units than signals.
    Units(Box<UnitStudy>),
    /// Log-likelihood of fresh data.
    Generalisation(Box<GeneralisationStudy>),
    /// Contrastive divergence beside the objective.
    Contrastive(Box<ContrastiveStudy>),
    /// Bias and spread at finite size.
    FiniteSize(Box<FiniteSizeStudy>),
    /// Completion of occluded images.
    Occlusion(Box<OcclusionStudy>),
    /// What is said of signals in data.
    Signals(SignalStudy),
    /// Beyond replica symmetry.
    Breaking(BreakingStudy),
    /// The largest objective by many starts.
    Maxima(MaximaStudy),
}

/// See [`Study::Trajectory`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TrajectoryStudy {
    /// Seed of every random number.
    pub seed: u64,
    /// The model.
    pub model: ModelOptions,
    /// The solver.
    #[serde(default)]
    pub solver: SolverOptions,
    /// The start, with overlaps that state evolution can follow.
    pub start: StartOptions,
    /// The simulation (AMP).
    pub simulation: SimulationOptions,
}

/// See [`Study::Dynamics`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DynamicsStudy {
    /// Seed of every random number.
    pub seed: u64,
    /// The model.
    pub model: ModelOptions,
    /// The start.
    pub start: StartOptions,
    /// How theory samples its paths.
    #[serde(default)]
    pub dmft: DmftOptions,
    /// Size, number of instances, steps and step of the simulation.
    pub simulation: SimulationOptions,
    /// Times `s` for which `Q_ts` is shown against all later `t`, by theory and by simulation.
    #[serde(default)]
    pub slices: Vec<usize>,
    /// Simulations are shown at multiples of this time [default: 1].
    #[serde(default)]
    pub every: usize,
    /// Whether theory shows its two-time functions on the whole triangle.
    #[serde(default)]
    pub two_time: bool,
}

/// See [`Study::Strengths`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct StrengthStudy {
    /// Seed of every random number.
    pub seed: u64,
    /// The model; its `lambda` is multiplied by the strength of each cell.
    pub model: ModelOptions,
    /// The solver.
    #[serde(default)]
    pub solver: SolverOptions,
    /// Strengths at which theory is computed, besides the BBP thresholds of the signals between
    /// them. The baselines, which cost little, are computed at five times as many.
    pub theory: Grid,
    /// Strengths at which simulations run.
    pub cells: Grid,
    /// Size and number of instances of the simulations.
    pub simulation: SimulationOptions,
    /// The simulations of each cell, all on the same instances.
    pub runs: Vec<RunSpec>,
    /// Beyond replica symmetry, beside the theory: a number of steps, or `full`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rsb: Option<Depth>,
}

/// See [`Study::Solutions`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SolutionStudy {
    /// Seed of every random number.
    pub seed: u64,
    /// What varies.
    pub parameter: ControlParameter,
    /// The model at all other parameters.
    pub model: ModelOptions,
    /// The solver.
    #[serde(default)]
    pub solver: SolverOptions,
    /// Values at which all solutions are searched for.
    pub theory: Grid,
    /// Values at which simulations run.
    pub cells: Grid,
    /// Size and number of instances of the simulations.
    pub simulation: SimulationOptions,
    /// The simulations of each cell, all on the same instances.
    pub runs: Vec<RunSpec>,
}

/// See [`Study::Linear`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LinearStudy {
    /// Seed of every random number.
    pub seed: u64,
    /// The data, the machine, its start and the times.
    pub linear: LinearOptions,
}

/// See [`Study::Spectrum`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SpectrumStudy {
    /// Seed of every random number.
    pub seed: u64,
    /// The law, planted modes, a sample; or a measured matrix.
    pub spectrum: SpectrumOptions,
    /// Planted modes for which theory is shown.
    pub curve: Grid,
}

/// See [`Study::Learning`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LearningStudy {
    /// Seed of every random number.
    pub seed: u64,
    /// The curves.
    pub curves: Vec<NamedCurve>,
    /// Name of a curve from which the others' differences are taken, at times that they share.
    #[serde(default)]
    pub reference: Option<String>,
}

/// A curve of [`LearningStudy`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct NamedCurve {
    /// Its name in the table.
    pub name: String,
    /// The data, the machine, its start and the times.
    pub learning: LearningOptions,
}

/// See [`Study::Training`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TrainingStudy {
    /// Seed of every random number.
    pub seed: u64,
    /// The data, the machine, and how it is trained.
    pub training: TrainingOptions,
}

/// See [`Study::Likelihood`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LikelihoodStudy {
    /// Seed of every random number.
    pub seed: u64,
    /// The RBMs.
    pub cases: Vec<NamedCase>,
}

/// An RBM of [`LikelihoodStudy`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct NamedCase {
    /// Its name in the table.
    pub name: String,
    /// The RBM and its weights.
    pub likelihood: LikelihoodOptions,
}

/// Other sizes than those of the file, for a quick look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SizeOverride {
    /// Number of samples.
    pub n: Option<usize>,
    /// Number of visible units.
    pub d: Option<usize>,
    /// Number of instances.
    pub instances: Option<usize>,
    /// Seed.
    pub seed: Option<u64>,
}

/// Fewest instances of a study that corrects its means by control variates.
const QUICK: usize = 20;

impl SizeOverride {
    /// Seed and number of instances, with what is given in place of those of the file.
    pub(super) fn over(&self, seed: u64, instances: usize) -> (u64, usize) {
        let seed = self.seed.unwrap_or(seed);
        (seed, self.instances.unwrap_or(instances))
    }

    /// Half of the number of visible units and all of it, where it is given, in place of several.
    pub(super) fn replace(&self, sizes: &mut Vec<usize>) {
        if let Some(d) = self.d {
            *sizes = vec![d / 2, d];
        }
    }
}

impl Study {
    /// The study at another size or seed.
    pub fn resized(mut self, size: SizeOverride) -> Self {
        let (simulation, seed) = match &mut self {
            Self::Diagram(study) => match &mut study.simulation {
                Some(simulation) => (simulation, &mut study.seed),
                None => {
                    study.seed = size.seed.unwrap_or(study.seed);
                    return self;
                }
            },
            Self::Linear(LinearStudy { seed, .. })
            | Self::Spectrum(SpectrumStudy { seed, .. })
            | Self::Learning(LearningStudy { seed, .. })
            | Self::Training(TrainingStudy { seed, .. })
            | Self::Likelihood(LikelihoodStudy { seed, .. })
            | Self::Breaking(BreakingStudy { seed, .. }) => {
                *seed = size.seed.unwrap_or(*seed);
                return self;
            }
            Self::Escape(study) => {
                study.resize(size);
                return self;
            }
            Self::Stationarity(study) => {
                (study.seed, study.instances) = size.over(study.seed, study.instances);
                study.d = size.d.unwrap_or(study.d);
                return self;
            }
            Self::Window(study) => {
                (study.seed, study.instances) = size.over(study.seed, study.instances);
                return self;
            }
            // Their figures name the sizes.
            Self::Starts(study) => {
                for one in &mut study.sizes {
                    (study.seed, one.instances) = size.over(study.seed, one.instances);
                }
                return self;
            }
            Self::Units(study) => {
                (study.seed, study.instances) = size.over(study.seed, study.instances);
                size.replace(&mut study.sizes);
                return self;
            }
            Self::Maxima(study) => {
                study.seed = size.seed.unwrap_or(study.seed);
                for case in &mut study.cases {
                    let own = &mut case.maximum;
                    own.instances = size
                        .instances
                        .map(|count| vec![count])
                        .or(own.instances.take());
                    if let Some(sizes) = &mut own.d {
                        size.replace(sizes);
                    }
                    // Of other sizes than those of the file, as many instances as of its first one.
                    if let (Some(_), Some([first, ..])) = (size.d, own.instances.as_deref()) {
                        own.instances = Some(vec![*first]);
                    }
                }
                return self;
            }
            Self::Signals(study) => {
                (study.seed, study.draws) = size.over(study.seed, study.draws);
                return self;
            }
            Self::Occlusion(study) => {
                (study.seed, study.instances) = size.over(study.seed, study.instances);
                return self;
            }
            Self::Contrastive(study) => {
                let own = study.contrastive.instances;
                study.seed = size.seed.unwrap_or(study.seed);
                study.contrastive.instances = size.instances.or(own);
                study.contrastive.d = size.d.or(study.contrastive.d);
                return self;
            }
            Self::FiniteSize(study) => {
                study.seed = size.seed.unwrap_or(study.seed);
                let own = &mut study.finite_size;
                // Control variates need more instances than a quick look may ask for.
                own.instances = size
                    .instances
                    .map(|count| count.max(QUICK))
                    .or(own.instances);
                if let Some(sizes) = &mut own.d {
                    size.replace(sizes);
                }
                // One number for all sizes displaces those for each; other sizes have as many as
                // the largest one.
                let sizes = own.d.as_ref().map(Vec::len);
                if let Some(each) = own.instances_at.take() {
                    match own.instances {
                        None if sizes == Some(each.len()) => own.instances_at = Some(each),
                        None => own.instances = each.last().copied(),
                        Some(_) => {}
                    }
                }
                return self;
            }
            Self::Generalisation(study) => {
                (study.seed, study.instances) = size.over(study.seed, study.instances);
                study.d = size.d.unwrap_or(study.d);
                return self;
            }
            Self::Trajectory(study) => (&mut study.simulation, &mut study.seed),
            Self::Dynamics(study) => (&mut study.simulation, &mut study.seed),
            Self::Strengths(study) => (&mut study.simulation, &mut study.seed),
            Self::Solutions(study) => (&mut study.simulation, &mut study.seed),
        };
        *seed = size.seed.unwrap_or(*seed);
        let own = std::mem::take(simulation);
        let wanted = SimulationOptions {
            n: size.n,
            d: size.d,
            instances: size.instances,
            ..SimulationOptions::default()
        };
        *simulation = wanted.over(own);
        self
    }
}

/// The study of a file, whether or not the file has a figure.
///
/// # Errors
/// TOML that does not parse, unknown fields, or a file without a study.
pub fn parse_study(text: &str, origin: &str) -> Result<Study> {
    let (study, _) = take_study(text, origin)?;
    study.ok_or_else(|| Error::Definition {
        origin: origin.into(),
        reason: "has no [study]".into(),
    })
}

/// The study of a file, and the rest of it.
pub(super) fn take_study(text: &str, origin: &str) -> Result<(Option<Study>, toml::Table)> {
    let broken = |reason: String| Error::Definition {
        origin: origin.into(),
        reason,
    };
    let mut document: toml::Table = text
        .parse()
        .map_err(|error: toml::de::Error| broken(error.to_string()))?;
    let study = document
        .remove("study")
        .map(toml::Value::try_into)
        .transpose()
        .map_err(|error: toml::de::Error| broken(misfit(text, &error)))?;
    Ok((study, document))
}

/// What does not fit in `[study]`, with line and key where they can be found.
fn misfit(text: &str, error: &toml::de::Error) -> String {
    let located = located(text);
    let known = located
        .as_ref()
        .and_then(|error| Some((error, error.span()?)));
    let (error, place) = match known {
        Some((error, span)) => (error, place(text, span.start)),
        None => (error, "[study]".into()),
    };
    let whole = "a whole number that is not negative";
    let mut reason = error.message().to_owned();
    for kind in ["usize", "u64", "u32"] {
        reason = reason.replace(&format!("expected {kind}"), &format!("expected {whole}"));
    }
    format!("{place}: {reason}")
}

/// The error of reading `[study]` as what it is, directly from the text: through the choice of its
/// kind places are lost.
fn located(text: &str) -> Option<toml::de::Error> {
    #[derive(Deserialize)]
    struct Kind {
        kind: toml::Spanned<String>,
    }
    #[derive(Deserialize)]
    struct File<T> {
        study: T,
    }
    let kind = toml::from_str::<File<Kind>>(text).ok()?.study.kind;
    // The line of the kind is blanked, so that places stay as they are.
    let (start, end) = (text[..kind.span().start].rfind('\n'), kind.span().end);
    let start = start.map_or(0, |at| at + 1);
    let blank = text[start..end].chars().map(|c| " ".repeat(c.len_utf8()));
    let text = format!(
        "{}{}{}",
        &text[..start],
        blank.collect::<String>(),
        &text[end..]
    );
    match kind.get_ref().as_str() {
        "trajectory" => toml::from_str::<File<TrajectoryStudy>>(&text).err(),
        "dynamics" => toml::from_str::<File<DynamicsStudy>>(&text).err(),
        "strengths" => toml::from_str::<File<StrengthStudy>>(&text).err(),
        "solutions" => toml::from_str::<File<SolutionStudy>>(&text).err(),
        "diagram" => toml::from_str::<File<DiagramStudy>>(&text).err(),
        "linear" => toml::from_str::<File<LinearStudy>>(&text).err(),
        "spectrum" => toml::from_str::<File<SpectrumStudy>>(&text).err(),
        "learning" => toml::from_str::<File<LearningStudy>>(&text).err(),
        "training" => toml::from_str::<File<TrainingStudy>>(&text).err(),
        "likelihood" => toml::from_str::<File<LikelihoodStudy>>(&text).err(),
        "stationarity" => toml::from_str::<File<StationarityStudy>>(&text).err(),
        "contrastive" => toml::from_str::<File<ContrastiveStudy>>(&text).err(),
        "finite-size" => toml::from_str::<File<FiniteSizeStudy>>(&text).err(),
        "escape" => toml::from_str::<File<EscapeStudy>>(&text).err(),
        "window" => toml::from_str::<File<WindowStudy>>(&text).err(),
        "starts" => toml::from_str::<File<StartStudy>>(&text).err(),
        "units" => toml::from_str::<File<UnitStudy>>(&text).err(),
        "generalisation" => toml::from_str::<File<GeneralisationStudy>>(&text).err(),
        "occlusion" => toml::from_str::<File<OcclusionStudy>>(&text).err(),
        "signals" => toml::from_str::<File<SignalStudy>>(&text).err(),
        "breaking" => toml::from_str::<File<BreakingStudy>>(&text).err(),
        "maxima" => toml::from_str::<File<MaximaStudy>>(&text).err(),
        _ => None,
    }
}

/// A place in a text as its line, and the key before it, if there is one.
fn place(text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or(text);
    let line = format!("line {}", 1 + before.matches('\n').count());
    let Some(assigned) = before.trim_end().strip_suffix('=') else {
        return line;
    };
    let key = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let assigned = assigned.trim_end();
    match assigned.rsplit(|c| !key(c)).next() {
        Some(name) if !name.is_empty() => format!("{line}, {name}"),
        _ => line,
    }
}
