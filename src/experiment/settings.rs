//! Resolved settings, as results and records state them: no default is left open.

use super::together;
use crate::definitions::{PriorDefinition, is_text};
use crate::error::Result;
use crate::model::Model;
use crate::options::ModelOptions;
use crate::order_parameters::OrderParameters;
use crate::table::as_json;
use crate::theory::FixedPointSettings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ModelSettings {
    /// Samples per visible unit.
    pub alpha: f64,
    /// Signal strengths.
    pub lambda: Vec<f64>,
    /// Number of hidden units.
    pub units: usize,
    /// Biases of the hidden units.
    pub bias: Vec<f64>,
    /// Hidden units.
    pub hidden: PriorSettings,
    /// Sample signals `P_u`.
    pub signal: PriorSettings,
    /// Visible signals `P_w`.
    pub visible_signal: PriorSettings,
}

/// A prior: its name, and what determines it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PriorSettings {
    /// The name under which it was asked for; of a definition in place of a name its title.
    pub name: String,
    /// Its law in words that determine it: a definition that changes changes them.
    pub law: String,
}

impl PriorSettings {
    pub(super) fn new(name: &str, definition: &PriorDefinition) -> Self {
        let name = if is_text(name) {
            &definition.title
        } else {
            name
        };
        Self {
            name: name.into(),
            law: definition.fingerprint(),
        }
    }
}

impl ModelSettings {
    /// The settings of a model that these options gave.
    pub(super) fn new(options: &ModelOptions, model: &Model) -> Result<Self> {
        let [hidden, signal, visible] = options.priors()?;
        let named = |name: &Option<String>, definition: &PriorDefinition| {
            PriorSettings::new(name.as_deref().unwrap_or("rademacher"), definition)
        };
        Ok(Self {
            alpha: model.alpha(),
            lambda: model.lambda().to_vec(),
            units: model.units(),
            bias: model.hidden().bias().to_vec(),
            hidden: named(&options.hidden, &hidden),
            signal: named(&options.signal, &signal),
            visible_signal: named(&options.visible_signal, &visible),
        })
    }

    /// Metadata of a table: the model and the solver with every default filled in.
    pub(crate) fn resolved(
        options: &ModelOptions,
        model: &Model,
        solver: Option<&FixedPointSettings>,
    ) -> Result<Vec<(String, String)>> {
        let model = ("model".to_owned(), as_json(&Self::new(options, model)?));
        let solver = solver.map(|solver| ("solver".to_owned(), as_json(solver)));
        Ok(std::iter::once(model).chain(solver).collect())
    }

    /// The model in a few words, for titles.
    pub(super) fn words(&self) -> String {
        format!("α = {}, λ = {:?}", self.alpha, self.lambda)
    }
}

/// A start of a trajectory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(transform = whole_group)]
pub struct StartSettings {
    /// Its name.
    pub name: String,
    /// Its order parameters; of a spectral start, those before the power iterations, and nothing in
    /// a simulation, where they are those of the data.
    #[serde(flatten)]
    pub order: Option<OrderParameters>,
    /// Power iterations before the first step.
    pub power_iterations: usize,
}

/// Optional fields of this answer that come whole or not at all.
fn whole_group(schema: &mut schemars::Schema) {
    together(schema, &["m", "q"]);
}
