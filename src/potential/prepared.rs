//! A potential at many values of some parameters: compiled once for all where that is possible.

use super::outcome::Solution;
use super::problem::Compiled;
use super::saddle::Saddle;
use super::solve::{PotentialSettings, solve_from, solve_with};
use crate::definitions::{PotentialDefinition, PotentialFamily};
use crate::error::Result;
use nalgebra::DVector;

/// A potential with parameters that vary independently of each other.
#[derive(Debug)]
pub struct PreparedPotential {
    family: PotentialFamily,
    /// Names of the parameters that vary.
    free: Vec<String>,
    /// The definition, and its equations for all values of these; `None` where something in the
    /// definition is decided by a value.
    general: Option<(PotentialDefinition, Saddle)>,
}

impl PreparedPotential {
    /// Prepares a potential for values of the `free` parameters; these are the first ones.
    pub fn new(family: PotentialFamily, free: &[(&str, f64)]) -> Self {
        let general = general(&family, &[], free).map(|(own, compiled)| (own, compiled.saddle));
        Self {
            free: free.iter().map(|(name, _)| (*name).to_owned()).collect(),
            family,
            general,
        }
    }

    /// The potential as it was read.
    pub fn family(&self) -> &PotentialFamily {
        &self.family
    }

    /// The solutions at these values of the free parameters, from starts from elsewhere before
    /// those of the definition.
    ///
    /// # Errors
    /// As [`solve_from`], or a value outside of its domain.
    pub fn solve(
        &self,
        values: &[f64],
        settings: &PotentialSettings,
        first: &[(String, DVector<f64>)],
    ) -> Result<Vec<Solution>> {
        let named = self.free.iter().map(String::as_str);
        let named: Vec<(&str, f64)> = named.zip(values.iter().copied()).collect();
        let inside = |definition: &PotentialDefinition| {
            let mut parameters = definition.parameters.iter();
            parameters.all(|own| {
                let value = named.iter().find(|(name, _)| *name == own.name);
                value.is_none_or(|(_, value)| own.domain.contains(*value))
            })
        };
        match &self.general {
            Some((definition, saddle)) if inside(definition) => {
                let mut definition = definition.clone();
                let own = named.iter().map(|(name, value)| ((*name).into(), *value));
                definition.values.extend(own);
                solve_with(&saddle.at_values(values), &definition, settings, first)
            }
            _ => solve_from(&self.family.at(&named)?, settings, first),
        }
    }
}

/// The definition at these values, and its equations compiled for all values of the `free`
/// parameters, if the definition is the same at other values of each: a law such as
/// `uniform(-a, a)` is decided when the definition is read.
pub(super) fn general(
    family: &PotentialFamily,
    fixed: &[(&str, f64)],
    free: &[(&str, f64)],
) -> Option<(PotentialDefinition, Compiled)> {
    let at = |free: &[(&str, f64)]| family.at(&[fixed, free].concat()).ok();
    let formulas = |own: &PotentialDefinition| {
        format!(
            "{:?}{:?}{:?}{:?}",
            own.terms, own.averages, own.observables, own.replicon
        )
    };
    let definition = at(free)?;
    let written = formulas(&definition);
    for (place, (name, value)) in free.iter().enumerate() {
        if !definition.values.contains_key(*name) {
            return None;
        }
        let beside = [1e-3, -1e-3].into_iter().find_map(|part| {
            let mut moved = free.to_vec();
            moved[place].1 = value + part * value.abs().max(1e-3);
            at(&moved)
        });
        if formulas(&beside?) != written {
            return None;
        }
    }
    let names: Vec<&str> = free.iter().map(|(name, _)| *name).collect();
    let compiled = Compiled::new(&definition, &names)?;
    Some((definition, compiled))
}
