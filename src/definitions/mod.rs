//! Definitions: the files of `equations/`, built into the binary, or files of the user's. One file
//! holds one prior or one potential; everything else (denoisers, saddle-point equations,
//! documentation) is derived from it.

mod citation;
mod family;
mod file;
mod law_reader;
mod parameter;
mod potential;
mod potential_reader;
mod prior;
mod prior_reader;

pub use citation::{BIBLIOGRAPHY, Citation, Entry, Source, bibliography, entry};
pub use family::PotentialFamily;
pub use parameter::{Domain, Parameter, Settings};
pub use potential::{
    Average, AverageLaw, NamedAverage, Observable, OrderParameter, PotentialDefinition, StartPoint,
    Term,
};
pub use prior::{PriorDefinition, PriorLaw};

use crate::error::{Error, Result};
use crate::numerics::Matrix;
use crate::symbolic::closest;
use file::SourceFile;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// A built-in file: name and text.
macro_rules! built_in {
    ($($folder:literal / $name:literal),+ $(,)?) => {
        [$(($folder, $name, include_str!(concat!("../../equations/", $folder, "/", $name, ".toml")))),+]
    };
}

/// The built-in files: folder, name, text.
const BUILT_IN: [(&str, &str, &str); 24] = built_in![
    "priors" / "rademacher",
    "priors" / "gaussian",
    "priors" / "uniform",
    "priors" / "laplace",
    "priors" / "ternary",
    "priors" / "sparse-ternary",
    "priors" / "binary",
    "priors" / "skewed",
    "priors" / "one-hot-2",
    "priors" / "one-hot-3",
    "priors" / "correlated-pair",
    "priors" / "correlated-gaussian",
    "potentials" / "spiked-covariance",
    "potentials" / "gaussian-rbm",
    "potentials" / "scalar-rbm",
    "potentials" / "sherrington-kirkpatrick",
    "potentials" / "rbm-thermodynamics",
    "potentials" / "rbm-thermodynamics-2",
    "potentials" / "rbm-thermodynamics-3",
    "potentials" / "rbm-phases",
    "potentials" / "hopfield",
    "potentials" / "hopfield-zero-temperature",
    "potentials" / "spherical-perceptron",
    "potentials" / "binary-perceptron",
];

/// What a file defines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A prior: hidden units or signals.
    Prior,
    /// A replica-symmetric free energy.
    Potential,
}

/// Where definitions are looked for: a folder of the user's first, then the built-in files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalogue {
    folder: Option<PathBuf>,
}

/// A definition of either kind.
#[derive(Debug, Clone)]
pub enum Definition {
    /// A prior.
    Prior(Box<PriorDefinition>),
    /// A potential.
    Potential(Box<PotentialDefinition>),
}

/// What every file has: its other keys depend on the kind.
#[derive(Debug, Deserialize)]
struct Head {
    kind: Kind,
    #[serde(default)]
    aliases: Vec<String>,
}

impl Catalogue {
    /// The built-in files, behind those of a folder (`DIR/NAME.toml`, `DIR/priors/NAME.toml`,
    /// `DIR/potentials/NAME.toml`).
    ///
    /// # Errors
    /// A folder that does not exist.
    pub fn new(folder: Option<&Path>) -> Result<Self> {
        match folder {
            Some(path) if !path.is_dir() => {
                Err(Error::file(path, "is not a folder of definitions"))
            }
            other => Ok(Self {
                folder: other.map(Path::to_path_buf),
            }),
        }
    }

    /// Names of all definitions, in the order of the folder and then of the built-in list.
    ///
    /// # Errors
    /// A folder that can't be read.
    pub fn names(&self) -> Result<Vec<String>> {
        let mut names = self.folder_names()?;
        let own = names.clone();
        names.extend(
            BUILT_IN
                .iter()
                .map(|(_, name, _)| name.to_string())
                .filter(|name| !own.contains(name)),
        );
        Ok(names)
    }

