//! Matrices of numbers: CSV, one row a line, with or without a line of names.

use super::{Role, read_text};
use crate::error::{Error, Result};
use crate::numerics::Matrix;
use std::path::Path;

/// Data sets that are built in, by name.
const BUILT_IN: [(&str, &str); 1] = [("digits", include_str!("../../tests/data/digits.csv"))];

/// As [`read_matrix`]; `digits`, where there is no file of that name, is a built-in one: 1797 images
/// of 8×8 pixels, grey levels 0 to 16 (Alpaydin and Kaynak, UCI, `alpaydin1998`).
///
/// # Errors
/// As [`read_matrix`].
pub fn read_data(path: &Path) -> Result<Matrix> {
    let is_named = |(name, _): &&(&str, &str)| Path::new(name) == path;
    match BUILT_IN.iter().find(is_named) {
        Some((_, text)) if !path.exists() => parse(text, path),
        _ => read_matrix(path),
    }
}

/// Reads a matrix. The first line may hold names, none of which is a number; lines that begin with
/// `#` are comments.
///
/// # Errors
/// [`Error::File`] as for [`read_text`], and with the line: a cell that is not a finite number, or
/// a row of another length; a file without numbers. [`Error::Memory`] where it does not fit.
pub fn read_matrix(path: &Path) -> Result<Matrix> {
    parse(&read_text(path, Role::Matrix)?, path)
}

/// The matrix in a text that was read from there.
fn parse(text: &str, path: &Path) -> Result<Matrix> {
    // A number has two characters at least, and is held in rows and then in columns.
    crate::memory::require(
        &format!("the matrix in {}", path.display()),
        8 * text.len() as u128,
    )?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .comment(Some(b'#'))
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let (mut values, mut width, mut rows) = (Vec::new(), 0, 0);
    let mut begun = false;
    for record in reader.records() {
        let record = record.map_err(|error| Error::file(path, error))?;
        let line = record.position().map_or(0, csv::Position::line);
        let fail = |reason: String| Error::file(path, format!("line {line}: {reason}"));
        let is_number = |cell: &str| cell.parse::<f64>().is_ok();
        if !begun {
            begun = true;
            width = record.len();
            if record
                .iter()
                .all(|cell| !is_number(cell) && !cell.is_empty())
            {
                continue;
            }
        }
        if record.len() != width {
            let reason = format!("{} numbers where the first line has {width}", record.len());
            return Err(fail(reason));
        }
        for (column, cell) in (1..).zip(&record) {
            let number = cell.parse::<f64>().ok().filter(|number| number.is_finite());
            values.push(number.ok_or_else(|| {
                let shown = crate::error::brief(format!("\"{cell}\""));
                fail(format!(
                    "column {column} is {shown}: a finite number is needed"
                ))
            })?);
        }
        rows += 1;
    }
    if rows == 0 {
        return Err(Error::file(path, "has no row of numbers"));
    }
    Ok(Matrix::from_row_slice(rows, width, &values))
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
