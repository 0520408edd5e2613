//! What becomes of the branch below: fold, onset of recovery, first-order jump, end.

use super::{Boundaries, Boundary, Located, NotLocated, ends_by};
use crate::error::Result;
use crate::numerics::brent::bracketed_root;
use crate::theory::continuation::{
    Branch, BranchEnd, BranchPoint, ContinuationSettings, Event, EventKind, ModelPath, trace,
};
use crate::theory::settings::FixedPointSettings;
use crate::theory::solve::solve_from;
use crate::theory::state_evolution::State;

/// Follows the branch from its point `top` to its end and enters what it meets.
pub(super) fn follow_to_end(
    path: ModelPath,
    [from, _]: [f64; 2],
    tolerance: f64,
    (value, state): (f64, State),
    settings: &FixedPointSettings,
    found: &mut Boundaries,
) -> Result<()> {
    // A branch that turns back may rise again above the point at which it was begun.
    let continuation = ContinuationSettings {
        width: tolerance.clamp(1e-12, 1.0),
        ..ContinuationSettings::on([from, 4.0 * value])
    };
    let branch = trace(path, value, &state, false, &continuation, settings)?;
    let located = |kind: EventKind| event(&branch, kind);
    found.fold = located(EventKind::Fold);
    found.onset = located(EventKind::Onset);
    found.end = match &branch.end {
        BranchEnd::Departed { interval, .. } => Ok(Boundary {
            value: 0.5 * (interval[0] + interval[1]),
            interval: *interval,
            residual: None,
        }),
        other => Err(none_of(other)),
    };
    found.jump = match (&found.fold, &found.onset) {
        (Ok(_), Ok(_)) => jump(path, &branch, tolerance, settings),
        (Ok(_), Err(failure)) | (Err(failure), _) => Err(failure.clone()),
    };
    Ok(())
}

/// The first event of this kind.
fn event(branch: &Branch, kind: EventKind) -> Located {
    if let Some(event) = branch.events.iter().find(|event| event.kind == kind) {
        return Ok(Boundary {
            value: event.value,
            interval: event.interval,
            residual: Some(event.residual),
        });
    }
    match branch.unlocated.iter().find(|(known, ..)| *known == kind) {
        Some((.., failure)) => Err(NotLocated::NoRoot(*failure)),
        None => Err(none_of(&branch.end)),
    }
}

/// Why a branch that ended so has no further event.
fn none_of(end: &BranchEnd) -> NotLocated {
    match end {
        BranchEnd::Range(at) => NotLocated::GoesOn { at: *at },
        BranchEnd::Onset(_) => NotLocated::Absent("joins the one without overlap".into()),
        BranchEnd::Departed { departure, .. } => NotLocated::Absent(ends_by(departure)),
        BranchEnd::Lost(at) | BranchEnd::Unfinished(at) => NotLocated::Lost(*at),
    }
}

/// Where the branch with overlap, above its fold, and the solution without overlap have the same objective.
fn jump(
    path: ModelPath,
    branch: &Branch,
    tolerance: f64,
    settings: &FixedPointSettings,
) -> Located {
    let first = |kind| branch.events.iter().find(|event| event.kind == kind);
    let (Some(fold), Some(onset)) = (first(EventKind::Fold), first(EventKind::Onset)) else {
        return Err(none_of(&branch.end));
    };
    let upper: &[BranchPoint] = &branch.points[..=fold.after];
    let Some(silent) = branch.points.last().map(|point| {
        let mut state = point.state.clone();
        state.order.m.fill(0.0);
        state
    }) else {
        return Err(none_of(&branch.end));
    };
    let objective = |value: f64, state: &State| -> f64 {
        let solution = path(value).and_then(|model| solve_from(&model, state.clone(), settings));
        match solution {
            Ok(solution) => solution
                .fixed_point()
                .map_or(f64::NAN, |point| point.stability.log_likelihood),
            Err(_) => f64::NAN,
        }
    };
    let gain = |value: f64| {
        let distance = |point: &BranchPoint| (point.value - value).abs();
        let nearest = upper
            .iter()
            .min_by(|a, b| distance(a).total_cmp(&distance(b)));
        nearest.map_or(f64::NAN, |nearest| {
            objective(value, &nearest.state) - objective(value, &silent)
        })
    };
    // Just above the fold both solutions exist; at the onset the upper one has won.
    let (low, high) = coexistence(fold, onset);
    let value = bracketed_root(gain, low, high, 0.1 * tolerance, 1e-7)?;
    Ok(Boundary {
        value,
        interval: [value - tolerance, value + tolerance],
        residual: Some(gain(value).abs()),
    })
}

/// Values between fold and onset, a little inside: at the ends the branches merge and the root finder slows down.
fn coexistence(fold: &Event, onset: &Event) -> (f64, f64) {
    let inset = 1e-4 * (onset.value - fold.value);
    (fold.value + inset, onset.value - inset)
}
