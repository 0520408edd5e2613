//! Visible units, a role of a [`Law`]: the prior `P_v` of the RBM.
//!
//! The effective objective knows only that `P_v` has mean 0 and variance 1; the exact likelihood
//! knows all of it. A law of mean `m` and standard deviation `s` is a standardised one in other
//! parameters (xu2025, Corollary 2; theory.md section 9): `W → sW`, `θ → sθ`, `b → b + m W^T 1/√d`.

use crate::error::{Error, Result};
use crate::law::{ContinuousLaw, Cumulants, Law, MAX_FIELD, ScalarAtoms};

/// Where `|x|·max|v|` is below this, the logarithm of the moment generating function beyond second
/// order is summed as a series, which keeps its digits.
const SMALL: f64 = 0.1;

/// Mean and standard deviation this near to 0 and 1 are those.
const ROUNDING: f64 = 1e-12;

/// Prior of one visible unit.
#[derive(Debug, Clone, PartialEq)]
pub struct VisibleUnits {
    law: Component,
    mean: f64,
    deviation: f64,
    /// Of the standardised unit.
    cumulants: Cumulants,
}

/// The law of the standardised unit.
#[derive(Debug, Clone, PartialEq)]
enum Component {
    Gaussian,
    Atoms(ScalarAtoms),
}

impl VisibleUnits {
    /// Independent units of that law: normal, of finite support, or uniform (as its quadrature
    /// nodes).
    ///
    /// # Errors
    /// Names `visible`: a joint law, one that is given by a formula, or one without a moment
    /// generating function (Laplace).
    pub fn new(law: &Law) -> Result<Self> {
        let refuse = |got: &str, allowed: &str| Err(Error::invalid("visible", got, allowed));
        let atoms: Vec<(f64, f64)> = match law {
            Law::Gaussian => {
                return Ok(Self {
                    law: Component::Gaussian,
                    mean: 0.0,
                    deviation: 1.0,
                    cumulants: Cumulants::of_normal(1.0),
                });
            }
            Law::Separable(atoms) => atoms.atoms().collect(),
            Law::Continuous(law @ ContinuousLaw::Uniform { low, high }) => law.nodes(high - low),
            Law::Continuous(ContinuousLaw::Laplace { .. }) => {
                let allowed = "its moment generating function ends: give a law of bounded support, or gaussian";
                return refuse("a Laplace law", allowed);
            }
            Law::CorrelatedGaussian(_) | Law::Joint(_) | Law::Mixture(_) => {
                return refuse("a joint law", "visible units are independent");
            }
            Law::Formula(_) => {
                return refuse("a law given by a formula", "give its atoms");
            }
        };
        let given = Cumulants::of_atoms(&atoms);
        // What differs from a standardised law by rounding is one.
        let snapped = |value: f64, whole: f64| match (value - whole).abs() < ROUNDING {
            true => whole,
            false => value,
        };
        let mean = snapped(given.get(1), 0.0);
        let deviation = snapped(given.get(2).sqrt(), 1.0);
        let standard = |(value, weight): &(f64, f64)| ((value - mean) / deviation, *weight);
        let standard: Vec<(f64, f64)> = atoms.iter().map(standard).collect();
        let (values, weights): (Vec<f64>, Vec<f64>) = standard.iter().copied().unzip();
        let law = ScalarAtoms::new(&values, &weights).map_err(|_| {
            let largest = values
                .iter()
                .fold(0.0, |most: f64, value| most.max(value.abs()));
            let got = format!("a value {largest:.4} standard deviations from the mean");
            let allowed = format!("values must lie within {MAX_FIELD}: give rare ones more weight");
            Error::invalid("visible", got, allowed)
        })?;
        Ok(Self {
            law: Component::Atoms(law),
            mean,
            deviation,
            cumulants: Cumulants::of_atoms(&standard),
        })
    }

    /// Mean `m` of a unit.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// Standard deviation `s` of a unit.
    pub fn deviation(&self) -> f64 {
        self.deviation
    }

    /// Cumulants of the standardised unit `(v − m)/s`.
    pub fn cumulants(&self) -> &Cumulants {
        &self.cumulants
    }

    /// Whether the units are normal, so that the effective objective is exact.
    pub fn is_gaussian(&self) -> bool {
        self.law == Component::Gaussian
    }

