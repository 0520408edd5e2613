//! Commands: each resolves its options, checks everything, does its work through the library and
//! replies once.

mod analyze;
mod branch;
mod built_in;
mod compare;
mod config;
mod contrastive;
mod dmft;
mod equations;
mod evolve;
#[cfg(feature = "figures")]
mod figure;
mod finite_size;
mod learning_curve;
mod likelihood;
mod linear;
mod maximum;
mod messages;
mod output;
mod progress;
#[cfg(feature = "figures")]
mod reproduce;
mod sample;
mod schema;
mod simulate;
mod solve;
mod spectrum;
mod stability;
mod sweep;
mod train;

use clap::{Parser, Subcommand};
use config::CommonOptions;
use onsager::error::Result;
use onsager::files;
use onsager::table::printable;
use output::Reply;
use std::io::Write;
use std::process::ExitCode;

/// Exit status of bad input and of faults of the surroundings.
const BAD_INPUT: u8 = 2;

/// Longest line of a message, in characters.
const LONGEST_LINE: usize = 1000;

/// Theory and finite-size simulation of what a Restricted Boltzmann Machine learns in high
/// dimension
#[derive(Parser)]
#[command(version, about, long_about = None, arg_required_else_help = true)]
pub struct Arguments {
    #[command(flatten)]
    common: CommonOptions,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Fixed points of state evolution, or of a potential, with stability, objective and baselines
    Solve(solve::Arguments),
    /// Dynamical mean-field theory of gradient ascent, with standard errors and the long-time limit
    Dmft(dmft::Arguments),
    /// Trajectory of state evolution (amp), or of dynamical mean-field theory (gd)
    Evolve(evolve::Arguments),
    /// Finite-size simulation: AMP, gradient ascent, L-BFGS, spectral method
    Simulate(simulate::Arguments),
    /// Theory beside simulation, with a verdict: exit status 0 if they agree, 1 if not, 3 for too
    /// few instances to tell
    Compare(compare::Arguments),
    /// Runs at several sizes: bias a/d and spread s/√d, whether these laws hold, and the size and
    /// number of instances that an accuracy needs
    FiniteSize(finite_size::Arguments),
    /// The largest objective of one hidden unit, best of many starts at several sizes, extrapolated,
    /// beside theory beyond replica symmetry
    Maximum(maximum::Arguments),
    /// De Almeida–Thouless line, fold, jump, onset and end of the replica-symmetric solution, for
    /// given α or given strengths; of a potential, for values of a parameter
    Stability(stability::Arguments),
    /// Branch of fixed points of state evolution, or of a potential, along a control parameter,
    /// around its folds
    Branch(branch::Arguments),
    /// Phase diagram over two control parameters, on disk cell by cell: a killed sweep goes on,
    /// shards run on many machines
    Sweep(sweep::Arguments),
    /// Put the records of shards together
    Merge(sweep::MergeArguments),
    /// Learning curve of an RBM with Gaussian units on both sides: modes that emerge one after the
    /// other, beside their closed form
    Linear(linear::Arguments),
    /// Learning curve of an RBM with ±1 units: modes that condense, tie, and compete for its
    /// response; at infinite or finite size, or by a sum over all states
    LearningCurve(learning_curve::Arguments),
    /// Bulk and outliers of a weight matrix: in theory, of a sample, of a measured matrix
    Spectrum(spectrum::Arguments),
    /// Train an RBM with ±1 units on data by contrastive divergence: the spectrum of its weights,
    /// and their directions beside those of the data
    Train(train::Arguments),
    /// What the spectrum of data says before training: noise, signals with their strengths and
    /// errors, whether the rest is noise, and what hidden units will learn
    Analyze(analyze::Arguments),
    /// Draw new data from an RBM with normal visible units
    Sample(sample::Arguments),
    /// Exact log-likelihood of an RBM with few hidden units less the effective objective: measured,
    /// and by its expansion in 1/√d
    Likelihood(likelihood::Arguments),
    /// What contrastive divergence learns beside the objective, from the same data: its fixed points
    /// for d → ∞, and machines of finite size
    Contrastive(contrastive::Arguments),
    #[cfg(feature = "figures")]
    /// Draw a figure from its specification and its table
    Figure(figure::Arguments),
    #[cfg(feature = "figures")]
    /// Compute and draw figures: fig1-left, fig1-right, fig7 of arXiv:2505.18046; theorem1,
    /// stationarity, escape, window, starts, starts-two, units, contrastive, generalisation, finite-size and occlusion on its
    /// claims (claims: all of these, and a page of their verdicts); signals (intervals for signals in data); rsb, maximum, phase-rsb (beyond replica symmetry); dmft, dmft-two-time, alignment, phase-alpha-lambda, phase-two-signals, phase-ternary, phase-sk,
    /// phase-hopfield, staircase, spectrum, learning-curve, phase-rbm-bernoulli, phase-rbm-gaussian
    /// and phase-rbm-laplace (the last six after arXiv:1708.02917)
    Reproduce(reproduce::Arguments),
    /// List, show and check the definitions of priors and potentials
    Equations(equations::Arguments),
    /// BibTeX of what a run or a definition builds on
    Cite(equations::CiteArguments),
    /// JSON Schema of what a command replies to --format json
    Schema(schema::Arguments),
}

