//! The saddle-point equations of a potential, compiled: `F(x) = 0`, their Jacobian, and what is
//! shown beside a fixed point.

use super::averaged::{Averaged, Failure};
use super::derivative::{cancelled, under_average};
use crate::definitions::{Average, AverageLaw, PotentialDefinition, Term};
use crate::error::{Error, Result};
use crate::numerics::Matrix;
use crate::symbolic::{Expression, PARTS, Symbol, within};
use nalgebra::DVector;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Compiled saddle-point equations.
#[derive(Debug, Clone)]
pub struct Saddle {
    order: Vec<Symbol>,
    /// Values of the parameters that are inputs of the compiled formulas.
    free: Vec<f64>,
    terms: Arc<[CompiledTerm]>,
    /// Partner and coupling of each order parameter, where `F` is the normalised gradient
    /// `S^{-1}∇Φ`.
    coupling: Option<Vec<(usize, f64)>>,
    averages: Arc<[Averaged]>,
    /// Observables, and the replicon last if there is one.
    observables: Arc<Averaged>,
    has_replicon: bool,
    names: Vec<String>,
}

/// What is shown beside a fixed point; NaN where something is not defined.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Observables by name.
    pub observables: Vec<(String, f64)>,
    /// The replicon, where the definition has one.
    pub replicon: Option<f64>,
}

#[derive(Debug)]
struct CompiledTerm {
    value: Averaged,
    /// `F`.
    equations: Averaged,
    /// `∂F`, row by row.
    jacobian: Averaged,
}

/// One saddle-point equation `x = explicit + Σ averages`, symbolic.
#[derive(Debug, Clone)]
pub struct Equation {
    /// What is not averaged.
    pub explicit: Expression,
    /// Integrands with their averages.
    pub averages: Vec<(Expression, Vec<Average>)>,
}

/// The saddle-point map of a potential, symbolic, with its parameters as symbols; `None` without
/// coupling terms.
///
/// # Errors
/// As [`Saddle::new`].
pub fn saddle_equations(definition: &PotentialDefinition) -> Result<Option<Vec<Equation>>> {
    let order = definition.symbols();
    let Some(partner) = partners(definition, &order)? else {
        return Ok(None);
    };
    let terms: Vec<Equations> = definition
        .terms
        .iter()
        .map(|term| equations(&term.expression, &term.average, &order, Some(&partner)))
        .collect();
    let equation = |(index, symbol): (usize, &Symbol)| {
        let mut explicit = Expression::variable(symbol.name());
        let mut averages = Vec::new();
        for term in &terms {
            let image = -term.components[index].clone();
            match term.average.is_empty() {
                true => explicit = explicit + image,
                false if image.is_zero() => {}
                false => averages.push((image, term.average.clone())),
            }
        }
        Equation { explicit, averages }
    };
    Ok(Some(order.iter().enumerate().map(equation).collect()))
}

/// Symbolic saddle-point equations of one term.
struct Equations {
    /// `F_i` as integrands.
    components: Vec<Expression>,
    average: Vec<Average>,
}

impl Saddle {
    /// Derives and compiles the equations.
    ///
    /// # Errors
    /// Coupling terms that are averaged, or are not sums of products that pair each order parameter with exactly one.
    pub fn new(definition: &PotentialDefinition) -> Result<Self> {
        Self::with_free(definition, &[])
    }

    /// Compiles the equations once for all values of these parameters, on which no law may depend
    /// but by mean and variance (see [`Saddle::at_values`]).
    ///
    /// # Errors
    /// As [`Saddle::new`].
    pub(super) fn with_free(definition: &PotentialDefinition, free: &[&str]) -> Result<Self> {
        let made = within(PARTS, || Self::at_any_cost(definition, free));
        made.unwrap_or_else(|exhausted| {
            Err(Error::Definition {
                origin: definition.name.clone(),
                reason: exhausted.to_string(),
            })
        })
    }

