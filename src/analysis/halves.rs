//! Whether halves of the data agree on their principal directions: what needs no theory.

use super::principal::Principal;
use crate::error::{Error, Result};
use crate::numerics::Matrix;
use crate::numerics::streams::{Purpose, Streams};
use crate::simulation::DataMatrix;
use rand::seq::SliceRandom;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Overlaps between the principal directions of two halves of the data, drawn at random.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SplitHalf {
    /// `|v_a · v_a'|` of the directions of each number. Where two eigenvalues are nearly the same it is
    /// small although both directions are there.
    pub directions: Vec<f64>,
    /// `‖V^T V'‖²/k` of the spaces of the first `k` directions, `k` from 1: 1 where they are the same.
    pub subspaces: Vec<f64>,
}

impl SplitHalf {
    /// Of the first directions of data in rows, as they are, `count` at most.
    ///
    /// # Errors
    /// Names `data`: fewer than four rows, or no decomposition.
    pub fn of(rows: &DataMatrix, count: usize, streams: Streams) -> Result<Self> {
        let (n, d) = (rows.rows(), rows.columns());
        if n < 4 {
            let allowed = "at least four rows are needed";
            return Err(Error::invalid("data", format!("{n} × {d}"), allowed));
        }
        let count = count.min(d).min(n / 2);
        if count == 0 {
            return Ok(Self {
                directions: Vec::new(),
                subspaces: Vec::new(),
            });
        }
        let mut order: Vec<usize> = (0..n).collect();
        order.shuffle(&mut streams.stream(Purpose::Halves, 0));
        let (first, second) = order.split_at_mut(n / 2);
        let directions = |half: &mut [usize]| -> Result<Matrix> {
            half.sort_unstable();
            let found = Principal::of_chosen(rows, half, count, streams)?;
            Ok(found.directions(0..count))
        };
        let overlaps = directions(first)?.tr_mul(&directions(second)?);
        let subspace = |k: usize| overlaps.view((0, 0), (k, k)).norm_squared() / k as f64;
        Ok(Self {
            directions: (0..count).map(|at| overlaps[(at, at)].abs()).collect(),
            subspaces: (1..=count).map(subspace).collect(),
        })
    }
}
