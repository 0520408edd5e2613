//! Where a number of the planted solution passes a level.

use super::{Boundary, Located, NotLocated};
use crate::error::Result;
use crate::model::Model;
use crate::numerics::brent::bracketed_root;
use crate::theory::continuation::ModelPath;
use crate::theory::fixed_point::FixedPoint;
use crate::theory::held_out::HeldOut;
use crate::theory::planted;
use crate::theory::settings::FixedPointSettings;

/// Values of the control parameter at which the number is looked at, in equal ratios.
const VALUES: usize = 48;

/// Largest value of the number at a root.
const RESIDUAL: f64 = 1e-5;

/// A number of a solution that is 0 where the boundary lies.
pub(super) struct Crossing<'a> {
    /// The number; `None` where it was not obtained.
    pub number: &'a dyn Fn(&Model, &FixedPoint) -> Option<f64>,
    /// In words: it is positive throughout, and nowhere.
    pub words: [&'a str; 2],
}

impl Crossing<'_> {
    /// The first crossing from above, to `tolerance`; crossings that come in pairs between two
    /// neighbouring values are not seen.
    pub fn locate(
        &self,
        path: ModelPath,
        [from, to]: [f64; 2],
        tolerance: f64,
        settings: &FixedPointSettings,
    ) -> Result<Located> {
        let number = |value: f64| -> Result<Option<f64>> {
            let model = path(value)?;
            let found = planted(&model, settings)?;
            Ok(found
                .answer()
                .ok()
                .and_then(|point| (self.number)(&model, point)))
        };
        let ratio = (from / to).powf(1.0 / (VALUES - 1) as f64);
        let mut above: Option<(f64, f64)> = None;
        for index in 0..VALUES {
            let value = if index + 1 == VALUES {
                from
            } else {
                to * ratio.powi(index as i32)
            };
            let Some(own) = number(value)? else {
                return Ok(Err(match above {
                    Some((at, _)) => NotLocated::GoesOn { at },
                    None => NotLocated::Lost(value),
                }));
            };
            if let Some((high, other)) = above
                && own * other <= 0.0
            {
                // Between two values with a solution there is one; a search that fails shows as a
                // root that is none.
                let root = |value: f64| number(value).ok().flatten().unwrap_or(f64::NAN);
                let at = bracketed_root(root, value, high, 0.1 * tolerance, RESIDUAL);
                return Ok(at.map_err(NotLocated::from).map(|at| Boundary {
                    value: at,
                    interval: [at - tolerance, at + tolerance],
                    residual: Some(root(at).abs()),
                }));
            }
            above = Some((value, own));
        }
        let [throughout, nowhere] = self.words;
        let word = match above {
            Some((_, number)) if number > 0.0 => throughout,
            _ => nowhere,
        };
        Ok(Err(NotLocated::Absent(word.into())))
    }
}

/// The joint eigenvalue of aligned units passes 1: they cease to be stable, and units that mix
/// signals take the lead.
pub fn mixing_boundary(
    path: ModelPath,
    range: [f64; 2],
    tolerance: f64,
    settings: &FixedPointSettings,
) -> Result<Located> {
    let crossing = Crossing {
        number: &|_, point| Some(point.stability.joint_eigenvalue - 1.0),
        words: [
            "of aligned units is a saddle throughout the range",
            "of aligned units is not a saddle anywhere in the range",
        ],
    };
    crossing.locate(path, range, tolerance, settings)
}

/// The log-likelihood of fresh data passes that of a model without weights: on one side the planted
/// solution helps on data that it did not learn from, on the other it hurts (theory.md section 10).
///
/// # Errors
/// Values at which there is no model.
pub fn held_out_boundary(
    path: ModelPath,
    range: [f64; 2],
    tolerance: f64,
    settings: &FixedPointSettings,
) -> Result<Located> {
    let crossing = Crossing {
        number: &|model, point| {
            let found = HeldOut::at(model, &point.order, settings).ok()?;
            Some(found.log_likelihood)
        },
        words: [
            "helps on fresh data throughout the range",
            "helps on fresh data nowhere in the range",
        ],
    };
    crossing.locate(path, range, tolerance, settings)
}
