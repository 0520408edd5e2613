//! One definition, printed: its source, its formulas as they were written, and those derived from
//! them.

use crate::definitions::{
    Average, AverageLaw, Definition, Domain, Parameter, PotentialDefinition, PriorDefinition,
    PriorLaw,
};
use crate::error::Result;
use crate::law::ContinuousLaw;
use crate::potential::{Equation, saddle_equations};
use crate::symbolic::{Expression, Node, Symbol, within};

/// Longest derived formula that is printed, in characters of Unicode; longer ones are left to the
/// program.
const LONGEST: usize = 240;

/// Parts of derivatives that may be printed; most of them are simplified away.
const DERIVED: u64 = 20_000;

/// How formulas are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notation {
    /// Plain text.
    Unicode,
    /// LaTeX between dollars.
    Latex,
}

impl Notation {
    fn formula(self, expression: &Expression) -> String {
        match self {
            Self::Unicode => expression.unicode(),
            Self::Latex => expression.latex(),
        }
    }

    fn symbol(self, name: &str) -> String {
        match self {
            Self::Unicode => Symbol::new(name).unicode(),
            Self::Latex => Symbol::new(name).latex(),
        }
    }

    fn choose<'a>(self, unicode: &'a str, latex: &'a str) -> &'a str {
        match self {
            Self::Unicode => unicode,
            Self::Latex => latex,
        }
    }

    /// A formula on a line of its own.
    fn line(self, formula: &str) -> String {
        match self {
            Self::Unicode => format!("    {formula}\n"),
            Self::Latex => format!("\n$${formula}$$\n"),
        }
    }

    /// A formula within a sentence.
    fn inline(self, formula: &str) -> String {
        match self {
            Self::Unicode => formula.into(),
            Self::Latex => format!("${formula}$"),
        }
    }
}

/// Title, source, parameters and formulas of a definition.
///
/// # Errors
/// Coupling terms of a potential that do not fit.
pub fn describe(definition: &Definition, notation: Notation) -> Result<String> {
    match definition {
        Definition::Prior(prior) => Ok(describe_prior(prior, notation)),
        Definition::Potential(potential) => describe_potential(potential, notation),
    }
}

fn describe_prior(prior: &PriorDefinition, notation: Notation) -> String {
    let mut text = format!("{}\nSource: {}.\n", prior.title, prior.source);
    text.push_str(&parameters(&prior.parameters, notation));
    text.push_str(&format!("Law: {}.\n", law(prior, notation)));
    let arguments: Vec<String> = prior
        .variables
        .iter()
        .map(|z| notation.symbol(z.name()))
        .collect();
    let arguments = arguments.join(", ");
    let mut line = |name: String, expression: &Expression| {
        if expression.size() <= LONGEST && expression.unicode().chars().count() <= LONGEST {
            text.push_str(&notation.line(&format!("{name} = {}", notation.formula(expression))));
        }
    };
    line(
        format!("{}({arguments})", notation.choose("η₁", r"\eta_1")),
        &prior.log_mgf,
    );
    if let [z] = prior.variables.as_slice() {
        let derived = within(DERIVED, || {
            let mean = prior.log_mgf.derivative(z);
            let variance = mean.derivative(z);
            (mean, variance)
        });
        if let Ok((mean, variance)) = derived {
            line(format!("f({arguments})"), &mean);
            line(format!("D({arguments})"), &variance);
        }
    }
    if let Some(pair) = prior.log_norm(&Expression::integer(0), &-Expression::variable("Q")) {
        line(notation.choose("η₂(Q)", r"\eta_2(Q)").into(), &pair);
    }
    text
}

