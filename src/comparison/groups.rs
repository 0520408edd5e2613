//! Runs that fall into two groups.

use super::Row;
use crate::quantity::Observable;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statrs::distribution::{Beta, ContinuousCDF};

/// Numbers are split into the lowest `low` and the others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Split {
    /// Size of the lower group.
    pub low: usize,
    /// Upper bound, sharp where it is small, on the probability that a normal sample splits as
    /// cleanly.
    pub p_value: f64,
}

/// Some of the runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Group {
    /// Mean of the number over them.
    pub mean: f64,
    /// The instances.
    pub instances: Vec<u64>,
}

/// Two groups of runs that one number tells apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Groups {
    /// Iteration, or `None` for the end of the runs.
    pub iteration: Option<usize>,
    /// The number.
    pub quantity: Observable,
    /// Upper bound on the probability that normal runs split as cleanly in this number.
    pub p_value: f64,
    /// The runs where it is smaller.
    pub low: Group,
    /// The runs where it is larger.
    pub high: Group,
}

/// The best split of `values` into two clusters on the line, by the sum of squares within them;
/// `None` for fewer than three values, or values that are all equal.
///
/// Centred and normalised, `n` normal numbers are a point that is uniform on the sphere in `n − 1`
/// dimensions, and a sample without spread within its two groups is one of `2^{n-1} − 1` axes
/// through it. With `w = Σ(within)²/Σ(total)² = sin²` of the angle to the nearest axis,
///
/// `P(w' < w) ≤ (2^{n-1} − 1) I_w((n−2)/2, ½)`,
///
/// a sum over disjoint caps, and exact, as long as `w` is small (the regularised incomplete beta
/// function is the law of `sin²`).
pub fn split(values: &[f64]) -> Option<Split> {
    let n = values.len();
    if n < 3 {
        return None;
    }
    let mean = values.iter().sum::<f64>() / n as f64;
    let mut centred: Vec<f64> = values.iter().map(|value| value - mean).collect();
    centred.sort_by(f64::total_cmp);
    let total: f64 = centred.iter().map(|x| x * x).sum();
    // The sum of squares between the lowest `low` and the others follows from the sum of the
    // lowest.
    let mut sum = 0.0;
    let between = (1..n).map(|low| {
        sum += centred[low - 1];
        (low, sum * sum * n as f64 / (low * (n - low)) as f64)
    });
    let (low, best) = between.max_by(|a, b| a.1.total_cmp(&b.1))?;
    if total <= 0.0 || total.is_nan() {
        return None;
    }
    let within = (1.0 - best / total).clamp(0.0, 1.0);
    let axes = 2f64.powi(n as i32 - 1) - 1.0;
    let cap = Beta::new(0.5 * (n as f64 - 2.0), 0.5).ok()?.cdf(within);
    Some(Split {
        low,
        p_value: (axes * cap).min(1.0),
    })
}

/// The row that splits most cleanly, if its p-value is below `level` after Bonferroni's correction
/// for the number of rows.
pub(super) fn clearest(rows: &[&Row], instances: &[u64], level: f64) -> Option<Groups> {
    let splits = rows
        .iter()
        .filter_map(|row| Some((row, split(&row.values)?)));
    let (row, split) = splits.min_by(|a, b| a.1.p_value.total_cmp(&b.1.p_value))?;
    if split.p_value * rows.len() as f64 >= level {
        return None;
    }
    let mut order: Vec<usize> = (0..row.values.len()).collect();
    order.sort_by(|&a, &b| row.values[a].total_cmp(&row.values[b]));
    let group = |members: &[usize]| {
        let sum: f64 = members.iter().map(|&run| row.values[run]).sum();
        let mut instances: Vec<u64> = members.iter().map(|&run| instances[run]).collect();
        instances.sort_unstable();
        Group {
            mean: sum / members.len() as f64,
            instances,
        }
    };
    let (low, high) = order.split_at(split.low);
    Some(Groups {
        iteration: row.iteration,
        quantity: row.quantity,
        p_value: split.p_value,
        low: group(low),
        high: group(high),
    })
}