impl Command {
    /// Whether it takes options of a model, a solver or a simulation.
    fn takes_options(&self) -> bool {
        matches!(
            self,
            Self::Solve(_)
                | Self::Dmft(_)
                | Self::Evolve(_)
                | Self::Simulate(_)
                | Self::Compare(_)
                | Self::FiniteSize(_)
                | Self::Maximum(_)
                | Self::Stability(_)
                | Self::Branch(_)
                | Self::Contrastive(_)
        )
    }
}

/// Runs one command; the exit status is 0 for a result, 1 for a disagreement or a prediction that
/// was not obtained in `compare`, 2 for bad input, 3 for too few instances to tell in `compare`.
pub fn run(arguments: Arguments) -> ExitCode {
    match execute(arguments) {
        Ok(code) => code,
        Err(error) => {
            // Standard error may be full, or gone.
            let _ = writeln!(
                std::io::stderr(),
                "error: {}",
                printable(&shortened(&error.to_string()))
            );
            ExitCode::from(BAD_INPUT)
        }
    }
}

/// A message without what is beyond reading of its lines: a file may have lines of any length, and
/// errors quote them.
fn shortened(message: &str) -> String {
    let line = |line: &str| match line.char_indices().nth(LONGEST_LINE) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    };
    let lines: Vec<String> = message.lines().map(line).collect();
    lines.join("\n")
}

fn execute(arguments: Arguments) -> Result<ExitCode> {
    files::watch();
    messages::show_warnings();
    messages::farewell();
    let (common, config) = arguments.common.resolve()?;
    // The output is opened before work starts, and takes its name only when it is complete.
    let output = output::Target::open(common.output.as_deref())?;
    if !arguments.command.takes_options() {
        config.require_used(&[])?;
    }
    let reply = match arguments.command {
        Command::Solve(command) => command.run(&common, config),
        Command::Dmft(command) => command.run(&common, config),
        Command::Evolve(command) => command.run(&common, config),
        Command::Simulate(command) => command.run(&common, config),
        Command::Compare(command) => command.run(&common, config),
        Command::FiniteSize(command) => command.run(&common, config),
        Command::Maximum(command) => command.run(&common, config),
        Command::Stability(command) => command.run(&common, config),
        Command::Branch(command) => command.run(&common, config),
        Command::Sweep(command) => command.run(&common),
        Command::Merge(command) => command.run(&common),
        Command::Linear(command) => command.run(&common),
        Command::LearningCurve(command) => command.run(&common),
        Command::Spectrum(command) => command.run(&common),
        Command::Analyze(command) => command.run(&common),
        Command::Sample(command) => command.run(&common),
        Command::Train(command) => command.run(&common),
        Command::Likelihood(command) => command.run(&common),
        Command::Contrastive(command) => command.run(&common, config),
        #[cfg(feature = "figures")]
        Command::Figure(command) => command.run(),
        #[cfg(feature = "figures")]
        Command::Reproduce(command) => command.run(&common),
        Command::Equations(command) => command.run(),
        Command::Cite(command) => command.run(),
        Command::Schema(command) => command.run(),
    }?;
    output.write(&reply, &common)?;
    Ok(reply.exit)
}

/// Common result of a command.
type CommandResult = Result<Reply>;
