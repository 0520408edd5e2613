//! The pair function of a law that is given by its log moment generating function only, as a
//! Gaussian average.
//!
//! By the Hubbard–Stratonovich transformation, with `L L^T = Q` and `g` standard normal,
//!
//! ```text
//! η2(Q) = log E_h exp(½ h^T Q h + b·h) = log E_g exp(η1(L g + b))
//! ⟨φ(h)⟩_Q = E_g[e^{η1(L g + b)} E[φ(h) | L g + b]] / E_g[e^{η1(L g + b)}]
//! ```
//!
//! and the posterior moments of `h` up to the fourth follow from the cumulants, the derivatives of
//! `η1` up to order four. The average is a trapezoid rule that is exact to rounding. It visits
//! about `Π_a (24 + 3 √Q_aa sup|h_a|)` nodes at moderate `Q`, some 30 for one unit, 10³ for two and
//! 3·10⁴ for three; at large `Q` only neighbourhoods of the relevant `h`.

use super::FormulaLaw;
use super::grid::{Grid, SPACING};
use super::monomials::Monomials;
use crate::numerics::Matrix;
use nalgebra::{DVector, SVector};

/// Largest number of units: the cost grows exponentially.
pub(super) const MAX_AVERAGED_UNITS: usize = 3;

/// Nodes that are evaluated together.
const BATCH: usize = 1024;

/// A law with the bias of each unit.
#[derive(Debug, Clone)]
pub(crate) struct AveragedPair {
    law: FormulaLaw,
    bias: DVector<f64>,
    bounds: Vec<f64>,
    moments: Monomials,
    /// For each moment of even order: its place, and the places of its factors in the groups of
    /// dependent units.
    even: Vec<(usize, Vec<usize>)>,
    /// Whether the law with its bias is invariant under `h → −h`.
    odd: bool,
}

/// `η2` and the moments of `h` under the tilted law.
pub(crate) struct PairMoments {
    pub log_norm: f64,
    /// `⟨h_a h_b⟩`.
    pub second: Matrix,
    /// `⟨h_a h_b h_c h_d⟩` at `(a + k b, c + k d)`.
    pub fourth: Matrix,
}

impl AveragedPair {
    pub(crate) fn new(law: &FormulaLaw, bias: &DVector<f64>) -> Self {
        let (units, dimension) = (bias.len(), law.dimension());
        let moments = Monomials::new(units);
        let factor = |monomial: &[usize], group: usize| {
            let own = monomial.iter().filter(|&&unit| unit / dimension == group);
            let variables: Vec<usize> = own.map(|unit| unit % dimension).collect();
            law.monomials().place(&variables)
        };
        let factors = |monomial| (0..units / dimension).map(move |group| factor(monomial, group));
        let listed = moments.factors().iter().enumerate();
        let even = listed
            .filter(|(_, monomial)| monomial.len() % 2 == 0)
            .map(|(place, monomial)| (place, factors(monomial).collect()))
            .collect();
        Self {
            law: law.clone(),
            bias: bias.clone(),
            bounds: law.mean_bound(units),
            moments,
            even,
            odd: law.is_symmetric() && bias.iter().all(|&entry| entry == 0.0),
        }
    }

    /// The moments at `Q`; `None` where `Q` is not positive semi-definite (up to rounding) or too
    /// large for `η2` to have digits.
    pub(crate) fn at(&self, q: &Matrix) -> Option<PairMoments> {
        self.with_spacing(q, SPACING)
    }

    /// Difference of `η2` between two spacings: rounding, unless `e^{η1}` is not the moment
    /// generating function of a bounded law.
    pub(super) fn defect(&self, q: &Matrix) -> Option<f64> {
        let coarse = self.with_spacing(q, SPACING)?.log_norm;
        let fine = self
            .with_spacing(q, SPACING * std::f64::consts::FRAC_1_SQRT_2)?
            .log_norm;
        Some((coarse - fine).abs() / fine.abs().max(1.0))
    }

    fn with_spacing(&self, q: &Matrix, spacing: f64) -> Option<PairMoments> {
        match q.nrows() {
            1 => self.average::<1>(q, spacing),
            2 => self.average::<2>(q, spacing),
            3 => self.average::<3>(q, spacing),
            _ => None,
        }
    }

