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
use crate::symbolic::{Expression, Node, Number, Symbol};

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
        Node::Sum(terms) => Expression::sum(terms.iter().map(|term| distribute(factor, term))),
        _ => factor.clone() * expression.clone(),
    }
}

/// The same where the factor may be infinite at some numbers: sums inside of a product that share a
/// symbol with it are multiplied out, so that it cancels as a formula.
pub(super) fn cancelled(factor: &Expression, expression: &Expression) -> Expression {
    let own = factor.variables();
    let shares = |part: &Expression| own.iter().any(|symbol| part.depends_on(symbol));
    let terms = |part: &Expression| match part.node() {
        Node::Sum(terms) => Some(terms.to_vec()),
        _ => None,
    };
    if let Some(terms) = terms(expression) {
        return Expression::sum(terms.iter().map(|term| cancelled(factor, term)));
    }
    let Node::Product(factors) = expression.node() else {
        return factor.clone() * expression.clone();
    };
    let sum = factors
        .iter()
        .position(|part| matches!(part.node(), Node::Sum(_)) && shares(part));
    let Some(place) = sum else {
        return factor.clone() * expression.clone();
    };
    let parts = terms(&factors[place]).into_iter().flatten();
    let product = |part: Expression| {
        let mut factors = factors.to_vec();
        factors[place] = part;
        cancelled(factor, &Expression::product(factors))
    };
    Expression::sum(parts.map(product))
}
