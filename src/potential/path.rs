//! A potential along its parameters: the equations at each value, compiled once for all where
//! possible.

use super::averaged::Failure;
use super::prepared::general;
use super::problem::{Compiled, PotentialProblem};
use crate::definitions::{Domain, PotentialDefinition, PotentialFamily};
use crate::error::Result;
use crate::fixed_point::ProblemPath;
use nalgebra::DVector;
use std::cell::{OnceCell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

/// Compiled equations that are kept: a corrector asks for few values of the parameter again and
/// again.
const KEPT: usize = 4;

/// A potential along some of its parameters, which are all set to one value.
pub struct PotentialPath<'a> {
    family: &'a PotentialFamily,
    /// Parameters that are set to the value of the path.
    along: Vec<&'a str>,
    /// Parameters that are set to other values than those of the family.
    fixed: Vec<(&'a str, f64)>,
    /// Equations that are compiled for all values, where nothing in the definition was decided by a
    /// value.
    general: OnceCell<Option<Compiled>>,
    kept: RefCell<VecDeque<(f64, Rc<Compiled>)>>,
}

/// Where the equations of a potential are not defined.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PotentialDeparture {
    /// The parameter leaves its domain.
    #[error("the parameter leaves its domain")]
    Parameter,
    /// An order parameter leaves its domain.
    #[error("{name} leaves its domain {domain}")]
    Domain {
        /// Its name.
        name: String,
        /// Its domain.
        domain: Domain,
    },
    /// An average is not finite.
    #[error("the potential is not finite")]
    NotFinite,
    /// An average needs too many nodes.
    #[error("the averages need more quadrature nodes than there may be")]
    Nodes,
}

impl<'a> PotentialPath<'a> {
    /// The path on which the parameters `along` take the same value, with `fixed` parameters beside
    /// them.
    pub fn new(
        family: &'a PotentialFamily,
        along: Vec<&'a str>,
        fixed: Vec<(&'a str, f64)>,
    ) -> Self {
        Self {
            family,
            along,
            fixed,
            general: OnceCell::new(),
            kept: RefCell::default(),
        }
    }

    /// The definition at a value of the parameter.
    ///
    /// # Errors
    /// As [`PotentialFamily::at`].
    pub fn definition(&self, value: f64) -> Result<PotentialDefinition> {
        let mut values = self.fixed.clone();
        values.extend(self.along.iter().map(|name| (*name, value)));
        self.family.at(&values)
    }

    fn compiled(&self, value: f64) -> Option<Rc<Compiled>> {
        let known = |kept: &VecDeque<(f64, Rc<Compiled>)>| {
            let own = kept.iter().find(|(own, _)| *own == value)?;
            Some(Rc::clone(&own.1))
        };
        if let Some(compiled) = known(&self.kept.borrow()) {
            return Some(compiled);
        }
        let general = self.general.get_or_init(|| {
            let free: Vec<(&str, f64)> = self.along.iter().map(|name| (*name, value)).collect();
            Some(general(self.family, &self.fixed, &free)?.1)
        });
        let compiled = Rc::new(match general {
            Some(general) => self.special(general, value)?,
            None => Compiled::new(&self.definition(value).ok()?, &[])?,
        });
        let mut kept = self.kept.borrow_mut();
        kept.truncate(KEPT - 1);
        kept.push_front((value, Rc::clone(&compiled)));
        Some(compiled)
    }
}

impl PotentialPath<'_> {
    /// The equations at one value, from those for all.
    fn special(&self, general: &Compiled, value: f64) -> Option<Compiled> {
        let mut parameters = self.family.definition().parameters.iter();
        let outside = parameters.any(|parameter| {
            self.along.contains(&parameter.name.as_str()) && !parameter.domain.contains(value)
        });
        (!outside).then(|| Compiled {
            saddle: general.saddle.at_values(&vec![value; self.along.len()]),
            ..general.clone()
        })
    }
}

impl ProblemPath for PotentialPath<'_> {
    type Problem = PotentialProblem;
    type Departure = PotentialDeparture;

    fn at(&self, value: f64) -> Option<PotentialProblem> {
        Some(PotentialProblem::new(self.compiled(value)?))
    }

    fn departure(&self, value: f64, x: &DVector<f64>, level: u32) -> Option<PotentialDeparture> {
        let Some(compiled) = self.compiled(value) else {
            return Some(PotentialDeparture::Parameter);
        };
        let domains = compiled.names.iter().zip(&compiled.domains);
        let left = domains
            .zip(x.iter())
            .find(|((_, domain), x)| !domain.contains(**x));
        if let Some(((name, domain), _)) = left {
            return Some(PotentialDeparture::Domain {
                name: name.clone(),
                domain: *domain,
            });
        }
        match compiled.saddle.equations(x.as_slice(), level) {
            Ok(_) => None,
            Err(Failure::Domain) => Some(PotentialDeparture::NotFinite),
            Err(Failure::Nodes) => Some(PotentialDeparture::Nodes),
        }
    }
}
