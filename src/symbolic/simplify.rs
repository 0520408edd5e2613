//! Rules that keep expressions small and stable. Every expression is built through these functions.

use super::expression::{Expression, Node};
use super::function::{Function, Parity};
use super::number::Number;
use std::collections::HashMap;

/// `Σ terms`: nested sums are flattened, numbers added, multiples of one expression collected.
pub(super) fn sum(terms: Vec<Expression>) -> Expression {
    let mut constant = Number::ZERO;
    let mut collected: Vec<(Number, Expression)> = Vec::new();
    let mut places: HashMap<u128, usize> = HashMap::new();
    for term in flat_terms(terms) {
        let (coefficient, rest) = split_coefficient(&term);
        let Some(rest) = rest else {
            constant = constant.plus(coefficient);
            continue;
        };
        let place = *places.entry(rest.digest()).or_insert(collected.len());
        match collected.get_mut(place) {
            Some((known, _)) => *known = known.plus(coefficient),
            None => collected.push((coefficient, rest)),
        }
    }
    let mut parts: Vec<Expression> = collected
        .into_iter()
        .filter(|(coefficient, _)| *coefficient != Number::ZERO)
        .map(|(coefficient, rest)| product(vec![Expression::number(coefficient), rest]))
        .collect();
    if constant != Number::ZERO {
        parts.push(Expression::number(constant));
    }
    single_or(parts, 0, Node::Sum)
}

/// `Π factors`: nested products are flattened, numbers multiplied, powers of one base (and
/// exponentials) collected.
pub(super) fn product(factors: Vec<Expression>) -> Expression {
    let mut constant = Number::ONE;
    let mut collected: Vec<(Expression, Vec<Expression>)> = Vec::new();
    let mut places: HashMap<u128, usize> = HashMap::new();
    let mut exponents = Vec::new();
    for factor in flat_factors(factors) {
        let (base, exponent) = match factor.node() {
            Node::Number(value) => {
                constant = constant.times(*value);
                continue;
            }
            Node::Call(Function::Exp, arguments) => {
                exponents.push(arguments[0].clone());
                continue;
            }
            Node::Power(base, exponent) => (base.clone(), exponent.clone()),
            _ => (factor.clone(), Expression::integer(1)),
        };
        let place = *places.entry(base.digest()).or_insert(collected.len());
        match collected.get_mut(place) {
            Some((_, known)) => known.push(exponent),
            None => collected.push((base, vec![exponent])),
        }
    }
    if constant == Number::ZERO {
        return Expression::integer(0);
    }
    let mut powers: Vec<Expression> = collected
        .into_iter()
        .map(|(base, exponents)| power(base, sum(exponents)))
        .collect();
    if !exponents.is_empty() {
        powers.push(call(Function::Exp, vec![sum(exponents)]));
    }
    // A collected power may be a number again, or a product.
    if powers
        .iter()
        .any(|part| matches!(part.node(), Node::Number(_) | Node::Product(_)))
    {
        powers.push(Expression::number(constant));
        return product(powers);
    }
    if constant == Number::MINUS_ONE
        && let [only] = powers.as_slice()
        && let Node::Sum(terms) = only.node()
    {
        return sum(terms.iter().map(|term| -term.clone()).collect());
    }
    if constant != Number::ONE {
        powers.insert(0, Expression::number(constant));
    }
    single_or(powers, 1, Node::Product)
}

/// `base^exponent`.
pub(super) fn power(base: Expression, exponent: Expression) -> Expression {
    let Some(value) = exponent.as_number() else {
        return Expression::of(Node::Power(base, exponent));
    };
    if value == Number::ZERO {
        return Expression::integer(1);
    }
    if value == Number::ONE {
        return base;
    }
    let whole = value.as_integer().is_some();
    match base.node() {
        Node::Number(number) => match number.power(value) {
            Some(result) => Expression::number(result),
            None => Expression::of(Node::Power(base, exponent)),
        },
        Node::Power(inner, first) if whole => power(inner.clone(), first.clone() * exponent),
        Node::Product(factors) if whole => product(
            factors
                .iter()
                .map(|factor| power(factor.clone(), exponent.clone()))
                .collect(),
        ),
        Node::Call(Function::Exp, arguments) => {
            call(Function::Exp, vec![arguments[0].clone() * exponent])
        }
        _ => Expression::of(Node::Power(base, exponent)),
    }
}

/// `function(arguments)`.
pub(super) fn call(function: Function, arguments: Vec<Expression>) -> Expression {
    match (function, arguments.as_slice()) {
        (Function::LogSumExp, [only]) => only.clone(),
        (Function::Softmax(_), [_]) => Expression::integer(1),
        (Function::LogSumExp, _) => log_sum_exp(arguments),
        (_, [argument]) => unary(function, argument),
        _ => Expression::of(Node::Call(function, arguments)),
    }
}

