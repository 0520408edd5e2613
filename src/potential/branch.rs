//! Branches of stationary points along a parameter of a potential.

use super::outcome::SaddlePoint;
use super::path::{PotentialDeparture, PotentialPath};
use super::solve::{PotentialSettings, solve_one};
use crate::error::{Error, Result};
use crate::fixed_point::{
    Accuracy, Begin, Branch, BranchEnd, ContinuationSettings, ProblemPath, trace,
};
use nalgebra::DVector;

/// Finest level of the quadrature of a branch.
const FINEST_LEVEL: u32 = 18;

/// Factor by which residuals of a branch may exceed the tolerance of a search, which accepts what
/// rounding leaves.
const ROUNDING: f64 = 10.0;

/// Distance to which quadrature at the level of a point may be off, before the level is raised.
const NEARNESS: f64 = 1e-6;

/// A branch of stationary points.
pub type PotentialBranch = Branch<PotentialDeparture>;

/// The stationary point at which a branch begins: the search from one start (the first one unless
/// it is named) at a value of the parameter.
///
/// # Errors
/// An unknown start, a value outside of the parameter's domain, or a search that found nothing.
pub fn begin(
    path: &PotentialPath,
    value: f64,
    start: Option<&str>,
    settings: &PotentialSettings,
) -> Result<Begin> {
    let solution = solve_one(&path.definition(value)?, start, settings)?;
    match solution.point() {
        Ok(point) => Ok(branch_from(point, value, solution.level)),
        Err(outcome) => {
            let allowed = format!(
                "the search there ended as {outcome}: {}; begin elsewhere with --at, or from another --start",
                outcome.explanation()
            );
            Err(Error::invalid("at", value, allowed))
        }
    }
}

/// A stationary point as the beginning of a branch.
pub(crate) fn branch_from(point: &SaddlePoint, value: f64, level: u32) -> Begin {
    Begin {
        value,
        x: DVector::from_column_slice(&point.x),
        residual: point.residual,
        level,
    }
}

/// How a branch ended, in words.
pub fn ending(branch: &PotentialBranch) -> String {
    match &branch.end {
        BranchEnd::Onset(at) => format!("ends at {at}, where an order parameter vanishes"),
        other => other.to_string(),
    }
}

/// Follows the branch through a stationary point, first towards larger values of the parameter
/// (`rising`) or towards smaller ones.
///
/// # Errors
/// Bad settings, a start outside of the range, or one that is not a stationary point.
pub fn branch(
    path: &PotentialPath,
    begin: Begin,
    rising: bool,
    continuation: &ContinuationSettings,
    settings: &PotentialSettings,
) -> Result<PotentialBranch> {
    settings.validate()?;
    let accuracy = Accuracy {
        tolerance: ROUNDING * settings.tolerance,
        quadrature_tolerance: settings.quadrature_tolerance,
        finest_level: FINEST_LEVEL,
        nearness: NEARNESS,
    };
    // A search ends near an order parameter of 0, not in it; a branch would take the rest for one.
    let x = match path.at(begin.value) {
        Some(problem) => problem.tidied(&begin.x, begin.level, settings.tolerance),
        None => begin.x,
    };
    let begin = Begin { x, ..begin };
    trace(path, begin, rising, continuation, accuracy)
}
