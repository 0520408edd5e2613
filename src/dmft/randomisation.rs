//! One randomisation of the dynamics, from the start to time `T`.

use super::adjoint::path_response;
use super::population::Population;
use super::settings::{DmftSettings, ResponseEstimator};
use super::start::DmftStart;
use super::trajectory::{DmftDeparture, DmftTrajectory};
use super::visible::Visible;
use crate::model::Model;
use crate::numerics::Matrix;
use crate::numerics::streams::Streams;
use crate::order_parameters::OrderParameters;
use nalgebra::{Cholesky, DVector, SVector};
use rayon::prelude::*;

/// What one step of the dynamics does: `W_{t+1} = W_t keep + A^T u_t gain`.
struct Update {
    keep: Matrix,
    gain: Matrix,
}

/// Whether a step is a power iteration or a gradient step.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Power,
    Gradient,
}

/// Runs the dynamics with the paths of `streams`. The model, start and settings are valid
/// ([`DmftSettings::validate`]).
pub(super) fn run(
    model: &Model,
    start: &DmftStart,
    settings: &DmftSettings,
    streams: Streams,
) -> DmftTrajectory {
    crate::with_units!(model.units(), K => Randomisation::new(model, start, settings, streams).run::<K>())
}

struct Randomisation<'a> {
    model: &'a Model,
    start: &'a DmftStart,
    settings: &'a DmftSettings,
    population: Population,
    visible: Option<Visible>,
    /// `B_ts` for `s < t`, `[t][s]`, where the response is computed.
    memory: Vec<Vec<Matrix>>,
    /// `C_ts` for `s ≤ t`.
    response: Vec<Vec<Matrix>>,
    /// Coefficients of each `u_t` in the orthonormal directions of the n side, k columns.
    coefficients: Vec<Matrix>,
    /// Signals that no weight overlaps with at the start. If signals are independent, `h_t` is
    /// independent of them at all finite times and their part of `R_t` vanishes; sampling noise in
    /// it would grow, because `M = 0` is unstable.
    silent: Vec<usize>,
    result: DmftTrajectory,
}

impl<'a> Randomisation<'a> {
    fn new(
        model: &'a Model,
        start: &'a DmftStart,
        settings: &'a DmftSettings,
        streams: Streams,
    ) -> Self {
        let times = settings.steps + start.power + 1;
        Self {
            model,
            start,
            settings,
            population: Population::new(model, settings, streams),
            visible: Visible::new(model.alpha(), start, times, settings.rank_tolerance),
            memory: vec![Vec::new()],
            response: Vec::new(),
            coefficients: Vec::new(),
            silent: silent_signals(model, start),
            result: DmftTrajectory::default(),
        }
    }

    fn run<const K: usize>(mut self) -> DmftTrajectory {
        let total = self.settings.steps + self.start.power;
        for time in 0..=total {
            if let Err(departure) = self.time::<K>(time, time == total) {
                self.result.departure = Some(departure);
                break;
            }
        }
        self.result
    }

    fn phase(&self, time: usize) -> Phase {
        if time < self.start.power {
            Phase::Power
        } else {
            Phase::Gradient
        }
    }

    /// One time: observe `W_t`, sample `u_t`, and step on unless this is the last time.
    fn time<const K: usize>(&mut self, time: usize, last: bool) -> Result<(), DmftDeparture> {
        let Some(mut visible) = self.visible.take() else {
            return Err(DmftDeparture::NotFinite { time: 0 });
        };
        let outcome = self.time_on::<K>(&mut visible, time, last);
        self.visible = Some(visible);
        outcome
    }

