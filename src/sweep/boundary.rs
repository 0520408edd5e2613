//! Boundaries along the vertical axis, at values of the horizontal one.

use super::axis::AxisSpec;
use super::models::Models;
use super::spec::DiagramStudy;
use crate::error::Result;
use crate::theory::{FixedPointSettings, Located, NotLocated, bbp_boundary, boundaries};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Width to which boundaries are located, relative to the last value of the axis.
const WIDTH: f64 = 1e-7;

/// Values of the horizontal axis at which boundaries are located, unless the study says otherwise.
const POINTS: usize = 50;

/// A boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BoundaryKind {
    /// Threshold of principal components, `α λ⁴ = 1`.
    Bbp,
    /// Replicon 1: de Almeida–Thouless.
    At,
    /// The branch with overlap turns back.
    Fold,
    /// The branch with overlap and the one without have the same objective.
    Jump,
    /// The overlap vanishes: weak recovery of state evolution.
    Onset,
    /// The solution ends.
    End,
}

impl BoundaryKind {
    /// Name in studies and tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bbp => "bbp",
            Self::At => "at",
            Self::Fold => "fold",
            Self::Jump => "jump",
            Self::Onset => "onset",
            Self::End => "end",
        }
    }

    /// Whether the branch has to be followed to its end.
    fn needs_whole_branch(self) -> bool {
        !matches!(self, Self::Bbp | Self::At)
    }
}

/// Which boundary: one that is known by its name, or one that a study of a potential declares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum BoundaryName {
    /// Of state evolution.
    Known(BoundaryKind),
    /// Of a potential.
    Declared(String),
}

impl BoundaryName {
    /// Name in studies and tables.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(kind) => kind.name(),
            Self::Declared(name) => name,
        }
    }
}

/// One boundary as recorded: a number with its interval, or the reason why there is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordedBoundary {
    /// Which one.
    pub kind: BoundaryName,
    /// Value on the vertical axis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// Interval in which it lies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<[f64; 2]>,
    /// What vanishes there, recomputed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub residual: Option<f64>,
    /// Why there is no number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether that reason is a property of the solution, and no failure.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub absent: bool,
}

/// The boundaries at one value of the horizontal axis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BoundaryEntry {
    /// Position among the values.
    pub position: u64,
    /// The value.
    pub x: f64,
    /// What was found.
    pub boundaries: Vec<RecordedBoundary>,
}

impl RecordedBoundary {
    /// The record of a boundary.
    pub(super) fn new(kind: BoundaryName, located: &Located) -> Self {
        match located {
            Ok(boundary) => Self {
                kind,
                value: Some(boundary.value),
                interval: Some(boundary.interval),
                residual: boundary.residual,
                reason: None,
                absent: false,
            },
            Err(failure) => Self {
                kind,
                value: None,
                interval: None,
                residual: None,
                reason: Some(failure.to_string()),
                absent: failure.is_absence(),
            },
        }
    }
}

/// Values of the horizontal axis at which boundaries are located.
///
/// # Errors
/// As [`Grid::values`].
pub fn positions(study: &DiagramStudy) -> Result<Vec<f64>> {
    if study.boundary_names().is_empty() {
        return Ok(Vec::new());
    }
    let axis = AxisSpec {
        points: study.boundary_points.unwrap_or(POINTS),
        ..study.x.clone()
    };
    study.values_of(&axis, "x", 0)
}

/// Width to which boundaries along an axis are located.
pub(super) fn width(axis: &AxisSpec) -> f64 {
    WIDTH * axis.to.abs().max(axis.from.abs())
}

/// Locates the study's boundaries at a value of the horizontal axis.
///
/// # Errors
/// A point without a model.
pub fn locate(
    study: &DiagramStudy,
    models: &Models,
    settings: &FixedPointSettings,
    position: u64,
    x: f64,
) -> Result<BoundaryEntry> {
    let range = [study.y.from, study.y.to];
    let width = width(&study.y);
    let path = |y: f64| models.at(x, y);
    let followed = study
        .boundaries
        .iter()
        .any(|kind| *kind != BoundaryKind::Bbp);
    let whole = study
        .boundaries
        .iter()
        .any(|kind| kind.needs_whole_branch());
    let found = if followed {
        Some(boundaries(&path, range, width, whole, settings)?)
    } else {
        None
    };
    let mut recorded = Vec::new();
    for &kind in &study.boundaries {
        let located = match (kind, &found) {
            (BoundaryKind::Bbp, _) => bbp_boundary(&path, range, width)?,
            (BoundaryKind::At, Some(found)) => found.at.clone(),
            (BoundaryKind::Fold, Some(found)) => found.fold.clone(),
            (BoundaryKind::Jump, Some(found)) => found.jump.clone(),
            (BoundaryKind::Onset, Some(found)) => found.onset.clone(),
            (BoundaryKind::End, Some(found)) => found.end.clone(),
            (_, None) => Err(NotLocated::NotAsked),
        };
        recorded.push(RecordedBoundary::new(BoundaryName::Known(kind), &located));
    }
    Ok(BoundaryEntry {
        position,
        x,
        boundaries: recorded,
    })
}
