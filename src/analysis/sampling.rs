//! New data from an RBM with normal visible units.

use crate::error::{Error, Result};
use crate::hidden::HiddenUnits;
use crate::numerics::Matrix;
use crate::numerics::streams::{Purpose, Streams};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

/// Rows (n×d) of the RBM `p(x, h) ∝ P(h) e^{−|x|²/(2v) + x·w h}` with weights `w` (d×k) and visible
/// variance `v`: hidden states drawn with `P(h) e^{v |w h|²/2}`, which are listed, then
/// `x = v w h + √v g`, `g` normal. Each row has a stream of its own.
///
/// # Errors
/// Hidden units whose states can't be listed, weights of another shape or not finite, a variance
/// that is not positive, or no rows.
pub fn sample(
    hidden: &HiddenUnits,
    w: &Matrix,
    variance: f64,
    rows: usize,
    streams: Streams,
) -> Result<Matrix> {
    let states = hidden.states().ok_or_else(|| {
        let allowed =
            "states of hidden units are drawn: they need a finite support, for example rademacher";
        Error::invalid("hidden", "a law without states", allowed)
    })?;
    if w.ncols() != hidden.units() || w.nrows() == 0 {
        return Err(Error::Shape {
            field: "weights".into(),
            got: format!("{} × {}", w.nrows(), w.ncols()),
            expected: format!("a row for each visible unit, {} columns", hidden.units()),
        });
    }
    if let Some(broken) = w.iter().find(|entry| !entry.is_finite()) {
        return Err(Error::invalid("weights", broken, "must be finite"));
    }
    if !(variance > 0.0 && variance.is_finite()) {
        let allowed = "must be positive";
        return Err(Error::invalid("visible-variance", variance, allowed));
    }
    if rows == 0 {
        return Err(Error::invalid("rows", 0, "at least one"));
    }
    let entries = 8 * rows as u128 * w.nrows() as u128;
    crate::memory::require("the samples", entries)?;
    let fields: Vec<_> = states.iter().map(|(_, h)| w * h * variance).collect();
    let exponents = states.iter().zip(&fields);
    let exponents: Vec<f64> = exponents
        .map(|((log_weight, _), field)| log_weight + 0.5 * field.norm_squared() / variance)
        .collect();
    let peak = exponents.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut below = Vec::with_capacity(exponents.len());
    let mut total = 0.0;
    for exponent in &exponents {
        total += (exponent - peak).exp();
        below.push(total);
    }
    let deviation = variance.sqrt();
    let mut samples = Matrix::zeros(rows, w.nrows());
    for (at, mut row) in samples.row_iter_mut().enumerate() {
        let mut stream = streams.stream(Purpose::Noise, at as u64);
        let level = total * stream.random::<f64>();
        let state = below.partition_point(|below| *below <= level);
        let field = &fields[state.min(fields.len() - 1)];
        for (entry, mean) in row.iter_mut().zip(field.iter()) {
            let normal: f64 = StandardNormal.sample(&mut stream);
            *entry = mean + deviation * normal;
        }
    }
    Ok(samples)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law::Law;

    /// `Cov x = v + v² w ⟨h h^T⟩ w^T`, the second moment that of the pair function at `Q = v w^T w`;
    /// means vanish without biases, and are `v w ⟨h⟩` with them.
    #[test]
    fn samples_have_the_moments_of_the_rbm() {
        let w = Matrix::from_fn(6, 2, |i, a| 0.5 * ((3 * i + 5 * a + 1) as f64).sin());
        let variance = 1.7;
        for bias in [&[0.0, 0.0], &[0.4, -0.2]] {
            let hidden = HiddenUnits::new(Law::rademacher(), 2, bias).unwrap();
            let rows = 60_000;
            let found = sample(&hidden, &w, variance, rows, Streams::new(2)).unwrap();
            let q = w.tr_mul(&w) * variance;
            let second = hidden
                .clone()
                .pair_function(&q)
                .unwrap()
                .second_moment()
                .clone();
            let expected = Matrix::identity(6, 6) * variance
                + &w * second * w.transpose() * (variance * variance);
            let own = found.tr_mul(&found) / rows as f64;
            // Four standard errors of the largest entry.
            let error = 4.0 * expected.amax() * (2.0 / rows as f64).sqrt();
            assert!((&own - &expected).amax() < error, "{own} {expected}");
            let mean = found.row_mean().amax();
            assert_eq!(mean > 0.05, bias[0] != 0.0, "{mean}");
        }
        let again = |rows| {
            let hidden = HiddenUnits::new(Law::rademacher(), 2, &[]).unwrap();
            sample(&hidden, &w, 1.0, rows, Streams::new(2)).unwrap()
        };
        // A longer file begins with a shorter one.
        assert_eq!(again(5), again(9).rows(0, 5).into_owned());
    }

    #[test]
    fn what_cannot_be_sampled_is_refused() {
        let hidden = HiddenUnits::new(Law::rademacher(), 1, &[]).unwrap();
        let w = Matrix::from_element(3, 1, 0.2);
        let streams = Streams::new(1);
        assert!(sample(&hidden, &Matrix::zeros(3, 2), 1.0, 4, streams).is_err());
        assert!(
            sample(
                &hidden,
                &Matrix::from_element(3, 1, f64::NAN),
                1.0,
                4,
                streams
            )
            .is_err()
        );
        assert!(sample(&hidden, &w, 0.0, 4, streams).is_err());
        assert!(sample(&hidden, &w, 1.0, 0, streams).is_err());
        let normal = HiddenUnits::new(Law::Gaussian, 1, &[]).unwrap();
        assert!(sample(&normal, &w, 1.0, 4, streams).is_err());
    }
}
