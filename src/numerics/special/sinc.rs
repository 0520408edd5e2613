//! The function sin x/x and its derivatives.

use super::MAX_ORDER;

/// The derivative of order `order` of sin x/x.
///
/// Absolute error below 1e-15 up to order 4 and 1e-13 for all orders; the derivatives are at most
/// `1/(order + 1)`. NaN above [`MAX_ORDER`]. Taylor series for small |x|, where the recurrence
/// below would lose digits.
#[inline]
pub fn sinc(order: u32, x: f64) -> f64 {
    if order > MAX_ORDER {
        return f64::NAN;
    }
    let a = x.abs();
    let value = if a < 2.0 + 0.25 * f64::from(order) {
        sinc_near(order, a)
    } else {
        sinc_far(order, a)
    };
    if order % 2 == 1 && x < 0.0 {
        -value
    } else {
        value
    }
}

/// `Σ_k (−1)^k a^{2k − n}/((2k − n)! (2k + 1))` over `2k ≥ n`.
fn sinc_near(order: u32, a: f64) -> f64 {
    let first = order.div_ceil(2);
    let mut power = if order % 2 == 1 { a } else { 1.0 };
    if first % 2 == 1 {
        power = -power;
    }
    let mut sum = 0.0;
    let mut rest = f64::from(order % 2);
    let mut odd = f64::from(2 * first + 1);
    loop {
        sum += power / odd;
        power *= -a * a / ((rest + 1.0) * (rest + 2.0));
        rest += 2.0;
        odd += 2.0;
        if power.abs() <= 1e-18 {
            return sum;
        }
    }
}

/// From `x s = sin x`: `x s_n + n s_{n−1}` is the derivative of order n of the sine.
fn sinc_far(order: u32, a: f64) -> f64 {
    if a.is_nan() {
        return a;
    }
    if a == f64::INFINITY {
        return 0.0;
    }
    let (sin, cos) = a.sin_cos();
    let sines = [sin, cos, -sin, -cos];
    let mut value = sin / a;
    for n in 1..=order {
        value = (sines[n as usize % 4] - f64::from(n) * value) / a;
    }
    value
}