    fn average<const K: usize>(&self, q: &Matrix, spacing: f64) -> Option<PairMoments> {
        let grid = Grid::<K>::new(q, &self.bounds, spacing, self.odd)?;
        let bias = SVector::<f64, K>::from_column_slice(self.bias.as_slice());
        let exponent = |g: &SVector<f64, K>| {
            let field = grid.field(g) + bias;
            self.law.log_mgf(field.iter().copied()) - 0.5 * g.norm_squared()
        };
        let blocks = grid.blocks(exponent);
        let mut sums = Sums::new(self, K, blocks.peak);
        for first in &blocks.first {
            grid.visit(first, |g, log_multiplicity| {
                let field = grid.field(&g) + bias;
                sums.push(field.as_slice(), log_multiplicity - 0.5 * g.norm_squared());
            });
            if sums.waiting() >= BATCH {
                sums.flush();
            }
        }
        sums.flush();
        sums.finish(blocks.peak + grid.log_volume())
    }
}

/// Sums over the nodes of `e^{φ − peak}` times each moment; the first moment is 1, so that its sum
/// is the norm.
struct Sums<'a> {
    pair: &'a AveragedPair,
    peak: f64,
    totals: Vec<f64>,
    /// Nodes that wait for evaluation: the field of each unit, and what `φ` has beside `η1`.
    fields: Vec<Vec<f64>>,
    exponents: Vec<f64>,
    /// `η1` and its derivatives at these nodes, and the posterior moments of `h`, group by group.
    derivatives: Vec<Vec<f64>>,
    moments: Vec<Vec<f64>>,
}

impl<'a> Sums<'a> {
    fn new(pair: &'a AveragedPair, units: usize, peak: f64) -> Self {
        let groups = units / pair.law.dimension();
        let columns = vec![vec![]; groups * pair.law.monomials().len()];
        Self {
            pair,
            peak,
            totals: vec![0.0; pair.moments.len()],
            fields: vec![Vec::with_capacity(BATCH); units],
            exponents: Vec::with_capacity(BATCH),
            derivatives: columns.clone(),
            moments: columns,
        }
    }

    fn waiting(&self) -> usize {
        self.exponents.len()
    }

    fn push(&mut self, field: &[f64], exponent: f64) {
        for (column, entry) in self.fields.iter_mut().zip(field) {
            column.push(*entry);
        }
        self.exponents.push(exponent);
    }

    /// Evaluates the waiting nodes and adds them.
    fn flush(&mut self) {
        for column in self.derivatives.iter_mut().chain(&mut self.moments) {
            column.resize(self.exponents.len(), 0.0);
        }
        let law = &self.pair.law;
        law.derivatives(&self.fields, &mut self.derivatives);
        let width = law.monomials().len();
        let groups = self.derivatives.chunks(width);
        for (derivatives, moments) in groups.zip(self.moments.chunks_mut(width)) {
            law.monomials().moments(derivatives, moments);
            for (exponent, value) in self.exponents.iter_mut().zip(&derivatives[0]) {
                *exponent += value;
            }
        }
        for exponent in &mut self.exponents {
            *exponent = (*exponent - self.peak).exp();
        }
        self.add_moments(width);
        self.fields.iter_mut().for_each(Vec::clear);
        self.exponents.clear();
    }

    /// Adds the moments with the weights that stand in `exponents` by now.
    fn add_moments(&mut self, width: usize) {
        let mut products = vec![0.0; self.exponents.len()];
        for (target, places) in &self.pair.even {
            products.copy_from_slice(&self.exponents);
            for (group, place) in places.iter().enumerate().filter(|(_, place)| **place > 0) {
                for (product, moment) in products
                    .iter_mut()
                    .zip(&self.moments[group * width + place])
                {
                    *product *= moment;
                }
            }
            self.totals[*target] += products.iter().sum::<f64>();
        }
    }

    fn finish(self, log_scale: f64) -> Option<PairMoments> {
        let units = self.fields.len();
        let norm = self.totals[0];
        let moment = |variables: &[usize]| self.totals[self.pair.moments.place(variables)] / norm;
        let second = Matrix::from_fn(units, units, |a, b| moment(&[a, b]));
        let fourth = Matrix::from_fn(units * units, units * units, |row, column| {
            moment(&[row % units, row / units, column % units, column / units])
        });
        (norm.is_finite() && norm > 0.0).then(|| PairMoments {
            log_norm: log_scale + norm.ln(),
            second,
            fourth,
        })
    }
}
