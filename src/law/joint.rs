//! Joint laws of finite support in `R^k`.

use super::extremum::maximum_in_space;
use super::{MAX_ATOMS, MAX_FIELD, MAX_UNITS, Response, Values, scalar::checked_total};
use crate::error::{Error, Result};
use crate::numerics::Matrix;
use crate::numerics::special::exp;
use crate::numerics::symmetric::largest_eigenvalue;
use crate::symmetry::SignedPermutation;
use nalgebra::{SMatrix, SVector};
use std::hint::select_unpredictable as select;

/// A law of finite support in `R^k`, given as points and probabilities.
#[derive(Debug, Clone, PartialEq)]
pub struct JointAtoms {
    dimension: usize,
    points: Vec<Vec<f64>>,
    log_weights: Vec<f64>,
    covariance_bound: f64,
}

impl JointAtoms {
    /// Atoms with their probabilities.
    ///
    /// # Errors
    /// No points, points of unequal or unsupported dimension, entries that are not finite, probabilities that are not
    /// positive or don't add up to 1.
    pub fn new(points: &[Vec<f64>], weights: &[f64]) -> Result<Self> {
        let dimension = points.first().map_or(0, Vec::len);
        let shape = |got: String, expected: &str| Error::Shape {
            field: "atoms".into(),
            got,
            expected: expected.into(),
        };
        if points.len() < 2 || points.len() != weights.len() {
            let got = format!("{} points and {} weights", points.len(), weights.len());
            return Err(shape(got, "at least two points and as many weights"));
        }
        if dimension == 0 || dimension > MAX_UNITS {
            return Err(shape(
                format!("{dimension} components"),
                "1 to 8 components",
            ));
        }
        if let Some(odd) = points.iter().find(|point| point.len() != dimension) {
            let got = format!("a point of {} components", odd.len());
            return Err(shape(got, "points of one dimension"));
        }
        let entries = || points.iter().flatten();
        if let Some(broken) = entries().find(|value| value.is_nan() || value.abs() > MAX_FIELD) {
            let allowed = format!("every value must lie in -{MAX_FIELD}..={MAX_FIELD}");
            return Err(Error::invalid("points", broken, allowed));
        }
        if points.len() > MAX_ATOMS {
            let allowed = format!("at most {MAX_ATOMS} points are supported");
            return Err(Error::invalid("points", points.len(), allowed));
        }
        let total = checked_total(weights)?;
        let mut atoms = Self {
            dimension,
            points: points.to_vec(),
            log_weights: weights.iter().map(|weight| (weight / total).ln()).collect(),
            covariance_bound: f64::NAN,
        };
        atoms.covariance_bound = atoms.search_covariance_bound();
        Ok(atoms)
    }

