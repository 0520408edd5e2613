//! Continuous laws by name, as samplers and as quadrature nodes.

use super::MAX_FIELD;
use crate::numerics::gauss_legendre::panels;
use crate::numerics::streams::Stream;
use rand::RngExt;

/// Scales after which an exponential tail is dropped; it weighs 1e-17.
const EXPONENTIAL_REACH: f64 = 40.0;

/// Smallest width of a law.
const NARROWEST: f64 = 1e-6;

/// A law on the real line with a density that is smooth but for known points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ContinuousLaw {
    /// Uniform between two ends.
    Uniform {
        /// Lower end.
        low: f64,
        /// Upper end.
        high: f64,
    },
    /// Density `exp(−|x|/s)/(2s)`.
    Laplace {
        /// Scale `s`; the variance is `2s²`.
        scale: f64,
    },
}

impl ContinuousLaw {
    /// What [`ContinuousLaw::is_valid`] asks for.
    pub const PARAMETERS: &str =
        "give ends in order from -100 to 100 and 1e-6 apart, or a positive scale from 1e-6 to 100";

    /// Whether the parameters make a law that can be integrated: of the size that atoms may have,
    /// and not too narrow beside that.
    pub fn is_valid(self) -> bool {
        match self {
            Self::Uniform { low, high } => {
                low.abs() <= MAX_FIELD && high.abs() <= MAX_FIELD && high - low >= NARROWEST
            }
            Self::Laplace { scale } => (NARROWEST..=MAX_FIELD).contains(&scale),
        }
    }

    /// Width beyond which nothing, or nothing that counts, lies.
    pub fn width(self) -> f64 {
        match self {
            Self::Uniform { low, high } => high - low,
            Self::Laplace { scale } => 2.0 * EXPONENTIAL_REACH * scale,
        }
    }

    /// Whether the law is invariant under `x → −x`.
    pub fn is_symmetric(self) -> bool {
        match self {
            Self::Uniform { low, high } => low == -high,
            Self::Laplace { .. } => true,
        }
    }

    /// Nodes and weights (of sum 1) that integrate functions which are smooth over lengths of
    /// `resolution` to near rounding.
    pub fn nodes(self, resolution: f64) -> Vec<(f64, f64)> {
        self.on_panels(self.panels(resolution))
    }

    /// Nodes and weights of a refinement level, each √2 times finer than the one before. No two
    /// levels have the same nodes, so that their difference tells the error.
    pub fn refined(self, level: u32) -> Vec<(f64, f64)> {
        // From 2 panels on, √2 times as many are more after rounding up.
        let coarsest = self.panels(1.0).max(2.0);
        self.on_panels((coarsest * 2f64.powf(0.5 * f64::from(level))).ceil())
    }

    /// Panels of Gauss and Legendre for that resolution; of a Laplace law on each side.
    fn panels(self, resolution: f64) -> f64 {
        match self {
            Self::Uniform { low, high } => ((high - low) / (4.0 * resolution)).ceil().max(1.0),
            Self::Laplace { scale } => {
                (EXPONENTIAL_REACH * scale / (4.0 * resolution.min(scale))).ceil()
            }
        }
    }

    fn on_panels(self, count: f64) -> Vec<(f64, f64)> {
        let ends = |from: f64, to: f64| -> Vec<f64> {
            let end = |end: usize| from + (to - from) * end as f64 / count;
            (0..=count as usize).map(end).collect()
        };
        match self {
            Self::Uniform { low, high } => panels(&ends(low, high), |_| 1.0 / (high - low)),
            Self::Laplace { scale } => {
                let density = |x: f64| (-x / scale).exp() / (2.0 * scale);
                let half = panels(&ends(0.0, EXPONENTIAL_REACH * scale), density);
                let mirrored = half.iter().rev().map(|(x, weight)| (-x, *weight));
                mirrored.chain(half.iter().copied()).collect()
            }
        }
    }

    /// One draw.
    pub fn sample(self, stream: &mut Stream) -> f64 {
        match self {
            Self::Uniform { low, high } => low + (high - low) * stream.random::<f64>(),
            Self::Laplace { scale } => {
                // Symmetric inverse of the distribution function; 1 − |2p − 1| is never 0.
                let level: f64 = 2.0 * stream.random::<f64>() - 1.0;
                let tail = (1.0 - level.abs()).max(f64::MIN_POSITIVE);
                -scale * tail.ln() * level.signum()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two levels with the same nodes would agree whatever their error.
    #[test]
    fn every_level_has_nodes_of_its_own() {
        for law in [
            ContinuousLaw::Uniform {
                low: -1.0,
                high: 1.0,
            },
            ContinuousLaw::Uniform {
                low: -3f64.sqrt(),
                high: 3f64.sqrt(),
            },
            ContinuousLaw::Uniform {
                low: -100.0,
                high: 100.0,
            },
            ContinuousLaw::Uniform {
                low: 0.0,
                high: 1e-3,
            },
            ContinuousLaw::Laplace {
                scale: 0.5f64.sqrt(),
            },
            ContinuousLaw::Laplace { scale: 0.01 },
            ContinuousLaw::Laplace { scale: 9.0 },
        ] {
            let counts: Vec<usize> = (0..10).map(|level| law.refined(level).len()).collect();
            let rising = counts.windows(2).all(|pair| pair[0] < pair[1]);
            assert!(rising, "{law:?}: {counts:?}");
            for level in 0..3 {
                let total: f64 = law.refined(level).iter().map(|(_, weight)| weight).sum();
                assert!((total - 1.0).abs() < 1e-12, "{law:?}: {total}");
            }
        }
    }
}
