//! Columns of a sweep's table that are read off a fixed point.

use super::found::EvolutionPoint;
use crate::error::{Error, Result};
use crate::numerics::Matrix;
use crate::symbolic::closest;

/// A column by its name.
#[derive(Debug, Clone)]
pub struct Observable {
    /// Its name, as in `zeta_11`.
    pub name: String,
    quantity: Quantity,
    entry: (usize, usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quantity {
    Zeta,
    M,
    Q,
    K,
    Cosine,
    LogLikelihood,
    Rate,
}

const QUANTITIES: [(&str, Quantity); 7] = [
    ("zeta", Quantity::Zeta),
    ("m", Quantity::M),
    ("q", Quantity::Q),
    ("k", Quantity::K),
    ("cosine", Quantity::Cosine),
    ("log_likelihood", Quantity::LogLikelihood),
    ("rate", Quantity::Rate),
];

impl Observable {
    /// The observables of these names, or the default ones, for a model with this many signals and units.
    ///
    /// # Errors
    /// An unknown name, one that is given twice, or an entry that the model does not have.
    pub fn all(names: Option<&[String]>, (signals, units): (usize, usize)) -> Result<Vec<Self>> {
        let Some(names) = names else {
            let zeta = (0..signals).flat_map(|a| (0..units).map(move |b| (a, b)));
            let mut all: Vec<Self> = zeta
                .map(|(a, b)| Self {
                    name: format!("zeta_{}{}", a + 1, b + 1),
                    quantity: Quantity::Zeta,
                    entry: (a, b),
                })
                .collect();
            all.push(Self {
                name: "log_likelihood".into(),
                quantity: Quantity::LogLikelihood,
                entry: (0, 0),
            });
            return Ok(all);
        };
        let mut all: Vec<Self> = Vec::new();
        for name in names {
            if all.iter().any(|known| known.name == *name) {
                return Err(refuse(name, "is named twice".into()));
            }
            all.push(Self::parse(name, signals, units)?);
        }
        Ok(all)
    }

    fn parse(name: &str, signals: usize, units: usize) -> Result<Self> {
        let observable = |quantity, entry| Self {
            name: name.into(),
            quantity,
            entry,
        };
        if let Some((_, quantity)) = QUANTITIES.iter().find(|(known, _)| *known == name) {
            return match quantity {
                Quantity::LogLikelihood | Quantity::Rate => Ok(observable(*quantity, (0, 0))),
                _ => Err(refuse(
                    name,
                    format!("needs an entry, for example {name}_11"),
                )),
            };
        }
        let parts = name.rsplit_once('_').and_then(|(known, entry)| {
            let (_, quantity) = QUANTITIES.iter().find(|(own, _)| *own == known)?;
            let digits: Vec<usize> = entry
                .chars()
                .map(|digit| Some(digit.to_digit(10)? as usize))
                .collect::<Option<_>>()?;
            match digits.as_slice() {
                &[a, b] if a > 0 && b > 0 => Some((*quantity, (a - 1, b - 1))),
                _ => None,
            }
        });
        let known = || QUANTITIES.iter().map(|(name, _)| *name);
        let Some((quantity, (a, b))) = parts else {
            let word = name.split(['_', '-']).next().unwrap_or(name);
            let hint = closest(word, known())
                .map_or_else(String::new, |near| format!(" (did you mean \"{near}\"?)"));
            let list: Vec<&str> = known().collect();
            let allowed = format!(
                "is not an observable{hint}: there are {}, matrices with an entry such as zeta_11",
                list.join(", ")
            );
            return Err(refuse(name, allowed));
        };
        let (rows, row, column) = match quantity {
            Quantity::Zeta | Quantity::M => (signals, "signal", "unit"),
            Quantity::Q | Quantity::K | Quantity::Cosine => (units, "unit", "unit"),
            Quantity::LogLikelihood | Quantity::Rate => {
                return Err(refuse(name, "has no entries".into()));
            }
        };
        if a >= rows || b >= units {
            let allowed = format!(
                "the model does not have it ({row} and {column}; there are {signals} signals and {units} units)"
            );
            return Err(refuse(name, allowed));
        }
        Ok(observable(quantity, (a, b)))
    }

    /// Its value at a fixed point.
    pub fn of(&self, found: &EvolutionPoint) -> f64 {
        let rows = |rows: &[Vec<f64>]| rows[self.entry.0][self.entry.1];
        let of = |matrix: &Matrix| matrix[self.entry];
        match self.quantity {
            Quantity::Zeta => of(&found.order().overlaps()),
            Quantity::M => rows(&found.m),
            Quantity::Q => rows(&found.q),
            Quantity::K => rows(&found.k),
            Quantity::Cosine => of(&found.order().cosines()),
            Quantity::LogLikelihood => found.log_likelihood,
            Quantity::Rate => found.rate,
        }
    }
}

fn refuse(name: &str, allowed: String) -> Error {
    Error::invalid("observables", format!("\"{name}\""), allowed)
}
