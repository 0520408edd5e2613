//! Special functions that are finite and right on the whole real line.
//!
//! The elementary ones (`exp`, `tanh`, `ln_cosh`, …) have no branches and call nothing, so that a
//! plain loop over a slice becomes vector code. `ln_normal_cdf`, `ln_sinhc` and `sinc` come with derivatives of any order up to [`MAX_ORDER`]. A NaN in gives a NaN out.

mod ln_normal_cdf;
mod ln_sinhc;
mod sinc;
#[cfg(test)]
mod tests;

pub use ln_normal_cdf::ln_normal_cdf;
pub use ln_sinhc::ln_sinhc;
pub use sinc::sinc;

use std::f64::consts::{FRAC_1_SQRT_2, LN_2, LOG2_E};
use std::hint::select_unpredictable as select;

/// Highest order of derivative of [`ln_normal_cdf`], [`ln_sinhc`] and [`sinc`]; above it they give NaN.
pub const MAX_ORDER: u32 = 16;

/// 1.5·2⁵² + 2·1023: adding it rounds a small number n to an integer, which the lowest bits of
/// the sum hold, raised by twice the bias of an exponent.
const MAGIC: f64 = 6_755_399_441_055_744.0 + 2046.0;
/// ln 2 in two parts; products of the first by integers below 2¹⁹ are exact.
const LN2_HIGH: f64 = 0.693_147_180_485_539_1;
const LN2_LOW: f64 = 7.440_617_110_012_397e-11;
/// Adding −0 is free for the compiler, for it changes no number; adding +0 is not.
const NO_CORRECTION: f64 = -0.0;
/// (e^r − 1 − r)/r² on |r| ≤ 0.3466, lowest power first: interpolation at Chebyshev points.
const EXP_TAIL: [f64; 10] = [
    0.5,
    0.166_666_666_666_666_69,
    0.041_666_666_666_624_115,
    0.008_333_333_333_330_062,
    0.001_388_888_891_721_948_2,
    0.000_198_412_698_630_580_52,
    2.480_152_128_699_544e-5,
    2.755_726_845_310_752_7e-6,
    2.762_009_270_665_066_7e-7,
    2.510_038_877_245_065e-8,
];
/// (2 artanh(s) − 2s)/(2s³) as a function of s² ≤ 0.0295, lowest power first, found likewise.
const ARTANH_TAIL: [f64; 7] = [
    0.333_333_333_333_333_5,
    0.199_999_999_999_497_44,
    0.142_857_143_129_912_74,
    0.111_111_055_668_210_42,
    0.090_914_446_046_332_98,
    0.076_658_594_041_400_35,
    0.073_082_420_991_833_01,
];
/// √2 in two parts, the first of 26 bits.
const SQRT2_HIGH: f64 = 1.414_213_538_169_860_8;
const SQRT2_LOW: f64 = 2.420_323_420_895_794e-8;
const FRAC_1_SQRT_2PI: f64 = 0.398_942_280_401_432_7;

/// e^{x + dx} = (1 + m)·p·q, as (m, p, q), for a correction |dx| ≤ 1e-4.
///
/// x + dx = n ln 2 + r with |r| ≤ 0.3467, m = e^r − 1 accurate relative to itself, and the powers
/// of two p·q = 2^n in two halves: neither overflows, and multiplying by one after the other
/// rounds only once where the result is subnormal.
#[inline(always)]
fn exp_parts(x: f64, dx: f64) -> (f64, f64, f64) {
    // Selects, not `clamp`: they pass NaN on. Beyond these ends the results are 0 and infinity,
    // also after the factor 4 of sech².
    let x = select(x < -760.0, -760.0, x);
    let x = select(x > 710.0, 710.0, x);
    let shifted = x * LOG2_E + MAGIC;
    let n = shifted - MAGIC;
    let r = (x - n * LN2_HIGH) - n * LN2_LOW + dx;
    // The lowest 12 bits of `shifted` and of its halves are n and its halves, already biased as
    // exponents: shifting them to their place drops all other bits.
    let half = shifted.to_bits() >> 1;
    let rest = shifted.to_bits() - half;
    (
        expm1_reduced(r),
        f64::from_bits(half << 52),
        f64::from_bits(rest << 52),
    )
}

/// e^r − 1 for |r| ≤ 0.3467: r + r²·(even + r·odd), in two chains for speed.
#[inline(always)]
fn expm1_reduced(r: f64) -> f64 {
    let c = &EXP_TAIL;
    let r2 = r * r;
    let even = c[0] + r2 * (c[2] + r2 * (c[4] + r2 * (c[6] + r2 * c[8])));
    let odd = c[1] + r2 * (c[3] + r2 * (c[5] + r2 * (c[7] + r2 * c[9])));
    r + r2 * (even + r * odd)
}

/// e^x − 1 and e^x for x ≤ 0, each accurate relative to itself (the second while it is normal).
///
/// 2^n m + (2^n − 1) does not cancel: either n = 0, or the result is below −0.29.
#[inline(always)]
fn expm1_exp(x: f64) -> (f64, f64) {
    let (m, p, q) = exp_parts(x, NO_CORRECTION);
    let power = p * q;
    (power * m + (power - 1.0), (1.0 + m) * p * q)
}

