//! The leading principal directions of data, and the density of the others, from passes over the data
//! alone: Lanczos iteration on `X^T X` and stochastic Lanczos quadrature (theory.md section 15).

use super::principal::Rows;
use super::spectrum::{Edge, LEVEL, tracy_widom};
use crate::error::{Error, Result};
use crate::memory;
use crate::numerics::Matrix;
use crate::numerics::streams::{Purpose, Stream, Streams};
use crate::spectral::normal_entries;
use nalgebra::{DVector, SymmetricEigen};
use rand_distr::{ChiSquared, Distribution};

/// Most steps for leading directions, and every how many it is looked whether they are found.
const MOST_STEPS: usize = 1000;
const LOOK: usize = 10;

/// Residual `|X^T X v − θv|/θ` at which a direction is found, and, in units of the scatter of the largest
/// eigenvalue of noise, at which one is that is not taken for a signal; of many more than are looked
/// for the values alone matter.
const DIRECTION: f64 = 1e-6;
const OF_SCATTER: f64 = 0.1;
const OF_MANY: f64 = 1e-3;

/// Most directions that are looked for.
const MOST: usize = 64;

/// Random vectors of the quadrature, and steps from each.
pub(crate) const PROBES: usize = 4;
const STEPS: usize = 60;

/// Leading eigenvalues of `X^T X`, with their directions.
#[derive(Debug, Clone)]
pub(super) struct Leading {
    /// The largest first.
    pub values: Vec<f64>,
    /// Orthonormal columns (d×values).
    pub directions: Matrix,
}

/// How many directions are looked for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wanted {
    /// As many as stick out of white noise of so many independent rows, and the next eigenvalue.
    Outliers(usize),
    /// So many, and the next eigenvalue.
    Signals(usize),
    /// So many.
    Directions(usize),
}

impl Leading {
    /// Of these rows, with their Frobenius norm's square.
    ///
    /// # Errors
    /// Names `data` where 1000 steps do not find them; [`Error::Memory`].
    pub fn of(rows: &Rows, squares: f64, wanted: Wanted, streams: Streams) -> Result<Self> {
        let d = rows.columns();
        let limit = MOST_STEPS.min(d).min(rows.count() + 1);
        memory::require("the leading directions", 8 * (limit * d) as u128)?;
        let mut stream = streams.stream(Purpose::Krylov, 0);
        let mut next = normal_entries(d, 1, 1.0, &mut stream).column(0).normalize();
        let (mut basis, mut diagonal, mut beside) = (Vec::new(), Vec::new(), Vec::<f64>::new());
        loop {
            basis.push(next.clone());
            let image = rows.products_with(&Matrix::from_columns(&[next]));
            let mut rest = image.column(0).into_owned();
            let last = basis.len() - 1;
            diagonal.push(basis[last].dot(&rest));
            for _ in 0..2 {
                for vector in &basis {
                    let overlap: f64 = vector.dot(&rest);
                    rest.axpy(-overlap, vector, 1.0);
                }
            }
            let norm = rest.norm();
            let steps = basis.len();
            let exhausted = steps == limit || norm <= 1e-12 * diagonal[0].abs();
            if exhausted || steps.is_multiple_of(LOOK) {
                let ritz = Ritz::of(&diagonal, &beside);
                let count = ritz.wanted(wanted, [rows.count(), d], squares);
                let found = ritz.have_converged(count, norm, [rows.count(), d], wanted);
                let complete = norm <= 1e-12 * diagonal[0].abs() || steps == d;
                if found || (complete && count <= steps) {
                    return Ok(ritz.assemble(&basis, count));
                }
                if exhausted {
                    let got = format!("with {count} directions not found in {steps} steps");
                    let allowed = "eigenvalues are too close to one another, or too many: choose \
                         fewer signals, or the whole spectrum where the data are small enough";
                    return Err(Error::invalid("data", got, allowed));
                }
            }
            beside.push(norm);
            next = rest / norm;
        }
    }
}

