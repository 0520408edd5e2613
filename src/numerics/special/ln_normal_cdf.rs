//! The logarithm of the normal distribution function and its derivatives.

use super::{MAX_ORDER, normal_cdf, normal_pdf, within_40};

const LN_SQRT_2PI: f64 = 0.918_938_533_204_672_8;
/// From here on the continued fraction for the ratios of moments converges fast.
const FRACTION_FROM: f64 = 2.0;
const TAYLOR_TERMS: usize = 64;
const MOMENTS: [f64; TAYLOR_TERMS + MAX_ORDER as usize + 2] = moments_at_switch();

/// The derivative of order `order` of ln Φ(x), Φ the standard normal distribution function.
///
/// Relative error below 1e-13 for orders 0..4 and 1e-12 up to order 10 (next to the zeros of
/// a derivative: relative to its size nearby). NaN above [`MAX_ORDER`]. For x ≥ 0, the Taylor
/// coefficients of h = φ/Φ by h′ = −h(x + h). For y = −x > 0, ln Φ(−y) = −y²/2 − ln √(2π) + ln I₀
/// with Iₙ(y) = ∫₀^∞ tⁿ e^{−t²/2 − yt} dt, so the derivatives of ln I₀ by x are the cumulants of t.
#[inline]
pub fn ln_normal_cdf(order: u32, x: f64) -> f64 {
    if order > MAX_ORDER {
        f64::NAN
    } else if x < 0.0 {
        ln_normal_cdf_left(order as usize, -x)
    } else {
        // The bound keeps ∞·0 out.
        ln_normal_cdf_right(order as usize, within_40(x))
    }
}

fn ln_normal_cdf_right(order: usize, x: f64) -> f64 {
    if order == 0 {
        return (-normal_cdf(-x)).ln_1p();
    }
    let mut h = [0.0; MAX_ORDER as usize];
    h[0] = normal_pdf(x) / normal_cdf(x);
    let mut factorial = 1.0;
    for n in 1..order {
        let square: f64 = (0..n).map(|k| h[k] * h[n - 1 - k]).sum();
        let before = if n > 1 { h[n - 2] } else { 0.0 };
        h[n] = -(x * h[n - 1] + before + square) / n as f64;
        factorial *= n as f64;
    }
    h[order - 1] * factorial
}

fn ln_normal_cdf_left(order: usize, y: f64) -> f64 {
    // Integration by parts, Iₙ₊₁ = n Iₙ₋₁ − y Iₙ, is stable downwards: rₙ = n/(y + rₙ₊₁) for the
    // ratios rₙ = Iₙ/Iₙ₋₁, and I₀ = 1/(y + r₁).
    let mut ratio = moment_ratio(order + 1, y);
    if order == 0 {
        return -0.5 * y * y - LN_SQRT_2PI - (y + ratio).ln();
    }
    let mut moments = [1.0; MAX_ORDER as usize + 1];
    for n in (1..=order).rev() {
        ratio = n as f64 / (y + ratio);
        moments[n] = ratio;
    }
    for n in 1..=order {
        moments[n] *= moments[n - 1];
    }
    let quadratic = [y, -1.0].get(order - 1).copied().unwrap_or(0.0);
    quadratic + cumulant(order, &moments)
}

/// κₙ = mₙ − Σ_{k<n} C(n−1, k−1) κ_k m_{n−k}, from the moments m₀ = 1, m₁, ….
fn cumulant(order: usize, moments: &[f64]) -> f64 {
    let mut kappa = [0.0; MAX_ORDER as usize + 1];
    for n in 1..=order {
        let mut binomial = 1.0;
        kappa[n] = moments[n];
        for k in 1..n {
            kappa[n] -= binomial * kappa[k] * moments[n - k];
            binomial *= (n - k) as f64 / k as f64;
        }
    }
    kappa[order]
}

/// Iₙ/I₀ at y = [`FRACTION_FROM`], by the continued fraction run far enough to forget its start.
const fn moments_at_switch() -> [f64; TAYLOR_TERMS + MAX_ORDER as usize + 2] {
    let mut moments = [1.0; TAYLOR_TERMS + MAX_ORDER as usize + 2];
    let (mut n, mut ratio) = (1000, 0.0);
    while n > 0 {
        ratio = n as f64 / (FRACTION_FROM + ratio);
        if n < moments.len() {
            moments[n] = ratio;
        }
        n -= 1;
    }
    while n + 1 < moments.len() {
        moments[n + 1] *= moments[n];
        n += 1;
    }
    moments
}

/// Iₙ/Iₙ₋₁ at y ≥ 0, relatively accurate since both methods only add positive terms.
fn moment_ratio(n: usize, y: f64) -> f64 {
    if y < FRACTION_FROM {
        // Taylor about the switch: Iₙ(y) = Σₖ (switch − y)ᵏ/k! · Iₙ₊ₖ(switch).
        let delta = FRACTION_FROM - y;
        let (mut above, mut below, mut weight) = (0.0, 0.0, 1.0);
        for k in 0..TAYLOR_TERMS {
            let term = weight * MOMENTS[n + k];
            above += term;
            below += weight * MOMENTS[n - 1 + k];
            if term < 1e-17 * above {
                break;
            }
            weight *= delta / (k + 1) as f64;
        }
        return above / below;
    }
    // The start solves r(r + r′ + y) = n with the slope r′ ≈ 1/√(y² + 4n); its error then shrinks
    // by about e^{−2y(√last − √n)}, hence this count (found by trial, for full precision).
    let last = n + n / 2 + 10 + (200.0 / (y * y)) as usize;
    let discriminant = y * y + 4.0 * last as f64;
    let shifted = y + 1.0 / discriminant.sqrt();
    let start = 2.0 * last as f64 / (shifted + (shifted * shifted + 4.0 * last as f64).sqrt());
    (n..last)
        .rev()
        .fold(start, |ratio, k| k as f64 / (y + ratio))
}
