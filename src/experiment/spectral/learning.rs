//! Learning curve of the ±1 RBM: modes that compete for its response.

use super::super::settings::PriorSettings;
use super::super::{Answer, DEFAULT_SEED, Experiment, Report, Watch};
use super::{flow_settings, subscript, times};
use crate::definitions::Catalogue;
use crate::error::{Error, Result};
use crate::files::read_matrix;
use crate::memory;
use crate::numerics::Matrix;
use crate::numerics::dormand_prince::Failure;
use crate::numerics::streams::{Purpose, Streams};
use crate::options::LearningOptions;
use crate::spectral::FlowSettings;
use crate::spectral::learning::{
    AlignedLearning, Cluster, Happening, LearningCurve, LearningEvent, LearningPoint, Level,
    LevelKind, OneMode, RotatingCluster, RotatingLearning,
};
use crate::table::{Column, Digits, Table, number_for_people};
use rand::RngExt;
use rand_distr::StandardNormal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Largest `D × K` of weights that turn: each step takes their singular values.
const MOST_WEIGHTS: usize = 16_384;

/// Asks for the learning curve of the modes of an RBM with ±1 units.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Learning {
    /// The data, the machine, its start and the times.
    pub learning: LearningOptions,
    /// Seed of every random number [default: 1].
    pub seed: Option<u64>,
}

/// The clusters of the data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum LearningSource {
    /// Each pair of clusters along a mode of its own.
    Aligned {
        /// The centres `μ_a`.
        mu: Vec<f64>,
    },
    /// Centres in any directions, from a file.
    Centres {
        /// The file.
        file: PathBuf,
        /// Number of directions.
        directions: usize,
    },
}

/// The weights at time 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum LearningStart {
    /// Singular values of modes along the clusters.
    Values {
        /// One for each mode.
        values: Vec<f64>,
    },
    /// From a file.
    File {
        /// The file.
        file: PathBuf,
    },
    /// Independent normal weights.
    Random {
        /// Their standard deviation.
        scale: f64,
        /// Number of hidden directions.
        modes: usize,
    },
}

/// Resolved settings of [`Learning`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LearningSettings {
    /// The centres of the data.
    pub source: LearningSource,
    /// Shares of the pairs of clusters.
    pub shares: Vec<f64>,
    /// Components of the vectors of a mode.
    pub component: PriorSettings,
    /// `κ = N_h/N_v`.
    pub kappa: f64,
    /// How modes share the response.
    pub level: Level,
    /// The weights at time 0.
    pub start: LearningStart,
    /// Times that were asked for.
    pub times: Vec<f64>,
    /// How the equations are integrated.
    pub flow: FlowSettings,
}

/// How a learning curve of ±1 units ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LearningEnding {
    /// As long as was asked for.
    Complete,
    /// The response is not defined: a singular value is beyond what is supported, or was not found.
    Undefined,
    /// The step became too small.
    StepUnderflow,
    /// The number of steps is used up.
    OutOfSteps,
}

/// A learning curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Learnt {
    /// What was asked for.
    pub settings: LearningSettings,
    /// `complete`, or how it ended early.
    pub outcome: LearningEnding,
    /// Why it ended early.
    pub explanation: Option<String>,
    /// The modes.
    pub modes: Vec<LearntMode>,
    /// What happened on the way, in order.
    pub events: Vec<LearningEvent>,
    /// One point for each time that was reached.
    pub points: Vec<LearningPoint>,
}

/// A mode at the end of a learning curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LearntMode {
    /// Its number, from 1.
    pub mode: usize,
    /// When it rose through `w = 1`; null if it did not.
    pub condenses: Option<f64>,
    /// The singular value in the last state; null if there is none.
    pub weight: Option<f64>,
    /// Its slope `dw/dt'` there: 0 where learning has ended.
    pub slope: Option<f64>,
    /// The singular value at which learning would end if the cluster along the mode were all of the
    /// data, in closed form; null if `μ` is beyond what magnetisation can be, or modes turn.
    pub alone: Option<f64>,
}

/// What is learnt from, ready to run.
enum Plan {
    Aligned(AlignedLearning, Vec<f64>, Vec<Option<f64>>),
    Rotating(RotatingLearning, Matrix),
}

impl Experiment for Learning {
    type Answer = Learnt;

