//! Negative phases of one update: `Σ v f(z')^T/√d` over chains (d×k).

use super::chain::{Chain, Reconstruction};
use super::settings::VisibleLaw;
use super::signs::Signs;
use crate::hidden::HiddenUnits;
use crate::law::Law;
use crate::numerics::Matrix;
use crate::numerics::streams::{Purpose, Stream, Streams, WideStream};
use crate::ranks::{Division, Ranks};
use crate::simulation::DataMatrix;
use nalgebra::{SMatrix, SVector, SymmetricEigen};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

/// Chains of one block of parallel work.
const CHAINS: usize = 64;

/// Visible units of one.
const UNITS: usize = 512;

/// Directions of the weights whose part of the self-overlap is below this are none.
const RANK: f64 = 1e-12;

/// What draws the chains of one update.
pub(super) struct Sampler<'a> {
    hidden: &'a HiddenUnits,
    chain: &'a Chain,
    visible: VisibleLaw,
    streams: Streams,
    /// Who shares the chains.
    ranks: &'a Ranks,
    /// Number of the update, from 0.
    update: u64,
    /// The values of independent units that have two.
    pair: Option<[f64; 2]>,
}

impl<'a> Sampler<'a> {
    pub fn new(
        hidden: &'a HiddenUnits,
        chain: &'a Chain,
        visible: VisibleLaw,
        (streams, ranks): (Streams, &'a Ranks),
        update: u64,
    ) -> Self {
        let values: Vec<f64> = match hidden.law() {
            Law::Separable(atoms) => atoms.atoms().map(|(value, _)| value).collect(),
            _ => Vec::new(),
        };
        Self {
            hidden,
            chain,
            visible,
            streams,
            ranks,
            update,
            pair: values.try_into().ok(),
        }
    }

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
        // Drawn visible units come from the blocks of the pass that reads them.
        let drawn = self.chain.visible == Reconstruction::Samples;
        let blocks = match self.visible {
            VisibleLaw::Rademacher if drawn => DataMatrix::batch_division(chains.len(), self.ranks),
            _ => Division::new(chains.len(), CHAINS, self.ranks),
        };
        let own = &mut chains[blocks.own()];
        let sum = crate::with_units!(w.ncols(), K => match (self.chain.visible, self.visible) {
            (Reconstruction::Means, visible) => self.by_means::<K>(w, visible, &blocks, own),
            (_, VisibleLaw::Gaussian) => self.gaussian::<K>(w, q, &blocks, own),
            (_, VisibleLaw::Rademacher) => self.signs::<K>(w, &blocks, own),
        });
        // Others begin anew.
        if self.chain.persistent {
            blocks.complete_rows(chains);
        }
        Some(sum)
    }