fn unary(function: Function, argument: &Expression) -> Expression {
    let plain = |argument: Expression| Expression::of(Node::Call(function, vec![argument]));
    if argument.is_zero()
        && let Some(value) = at_zero(function)
    {
        return Expression::integer(value);
    }
    match function {
        Function::Exp => match argument.node() {
            Node::Call(Function::Ln, inner) => return inner[0].clone(),
            _ => return plain(argument.clone()),
        },
        Function::Ln => return logarithm(argument),
        _ => {}
    }
    match function.parity() {
        Parity::Even if is_turned(argument) => plain(-argument.clone()),
        Parity::Odd if is_turned(argument) => -plain(-argument.clone()),
        _ => plain(argument.clone()),
    }
}

fn at_zero(function: Function) -> Option<i64> {
    match function {
        Function::Exp | Function::Cos | Function::Cosh | Function::Sech2 | Function::Erfc => {
            Some(1)
        }
        Function::Sin | Function::Sinh | Function::Tanh | Function::LnCosh | Function::Erf => {
            Some(0)
        }
        Function::Sinc(0) => Some(1),
        Function::LnSinhc(0) => Some(0),
        Function::LnSinhc(order) | Function::Sinc(order) if order % 2 == 1 => Some(0),
        _ => None,
    }
}

/// `ln x`: a formula that an author writes naturally becomes the stable function that it is.
fn logarithm(argument: &Expression) -> Expression {
    let plain = || Expression::of(Node::Call(Function::Ln, vec![argument.clone()]));
    match argument.node() {
        Node::Number(value) if *value == Number::ONE => Expression::integer(0),
        Node::Number(Number::Ratio {
            numerator: 1,
            denominator,
        }) => -log_of(Number::integer(*denominator)),
        Node::Call(Function::Exp, inner) => inner[0].clone(),
        Node::Call(Function::Cosh, inner) => call(Function::LnCosh, inner.clone()),
        Node::Call(Function::NormalCdf, inner) => call(Function::LnNormalCdf(0), inner.clone()),
        Node::Product(_) => logarithm_of_product(argument).unwrap_or_else(plain),
        Node::Sum(terms) => log_sum(terms).unwrap_or_else(plain),
        _ => plain(),
    }
}

/// `ln(c x) = ln c + ln x` for `c > 0` and one further factor; `ln(sinh x / x)` is a function of
/// its own.
fn logarithm_of_product(argument: &Expression) -> Option<Expression> {
    let (coefficient, rest) = split_coefficient(argument);
    let rest = rest?;
    if let Node::Product(factors) = rest.node()
        && let Some(place) = factors
            .iter()
            .position(|factor| matches!(factor.node(), Node::Call(Function::Sinh, _)))
        && let Node::Call(_, x) = factors[place].node()
    {
        // sinh(x)·others = (x·others)·sinh(x)/x
        let others = factors
            .iter()
            .enumerate()
            .filter(|(index, _)| *index != place);
        let others = others.map(|(_, factor)| factor.clone());
        let scale = product(
            [Expression::number(coefficient), x[0].clone()]
                .into_iter()
                .chain(others)
                .collect(),
        );
        let sinhc = call(Function::LnSinhc(0), x.clone());
        return (scale.constant() > 0.0).then(|| logarithm(&scale) + sinhc);
    }
    let splits = coefficient != Number::ONE && !coefficient.is_negative();
    splits.then(|| log_of(coefficient) + logarithm(&rest))
}

fn log_of(value: Number) -> Expression {
    logarithm(&Expression::number(value))
}

/// `ln Σ c_i e^{a_i}` with `c_i > 0` (constants and `cosh` included) as log-sum-exp; `ln(1 + e^x)`
/// as log1p_exp.
fn log_sum(terms: &[Expression]) -> Option<Expression> {
    let mut exponents = Vec::new();
    let mut exponentials = 0;
    for term in terms {
        let (coefficient, rest) = split_coefficient(term);
        if coefficient.is_negative() {
            return None;
        }
        let log = log_of(coefficient);
        match rest.as_ref().map(Expression::node) {
            None => exponents.push(log),
            Some(Node::Call(Function::Exp, inner)) => exponents.push(log + inner[0].clone()),
            Some(Node::Call(Function::Cosh, inner)) => {
                let half = log - log_of(Number::integer(2));
                exponents.push(half.clone() + inner[0].clone());
                exponents.push(half - inner[0].clone());
            }
            Some(_) => return None,
        }
        exponentials += usize::from(rest.is_some());
    }
    if exponentials == 0 {
        return None;
    }
    match exponents.as_slice() {
        [a, b] if a.is_zero() => Some(call(Function::Log1pExp, vec![b.clone()])),
        [a, b] if b.is_zero() => Some(call(Function::Log1pExp, vec![a.clone()])),
        _ => Some(call(Function::LogSumExp, exponents)),
    }
}

