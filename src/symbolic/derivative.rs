//! Derivatives, of any order by repetition.

use super::expression::{Expression, Node, Symbol};
use super::function::Function;

impl Expression {
    /// `∂ self / ∂ symbol`, simplified.
    pub fn derivative(&self, symbol: &Symbol) -> Self {
        if !self.depends_on(symbol) {
            return Self::integer(0);
        }
        match self.node() {
            Node::Number(_) => Self::integer(0),
            Node::Variable(_) => Self::integer(1),
            Node::Sum(terms) => Self::sum(terms.iter().map(|term| term.derivative(symbol))),
            Node::Product(factors) => derivative_of_product(factors, symbol),
            Node::Power(base, exponent) => derivative_of_power(base, exponent, symbol),
            Node::Call(Function::LogSumExp, arguments) => {
                let term = |(index, argument): (usize, &Self)| {
                    softmax(index, arguments) * argument.derivative(symbol)
                };
                Self::sum(arguments.iter().enumerate().map(term))
            }
            Node::Call(Function::Softmax(index), arguments) => {
                derivative_of_softmax(*index, arguments, symbol)
            }
            Node::Call(function, arguments) => {
                let argument = &arguments[0];
                function.derivative_at(argument) * argument.derivative(symbol)
            }
        }
    }

    /// Derivative of this order.
    pub fn nth_derivative(&self, symbol: &Symbol, order: u32) -> Self {
        (0..order).fold(self.clone(), |derivative, _| derivative.derivative(symbol))
    }
}

fn derivative_of_product(factors: &[Expression], symbol: &Symbol) -> Expression {
    let term = |moving: usize| {
        Expression::product(factors.iter().enumerate().map(|(index, factor)| {
            if index == moving {
                factor.derivative(symbol)
            } else {
                factor.clone()
            }
        }))
    };
    Expression::sum((0..factors.len()).map(term))
}

fn derivative_of_power(base: &Expression, exponent: &Expression, symbol: &Symbol) -> Expression {
    let lowered = || {
        base.clone()
            .power(exponent.clone() - Expression::integer(1))
    };
    let by_base = exponent.clone() * lowered() * base.derivative(symbol);
    if !exponent.depends_on(symbol) {
        return by_base;
    }
    let log = Expression::call(Function::Ln, vec![base.clone()]);
    by_base + base.clone().power(exponent.clone()) * log * exponent.derivative(symbol)
}

fn softmax(index: usize, arguments: &[Expression]) -> Expression {
    Expression::call(Function::Softmax(index), arguments.to_vec())
}

/// `∂p_i = p_i Σ_j p_j (∂a_i − ∂a_j)`: differences, so that nothing cancels where one weight is nearly 1.
fn derivative_of_softmax(index: usize, arguments: &[Expression], symbol: &Symbol) -> Expression {
    let own = arguments[index].derivative(symbol);
    let term = |(other, argument): (usize, &Expression)| {
        let difference = own.clone() - argument.derivative(symbol);
        Expression::product([
            softmax(index, arguments),
            softmax(other, arguments),
            difference,
        ])
    };
    Expression::sum(arguments.iter().enumerate().map(term))
}