/// Eigenpairs of the projection, the largest first.
struct Ritz {
    values: Vec<f64>,
    vectors: Matrix,
}

impl Ritz {
    fn of(diagonal: &[f64], beside: &[f64]) -> Self {
        let size = diagonal.len();
        let projection = Matrix::from_fn(size, size, |row, column| match row.abs_diff(column) {
            0 => diagonal[row],
            1 => beside[row.min(column)],
            _ => 0.0,
        });
        let eigen = SymmetricEigen::new(projection);
        let mut order: Vec<usize> = (0..size).collect();
        order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
        Self {
            values: order.iter().map(|&at| eigen.eigenvalues[at]).collect(),
            vectors: eigen.eigenvectors.select_columns(&order),
        }
    }

    /// How many are looked for, as far as these values tell.
    fn wanted(&self, wanted: Wanted, [rows, columns]: [usize; 2], squares: f64) -> usize {
        let n = match wanted {
            Wanted::Directions(count) => return count,
            Wanted::Signals(count) => return count.saturating_add(1),
            Wanted::Outliers(independent) => independent.min(rows),
        };
        let small = n.min(columns);
        let mut left = squares;
        for (r, value) in self.values.iter().enumerate().take(MOST.min(small / 4)) {
            let shape = match n < columns {
                true => [n - r, columns],
                false => [n, columns - r],
            };
            let noise = left / ((small - r) as f64 * n.max(columns) as f64);
            let edge = Edge::of(shape);
            if tracy_widom((value / noise - edge.centre) / edge.scale) > LEVEL {
                return r + 1;
            }
            left -= value;
        }
        (MOST.min(small / 4) + 1).min(self.values.len())
    }

    /// Whether so many have residuals below the tolerance; the last one may be an eigenvalue alone.
    fn have_converged(&self, count: usize, norm: f64, shape: [usize; 2], wanted: Wanted) -> bool {
        let steps = self.values.len();
        if count > steps {
            return false;
        }
        let edge = Edge::of(shape);
        let of_value = (OF_SCATTER * edge.scale / edge.centre).min(OF_MANY);
        let tolerance = |at: usize| match wanted {
            Wanted::Outliers(_) if count > MOST => OF_MANY,
            Wanted::Outliers(_) | Wanted::Signals(_) if at + 1 == count => of_value,
            _ => DIRECTION,
        };
        (0..count).all(|at| {
            let residual = norm * self.vectors[(steps - 1, at)].abs() / self.values[at].abs();
            residual <= tolerance(at)
        })
    }

    fn assemble(&self, basis: &[DVector<f64>], count: usize) -> Leading {
        let mut directions = Matrix::zeros(basis[0].len(), count);
        for (step, vector) in basis.iter().enumerate() {
            for (at, mut column) in directions.column_iter_mut().enumerate() {
                column.axpy(self.vectors[(step, at)], vector, 1.0);
            }
        }
        Leading {
            values: self.values[..count].to_vec(),
            directions,
        }
    }
}

/// Diagonal of a three-term recurrence, and what stands beside it.
type Jacobi = (Vec<f64>, Vec<f64>);

/// Points and weights whose sums are those of smooth functions of eigenvalues, from several random
/// vectors (G. H. Golub and J. H. Welsch, Math. Comp. 23 (1969) 221; S. Ubaru, J. Chen and Y. Saad, SIAM
/// J. Matrix Anal. Appl. 38 (2017) 1075: `ubaru2017`).
#[derive(Debug, Clone)]
pub(super) struct Quadrature {
    /// For each vector: eigenvalues that are not 0 by shape, rising, and the part below each of them.
    parts: Vec<Vec<[f64; 2]>>,
}

