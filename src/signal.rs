//! Signal priors `P_u` (rows of `U*`) and `P_w` (rows of `W*`), a role of a [`Law`]: zero mean and
//! unit variance of each component.
//!
//! Theory needs a prior as a Gaussian mixture ([`SignalPrior::components`]: atoms are components
//! without spread), and simulation needs samples; both come from this one definition.

use crate::error::{Error, Result};
use crate::law::Law;
pub use crate::law::{MAX_COMPONENTS, MixtureComponent};
use crate::numerics::Matrix;
use crate::numerics::streams::Stream;
use crate::numerics::symmetric::{smallest_eigenvalue, square_root};
use crate::symmetry::SignedPermutation;
use nalgebra::DVector;
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

/// Tolerance within which a prior must have zero mean and unit variance.
const STANDARD_TOLERANCE: f64 = 1e-9;

/// A standardised prior of `r` signal components.
#[derive(Debug, Clone)]
pub struct SignalPrior {
    law: Law,
    components: Vec<MixtureComponent>,
    correlation: Matrix,
    correlation_root: Matrix,
}

impl SignalPrior {
    /// The prior of `signals` components. A continuous law becomes a mixture of quadrature nodes,
    /// good for functions that are smooth over lengths of `resolution`: a pre-activation
    /// `λ M u + N(0, Q)` is so over `√Q/(λ|M|) ≥ 1/λ`. Without a resolution there are no
    /// components, only samples.
    ///
    /// # Errors
    /// `signals = 0`, a law that can't be drawn, a joint law of another dimension, a law without zero mean or unit variance, a correlation matrix that
    /// is not one, or more than [`MAX_COMPONENTS`] atoms.
    pub fn new(law: Law, signals: usize, resolution: Option<f64>, field: &str) -> Result<Self> {
        if signals == 0 {
            return Err(Error::invalid(field, 0, "at least one signal is needed"));
        }
        if let (Law::Continuous(law), None) = (&law, resolution) {
            // Standardised as one component is; independent as it is of the others.
            Self::new(Law::Continuous(*law), 1, Some(1.0), field)?;
            return Ok(Self {
                law: Law::Continuous(*law),
                components: Vec::new(),
                correlation: Matrix::identity(signals, signals),
                correlation_root: Matrix::identity(signals, signals),
            });
        }
        let components = mixture(&law, signals, resolution.unwrap_or(1.0), field)?;
        let mut mean = DVector::zeros(signals);
        let mut correlation = Matrix::zeros(signals, signals);
        for component in &components {
            mean += &component.mean * component.weight;
            correlation += &component.mean * component.mean.transpose() * component.weight;
            if let Some(covariance) = &component.covariance {
                correlation += covariance * component.weight;
            }
        }
        for a in 0..signals {
            if mean[a].abs() > STANDARD_TOLERANCE {
                let got = format!("a law with mean {} in component {a}", mean[a]);
                return Err(Error::invalid(
                    field,
                    got,
                    "must have zero mean: shift the atoms",
                ));
            }
            if (correlation[(a, a)] - 1.0).abs() > STANDARD_TOLERANCE {
                let got = format!(
                    "a law with variance {} in component {a}",
                    correlation[(a, a)]
                );
                return Err(Error::invalid(
                    field,
                    got,
                    "must have unit variance: rescale the atoms",
                ));
            }
        }
        let correlation_root = square_root(&correlation, 1e-12).ok_or_else(|| {
            let allowed = "the correlation matrix must be positive semi-definite";
            Error::invalid(field, &correlation, allowed)
        })?;
        Ok(Self {
            law,
            components,
            correlation,
            correlation_root,
        })
    }

    /// Number of components `r`.
    pub fn signals(&self) -> usize {
        self.correlation.nrows()
    }

    /// The law.
    pub fn law(&self) -> &Law {
        &self.law
    }

    /// The prior as a Gaussian mixture.
    pub fn components(&self) -> &[MixtureComponent] {
        &self.components
    }

    /// `E[u u^T]`, of unit diagonal.
    pub fn correlation(&self) -> &Matrix {
        &self.correlation
    }

    /// Whether the components are independent, so that theory may treat them one by one.
    pub fn is_product(&self) -> bool {
        self.law.joint_dimension().is_none()
    }

    /// Whether the prior is invariant under `u → −u`.
    pub fn is_symmetric(&self) -> bool {
        self.law.is_symmetric()
    }

