//! The largest objective that any weights have, as far as many starts find it.

use super::annealing::{AnnealingSettings, anneal};
use super::ascent::{GdSettings, ascend};
use super::curvature::{Curvature, curvature};
use super::gradient::Gradient;
use super::lbfgs::{LbfgsSettings, lbfgs};
use super::observation::Learned;
use super::problem::Problem;
use crate::error::{Error, Result, require_positive};
use crate::numerics::Matrix;
use crate::numerics::streams::{Purpose, Streams};
use crate::order_parameters::OrderParameters;
use rand_distr::{Distribution, StandardNormal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most starts of one kind.
const MOST_STARTS: usize = 100_000;

/// Ends whose objectives differ by less are one maximum: a gradient of 1e-5 leaves an error of some
/// 1e-9.
const SAME: f64 = 1e-7;

/// Root-mean-square gradient at the best end, where its curvature is measured.
const POLISHED: f64 = 1e-8;

/// How weights came about.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Climb {
    /// L-BFGS from random weights.
    Random,
    /// L-BFGS from weights with overlap.
    Planted,
    /// L-BFGS from the end of Langevin annealing, from random weights.
    Annealed,
    /// Gradient ascent from random weights, of a number of steps.
    Gradient,
}

impl Climb {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Random, Self::Planted, Self::Annealed, Self::Gradient];

    /// Its name in tables and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::Planted => "planted",
            Self::Annealed => "annealed",
            Self::Gradient => "gradient",
        }
    }
}

/// How many climbs of each kind, and how they go.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ClimbSettings {
    /// L-BFGS from random weights.
    pub random: usize,
    /// L-BFGS from weights of overlaps `ζ` that are spread evenly over `(0, 1)`.
    pub planted: usize,
    /// L-BFGS behind annealing.
    pub annealed: usize,
    /// Gradient ascent.
    pub gradient: usize,
    /// How temperature falls.
    pub annealing: AnnealingSettings,
    /// When L-BFGS stops.
    pub lbfgs: LbfgsSettings,
    /// Steps of gradient ascent.
    pub steps: usize,
}

impl Default for ClimbSettings {
    /// 16 random starts, gradients of 1e-5 within 1000 iterations, 1600 steps of gradient ascent.
    fn default() -> Self {
        Self {
            random: 16,
            planted: 0,
            annealed: 0,
            gradient: 0,
            annealing: AnnealingSettings::default(),
            lbfgs: LbfgsSettings {
                tolerance: 1e-5,
                max_iterations: 1000,
            },
            steps: 1600,
        }
    }
}

impl ClimbSettings {
    /// Checks every field.
    ///
    /// # Errors
    /// Names the field outside of its range, or asks for two climbs at least.
    pub fn validate(&self) -> Result<()> {
        for (field, count) in [
            ("random", self.random),
            ("planted", self.planted),
            ("annealed", self.annealed),
            ("gradient", self.gradient),
        ] {
            if count > MOST_STARTS {
                let allowed = format!("must be at most {MOST_STARTS}");
                return Err(Error::invalid(field, count, allowed));
            }
        }
        let searches = self.random + self.planted + self.annealed;
        if searches < 2 {
            let allowed = "the largest of one end is not known to be a maximum of all: give two starts at least, random, planted or annealed";
            return Err(Error::invalid("random", searches, allowed));
        }
        self.annealing.validate()?;
        require_positive("run-tolerance", self.lbfgs.tolerance)?;
        for (field, count) in [
            ("steps", self.steps),
            ("iterations", self.lbfgs.max_iterations),
        ] {
            if count == 0 {
                return Err(Error::invalid(field, 0, "must be at least 1"));
            }
        }
        Ok(())
    }

    fn ascent(&self) -> GdSettings {
        GdSettings {
            max_iterations: self.steps,
            ..GdSettings::default()
        }
    }

    /// The climbs, each with its number among those of its kind.
    fn climbs(&self) -> impl Iterator<Item = (Climb, usize)> {
        let counts = [self.random, self.planted, self.annealed, self.gradient];
        let kinds = Climb::ALL.into_iter().zip(counts);
        kinds.flat_map(|(kind, count)| (0..count).map(move |number| (kind, number)))
    }
}

/// Where one climb ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Summit {
    /// How it came about.
    pub climb: Climb,
    /// `ℓ` there.
    pub log_likelihood: f64,
    /// `M` and `Q`.
    pub order: OrderParameters,
    /// Whether its gradient vanishes.
    pub converged: bool,
}

/// The best of many climbs.
#[derive(Debug, Clone)]
pub struct Highest {
    /// Its weights, d×k.
    pub weights: Matrix,
    /// Where it is.
    pub summit: Summit,
    /// The climbs that ended there, gradient ascent aside. A maximum that one of many climbs found
    /// may well not be the largest.
    pub hits: Vec<Climb>,
    /// The curvature there; `None` for several units or too many columns.
    pub curvature: Option<Curvature>,
    /// All ends, those outside of the domain of `η2` left out.
    pub summits: Vec<Summit>,
    /// Climbs that have no end.
    pub failed: usize,
}

