//! Numbers of an instance whose mean is known (theory.md section 12): what happened by chance in
//! the planted data, by which means over instances are corrected.

use super::data::{AnyData, Data};
use super::instance::{Instance, Size};
use super::problem::Planted;
use super::store::Store;
use crate::error::Result;
use crate::model::Model;
use crate::numerics::Matrix;
use crate::numerics::streams::Streams;
use crate::signal::SignalPrior;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A number of the planted data with mean 0, whatever the laws of the signals. `u_a` and `w_a` are
/// the columns of `U*` and `W*`, `G^u = U*^T U*/n`, `G^w = W*^T W*/d`, and
/// `C = U*^T Z W*/√(nd)`. Signals count from 1, as people do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Control {
    /// `C_ab`: how the noise happens to lie along the signals.
    Alignment {
        /// Signal of the samples.
        u: usize,
        /// Signal of the visible units.
        w: usize,
    },
    /// `C_aa² − G^u_aa G^w_aa`.
    SquaredAlignment {
        /// The signal.
        signal: usize,
    },
    /// `(Z w_a)·(Z w_b)/(nd) − G^w_ab`, `a ≤ b`.
    Rows {
        /// First signal.
        a: usize,
        /// Second signal.
        b: usize,
    },
    /// `(Z^T u_a)·(Z^T u_b)/(nd) − G^u_ab`, `a ≤ b`.
    Columns {
        /// First signal.
        a: usize,
        /// Second signal.
        b: usize,
    },
    /// `G^u_ab − E u_a u_b`, `a ≤ b`; left out where it can't vary.
    SampleSignals {
        /// First signal.
        a: usize,
        /// Second signal.
        b: usize,
    },
    /// `G^w_ab − δ_ab`, `a ≤ b`; left out where it can't vary.
    VisibleSignals {
        /// First signal.
        a: usize,
        /// Second signal.
        b: usize,
    },
}

impl Control {
    /// All controls of a model: with signals ±1, 4 of one signal, 14 of two, `3r² + r` of `r`.
    pub fn all_of(model: &Model) -> Vec<Self> {
        let signals = model.signals();
        let mut all = Vec::new();
        for b in 1..=signals {
            for a in 1..=b {
                all.push(Self::Alignment { u: a, w: b });
                if a == b {
                    all.push(Self::SquaredAlignment { signal: a });
                } else {
                    all.push(Self::Alignment { u: b, w: a });
                }
                all.extend([Self::Rows { a, b }, Self::Columns { a, b }]);
                if a != b || varies(model.sample_signals(), a - 1) {
                    all.push(Self::SampleSignals { a, b });
                }
                if a != b || varies(model.visible_signals(), a - 1) {
                    all.push(Self::VisibleSignals { a, b });
                }
            }
        }
        all
    }
}

/// For people.
impl fmt::Display for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alignment { u, w } => write!(f, "u{u}·Zw{w}"),
            Self::SquaredAlignment { signal } => write!(f, "(u{signal}·Zw{signal})²"),
            Self::Rows { a, b } => write!(f, "Zw{a}·Zw{b}"),
            Self::Columns { a, b } => write!(f, "Zᵀu{a}·Zᵀu{b}"),
            Self::SampleSignals { a, b } => write!(f, "u{a}·u{b}"),
            Self::VisibleSignals { a, b } => write!(f, "w{a}·w{b}"),
        }
    }
}

/// Whether the square of a component is random: that of ±1 is not.
fn varies(prior: &SignalPrior, component: usize) -> bool {
    let components = prior.components();
    let is_sign = |at: &crate::signal::MixtureComponent| {
        at.covariance.is_none() && (at.mean[component].abs() - 1.0).abs() < 1e-9
    };
    components.is_empty() || !components.iter().all(is_sign)
}

/// The [controls](Control::all_of) of the instance that `streams` draw in this store. They are numbers of the
/// data alone: no algorithm is run, and a record of runs needs no more than its seed.
///
/// # Errors
/// As [`Instance::generate`].
pub fn controls(model: &Model, size: Size, store: Store, streams: Streams) -> Result<Vec<f64>> {
    let instance = Instance::stored(model, size, store, streams)?;
    Ok(instance.controls(model, streams))
}

