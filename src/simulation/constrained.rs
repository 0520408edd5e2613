//! Instances whose noise is at its mean along the signals: they spread less, and have the same limit.

use super::data::{Data, DataMatrix};
use super::instance::{Instance, Size, draw_sample_signals};
use super::problem::Planted;
use super::store::Store;
use crate::error::{Error, Result};
use crate::model::Model;
use crate::numerics::Matrix;
use crate::numerics::streams::{Purpose, Streams};
use rand_distr::{Distribution, StandardNormal};

impl Instance {
    /// As [`Instance::generate`], of one signal, with `|u*|² = n`, `|w*|² = d`, `u*^T Z w* = 0`, and
    /// with `|Z w*|²`, `|Z^T u*|²` and the rest of `|Z|²` at their means (theory.md section 17). Each of
    /// these numbers has relative fluctuations that vanish as `d` grows, so that the limit is the same;
    /// the objective of one instance follows them, so that it spreads less.
    ///
    /// # Errors
    /// As [`Size::validate_for`], or names `lambda` for any but one signal. `None` where a signal was
    /// drawn as zero: of sparse laws, at small sizes.
    pub fn constrained(model: &Model, size: Size, streams: Streams) -> Result<Option<Self>> {
        size.validate_for(model, Store::Dense)?;
        if model.signals() != 1 {
            let allowed = "constrained noise needs one signal";
            return Err(Error::invalid("lambda", model.signals(), allowed));
        }
        let mut stream = streams.stream(Purpose::VisibleSignals, 0);
        let w = direction(size.d, |_, entry| {
            model.visible_signals().sample(&mut stream, entry);
        });
        let u = direction(size.n, |mu, entry| {
            draw_sample_signals(model, streams, mu, entry);
        });
        let (Some(u), Some(w)) = (u, w) else {
            return Ok(None);
        };
        let mut data = DataMatrix::try_from_row_fn(size.n, size.d, |mu, values| {
            let mut noise = streams.stream(Purpose::Noise, mu as u64);
            for value in values {
                let z: f64 = StandardNormal.sample(&mut noise);
                *value = z as f32;
            }
        })?;
        constrain(&mut data, &u, &w, model.lambda()[0]);
        let length = (size.d as f64).sqrt();
        let w_star = Matrix::from_fn(size.d, 1, |i, _| w[i] * length);
        let planted = Planted::new(w_star, model.lambda())?;
        Ok(Some(Self { data, planted }))
    }
}

/// A unit vector along drawn entries; `None` where all of them are 0.
fn direction(len: usize, mut draw: impl FnMut(usize, &mut [f64])) -> Option<Vec<f64>> {
    let mut entries = vec![0.0; len];
    for (place, entry) in entries.iter_mut().enumerate() {
        draw(place, std::slice::from_mut(entry));
    }
    let norm = norm(&entries);
    entries.iter_mut().for_each(|entry| *entry /= norm);
    (norm > 0.0).then_some(entries)
}

fn norm(entries: &[f64]) -> f64 {
    entries
        .iter()
        .map(|entry| entry * entry)
        .sum::<f64>()
        .sqrt()
}

/// Turns noise into data of a signal `λ` along the unit vectors `u` and `w`: with
/// `Z = c u w^T + a w^T + u b^T + R`, `a ⊥ u`, `b ⊥ w`, the first term goes, and the three others
/// are scaled to the means of their squares.
fn constrain(data: &mut DataMatrix, u: &[f64], w: &[f64], lambda: f64) {
    let (n, d) = (u.len(), w.len());
    // One pass gives a = Z w and b = Z^T u.
    let (mut a, mut b) = (vec![0.0; n], vec![0.0; d]);
    let sums = data.fused_pass::<1, f64, f64>(w, &mut b, &mut a, |first, rows, own, _| {
        for (place, (row, own)) in rows.iter_mut().zip(own).enumerate() {
            *own = row[0];
            row[0] = u[first + place];
        }
    });
    drop(sums);
    let product = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
    let c = product(u, &a);
    a.iter_mut().zip(u).for_each(|(a, u)| *a -= c * u);
    b.iter_mut().zip(w).for_each(|(b, w)| *b -= c * w);
    let squares = |row: usize| -> f64 {
        let entries = data.row(row).iter();
        entries.map(|z| f64::from(*z).powi(2)).sum()
    };
    let all: f64 = (0..n).map(squares).sum();
    let (along, across) = (norm(&a), norm(&b));
    let rest = (all - along * along - across * across - c * c).sqrt();
    let (rows, columns) = (n as f64 - 1.0, d as f64 - 1.0);
    let (along, across) = (rows.sqrt() / along, columns.sqrt() / across);
    let rest = (rows * columns).sqrt() / rest;
    let signal = lambda * (n as f64).sqrt();
    for mu in 0..n {
        let first = (along - rest) * a[mu] + (signal - rest * c) * u[mu];
        let second = (across - rest) * u[mu];
        for ((value, w), b) in data.row_mut(mu).iter_mut().zip(w).zip(&b) {
            let z = f64::from(*value);
            *value = (rest * z + first * w + second * b) as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hidden::HiddenUnits;
    use crate::law::Law;

    fn model(lambda: f64) -> Model {
        let hidden = HiddenUnits::new(Law::rademacher(), 1, &[]).expect("a unit");
        let gaussian = || Law::Gaussian;
        Model::new(2.0, &[lambda], hidden, gaussian(), gaussian()).expect("a model")
    }

    /// Without a signal the data are the noise; the four numbers are what they should be.
    #[test]
    fn the_noise_is_at_its_means() {
        let size = Size { n: 80, d: 40 };
        let (model, streams) = (model(1e-6), Streams::new(3).instance(2));
        let instance = Instance::constrained(&model, size, streams).expect("an instance");
        let instance = instance.expect("a signal");
        let w = instance.planted.w_star().column(0).clone_owned();
        assert!((w.norm_squared() - 40.0).abs() < 1e-9);
        let mut u = vec![0.0; 80];
        for (mu, entry) in u.iter_mut().enumerate() {
            draw_sample_signals(&model, streams, mu, std::slice::from_mut(entry));
        }
        let length = norm(&u);
        let z = Matrix::from_fn(80, 40, |mu, i| f64::from(instance.data.row(mu)[i]));
        let u = nalgebra::DVector::from_vec(u) / length;
        let w = w / 40f64.sqrt();
        let (a, b) = (&z * &w, z.tr_mul(&u));
        assert!(u.dot(&a).abs() < 1e-4);
        assert!((a.norm_squared() - 79.0).abs() < 1e-3);
        assert!((b.norm_squared() - 39.0).abs() < 1e-3);
        assert!((z.norm_squared() - (80.0 * 40.0 - 1.0)).abs() < 1e-2);
    }

    /// A signal adds `λ u* w*^T/√d` to the same noise.
    #[test]
    fn a_signal_is_added() {
        let size = Size { n: 80, d: 40 };
        let streams = Streams::new(3).instance(2);
        let at = |lambda| {
            let made = Instance::constrained(&model(lambda), size, streams).expect("an instance");
            let made = made.expect("a signal");
            let w = made.planted.w_star() / 40f64.sqrt();
            let z = Matrix::from_fn(80, 40, |mu, i| f64::from(made.data.row(mu)[i]));
            (z, w)
        };
        let ((noise, _), (with, w)) = (at(1e-6), at(1.5));
        let added = with - noise;
        let along = &added * &w;
        assert!((along.norm_squared() - 1.5 * 1.5 * 80.0).abs() < 1e-3);
        assert!((added - along * w.transpose()).amax() < 1e-5);
    }
}
