//! Syntax to expressions: names are resolved, functions found, and places of possible singularities
//! noted.

use super::expression::{Expression, Symbol};
use super::function::{Function, UNARY};
use super::syntax::{FormulaError, Operator, Span, Syntax, SyntaxKind, parse};
use std::collections::BTreeMap;

/// Largest number of parts of a formula with its names put in, and of their levels: recursion ends
/// long before the stack does.
const MAX_PARTS: usize = 20_000;
const MAX_LEVELS: usize = 400;

/// What the names of a formula stand for, in the order of their declaration.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    meanings: BTreeMap<Symbol, Expression>,
    functions: BTreeMap<String, DefinedFunction>,
    /// Names that are declared further down, and the kind of thing they are.
    later: BTreeMap<Symbol, String>,
    /// Functions that there could be, and why there is none.
    missing: BTreeMap<String, String>,
}

/// A function of a definition's own.
#[derive(Debug, Clone)]
struct DefinedFunction {
    parameters: Vec<Symbol>,
    body: Expression,
}

/// Why an expression may be singular.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SingularKind {
    /// It is divided by.
    Divisor,
    /// A root is taken of it: the derivative divides by it.
    Root,
    /// Its logarithm is taken.
    Logarithm,
}

/// A place at which a formula is singular if `expression` is 0.
#[derive(Debug, Clone)]
pub struct Singularity {
    /// What must not be 0.
    pub expression: Expression,
    /// Why.
    pub kind: SingularKind,
    /// Where.
    pub span: Span,
}

/// A formula that was read.
#[derive(Debug, Clone)]
pub struct Formula {
    /// Its meaning, with everything that was declared before put in.
    pub expression: Expression,
    /// Where it may be singular.
    pub singularities: Vec<Singularity>,
}

impl Scope {
    /// Declares a variable that stands for itself.
    pub fn declare(&mut self, name: &str) {
        self.define(name, Expression::variable(name));
    }

    /// Declares a name for an expression.
    pub fn define(&mut self, name: &str, meaning: Expression) {
        self.meanings.insert(Symbol::new(name), meaning);
    }

    /// Declares a function by its parameters and its body.
    pub fn define_function(&mut self, name: &str, parameters: &[Symbol], body: Expression) {
        let function = DefinedFunction {
            parameters: parameters.to_vec(),
            body,
        };
        self.functions.insert(name.into(), function);
    }

    /// Announces a name that is declared after the formulas to come, so that a use before can be
    /// told from a misspelling.
    pub fn announce(&mut self, name: &str, kind: &str) {
        self.later.insert(Symbol::new(name), kind.into());
    }

    /// Declares that there is no function of that name here, and why.
    pub fn refuse_function(&mut self, name: &str, reason: &str) {
        self.missing.insert(name.into(), reason.into());
    }

    /// Whether the name has been declared.
    pub fn knows(&self, name: &str) -> bool {
        self.meanings.contains_key(&Symbol::new(name)) || self.functions.contains_key(name)
    }

    /// Reads a formula.
    ///
    /// # Errors
    /// A syntax error, an unknown name or function, or a wrong number of arguments, with its place and a hint.
    pub fn read(&self, text: &str) -> Result<Formula, FormulaError> {
        let mut reader = Reader {
            scope: self,
            singularities: Vec::new(),
        };
        let syntax = parse(text)?;
        let expression = reader.lower(&syntax)?;
        if expression.size() > MAX_PARTS || expression.depth() > MAX_LEVELS {
            let (size, depth) = (expression.size(), expression.depth());
            let reason = format!("with its names put in, this has {size} parts on {depth} levels");
            let hint =
                format!("at most {MAX_PARTS} parts on {MAX_LEVELS} levels can be differentiated");
            return Err(FormulaError::new(syntax.span, reason, hint));
        }
        Ok(Formula {
            expression,
            singularities: reader.singularities,
        })
    }

    fn unknown(&self, name: &str, span: Span) -> FormulaError {
        if let Some(kind) = self.later.get(&Symbol::new(name)) {
            let reason = format!("\"{name}\" is used before it is declared ({kind})");
            return FormulaError::new(span, reason, "move its declaration up");
        }
        let reason = format!("unknown name \"{name}\"");
        if UNARY.iter().any(|(known, _)| *known == name) {
            return FormulaError::new(
                span,
                reason,
                format!("{name} is a function: write {name}(x)"),
            );
        }
        let known: Vec<&str> = self.meanings.keys().map(Symbol::name).collect();
        let hint = match closest(name, known.iter().copied()) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None if known.is_empty() => "no name is declared: write a number".into(),
            None => format!("declared here: {}", known.join(", ")),
        };
        FormulaError::new(span, reason, hint)
    }
}

struct Reader<'a> {
    scope: &'a Scope,
    singularities: Vec<Singularity>,
}