    fn folder_names(&self) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for folder in self.folders() {
            let Ok(entries) = std::fs::read_dir(&folder) else {
                continue;
            };
            for entry in entries {
                let path = entry.map_err(|error| Error::file(&folder, error))?.path();
                if path
                    .extension()
                    .is_some_and(|extension| extension == "toml")
                    && let Some(name) = path.file_stem().and_then(|stem| stem.to_str())
                {
                    names.push(name.to_owned());
                }
            }
        }
        names.sort();
        names.dedup();
        Ok(names)
    }

    fn folders(&self) -> impl Iterator<Item = PathBuf> + '_ {
        self.folder
            .iter()
            .flat_map(|folder| ["", "priors", "potentials"].map(|part| folder.join(part)))
    }

    /// The prior of that name, or in the file of that path; parameters in parentheses:
    /// `sparse-ternary(rho=0.3)`. A request of several lines is a file's text itself. `field` names the
    /// flag in errors.
    ///
    /// # Errors
    /// An unknown name (near or known ones are listed), a file that can't be read, a definition that is not valid.
    pub fn prior(&self, request: &str, field: &str) -> Result<PriorDefinition> {
        let (name, settings) = take_apart(request, field)?;
        let file = self.file(name, Some(Kind::Prior), field)?;
        match kind_of(&file)?.kind {
            Kind::Prior => PriorDefinition::read(&file, name, &settings),
            Kind::Potential => {
                let allowed = "is a potential: a prior is needed here";
                Err(Error::invalid(field, format!("\"{name}\""), allowed))
            }
        }
    }

    /// The potential of that name, or in the file of that path, with parameters (and priors) set.
    ///
    /// # Errors
    /// As [`Catalogue::prior`].
    pub fn potential(&self, name: &str, settings: &Settings) -> Result<PotentialDefinition> {
        let file = self.file(name, Some(Kind::Potential), "definition")?;
        match kind_of(&file)?.kind {
            Kind::Potential => PotentialDefinition::read(self, &file, name, settings),
            Kind::Prior => {
                let allowed = "is a prior: name it with --hidden, --signal or --visible-signal";
                Err(Error::invalid("definition", format!("\"{name}\""), allowed))
            }
        }
    }

    /// The definition of that name or path, of either kind, at its default parameters.
    ///
    /// # Errors
    /// As [`Catalogue::prior`].
    pub fn definition(&self, request: &str) -> Result<Definition> {
        let (name, settings) = take_apart(request, "definition")?;
        let file = self.file(name, None, "definition")?;
        Ok(match kind_of(&file)?.kind {
            Kind::Prior => {
                Definition::Prior(Box::new(PriorDefinition::read(&file, name, &settings)?))
            }
            Kind::Potential => {
                let potential = PotentialDefinition::read(self, &file, name, &settings)?;
                Definition::Potential(Box::new(potential))
            }
        })
    }

    /// The file of that name; a built-in one only of this kind, where one is given.
    fn file(&self, name: &str, kind: Option<Kind>, field: &str) -> Result<SourceFile> {
        if is_text(name) {
            return Ok(SourceFile {
                origin: format!("the text of {field}"),
                text: name.into(),
            });
        }
        let path = Path::new(name);
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            return SourceFile::read(path);
        }
        for folder in self.folders() {
            let path = folder.join(format!("{name}.toml"));
            if path.is_file() {
                return SourceFile::read(&path);
            }
        }
        let of_kind =
            |folder: &str| kind.is_none_or(|kind| (folder == "priors") == (kind == Kind::Prior));
        let built_in = BUILT_IN.iter().find(|(folder, known, text)| {
            of_kind(folder) && (*known == name || has_alias(text, name))
        });
        if let Some((folder, known, text)) = built_in {
            return Ok(SourceFile {
                origin: format!("equations/{folder}/{known}.toml"),
                text: (*text).into(),
            });
        }
        let mut known = self.folder_names()?;
        known.extend(
            BUILT_IN
                .iter()
                .filter(|(folder, ..)| of_kind(folder))
                .map(|(_, name, _)| name.to_string()),
        );
        let near = closest(name, known.iter().map(String::as_str));
        let hint = near.map_or_else(String::new, |near| format!(" (did you mean \"{near}\"?)"));
        let allowed = format!(
            "must be one of {}, or the path of a .toml file{hint}",
            known.join(", ")
        );
        Err(Error::invalid(field, format!("\"{name}\""), allowed))
    }
}

