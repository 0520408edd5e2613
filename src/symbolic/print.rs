//! Expressions as LaTeX and as plain Unicode.

use super::expression::{Expression, Node, Symbol};
use super::function::Function;
use super::names::superscript;
use super::number::Number;
use super::simplify::split_coefficient;
use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Latex,
    Unicode,
}

/// How tightly a printed part binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Sum,
    Product,
    Power,
    Atom,
}

impl Expression {
    /// As LaTeX, without surrounding dollars.
    pub fn latex(&self) -> String {
        Style::Latex.print(self).0
    }

    /// As plain Unicode.
    pub fn unicode(&self) -> String {
        Style::Unicode.print(self).0
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.unicode())
    }
}

impl Style {
    fn print(self, expression: &Expression) -> (String, Binding) {
        match expression.node() {
            Node::Number(value) => self.number(*value),
            Node::Variable(symbol) => (self.name(symbol), Binding::Atom),
            Node::Sum(terms) => (self.sum(terms), Binding::Sum),
            Node::Product(factors) => self.product(factors),
            Node::Power(base, exponent) => self.power(base, exponent),
            Node::Call(function, arguments) => self.call(*function, arguments),
        }
    }

    fn name(self, symbol: &Symbol) -> String {
        match self {
            Self::Latex => symbol.latex(),
            Self::Unicode => symbol.unicode(),
        }
    }

    fn number(self, value: Number) -> (String, Binding) {
        let text = match (self, value) {
            (
                Self::Latex,
                Number::Ratio {
                    numerator,
                    denominator,
                },
            ) if denominator != 1 => {
                let sign = if numerator < 0 { "-" } else { "" };
                format!(
                    "{sign}\\frac{{{}}}{{{denominator}}}",
                    numerator.unsigned_abs()
                )
            }
            (Self::Latex, value) => value.to_string().replace('π', "\\pi"),
            (Self::Unicode, value) => value.to_string().replace('-', "−"),
        };
        let whole = value.as_integer().is_some() || matches!(value, Number::Real(_));
        match whole && !value.is_negative() {
            true => (text, Binding::Atom),
            false => (text, Binding::Product),
        }
    }

