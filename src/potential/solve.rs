//! All stationary points of a potential: searches from several starts and, of one order parameter,
//! a scan of its domain.

use super::outcome::Solution;
use super::saddle::Saddle;
use super::scan::scan;
use super::search::Search;
use crate::definitions::{Domain, PotentialDefinition, StartPoint};
use crate::error::{Error, Result, require_positive};
use crate::numerics::sobol::Scrambled;
use crate::symbolic::{Expression, Symbol};
use nalgebra::DVector;
use rayon::prelude::*;
use schemars::JsonSchema;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Tuning of the search.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PotentialSettings {
    /// Largest residual `|F|` of a stationary point. Where `F` is so steep that the numbers nearest
    /// to a root leave more, a point is taken that Newton's method would not move by more than
    /// rounding errors.
    pub tolerance: f64,
    /// Largest error of an order parameter by quadrature.
    pub quadrature_tolerance: f64,
    /// Largest number of iterations of the saddle-point map before Newton's method.
    pub max_iterations: usize,
    /// Additional starts, spread over the domain by a Sobol' sequence.
    pub random_starts: u32,
    /// Seed of that sequence.
    pub seed: u32,
}

impl Default for PotentialSettings {
    fn default() -> Self {
        Self {
            tolerance: 1e-12,
            quadrature_tolerance: 1e-10,
            max_iterations: 200,
            random_starts: 8,
            seed: 0,
        }
    }
}

impl PotentialSettings {
    /// Checks the settings.
    ///
    /// # Errors
    /// [`Error::InvalidInput`].
    pub fn validate(&self) -> Result<()> {
        require_positive("tolerance", self.tolerance)?;
        require_positive("quadrature-tolerance", self.quadrature_tolerance)?;
        if self.random_starts > 10_000 {
            return Err(Error::invalid(
                "random-starts",
                self.random_starts,
                "must lie in 0..=10000",
            ));
        }
        Ok(())
    }
}

/// Searches from every start of the definition and from further ones; with one order parameter, the
/// scan of its domain (start "scan") adds every root that it brackets. Starts that end in the same
/// point (up to signs of order parameters) share a solution; points come first, by decreasing `Φ`.
///
/// # Errors
/// Bad settings, or a definition whose coupling terms do not fit.
pub fn solve(
    definition: &PotentialDefinition,
    settings: &PotentialSettings,
) -> Result<Vec<Solution>> {
    solve_from(definition, settings, &[])
}

/// The same with starts from elsewhere before those of the definition.
///
/// # Errors
/// As [`solve`].
pub fn solve_from(
    definition: &PotentialDefinition,
    settings: &PotentialSettings,
    first: &[(String, DVector<f64>)],
) -> Result<Vec<Solution>> {
    settings.validate()?;
    solve_with(&Saddle::new(definition)?, definition, settings, first)
}

/// The same with equations that are compiled already.
///
/// # Errors
/// Bad settings.
pub(super) fn solve_with(
    saddle: &Saddle,
    definition: &PotentialDefinition,
    settings: &PotentialSettings,
    first: &[(String, DVector<f64>)],
) -> Result<Vec<Solution>> {
    settings.validate()?;
    let domains = definition.domains();
    let search = |(name, start): (String, DVector<f64>)| {
        Search::new(saddle, &domains, settings).start_at(name, start)
    };
    let mut all = first.to_vec();
    all.extend(starts(definition, &domains, settings));
    let mut solutions: Vec<Solution> = all.into_par_iter().map(search).collect();
    solutions.extend(scan(saddle, &domains, settings));
    Ok(sorted(merged(solutions)))
}