impl<D> Instance<D>
where
    for<'a> AnyData<'a>: From<&'a D>,
{
    /// Its [controls](Control::all_of), where these streams of this model drew it. One pass over the
    /// data for each signal; entries of `X` in single precision move a control by less than 1e-7.
    pub fn controls(&self, model: &Model, streams: Streams) -> Vec<f64> {
        let data = AnyData::from(&self.data);
        let u = sample_signals(model, data.rows(), streams);
        let moments = Moments::of(data, &self.planted, &u);
        let expected = model.sample_signals().correlation();
        let value = |control: Control| match control {
            Control::Alignment { u, w } => moments.alignment[(u - 1, w - 1)],
            Control::SquaredAlignment { signal } => {
                let at = (signal - 1, signal - 1);
                moments.alignment[at].powi(2) - moments.gram_u[at] * moments.gram_w[at]
            }
            Control::Rows { a, b } => {
                let at = (a - 1, b - 1);
                moments.rows[at] - moments.gram_w[at]
            }
            Control::Columns { a, b } => {
                let at = (a - 1, b - 1);
                moments.columns[at] - moments.gram_u[at]
            }
            Control::SampleSignals { a, b } => {
                let at = (a - 1, b - 1);
                moments.gram_u[at] - expected[at]
            }
            Control::VisibleSignals { a, b } => {
                moments.gram_w[(a - 1, b - 1)] - if a == b { 1.0 } else { 0.0 }
            }
        };
        Control::all_of(model).into_iter().map(value).collect()
    }
}

/// `U*` (n×r), drawn as for the data.
pub(super) fn sample_signals(model: &Model, n: usize, streams: Streams) -> Matrix {
    let mut u = Matrix::zeros(n, model.signals());
    let mut row = vec![0.0; model.signals()];
    for mu in 0..n {
        super::instance::draw_sample_signals(model, streams, mu, &mut row);
        u.row_mut(mu).copy_from_slice(&row);
    }
    u
}

/// Second moments of signals and noise, r×r.
struct Moments {
    /// `C = U*^T Z W*/√(nd)`.
    alignment: Matrix,
    /// `(ZW*)^T ZW*/(nd)`.
    rows: Matrix,
    /// `(Z^T U*)^T Z^T U*/(nd)`.
    columns: Matrix,
    /// `G^u`.
    gram_u: Matrix,
    /// `G^w`.
    gram_w: Matrix,
}

impl Moments {
    fn of(data: AnyData, planted: &Planted, u: &Matrix) -> Self {
        let w = planted.w_star();
        let (n, d) = (u.nrows() as f64, w.nrows() as f64);
        let strengths = nalgebra::DVector::from_column_slice(planted.lambda());
        let signal = Matrix::from_diagonal(&strengths) / d.sqrt();
        let (mut zw, mut zu) = projections(data, w, u);
        zw -= u * &signal * w.tr_mul(w);
        zu -= w * &signal * u.tr_mul(u);
        Self {
            alignment: u.tr_mul(&zw) / (n * d).sqrt(),
            rows: zw.tr_mul(&zw) / (n * d),
            columns: zu.tr_mul(&zu) / (n * d),
            gram_u: u.tr_mul(u) / n,
            gram_w: w.tr_mul(w) / d,
        }
    }
}

