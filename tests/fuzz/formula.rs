//! Formulas against an evaluation of their own, with derivatives and bounds on the errors of
//! rounding.

use onsager::symbolic::{
    Expression, Function, Input, Node, Number, Scope, Symbol, Tape, UNARY, within,
};
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

/// A formula as it is written.
#[derive(Debug, Clone)]
pub enum Written {
    Number(i32, i32),
    X,
    Y,
    Sum(Box<Self>, Box<Self>),
    Difference(Box<Self>, Box<Self>),
    Product(Box<Self>, Box<Self>),
    Quotient(Box<Self>, Box<Self>),
    Minus(Box<Self>),
    Power(Box<Self>, i32),
    Call(&'static str, Box<Self>),
}

/// A formula and where it is evaluated.
#[derive(Debug, Clone)]
pub struct Case {
    pub formula: Written,
    pub x: f64,
    pub y: f64,
}

/// A value with its derivative by `x`, bounds on the errors of both, and the size of the terms that
/// the derivative is made of.
#[derive(Debug, Clone, Copy)]
struct Value {
    value: f64,
    slope: f64,
    error: f64,
    terms: f64,
}

const NAMES: [&str; 12] = [
    "exp",
    "ln",
    "sqrt",
    "sin",
    "cos",
    "sinh",
    "cosh",
    "tanh",
    "sech2",
    "ln_cosh",
    "log1p_exp",
    "logistic",
];

pub fn cases() -> impl Strategy<Value = Case> {
    let boxed = |formula: Written| Box::new(formula);
    let leaf = prop_oneof![
        (-9..10i32, 1..5i32)
            .prop_map(|(numerator, denominator)| Written::Number(numerator, denominator)),
        Just(Written::X),
        Just(Written::X),
        Just(Written::Y),
    ];
    let formula = leaf.prop_recursive(6, 40, 2, move |inner| {
        let pair = (inner.clone(), inner.clone());
        prop_oneof![
            3 => pair.clone().prop_map(move |(a, b)| Written::Sum(boxed(a), boxed(b))),
            2 => pair.clone().prop_map(move |(a, b)| Written::Difference(boxed(a), boxed(b))),
            4 => pair.clone().prop_map(move |(a, b)| Written::Product(boxed(a), boxed(b))),
            2 => pair.prop_map(move |(a, b)| Written::Quotient(boxed(a), boxed(b))),
            1 => inner.clone().prop_map(move |a| Written::Minus(boxed(a))),
            2 => (inner.clone(), -3..5i32).prop_map(move |(a, power)| Written::Power(boxed(a), power)),
            5 => (prop::sample::select(&NAMES[..]), inner).prop_map(move |(name, a)| Written::Call(name, boxed(a))),
        ]
    });
    (formula, -3.0..3.0f64, -3.0..3.0f64).prop_map(|(formula, x, y)| Case { formula, x, y })
}

impl Written {
    fn text(&self) -> String {
        match self {
            Self::Number(numerator, denominator) => format!("({numerator}/{denominator})"),
            Self::X => "x".into(),
            Self::Y => "y".into(),
            Self::Sum(a, b) => format!("({} + {})", a.text(), b.text()),
            Self::Difference(a, b) => format!("({} - {})", a.text(), b.text()),
            Self::Product(a, b) => format!("{}*{}", a.text(), b.text()),
            Self::Quotient(a, b) => format!("({}/({}))", a.text(), b.text()),
            Self::Minus(a) => format!("(-{})", a.text()),
            Self::Power(a, power) => format!("({})^({power})", a.text()),
            Self::Call(name, a) => format!("{name}({})", a.text()),
        }
    }

