//! Checks of a study of a potential.

use super::point::Names;
use super::stationary::OTHER;
use super::stationary_spec::{Condition, LineSpec, PotentialSpec, RegionSpec};
use crate::definitions::PotentialDefinition;
use crate::error::{Error, Result};
use crate::fixed_point::EventKind;
use crate::potential::Saddle;
use crate::symbolic::closest;

/// Names of the numbers of a potential.
///
/// # Errors
/// Coupling terms that do not fit.
pub fn names_of(definition: &PotentialDefinition) -> Result<Names> {
    let order = definition.order_parameters.iter();
    let observables = definition.observables.iter();
    Ok(Names {
        order: order.map(|order| order.name.clone()).collect(),
        observables: observables.map(|own| own.name.clone()).collect(),
        eigenvalue: Saddle::new(definition)?.has_map(),
        replicon: definition.replicon.is_some(),
    })
}

/// Refuses a name that the potential does not have.
fn require_name(field: &str, name: &str, names: &Names) -> Result<()> {
    let all = names.all();
    if all.contains(&name) {
        return Ok(());
    }
    let allowed = match name {
        "replicon" => "the potential has no replicon: give its definition one, or leave this out".into(),
        "eigenvalue" => {
            "the potential has no coupling terms, so that there is no saddle-point map: leave this out".into()
        }
        _ => {
            let near = closest(name, all.iter().copied());
            let hint = near.map_or_else(String::new, |near| format!(" (did you mean \"{near}\"?)"));
            format!("is not a number of the potential{hint}: there are {}", all.join(", "))
        }
    };
    Err(Error::invalid(field, format!("\"{name}\""), allowed))
}

/// Columns of the table: those that are wanted, or all numbers.
///
/// # Errors
/// A name that the potential does not have.
pub fn columns(wanted: Option<&[String]>, names: &Names) -> Result<Vec<String>> {
    let Some(wanted) = wanted else {
        let own = names.all().into_iter().filter(|name| *name != "replicon");
        return Ok(own.map(String::from).collect());
    };
    for (place, name) in wanted.iter().enumerate() {
        require_name("observables", name, names)?;
        if wanted[..place].contains(name) {
            return Err(Error::invalid(
                "observables",
                format!("\"{name}\""),
                "is named twice",
            ));
        }
    }
    Ok(wanted.to_vec())
}

/// The regions of a study, checked.
///
/// # Errors
/// A region that is declared twice, or a condition on a number that the potential does not have.
pub fn regions(spec: &PotentialSpec, names: &Names) -> Result<Vec<RegionSpec>> {
    for (place, region) in spec.region.iter().enumerate() {
        if spec.region[..place]
            .iter()
            .any(|own| own.name == region.name)
        {
            let allowed = "is declared twice";
            return Err(Error::invalid(
                "region",
                format!("\"{}\"", region.name),
                allowed,
            ));
        }
        for condition in &region.conditions {
            if let Condition::Number { name, .. } = condition {
                require_name("region.where", name, names)?;
            }
        }
    }
    Ok(spec.region.clone())
}

/// The boundaries of a study, checked.
///
/// # Errors
/// One that is declared twice or in part, an event that the potential does not have, or an unknown region.
pub fn lines(spec: &PotentialSpec, names: &Names) -> Result<Vec<LineSpec>> {
    for (place, line) in spec.boundary.iter().enumerate() {
        let refuse = |allowed: &str| {
            let got = format!("\"{}\"", line.name);
            Err(Error::invalid("boundary", got, allowed))
        };
        if spec.boundary[..place]
            .iter()
            .any(|own| own.name == line.name)
        {
            return refuse("is declared twice");
        }
        match (&line.event, line.on.is_empty(), &line.between) {
            (Some(_), false, None) | (None, true, Some(_)) => {}
            _ => {
                return refuse(
                    "needs either an event and on (the regions of its branch), or between (two regions)",
                );
            }
        }
        if line
            .between
            .as_ref()
            .is_some_and(|[one, other]| one == other)
        {
            return refuse("lies between two different regions");
        }
        let kind = line.event;
        if kind == Some(EventKind::StabilityChange) {
            require_name("boundary.event", "replicon", names)?;
        }
        if kind == Some(EventKind::Bifurcation) {
            require_name("boundary.event", "eigenvalue", names)?;
        }
        let between = line.between.iter().flatten();
        for region in line.on.iter().chain(between) {
            if !spec.region.iter().any(|own| own.name == *region) && region != OTHER {
                let allowed = "is not the name of a region of the study";
                return Err(Error::invalid("boundary", format!("\"{region}\""), allowed));
            }
        }
    }
    Ok(spec.boundary.clone())
}