    /// Dimension `k` of the points.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// The points and their probabilities.
    pub fn atoms(&self) -> impl Iterator<Item = (&[f64], f64)> + '_ {
        self.points
            .iter()
            .zip(&self.log_weights)
            .map(|(point, log_weight)| (point.as_slice(), log_weight.exp()))
    }

    /// `sup_z λ_max(Cov[h | z])`, by a multi-start search: a lower bound that is tight up to about
    /// 1e-9. The quadrature refuses nodes at which `det(I − V D)` is not positive.
    pub fn covariance_bound(&self) -> f64 {
        self.covariance_bound
    }

    /// Largest absolute value of each component.
    pub fn largest(&self) -> Vec<f64> {
        (0..self.dimension)
            .map(|unit| {
                self.points
                    .iter()
                    .fold(0.0, |a: f64, p| a.max(p[unit].abs()))
            })
            .collect()
    }

    /// Whether the law is invariant under `h → −h`.
    pub fn is_symmetric(&self) -> bool {
        let weight_of = |wanted: &dyn Fn(&[f64]) -> bool| -> f64 {
            self.atoms()
                .filter(|(p, _)| wanted(p))
                .map(|(_, w)| w)
                .sum()
        };
        self.points.iter().all(|point| {
            let own = weight_of(&|p| p == point);
            let mirrored = weight_of(&|p| p.iter().zip(point).all(|(a, b)| *a == -b));
            (own - mirrored).abs() < 1e-14
        })
    }

    /// Whether the law with weights `∝ P(h) e^{b·h}` is invariant under `h ↦ g h`, with points and
    /// logarithms of weights compared to 1e-9: definitions write the same number in more than one
    /// way.
    pub fn is_invariant(&self, g: &SignedPermutation, bias: &[f64]) -> bool {
        let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(x, y)| (x - y).abs() < 1e-9);
        let log_weight_of = |wanted: &[f64]| {
            let equal = self.atoms().filter(|(point, _)| near(point, wanted));
            equal.map(|(_, weight)| weight).sum::<f64>().ln() + dot(wanted, bias)
        };
        self.points.iter().all(|point| {
            let image = log_weight_of(&g.apply(point));
            (image - log_weight_of(point)).abs() < 1e-9
        })
    }

    /// Posterior mean and covariance at `z` (the bias already added).
    #[inline]
    pub fn response<const K: usize>(&self, z: &SVector<f64, K>) -> Response<K> {
        let fields: [Values<1>; K] = std::array::from_fn(|unit| Values([z[unit]]));
        let mut mean = [Values::<1>::ZERO; K];
        let mut covariance = [[Values::<1>::ZERO; K]; K];
        self.moments(&fields, &mut mean, covariance.as_flattened_mut());
        Response {
            mean: SVector::from_fn(|unit, _| mean[unit][0]),
            covariance: SMatrix::from_fn(|a, b| covariance[a.max(b)][a.min(b)][0]),
        }
    }

    /// The same at many fields, means and covariances row by row up to the diagonal: loops without
    /// branches, which become vector code.
    /// Moments around the most probable point, whose probability is at least one by their number.
    #[inline(always)]
    pub(crate) fn moments<const N: usize>(
        &self,
        z: &[Values<N>],
        mean: &mut [Values<N>],
        covariance: &mut [Values<N>],
    ) {
        let units = self.dimension;
        let mut peak = [f64::NEG_INFINITY; N];
        let mut likely = [Values::<N>::ZERO; MAX_UNITS];
        let terms = || self.points.iter().zip(&self.log_weights);
        for (point, log_weight) in terms() {
            let exponent = exponents(point, *log_weight, z);
            let mut more = [false; N];
            for lane in 0..N {
                more[lane] = exponent[lane] > peak[lane];
                peak[lane] = select(more[lane], exponent[lane], peak[lane]);
            }
            for (likely, value) in likely.iter_mut().zip(point) {
                for lane in 0..N {
                    likely[lane] = select(more[lane], *value, likely[lane]);
                }
            }
        }
        let mut norm = [0.0; N];
        mean.fill(Values::ZERO);
        covariance.fill(Values::ZERO);
        for (point, log_weight) in terms() {
            let mut weight = exponents(point, *log_weight, z);
            for lane in 0..N {
                weight[lane] = exp(weight[lane] - peak[lane]);
                norm[lane] += weight[lane];
            }
            for a in 0..units {
                let mut apart = Values::<N>::ZERO;
                for lane in 0..N {
                    apart[lane] = weight[lane] * (point[a] - likely[a][lane]);
                    mean[a][lane] += apart[lane];
                }
                for b in 0..=a {
                    let sums = &mut covariance[a * units + b];
                    for lane in 0..N {
                        sums[lane] += apart[lane] * (point[b] - likely[b][lane]);
                    }
                }
            }
        }
        for mean in mean.iter_mut() {
            for lane in 0..N {
                mean[lane] /= norm[lane];
            }
        }
        for a in 0..units {
            for b in 0..=a {
                let entries = &mut covariance[a * units + b];
                for lane in 0..N {
                    let square = mean[a][lane] * mean[b][lane];
                    entries[lane] = entries[lane] / norm[lane] - square;
                }
            }
        }
        for (mean, likely) in mean.iter_mut().zip(&likely) {
            for lane in 0..N {
                mean[lane] += likely[lane];
            }
        }
    }

    /// `log E exp(h·z)`.
    pub fn log_mgf(&self, z: impl Iterator<Item = f64>) -> f64 {
        let mut buffer = [0.0; MAX_UNITS];
        for (slot, entry) in buffer.iter_mut().zip(z) {
            *slot = entry;
        }
        let z = &buffer[..self.dimension];
        let peak = self.peak(z);
        let norm: f64 = self
            .points
            .iter()
            .zip(&self.log_weights)
            .map(|(point, log_weight)| (log_weight + dot(point, z) - peak).exp())
            .sum();
        peak + norm.ln()
    }

    fn peak(&self, z: &[f64]) -> f64 {
        self.points
            .iter()
            .zip(&self.log_weights)
            .map(|(point, log_weight)| log_weight + dot(point, z))
            .fold(f64::NEG_INFINITY, f64::max)
    }

    /// The largest covariance eigenvalue at `z`, with dynamic shapes.
    fn top_eigenvalue(&self, z: &[f64]) -> f64 {
        crate::with_units!(self.dimension, K => {
            let response = self.response(&SVector::<f64, K>::from_column_slice(z));
            largest_eigenvalue(&Matrix::from_column_slice(K, K, response.covariance.as_slice()))
        })
    }

    /// Nelder–Mead from zero and from fields along which two atoms outweigh the others.
    fn search_covariance_bound(&self) -> f64 {
        let mut starts = vec![vec![0.0; self.dimension]];
        for (i, a) in self.points.iter().enumerate() {
            for b in &self.points[i + 1..] {
                let middle = a.iter().zip(b).map(|(x, y)| x + y);
                for scale in [1.0, 4.0] {
                    starts.push(middle.clone().map(|x| scale * x).collect());
                }
            }
        }
        maximum_in_space(starts, |z| self.top_eigenvalue(z))
    }
}

/// `log P(h) + h·z` of one point `h` at many fields.
#[inline(always)]
fn exponents<const N: usize>(point: &[f64], log_weight: f64, z: &[Values<N>]) -> Values<N> {
    let mut exponents = Values::all(log_weight);
    for (value, z) in point.iter().zip(z) {
        for lane in 0..N {
            exponents[lane] += value * z[lane];
        }
    }
    exponents
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}