    fn at(&self, x: f64, y: f64) -> Value {
        match self {
            Self::Number(numerator, denominator) => {
                Value::of(f64::from(*numerator) / f64::from(*denominator), 0.0)
            }
            Self::X => Value::of(x, 1.0),
            Self::Y => Value::of(y, 0.0),
            Self::Sum(a, b) => a.at(x, y).plus(b.at(x, y)),
            Self::Difference(a, b) => a.at(x, y).plus(b.at(x, y).through(|v| -v, |_| -1.0)),
            Self::Product(a, b) => a.at(x, y).times(b.at(x, y)),
            Self::Quotient(a, b) => a
                .at(x, y)
                .times(b.at(x, y).through(|v| 1.0 / v, |v| -1.0 / (v * v))),
            Self::Minus(a) => a.at(x, y).through(|v| -v, |_| -1.0),
            Self::Power(a, power) => {
                let power = *power;
                let slope = |v: f64| match power {
                    0 => 0.0,
                    _ => f64::from(power) * v.powi(power - 1),
                };
                a.at(x, y).through(|v| v.powi(power), slope)
            }
            Self::Call(name, a) => call(name, a.at(x, y)),
        }
    }
}

fn call(name: &str, argument: Value) -> Value {
    let logistic = |v: f64| 1.0 / (1.0 + (-v).exp());
    match name {
        "exp" => argument.through(f64::exp, f64::exp),
        "ln" => argument.through(f64::ln, |v| 1.0 / v),
        "sqrt" => argument.through(f64::sqrt, |v| 0.5 / v.sqrt()),
        "sin" => argument.through(f64::sin, f64::cos),
        "cos" => argument.through(f64::cos, |v| -v.sin()),
        "sinh" => argument.through(f64::sinh, f64::cosh),
        "cosh" => argument.through(f64::cosh, f64::sinh),
        "tanh" => argument.through(f64::tanh, |v| v.cosh().powi(-2)),
        "sech2" => argument.through(
            |v| v.cosh().powi(-2),
            |v| -2.0 * v.tanh() * v.cosh().powi(-2),
        ),
        "ln_cosh" => argument.through(ln_cosh, f64::tanh),
        "log1p_exp" => argument.through(|v| v.max(0.0) + (-v.abs()).exp().ln_1p(), logistic),
        "logistic" => argument.through(logistic, |v| logistic(v) * logistic(-v)),
        other => panic!("{other}"),
    }
}

impl Value {
    fn of(value: f64, slope: f64) -> Self {
        Self {
            value,
            slope,
            error: f64::EPSILON * value.abs(),
            terms: slope.abs(),
        }
    }

    fn plus(self, other: Self) -> Self {
        let value = self.value + other.value;
        Self {
            value,
            slope: self.slope + other.slope,
            error: self.error + other.error + f64::EPSILON * value.abs(),
            terms: self.terms + other.terms,
        }
    }

    fn times(self, other: Self) -> Self {
        let value = self.value * other.value;
        let error = self.error * (other.value.abs() + other.error) + other.error * self.value.abs();
        // A factor that is known to few digits makes the derivative so.
        let terms = self.terms * (other.value.abs() + 1e8 * other.error)
            + other.terms * (self.value.abs() + 1e8 * self.error);
        Self {
            value,
            slope: self.slope * other.value + self.value * other.slope,
            error: error + f64::EPSILON * value.abs(),
            terms,
        }
    }

    fn through(self, function: impl Fn(f64) -> f64, slope: impl Fn(f64) -> f64) -> Self {
        let value = function(self.value);
        let near = |f: &dyn Fn(f64) -> f64, at: f64| {
            let ends = [self.value - self.error, self.value + self.error];
            ends.iter()
                .map(|&end| (f(end) - at).abs())
                .fold(0.0, f64::max)
        };
        let own = slope(self.value);
        let spread = near(&slope, own);
        Self {
            value,
            slope: own * self.slope,
            error: near(&function, value) + 4.0 * f64::EPSILON * value.abs().max(f64::MIN_POSITIVE),
            terms: self.terms * (own.abs() + 1e8 * spread),
        }
    }

