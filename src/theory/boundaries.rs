//! Boundaries of the replica-symmetric solution along one control parameter: where the replicon reaches 1 (de Almeida–Thouless
//! line), and where the solution ends.
//!
//! The branch is followed from strong signals downwards, each point from its neighbour: a search from a far start may leave the domain
//! where the solution still exists. The de Almeida–Thouless point is a root of `replicon − 1` along it, by Brent's method, with the
//! replicon recomputed there. At the end of the branch nothing vanishes, only an outcome changes: it is given as the interval
//! in which it lies.

use super::decoupled::{decouples, scalar_model};
use super::settings::FixedPointSettings;
use super::solve::{solve, solve_from};
use super::start::Start;
use super::state_evolution::State;
use crate::error::{Error, Result};
use crate::model::Model;
use crate::numerics::brent::{BrentFailure, bracketed_root};
use std::cell::RefCell;

/// The control parameter that is varied to meet a boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Control {
    /// A common factor on all signal strengths `λ_1 … λ_r` of the model.
    Strength,
    /// Samples per visible unit, `α`.
    Alpha,
}

/// A located boundary.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Boundary {
    /// Value of the control parameter.
    pub value: f64,
    /// Interval in which it lies.
    pub interval: [f64; 2],
    /// `|replicon − 1|` at `value`, recomputed; `None` for the end of the branch, which is no root.
    pub residual: Option<f64>,
}

/// Why a boundary was not located.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NotLocated {
    /// No stable fixed point in the whole range.
    #[error("no stable fixed point from {from} to {to}: none exists for alpha ≤ 1")]
    NoStableSolution {
        /// Lower end of the range.
        from: f64,
        /// Upper end.
        to: f64,
    },
    /// Stable down to the lower end of the range.
    #[error("stable down to {from}, the lower end of the range")]
    StableThroughout {
        /// Lower end of the range.
        from: f64,
    },
    /// The branch ends while it is still stable.
    #[error("the solution ends between {from} and {to} before its replicon reaches 1")]
    EndsStable {
        /// Last value without a solution.
        from: f64,
        /// First value with a stable one.
        to: f64,
    },
    /// There is a solution down to the lower end of the range.
    #[error("the solution goes on below {from}")]
    GoesOn {
        /// Lower end of the range.
        from: f64,
    },
    /// The replicon touches 1 and stays there: no sign changes.
    #[error(
        "the replicon reaches 1 between {from} and {to} and stays there (Gaussian units: at the BBP threshold)"
    )]
    Marginal {
        /// A value with replicon 1.
        from: f64,
        /// A stable value.
        to: f64,
    },
    /// The end of the branch was not asked for.
    #[error("not asked for")]
    NotAsked,
    /// The root finder met a point without a fixed point, or a jump.
    #[error("the replicon has no root here: {0}")]
    NoRoot(#[from] BrentFailure),
}

/// The boundaries met along one control parameter.
#[derive(Debug, Clone)]
pub struct Boundaries {
    /// Where the replicon is 1.
    pub at: std::result::Result<Boundary, NotLocated>,
    /// Where the branch of aligned fixed points ends.
    pub end: std::result::Result<Boundary, NotLocated>,
}

/// Locates the boundaries of `model` along `control` within `range`, to `tolerance` in the control parameter; the end of the branch only
/// if asked for (it costs searches that fail). Units that decouple are followed one by one: the first of them to turn unstable, or to
/// end, decides.
///
/// # Errors
/// A range that is empty, reversed or not positive, or values at which there is no model.
pub fn boundaries(
    model: &Model,
    control: Control,
    range: [f64; 2],
    tolerance: f64,
    with_end: bool,
    settings: &FixedPointSettings,
) -> Result<Boundaries> {
    let [from, to] = range;
    if !(from.is_finite() && to.is_finite() && 0.0 < from && from < to) {
        let allowed = "must rise from a positive first to a last value";
        return Err(Error::invalid("range", format!("{from} to {to}"), allowed));
    }
    let follow = |model: &Model| {
        Branch {
            model,
            control,
            settings,
            known: RefCell::default(),
        }
        .locate(range, tolerance, with_end)
    };
    if model.units() == 1 || !decouples(model) {
        return follow(model);
    }
    let signals = model.strongest_signals();
    if signals.len() < model.units() {
        // A unit without a signal sees pure noise, which has no stable solution.
        return Ok(Boundaries::neither(&NotLocated::NoStableSolution {
            from,
            to,
        }));
    }
    let mut all: Option<Boundaries> = None;
    for signal in signals {
        let own = follow(&scalar_model(model, model.lambda()[signal])?)?;
        all = Some(match all {
            None => own,
            Some(all) => Boundaries {
                at: first_met(all.at, own.at),
                end: first_met(all.end, own.end),
            },
        });
    }
    Ok(all.unwrap_or_else(|| Boundaries::neither(&NotLocated::NoStableSolution { from, to })))
}

type Located = std::result::Result<Boundary, NotLocated>;

