//! Reads a prior from its file.

use super::citation::Source;
use super::file::{Located, SourceFile};
use super::parameter::{RawParameter, Settings, is_name, resolve_all, values};
use super::prior::{PriorDefinition, PriorLaw, ln, substitute};
use crate::error::Result;
use crate::law::{ContinuousLaw, MAX_ATOMS};
use crate::symbolic::{Expression, Function, Input, Number, Scope, Symbol, Tape};
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "`kind` was read before")]
struct RawPrior {
    kind: String,
    title: String,
    source: Source,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    parameters: BTreeMap<String, RawParameter>,
    #[serde(default)]
    variables: Vec<String>,
    log_mgf: Option<Spanned<String>>,
    atoms: Option<Vec<Spanned<toml::Value>>>,
    points: Option<Vec<Vec<Spanned<toml::Value>>>>,
    weights: Option<Vec<Spanned<toml::Value>>>,
    sampler: Option<Spanned<String>>,
    correlation: Option<Vec<Vec<f64>>>,
}

/// What reading a prior needs at every step.
struct Reader<'a> {
    file: &'a SourceFile,
    /// Parameters only.
    scope: Scope,
    values: BTreeMap<String, f64>,
}

impl PriorDefinition {
    /// Reads a file and sets its parameters.
    ///
    /// # Errors
    /// Syntax, an unknown name, probabilities that do not add up to 1, a setting outside of its domain, and the like.
    pub(super) fn read(file: &SourceFile, name: &str, settings: &Settings) -> Result<Self> {
        file.affordable(|| Self::read_at_any_cost(file, name, settings))
    }

    fn read_at_any_cost(file: &SourceFile, name: &str, settings: &Settings) -> Result<Self> {
        let raw: RawPrior = file.parse()?;
        file.require_known(&raw.source)?;
        let parameters = resolve_all(file, &raw.parameters)?;
        let mut scope = Scope::default();
        for parameter in &parameters {
            scope.declare(&parameter.name);
        }
        let reader = Reader {
            file,
            scope,
            values: values(&parameters, settings, &[])?,
        };
        if raw.correlation.is_some() && raw.sampler.is_none() {
            return Err(file.refuse("only sampler = \"normal\" has a correlation"));
        }
        let law = reader.law(&raw)?;
        let variables = reader.variables(&raw, &law)?;
        let log_mgf = reader.log_mgf(&raw, &law, &variables)?;
        Ok(Self {
            name: name.into(),
            title: raw.title,
            source: raw.source,
            parameters,
            values: reader.values,
            law,
            variables,
            log_mgf,
        })
    }
}

