//! Studies: what is computed for a figure. A file of `figures/` holds a study and the figure that
//! shows it.
//!
//! A study is an [`Experiment`] like those of the commands, whose answer is a table. It can keep a
//! record, from which an interrupted run goes on (see [`Study::run`]).

mod breaking;
mod contrastive;
mod diagram;
#[cfg(feature = "figures")]
mod document;
mod dynamics;
mod escape;
mod finite_size;
mod generalisation;
mod journal;
mod learning;
mod likelihood;
mod linear;
mod maxima;
mod occlusion;
mod points;
mod runs;
mod signals;
mod solutions;
mod spec;
mod spectrum;
mod starts;
mod stated;
mod stationarity;
mod strengths;
mod training;
mod trajectory;
mod units;
mod window;

#[cfg(feature = "figures")]
pub use document::Document;
pub use spec::{
    DynamicsStudy, LearningStudy, LikelihoodStudy, LinearStudy, NamedCase, NamedCurve,
    SizeOverride, SolutionStudy, SpectrumStudy, StrengthStudy, Study, TrainingStudy,
    TrajectoryStudy, parse_study,
};
pub use stated::{
    BreakingStudy, ContrastiveStudy, Divergence, Drift, EscapeStudy, FiniteSizeStudy,
    GeneralisationStudy, MaximaCase, MaximaStudy, NamedModel, NearThreshold, OcclusionStudy,
    SignalCase, SignalStudy, SizeSpec, StartStudy, StationarityStudy, UnitStudy, WindowStudy,
};

use crate::error::{Error, Result};
use crate::experiment::record_settings;
use crate::experiment::{
    Answer, Experiment, Learning, Likelihood, Linear, Report, Spectrum, Train, Watch,
};
use crate::sweep::times_path;
use crate::table::Table;
pub use journal::Finished;
use journal::{Journal, companion_path};
use points::Points;
use serde::Serialize;
use std::path::{Path, PathBuf};

macro_rules! journal {
    ($record:expr, $study:expr) => {
        Journal::open($record, $study.seed, $study, &$study.model)?
    };
}

impl Study {
    /// Runs the study and returns its table, with settings, version, seed and outcomes in the
    /// metadata. It keeps its record at `record`, from which an interrupted run goes on to the same
    /// table.
    ///
    /// # Errors
    /// Bad settings, or a record that can't be used. What a cell finds is part of the table.
    pub fn run(&self, record: &Path, watch: Watch) -> Result<Table> {
        let records = self.records(record);
        let new: Vec<PathBuf> = records.into_iter().filter(|path| !path.exists()).collect();
        let table = self.run_recorded(record, watch);
        if table.is_err() {
            new.iter().for_each(|path| discard_without_entries(path));
        }
        table
    }

    fn run_recorded(&self, record: &Path, watch: Watch) -> Result<Table> {
        match self {
            Self::Diagram(study) => diagram::run(study, record, watch),
            Self::Trajectory(study) => trajectory::run(study, &mut journal!(record, study), watch),
            Self::Dynamics(study) => dynamics::run(study, &mut journal!(record, study), watch),
            Self::Strengths(study) => strengths::run(study, &mut journal!(record, study), watch),
            Self::Solutions(study) => solutions::run(study, &mut journal!(record, study), watch),
            Self::Linear(study) => linear::run(study, watch),
            Self::Spectrum(study) => spectrum::run(study, watch),
            Self::Learning(study) => learning::run(study, watch),
            Self::Training(study) => training::run(study, watch),
            Self::Likelihood(study) => likelihood::run(study, watch),
            Self::Stationarity(study) => {
                let mut journal = Journal::open_as(record, &study.identity()?)?;
                stationarity::run(study, &mut journal, watch)
            }
            Self::Occlusion(study) => {
                let mut journal = Journal::open_as(record, &study.identity()?)?;
                occlusion::run(study, &mut journal, watch)
            }
            Self::Signals(study) => {
                let mut journal = Journal::open_as(record, &study.identity()?)?;
                signals::run(study, &mut journal, watch)
            }
            Self::Contrastive(study) => contrastive::run(study, watch),
            Self::Breaking(study) => breaking::run(study, watch),
            Self::Maxima(study) => maxima::run(study, watch),
            Self::FiniteSize(study) => finite_size::run(study, watch),
            Self::Window(study) => window::run(study, watch),
            Self::Escape(study) => escape::run(study, &mut journal!(record, study), watch),
            Self::Starts(study) => starts::run(study, &mut journal!(record, study), watch),
            Self::Units(study) => units::run(study, &mut journal!(record, study), watch),
            Self::Generalisation(study) => {
                generalisation::run(study, &mut journal!(record, study), watch)
            }
        }
    }

