//! The vocabulary of results: what a number is, and of which signal and unit.
//!
//! Files name a quantity in ASCII (`zeta_11`, `m_11_error`, `log_likelihood`), people see the
//! symbol of the field (`ζ₁₁`, `ℓ`). Theory, simulation, comparison, tables and records use these
//! names and no others.

use crate::error::{Error, Result};
use crate::numerics::Matrix;
use crate::order_parameters::OrderParameters;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// What a number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Quantity {
    /// Overlap `M = W*^T W/d` of signals and units, `r × k`.
    M,
    /// Self-overlap `Q = W^T W/d`, `k × k`.
    Q,
    /// Divergence `K` of the weight step, which equals `V` at a fixed point, `k × k`.
    K,
    /// Proximal parameter `V`, `Tr (−∇²L)^{-1}/d` at a maximum, `k × k`.
    V,
    /// `ζ_ab = |M_ab|/√Q_bb`, `r × k`.
    Zeta,
    /// `M_ab/√Q_bb`, with its sign, `r × k`.
    Direction,
    /// `Q_ab/√(Q_aa Q_bb)`, `k × k`.
    Cosine,
    /// Correlation `Q_ts` of the weights of two times, `k × k`.
    TwoTimeQ,
    /// Response `B_ts`, `k × k`.
    ResponseB,
    /// Response `C_ts`, `k × k`.
    ResponseC,
    /// `ℓ`, the objective per visible unit.
    LogLikelihood,
    /// `ℓ_test = E η1(z) − η2(Q)`, the log-likelihood of one fresh sample less that of no weights.
    LogLikelihoodTest,
    /// Root mean square of the gradient.
    Gradient,
    /// Replicon.
    Replicon,
    /// Joint eigenvalue of state evolution.
    JointEigenvalue,
    /// Spectral radius of the damped map.
    Rate,
}

/// Which indices the entries of a quantity have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Signal and unit, `r × k`.
    SignalUnit,
    /// Unit and unit, `k × k`.
    UnitUnit,
    /// One number.
    Scalar,
}

/// Quantity, name in files, symbol for people, shape.
const VOCABULARY: [(Quantity, &str, &str, Shape); 16] = [
    (Quantity::Zeta, "zeta", "ζ", Shape::SignalUnit),
    (Quantity::M, "m", "M", Shape::SignalUnit),
    (Quantity::Q, "q", "Q", Shape::UnitUnit),
    (Quantity::K, "k", "K", Shape::UnitUnit),
    (Quantity::V, "v", "V", Shape::UnitUnit),
    (Quantity::Direction, "direction", "±ζ", Shape::SignalUnit),
    (Quantity::Cosine, "cosine", "cos", Shape::UnitUnit),
    (Quantity::TwoTimeQ, "q_ts", "Q_ts", Shape::UnitUnit),
    (Quantity::ResponseB, "b_ts", "B_ts", Shape::UnitUnit),
    (Quantity::ResponseC, "c_ts", "C_ts", Shape::UnitUnit),
    (
        Quantity::LogLikelihood,
        "log_likelihood",
        "ℓ",
        Shape::Scalar,
    ),
    (
        Quantity::LogLikelihoodTest,
        "log_likelihood_test",
        "ℓ_test",
        Shape::Scalar,
    ),
    (Quantity::Gradient, "gradient", "gradient", Shape::Scalar),
    (Quantity::Replicon, "replicon", "replicon", Shape::Scalar),
    (
        Quantity::JointEigenvalue,
        "joint_eigenvalue",
        "eigenvalue",
        Shape::Scalar,
    ),
    (Quantity::Rate, "rate", "rate", Shape::Scalar),
];

impl Quantity {
    /// Every quantity.
    pub fn all() -> impl Iterator<Item = Self> {
        VOCABULARY.iter().map(|word| word.0)
    }

