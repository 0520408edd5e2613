//! The Marchenko–Pastur law of the eigenvalues of noise, as a table.

use crate::error::{Result, require_between};
use crate::spectral::MarchenkoPastur;
use std::f64::consts::PI;

/// Cells of the table.
const CELLS: usize = 4000;

/// The law of the eigenvalues `e = s²/max(n, d)` of an n×d matrix of independent entries of variance
/// 1, those that are 0 by its shape left out: that of [`MarchenkoPastur`] in other units, `e = √g w²`,
/// `g = min(n, d)/max(n, d)`, with its quadrature done once. `e = 1 + g − 2√g cos θ` has the density
/// `2 sin²θ/(πe)` in `θ`.
#[derive(Debug, Clone, PartialEq)]
pub struct BulkLaw {
    law: MarchenkoPastur,
    /// `√g`.
    scale: f64,
    /// The part below each end of a cell in `θ`.
    below: Vec<f64>,
}

impl BulkLaw {
    /// The law for `g` in (0, 1].
    ///
    /// # Errors
    /// Names `g`.
    pub fn new(g: f64) -> Result<Self> {
        require_between("g", g, 1e-12, 1.0)?;
        let mut law = Self {
            law: MarchenkoPastur::new(1.0, g)?,
            scale: g.sqrt(),
            below: Vec::with_capacity(CELLS + 1),
        };
        let width = PI / CELLS as f64;
        let mut sum = 0.0;
        law.below.push(0.0);
        for cell in 0..CELLS {
            sum += law.part(cell as f64 * width, width);
            law.below.push(sum);
        }
        law.below.iter_mut().for_each(|part| *part /= sum);
        Ok(law)
    }

    /// The edges `(1 ± √g)²`.
    pub fn edges(&self) -> [f64; 2] {
        self.law.edges().map(|w| self.scale * w * w)
    }

    /// The part of the eigenvalues below `e`.
    pub fn distribution(&self, e: f64) -> f64 {
        let [low, high] = self.edges();
        let share = ((e - low) / (high - low)).clamp(0.0, 1.0);
        let place = 2.0 * share.sqrt().asin() / PI * CELLS as f64;
        let cell = (place as usize).min(CELLS - 1);
        let width = PI / CELLS as f64;
        let rest = self.part(cell as f64 * width, (place - cell as f64) * width);
        (self.below[cell] + rest).min(1.0)
    }

    /// The eigenvalue below which this part of them lies, 0 to 1.
    pub fn quantile(&self, part: f64) -> f64 {
        let above = self.below.partition_point(|below| *below <= part);
        let cell = above.clamp(1, CELLS) - 1;
        let width = PI / CELLS as f64;
        let (first, inside) = (cell as f64 * width, part - self.below[cell]);
        // The density hardly changes within a cell: a few steps of its root.
        let whole = (self.below[cell + 1] - self.below[cell]).max(f64::MIN_POSITIVE);
        let mut share = (inside / whole).clamp(0.0, 1.0);
        for _ in 0..3 {
            let missing = inside - self.part(first, share * width);
            let slope = self.law.angular_density(first + share * width) * width;
            if slope > 0.0 {
                share = (share + missing / slope).clamp(0.0, 1.0);
            }
        }
        self.eigenvalue(first + share * width)
    }

    fn eigenvalue(&self, angle: f64) -> f64 {
        let [low, high] = self.edges();
        low + (high - low) * (0.5 * angle).sin().powi(2)
    }

    /// The part between two angles, by Simpson's rule: they are close.
    fn part(&self, from: f64, width: f64) -> f64 {
        let at = |share: f64| self.law.angular_density(from + share * width);
        width / 6.0 * (at(0.0) + 4.0 * at(0.5) + at(1.0))
    }
}
