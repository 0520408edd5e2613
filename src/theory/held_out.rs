//! The likelihood of data that were not learnt from (theory.md section 10).

use super::decoupled::{decouples, pairing, unit_model};
use super::settings::FixedPointSettings;
use super::stability::standard_error;
use super::state_evolution::{Departure, State, StateEvolution, mean};
use crate::model::Model;
use crate::numerics::{Matrix, nullable};
use crate::order_parameters::OrderParameters;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Refinement levels of the quadrature.
const LEVELS: u32 = 12;

/// Rounding of a sum over the nodes, relative to it.
const ROUNDING: f64 = 256.0 * f64::EPSILON;

/// Log-likelihood of one fresh sample in the mean, less that of a model without weights.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HeldOut {
    /// `E η1(z) − η2(Q)`, `z = M^T Λ u* + N(0, Q)`: a fresh sample has no proximal map.
    pub log_likelihood: f64,
    /// Its estimated error, by quadrature.
    #[serde(with = "nullable")]
    #[schemars(with = "Option<f64>")]
    pub error: f64,
}

impl HeldOut {
    /// Of weights with these overlaps, whatever they were learnt from: `Z W/√d` of fresh noise is
    /// `N(0, Q)` given `W`, so that this holds for the effective objective at any size, at the
    /// overlaps that the weights have there; at those of a fixed point, for `d → ∞`.
    ///
    /// # Errors
    /// `Q` that is not positive definite or outside of the domain of `η2`, or a quadrature that
    /// does not reach.
    pub fn at(
        model: &Model,
        order: &OrderParameters,
        settings: &FixedPointSettings,
    ) -> Result<Self, Departure> {
        let state = State {
            order: order.clone(),
            v: Matrix::zeros(model.units(), model.units()),
        };
        let pairs = decouples(model).then(|| pairing(&state)).flatten();
        let Some(pairs) = pairs.filter(|pairs| pairs.len() > 1) else {
            return Self::joint(model, &state, settings);
        };
        // Units that share nothing: each is a scalar problem.
        let mut sum = Self {
            log_likelihood: 0.0,
            error: 0.0,
        };
        for (unit, signal) in pairs.into_iter().enumerate() {
            let Ok(one) = unit_model(model, signal) else {
                return Self::joint(model, &state, settings);
            };
            let m = signal.map_or(0.0, |signal| order.m[(signal, unit)]);
            let state = State {
                order: OrderParameters {
                    m: Matrix::from_element(1, 1, m),
                    q: Matrix::from_element(1, 1, order.q[(unit, unit)]),
                },
                v: Matrix::zeros(1, 1),
            };
            let own = Self::joint(&one, &state, settings)?;
            sum.log_likelihood += own.log_likelihood;
            sum.error += own.error;
        }
        Ok(sum)
    }

    fn joint(
        model: &Model,
        state: &State,
        settings: &FixedPointSettings,
    ) -> Result<Self, Departure> {
        let pair = model.hidden().pair_function(&state.order.q);
        let pair = pair.ok_or(Departure::SelfOverlap)?.log_norm();
        let averages = |level: u32| {
            let quadrature = settings.quadrature(model.units(), level);
            let evolution = StateEvolution { model, quadrature };
            let all = evolution.stability_moments(state)?;
            let each = all.iter().map(|one| log_mgf(one.stability.as_ref()));
            let each: Vec<f64> = each.collect();
            Ok::<_, Departure>((log_mgf(mean(all).stability.as_ref()), each))
        };
        let (mut value, each) = averages(0)?;
        let mut error = f64::INFINITY;
        if each.len() > 1 {
            error = standard_error(each.iter().copied());
        } else {
            for level in 1..=LEVELS {
                // Beyond the cap of nodes the error is reported as it stands.
                let Ok((fine, _)) = averages(level) else {
                    break;
                };
                error = (fine - value).abs();
                value = fine;
                if error <= settings.quadrature_tolerance * value.abs().max(1.0) {
                    break;
                }
            }
        }
        Ok(Self {
            log_likelihood: value - pair,
            error: error + ROUNDING * (value.abs() + pair.abs()),
        })
    }

    /// Whether the weights make fresh data less likely than no weights do, beyond the error.
    pub fn overfits(&self) -> bool {
        self.log_likelihood + self.error < 0.0
    }
}