impl Quadrature {
    /// Of `X^T X` of these rows, so many of them independent, outside of given directions.
    pub fn of(rows: &Rows, independent: usize, without: &Matrix, streams: Streams) -> Self {
        let d = rows.columns();
        let mut stream = streams.stream(Purpose::Krylov, 1);
        let wide = independent < d;
        let mut start = match wide {
            // Vectors in the span of the rows.
            true => {
                let random = normal_entries(rows.count(), PROBES, 1.0, &mut stream);
                rows.combined(&random)
            }
            false => normal_entries(d, PROBES, 1.0, &mut stream),
        };
        let project = |vectors: &mut Matrix| {
            let inside = without.tr_mul(vectors);
            vectors.gemm(-1.0, without, &inside, 1.0);
        };
        project(&mut start);
        start.column_iter_mut().for_each(|mut column| {
            let norm = column.norm();
            column /= norm;
        });
        let steps = STEPS.min(independent.min(d) - without.ncols());
        let (mut before, mut now) = (Matrix::zeros(d, PROBES), start);
        let mut jacobi: Vec<Jacobi> = vec![(Vec::new(), Vec::new()); PROBES];
        for step in 0..steps {
            let mut image = rows.products_with(&now);
            project(&mut image);
            for (probe, (diagonal, beside)) in jacobi.iter_mut().enumerate() {
                let own = now.column(probe).dot(&image.column(probe));
                let mut column = image.column_mut(probe);
                column.axpy(-own, &now.column(probe), 1.0);
                if let Some(last) = beside.last() {
                    column.axpy(-*last, &before.column(probe), 1.0);
                }
                diagonal.push(own);
                if step + 1 < steps {
                    let norm: f64 = column.norm();
                    // Nothing is left of data of small rank.
                    let scale = if norm > 1e-12 * diagonal[0] {
                        norm
                    } else {
                        0.0
                    };
                    beside.push(scale);
                    column *= if scale > 0.0 { 1.0 / scale } else { 0.0 };
                }
            }
            before = std::mem::replace(&mut now, image);
        }
        Self::of_jacobi(&jacobi, wide)
    }

    /// What white noise of variance 1 has, of rows and columns.
    pub fn of_noise([n, d]: [usize; 2], stream: &mut Stream) -> Option<Self> {
        let wide = n < d;
        let steps = STEPS.min(n.min(d));
        let mut root = |freedom: usize| -> Option<f64> {
            match freedom {
                0 => Some(0.0),
                _ => Some(ChiSquared::new(freedom as f64).ok()?.sample(stream).sqrt()),
            }
        };
        // A bidiagonal matrix, from vectors on the shorter side.
        let (long, short) = (n.max(d), n.min(d));
        let one = |root: &mut dyn FnMut(usize) -> Option<f64>| {
            let along: Option<Vec<f64>> =
                (0..=steps).map(|i| root(long.saturating_sub(i))).collect();
            let beside: Option<Vec<f64>> = (0..=steps)
                .map(|i| root(short.saturating_sub(i + 1)))
                .collect();
            let (along, beside) = (along?, beside?);
            Some(match wide {
                false => (
                    (0..steps)
                        .map(|j| {
                            along[j].powi(2) + if j == 0 { 0.0 } else { beside[j - 1].powi(2) }
                        })
                        .collect(),
                    (0..steps - 1).map(|j| along[j] * beside[j]).collect(),
                ),
                true => (
                    (0..steps)
                        .map(|j| along[j].powi(2) + beside[j].powi(2))
                        .collect(),
                    (0..steps - 1).map(|j| along[j + 1] * beside[j]).collect(),
                ),
            })
        };
        let jacobi: Option<Vec<Jacobi>> = (0..PROBES).map(|_| one(&mut root)).collect();
        Some(Self::of_jacobi(&jacobi?, wide))
    }

    /// Of three-term recurrences; of vectors that are images of rows each eigenvalue counts by itself
    /// too much.
    fn of_jacobi(jacobi: &[Jacobi], divided: bool) -> Self {
        let part = |(diagonal, beside): &Jacobi| {
            let ritz = Ritz::of(diagonal, beside);
            let weight = |at: usize| {
                let square = ritz.vectors[(0, at)].powi(2);
                match divided {
                    true if ritz.values[at] > 1e-12 * ritz.values[0] => square / ritz.values[at],
                    true => 0.0,
                    false => square,
                }
            };
            let count = ritz.values.len();
            let total: f64 = (0..count).map(weight).sum();
            let mut below = 0.0;
            let points = (0..count).rev().map(|at| {
                // Half of a point's own weight lies below it, up to the square of their distance.
                let own = weight(at) / total;
                below += own;
                [ritz.values[at], below - 0.5 * own]
            });
            points.collect()
        };
        Self {
            parts: jacobi.iter().map(part).collect(),
        }
    }