    /// The number of a hidden state given the fields `z`, where its mean is `mean`; `shares` is room
    /// for the posterior.
    #[inline]
    pub fn draw<const K: usize>(
        &self,
        z: &SVector<f64, K>,
        mean: &SVector<f64, K>,
        shares: &mut Vec<f64>,
        stream: &mut Stream,
    ) -> u32 {
        if let Some([first, second]) = self.pair {
            // Unit by unit, as states are numbered.
            let bit = |unit: usize, stream: &mut Stream| {
                let level = first + (second - first) * stream.random::<f64>();
                u32::from((level < mean[unit]) == (second > first)) << unit
            };
            return (0..K).map(|unit| bit(unit, stream)).sum();
        }
        self.hidden.posterior(z.as_slice(), shares);
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
    fn gaussian<const K: usize>(
        &self,
        w: &Matrix,
        q: &Matrix,
        blocks: &Division,
        chains: &mut [u32],
    ) -> Matrix {
        let step = Step::<K>::new(self.hidden, q);
        let own = || {
            blocks.each(chains, |block, chains| {
                let mut stream = self.stream(Purpose::ChainSteps, block);
                self.normal_block(&step, chains, &mut stream)
            })
        };
        let ((normal, inside), own) = rayon::join(|| self.normal::<K>(w), own);
        let [mut along, mut squares] = [SMatrix::<f64, K, K>::zeros(); 2];
        for [own, square] in blocks.all(own, &[along, squares]) {
            along += own;
            squares += square;
        }
        let d = w.nrows();
        let squares = Noise::new(&Matrix::from_column_slice(K, K, squares.as_slice()));
        let root = fixed::<K>(&squares.root) / (d as f64).sqrt();
        // P_⊥ = 1 − W Q^+ W^T/d.
        let along = (along - step.inverse * inside * root) / d as f64;
        let mut sum = Matrix::zeros(d, K);
        let columns = sum.as_mut_slice().par_chunks_mut(d).enumerate();
        columns.for_each(|(unit, column)| {
            for (block, entries) in column.chunks_mut(UNITS).enumerate() {
                let first = block * UNITS;
                let normal = normal[K * first..].chunks_exact(entries.len());
                let own = w.as_slice().chunks_exact(d).map(|column| &column[first..]);
                for (b, (normal, w)) in normal.zip(own).enumerate().take(K) {
                    let (scale, shift) = (root[(b, unit)], along[(b, unit)]);
                    for ((entry, normal), w) in entries.iter_mut().zip(normal).zip(w) {
                        *entry += scale * normal + shift * w;
                    }
                }
            }
        });
        sum
    }

    /// `Σ (h + Q^{-1} s) f^T` and `Σ f f^T` of a block of chains.
    fn normal_block<const K: usize>(
        &self,
        step: &Step<K>,
        chains: &mut [u32],
        stream: &mut Stream,
    ) -> [SMatrix<f64, K, K>; 2] {
        let mut sums = [SMatrix::zeros(); 2];
        let mut shares = Vec::new();
        for chain in chains {
            for number in 1..=self.chain.steps {
                let from = *chain as usize;
                let normal = SVector::<f64, K>::from_fn(|_, _| StandardNormal.sample(stream));
                let z = step.fields[from] + step.root * normal;
                let mean = self.hidden.response(&z).mean;
                let last = number == self.chain.steps;
                if last {
                    let place = step.states[from] + step.inverse_root * normal;
                    sums[0] += place * mean.transpose();
                    sums[1] += mean * mean.transpose();
                }
                if !last || self.chain.persistent {
                    *chain = self.draw(&z, &mean, &mut shares, stream);
                }
            }
        }
        sums
    }

    /// Independent normal entries `G` (d×k) in blocks of rows, each column by column, and `W^T G`.
    fn normal<const K: usize>(&self, w: &Matrix) -> (Vec<f64>, SMatrix<f64, K, K>) {
        let d = w.nrows();
        let mut normal = vec![0.0; d * K];
        let blocks: Vec<SMatrix<f64, K, K>> = normal
            .par_chunks_mut(K * UNITS)
            .enumerate()
            .map(|(block, entries)| {
                let mut stream = self.stream(Purpose::VisibleNoise, block);
                entries.fill_with(|| StandardNormal.sample(&mut stream));
                let own = w.as_slice().chunks_exact(d);
                let own = own.map(|column| &column[block * UNITS..]);
                let mut inside = SMatrix::zeros();
                for (b, w) in own.enumerate() {
                    for (a, normal) in entries.chunks_exact(entries.len() / K).enumerate() {
                        inside[(b, a)] = w.iter().zip(normal).map(|(w, x)| w * x).sum();
                    }
                }
                inside
            })
            .collect();
        (normal, blocks.into_iter().sum())
    }

    /// Visible units ±1, each of them drawn.
    fn signs<const K: usize>(&self, w: &Matrix, blocks: &Division, chains: &mut [u32]) -> Matrix {
        let scale = 1.0 / (w.nrows() as f64).sqrt();
        let signs = Signs::new(self.hidden.states().unwrap_or(&[]), w);
        let mut sum = Matrix::zeros(w.nrows(), K);
        let begin = |row: usize| {
            let mut stream = self.stream(Purpose::ChainSteps, row);
            let wide = WideStream::seeded(&mut stream);
            (stream, wide, Vec::new())
        };
        type Own = (Stream, WideStream, Vec<f64>);
        let draw = |own: &mut Own, chain: &u32, row: &mut [f32]| {
            signs.draw(*chain as usize, &mut own.1, row);
        };
        let map = |turn: usize, own: &mut Own, rows: &mut [[f64; K]], chains: &mut [u32]| {
            let (stream, _, shares) = own;
            let last = turn + 1 == self.chain.steps;
            for (row, chain) in rows.iter_mut().zip(chains) {
                let z = SVector::<f64, K>::from(*row) * scale;
                let mean = self.hidden.response(&z).mean;
                if !last || self.chain.persistent {
                    *chain = self.draw(&z, &mean, shares, stream);
                }
                *row = (mean * scale).into();
            }
        };
        let matrices = (w.as_slice(), sum.as_mut_slice());
        let (rows, steps) = ((blocks, w.nrows()), self.chain.steps);
        DataMatrix::generated_pass::<K, _, _>(rows, steps, matrices, chains, begin, draw, map);
        sum
    }

    /// Visible units at their means, `Wh/√d` or `tanh(Wh/√d)`: one for each hidden state.
    fn by_means<const K: usize>(
        &self,
        w: &Matrix,
        visible: VisibleLaw,
        blocks: &Division,
        chains: &mut [u32],
    ) -> Matrix {
        let states = self.hidden.states().unwrap_or(&[]);
        let d = w.nrows();
        let scale = 1.0 / (d as f64).sqrt();
        let mut means = Matrix::zeros(d, states.len());
        for (mut column, (_, h)) in means.column_iter_mut().zip(states) {
            column.gemv(scale, w, h, 0.0);
            if visible == VisibleLaw::Rademacher {
                column.iter_mut().for_each(|x| *x = x.tanh());
            }
        }
        let fields = w.tr_mul(&means) * scale;
        let fields = fields.column_iter();
        let fields: Vec<SVector<f64, K>> = fields.map(|z| SVector::from_fn(|a, _| z[a])).collect();
        let ends: Vec<Matrix> = blocks.each(chains, |block, chains| {
            let mut stream = self.stream(Purpose::ChainSteps, block);
            self.ends_of(&fields, chains, &mut stream)
        });
        let mut sums = Matrix::zeros(states.len(), K);
        for end in blocks.all(ends, &sums) {
            sums += end;
        }
        means * sums * scale
    }

    /// `Σ f(z)^T` over a block of chains, in the row of the state that the last visible units were
    /// given; `fields` are those of the visible units' means, one for each state.
    fn ends_of<const K: usize>(
        &self,
        fields: &[SVector<f64, K>],
        chains: &mut [u32],
        stream: &mut Stream,
    ) -> Matrix {
        let mut sums = Matrix::zeros(fields.len(), K);
        let mut shares = Vec::new();
        for chain in chains {
            for number in 1..=self.chain.steps {
                let from = *chain as usize;
                let z = &fields[from];
                let mean = self.hidden.response(z).mean;
                let last = number == self.chain.steps;
                if last {
                    for (unit, value) in mean.iter().enumerate() {
                        sums[(from, unit)] += value;
                    }
                }
                if !last || self.chain.persistent {
                    *chain = self.draw(z, &mean, &mut shares, stream);
                }
            }
        }
        sums
    }
}

/// What a step of a chain with normal visible units reads.
struct Step<const K: usize> {
    states: Vec<SVector<f64, K>>,
    /// `Qh` of each.
    fields: Vec<SVector<f64, K>>,
    /// `Q^{1/2}`, `Q^{-1/2}` and `Q^{-1}`.
    root: SMatrix<f64, K, K>,
    inverse_root: SMatrix<f64, K, K>,
    inverse: SMatrix<f64, K, K>,
}

impl<const K: usize> Step<K> {
    fn new(hidden: &HiddenUnits, q: &Matrix) -> Self {
        let listed = hidden.states().unwrap_or(&[]).iter();
        let states: Vec<SVector<f64, K>> = listed
            .map(|(_, h)| SVector::from_column_slice(h.as_slice()))
            .collect();
        let noise = Noise::new(q);
        let q = fixed::<K>(q);
        Self {
            fields: states.iter().map(|h| q * h).collect(),
            states,
            root: fixed(&noise.root),
            inverse_root: fixed(&noise.inverse_root),
            inverse: fixed(&noise.inverse),
        }
    }
}

fn fixed<const K: usize>(matrix: &Matrix) -> SMatrix<f64, K, K> {
    SMatrix::from_column_slice(matrix.as_slice())
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
