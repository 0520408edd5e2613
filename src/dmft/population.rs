//! Sampled paths of the n side: `h_t = M_t^T Λ u* + (noise and memory)`, kept in blocks that
//! threads share.
//!
//! Columns hold one number for each path of a block. Averages are sums over blocks in their order,
//! so that no result depends on the number of threads.

use super::settings::{DmftSettings, Matching, Points, Sampling};
use super::strata::{Stratum, strata};
use crate::model::Model;
use crate::numerics::Matrix;
use crate::numerics::sobol::{MAX_DIMENSIONS, Scrambled};
use crate::numerics::streams::{Purpose, Streams};
use nalgebra::{DMatrixView, DVector, DVectorView};
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

/// Paths of one block.
pub(super) const BLOCK: usize = 512;

/// Columns of one block, one number for each path; columns are only added.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    rows: usize,
    data: Vec<f64>,
}

impl Columns {
    fn new(rows: usize) -> Self {
        Self {
            rows,
            data: Vec::new(),
        }
    }

    pub fn push(&mut self, column: &[f64]) {
        self.data.extend_from_slice(column);
    }

    /// All columns, paths × columns.
    pub fn view(&self) -> DMatrixView<'_, f64> {
        DMatrixView::from_slice(&self.data, self.rows, self.data.len() / self.rows)
    }

    /// One column.
    pub fn column(&self, index: usize) -> &[f64] {
        &self.data[index * self.rows..][..self.rows]
    }
}

/// A block of paths of one stratum.
#[derive(Debug, Clone)]
pub(super) struct Block {
    stratum: usize,
    /// First path of the block, counted within its stratum.
    first: usize,
    /// Probability weight of each path.
    weight: f64,
    /// `u*`, paths × r.
    signals: Matrix,
    /// `𝒵e_j`: what the noise matrix makes of the orthonormal weight directions.
    pub fields: Columns,
    /// Orthonormal directions of the `u_s`.
    pub directions: Columns,
    /// Orthonormal within the stratum: the constant, `u*`, the fresh noise, and the rest of the
    /// `u_s`.
    basis: Columns,
    /// `u_s`, where the memory term needs them.
    pub means: Columns,
    /// `D(h_s)`, k² columns for each time, where the response needs them.
    pub slopes: Columns,
    /// Pre-activations `h_t`, paths × k, then `u_t`.
    pub current: Matrix,
    /// Scratch, paths × columns.
    work: Matrix,
}

impl Block {
    fn paths(&self) -> usize {
        self.signals.nrows()
    }

    /// Probability weight of each path.
    pub fn weight(&self) -> f64 {
        self.weight
    }
}

/// Over which paths an inner product runs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// All of them, with their probabilities.
    All,
    /// Those of each stratum, with equal weights.
    Stratum,
}

/// All paths of one randomisation.
pub(super) struct Population {
    pub blocks: Vec<Block>,
    strata: Vec<Stratum>,
    sampling: Sampling,
    streams: Streams,
    sequences: Vec<Scrambled>,
    paths: usize,
    tolerance: f64,
    /// Coordinates used so far.
    dimension: usize,
}

impl Population {
    /// Paths with their `u*`, before the first time.
    pub fn new(model: &Model, settings: &DmftSettings, streams: Streams) -> Self {
        let strata = strata(model, settings.sampling);
        let paths = settings.paths_of_stratum(strata.len());
        let size = paths.min(BLOCK);
        let block = |stratum: usize, first: usize| Block {
            stratum,
            first,
            weight: strata[stratum].weight / paths as f64,
            signals: Matrix::zeros(size, model.signals()),
            fields: Columns::new(size),
            directions: Columns::new(size),
            basis: Columns::new(size),
            means: Columns::new(size),
            slopes: Columns::new(size),
            current: Matrix::zeros(size, model.units()),
            work: Matrix::zeros(size, 1),
        };
        let blocks = (0..strata.len())
            .flat_map(|stratum| (0..paths).step_by(size).map(move |first| (stratum, first)))
            .map(|(stratum, first)| block(stratum, first))
            .collect();
        let sequences = (0..strata.len() as u64)
            .map(|stratum| streams.stream(Purpose::Paths, stratum << 48).next_u32())
            .map(Scrambled::new)
            .collect();
        let mut population = Self {
            blocks,
            strata,
            sampling: settings.sampling,
            streams,
            sequences,
            paths,
            tolerance: settings.rank_tolerance,
            dimension: 0,
        };
        population.draw_signals();
        population
    }

