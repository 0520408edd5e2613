//! Constants of formulas: exact fractions as long as they fit, floating point otherwise.

use std::fmt;

/// A constant: a fraction in lowest terms with positive denominator, or a finite or infinite `f64`
/// that is none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// `numerator / denominator`.
    Ratio {
        /// Signed; its negative fits too.
        numerator: i64,
        /// Positive.
        denominator: i64,
    },
    /// Any other value.
    Real(f64),
}

impl Number {
    /// 0.
    pub const ZERO: Self = Self::integer(0);
    /// 1.
    pub const ONE: Self = Self::integer(1);
    /// −1.
    pub const MINUS_ONE: Self = Self::integer(-1);

    /// A whole number.
    pub const fn integer(value: i64) -> Self {
        if value == i64::MIN {
            return Self::Real(value as f64);
        }
        Self::Ratio {
            numerator: value,
            denominator: 1,
        }
    }

    /// `numerator / denominator`, in lowest terms; floating point where these don't fit (or the
    /// denominator is 0).
    pub fn ratio(numerator: i64, denominator: i64) -> Self {
        Self::from_wide(numerator.into(), denominator.into())
    }

    /// The value, as a fraction where it is a whole number over a small power of 2 (0.25, say).
    pub fn real(value: f64) -> Self {
        const SCALE: i64 = 1 << 10;
        let scaled = value * SCALE as f64;
        if scaled.fract() == 0.0 && scaled.abs() < 9e15 {
            return Self::ratio(scaled as i64, SCALE);
        }
        Self::Real(value)
    }

    /// As floating point.
    pub fn value(self) -> f64 {
        match self {
            Self::Ratio {
                numerator,
                denominator,
            } => numerator as f64 / denominator as f64,
            Self::Real(value) => value,
        }
    }

    /// The whole number that this is, if it is one.
    pub fn as_integer(self) -> Option<i64> {
        match self {
            Self::Ratio {
                numerator,
                denominator: 1,
            } => Some(numerator),
            _ => None,
        }
    }

    /// Whether this is less than 0.
    pub fn is_negative(self) -> bool {
        self.value() < 0.0
    }

    /// Sum.
    pub fn plus(self, other: Self) -> Self {
        self.combine(other, |a, b, c, d| (a * d + c * b, b * d), |x, y| x + y)
    }

    /// Product.
    pub fn times(self, other: Self) -> Self {
        self.combine(other, |a, b, c, d| (a * c, b * d), |x, y| x * y)
    }

    /// Power, where it is a number that this type holds exactly or the base is floating point;
    /// `√2`, say, stays a formula.
    pub fn power(self, exponent: Self) -> Option<Self> {
        if let (Self::Real(base), exponent) = (self, exponent.value()) {
            return Some(Self::real(base.powf(exponent)));
        }
        let Self::Ratio {
            numerator,
            denominator,
        } = self
        else {
            return None;
        };
        if exponent == Self::ratio(1, 2) {
            return Some(Self::ratio(
                exact_root(numerator)?,
                exact_root(denominator)?,
            ));
        }
        let steps = u32::try_from(exponent.as_integer()?.unsigned_abs()).ok()?;
        let (top, bottom) = (
            numerator.checked_pow(steps)?,
            denominator.checked_pow(steps)?,
        );
        match exponent.is_negative() {
            true if top == 0 => None,
            true => Some(Self::ratio(bottom, top)),
            false => Some(Self::ratio(top, bottom)),
        }
    }

    fn combine(
        self,
        other: Self,
        exact: impl Fn(i128, i128, i128, i128) -> (i128, i128),
        rounded: impl Fn(f64, f64) -> f64,
    ) -> Self {
        match (self, other) {
            (
                Self::Ratio {
                    numerator: a,
                    denominator: b,
                },
                Self::Ratio {
                    numerator: c,
                    denominator: d,
                },
            ) => {
                let (top, bottom) = exact(a.into(), b.into(), c.into(), d.into());
                Self::from_wide(top, bottom)
            }
            _ => Self::real(rounded(self.value(), other.value())),
        }
    }

    fn from_wide(numerator: i128, denominator: i128) -> Self {
        let divisor = greatest_common_divisor(numerator.unsigned_abs(), denominator.unsigned_abs());
        let sign = if denominator < 0 { -1 } else { 1 };
        let lowest = |value: i128| {
            let value = i64::try_from(sign * value / divisor as i128).ok();
            value.filter(|&value| value != i64::MIN)
        };
        match (lowest(numerator), lowest(denominator)) {
            (Some(numerator), Some(denominator)) if denominator != 0 => Self::Ratio {
                numerator,
                denominator,
            },
            _ => Self::Real(numerator as f64 / denominator as f64),
        }
    }
}

fn greatest_common_divisor(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

fn exact_root(value: i64) -> Option<i64> {
    let root = (value as f64).sqrt().round() as i64;
    (value >= 0 && root.checked_mul(root) == Some(value)).then_some(root)
}

impl fmt::Display for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ratio {
                numerator,
                denominator: 1,
            } => write!(formatter, "{numerator}"),
            Self::Ratio {
                numerator,
                denominator,
            } => write!(formatter, "{numerator}/{denominator}"),
            Self::Real(value) if *value == std::f64::consts::PI => formatter.write_str("π"),
            Self::Real(value) => write!(formatter, "{value}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever takes a fraction apart may change its sign.
    #[test]
    fn every_numerator_has_a_negative() {
        for number in [
            Number::integer(i64::MIN),
            Number::ratio(i64::MIN, 3),
            Number::ratio(i64::MIN, -1),
            Number::integer(-2)
                .power(Number::integer(63))
                .expect("exact"),
        ] {
            assert!(matches!(number, Number::Real(_)), "{number:?}");
        }
        assert_eq!(Number::ratio(i64::MIN, 2), Number::integer(i64::MIN / 2));
        assert_eq!(Number::integer(-i64::MAX).as_integer(), Some(-i64::MAX));
    }
}
