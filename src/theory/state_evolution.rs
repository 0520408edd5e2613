//! State evolution of AMP-RBM: the exact high-dimensional limit of every iteration
//! (theory.md section 3; XKZ Theorem 2).

use super::moments::{Moments, Request};
use super::preactivation::{PreActivation, fixed};
use super::unknowns::Shape;
use super::{quasi_monte_carlo, tensor};
use crate::model::Model;
use crate::numerics::symmetric::{largest_eigenvalue, smallest_eigenvalue};
use crate::numerics::{Matrix, rows};
use crate::order_parameters::OrderParameters;
use crate::prior_step::{PriorStep, prior_step};
use crate::proximal::Proximal;
use nalgebra::{DMatrix, DVector};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Largest error of the total probability on a tensor grid, whose coarsest level is good to about
/// 1e-8.
const TENSOR_MASS: f64 = 1e-4;

/// The same for one randomisation of the quasi-Monte-Carlo rule.
const SAMPLED_MASS: f64 = 0.1;

/// State of AMP-RBM in the high-dimensional limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct State {
    /// Overlaps `M`, `Q`.
    #[serde(flatten)]
    pub order: OrderParameters,
    /// Proximal parameter `V` (`k × k`), symmetric.
    #[serde(with = "rows")]
    #[schemars(with = "Vec<Vec<f64>>")]
    pub v: Matrix,
}

/// One step of state evolution.
#[derive(Debug, Clone)]
pub struct Step {
    /// New overlaps.
    pub order: OrderParameters,
    /// `K = (2α∇η2(Q') − C)^{-1}`, the divergence of the step; equals `V` at a fixed point.
    pub k: Matrix,
    /// Expectations that the step was made of.
    pub moments: Moments,
}

/// How an iterate left the region in which the theory is defined.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "departure", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Departure {
    /// The proximal map is no longer invertible.
    #[error(
        "the proximal parameter reached λ_max(V)·sup D = {value:.6}, at or beyond the limit 1: no replica-symmetric solution was found from here (expected for units ±1 at alpha ≤ 1, and for weak signals)"
    )]
    Proximal {
        /// `λ_max(V) · sup D`.
        value: f64,
    },
    /// The implicit prior step has no positive-definite root.
    #[error(
        "the prior step has no root with 2α∇η2(Q) − C positive definite (expected for weak signals; elsewhere choose another start)"
    )]
    PriorStep,
    /// `Q` is not positive definite.
    #[error(
        "the self-overlap Q is not positive definite (two units became parallel, or one vanished)"
    )]
    SelfOverlap,
    /// The quadrature met a node at which `I − V D` is not positive, or needs too many nodes.
    #[error("the quadrature needs more than {nodes} nodes, or I − V D is not positive at one")]
    Quadrature {
        /// Number of nodes allowed.
        nodes: usize,
    },
    /// The nodes don't carry the whole probability.
    #[error(
        "the quadrature's nodes miss the total probability by {lost:.1e}: raise --log2-points, or choose a start nearer to the solution"
    )]
    Mass {
        /// Difference of the total from 1.
        lost: f64,
    },
}

impl Departure {
    /// Whether the theory may be defined there, and only the quadrature does not reach.
    pub fn is_of_quadrature(&self) -> bool {
        matches!(self, Self::Quadrature { .. } | Self::Mass { .. })
    }
}

/// How expectations over a pre-activation are computed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "rule", rename_all = "kebab-case")]
pub enum Quadrature {
    /// Tensor trapezoid rule in the proximal coordinate; each level divides the spacing by √2.
    Tensor {
        /// Refinement level.
        level: u32,
        /// Cap on the number of nodes.
        max_nodes: usize,
    },
    /// Randomised quasi-Monte Carlo: the mean over independent scramblings.
    QuasiMonteCarlo {
        /// Binary logarithm of the points of one scrambling, at most 16.
        log2_points: u32,
        /// Number of independent scramblings, at least 2.
        randomisations: u32,
        /// First scrambling, counted from 0: the others follow.
        first: u32,
        /// Seed of the scramblings.
        seed: u32,
    },
}

impl Quadrature {
    /// Another one, for an estimate of the error: one level coarser, or with other scramblings.
    pub fn other(self) -> Self {
        match self {
            Self::Tensor { level, max_nodes } => Self::Tensor {
                level: level.saturating_sub(1),
                max_nodes,
            },
            Self::QuasiMonteCarlo {
                log2_points,
                randomisations,
                first,
                seed,
            } => Self::QuasiMonteCarlo {
                log2_points,
                randomisations,
                first: first + randomisations,
                seed,
            },
        }
    }

    /// The same quadrature with only its scrambling of this number.
    pub(super) fn randomisation(self, index: u32) -> Self {
        match self {
            Self::Tensor { .. } => self,
            Self::QuasiMonteCarlo {
                log2_points,
                first,
                seed,
                ..
            } => Self::QuasiMonteCarlo {
                log2_points,
                randomisations: 1,
                first: first + index,
                seed,
            },
        }
    }
}