impl Reader<'_> {
    fn law(&self, raw: &RawPrior) -> Result<PriorLaw> {
        let refuse = |reason: &str| Err(self.file.refuse(reason));
        match (&raw.atoms, &raw.points, &raw.weights, &raw.sampler) {
            (Some(atoms), None, Some(weights), None) => {
                self.check_count("atoms", atoms.len(), weights)?;
                Ok(PriorLaw::Atoms {
                    values: self.checked_entries(atoms)?,
                    weights: self.checked_weights(weights)?,
                })
            }
            (None, Some(points), Some(weights), None) => {
                self.check_shape(points, weights)?;
                Ok(PriorLaw::Points {
                    points: points
                        .iter()
                        .map(|point| self.checked_entries(point))
                        .collect::<Result<_>>()?,
                    weights: self.checked_weights(weights)?,
                })
            }
            (None, None, None, Some(sampler)) => self.sampler(raw, sampler),
            (None, None, None, None) if raw.log_mgf.is_some() => Ok(PriorLaw::Formula),
            (None, None, None, None) => refuse(
                "gives no law: it needs atoms and weights, points and weights, a sampler, or log_mgf",
            ),
            (_, _, None, None) => refuse("atoms and points need weights, one probability for each"),
            _ => refuse("gives its law twice: use only one of atoms, points and sampler"),
        }
    }

    fn entries(&self, entries: &[Spanned<toml::Value>]) -> Result<Vec<Expression>> {
        entries.iter().map(|entry| self.entry(entry)).collect()
    }

    /// A number, or a formula in the parameters.
    fn entry(&self, entry: &Spanned<toml::Value>) -> Result<Expression> {
        match entry.get_ref() {
            toml::Value::Integer(value) => Ok(Expression::integer(*value)),
            toml::Value::Float(value) => Ok(Expression::real(*value)),
            toml::Value::String(text) => {
                let text = self.file.located(&Spanned::new(entry.span(), text.clone()));
                Ok(self.file.formula(&self.scope, &text)?.expression)
            }
            other => Err(self.file.error(
                entry.span().start,
                format!("expected a number or a formula, found {}", other.type_str()),
                "write 0.5 or \"1/sqrt(rho)\"",
            )),
        }
    }

    fn number(&self, formula: &Expression) -> f64 {
        substitute(formula, &self.values).constant()
    }

    /// Values, finite at these parameters.
    fn checked_entries(&self, entries: &[Spanned<toml::Value>]) -> Result<Vec<Expression>> {
        let formulas = self.entries(entries)?;
        for (place, formula) in entries.iter().zip(&formulas) {
            let value = self.number(formula);
            if !value.is_finite() {
                let hint = "check the formula at these parameter values";
                let reason = format!("the atom is {value}");
                return Err(self.file.error(place.span().start, reason, hint));
            }
        }
        Ok(formulas)
    }

    fn check_count(
        &self,
        what: &str,
        count: usize,
        weights: &[Spanned<toml::Value>],
    ) -> Result<()> {
        if count > MAX_ATOMS {
            let reason = format!("has {count} {what}: at most {MAX_ATOMS} are supported");
            return Err(self.file.refuse(reason));
        }
        if count == weights.len() {
            return Ok(());
        }
        let given = weights.len();
        let reason = format!("has {count} {what} and {given} weights: give as many weights");
        Err(self.file.refuse(reason))
    }

    /// Points of one dimension, a weight for each.
    fn check_shape(
        &self,
        points: &[Vec<Spanned<toml::Value>>],
        weights: &[Spanned<toml::Value>],
    ) -> Result<()> {
        self.check_count("points", points.len(), weights)?;
        let components = points.first().map_or(0, Vec::len);
        if components == 0 {
            let reason = "has points without components: give each one number for every unit";
            return Err(self.file.refuse(reason));
        }
        match points.iter().find(|point| point.len() != components) {
            Some(other) => {
                let other = other.len();
                let reason = format!("has points of {components} and of {other} components");
                Err(self.file.refuse(reason))
            }
            None => Ok(()),
        }
    }

    /// Probabilities: positive, of sum 1.
    fn checked_weights(&self, weights: &[Spanned<toml::Value>]) -> Result<Vec<Expression>> {
        let formulas = self.entries(weights)?;
        let numbers: Vec<f64> = formulas
            .iter()
            .map(|formula| self.number(formula))
            .collect();
        for (place, number) in weights.iter().zip(&numbers) {
            if !(number.is_finite() && *number > 0.0) {
                let hint = "a probability is greater than 0: leave an impossible value out";
                return Err(self.file.error(
                    place.span().start,
                    format!("the weight is {number}"),
                    hint,
                ));
            }
        }
        let total: f64 = numbers.iter().sum();
        if (total - 1.0).abs() > 1e-9 {
            let at = weights.first().map_or(0, |first| first.span().start);
            let hint = "probabilities must add up to 1 within 1e-9";
            return Err(self.file.error(
                at,
                format!("the prior is not normalised: its weights add up to {total}"),
                hint,
            ));
        }
        Ok(formulas)
    }

    fn sampler(&self, raw: &RawPrior, sampler: &Spanned<String>) -> Result<PriorLaw> {
        let text = self.file.located(sampler);
        let unknown = |reason: String| {
            self.file.whole_error(
                &text,
                reason,
                "samplers: normal, uniform(low, high), laplace(scale)",
            )
        };
        let Some((name, arguments)) = text.application() else {
            return Err(unknown("this is not a sampler".into()));
        };
        if let Some(rows) = &raw.correlation {
            if name.text != "normal" {
                return Err(unknown(format!("\"{}\" has no correlation", name.text)));
            }
            return self.correlated(rows);
        }
        let number = |argument: &Located| {
            let formula = self.file.formula(&self.scope, argument)?;
            Ok(self.number(&formula.expression))
        };
        let numbers = arguments.iter().map(number).collect::<Result<Vec<f64>>>()?;
        let law = match (name.text.as_str(), numbers.as_slice()) {
            ("normal", []) => return Ok(PriorLaw::Gaussian { correlation: None }),
            ("uniform", &[low, high]) => ContinuousLaw::Uniform { low, high },
            ("laplace", &[scale]) => ContinuousLaw::Laplace { scale },
            _ => {
                return Err(unknown(format!(
                    "no sampler \"{}\" of {} arguments",
                    name.text,
                    numbers.len()
                )));
            }
        };
        match law.is_valid() {
            true => Ok(PriorLaw::Continuous(law)),
            false => Err(unknown(format!(
                "{numbers:?} are not parameters of {}: {}",
                name.text,
                ContinuousLaw::PARAMETERS
            ))),
        }
    }

    /// Standard normal components with this correlation matrix.
    fn correlated(&self, rows: &[Vec<f64>]) -> Result<PriorLaw> {
        let matrix = super::matrix("correlation", rows)
            .map_err(|error| self.file.refuse(error.to_string()))?;
        let standard = matrix.is_square()
            && (&matrix - matrix.transpose()).amax() < 1e-12
            && matrix.diagonal().iter().all(|one| (one - 1.0).abs() < 1e-9)
            && matrix.clone().symmetric_eigenvalues().min() > -1e-12;
        if !standard {
            let reason = "correlation is not a correlation matrix: it must be symmetric, with 1 on its diagonal and no negative eigenvalue";
            return Err(self.file.refuse(reason));
        }
        Ok(PriorLaw::Gaussian {
            correlation: Some(matrix),
        })
    }

    fn variables(&self, raw: &RawPrior, law: &PriorLaw) -> Result<Vec<Symbol>> {
        let names = match law {
            _ if !raw.variables.is_empty() => raw.variables.clone(),
            PriorLaw::Points { points, .. } => {
                let components = points.first().map_or(0, Vec::len);
                (1..=components).map(|unit| format!("z{unit}")).collect()
            }
            PriorLaw::Formula => {
                return Err(self
                    .file
                    .refuse("needs the variables of log_mgf, for example variables = [\"z\"]"));
            }
            _ => vec!["z".into()],
        };
        if let Some(name) = names.iter().find(|name| self.values.contains_key(*name)) {
            let reason = format!(
                "declares \"{name}\" twice: as a parameter, and as the variable of log_mgf (give it another name in variables)"
            );
            return Err(self.file.refuse(reason));
        }
        for (place, name) in names.iter().enumerate() {
            if !is_name(name) || names[..place].contains(name) {
                let reason = format!(
                    "variables has \"{name}\": each is one name of letters, digits and _, and neither pi nor the name of a function"
                );
                return Err(self.file.refuse(reason));
            }
        }
        let one = matches!(law, PriorLaw::Atoms { .. } | PriorLaw::Continuous(_));
        if one && names.len() != 1 {
            let reason = "variables has more than one name, but the components are independent";
            return Err(self.file.refuse(reason));
        }
        Ok(names.iter().map(|name| Symbol::new(name)).collect())
    }

    /// A log moment generating function is 0 at 0, and is that of the sampler.
    fn check_log_mgf(
        &self,
        formula: &Expression,
        law: &PriorLaw,
        variables: &[Symbol],
    ) -> std::result::Result<(), (String, &'static str)> {
        let formula = substitute(formula, &self.values);
        // Evaluated, not substituted: `ln z − ln z` would cancel.
        let inputs: Vec<_> = variables
            .iter()
            .map(|z| (z.clone(), Input::Varying))
            .collect();
        let tape = Tape::new(&inputs, &[formula]);
        let at = |x: f64| {
            let mut value = [f64::NAN];
            tape.at(&vec![x; variables.len()], &mut value);
            value[0]
        };
        let origin = at(0.0);
        if origin.is_nan() || origin.abs() > 1e-12 {
            let reason = format!(
                "the prior is not normalised: log_mgf is {origin} where its variables are 0"
            );
            return Err((
                reason,
                "E e^0 = 1: subtract that value, or write it as a smooth function",
            ));
        }
        let expected: &dyn Fn(f64) -> f64 = match law {
            PriorLaw::Continuous(law) => &|x| log_moment(*law, x),
            PriorLaw::Gaussian { .. } => &|x| 0.5 * x * x,
            _ => return Ok(()),
        };
        let agrees = |x: f64| (at(x) - expected(x)).abs() < 1e-9;
        match NEAR.iter().find(|x| !agrees(**x)) {
            None => Ok(()),
            Some(x) => {
                let (own, other) = (at(*x), expected(*x));
                let reason = format!(
                    "log_mgf is not that of the sampler: {own} at {x}, where the sampler has {other}"
                );
                Err((reason, "correct one of them"))
            }
        }
    }

    fn log_mgf(&self, raw: &RawPrior, law: &PriorLaw, variables: &[Symbol]) -> Result<Expression> {
        if let Some(text) = &raw.log_mgf {
            if matches!(law, PriorLaw::Atoms { .. } | PriorLaw::Points { .. }) {
                let reason = "gives atoms and log_mgf: the atoms determine it, leave log_mgf out";
                return Err(self.file.refuse(reason));
            }
            let mut scope = self.scope.clone();
            for variable in variables {
                scope.declare(variable.name());
            }
            let text = self.file.located(text);
            let formula = self.file.formula(&scope, &text)?.expression;
            self.check_log_mgf(&formula, law, variables)
                .map_err(|(reason, hint)| self.file.whole_error(&text, reason, hint))?;
            return Ok(formula);
        }
        let z: Vec<Expression> = variables
            .iter()
            .map(|symbol| Expression::variable(symbol.name()))
            .collect();
        match law {
            PriorLaw::Atoms { values, weights } => Ok(log_mgf_of_points(
                values.iter().map(std::slice::from_ref),
                weights,
                &z,
            )),
            PriorLaw::Points { points, weights } => Ok(log_mgf_of_points(
                points.iter().map(Vec::as_slice),
                weights,
                &z,
            )),
            PriorLaw::Gaussian { .. } => {
                let half = Expression::number(Number::ratio(1, 2));
                Ok(half * z[0].clone().power(Expression::integer(2)))
            }
            PriorLaw::Continuous(_) | PriorLaw::Formula => {
                let reason = "needs log_mgf, the log moment generating function of its sampler";
                Err(self.file.refuse(reason))
            }
        }
    }
}

/// Fields at which a formula is compared with its sampler: every sampler's exponential moments
/// exist there.
const NEAR: [f64; 4] = [-0.4, -0.15, 0.1, 0.35];

/// `log E e^{xh}` over quadrature nodes of the law.
fn log_moment(law: ContinuousLaw, x: f64) -> f64 {
    let nodes = law.nodes(0.5);
    let moment: f64 = nodes.iter().map(|(h, weight)| weight * (x * h).exp()).sum();
    moment.ln()
}

fn log_mgf_of_points<'a>(
    points: impl Iterator<Item = &'a [Expression]>,
    weights: &[Expression],
    z: &[Expression],
) -> Expression {
    let exponent = |(point, weight): (&[Expression], &Expression)| {
        let products = point
            .iter()
            .zip(z)
            .map(|(value, z)| value.clone() * z.clone());
        ln(weight) + Expression::sum(products)
    };
    Expression::call(
        Function::LogSumExp,
        points.zip(weights).map(exponent).collect(),
    )
}