    /// Whether value and derivative are known well enough to be compared.
    fn is_known(self) -> bool {
        let finite = [self.value, self.slope, self.error, self.terms]
            .iter()
            .all(|v| v.is_finite());
        finite
            && self.value.abs() < 1e12
            && self.terms < 1e12
            && self.error < 1e-6 * (1.0 + self.value.abs())
    }
}

/// `ln cosh v`, near 0 without cancellation and far out without overflow.
fn ln_cosh(v: f64) -> f64 {
    if v.abs() > 20.0 {
        return v.abs() - std::f64::consts::LN_2 + (-2.0 * v.abs()).exp();
    }
    (2.0 * (v / 2.0).sinh().powi(2)).ln_1p()
}

/// Less than this is 0: the reference multiplies factors that are smaller still.
const TINY: f64 = 1e-150;

/// Parsed, differentiated, printed and parsed again, a formula has the value that its writing has.
pub fn agrees(case: &Case) -> TestCaseResult {
    let text = case.formula.text();
    let expected = case.formula.at(case.x, case.y);
    let [x, y] = ["x", "y"].map(Symbol::new);
    let mut scope = Scope::default();
    scope.declare("x");
    scope.declare("y");
    let Ok(read) = scope.read(&text) else {
        prop_assert!(
            text.len() > 1000 || !expected.is_known(),
            "{text} is refused"
        );
        return Ok(());
    };
    let formula = read.expression;
    let Ok(slope) = within(200_000, || formula.derivative(&x)) else {
        return Ok(());
    };
    let _ = (slope.latex(), slope.unicode(), formula.latex());
    let at = |expression: &Expression| {
        let inputs = [(x.clone(), Input::Varying), (y.clone(), Input::Uniform)];
        let mut value = [0.0];
        Tape::new(&inputs, std::slice::from_ref(expression)).at(&[case.x, case.y], &mut value);
        value[0]
    };
    let (value, derivative) = (at(&formula), at(&slope));
    if expected.is_known() {
        let error = (value - expected.value).abs();
        prop_assert!(
            error <= 1e4 * expected.error + TINY,
            "{text} is {value}, expected {expected:?}"
        );
        let error = (derivative - expected.slope).abs();
        let allowed = 1e-7 * (expected.terms + expected.slope.abs()) + TINY;
        prop_assert!(
            error <= allowed,
            "slope of {text} is {derivative}, expected {expected:?}"
        );
    }
    if let Some(printed) = printed(&formula) {
        let again = scope.read(&printed);
        prop_assert!(
            again.is_ok() || printed.len() > 1000,
            "{printed}: {:?}",
            again.err()
        );
        let again = again.map(|again| at(&again.expression)).unwrap_or(value);
        let allowed = 1e4 * expected.error + 1e-12 * value.abs() + 1e-300;
        let same = again.to_bits() == value.to_bits()
            || again == value
            || (again - value).abs() <= allowed;
        prop_assert!(
            same || !expected.is_known(),
            "{printed} is {again}, before {value}"
        );
    }
    Ok(())
}

/// An expression in the grammar of definitions; `None` where it has functions without a name.
fn printed(expression: &Expression) -> Option<String> {
    let all = |parts: &[Expression], mark: &str| {
        let parts = parts.iter().map(printed).collect::<Option<Vec<_>>>()?;
        Some(format!("({})", parts.join(mark)))
    };
    match expression.node() {
        Node::Number(Number::Ratio {
            numerator,
            denominator,
        }) => Some(format!("({numerator}/{denominator})")),
        Node::Number(Number::Real(value)) => value.is_finite().then(|| format!("({value:?})")),
        Node::Variable(symbol) => Some(symbol.name().into()),
        Node::Sum(terms) => all(terms, " + "),
        Node::Product(factors) => all(factors, "*"),
        Node::Power(base, exponent) => {
            Some(format!("({})^({})", printed(base)?, printed(exponent)?))
        }
        Node::Call(Function::LogSumExp, arguments) => {
            Some(format!("log_sum_exp{}", all(arguments, ", ")?))
        }
        Node::Call(function, arguments) => {
            let (name, _) = UNARY.iter().find(|(_, known)| known == function)?;
            Some(format!("{name}{}", all(arguments, ", ")?))
        }
    }
}