    fn at_any_cost(definition: &PotentialDefinition, free: &[&str]) -> Result<Self> {
        let order = definition.symbols();
        let partner = partners(definition, &order)?;
        let mut numbers = parameter_numbers(definition);
        numbers.retain(|symbol, _| !free.contains(&symbol.name()));
        let mut inputs = order.clone();
        inputs.extend(free.iter().map(|name| Symbol::new(name)));
        let fixed = |expression: &Expression| expression.substitute(&numbers);
        let compile = |term: &Term| {
            let own = equations(&term.expression, &term.average, &order, partner.as_deref());
            own.compiled(term, (&order, &inputs), &numbers)
        };
        let terms = definition.terms.iter().map(compile).collect();
        let averages = definition
            .averages
            .iter()
            .map(|named| {
                Averaged::new(
                    &inputs,
                    &with_numbers(&named.average, &numbers),
                    &[fixed(&named.expression)],
                )
            })
            .collect();
        let mut outer = inputs.clone();
        outer.extend(definition.averages.iter().map(|named| named.name.clone()));
        let shown: Vec<Expression> = definition
            .observables
            .iter()
            .map(|observable| fixed(&observable.expression))
            .chain(definition.replicon.as_ref().map(fixed))
            .collect();
        Ok(Self {
            terms,
            coupling: partner.as_ref().map(|partners| {
                let number =
                    |(index, entry): &(usize, Expression)| (*index, fixed(entry).constant());
                partners.iter().map(number).collect()
            }),
            averages,
            observables: Arc::new(Averaged::new(&outer, &[], &shown)),
            has_replicon: definition.replicon.is_some(),
            names: definition
                .observables
                .iter()
                .map(|observable| observable.name.clone())
                .collect(),
            free: free
                .iter()
                .map(|name| definition.values.get(*name).copied().unwrap_or(f64::NAN))
                .collect(),
            order,
        })
    }

    /// The equations at other values of the parameters for which they were compiled; the compiled
    /// formulas are shared.
    pub(super) fn at_values(&self, values: &[f64]) -> Self {
        Self {
            free: values.to_vec(),
            ..self.clone()
        }
    }

    /// Inputs of the compiled formulas.
    fn inputs(&self, x: &[f64]) -> Vec<f64> {
        x.iter().chain(&self.free).copied().collect()
    }

    /// Number of order parameters.
    pub fn dimension(&self) -> usize {
        self.order.len()
    }

    /// For each order parameter the one that it is coupled to and the entry `S` of the coupling's
    /// Hessian, so that `F_i = ∂Φ/∂x_partner / S`; `None` without coupling terms.
    pub fn coupling(&self) -> Option<&[(usize, f64)]> {
        self.coupling.as_deref()
    }

    /// Whether `x ↦ x − F(x)` is the saddle-point map.
    pub fn has_map(&self) -> bool {
        self.coupling.is_some()
    }

    /// `Φ(x)`.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn value(&self, x: &[f64], level: u32) -> std::result::Result<f64, Failure> {
        let x = self.inputs(x);
        self.terms
            .iter()
            .try_fold(0.0, |sum, term| Ok(sum + term.value.at(&x, level)?[0]))
    }

    /// `F(x)`.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn equations(&self, x: &[f64], level: u32) -> std::result::Result<DVector<f64>, Failure> {
        crate::interrupt::check();
        let x = self.inputs(x);
        let mut sum = DVector::zeros(self.dimension());
        for term in self.terms.iter() {
            sum += DVector::from_vec(term.equations.at(&x, level)?);
        }
        Ok(sum)
    }

    /// `∂F(x)`.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn jacobian(&self, x: &[f64], level: u32) -> std::result::Result<Matrix, Failure> {
        let n = self.dimension();
        let x = self.inputs(x);
        let mut sum = Matrix::zeros(n, n);
        for term in self.terms.iter() {
            sum += Matrix::from_row_slice(n, n, &term.jacobian.at(&x, level)?);
        }
        Ok(sum)
    }

    /// Observables by name and the replicon, NaN where one, or a named average in it, is not
    /// defined.
    ///
    /// # Errors
    /// [`Failure::Nodes`] of a named average.
    pub fn observables(&self, x: &[f64], level: u32) -> std::result::Result<Shown, Failure> {
        let x = self.inputs(x);
        let mut inputs = x.clone();
        for average in self.averages.iter() {
            inputs.push(match average.at(&x, level) {
                Ok(values) => values[0],
                Err(Failure::Domain) => f64::NAN,
                Err(Failure::Nodes) => return Err(Failure::Nodes),
            });
        }
        let mut values = self.observables.point(&inputs);
        let replicon = if self.has_replicon {
            values.pop()
        } else {
            None
        };
        Ok(Shown {
            observables: self.names.iter().cloned().zip(values).collect(),
            replicon,
        })
    }

    /// Nodes of all averages of `F` together.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn nodes(&self, x: &[f64], level: u32) -> std::result::Result<usize, Failure> {
        let x = self.inputs(x);
        self.terms.iter().try_fold(0, |sum, term| {
            Ok(sum + term.equations.node_count(&x, level)?)
        })
    }
}

