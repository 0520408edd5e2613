//! Derivatives, of any order by repetition.

use super::budget;
use super::expression::{Expression, Node, Symbol};
use super::function::Function;
use std::collections::HashMap;

impl Expression {
    /// `∂ self / ∂ symbol`, simplified.
    pub fn derivative(&self, symbol: &Symbol) -> Self {
        Derivation {
            symbol,
            known: HashMap::new(),
        }
        .of(self)
    }

    /// Derivative of this order.
    pub fn nth_derivative(&self, symbol: &Symbol, order: u32) -> Self {
        (0..order).fold(self.clone(), |derivative, _| derivative.derivative(symbol))
    }
}

/// A derivation under way: a part that occurs twice is derived once.
struct Derivation<'a> {
    symbol: &'a Symbol,
    known: HashMap<u128, Expression>,
}

impl Derivation<'_> {
    fn of(&mut self, part: &Expression) -> Expression {
        if !part.depends_on(self.symbol) || !budget::is_left() {
            return Expression::integer(0);
        }
        if let Some(known) = self.known.get(&part.digest()) {
            return known.clone();
        }
        let derivative = match part.node() {
            Node::Number(_) => Expression::integer(0),
            Node::Variable(_) => Expression::integer(1),
            Node::Sum(terms) => Expression::sum(self.all(terms)),
            Node::Product(factors) => self.of_product(factors),
            Node::Power(base, exponent) => self.of_power(base, exponent),
            Node::Call(Function::LogSumExp, arguments) => {
                let slopes = self.all(arguments).into_iter().enumerate();
                Expression::sum(slopes.map(|(index, slope)| softmax(index, arguments) * slope))
            }
            Node::Call(Function::Softmax(index), arguments) => self.of_softmax(*index, arguments),
            Node::Call(function, arguments) => {
                let argument = &arguments[0];
                function.derivative_at(argument) * self.of(argument)
            }
        };
        self.known.insert(part.digest(), derivative.clone());
        derivative
    }

    fn all(&mut self, parts: &[Expression]) -> Vec<Expression> {
        parts.iter().map(|part| self.of(part)).collect()
    }

    fn of_product(&mut self, factors: &[Expression]) -> Expression {
        let mut terms = Vec::with_capacity(factors.len());
        for moving in 0..factors.len() {
            if !budget::is_left() {
                break;
            }
            let mut moved = factors.to_vec();
            moved[moving] = self.of(&factors[moving]);
            terms.push(Expression::product(moved));
        }
        Expression::sum(terms)
    }

    fn of_power(&mut self, base: &Expression, exponent: &Expression) -> Expression {
        let lowered = base
            .clone()
            .power(exponent.clone() - Expression::integer(1));
        let by_base = exponent.clone() * lowered * self.of(base);
        if !exponent.depends_on(self.symbol) {
            return by_base;
        }
        let log = Expression::call(Function::Ln, vec![base.clone()]);
        by_base + base.clone().power(exponent.clone()) * log * self.of(exponent)
    }

    /// `∂p_i = p_i Σ_j p_j (∂a_i − ∂a_j)`: differences, so that nothing cancels where one weight is
    /// nearly 1.
    fn of_softmax(&mut self, index: usize, arguments: &[Expression]) -> Expression {
        let slopes = self.all(arguments);
        let own = softmax(index, arguments);
        let terms = slopes.iter().enumerate().map(|(other, slope)| {
            Expression::product([
                own.clone(),
                softmax(other, arguments),
                slopes[index].clone() - slope.clone(),
            ])
        });
        Expression::sum(terms.take_while(|_| budget::is_left()))
    }
}

fn softmax(index: usize, arguments: &[Expression]) -> Expression {
    Expression::call(Function::Softmax(index), arguments.to_vec())
}
