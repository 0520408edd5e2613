//! Options of every command, and the configuration file that holds the same options as the flags.

use clap::Args;
use onsager::error::{Error, Result};
use onsager::files::{Role, read_text};
use onsager::options::{DmftOptions, ModelOptions, SimulationOptions, SolverOptions, StartOptions};
use onsager::ranks::Ranks;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Most threads of a run.
const MOST_THREADS: usize = 1024;

/// Form of the reply.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// For people.
    #[default]
    Table,
    /// Everything, for programs.
    Json,
    /// The main table, for spreadsheets.
    Csv,
    /// The tables in Markdown, for notes and pages.
    Markdown,
    /// The tables in LaTeX, for papers (booktabs).
    Latex,
}

/// Options that every command takes.
#[derive(Debug, Clone, Default, Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[command(next_help_heading = "Every command")]
pub struct CommonOptions {
    /// Form of the reply [default: table]
    #[arg(long, global = true, value_enum, value_name = "FORM")]
    pub format: Option<Format>,
    /// Write the reply to this file instead of standard output
    #[arg(long, global = true, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Seed of every random number [default: 1]
    #[arg(long, global = true, value_name = "SEED")]
    pub seed: Option<u64>,
    /// No sign of life while it runs
    #[arg(long, short, global = true)]
    #[serde(skip)]
    pub quiet: bool,
    /// Say what is read, written and done, on standard error
    #[arg(long, short, global = true, conflicts_with = "quiet")]
    #[serde(skip)]
    pub verbose: bool,
    /// Number of threads; results do not depend on it [default: all cores]
    #[arg(long, global = true, value_name = "T")]
    pub threads: Option<usize>,
    /// Read options from this TOML file; flags win over it
    #[arg(long, global = true, value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
}

/// A configuration file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConfigFile {
    pub model: ModelOptions,
    pub solver: SolverOptions,
    pub start: StartOptions,
    pub simulation: SimulationOptions,
    pub dmft: DmftOptions,
    pub output: CommonOptions,
    /// Where it was read.
    #[serde(skip)]
    path: Option<PathBuf>,
    /// The sections that it has.
    #[serde(skip)]
    sections: Vec<String>,
}

impl ConfigFile {
    fn parse(path: &Path, text: &str) -> Result<Self> {
        let fail = |error: toml::de::Error| Error::Definition {
            origin: path.display().to_string(),
            reason: error.to_string(),
        };
        let sections: toml::Table = toml::from_str(text).map_err(fail)?;
        Ok(Self {
            path: Some(path.into()),
            sections: sections.keys().cloned().collect(),
            ..toml::from_str(text).map_err(fail)?
        })
    }

    /// Refuses sections other than `[output]`, and those that the command uses; several commands
    /// may share a file, but none ignores all of it.
    ///
    /// # Errors
    /// Names the section.
    pub fn require_used(&self, used: &[&str]) -> Result<()> {
        let unused = |section: &&String| *section != "output" && !used.contains(&section.as_str());
        match self.sections.iter().find(unused) {
            Some(section) => {
                let allowed = format!(
                    "this command takes nothing from [{section}]: leave the section out, or leave out --config"
                );
                let path = self.path.clone().unwrap_or_default();
                Err(Error::invalid("config", path.display(), allowed))
            }
            None => Ok(()),
        }
    }
}

/// Resolved common options.
#[derive(Debug, Clone)]
pub struct Common {
    pub format: Format,
    pub output: Option<PathBuf>,
    pub seed: u64,
    /// Whether the seed was given, rather than the default.
    pub given_seed: Option<u64>,
}

impl CommonOptions {
    /// Reads the configuration, lays the flags over it and sets the number of threads.
    pub fn resolve(&self) -> Result<(Common, ConfigFile)> {
        let file = match &self.config {
            Some(path) => {
                let text = read_text(path, Role::Configuration)?;
                ConfigFile::parse(path, &text)?
            }
            None => ConfigFile::default(),
        };
        let output = self.output.clone().or_else(|| file.output.output.clone());
        let seed = self.seed.or(file.output.seed);
        let threads = self.threads.or(file.output.threads);
        let threads = threads.unwrap_or_else(default_threads);
        set_threads(threads)?;
        log::info!("threads: {threads}");
        let common = Common {
            format: self.format.or(file.output.format).unwrap_or_default(),
            output,
            seed: seed.unwrap_or(1),
            given_seed: seed,
        };
        Ok((common, file))
    }
}

/// Cores of the machine, of which this process may be bound to some.
fn cores_of_machine(allowed: usize) -> usize {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let listed = text.lines().filter(|line| line.starts_with("processor"));
    listed.count().max(allowed)
}

fn set_threads(threads: usize) -> Result<()> {
    if !(1..=MOST_THREADS).contains(&threads) {
        return Err(Error::invalid("threads", threads, "must lie in 1..=1024"));
    }
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global()
        .map_err(|error| {
            let allowed = format!("{error}: the system makes fewer, choose a smaller --threads");
            Error::invalid("threads", threads, allowed)
        })
}

/// What rayon would take by itself: its variable, or all cores; within the same limit. Ranks on one
/// machine have a part of its cores each.
fn default_threads() -> usize {
    let variable = std::env::var("RAYON_NUM_THREADS");
    let asked = variable.ok().and_then(|text| text.parse().ok());
    let cores = || {
        let allowed = std::thread::available_parallelism().map_or(1, usize::from);
        match Ranks::of_process().neighbours() {
            1 => allowed,
            ranks => allowed.min(cores_of_machine(allowed).div_ceil(ranks)),
        }
    };
    asked
        .filter(|&threads| threads > 0)
        .unwrap_or_else(cores)
        .min(MOST_THREADS)
}
