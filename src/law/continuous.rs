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
        match self {
            Self::Uniform { low, high } => {
                let count = ((high - low) / (4.0 * resolution)).ceil().max(1.0);
                let ends: Vec<f64> = (0..=count as usize)
                    .map(|end| low + (high - low) * end as f64 / count)
                    .collect();
                panels(&ends, |_| 1.0 / (high - low))
            }
            Self::Laplace { scale } => {
                let step = resolution.min(scale);
                let count = (EXPONENTIAL_REACH * scale / (4.0 * step)).ceil();
                let ends: Vec<f64> = (0..=count as usize)
                    .map(|end| EXPONENTIAL_REACH * scale * end as f64 / count)
                    .collect();
                let half = panels(&ends, |x| (-x / scale).exp() / (2.0 * scale));
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