    fn run(&self, watch: Watch) -> Result<Report<Learnt>> {
        let seed = self.seed.unwrap_or(DEFAULT_SEED);
        let (plan, settings) = self.learning.resolve(Streams::new(seed))?;
        let progress = |part: f64| watch("learning curve", Some(part));
        let (times, flow) = (&settings.times, &settings.flow);
        let (curve, alone) = match plan {
            Plan::Aligned(learning, start, alone) => {
                (learning.run(&start, times, flow, &progress)?, alone)
            }
            Plan::Rotating(learning, start) => {
                let modes = start.nrows().min(start.ncols());
                (
                    learning.run(&start, times, flow, &progress)?,
                    vec![None; modes],
                )
            }
        };
        let learnt = Learnt::new(settings, curve, &alone);
        Ok(Report::new(seed, Self::citations(), learnt))
    }
}

impl Learning {
    /// Keys of the bibliography.
    pub(crate) fn citations() -> Vec<String> {
        vec!["decelle2017".into()]
    }
}

impl LearningOptions {
    /// What is learnt from, and the settings with every default filled in.
    fn resolve(&self, streams: Streams) -> Result<(Plan, LearningSettings)> {
        let times = times(self.times.as_deref(), self.until, self.points)?;
        let flow = flow_settings(self.tolerance, self.max_steps)?;
        let (plan, source, start, component) = match (&self.mu, &self.centres) {
            (Some(mu), None) => self.aligned(mu)?,
            (None, Some(file)) => self.rotating(file, streams)?,
            (None, None) => {
                let allowed = "give it, or --centres, for example --mu 0.8,0.6";
                return Err(Error::invalid("mu", "missing", allowed));
            }
            (Some(_), Some(_)) => {
                let allowed = "give one of mu and centres";
                return Err(Error::invalid("mu and centres", "given", allowed));
            }
        };
        let clusters = match &plan {
            Plan::Aligned(_, start, _) => start.len(),
            Plan::Rotating(learning, _) => learning.clusters().len(),
        };
        let modes = match &plan {
            Plan::Aligned(_, start, _) => start.len(),
            Plan::Rotating(_, start) => start.nrows().min(start.ncols()),
        };
        let bytes = 8 * times.len() as u128 * (4 * modes as u128 + 16);
        memory::require("the learning curve", bytes)?;
        let settings = LearningSettings {
            source,
            shares: self.shares(clusters)?,
            component,
            kappa: self.kappa(),
            level: self.level()?,
            start,
            times,
            flow,
        };
        Ok((plan, settings))
    }

    fn kappa(&self) -> f64 {
        self.kappa.unwrap_or(1.0)
    }

    /// The level; with its size.
    fn level(&self) -> Result<Level> {
        let usual = match self.centres {
            Some(_) => LevelKind::Sphere,
            None => LevelKind::Infinite,
        };
        let kind = self.level.unwrap_or(usual);
        if self.size.is_some() && self.visible_units.is_some() {
            let allowed = "give one of size and visible-units";
            return Err(Error::invalid("size and visible-units", "given", allowed));
        }
        let of_units = |units: usize| units as f64 * self.kappa().sqrt();
        let size = self.size.or(self.visible_units.map(of_units));
        let size = |kind: &str| {
            let allowed = format!("the level {kind} needs it, for example --size 1000");
            size.ok_or_else(|| Error::invalid("size", "missing", allowed))
        };
        Ok(match kind {
            LevelKind::Infinite => {
                let given = [
                    ("size", self.size.is_some()),
                    ("visible-units", self.visible_units.is_some()),
                ];
                if let Some((field, _)) = given.iter().find(|(_, given)| *given) {
                    let allowed = "the level infinite does not use it: choose another --level";
                    return Err(Error::invalid(*field, "given", allowed));
                }
                Level::Infinite
            }
            LevelKind::FreeEnergy => Level::FreeEnergy {
                size: size("free-energy")?,
            },
            LevelKind::Fluctuations => Level::Fluctuations {
                size: size("fluctuations")?,
            },
            LevelKind::Sphere => Level::Sphere {
                size: size("sphere")?,
            },
            LevelKind::Enumeration => match (self.visible_units, self.size) {
                (Some(visible_units), _) => Level::Enumeration { visible_units },
                (None, given) => {
                    let got = given.map_or_else(|| "missing".into(), |size| format!("size {size}"));
                    let allowed = "the level enumeration needs it, for example --visible-units 400";
                    return Err(Error::invalid("visible-units", got, allowed));
                }
            },
        })
    }

