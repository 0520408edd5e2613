//! What becomes of the branch below: fold, onset of recovery, first-order jump, end.

use super::{Boundaries, Boundary, Located, NotLocated, ends_by};
use crate::error::Result;
use crate::numerics::brent::bracketed_root;
use crate::theory::continuation::{
    Branch, BranchEnd, BranchPoint, ContinuationSettings, Event, EventKind, ModelPath, trace,
};
use crate::theory::follow;
use crate::theory::settings::FixedPointSettings;
use crate::theory::state_evolution::State;

/// Steps from the onset's value down to the fold in which a jump is looked for.
const FINE_STEPS: f64 = 60.0;

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

/// Where the branch with overlap, before its fold, and the solution without overlap have the same
/// objective.
fn jump(
    path: ModelPath,
    branch: &Branch,
    tolerance: f64,
    settings: &FixedPointSettings,
) -> Located {
    let first = |kind| branch.events.iter().find(|event| event.kind == kind);
    let (Some(fold), Some(onset), Some(silent)) = (
        first(EventKind::Fold),
        first(EventKind::Onset),
        &branch.silent,
    ) else {
        return Err(none_of(&branch.end));
    };
    let upper = upper_branch(path, branch, fold, onset.value, settings)?;
    let objective = |value: f64, state: &State| -> f64 {
        let solution = path(value).and_then(|model| follow(&model, state.clone(), settings));
        match solution {
            Ok(solution) => solution
                .fixed_point()
                .map_or(f64::NAN, |point| point.stability.log_likelihood),
            Err(_) => f64::NAN,
        }
    };
    let lead =
        |point: &BranchPoint| point.stability.log_likelihood - objective(point.value, silent);
    // The branch with overlap leads at the onset and falls behind towards the fold.
    let (mut leads, mut trails) = (0, upper.len() - 1);
    if lead(&upper[trails]) > 0.0 {
        return Err(NotLocated::Absent(
            "with overlap leads in its objective down to the fold".into(),
        ));
    }
    while trails - leads > 1 {
        let middle = (leads + trails) / 2;
        if lead(&upper[middle]) > 0.0 {
            leads = middle;
        } else {
            trails = middle;
        }
    }
    let [a, b] = [&upper[leads], &upper[trails]];
    let gain = |value: f64| {
        let nearest = if (a.value - value).abs() < (b.value - value).abs() {
            a
        } else {
            b
        };
        objective(value, &nearest.state) - objective(value, silent)
    };
    let value = bracketed_root(gain, b.value, a.value, 0.1 * tolerance, 1e-7)?;
    Ok(Boundary {
        value,
        interval: [value - tolerance, value + tolerance],
        residual: Some(gain(value).abs()),
    })
}

/// The branch from just above the onset down to its fold, in small steps.
fn upper_branch(
    path: ModelPath,
    branch: &Branch,
    fold: &Event,
    onset: f64,
    settings: &FixedPointSettings,
) -> std::result::Result<Vec<BranchPoint>, NotLocated> {
    let first = (0..=fold.after)
        .rev()
        .find(|&index| branch.points[index].value >= onset)
        .ok_or(NotLocated::Lost(onset))?;
    let begin = &branch.points[first];
    let way = branch.points[fold.after + 1].arclength - begin.arclength;
    let range = [0.5 * fold.value, 2.0 * begin.value];
    // Arclength is measured in units of the range.
    let continuation = ContinuationSettings {
        largest_step: (way / FINE_STEPS).clamp(1e-6, 1.0),
        ..ContinuationSettings::on(range)
    };
    let lost = |_| NotLocated::Lost(begin.value);
    let fine = trace(
        path,
        begin.value,
        &begin.state,
        false,
        &continuation,
        settings,
    )
    .map_err(lost)?;
    let turn = fine
        .events
        .iter()
        .find(|event| event.kind == EventKind::Fold)
        .ok_or(NotLocated::Lost(begin.value))?;
    Ok(fine.points[..=turn.after].to_vec())
}
