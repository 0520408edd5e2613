//! Priors: hidden units, sample signals and visible signals are all given by such a file.

use super::citation::Source;
use super::parameter::Parameter;
use crate::error::{Error, Result};
use crate::law::{ContinuousLaw, FormulaLaw, JointAtoms, Law, ScalarAtoms};
use crate::numerics::Matrix;
use crate::symbolic::{Expression, Function, Number, Symbol};
use std::collections::BTreeMap;

/// Difference up to which atoms, or their probabilities, mirror each other.
const MIRRORED: f64 = 1e-12;

/// A prior `P`, with its parameters set.
#[derive(Debug, Clone)]
pub struct PriorDefinition {
    /// Name of the built-in file, or path.
    pub name: String,
    /// One line for tables.
    pub title: String,
    /// Where it comes from.
    pub source: Source,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// Their values.
    pub values: BTreeMap<String, f64>,
    /// The law.
    pub law: PriorLaw,
    /// Arguments of [`PriorDefinition::log_mgf`]: one for each component.
    pub variables: Vec<Symbol>,
    /// `η1(z) = log E exp(h·z)` as a formula in the variables and the parameters.
    pub log_mgf: Expression,
}

/// How a prior is given.
#[derive(Debug, Clone, PartialEq)]
pub enum PriorLaw {
    /// Independent components of finite support: values and probabilities, as formulas in the
    /// parameters.
    Atoms {
        /// Values.
        values: Vec<Expression>,
        /// Probabilities.
        weights: Vec<Expression>,
    },
    /// Finite support in `R^k`, jointly.
    Points {
        /// Points.
        points: Vec<Vec<Expression>>,
        /// Probabilities.
        weights: Vec<Expression>,
    },
    /// Standard normal components, perhaps correlated.
    Gaussian {
        /// Correlation matrix; identity if absent.
        correlation: Option<Matrix>,
    },
    /// Independent components of a continuous law.
    Continuous(ContinuousLaw),
    /// Only the log moment generating function is known: enough for hidden units, not for a signal.
    Formula,
}

impl PriorDefinition {
    /// A formula of this prior with the parameters put in.
    pub fn with_values(&self, formula: &Expression) -> Expression {
        substitute(formula, &self.values)
    }

    /// The law of hidden units: by its formula where it is continuous.
    ///
    /// # Errors
    /// Atoms or a formula that are not a probability law.
    pub fn hidden_law(&self) -> Result<Law> {
        match &self.law {
            PriorLaw::Continuous(_) | PriorLaw::Formula => {
                FormulaLaw::new(&self.variables, &self.with_values(&self.log_mgf)).map(Law::Formula)
            }
            _ => self.signal_law(),
        }
    }

    /// The law of a signal: by its sampler where it is continuous.
    ///
    /// # Errors
    /// Atoms that are not a probability law; a prior that is given by its log moment generating function alone can't be sampled.
    pub fn signal_law(&self) -> Result<Law> {
        match &self.law {
            PriorLaw::Atoms { values, weights } => {
                ScalarAtoms::new(&self.numbers(values), &self.numbers(weights)).map(Law::Separable)
            }
            PriorLaw::Points { points, weights } => self.joint(points, weights).map(Law::Joint),
            PriorLaw::Gaussian { correlation: None } => Ok(Law::Gaussian),
            PriorLaw::Gaussian {
                correlation: Some(matrix),
            } => Ok(Law::CorrelatedGaussian(matrix.clone())),
            PriorLaw::Continuous(law) => Ok(Law::Continuous(*law)),
            PriorLaw::Formula => {
                let allowed = "a signal must be drawn: give atoms, or a sampler such as sampler = \"uniform(-sqrt(3), sqrt(3))\"";
                Err(Error::invalid(
                    "signal",
                    format!("\"{}\", a log_mgf alone", self.name),
                    allowed,
                ))
            }
        }
    }