/// Whether a request is a definition itself: it has more than one line, as no name and no path has.
pub(crate) fn is_text(request: &str) -> bool {
    request.contains('\n')
}

fn kind_of(file: &SourceFile) -> Result<Head> {
    file.parse()
}

/// Whether a built-in file names itself so as well.
fn has_alias(text: &str, name: &str) -> bool {
    toml::from_str::<Head>(text).is_ok_and(|head| head.aliases.iter().any(|alias| alias == name))
}

/// `name(key=value, …)` as name and settings; the path of a file has no settings.
fn take_apart<'a>(request: &'a str, field: &str) -> Result<(&'a str, Settings)> {
    let Some((name, rest)) = request
        .split_once('(')
        .filter(|_| !request.ends_with(".toml") && !is_text(request))
    else {
        return Ok((request, Settings::new()));
    };
    let malformed = || {
        let allowed = "parameters are given as name(key=value, key=value)";
        Error::invalid(field, format!("\"{request}\""), allowed)
    };
    let inner = rest.strip_suffix(')').ok_or_else(malformed)?;
    let setting = |part: &str| {
        let (key, value) = part.split_once('=')?;
        Some((key.trim().to_owned(), value.trim().to_owned()))
    };
    let parts: Vec<&str> = inner.split(',').collect();
    let settings = parts.iter().copied().map(setting);
    let settings = settings
        .collect::<Option<Settings>>()
        .ok_or_else(malformed)?;
    // A key that is given twice stands there once.
    match settings.len() == parts.len() {
        true => Ok((name, settings)),
        false => Err(malformed()),
    }
}

/// The request for a prior with one parameter set (or set anew): `ternary`, `rho`, 0.3 gives
/// `ternary(rho=0.3)`.
///
/// # Errors
/// A malformed request, or the path of a file, which takes no parameters.
pub fn with_setting(request: &str, field: &str, key: &str, value: f64) -> Result<String> {
    let (name, mut settings) = take_apart(request, field)?;
    if name.ends_with(".toml") || is_text(name) {
        let allowed = format!(
            "a file takes no parameters: put it into a folder given by equations, and name it, to vary {key}"
        );
        return Err(Error::invalid(field, format!("\"{request}\""), allowed));
    }
    settings.insert(key.into(), value.to_string());
    let inner: Vec<String> = settings
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    Ok(format!("{name}({})", inner.join(", ")))
}

/// A matrix from its rows.
///
/// # Errors
/// [`Error::Shape`] where the rows are ragged or empty; an entry that is not finite.
pub fn matrix(field: &str, rows: &[Vec<f64>]) -> Result<Matrix> {
    let columns = rows.first().map_or(0, Vec::len);
    if columns == 0 || rows.iter().any(|row| row.len() != columns) {
        return Err(Error::Shape {
            field: field.into(),
            got: "ragged or empty rows".into(),
            expected: "rows of equal length".into(),
        });
    }
    if let Some(broken) = rows.iter().flatten().find(|entry| !entry.is_finite()) {
        return Err(Error::invalid(field, broken, "every entry must be finite"));
    }
    Ok(Matrix::from_fn(rows.len(), columns, |row, column| {
        rows[row][column]
    }))
}

#[cfg(test)]
mod tests;
