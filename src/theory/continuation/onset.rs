//! The onset of recovery: where the branch with overlap meets the solution without.
//!
//! By symmetry the branch turns there into its mirror image (a pitchfork), where its own equations are singular. So the onset is found
//! on the solution without overlap, which is regular: a small overlap grows by a factor in each step of state evolution, and the onset
//! is where this growth is 1.

use super::curve::{Curve, Position};
use super::{Event, EventKind};
use crate::numerics::Matrix;
use crate::numerics::brent::bracketed_root;
use crate::numerics::newton::{NewtonSettings, System, find_root};
use crate::numerics::symmetric::spectral_radius;
use crate::theory::state_evolution::State;
use crate::theory::undamped_map::UndampedMap;
use nalgebra::DVector;
use std::cell::RefCell;

/// Part of its largest overlap below which a unit is about to lose the rest.
const FADING: f64 = 0.1;

/// Size of the overlap whose growth is measured: its own square is the relative error.
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
    let silence = Silence {
        curve,
        unit,
        last: RefCell::new(silenced(curve, &curve.unknowns(&at.y), unit)),
    };
    let excess = |value: f64| {
        silence
            .growth(value)
            .map_or(f64::NAN, |growth| growth - 1.0)
    };
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

/// The unknowns with the overlaps of one unit set to 0.
fn silenced(curve: &Curve, x: &DVector<f64>, unit: usize) -> DVector<f64> {
    let mut state = curve.shape.unpack(x);
    state.order.m.column_mut(unit).fill(0.0);
    curve.shape.pack(&state.order, &state.v)
}

/// The solution in which one unit has no overlap.
struct Silence<'a, 'b> {
    curve: &'a Curve<'b>,
    unit: usize,
    /// Where it was found last.
    last: RefCell<DVector<f64>>,
}

impl Silence<'_, '_> {
    /// Growth of a small overlap of the unit in one step of state evolution, at a value of the control parameter.
    fn growth(&self, value: f64) -> Option<f64> {
        let curve = self.curve;
        let model = (curve.path)(value).ok()?;
        let map = UndampedMap::new(curve.evolution(&model, curve.level), curve.shape);
        let x = self.last.borrow().clone();
        let scale = x.amax().max(1.0);
        let newton = NewtonSettings {
            target: 0.1 * curve.settings.tolerance * scale,
            max_steps: 12,
        };
        let stop = find_root(&map, x, newton)?;
        let found = silenced(curve, &stop.x, self.unit);
        // Where silence is no solution (laws that are not symmetric), the root finder leaves it.
        let left = (&found - &stop.x).amax() > 1e-9;
        if left || stop.residual > curve.settings.tolerance * scale {
            return None;
        }
        let state = curve.shape.unpack(&found);
        let signals = state.order.m.nrows();
        let mut growth = Matrix::zeros(signals, signals);
        for signal in 0..signals {
            let mut small = state.clone();
            small.order.m[(signal, self.unit)] = SMALL;
            let x = curve.shape.pack(&small.order, &small.v);
            let image = curve.shape.unpack(&(map.residual(&x)? + x));
            let column = image.order.m.column(self.unit) / SMALL;
            growth.set_column(signal, &column);
        }
        curve
            .evaluations
            .set(curve.evaluations.get() + map.evaluations.get());
        *self.last.borrow_mut() = found;
        Some(spectral_radius(&growth))
    }
}