    /// Draws `u*`, with the first coordinates of each path.
    fn draw_signals(&mut self) {
        if self.matches() {
            self.set_work(|work, _| work.fill(1.0));
            self.extend_basis();
        }
        let mut levels: Vec<Vec<f64>> = vec![vec![0.0]; self.blocks.len()];
        if self.strata.iter().any(Stratum::picks) {
            levels = self
                .blocks
                .par_iter()
                .map(|block| self.uniforms(block, self.dimension))
                .collect();
            self.dimension += 1;
        }
        let normals = self.strata.iter().map(Stratum::normals).max().unwrap_or(0);
        let mut draws: Vec<Vec<DVector<f64>>> = vec![Vec::new(); self.blocks.len()];
        for _ in 0..normals {
            self.draw_noise();
            for (draws, block) in draws.iter_mut().zip(&self.blocks) {
                draws.push(block.work.column(0).into_owned());
            }
        }
        let strata = &self.strata;
        let each = self.blocks.par_iter_mut().zip(&levels).zip(&draws);
        each.for_each(|((block, levels), draws)| {
            for path in 0..block.paths() {
                let level = levels.get(path).copied().unwrap_or(0.0);
                let normals: Vec<f64> = draws.iter().map(|draw| draw[path]).collect();
                let signal = strata[block.stratum].signal(level, &normals);
                block.signals.row_mut(path).tr_copy_from(&signal);
            }
        });
        if self.matches() {
            for a in 0..self.blocks[0].signals.ncols() {
                self.set_work(|work, block| *work = block.signals.columns(a, 1).into_owned());
                self.extend_basis();
            }
        }
    }

    fn matches(&self) -> bool {
        self.sampling.matching != Matching::None
    }

    /// Uniform coordinates of a block.
    fn uniforms(&self, block: &Block, dimension: usize) -> Vec<f64> {
        let sequence = self.sequences[block.stratum];
        if self.sampling.points == Points::Sobol && dimension < MAX_DIMENSIONS {
            (0..block.paths())
                .map(|path| sequence.uniform((block.first + path) as u32, dimension))
                .collect()
        } else {
            let mut stream = self.stream(block, dimension);
            (0..block.paths())
                .map(|_| rand::RngExt::random(&mut stream))
                .collect()
        }
    }

    fn stream(&self, block: &Block, dimension: usize) -> crate::numerics::streams::Stream {
        let (stratum, block) = (block.stratum as u64, (block.first / BLOCK) as u64);
        // Number 0 of a stratum is its scrambling seed.
        let number = stratum << 48 | (dimension as u64) << 24 | (block + 1);
        self.streams.stream(Purpose::Paths, number)
    }

    /// Fills the work column of each block with fresh normals, the moments matched.
    fn draw_noise(&mut self) {
        let dimension = self.dimension;
        self.dimension += 1;
        let mut blocks = std::mem::take(&mut self.blocks);
        blocks
            .par_iter_mut()
            .for_each(|block| self.normals(block, dimension));
        self.blocks = blocks;
        if self.matches() {
            self.project(Scope::Stratum, |block| &block.basis);
            self.normalise(Scope::Stratum, |_| 0.0);
            self.push_basis(&[]);
        }
    }

    fn normals(&self, block: &mut Block, dimension: usize) {
        crate::interrupt::check();
        let paths = block.paths();
        block.work.resize_mut(paths, 1, 0.0);
        let sobol = self.sampling.points == Points::Sobol && dimension < MAX_DIMENSIONS;
        let (sequence, first) = (self.sequences[block.stratum], block.first);
        let mut stream = self.stream(block, dimension);
        let mut draw = |path: usize| {
            if sobol {
                let mut normal = [0.0];
                sequence.normals((first + path) as u32, dimension..dimension + 1, &mut normal);
                normal[0]
            } else {
                StandardNormal.sample(&mut stream)
            }
        };
        if self.sampling.antithetic {
            for path in (0..paths).step_by(2) {
                let normal = draw(path);
                block.work[path] = normal;
                block.work[path + 1] = -normal;
            }
        } else {
            for path in 0..paths {
                block.work[path] = draw(path);
            }
        }
    }

    fn set_work(&mut self, fill: impl Fn(&mut Matrix, &Block) + Sync) {
        self.blocks.par_iter_mut().for_each(|block| {
            let mut work = std::mem::take(&mut block.work);
            fill(&mut work, block);
            block.work = work;
        });
    }

