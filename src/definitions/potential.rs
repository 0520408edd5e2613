//! Potentials: replica-symmetric free energies as sums of terms, some of them averaged over laws.

use super::citation::Source;
use super::parameter::{Domain, Parameter};
use super::prior::PriorDefinition;
use crate::law::ContinuousLaw;
use crate::symbolic::{Expression, Symbol};
use std::collections::BTreeMap;

/// A potential with its control parameters and priors set.
#[derive(Debug, Clone)]
pub struct PotentialDefinition {
    /// Name of the built-in file, or path.
    pub name: String,
    /// One line for tables.
    pub title: String,
    /// Where it comes from.
    pub source: Source,
    /// Control parameters.
    pub parameters: Vec<Parameter>,
    /// Their values.
    pub values: BTreeMap<String, f64>,
    /// Priors by role.
    pub priors: BTreeMap<String, PriorDefinition>,
    /// What the potential is stationary in.
    pub order_parameters: Vec<OrderParameter>,
    /// Names for parts of formulas, as they were written: name and formula.
    pub names: Vec<(String, String)>,
    /// `Φ` is their sum.
    pub terms: Vec<Term>,
    /// Averages that observables use.
    pub averages: Vec<NamedAverage>,
    /// Quantities shown beside a fixed point.
    pub observables: Vec<Observable>,
    /// Replicon: replica symmetry holds where it is less than 1.
    pub replicon: Option<Expression>,
    /// Starts of the search.
    pub starts: Vec<StartPoint>,
    /// Whether the order parameters are `M`, `Q`, `V` of one hidden unit and the stationary point
    /// is that of state evolution.
    pub agrees_with_state_evolution: bool,
}

/// An order parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderParameter {
    /// Its name.
    pub name: String,
    /// Admissible values.
    pub domain: Domain,
    /// What it is.
    pub meaning: String,
}

/// One term of a potential.
#[derive(Debug, Clone)]
pub struct Term {
    /// What is averaged.
    pub expression: Expression,
    /// The averages, from the outermost.
    pub average: Vec<Average>,
    /// Whether the term couples order parameters to their conjugates: its Hessian `S` defines the
    /// saddle-point map `x ↦ x − S^{-1}∇Φ`.
    pub coupling: bool,
    /// What it stands for.
    pub meaning: String,
}

/// An average over one variable.
#[derive(Debug, Clone)]
pub struct Average {
    /// The variable.
    pub variable: Symbol,
    /// Its law, given the variables of the averages before.
    pub law: AverageLaw,
    /// The law as it was written.
    pub written: String,
}

/// Law of an average.
#[derive(Debug, Clone)]
pub enum AverageLaw {
    /// Normal; mean and variance may depend on order parameters, because `∂E φ` is taken by
    /// Gaussian integration by parts.
    Normal {
        /// Mean.
        mean: Expression,
        /// Variance.
        variance: Expression,
    },
    /// No law but `∫ dx` over the line: the integrand has all but vanished at
    /// `centre ± 9.35 width`.
    Line {
        /// Where the mass of the integrand lies.
        centre: Expression,
        /// Its spread.
        width: Expression,
    },
    /// No law but `∫_0^∞ dx`: the integrand is even in `x`, has all but vanished at `9.35 width`,
    /// and is not evaluated at 0, where it may have the form 0/0.
    HalfLine {
        /// Its spread.
        width: Expression,
    },
    /// Finite support: values and probabilities.
    Discrete(Vec<(f64, f64)>),
    /// Continuous.
    Continuous(ContinuousLaw),
}

/// An average with a name.
#[derive(Debug, Clone)]
pub struct NamedAverage {
    /// The name.
    pub name: Symbol,
    /// What is averaged.
    pub expression: Expression,
    /// The averages.
    pub average: Vec<Average>,
}

/// A quantity that is shown beside a fixed point.
#[derive(Debug, Clone)]
pub struct Observable {
    /// Its name.
    pub name: String,
    /// In order parameters, parameters and named averages.
    pub expression: Expression,
}

/// A start of the search.
#[derive(Debug, Clone)]
pub struct StartPoint {
    /// Its name.
    pub name: String,
    /// Order parameters, as functions of the parameters.
    pub values: Vec<Expression>,
}

impl PotentialDefinition {
    /// Keys of the bibliography: its own sources and those of its priors.
    pub fn citations(&self) -> Vec<String> {
        let sources =
            std::iter::once(&self.source).chain(self.priors.values().map(|prior| &prior.source));
        let mut keys: Vec<String> = sources
            .flat_map(|source| {
                source
                    .citations()
                    .iter()
                    .map(|citation| citation.cite.clone())
            })
            .collect();
        keys.sort();
        keys.dedup();
        keys
    }

    /// Domains of the order parameters.
    pub fn domains(&self) -> Vec<Domain> {
        let domains = self.order_parameters.iter().map(|order| order.domain);
        domains.collect()
    }

    /// Symbols of the order parameters.
    pub fn symbols(&self) -> Vec<Symbol> {
        self.order_parameters
            .iter()
            .map(|order| Symbol::new(&order.name))
            .collect()
    }
}
