//! Which units belong to which signals.

use super::MAX_LISTED;
use crate::order_parameters::OrderParameters;

/// Pairs (signal, unit), in the order of the signals.
pub(super) type Pairs = Vec<(usize, usize)>;

/// Sums of `ζ²` that differ by less count as equal.
const SAME_GAIN: f64 = 1e-6;

/// Overlaps `ζ²` below this are none.
const NO_OVERLAP: f64 = 1e-12;

/// The matchings with the largest `Σ ζ²`, without the pairs that have no overlap. Several are
/// equally good in symmetric solutions, and none of them may be preferred; of more than
/// [`MAX_LISTED`] signals or units only one is found.
pub(super) fn best_matchings(order: &OrderParameters) -> Vec<Pairs> {
    let (signals, units) = order.m.shape();
    let zeta = order.overlaps();
    let gain = |pair: &(usize, usize)| {
        let overlap = zeta[*pair];
        if overlap.is_finite() {
            overlap * overlap
        } else {
            0.0
        }
    };
    let mut all = Vec::new();
    if signals.max(units) <= MAX_LISTED {
        extend(&mut Vec::new(), 0, order.m.shape(), &mut all);
    } else {
        all.push(order.matching());
    }
    let total = |pairs: &Pairs| pairs.iter().map(gain).sum::<f64>();
    let best = all.iter().map(total).fold(0.0, f64::max);
    all.retain(|pairs| total(pairs) >= best - SAME_GAIN);
    for pairs in &mut all {
        pairs.retain(|pair| gain(pair) > NO_OVERLAP);
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// All matchings of the signals from `signal` on, added to `pairs`: as many pairs as there can be.
fn extend(pairs: &mut Pairs, signal: usize, shape: (usize, usize), all: &mut Vec<Pairs>) {
    let (signals, units) = shape;
    let wanted = signals.min(units);
    if signal == signals {
        all.push(pairs.clone());
        return;
    }
    for unit in 0..units {
        if pairs.iter().all(|(_, used)| *used != unit) {
            pairs.push((signal, unit));
            extend(pairs, signal + 1, shape, all);
            pairs.pop();
        }
    }
    if pairs.len() + signals - signal > wanted {
        extend(pairs, signal + 1, shape, all);
    }
}