    /// Whether the prior is invariant under `u ↦ g u`.
    pub fn is_invariant(&self, g: &SignedPermutation) -> bool {
        self.law.is_invariant(g, &vec![0.0; self.signals()])
    }

    /// Draws one row into `row`, of length `r`.
    pub fn sample(&self, stream: &mut Stream, row: &mut [f64]) {
        match &self.law {
            Law::Gaussian => row.fill_with(|| StandardNormal.sample(stream)),
            Law::CorrelatedGaussian(_) => {
                let white = DVector::from_fn(row.len(), |_, _| StandardNormal.sample(stream));
                row.copy_from_slice((&self.correlation_root * white).as_slice());
            }
            Law::Separable(atoms) => match atoms.symmetric_pair() {
                // One random bit for each component.
                Some(size) => row.fill_with(|| if stream.random() { size } else { -size }),
                None => row.fill_with(|| pick(atoms.atoms(), stream.random())),
            },
            Law::Continuous(law) => row.fill_with(|| law.sample(stream)),
            Law::Joint(atoms) => {
                row.copy_from_slice(pick(atoms.atoms(), stream.random()));
            }
            Law::Mixture(_) => self.sample_component(stream, row),
            Law::Formula(_) => unreachable!("a signal has a law that can be drawn"),
        }
    }
}

impl SignalPrior {
    /// Draws a component, and a row of it, whose entries are independent.
    fn sample_component(&self, stream: &mut Stream, row: &mut [f64]) {
        let places = self.components.iter().enumerate();
        let place = pick(
            places.map(|(place, component)| (place, component.weight)),
            stream.random(),
        );
        let component = &self.components[place];
        row.copy_from_slice(component.mean.as_slice());
        if let Some(covariance) = &component.covariance {
            for (entry, variance) in row.iter_mut().zip(covariance.diagonal().iter()) {
                let normal: f64 = StandardNormal.sample(stream);
                *entry += variance.sqrt() * normal;
            }
        }
    }
}

/// The atom in which the distribution function passes `level`; the last one if rounding leaves a
/// gap at 1.
fn pick<T: Copy + Default>(atoms: impl Iterator<Item = (T, f64)>, level: f64) -> T {
    let mut total = 0.0;
    let mut picked = T::default();
    for (value, weight) in atoms {
        picked = value;
        total += weight;
        if level < total {
            break;
        }
    }
    picked
}

fn mixture(
    law: &Law,
    signals: usize,
    resolution: f64,
    field: &str,
) -> Result<Vec<MixtureComponent>> {
    let gaussian = |covariance: Matrix| {
        vec![MixtureComponent {
            weight: 1.0,
            mean: DVector::zeros(signals),
            covariance: Some(covariance),
        }]
    };
    let dimension_error = |got: usize| Error::Shape {
        field: field.into(),
        got: format!("{got} components"),
        expected: format!("{signals} components, one for each entry of lambda"),
    };
    match law {
        Law::Gaussian => Ok(gaussian(Matrix::identity(signals, signals))),
        Law::CorrelatedGaussian(correlation) => {
            if correlation.shape() != (signals, signals) {
                return Err(dimension_error(correlation.nrows()));
            }
            let asymmetry = (correlation - correlation.transpose()).amax();
            let smallest = smallest_eigenvalue(correlation);
            if asymmetry > 1e-12 || smallest.is_nan() || smallest < -1e-12 {
                let allowed = "the correlation matrix must be symmetric and positive semi-definite";
                return Err(Error::invalid(field, correlation, allowed));
            }
            Ok(gaussian(correlation.clone()))
        }
        Law::Separable(atoms) => product(&atoms.atoms().collect::<Vec<_>>(), signals, field),
        Law::Continuous(law) => product(&law.nodes(resolution), signals, field),
        Law::Joint(atoms) if atoms.dimension() != signals => {
            Err(dimension_error(atoms.dimension()))
        }
        Law::Joint(atoms) => Ok(atoms
            .atoms()
            .map(|(point, weight)| {
                MixtureComponent::atom(weight, DVector::from_column_slice(point))
            })
            .collect()),
        Law::Mixture(law) if law.dimension() != signals => Err(dimension_error(law.dimension())),
        Law::Mixture(law) => Ok(law.components().to_vec()),
        Law::Formula(law) => {
            let allowed = "a signal must be drawn: give atoms or a continuous law";
            Err(Error::invalid(field, format!("{law:?}"), allowed))
        }
    }
}

