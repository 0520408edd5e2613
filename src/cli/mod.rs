//! Commands: each resolves its options, checks everything, does its work through the library and
//! replies once.

mod analyze;
mod branch;
mod built_in;
mod compare;
mod config;
mod contrastive;
#[cfg(feature = "figures")]
mod demo;
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
mod plot;
mod progress;
mod ranks;
mod remaining;
#[cfg(feature = "figures")]
mod reproduce;
mod sample;
mod schema;
mod shell;
mod simulate;
mod solve;
mod spectrum;
mod stability;
mod strengths;
mod sweep;
mod terminal;
mod train;

use clap::{Parser, Subcommand};
use config::CommonOptions;
use onsager::error::{Error, Result};
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
    #[cfg(feature = "figures")]
    /// A prediction at once, the same by simulation and a figure within a minute: where to begin
    #[command(after_help = "Example:\n  onsager demo")]
    Demo(demo::Arguments),
    /// Fixed points of state evolution, or of a potential, with stability, objective and baselines
    #[command(
        after_help = "Examples:\n  onsager solve --alpha 2 --lambda 1.5\n  onsager solve --alpha 2 --lambda 0.9:2.5:60 --plot overlap.svg\n  onsager solve sk --set T=0.5 --set J0=0"
    )]
    Solve(solve::Arguments),
    /// Dynamical mean-field theory of gradient ascent, with standard errors and the long-time limit
    #[command(
        after_help = "Example:\n  onsager dmft --alpha 2 --lambda 1.3 --start-m 0.3 --step 0.3 --iterations 40 --plot dmft.png"
    )]
    Dmft(dmft::Arguments),
    /// Trajectory of state evolution (amp), or of dynamical mean-field theory (gd)
    #[command(after_help = "Example:\n  onsager evolve --alpha 2 --lambda 1.5 --iterations 20")]
    Evolve(evolve::Arguments),
    /// Finite-size simulation: AMP, gradient ascent, L-BFGS, spectral method
    #[command(
        after_help = "Example:\n  onsager simulate --lambda 1.5 --n 2000 --d 1000 --algorithm amp --instances 8 --record run.jsonl"
    )]
    Simulate(simulate::Arguments),
    /// Theory beside simulation, with a verdict: exit status 0 if they agree, 1 if not, 3 for too
    /// few instances to tell
    #[command(
        after_help = "Example:\n  onsager compare --lambda 1.5 --n 2000 --d 1000 --algorithm lbfgs --instances 8"
    )]
    Compare(compare::Arguments),
    /// Runs at several sizes: bias a/d and spread s/√d, whether these laws hold, and the size and
    /// number of instances that an accuracy needs
    #[command(
        after_help = "Example:\n  onsager finite-size --alpha 2 --lambda 1.5 --d 125,250,500 --instances 500 --accuracy 0.01"
    )]
    FiniteSize(finite_size::Arguments),
    /// The largest objective of one hidden unit, best of many starts at several sizes, extrapolated,
    /// beside theory beyond replica symmetry
    #[command(
        after_help = "Example:\n  onsager maximum --alpha 2 --lambda 1 --d 64,125 --instances 100,50"
    )]
    Maximum(maximum::Arguments),
    /// De Almeida–Thouless line, fold, jump, onset and end of the replica-symmetric solution, for
    /// given α or given strengths; of a potential, for values of a parameter
    #[command(
        after_help = "Examples:\n  onsager stability --over alpha --from 1.2 --to 8 --points 50 --plot at.svg\n  onsager stability --alpha 2 --rsb"
    )]
    Stability(stability::Arguments),
    /// Branch of fixed points of state evolution, or of a potential, along a control parameter,
    /// around its folds
    #[command(
        after_help = "Examples:\n  onsager branch --alpha 2 --along lambda --from 0.9 --to 2 --lambda 1\n  onsager branch sk --along T --from 0.1 --to 1.4 --set J0=1.5 --plot sk.svg"
    )]
    Branch(branch::Arguments),
    /// Phase diagram over two control parameters, on disk cell by cell: a killed sweep goes on,
    /// shards run on many machines
    #[command(
        after_help = "Examples:\n  onsager sweep phase-ternary --record ternary.record --plot ternary.png\n  onsager sweep study.toml --shard 2/16 --record 2-of-16.record"
    )]
    Sweep(sweep::Arguments),
    /// Put the records of shards together
    #[command(
        after_help = "Example:\n  onsager merge study.record records/1-of-2.record records/2-of-2.record"
    )]
    Merge(sweep::MergeArguments),
    /// Learning curve of an RBM with Gaussian units on both sides: modes that emerge one after the
    /// other, beside their closed form
    #[command(
        after_help = "Example:\n  onsager linear --eigenvalues 5,3,2,0.5 --hidden-units 3 --until 8"
    )]
    Linear(linear::Arguments),
    /// Learning curve of an RBM with ±1 units: modes that condense, tie, and compete for its
    /// response; at infinite or finite size, or by a sum over all states
    #[command(
        after_help = "Example:\n  onsager learning-curve --mu 0.8,0.8 --shares 0.7,0.3 --kappa 0.5 --start 0.1,0.08 --until 40"
    )]
    LearningCurve(learning_curve::Arguments),
    /// Bulk and outliers of a weight matrix: in theory, of a sample, of a measured matrix
    #[command(
        after_help = "Example:\n  onsager spectrum --sigma 0.8 --kappa 0.5 --planted 1.5,1.2,0.6 --sample 1000"
    )]
    Spectrum(spectrum::Arguments),
    /// Train an RBM with ±1 units on data by contrastive divergence: the spectrum of its weights,
    /// and their directions beside those of the data
    #[command(
        after_help = "Example:\n  onsager train --data data.csv --hidden-units 64 --epochs 10"
    )]
    Train(train::Arguments),
    /// What the spectrum of data says before training: noise, signals with their strengths and
    /// errors, whether the rest is noise, and what hidden units will learn
    #[command(
        after_help = "Examples:\n  onsager analyze data.npy --units 2 --report report.html\n  onsager analyze digits"
    )]
    Analyze(analyze::Arguments),
    /// Draw new data from an RBM with normal visible units
    #[command(after_help = "Example:\n  onsager sample weights.npy --rows 1000")]
    Sample(sample::Arguments),
    /// Exact log-likelihood of an RBM with few hidden units less the effective objective: measured,
    /// and by its expansion in 1/√d
    #[command(
        after_help = "Example:\n  onsager likelihood --alpha 2 --self-overlap 2.895 --overlap 1.483"
    )]
    Likelihood(likelihood::Arguments),
    /// What contrastive divergence learns beside the objective, from the same data: its fixed points
    /// for d → ∞, and machines of finite size
    #[command(
        after_help = "Example:\n  onsager contrastive --alpha 4 --lambda 1 --bias 0.5 --chains cd-1,pcd-1"
    )]
    Contrastive(contrastive::Arguments),
    #[cfg(feature = "figures")]
    /// Draw a figure from its specification and its table
    #[command(
        after_help = "Examples:\n  onsager figure fig1-left --directory figures\n  onsager figure overlap.toml"
    )]
    Figure(figure::Arguments),
    #[cfg(feature = "figures")]
    /// Compute and draw figures: demo; fig1-left, fig1-right, fig7 of arXiv:2505.18046; theorem1,
    /// stationarity, escape, window, starts, starts-two, units, contrastive, generalisation, finite-size and occlusion on its
    /// claims (claims: all of these, and a page of their verdicts); signals (intervals for signals in data); rsb, maximum, phase-rsb (beyond replica symmetry); dmft, dmft-two-time, alignment, phase-alpha-lambda, phase-two-signals, phase-ternary, phase-sk,
    /// phase-hopfield, staircase, spectrum, learning-curve, phase-rbm-bernoulli, phase-rbm-gaussian
    /// and phase-rbm-laplace (the last six after arXiv:1708.02917)
    #[command(
        after_help = "Examples:\n  onsager reproduce fig1-left\n  onsager reproduce rsb --check"
    )]
    Reproduce(reproduce::Arguments),
    /// List, show and check the definitions of priors and potentials
    #[command(
        after_help = "Examples:\n  onsager equations list\n  onsager equations show rademacher"
    )]
    Equations(equations::Arguments),
    /// BibTeX of what a run or a definition builds on
    #[command(after_help = "Example:\n  onsager cite run.json")]
    Cite(equations::CiteArguments),
    /// JSON Schema of what a command replies to --format json
    #[command(after_help = "Example:\n  onsager schema solve")]
    Schema(schema::Arguments),
    /// Completions for a shell
    #[command(after_help = "Example:\n  onsager completions bash")]
    Completions(shell::CompletionArguments),
    /// Pages of the manual, one for each command
    #[command(after_help = "Example:\n  onsager man man1")]
    Man(shell::ManArguments),
}

