//! Units that align with sparse signals, or mix them.

use super::super::points::Points;
use super::{BITS, End, ends_of, estimate};
use crate::claims::{Claim, Statement};
use crate::error::Result;
use crate::experiment::Watch;
use crate::model::Model;
use crate::numerics::line::Line;
use crate::numerics::streams::Streams;
use crate::options::ModelOptions;
use crate::order_parameters::OrderParameters;
use crate::simulation::Algorithm;
use crate::start::Start;
use crate::study::UnitStudy;
use crate::study::journal::Journal;
use crate::table::tally;
use crate::theory::{FixedPointSettings, Starts, find, mixing_boundary};
use std::collections::BTreeMap;

/// Numbers of pieces of sparse signals begin here.
const SPARSE: u64 = 1 << 60;

/// Accuracy of critical sparsities.
const TOLERANCE: f64 = 1e-8;

/// Shares of entries other than 0 between which the critical one is searched.
const SPARSITIES: [f64; 2] = [0.2, 0.9];

/// Power of `d` half way between that of units which mix signals, 0, and that of aligned units,
/// −1/2.
const HALF_WAY: f64 = -0.25;

fn model_at(study: &UnitStudy, lambda: [f64; 2], rho: f64) -> Result<Model> {
    let options = ModelOptions {
        lambda: Some(lambda.to_vec()),
        units: Some(2),
        signal: Some(format!("sparse-ternary(rho={rho})")),
        ..study.model.clone()
    };
    options.resolve(None)
}

/// The joint eigenvalue of aligned units; `None` where theory has no solution.
fn eigenvalue(model: &Model) -> Result<Option<f64>> {
    let settings = FixedPointSettings::default();
    let found = find(model, Starts::Only(&[Start::Planted]), &settings)?;
    Ok(found
        .answer()
        .ok()
        .map(|point| point.stability.joint_eigenvalue))
}

/// The joint eigenvalue of aligned units against the sparsity of the signals.
pub(super) fn sparse(study: &UnitStudy, points: &mut Points) -> Result<Vec<Claim>> {
    let grid = study.sparsities.values("study.sparsities")?;
    let mut claims = Vec::new();
    for &lambda in &study.pairs {
        let series = format!("{} and {}", lambda[0], lambda[1]);
        for &rho in &grid {
            let eigenvalue = eigenvalue(&model_at(study, lambda, rho)?)?;
            points.theory("sparsity", &series, rho, eigenvalue);
        }
        let path = |rho: f64| model_at(study, lambda, rho);
        let settings = FixedPointSettings::default();
        let critical = mixing_boundary(&path, SPARSITIES, TOLERANCE, &settings)?;
        let text = format!(
            "share ρ of entries ±1/√ρ of the signals, the others 0, above which aligned units are no saddle, λ = {series}, α = {}; kurtosis 3 is ρ = 1/3",
            path(0.5)?.alpha()
        );
        let name = format!("aligned for λ = {series}");
        let statement = Statement::new(name, "expectation: kurtosis 3 decides", text)
            .equals(1.0 / 3.0)
            .instead("aligned units are a saddle from a smaller kurtosis on, which depends on the strengths");
        claims.push(match critical {
            Ok(at) => statement.computed(at.value, TOLERANCE),
            Err(reason) => statement.not_obtained(reason.to_string()),
        });
    }
    Ok(claims)
}

/// Whether maximisation from aligned units stays there, on both sides of the critical sparsity: by
/// how fast the overlap with the other's signal falls with size.
pub(super) fn alignment(
    study: &UnitStudy,
    journal: &mut Journal,
    watch: Watch,
    runs: &mut BTreeMap<String, usize>,
) -> Result<Vec<Claim>> {
    let mut claims = Vec::new();
    let Some(&lambda) = study.pairs.first() else {
        return Ok(claims);
    };
    for (cell, &rho) in study.looked_at.iter().enumerate() {
        let model = model_at(study, lambda, rho)?;
        let mut points = Vec::new();
        for (place, &d) in study.sizes.iter().enumerate() {
            let cell = SPARSE + ((cell as u64) << (2 * BITS)) + ((place as u64) << BITS);
            let mut ends: Vec<End> = Vec::new();
            for instance in 0..study.instances as u64 {
                let streams = Streams::new(study.seed).cell(cell).instance(instance);
                let one: Vec<End> = journal.piece(cell + instance, || {
                    ends_of(&model, d, streams, None, &[Algorithm::Lbfgs])
                })?;
                for one in &one {
                    tally(runs, format!("ρ = {rho} {}", one.outcome.name()), 1);
                }
                ends.extend(one);
                let part = (instance + 1) as f64 / study.instances as f64;
                watch(&format!("ρ = {rho}, d = {d}"), Some(part));
            }
            points.push(estimate(&ends, mixing).and_then(|mixed| {
                let error = mixed.standard_error? / mixed.mean;
                Some(((d as f64).ln(), mixed.mean.ln(), error))
            }));
        }
        let line = points.into_iter().collect::<Option<Vec<_>>>();
        let line = line.and_then(|points| Line::through(&points));
        let text = format!(
            "power of d of the overlap of a unit with the other's signal, relative to that with its own, after L-BFGS from aligned units, ρ = {rho}, d = {:?}: −1/2 of aligned units, 0 of others",
            study.sizes
        );
        let name = |word: &str| format!("ρ = {rho}: units {word}");
        let new = |word: &str| Statement::new(name(word), "theory.md section 3", text.clone());
        let count = study.instances * study.sizes.len();
        claims.push(match eigenvalue(&model)? {
            Some(value) if value > 1.0 => new("leave alignment, a saddle")
                .above(HALF_WAY)
                .slope(line, count, 0.0),
            Some(_) => new("stay aligned").below(HALF_WAY).slope(line, count, 0.0),
            None => new("stay aligned").not_obtained("theory has no solution"),
        });
    }
    Ok(claims)
}

/// The larger of the units' overlaps with the signal that is not their own, relative to that which
/// is.
fn mixing(order: &OrderParameters) -> f64 {
    let zeta = order.overlaps();
    let ratio = |unit: usize| {
        let (a, b) = (zeta[(0, unit)].abs(), zeta[(1, unit)].abs());
        a.min(b) / a.max(b)
    };
    ratio(0).max(ratio(1))
}