    /// `log E exp(xv) − x²/2` of the standardised unit: what the effective objective leaves out.
    #[inline]
    pub fn excess(&self, x: f64) -> f64 {
        match &self.law {
            Component::Gaussian => 0.0,
            Component::Atoms(atoms) if x.abs() * atoms.largest() > SMALL => {
                atoms.log_mgf(x) - 0.5 * x * x
            }
            Component::Atoms(_) => self.cumulants.series(3, x),
        }
    }

    /// `log E exp(xv)` of the standardised unit.
    #[inline]
    pub fn log_mgf(&self, x: f64) -> f64 {
        match &self.law {
            Component::Gaussian => 0.5 * x * x,
            Component::Atoms(atoms) => atoms.log_mgf(x),
        }
    }

    /// `E[v | x]` of the standardised unit under weights `exp(xv)`.
    #[inline]
    pub fn tilted_mean(&self, x: f64) -> f64 {
        match &self.law {
            Component::Gaussian => x,
            Component::Atoms(atoms) => atoms.mean_and_variance(x).0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn atoms(values: &[f64], weights: &[f64]) -> VisibleUnits {
        let law = ScalarAtoms::new(values, weights).expect("a law");
        VisibleUnits::new(&Law::Separable(law)).expect("valid")
    }

    #[test]
    fn any_law_is_standardised() {
        let pixels = atoms(&[0.0, 1.0], &[0.7, 0.3]);
        assert!((pixels.mean() - 0.3).abs() < 1e-15);
        assert!((pixels.deviation() - 0.21f64.sqrt()).abs() < 1e-15);
        // Skewness (1 − 2p)/√(p(1−p)), excess kurtosis (1 − 6pq)/pq.
        let [skewness, kurtosis] = [3, 4].map(|order| pixels.cumulants().get(order));
        assert!((skewness - 0.4 / 0.21f64.sqrt()).abs() < 1e-13);
        assert!((kurtosis - (1.0 - 6.0 * 0.21) / 0.21).abs() < 1e-12);
        let uniform = ContinuousLaw::Uniform {
            low: -1.0,
            high: 3.0,
        };
        let uniform = VisibleUnits::new(&Law::Continuous(uniform)).expect("valid");
        assert!((uniform.mean() - 1.0).abs() < 1e-14);
        assert!((uniform.cumulants().get(4) + 1.2).abs() < 1e-12);
        let x = 0.8;
        let exact = ((3f64.sqrt() * x).sinh() / (3f64.sqrt() * x)).ln();
        assert!((uniform.log_mgf(x) - exact).abs() < 1e-14);
    }

    #[test]
    fn the_excess_is_smooth_and_keeps_its_digits() {
        for units in [
            atoms(&[-1.0, 1.0], &[0.5, 0.5]),
            atoms(&[0.0, 1.0], &[0.9, 0.1]),
            atoms(&[-1.0, 0.2, 1.5], &[0.3, 0.5, 0.2]),
        ] {
            let Component::Atoms(law) = &units.law else {
                panic!("atoms");
            };
            let edge = SMALL / law.largest();
            for x in [edge * 0.999, -edge * 0.999] {
                let direct = units.log_mgf(x) - 0.5 * x * x;
                assert!((units.excess(x) - direct).abs() < 1e-15, "{x}");
            }
            let x: f64 = 1e-3;
            let lead = units.cumulants().get(3) * x.powi(3) / 6.0
                + units.cumulants().get(4) * x.powi(4) / 24.0;
            assert!((units.excess(x) - lead).abs() < 1e-13, "{lead}");
            let h = 1e-5;
            let slope = (units.log_mgf(0.4 + h) - units.log_mgf(0.4 - h)) / (2.0 * h);
            assert!((slope - units.tilted_mean(0.4)).abs() < 1e-9);
        }
        let normal = VisibleUnits::new(&Law::Gaussian).expect("valid");
        assert_eq!((normal.excess(3.0), normal.log_mgf(3.0)), (0.0, 4.5));
    }

    #[test]
    fn laws_that_do_not_serve_are_refused() {
        let laplace = ContinuousLaw::Laplace {
            scale: 0.5f64.sqrt(),
        };
        let error = VisibleUnits::new(&Law::Continuous(laplace)).expect_err("refused");
        assert!(error.to_string().starts_with("visible"), "{error}");
    }
}
