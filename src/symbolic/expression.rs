//! Formulas as immutable trees, simplified while they are built.
//!
//! Sums and products are flat and keep the author's order; like terms and like factors are
//! collected. Two expressions are the same when their 128-bit digests are, and those don't depend
//! on the order of a sum or product.

use super::budget;
use super::function::Function;
use super::number::Number;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::ops::{Add, Div, Mul, Neg, Sub};
use std::sync::Arc;

/// Name of a variable or parameter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol(Arc<str>);

impl Symbol {
    /// The symbol of that name.
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A formula. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Expression(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    node: Node,
    digest: u128,
    /// Number of parts, shared ones counted as often as they occur: what recursion over them costs.
    size: usize,
    /// Levels of nesting.
    depth: usize,
    /// All variables.
    variables: Arc<BTreeSet<Symbol>>,
}

/// What stands at the top of an expression.
#[derive(Debug, Clone)]
pub enum Node {
    /// A constant.
    Number(Number),
    /// A variable or parameter.
    Variable(Symbol),
    /// Two or more terms, no two of them multiples of the same expression; at most one number, and
    /// it is not 0.
    Sum(Vec<Expression>),
    /// Two or more factors with different bases; a number comes first, and is neither 0 nor 1.
    Product(Vec<Expression>),
    /// `base^exponent`, neither 0 nor 1 the exponent.
    Power(Expression, Expression),
    /// A function of its arguments.
    Call(Function, Vec<Expression>),
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.0.digest == other.0.digest
    }
}

impl Eq for Expression {}

impl Expression {
    pub(super) fn of(node: Node) -> Self {
        let digest = node.digest();
        let parts: &[Self] = match &node {
            Node::Number(_) | Node::Variable(_) => &[],
            Node::Sum(parts) | Node::Product(parts) | Node::Call(_, parts) => parts,
            Node::Power(base, exponent) => &[base.clone(), exponent.clone()],
        };
        let size = parts
            .iter()
            .fold(1usize, |sum, part| sum.saturating_add(part.0.size));
        let depth = 1 + parts.iter().map(|part| part.0.depth).max().unwrap_or(0);
        let variables = match &node {
            Node::Variable(symbol) => Arc::new(BTreeSet::from([symbol.clone()])),
            _ => union(parts),
        };
        budget::spend(parts.len());
        Self(Arc::new(Inner {
            node,
            digest,
            size,
            depth,
            variables,
        }))
    }

    /// Number of parts, shared ones counted as often as they occur.
    pub(crate) fn size(&self) -> usize {
        self.0.size
    }

    /// Levels of nesting.
    pub(super) fn depth(&self) -> usize {
        self.0.depth
    }

    /// What stands at the top.
    pub fn node(&self) -> &Node {
        &self.0.node
    }

    /// The same for equal expressions, independent of the order of sums and products.
    pub(super) fn digest(&self) -> u128 {
        self.0.digest
    }

    /// A constant.
    pub fn number(value: Number) -> Self {
        Self::of(Node::Number(value))
    }

    /// A whole number.
    pub fn integer(value: i64) -> Self {
        Self::number(Number::integer(value))
    }

    /// A floating-point constant.
    pub fn real(value: f64) -> Self {
        Self::number(Number::real(value))
    }

    /// A variable.
    pub fn variable(name: &str) -> Self {
        Self::of(Node::Variable(Symbol::new(name)))
    }

    /// `Σ terms`, simplified.
    pub fn sum(terms: impl IntoIterator<Item = Self>) -> Self {
        if !budget::is_left() {
            return Self::integer(0);
        }
        super::simplify::sum(terms.into_iter().collect())
    }

    /// `Π factors`, simplified.
    pub fn product(factors: impl IntoIterator<Item = Self>) -> Self {
        if !budget::is_left() {
            return Self::integer(0);
        }
        super::simplify::product(factors.into_iter().collect())
    }

    /// `self^exponent`, simplified.
    pub fn power(self, exponent: Self) -> Self {
        if !budget::is_left() {
            return Self::integer(0);
        }
        super::simplify::power(self, exponent)
    }

    /// `√self`.
    pub fn root(self) -> Self {
        self.power(Self::number(Number::ratio(1, 2)))
    }

    /// A function of its arguments, simplified.
    pub fn call(function: Function, arguments: Vec<Self>) -> Self {
        if !budget::is_left() {
            return Self::integer(0);
        }
        super::simplify::call(function, arguments)
    }

    /// The constant that this is, if it is one.
    pub fn as_number(&self) -> Option<Number> {
        match self.node() {
            Node::Number(value) => Some(*value),
            _ => None,
        }
    }

    /// Whether this is the constant 0.
    pub fn is_zero(&self) -> bool {
        self.as_number() == Some(Number::ZERO)
    }

