//! What an algorithm learns from: hidden units and data. Planted signals are known only where
//! somebody planted them.

use super::data::{AnyData, BatchRows, Data};
use super::observation::Observation;
use crate::error::{Error, Result};
use crate::hidden::HiddenUnits;
use crate::numerics::Matrix;
use crate::order_parameters::OrderParameters;

/// Signals that were planted in the data.
#[derive(Debug, Clone, PartialEq)]
pub struct Planted {
    w_star: Matrix,
    lambda: Vec<f64>,
}

impl Planted {
    /// Signals `w_star` (d×r) of strengths `lambda` (one for each of the r).
    ///
    /// # Errors
    /// Another number of strengths than of signals.
    pub fn new(w_star: Matrix, lambda: &[f64]) -> Result<Self> {
        if w_star.ncols() != lambda.len() {
            return Err(Error::Shape {
                field: "lambda".into(),
                got: lambda.len().to_string(),
                expected: format!("{}, one for each column of W*", w_star.ncols()),
            });
        }
        let lambda = lambda.to_vec();
        Ok(Self { w_star, lambda })
    }

    /// `W*`, d×r.
    pub fn w_star(&self) -> &Matrix {
        &self.w_star
    }

    /// Signal strengths `λ_1 … λ_r`.
    pub fn lambda(&self) -> &[f64] {
        &self.lambda
    }

    /// `M = W*^T W/d` and `Q = W^T W/d` of weights `w` (d×k).
    pub fn order_parameters(&self, w: &Matrix) -> OrderParameters {
        OrderParameters::of_weights(&self.w_star, w)
    }
}

/// Hidden units and the rows of `X` (n×d, noise of unit variance) from which they learn; the
/// planted signals, where they are known, are only looked at, never learnt from.
#[derive(Clone, Copy)]
pub struct Problem<'a> {
    hidden: &'a HiddenUnits,
    data: AnyData<'a>,
    samples: usize,
    planted: Option<&'a Planted>,
}

impl<'a> Problem<'a> {
    /// Hidden units that learn from all the data there are.
    pub fn new(hidden: &'a HiddenUnits, data: impl Into<AnyData<'a>>) -> Self {
        let data = data.into();
        Self {
            hidden,
            data,
            samples: data.rows(),
            planted: None,
        }
    }

    /// The same rows as a part of `n` samples, of which others hold the rest.
    /// [`Gradient`](super::Gradient)s of the parts sum to that of the whole; the algorithms
    /// themselves need all rows.
    ///
    /// # Errors
    /// Fewer samples than rows.
    pub fn part_of(self, n: usize) -> Result<Self> {
        if n < self.data.rows() {
            let allowed = format!(
                "must be at least {}, the rows of the data",
                self.data.rows()
            );
            return Err(Error::invalid("n", n, allowed));
        }
        Ok(Self { samples: n, ..self })
    }

    /// The same problem with the signals that were planted in the data.
    ///
    /// # Errors
    /// `W*` of another number of rows than the data have columns.
    pub fn with_planted(self, planted: &'a Planted) -> Result<Self> {
        require_rows("W*", &planted.w_star, self.d())?;
        Ok(self.observed_by(planted))
    }

    /// As [`Problem::with_planted`], of data that were made from these signals.
    pub(super) fn observed_by(self, planted: &'a Planted) -> Self {
        Self {
            planted: Some(planted),
            ..self
        }
    }

    /// Hidden units and their prior `P_h`.
    pub fn hidden(&self) -> &'a HiddenUnits {
        self.hidden
    }

    /// The rows.
    pub fn data(&self) -> AnyData<'a> {
        self.data
    }

    /// The rows for work that reads them in batches; `work` says which.
    ///
    /// # Errors
    /// Names `store` for data of another than the dense one.
    pub fn batches(&self, work: &str) -> Result<BatchRows<'a>> {
        self.data.batches().ok_or_else(|| {
            let allowed = format!("{work} needs all entries at hand: use dense");
            Error::invalid("store", self.data.store().name(), allowed)
        })
    }

    /// The planted signals, where they are known.
    pub fn planted(&self) -> Option<&'a Planted> {
        self.planted
    }

    /// Number of hidden units `k`.
    pub fn units(&self) -> usize {
        self.hidden.units()
    }

    /// Number of visible units `d`.
    pub fn d(&self) -> usize {
        self.data.columns()
    }

    /// Number of all samples `n`, of which the data may hold a part.
    pub fn n(&self) -> usize {
        self.samples
    }

    /// Samples per visible unit, `α = n/d`.
    pub fn alpha(&self) -> f64 {
        self.samples as f64 / self.d() as f64
    }

    /// What is seen of weights `w` (d×k): `Q`, and `M` where the signals are known.
    pub fn observe(&self, w: &Matrix) -> Observation {
        let order = match self.planted {
            Some(planted) => planted.order_parameters(w),
            None => OrderParameters {
                m: Matrix::zeros(0, w.ncols()),
                q: w.tr_mul(w) / w.nrows() as f64,
            },
        };
        Observation { order, v: None }
    }

    /// Checks that an algorithm can run: enough rows and columns, and all of the rows at hand.
    ///
    /// # Errors
    /// Names `n` or `d`.
    pub fn validate(&self) -> Result<()> {
        // Overlaps with planted signals mean something for large sides only.
        let least = match self.planted {
            Some(_) => smallest_side(self.units()),
            None => self.units() + 1,
        };
        for (field, value) in [("n", self.samples), ("d", self.d())] {
            if value < least {
                let allowed = format!("must be at least {least}");
                return Err(Error::invalid(field, value, allowed));
            }
        }
        if self.data.rows() < self.samples {
            let got = format!(
                "{} of which the data hold {}",
                self.samples,
                self.data.rows()
            );
            let allowed = "an algorithm needs all rows: join the parts, or leave part_of out";
            return Err(Error::invalid("n", got, allowed));
        }
        Ok(())
    }

    /// Checks the problem and the shape of weights (d×k).
    ///
    /// # Errors
    /// As [`Problem::validate`], or weights of another shape.
    pub(crate) fn validate_with(&self, w: &Matrix) -> Result<()> {
        self.validate()?;
        self.require_shape(w)
    }

    /// Checks the shape of weights (d×k).
    ///
    /// # Errors
    /// Weights of another shape.
    pub(super) fn require_shape(&self, w: &Matrix) -> Result<()> {
        require_rows("W", w, self.d())?;
        if w.ncols() == self.units() {
            return Ok(());
        }
        Err(Error::Shape {
            field: "W".into(),
            got: format!("{} columns", w.ncols()),
            expected: format!("{}, one for each hidden unit", self.units()),
        })
    }
}

/// Smallest `n` and `d` with `units` hidden units and planted signals.
pub(super) fn smallest_side(units: usize) -> usize {
    2 * units.max(4)
}

fn require_rows(field: &str, matrix: &Matrix, d: usize) -> Result<()> {
    if matrix.nrows() == d {
        return Ok(());
    }
    Err(Error::Shape {
        field: field.into(),
        got: format!("{} rows", matrix.nrows()),
        expected: format!("{d}, one for each visible unit"),
    })
}