    fn word(self) -> &'static (Self, &'static str, &'static str, Shape) {
        let word = VOCABULARY.iter().find(|word| word.0 == self);
        word.expect("every quantity is in the vocabulary")
    }

    /// Name in files.
    pub fn name(self) -> &'static str {
        self.word().1
    }

    /// Symbol for people.
    pub fn symbol(self) -> &'static str {
        self.word().2
    }

    /// Which indices its entries have.
    pub fn shape(self) -> Shape {
        self.word().3
    }

    /// All its entries in a model of this many signals and units, by columns; the upper triangle of
    /// `Q` and `K`, which are symmetric.
    pub fn entries(self, signals: usize, units: usize) -> Vec<Entry> {
        let column = |b: usize| {
            let rows = match self {
                Self::Q | Self::K => b + 1,
                _ => match self.shape() {
                    Shape::SignalUnit => signals,
                    Shape::UnitUnit => units,
                    Shape::Scalar => 0,
                },
            };
            (0..rows).map(move |a| Entry { row: a, column: b })
        };
        (0..units).flat_map(column).collect()
    }

    /// The matrix of this quantity, where it is a function of `M` and `Q` alone.
    pub fn of(self, order: &OrderParameters) -> Option<Matrix> {
        Some(match self {
            Self::M => order.m.clone(),
            Self::Q => order.q.clone(),
            Self::Zeta => order.overlaps(),
            Self::Direction => order.directions().m,
            Self::Cosine => order.cosines(),
            _ => return None,
        })
    }
}

/// A place in a matrix, counted from 0; names count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Entry {
    /// Signal, or first unit.
    pub row: usize,
    /// Unit.
    pub column: usize,
}

impl Entry {
    /// The place as nalgebra takes it.
    pub fn at(self) -> (usize, usize) {
        (self.row, self.column)
    }

    fn parse(text: &str) -> Option<Self> {
        let number = |text: &str| text.parse::<usize>().ok()?.checked_sub(1);
        let (row, column) = match text.split_once('_') {
            Some(parts) => parts,
            None if text.len() == 2 && text.is_ascii() => text.split_at(1),
            None => return None,
        };
        Some(Self {
            row: number(row)?,
            column: number(column)?,
        })
    }

    /// For people: `₁₂`.
    pub fn subscript(self) -> String {
        let low = |c: char| match c.to_digit(10) {
            Some(digit) => char::from_u32('₀' as u32 + digit).unwrap_or(c),
            None => ',',
        };
        self.to_string().chars().map(low).collect()
    }
}

impl From<(usize, usize)> for Entry {
    fn from((row, column): (usize, usize)) -> Self {
        Self { row, column }
    }
}

/// `12`, or `1_12` where an index has two digits.
impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (a, b) = (self.row + 1, self.column + 1);
        let between = if a.max(b) > 9 { "_" } else { "" };
        write!(f, "{a}{between}{b}")
    }
}

/// A quantity, with the entry where it is a matrix: one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Observable {
    /// What it is.
    pub quantity: Quantity,
    /// Where, in a matrix.
    pub entry: Option<Entry>,
}

impl Observable {
    /// An entry of a matrix.
    pub fn entry(quantity: Quantity, entry: impl Into<Entry>) -> Self {
        Self {
            quantity,
            entry: Some(entry.into()),
        }
    }

    /// All entries of a quantity (see [`Quantity::entries`]), or the quantity itself where it is
    /// one number.
    pub fn all_of(quantity: Quantity, signals: usize, units: usize) -> Vec<Self> {
        if quantity.shape() == Shape::Scalar {
            return vec![quantity.into()];
        }
        let entries = quantity.entries(signals, units).into_iter();
        entries.map(|entry| Self::entry(quantity, entry)).collect()
    }

    /// For people: `ζ₁₁`.
    pub fn symbol(self) -> String {
        let subscript = self.entry.map_or_else(String::new, Entry::subscript);
        format!("{}{subscript}", self.quantity.symbol())
    }

    /// Its value, where it is a function of `M` and `Q` alone and the entry exists.
    pub fn of(self, order: &OrderParameters) -> Option<f64> {
        let matrix = self.quantity.of(order)?;
        matrix.get(self.entry?.at()).copied()
    }
}