    fn time_on<const K: usize>(
        &mut self,
        visible: &mut Visible,
        time: usize,
        last: bool,
    ) -> Result<(), DmftDeparture> {
        let phase = self.phase(time);
        let order = visible.order();
        // In gradient time; power iterations are before it.
        let shown = time.saturating_sub(self.start.power);
        if order.m.iter().chain(order.q.iter()).any(|x| !x.is_finite()) {
            return Err(DmftDeparture::NotFinite { time: shown });
        }
        let pair = self.model.hidden().pair_function(&order.q);
        if phase == Phase::Gradient {
            if pair.is_none() {
                return Err(DmftDeparture::LeftDomain { time: shown });
            }
            let correlations = (self.start.power..=time)
                .map(|s| visible.correlation(s))
                .collect();
            self.result.observe(order.clone(), correlations);
        }
        let response_by_path = self.settings.estimator == ResponseEstimator::Path;
        self.set_fields(visible, &order, time);
        self.respond::<K>(phase);
        if self.settings.keeps_slopes() {
            self.keep_response::<K>(time);
        }
        let r = self.signal_response();
        let (coefficients, overlaps) = self.population.add_directions();
        for overlaps in &overlaps {
            visible.add_image(overlaps);
        }
        self.observe_field(&coefficients, phase)
            .ok_or(DmftDeparture::NotFinite { time: shown })?;
        if last {
            return Ok(());
        }
        let force = if response_by_path {
            visible.force_of_response(&r, &coefficients, &self.response[time])
        } else {
            visible.force(&r, &coefficients)
        };
        let departure = match phase {
            Phase::Power => DmftDeparture::LostDirection { time: 0 },
            Phase::Gradient => DmftDeparture::NotFinite { time: shown + 1 },
        };
        let update = self.update(&order, &force, phase).ok_or(departure)?;
        let moved = visible.advance(&force, &update.keep, &update.gain);
        if phase == Phase::Gradient {
            self.result.moves.push(moved);
        }
        if self.settings.keeps_slopes() {
            self.extend_memory(time, &update);
        }
        Ok(())
    }

    /// Sets the pre-activations of all paths: the fields of the directions that are new at this
    /// time, then the signals and the memory.
    fn set_fields(&mut self, visible: &mut Visible, order: &OrderParameters, time: usize) {
        let response_by_path = self.settings.estimator == ResponseEstimator::Path;
        let (factor, new) = visible.resolve();
        for direction in visible.directions() - new..visible.directions() {
            let memory = if response_by_path {
                DVector::zeros(0)
            } else {
                visible.memory(direction)
            };
            self.population.add_field(&memory);
        }
        self.population
            .set_preactivations(&(self.model.lambda_matrix() * &order.m), &factor);
        if response_by_path && time > 0 {
            let stacked = stack(&self.memory[time]);
            self.population.add_memory(&stacked);
        }
    }

    /// Keeps `C_ts` of this time and all earlier ones, by the chain rule along the paths.
    fn keep_response<const K: usize>(&mut self, time: usize) {
        let alpha = self.model.alpha();
        let response = path_response::<K>(&self.population, &self.memory, time);
        self.response
            .push(response.into_iter().map(|c| c * alpha).collect());
    }

    /// `α E[u_t u*^T] Λ`, exactly zero for signals that stay without overlap.
    fn signal_response(&self) -> Matrix {
        let correlation = self.population.signal_correlation();
        let mut r = correlation * self.model.lambda_matrix() * self.model.alpha();
        for &signal in &self.silent {
            r.column_mut(signal).fill(0.0);
        }
        r
    }

    /// Replaces the pre-activations by `u_t = f(h_t)`, or `h_t` itself in a power iteration, and
    /// keeps what later times need.
    fn respond<const K: usize>(&mut self, phase: Phase) {
        let hidden = self.model.hidden();
        let slopes = self.settings.keeps_slopes();
        let means = self.settings.estimator == ResponseEstimator::Path;
        self.population.blocks.par_iter_mut().for_each(|block| {
            let paths = block.current.nrows();
            let mut derivative = vec![0.0; if slopes { K * K * paths } else { 0 }];
            for path in 0..paths {
                let mut covariance = nalgebra::SMatrix::<f64, K, K>::identity();
                if phase == Phase::Gradient {
                    let z = SVector::<f64, K>::from_fn(|a, _| block.current[(path, a)]);
                    let response = hidden.response(&z);
                    for a in 0..K {
                        block.current[(path, a)] = response.mean[a];
                    }
                    covariance = response.covariance;
                }
                if slopes {
                    for (entry, value) in covariance.iter().enumerate() {
                        derivative[entry * paths + path] = *value;
                    }
                }
            }
            block.slopes.push(&derivative);
            if means {
                block.means.push(block.current.as_slice());
            }
        });
    }

