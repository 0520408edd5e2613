//! `onsager demo`: a prediction, a simulation and a figure within a minute.

use super::CommandResult;
use super::config::{Common, Format};
use super::output::Reply;
use super::reproduce::Reproduction;
use clap::Args;
use onsager::error::{Error, Result};
use onsager::experiment::{Experiment, Solve, silent};
use onsager::files::{Demonstrated, create_folder};
use onsager::options::ModelOptions;
use onsager::study::SizeOverride;
use onsager::table::Table;
use onsager::theory::baselines::bbp_threshold;
use std::path::PathBuf;

/// The built-in figure that is drawn.
const FIGURE: &str = "demo";

/// Samples per visible unit and strength of the signal: those of a cell of the figure.
const ALPHA: f64 = 2.0;
const STRENGTH: f64 = 1.5;

/// Flags of `demo`.
#[derive(Args)]
#[group(skip)]
pub struct Arguments {
    /// Folder for the figure
    #[arg(long, value_name = "DIR", default_value = "figures-out")]
    directory: PathBuf,
}

impl Arguments {
    pub fn run(self, common: &Common) -> CommandResult {
        let seed = SizeOverride {
            n: None,
            d: None,
            instances: None,
            seed: common.given_seed,
        };
        let figure = Reproduction::named(FIGURE, &self.directory, seed)?;
        create_folder(&self.directory)?;
        figure.announce()?;
        let (zeta, replicon) = predicted()?;
        let first = format!(
            "Theory: from data with one hidden signal of strength λ = {STRENGTH}, and α = n/d = {ALPHA} samples for each visible unit, an RBM with one\nhidden unit learns weights whose overlap with the signal is ζ = {zeta:.4} (d → ∞; replicon {replicon:.2}, below 1: the prediction holds).\nBelow λ = {:.3} (BBP threshold) it learns nothing of the signal.",
            bbp_threshold(ALPHA)
        );
        let mut said = vec![first];
        // The first number is there at once.
        let at_once = common.format == Format::Table && common.output.is_none();
        if at_once {
            println!("{}\n\nSimulating the same …", said[0]);
        }
        let table = figure.compute()?;
        let simulated = simulated(&table)?;
        let deviation = (simulated.mean - zeta) / simulated.standard_error;
        said.push(format!(
            "Simulation: RBMs trained on {} such data sets (n = 1000, d = 500) have ζ = {:.4} ± {:.4}, {:.1} standard errors from theory.",
            simulated.instances, simulated.mean, simulated.standard_error, deviation.abs()
        ));
        figure.draw(&table)?;
        let written: Vec<String> = figure
            .paths()
            .iter()
            .map(|own| own.display().to_string())
            .collect();
        said.push(format!(
            "{} shows it from λ = 0.7 to 2.2, with PCA and the best that any method can do beside.",
            written
                .iter()
                .find(|own| own.ends_with(".png"))
                .map_or("The figure", String::as_str)
        ));
        let everything = Demonstrated {
            predicted: zeta,
            simulated: simulated.mean,
            standard_error: simulated.standard_error,
            instances: simulated.instances,
            written,
        };
        let plain = Reply::plain(&everything)?;
        let skip = usize::from(at_once);
        Ok(Reply {
            notes: said.split_off(skip),
            data: Some(table),
            ..plain
        })
    }
}

/// Overlap and replicon of the fixed point.
fn predicted() -> Result<(f64, f64)> {
    let model = ModelOptions {
        alpha: Some(ALPHA),
        lambda: Some(vec![STRENGTH]),
        ..ModelOptions::default()
    };
    let solve = Solve {
        model,
        ..Solve::default()
    };
    let found = solve.run(silent())?.result.found;
    let point = found
        .answer()
        .map_err(|outcome| lost(outcome.explanation()))?;
    if !point.stability.is_stable() {
        return Err(lost("the fixed point is not stable"));
    }
    Ok((point.order.overlaps()[(0, 0)], point.stability.replicon))
}

/// What the runs of one cell found.
struct Simulated {
    mean: f64,
    standard_error: f64,
    instances: usize,
}

fn simulated(table: &Table) -> Result<Simulated> {
    let number = |row: usize, column: &str| table.get(row, column).as_number();
    let here = |row: &usize| {
        table.get(*row, "source").is_written("lbfgs")
            && number(*row, "lambda").is_some_and(|own| (own - STRENGTH).abs() < 1e-9)
    };
    let found = (0..table.rows.len()).find(here).and_then(|row| {
        Some(Simulated {
            mean: number(row, "zeta")?,
            standard_error: number(row, "standard_error")?,
            instances: number(row, "instances")? as usize,
        })
    });
    found.ok_or_else(|| lost("no run of the simulation ended with weights"))
}

fn lost(reason: impl Into<String>) -> Error {
    Error::invalid("demo", "a number", reason.into())
}