/// `X W*` (n×r) and `X^T U*` (d×r).
fn projections(data: AnyData, w: &Matrix, u: &Matrix) -> (Matrix, Matrix) {
    let mut xw = Matrix::zeros(u.nrows(), u.ncols());
    let mut xu = Matrix::zeros(w.nrows(), w.ncols());
    for signal in 0..u.ncols() {
        let own = u.column(signal);
        let mut projected = xw.column_mut(signal);
        let projected = projected.as_mut_slice();
        data.fused_pass::<1, _, ()>(
            w.column(signal).as_slice(),
            xu.column_mut(signal).as_mut_slice(),
            &mut projected[data.own()],
            |first, rows, projected, ()| {
                for (place, (row, projected)) in rows.iter_mut().zip(projected).enumerate() {
                    *projected = row[0];
                    row[0] = own[first + place];
                }
            },
        );
        data.complete(projected);
    }
    (xw, xu)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definitions::Catalogue;
    use crate::ensemble::Estimate;
    use crate::hidden::HiddenUnits;
    use crate::law::Law;

    fn named(name: &str) -> Law {
        let prior = Catalogue::default()
            .prior(name, "signal")
            .expect("built in");
        prior.signal_law().expect("a signal")
    }

    fn model(lambda: &[f64], sample: Law, visible: Law) -> Model {
        let hidden = HiddenUnits::new(Law::rademacher(), 1, &[]).expect("valid");
        Model::new(1.5, lambda, hidden, sample, visible).expect("valid")
    }

    /// Means over 600 instances, in standard errors; 64 numbers beyond 4.5 of them by chance in one
    /// of 2000 tries.
    #[test]
    fn controls_have_mean_zero_whatever_the_signals() {
        let cases = [
            (vec![1.5], Law::rademacher(), Law::rademacher(), 4),
            (vec![1.5, 1.3], Law::rademacher(), Law::rademacher(), 14),
            (vec![1.5, 1.3], Law::Gaussian, Law::rademacher(), 16),
            (
                vec![1.5, 1.3],
                named("sparse-ternary(rho=0.3)"),
                Law::Gaussian,
                18,
            ),
            (
                vec![1.5, 1.3],
                named("correlated-pair"),
                named("sparse-ternary(rho=0.3)"),
                16,
            ),
        ];
        for (case, (lambda, sample, visible, count)) in cases.into_iter().enumerate() {
            let model = model(&lambda, sample, visible);
            let names = Control::all_of(&model);
            assert_eq!(names.len(), count, "case {case}");
            let size = Size { n: 60, d: 40 };
            let streams = Streams::new(5).cell(case as u64);
            let rows: Vec<Vec<f64>> = (0..600)
                .map(|one| {
                    controls(&model, size, Store::Dense, streams.instance(one)).expect("valid")
                })
                .collect();
            for (column, name) in names.iter().enumerate() {
                let values: Vec<f64> = rows.iter().map(|row| row[column]).collect();
                let found = Estimate::of(&values).expect("values");
                let error = found.standard_error.expect("600 values");
                assert!(error > 1e-4, "case {case}, {name}: a constant");
                assert!(
                    found.mean.abs() < 4.5 * error,
                    "case {case}, {name}: {found:?}"
                );
            }
        }
    }

    /// `Z = X − U Λ W^T/√d` in full, and its sums by hand.
    #[test]
    fn controls_are_those_of_the_noise() {
        let model = model(&[1.5, 0.7], Law::Gaussian, Law::rademacher());
        let (n, d) = (48, 32);
        let streams = Streams::new(9).instance(4);
        let instance = Instance::generate(&model, Size { n, d }, streams).expect("valid");
        let u = sample_signals(&model, n, streams);
        let w = instance.planted.w_star();
        let root = (d as f64).sqrt();
        let z = Matrix::from_fn(n, d, |mu, i| {
            let signal = 1.5 * u[(mu, 0)] * w[(i, 0)] + 0.7 * u[(mu, 1)] * w[(i, 1)];
            f64::from(instance.data.row(mu)[i]) - signal / root
        });
        let volume = (n * d) as f64;
        let names = Control::all_of(&model);
        for (name, found) in names.iter().zip(instance.controls(&model, streams)) {
            let column = |of: &Matrix, signal: usize| of.column(signal - 1).into_owned();
            let expected = match *name {
                Control::Alignment { u: a, w: b } => {
                    column(&u, a).dot(&(&z * column(w, b))) / volume.sqrt()
                }
                Control::SquaredAlignment { signal } => {
                    let (u, w) = (column(&u, signal), column(w, signal));
                    let along = u.dot(&(&z * &w));
                    (along * along - u.norm_squared() * w.norm_squared()) / volume
                }
                Control::Rows { a, b } => {
                    let (a, b) = (column(w, a), column(w, b));
                    ((&z * &a).dot(&(&z * &b)) - n as f64 * a.dot(&b)) / volume
                }
                Control::Columns { a, b } => {
                    let (a, b) = (column(&u, a), column(&u, b));
                    ((z.tr_mul(&a)).dot(&z.tr_mul(&b)) - d as f64 * a.dot(&b)) / volume
                }
                Control::SampleSignals { a, b } => {
                    let own = column(&u, a).dot(&column(&u, b)) / n as f64;
                    own - if a == b { 1.0 } else { 0.0 }
                }
                Control::VisibleSignals { a, b } => column(w, a).dot(&column(w, b)) / d as f64,
            };
            assert!(
                (found - expected).abs() < 1e-6,
                "{name}: {found}, {expected}"
            );
        }
    }
}
