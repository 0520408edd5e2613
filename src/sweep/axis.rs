//! One axis of a diagram, as a study has it.

use crate::error::{Error, Result};
use crate::options::{ControlParameter, Grid};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One axis: parameters that are set to equally spaced values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AxisSpec {
    /// The control parameter, or several that are all set to the same value.
    pub parameter: OneOrMore,
    /// First value.
    pub from: f64,
    /// Last value.
    pub to: f64,
    /// Number of values, at least 2 (before refinement).
    pub points: usize,
}

/// One control parameter, or a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "expected the name of a control parameter, or a list of names"
)]
pub enum OneOrMore {
    /// One name.
    One(String),
    /// Several names.
    More(Vec<String>),
}

impl AxisSpec {
    /// The parameters, checked.
    ///
    /// # Errors
    /// An unknown name, no name, or parameters that overwrite each other.
    pub fn parameters(&self, axis: &str) -> Result<Vec<ControlParameter>> {
        let names = self.names();
        let field = format!("{axis}.parameter");
        if names.is_empty() {
            return Err(Error::invalid(field, "empty", "name a control parameter"));
        }
        let mut all: Vec<ControlParameter> = Vec::new();
        for name in names {
            let parameter: ControlParameter = name
                .parse()
                .map_err(|reason: String| Error::invalid(&field, format!("\"{name}\""), reason))?;
            if all.iter().any(|other| other.overlaps(&parameter)) {
                let allowed = "is set by another parameter of the axis already";
                return Err(Error::invalid(field, format!("\"{name}\""), allowed));
            }
            all.push(parameter);
        }
        Ok(all)
    }

    /// Names of the parameters.
    pub fn names(&self) -> &[String] {
        match &self.parameter {
            OneOrMore::One(name) => std::slice::from_ref(name),
            OneOrMore::More(names) => names.as_slice(),
        }
    }

    /// Name of the axis in tables: that of its first parameter.
    pub fn name(&self) -> &str {
        match &self.parameter {
            OneOrMore::One(name) => name,
            OneOrMore::More(names) => names.first().map_or("", String::as_str),
        }
    }

    /// The values when each interval is divided into `2^levels`; `signed` where 0 and negative ones
    /// are possible.
    ///
    /// # Errors
    /// As [`Grid::values`].
    pub(super) fn values(&self, axis: &str, levels: u32, signed: bool) -> Result<Vec<f64>> {
        let grid = |points| Grid {
            from: self.from,
            to: self.to,
            points,
        };
        let values = |grid: Grid| {
            if signed {
                grid.values_of_any_sign(axis)
            } else {
                grid.values(axis)
            }
        };
        // The user's own numbers are checked, not those after refinement.
        values(grid(self.points))?;
        values(grid(((self.points - 1) << levels) + 1))
    }
}
