//! Fits over sizes, and what they say of an accuracy (theory.md section 12).

use crate::numerics::line::Line;
use crate::numerics::nullable;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ChiSquared, ContinuousCDF};

/// A bias is known where it is this many standard errors at every size.
const KNOWN: f64 = 3.0;

/// Standard errors by which a bias may be larger than measured, in what is needed for an accuracy.
const BOUND: f64 = 2.0;

/// A number with its standard error.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Measured {
    /// The number.
    pub value: f64,
    /// Its standard error.
    pub standard_error: f64,
}

/// One number for all sizes, and whether they share it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Common {
    /// Mean over the sizes, weighted by the inverse squares of the standard errors.
    #[serde(flatten)]
    pub mean: Measured,
    /// `Σ (value − mean)²/error²`.
    pub chi_square: f64,
    /// Its degrees of freedom: sizes less 1.
    pub freedom: usize,
    /// Probability of a `χ²` at least this large where the sizes share the number; null for one
    /// size.
    pub p_value: Option<f64>,
}

impl Common {
    /// Of the numbers at all sizes; `None` without any, or where one has no error.
    pub fn of(numbers: &[Measured]) -> Option<Self> {
        let known = |one: &Measured| one.value.is_finite() && one.standard_error > 0.0;
        if numbers.is_empty() || !numbers.iter().all(known) {
            return None;
        }
        let weight = |one: &Measured| one.standard_error.powi(-2);
        let weights: f64 = numbers.iter().map(weight).sum();
        let sum: f64 = numbers.iter().map(|one| weight(one) * one.value).sum();
        let mean = sum / weights;
        let squares = numbers
            .iter()
            .map(|one| weight(one) * (one.value - mean).powi(2));
        let chi_square: f64 = squares.sum();
        let freedom = numbers.len() - 1;
        let law = ChiSquared::new(freedom as f64).ok();
        Some(Self {
            mean: Measured {
                value: mean,
                standard_error: weights.powf(-0.5),
            },
            chi_square,
            freedom,
            p_value: law.map(|law| law.sf(chi_square)),
        })
    }
}

/// The power of `d` in numbers at several sizes: the slope of `ln|y|` against `ln d` by least
/// squares, weighted by the inverse squares of the relative errors. `None` for fewer than two
/// sizes.
pub fn power(numbers: &[(usize, Measured)]) -> Option<Measured> {
    let points = numbers.iter().map(|(d, one)| {
        let size = one.value.abs();
        ((*d as f64).ln(), size.ln(), one.standard_error / size)
    });
    let line = Line::through(&points.collect::<Vec<_>>())?;
    Some(Measured {
        value: line.slope,
        standard_error: line.slope_error,
    })
}

/// As [`power`], of biases; `None` where one is less than three standard errors, or they differ in
/// sign: the power of a number that may be 0 is not known.
pub fn power_of_bias(numbers: &[(usize, Measured)]) -> Option<Measured> {
    let sign = numbers.first()?.1.value.signum();
    let known = |one: &Measured| sign * one.value > KNOWN * one.standard_error;
    let all = numbers.iter().all(|(_, one)| known(one));
    power(numbers).filter(|_| all)
}

/// What an accuracy `ε` needs, by the laws `a/d` for the bias and `s/√d` for the spread of one
/// instance. The bias counts as `|a|` and two standard errors of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Needed {
    /// `|a|` and two standard errors.
    pub bias_bound: f64,
    /// Smallest `d` at which the bias is at most `ε`: `|a|/ε`.
    #[serde(with = "nullable")]
    #[schemars(with = "Option<f64>")]
    pub d_bias: f64,
    /// Smallest `d` at which one instance spreads by at most `ε`: `(s/ε)²`.
    #[serde(with = "nullable")]
    #[schemars(with = "Option<f64>")]
    pub d_spread: f64,
    /// Smallest `d` at which the root mean square of the error of one instance,
    /// `√(a²/d² + s²/d)`, is at most `ε`.
    #[serde(with = "nullable")]
    #[schemars(with = "Option<f64>")]
    pub d_one_instance: f64,
    /// How many instances do it at each size.
    pub instances: Vec<InstancesNeeded>,
}

/// How many instances have a mean of root-mean-square error at most `ε`:
/// `m = s²/(d (ε² − a²/d²))`. As `m d` hardly depends on `d`, and an instance costs `d²`, the
/// smallest size whose bias leaves room is the cheapest.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InstancesNeeded {
    /// Number of visible units.
    pub d: usize,
    /// Instances; null where the bias alone is too large.
    pub plain: Option<u64>,
    /// The same with control variates: fewer by the reduction of the variance there.
    pub with_controls: Option<u64>,
}

