//! The de Almeida–Thouless point: the root of `replicon − 1` along the branch.

use super::{Boundary, Located, NotLocated};
use crate::error::Result;
use crate::fixed_point::CRITICAL;
use crate::numerics::brent::bracketed_root;
use crate::theory::continuation::ModelPath;
use crate::theory::outcome::Outcome;
use crate::theory::settings::FixedPointSettings;
use crate::theory::state_evolution::State;
use crate::theory::{follow, planted};
use std::cell::RefCell;

/// Largest step down the branch, relative to the control parameter.
const STEP: f64 = 0.06;

/// Overlaps below this are none.
const NO_OVERLAP: f64 = 1e-6;

/// What the branch has at one value.
#[derive(Debug, Clone, PartialEq)]
enum At {
    Replicon { replicon: f64, overlap: f64 },
    Nothing { outcome: Outcome },
}

impl At {
    fn is_stable(&self) -> bool {
        matches!(self, Self::Replicon { replicon, .. } if *replicon < CRITICAL)
    }

    fn has_overlap(&self) -> bool {
        matches!(self, Self::Replicon { overlap, .. } if *overlap > NO_OVERLAP)
    }
}

/// The branch of aligned fixed points along the control parameter.
pub(super) struct Line<'a> {
    path: ModelPath<'a>,
    settings: &'a FixedPointSettings,
    /// Points found so far.
    known: RefCell<Vec<(f64, State)>>,
}

/// How a descent along the branch ended.
enum Descent {
    /// The replicon crosses 1 between these two points of the branch.
    Met { low: f64, high: f64 },
    /// The branch has a point at `high` and none at `low`.
    Ended { low: f64, high: f64 },
    /// It goes on to the end of the range.
    Through,
}

impl<'a> Line<'a> {
    pub fn new(path: ModelPath<'a>, settings: &'a FixedPointSettings) -> Self {
        Self {
            path,
            settings,
            known: RefCell::default(),
        }
    }

    /// The branch at a value, from the nearest point that is known, or from the planted start.
    fn at(&self, value: f64) -> Result<At> {
        let model = (self.path)(value)?;
        let nearest = self
            .known
            .borrow()
            .iter()
            .min_by(|a, b| (a.0 - value).abs().total_cmp(&(b.0 - value).abs()))
            .map(|(_, state)| state.clone());
        let found = match nearest {
            Some(state) => {
                let solution = follow(&model, state, self.settings)?;
                solution.fixed_point().cloned().map_err(Outcome::clone)
            }
            None => {
                let found = planted(&model, self.settings)?;
                found.answer().cloned().map_err(Outcome::clone)
            }
        };
        let point = match found {
            Ok(point) => point,
            Err(outcome) => return Ok(At::Nothing { outcome }),
        };
        self.known.borrow_mut().push((value, point.state()));
        Ok(At::Replicon {
            replicon: point.stability.replicon,
            overlap: point.order.m.amax(),
        })
    }

    /// The de Almeida–Thouless point, and a point of the branch above it.
    pub fn locate(
        &self,
        [from, to]: [f64; 2],
        tolerance: f64,
    ) -> Result<(Located, Option<(f64, State)>)> {
        // A stable point with an overlap to begin with.
        let mut high = (1.5 * from).min(to);
        loop {
            let at = self.at(high)?;
            if at.is_stable() && at.has_overlap() {
                break;
            }
            if high >= to {
                let top = self.known.borrow().last().cloned();
                let reason = match &at {
                    At::Nothing { outcome } if !outcome.has_left_domain() => {
                        let outcome = outcome.name();
                        NotLocated::SearchFailed { from, to, outcome }
                    }
                    _ => NotLocated::NoStableSolution { from, to },
                };
                return Ok((Err(reason), top.filter(|_| at.has_overlap())));
            }
            self.known.borrow_mut().clear();
            high = (1.25 * high).min(to);
        }
        let top = self.known.borrow().last().cloned();
        let at = match self.descend(high, from, tolerance)? {
            Descent::Met { low, high } => self.root(low, high, tolerance),
            Descent::Ended { low, high } => Err(NotLocated::EndsStable {
                from: low,
                to: high,
            }),
            Descent::Through => Err(NotLocated::StableThroughout { from }),
        };
        Ok((at, top))
    }

    /// Follows the branch downwards from `high` until it is no longer stable, ends, or the range
    /// does.
    fn descend(&self, mut high: f64, from: f64, tolerance: f64) -> Result<Descent> {
        let mut step = STEP * high;
        while high > from {
            let low = (high - step).max(from);
            match self.at(low)? {
                At::Nothing { .. } if high - low <= tolerance => {
                    return Ok(Descent::Ended { low, high });
                }
                At::Nothing { .. } => step = 0.5 * (high - low),
                at if !at.is_stable() => return Ok(Descent::Met { low, high }),
                At::Replicon { .. } => {
                    high = low;
                    step = step.min(STEP * high);
                }
            }
        }
        Ok(Descent::Through)
    }

    fn root(&self, low: f64, high: f64, tolerance: f64) -> Located {
        let excess = |value: f64| match self.at(value) {
            Ok(At::Replicon { replicon, .. }) => replicon - CRITICAL,
            // Between two points of the branch there is a model; a search that fails shows as a
            // root that is none.
            Ok(At::Nothing { .. }) | Err(_) => f64::NAN,
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