/// The search from one start of the definition, by name (its first one without a name).
///
/// # Errors
/// Bad settings, an unknown name, or a definition whose coupling terms do not fit.
pub fn solve_one(
    definition: &PotentialDefinition,
    start: Option<&str>,
    settings: &PotentialSettings,
) -> Result<Solution> {
    settings.validate()?;
    let own = named_starts(definition);
    let wanted = |(name, _): &&(String, DVector<f64>)| start.is_none_or(|start| name == start);
    let Some((name, x)) = own.iter().find(wanted) else {
        let names: Vec<&str> = own.iter().map(|(name, _)| name.as_str()).collect();
        let allowed = format!(
            "is not a start of {}: there are {}",
            definition.name,
            names.join(", ")
        );
        let got = start.unwrap_or_default();
        return Err(Error::invalid("start", format!("\"{got}\""), allowed));
    };
    let (saddle, domains) = (Saddle::new(definition)?, definition.domains());
    Ok(Search::new(&saddle, &domains, settings).start_at(name.clone(), x.clone()))
}

/// The search from a known point with at least twice the nodes of its quadrature.
///
/// # Errors
/// As [`solve`].
pub fn solve_doubled(
    definition: &PotentialDefinition,
    (x, level): (&[f64], u32),
    settings: &PotentialSettings,
) -> Result<Solution> {
    settings.validate()?;
    let (saddle, domains) = (Saddle::new(definition)?, definition.domains());
    let x = DVector::from_column_slice(x);
    // Two levels halve the spacing.
    Ok(Search::new(&saddle, &domains, settings).again_at("doubled".into(), x, level + 2))
}

/// One solution for each point.
fn merged(solutions: Vec<Solution>) -> Vec<Solution> {
    let mut found: Vec<Solution> = Vec::new();
    for solution in solutions {
        let same = |other: &&mut Solution| match (&solution.point, &other.point) {
            (Some(a), Some(b)) => a.agrees_with(b),
            _ => false,
        };
        match found.iter_mut().find(same) {
            Some(known) => {
                let new = solution.starts.into_iter();
                let new: Vec<String> = new.filter(|name| !known.starts.contains(name)).collect();
                known.starts.extend(new);
            }
            None => found.push(solution),
        }
    }
    found
}

/// Points first, the answer before all others (see [`Rank`](super::outcome::Rank)).
fn sorted(mut found: Vec<Solution>) -> Vec<Solution> {
    found.sort_by(|a, b| match (&a.point, &b.point) {
        (Some(a), Some(b)) => a.rank().partial_cmp(&b.rank()).unwrap_or(Ordering::Equal),
        (a, b) => b.is_some().cmp(&a.is_some()),
    });
    found
}

/// The definition's starts at its parameters.
fn named_starts(definition: &PotentialDefinition) -> Vec<(String, DVector<f64>)> {
    let numbers: BTreeMap<Symbol, Expression> = definition
        .values
        .iter()
        .map(|(name, value)| (Symbol::new(name), Expression::real(*value)))
        .collect();
    let start = |start: &StartPoint| {
        let values = start
            .values
            .iter()
            .map(|value| value.substitute(&numbers).constant());
        let x = DVector::from_iterator(definition.order_parameters.len(), values);
        (start.name.clone(), x)
    };
    definition.starts.iter().map(start).collect()
}

/// The definition's starts, and a Sobol' sequence over the box that the domain and those starts
/// span.
fn starts(
    definition: &PotentialDefinition,
    domains: &[Domain],
    settings: &PotentialSettings,
) -> Vec<(String, DVector<f64>)> {
    let mut starts = named_starts(definition);
    let largest = |entry: usize| {
        starts
            .iter()
            .map(|(_, x)| x[entry].abs())
            .fold(0.1, f64::max)
    };
    let ends: Vec<(f64, f64)> = domains
        .iter()
        .enumerate()
        .map(|(entry, domain)| {
            let reach = 1.5 * largest(entry);
            (domain.low.max(-reach), domain.high.min(reach))
        })
        .collect();
    let sequence = Scrambled::new(settings.seed);
    for index in 0..settings.random_starts {
        let entry = |entry: usize| {
            ends[entry].0 + (ends[entry].1 - ends[entry].0) * sequence.uniform(index, entry)
        };
        let x = DVector::from_fn(domains.len(), |row, _| entry(row));
        starts.push((format!("random {}", index + 1), x));
    }
    starts
}