/// State evolution of one model under one quadrature.
#[derive(Debug, Clone, Copy)]
pub struct StateEvolution<'a> {
    /// The model.
    pub model: &'a Model,
    /// The quadrature.
    pub quadrature: Quadrature,
}

/// States of AMP along its iterations.
#[derive(Debug, Clone)]
pub struct Trajectory {
    /// States, the start first.
    pub states: Vec<State>,
    /// Why the trajectory is shorter than asked for, if it is.
    pub departure: Option<Departure>,
}

impl StateEvolution<'_> {
    /// One step from `state` (theory.md section 3): `S = R R^T + α E[g g^T]`, `Q' = K S K`,
    /// `K = (2α∇η2(Q') − α E[∂g])^{-1}`, `M' = (K R)^T`, `R = α E[g u*^T] Λ`.
    ///
    /// # Errors
    /// The [`Departure`] where the step is not defined.
    pub fn step(&self, state: &State) -> Result<Step, Departure> {
        let all = self.expectations(state, Request::Step)?;
        self.finish(state, mean(all))
    }

    /// The derivative of `(M, Q, V) ↦ (M', Q', K)` at `state`, with the step: expectations of both
    /// come from the same nodes (see `slopes.rs`). Unknowns in the order of their packing: `M`
    /// column by column, then the lower triangles of `Q` and of `V`. With the tensor rule it is the
    /// derivative of what [`StateEvolution::step`] computes up to the quadrature's error, with
    /// quasi-Monte Carlo another estimate of the same limit.
    ///
    /// # Errors
    /// As [`StateEvolution::step`].
    pub(super) fn linearised(&self, state: &State) -> Result<(Step, DMatrix<f64>), Departure> {
        let mut moments = mean(self.expectations(state, Request::Slopes)?);
        let Some(slopes) = moments.slopes.take() else {
            unreachable!("slopes were asked for")
        };
        let step = self.finish(state, moments)?;
        let (model, alpha) = (self.model, self.model.alpha());
        let r = self.drive(&step.moments.gu);
        let r_transpose = r.transpose();
        let changes = slopes.changes(model);
        let drives: Vec<Matrix> = changes.iter().map(|own| self.drive(&own.gu)).collect();
        let causes = changes.iter().zip(&drives).map(|(change, drive)| {
            let moved = drive * &r_transpose;
            let s = |a, b| moved[(a, b)] + moved[(b, a)] + alpha * change.gg[(a, b)];
            let s = Matrix::from_fn(model.units(), model.units(), s);
            (s, &change.dg * alpha)
        });
        let solved = PriorStep {
            q: step.order.q.clone(),
            k: step.k.clone(),
        };
        let solved = solved
            .changes(model.hidden(), alpha, causes)
            .ok_or(Departure::PriorStep)?;
        let shape = Shape::of(model);
        let columns = drives.iter().zip(solved).map(|(drive, solved)| {
            // M = R^T K.
            let mut m = r.tr_mul(&solved.k);
            m.gemm_tr(1.0, drive, &step.k, 1.0);
            shape.pack(&OrderParameters { m, q: solved.q }, &solved.k)
        });
        let columns: Vec<DVector<f64>> = columns.collect();
        Ok((step, DMatrix::from_columns(&columns)))
    }

    /// The step of each randomisation alone (one for the tensor rule): their spread is the
    /// quadrature's standard error.
    ///
    /// # Errors
    /// As [`StateEvolution::step`].
    pub fn steps_by_randomisation(&self, state: &State) -> Result<Vec<Step>, Departure> {
        let all = self.expectations(state, Request::Step)?;
        all.into_iter()
            .map(|moments| self.finish(state, moments))
            .collect()
    }

    /// Expectations with those of replicon and objective, for each randomisation.
    ///
    /// # Errors
    /// As [`StateEvolution::step`].
    pub fn stability_moments(&self, state: &State) -> Result<Vec<Moments>, Departure> {
        self.expectations(state, Request::Stability)
    }

    /// Expectations of a step with the mean posterior of the hidden states, over all randomisations.
    /// Here `V` need not be symmetric: `z` is what a step gives that is no gradient's.
    ///
    /// # Errors
    /// As [`StateEvolution::step`].
    pub(crate) fn posterior_moments(&self, state: &State) -> Result<Moments, Departure> {
        Ok(mean(self.expectations(state, Request::Posterior)?))
    }

    /// Those of one randomisation alone, which the tensor rule has one of.
    ///
    /// # Errors
    /// As [`StateEvolution::step`].
    pub(super) fn stability_moments_of(
        &self,
        state: &State,
        randomisation: usize,
    ) -> Result<Moments, Departure> {
        let one = Self {
            quadrature: self.quadrature.randomisation(randomisation as u32),
            ..*self
        };
        Ok(mean(one.expectations(state, Request::Stability)?))
    }

    /// The trajectory of `steps` iterations from `start` with `V_0 = 0`.
    pub fn trajectory(
        &self,
        start: OrderParameters,
        proximal: Proximal,
        steps: usize,
    ) -> Trajectory {
        let units = self.model.units();
        let mut states = vec![State {
            order: start,
            v: Matrix::zeros(units, units),
        }];
        for _ in 0..steps {
            let state = &states[states.len() - 1];
            match self.step(state) {
                Ok(step) => {
                    let v = proximal.next(self.model.hidden(), &state.v, &step.k);
                    states.push(State {
                        order: step.order,
                        v,
                    });
                }
                Err(departure) => {
                    return Trajectory {
                        states,
                        departure: Some(departure),
                    };
                }
            }
        }
        Trajectory {
            states,
            departure: None,
        }
    }

    /// `R = α E[g u*^T] Λ` of `E[g u*^T]`, or of a change of it.
    fn drive(&self, gu: &Matrix) -> Matrix {
        let mut drive = gu.clone();
        for (mut column, lambda) in drive.column_iter_mut().zip(self.model.lambda()) {
            column *= lambda * self.model.alpha();
        }
        drive
    }

    fn finish(&self, state: &State, moments: Moments) -> Result<Step, Departure> {
        let alpha = self.model.alpha();
        let r = self.drive(&moments.gu);
        let mut s = &moments.gg * alpha;
        s.gemm(1.0, &r, &r.transpose(), 1.0);
        let c = &moments.dg * alpha;
        let solved = prior_step(self.model.hidden(), alpha, &s, &c, &state.order.q)
            .ok_or(Departure::PriorStep)?;
        Ok(Step {
            order: OrderParameters {
                m: r.tr_mul(&solved.k),
                q: solved.q,
            },
            k: solved.k,
            moments,
        })
    }

    pub(super) fn expectations(
        &self,
        state: &State,
        request: Request,
    ) -> Result<Vec<Moments>, Departure> {
        let value = self.model.hidden().covariance_bound() * largest_eigenvalue(&state.v);
        if value >= 1.0 || value.is_nan() {
            return Err(Departure::Proximal { value });
        }
        let smallest = smallest_eigenvalue(&state.order.q);
        if smallest <= 0.0 || smallest.is_nan() {
            return Err(Departure::SelfOverlap);
        }
        crate::with_units!(self.model.units(), K => self.integrate::<K>(state, request))
    }

    fn integrate<const K: usize>(
        &self,
        state: &State,
        request: Request,
    ) -> Result<Vec<Moments>, Departure> {
        let hidden = self.model.hidden();
        let law =
            PreActivation::<K>::new(self.model, &state.order).ok_or(Departure::SelfOverlap)?;
        let v = fixed::<K>(&state.v).ok_or(Departure::Proximal { value: f64::NAN })?;
        let (moments, nodes, tolerance) = match self.quadrature {
            Quadrature::Tensor { level, max_nodes } => {
                // A posterior is not even in z.
                let odd = self.model.is_odd() && request != Request::Posterior;
                let sums = tensor::moments(hidden, &law, &v, odd, level, max_nodes, request);
                (sums.map(|sums| vec![sums]), max_nodes, TENSOR_MASS)
            }
            Quadrature::QuasiMonteCarlo {
                log2_points,
                randomisations,
                first,
                seed,
            } => {
                let one = |index: u32| {
                    let seed = seed.wrapping_mul(0x9e37_79b9).wrapping_add(index);
                    quasi_monte_carlo::moments(hidden, &law, &v, log2_points, seed, request)
                };
                let sums = (first..first + randomisations)
                    .map(one)
                    .collect::<Option<Vec<_>>>();
                (sums, 1 << log2_points, SAMPLED_MASS)
            }
        };
        let moments = moments.ok_or(Departure::Quadrature { nodes })?;
        let lost = moments
            .iter()
            .map(|sums| (sums.mass - 1.0).abs())
            .fold(0.0, f64::max);
        if lost > tolerance {
            return Err(Departure::Mass { lost });
        }
        Ok(moments)
    }
}

/// Mean over randomisations.
pub(super) fn mean(all: Vec<Moments>) -> Moments {
    let count = all.len() as f64;
    let mut moments = all.into_iter();
    let Some(mut total) = moments.next() else {
        unreachable!("a quadrature has at least one randomisation")
    };
    for next in moments {
        total.mass += next.mass;
        total.gg += next.gg;
        total.gu += next.gu;
        total.dg += next.dg;
        total.nodes += next.nodes;
        if let (Some(a), Some(b)) = (&mut total.slopes, &next.slopes) {
            a.add(b);
        }
        for (a, b) in total.posterior.iter_mut().zip(&next.posterior) {
            *a += b;
        }
        if let (Some(a), Some(b)) = (&mut total.stability, next.stability) {
            a.dg_dg += b.dg_dg;
            a.log_mgf += b.log_mgf;
        }
    }
    total.mass /= count;
    total.gg /= count;
    total.gu /= count;
    total.dg /= count;
    for share in &mut total.posterior {
        *share /= count;
    }
    if let Some(slopes) = &mut total.slopes {
        slopes.scale(1.0 / count);
    }
    if let Some(stability) = &mut total.stability {
        stability.dg_dg /= count;
        stability.log_mgf /= count;
    }
    total
}
