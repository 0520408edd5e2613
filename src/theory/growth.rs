//! How a small overlap grows: the factor of every iteration, and when it has escaped
//! (theory.md section 13).
//!
//! While the overlap is small, one iteration multiplies `ζ = M/√Q` of one unit by
//!
//! ```text
//! G_t = √α λ² · √Q E[g'] / √E[g²]  ≤  √α λ²,
//! ```
//!
//! for any `V_t`, and whatever the step `K_t`. Equality holds for a linear `g` alone (Cauchy and
//! Schwarz, with `√Q E[g'] = E[g(√Q ξ) ξ]`): only linear AMP, the map of XKZ Eqs. 21–22, grows at
//! the rate that changes sign at the BBP threshold, and AMP with non-linear units more slowly.

use super::moments::Request;
use super::state_evolution::{Departure, State, StateEvolution, mean};
use crate::error::{Error, Result};
use crate::numerics::Matrix;
use crate::order_parameters::OrderParameters;
use crate::proximal::Proximal;

/// The factors of the first iterations, at vanishing overlap.
#[derive(Debug, Clone, PartialEq)]
pub struct Growth {
    /// `G_0, G_1, …`.
    pub factors: Vec<f64>,
    /// Why there are fewer than were asked for, if there are.
    pub departure: Option<Departure>,
}

impl Growth {
    /// The factors of AMP with one hidden unit, from self-overlap `q` and `V_0 = 0`.
    ///
    /// # Errors
    /// Several units or signals, or units with a bias or an asymmetric law: these respond without
    /// an overlap already.
    pub fn of(
        evolution: &StateEvolution,
        q: f64,
        proximal: Proximal,
        steps: usize,
    ) -> Result<Self> {
        let model = evolution.model;
        if (model.units(), model.signals()) != (1, 1) || !model.is_odd() {
            let allowed = "growth is that of one symmetric unit on one signal";
            return Err(Error::invalid("hidden", "another model", allowed));
        }
        let mut state = State {
            order: OrderParameters {
                m: Matrix::zeros(1, 1),
                q: Matrix::from_element(1, 1, q),
            },
            v: Matrix::zeros(1, 1),
        };
        let strength = model.alpha().sqrt() * model.lambda()[0].powi(2);
        let mut growth = Self {
            factors: Vec::new(),
            departure: None,
        };
        for _ in 0..steps {
            let step = match evolution.step(&state) {
                Ok(step) => step,
                Err(departure) => {
                    growth.departure = Some(departure);
                    break;
                }
            };
            let (slope, square) = (step.moments.dg[0], step.moments.gg[0]);
            let factor = strength * (state.order.q[0] / square).sqrt() * slope;
            growth.factors.push(factor);
            let v = proximal.next(model.hidden(), &state.v, &step.k);
            state = State {
                order: step.order,
                v,
            };
        }
        Ok(growth)
    }
}

/// The factor at a fixed point without overlap, `G = λ²(αV − 1)` for units ±1.
///
/// # Errors
/// The [`Departure`] where the moments are not defined.
pub fn growth_at(
    evolution: &StateEvolution,
    q: f64,
    v: f64,
) -> std::result::Result<f64, Departure> {
    let model = evolution.model;
    let state = State {
        order: OrderParameters {
            m: Matrix::zeros(1, 1),
            q: Matrix::from_element(1, 1, q),
        },
        v: Matrix::from_element(1, 1, v),
    };
    let moments = mean(evolution.expectations(&state, Request::Step)?);
    let strength = model.alpha().sqrt() * model.lambda()[0].powi(2);
    Ok(strength * (q / moments.gg[0]).sqrt() * moments.dg[0])
}

/// Linear AMP, `U_t = A W_t − U_{t−1}/√α`, `W_{t+1} = (A^T U_t − αW_t)/√α` (XKZ Eqs. 21–22), in the
/// limit: `M' = √α λ² M`, and what is no signal, `N = Q − M²`, grows as `N' = N + (1 + λ²) M²`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LinearAmp {
    /// Samples per visible unit.
    pub alpha: f64,
    /// Strength of the signal.
    pub lambda: f64,
}

