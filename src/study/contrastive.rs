//! What contrastive divergence learns beside the objective (theory.md section 11).

use super::points::Points;
use super::stated::ContrastiveStudy;
use crate::claims::{Claim, Statement};
use crate::error::Result;
use crate::experiment::{Contrastive, ContrastiveLearning, Experiment, Watch, counted};
use crate::options::{ContrastiveOptions, ModelOptions};
use crate::quantity::{Observable, Quantity};
use crate::table::Table;

/// Difference of the self-overlap that matters.
const RESOLUTION: f64 = 0.05;

pub(super) fn run(study: &ContrastiveStudy, watch: Watch) -> Result<Table> {
    study.model.require_in("study.model", None)?;
    let mut points = Points::default();
    let mut claims = Vec::new();
    for bias in study.biases.values_of_any_sign("study.biases")? {
        let found = ask(study, bias, limits(study), watch)?;
        for row in &found.chains {
            points.theory("bias", &row.name, bias, shift(&found, &row.name));
        }
        if bias == 0.0 || bias == study.bias {
            claims.extend(fixed_points(study, &found, bias));
        }
    }
    let found = ask(study, study.bias, study.contrastive.clone(), watch)?;
    let mut ends = vec![format!("exact: {}", counted(&found.exact))];
    for row in &found.chains {
        let Some(learned) = &row.learned else {
            continue;
        };
        ends.push(format!("{}: {}", row.name, counted(&learned.ends)));
        let own = learned
            .differences
            .iter()
            .find(|own| own.observable == Observable::entry(Quantity::Q, (0, 0)));
        let difference = own.and_then(|own| own.difference);
        let series = format!("{}, simulation", row.name);
        points.measured("bias", &series, study.bias, difference);
        let text = format!(
            "self-overlap Q by {} less that of ascent of the likelihood on the same data, bias {}, {}; training ended {}",
            row.name,
            study.bias,
            setting(study, &found),
            counted(&learned.ends)
        );
        let statement = Statement::new(
            format!("{} is trained", row.name),
            "contrastive divergence",
            text,
        );
        claims.push(match (shift(&found, &row.name), difference) {
            (Some(expected), Some(difference)) => {
                statement.equals(expected).measured(difference, RESOLUTION)
            }
            (None, _) => statement.not_obtained("theory has no fixed point"),
            _ => statement.not_obtained("no machine was trained"),
        });
    }
    let theory = "self-overlap less that of the objective's fixed point".into();
    Ok(points.table(study, study.seed, [theory, ends.join("; ")], &claims))
}

fn setting(study: &ContrastiveStudy, found: &ContrastiveLearning) -> String {
    let model = &found.settings.model;
    let size = study
        .contrastive
        .d
        .map_or_else(String::new, |d| format!(", d = {d}"));
    format!("α = {}, λ = {:?}{size}", model.alpha, model.lambda)
}

/// The chains without training.
fn limits(study: &ContrastiveStudy) -> ContrastiveOptions {
    ContrastiveOptions {
        chains: study.contrastive.chains.clone(),
        ..ContrastiveOptions::default()
    }
}

fn ask(
    study: &ContrastiveStudy,
    bias: f64,
    contrastive: ContrastiveOptions,
    watch: Watch,
) -> Result<ContrastiveLearning> {
    let asked = Contrastive {
        model: ModelOptions {
            bias: (bias != 0.0).then(|| vec![bias]),
            ..study.model.clone()
        },
        contrastive,
        seed: Some(study.seed),
        ..Contrastive::default()
    };
    Ok(asked.run(watch)?.result)
}

/// Self-overlap of the chain less that of the objective, in the limit.
fn shift(found: &ContrastiveLearning, name: &str) -> Option<f64> {
    let row = found.chains.iter().find(|row| row.name == name)?;
    let own = row.limit.as_ref()?.order.q[(0, 0)];
    Some(own - found.objective.as_ref()?.q[(0, 0)])
}

/// Whether chains share the fixed point of the objective.
fn fixed_points(study: &ContrastiveStudy, found: &ContrastiveLearning, bias: f64) -> Vec<Claim> {
    let model = &found.settings.model;
    let claims = found.chains.iter().map(|row| {
        let text = format!(
            "self-overlap Q at the fixed point of {} less that of the objective, bias {bias}, α = {}, λ = {:?}",
            row.name, model.alpha, model.lambda
        );
        let name = format!("{} learns the objective's maximum, bias {bias}", row.name);
        let statement = Statement::new(name, "theory.md section 11", text)
            .equals(0.0)
            .instead("a chain that is stopped after finitely many steps shifts the fixed point by a finite amount where there is a fixed bias");
        let errors = row.limit.as_ref().map(|point| point.residual + point.quadrature_error);
        match (shift(found, &row.name), errors) {
            (Some(shift), Some(error)) => statement.computed(shift, error.max(study.tolerance)),
            _ => statement.not_obtained("there is no fixed point"),
        }
    });
    claims.collect()
}
