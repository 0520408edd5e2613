//! Derivatives of averages as averages of derivatives.
//!
//! For a normal law whose mean `μ` and variance `v` depend on `θ` (theorems of Bonnet and Price),
//!
//! ```text
//! ∂_θ E_{x ~ N(μ, v)} φ(x, θ) = E [ ∂_θ φ + ∂_θ μ ∂_x φ + ½ ∂_θ v ∂²_x φ ],
//! ```
//!
//! which holds down to `v = 0`: no `1/√q` appears.

use crate::definitions::{Average, AverageLaw};
use crate::symbolic::{Expression, Number, Symbol};

/// Terms whose average is the derivative, with respect to `symbol`, of the average of `integrand`.
///
/// Averages are nested, the law of each given the variables before it; `average` starts with the
/// outermost that is not held fixed. Moving `symbol` moves the mean and variance of that one, and
/// each of these moves the averages inside of it.
pub(super) fn under_average(
    integrand: &Expression,
    average: &[Average],
    symbol: &Symbol,
) -> Vec<Expression> {
    let Some((outermost, inner)) = average.split_first() else {
        return vec![integrand.derivative(symbol)];
    };
    let mut parts = under_average(integrand, inner, symbol);
    if let AverageLaw::Normal { mean, variance } = &outermost.law {
        let (drift, spread) = (mean.derivative(symbol), variance.derivative(symbol));
        let along = |parts: &[Expression]| -> Vec<Expression> {
            let moved = |part| under_average(part, inner, &outermost.variable);
            parts.iter().flat_map(moved).collect()
        };
        let slope = along(std::slice::from_ref(integrand));
        if !spread.is_zero() {
            let half = Expression::number(Number::ratio(1, 2)) * spread;
            parts.extend(along(&slope).iter().map(|part| distribute(&half, part)));
        }
        if !drift.is_zero() {
            parts.extend(slope.iter().map(|part| distribute(&drift, part)));
        }
    }
    parts.retain(|part| !part.is_zero());
    parts
}

/// `factor · expression`, term by term, so that common factors of the terms can cancel.
pub(super) fn distribute(factor: &Expression, expression: &Expression) -> Expression {
    match expression.node() {
        crate::symbolic::Node::Sum(terms) => {
            Expression::sum(terms.iter().map(|term| distribute(factor, term)))
        }
        _ => factor.clone() * expression.clone(),
    }
}
