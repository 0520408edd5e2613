//! Whether a formula can be the log moment generating function of a bounded law, and the bounds
//! that follow from it.

use super::averaged_pair::AveragedPair;
use super::extremum::{maximum_in_space, maximum_on_line};
use super::formula::{FormulaLaw, MAX_FORMULA_UNITS};
use super::{MAX_FIELD, Response};
use crate::error::{Error, Result};
use crate::numerics::Matrix;
use crate::numerics::symmetric::{largest_eigenvalue, smallest_eigenvalue};
use crate::symbolic::{Expression, Symbol};
use nalgebra::{DVector, SVector};

/// Fields up to which the formula must be finite.
const FAR: f64 = 800.0;

/// Fields at which the gradient must have come to rest: a density that ends at `h_0` gives
/// `f = h_0 − O(1/z)`.
const LIMITS: [f64; 2] = [1e6, 1e8];

/// Characters of a formula that a message shows.
const LONGEST: usize = 120;

/// Number of irregular points at which identities are checked.
const POINTS: usize = 64;

/// What is derived from a formula numerically.
#[derive(Debug, Clone, Default)]
pub(super) struct Bounds {
    /// `sup |f_a|` for each variable.
    pub mean: Vec<f64>,
    /// `sup λ_max(D)`.
    pub covariance: f64,
    /// Invariance under `z → −z`.
    pub symmetric: bool,
}

pub(super) fn refused(log_mgf: &Expression, reason: impl Into<String>) -> Error {
    let mut shown: String = log_mgf.unicode().chars().take(LONGEST).collect();
    if shown.chars().count() == LONGEST {
        shown.push('…');
    }
    Error::invalid("log_mgf", shown, reason)
}

/// The variables of the formula are those that were declared, at most three.
pub(super) fn variables(variables: &[Symbol], log_mgf: &Expression) -> Result<()> {
    if variables.is_empty() || variables.len() > MAX_FORMULA_UNITS {
        let allowed = format!(
            "1 to {MAX_FORMULA_UNITS} are allowed: give a joint law of more units by its atoms"
        );
        return Err(Error::invalid("variables", variables.len(), allowed));
    }
    let used = log_mgf.variables();
    for (index, variable) in variables.iter().enumerate() {
        if variables[..index].contains(variable) {
            let allowed = "the variables must have different names";
            return Err(Error::invalid("variables", variable, allowed));
        }
        if !used.contains(variable) {
            let reason = format!("it must depend on {variable}, the field of a hidden unit");
            return Err(refused(log_mgf, reason));
        }
    }
    match used.iter().find(|name| !variables.contains(name)) {
        Some(unknown) => {
            let reason =
                format!("{unknown} must be declared as a variable or replaced by its value");
            Err(refused(log_mgf, reason))
        }
        None => Ok(()),
    }
}

/// Checks the values of the formula and of its first two derivatives, and bounds these.
pub(super) fn bounds(law: &FormulaLaw) -> Result<Bounds> {
    normalised(law)?;
    let dimension = law.dimension();
    let corners = directions(dimension).map(|direction| scaled(&direction, FAR));
    for point in corners.chain(scan(dimension)) {
        finite(law, &point)?;
        convex(law, &point)?;
    }
    let mean = (0..dimension)
        .map(|axis| limit(law, axis))
        .collect::<Result<_>>()?;
    let covariance = covariance_bound(law);
    if covariance.is_nan() || covariance <= 0.0 {
        let reason = "its second derivative vanishes: a hidden unit must have at least two values";
        return Err(refused(law.formula(), reason));
    }
    Ok(Bounds {
        mean,
        covariance,
        symmetric: invariant(law, &vec![0.0; dimension], |z| {
            z.iter().map(|x| -x).collect()
        }),
    })
}

/// `e^{η1}` has no singularity near the real axis, as no bounded law has: a Gaussian average is the
/// same on two grids.
pub(super) fn average(law: &FormulaLaw) -> Result<()> {
    let dimension = law.dimension();
    let largest = law.mean_bound(dimension).into_iter().fold(0.0, f64::max);
    let q = Matrix::identity(dimension, dimension) * (3.0 / largest).powi(2);
    let defect = AveragedPair::new(law, &DVector::zeros(dimension)).defect(&q);
    if defect.is_some_and(|defect| defect < 1e-10) {
        return Ok(());
    }
    let reason = "no bounded law has this log moment generating function (its exponential is singular close to the real axis): \
                  check its factors (ln_cosh(2*z)/2, say, is none)";
    Err(refused(law.formula(), reason))
}

fn normalised(law: &FormulaLaw) -> Result<()> {
    let at_zero = law.value(&vec![0.0; law.dimension()]);
    if at_zero.abs() <= 1e-12 {
        return Ok(());
    }
    if !at_zero.is_finite() {
        let reason = format!(
            "it is {at_zero} at 0, where it must be 0: write it as a smooth function there"
        );
        return Err(refused(law.formula(), reason));
    }
    let reason = format!("it must be 0 at 0, but P_h is not normalised: subtract {at_zero}");
    Err(refused(law.formula(), reason))
}

fn finite(law: &FormulaLaw, point: &[f64]) -> Result<()> {
    let (mean, covariance) = response(law, point);
    let numbers = mean.iter().chain(covariance.iter());
    if law.value(point).is_finite() && numbers.copied().all(f64::is_finite) {
        return Ok(());
    }
    let reason = format!(
        "it or a derivative is not finite at {point:?}: use log_sum_exp or ln_cosh, which don't overflow, and no function that is \
         singular"
    );
    Err(refused(law.formula(), reason))
}