    fn shares(&self, clusters: usize) -> Result<Vec<f64>> {
        match &self.shares {
            Some(shares) if shares.len() == clusters => Ok(shares.clone()),
            Some(shares) => {
                let allowed = format!("give one for each of {clusters} pairs of clusters");
                Err(Error::invalid("shares", shares.len(), allowed))
            }
            None => Ok(vec![1.0 / clusters as f64; clusters]),
        }
    }

    fn aligned(&self, mu: &[f64]) -> Result<(Plan, LearningSource, LearningStart, PriorSettings)> {
        let unused = [
            ("start-weights", self.start_weights.is_some()),
            ("modes", self.modes.is_some()),
            ("start-scale", self.start_scale.is_some()),
        ];
        refuse_unused(
            &unused,
            "belongs to --centres: modes along clusters have --start",
        )?;
        let catalogue = Catalogue::new(self.equations.as_deref())?;
        let name = self.component.as_deref().unwrap_or("rademacher");
        let definition = catalogue.prior(name, "component")?;
        let mode = OneMode::new(&definition.signal_law()?, self.kappa())?;
        let shares = self.shares(mu.len())?;
        let pairs = mu.iter().zip(&shares);
        let clusters: Vec<Cluster> = pairs.map(|(&mu, &weight)| Cluster { weight, mu }).collect();
        let learning = AlignedLearning::new(mode.clone(), &clusters, self.level()?)?;
        let alone = mu.iter().map(|&mu| mode.trained_weight(mu));
        let alone = alone.collect::<Result<Vec<_>>>()?;
        let values = match self.start.as_deref() {
            None => vec![0.01; mu.len()],
            Some(&[one]) => vec![one; mu.len()],
            Some(values) => values.to_vec(),
        };
        let source = LearningSource::Aligned { mu: mu.to_vec() };
        let start = LearningStart::Values {
            values: values.clone(),
        };
        let component = PriorSettings::new(name, &definition);
        Ok((
            Plan::Aligned(learning, values, alone),
            source,
            start,
            component,
        ))
    }

    fn rotating(
        &self,
        file: &std::path::Path,
        streams: Streams,
    ) -> Result<(Plan, LearningSource, LearningStart, PriorSettings)> {
        let unused = [("start", self.start.is_some())];
        refuse_unused(
            &unused,
            "belongs to --mu: modes that turn have --start-weights, or --start-scale",
        )?;
        let catalogue = Catalogue::new(self.equations.as_deref())?;
        let name = self.component.as_deref().unwrap_or("gaussian");
        let definition = catalogue.prior(name, "component")?;
        if !OneMode::new(&definition.signal_law()?, self.kappa())?.is_gaussian() {
            let allowed =
                "modes can turn for gaussian components alone: no other law stays what it is";
            return Err(Error::invalid("component", name, allowed));
        }
        let Level::Sphere { size } = self.level()? else {
            let allowed = "modes that turn share the response as on a sphere: --level sphere";
            return Err(Error::invalid("level", "another", allowed));
        };
        let centres = read_matrix(file)?;
        let shares = self.shares(centres.nrows())?;
        let rows = centres.row_iter().zip(shares);
        let clusters: Vec<RotatingCluster> = rows
            .map(|(row, weight)| RotatingCluster {
                weight,
                mu: row.iter().copied().collect(),
            })
            .collect();
        let learning = RotatingLearning::new(self.kappa(), &clusters, size)?;
        let directions = learning.directions();
        let (weights, start) = match &self.start_weights {
            Some(file) => {
                let unused = [
                    ("modes", self.modes.is_some()),
                    ("start-scale", self.start_scale.is_some()),
                ];
                refuse_unused(&unused, "--start-weights has the start: leave one out")?;
                (
                    read_matrix(file)?,
                    LearningStart::File { file: file.clone() },
                )
            }
            None => {
                let modes = self.modes.unwrap_or(clusters.len());
                let scale = self.start_scale.unwrap_or(0.01);
                crate::error::require_between("start-scale", scale, 1e-12, 10.0)?;
                require_weights(directions, modes, "modes")?;
                let mut stream = streams.stream(Purpose::Start, 0);
                let draw = |_, _| scale * stream.sample::<f64, _>(StandardNormal);
                let weights = Matrix::from_fn(directions, modes, draw);
                (weights, LearningStart::Random { scale, modes })
            }
        };
        require_weights(weights.nrows(), weights.ncols(), "start-weights")?;
        let source = LearningSource::Centres {
            file: file.to_owned(),
            directions,
        };
        let component = PriorSettings::new(name, &definition);
        Ok((Plan::Rotating(learning, weights), source, start, component))
    }
}

