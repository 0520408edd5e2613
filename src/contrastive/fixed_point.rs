//! The replica-symmetric fixed point of contrastive divergence (theory.md section 11).
//!
//! Learning stops where `X^T f(XW/√d)/√d = α W H`. Its state evolution is that of the objective
//! with `αH` in place of `2α∇η2(Q)`. `H` need not be symmetric, and with it `K`, written here for
//! column vectors of the units:
//!
//! ```text
//! K = (αH^T − αE[∂g])^{-1},   Q = K S K^T,   M = (K R)^T,   ω = z − K f(z)
//! ```
//!
//! It is followed from the fixed point of the objective, as `H` goes from `⟨h h^T⟩_Q` to its own.

use super::chain::{Chain, listed};
use crate::error::Result;
use crate::model::Model;
use crate::numerics::newton::{NewtonSettings, System, find_root};
use crate::numerics::symmetric::{pack, packed_len, unpack};
use crate::numerics::{Matrix, rows};
use crate::order_parameters::OrderParameters;
use crate::theory::{FixedPoint, FixedPointSettings, State, StateEvolution};
use nalgebra::DVector;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Residual, relative to the largest unknown where that exceeds 1, at which a point counts as
/// found.
const TOLERANCE: f64 = 1e-10;

/// Largest difference between two levels of quadrature, in the same sense.
const QUADRATURE: f64 = 1e-9;

/// Parts of the way from one `H` to the other: the first step, and the smallest.
const STRIDES: (f64, f64) = (0.5, 1e-3);

/// Levels of refinement that are tried.
const LEVELS: u32 = 12;

/// A fixed point of contrastive divergence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContrastivePoint {
    /// Overlaps `M`, `Q`.
    #[serde(flatten)]
    pub order: OrderParameters,
    /// `K = (αH^T − αE[∂g])^{-1}` (k×k).
    #[serde(with = "rows")]
    #[schemars(with = "Vec<Vec<f64>>")]
    pub k: Matrix,
    /// The mean negative phase `H` (k×k).
    #[serde(with = "rows")]
    #[schemars(with = "Vec<Vec<f64>>")]
    pub negative_phase: Matrix,
    /// Largest residual of the equations, relative to the largest unknown where that exceeds 1.
    pub residual: f64,
    /// Difference of the unknowns from the next coarser quadrature, in the same sense.
    pub quadrature_error: f64,
}

/// How the search for it ended.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ContrastiveOutcome {
    /// Residual and quadrature are within their tolerances.
    Converged,
    /// The fixed point was lost on the way from that of the objective.
    Lost {
        /// The part of the way that was gone.
        part: f64,
    },
    /// It was found, but quadrature could not be refined to its tolerance.
    QuadratureLimit {
        /// Difference of two levels.
        error: f64,
    },
}

impl ContrastiveOutcome {
    /// Name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Converged => "converged",
            Self::Lost { .. } => "lost",
            Self::QuadratureLimit { .. } => "quadrature-limit",
        }
    }

    /// One sentence for the user.
    pub fn explanation(self) -> String {
        match self {
            Self::Converged => "residual and quadrature error are within their tolerances".into(),
            Self::Lost { part } => format!(
                "the fixed point was lost at {part:.3} of the way from that of the objective: take more steps of the chain, or a stronger signal"
            ),
            Self::QuadratureLimit { error } => {
                format!("quadrature could not be refined below {error:.1e}: raise --max-nodes")
            }
        }
    }
}

/// A search with its end.
#[derive(Debug, Clone, PartialEq)]
pub struct ContrastiveSolution {
    outcome: ContrastiveOutcome,
    point: Option<ContrastivePoint>,
}

impl ContrastiveSolution {
    /// How the search ended.
    pub fn outcome(&self) -> ContrastiveOutcome {
        self.outcome
    }

    /// The fixed point.
    ///
    /// # Errors
    /// How the search ended, where there is none.
    pub fn point(&self) -> std::result::Result<&ContrastivePoint, ContrastiveOutcome> {
        self.point.as_ref().ok_or(self.outcome)
    }
}

/// Follows the fixed point of `chain` from that of the objective, `exact`, for models of up to 3
/// hidden units whose states can be listed.
///
/// # Errors
/// Bad settings, a point of another shape, or whatever [`Chain::negative_phase`] refuses; how the
/// search ends is part of the answer.
pub fn fixed_point(
    model: &Model,
    exact: &FixedPoint,
    chain: &Chain,
    settings: &FixedPointSettings,
) -> Result<ContrastiveSolution> {
    settings.validate()?;
    chain.validate()?;
    listed(model.hidden())?;
    exact.order.require_shape(model.signals(), model.units())?;
    let mut search = Search {
        model,
        chain,
        settings,
        level: 0,
        part: 1.0,
    };
    let first = search.pack(&exact.order, &exact.k);
    Ok(match search.follow(first) {
        Ok(x) => search.refine(x),
        Err(part) => ContrastiveSolution {
            outcome: ContrastiveOutcome::Lost { part },
            point: None,
        },
    })
}