fn convex(law: &FormulaLaw, point: &[f64]) -> Result<()> {
    let (_, covariance) = response(law, point);
    let smallest = smallest_eigenvalue(&covariance);
    if smallest >= -1e-9 * (1.0 + covariance.amax()) {
        return Ok(());
    }
    let reason = format!(
        "it must be convex (its second derivative is the variance of h), but that is {smallest} at {point:?}"
    );
    Err(refused(law.formula(), reason))
}

/// `sup |f_a|`: `f_a` grows with `z_a` towards the largest value of `h_a`.
fn limit(law: &FormulaLaw, axis: usize) -> Result<f64> {
    let at = |field: f64| {
        let mut point = vec![0.0; law.dimension()];
        point[axis] = field;
        response(law, &point).0[axis]
    };
    let end = |sign: f64| {
        let [near, far] = LIMITS.map(|field| at(sign * field));
        let moved = (far - near).abs();
        let bounded = far.abs() <= MAX_FIELD && moved <= 1e-3 * (1.0 + near.abs());
        bounded.then_some(far.abs() + moved)
    };
    let largest = end(1.0).zip(end(-1.0)).map(|(up, down)| up.max(down));
    largest.filter(|&bound| bound > 0.0).ok_or_else(|| {
        let reason = format!(
            "its gradient must tend to limits of at most {MAX_FIELD} (the support of h must be bounded): use the Gaussian law for \
             Gaussian units, or a bounded prior"
        );
        refused(law.formula(), reason)
    })
}

fn covariance_bound(law: &FormulaLaw) -> f64 {
    if law.is_joint() {
        let top = |z: &[f64]| largest_eigenvalue(&response(law, z).1);
        return maximum_in_space(scan(law.dimension()), top);
    }
    maximum_on_line(&line(), |x| law.mean_and_variance(x).1)
}

/// Whether `η1(z + b)` is unchanged by a map of the fields `z`, at irregular points.
pub(super) fn invariant(law: &FormulaLaw, bias: &[f64], map: impl Fn(&[f64]) -> Vec<f64>) -> bool {
    let value = |z: &[f64]| {
        let fields: Vec<f64> = z.iter().zip(bias).map(|(z, bias)| z + bias).collect();
        law.value(&fields)
    };
    irregular(law.dimension()).all(|point| {
        let (value, mapped) = (value(&point), value(&map(&point)));
        (value - mapped).abs() <= 1e-12 * value.abs().max(1.0)
    })
}

fn response(law: &FormulaLaw, z: &[f64]) -> (DVector<f64>, Matrix) {
    fn dynamic<const K: usize>(response: Response<K>) -> (DVector<f64>, Matrix) {
        (
            DVector::from_column_slice(response.mean.as_slice()),
            Matrix::from_column_slice(K, K, response.covariance.as_slice()),
        )
    }
    match z {
        [x] => {
            let (mean, variance) = law.mean_and_variance(*x);
            (
                DVector::from_element(1, mean),
                Matrix::from_element(1, 1, variance),
            )
        }
        [x, y] => dynamic(law.joint_response(&SVector::<f64, 2>::new(*x, *y))),
        _ => dynamic(law.joint_response(&SVector::<f64, 3>::from_column_slice(z))),
    }
}

/// Fields of one unit up to [`FAR`], dense at every scale: the variance of a law varies over fields
/// that are comparable to their own size, or to `1/sup|h|`.
fn line() -> Vec<f64> {
    let steps = 4000;
    let field = |step: i32| 1e-3 * (f64::from(step) * (FAR * 2e3).ln() / f64::from(steps)).sinh();
    (-steps..=steps).map(field).collect()
}

/// Fields in which extremes are sought: of one unit [`line`]; else 0, along axes and diagonals at
/// every scale, and irregular ones.
fn scan(dimension: usize) -> Vec<Vec<f64>> {
    if dimension == 1 {
        return line().into_iter().map(|x| vec![x]).collect();
    }
    let radii = [0.1, 0.3, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 100.0];
    let along = directions(dimension)
        .flat_map(move |direction| radii.map(|radius| scaled(&direction, radius)));
    let zero = std::iter::once(vec![0.0; dimension]);
    zero.chain(along).chain(irregular(dimension)).collect()
}

/// All vectors with entries −1, 0, 1 but zero.
fn directions(dimension: usize) -> impl Iterator<Item = Vec<f64>> {
    let count = 3usize.pow(dimension as u32);
    let direction = move |number: usize| {
        (0..dimension)
            .map(|axis| (number / 3usize.pow(axis as u32) % 3) as f64 - 1.0)
            .collect::<Vec<f64>>()
    };
    (0..count)
        .map(direction)
        .filter(|direction| direction.iter().any(|&entry| entry != 0.0))
}

/// Points of a Kronecker sequence in a cube of side 2, scaled by 0.1 to 30 in turn.
fn irregular(dimension: usize) -> impl Iterator<Item = Vec<f64>> {
    let slopes = [2f64, 3.0, 5.0].map(f64::sqrt);
    (1..=POINTS).map(move |number| {
        let radius = 0.1 * 300f64.powf((number % 8) as f64 / 7.0);
        (0..dimension)
            .map(|axis| radius * (2.0 * (number as f64 * slopes[axis]).fract() - 1.0))
            .collect()
    })
}

fn scaled(direction: &[f64], factor: f64) -> Vec<f64> {
    direction.iter().map(|entry| factor * entry).collect()
}
