//! The response along sampled paths, `C_ts = α E[∂u_t/∂ω_s]`, by the chain rule run backwards in
//! time.
//!
//! `∂u_t/∂ω_s = λ_s`, with `λ_t = D_t` and `λ_s = (Σ_{s<τ≤t} λ_τ B_τs) D_s`: the adjoint of the
//! recursion of theory.md section 5. It needs the slopes `D_s` of each path, `P T` numbers, where
//! the forward recursion keeps `P T²`.

use super::population::{Block, Population};
use crate::numerics::Matrix;
use nalgebra::SMatrix;
use rayon::prelude::*;

/// Paths that are carried together: their `λ_s` stay in cache.
const GROUP: usize = 64;

/// `E[∂u_t/∂ω_s]` for `s = 0 … t`, k×k each; `memory[τ][s] = B_τs` for `s < τ ≤ t`.
pub(super) fn path_response<const K: usize>(
    population: &Population,
    memory: &[Vec<Matrix>],
    t: usize,
) -> Vec<Matrix> {
    // [s][τ − s − 1]: B_τs, each for all τ.
    let columns: Vec<Vec<SMatrix<f64, K, K>>> = (0..t)
        .map(|s| {
            let of = |tau: usize| SMatrix::from_column_slice(memory[tau][s].as_slice());
            (s + 1..=t).map(of).collect()
        })
        .collect();
    let parts: Vec<Vec<[[f64; K]; K]>> = population
        .blocks
        .par_iter()
        .map(|block| block_response::<K>(block, &columns, t))
        .collect();
    (0..=t)
        .map(|s| Matrix::from_fn(K, K, |a, b| parts.iter().map(|part| part[s][a][b]).sum()))
        .collect()
}

/// Weighted sums over the paths of one block.
fn block_response<const K: usize>(
    block: &Block,
    columns: &[Vec<SMatrix<f64, K, K>>],
    t: usize,
) -> Vec<[[f64; K]; K]> {
    crate::interrupt::check();
    let paths = block.current.nrows();
    let mut sums = vec![[[0.0; K]; K]; t + 1];
    // [s][a][c]: λ_s of a group of paths.
    let mut lambda = vec![[[[0.0; GROUP]; K]; K]; t + 1];
    for first in (0..paths).step_by(GROUP) {
        let size = GROUP.min(paths - first);
        for s in (0..=t).rev() {
            let (known, later) = lambda.split_at_mut(s + 1);
            let own = &mut known[s];
            let mut driven = [[[0.0; GROUP]; K]; K];
            if s < t {
                for (b, lambda) in columns[s].iter().zip(later.iter()) {
                    for a in 0..K {
                        for c in 0..K {
                            for e in 0..K {
                                let factor = b[(e, c)];
                                for (sum, value) in driven[a][c].iter_mut().zip(&lambda[a][e]) {
                                    *sum += factor * value;
                                }
                            }
                        }
                    }
                }
            }
            for a in 0..K {
                for c in 0..K {
                    let mut total = 0.0;
                    for path in 0..size {
                        let mut value = 0.0;
                        if s == t {
                            value = slope::<K>(block, s, a, c)[first + path];
                        } else {
                            for (e, driven) in driven[a].iter().enumerate() {
                                value += driven[path] * slope::<K>(block, s, e, c)[first + path];
                            }
                        }
                        own[a][c][path] = value;
                        total += value;
                    }
                    sums[s][a][c] += total * block.weight();
                }
            }
        }
    }
    sums
}

/// Entry `(a, c)` of `D_s` for each path.
fn slope<const K: usize>(block: &Block, s: usize, a: usize, c: usize) -> &[f64] {
    block.slopes.column(s * K * K + c * K + a)
}