    /// The table that [`Study::run`] gives, without rows, and with the keys of its metadata, but
    /// not their values: what a figure of it can name. Nothing is computed for it. A key of which
    /// there may be nothing to say is among them.
    ///
    /// # Errors
    /// Bad settings.
    pub fn header(&self) -> Result<Table> {
        match self {
            Self::Diagram(study) => diagram::header(study),
            Self::Trajectory(_) => Ok(trajectory::header()),
            Self::Dynamics(_) => Ok(dynamics::header()),
            Self::Strengths(_) => Ok(strengths::header()),
            Self::Solutions(study) => solutions::header(study),
            Self::Linear(_) => Ok(linear::header()),
            Self::Spectrum(_) => Ok(spectrum::header()),
            Self::Learning(_) => Ok(learning::header()),
            Self::Training(_) => Ok(training::header()),
            Self::Likelihood(_) => Ok(likelihood::header()),
            Self::Signals(_) | Self::Breaking(_) | Self::Maxima(_) => {
                Ok(Points::header_without_claims())
            }
            Self::Escape(_)
            | Self::Contrastive(_)
            | Self::FiniteSize(_)
            | Self::Stationarity(_)
            | Self::Window(_)
            | Self::Starts(_)
            | Self::Units(_)
            | Self::Generalisation(_)
            | Self::Occlusion(_) => Ok(Points::header()),
        }
    }

    /// Whether the study states claims (see [`crate::claims`]).
    ///
    /// # Errors
    /// As [`Study::header`].
    pub fn states_claims(&self) -> Result<bool> {
        let header = self.header()?;
        Ok(header
            .metadata
            .iter()
            .any(|(key, _)| key == crate::claims::METADATA))
    }

    /// The files that a run with this record keeps: of no use any more when the table is safe. What
    /// takes seconds, or some minutes, keeps none.
    pub fn records(&self, record: &Path) -> Vec<PathBuf> {
        if matches!(
            self,
            Self::Linear(_)
                | Self::Spectrum(_)
                | Self::Learning(_)
                | Self::Training(_)
                | Self::Likelihood(_)
                | Self::Window(_)
                | Self::Contrastive(_)
                | Self::FiniteSize(_)
                | Self::Breaking(_)
                | Self::Maxima(_)
        ) {
            return Vec::new();
        }
        let mut all = vec![record.to_owned()];
        match self {
            Self::Diagram(_) => all.push(times_path(record)),
            Self::Dynamics(_) => all.push(companion_path(record)),
            _ => {}
        }
        all
    }
}

/// Names of a list that tell its entries apart.
fn require_distinct<'a>(field: &str, names: impl Iterator<Item = &'a str>) -> Result<()> {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => {
            let allowed = "each has a name of its own";
            Err(Error::invalid(field, pair[0], allowed))
        }
        None => Ok(()),
    }
}

/// A record that a refused study began is of no use. Whatever has entries stays.
fn discard_without_entries(path: &Path) {
    let is_short =
        std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() < 1 << 20);
    if is_short
        && std::fs::read(path)
            .is_ok_and(|bytes| bytes.split(|&byte| byte == b'\n').nth(2).is_none())
    {
        // What can't be removed is as harmless as what an interrupted run leaves.
        let _ = std::fs::remove_file(path);
    }
}

/// The answer of a study.
#[derive(Debug, Clone, Serialize)]
pub struct Tabulated<S> {
    /// The study.
    pub settings: S,
    /// Its table.
    pub table: Table,
}

impl<S: Serialize> Answer for Tabulated<S> {
    fn tables(&self) -> Vec<Table> {
        vec![self.table.clone()]
    }

