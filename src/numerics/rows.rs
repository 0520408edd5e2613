//! Matrices in files: a list of rows (`#[serde(with = "crate::numerics::rows")]`).

use super::Matrix;
use super::symmetric::{from_rows, rows};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Writes a matrix as its rows.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(matrix: &Matrix, serializer: S) -> Result<S::Ok, S::Error> {
    rows(matrix).serialize(serializer)
}

/// Reads rows of one length.
///
/// # Errors
/// Rows of different lengths, or no list of rows of numbers.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Matrix, D::Error> {
    let rows = Vec::<Vec<f64>>::deserialize(deserializer)?;
    let columns = rows.first().map_or(0, Vec::len);
    match rows.iter().position(|row| row.len() != columns) {
        None => Ok(from_rows(&rows)),
        Some(other) => Err(D::Error::custom(format!(
            "row {} has {} numbers, the first has {columns}",
            other + 1,
            rows[other].len()
        ))),
    }
}