/// The larger of two boundaries, which is met first from above; what was not located hides the other, unless it lies below the range.
fn first_met(a: Located, b: Located) -> Located {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok(if a.value >= b.value { a } else { b }),
        (Ok(found), Err(NotLocated::StableThroughout { .. } | NotLocated::GoesOn { .. }))
        | (Err(NotLocated::StableThroughout { .. } | NotLocated::GoesOn { .. }), Ok(found)) => {
            Ok(found)
        }
        (Err(failure), _) | (_, Err(failure)) => Err(failure),
    }
}

impl Boundaries {
    fn neither(failure: &NotLocated) -> Self {
        Self {
            at: Err(failure.clone()),
            end: Err(failure.clone()),
        }
    }
}

/// The replicon at the de Almeida–Thouless point, less than its rounding: where a whole branch is marginal (Gaussian units below the BBP
/// threshold have a replicon of exactly 1), rounding must not decide.
const CRITICAL: f64 = 1.0 - 1e-9;

/// What the branch has at one value.
#[derive(Debug, Clone, Copy, PartialEq)]
enum At {
    Replicon(f64),
    Nothing,
}

impl At {
    fn is_stable(self) -> bool {
        matches!(self, Self::Replicon(replicon) if replicon < CRITICAL)
    }
}

/// The branch of aligned fixed points along the control parameter.
struct Branch<'a> {
    model: &'a Model,
    control: Control,
    settings: &'a FixedPointSettings,
    /// Points found so far.
    known: RefCell<Vec<(f64, State)>>,
}

/// Largest step down the branch, relative to the control parameter.
const STEP: f64 = 0.06;

impl Branch<'_> {
    fn model_at(&self, value: f64) -> Result<Model> {
        match self.control {
            Control::Strength => {
                let scaled: Vec<f64> = self.model.lambda().iter().map(|l| l * value).collect();
                self.model.with_lambda(&scaled)
            }
            Control::Alpha => self.model.with_alpha(value),
        }
    }

    /// The branch at a value, from the nearest point that is known, or from the planted start.
    fn at(&self, value: f64) -> Result<At> {
        let model = self.model_at(value)?;
        let nearest = self
            .known
            .borrow()
            .iter()
            .min_by(|a, b| (a.0 - value).abs().total_cmp(&(b.0 - value).abs()))
            .map(|(_, state)| state.clone());
        let solution = match nearest {
            Some(state) => solve_from(&model, state, self.settings)?,
            None => solve(&model, &Start::Planted, self.settings)?,
        };
        let Ok(point) = solution.fixed_point() else {
            return Ok(At::Nothing);
        };
        let state = State {
            order: point.order.clone(),
            v: point.k.clone(),
        };
        self.known.borrow_mut().push((value, state));
        Ok(At::Replicon(point.stability.replicon))
    }

    fn locate(&self, [from, to]: [f64; 2], tolerance: f64, with_end: bool) -> Result<Boundaries> {
        // A stable point to begin with.
        let mut high = (1.5 * from).min(to);
        while !self.at(high)?.is_stable() {
            if high >= to {
                return Ok(Boundaries::neither(&NotLocated::NoStableSolution {
                    from,
                    to,
                }));
            }
            self.known.borrow_mut().clear();
            high = (1.25 * high).min(to);
        }
        let ends = |low: f64, high: f64| Boundaries {
            at: Err(NotLocated::EndsStable {
                from: low,
                to: high,
            }),
            end: Ok(interval(low, high)),
        };
        let (low, high) = match self.descend(high, from, tolerance, |at| !at.is_stable())? {
            Descent::Met { low, high } => (low, high),
            Descent::Ended { low, high } => return Ok(ends(low, high)),
            Descent::Through => {
                return Ok(Boundaries {
                    at: Err(NotLocated::StableThroughout { from }),
                    end: Err(NotLocated::GoesOn { from }),
                });
            }
        };
        let at = self.replicon_root(low, high, tolerance);
        let end = if with_end {
            match self.descend(low, from, tolerance, |_| false)? {
                Descent::Ended { low, high } => Ok(interval(low, high)),
                _ => Err(NotLocated::GoesOn { from }),
            }
        } else {
            Err(NotLocated::NotAsked)
        };
        Ok(Boundaries { at, end })
    }

    /// Follows the branch downwards from `high` until `met` holds, the branch ends, or the range does.
    fn descend(
        &self,
        mut high: f64,
        from: f64,
        tolerance: f64,
        met: impl Fn(At) -> bool,
    ) -> Result<Descent> {
        let mut step = STEP * high;
        while high > from {
            let low = (high - step).max(from);
            match self.at(low)? {
                At::Nothing if high - low <= tolerance => return Ok(Descent::Ended { low, high }),
                At::Nothing => step = 0.5 * (high - low),
                at if met(at) => return Ok(Descent::Met { low, high }),
                At::Replicon(_) => {
                    high = low;
                    step = step.min(STEP * high);
                }
            }
        }
        Ok(Descent::Through)
    }

    fn replicon_root(&self, low: f64, high: f64, tolerance: f64) -> Located {
        let excess = |value: f64| match self.at(value) {
            Ok(At::Replicon(replicon)) => replicon - CRITICAL,
            // Between two points of the branch there is a model; a search that fails shows as a root that is none.
            Ok(At::Nothing) | Err(_) => f64::NAN,
        };
        if excess(low).abs() < 1e-8 {
            return Err(NotLocated::Marginal {
                from: low,
                to: high,
            });
        }
        let value = bracketed_root(excess, low, high, 0.1 * tolerance, 1e-4)?;
        Ok(Boundary {
            value,
            interval: [value - tolerance, value + tolerance],
            residual: Some(excess(value).abs()),
        })
    }
}