/// `f(z)` and `D(z)` are derived; the law is what they come from.
fn law(prior: &PriorDefinition, notation: Notation) -> String {
    let list = |expressions: &[Expression]| -> String {
        let printed: Vec<String> = expressions
            .iter()
            .map(|e| notation.inline(&notation.formula(e)))
            .collect();
        printed.join(", ")
    };
    match &prior.law {
        PriorLaw::Atoms { values, weights } => {
            format!(
                "values {} with probabilities {}",
                list(values),
                list(weights)
            )
        }
        PriorLaw::Points { points, weights } => {
            let points: Vec<String> = points
                .iter()
                .map(|point| format!("({})", list(point)))
                .collect();
            format!(
                "points {} with probabilities {}",
                points.join(", "),
                list(weights)
            )
        }
        PriorLaw::Gaussian { correlation: None } => "standard normal".into(),
        PriorLaw::Gaussian {
            correlation: Some(matrix),
        } => {
            let rows: Vec<String> = crate::numerics::rows::rows(matrix)
                .iter()
                .map(|row| format!("{row:?}"))
                .collect();
            format!(
                "standard normal components with correlation {}",
                rows.join(", ")
            )
        }
        PriorLaw::Continuous(ContinuousLaw::Uniform { low, high }) => {
            format!("uniform on [{low:.6}, {high:.6}]")
        }
        PriorLaw::Continuous(ContinuousLaw::Laplace { scale }) => {
            format!("Laplace with scale {scale:.6}, density exp(−|x|/s)/(2s)")
        }
        PriorLaw::Formula => "given by its log moment generating function".into(),
    }
}

fn parameters(parameters: &[Parameter], notation: Notation) -> String {
    if parameters.is_empty() {
        return String::new();
    }
    let line = |parameter: &Parameter| {
        let name = notation.inline(&notation.symbol(&parameter.name));
        let domain = domain(parameter.domain);
        let meaning = if parameter.meaning.is_empty() {
            ""
        } else {
            ", "
        };
        format!(
            "  - {name} = {}{domain}{meaning}{}\n",
            parameter.default, parameter.meaning
        )
    };
    format!(
        "Parameters:\n{}\n",
        parameters.iter().map(line).collect::<String>()
    )
}

fn domain(domain: Domain) -> String {
    match domain == Domain::LINE {
        true => String::new(),
        false => format!(" in {domain}"),
    }
}

fn describe_potential(potential: &PotentialDefinition, notation: Notation) -> Result<String> {
    let mut text = format!("{}\nSource: {}.\n", potential.title, potential.source);
    text.push_str(&parameters(&potential.parameters, notation));
    for (role, prior) in &potential.priors {
        text.push_str(&format!(
            "Prior {role}: {} (another by --set {role}=NAME).\n",
            prior.name
        ));
    }
    text.push_str("Order parameters:\n");
    for order in &potential.order_parameters {
        let name = notation.inline(&notation.symbol(&order.name));
        text.push_str(&format!(
            "  - {name}{}: {}\n",
            domain(order.domain),
            order.meaning
        ));
    }
    text.push('\n');
    let names: Vec<String> = potential
        .order_parameters
        .iter()
        .map(|order| notation.symbol(&order.name))
        .collect();
    let mut sum = String::new();
    for term in &potential.terms {
        let printed = averaged(&term.expression, &term.average, notation);
        sum = join(sum, &printed, notation);
    }
    let phi = notation.choose("Φ", r"\Phi");
    text.push_str(&notation.line(&format!("{phi}({}) = {sum}", names.join(", "))));
    text.push_str(&equations(potential, notation)?);
    if let Some(replicon) = &potential.replicon {
        let printed = notation.formula(replicon);
        text.push_str(&notation.line(&format!(
            "{} = {printed}",
            notation.choose("replicon", r"\lambda_{\mathrm{replicon}}")
        )));
    }
    for average in &potential.averages {
        let printed = averaged(&average.expression, &average.average, notation);
        if printed.chars().count() <= 3 * LONGEST {
            text.push_str(&notation.line(&format!(
                "{} = {printed}",
                notation.symbol(average.name.name())
            )));
        }
    }
    for observable in &potential.observables {
        let (name, printed) = (
            notation.symbol(&observable.name),
            notation.formula(&observable.expression),
        );
        text.push_str(&notation.line(&format!("{name} = {printed}")));
    }
    Ok(text)
}

