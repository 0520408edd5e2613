//! Priors by name: the files of `equations/priors`, built into the binary, or a file of the user's.

use crate::error::{Error, Result};
use crate::hidden::{HiddenLaw, JointAtoms, ScalarAtoms};
use crate::numerics::Matrix;
use crate::signal::SignalLaw;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Largest definition file that is read.
const MAX_BYTES: u64 = 1 << 20;

/// The built-in definitions, by name.
pub const BUILT_IN: [(&str, &str); 8] = [
    (
        "rademacher",
        include_str!("../equations/priors/rademacher.toml"),
    ),
    (
        "gaussian",
        include_str!("../equations/priors/gaussian.toml"),
    ),
    ("ternary", include_str!("../equations/priors/ternary.toml")),
    (
        "sparse-ternary",
        include_str!("../equations/priors/sparse-ternary.toml"),
    ),
    (
        "one-hot-2",
        include_str!("../equations/priors/one-hot-2.toml"),
    ),
    (
        "one-hot-3",
        include_str!("../equations/priors/one-hot-3.toml"),
    ),
    (
        "correlated-pair",
        include_str!("../equations/priors/correlated-pair.toml"),
    ),
    (
        "correlated-gaussian",
        include_str!("../equations/priors/correlated-gaussian.toml"),
    ),
];

/// One definition file (see `equations/README.md`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "law", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Definition {
    /// Independent components of finite support.
    Separable {
        /// One line for tables.
        title: String,
        /// Where the prior comes from.
        source: String,
        /// Values of one component.
        atoms: Vec<f64>,
        /// Their probabilities.
        weights: Vec<f64>,
    },
    /// Finite support in `R^k`.
    Joint {
        /// One line for tables.
        title: String,
        /// Where the prior comes from.
        source: String,
        /// Points.
        points: Vec<Vec<f64>>,
        /// Their probabilities.
        weights: Vec<f64>,
    },
    /// Normal components.
    Gaussian {
        /// One line for tables.
        title: String,
        /// Where the prior comes from.
        source: String,
        /// Correlation matrix; identity if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        correlation: Option<Vec<Vec<f64>>>,
    },
}

impl Definition {
    /// The definition of that name, or in the file of that path. `field` names the flag in errors.
    ///
    /// # Errors
    /// An unknown name (the built-in ones are listed), a file that can't be read, or a definition that does not parse.
    pub fn find(name: &str, field: &str) -> Result<Self> {
        if let Some((_, text)) = BUILT_IN.iter().find(|(known, _)| *known == name) {
            return Self::parse(text, name);
        }
        let path = Path::new(name);
        let looks_like_a_path = path
            .extension()
            .is_some_and(|extension| extension == "toml");
        if !looks_like_a_path {
            let known: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).collect();
            let allowed = format!(
                "must be one of {}, or the path of a .toml file",
                known.join(", ")
            );
            return Err(Error::invalid(field, format!("\"{name}\""), allowed));
        }
        let text = read_small(path)?;
        Self::parse(&text, name)
    }

    fn parse(text: &str, origin: &str) -> Result<Self> {
        toml::from_str(text).map_err(|error| Error::Definition {
            origin: origin.into(),
            reason: error.to_string().chars().take(600).collect(),
        })
    }

    /// The law of hidden units.
    ///
    /// # Errors
    /// Atoms that are not a probability law, or a correlation (hidden units are given as independent or as joint atoms).
    pub fn hidden_law(&self) -> Result<HiddenLaw> {
        match self {
            Self::Separable { atoms, weights, .. } if is_rademacher(atoms, weights) => {
                Ok(HiddenLaw::Rademacher)
            }
            Self::Separable { atoms, weights, .. } => {
                ScalarAtoms::new(atoms, weights).map(HiddenLaw::Separable)
            }
            Self::Joint {
                points, weights, ..
            } => JointAtoms::new(points, weights).map(HiddenLaw::Joint),
            Self::Gaussian {
                correlation: None, ..
            } => Ok(HiddenLaw::Gaussian),
            Self::Gaussian { .. } => {
                let allowed = "Gaussian hidden units are independent: leave the correlation out";
                Err(Error::invalid("hidden", "a correlated Gaussian", allowed))
            }
        }
    }

    /// The law of a signal.
    ///
    /// # Errors
    /// Atoms that are not a probability law, or a ragged correlation matrix.
    pub fn signal_law(&self) -> Result<SignalLaw> {
        match self {
            Self::Separable { atoms, weights, .. } if is_rademacher(atoms, weights) => {
                Ok(SignalLaw::Rademacher)
            }
            Self::Separable { atoms, weights, .. } => {
                ScalarAtoms::new(atoms, weights).map(SignalLaw::Separable)
            }
            Self::Joint {
                points, weights, ..
            } => JointAtoms::new(points, weights).map(SignalLaw::Joint),
            Self::Gaussian {
                correlation: None, ..
            } => Ok(SignalLaw::Gaussian),
            Self::Gaussian {
                correlation: Some(rows),
                ..
            } => matrix("correlation", rows).map(SignalLaw::CorrelatedGaussian),
        }
    }
}

/// Text of a file that a user wrote: regular, and of at most 1 MiB.
///
/// # Errors
/// [`Error::File`].
pub fn read_small(path: &Path) -> Result<String> {
    let metadata = std::fs::metadata(path).map_err(|error| Error::file(path, error))?;
    if !metadata.is_file() || metadata.len() > MAX_BYTES {
        return Err(Error::file(path, "must be a file of at most 1 MiB"));
    }
    std::fs::read_to_string(path).map_err(|error| Error::file(path, error))
}

/// A matrix from its rows.
///
/// # Errors
/// [`Error::Shape`] where the rows are ragged or empty.
pub fn matrix(field: &str, rows: &[Vec<f64>]) -> Result<Matrix> {
    let columns = rows.first().map_or(0, Vec::len);
    if columns == 0 || rows.iter().any(|row| row.len() != columns) {
        return Err(Error::Shape {
            field: field.into(),
            got: "ragged or empty rows".into(),
            expected: "rows of equal length".into(),
        });
    }
    Ok(Matrix::from_fn(rows.len(), columns, |row, column| {
        rows[row][column]
    }))
}

/// Two equal atoms at ±1 are the Rademacher law, which has closed forms.
fn is_rademacher(atoms: &[f64], weights: &[f64]) -> bool {
    let ends = atoms == [-1.0, 1.0] || atoms == [1.0, -1.0];
    ends && weights == [0.5, 0.5]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_file_is_embedded_and_valid() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/equations/priors");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .expect("the folder exists")
            .map(|entry| entry.expect("readable").path())
            .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
            .collect();
        files.sort();
        let mut known: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).collect();
        known.sort_unstable();
        assert_eq!(files, known);
        for (name, _) in BUILT_IN {
            let definition = Definition::find(name, "hidden").expect("parses");
            assert!(definition.signal_law().is_ok(), "{name}");
        }
    }

    #[test]
    fn unknown_names_and_keys_are_refused() {
        let unknown = Definition::find("rademacherr", "hidden")
            .expect_err("unknown")
            .to_string();
        assert!(unknown.contains("ternary"), "{unknown}");
        let extra = "title='t'\nsource='s'\nlaw='gaussian'\ncolour=1";
        assert!(Definition::parse(extra, "x").is_err());
    }
}
