//! The logarithm of sinh x/x and its derivatives.

use super::{MAX_ORDER, exp};
use std::f64::consts::LN_2;

/// Below it, ln(sinh x/x) by its Taylor series (radius π); above, by exponentials.
const SERIES_BELOW: f64 = 1.5;
const SERIES_TERMS: usize = 64;
const SERIES: [f64; SERIES_TERMS] = ln_sinhc_series();
/// Enough terms of Σ kᵐ tᵏ at t = e^{−3} for m < [`MAX_ORDER`].
const MAX_SUM: i32 = 64;

/// Coefficients of x^{2k} in ln(sinh x/x), k ≥ 1.
///
/// Its derivative L = Σ l_k x^{2k−1} solves L′ = 1 − L² − 2L/x, hence l₁ = 1/3 and
/// (2k + 1) l_k = −Σ_{i<k} l_i l_{k−i}, whose terms all have the same sign.
const fn ln_sinhc_series() -> [f64; SERIES_TERMS] {
    let mut l = [0.0; SERIES_TERMS];
    l[1] = 1.0 / 3.0;
    let mut k = 2;
    while k < SERIES_TERMS {
        let mut i = 1;
        while i < k {
            l[k] -= l[i] * l[k - i];
            i += 1;
        }
        l[k] /= (2 * k + 1) as f64;
        k += 1;
    }
    while k > 1 {
        k -= 1;
        l[k] /= (2 * k) as f64;
    }
    l
}

/// The derivative of order `order` of ln(sinh x/x); order 1 is the Langevin function coth x − 1/x.
///
/// Relative error below 1e-13 for orders 0..4 and 1e-12 up to order 10 (next to the zeros of a
/// derivative: relative to its size nearby). NaN above [`MAX_ORDER`]. Taylor series for |x| < 1.5,
/// else closed forms in e^{−2|x|} and 1/|x|, which cannot overflow.
#[inline]
pub fn ln_sinhc(order: u32, x: f64) -> f64 {
    if order > MAX_ORDER {
        return f64::NAN;
    }
    let a = x.abs();
    let value = if a < SERIES_BELOW {
        ln_sinhc_near(order as usize, a)
    } else {
        ln_sinhc_far(order as i32, a)
    };
    if order % 2 == 1 && x < 0.0 {
        -value
    } else {
        value
    }
}

fn ln_sinhc_near(order: usize, a: f64) -> f64 {
    let first = order.div_ceil(2).max(1);
    // The derivative of x^{2k} is `falling`·`power`, with falling = (2k)!/(2k − order)!.
    let mut falling: f64 = (2 * first - order + 1..=2 * first)
        .map(|j| j as f64)
        .product();
    let mut power = a.powi((2 * first - order) as i32);
    let mut sum = 0.0;
    for (k, coefficient) in SERIES.iter().enumerate().skip(first) {
        let term = coefficient * falling * power;
        sum += term;
        if term.abs() <= 1e-18 * sum.abs() {
            break;
        }
        let (upper, lower) = (2 * k + 1, 2 * k + 1 - order);
        falling *= (upper * (upper + 1)) as f64 / (lower * (lower + 1)) as f64;
        power *= a * a;
    }
    sum
}

fn ln_sinhc_far(order: i32, a: f64) -> f64 {
    let t = exp(-2.0 * a);
    if order == 0 {
        // ∞ − ln ∞ would be a NaN.
        return if a == f64::INFINITY {
            a
        } else {
            a - (a.ln() + LN_2) + (-t).ln_1p()
        };
    }
    // ln sinh a = a − ln 2 + ln(1 − t) gives [order = 1] + 2 (−2)^m Σₖ kᵐ tᵏ with m = order − 1,
    // and −ln a gives −(−1)^m m!/a^order.
    let m = order - 1;
    let mut sum = 0.0;
    let mut power = t;
    for k in 1..=MAX_SUM {
        let term = f64::from(k).powi(m) * power;
        sum += term;
        if term <= 1e-18 * sum {
            break;
        }
        power *= t;
    }
    let pole = (1..order).fold(1.0 / a, |product, k| product * f64::from(k) / a);
    let sign = if m % 2 == 0 { 1.0 } else { -1.0 };
    let limit = if order == 1 { 1.0 } else { 0.0 };
    limit + sign * (f64::from(m + 1).exp2() * sum - pole)
}
