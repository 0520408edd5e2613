//! The model at a point of the plane.

use super::spec::DiagramStudy;
use crate::error::{Error, Result};
use crate::model::Model;
use crate::options::{ControlParameter, ModelOptions};

/// Models of a sweep.
#[derive(Debug)]
pub struct Models {
    options: ModelOptions,
    x: Vec<ControlParameter>,
    y: Vec<ControlParameter>,
    /// The model at the first point, whose priors serve everywhere; `None` where an axis changes
    /// the priors.
    base: Option<Model>,
}

impl Models {
    /// Reads the model of the study.
    ///
    /// # Errors
    /// As [`ModelOptions::resolve`] and [`ControlParameter::set`].
    pub fn new(study: &DiagramStudy) -> Result<Self> {
        let (x, y) = (study.x.parameters("x")?, study.y.parameters("y")?);
        let mut models = Self {
            options: study.model.clone(),
            base: None,
            x,
            y,
        };
        let mut axes = models.x.iter().chain(&models.y);
        let varied = axes.any(ControlParameter::changes_priors);
        let first = models.options(study.x.from, study.y.from)?;
        first.require_in("study.model", None)?;
        let first = first.resolve(None)?;
        models.base = (!varied).then_some(first);
        Ok(models)
    }

    /// The options at a point.
    ///
    /// # Errors
    /// As [`ControlParameter::set`].
    pub fn options(&self, x: f64, y: f64) -> Result<ModelOptions> {
        let mut options = self.options.clone();
        for (parameters, value) in [(&self.x, x), (&self.y, y)] {
            for parameter in parameters {
                parameter.set(&mut options, value)?;
            }
        }
        Ok(options)
    }

    /// The model at a point.
    ///
    /// # Errors
    /// A point without a model.
    pub fn at(&self, x: f64, y: f64) -> Result<Model> {
        let options = self.options(x, y)?;
        match (&self.base, options.alpha, &options.lambda) {
            (Some(base), Some(alpha), Some(lambda)) => base.with_controls(alpha, lambda),
            _ => options.resolve(None),
        }
    }

    /// Checks that there is a model at all values of both axes (along the borders of the plane),
    /// all of one shape.
    ///
    /// # Errors
    /// Names the point.
    pub fn validate(&self, x: &[f64], y: &[f64]) -> Result<(usize, usize)> {
        let (Some(&left), Some(&right)) = (x.first(), x.last()) else {
            return Err(Error::invalid("x", "empty", "needs values"));
        };
        let (Some(&low), Some(&high)) = (y.first(), y.last()) else {
            return Err(Error::invalid("y", "empty", "needs values"));
        };
        let border = x
            .iter()
            .flat_map(|&x| [(x, low), (x, high)])
            .chain(y.iter().flat_map(|&y| [(left, y), (right, y)]));
        let mut shape = None;
        for (x, y) in border {
            let model = self.at(x, y).map_err(|error| {
                Error::invalid(
                    "axes",
                    format!("x = {x}, y = {y}"),
                    format!("there is no model: {error}"),
                )
            })?;
            let own = (model.signals(), model.units());
            if *shape.get_or_insert(own) != own {
                let allowed =
                    "all models of a sweep must have the same numbers of signals and units";
                return Err(Error::invalid("axes", format!("x = {x}, y = {y}"), allowed));
            }
        }
        shape.ok_or_else(|| Error::invalid("axes", "empty", "needs values"))
    }

    /// What decides the priors besides their names, for the fingerprint of records: the definitions
    /// at the first point.
    ///
    /// # Errors
    /// As [`ModelOptions::fingerprints`].
    pub fn fingerprints(&self, x: f64, y: f64) -> Result<Vec<String>> {
        self.options(x, y)?.fingerprints()
    }
}
