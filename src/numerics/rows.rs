//! Matrices as rows of numbers: the form that they have in JSON, TOML and records.
//! `#[serde(with = "crate::numerics::rows")]`.

use super::Matrix;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The rows of a matrix.
pub fn rows(matrix: &Matrix) -> Vec<Vec<f64>> {
    matrix
        .row_iter()
        .map(|row| row.iter().copied().collect())
        .collect()
}

/// Inverse of [`rows`]; rows are of one length.
pub fn from_rows(rows: &[Vec<f64>]) -> Matrix {
    Matrix::from_fn(rows.len(), rows.first().map_or(0, Vec::len), |a, b| {
        rows[a][b]
    })
}

/// Whether a matrix has this shape and finite entries.
pub fn is_finite_matrix(matrix: &Matrix, height: usize, width: usize) -> bool {
    matrix.shape() == (height, width) && matrix.iter().all(|entry| entry.is_finite())
}

/// Writes a matrix as its rows; an entry that is not finite is `null`.
pub fn serialize<S: Serializer>(matrix: &Matrix, serializer: S) -> Result<S::Ok, S::Error> {
    rows(matrix).serialize(serializer)
}

/// Reads a matrix from its rows.
///
/// # Errors
/// Rows of different lengths.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Matrix, D::Error> {
    let rows = Vec::<Vec<f64>>::deserialize(deserializer)?;
    if rows.iter().any(|row| row.len() != rows[0].len()) {
        return Err(serde::de::Error::custom("the rows have different lengths"));
    }
    Ok(from_rows(&rows))
}

/// The same for a matrix that may be absent.
pub mod optional {
    use super::{Deserialize, Deserializer, Matrix, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Rows(#[serde(with = "super")] Matrix);

    /// Writes the rows, or nothing.
    pub fn serialize<S: Serializer>(
        matrix: &Option<Matrix>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        matrix.clone().map(Rows).serialize(serializer)
    }

    /// Reads the rows, or nothing.
    ///
    /// # Errors
    /// Rows of different lengths.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Matrix>, D::Error> {
        Ok(Option::<Rows>::deserialize(deserializer)?.map(|rows| rows.0))
    }
}

/// The same for lists of lists of matrices, such as two-time functions `[t][s]`.
pub mod nested {
    use super::{Deserialize, Deserializer, Matrix, Serializer, from_rows, rows};

    /// Writes the rows of each.
    pub fn serialize<S: Serializer>(all: &[Vec<Matrix>], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(
            all.iter()
                .map(|row| row.iter().map(rows).collect::<Vec<_>>()),
        )
    }

    /// Reads the rows of each.
    ///
    /// # Errors
    /// Rows of different lengths.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Vec<Matrix>>, D::Error> {
        let all = Vec::<Vec<Vec<Vec<f64>>>>::deserialize(deserializer)?;
        let ragged = |rows: &Vec<Vec<f64>>| rows.iter().any(|row| row.len() != rows[0].len());
        if all.iter().flatten().any(ragged) {
            return Err(serde::de::Error::custom("the rows have different lengths"));
        }
        let unpack = |row: &Vec<Vec<Vec<f64>>>| row.iter().map(|one| from_rows(one)).collect();
        Ok(all.iter().map(unpack).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct All {
        #[serde(with = "super")]
        one: Matrix,
        #[serde(with = "optional")]
        none: Option<Matrix>,
        #[serde(with = "nested")]
        many: Vec<Vec<Matrix>>,
    }

    #[test]
    fn matrices_are_rows() {
        let one = Matrix::from_row_slice(2, 3, &[1.0, 2.0, 3.0, 4.0, 5.0, 0.1]);
        let all = All {
            many: vec![vec![], vec![one.clone()]],
            none: None,
            one,
        };
        let text = serde_json::to_string(&all).expect("JSON");
        assert!(text.starts_with(r#"{"one":[[1.0,2.0,3.0],[4.0,5.0,0.1]],"none":null"#));
        assert_eq!(serde_json::from_str::<All>(&text).expect("read"), all);
        let ragged = r#"{"one":[[1],[2,3]],"none":null,"many":[]}"#;
        assert!(serde_json::from_str::<All>(ragged).is_err());
    }
}