/// The equations at one level of quadrature and one part of the way.
struct Search<'a> {
    model: &'a Model,
    chain: &'a Chain,
    settings: &'a FixedPointSettings,
    level: u32,
    part: f64,
}

/// What the unknowns lead to.
struct Image {
    order: OrderParameters,
    k: Matrix,
    negative_phase: Matrix,
}

impl Search<'_> {
    fn pack(&self, order: &OrderParameters, k: &Matrix) -> DVector<f64> {
        let mut entries = order.m.as_slice().to_vec();
        pack(&order.q, &mut entries);
        entries.extend_from_slice(k.as_slice());
        DVector::from_vec(entries)
    }

    fn unpack(&self, x: &DVector<f64>) -> State {
        let (signals, units) = (self.model.signals(), self.model.units());
        let (m, rest) = x.as_slice().split_at(signals * units);
        let (q, k) = rest.split_at(packed_len(units));
        State {
            order: OrderParameters {
                m: Matrix::from_column_slice(signals, units, m),
                q: unpack(q, units),
            },
            v: Matrix::from_column_slice(units, units, k),
        }
    }

    /// `None` outside of the domain of the equations.
    fn image(&self, state: &State) -> Option<Image> {
        let (model, units) = (self.model, self.model.units());
        let evolution = StateEvolution {
            model,
            quadrature: self.settings.quadrature(units, self.level),
        };
        let moments = evolution.posterior_moments(state).ok()?;
        let q = &state.order.q;
        let chained = self.chain.mean(model.hidden(), q, &moments.posterior)?;
        let exact = model.hidden().pair_function(q)?;
        let negative_phase = chained * self.part + exact.second_moment() * (1.0 - self.part);
        let alpha = model.alpha();
        let k = ((negative_phase.transpose() - &moments.dg) * alpha).try_inverse()?;
        let r = &moments.gu * model.lambda_matrix() * alpha;
        let s = &r * r.transpose() + &moments.gg * alpha;
        Some(Image {
            order: OrderParameters {
                m: (&k * r).transpose(),
                q: &k * s * k.transpose(),
            },
            k,
            negative_phase,
        })
    }

    /// The root near `x` on the present part of the way; `None` where there is none.
    fn root(&self, x: DVector<f64>) -> Option<DVector<f64>> {
        let scale = x.amax().max(1.0);
        let settings = NewtonSettings {
            target: 0.01 * TOLERANCE * scale,
            max_steps: 20,
        };
        let stop = find_root(self, x, settings)?;
        (stop.residual <= TOLERANCE * scale).then_some(stop.x)
    }

    /// Goes from the one `H` to the other; the part of the way gone, where the root is lost.
    fn follow(&mut self, mut x: DVector<f64>) -> std::result::Result<DVector<f64>, f64> {
        let (mut done, mut stride) = (0.0, STRIDES.0);
        while done < 1.0 {
            self.part = f64::min(done + stride, 1.0);
            match self.root(x.clone()) {
                // A root far away is another branch's.
                Some(next) if (&next - &x).amax() <= 0.5 * x.amax().max(1.0) => {
                    x = next;
                    done = self.part;
                }
                _ if stride > STRIDES.1 => stride *= 0.5,
                _ => return Err(done),
            }
        }
        Ok(x)
    }

    /// Refines the quadrature until the root stays where it is.
    fn refine(&mut self, mut x: DVector<f64>) -> ContrastiveSolution {
        let limit = |error| ContrastiveSolution {
            outcome: ContrastiveOutcome::QuadratureLimit { error },
            point: None,
        };
        let mut error = f64::INFINITY;
        while self.level < LEVELS {
            self.level += 1;
            let Some(next) = self.root(x.clone()) else {
                return limit(error);
            };
            let scale = next.amax().max(1.0);
            error = (&next - &x).amax() / scale;
            x = next;
            if error <= QUADRATURE {
                return self.finish(&x, error).unwrap_or_else(|| limit(error));
            }
        }
        limit(error)
    }

    fn finish(&self, x: &DVector<f64>, quadrature_error: f64) -> Option<ContrastiveSolution> {
        let state = self.unpack(x);
        let image = self.image(&state)?;
        let off = self.pack(&image.order, &image.k) - x;
        Some(ContrastiveSolution {
            outcome: ContrastiveOutcome::Converged,
            point: Some(ContrastivePoint {
                residual: off.amax() / x.amax().max(1.0),
                order: state.order,
                k: state.v,
                negative_phase: image.negative_phase,
                quadrature_error,
            }),
        })
    }
}

impl System for Search<'_> {
    fn residual(&self, x: &DVector<f64>) -> Option<DVector<f64>> {
        let image = self.image(&self.unpack(x))?;
        Some(self.pack(&image.order, &image.k) - x)
    }
}