    /// Number of scopes over which inner products run.
    fn scopes(&self, scope: Scope) -> usize {
        match scope {
            Scope::All => 1,
            Scope::Stratum => self.strata.len(),
        }
    }

    fn weight(&self, scope: Scope, block: &Block) -> f64 {
        match scope {
            Scope::All => block.weight,
            Scope::Stratum => 1.0 / self.paths as f64,
        }
    }

    fn index(scope: Scope, block: &Block) -> usize {
        match scope {
            Scope::All => 0,
            Scope::Stratum => block.stratum,
        }
    }

    /// Weighted sums over blocks, one for each scope.
    fn sums(&self, scope: Scope, of: impl Fn(&Block) -> Matrix + Sync) -> Vec<Matrix> {
        let parts: Vec<Matrix> = self.blocks.par_iter().map(&of).collect();
        let mut sums: Vec<Option<Matrix>> = vec![None; self.scopes(scope)];
        for (block, part) in self.blocks.iter().zip(parts) {
            let part = part * self.weight(scope, block);
            match &mut sums[Self::index(scope, block)] {
                Some(sum) => *sum += part,
                none => *none = Some(part),
            }
        }
        // Every scope has a block.
        sums.into_iter().flatten().collect()
    }

    /// Subtracts from the work columns their projection on an orthonormal set, and returns the
    /// coefficients (set × columns).
    fn project(&mut self, scope: Scope, set: impl Fn(&Block) -> &Columns + Sync) -> Vec<Matrix> {
        let coefficients = self.sums(scope, |block| set(block).view().tr_mul(&block.work));
        self.blocks.par_iter_mut().for_each(|block| {
            let mut work = std::mem::take(&mut block.work);
            let own = &coefficients[Self::index(scope, block)];
            accumulate(&mut work, set(block), &(-own));
            block.work = work;
        });
        coefficients
    }

    /// Root-mean-square of each work column, for each scope.
    fn norms(&self, scope: Scope) -> Vec<Vec<f64>> {
        let squares = self.sums(scope, |block| {
            let columns = block.work.column_iter();
            Matrix::from_iterator(block.work.ncols(), 1, columns.map(|c| c.norm_squared()))
        });
        squares
            .iter()
            .map(|square| square.iter().map(|x| x.sqrt()).collect())
            .collect()
    }

    /// Divides the (single) work column by its norm where it exceeds the floor; returns the norms,
    /// 0 where it does not.
    fn normalise(&mut self, scope: Scope, floor: impl Fn(usize) -> f64) -> Vec<f64> {
        let mut norms: Vec<f64> = self.norms(scope).iter().map(|norms| norms[0]).collect();
        for (index, norm) in norms.iter_mut().enumerate() {
            if norm.is_nan() || *norm <= floor(index) {
                *norm = 0.0;
            }
        }
        self.blocks.par_iter_mut().for_each(|block| {
            let norm = norms[Self::index(scope, block)];
            if norm > 0.0 {
                block.work /= norm;
            }
        });
        norms
    }

    /// Appends the work columns to the basis, except in the strata named.
    fn push_basis(&mut self, spanned: &[usize]) {
        self.blocks.par_iter_mut().for_each(|block| {
            if !spanned.contains(&block.stratum) {
                block.basis.push(block.work.as_slice());
            }
        });
    }

    /// Adds to the basis what it lacks of the (single) work column.
    fn extend_basis(&mut self) {
        let before = self.norms(Scope::Stratum);
        for _ in 0..2 {
            self.project(Scope::Stratum, |block| &block.basis);
        }
        let tolerance = self.tolerance.max(1e-12);
        let norms = self.normalise(Scope::Stratum, |index| tolerance * before[index][0]);
        let spanned: Vec<usize> = (0..norms.len()).filter(|&s| norms[s] == 0.0).collect();
        self.push_basis(&spanned);
    }

    /// Adds the field `𝒵e = g + Σ_i ν_i b_i` of a new weight direction, with fresh noise `g`.
    pub fn add_field(&mut self, memory: &DVector<f64>) {
        self.draw_noise();
        self.blocks.par_iter_mut().for_each(|block| {
            accumulate(&mut block.work, &block.directions, memory);
            block.fields.push(block.work.as_slice());
        });
    }