impl LinearAmp {
    /// Factor of the overlap `M`, which passes 1 at the BBP threshold.
    pub fn growth(&self) -> f64 {
        self.alpha.sqrt() * self.lambda.powi(2)
    }

    /// `ζ_0, …, ζ_steps` from `M`, `Q`.
    pub fn overlaps(&self, m: f64, q: f64, steps: usize) -> Vec<f64> {
        let (mut m, mut rest) = (m, q - m * m);
        let mut overlaps = vec![m / (m * m + rest).sqrt()];
        for _ in 0..steps {
            rest += (1.0 + self.lambda.powi(2)) * m * m;
            m *= self.growth();
            // Only the ratio matters: what grows without bound is scaled back.
            let scale = (m * m + rest).sqrt();
            (m, rest) = (m / scale, rest / (scale * scale));
            overlaps.push(m);
        }
        overlaps
    }
}

/// First time at which a sequence passes `level`, where its logarithm is linear between its
/// entries; `None` where it never does.
pub fn escape_time(overlaps: &[f64], level: f64) -> Option<f64> {
    let after = overlaps.iter().position(|overlap| *overlap > level)?;
    let Some(before) = after.checked_sub(1) else {
        return Some(0.0);
    };
    let (low, high) = (overlaps[before], overlaps[after]);
    if low <= 0.0 {
        return Some(after as f64);
    }
    Some(before as f64 + (level / low).ln() / (high / low).ln())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hidden::HiddenUnits;
    use crate::law::Law;
    use crate::model::Model;
    use crate::theory::{FixedPointSettings, Starts, find};

    fn model(alpha: f64, lambda: f64) -> Model {
        let hidden = HiddenUnits::new(Law::rademacher(), 1, &[]).unwrap();
        Model::new(
            alpha,
            &[lambda],
            hidden,
            Law::rademacher(),
            Law::rademacher(),
        )
        .unwrap()
    }

    fn growth(model: &Model, steps: usize) -> Growth {
        let evolution = StateEvolution {
            model,
            quadrature: FixedPointSettings::default().quadrature(1, 6),
        };
        Growth::of(&evolution, 1.0, Proximal::default(), steps).unwrap()
    }

    /// Source: an independent program (numpy), `Q_0 = 1`, `V_0 = 0`, `ρ = 0.2`, ceiling 0.9.
    #[test]
    fn factors_of_amp() {
        let times = [0, 1, 2, 3, 5, 8, 12, 20];
        let two = [
            1.36416, 1.32919, 1.29450, 1.27344, 1.23975, 1.21974, 1.21967, 1.21951,
        ];
        let found = growth(&model(2.0, 1.0), 21).factors;
        for (time, expected) in times.into_iter().zip(two) {
            assert!(
                (found[time] - expected).abs() < 6e-6,
                "{time}: {}",
                found[time]
            );
        }
        let four = [
            1.92922, 1.93994, 1.88341, 1.88472, 1.85462, 1.79202, 1.72493,
        ];
        let found = growth(&model(4.0, 1.0), 13).factors;
        for (time, expected) in times.into_iter().zip(four) {
            assert!(
                (found[time] - expected).abs() < 6e-6,
                "{time}: {}",
                found[time]
            );
        }
    }

    /// The factor is that by which state evolution multiplies a small overlap.
    #[test]
    fn factors_are_those_of_state_evolution() {
        let model = model(2.0, 1.3);
        let factors = growth(&model, 10).factors;
        let evolution = StateEvolution {
            model: &model,
            quadrature: FixedPointSettings::default().quadrature(1, 6),
        };
        let start = OrderParameters {
            m: Matrix::from_element(1, 1, 1e-8),
            q: Matrix::from_element(1, 1, 1.0),
        };
        let states = evolution.trajectory(start, Proximal::default(), 10).states;
        for (pair, factor) in states.windows(2).zip(factors) {
            let overlap = |state: &State| state.order.overlaps()[(0, 0)];
            let ratio = overlap(&pair[1]) / overlap(&pair[0]);
            assert!((ratio / factor - 1.0).abs() < 1e-7, "{ratio} {factor}");
        }
    }

    /// At many samples the iteration without overlap leaves the domain of the prior step. Source:
    /// as above.
    #[test]
    fn many_samples_end_without_overlap() {
        for (alpha, end) in [(3.0, 24), (4.0, 16), (8.0, 10)] {
            let found = growth(&model(alpha, 1.0), 60);
            assert!(found.departure.is_some());
            assert!(
                found.factors.len().abs_diff(end) <= 1,
                "{}",
                found.factors.len()
            );
        }
    }

    /// `G = λ²(αV − 1)` at the fixed point of pure noise, and its values. Source: as above.
    #[test]
    fn factor_at_pure_noise() {
        for (alpha, q, v, expected) in [
            (3.0, 1.577662284, 0.838450694, 1.515352),
            (4.0, 1.314058971, 0.698088502, 1.792354),
            (8.0, 0.860693940, 0.455659905, 2.645279),
        ] {
            let model = model(alpha, 1.0);
            let evolution = StateEvolution {
                model: &model,
                quadrature: FixedPointSettings::default().quadrature(1, 8),
            };
            let found = growth_at(&evolution, q, v).unwrap();
            assert!((found - (alpha * v - 1.0)).abs() < 1e-6, "{found}");
            assert!((found - expected).abs() < 1e-5, "{found}");
        }
    }

    #[test]
    fn linear_amp_grows_at_the_bbp_rate() {
        let linear = LinearAmp {
            alpha: 2.0,
            lambda: 1.2,
        };
        let overlaps = linear.overlaps(0.1, 1.01, 4);
        // Source: as above.
        for (found, expected) in overlaps[1..].iter().zip([0.1973, 0.3641, 0.5620, 0.6883]) {
            assert!((found - expected).abs() < 6e-5, "{overlaps:?}");
        }
        let small = linear.overlaps(1e-9, 1.0, 1);
        assert!((small[1] / small[0] - linear.growth()).abs() < 1e-12);
        let threshold = crate::theory::baselines::bbp_threshold(2.0);
        let at = LinearAmp {
            lambda: threshold,
            ..linear
        };
        assert!((at.growth() - 1.0).abs() < 1e-12);
        // In the end it is the spectral overlap.
        let far = linear.overlaps(1e-3, 1.0, 400)[400];
        let pca = crate::theory::baselines::pca_overlap_squared(2.0, 1.2).sqrt();
        assert!((far - pca).abs() < 1e-9, "{far} {pca}");
    }

    /// Source: as above, `α = 2`, `λ = 1.5`, `M_0 = 10^{−k/2}`, `Q_0 = 1`, `k = 3 … 10`.
    #[test]
    fn escape_times() {
        let model = model(2.0, 1.5);
        let settings = FixedPointSettings::default();
        let evolution = StateEvolution {
            model: &model,
            quadrature: settings.quadrature(1, 6),
        };
        let findings = find(&model, Starts::Standard, &settings).unwrap();
        let end = findings.answer().unwrap().order.overlaps()[(0, 0)];
        let expected = [2.578, 3.655, 4.746, 5.849, 6.962, 8.129, 9.296, 10.443];
        for (k, expected) in (3..=10).zip(expected) {
            let start = OrderParameters {
                m: Matrix::from_element(1, 1, 10f64.powf(-0.5 * k as f64)),
                q: Matrix::from_element(1, 1, 1.0),
            };
            let states = evolution.trajectory(start, Proximal::default(), 20).states;
            let overlaps: Vec<f64> = states.iter().map(|s| s.order.overlaps()[(0, 0)]).collect();
            let time = escape_time(&overlaps, 0.5 * end).unwrap();
            assert!((time - expected).abs() < 6e-4, "{k}: {time}");
        }
        assert_eq!(escape_time(&[0.6, 0.7], 0.5), Some(0.0));
        assert_eq!(escape_time(&[0.1, 0.2], 0.5), None);
    }
}