fn product(atoms: &[(f64, f64)], signals: usize, field: &str) -> Result<Vec<MixtureComponent>> {
    let mut components = vec![MixtureComponent::atom(1.0, DVector::zeros(signals))];
    for a in 0..signals {
        if components.len() * atoms.len() > MAX_COMPONENTS {
            let got = format!("{signals} signals of {} atoms", atoms.len());
            let allowed = format!("at most {MAX_COMPONENTS} joint atoms: use fewer signals");
            return Err(Error::invalid(field, got, allowed));
        }
        components = components
            .iter()
            .flat_map(|component| {
                atoms.iter().map(move |(value, weight)| {
                    let mut mean = component.mean.clone();
                    mean[a] = *value;
                    MixtureComponent::atom(component.weight * weight, mean)
                })
            })
            .collect();
    }
    Ok(components)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::{ContinuousLaw, JointAtoms, ScalarAtoms};
    use crate::numerics::streams::{Purpose, Streams};

    #[test]
    fn samples_have_the_stated_moments() {
        let correlation = Matrix::from_row_slice(2, 2, &[1.0, 0.6, 0.6, 1.0]);
        let a = 1.5f64.sqrt();
        let joint = JointAtoms::new(
            &[
                vec![1.0, 1.0],
                vec![1.0, -1.0],
                vec![-1.0, 1.0],
                vec![-1.0, -1.0],
            ],
            &[0.4, 0.1, 0.1, 0.4],
        );
        let laws = [
            Law::rademacher(),
            Law::Gaussian,
            Law::CorrelatedGaussian(correlation),
            Law::Separable(ScalarAtoms::new(&[-a, 0.0, a], &[1.0 / 3.0; 3]).expect("valid")),
            Law::Joint(joint.expect("valid")),
            Law::Continuous(ContinuousLaw::Uniform {
                low: -(3f64.sqrt()),
                high: 3f64.sqrt(),
            }),
        ];
        for law in laws {
            let prior = SignalPrior::new(law, 2, Some(1.0), "signal").expect("standardised");
            let mut stream = Streams::new(1).stream(Purpose::SampleSignals, 0);
            let draws = 40_000;
            let mut second = Matrix::zeros(2, 2);
            let mut row = [0.0; 2];
            for _ in 0..draws {
                prior.sample(&mut stream, &mut row);
                let row = DVector::from_column_slice(&row);
                second += &row * row.transpose() / f64::from(draws);
            }
            // Four standard errors of a second moment of kurtosis at most 3.
            let error = (second - prior.correlation()).amax();
            assert!(
                error < 4.0 * (2.0 / f64::from(draws)).sqrt(),
                "{:?} {error}",
                prior.law()
            );
        }
    }

    #[test]
    fn a_sign_takes_one_random_bit() {
        let stream = || Streams::new(1).stream(Purpose::SampleSignals, 0);
        let prior = SignalPrior::new(Law::rademacher(), 3, None, "signal").expect("standardised");
        let mut row = [0.0; 3];
        prior.sample(&mut stream(), &mut row);
        let mut bits = stream();
        assert_eq!(
            row,
            row.map(|_| if bits.random::<bool>() { 1.0 } else { -1.0 })
        );
    }

    #[test]
    fn unstandardised_laws_are_refused() {
        let wide = ScalarAtoms::new(&[-2.0, 2.0], &[0.5, 0.5]).expect("valid");
        let shifted = ScalarAtoms::new(&[0.0, 2.0], &[0.5, 0.5]).expect("valid");
        for atoms in [wide, shifted] {
            assert!(SignalPrior::new(Law::Separable(atoms), 1, Some(1.0), "signal").is_err());
        }
        let indefinite = Matrix::from_row_slice(2, 2, &[1.0, 1.5, 1.5, 1.0]);
        let law = Law::CorrelatedGaussian(indefinite);
        assert!(SignalPrior::new(law, 2, Some(1.0), "signal").is_err());
        assert!(SignalPrior::new(Law::rademacher(), 0, Some(1.0), "signal").is_err());
        assert!(SignalPrior::new(Law::rademacher(), 40, Some(1.0), "signal").is_err());
    }
}
