//! Reads a potential from its file.

use super::Catalogue;
use super::citation::Source;
use super::file::{Located, SourceFile};
use super::parameter::{
    Domain, Parameter, RawParameter, Settings, is_name, read_domain, resolve_all, values,
};
use super::potential::{
    Average, NamedAverage, Observable, OrderParameter, PotentialDefinition, StartPoint, Term,
};
use super::prior::PriorDefinition;
use crate::error::Result;
use crate::symbolic::{Expression, Formula, FormulaError, Interval, Scope, SingularKind, Symbol};
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "`kind` and `aliases` were read before")]
struct RawPotential {
    kind: String,
    title: String,
    source: Source,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    parameters: BTreeMap<String, RawParameter>,
    #[serde(default)]
    priors: BTreeMap<String, String>,
    order_parameters: Vec<RawOrderParameter>,
    #[serde(default)]
    variables: Vec<String>,
    #[serde(default, rename = "let")]
    names: Vec<Spanned<String>>,
    terms: Vec<RawTerm>,
    #[serde(default)]
    averages: Vec<RawAverage>,
    #[serde(default)]
    observables: Vec<Spanned<String>>,
    replicon: Option<Spanned<String>>,
    starts: Vec<RawStart>,
    agrees_with: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOrderParameter {
    name: String,
    domain: Option<String>,
    #[serde(default)]
    meaning: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTerm {
    expression: Spanned<String>,
    #[serde(default)]
    average: Vec<Spanned<String>>,
    #[serde(default)]
    coupling: bool,
    #[serde(default)]
    meaning: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAverage {
    name: String,
    expression: Spanned<String>,
    average: Vec<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
struct RawStart {
    name: String,
    #[serde(flatten)]
    values: BTreeMap<String, toml::Value>,
}

impl PotentialDefinition {
    /// Reads a file, with parameters and priors set.
    ///
    /// # Errors
    /// Whatever keeps the file from being a potential, with place, reason and hint.
    pub(super) fn read(
        catalogue: &Catalogue,
        file: &SourceFile,
        name: &str,
        settings: &Settings,
    ) -> Result<Self> {
        file.affordable(|| Self::read_at_any_cost(catalogue, file, name, settings))
    }

    fn read_at_any_cost(
        catalogue: &Catalogue,
        file: &SourceFile,
        name: &str,
        settings: &Settings,
    ) -> Result<Self> {
        let raw: RawPotential = file.parse()?;
        file.require_known(&raw.source)?;
        let reader = Reader::new(catalogue, file, &raw, settings)?;
        let terms = raw
            .terms
            .iter()
            .map(|term| reader.term(term))
            .collect::<Result<Vec<_>>>()?;
        let averages = raw
            .averages
            .iter()
            .map(|average| reader.named_average(average))
            .collect::<Result<Vec<_>>>()?;
        let mut outer = reader.scope.clone();
        for average in &averages {
            outer.declare(average.name.name());
        }
        let observables = raw
            .observables
            .iter()
            .map(|text| reader.observable(&outer, text))
            .collect::<Result<Vec<_>>>()?;
        reader.refuse_repeated(&observables)?;
        let replicon = raw
            .replicon
            .as_ref()
            .map(|text| reader.scalar(&outer, &file.located(text)))
            .transpose()?;
        let starts = raw
            .starts
            .iter()
            .map(|start| reader.start(start))
            .collect::<Result<Vec<_>>>()?;
        if starts.is_empty() {
            return Err(file.refuse(
                "has no starts: give at least one, with a value for every order parameter",
            ));
        }
        for (place, start) in starts.iter().enumerate() {
            if starts[..place].iter().any(|other| other.name == start.name) {
                return Err(file.refuse(format!("has the start \"{}\" twice", start.name)));
            }
        }
        let agrees_with_state_evolution = reader.agrees_with(&raw)?;
        Ok(Self {
            agrees_with_state_evolution,
            name: name.into(),
            title: raw.title,
            source: raw.source,
            parameters: reader.parameters,
            values: reader.values,
            priors: reader.priors,
            order_parameters: reader.order_parameters,
            names: reader.names,
            terms,
            averages,
            observables,
            replicon,
            starts,
        })
    }
}

/// What reading a potential needs at every step.
pub(super) struct Reader<'a> {
    pub catalogue: &'a Catalogue,
    pub file: &'a SourceFile,
    parameters: Vec<Parameter>,
    pub values: BTreeMap<String, f64>,
    pub priors: BTreeMap<String, PriorDefinition>,
    order_parameters: Vec<OrderParameter>,
    /// Variables that may be averaged over.
    pub variables: Vec<Symbol>,
    /// All of the above, functions of the priors, and the names of `let`.
    pub scope: Scope,
    names: Vec<(String, String)>,
    ranges: BTreeMap<Symbol, Interval>,
}

impl<'a> Reader<'a> {
    fn new(
        catalogue: &'a Catalogue,
        file: &'a SourceFile,
        raw: &RawPotential,
        settings: &Settings,
    ) -> Result<Self> {
        let parameters = resolve_all(file, &raw.parameters)?;
        let order_parameters = raw
            .order_parameters
            .iter()
            .map(|order| {
                let domain = read_domain(&order.name, order.domain.as_deref());
                Ok(OrderParameter {
                    name: order.name.clone(),
                    domain: domain.map_err(|reason| file.refuse(reason))?,
                    meaning: order.meaning.clone(),
                })
            })
            .collect::<Result<Vec<_>>>()?;
        let roles: Vec<&str> = raw.priors.keys().map(String::as_str).collect();
        let mut reader = Self {
            catalogue,
            file,
            values: values(&parameters, settings, &roles)?,
            parameters,
            priors: BTreeMap::new(),
            order_parameters,
            variables: raw.variables.iter().map(|name| Symbol::new(name)).collect(),
            scope: Scope::default(),
            names: Vec::new(),
            ranges: BTreeMap::new(),
        };
        reader.declare_all(raw)?;
        for (role, default) in &raw.priors {
            if !is_name(role) || reader.scope.knows(role) {
                let reason =
                    format!("priors has \"{role}\", which is not a name, or one that is taken");
                return Err(file.refuse(reason));
            }
            let prior = catalogue.prior(settings.get(role).unwrap_or(default), role)?;
            reader.declare_functions(role, &prior);
            reader.priors.insert(role.clone(), prior);
        }
        reader.read_names(raw)?;
        Ok(reader)
    }

    /// Declares parameters, order parameters and variables, no name twice.
    fn declare_all(&mut self, raw: &RawPotential) -> Result<()> {
        let parameters = self.parameters.iter().map(|p| (&p.name, p.domain));
        let orders = self.order_parameters.iter().map(|p| (&p.name, p.domain));
        let variables = raw.variables.iter().map(|name| (name, Domain::LINE));
        for (name, domain) in parameters.chain(orders).chain(variables) {
            if !is_name(name) {
                let reason = format!(
                    "\"{name}\" is not a name: use letters, digits and _, and neither pi nor the name of a function"
                );
                return Err(self.file.refuse(reason));
            }
            if self.scope.knows(name) {
                return Err(self.file.refuse(format!("declares \"{name}\" twice")));
            }
            self.scope.declare(name);
            self.ranges.insert(Symbol::new(name), domain.interval());
        }
        Ok(())
    }

    /// `ROLE_log_mgf(z)` with its derivatives `ROLE_mean(z)` and `ROLE_variance(z)`, and
    /// `ROLE_log_norm(y, gamma)`, `ROLE_characteristic(t)`.
    fn declare_functions(&mut self, role: &str, prior: &PriorDefinition) {
        let log_mgf = prior.with_values(&prior.log_mgf);
        if let [z] = prior.variables.as_slice() {
            let mean = log_mgf.derivative(z);
            let variance = mean.derivative(z);
            for (name, body) in [("mean", mean), ("variance", variance)] {
                self.scope
                    .define_function(&format!("{role}_{name}"), &prior.variables, body);
            }
        }
        self.scope
            .define_function(&format!("{role}_log_mgf"), &prior.variables, log_mgf);
        let symbols = [Symbol::new("y"), Symbol::new("gamma")];
        // A parameter of the prior may have one of these names: its value is put in under names
        // that no parameter has.
        let apart = ["y'", "gamma'"].map(Expression::variable);
        if let Some(log_norm) = prior.log_norm(&apart[0], &apart[1]) {
            let arguments = ["y'", "gamma'"].map(Symbol::new).into_iter();
            let named = symbols
                .iter()
                .map(|symbol| Expression::variable(symbol.name()));
            let body = prior
                .with_values(&log_norm)
                .substitute(&arguments.zip(named).collect());
            self.scope
                .define_function(&format!("{role}_log_norm"), &symbols, body);
        }
        let (t, name) = (Symbol::new("t'"), format!("{role}_characteristic"));
        match prior.characteristic(&Expression::variable(t.name())) {
            Some(body) => self
                .scope
                .define_function(&name, &[t], prior.with_values(&body)),
            None => {
                let laws = "symmetric atoms, normal, uniform and laplace have one";
                let reason = format!("the law \"{}\" has no such function: {laws}", prior.name);
                self.scope.refuse_function(&name, &reason);
            }
        }
    }

    fn read_names(&mut self, raw: &RawPotential) -> Result<()> {
        let mut pairs = Vec::new();
        for text in &raw.names {
            pairs.push(assignment(self.file, text)?);
        }
        for (name, _) in &pairs {
            self.scope.announce(&name.text, "in let, further down");
        }
        for (name, formula) in pairs {
            if self.scope.knows(&name.text) || !is_name(&name.text) {
                return Err(self.file.whole_error(
                    &name,
                    format!(
                        "\"{}\" is declared twice, or the name of a function",
                        name.text
                    ),
                    "choose another name",
                ));
            }
            let meaning = self.formula(&self.scope, &formula)?;
            self.scope.define(&name.text, meaning);
            self.names.push((name.text, formula.text));
        }
        Ok(())
    }

    /// A formula, refused where it may be singular within the domains of the order parameters.
    pub fn formula(&self, scope: &Scope, text: &Located) -> Result<Expression> {
        let formula = self.file.formula(scope, text)?;
        self.refuse_singularities(&formula)
            .map_err(|error| self.file.formula_error(text, error))?;
        Ok(formula.expression)
    }

    fn refuse_singularities(&self, formula: &Formula) -> std::result::Result<(), FormulaError> {
        for singularity in &formula.singularities {
            let expression = &singularity.expression;
            let Some(order) = self
                .order_parameters
                .iter()
                .find(|order| expression.depends_on(&Symbol::new(&order.name)))
            else {
                continue;
            };
            if !Interval::of(expression, &self.ranges).contains_zero() {
                continue;
            }
            let (what, hint) = match singularity.kind {
                SingularKind::Divisor => ("divides by", "multiply through, or open the domain"),
                SingularKind::Root => (
                    "has a root, whose derivative divides by",
                    "average over x ~ normal(0, q) in place of sqrt(q)*x, or open the domain",
                ),
                SingularKind::Logarithm => {
                    ("takes the logarithm of", "rewrite it, or open the domain")
                }
            };
            let reason = format!(
                "this {what} {expression}, which can be 0: {} lies in {}",
                order.name, order.domain
            );
            let hint = format!("{hint}, for example to \"(0, 1]\"");
            return Err(FormulaError::new(singularity.span, reason, hint));
        }
        Ok(())
    }

    /// Columns of a table have names of their own.
    fn refuse_repeated(&self, observables: &[Observable]) -> Result<()> {
        for (place, one) in observables.iter().enumerate() {
            let orders = self.order_parameters.iter().map(|order| &order.name);
            let mut others = observables[..place]
                .iter()
                .map(|other| &other.name)
                .chain(orders);
            if others.any(|other| *other == one.name) {
                let reason = format!("observables has \"{}\", which is shown already", one.name);
                return Err(self.file.refuse(reason));
            }
        }
        Ok(())
    }

    fn observable(&self, scope: &Scope, text: &Spanned<String>) -> Result<Observable> {
        let (name, formula) = assignment(self.file, text)?;
        Ok(Observable {
            name: name.text,
            expression: self.scalar(scope, &formula)?,
        })
    }

    /// A formula without variables that would have to be averaged over.
    fn scalar(&self, scope: &Scope, text: &Located) -> Result<Expression> {
        let expression = self.file.formula(scope, text)?.expression;
        self.refuse_free_variables(&expression, &[], text)?;
        Ok(expression)
    }

    pub fn refuse_free_variables(
        &self,
        expression: &Expression,
        averaged: &[Average],
        text: &Located,
    ) -> Result<()> {
        let free = self.variables.iter().find(|variable| {
            expression.depends_on(variable)
                && !averaged
                    .iter()
                    .any(|average| average.variable == **variable)
        });
        match free {
            None => Ok(()),
            Some(free) => {
                let reason = format!("this depends on \"{free}\", which is not averaged over here");
                let hint = format!("add \"{free} ~ normal\", or another law, to average");
                Err(self.file.whole_error(text, reason, hint))
            }
        }
    }

    fn term(&self, raw: &RawTerm) -> Result<Term> {
        let (text, formula, average) = self.averaged(&raw.expression, &raw.average)?;
        self.refuse_singularities(&formula)
            .map_err(|error| self.file.formula_error(&text, error))?;
        Ok(Term {
            expression: formula.expression,
            average,
            coupling: raw.coupling,
            meaning: raw.meaning.clone(),
        })
    }

    fn named_average(&self, raw: &RawAverage) -> Result<NamedAverage> {
        if self.scope.knows(&raw.name) {
            return Err(self.file.refuse(format!("declares \"{}\" twice", raw.name)));
        }
        if !is_name(&raw.name) {
            let reason = format!("\"{}\" is not a name of an average", raw.name);
            return Err(self.file.refuse(reason));
        }
        // Evaluated at fixed points only, and not differentiated: it may be singular elsewhere.
        let (_, formula, average) = self.averaged(&raw.expression, &raw.average)?;
        Ok(NamedAverage {
            name: Symbol::new(&raw.name),
            expression: formula.expression,
            average,
        })
    }

    fn averaged(
        &self,
        expression: &Spanned<String>,
        laws: &[Spanned<String>],
    ) -> Result<(Located, Formula, Vec<Average>)> {
        let mut average: Vec<Average> = Vec::new();
        for law in laws {
            let next = self.average(&self.file.located(law), &average)?;
            average.push(next);
        }
        let text = self.file.located(expression);
        let formula = self.file.formula(&self.scope, &text)?;
        self.refuse_free_variables(&formula.expression, &average, &text)?;
        Ok((text, formula, average))
    }

    /// Whether the file claims the fixed point of state evolution, and has what that claim needs.
    fn agrees_with(&self, raw: &RawPotential) -> Result<bool> {
        let Some(text) = &raw.agrees_with else {
            return Ok(false);
        };
        let orders: Vec<&str> = self
            .order_parameters
            .iter()
            .map(|order| order.name.as_str())
            .collect();
        let complete = text.get_ref() == "state-evolution"
            && orders == ["M", "Q", "V"]
            && ["alpha", "lambda"]
                .iter()
                .all(|name| self.values.contains_key(*name))
            && ["hidden", "signal"]
                .iter()
                .all(|role| self.priors.contains_key(*role));
        if complete {
            return Ok(true);
        }
        let reason = "only a potential of M, Q, V with parameters alpha, lambda and priors hidden, signal can be compared with state evolution";
        Err(self.file.whole_error(
            &self.file.located(text),
            reason,
            "write \"state-evolution\", or leave agrees_with out",
        ))
    }

    fn start(&self, raw: &RawStart) -> Result<StartPoint> {
        let mut scope = Scope::default();
        for parameter in &self.parameters {
            scope.declare(&parameter.name);
        }
        let refuse = |reason: String| {
            self.file
                .refuse(format!("start \"{}\": {reason}", raw.name))
        };
        let known = |name: &String| {
            self.order_parameters
                .iter()
                .any(|order| order.name == *name)
        };
        if let Some(unknown) = raw.values.keys().find(|name| !known(name)) {
            return Err(refuse(format!("\"{unknown}\" is not an order parameter")));
        }
        let value = |order: &OrderParameter| match raw.values.get(&order.name) {
            Some(toml::Value::Integer(value)) => Ok(Expression::integer(*value)),
            Some(toml::Value::Float(value)) if value.is_finite() => Ok(Expression::real(*value)),
            Some(toml::Value::String(text)) => scope
                .read(text)
                .map(|formula| formula.expression)
                .map_err(|error| {
                    refuse(format!("{}: {}; {}", order.name, error.reason, error.hint))
                }),
            Some(_) => Err(refuse(format!(
                "{} is neither a number nor a formula",
                order.name
            ))),
            None => Err(refuse(format!("gives no value for {}", order.name))),
        };
        Ok(StartPoint {
            name: raw.name.clone(),
            values: self
                .order_parameters
                .iter()
                .map(value)
                .collect::<Result<_>>()?,
        })
    }
}

/// `name = formula`, taken apart.
fn assignment(file: &SourceFile, text: &Spanned<String>) -> Result<(Located, Located)> {
    let text = file.located(text);
    let parts = text.assignment().filter(|(name, _)| {
        name.text.starts_with(|c: char| c.is_alphabetic())
            && name.text.chars().all(|c| c.is_alphanumeric() || c == '_')
    });
    parts.ok_or_else(|| {
        file.whole_error(
            &text,
            "expected name = formula",
            "write \"h = sigma*x + w*m\"",
        )
    })
}
