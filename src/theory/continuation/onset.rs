//! The onset of recovery: where the branch with overlap meets the solution without.
//!
//! A unit that loses its overlap turns there into its mirror image (a pitchfork): with `h → −h` of this unit, its overlaps `M`, `Q`, `V`
//! with signals and with other units change their signs, and the branch's own equations are singular where they vanish. So the onset is
//! found on the solution in which they are 0, which is regular: there the derivative `J` of state evolution within them has an
//! eigenvalue 1, and `det(J − I)` changes its sign. For one unit and one signal `J` is the growth of a small overlap, `α λ² K E[∂g]`.

use super::curve::{Curve, Position};
use super::{Event, EventKind};
use crate::numerics::Matrix;
use crate::numerics::brent::bracketed_root;
use crate::numerics::newton::{NewtonSettings, System, find_root};
use crate::theory::state_evolution::State;
use crate::theory::undamped_map::UndampedMap;
use crate::theory::unknowns::Shape;
use nalgebra::DVector;
use std::cell::RefCell;

/// Part of its largest overlap below which a unit is about to lose the rest.
const FADING: f64 = 0.1;

/// Size of the overlaps whose growth is measured: its own square is the relative error.
const SMALL: f64 = 1e-5;

/// A located onset.
pub(super) struct Onset {
    pub event: Event,
    /// The solution without overlap there.
    pub silent: State,
}

/// Locates the onset ahead of the last of two neighbouring points, if one of the units is about to lose its overlap. `None` where it
/// is not, or where the onset does not lie where the two points put it: then the next points will tell.
pub(super) fn locate(
    curve: &Curve,
    peaks: &[f64],
    [before, at]: [&Position; 2],
    width: f64,
) -> Option<Onset> {
    let (earlier, now) = (curve.overlaps(&before.y), curve.overlaps(&at.y));
    let unit = (0..now.len()).find(|&unit| {
        0.0 < now[unit] && now[unit] < FADING * peaks[unit] && now[unit] < earlier[unit]
    })?;
    // The parameter is quadratic in the overlap here.
    let (p1, p2) = (curve.parameter(&before.y), curve.parameter(&at.y));
    let (squared, earlier) = (now[unit].powi(2), earlier[unit].powi(2));
    let expected = p2 - squared * (p1 - p2) / (earlier - squared);
    let distance = (expected - p2).abs();
    let mut x = curve.unknowns(&at.y);
    let odd = odd(curve.shape, &x, unit);
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
    let silent = curve.shape.unpack(&silence.last.borrow());
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

/// The unknowns that change their sign with a unit: its overlaps with signals, and with the other units.
fn odd(shape: Shape, x: &DVector<f64>, unit: usize) -> Vec<usize> {
    let mut state = shape.unpack(&DVector::zeros(x.len()));
    state.order.m.column_mut(unit).fill(1.0);
    for matrix in [&mut state.order.q, &mut state.v] {
        for other in (0..matrix.nrows()).filter(|&other| other != unit) {
            matrix[(unit, other)] = 1.0;
            matrix[(other, unit)] = 1.0;
        }
    }
    let marked = shape.pack(&state.order, &state.v);
    (0..x.len()).filter(|&index| marked[index] != 0.0).collect()
}

/// The solution in which one unit has no overlap.
struct Silence<'a, 'b> {
    curve: &'a Curve<'b>,
    /// The unknowns that vanish.
    odd: Vec<usize>,
    /// Where it was found last.
    last: RefCell<DVector<f64>>,
}

impl Silence<'_, '_> {
    /// `det(J − I)` within the unknowns that vanish, at a value of the control parameter.
    fn excess(&self, value: f64) -> Option<f64> {
        let curve = self.curve;
        let model = (curve.path)(value).ok()?;
        let map = UndampedMap::new(curve.evolution(&model, curve.level), curve.shape);
        let x = self.last.borrow().clone();
        let scale = x.amax().max(1.0);
        let even = Even {
            map: &map,
            indices: (0..x.len())
                .filter(|index| !self.odd.contains(index))
                .collect(),
            size: x.len(),
        };
        let newton = NewtonSettings {
            target: 0.1 * curve.settings.tolerance * scale,
            max_steps: 12,
        };
        let stop = find_root(&even, x.select_rows(&even.indices), newton)?;
        if stop.residual > curve.settings.tolerance * scale {
            return None;
        }
        let found = even.whole(&stop.x);
        // For laws that are not symmetric, silence is no solution.
        let residual = map.residual(&found)?;
        if self.odd.iter().any(|&index| residual[index].abs() > 1e-9) {
            return None;
        }
        let size = self.odd.len();
        let mut derivative = Matrix::zeros(size, size);
        for (column, &index) in self.odd.iter().enumerate() {
            let mut small = found.clone();
            small[index] = SMALL;
            let residual = map.residual(&small)?;
            for (row, &other) in self.odd.iter().enumerate() {
                derivative[(row, column)] = residual[other] / SMALL;
            }
        }
        curve
            .evaluations
            .set(curve.evaluations.get() + map.evaluations.get());
        *self.last.borrow_mut() = found;
        Some(derivative.determinant())
    }
}

/// The equations of the unknowns that do not vanish, with the others at 0: regular at the onset.
struct Even<'a, 'b> {
    map: &'a UndampedMap<'b>,
    indices: Vec<usize>,
    size: usize,
}

impl Even<'_, '_> {
    fn whole(&self, x: &DVector<f64>) -> DVector<f64> {
        let mut whole = DVector::zeros(self.size);
        for (&index, &value) in self.indices.iter().zip(x.iter()) {
            whole[index] = value;
        }
        whole
    }
}

impl System for Even<'_, '_> {
    fn residual(&self, x: &DVector<f64>) -> Option<DVector<f64>> {
        let residual = self.map.residual(&self.whole(x))?;
        Some(residual.select_rows(&self.indices))
    }
}
