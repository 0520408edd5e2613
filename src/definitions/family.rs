//! A potential whose parameters vary: its file is read once, and set to values again and again.

use super::file::SourceFile;
use super::parameter::Settings;
use super::potential::PotentialDefinition;
use super::prior::PriorDefinition;
use super::{Catalogue, Kind, with_setting};
use crate::error::{Error, Result};
use crate::symbolic::closest;

/// A potential with parameters that vary.
#[derive(Debug, Clone)]
pub struct PotentialFamily {
    catalogue: Catalogue,
    file: SourceFile,
    name: String,
    settings: Settings,
    /// The definition at these settings.
    definition: Box<PotentialDefinition>,
}

impl Catalogue {
    /// The potential of that name, or in the file of that path, with the parameters (and priors)
    /// set that do not vary.
    ///
    /// # Errors
    /// As [`Catalogue::potential`].
    pub fn family(&self, name: &str, settings: &Settings) -> Result<PotentialFamily> {
        let definition = Box::new(self.potential(name, settings)?);
        Ok(PotentialFamily {
            file: self.file(name, Some(Kind::Potential), "definition")?,
            catalogue: self.clone(),
            name: name.into(),
            settings: settings.clone(),
            definition,
        })
    }
}

impl PotentialFamily {
    /// The definition at the settings that do not vary.
    pub fn definition(&self) -> &PotentialDefinition {
        &self.definition
    }

    /// Checks that there is a start of that name.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] with the names that there are.
    pub fn require_start(&self, start: &str) -> Result<()> {
        let starts = self.definition.starts.iter();
        let known: Vec<&str> = starts.map(|start| start.name.as_str()).collect();
        if known.contains(&start) {
            return Ok(());
        }
        let allowed = format!(
            "is not a start of {}: there are {}",
            self.name,
            known.join(", ")
        );
        Err(Error::invalid("start", format!("\"{start}\""), allowed))
    }

    /// Checks that there is a parameter of that name: one of the potential, or of a prior as in
    /// `signal.rho`.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] with the names that there are.
    pub fn require(&self, field: &str, parameter: &str) -> Result<()> {
        let own = self.definition.values.keys().cloned();
        let of_priors = self.definition.priors.iter().flat_map(|(role, prior)| {
            let names = prior.values.keys();
            names.map(move |name| format!("{role}.{name}"))
        });
        let known: Vec<String> = own.chain(of_priors).collect();
        if known.iter().any(|name| name == parameter) {
            return Ok(());
        }
        let near = closest(parameter, known.iter().map(String::as_str));
        let hint = near.map_or_else(String::new, |near| format!(" (did you mean \"{near}\"?)"));
        let allowed = format!(
            "is not a parameter of {}{hint}: there are {}",
            self.name,
            known.join(", ")
        );
        Err(Error::invalid(field, format!("\"{parameter}\""), allowed))
    }

    /// The definition with these parameters set.
    ///
    /// # Errors
    /// An unknown parameter, or a value outside of its domain.
    pub fn at(&self, values: &[(&str, f64)]) -> Result<PotentialDefinition> {
        let mut settings = self.settings.clone();
        for (name, value) in values {
            let role = name.split_once('.');
            let prior = role.and_then(|(role, key)| {
                let prior = self.definition.priors.get(role)?;
                Some((role, key, prior))
            });
            let (name, text) = match prior {
                Some((role, key, prior)) => {
                    let request = settings.get(role).cloned();
                    let request = request.unwrap_or_else(|| request_for(prior));
                    (role, with_setting(&request, role, key, *value)?)
                }
                None => (*name, format!("{value:?}")),
            };
            settings.insert(name.into(), text);
        }
        PotentialDefinition::read(&self.catalogue, &self.file, &self.name, &settings)
    }

    /// What decides the numbers besides the name: the texts of the definitions.
    pub fn texts(&self) -> Vec<String> {
        let priors = self.definition.priors.values();
        let laws = priors.map(|prior| format!("{}: {:?}", prior.name, prior.law));
        std::iter::once(self.file.text.clone())
            .chain(laws)
            .collect()
    }
}

/// How a prior is asked for: name and values of its parameters.
fn request_for(prior: &PriorDefinition) -> String {
    if prior.values.is_empty() {
        return prior.name.clone();
    }
    let values: Vec<String> = prior
        .values
        .iter()
        .map(|(key, value)| format!("{key}={value:?}"))
        .collect();
    format!("{}({})", prior.name, values.join(", "))
}
