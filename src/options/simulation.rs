//! Flags and keys of a simulation.

use super::missing;
use crate::error::{Error, Result, require_between, require_fraction, require_positive};
use crate::model::Model;
use crate::numerics::Matrix;
use crate::proximal::Proximal;
use crate::simulation::{
    Algorithm, AmpSettings, GdSettings, LbfgsSettings, Method, RunSettings, SimulationStart, Size,
    Store, require_limits,
};
use crate::theory::Expectation;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

flags! {
    /// A finite-size simulation.
    #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields, rename_all = "kebab-case")]
    #[command(next_help_heading = "Simulation")]
    pub struct SimulationOptions {
        /// Number of samples n [default: α d]
        #[arg(long, value_name = "N")]
        pub n: Option<usize>,
        /// Number of visible units d [default: 4000]
        #[arg(long, value_name = "D")]
        pub d: Option<usize>,
        /// Algorithm: amp, gd, lbfgs or spectral [default: amp]
        #[arg(long, value_name = "NAME", hide_possible_values = true)]
        pub algorithm: Option<Algorithm>,
        /// Number of independent instances [default: 8]
        #[arg(long, value_name = "I")]
        pub instances: Option<usize>,
        /// Largest number of iterations [default: 200 for amp (more where its weights are damped),
        /// 2000 for gd, 500 for lbfgs]
        #[arg(long, value_name = "T")]
        pub iterations: Option<usize>,
        /// Residual (amp) or root-mean-square gradient (gd, lbfgs) of a converged run
        /// [default: 1e-6]
        #[arg(long, value_name = "R", allow_negative_numbers = true)]
        pub run_tolerance: Option<f64>,
        /// Random starts (with --start random) on each instance, of which the run with the largest
        /// objective is kept [default: 1]
        #[arg(long, value_name = "N")]
        pub restarts: Option<usize>,
        /// Ceiling of amp's proximal parameter, λ_max(V)·sup D, in (0, 1]
        /// [default: 0.9; more where theory has a solution beyond]
        #[arg(long, value_name = "C", allow_negative_numbers = true)]
        pub ceiling: Option<f64>,
        /// Part of their way that amp's weights go in one iteration, in (0, 1]
        /// [default: 1; less where theory says that amp would not settle]
        #[arg(long, value_name = "W", allow_negative_numbers = true)]
        pub weight_damping: Option<f64>,
        /// Step κ of gd [default: half of the stability bound]
        #[arg(long, value_name = "KAPPA", allow_negative_numbers = true)]
        pub step: Option<f64>,
        /// How the data are held: dense (32 bits), one-bit (noise ±1, one bit for each entry; the
        /// limit is the same) or regenerated (drawn again at each pass) [default: dense]
        #[arg(long, value_name = "NAME", hide_possible_values = true)]
        pub store: Option<Store>,
    }
}

impl SimulationOptions {
    /// These options, with gaps filled from `under`.
    pub fn over(self, under: Self) -> Self {
        overlay!(self, under: n, d, algorithm, instances, iterations, run_tolerance, restarts, ceiling, weight_damping, step, store)
    }

    /// These options without what only other algorithms use: several may share them.
    pub fn of(&self, algorithm: Algorithm) -> Self {
        let amp = algorithm == Algorithm::Amp;
        Self {
            step: self.step.filter(|_| algorithm == Algorithm::Gd),
            ceiling: self.ceiling.filter(|_| amp),
            weight_damping: self.weight_damping.filter(|_| amp),
            restarts: self.restarts.filter(|_| algorithm != Algorithm::Spectral),
            ..self.clone()
        }
    }

    /// Size of the instances; the missing one of `n` and `d` follows from `alpha`.
    ///
    /// # Errors
    /// A size that is not possible with `alpha`.
    pub fn size(&self, alpha: Option<f64>) -> Result<Size> {
        let d = match (self.d, self.n, alpha) {
            (Some(d), ..) => d,
            (None, Some(n), Some(alpha)) => {
                require_between("alpha", alpha, 1e-3, 1e4)?;
                let d = (n as f64 / alpha).round() as usize;
                if d == 0 {
                    let allowed = format!(
                        "d = n/alpha rounds to 0 at alpha = {alpha}: take more samples or a smaller alpha"
                    );
                    return Err(Error::invalid("n", n, allowed));
                }
                d
            }
            (None, ..) => 4000,
        };
        let n = match (self.n, alpha) {
            (Some(n), _) => n,
            (None, Some(alpha)) => {
                require_between("alpha", alpha, 1e-3, 1e4)?;
                let n = (alpha * d as f64).round();
                // Beyond 2^53 the number of rows is no longer exact; memory is refused long before.
                if n > 9e15 || n / d as f64 != alpha && ((n / d as f64) / alpha - 1.0).abs() > 1e-12
                {
                    let allowed =
                        format!("alpha·d must be a whole number: give n, or change d = {d}");
                    return Err(Error::invalid("alpha", alpha, allowed));
                }
                n as usize
            }
            (None, None) => return Err(missing("n", "--n 8000 --d 4000, or --alpha 2")),
        };
        Ok(Size { n, d })
    }

    /// Number of instances.
    ///
    /// # Errors
    /// Zero.
    pub fn instances(&self) -> Result<usize> {
        match self.instances {
            Some(other) if !(1..=100_000).contains(&other) => {
                Err(Error::invalid("instances", other, "must lie in 1..=100000"))
            }
            other => Ok(other.unwrap_or(8)),
        }
    }

