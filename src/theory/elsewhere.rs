//! Continuation from stronger signals, and from other `α`, where iteration finds nothing: it may
//! leave the domain although there is a solution.

use super::search::Search;
use super::settings::FixedPointSettings;
use super::state_evolution::State;
use super::unknowns::Shape;
use crate::error::Result;
use crate::model::Model;
use crate::numerics::Matrix;
use crate::order_parameters::OrderParameters;

/// Factors on the signals, and on `α`, from which a solution is continued where iteration finds
/// none.
const STRONGER: [f64; 5] = [1.5, 2.0, 3.0, 5.0, 8.0];

/// Largest step of that continuation, relative to the factor.
const LARGEST_STEP: f64 = 0.06;

/// The solution from these overlaps at stronger signals, else at smaller or larger `α`, followed
/// back to the model; with the name of the way. `report` hears of each way before it is tried.
pub(super) fn from_elsewhere(
    model: &Model,
    start: &OrderParameters,
    settings: &FixedPointSettings,
    report: &dyn Fn(&str),
) -> Result<Option<(&'static str, State)>> {
    for path in [Path::Strength, Path::FewerSamples, Path::MoreSamples] {
        report(path.label());
        if let Some(state) = continued(model, path, start, settings)? {
            return Ok(Some((path.label(), state)));
        }
    }
    Ok(None)
}

/// What varies while a solution is continued.
#[derive(Debug, Clone, Copy)]
enum Path {
    Strength,
    FewerSamples,
    MoreSamples,
}

impl Path {
    fn label(self) -> &'static str {
        match self {
            Self::Strength => "continued from stronger signals",
            Self::FewerSamples => "continued from smaller alpha",
            Self::MoreSamples => "continued from larger alpha",
        }
    }

    /// The model this factor away; `None` beyond the range of its parameters.
    fn model(self, model: &Model, factor: f64) -> Option<Model> {
        match self {
            Self::Strength => model.with_strength(factor),
            Self::FewerSamples => model.with_alpha(model.alpha() / factor),
            Self::MoreSamples => model.with_alpha(model.alpha() * factor),
        }
        .ok()
    }
}

/// The solution that is continued from elsewhere: iteration may leave the domain although there is
/// a solution. `None` where the solution is lost on the way, or is nowhere found.
fn continued(
    model: &Model,
    path: Path,
    start: &OrderParameters,
    settings: &FixedPointSettings,
) -> Result<Option<State>> {
    let settings = &settings.for_branches(model.units());
    for mut factor in STRONGER {
        let Some(far) = path.model(model, factor) else {
            break;
        };
        let begin = State {
            order: start.clone(),
            v: Matrix::zeros(model.units(), model.units()),
        };
        let begun = Search::new(&far, settings).run("", begin);
        let Ok(point) = begun.fixed_point() else {
            continue;
        };
        let (mut state, mut step) = (point.state(), LARGEST_STEP);
        while factor > 1.0 {
            let next = (factor * (1.0 - step)).max(1.0);
            let Some(nearer) = path.model(model, next) else {
                return Ok(None);
            };
            let root = Search::new(&nearer, settings).polished(&state);
            match root {
                Some(root) => {
                    (factor, state) = (next, Shape::of(model).unpack(&root.x));
                    if factor == 1.0 {
                        return Ok(Some(state));
                    }
                }
                None if step > 0.1 * LARGEST_STEP => step *= 0.5,
                None => return Ok(None),
            }
        }
    }
    Ok(None)
}