impl From<Quantity> for Observable {
    fn from(quantity: Quantity) -> Self {
        Self {
            quantity,
            entry: None,
        }
    }
}

/// The name in files.
impl fmt::Display for Observable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.quantity.name())?;
        match self.entry {
            Some(entry) => write!(f, "_{entry}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Observable {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        for (quantity, word, _, shape) in VOCABULARY {
            let Some(rest) = name.strip_prefix(word) else {
                continue;
            };
            if shape == Shape::Scalar {
                if rest.is_empty() {
                    return Ok(quantity.into());
                }
            } else if let Some(entry) = rest.strip_prefix('_').and_then(Entry::parse) {
                return Ok(Self::entry(quantity, entry));
            }
        }
        Err(unknown(name))
    }
}

fn unknown(name: &str) -> Error {
    let names = || VOCABULARY.iter().map(|word| word.1);
    let word = name.split(['_', '-']).next().unwrap_or(name);
    if VOCABULARY.iter().any(|known| known.1 == name) {
        let allowed = format!("needs an entry, for example {name}_11");
        return Error::invalid("observable", format!("\"{name}\""), allowed);
    }
    let hint = crate::symbolic::closest(word, names())
        .map_or_else(String::new, |near| format!(" (did you mean \"{near}\"?)"));
    let list: Vec<&str> = names().collect();
    let allowed = format!(
        "is not an observable{hint}: there are {}, matrices with an entry such as zeta_11",
        list.join(", ")
    );
    Error::invalid("observable", format!("\"{name}\""), allowed)
}

impl JsonSchema for Observable {
    fn schema_name() -> Cow<'static, str> {
        "Observable".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let words = |scalar: bool| -> String {
            let words = VOCABULARY.iter();
            let own = words.filter(|word| (word.3 == Shape::Scalar) == scalar);
            own.map(|word| word.1).collect::<Vec<_>>().join("|")
        };
        let (matrices, scalars) = (words(false), words(true));
        json_schema!({
            "type": "string",
            "description": "A quantity, and of a matrix the entry: zeta_11 is the overlap of signal 1 with unit 1 (zeta_1_12 from 10 on).",
            "pattern": format!("^(({matrices})_([1-9][1-9]|[1-9][0-9]*_[1-9][0-9]*)|{scalars})$"),
        })
    }
}

impl Serialize for Observable {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Observable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for quantity in Quantity::all() {
            for one in Observable::all_of(quantity, 12, 11) {
                assert_eq!(one.to_string().parse::<Observable>().ok(), Some(one));
            }
        }
        let overlap = Observable::entry(Quantity::Zeta, (0, 11));
        assert_eq!(overlap.to_string(), "zeta_1_12");
        assert_eq!(overlap.symbol(), "ζ₁,₁₂");
        assert_eq!(Observable::entry(Quantity::M, (1, 0)).symbol(), "M₂₁");
    }

    #[test]
    fn unknown_names_are_refused_with_a_hint() {
        for (name, part) in [
            ("zeta", "needs an entry"),
            ("zetta_11", "did you mean \"zeta\""),
            ("m_01", "not an observable"),
            ("replicon_11", "not an observable"),
        ] {
            let error = name.parse::<Observable>().expect_err(name).to_string();
            assert!(error.contains(part), "{name}: {error}");
        }
    }

    #[test]
    fn values_are_those_of_the_order_parameters() {
        let order = OrderParameters {
            m: Matrix::from_row_slice(1, 2, &[-0.6, 0.2]),
            q: Matrix::from_row_slice(2, 2, &[4.0, 1.0, 1.0, 1.0]),
        };
        let value = |name: &str| name.parse::<Observable>().expect(name).of(&order);
        assert_eq!(value("zeta_11"), Some(0.3));
        assert_eq!(value("m_12"), Some(0.2));
        assert_eq!(value("direction_11"), Some(-0.3));
        assert_eq!(value("cosine_12"), Some(0.5));
        assert_eq!(value("m_21"), None);
        assert_eq!(value("replicon"), None);
    }
}
