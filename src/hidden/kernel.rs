//! The laws that hidden units can have, with what theory and simulation ask at every node and every
//! sample.

use crate::error::{Error, Result};
use crate::law::{FormulaLaw, JointAtoms, Law, MAX_FORMULA_UNITS, Response, ScalarAtoms};
use nalgebra::{SMatrix, SVector};

/// A law of hidden units; biases are added to the fields before.
#[derive(Debug, Clone)]
pub(super) enum Kernel {
    Gaussian,
    Separable(ScalarAtoms),
    Joint(JointAtoms),
    Formula(FormulaLaw),
}

impl Kernel {
    /// The law for this number of units.
    ///
    /// # Errors
    /// A law that hidden units can't have, or one of another number of units.
    pub fn new(law: &Law, units: usize) -> Result<Self> {
        let kernel = match law {
            Law::Gaussian => Self::Gaussian,
            Law::Separable(atoms) => Self::Separable(atoms.clone()),
            Law::Joint(atoms) => Self::Joint(atoms.clone()),
            Law::Formula(law) => Self::Formula(law.clone()),
            Law::CorrelatedGaussian(_) => {
                let allowed = "Gaussian hidden units are independent: leave the correlation out";
                return Err(Error::invalid("hidden", "a correlated Gaussian", allowed));
            }
            Law::Mixture(_) => {
                let allowed = "a law of signals that were seen: hidden units have one of their own";
                return Err(Error::invalid("hidden", "a Gaussian mixture", allowed));
            }
            Law::Continuous(_) => {
                let allowed = "hidden units need its log moment generating function: give it as a formula (Law::Formula)";
                return Err(Error::invalid("hidden", "a law to draw from", allowed));
            }
        };
        if let Some(dimension) = law.joint_dimension()
            && dimension != units
        {
            return Err(Error::Shape {
                field: "joint hidden law".into(),
                got: format!("{dimension} components"),
                expected: format!("{units} components, one for each of the units"),
            });
        }
        if matches!(kernel, Self::Formula(_)) && units > MAX_FORMULA_UNITS {
            let allowed = format!(
                "a law that is given by a formula serves at most {MAX_FORMULA_UNITS} units: give its atoms, or lower the number of units"
            );
            return Err(Error::invalid("units", units, allowed));
        }
        Ok(kernel)
    }

    /// `sup_z λ_max(D(z))`.
    pub fn covariance_bound(&self) -> f64 {
        match self {
            Self::Gaussian => 1.0,
            Self::Separable(atoms) => atoms.variance_bound(),
            Self::Joint(atoms) => atoms.covariance_bound(),
            Self::Formula(law) => law.covariance_bound(),
        }
    }

    /// See [`HiddenUnits::variation_width`](super::HiddenUnits::variation_width).
    pub fn variation_width(&self) -> Option<f64> {
        // Units ±1: sech²(1.5) = 0.18.
        const PART: f64 = 0.18;
        const REACH: f64 = 1.5;
        let variance = |x: f64| match self {
            Self::Separable(atoms) => Some(atoms.mean_and_variance(x).1),
            Self::Formula(law) if !law.is_joint() => Some(law.mean_and_variance(x).1),
            _ => None,
        };
        variance(0.0)?;
        let largest = self.covariance_bound();
        let unit = REACH / largest.sqrt().max(1.0);
        let varies = |multiple: f64| {
            let sides = [1.0, -1.0].map(|side| variance(side * multiple * unit).unwrap_or(0.0));
            sides[0].max(sides[1]) > PART * largest
        };
        let multiples = (1..=80).rev().map(|step| 0.25 * f64::from(step));
        let farthest = multiples.into_iter().find(|&multiple| varies(multiple));
        Some(farthest.unwrap_or(1.0).max(1.0))
    }

    /// `sup_z |f_a(z)|` for each unit, or `None` where the denoiser is unbounded.
    pub fn mean_bound(&self, units: usize) -> Option<Vec<f64>> {
        match self {
            Self::Gaussian => None,
            Self::Separable(atoms) => Some(vec![atoms.largest(); units]),
            Self::Joint(atoms) => Some(atoms.largest()),
            Self::Formula(law) => Some(law.mean_bound(units)),
        }
    }

    /// `f` and `D` in the fields `z`.
    #[inline]
    pub fn response<const K: usize>(&self, z: &SVector<f64, K>) -> Response<K> {
        match self {
            Self::Gaussian => Response {
                mean: *z,
                covariance: SMatrix::identity(),
            },
            Self::Separable(atoms) => separable(z, |x| atoms.mean_and_variance(x)),
            Self::Joint(atoms) => atoms.response(z),
            Self::Formula(law) if law.is_joint() => law.joint_response(z),
            Self::Formula(law) => separable(z, |x| law.mean_and_variance(x)),
        }
    }

    /// `log E exp(h·z)` in the fields that `z` lists.
    #[inline]
    pub fn log_mgf(&self, z: impl Iterator<Item = f64>) -> f64 {
        match self {
            Self::Gaussian => z.map(|x| 0.5 * x * x).sum(),
            Self::Separable(atoms) => z.map(|x| atoms.log_mgf(x)).sum(),
            Self::Joint(atoms) => atoms.log_mgf(z),
            Self::Formula(law) => law.log_mgf(z),
        }
    }
}

/// Response of independent units.
#[inline]
fn separable<const K: usize>(
    z: &SVector<f64, K>,
    mean_and_variance: impl Fn(f64) -> (f64, f64),
) -> Response<K> {
    let mut response = Response {
        mean: SVector::zeros(),
        covariance: SMatrix::zeros(),
    };
    for unit in 0..K {
        let (mean, variance) = mean_and_variance(z[unit]);
        response.mean[unit] = mean;
        response.covariance[(unit, unit)] = variance;
    }
    response
}
