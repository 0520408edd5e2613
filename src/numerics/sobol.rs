//! Randomised quasi-Monte-Carlo points: Owen-scrambled Sobol' sequences mapped to standard normals.

use statrs::distribution::{ContinuousCDF, Normal};

/// Largest number of points of one randomisation that `sobol_burley` supports.
pub const MAX_POINTS: u32 = 1 << 16;

/// Number of dimensions that `sobol_burley` supports.
pub const MAX_DIMENSIONS: usize = 256;

/// One randomisation of a Sobol' sequence.
#[derive(Debug, Clone, Copy)]
pub struct Scrambled {
    seed: u32,
}

impl Scrambled {
    /// The sequence under one scrambling seed; different seeds give independent, unbiased
    /// estimates.
    pub fn new(seed: u32) -> Self {
        Self { seed }
    }

    /// Coordinate `dimension` of point `index`, strictly inside (0, 1).
    ///
    /// The library returns multiples of 2^-24 in [0, 1); half a unit is added so that 0 never
    /// enters an inverse distribution function.
    pub fn uniform(&self, index: u32, dimension: usize) -> f64 {
        debug_assert!(index < MAX_POINTS && dimension < MAX_DIMENSIONS);
        f64::from(sobol_burley::sample(index, dimension as u32, self.seed)) + 0.5f64.powi(25)
    }

    /// Standard normal coordinates `dimensions` of point `index`.
    pub fn normals(&self, index: u32, dimensions: std::ops::Range<usize>, out: &mut [f64]) {
        let normal = Normal::standard();
        for (slot, dimension) in out.iter_mut().zip(dimensions) {
            *slot = normal.inverse_cdf(self.uniform(index, dimension));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn second_moments_beat_monte_carlo() {
        let points = 1u32 << 12;
        let sequence = Scrambled::new(3);
        let mut sums = [0.0; 4];
        let mut z = [0.0; 4];
        for index in 0..points {
            sequence.normals(index, 0..4, &mut z);
            for (sum, value) in sums.iter_mut().zip(z) {
                *sum += value * value / f64::from(points);
            }
        }
        // Plain Monte Carlo has a standard error of sqrt(2/4096) = 0.022 here.
        assert!(sums.iter().all(|sum| (sum - 1.0).abs() < 4e-3), "{sums:?}");
    }
}