    /// `log E exp(y u − γ u²/2)` of one component, in `y` and `gamma`: `η1(z)` at `γ = 0`, the
    /// scalar pair function `η2(Q)` at `y = 0`, `γ = −Q`, and the normalisation of the posterior in
    /// the channel `y = γ u + √γ z`. `None` where it has no closed form.
    pub fn log_norm(&self, y: &Expression, gamma: &Expression) -> Option<Expression> {
        let half = || Expression::number(Number::ratio(1, 2));
        match &self.law {
            PriorLaw::Atoms { values, weights } => {
                let exponent = |(value, weight): (&Expression, &Expression)| {
                    let square = value.clone().power(Expression::integer(2));
                    ln(weight) + y.clone() * value.clone() - half() * gamma.clone() * square
                };
                let exponents = values.iter().zip(weights).map(exponent).collect();
                Some(Expression::call(Function::LogSumExp, exponents))
            }
            PriorLaw::Gaussian { correlation: None } => {
                let spread = Expression::integer(1) + gamma.clone();
                let square = y.clone().power(Expression::integer(2));
                Some(half() * (square / spread.clone() - ln(&spread)))
            }
            _ => None,
        }
    }

    /// `E cos(t u)` of one component: the characteristic function of a law that is symmetric.
    /// `None` where the law is not symmetric, or the function has no closed form.
    pub fn characteristic(&self, t: &Expression) -> Option<Expression> {
        let half = || Expression::number(Number::ratio(1, 2));
        let square = |x: Expression| x.power(Expression::integer(2));
        match &self.law {
            PriorLaw::Atoms { values, weights } => {
                let atoms: Vec<(f64, f64)> = self
                    .numbers(values)
                    .into_iter()
                    .zip(self.numbers(weights))
                    .collect();
                let weight_at = |value: f64| {
                    let own = atoms
                        .iter()
                        .filter(|atom| (atom.0 - value).abs() <= MIRRORED);
                    own.map(|atom| atom.1).sum::<f64>()
                };
                let mirrored =
                    |(value, _): &(f64, f64)| (weight_at(*value) - weight_at(-value)).abs();
                if !atoms.iter().all(|atom| mirrored(atom) <= MIRRORED) {
                    return None;
                }
                let wave = |(value, weight): (&Expression, &Expression)| {
                    let angle = t.clone() * value.clone();
                    weight.clone() * Expression::call(Function::Cos, vec![angle])
                };
                Some(Expression::sum(values.iter().zip(weights).map(wave)))
            }
            PriorLaw::Gaussian { correlation: None } => {
                let exponent = -half() * square(t.clone());
                Some(Expression::call(Function::Exp, vec![exponent]))
            }
            PriorLaw::Continuous(law) if !law.is_symmetric() => None,
            PriorLaw::Continuous(ContinuousLaw::Uniform { high, .. }) => {
                let angle = Expression::real(*high) * t.clone();
                Some(Expression::call(Function::Sinc(0), vec![angle]))
            }
            PriorLaw::Continuous(ContinuousLaw::Laplace { scale }) => {
                let spread = Expression::integer(1) + square(Expression::real(*scale) * t.clone());
                Some(spread.power(Expression::integer(-1)))
            }
            _ => None,
        }
    }

    /// The law and the formula, with the parameters put in, as text.
    pub fn fingerprint(&self) -> String {
        let numbers = |formulas: &[Expression]| format!("{:?}", self.numbers(formulas));
        let law = match &self.law {
            PriorLaw::Atoms { values, weights } => {
                format!("atoms {} {}", numbers(values), numbers(weights))
            }
            PriorLaw::Points { points, weights } => {
                let points: Vec<String> = points.iter().map(|point| numbers(point)).collect();
                format!("points {} {}", points.join(" "), numbers(weights))
            }
            PriorLaw::Gaussian { correlation } => format!("normal {correlation:?}"),
            PriorLaw::Continuous(law) => format!("{law:?}"),
            PriorLaw::Formula => String::new(),
        };
        format!("{law} {}", self.with_values(&self.log_mgf))
    }

    fn numbers(&self, formulas: &[Expression]) -> Vec<f64> {
        formulas
            .iter()
            .map(|formula| self.with_values(formula).constant())
            .collect()
    }

    fn joint(&self, points: &[Vec<Expression>], weights: &[Expression]) -> Result<JointAtoms> {
        let points: Vec<Vec<f64>> = points.iter().map(|point| self.numbers(point)).collect();
        JointAtoms::new(&points, &self.numbers(weights))
    }
}

pub(super) fn ln(expression: &Expression) -> Expression {
    Expression::call(Function::Ln, vec![expression.clone()])
}

pub(super) fn substitute(formula: &Expression, values: &BTreeMap<String, f64>) -> Expression {
    let numbers = values
        .iter()
        .map(|(name, value)| (Symbol::new(name), Expression::real(*value)))
        .collect();
    formula.substitute(&numbers)
}