/// How a descent along the branch ended.
enum Descent {
    /// What was looked for lies between these two points of the branch.
    Met { low: f64, high: f64 },
    /// The branch has a point at `high` and none at `low`.
    Ended { low: f64, high: f64 },
    /// It goes on to the end of the range.
    Through,
}

fn interval(low: f64, high: f64) -> Boundary {
    Boundary {
        value: 0.5 * (low + high),
        interval: [low, high],
        residual: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hidden::{HiddenLaw, HiddenUnits};
    use crate::signal::SignalLaw;
    use crate::theory::baselines::bbp_threshold;

    fn model(alpha: f64, lambda: &[f64], law: HiddenLaw) -> Model {
        let hidden = HiddenUnits::new(law, lambda.len(), &[]).expect("valid");
        let signal = SignalLaw::rademacher;
        Model::new(alpha, lambda, hidden, signal(), signal()).expect("valid")
    }

    fn at(model: &Model, control: Control, range: [f64; 2]) -> Boundaries {
        boundaries(
            model,
            control,
            range,
            1e-8,
            true,
            &FixedPointSettings::default(),
        )
        .expect("valid")
    }

    /// theory.md section 4.
    #[test]
    fn the_at_line_has_its_known_values() {
        for (alpha, expected) in [(2.0, 1.1699668), (4.0, 0.8511655)] {
            let model = model(alpha, &[1.0], HiddenLaw::rademacher());
            let found = at(&model, Control::Strength, [bbp_threshold(alpha), 20.0]);
            let line = found.at.expect("located");
            assert!((line.value - expected).abs() < 1e-7, "{line:?}");
            assert!(line.residual.expect("a root") < 1e-6);
            // At α = 4 the solution goes on to the BBP threshold.
            match found.end {
                Ok(end) => {
                    assert!(alpha == 2.0 && end.interval[1] - end.interval[0] <= 1e-8);
                    assert!((end.value - 0.9736369).abs() < 1e-6, "{end:?}");
                }
                Err(failure) => {
                    assert!(alpha == 4.0 && matches!(failure, NotLocated::GoesOn { .. }))
                }
            }
        }
    }

    #[test]
    fn the_line_is_the_same_along_either_parameter() {
        let strength = model(2.0, &[1.1699668], HiddenLaw::rademacher());
        let line = at(&strength, Control::Alpha, [0.5, 20.0])
            .at
            .expect("located");
        assert!((line.value - 2.0).abs() < 1e-5, "{line:?}");
        // Two signals: the weaker one decides.
        let both = model(2.0, &[1.5, 1.0], HiddenLaw::rademacher());
        let line = at(&both, Control::Strength, [0.5, 20.0])
            .at
            .expect("located");
        assert!((line.value - 1.1699668).abs() < 1e-7, "{line:?}");
    }

    /// Gaussian units: the replicon is 1/(αλ⁴), 1 at the BBP threshold.
    #[test]
    fn gaussian_units_turn_unstable_at_the_bbp_threshold() {
        let model = model(2.0, &[1.0], HiddenLaw::Gaussian);
        let found = at(&model, Control::Strength, [0.5, 20.0]);
        let bbp = bbp_threshold(2.0);
        match found.at {
            Err(NotLocated::Marginal { from, to }) => assert!(from < bbp && bbp < to),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn without_a_line_the_reason_is_said() {
        let few = model(0.9, &[1.0], HiddenLaw::rademacher());
        let found = at(&few, Control::Strength, [0.5, 50.0]);
        assert!(
            matches!(found.at, Err(NotLocated::NoStableSolution { .. })),
            "{found:?}"
        );
        let strong = model(2.0, &[1.0], HiddenLaw::rademacher());
        let found = at(&strong, Control::Strength, [2.0, 5.0]);
        assert!(
            matches!(found.at, Err(NotLocated::StableThroughout { .. })),
            "{found:?}"
        );
        let settings = FixedPointSettings::default();
        for range in [[2.0, 1.0], [0.0, 1.0], [f64::NAN, 1.0]] {
            assert!(boundaries(&strong, Control::Strength, range, 1e-8, true, &settings).is_err());
        }
    }
}
