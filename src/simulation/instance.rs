//! One finite-size instance of the data, `X = U* Λ W*^T / √d + Z`.

use super::data::DataMatrix;
use super::problem::{Planted, Problem, smallest_side};
use crate::error::{Error, Result};
use crate::hidden::HiddenUnits;
use crate::memory;
use crate::model::Model;
use crate::numerics::Matrix;
use crate::numerics::streams::{Purpose, Streams};
use rand_distr::{Distribution, StandardNormal};
use schemars::JsonSchema;

/// Size of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, JsonSchema)]
pub struct Size {
    /// Number of samples `n`.
    pub n: usize,
    /// Number of visible units `d`.
    pub d: usize,
}

impl Size {
    /// Checks that an instance of this size with `units` hidden units is possible and fits in
    /// memory.
    ///
    /// # Errors
    /// Names `n` or `d`, or says how much memory is missing.
    pub fn validate(self, units: usize) -> Result<()> {
        for (field, value) in [("n", self.n), ("d", self.d)] {
            if value < smallest_side(units) {
                let allowed = format!("must be at least {}", smallest_side(units));
                return Err(Error::invalid(field, value, allowed));
            }
        }
        // The data once in f32 and ten per cent for everything else.
        let entries = self.n as u128 * self.d as u128;
        memory::require("the data matrix", entries * 4 + entries * 4 / 10)
    }

    /// Checks that an instance of this model is possible at this size: as [`Size::validate`], and
    /// `n/d` is the model's `α`.
    ///
    /// # Errors
    /// As [`Size::validate`], or names `alpha`.
    pub fn validate_for(self, model: &Model) -> Result<()> {
        self.validate(model.units())?;
        let alpha = self.alpha();
        if (alpha / model.alpha() - 1.0).abs() <= 1e-12 {
            return Ok(());
        }
        let got = format!("{} while n/d = {alpha}", model.alpha());
        let allowed = "must equal n/d: leave it out, or change n";
        Err(Error::invalid("alpha", got, allowed))
    }

    /// `α = n/d`.
    pub fn alpha(self) -> f64 {
        self.n as f64 / self.d as f64
    }
}

/// Data of one instance. `U*` is not kept: nothing observes it.
pub struct Instance {
    /// `X`, n×d, single precision.
    pub data: DataMatrix,
    /// `W*` and `Λ`.
    pub planted: Planted,
}

impl Instance {
    /// Draws an instance from the streams of its (cell, instance); each row of `X` has a stream of
    /// its own, so that the data do not depend on the number of threads.
    ///
    /// # Errors
    /// As [`Size::validate_for`].
    pub fn generate(model: &Model, size: Size, streams: Streams) -> Result<Self> {
        size.validate_for(model)?;
        let signals = model.signals();
        let mut stream = streams.stream(Purpose::VisibleSignals, 0);
        let mut w_star = Matrix::zeros(size.d, signals);
        let mut row = vec![0.0; signals];
        for i in 0..size.d {
            model.visible_signals().sample(&mut stream, &mut row);
            w_star.row_mut(i).copy_from_slice(&row);
        }
        let data = rows(model, size, &w_star, streams)?;
        let planted = Planted::new(w_star, model.lambda())?;
        Ok(Self { data, planted })
    }

    /// As [`Instance::generate`], of signals `w_star` (d×r) that are given.
    ///
    /// # Errors
    /// As [`Size::validate_for`], and another number of signals than the model has.
    pub fn along(model: &Model, w_star: Matrix, n: usize, streams: Streams) -> Result<Self> {
        let size = Size {
            n,
            d: w_star.nrows(),
        };
        size.validate(model.units())?;
        let planted = Planted::new(w_star, model.lambda())?;
        let data = rows(model, size, planted.w_star(), streams)?;
        Ok(Self { data, planted })
    }

    /// `n` more samples of the same signals `W*`, from the streams of another instance: what was not
    /// learnt from.
    ///
    /// # Errors
    /// As [`Size::validate`], or a model of another number of signals.
    pub fn fresh(&self, model: &Model, n: usize, streams: Streams) -> Result<DataMatrix> {
        let w_star = self.planted.w_star();
        let size = Size {
            n,
            d: w_star.nrows(),
        };
        size.validate(model.units())?;
        if model.signals() != w_star.ncols() {
            let allowed = "fresh data are made of the signals of the instance";
            return Err(Error::invalid("lambda", model.signals(), allowed));
        }
        rows(model, size, w_star, streams)
    }

    /// The problem of these hidden units: to learn from the data, with the planted signals to
    /// compare with.
    pub fn problem<'a>(&'a self, hidden: &'a HiddenUnits) -> Problem<'a> {
        Problem::new(hidden, &self.data).observed_by(&self.planted)
    }
}

/// Samples of the signals `w_star`; each row has a stream of its own.
fn rows(model: &Model, size: Size, w_star: &Matrix, streams: Streams) -> Result<DataMatrix> {
    let signals = model.signals();
    let scale = 1.0 / (size.d as f64).sqrt();
    DataMatrix::try_from_row_fn(size.n, size.d, |mu, values| {
        let mut gains = vec![0.0; signals];
        draw_sample_signals(model, streams, mu, &mut gains);
        for (gain, lambda) in gains.iter_mut().zip(model.lambda()) {
            *gain *= lambda * scale;
        }
        let mut noise = streams.stream(Purpose::Noise, mu as u64);
        for (i, value) in values.iter_mut().enumerate() {
            let z: f64 = StandardNormal.sample(&mut noise);
            let signal: f64 = gains
                .iter()
                .zip(w_star.row(i).iter())
                .map(|(g, w)| g * w)
                .sum();
            *value = (signal + z) as f32;
        }
    })
}

/// Row `mu` of `U*`, of length `r`.
pub(super) fn draw_sample_signals(model: &Model, streams: Streams, mu: usize, row: &mut [f64]) {
    let mut stream = streams.stream(Purpose::SampleSignals, mu as u64);
    model.sample_signals().sample(&mut stream, row);
}