impl Needed {
    /// For the accuracy `epsilon`, of common `bias` and `spread`; `sizes` have the reduction of the
    /// variance by control variates.
    pub fn new(
        epsilon: f64,
        bias: &Measured,
        spread: &Measured,
        sizes: &[(usize, Option<f64>)],
    ) -> Self {
        let (a, s) = (bias.value.abs() + BOUND * bias.standard_error, spread.value);
        let square = s * s;
        let least = |d: f64| d.ceil().max(1.0);
        let instances = |&(d, reduction): &(usize, Option<f64>)| {
            let size = d as f64;
            let room = epsilon * epsilon - (a / size).powi(2);
            let count = |factor: f64| {
                let count = least(square / (size * room * factor));
                (room > 0.0 && count.is_finite()).then_some(count as u64)
            };
            InstancesNeeded {
                d,
                plain: count(1.0),
                with_controls: reduction.and_then(count),
            }
        };
        let both = square + (square * square + 4.0 * a * a * epsilon * epsilon).sqrt();
        Self {
            bias_bound: a,
            d_bias: least(a / epsilon),
            d_spread: least(square / (epsilon * epsilon)),
            d_one_instance: least(both / (2.0 * epsilon * epsilon)),
            instances: sizes.iter().map(instances).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(value: f64, standard_error: f64) -> Measured {
        Measured {
            value,
            standard_error,
        }
    }

    /// Weights 4 and 1: mean (4·1 + 2)/5, χ² = (1 − 2)²/(0.25 + 1), P(χ²_1 > 0.8) = 0.371093.
    #[test]
    fn two_numbers_are_one_or_not() {
        let both = Common::of(&[measured(1.0, 0.5), measured(2.0, 1.0)]).expect("two");
        assert!((both.mean.value - 1.2).abs() < 1e-14);
        assert!((both.mean.standard_error - 0.2f64.sqrt()).abs() < 1e-14);
        assert!((both.chi_square - 0.8).abs() < 1e-14 && both.freedom == 1);
        assert!((both.p_value.expect("one degree") - 0.371093).abs() < 1e-5);
        let apart = Common::of(&[measured(1.0, 0.1), measured(2.0, 0.1)]).expect("two");
        assert!(apart.p_value.expect("one degree") < 1e-10);
        let one = Common::of(&[measured(1.0, 0.1)]).expect("one");
        assert_eq!((one.freedom, one.p_value), (0, None));
        assert_eq!(Common::of(&[]), None);
        assert_eq!(Common::of(&[measured(1.0, 0.0)]), None);
    }

    #[test]
    fn powers_are_found_where_they_are_known() {
        let law = |d: usize| (d, measured(-3.0 / d as f64, 0.05 / d as f64));
        let found = power_of_bias(&[law(100), law(200), law(400)]).expect("a law");
        assert!((found.value + 1.0).abs() < 1e-12, "{found:?}");
        // Equal relative errors 1/60: 1/(60 √(2 ln² 2)).
        let error = 1.0 / (60.0 * 2f64.sqrt() * 2f64.ln());
        assert!((found.standard_error - error).abs() < 1e-12, "{found:?}");
        let vague = (400, measured(-0.01, 0.005));
        assert_eq!(power_of_bias(&[law(100), vague]), None);
        let opposite = (200, measured(0.015, 0.001));
        assert_eq!(power_of_bias(&[law(100), opposite]), None);
        assert_eq!(power(&[law(100)]), None);
    }

    /// a = 0.5 with its errors, s = 2, ε = 0.02: d = 25 for the bias, 10⁴ for one instance.
    #[test]
    fn an_accuracy_needs_size_or_instances() {
        let sizes = [(20, Some(4.0)), (50, Some(4.0)), (100, None)];
        let needed = Needed::new(0.02, &measured(-0.3, 0.1), &measured(2.0, 0.1), &sizes);
        assert!((needed.bias_bound - 0.5).abs() < 1e-15);
        assert_eq!((needed.d_bias, needed.d_spread), (25.0, 10_000.0));
        // At d = 10 001 the squares sum to 3.99960e-4 + 2.5e-9.
        assert_eq!(needed.d_one_instance, 10_001.0);
        let at = needed.instances;
        assert_eq!((at[0].plain, at[0].with_controls), (None, None));
        // 4/(50 (4e-4 − 1e-4)) = 266.7, a quarter of it 66.7; 4/(100 (4e-4 − 2.5e-5)) = 106.7.
        assert_eq!((at[1].plain, at[1].with_controls), (Some(267), Some(67)));
        assert_eq!((at[2].plain, at[2].with_controls), (Some(107), None));
    }
}
