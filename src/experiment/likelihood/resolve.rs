//! Options of the exact likelihood, checked and filled in.

use super::{LikelihoodSettings, WeightSource};
use crate::definitions::{Catalogue, matrix};
use crate::error::{Error, Result, require_between};
use crate::experiment::settings::PriorSettings;
use crate::files::read_matrix;
use crate::hidden::HiddenUnits;
use crate::likelihood::{Expansion, Population};
use crate::memory;
use crate::numerics::Matrix;
use crate::options::LikelihoodOptions;
use crate::order_parameters::OrderParameters;
use crate::visible::VisibleUnits;
use std::path::Path;

/// Most visible units.
const MOST_UNITS: usize = 10_000_000;

/// Most draws at one number of them.
const MOST_INSTANCES: usize = 100_000;

/// What is computed.
pub(super) struct Plan {
    pub hidden: HiddenUnits,
    pub visible: VisibleUnits,
    pub weights: Weights,
}

/// The weights of all instances.
pub(super) enum Weights {
    /// Weights and visible biases.
    Given(Matrix, Vec<f64>),
    /// Their law, numbers of visible units, number of draws.
    Drawn(Box<Population>, Vec<usize>, usize),
}

impl Plan {
    /// The expansion at infinitely many rows.
    pub fn population(&self) -> Option<Expansion> {
        match &self.weights {
            Weights::Given(..) => None,
            Weights::Drawn(population, ..) => population.expansion(&self.hidden, &self.visible),
        }
    }
}

impl LikelihoodOptions {
    /// What is computed, and the settings with every default filled in.
    pub(super) fn resolve(&self) -> Result<(Plan, LikelihoodSettings)> {
        let missing = |field: &str, example: &str| {
            Error::invalid(field, "missing", format!("give it, for example {example}"))
        };
        let alpha = self.alpha.ok_or_else(|| missing("alpha", "--alpha 2"))?;
        require_between("alpha", alpha, 1e-3, 1e4)?;
        let catalogue = Catalogue::new(self.equations.as_deref())?;
        let named = |name: &Option<String>, field: &str| {
            let name = name.as_deref().unwrap_or("rademacher");
            let definition = catalogue.prior(name, field)?;
            Ok::<_, Error>((PriorSettings::new(name, &definition), definition))
        };
        let (visible_settings, visible) = named(&self.visible, "visible")?;
        let (hidden_settings, hidden) = named(&self.hidden, "hidden")?;
        let visible = VisibleUnits::new(&visible.signal_law()?)?;
        let (weights, source, units) = match (&self.weights, &self.self_overlap) {
            (Some(file), None) => self.given(file)?,
            (None, Some(q)) => {
                let q = matrix("self-overlap", &q.0)?;
                let (signal_settings, signal) = named(&self.visible_signal, "visible-signal")?;
                self.drawn(q, signal_settings, signal.signal_law()?)?
            }
            (None, None) => {
                let allowed = "give it, or --self-overlap, for example --self-overlap 2.9";
                return Err(Error::invalid("weights", "missing", allowed));
            }
            (Some(_), Some(_)) => {
                let allowed = "give one of weights and self-overlap";
                return Err(Error::invalid("weights and self-overlap", "given", allowed));
            }
        };
        let bias = self.bias.clone().unwrap_or_default();
        let hidden = HiddenUnits::new(hidden.hidden_law()?, units, &bias)?;
        let settings = LikelihoodSettings {
            alpha,
            visible: visible_settings,
            visible_mean: visible.mean(),
            visible_deviation: visible.deviation(),
            hidden: hidden_settings,
            bias: hidden.bias().to_vec(),
            weights: source,
        };
        let plan = Plan {
            hidden,
            visible,
            weights,
        };
        Ok((plan, settings))
    }

    fn given(&self, file: &Path) -> Result<(Weights, WeightSource, usize)> {
        let unused = [
            ("overlap", self.overlap.is_some()),
            ("visible-signal", self.visible_signal.is_some()),
            (
                "visible-bias-variance",
                self.visible_bias_variance.is_some(),
            ),
            ("d", self.d.is_some()),
            ("instances", self.instances.is_some()),
        ];
        if let Some((field, _)) = unused.iter().find(|(_, given)| *given) {
            let allowed = "belongs to --self-overlap: weights of a file are as they are";
            return Err(Error::invalid(*field, "given", allowed));
        }
        let weights = read_matrix(file)?;
        let d = weights.nrows();
        require_size("weights", d)?;
        let theta = match &self.visible_bias {
            None => vec![0.0; d],
            Some(file) => {
                let theta = read_matrix(file)?;
                if theta.shape() != (d, 1) {
                    let reason = format!("must have {d} lines of one number, as the weights have");
                    return Err(Error::file(file, reason));
                }
                theta.as_slice().to_vec()
            }
        };
        let units = weights.ncols();
        let source = WeightSource::Files {
            weights: file.to_owned(),
            visible_bias: self.visible_bias.clone(),
        };
        Ok((Weights::Given(weights, theta), source, units))
    }

    fn drawn(
        &self,
        q: Matrix,
        visible_signal: PriorSettings,
        signal: crate::law::Law,
    ) -> Result<(Weights, WeightSource, usize)> {
        if self.visible_bias.is_some() {
            let allowed = "belongs to --weights: drawn weights have --visible-bias-variance";
            return Err(Error::invalid("visible-bias", "given", allowed));
        }
        let units = q.ncols();
        let m = match &self.overlap {
            Some(rows) => matrix("overlap", &rows.0)?,
            None => Matrix::zeros(1, units),
        };
        if m.ncols() != units {
            return Err(Error::Shape {
                field: "overlap".into(),
                got: format!("{} columns", m.ncols()),
                expected: format!("{units}, as the self-overlap has"),
            });
        }
        let order = OrderParameters { m, q };
        let variance = self.visible_bias_variance.unwrap_or(0.0);
        let population = Population::new(order.clone(), variance, signal)?;
        let d = self.d.clone().unwrap_or_else(|| vec![100, 1000, 10_000]);
        if d.is_empty() || d.windows(2).any(|pair| pair[1] <= pair[0]) {
            let allowed = "give at least one number of visible units, and rising ones";
            return Err(Error::invalid("d", format!("{d:?}"), allowed));
        }
        for &d in &d {
            require_size("d", d)?;
            memory::require("the weights", 8 * d as u128 * (3 * units as u128 + 8))?;
        }
        let instances = self.instances.unwrap_or(16);
        if !(1..=MOST_INSTANCES).contains(&instances) {
            let allowed = format!("must lie in 1..={MOST_INSTANCES}");
            return Err(Error::invalid("instances", instances, allowed));
        }
        let source = WeightSource::Drawn {
            order,
            visible_bias_variance: variance,
            visible_signal,
            d: d.clone(),
            instances,
        };
        Ok((
            Weights::Drawn(Box::new(population), d, instances),
            source,
            units,
        ))
    }
}

fn require_size(field: &str, d: usize) -> Result<()> {
    if (1..=MOST_UNITS).contains(&d) {
        return Ok(());
    }
    let allowed = format!("there are 1 to {MOST_UNITS} visible units");
    Err(Error::invalid(field, d, allowed))
}
