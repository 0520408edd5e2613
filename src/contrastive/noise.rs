//! What sampling noise adds to the self-overlap.

use super::settings::{Batches, ContrastiveSettings, Negative};

/// An upper bound of the excess `ΔQ` of the self-overlap of one unit that learns at a constant
/// `rate = κ n/B/(1 − β)`, by sampling noise (theory.md section 11):
///
/// ```text
/// ΔQ ≈ κ (n/B) α K σ²/2
/// ```
///
/// from the linearised dynamics, with `(1/d) Tr(−∇²L)^{-1} = K`. Drawn visible units bring `σ² = 1`;
/// batches that are drawn with replacement `E f²` more, `mean_square`. The noise also moves the mean
/// of the weights at the same order, so that what is measured is 0.6 to 0.8 of this. It vanishes with
/// the rate at the end of training, and in weights that are averaged over many epochs.
pub fn sampling_excess(
    settings: &ContrastiveSettings,
    rate: f64,
    alpha: f64,
    k: f64,
    mean_square: f64,
) -> f64 {
    let drawn = match settings.negative {
        Negative::Chain(_) => 1.0,
        Negative::Exact => 0.0,
    };
    let data = match (settings.batches, settings.batch) {
        (Batches::Replacement, Some(_)) => mean_square,
        _ => 0.0,
    };
    0.5 * rate * alpha * k * (drawn + data)
}
