//! Beyond replica symmetry: overlaps down to the onset, `x(q)`, and how fast steps converge.

use super::points::Points;
use super::stated::BreakingStudy;
use crate::error::{Error, Result};
use crate::experiment::Watch;
use crate::model::Model;
use crate::rsb::{Broken, BrokenEnd, Depth, solve_unit};
use crate::table::{Table, tallied, tally};
use crate::theory::baselines::{bbp_threshold, pca_overlap_squared};
use rayon::prelude::*;
use std::collections::BTreeMap;

pub(super) fn run(study: &BreakingStudy, watch: Watch) -> Result<Table> {
    let base = study.model.resolve(None)?;
    let strengths = study.strengths.values("strengths")?;
    if study.alphas.is_empty() {
        let allowed = "at least one is needed";
        return Err(Error::invalid("study.alphas", "[]", allowed));
    }
    let mut points = Points::default();
    let mut ends = BTreeMap::new();
    for (place, &alpha) in study.alphas.iter().enumerate() {
        let part = place as f64 / study.alphas.len() as f64;
        watch(&format!("α = {alpha}"), Some(part));
        for (lambda, broken) in along(&base, alpha, &strengths)? {
            tally(&mut ends, broken.end.name().to_owned(), 1);
            overlaps(&mut points, alpha, lambda, &broken);
        }
    }
    for &alpha in &study.alphas {
        points.theory(
            "onset",
            &format!("α = {alpha}"),
            bbp_threshold(alpha),
            Some(0.0),
        );
    }
    watch("x(q)", Some(0.95));
    for (lambda, broken) in along(&base, base.alpha(), &study.profiles)? {
        tally(&mut ends, broken.end.name().to_owned(), 1);
        profile(&mut points, lambda, &broken);
        convergence(&mut points, lambda, &broken);
    }
    let words = [tallied(&ends), "none".into()];
    Ok(points.table_without_claims(study, study.seed, words))
}

/// The answers at one `α`, in the order of the strengths.
fn along(base: &Model, alpha: f64, strengths: &[f64]) -> Result<Vec<(f64, Broken)>> {
    let base = base.with_alpha(alpha)?;
    let solved = strengths.par_iter().map(|&lambda| {
        let model = base.with_lambda(&[lambda])?;
        Ok((lambda, solve_unit(&model, Depth::FULL)?))
    });
    solved.collect()
}

/// `ζ` of the limit, of one step, and of replica symmetry (with the global maximum where the local
/// one has none), beside PCA.
fn overlaps(points: &mut Points, alpha: f64, lambda: f64, broken: &Broken) {
    let name = |what: &str| format!("α = {alpha}, {what}");
    let error = broken.limit.map(|own| own.zeta.error);
    let exact = broken.obtained_zeta();
    points.theory_with_error("overlap", &name("full"), lambda, exact, error);
    let one = broken.levels.first().map(|own| own.zeta);
    points.theory("overlap", &name("one step"), lambda, one);
    let kind = match broken.end {
        BrokenEnd::ReplicaSymmetric => "replica symmetric",
        _ => "replica symmetric, unstable",
    };
    let zeta = broken.symmetric.map(|own| own.m.abs() / own.q.sqrt());
    points.theory("overlap", &name(kind), lambda, zeta);
    let pca = pca_overlap_squared(alpha, lambda).sqrt();
    points.theory("overlap", &name("PCA"), lambda, Some(pca));
}

/// `x(q)` of the largest number of steps, as a staircase.
fn profile(points: &mut Points, lambda: f64, broken: &Broken) {
    let name = format!("λ = {lambda}");
    let plateaus = broken.deepest().map(|own| own.profile());
    for own in plateaus.into_iter().flatten() {
        points.theory("profile", &name, own.from, Some(own.x));
        points.theory("profile", &name, own.to, Some(own.x));
    }
}

/// How far `ℓ` and `ζ` of `K` steps are from their limits, against `1/K`.
fn convergence(points: &mut Points, lambda: f64, broken: &Broken) {
    let Some(limit) = broken.limit else { return };
    for own in &broken.levels {
        let part = 1.0 / own.steps as f64;
        let off = |value: f64, limit: f64| Some((value - limit).abs()).filter(|off| *off > 0.0);
        let name = format!("λ = {lambda}");
        let objective = off(own.objective, limit.objective.value);
        points.theory("objective", &name, part, objective);
        let zeta = off(own.zeta, limit.zeta.value);
        points.theory("zeta", &name, part, zeta);
    }
}
