//! Many p-values, one decision.

use std::f64::consts::PI;

/// p-values above this count as this in the Cauchy combination, where a single one at 1 would
/// outweigh any other.
const LARGEST: f64 = 0.99;

/// A p-value for the hypothesis that none of the numbers behind `p` deviates, whatever their
/// correlation: the smaller of
///
/// - Bonferroni's `R min p`, which notices one number that is far off;
/// - twice the Cauchy combination `½ − atan(R^{-1} Σ cot πp)/π` of Liu and Xie (J. Am. Stat. Assoc. 115, 393, 2020), which
///   notices several numbers that are all somewhat off: with 3 instances, deviations of 48 standard errors each have `p = 4e-4`,
///   and ten rows of them are no agreement. It is exact for independent and for equal numbers.
///
/// The factor 2 pays for having two tests, and for correlations in between, where the combination
/// alone exceeds its level by up to a factor of 1.9 (three instances, forty numbers of correlation
/// 0.99). Hotelling's `T²` is not defined for fewer instances than numbers. 1 without numbers.
pub fn joint_p_value(p: &[f64]) -> f64 {
    if p.is_empty() {
        return 1.0;
    }
    let count = p.len() as f64;
    let smallest = p.iter().copied().fold(1.0, f64::min);
    let cotangents = p.iter().map(|p| 1.0 / (PI * p.min(LARGEST)).tan());
    let combined = cotangents.sum::<f64>() / count;
    // ½ − atan(x)/π = atan2(1, x)/π keeps the digits of small values.
    let cauchy = 1f64.atan2(combined) / PI;
    (count * smallest).min(2.0 * cauchy).min(1.0)
}