    fn notes(&self) -> Vec<String> {
        let ends = |key: &str| matches!(key, "theory" | "runs");
        let metadata = self.table.metadata.iter().filter(|(key, _)| ends(key));
        metadata
            .map(|(key, value)| format!("{key}: {value}"))
            .collect()
    }
}

macro_rules! experiments {
    ($($study:ident: $module:ident),+) => {$(
        impl Experiment for $study {
            type Answer = Tabulated<Self>;

            fn run(&self, watch: Watch) -> Result<Report<Tabulated<Self>>> {
                let table = $module::run(self, &mut Journal::none(), watch)?;
                let answer = Tabulated { settings: self.clone(), table };
                Ok(Report::new(self.seed, self.model.citations()?, answer))
            }
        }
    )+};
}

macro_rules! quick_experiments {
    ($($study:ident: $module:ident of $request:ident),+) => {$(
        impl Experiment for $study {
            type Answer = Tabulated<Self>;

            fn run(&self, watch: Watch) -> Result<Report<Tabulated<Self>>> {
                let table = $module::run(self, watch)?;
                let answer = Tabulated { settings: self.clone(), table };
                Ok(Report::new(self.seed, $request::citations(), answer))
            }
        }
    )+};
}

quick_experiments!(
    LinearStudy: linear of Linear,
    SpectrumStudy: spectrum of Spectrum,
    LearningStudy: learning of Learning,
    TrainingStudy: training of Train,
    LikelihoodStudy: likelihood of Likelihood,
    WindowStudy: window of Likelihood
);
/// Studies of several models, each in a case.
macro_rules! studies_of_cases {
    ($($study:ident),+) => {$(
        impl $study {
            /// Keys of the bibliography.
            fn citations(&self) -> Result<Vec<String>> {
                let mut keys = Vec::new();
                for case in &self.cases {
                    keys.extend(case.model.citations()?);
                }
                keys.sort();
                keys.dedup();
                Ok(keys)
            }
        }
    )+};
}

macro_rules! experiments_of_cases {
    ($($study:ident: $module:ident),+) => {$(
        impl $study {
            /// What a record of it is bound to.
            fn identity(&self) -> Result<serde_json::Value> {
                let mut identity = record_settings("study", self.seed, &self.citations()?, self)?;
                let mut definitions = Vec::new();
                for case in &self.cases {
                    definitions.extend(case.model.fingerprints()?);
                }
                identity["definitions"] = definitions.into();
                Ok(identity)
            }
        }

        impl Experiment for $study {
            type Answer = Tabulated<Self>;

            fn run(&self, watch: Watch) -> Result<Report<Tabulated<Self>>> {
                let table = $module::run(self, &mut Journal::none(), watch)?;
                let settings = self.clone();
                let answer = Tabulated { settings, table };
                Ok(Report::new(self.seed, self.citations()?, answer))
            }
        }
    )+};
}

studies_of_cases!(StationarityStudy, SignalStudy, MaximaStudy);
experiments_of_cases!(StationarityStudy: stationarity, SignalStudy: signals);

impl Experiment for MaximaStudy {
    type Answer = Tabulated<Self>;

    fn run(&self, watch: Watch) -> Result<Report<Tabulated<Self>>> {
        let table = maxima::run(self, watch)?;
        let settings = self.clone();
        let answer = Tabulated { settings, table };
        Ok(Report::new(self.seed, self.citations()?, answer))
    }
}

macro_rules! modelled_experiments {
    ($($study:ident: $module:ident),+) => {$(
        impl Experiment for $study {
            type Answer = Tabulated<Self>;

            fn run(&self, watch: Watch) -> Result<Report<Tabulated<Self>>> {
                let table = $module::run(self, watch)?;
                let answer = Tabulated { settings: self.clone(), table };
                Ok(Report::new(self.seed, self.model.citations()?, answer))
            }
        }
    )+};
}

modelled_experiments!(
    ContrastiveStudy: contrastive,
    FiniteSizeStudy: finite_size,
    BreakingStudy: breaking
);
experiments!(
    TrajectoryStudy: trajectory,
    DynamicsStudy: dynamics,
    StrengthStudy: strengths,
    SolutionStudy: solutions,
    EscapeStudy: escape,
    StartStudy: starts,
    UnitStudy: units,
    GeneralisationStudy: generalisation
);
