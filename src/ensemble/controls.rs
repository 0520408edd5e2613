//! Means over instances that are corrected by control variates (theory.md section 12).

use super::Estimate;
use crate::error::{Error, Result};
use crate::model::Model;
use crate::numerics::regression::Design;
use crate::numerics::streams::Streams;
use crate::simulation::{Control, Size, Store, controls};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Instances for each coefficient of the regression, at least.
const PER_COEFFICIENT: usize = 3;

/// Standard errors below this, relative to the mean, are rounding.
const ROUNDING: f64 = 1e-12;

/// What control variates made of a mean.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Adjustment {
    /// The mean as it was, with its standard error.
    pub raw: Estimate,
    /// Variance of that mean over that of the corrected one, both as estimated, so that the price
    /// of the coefficients is in it: as many times more instances would do the same. Null where the
    /// number does not vary.
    pub reduction: Option<f64>,
    /// Independent controls in the regression.
    pub controls: usize,
}

/// A corrected mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adjusted {
    /// Mean, standard error from the residuals, and number of values.
    pub estimate: Estimate,
    /// Degrees of freedom of the standard error.
    pub freedom: f64,
    /// What it was before.
    pub adjustment: Adjustment,
}

/// The controls of instances, which follow from the seed.
///
/// Controls belong to the signals as they were planted, and are not aligned with the runs: their
/// means stay exactly 0. Where runs exchange signals they only reduce less.
#[derive(Debug, Clone)]
pub struct ControlTable<'a> {
    model: &'a Model,
    size: Size,
    store: Store,
    streams: Streams,
    rows: BTreeMap<u64, Vec<f64>>,
}

/// Checks that there are enough instances for the control variates of a model: three for each
/// coefficient (a control each, and the mean), where they cost at most half as much again in
/// variance: `(m − 2)/(m − p − 2)` for `p` controls and `m` instances.
///
/// # Errors
/// Fewer instances.
pub fn require_enough_for_controls(model: &Model, instances: usize) -> Result<()> {
    let controls = Control::all_of(model).len();
    let least = PER_COEFFICIENT * (controls + 1);
    if instances >= least {
        return Ok(());
    }
    let allowed = format!(
        "must be at least {least} with control variates: {PER_COEFFICIENT} for each of the {controls} controls of {} signal(s) and for the mean",
        model.signals()
    );
    Err(Error::invalid("instances", instances, allowed))
}

impl<'a> ControlTable<'a> {
    /// Of the instances that these streams draw in this store.
    pub fn new(model: &'a Model, size: Size, store: Store, streams: Streams) -> Self {
        Self {
            model,
            size,
            store,
            streams,
            rows: BTreeMap::new(),
        }
    }

    /// Draws the data of the instances that are not known yet.
    ///
    /// # Errors
    /// A size that does not fit the model.
    pub fn extend(&mut self, instances: impl IntoIterator<Item = u64>) -> Result<()> {
        let missing = instances.into_iter();
        let missing: Vec<u64> = missing.filter(|one| !self.rows.contains_key(one)).collect();
        // One after the other: each has the memory of the data, and all threads.
        for instance in missing {
            let streams = self.streams.instance(instance);
            let row = controls(self.model, self.size, self.store, streams)?;
            self.rows.insert(instance, row);
        }
        Ok(())
    }

    /// Puts in the controls of an instance that was at hand.
    pub fn insert(&mut self, instance: u64, controls: Vec<f64>) {
        self.rows.insert(instance, controls);
    }

    /// The regression on the controls of these instances.
    ///
    /// # Errors
    /// Instances that are not in the table, or too few of them (see
    /// [`require_enough_for_controls`]).
    pub fn regression(&self, instances: &[u64]) -> Result<Regression> {
        require_enough_for_controls(self.model, instances.len())?;
        let row = |instance: &u64| {
            let row = self.rows.get(instance).map(Vec::as_slice);
            row.ok_or_else(|| {
                let allowed = "its controls were not drawn";
                Error::invalid("instance", instance, allowed)
            })
        };
        let rows: Vec<&[f64]> = instances.iter().map(row).collect::<Result<_>>()?;
        Ok(Regression {
            design: Design::new(&rows),
        })
    }
}

/// A regression on the controls of some instances.
#[derive(Debug, Clone)]
pub struct Regression {
    design: Design,
}

impl Regression {
    /// The corrected mean of numbers of the same instances, in their order; `None` for another
    /// number of them.
    ///
    /// The coefficients follow from the same instances: where a number is not linear in the
    /// controls, the mean has a bias of order 1/instances, less than its standard error by
    /// `1/√instances`.
    pub fn adjust(&self, values: &[f64]) -> Option<Adjusted> {
        let raw = Estimate::of(values)?;
        let found = self.design.intercept(values)?;
        let before = raw.standard_error?;
        let varies = before > ROUNDING * raw.mean.abs();
        let ratio = before / found.standard_error;
        Some(Adjusted {
            estimate: Estimate {
                mean: found.value,
                standard_error: Some(found.standard_error),
                count: values.len(),
            },
            freedom: found.freedom as f64,
            adjustment: Adjustment {
                raw,
                reduction: Some(ratio * ratio).filter(|ratio| varies && ratio.is_finite()),
                controls: self.design.rank(),
            },
        })
    }
}
