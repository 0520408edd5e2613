//! Boundaries of a potential's diagram: events on branches, and places where the answer changes its
//! region.

use super::boundary::{BoundaryEntry, BoundaryName, RecordedBoundary};
use super::point::StationaryPoint;
use super::stationary::{Solved, Stationary};
use super::stationary_spec::LineSpec;
use crate::error::Result;
use crate::fixed_point::{BranchEnd, ContinuationSettings, Event, EventKind, Nature};
use crate::potential::{
    PotentialBranch, PotentialOutcome, PotentialPath, SaddlePoint, branch, branch_from, ending,
};
use crate::theory::{Boundary, Located, NotLocated};

/// Points of a branch at most.
const MAX_POINTS: usize = 400;

/// Widths of the interval of a boundary up to which it is located although the region between its
/// ends is not known.
const UNDECIDED: f64 = 1e4;

/// A column of the diagram: the solutions at the values of the unrefined axis, from above.
pub struct Column<'a> {
    potential: &'a Stationary,
    x: f64,
    /// Values from the last to the first, with what was found there.
    probes: Vec<(f64, Solved)>,
    /// Width to which boundaries are located.
    width: f64,
}

impl<'a> Column<'a> {
    /// Solves the column at `x` at these values of the vertical axis.
    ///
    /// # Errors
    /// A place without a definition.
    pub fn new(potential: &'a Stationary, x: f64, ys: &[f64], width: f64) -> Result<Self> {
        let mut probes: Vec<(f64, Solved)> = Vec::new();
        for &y in ys.iter().rev() {
            let above = probes.last().and_then(|(_, solved)| answer(solved));
            let neighbours: Vec<&[f64]> = above.iter().map(|point| point.x.as_slice()).collect();
            probes.push((y, potential.solve_at((x, y), &neighbours)?));
        }
        Ok(Self {
            potential,
            x,
            probes,
            width,
        })
    }

    /// The boundaries of a study, at this column.
    ///
    /// # Errors
    /// A place without a definition.
    pub fn entry(&self, position: u64, lines: &[LineSpec]) -> Result<BoundaryEntry> {
        let boundaries = lines.iter().map(|line| {
            let located = match (&line.between, line.event) {
                (Some(between), _) => self.between(between)?,
                (None, Some(event)) => self.event(event, &line.on)?,
                (None, None) => Err(NotLocated::NotAsked),
            };
            let name = BoundaryName::Declared(line.name.clone());
            Ok(RecordedBoundary::new(name, &located))
        });
        Ok(BoundaryEntry {
            position,
            x: self.x,
            boundaries: boundaries.collect::<Result<_>>()?,
        })
    }

    /// Where the answer goes from one of two regions to the other, the first place from above:
    /// bisection.
    fn between(&self, regions: &[String; 2]) -> Result<Located> {
        let region = |solved: &Solved| {
            let point = answer(solved)?;
            let own = self.potential.region_of(&point).to_owned();
            Some((own, point))
        };
        let pair = |pair: &&[(f64, Solved)]| {
            let (Some((above, _)), Some((below, _))) = (region(&pair[0].1), region(&pair[1].1))
            else {
                return false;
            };
            above != below && regions.contains(&above) && regions.contains(&below)
        };
        let Some(found) = self.probes.windows(2).find(pair) else {
            let reason = format!("does not go from {} to {}", regions[0], regions[1]);
            return Ok(Err(NotLocated::Absent(reason)));
        };
        let (mut high, mut low) = (found[0].0, found[1].0);
        let (Some((above, mut upper)), Some((_, mut lower))) =
            (region(&found[0].1), region(&found[1].1))
        else {
            return Ok(Err(NotLocated::Lost(high)));
        };
        while high - low > self.width {
            let middle = 0.5 * (low + high);
            let solved = self
                .potential
                .solve_at((self.x, middle), &[&upper.x, &lower.x])?;
            match region(&solved) {
                Some((own, point)) if own == above => (high, upper) = (middle, point),
                Some((own, point)) if regions.contains(&own) => (low, lower) = (middle, point),
                // Close to a transition searches fail; it lies in the interval all the same.
                _ if high - low <= UNDECIDED * self.width => break,
                // A third region, or none that is known.
                _ => return Ok(Err(NotLocated::Lost(middle))),
            }
        }
        Ok(Ok(Boundary {
            value: 0.5 * (low + high),
            interval: [low, high],
            residual: None,
        }))
    }