    /// How the data are held.
    pub fn store(&self) -> Store {
        self.store.unwrap_or_default()
    }

    /// The algorithm.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm.unwrap_or(Algorithm::Amp)
    }

    /// Largest number of iterations, and tolerance of a converged run, where AMP's weights go the
    /// part `weights` of their way.
    ///
    /// # Errors
    /// Names the one outside of its range.
    fn limits(&self, weights: f64) -> Result<Limits> {
        let usual = match self.algorithm() {
            // Damped weights take as many more.
            Algorithm::Amp => {
                (AmpSettings::default().max_iterations as f64 / weights).ceil() as usize
            }
            Algorithm::Gd => GdSettings::default().max_iterations,
            Algorithm::Lbfgs | Algorithm::Spectral => LbfgsSettings::default().max_iterations,
        };
        let limits = Limits {
            max_iterations: self.iterations.unwrap_or(usual),
            tolerance: self.run_tolerance.unwrap_or(1e-6),
        };
        require_positive("run-tolerance", limits.tolerance)?;
        require_limits(limits.tolerance, limits.max_iterations)?;
        Ok(limits)
    }

    /// AMP's settings, which `expected` decides where they are not given: it must be stable at the
    /// end. `damping` is that of `V`.
    ///
    /// # Errors
    /// As [`AmpSettings::validate`].
    pub fn amp(&self, damping: Option<f64>, expected: Option<&Expectation>) -> Result<AmpSettings> {
        let usual = AmpSettings::default();
        let pace = expected.and_then(|expected| expected.amp);
        let weight_damping = self
            .weight_damping
            .unwrap_or_else(|| pace.map_or(usual.weight_damping, |pace| pace.weights));
        require_fraction("weight-damping", weight_damping)?;
        let limits = self.limits(weight_damping)?;
        let settings = AmpSettings {
            proximal: Proximal {
                damping: damping.unwrap_or(usual.proximal.damping),
                ceiling: self
                    .ceiling
                    .unwrap_or_else(|| pace.map_or(usual.proximal.ceiling, |pace| pace.ceiling)),
            },
            weight_damping,
            tolerance: limits.tolerance,
            max_iterations: limits.max_iterations,
        };
        settings.validate()?;
        Ok(settings)
    }

    /// Settings of gradient ascent: the step as given, or half of the stability bound at these
    /// self-overlaps of start and end.
    ///
    /// # Errors
    /// As [`GdSettings::validate`].
    pub fn ascent(&self, model: &Model, overlaps: &[Matrix]) -> Result<GdSettings> {
        let limits = self.limits(1.0)?;
        let usual = || model.hidden().stable_step(model.alpha(), overlaps);
        let settings = GdSettings {
            step: Some(self.step.unwrap_or_else(usual)),
            tolerance: limits.tolerance,
            max_iterations: limits.max_iterations,
        };
        settings.validate()?;
        Ok(settings)
    }

    /// What another algorithm would use is not ignored.
    fn require_used(&self) -> Result<()> {
        let algorithm = self.algorithm();
        let given = [
            ("step", self.step, vec![Algorithm::Gd]),
            ("ceiling", self.ceiling, vec![Algorithm::Amp]),
            ("weight-damping", self.weight_damping, vec![Algorithm::Amp]),
            (
                "restarts",
                self.restarts.map(|restarts| restarts as f64),
                vec![Algorithm::Amp, Algorithm::Gd, Algorithm::Lbfgs],
            ),
        ];
        for (field, value, users) in given {
            if let (Some(value), false) = (value, users.contains(&algorithm)) {
                let users: Vec<&str> = users.iter().map(|user| user.name()).collect();
                let allowed = format!(
                    "{} does not use it: leave it out, or choose {}",
                    algorithm.name(),
                    users.join(" or ")
                );
                return Err(Error::invalid(field, value, allowed));
            }
        }
        Ok(())
    }

    /// Settings of one run, checked; `start` comes with its power iterations, and `expected` is the
    /// end at which a step of gradient ascent, and AMP, must be stable.
    ///
    /// # Errors
    /// As [`Size::validate_for`] and [`RunSettings::validate`].
    pub fn resolve(
        &self,
        model: &Model,
        size: Size,
        (start, power): (SimulationStart, usize),
        damping: Option<f64>,
        expected: Option<&Expectation>,
    ) -> Result<RunSettings> {
        size.validate_for(model, self.store())?;
        self.require_used()?;
        let amp = self.amp(damping, expected)?;
        let (tolerance, max_iterations) = (amp.tolerance, amp.max_iterations);
        let predicted = expected.map(|expected| expected.self_overlap.clone());
        let mut overlaps: Vec<Matrix> = predicted.into_iter().collect();
        overlaps.push(start.first_overlap(power, model.hidden(), Some(model.lambda()))?);
        let method = match self.algorithm() {
            Algorithm::Amp => Method::Amp(amp),
            Algorithm::Gd => Method::Gd(self.ascent(model, &overlaps)?),
            Algorithm::Lbfgs => Method::Lbfgs(LbfgsSettings {
                tolerance,
                max_iterations,
            }),
            Algorithm::Spectral => Method::Spectral,
        };
        let settings = RunSettings {
            method,
            start,
            power,
            restarts: self.restarts.unwrap_or(1),
            store: self.store(),
        };
        settings.validate(model.hidden(), model.alpha(), &overlaps)?;
        Ok(settings)
    }
}

/// How far a run goes.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Limits {
    max_iterations: usize,
    tolerance: f64,
}
