//! NPY, the container of NumPy (its format 1.0 to 3.0): a dictionary as Python writes it, and the
//! entries.

use super::binary::Header;
use super::content::Content;
use super::element::{Element, Kind};
use crate::error::Result;
use crate::numerics::Matrix;
use std::io::Read;

const MAGIC: [u8; 6] = *b"\x93NUMPY";

/// Longest header, as NumPy reads it. That of a matrix has about a hundred bytes.
const LONGEST: u32 = 10_000;

/// A header ends, and the entries begin, at multiples of so many bytes.
const ALIGNED: usize = 64;

/// The header of a file that begins with the magic word.
///
/// # Errors
/// A header that is not as NumPy writes it, entries that are neither real numbers of 4 or 8 bytes
/// nor integers, or another dimension than two.
pub fn header(content: &Content) -> Result<Header> {
    let mut reader = content.reader()?;
    let mut fixed = [0; 8];
    let broken = |error| content.broken(&error);
    reader.read_exact(&mut fixed).map_err(broken)?;
    let (words, width) = match fixed[6] {
        1 => (2, 10),
        2 | 3 => (4, 12),
        version => {
            let reason = format!("is NPY of version {version}: 1, 2 and 3 are known");
            return Err(content.fail(reason));
        }
    };
    let mut length = [0; 4];
    reader.read_exact(&mut length[..words]).map_err(broken)?;
    let length = u32::from_le_bytes(length);
    if length > LONGEST {
        let reason =
            format!("has an NPY header of {length} bytes: no matrix has more than {LONGEST}");
        return Err(content.fail(reason));
    }
    let mut text = vec![0; length as usize];
    reader.read_exact(&mut text).map_err(broken)?;
    let stated = std::str::from_utf8(&text).ok().and_then(Stated::read);
    let stated = stated.ok_or_else(|| {
        content.fail("has an NPY header that does not state descr, fortran_order and shape")
    })?;
    let element = stated.element().ok_or_else(|| {
        let shown = crate::error::brief(stated.descr.to_owned());
        let known = "real numbers (f4, f8), integers (i1 to u8) and bool are read";
        content.fail(format!("has entries of type {shown}: {known}"))
    })?;
    if stated.shape.len() != 2 {
        let reason = format!(
            "is an array of dimension {}: a matrix is needed, samples first",
            stated.shape.len()
        );
        return Err(content.fail(reason));
    }
    Ok(Header {
        length: width + u64::from(length),
        element,
        dimensions: stated.shape,
        by_columns: stated.fortran_order,
    })
}

/// What the dictionary of a header states.
struct Stated<'a> {
    descr: &'a str,
    fortran_order: bool,
    shape: Vec<u64>,
}

impl<'a> Stated<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let mut literal = Literal(text);
        let (mut descr, mut fortran_order, mut shape) = (None, None, None);
        literal.mark('{')?;
        while literal.mark('}').is_none() {
            let key = literal.string()?;
            literal.mark(':')?;
            match key {
                "descr" => descr = Some(literal.string().or_else(|| literal.list())?),
                "fortran_order" => fortran_order = Some(literal.boolean()?),
                "shape" => shape = Some(literal.numbers()?),
                _ => return None,
            }
            if literal.mark(',').is_none() {
                literal.mark('}')?;
                break;
            }
        }
        Some(Self {
            descr: descr?,
            fortran_order: fortran_order?,
            shape: shape?,
        })
    }

    /// The type of the entries, if it is known.
    fn element(&self) -> Option<Element> {
        let kind = match self.descr.get(1..)? {
            "b1" | "u1" => Kind::Unsigned8,
            "i1" => Kind::Signed8,
            "u2" => Kind::Unsigned16,
            "i2" => Kind::Signed16,
            "u4" => Kind::Unsigned32,
            "i4" => Kind::Signed32,
            "u8" => Kind::Unsigned64,
            "i8" => Kind::Signed64,
            "f4" => Kind::Float32,
            "f8" => Kind::Float64,
            _ => return None,
        };
        let big_endian = match self.descr.chars().next()? {
            '<' | '|' => false,
            '>' => true,
            _ => return None,
        };
        Some(Element { kind, big_endian })
    }
}

/// What is left of a text in Python's words.
struct Literal<'a>(&'a str);

impl<'a> Literal<'a> {
    fn mark(&mut self, mark: char) -> Option<()> {
        self.0 = self.0.trim_start().strip_prefix(mark)?;
        Some(())
    }

    /// Without escapes: types and keys have none.
    fn string(&mut self) -> Option<&'a str> {
        let quote = self.0.trim_start().chars().next()?;
        if !matches!(quote, '\'' | '"') {
            return None;
        }
        self.mark(quote)?;
        let (string, rest) = self.0.split_once(quote)?;
        self.0 = rest;
        Some(string)
    }

    /// The list of a structured type, as it stands: up to where the next key may begin.
    fn list(&mut self) -> Option<&'a str> {
        let text = self.0.trim_start();
        if !text.starts_with('[') {
            return None;
        }
        let (list, rest) = text.split_at(text.rfind(']')? + 1);
        self.0 = rest;
        Some(list)
    }

    fn boolean(&mut self) -> Option<bool> {
        let text = self.0.trim_start();
        let [truth, falsehood] = ["True", "False"].map(|word| text.strip_prefix(word));
        self.0 = truth.or(falsehood)?;
        Some(truth.is_some())
    }

    /// A tuple of numbers that are not negative; one beyond all bounds is the largest.
    fn numbers(&mut self) -> Option<Vec<u64>> {
        self.mark('(')?;
        let (inside, rest) = self.0.split_once(')')?;
        self.0 = rest;
        let mut numbers: Vec<&str> = inside.split(',').map(str::trim).collect();
        if numbers.last() == Some(&"") {
            numbers.pop();
        }
        let number = |text: &&str| {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| text.parse().unwrap_or(u64::MAX))
        };
        numbers.iter().map(number).collect()
    }
}

/// A matrix as NPY of real numbers of 8 bytes, row by row.
pub fn bytes(matrix: &Matrix) -> Vec<u8> {
    let (rows, columns) = matrix.shape();
    let mut header =
        format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    let fixed = MAGIC.len() + 4;
    let whole = (fixed + header.len() + 1).next_multiple_of(ALIGNED);
    header.extend(std::iter::repeat_n(' ', whole - fixed - header.len() - 1));
    header.push('\n');
    let mut bytes = Vec::with_capacity(whole + 8 * matrix.len());
    bytes.extend(MAGIC);
    bytes.extend([1, 0]);
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    for row in matrix.row_iter() {
        bytes.extend(row.iter().flat_map(|entry| entry.to_le_bytes()));
    }
    bytes
}
