//! Where aligned units cease to be stable: their joint eigenvalue passes 1, and units that mix
//! signals take the lead.

use super::{Boundary, Located, NotLocated};
use crate::error::Result;
use crate::numerics::brent::bracketed_root;
use crate::theory::continuation::ModelPath;
use crate::theory::planted;
use crate::theory::settings::FixedPointSettings;

/// Values of the control parameter at which the eigenvalue is looked at, in equal ratios.
const VALUES: usize = 48;

/// The first crossing of 1 by the joint eigenvalue of the decoupled solution, from above, to
/// `tolerance`; crossings that come in pairs between two neighbouring values are not seen.
pub(super) fn locate(
    path: ModelPath,
    [from, to]: [f64; 2],
    tolerance: f64,
    settings: &FixedPointSettings,
) -> Result<Located> {
    let excess = |value: f64| -> Result<Option<f64>> {
        let found = planted(&path(value)?, settings)?;
        let point = found.answer().ok();
        Ok(point.map(|point| point.stability.joint_eigenvalue - 1.0))
    };
    let ratio = (from / to).powf(1.0 / (VALUES - 1) as f64);
    let mut above: Option<(f64, f64)> = None;
    for index in 0..VALUES {
        let value = if index + 1 == VALUES {
            from
        } else {
            to * ratio.powi(index as i32)
        };
        let Some(own) = excess(value)? else {
            return Ok(Err(match above {
                Some((at, _)) => NotLocated::GoesOn { at },
                None => NotLocated::Lost(value),
            }));
        };
        if let Some((high, other)) = above
            && own * other <= 0.0
        {
            // Between two values with a solution there is one; a search that fails shows as a root
            // that is none.
            let root = |value: f64| excess(value).ok().flatten().unwrap_or(f64::NAN);
            let at = bracketed_root(root, value, high, 0.1 * tolerance, 1e-5);
            return Ok(at.map_err(NotLocated::from).map(|at| Boundary {
                value: at,
                interval: [at - tolerance, at + tolerance],
                residual: Some(root(at).abs()),
            }));
        }
        above = Some((value, own));
    }
    let word = match above {
        Some((_, excess)) if excess > 0.0 => "of aligned units is a saddle throughout the range",
        _ => "of aligned units is not a saddle anywhere in the range",
    };
    Ok(Err(NotLocated::Absent(word.into())))
}