impl Reader<'_> {
    fn lower(&mut self, syntax: &Syntax) -> Result<Expression, FormulaError> {
        match &syntax.kind {
            SyntaxKind::Number(value) => Ok(Expression::number(*value)),
            SyntaxKind::Name(name) => self.name(name, syntax.span),
            SyntaxKind::Negation(inner) => Ok(-self.lower(inner)?),
            SyntaxKind::Binary(operator, left, right) => {
                let (a, b) = (self.lower(left)?, self.lower(right)?);
                self.binary(*operator, a, b, left.span, right.span)
            }
            SyntaxKind::Call { name, arguments } => {
                let values = arguments
                    .iter()
                    .map(|argument| self.lower(argument))
                    .collect::<Result<Vec<_>, _>>()?;
                self.call(name, values, syntax.span)
            }
        }
    }

    fn name(&self, name: &str, span: Span) -> Result<Expression, FormulaError> {
        match self.scope.meanings.get(&Symbol::new(name)) {
            Some(meaning) => Ok(meaning.clone()),
            None if name == "pi" => Ok(Expression::real(std::f64::consts::PI)),
            None => Err(self.scope.unknown(name, span)),
        }
    }

    fn binary(
        &mut self,
        operator: Operator,
        a: Expression,
        b: Expression,
        left: Span,
        right: Span,
    ) -> Result<Expression, FormulaError> {
        Ok(match operator {
            Operator::Plus => a + b,
            Operator::Minus => a - b,
            Operator::Times => a * b,
            Operator::Over => {
                if b.is_zero() {
                    return Err(FormulaError::new(
                        right,
                        "division by 0",
                        "this divisor is always 0",
                    ));
                }
                self.note(&b, SingularKind::Divisor, right);
                a / b
            }
            Operator::Power => {
                let whole = b.as_number().and_then(super::number::Number::as_integer);
                match whole {
                    Some(1..) => {}
                    Some(_) => self.note(&a, SingularKind::Divisor, left),
                    None => self.note(&a, SingularKind::Root, left),
                }
                a.power(b)
            }
        })
    }

    fn call(
        &mut self,
        name: &str,
        mut arguments: Vec<Expression>,
        span: Span,
    ) -> Result<Expression, FormulaError> {
        if let Some(function) = self.scope.functions.get(name) {
            let expected = function.parameters.len();
            if arguments.len() != expected {
                let reason = format!(
                    "{name} takes {expected} argument(s), not {}",
                    arguments.len()
                );
                let names: Vec<&str> = function.parameters.iter().map(Symbol::name).collect();
                return Err(FormulaError::new(
                    span,
                    reason,
                    format!("write {name}({})", names.join(", ")),
                ));
            }
            let values = function.parameters.iter().cloned().zip(arguments).collect();
            return Ok(function.body.substitute(&values));
        }
        if name == "log_sum_exp" {
            return Ok(Expression::call(Function::LogSumExp, arguments));
        }
        let known = UNARY.iter().find(|(known, _)| *known == name);
        if known.is_none() && !matches!(name, "sqrt" | "ln_2cosh") {
            return Err(unknown_function(name, self.scope, span));
        }
        if arguments.len() != 1 {
            let reason = format!("{name} takes 1 argument, not {}", arguments.len());
            return Err(FormulaError::new(span, reason, format!("write {name}(x)")));
        }
        let argument = arguments.remove(0);
        Ok(match known {
            Some((_, function)) => {
                if *function == Function::Ln {
                    self.note(&argument, SingularKind::Logarithm, span);
                }
                Expression::call(*function, vec![argument])
            }
            None if name == "sqrt" => {
                self.note(&argument, SingularKind::Root, span);
                argument.root()
            }
            None => {
                let two = Expression::call(Function::Ln, vec![Expression::integer(2)]);
                two + Expression::call(Function::LnCosh, vec![argument])
            }
        })
    }

    fn note(&mut self, expression: &Expression, kind: SingularKind, span: Span) {
        if expression.as_number().is_none() {
            self.singularities.push(Singularity {
                expression: expression.clone(),
                kind,
                span,
            });
        }
    }
}

fn unknown_function(name: &str, scope: &Scope, span: Span) -> FormulaError {
    if let Some(reason) = scope.missing.get(name) {
        return FormulaError::new(span, format!("there is no \"{name}\" here"), reason.clone());
    }
    let functions = || {
        UNARY
            .iter()
            .map(|(known, _)| *known)
            .chain(["log_sum_exp", "sqrt", "ln_2cosh"])
            .chain(scope.functions.keys().map(String::as_str))
    };
    let hint = match (name, closest(name, functions())) {
        _ if scope.knows(name) => "write * for a product".into(),
        ("log", _) => "the natural logarithm is ln".into(),
        ("abs" | "max" | "min" | "sign", _) => {
            "formulas must be differentiable: use a smooth function".into()
        }
        (_, Some(near)) => format!("did you mean \"{near}\"?"),
        _ => format!("functions: {}", functions().collect::<Vec<_>>().join(", ")),
    };
    FormulaError::new(span, format!("unknown function \"{name}\""), hint)
}

/// The candidate that differs in at most two letters (fewer in short words), if there is one.
pub fn closest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = match name.chars().count() {
        0 | 1 => 0,
        2 | 3 => 1,
        _ => 2,
    };
    candidates
        .map(|candidate| (strsim::levenshtein(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}
