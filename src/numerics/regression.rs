//! Linear regression on numbers whose mean is known to be 0.

/// Columns that lie this near to the span of those before them, relative to their size, add nothing.
const DEPENDENT: f64 = 1e-8;

/// Numbers of mean 0, one row for each sample, ready for many regressions on them.
///
/// With `x̄` and `ȳ` the means over the samples and `β` the coefficients of least squares,
/// `ȳ − β x̄` estimates `E y` with an error that the part of `y` along `x` has no share in. It is the
/// intercept of the regression; where `E[y|x]` is linear it has no bias, and else one of order
/// 1/samples, because `β` follows from the same samples.
#[derive(Debug, Clone)]
pub struct Design {
    samples: usize,
    /// Orthonormal columns that span the centred ones, each with the same combination of the means.
    basis: Vec<Direction>,
}

#[derive(Debug, Clone)]
struct Direction {
    entries: Vec<f64>,
    mean: f64,
}

/// An intercept with its error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Intercept {
    /// `ȳ − β x̄`.
    pub value: f64,
    /// Its standard error, from the residuals.
    pub standard_error: f64,
    /// Degrees of freedom of the residuals: samples − 1 − independent columns.
    pub freedom: usize,
}

impl Design {
    /// The columns of `rows`; those that depend on others, or do not vary, are left out.
    pub fn new(rows: &[&[f64]]) -> Self {
        let columns = rows.first().map_or(0, |row| row.len());
        let mut basis: Vec<Direction> = Vec::new();
        for column in 0..columns {
            let entries = rows.iter().map(|row| row[column]);
            let direction = Direction::centred(entries.collect()).without(&basis);
            basis.extend(direction);
        }
        Self {
            samples: rows.len(),
            basis,
        }
    }

    /// Number of independent columns.
    pub fn rank(&self) -> usize {
        self.basis.len()
    }

    /// The regression of `values`, one for each sample; `None` without degrees of freedom, or for
    /// another number of values.
    pub fn intercept(&self, values: &[f64]) -> Option<Intercept> {
        let freedom = self.samples.checked_sub(1 + self.rank())?;
        if freedom == 0 || values.len() != self.samples {
            return None;
        }
        let mut rest = Direction::centred(values.to_vec());
        let mut leverage = 1.0 / self.samples as f64;
        for direction in &self.basis {
            rest.remove(direction);
            leverage += direction.mean * direction.mean;
        }
        let variance = rest.square() / freedom as f64;
        Some(Intercept {
            value: rest.mean,
            standard_error: (variance * leverage).sqrt(),
            freedom,
        })
    }
}

impl Direction {
    fn centred(mut entries: Vec<f64>) -> Self {
        let mean = entries.iter().sum::<f64>() / entries.len().max(1) as f64;
        entries.iter_mut().for_each(|entry| *entry -= mean);
        Self { entries, mean }
    }

    fn square(&self) -> f64 {
        self.entries.iter().map(|entry| entry * entry).sum()
    }

    /// Takes the part along `other`, of norm 1, away.
    fn remove(&mut self, other: &Self) {
        let pairs = self.entries.iter().zip(&other.entries);
        let along: f64 = pairs.map(|(own, other)| own * other).sum();
        for (own, other) in self.entries.iter_mut().zip(&other.entries) {
            *own -= along * other;
        }
        self.mean -= along * other.mean;
    }

