//! How many directions vary more than columns that know nothing of one another: parallel analysis.

use crate::error::Result;
use crate::numerics::streams::{Purpose, Streams};
use crate::simulation::{DataMatrix, leading_directions};
use rand::seq::SliceRandom;

/// Permuted data sets.
const PERMUTATIONS: usize = 20;

/// The largest eigenvalue of `X^T X/n` that is exceeded in one of 20 data sets whose columns are
/// permuted each by itself: eigenvalues above it are no accident of independent columns, white or not
/// (J. L. Horn, Psychometrika 30 (1965) 179: `horn1965`). `n` is the number of independent rows.
///
/// # Errors
/// Not enough memory for a second matrix.
pub fn permuted_edge(data: &DataMatrix, n: usize, streams: Streams) -> Result<f64> {
    let mut largest = Vec::with_capacity(PERMUTATIONS);
    for permutation in 0..PERMUTATIONS as u64 {
        let permuted = permuted(data, streams.instance(permutation))?;
        let (direction, _) = leading_directions(&permuted, 1, streams.instance(permutation))?;
        let scores = (0..permuted.rows()).map(|row| {
            let row = permuted.row(row).iter().map(|x| f64::from(*x));
            row.zip(direction.iter()).map(|(x, v)| x * v).sum::<f64>()
        });
        largest.push(scores.map(|score| score * score).sum::<f64>() / n as f64);
    }
    largest.sort_by(f64::total_cmp);
    Ok(largest[PERMUTATIONS - 2])
}

/// The data with the entries of each column in an order of its own.
fn permuted(data: &DataMatrix, streams: Streams) -> Result<DataMatrix> {
    let orders: Vec<Vec<u32>> = (0..data.columns() as u64)
        .map(|column| {
            let mut order: Vec<u32> = (0..data.rows() as u32).collect();
            order.shuffle(&mut streams.stream(Purpose::Null, column));
            order
        })
        .collect();
    DataMatrix::try_from_row_fn(data.rows(), data.columns(), |row, entries| {
        for (column, entry) in entries.iter_mut().enumerate() {
            *entry = data.row(orders[column][row] as usize)[column];
        }
    })
}