/// The saddle-point map where there is one; else only what is stationary.
fn equations(potential: &PotentialDefinition, notation: Notation) -> Result<String> {
    let Some(equations) = saddle_equations(potential)? else {
        let names: Vec<String> = potential
            .order_parameters
            .iter()
            .map(|order| notation.inline(&notation.symbol(&order.name)))
            .collect();
        return Ok(format!("Stationary in {}.\n", names.join(", ")));
    };
    let mut text = String::from("Stationary where\n");
    for (order, Equation { explicit, averages }) in
        potential.order_parameters.iter().zip(&equations)
    {
        let mut right = if explicit.is_zero() {
            String::new()
        } else {
            notation.formula(explicit)
        };
        for (integrand, average) in averages {
            right = join(right, &averaged(integrand, average, notation), notation);
        }
        text.push_str(&notation.line(&format!("{} = {right}", notation.symbol(&order.name))));
    }
    Ok(text)
}

fn join(sum: String, term: &str, notation: Notation) -> String {
    match (sum.is_empty(), term.strip_prefix(notation.choose("−", "-"))) {
        (true, _) => term.into(),
        (false, Some(rest)) => format!("{sum} {} {}", notation.choose("−", "-"), rest.trim_start()),
        (false, None) => format!("{sum} + {term}"),
    }
}

/// `E_{u, x ~ N(μ, v)}[φ]`, a constant factor in front.
fn averaged(integrand: &Expression, average: &[Average], notation: Notation) -> String {
    if average.is_empty() {
        return notation.formula(integrand);
    }
    let moves = |part: &Expression| {
        average
            .iter()
            .any(|average| part.depends_on(&average.variable))
    };
    let (outside, inside) = match integrand.node() {
        Node::Product(factors) => {
            let (inside, outside): (Vec<_>, Vec<_>) = factors.iter().cloned().partition(moves);
            (Expression::product(outside), Expression::product(inside))
        }
        _ => (Expression::integer(1), integrand.clone()),
    };
    let laws: Vec<String> = average
        .iter()
        .map(|average| law_of(average, notation))
        .collect();
    let inner = notation.formula(&inside);
    let expectation = match notation {
        Notation::Unicode => format!("E[{inner} | {}]", laws.join(", ")),
        Notation::Latex => format!(
            r"\mathbb{{E}}_{{{}}}\left[{inner}\right]",
            laws.join(r",\; ")
        ),
    };
    if outside == Expression::integer(1) {
        return expectation;
    }
    if outside == Expression::integer(-1) {
        return format!("{}{expectation}", notation.choose("−", "-"));
    }
    let factor = notation.formula(&outside);
    match outside.node() {
        Node::Sum(_) => format!("({factor}) {expectation}"),
        _ => format!("{factor} {expectation}"),
    }
}

fn law_of(average: &Average, notation: Notation) -> String {
    let variable = notation.symbol(average.variable.name());
    let tilde = notation.choose("~", r"\sim");
    match &average.law {
        AverageLaw::Normal { mean, variance } => {
            let (mean, variance) = (notation.formula(mean), notation.formula(variance));
            match notation {
                Notation::Unicode => format!("{variable} ~ N({mean}, {variance})"),
                Notation::Latex => format!(r"{variable} \sim \mathcal{{N}}({mean}, {variance})"),
            }
        }
        AverageLaw::Line { .. } => format!("{} d{variable}", notation.choose("∫", r"\int")),
        AverageLaw::HalfLine { .. } => {
            format!("{} d{variable}", notation.choose("∫₀^∞", r"\int_0^\infty"))
        }
        AverageLaw::Discrete(_) | AverageLaw::Continuous(_) => {
            let written = match notation {
                Notation::Unicode => average.written.clone(),
                Notation::Latex => format!(r"\text{{{}}}", average.written.replace('_', r"\_")),
            };
            format!("{variable} {tilde} {written}")
        }
    }
}
