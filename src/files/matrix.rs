//! Matrices of numbers in files: NPY, IDX or CSV.

use super::lines::{self, Lines, npy};
use super::{Role, replace};
use crate::error::Result;
use crate::numerics::Matrix;
use std::path::Path;

/// Data sets that are built in, by name.
const BUILT_IN: [(&str, &str); 1] = [("digits", include_str!("../../tests/data/digits.csv"))];

/// As [`read_matrix`], of a file that may be larger; `digits`, where there is no file of that name,
/// is a built-in data set: 1797 images of 8×8 pixels, grey levels 0 to 16 (Alpaydin and Kaynak, UCI,
/// `alpaydin1998`).
///
/// # Errors
/// As [`read_matrix`].
pub fn read_data(path: &Path) -> Result<Matrix> {
    open_data(path)?.matrix(&in_words(path))
}

/// The data there, to be passed over line by line.
pub(crate) fn open_data(path: &Path) -> Result<Box<dyn Lines>> {
    let is_named = |(name, _): &&(&str, &str)| Path::new(name) == path;
    match BUILT_IN.iter().find(is_named) {
        Some((_, text)) if !path.exists() => lines::of_text(text, path),
        _ => lines::open(path, Role::Data),
    }
}

/// Reads a matrix: NPY of NumPy (real numbers, integers, by rows or by columns), IDX as of MNIST, whose
/// dimensions from the second on are columns, or CSV, each plain or compressed by gzip; the first bytes
/// say which. The first line of CSV may hold names, none of which is a number; lines that begin with
/// `#` are comments.
///
/// # Errors
/// [`Error::File`](crate::error::Error::File) as for [`super::read`], and with its place: an entry that
/// is not a finite number, a row of another length, content that is not what the header states; a
/// file without numbers. [`Error::Memory`](crate::error::Error::Memory) where it does not fit.
pub fn read_matrix(path: &Path) -> Result<Matrix> {
    lines::open(path, Role::Matrix)?.matrix(&in_words(path))
}

/// Writes a matrix as NPY, which [`read_matrix`] and NumPy read, in place of what is there. Announce it
/// by [`will_write`](super::will_write).
///
/// # Errors
/// As [`replace`].
pub fn write_npy(path: &Path, matrix: &Matrix) -> Result<()> {
    replace(path, &npy::bytes(matrix))
}

fn in_words(path: &Path) -> String {
    format!("the matrix in {}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Matrix> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("m.csv");
        std::fs::write(&path, text).expect("written");
        read_matrix(&path)
    }

    #[test]
    fn rows_are_lines_and_names_are_optional() {
        let expected = Matrix::from_row_slice(2, 3, &[1.0, -2.5, 3e-4, 0.0, 5.0, 6.0]);
        for text in [
            "1,-2.5,3e-4\n0,5,6\n",
            "a,b,c\r\n1,-2.5,3e-4\r\n0,5,6",
            "# what it is\n\"x 1\", y,z\n1, -2.5 ,3e-4\n# more\n0,5,6\n\n",
        ] {
            assert_eq!(read(text).expect("a matrix"), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_matrix_is_refused_with_its_line() {
        for (text, words) in [
            ("", "no row of numbers"),
            ("a,b\n", "no row of numbers"),
            ("# 1,2\n", "no row of numbers"),
            ("1,2\n3\n", "line 2: 1 numbers where the first line has 2"),
            ("a,b\n1,2,3\n", "line 2: 3 numbers"),
            ("a,b\n1,x\n", "line 2: column 2 is \"x\""),
            ("1,\n", "line 1: column 2 is \"\""),
            ("1,a\n2,3\n", "line 1: column 2 is \"a\""),
            ("1,2\n3,nan\n", "line 2: column 2 is \"nan\""),
            ("1,2\n3,1e999\n", "line 2: column 2 is \"1e999\""),
        ] {
            let message = read(text).expect_err(text).to_string();
            assert!(message.contains("m.csv: "), "{message}");
            assert!(message.contains(words), "{text}: {message}");
        }
    }
}
