//! The functions that formulas may use, each with its own rule of differentiation and its own
//! stable evaluation.

use super::expression::Expression;
use crate::numerics::special;

/// A function. Those that are unbounded sums of exponentials in disguise (`ln cosh`, log-sum-exp,
/// …) are functions of their own, so that neither value nor derivatives overflow or cancel anywhere
/// on the real line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Function {
    /// `e^x`.
    Exp,
    /// Natural logarithm.
    Ln,
    /// Sine.
    Sin,
    /// Cosine.
    Cos,
    /// Hyperbolic sine; overflows beyond 710.
    Sinh,
    /// Hyperbolic cosine; overflows beyond 710.
    Cosh,
    /// Hyperbolic tangent.
    Tanh,
    /// `sech² x`, the derivative of `tanh`.
    Sech2,
    /// `ln cosh x`.
    LnCosh,
    /// `ln(1 + e^x)`.
    Log1pExp,
    /// `1/(1 + e^{−x})`.
    Logistic,
    /// Error function.
    Erf,
    /// Complementary error function.
    Erfc,
    /// Standard normal density `φ`.
    NormalPdf,
    /// Standard normal distribution function `Φ`.
    NormalCdf,
    /// Derivative of this order of `ln Φ`; order 1 is the inverse Mills ratio `φ/Φ`.
    LnNormalCdf(u32),
    /// Derivative of this order of `ln(sinh x / x)`; order 1 is the Langevin function
    /// `coth x − 1/x`.
    LnSinhc(u32),
    /// Derivative of this order of `sin x / x`.
    Sinc(u32),
    /// `ln Σ_i e^{a_i}`, of any number of arguments.
    LogSumExp,
    /// `e^{a_i} / Σ_j e^{a_j}` of the argument with this index: the gradient of
    /// [`Function::LogSumExp`].
    Softmax(usize),
}

/// Functions of one argument that formulas may name.
pub const UNARY: [(&str, Function); 20] = [
    ("exp", Function::Exp),
    ("ln", Function::Ln),
    ("sin", Function::Sin),
    ("cos", Function::Cos),
    ("sinh", Function::Sinh),
    ("cosh", Function::Cosh),
    ("tanh", Function::Tanh),
    ("sech2", Function::Sech2),
    ("ln_cosh", Function::LnCosh),
    ("log1p_exp", Function::Log1pExp),
    ("logistic", Function::Logistic),
    ("erf", Function::Erf),
    ("erfc", Function::Erfc),
    ("normal_pdf", Function::NormalPdf),
    ("normal_cdf", Function::NormalCdf),
    ("ln_normal_cdf", Function::LnNormalCdf(0)),
    ("inverse_mills", Function::LnNormalCdf(1)),
    ("ln_sinhc", Function::LnSinhc(0)),
    ("langevin", Function::LnSinhc(1)),
    ("sinc", Function::Sinc(0)),
];

/// Behaviour under `x → −x`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parity {
    Even,
    Odd,
    Neither,
}

impl Function {
    pub(super) fn parity(self) -> Parity {
        match self {
            Self::Cos | Self::Cosh | Self::Sech2 | Self::LnCosh | Self::NormalPdf => Parity::Even,
            Self::Sin | Self::Sinh | Self::Tanh | Self::Erf => Parity::Odd,
            Self::LnSinhc(order) | Self::Sinc(order) if order % 2 == 0 => Parity::Even,
            Self::LnSinhc(_) | Self::Sinc(_) => Parity::Odd,
            _ => Parity::Neither,
        }
    }

    /// Value of a function of one argument. [`Function::LogSumExp`] and [`Function::Softmax`] have
    /// several.
    #[inline(always)]
    pub(super) fn value(self, x: f64) -> f64 {
        match self {
            Self::Exp => special::exp(x),
            Self::Ln => x.ln(),
            Self::Sin => x.sin(),
            Self::Cos => x.cos(),
            Self::Sinh => x.sinh(),
            Self::Cosh => x.cosh(),
            Self::Tanh => special::tanh(x),
            Self::Sech2 => special::sech2(x),
            Self::LnCosh => special::ln_cosh(x),
            Self::Log1pExp => special::log1p_exp(x),
            Self::Logistic => special::logistic(x),
            Self::Erf => special::erf(x),
            Self::Erfc => special::erfc(x),
            Self::NormalPdf => special::normal_pdf(x),
            Self::NormalCdf => special::normal_cdf(x),
            Self::LnNormalCdf(order) => special::ln_normal_cdf(order, x),
            Self::LnSinhc(order) => special::ln_sinhc(order, x),
            Self::Sinc(order) => special::sinc(order, x),
            Self::LogSumExp => x,
            Self::Softmax(_) => 1.0,
        }
    }

    /// Derivative of a function of one argument, at the argument `x`.
    pub(super) fn derivative_at(self, x: &Expression) -> Expression {
        let call = |function: Self| Expression::call(function, vec![x.clone()]);
        let integer = Expression::integer;
        match self {
            Self::Exp => call(Self::Exp),
            Self::Ln => x.clone().power(integer(-1)),
            Self::Sin => call(Self::Cos),
            Self::Cos => -call(Self::Sin),
            Self::Sinh => call(Self::Cosh),
            Self::Cosh => call(Self::Sinh),
            Self::Tanh => call(Self::Sech2),
            Self::Sech2 => integer(-2) * call(Self::Tanh) * call(Self::Sech2),
            Self::LnCosh => call(Self::Tanh),
            Self::Log1pExp => call(Self::Logistic),
            Self::Logistic => {
                call(Self::Logistic) * Expression::call(Self::Logistic, vec![-x.clone()])
            }
            Self::Erf => gaussian_slope(x),
            Self::Erfc => -gaussian_slope(x),
            Self::NormalPdf => -x.clone() * call(Self::NormalPdf),
            Self::NormalCdf => call(Self::NormalPdf),
            Self::LnNormalCdf(order) => call(Self::LnNormalCdf(order + 1)),
            Self::LnSinhc(order) => call(Self::LnSinhc(order + 1)),
            Self::Sinc(order) => call(Self::Sinc(order + 1)),
            // Of one argument these are the identity and the constant 1: `Expression::call` never
            // builds them.
            Self::LogSumExp => integer(1),
            Self::Softmax(_) => integer(0),
        }
    }
}

/// `2/√π e^{−x²}`.
fn gaussian_slope(x: &Expression) -> Expression {
    let two = Expression::integer(2);
    let scale = two.clone() / Expression::real(std::f64::consts::PI).root();
    scale * Expression::call(Function::Exp, vec![-x.clone().power(two)])
}
