//! The element of a symmetry that is best by some measure.

use super::matching::{Pairs, best_matchings};
use super::{Action, Aligned, Symmetry};
use crate::order_parameters::OrderParameters;
use std::cmp::Ordering;

/// Entries that differ by less, relative to the largest, count as equal: fixed points are known to
/// about as much.
const SAME: f64 = 1e-6;

/// Squared distances that differ by less, relative to the squared sizes, count as equal: they
/// differ by rounding.
const SAME_DISTANCE: f64 = 1e-12;

/// An element with its value.
struct Valued<T> {
    action: Action,
    value: T,
}

/// Matched pairs (signal, unit) of a candidate, and which of their overlaps are negative: less is
/// better.
type Form = (Pairs, Vec<bool>);

pub(super) fn canonical(symmetry: &Symmetry, order: &OrderParameters) -> Aligned {
    let matchings = best_matchings(order);
    let form = |action: &Action| -> Form {
        let forms = matchings.iter().map(|pairs| moved(action, order, pairs));
        forms.min().unwrap_or_default()
    };
    let compare = |a: &Valued<Form>, b: &Valued<Form>| {
        let entries = || compare_entries(&a.action.on(order), &b.action.on(order));
        b.value.cmp(&a.value).then_with(entries)
    };
    let identity = Action::identity(order.m.nrows(), order.m.ncols());
    let best = best(symmetry, identity, form, compare);
    best.aligned(order)
}

pub(super) fn align(
    symmetry: &Symmetry,
    order: &OrderParameters,
    reference: &OrderParameters,
) -> Aligned {
    let scale = size(order) + size(reference);
    let distance = |action: &Action| squared_distance(action, order, reference) / scale;
    let compare = |a: &Valued<f64>, b: &Valued<f64>| {
        if (a.value - b.value).abs() < SAME_DISTANCE {
            Ordering::Equal
        } else {
            b.value.total_cmp(&a.value)
        }
    };
    let identity = Action::identity(order.m.nrows(), order.m.ncols());
    let nearest = best(symmetry, identity, distance, compare);
    if symmetry.is_listed() {
        return nearest.aligned(order);
    }
    // A local search may stop early; two solutions that the symmetry connects have one canonical
    // form.
    let back = canonical(symmetry, reference).action.inverse();
    let through = back.after(&canonical(symmetry, order).action);
    let other = best(symmetry, through, distance, compare);
    match compare(&other, &nearest) {
        Ordering::Greater => other.aligned(order),
        _ => nearest.aligned(order),
    }
}

impl<T> Valued<T> {
    fn aligned(self, order: &OrderParameters) -> Aligned {
        Aligned {
            order: self.action.on(order),
            action: self.action,
        }
    }
}

/// The best element by `compare` (`Greater` is better): the first of the best ones where all can be
/// listed, else the end of a local search from `start`, whose steps are products of one generator
/// of the signals and one of the units.
fn best<T>(
    symmetry: &Symmetry,
    start: Action,
    value: impl Fn(&Action) -> T,
    compare: impl Fn(&Valued<T>, &Valued<T>) -> Ordering,
) -> Valued<T> {
    let valued = |action: Action| Valued {
        value: value(&action),
        action,
    };
    let mut best = valued(start);
    loop {
        // Steps begin where the last round ended; a listed group is left unchanged by that, and its
        // identity comes first.
        let origin = best.action.clone();
        let mut improved = false;
        for action in symmetry.actions() {
            let candidate = valued(action.after(&origin));
            if compare(&candidate, &best) == Ordering::Greater {
                best = candidate;
                improved = true;
            }
        }
        if symmetry.is_listed() || !improved {
            return best;
        }
    }
}

/// Pairs under an action, in the order of the signals, with the signs of their overlaps.
fn moved(action: &Action, order: &OrderParameters, pairs: &Pairs) -> Form {
    let mut moved: Vec<((usize, usize), bool)> = pairs
        .iter()
        .map(|&(signal, unit)| {
            let (a, b) = (action.signals.place(signal), action.units.place(unit));
            let sign = action.signals.part(a).1 * action.units.part(b).1;
            ((a, b), sign * order.m[(signal, unit)] < 0.0)
        })
        .collect();
    moved.sort_unstable();
    moved.into_iter().unzip()
}

/// The order parameters whose first entry that differs is larger are greater: `M` by rows, then
/// `Q`.
fn compare_entries(a: &OrderParameters, b: &OrderParameters) -> Ordering {
    let entries = |order: &OrderParameters| {
        let m = order.m.transpose();
        let both: Vec<f64> = m.iter().chain(order.q.iter()).copied().collect();
        both
    };
    let tolerance = SAME * a.m.amax().max(a.q.amax());
    let (a, b) = (entries(a), entries(b));
    let mut pairs = a.iter().zip(&b);
    pairs
        .find(|(a, b)| (*a - *b).abs() > tolerance)
        .map_or(Ordering::Equal, |(a, b)| a.total_cmp(b))
}

/// `|M|² + |Q|²`, not 0.
fn size(order: &OrderParameters) -> f64 {
    let size = order.m.norm_squared() + order.q.norm_squared();
    size.max(f64::MIN_POSITIVE)
}

fn squared_distance(action: &Action, order: &OrderParameters, reference: &OrderParameters) -> f64 {
    let mut sum = 0.0;
    for (b, (j, sign_j)) in action.units.parts().enumerate() {
        for (a, (i, sign_i)) in action.signals.parts().enumerate() {
            sum += (sign_i * sign_j * order.m[(i, j)] - reference.m[(a, b)]).powi(2);
        }
        for (a, (i, sign_i)) in action.units.parts().enumerate() {
            sum += (sign_i * sign_j * order.q[(i, j)] - reference.q[(a, b)]).powi(2);
        }
    }
    sum
}
