//! Ranges of expressions by interval arithmetic: they decide whether a divisor can be 0.

use super::expression::{Expression, Node, Symbol};
use super::function::Function;
use std::collections::BTreeMap;

/// All numbers from `low` to `high`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Smallest value; `−∞` if there is none.
    pub low: f64,
    /// Largest value.
    pub high: f64,
}

impl Interval {
    /// The whole real line.
    pub const LINE: Self = Self {
        low: f64::NEG_INFINITY,
        high: f64::INFINITY,
    };

    /// One value.
    pub const fn point(value: f64) -> Self {
        Self {
            low: value,
            high: value,
        }
    }

    /// Whether 0 lies inside.
    pub fn contains_zero(self) -> bool {
        !(self.low > 0.0 || self.high < 0.0)
    }

    /// Whether `value` lies inside.
    pub fn contains(self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// Range of an expression whose variables lie in these intervals (others anywhere). Never too
    /// small; too large where one variable occurs several times.
    pub fn of(expression: &Expression, variables: &BTreeMap<Symbol, Self>) -> Self {
        let range = |part: &Expression| Self::of(part, variables);
        match expression.node() {
            Node::Number(value) => Self::point(value.value()),
            Node::Variable(symbol) => variables.get(symbol).copied().unwrap_or(Self::LINE),
            Node::Sum(terms) => terms.iter().map(range).fold(Self::point(0.0), Self::plus),
            Node::Product(factors) => factors
                .iter()
                .map(range)
                .fold(Self::point(1.0), Self::times),
            Node::Power(base, exponent) => match exponent.as_number() {
                Some(number) => range(base).power(number.value()),
                None if range(base).low > 0.0 => Self {
                    low: f64::MIN_POSITIVE,
                    high: f64::INFINITY,
                },
                None => Self::LINE,
            },
            Node::Call(Function::LogSumExp, arguments) => arguments
                .iter()
                .map(range)
                .reduce(|a, b| Self {
                    low: a.low.max(b.low),
                    high: f64::INFINITY,
                })
                .unwrap_or(Self::LINE),
            Node::Call(Function::Softmax(_), _) => Self {
                low: 0.0,
                high: 1.0,
            },
            Node::Call(function, arguments) => range(&arguments[0]).image(*function),
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            low: self.low + other.low,
            high: self.high + other.high,
        }
    }

    fn times(self, other: Self) -> Self {
        let product = |a: f64, b: f64| match a == 0.0 || b == 0.0 {
            true => 0.0,
            false => off_zero(a * b, a.signum() * b.signum()),
        };
        let corners = [
            product(self.low, other.low),
            product(self.low, other.high),
            product(self.high, other.low),
            product(self.high, other.high),
        ];
        Self {
            low: corners.into_iter().fold(f64::INFINITY, f64::min),
            high: corners.into_iter().fold(f64::NEG_INFINITY, f64::max),
        }
    }

    fn power(self, exponent: f64) -> Self {
        if exponent < 0.0 {
            let inverse = self.power(-exponent);
            return match inverse.contains_zero() {
                true => Self::LINE,
                false => Self {
                    low: off_zero(1.0 / inverse.high, inverse.high),
                    high: off_zero(1.0 / inverse.low, inverse.low),
                },
            };
        }
        let whole = exponent.fract() == 0.0;
        let power = |x: f64| match x == 0.0 {
            true => 0.0,
            false => off_zero(x.powf(exponent), x),
        };
        if whole && exponent % 2.0 == 1.0 {
            return self.monotone(power);
        }
        // Even or fractional: never negative.
        let (a, b) = (power(self.low.abs()), power(self.high.abs()));
        let straddles = self.low < 0.0 && self.high > 0.0 || !whole && self.low <= 0.0;
        Self {
            low: if straddles { 0.0 } else { a.min(b) },
            high: a.max(b),
        }
    }

    fn monotone(self, function: impl Fn(f64) -> f64) -> Self {
        Self {
            low: function(self.low),
            high: function(self.high),
        }
    }

    fn image(self, function: Function) -> Self {
        match function {
            // An exponential that underflows is still positive.
            Function::Exp | Function::Logistic | Function::Log1pExp | Function::NormalCdf => {
                let image = self.monotone(|x| function.value(x));
                Self {
                    low: image.low.max(f64::MIN_POSITIVE),
                    high: image.high,
                }
            }
            Function::Ln if self.low >= 0.0 => self.monotone(f64::ln),
            Function::Tanh | Function::Erf | Function::Sinh => self.monotone(|x| function.value(x)),
            Function::Cosh => Self {
                low: 1.0,
                high: f64::INFINITY,
            },
            Function::LnCosh | Function::LnSinhc(0) => Self {
                low: 0.0,
                high: f64::INFINITY,
            },
            Function::Sech2 | Function::NormalPdf => Self {
                low: f64::MIN_POSITIVE,
                high: 1.0,
            },
            Function::Erfc => Self {
                low: f64::MIN_POSITIVE,
                high: 2.0,
            },
            Function::Sin | Function::Cos | Function::Sinc(_) => Self {
                low: -1.0,
                high: 1.0,
            },
            _ => Self::LINE,
        }
    }
}

/// A value that underflowed to 0, the least one of that sign in its place: a product of numbers
/// other than 0 is not 0.
fn off_zero(value: f64, sign: f64) -> f64 {
    match value == 0.0 {
        true => f64::from_bits(1).copysign(sign),
        false => value,
    }
}