/// ln(1 + v) for 0 ≤ v ≤ 1, as 2 artanh(w/(2 + w)) with v halved around 1 where it is large.
#[inline(always)]
fn ln_1p_unit(v: f64) -> f64 {
    let large = v > 0.414_213_562_373_095;
    let w = select(large, (v - 1.0) * 0.5, v);
    let offset = select(large, LN_2, 0.0);
    let twice = (w + w) / (2.0 + w);
    let z = 0.25 * twice * twice;
    let tail = ARTANH_TAIL.iter().rev().fold(0.0, |sum, c| sum * z + c);
    offset + (twice + twice * (z * tail))
}

/// e^x.
///
/// Error below 1.1 ulp; subnormal results, underflow to 0 and overflow to ∞ are right. Reduction by
/// ln 2 and a polynomial of degree 11.
#[inline]
pub fn exp(x: f64) -> f64 {
    let (m, p, q) = exp_parts(x, NO_CORRECTION);
    (1.0 + m) * p * q
}

/// ln cosh x.
///
/// Error below 8 ulp for all x. With u = e^{−|x|}: |x| − ln 2 + ln(1 + u²), or for |x| < 1
/// ln(1 + v) with v = cosh x − 1 = (1 − u)²/(2u).
#[inline]
pub fn ln_cosh(x: f64) -> f64 {
    let a = x.abs();
    let (em, u) = expm1_exp(-a);
    let small = a < 1.0;
    let numerator = select(small, em, u);
    let denominator = select(small, u + u, 1.0);
    let offset = select(small, 0.0, a - LN_2);
    offset + ln_1p_unit(numerator * numerator / denominator)
}

/// tanh x, with an error below 3.5 ulp for all x; see [`tanh_sech2`].
#[inline]
pub fn tanh(x: f64) -> f64 {
    tanh_sech2(x).0
}

/// sech² x = 1/cosh² x, with an error below 5 ulp, in the tails too; see [`tanh_sech2`].
#[inline]
pub fn sech2(x: f64) -> f64 {
    tanh_sech2(x).1
}

/// (tanh x, sech² x) by one exponential.
///
/// With t = e^{−2|x|}: (1 − t)/(1 + t) with the sign of x, and 4t/(1 + t)². Neither cancels, for
/// 1 − t comes from its own polynomial. Errors below 3.5 and 5 ulp.
#[inline]
pub fn tanh_sech2(x: f64) -> (f64, f64) {
    let (m, p, q) = exp_parts(-2.0 * x.abs(), NO_CORRECTION);
    let power = p * q;
    let one_minus_t = (1.0 - power) - power * m;
    // t·p⁻¹q⁻¹ stays normal: sech² rounds but once where it is subnormal.
    let t_reduced = 1.0 + m;
    let inverse = 1.0 / (1.0 + t_reduced * power);
    let sech2 = (4.0 * inverse * inverse) * t_reduced * p * q;
    ((one_minus_t * inverse).copysign(x), sech2)
}

/// ln(1 + e^x), the softplus function: max(x, 0) + ln(1 + e^{−|x|}), error below 3 ulp.
#[inline]
pub fn log1p_exp(x: f64) -> f64 {
    let positive = select(x > 0.0, x, 0.0);
    positive + ln_1p_unit(exp(-x.abs()))
}

/// 1/(1 + e^{−x}), the logistic function, by e^{−|x|}: error below 3 ulp in both tails.
#[inline]
pub fn logistic(x: f64) -> f64 {
    let u = exp(-x.abs());
    let numerator = select(x < 0.0, u, 1.0);
    numerator / (1.0 + u)
}

/// erf x = 2/√π ∫₀ˣ e^{−t²} dt, error below 1 ulp (`libm`).
#[inline]
pub fn erf(x: f64) -> f64 {
    libm::erf(x)
}

/// erfc x = 1 − erf x, error below 1 ulp (`libm`).
#[inline]
pub fn erfc(x: f64) -> f64 {
    libm::erfc(x)
}

/// φ(x) = e^{−x²/2}/√(2π), error below 4 ulp while the result is normal.
///
/// x² is split as h² + (x − h)(x + h), with h the leading half of x: the rounding of x² itself
/// would cost 1e-13 in the tails.
#[inline]
pub fn normal_pdf(x: f64) -> f64 {
    let x = within_40(x);
    let high = leading_half(x);
    let (m, p, q) = exp_parts(-0.5 * high * high, -0.5 * (x - high) * (x + high));
    FRAC_1_SQRT_2PI * (1.0 + m) * p * q
}

/// Φ(x) = erfc(−x/√2)/2, the standard normal distribution function.
///
/// Error below 5 ulp while the result is normal. By `libm`'s erfc at the rounded z = −x/√2; in
/// the left tail, where that rounding would cost 1e-13, it is made up for to first order, with
/// the slope φ/Φ ≈ −x.
#[inline]
pub fn normal_cdf(x: f64) -> f64 {
    let x = within_40(x);
    let z = -x * FRAC_1_SQRT_2;
    let high = leading_half(z);
    let missed = (x + high * SQRT2_HIGH) + ((z - high) * SQRT2_HIGH + z * SQRT2_LOW);
    let slope = select(x < 0.0, -x, 0.0);
    0.5 * libm::erfc(z) * (1.0 + slope * missed)
}

/// x moved into [−40, 40], outside of which Φ is 0 or 1 and φ is 0; a NaN stays.
#[inline(always)]
fn within_40(x: f64) -> f64 {
    let x = select(x < -40.0, -40.0, x);
    select(x > 40.0, 40.0, x)
}

/// The leading 26 bits of x: products of two such numbers are exact.
#[inline(always)]
fn leading_half(x: f64) -> f64 {
    f64::from_bits(x.to_bits() & !0x07ff_ffff)
}
