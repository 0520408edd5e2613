//! The onset: where a branch meets the solution in which a part of its unknowns is 0, as the
//! overlaps of one unit are below recovery.
//!
//! A unit that loses its overlap turns there into its mirror image (a pitchfork): with `h → −h` of
//! this unit, its overlaps `M`, `Q`, `V` with signals and with other units change their signs, and
//! the branch's own equations are singular where they vanish. So the onset is found on the solution
//! in which they are 0, which is regular: there the derivative `J` of the map within them has an
//! eigenvalue 1, and `det(J − I)` changes its sign. For one unit and one signal `J` is the growth
//! of a small overlap, `α λ² K E[∂g]`. The same holds for order parameters that can't be negative,
//! where the two solutions cross.

use super::curve::{Curve, Position};
use super::{Event, EventKind};
use crate::fixed_point::{FixedPointProblem, ProblemPath, Vanishing};
use crate::numerics::brent::bracketed_root;
use crate::numerics::newton::{NewtonSettings, System, find_root};
use nalgebra::DVector;
use std::cell::RefCell;

/// Part of its largest overlap below which a unit is about to lose the rest.
const FADING: f64 = 0.1;

/// A located onset.
pub(super) struct Onset {
    pub event: Event,
    /// The solution that the branch meets there.
    pub silent: DVector<f64>,
}

/// Locates the onset ahead of the last of two neighbouring points, if a part of the unknowns is
/// about to vanish. `None` where none is, or where the onset does not lie where the two points put
/// it: then the next points will tell.
pub(super) fn locate<P: ProblemPath>(
    curve: &Curve<P>,
    peaks: &[f64],
    [before, at]: [&Position; 2],
    width: f64,
) -> Option<Onset> {
    let (earlier, now) = (curve.amplitudes(&before.y), curve.amplitudes(&at.y));
    let fading = |&part: &usize| {
        0.0 < now[part] && now[part] < FADING * peaks[part] && now[part] < earlier[part]
    };
    (0..now.len()).filter(fading).find_map(|part| {
        let size = at.y.len() - 1;
        let own = |problem: &P::Problem| Some(problem.vanishing(part, size));
        let vanishing = curve.at(curve.parameter(&at.y), own)?;
        // The control parameter is linear in this power of the amplitude.
        let power = |amplitude: f64| amplitude.powi(vanishing.power);
        let (p1, p2) = (curve.parameter(&before.y), curve.parameter(&at.y));
        let (now, earlier) = (power(now[part]), power(earlier[part]));
        let expected = p2 - now * (p1 - p2) / (earlier - now);
        of_part(curve, at, vanishing, [p2, expected], width)
    })
}

/// The onset at which these unknowns vanish, expected at a value of the control parameter.
fn of_part<P: ProblemPath>(
    curve: &Curve<P>,
    at: &Position,
    vanishing: Vanishing,
    [p2, expected]: [f64; 2],
    width: f64,
) -> Option<Onset> {
    let distance = (expected - p2).abs();
    let mut x = curve.unknowns(&at.y);
    let odd = vanishing.indices;
    odd.iter().for_each(|&index| x[index] = 0.0);
    let silence = Silence {
        curve,
        odd,
        last: RefCell::new(x),
    };
    let excess = |value: f64| silence.excess(value).unwrap_or(f64::NAN);
    let mut reach = 2.0 * distance + width;
    let value = (0..3).find_map(|_| {
        let found = bracketed_root(
            excess,
            expected - reach,
            expected + reach,
            0.1 * width,
            1e-6,
        );
        reach *= 3.0;
        found.ok()
    })?;
    if (value - expected).abs() > 0.2 * distance + width {
        return None;
    }
    let residual = excess(value).abs();
    let silent = silence.last.borrow().clone();
    Some(Onset {
        event: Event {
            kind: EventKind::Onset,
            value,
            interval: [value - width, value + width],
            residual,
            after: 0,
        },
        silent,
    })
}

/// The solution in which some unknowns are 0.
struct Silence<'a, 'b, P> {
    curve: &'a Curve<'b, P>,
    /// The unknowns that vanish.
    odd: Vec<usize>,
    /// Where it was found last.
    last: RefCell<DVector<f64>>,
}

impl<P: ProblemPath> Silence<'_, '_, P> {
    /// `det(J − I)` within the unknowns that vanish, at a value of the control parameter.
    fn excess(&self, value: f64) -> Option<f64> {
        self.curve.at(value, |problem| self.excess_of(problem))
    }

    fn excess_of(&self, problem: &P::Problem) -> Option<f64> {
        let (curve, level) = (self.curve, self.curve.level);
        let x = self.last.borrow().clone();
        let scale = x.amax().max(1.0);
        let even = Even {
            problem,
            level,
            indices: (0..x.len())
                .filter(|index| !self.odd.contains(index))
                .collect(),
            size: x.len(),
        };
        let newton = NewtonSettings {
            target: 0.1 * curve.accuracy.tolerance * scale,
            max_steps: 12,
        };
        let rest = x.select_rows(&even.indices);
        let found = if even.indices.is_empty() {
            x
        } else {
            let stop = find_root(&even, rest, newton)?;
            if stop.residual > curve.accuracy.tolerance * scale {
                return None;
            }
            even.whole(&stop.x)
        };
        // For laws that are not symmetric, silence is no solution.
        let residual = problem.residual(&found, level)?;
        if self.odd.iter().any(|&index| residual[index].abs() > 1e-9) {
            return None;
        }
        let growth = problem.growth(&found, &self.odd, level)?;
        *self.last.borrow_mut() = found;
        Some(growth.determinant())
    }
}

/// The equations of the unknowns that do not vanish, with the others at 0: regular at the onset.
struct Even<'a, Q> {
    problem: &'a Q,
    level: u32,
    indices: Vec<usize>,
    size: usize,
}

impl<Q> Even<'_, Q> {
    fn whole(&self, x: &DVector<f64>) -> DVector<f64> {
        let mut whole = DVector::zeros(self.size);
        for (&index, &value) in self.indices.iter().zip(x.iter()) {
            whole[index] = value;
        }
        whole
    }
}

impl<Q: FixedPointProblem> System for Even<'_, Q> {
    fn residual(&self, x: &DVector<f64>) -> Option<DVector<f64>> {
        let residual = self.problem.residual(&self.whole(x), self.level)?;
        Some(residual.select_rows(&self.indices))
    }
}
