//! Results of a search for stationary points.

use crate::fixed_point::{Ending, Measured, Nature, nature};
use nalgebra::Complex;
use std::fmt;

/// How a search ended.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum PotentialOutcome {
    /// The residual is below its tolerance, and the quadrature error below its own.
    Converged,
    /// Newton's method stopped at a residual above the tolerance, where quadrature does not matter.
    NoRoot,
    /// The start lies outside of the domain of the order parameters, or the potential is not finite
    /// there.
    LeftDomain,
    /// Quadrature could not be refined to its tolerance.
    QuadratureLimit {
        /// Estimated error of the order parameters, or of `F` where no root was found on the finest
        /// grid; infinite where a grid has too many nodes.
        error: f64,
    },
    /// The scan of the domain ran out of evaluations: there may be further stationary points, near
    /// each other, that it did not tell apart.
    ScanIncomplete,
}

impl PotentialOutcome {
    /// The same without numbers, as it stands in tables, records and JSON.
    pub fn ending(self) -> Ending {
        match self {
            Self::Converged => Ending::Converged,
            Self::NoRoot => Ending::NoRoot,
            Self::LeftDomain => Ending::LeftDomain,
            Self::QuadratureLimit { .. } => Ending::QuadratureLimit,
            Self::ScanIncomplete => Ending::ScanIncomplete,
        }
    }

    /// Name of that ending.
    pub fn name(self) -> &'static str {
        self.ending().name()
    }

    /// One sentence for the user: what happened, and what to do.
    pub fn explanation(self) -> String {
        match self {
            Self::Converged => "converged".into(),
            Self::NoRoot => "Newton's method found no stationary point from here: add a start, or change the parameters".into(),
            Self::LeftDomain => "the start lies outside of the domain, or the potential is not finite there: change the start or the parameters".into(),
            Self::QuadratureLimit { error } if error.is_infinite() => {
                "the averages inside of each other need more nodes than there may be: nest fewer of them".into()
            }
            Self::QuadratureLimit { error } => {
                format!("quadrature error {error:.1e} stays above its tolerance: loosen --quadrature-tolerance")
            }
            Self::ScanIncomplete => "the scan of the domain ended early, so that near stationary points may be missing: add starts".into(),
        }
    }
}

impl fmt::Display for PotentialOutcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A stationary point that was found.
#[derive(Debug, Clone)]
pub struct SaddlePoint {
    /// Order parameters, in the order of the definition.
    pub x: Vec<f64>,
    /// `Φ` there.
    pub value: f64,
    /// Largest absolute entry of `F`, recomputed.
    pub residual: f64,
    /// Estimated error of the order parameters by quadrature.
    pub quadrature_error: f64,
    /// Eigenvalues of the stability matrix: of the saddle-point map's Jacobian where there are
    /// coupling terms, else of the Hessian of `Φ`.
    pub eigenvalues: Vec<Complex<f64>>,
    /// Spectral radius of the saddle-point map, where there are coupling terms; its iteration
    /// converges here if it is below 1.
    pub rate: Option<f64>,
    /// Estimated error of the rate by quadrature: its change to the next level.
    pub rate_error: Option<f64>,
    /// Largest real part of an eigenvalue of that map's Jacobian, where there are coupling terms:
    /// beyond 1 the point is a saddle, which every sufficiently damped iteration leaves.
    pub eigenvalue: Option<f64>,
    /// Its estimated error by quadrature: its change to the next level.
    pub eigenvalue_error: Option<f64>,
    /// Replicon, where the definition has one.
    pub replicon: Option<f64>,
    /// Estimated error of the replicon by quadrature: its change to the next level.
    pub replicon_error: Option<f64>,
    /// Observables by name; NaN where one is not defined.
    pub observables: Vec<(String, f64)>,
}

impl SaddlePoint {
    /// Whether the point is stable: eigenvalue and replicon, as far as the definition has them, are
    /// below 1 by more than their own errors. `None` if it has neither.
    pub fn is_stable(&self) -> Option<bool> {
        Some(self.nature()? == Nature::Stable)
    }

    /// What the point is, by eigenvalue and replicon; `None` if the definition has neither.
    pub fn nature(&self) -> Option<Nature> {
        let eigenvalue = Measured::of(self.eigenvalue, self.eigenvalue_error);
        nature(Measured::of(self.replicon, self.replicon_error), eigenvalue)
    }

    /// The place of the point among others (see [`Rank`]).
    pub(crate) fn rank(&self) -> Rank {
        Rank::new(self.nature(), self.eigenvalue, self.value)
    }

    /// Whether two points are the same up to signs of order parameters.
    pub fn agrees_with(&self, other: &Self) -> bool {
        let close = |(a, b): (&f64, &f64)| (a.abs() - b.abs()).abs() < 1e-7 * (1.0 + a.abs());
        (self.value - other.value).abs() < 1e-8 * (1.0 + self.value.abs())
            && self.x.iter().zip(&other.x).all(close)
    }
}

/// Which stationary point of a potential is the answer: the one with the largest `Φ` that is not a
/// saddle of the saddle-point map; where all are saddles, the one with the smallest eigenvalue. (By
/// `Φ` alone the whole spin glass would be a paramagnet.) The answer has the smallest rank.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub(crate) struct Rank(bool, f64);

impl Rank {
    pub fn new(nature: Option<Nature>, eigenvalue: Option<f64>, value: f64) -> Self {
        match (nature, eigenvalue) {
            (Some(Nature::Saddle), Some(eigenvalue)) => Self(true, eigenvalue),
            _ => Self(false, -value),
        }
    }
}

/// Result of the search from one start.
#[derive(Debug, Clone)]
pub struct Solution {
    /// Names of the starts that ended here.
    pub starts: Vec<String>,
    /// How the search ended.
    pub outcome: PotentialOutcome,
    /// Residual at the end (infinite where `F` is not defined).
    pub residual: f64,
    /// Evaluations of `F`.
    pub evaluations: u64,
    /// Refinement level of the quadrature at the end.
    pub level: u32,
    /// Quadrature nodes of one evaluation at that level; `None` where the search ended outside of
    /// the domain.
    pub nodes: Option<usize>,
    pub(super) point: Option<SaddlePoint>,
}

impl Solution {
    /// The stationary point.
    ///
    /// # Errors
    /// The outcome, where there is none.
    pub fn point(&self) -> Result<&SaddlePoint, PotentialOutcome> {
        self.point.as_ref().ok_or(self.outcome)
    }
}