impl Command {
    /// Whether the processes of an MPI job share the rows of its simulations.
    fn shares_rows(&self) -> bool {
        match self {
            Self::Simulate(_) | Self::FiniteSize(_) | Self::Contrastive(_) => true,
            Self::Compare(own) => own.shares_rows(),
            _ => false,
        }
    }

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
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        // Of several ranks one says so.
        Err(error) if ranks::is_first() => error.exit(),
        Err(error) => return ExitCode::from(error.exit_code() as u8),
    };
    match ranks::join(arguments.command.shares_rows())
        .and_then(|job| job.run(|| execute(arguments)))
    {
        Ok(code) => code,
        Err(error) => {
            if ranks::is_first() {
                complain(&error);
            }
            ExitCode::from(BAD_INPUT)
        }
    }
}

/// Says why there is no result.
fn complain(error: &Error) {
    // Standard error may be full, or gone.
    let _ = writeln!(
        std::io::stderr(),
        "error: {}",
        printable(&shortened(&error.to_string()))
    );
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
    match ranks::is_first() {
        true => messages::show(arguments.common.quiet, arguments.common.verbose),
        false => messages::nothing(),
    }
    messages::farewell();
    let (common, config) = arguments.common.resolve()?;
    // The output is opened before work starts, and takes its name only when it is complete.
    let output = output::Target::open(common.output.as_deref())?;
    if !arguments.command.takes_options() {
        config.require_used(&[])?;
    }
    let reply = match arguments.command {
        #[cfg(feature = "figures")]
        Command::Demo(command) => command.run(&common),
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
        Command::Completions(command) => command.run(),
        Command::Man(command) => command.run(),
    }?;
    output.write(&reply, &common)?;
    Ok(reply.exit)
}

/// Common result of a command.
type CommandResult = Result<Reply>;
