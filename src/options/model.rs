//! Flags and keys of the model.

use super::missing;
use crate::definitions::{Catalogue, PriorDefinition};
use crate::error::{Error, Result};
use crate::hidden::HiddenUnits;
use crate::law::MAX_UNITS;
use crate::model::Model;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

flags! {
    /// The model: `α`, `Λ`, hidden units, signal priors.
    #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields, rename_all = "kebab-case")]
    #[command(next_help_heading = "Model")]
    pub struct ModelOptions {
        /// Samples per visible unit, α = n/d
        #[arg(long, value_name = "A", allow_negative_numbers = true)]
        pub alpha: Option<f64>,
        /// Signal strengths λ_1,…,λ_r
        #[arg(
            long,
            value_name = "L1,L2,…",
            value_delimiter = ',',
            allow_negative_numbers = true
        )]
        pub lambda: Option<Vec<f64>>,
        /// Hidden units: a name of equations/priors, or a .toml file [default: rademacher]
        #[arg(long, value_name = "NAME|FILE")]
        pub hidden: Option<String>,
        /// Number of hidden units k [default: one for each signal]
        #[arg(long, value_name = "K")]
        pub units: Option<usize>,
        /// Hidden biases b_1,…,b_k [default: 0]
        #[arg(
            long,
            value_name = "B1,B2,…",
            value_delimiter = ',',
            allow_negative_numbers = true
        )]
        pub bias: Option<Vec<f64>>,
        /// Sample signals P_u: a name or a file, as for --hidden [default: rademacher]
        #[arg(long, value_name = "NAME|FILE")]
        pub signal: Option<String>,
        /// Visible signals P_w: a name or a file, as for --hidden [default: rademacher]
        #[arg(long, value_name = "NAME|FILE")]
        pub visible_signal: Option<String>,
        /// Folder of definition files, searched before the built-in ones
        #[arg(long, value_name = "DIR")]
        pub equations: Option<PathBuf>,
    }
}

impl ModelOptions {
    /// These options, with gaps filled from `under`.
    pub fn over(self, under: Self) -> Self {
        overlay!(self, under: alpha, lambda, hidden, units, bias, signal, visible_signal, equations)
    }

    /// The model. `alpha` may come from the size of a simulation instead.
    ///
    /// # Errors
    /// A missing `alpha` or `lambda`, or whatever [`Model::new`] refuses.
    pub fn resolve(&self, alpha_of_size: Option<f64>) -> Result<Model> {
        let alpha = self
            .alpha
            .or(alpha_of_size)
            .ok_or_else(|| missing("alpha", "--alpha 2"))?;
        let lambda = self
            .lambda
            .as_ref()
            .ok_or_else(|| missing("lambda", "--lambda 1.5,1.3"))?;
        let most = if self.units.is_some() {
            usize::MAX
        } else {
            MAX_UNITS
        };
        if !(1..=most).contains(&lambda.len()) {
            let got = format!("a list of {} strengths", lambda.len());
            let allowed = format!(
                "must have 1 to {MAX_UNITS} entries, one for each signal, unless the number of units is given"
            );
            return Err(Error::invalid("lambda", got, allowed));
        }
        let [hidden, signal, visible] = self.priors()?;
        let units = self.units.unwrap_or(lambda.len());
        let bias = self.bias.clone().unwrap_or_default();
        let hidden = HiddenUnits::new(hidden.hidden_law()?, units, &bias)?;
        let (signal, visible) = (signal.signal_law()?, visible.signal_law()?);
        Model::new(alpha, lambda, hidden, signal, visible)
    }

    /// Refuses a model of a file, in the section `[section]`, that lacks `alpha` or `lambda`:
    /// [`ModelOptions::resolve`] would advise a flag.
    ///
    /// # Errors
    /// Names the missing key.
    pub fn require_in(&self, section: &str, alpha_of_size: Option<f64>) -> Result<()> {
        let lacks = |key: &str, example: &str| {
            let allowed = format!("give it in [{section}], for example {key} = {example}");
            Err(Error::invalid(key, "missing", allowed))
        };
        if self.alpha.or(alpha_of_size).is_none() {
            return lacks("alpha", "2.0");
        }
        match self.lambda {
            Some(_) => Ok(()),
            None => lacks("lambda", "[1.5, 1.3]"),
        }
    }

    /// Priors of the hidden units, the sample signals and the visible signals.
    ///
    /// # Errors
    /// As [`Catalogue::prior`].
    pub fn priors(&self) -> Result<[PriorDefinition; 3]> {
        let catalogue = Catalogue::new(self.equations.as_deref())?;
        let prior = |name: &Option<String>, field| {
            catalogue.prior(name.as_deref().unwrap_or("rademacher"), field)
        };
        Ok([
            prior(&self.hidden, "hidden")?,
            prior(&self.signal, "signal")?,
            prior(&self.visible_signal, "visible-signal")?,
        ])
    }

    /// The priors in words that determine them, for records: a file that changes changes the
    /// record's fingerprint.
    ///
    /// # Errors
    /// As [`ModelOptions::priors`].
    pub fn fingerprints(&self) -> Result<Vec<String>> {
        Ok(self
            .priors()?
            .iter()
            .map(PriorDefinition::fingerprint)
            .collect())
    }

    /// Keys of the bibliography: the theory, and the sources of the priors.
    ///
    /// # Errors
    /// As [`ModelOptions::priors`].
    pub fn citations(&self) -> Result<Vec<String>> {
        let mut keys = vec!["xu2025".to_owned()];
        for prior in self.priors()? {
            keys.extend(
                prior
                    .source
                    .citations()
                    .iter()
                    .map(|citation| citation.cite.clone()),
            );
        }
        keys.sort();
        keys.dedup();
        Ok(keys)
    }
}