fn log_mgf(moments: Option<&super::moments::StabilityMoments>) -> f64 {
    moments.map_or(f64::NAN, |moments| moments.log_mgf)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hidden::HiddenUnits;
    use crate::law::Law;
    use crate::numerics::streams::{Purpose, Streams};
    use crate::theory::{Starts, find};
    use nalgebra::DVector;
    use rand::RngExt;
    use rand_distr::StandardNormal;

    fn model(alpha: f64, lambda: &[f64], bias: &[f64]) -> Model {
        let hidden = HiddenUnits::new(Law::rademacher(), bias.len(), bias).expect("valid");
        let law = Law::rademacher;
        Model::new(alpha, lambda, hidden, law(), law()).expect("valid")
    }

    fn settings() -> FixedPointSettings {
        FixedPointSettings::default()
    }

    /// Train and test log-likelihood per sample of independent programs.
    #[test]
    fn known_values() {
        let cases: [(f64, &[f64], f64, f64); 8] = [
            (2.0, &[3.0], 3.5604475113, 4.060856247),
            (2.0, &[1.5], 0.3220737026, 0.860980192),
            (2.0, &[1.3], 0.0835158867, 0.658264985),
            (2.0, &[1.2], -0.0254373660, 0.581034966),
            (4.0, &[1.5], 0.4673002681, 0.726300524),
            (4.0, &[1.0], 0.0016574162, 0.304739084),
            (8.0, &[0.8], -0.0094301159, 0.147837626),
            (2.0, &[1.5, 1.3], 0.4055895893, 1.519245177),
        ];
        for (alpha, lambda, test, train) in cases {
            let model = model(alpha, lambda, &vec![0.0; lambda.len()]);
            let found = find(&model, Starts::Standard, &settings()).expect("valid");
            let point = found.answer().expect("found");
            let held = HeldOut::at(&model, &point.order, &settings()).expect("defined");
            assert!(
                (held.log_likelihood - test).abs() < 2e-9,
                "{lambda:?}: {held:?}"
            );
            assert!(held.error < 1e-9, "{held:?}");
            let own = point.stability.log_likelihood / alpha;
            assert!((own - train).abs() < 2e-9, "{lambda:?}: {own}");
            assert_eq!(held.overfits(), test < 0.0);
        }
    }

    /// `∂_Q E log cosh(λM + √Q ξ) = ½ E sech²`: integrated from Q = 0, without the quadrature of
    /// state evolution; units without a signal always lose.
    #[test]
    fn one_unit_by_another_route() {
        for (lambda, m, q) in [
            (1.5, 1.2, 2.4),
            (0.7, 0.3, 0.5),
            (2.0, 0.0, 1.3),
            (1.0, 0.0, 0.1),
        ] {
            let model = model(2.0, &[lambda], &[0.0]);
            let order = OrderParameters {
                m: Matrix::from_element(1, 1, m),
                q: Matrix::from_element(1, 1, q),
            };
            let held = HeldOut::at(&model, &order, &settings()).expect("defined");
            let steps = 2000;
            let normal = |f: &dyn Fn(f64) -> f64| {
                let h = 0.02;
                let node = |j: i32| {
                    let x = h * f64::from(j);
                    (-0.5 * x * x).exp() * f(x) * h
                };
                (-450..=450).map(node).sum::<f64>() / (2.0 * std::f64::consts::PI).sqrt()
            };
            // Midpoints in √s, which makes the integrand smooth at 0.
            let part = |step: i32| {
                let t = (f64::from(step) + 0.5) / f64::from(steps) * q.sqrt();
                let sech2 = |x: f64| (lambda * m + t * x).cosh().powi(-2);
                normal(&sech2) * t * q.sqrt() / f64::from(steps)
            };
            let integral: f64 = (0..steps).map(part).sum();
            let direct = (lambda * m).cosh().ln() + integral - 0.5 * q;
            assert!(
                (held.log_likelihood - direct).abs() < 1e-6,
                "{held:?}, {direct}"
            );
            assert!(m != 0.0 || held.overfits());
        }
    }

    /// Units that share signals, with biases and self-overlap, against samples.
    #[test]
    fn joint_units_against_samples() {
        let model = model(2.0, &[1.5, 1.2], &[0.3, -0.4]);
        let order = OrderParameters {
            m: Matrix::from_row_slice(2, 2, &[0.9, 0.2, -0.3, 0.8]),
            q: Matrix::from_row_slice(2, 2, &[1.6, 0.5, 0.5, 1.4]),
        };
        let held = HeldOut::at(&model, &order, &settings()).expect("defined");
        let root = nalgebra::Cholesky::new(order.q.clone())
            .expect("positive")
            .l();
        let mut stream = Streams::new(7).stream(Purpose::Noise, 0);
        let pair = model
            .hidden()
            .pair_function(&order.q)
            .expect("domain")
            .log_norm();
        let draws = 400_000;
        let (mut sum, mut squares) = (0.0, 0.0);
        for _ in 0..draws {
            let sign = |up: bool| if up { 1.0 } else { -1.0 };
            let u = DVector::from_fn(2, |_, _| sign(stream.random::<bool>()));
            let noise = DVector::from_fn(2, |_, _| stream.sample::<f64, _>(StandardNormal));
            let z = order.m.tr_mul(&(model.lambda_matrix() * u)) + &root * noise;
            let z = nalgebra::SVector::<f64, 2>::from_column_slice(z.as_slice());
            let value = model.hidden().log_mgf(&z) - pair;
            sum += value;
            squares += value * value;
        }
        let draws = f64::from(draws);
        let average = sum / draws;
        let error = ((squares / draws - average * average) / draws).sqrt();
        assert!(
            (held.log_likelihood - average).abs() < 4.0 * error,
            "{held:?}, {average}"
        );
    }

    /// Gaussian hidden units in closed form, `½ Tr(Q + M^T Λ² M) + ½ ln det(I − Q)`: k ≠ r, signals
    /// of two laws, tensor rule and quasi-Monte Carlo.
    #[test]
    fn gaussian_units_in_closed_form() {
        for (signals, units, law) in [
            (1, 2, Law::rademacher()),
            (3, 2, Law::Gaussian),
            (2, 1, Law::Gaussian),
            (2, 4, Law::rademacher()),
            (1, 5, Law::Gaussian),
        ] {
            let hidden = HiddenUnits::new(Law::Gaussian, units, &[]).expect("valid");
            let lambda: Vec<f64> = (0..signals).map(|a| 1.4 - 0.2 * a as f64).collect();
            let model = Model::new(0.7, &lambda, hidden, law, Law::rademacher()).expect("valid");
            let wave = |a: usize, b: usize| 0.3 * ((3 * a + 2 * b) as f64).sin();
            let m = Matrix::from_fn(signals, units, wave);
            let spread = Matrix::from_fn(units, units, |a, b| 0.2 * (1.0 + wave(a + b, 1)));
            let q = Matrix::identity(units, units) * 0.3 + m.tr_mul(&m) * 0.2;
            let q = q + spread.tr_mul(&spread) * 0.1;
            let gain = model.lambda_matrix() * &m;
            let det = (Matrix::identity(units, units) - &q).determinant();
            let exact = 0.5 * (q.trace() + gain.tr_mul(&gain).trace()) + 0.5 * det.ln();
            let order = OrderParameters { m, q };
            let held = HeldOut::at(&model, &order, &settings()).expect("defined");
            let apart = (held.log_likelihood - exact).abs();
            assert!(
                apart < 5.0 * held.error,
                "{signals}, {units}: {held:?}, {exact}"
            );
            assert!(held.error < 1e-3, "{signals}, {units}: {held:?}");
        }
    }

    /// Units that share nothing, one by one and together.
    #[test]
    fn units_that_share_nothing_add_up() {
        let ternary = Law::Separable(
            crate::law::ScalarAtoms::new(&[-1.5, 0.0, 1.5], &[0.2, 0.6, 0.2]).expect("a law"),
        );
        let hidden = HiddenUnits::new(ternary, 2, &[]).expect("valid");
        let lambda = [0.6, 2.5];
        let model = Model::new(9.0, &lambda, hidden, Law::Gaussian, Law::Gaussian).expect("valid");
        let order = OrderParameters {
            m: Matrix::from_row_slice(2, 2, &[0.0, 0.4, 1.1, 0.0]),
            q: Matrix::from_row_slice(2, 2, &[1.5, 0.0, 0.0, 0.7]),
        };
        let v = Matrix::zeros(2, 2);
        let state = State {
            order: order.clone(),
            v,
        };
        let together = HeldOut::joint(&model, &state, &settings()).expect("defined");
        let apart = HeldOut::at(&model, &order, &settings()).expect("defined");
        let difference = (together.log_likelihood - apart.log_likelihood).abs();
        assert!(difference < 1e-9, "{together:?}, {apart:?}");
    }

    #[test]
    fn overlaps_that_are_none_are_refused() {
        let model = model(2.0, &[1.5], &[0.0]);
        let order = OrderParameters {
            m: Matrix::from_element(1, 1, 0.0),
            q: Matrix::from_element(1, 1, -1.0),
        };
        assert!(HeldOut::at(&model, &order, &settings()).is_err());
    }
}