/// The largest objective of many climbs on data of planted signals, or of none; gradient ascent is
/// measured, and never the best. One climb after the other.
///
/// # Errors
/// Bad settings, rows that are missing, or planted starts without planted signals; no climb that
/// ended.
pub fn highest(problem: &Problem, settings: &ClimbSettings, streams: Streams) -> Result<Highest> {
    settings.validate()?;
    problem.validate()?;
    let mut best: Option<(Matrix, Summit)> = None;
    let (mut summits, mut failed) = (Vec::new(), 0);
    for (climb, number) in settings.climbs() {
        let Some((weights, summit)) = climb_to(problem, settings, streams, (climb, number))? else {
            failed += 1;
            continue;
        };
        let above = |other: &Summit| summit.log_likelihood > other.log_likelihood;
        if climb != Climb::Gradient && best.as_ref().is_none_or(|(_, other)| above(other)) {
            best = Some((weights, summit.clone()));
        }
        summits.push(summit);
    }
    let Some(best) = best else {
        let allowed = "no climb stayed within the domain of η2";
        return Err(Error::invalid("random", failed, allowed));
    };
    let polish = LbfgsSettings {
        tolerance: POLISHED,
        ..settings.lbfgs
    };
    let polished = lbfgs(problem, best.0.clone(), &polish)?;
    let tolerance = settings.lbfgs.tolerance;
    let (weights, summit) = judged(problem, best.1.climb, polished, tolerance).unwrap_or(best);
    let hit = |other: &&Summit| {
        other.climb != Climb::Gradient && summit.log_likelihood - other.log_likelihood < SAME
    };
    let hits = summits.iter().filter(hit).map(|own| own.climb).collect();
    let curvature = match problem.units() {
        1 => curvature(problem, &weights)?,
        _ => None,
    };
    Ok(Highest {
        weights,
        hits,
        summit,
        curvature,
        summits,
        failed,
    })
}

/// One climb; `None` where it left the domain of `η2`.
fn climb_to(
    problem: &Problem,
    settings: &ClimbSettings,
    streams: Streams,
    (climb, number): (Climb, usize),
) -> Result<Option<(Matrix, Summit)>> {
    let block = (climb as u64) << 32 | number as u64;
    let mut stream = streams.stream(Purpose::Start, block);
    let scale = problem.hidden().starting_overlap().sqrt();
    let (d, units) = (problem.d(), problem.units());
    let mut start = Matrix::from_fn(d, units, |_, _| StandardNormal.sample(&mut stream));
    start *= scale;
    let tolerance = settings.lbfgs.tolerance;
    let learned = match climb {
        Climb::Gradient => ascend(problem, start, &settings.ascent())?,
        Climb::Random => lbfgs(problem, start, &settings.lbfgs)?,
        Climb::Planted => {
            let zeta = (number + 1) as f64 / (settings.planted + 1) as f64;
            let start = with_overlap(problem, start, zeta, scale)?;
            lbfgs(problem, start, &settings.lbfgs)?
        }
        Climb::Annealed => match anneal(problem, start, &settings.annealing, &mut stream)? {
            Some(start) => lbfgs(problem, start, &settings.lbfgs)?,
            None => return Ok(None),
        },
    };
    Ok(judged(problem, climb, learned, tolerance))
}

/// Weights of overlap `ζ` between each unit and a signal of its own, where there are as many.
fn with_overlap(problem: &Problem, noise: Matrix, zeta: f64, scale: f64) -> Result<Matrix> {
    let Some(planted) = problem.planted() else {
        let allowed = "needs planted signals, and none are known";
        return Err(Error::invalid("planted", "given", allowed));
    };
    let w_star = planted.w_star();
    let mut start = noise * (1.0 - zeta * zeta).sqrt();
    for unit in 0..start.ncols().min(w_star.ncols()) {
        let mut column = start.column_mut(unit);
        column.axpy(zeta * scale, &w_star.column(unit), 1.0);
    }
    Ok(start)
}

/// The end with its objective.
fn judged(
    problem: &Problem,
    climb: Climb,
    learned: Learned,
    tolerance: f64,
) -> Option<(Matrix, Summit)> {
    if !learned.end.has_weights() {
        return None;
    }
    let at = Gradient::at(problem, &learned.weights)?;
    if !at.log_likelihood.is_finite() {
        return None;
    }
    let summit = Summit {
        climb,
        log_likelihood: at.log_likelihood,
        order: problem.observe(&learned.weights).order,
        converged: at.rms() <= tolerance,
    };
    Some((learned.weights, summit))
}