    /// What is left without `basis`, of norm 1; `None` where that is rounding.
    fn without(mut self, basis: &[Self]) -> Option<Self> {
        let whole = self.square().sqrt() + self.mean.abs() * (self.entries.len() as f64).sqrt();
        // Twice is enough.
        for _ in 0..2 {
            basis.iter().for_each(|other| self.remove(other));
        }
        let norm = self.square().sqrt();
        if norm.is_nan() || norm <= DEPENDENT * whole {
            return None;
        }
        self.entries.iter_mut().for_each(|entry| *entry /= norm);
        self.mean /= norm;
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::streams::{Purpose, Stream, Streams};
    use rand_distr::{Distribution, StandardNormal};

    fn draw(stream: &mut Stream) -> f64 {
        StandardNormal.sample(stream)
    }

    /// By the normal equations with a column of ones, solved by hand: x = (−1, 0, 2, 3),
    /// y = (1, 2, 2, 5), slope 0.8, intercept 1.7, residuals (0.1, 0.3, −1.3, 0.9), of square 2.6.
    #[test]
    fn a_line_through_four_points() {
        let x = [-1.0, 0.0, 2.0, 3.0];
        let rows: Vec<&[f64]> = x.iter().map(std::slice::from_ref).collect();
        let found = Design::new(&rows).intercept(&[1.0, 2.0, 2.0, 5.0]);
        let found = found.expect("two degrees of freedom");
        assert!((found.value - 1.7).abs() < 1e-14, "{found:?}");
        // σ² = 2.6/2, Σ(x − x̄)² = 10, x̄ = 1.
        let error = (1.3f64 * (0.25 + 0.1)).sqrt();
        assert!((found.standard_error - error).abs() < 1e-14, "{found:?}");
        assert_eq!(found.freedom, 2);
    }

    #[test]
    fn dependent_and_constant_columns_are_left_out() {
        let rows: Vec<[f64; 4]> = (0..9)
            .map(|i| {
                let (a, b) = ((f64::from(i)).sin(), (2.0 * f64::from(i)).cos());
                [a, 3.0, b, a - 2.0 * b + 1.0]
            })
            .collect();
        let whole: Vec<&[f64]> = rows.iter().map(|row| row.as_slice()).collect();
        let less: Vec<[f64; 2]> = rows.iter().map(|row| [row[0], row[2]]).collect();
        let less: Vec<&[f64]> = less.iter().map(|row| row.as_slice()).collect();
        let (whole, less) = (Design::new(&whole), Design::new(&less));
        assert_eq!((whole.rank(), less.rank()), (2, 2));
        let values: Vec<f64> = (0..9).map(|i| (f64::from(i) * 0.7).exp().sin()).collect();
        assert_eq!(whole.intercept(&values), less.intercept(&values));
        assert_eq!(less.intercept(&values[1..]), None);
        let few = Design::new(&[&[0.1, 0.2], &[0.3, -0.1], &[0.0, 0.4]]);
        assert_eq!((few.rank(), few.intercept(&[1.0, 2.0, 3.0])), (2, None));
    }

    /// `y = 2 + 3x_1 − x_2 + ε/2`, 20 samples, 4000 times: the mean is 2, the standard error is the
    /// spread of the means, in units of which they follow Student's law with 17 degrees of freedom
    /// (|t| > 2.110 in 5 %), and the variance is `σ²/n (n − 2)/(n − p − 2)`: that of the rest, and
    /// the price of two coefficients.
    #[test]
    fn a_linear_model_has_no_bias_and_less_variance() {
        let mut stream = Streams::new(3).stream(Purpose::Noise, 0);
        let (repeats, samples) = (4000, 20);
        let (mut sum, mut squares, mut beyond) = (0.0, 0.0, 0);
        let mut plain = 0.0;
        for _ in 0..repeats {
            let x: Vec<[f64; 2]> = (0..samples)
                .map(|_| [draw(&mut stream), draw(&mut stream)])
                .collect();
            let rows: Vec<&[f64]> = x.iter().map(|row| row.as_slice()).collect();
            let y = x.iter().map(|x| 2.0 + 3.0 * x[0] - x[1]);
            let y: Vec<f64> = y.map(|y| y + 0.5 * draw(&mut stream)).collect();
            let found = Design::new(&rows).intercept(&y).expect("enough");
            let off = found.value - 2.0;
            sum += off;
            squares += off * off;
            beyond += usize::from((off / found.standard_error).abs() > 2.110);
            plain += (y.iter().sum::<f64>() / samples as f64 - 2.0).powi(2);
        }
        let repeats = f64::from(repeats);
        let error = (squares / repeats / repeats).sqrt();
        assert!((sum / repeats).abs() < 4.0 * error, "{}", sum / repeats);
        let share = beyond as f64 / repeats;
        assert!((share - 0.05).abs() < 4.0 * (0.05f64 * 0.95 / repeats).sqrt());
        let expected = 0.25 / 20.0 * 18.0 / 16.0;
        let relative = squares / repeats / expected - 1.0;
        assert!(relative.abs() < 4.0 * (2.0 / repeats).sqrt(), "{relative}");
        assert!((plain / squares / (41.0 * 16.0 / 18.0) - 1.0).abs() < 0.15);
    }
}