    /// The first event of a kind on the branch of the uppermost solution in one of the regions,
    /// above that solution and else below it; events behind a fold belong to another branch.
    fn event(&self, kind: EventKind, on: &[String]) -> Result<Located> {
        let is_on = |point: &SaddlePoint| {
            let region = self.potential.region_of(&StationaryPoint::new(point));
            on.iter().any(|own| own == region)
        };
        let begin = self.probes.iter().find_map(|(y, solved)| {
            let points = solved
                .iter()
                .filter_map(|solution| Some((solution.point().ok()?, solution.level)));
            let mut points = points.filter(|(point, _)| is_on(point));
            points
                .next()
                .map(|(point, level)| branch_from(point, *y, level))
        });
        let Some(begin) = begin else {
            let reason = format!("is nowhere in {}", on.join(" or "));
            return Ok(Err(NotLocated::Absent(reason)));
        };
        let (ys, potential) = (&self.probes, self.potential);
        let range = [ys[ys.len() - 1].0, ys[0].0];
        let continuation = ContinuationSettings {
            width: self.width.clamp(1e-12, 1.0),
            max_points: MAX_POINTS,
            ..ContinuationSettings::on(range)
        };
        let along = potential.y.iter().map(String::as_str).collect();
        let fixed = potential.x.iter().map(|name| (name.as_str(), self.x));
        let path = PotentialPath::new(potential.prepared.family(), along, fixed.collect());
        let mut last = NotLocated::Lost(begin.value);
        for rising in [true, false] {
            let followed = branch(
                &path,
                begin.clone(),
                rising,
                &continuation,
                &potential.settings,
            );
            let Ok(followed) = followed else { continue };
            match first(&followed, kind) {
                Err(reason) if reason.is_absence() => last = reason,
                decided => return Ok(decided),
            }
        }
        Ok(Err(last))
    }
}

/// The first event of this kind on a branch before it turns.
fn first(branch: &PotentialBranch, kind: EventKind) -> Located {
    let turn = branch
        .events
        .iter()
        .find(|event| event.kind == EventKind::Fold);
    let before_turn =
        |event: &&Event| event.kind == kind && turn.is_none_or(|turn| event.after <= turn.after);
    if let Some(event) = branch.events.iter().find(before_turn) {
        return Ok(Boundary {
            value: event.value,
            interval: event.interval,
            residual: Some(event.residual),
        });
    }
    if let Some((.., failure)) = branch.unlocated.iter().find(|(known, ..)| *known == kind) {
        return Err(NotLocated::NoRoot(*failure));
    }
    Err(match &branch.end {
        BranchEnd::Range(at) => NotLocated::GoesOn { at: *at },
        BranchEnd::Lost(at) | BranchEnd::Unfinished(at) if turn.is_none() => NotLocated::Lost(*at),
        _ => NotLocated::Absent(ending(branch)),
    })
}

/// The answer among solutions; `None` where there is none, or only a saddle beside searches that
/// failed.
fn answer(solved: &Solved) -> Option<StationaryPoint> {
    let points = solved.iter().filter_map(|solution| solution.point().ok());
    let points = points.map(StationaryPoint::new);
    let best = points.reduce(|best, other| if other.leads(&best) { other } else { best })?;
    let failed = solved.iter().any(|solution| {
        solution.point().is_err() && solution.outcome != PotentialOutcome::LeftDomain
    });
    let undecided = failed && best.nature() == Some(Nature::Saddle);
    (!undecided).then_some(best)
}