    /// Sets the current columns to `h = u* gain + fields·factor`, with `gain = ΛM` (r×k).
    pub fn set_preactivations(&mut self, gain: &Matrix, factor: &Matrix) {
        self.blocks.par_iter_mut().for_each(|block| {
            block.current.gemm(1.0, &block.signals, gain, 0.0);
            accumulate(&mut block.current, &block.fields, factor);
        });
    }

    /// Adds the memory term `Σ_s u_s B_ts^T`; `memory` stacks the `B_ts^T`.
    pub fn add_memory(&mut self, memory: &Matrix) {
        self.blocks
            .par_iter_mut()
            .for_each(|block| accumulate(&mut block.current, &block.means, memory));
    }

    /// `E[u u*^T]`, k×r, of the current columns.
    pub fn signal_correlation(&self) -> Matrix {
        self.sums(Scope::All, |block| block.current.tr_mul(&block.signals))
            .swap_remove(0)
    }

    /// Gram–Schmidt of the current columns against the directions: returns, for each column, its
    /// coefficients (the new direction's last, if there is one), and for each new direction
    /// `⟨𝒵e_j, ν⟩` with all fields.
    pub fn add_directions(&mut self) -> (Vec<DVector<f64>>, Vec<DVector<f64>>) {
        self.set_work(|work, block| work.clone_from(&block.current));
        let sizes = self.norms(Scope::All).swap_remove(0);
        // Twice is enough for orthogonality to rounding.
        let known = self
            .project(Scope::All, |block| &block.directions)
            .swap_remove(0)
            + self
                .project(Scope::All, |block| &block.directions)
                .swap_remove(0);
        let rest: Vec<Matrix> = self.blocks.iter().map(|block| block.work.clone()).collect();
        let first = known.nrows();
        let (mut coefficients, mut overlaps) = (Vec::new(), Vec::new());
        for (column, size) in sizes.iter().enumerate() {
            self.blocks
                .par_iter_mut()
                .zip(&rest)
                .for_each(|(block, rest)| block.work = rest.columns(column, 1).into_owned());
            // Against the directions of this time's other units.
            let mut own = known.column(column).iter().copied().collect::<Vec<f64>>();
            own.resize(first + overlaps.len(), 0.0);
            for _ in 0..2 {
                for (new, total) in own.iter_mut().enumerate().skip(first) {
                    *total += self.remove(new);
                }
            }
            let floor = self.tolerance.max(1e-13) * size;
            let norm = self.normalise(Scope::All, |_| floor)[0];
            if norm > 0.0 {
                self.blocks
                    .par_iter_mut()
                    .for_each(|block| block.directions.push(block.work.as_slice()));
                let overlap =
                    self.sums(Scope::All, |block| block.fields.view().tr_mul(&block.work));
                overlaps.push(overlap[0].column(0).into_owned());
                own.push(norm);
            }
            coefficients.push(DVector::from_vec(own));
        }
        if self.sampling.matching == Matching::Paths {
            for column in 0..sizes.len() {
                self.set_work(|work, block| *work = block.current.columns(column, 1).into_owned());
                self.extend_basis();
            }
        }
        (coefficients, overlaps)
    }

    /// Removes from the (single) work column its part along one direction, and returns the
    /// coefficient.
    fn remove(&mut self, direction: usize) -> f64 {
        let part = |block: &Block| {
            let along = DVectorView::from_slice(block.directions.column(direction), block.paths());
            Matrix::from_element(1, 1, along.dot(&block.work.column(0)))
        };
        let coefficient = self.sums(Scope::All, part)[0][0];
        self.blocks.par_iter_mut().for_each(|block| {
            let along = DVectorView::from_slice(block.directions.column(direction), block.paths());
            block.work.column_mut(0).axpy(-coefficient, &along, 1.0);
        });
        coefficient
    }
}

/// `target += set·coefficients`; each column of the set is read once, for all columns of the
/// target.
fn accumulate<C: nalgebra::Dim, S: nalgebra::RawStorage<f64, nalgebra::Dyn, C>>(
    target: &mut Matrix,
    set: &Columns,
    coefficients: &nalgebra::Matrix<f64, nalgebra::Dyn, C, S>,
) {
    for (index, row) in coefficients.row_iter().enumerate() {
        let column = DVectorView::from_slice(set.column(index), target.nrows());
        for (mut target, &coefficient) in target.column_iter_mut().zip(row.iter()) {
            target.axpy(coefficient, &column, 1.0);
        }
    }
}