    /// So many eigenvalues of the density, the largest first, with a sum.
    pub fn eigenvalues(&self, count: usize, sum: f64) -> Vec<f64> {
        let quantile = |part: &[[f64; 2]], level: f64| {
            let above = part.partition_point(|[_, below]| *below < level);
            match (above.checked_sub(1), part.get(above)) {
                (Some(at), Some([high, to])) => {
                    let [low, from] = part[at];
                    low + (level - from) / (to - from) * (high - low)
                }
                (None, Some([value, _])) => *value,
                _ => part[part.len() - 1][0],
            }
        };
        // The mean of quantiles in place of quantiles of the mean: the same up to the square of what
        // they differ by.
        let mut values: Vec<f64> = (0..count)
            .rev()
            .map(|at| {
                let level = (at as f64 + 0.5) / count as f64;
                let all = self.parts.iter().map(|part| quantile(part, level));
                all.sum::<f64>() / self.parts.len() as f64
            })
            .collect();
        let scale = sum / values.iter().sum::<f64>();
        values.iter_mut().for_each(|value| *value *= scale);
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::tests::{noise, planted_along};
    use crate::analysis::{BulkDistance, Detection, Principal, Spectrum};
    use crate::law::Law;
    use crate::simulation::{DataMatrix, Size};

    fn rows(matrix: &Matrix) -> DataMatrix {
        DataMatrix::from_row_fn(matrix.nrows(), matrix.ncols(), |row, entries| {
            for (column, entry) in entries.iter_mut().enumerate() {
                *entry = matrix[(row, column)] as f32;
            }
        })
    }

    fn distance(spectrum: &Spectrum, detection: &Detection) -> BulkDistance {
        let count = detection.parts().expect("a bulk").0.len();
        let null = spectrum.bulk_null(count, Streams::new(5)).unwrap();
        spectrum.bulk_distance(count, &null).unwrap()
    }

    /// Tall and wide data: the leading eigenvalues and directions are those of the whole decomposition,
    /// with the same signals, sum and, up to what random vectors scatter, density.
    #[test]
    fn leading_directions_are_those_of_the_whole() {
        for (n, d, lambda) in [(1500, 500, [1.8, 1.3, 1.0]), (400, 800, [2.6, 2.1, 1.7])] {
            let data = rows(&planted_along(
                &lambda,
                &Law::rademacher(),
                Size { n, d },
                0,
            ));
            let whole = Principal::of(&data).unwrap();
            let leading = Principal::leading(&data, n, None, Streams::new(1)).unwrap();
            let spectra = [&whole, &leading].map(|principal| principal.spectrum(n).unwrap());
            let found = spectra.each_ref().map(Spectrum::detect);
            let [all, few] = found.each_ref().map(|found| found.parts().expect("a bulk"));
            assert_eq!((all.0.len(), few.0.len()), (3, 3));
            assert_eq!((spectra[1].known(), spectra[1].is_estimated()), (4, true));
            for (own, expected) in leading.values().iter().zip(whole.values()) {
                assert!((own / expected - 1.0).abs() < 1e-6, "{own} {expected}");
            }
            let overlaps = leading.directions(0..3).tr_mul(&whole.directions(0..3));
            assert!((overlaps.abs() - Matrix::identity(3, 3)).amax() < 1e-5);
            // The mean of the rest is exact; the whole spectrum uses the fit.
            let (own, expected) = (found[1].noise().unwrap(), found[0].noise().unwrap());
            assert!((own.trace / expected.trace - 1.0).abs() < 1e-6);
            assert!((own.used / expected.used - 1.0).abs() < 5e-3);
            assert!((own.fit / own.trace - 1.0).abs() < 0.02, "{own:?}");
            let signals = [(&whole, 0), (&leading, 1)];
            let [all, few] = signals.map(|(principal, at): (&Principal, usize)| {
                spectra[at].signals(principal, &found[at]).unwrap()
            });
            for (own, expected) in few.iter().zip(&all) {
                assert!(
                    (own.lambda - expected.lambda).abs() < 0.1 * own.error,
                    "{own:?}"
                );
                assert!((own.kurtosis - expected.kurtosis).abs() < 0.02, "{own:?}");
            }
            assert!(distance(&spectra[1], &found[1]).n_ks < distance(&spectra[1], &found[1]).limit);
            let chosen: Vec<usize> = (0..n).filter(|row| row % 3 != 1).collect();
            let some = Rows::chosen(&data, &chosen);
            let wanted = Wanted::Directions(2);
            let lanczos = Leading::of(&some, 1.0, wanted, Streams::new(1)).unwrap();
            let half = rows(&Matrix::from_fn(chosen.len(), d, |row, column| {
                f64::from(data.row(chosen[row])[column])
            }));
            let overlaps = Principal::of(&half).unwrap().directions(0..2);
            let overlaps = lanczos.directions.tr_mul(&overlaps);
            assert!((overlaps.abs() - Matrix::identity(2, 2)).amax() < 1e-5);
        }
    }

    /// White noise, tall and wide: called coloured in one of twenty data sets, with a signal in one of a
    /// hundred; columns of other variances are noticed.
    #[test]
    fn the_null_of_an_estimated_spectrum_is_its_own() {
        for (n, d) in [(900, 300), (300, 900), (400, 400)] {
            let mut known = None;
            let (mut coloured, mut larger, mut outliers, draws) = (0, 0, 0, 24);
            for instance in 0..draws {
                let data = rows(&noise(n, d, instance));
                let streams = Streams::new(7).instance(instance);
                let principal = Principal::leading(&data, n, None, streams).unwrap();
                let spectrum = principal.spectrum(n).unwrap();
                let detection = spectrum.detect();
                let count = detection.parts().unwrap().0.len();
                let distance = match count {
                    0 => {
                        let null = || spectrum.bulk_null(0, Streams::new(5)).unwrap();
                        let null = known.get_or_insert_with(null);
                        spectrum.bulk_distance(0, null).unwrap()
                    }
                    _ => distance(&spectrum, &detection),
                };
                outliers += detection.parts().unwrap().0.len();
                coloured += usize::from(distance.n_ks > distance.limit);
                larger += usize::from(distance.p_value < 0.5);
            }
            assert!(
                coloured <= 5 && outliers <= 2 && (5..=19).contains(&larger),
                "{n} × {d}: {coloured} {larger} {outliers}"
            );
            let mut unequal = noise(n, d, 0);
            for (at, mut column) in unequal.column_iter_mut().enumerate() {
                column *= 1.0 + 2.0 * at as f64 / d as f64;
            }
            let data = rows(&unequal);
            let principal = Principal::leading(&data, n, Some(1), Streams::new(1)).unwrap();
            let spectrum = principal.spectrum(n).unwrap();
            let distance = distance(&spectrum, &spectrum.choose(1).unwrap());
            assert!(distance.n_ks > 1.2 * distance.limit, "{distance:?}");
        }
    }

    #[test]
    fn what_has_no_leading_directions_is_named() {
        let data = rows(&noise(300, 100, 0));
        let error = Principal::leading(&data, 300, None, Streams::new(1))
            .err()
            .unwrap();
        assert!(error.to_string().contains("whole spectrum"), "{error}");
        let data = rows(&noise(600, 300, 0));
        let principal = Principal::leading(&data, 600, Some(2), Streams::new(1)).unwrap();
        let spectrum = principal.spectrum(600).unwrap();
        assert!(spectrum.choose(2).is_ok());
        let error = spectrum.choose(3).unwrap_err().to_string();
        assert!(error.contains("signals is 3"), "{error}");
    }
}