    fn minus(self) -> &'static str {
        match self {
            Self::Latex => "-",
            Self::Unicode => "−",
        }
    }

    /// Terms in their order, but a positive one first where there is one.
    fn sum(self, terms: &[Expression]) -> String {
        let negative = |term: &Expression| split_coefficient(term).0.is_negative();
        let first = terms.iter().position(|term| !negative(term)).unwrap_or(0);
        let others = terms[..first].iter().chain(&terms[first + 1..]);
        let mut text = String::new();
        for term in std::iter::once(&terms[first]).chain(others) {
            let sign = match (text.is_empty(), negative(term)) {
                (true, false) => String::new(),
                (true, true) => self.minus().into(),
                (false, true) => format!(" {} ", self.minus()),
                (false, false) => " + ".into(),
            };
            let positive = if negative(term) {
                -term.clone()
            } else {
                term.clone()
            };
            text.push_str(&sign);
            text.push_str(&self.at_least(&positive, Binding::Product));
        }
        text
    }

    fn product(self, factors: &[Expression]) -> (String, Binding) {
        let (mut above, mut below) = (Vec::new(), Vec::new());
        let mut negative = false;
        for factor in factors {
            match factor.node() {
                Node::Number(Number::Ratio {
                    numerator,
                    denominator,
                }) => {
                    negative = *numerator < 0;
                    if numerator.unsigned_abs() != 1 {
                        above.push(Expression::number(Number::ratio(numerator.abs(), 1)));
                    }
                    if *denominator != 1 {
                        below.push(Expression::integer(*denominator));
                    }
                }
                Node::Power(base, exponent)
                    if exponent.as_number().is_some_and(Number::is_negative) =>
                {
                    below.push(base.clone().power(-exponent.clone()));
                }
                _ => above.push(factor.clone()),
            }
        }
        let sign = if negative { self.minus() } else { "" };
        let numerator = self.factors(&above);
        if below.is_empty() {
            return (format!("{sign}{numerator}"), Binding::Product);
        }
        let denominator = self.factors(&below);
        let text = match self {
            Self::Latex => {
                let bare = |parts: &[Expression], text: String| match parts {
                    [only] => self.print(only).0,
                    _ => text,
                };
                let (numerator, denominator) = (bare(&above, numerator), bare(&below, denominator));
                format!("{sign}\\frac{{{numerator}}}{{{denominator}}}")
            }
            Self::Unicode if below.len() > 1 => format!("{sign}{numerator}/({denominator})"),
            Self::Unicode => format!("{sign}{numerator}/{denominator}"),
        };
        (text, Binding::Product)
    }

    /// Factors in their order, but constants first.
    fn factors(self, factors: &[Expression]) -> String {
        if factors.is_empty() {
            return "1".into();
        }
        let mut factors = factors.to_vec();
        factors.sort_by_key(|factor| !factor.variables().is_empty());
        let printed: Vec<String> = factors
            .iter()
            .map(|factor| self.at_least(factor, Binding::Power))
            .collect();
        printed.join(" ")
    }

    fn power(self, base: &Expression, exponent: &Expression) -> (String, Binding) {
        let number = exponent.as_number();
        if number.is_some_and(Number::is_negative) {
            return self.product(&[base.clone().power(exponent.clone())]);
        }
        if number == Some(Number::ratio(1, 2)) {
            return match self {
                Self::Latex => (format!("\\sqrt{{{}}}", self.print(base).0), Binding::Atom),
                Self::Unicode => (
                    format!("√{}", self.at_least(base, Binding::Atom)),
                    Binding::Power,
                ),
            };
        }
        if let (Node::Call(function, arguments), Some(steps)) =
            (base.node(), number.and_then(Number::as_integer))
            && let Some((name, power)) = power_of_function(*function, steps)
        {
            let name = match self {
                Self::Latex => format!("{name}^{{{power}}}"),
                Self::Unicode => format!("{}{}", plain_name(name), superscript(power)),
            };
            return (self.applied(&name, &arguments[0]), Binding::Power);
        }
        let base = self.at_least(base, Binding::Atom);
        let text = match (self, number.and_then(Number::as_integer)) {
            (Self::Latex, _) => format!("{base}^{{{}}}", self.print(exponent).0),
            (Self::Unicode, Some(steps)) => format!("{base}{}", superscript(steps)),
            (Self::Unicode, None) => format!("{base}^({})", self.print(exponent).0),
        };
        (text, Binding::Power)
    }

    fn call(self, function: Function, arguments: &[Expression]) -> (String, Binding) {
        let (latex, unicode) = match function {
            Function::Exp => return (self.exponential(&arguments[0]), Binding::Power),
            Function::LogSumExp => return (self.log_sum(arguments), Binding::Power),
            Function::Softmax(index) => return (self.softmax(index, arguments), Binding::Product),
            Function::Log1pExp => {
                let inner = format!("1 + {}", self.exponential(&arguments[0]));
                return (self.parenthesised("\\ln", "ln", &inner), Binding::Power);
            }
            Function::LnSinhc(0) => return (self.ln_sinhc(&arguments[0]), Binding::Power),
            Function::LnSinhc(order) => {
                let primes = "'".repeat(order as usize - 1);
                (
                    format!("\\mathcal{{L}}{primes}"),
                    format!("L{}", primes.replace('\'', "′")),
                )
            }
            Function::Sinc(order) => {
                let primes = "'".repeat(order as usize);
                (
                    format!("\\operatorname{{sinc}}{primes}"),
                    format!("sinc{}", primes.replace('\'', "′")),
                )
            }
            Function::LnNormalCdf(order) => {
                let primes = "'".repeat(order as usize);
                (
                    format!("(\\ln\\Phi){primes}"),
                    format!("(ln Φ){}", primes.replace('\'', "′")),
                )
            }
            Function::Ln => ("\\ln".into(), "ln".into()),
            Function::Sin => ("\\sin".into(), "sin".into()),
            Function::Cos => ("\\cos".into(), "cos".into()),
            Function::Sinh => ("\\sinh".into(), "sinh".into()),
            Function::Cosh => ("\\cosh".into(), "cosh".into()),
            Function::Tanh => ("\\tanh".into(), "tanh".into()),
            Function::Sech2 => ("\\operatorname{sech}^{2}".into(), "sech²".into()),
            Function::LnCosh => ("\\ln\\cosh".into(), "ln cosh".into()),
            Function::Logistic => ("\\operatorname{logistic}".into(), "logistic".into()),
            Function::Erf => ("\\operatorname{erf}".into(), "erf".into()),
            Function::Erfc => ("\\operatorname{erfc}".into(), "erfc".into()),
            Function::NormalPdf => ("\\varphi".into(), "φ".into()),
            Function::NormalCdf => ("\\Phi".into(), "Φ".into()),
        };
        let name = match self {
            Self::Latex => latex,
            Self::Unicode => unicode,
        };
        (self.applied(&name, &arguments[0]), Binding::Power)
    }

    fn applied(self, name: &str, argument: &Expression) -> String {
        let argument = self.print(argument).0;
        self.parenthesised(name, name, &argument)
    }

    fn parenthesised(self, latex: &str, unicode: &str, inner: &str) -> String {
        match self {
            Self::Latex => format!("{latex}\\left({inner}\\right)"),
            Self::Unicode => format!("{unicode}({inner})"),
        }
    }

    fn exponential(self, exponent: &Expression) -> String {
        if exponent.is_zero() {
            return "1".into();
        }
        let (text, binding) = self.print(exponent);
        match self {
            Self::Latex => format!("e^{{{text}}}"),
            Self::Unicode if binding == Binding::Atom => format!("e^{text}"),
            Self::Unicode => format!("e^({text})"),
        }
    }

    /// `w e^{rest}` for an exponent `ln w + rest`.
    fn weighted_exponential(self, exponent: &Expression) -> String {
        let terms = match exponent.node() {
            Node::Sum(terms) => terms.clone(),
            _ => vec![exponent.clone()],
        };
        let (mut weight, mut rest) = (Expression::integer(1), Vec::new());
        for term in terms {
            match logarithm_argument(&term) {
                Some(argument) => weight = weight * argument,
                None => rest.push(term),
            }
        }
        let rest = Expression::sum(rest);
        if rest.is_zero() {
            return self.at_least(&weight, Binding::Product);
        }
        match weight == Expression::integer(1) {
            true => self.exponential(&rest),
            false => format!(
                "{} {}",
                self.at_least(&weight, Binding::Product),
                self.exponential(&rest)
            ),
        }
    }

    fn exponentials(self, arguments: &[Expression]) -> String {
        let terms: Vec<String> = arguments
            .iter()
            .map(|argument| self.weighted_exponential(argument))
            .collect();
        terms.join(" + ")
    }

    fn log_sum(self, arguments: &[Expression]) -> String {
        self.parenthesised("\\ln", "ln", &self.exponentials(arguments))
    }

    fn softmax(self, index: usize, arguments: &[Expression]) -> String {
        let (above, below) = (
            self.weighted_exponential(&arguments[index]),
            self.exponentials(arguments),
        );
        match self {
            Self::Latex => format!("\\frac{{{above}}}{{{below}}}"),
            Self::Unicode => format!("{above}/({below})"),
        }
    }

    fn ln_sinhc(self, argument: &Expression) -> String {
        let sine = self.applied(
            if self == Self::Latex {
                "\\sinh"
            } else {
                "sinh"
            },
            argument,
        );
        match self {
            Self::Latex => format!("\\ln\\frac{{{sine}}}{{{}}}", self.print(argument).0),
            Self::Unicode => format!("ln({sine}/({}))", self.print(argument).0),
        }
    }

    /// Printed, in parentheses where it binds less tightly than `binding`.
    fn at_least(self, expression: &Expression, binding: Binding) -> String {
        let (text, own) = self.print(expression);
        match own >= binding {
            true => text,
            false => self.parenthesised("", "", &text),
        }
    }
}

/// `tanh` and `sech²` to a power, as `tanh^n`, with the name in LaTeX.
fn power_of_function(function: Function, steps: i64) -> Option<(&'static str, i64)> {
    match function {
        Function::Tanh => Some(("\\tanh", steps)),
        Function::Sech2 => Some(("\\operatorname{sech}", steps.checked_mul(2)?)),
        _ => None,
    }
}

/// `sech` of `\\operatorname{sech}`.
fn plain_name(latex: &str) -> &str {
    latex
        .trim_start_matches("\\operatorname{")
        .trim_start_matches('\\')
        .trim_end_matches('}')
}

/// `w` where the term is `ln w` (or its inverse, `−ln w`).
fn logarithm_argument(term: &Expression) -> Option<Expression> {
    let (coefficient, rest) = split_coefficient(term);
    match (coefficient.as_integer(), rest?.node()) {
        (Some(_), Node::Call(Function::Ln, arguments)) => {
            Some(arguments[0].clone().power(Expression::number(coefficient)))
        }
        _ => None,
    }
}