impl Equations {
    /// The term's value, `F` and `∂F` by the order parameters, compiled as functions of the
    /// `inputs`.
    fn compiled(
        &self,
        term: &Term,
        (order, inputs): (&[Symbol], &[Symbol]),
        numbers: &BTreeMap<Symbol, Expression>,
    ) -> CompiledTerm {
        let fixed = |expression: &Expression| expression.substitute(numbers);
        let average = with_numbers(&self.average, numbers);
        let row = |component: &Expression| {
            let entry =
                |symbol: &Symbol| Expression::sum(under_average(component, &self.average, symbol));
            let entries = order.iter().map(entry);
            entries.map(|entry| fixed(&entry)).collect::<Vec<_>>()
        };
        let jacobian: Vec<Expression> = self.components.iter().flat_map(row).collect();
        let components: Vec<Expression> = self.components.iter().map(fixed).collect();
        CompiledTerm {
            value: Averaged::new(inputs, &average, &[fixed(&term.expression)]),
            equations: Averaged::new(inputs, &average, &components),
            jacobian: Averaged::new(inputs, &average, &jacobian),
        }
    }
}

/// `F` of one term, symbolic: `Σ_j (S^{-1})_ij ∂_j`, where `S` pairs `i` with `partner[i]`; `∂_i`
/// without coupling.
fn equations(
    expression: &Expression,
    average: &[Average],
    order: &[Symbol],
    partner: Option<&[(usize, Expression)]>,
) -> Equations {
    let component = |index: usize| {
        let (moved, factor) = match partner {
            Some(partners) => (
                partners[index].0,
                partners[index].1.clone().power(Expression::integer(-1)),
            ),
            None => (index, Expression::integer(1)),
        };
        let parts = under_average(expression, average, &order[moved]);
        Expression::sum(parts.iter().map(|part| cancelled(&factor, part)))
    };
    Equations {
        components: (0..order.len()).map(component).collect(),
        average: average.to_vec(),
    }
}

/// For each order parameter the one that it is coupled to and the entry of `S`; `None` without
/// coupling terms.
fn partners(
    definition: &PotentialDefinition,
    order: &[Symbol],
) -> Result<Option<Vec<(usize, Expression)>>> {
    let refuse = |reason: &str| Error::Definition {
        origin: definition.name.clone(),
        reason: reason.into(),
    };
    let coupling: Vec<_> = definition
        .terms
        .iter()
        .filter(|term| term.coupling)
        .collect();
    if coupling.is_empty() {
        return Ok(None);
    }
    if coupling.iter().any(|term| !term.average.is_empty()) {
        return Err(refuse(
            "a coupling term has an average: couple order parameters in a term of its own",
        ));
    }
    let total = Expression::sum(coupling.iter().map(|term| term.expression.clone()));
    let partner = |a: &Symbol| {
        let slope = total.derivative(a);
        let entries: Vec<(usize, Expression)> = order
            .iter()
            .map(|b| slope.derivative(b))
            .enumerate()
            .filter(|(_, entry)| !entry.is_zero())
            .collect();
        let constant = |entry: &Expression| !order.iter().any(|symbol| entry.depends_on(symbol));
        match entries.as_slice() {
            [only] if constant(&only.1) => Ok(only.clone()),
            _ => Err(refuse(
                "the coupling terms must be quadratic and pair each order parameter with exactly one (itself or its conjugate)",
            )),
        }
    };
    order
        .iter()
        .map(partner)
        .collect::<Result<Vec<_>>>()
        .map(Some)
}

fn parameter_numbers(definition: &PotentialDefinition) -> BTreeMap<Symbol, Expression> {
    definition
        .values
        .iter()
        .map(|(name, value)| (Symbol::new(name), Expression::real(*value)))
        .collect()
}

fn with_numbers(average: &[Average], numbers: &BTreeMap<Symbol, Expression>) -> Vec<Average> {
    let law = |law: &AverageLaw| match law {
        AverageLaw::Normal { mean, variance } => AverageLaw::Normal {
            mean: mean.substitute(numbers),
            variance: variance.substitute(numbers),
        },
        AverageLaw::Line { centre, width } => AverageLaw::Line {
            centre: centre.substitute(numbers),
            width: width.substitute(numbers),
        },
        AverageLaw::HalfLine { width } => AverageLaw::HalfLine {
            width: width.substitute(numbers),
        },
        other => other.clone(),
    };
    average
        .iter()
        .map(|average| Average {
            variable: average.variable.clone(),
            law: law(&average.law),
            written: average.written.clone(),
        })
        .collect()
}