    /// `Σ_ts = α E[u_t u_s^T]`, from the coefficients in the orthonormal directions, and `C_ts`.
    /// `None` where one of them is not finite.
    fn observe_field(&mut self, coefficients: &[DVector<f64>], phase: Phase) -> Option<()> {
        let height = coefficients.iter().map(DVector::len).max().unwrap_or(0);
        let own = Matrix::from_fn(height, coefficients.len(), |row, column| {
            coefficients[column].get(row).copied().unwrap_or(0.0)
        });
        self.coefficients.push(own);
        if phase == Phase::Power {
            return Some(());
        }
        let first = self.start.power;
        let own = &self.coefficients[self.coefficients.len() - 1];
        let alpha = self.model.alpha();
        let correlations: Vec<Matrix> = self.coefficients[first..]
            .iter()
            .map(|other| own.rows(0, other.nrows()).tr_mul(other) * alpha)
            .collect();
        let from_power = |all: &Vec<Matrix>| all[first..].to_vec();
        let response = self.response.last().map(from_power);
        let memory = self
            .settings
            .keeps_slopes()
            .then(|| from_power(&self.memory[self.memory.len() - 1]));
        let all = [Some(&correlations), memory.as_ref(), response.as_ref()];
        let finite = |matrix: &Matrix| matrix.iter().all(|entry| entry.is_finite());
        if !all.into_iter().flatten().flatten().all(finite) {
            return None;
        }
        self.result.observe_field(correlations, memory, response);
        Some(())
    }

    fn update(&self, order: &OrderParameters, force: &Matrix, phase: Phase) -> Option<Update> {
        let units = self.model.units();
        let identity = Matrix::identity(units, units);
        match phase {
            Phase::Gradient => {
                let pair = self.model.hidden().pair_function(&order.q)?;
                let decay = pair.second_moment() * (self.model.alpha() * self.settings.step);
                Some(Update {
                    keep: &identity - decay,
                    gain: identity * self.settings.step,
                })
            }
            Phase::Power => {
                let factor = Cholesky::new(force.tr_mul(force))?.l();
                let inverse = factor.transpose().try_inverse()?;
                Some(Update {
                    keep: Matrix::zeros(units, units),
                    gain: inverse * self.model.starting_overlap().sqrt(),
                })
            }
        }
    }

    /// `B_{t+1,s} = keep^T B_ts + gain^T (δ_ts I + Σ_{s'} C_ts' B_s's)` (theory.md section 5).
    fn extend_memory(&mut self, t: usize, update: &Update) {
        let units = self.model.units();
        let (keep, gain) = (update.keep.transpose(), update.gain.transpose());
        let next = (0..=t)
            .map(|s| {
                let mut driven = if s == t {
                    Matrix::identity(units, units)
                } else {
                    Matrix::zeros(units, units)
                };
                for later in s + 1..=t {
                    driven += &self.response[t][later] * &self.memory[later][s];
                }
                let mut own = &gain * driven;
                if s < t {
                    own += &keep * &self.memory[t][s];
                }
                own
            })
            .collect();
        self.memory.push(next);
    }
}

fn silent_signals(model: &Model, start: &DmftStart) -> Vec<usize> {
    let silent = |signal: &usize| start.order.m.row(*signal).iter().all(|entry| *entry == 0.0);
    if model.sample_signals().is_product() {
        (0..model.signals()).filter(silent).collect()
    } else {
        Vec::new()
    }
}

/// Transposed blocks, one under the other.
fn stack(blocks: &[Matrix]) -> Matrix {
    let k = blocks.first().map_or(0, Matrix::nrows);
    Matrix::from_fn(k * blocks.len(), k, |row, column| {
        blocks[row / k][(column, row % k)]
    })
}