    /// Direct parts.
    pub(super) fn children(&self) -> &[Self] {
        match self.node() {
            Node::Number(_) | Node::Variable(_) => &[],
            Node::Sum(parts) | Node::Product(parts) | Node::Call(_, parts) => parts,
            Node::Power(base, _) => std::slice::from_ref(base),
        }
    }

    /// All variables.
    pub fn variables(&self) -> &BTreeSet<Symbol> {
        &self.0.variables
    }

    /// Whether the variable occurs.
    pub fn depends_on(&self, symbol: &Symbol) -> bool {
        self.0.variables.contains(symbol)
    }

    /// With every variable that `values` names replaced.
    pub fn substitute(&self, values: &BTreeMap<Symbol, Self>) -> Self {
        Substitution {
            values,
            known: HashMap::new(),
        }
        .of(self)
    }
}

/// A substitution under way: a part that occurs twice is replaced once.
struct Substitution<'a> {
    values: &'a BTreeMap<Symbol, Expression>,
    known: HashMap<u128, Expression>,
}

impl Substitution<'_> {
    fn of(&mut self, part: &Expression) -> Expression {
        let untouched = part.variables();
        if untouched
            .iter()
            .all(|symbol| !self.values.contains_key(symbol))
        {
            return part.clone();
        }
        if let Some(known) = self.known.get(&part.digest()) {
            return known.clone();
        }
        let mut inside = |parts: &[Expression]| -> Vec<Expression> {
            parts.iter().map(|part| self.of(part)).collect()
        };
        let replaced = match part.node() {
            Node::Number(_) => part.clone(),
            Node::Variable(symbol) => self.values.get(symbol).unwrap_or(part).clone(),
            Node::Sum(terms) => Expression::sum(inside(terms)),
            Node::Product(factors) => Expression::product(inside(factors)),
            Node::Power(base, exponent) => self.of(base).power(self.of(exponent)),
            Node::Call(function, arguments) => Expression::call(*function, inside(arguments)),
        };
        self.known.insert(part.digest(), replaced.clone());
        replaced
    }
}

/// The variables of all parts; that set itself where one part has them all.
fn union(parts: &[Expression]) -> Arc<BTreeSet<Symbol>> {
    let Some(largest) = parts.iter().max_by_key(|part| part.variables().len()) else {
        return Arc::default();
    };
    let all = &largest.0.variables;
    let covers =
        |part: &Expression| Arc::ptr_eq(&part.0.variables, all) || part.variables().is_subset(all);
    if parts.iter().all(covers) {
        return all.clone();
    }
    Arc::new(
        parts
            .iter()
            .flat_map(|part| part.variables().iter().cloned())
            .collect(),
    )
}

impl Node {
    fn digest(&self) -> u128 {
        let ordered = |tag: u64, parts: &[Expression]| {
            parts.iter().fold(scramble(tag.into()), |sum, part| {
                scramble(sum.rotate_left(1) ^ part.digest())
            })
        };
        let unordered = |tag: u64, parts: &[Expression]| {
            let sum = parts
                .iter()
                .fold(0u128, |sum, part| sum.wrapping_add(scramble(part.digest())));
            scramble(sum ^ scramble(tag.into()))
        };
        match self {
            Self::Number(Number::Ratio {
                numerator,
                denominator,
            }) => scramble((*numerator as u64 as u128) << 64 | *denominator as u128),
            Self::Number(Number::Real(value)) => scramble(1 << 100 ^ u128::from(value.to_bits())),
            Self::Variable(symbol) => symbol
                .name()
                .bytes()
                .fold(2 << 100, |sum, byte| scramble(sum ^ u128::from(byte))),
            Self::Sum(terms) => unordered(3, terms),
            Self::Product(factors) => unordered(4, factors),
            Self::Power(base, exponent) => ordered(5, &[base.clone(), exponent.clone()]),
            Self::Call(function, arguments) => ordered(function_tag(*function), arguments),
        }
    }
}

fn function_tag(function: Function) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    function.hash(&mut hasher);
    hasher.finish() | 1 << 63
}

/// A bijection without pattern (two rounds of multiply and shift).
fn scramble(value: u128) -> u128 {
    const FACTOR: u128 = 0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835;
    let mut value = value.wrapping_add(FACTOR);
    for _ in 0..2 {
        value = (value ^ (value >> 67)).wrapping_mul(FACTOR);
    }
    value ^ (value >> 61)
}

impl Add for Expression {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::sum([self, other])
    }
}

impl Sub for Expression {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self::sum([self, -other])
    }
}

impl Mul for Expression {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self::product([self, other])
    }
}

impl Div for Expression {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        Self::product([self, other.power(Self::integer(-1))])
    }
}

impl Neg for Expression {
    type Output = Self;
    fn neg(self) -> Self {
        Self::product([Self::integer(-1), self])
    }
}