fn refuse_unused(given: &[(&str, bool)], allowed: &str) -> Result<()> {
    match given.iter().find(|(_, given)| *given) {
        Some((field, _)) => Err(Error::invalid(*field, "given", allowed)),
        None => Ok(()),
    }
}

fn require_weights(rows: usize, columns: usize, field: &str) -> Result<()> {
    let fits = rows.checked_mul(columns);
    if columns > 0 && fits.is_some_and(|count| count <= MOST_WEIGHTS) {
        return Ok(());
    }
    let allowed = format!("directions times modes can be at most {MOST_WEIGHTS}, and not 0");
    Err(Error::invalid(
        field,
        format!("{rows} × {columns}"),
        allowed,
    ))
}

impl Learnt {
    fn new(settings: LearningSettings, curve: LearningCurve, alone: &[Option<f64>]) -> Self {
        let outcome = match curve.failure {
            None => LearningEnding::Complete,
            Some(Failure::OutOfSteps { .. }) => LearningEnding::OutOfSteps,
            Some(Failure::StepUnderflow { .. }) => LearningEnding::StepUnderflow,
            Some(Failure::Undefined { .. } | Failure::LeftDomain { .. }) => {
                LearningEnding::Undefined
            }
        };
        let last = curve.points.last();
        let mode = |(at, &alone): (usize, &Option<f64>)| {
            let rise =
                |event: &&LearningEvent| event.mode == at + 1 && event.kind == Happening::Condenses;
            LearntMode {
                mode: at + 1,
                condenses: curve.events.iter().find(rise).map(|event| event.time),
                weight: last.map(|point| point.weights[at]),
                slope: last.map(|point| point.gains[at] - point.responses[at]),
                alone,
            }
        };
        Self {
            outcome,
            explanation: curve.failure.map(|failure| failure.to_string()),
            modes: alone.iter().enumerate().map(mode).collect(),
            events: curve.events,
            points: curve.points,
            settings,
        }
    }

    fn curve(&self) -> Table {
        let modes = 1..=self.modes.len();
        let many = |name: &'static str, head: &'static str| {
            modes.clone().map(move |mode| {
                Column::new(format!("{name}_{mode}")).headed(format!("{head}{}", subscript(mode)))
            })
        };
        let turns = matches!(self.settings.source, LearningSource::Centres { .. });
        let mut columns = vec![Column::new("t").headed("t′").digits(Digits::Shortest)];
        columns.extend(many("w", "w"));
        columns.extend(many("gain", "data"));
        columns.extend(many("response", "response"));
        if turns {
            columns.extend(many("overlap", "overlap"));
        }
        let title = format!(
            "±1 RBM, κ = {}: modes of its weights along learning",
            self.settings.kappa
        );
        let mut table = Table::new(title, columns);
        for point in &self.points {
            let numbers = [&point.weights, &point.gains, &point.responses];
            let mut row = vec![point.time];
            row.extend(numbers.into_iter().flatten());
            if turns {
                row.extend(&point.overlaps);
            }
            table.push(row.into_iter().map(Into::into).collect());
        }
        table
    }

    fn ends(&self) -> Table {
        let mut table = Table::new(
            "modes at the end",
            [
                Column::new("mode").digits(Digits::Shortest),
                Column::new("condenses").headed("w = 1 at t′"),
                Column::new("weight").headed("w"),
                Column::new("slope").headed("dw/dt′"),
                Column::new("alone").headed("w*, its cluster alone"),
            ],
        );
        for mode in &self.modes {
            table.push(vec![
                mode.mode.into(),
                mode.condenses.into(),
                mode.weight.into(),
                mode.slope.into(),
                mode.alone.into(),
            ]);
        }
        table
    }
}

impl Happening {
    fn words(self) -> &'static str {
        match self {
            Self::Condenses => "rises through w = 1",
            Self::Leads => "leads",
            Self::Ties => "ties with the largest, and shares their response",
            Self::FallsBehind => "falls behind",
        }
    }
}

impl Answer for Learnt {
    fn tables(&self) -> Vec<Table> {
        vec![self.curve(), self.ends()]
    }

    fn notes(&self) -> Vec<String> {
        let happens = |event: &LearningEvent| {
            let time = number_for_people(event.time);
            format!("t′ = {time}: mode {} {}", event.mode, event.kind.words())
        };
        let ended = |reason: &String| format!("no state after: {reason}");
        let events = self.events.iter().map(happens);
        events.chain(self.explanation.iter().map(ended)).collect()
    }
}
