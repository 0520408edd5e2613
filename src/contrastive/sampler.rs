//! Negative phases of one update: `Σ v f(z')^T/√d` over chains (d×k).

use super::chain::{Chain, Reconstruction};
use super::settings::VisibleLaw;
use super::signs::Signs;
use crate::hidden::HiddenUnits;
use crate::numerics::Matrix;
use crate::numerics::streams::{Purpose, Stream, Streams};
use crate::simulation::DataMatrix;
use nalgebra::{DVector, SVector, SymmetricEigen};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

/// Chains of one block of parallel work.
const CHAINS: usize = 64;

/// Visible units of one.
const UNITS: usize = 512;

/// Directions of the weights whose part of the self-overlap is below this are none.
const RANK: f64 = 1e-12;

/// Chains of one update: where they are, and their random numbers.
pub(super) struct Sampler<'a> {
    pub hidden: &'a HiddenUnits,
    pub chain: &'a Chain,
    pub visible: VisibleLaw,
    pub streams: Streams,
    /// Number of the update, from 0.
    pub update: u64,
}

impl Sampler<'_> {
    /// The stream of a block of this update.
    pub fn stream(&self, purpose: Purpose, block: usize) -> Stream {
        self.streams
            .stream(purpose, (self.update << 32) | block as u64)
    }

    /// The negative phase at weights `w` of self-overlap `q`. Chains begin at the hidden states of
    /// these numbers, which become those in which they end. `None` where an entry is not finite.
    pub fn negative(&self, w: &Matrix, q: &Matrix, chains: &mut [u32]) -> Option<Matrix> {
        if q.iter().any(|entry| !entry.is_finite()) {
            return None;
        }
        Some(match (self.chain.visible, self.visible) {
            (Reconstruction::Means, visible) => self.by_means(w, visible, chains),
            (_, VisibleLaw::Gaussian) => {
                crate::with_units!(w.ncols(), K => self.gaussian::<K>(w, q, chains))
            }
            (_, VisibleLaw::Rademacher) => {
                crate::with_units!(w.ncols(), K => self.signs::<K>(w, chains))
            }
        })
    }

    /// A hidden state given the fields `z`, and `shares` for its posterior.
    pub fn draw(&self, z: &[f64], shares: &mut Vec<f64>, stream: &mut Stream) -> u32 {
        self.hidden.posterior(z, shares);
        let level = stream.random::<f64>();
        let mut total = 0.0;
        for (state, share) in shares.iter().enumerate() {
            total += share;
            if level < total {
                return state as u32;
            }
        }
        shares.len() as u32 - 1
    }

    /// Normal visible units: their part in the span of `W` is known from the fields `s = W^T ξ/√d`,
    /// and the rest of the sum over chains is normal, too, given these. With `v = Wh/√d + ξ`,
    ///
    /// ```text
    /// Σ v f^T/√d = W Σ h f^T/d + W Q^{-1} Σ s f^T/d + P_⊥ G (Σ f f^T)^{1/2}/√d
    /// ```
    ///
    /// in law, with `G` (d×k) of independent normal entries and `P_⊥` off the columns of `W`.
    fn gaussian<const K: usize>(&self, w: &Matrix, q: &Matrix, chains: &mut [u32]) -> Matrix {
        let noise = Noise::new(q);
        let parts: Vec<[Matrix; 2]> = chains
            .par_chunks_mut(CHAINS)
            .enumerate()
            .map(|(block, chains)| {
                let mut stream = self.stream(Purpose::ChainSteps, block);
                self.gaussian_block::<K>(q, &noise, chains, &mut stream)
            })
            .collect();
        let mut along = Matrix::zeros(K, K);
        let mut squares = Matrix::zeros(K, K);
        for [own, square] in parts {
            along += own;
            squares += square;
        }
        let d = w.nrows() as f64;
        let mut off = self.normal(w.nrows(), K);
        // P_⊥ = 1 − W Q^+ W^T/d.
        let inside = &noise.inverse * w.tr_mul(&off) / d;
        off.gemm(-1.0, w, &inside, 1.0);
        let root = Noise::new(&squares).root;
        let mut sum = off * (root / d.sqrt());
        sum.gemm(1.0 / d, w, &along, 1.0);
        sum
    }

    /// `Σ (h + Q^{-1} s) f^T` and `Σ f f^T` of a block of chains.
    fn gaussian_block<const K: usize>(
        &self,
        q: &Matrix,
        noise: &Noise,
        chains: &mut [u32],
        stream: &mut Stream,
    ) -> [Matrix; 2] {
        let states = self.hidden.states().unwrap_or(&[]);
        let mut sums = [Matrix::zeros(K, K), Matrix::zeros(K, K)];
        let mut shares = Vec::with_capacity(states.len());
        let mut normal = DVector::zeros(K);
        for chain in chains {
            for step in 1..=self.chain.steps {
                let h = &states[*chain as usize].1;
                normal
                    .iter_mut()
                    .for_each(|entry| *entry = StandardNormal.sample(stream));
                let z = q * h + &noise.root * &normal;
                let last = step == self.chain.steps;
                if last {
                    let z = SVector::<f64, K>::from_column_slice(z.as_slice());
                    let mean = self.hidden.response(&z).mean;
                    let mean = DVector::from_column_slice(mean.as_slice());
                    let place = h + &noise.inverse_root * &normal;
                    sums[0].ger(1.0, &place, &mean, 1.0);
                    sums[1].ger(1.0, &mean, &mean, 1.0);
                }
                if !last || self.chain.persistent {
                    *chain = self.draw(z.as_slice(), &mut shares, stream);
                }
            }
        }
        sums
    }

    /// Independent normal entries.
    fn normal(&self, rows: usize, columns: usize) -> Matrix {
        let mut matrix = Matrix::zeros(rows, columns);
        matrix
            .as_mut_slice()
            .par_chunks_mut(UNITS)
            .enumerate()
            .for_each(|(block, entries)| {
                let mut stream = self.stream(Purpose::VisibleNoise, block);
                for entry in entries {
                    *entry = StandardNormal.sample(&mut stream);
                }
            });
        matrix
    }

    /// Visible units ±1, each of them drawn.
    fn signs<const K: usize>(&self, w: &Matrix, chains: &mut [u32]) -> Matrix {
        let scale = 1.0 / (w.nrows() as f64).sqrt();
        let signs = Signs::new(self.hidden.states().unwrap_or(&[]), w);
        let mut sum = Matrix::zeros(w.nrows(), K);
        let begin = |row: usize| {
            let stream = self.stream(Purpose::ChainSteps, row);
            (stream, Vec::new())
        };
        type Own = (Stream, Vec<f64>);
        let draw = |own: &mut Own, chain: &u32, row: &mut [f32]| {
            signs.draw(*chain as usize, &mut own.0, row);
        };
        let map = |turn: usize, own: &mut Own, rows: &mut [[f64; K]], chains: &mut [u32]| {
            let (stream, shares) = own;
            let last = turn + 1 == self.chain.steps;
            for (row, chain) in rows.iter_mut().zip(chains) {
                let z = SVector::<f64, K>::from(*row) * scale;
                if !last || self.chain.persistent {
                    *chain = self.draw(z.as_slice(), shares, stream);
                }
                *row = (self.hidden.response(&z).mean * scale).into();
            }
        };
        let matrices = (w.as_slice(), sum.as_mut_slice());
        let steps = self.chain.steps;
        DataMatrix::generated_pass::<K, _, _>(w.nrows(), steps, matrices, chains, begin, draw, map);
        sum
    }

    /// Visible units at their means, `Wh/√d` or `tanh(Wh/√d)`: one for each hidden state.
    fn by_means(&self, w: &Matrix, visible: VisibleLaw, chains: &mut [u32]) -> Matrix {
        let states = self.hidden.states().unwrap_or(&[]);
        let (d, units) = w.shape();
        let scale = 1.0 / (d as f64).sqrt();
        let mut means = Matrix::zeros(d, states.len());
        for (mut column, (_, h)) in means.column_iter_mut().zip(states) {
            column.gemv(scale, w, h, 0.0);
            if visible == VisibleLaw::Rademacher {
                column.iter_mut().for_each(|x| *x = x.tanh());
            }
        }
        let fields = w.tr_mul(&means) * scale;
        let ends: Vec<Matrix> = chains
            .par_chunks_mut(CHAINS)
            .enumerate()
            .map(|(block, chains)| {
                let mut stream = self.stream(Purpose::ChainSteps, block);
                self.ends_of(&fields, chains, &mut stream)
            })
            .collect();
        let mut sums = Matrix::zeros(states.len(), units);
        for end in ends {
            sums += end;
        }
        means * sums * scale
    }

    /// `Σ f(z)^T` over a block of chains, in the row of the state that the last visible units were
    /// given; `fields` are those of the visible units' means (k×states).
    fn ends_of(&self, fields: &Matrix, chains: &mut [u32], stream: &mut Stream) -> Matrix {
        let mut sums = Matrix::zeros(fields.ncols(), fields.nrows());
        let mut shares = Vec::new();
        for chain in chains {
            for step in 1..=self.chain.steps {
                let from = *chain as usize;
                let z = fields.column(from);
                let last = step == self.chain.steps;
                if last {
                    self.hidden.posterior(z.as_slice(), &mut shares);
                    let states = self.hidden.states().unwrap_or(&[]);
                    for (share, (_, h)) in shares.iter().zip(states) {
                        for (unit, value) in h.iter().enumerate() {
                            sums[(from, unit)] += share * value;
                        }
                    }
                }
                if !last || self.chain.persistent {
                    *chain = self.draw(z.as_slice(), &mut shares, stream);
                }
            }
        }
        sums
    }
}

/// Roots and inverses of a covariance, on the directions that it has.
struct Noise {
    /// `Q^{1/2}`.
    root: Matrix,
    /// `Q^{-1/2}`.
    inverse_root: Matrix,
    /// `Q^{-1}`.
    inverse: Matrix,
}

impl Noise {
    fn new(covariance: &Matrix) -> Self {
        let symmetric = (covariance + covariance.transpose()) * 0.5;
        let eigen = SymmetricEigen::new(symmetric);
        let cut = RANK * eigen.eigenvalues.amax();
        let of = |function: fn(f64) -> f64| {
            let kept = |value: f64| if value > cut { function(value) } else { 0.0 };
            let values = Matrix::from_diagonal(&eigen.eigenvalues.map(kept));
            &eigen.eigenvectors * values * eigen.eigenvectors.transpose()
        };
        Self {
            root: of(f64::sqrt),
            inverse_root: of(|value| 1.0 / value.sqrt()),
            inverse: of(f64::recip),
        }
    }
}