/// `n` equal exponents `a` as one, `a + ln n`.
fn collect_equal(arguments: Vec<Expression>) -> Vec<Expression> {
    let mut collected: Vec<(Expression, i64)> = Vec::new();
    for argument in arguments {
        match collected.iter_mut().find(|(known, _)| *known == argument) {
            Some((_, count)) => *count += 1,
            None => collected.push((argument, 1)),
        }
    }
    let with_count =
        |(argument, count): (Expression, i64)| argument + log_of(Number::integer(count));
    collected.into_iter().map(with_count).collect()
}

/// `ln Σ e^{c + a_i} = c + ln Σ e^{a_i}` for what all exponents share.
fn log_sum_exp(arguments: Vec<Expression>) -> Expression {
    let arguments = collect_equal(arguments);
    if let [only] = arguments.as_slice() {
        return only.clone();
    }
    let terms: Vec<Vec<Expression>> = arguments
        .iter()
        .map(|argument| flat_terms(vec![argument.clone()]))
        .collect();
    let everywhere = |term: &&Expression| {
        !term.is_zero() && terms[1..].iter().all(|others| others.contains(term))
    };
    let shared: Vec<Expression> = terms[0].iter().filter(everywhere).cloned().collect();
    if !shared.is_empty() {
        let common = sum(shared);
        let rest = arguments
            .iter()
            .map(|argument| argument.clone() - common.clone())
            .collect();
        return common + call(Function::LogSumExp, rest);
    }
    if let [a, b] = arguments.as_slice()
        && let Some(pair) = balanced_pair(a, b)
    {
        return pair;
    }
    Expression::of(Node::Call(Function::LogSumExp, arguments))
}

/// `ln(e^{c+u} + e^{c−u}) = c + ln 2 + ln cosh u` where `c` has no variables. (Elsewhere the two
/// sides would cancel in a tail.)
fn balanced_pair(a: &Expression, b: &Expression) -> Option<Expression> {
    let half = Expression::number(Number::ratio(1, 2));
    let centre = half.clone() * (a.clone() + b.clone());
    if !centre.variables().is_empty() {
        return None;
    }
    let spread = half * (a.clone() - b.clone());
    let doubled = call(Function::Ln, vec![Expression::integer(2)]);
    Some(sum(vec![
        centre,
        doubled,
        call(Function::LnCosh, vec![spread]),
    ]))
}

/// Coefficient and the rest of a term; no rest for a number.
pub(super) fn split_coefficient(term: &Expression) -> (Number, Option<Expression>) {
    match term.node() {
        Node::Number(value) => (*value, None),
        Node::Product(factors) => match factors[0].as_number() {
            Some(coefficient) => (
                coefficient,
                Some(single_or(factors[1..].to_vec(), 1, Node::Product)),
            ),
            None => (Number::ONE, Some(term.clone())),
        },
        _ => (Number::ONE, Some(term.clone())),
    }
}

/// Whether an even or odd function turns its argument's sign: decided by one term, the same in any
/// order of them.
fn is_turned(argument: &Expression) -> bool {
    let decisive = match argument.node() {
        Node::Sum(terms) => terms
            .iter()
            .map(split_coefficient)
            .min_by_key(|(_, rest)| rest.as_ref().map(Expression::digest)),
        _ => Some(split_coefficient(argument)),
    };
    decisive.is_some_and(|(coefficient, _)| coefficient.is_negative())
}

fn single_or(
    mut parts: Vec<Expression>,
    empty: i64,
    node: impl Fn(Vec<Expression>) -> Node,
) -> Expression {
    match parts.len() {
        0 => Expression::integer(empty),
        1 => parts.remove(0),
        _ => Expression::of(node(parts)),
    }
}

/// Terms without nesting; a number times a sum is distributed, so that its terms can cancel.
fn flat_terms(terms: Vec<Expression>) -> Vec<Expression> {
    let mut flat = Vec::with_capacity(terms.len());
    for term in terms {
        match term.node() {
            Node::Sum(inner) => flat.extend(inner.iter().cloned()),
            Node::Product(factors) => match factors.as_slice() {
                [number, inner] if number.as_number().is_some() => match inner.node() {
                    Node::Sum(inner) => flat.extend(
                        inner
                            .iter()
                            .map(|part| product(vec![number.clone(), part.clone()])),
                    ),
                    _ => flat.push(term),
                },
                _ => flat.push(term),
            },
            _ => flat.push(term),
        }
    }
    flat
}

fn flat_factors(factors: Vec<Expression>) -> Vec<Expression> {
    let mut flat = Vec::with_capacity(factors.len());
    for factor in factors {
        match factor.node() {
            Node::Product(inner) => flat.extend(inner.iter().cloned()),
            _ => flat.push(factor),
        }
    }
    flat
}
