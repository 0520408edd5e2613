//! How a measured weight matrix is read: noise level, bulk and outliers (decelle2017, Fig. 2;
//! theory.md section 7).

use super::marchenko_pastur::{MarchenkoPastur, Outlier};
use super::matrices::singular;
use crate::numerics::Matrix;

/// 99 % quantile of the Tracy–Widom law of real matrices: the largest singular value of pure noise
/// exceeds the level that belongs to it in one matrix of a hundred (I. M. Johnstone, Ann. Statist.
/// 29 (2001) 295).
const TRACY_WIDOM: f64 = 2.0234;

/// Singular values of a matrix (N_v×N_h), the largest first; nothing where they were not found.
pub fn singular_values(matrix: &Matrix) -> Option<Vec<f64>> {
    let svd = singular(matrix, [false, false])?;
    let mut values: Vec<f64> = svd.singular_values.iter().copied().collect();
    values.sort_by(|a, b| b.total_cmp(a));
    Some(values)
}

/// A weight matrix as noise and modes on top of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The law of the bulk, with the noise level whose median is that of the bulk.
    pub law: MarchenkoPastur,
    /// Standard deviation of the entries of the noise, `ς = σ/√L`.
    pub deviation: f64,
    /// The level above which a singular value counts as an outlier: the 99 % quantile of the
    /// largest one of the noise, at this size.
    pub level: f64,
    /// The modes behind the outliers, the largest first.
    pub outliers: Vec<Outlier>,
    /// Kolmogorov–Smirnov distance of the bulk from its law.
    pub distance: f64,
}

impl Reading {
    /// Reads the singular values, the largest first, of a matrix of this shape. The noise level
    /// comes from the median of the bulk, what counts as bulk from the level: outliers are taken
    /// away until no further one is found.
    ///
    /// Nothing where there is no bulk: fewer than four values, more than a quarter of them
    /// outliers, or a median of 0 (a matrix of low rank).
    pub fn of(rows: usize, columns: usize, values: &[f64]) -> Option<Self> {
        let unit = MarchenkoPastur::of_matrix(rows, columns, 1.0).ok()?;
        let unit_median = unit.median().ok()?;
        let unit_level = largest_of_noise(rows, columns);
        let mut count = 0;
        loop {
            if values.len() < 4 || 4 * count > values.len() {
                return None;
            }
            let deviation = median(&values[count..]) / unit_median;
            let level = unit_level * deviation;
            let above = values.iter().filter(|value| **value > level).count();
            if above > count {
                count = above;
                continue;
            }
            let law = MarchenkoPastur::of_matrix(rows, columns, deviation).ok()?;
            let (outliers, bulk) = values.split_at(count);
            let outliers = outliers.iter().map(|&value| law.behind(value));
            return Some(Self {
                law,
                deviation,
                level,
                outliers: outliers.collect::<Option<_>>()?,
                distance: law.distance(bulk),
            });
        }
    }
}

/// The level for entries of variance 1: centre `(√N_v + √N_h)²` and scale
/// `(√N_v + √N_h)(N_v^{-1/2} + N_h^{-1/2})^{1/3}` of the largest squared singular value.
fn largest_of_noise(rows: usize, columns: usize) -> f64 {
    let [rows, columns] = [rows, columns].map(|side| (side as f64).sqrt());
    let sum = rows + columns;
    let scale = sum * (1.0 / rows + 1.0 / columns).cbrt();
    (sum * sum + TRACY_WIDOM * scale).sqrt()
}

/// The median of sorted values.
fn median(values: &[f64]) -> f64 {
    let (low, high) = ((values.len() - 1) / 2, values.len() / 2);
    0.5 * (values[low] + values[high])
}
