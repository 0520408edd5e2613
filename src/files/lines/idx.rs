//! IDX, the container of MNIST: two zeros, the type of the entries, the number of dimensions, and
//! these as 32-bit numbers, all with the byte of most weight first.

use super::binary::Header;
use super::content::Content;
use super::element::{Element, Kind};
use crate::error::Result;

/// The header of a file that begins with two zeros. Dimensions from the second on are together the
/// columns.
///
/// # Errors
/// Another type of entries than the container has, or fewer than two dimensions.
pub fn header(content: &Content) -> Result<Header> {
    let mut reader = content.reader()?;
    let mut read = || {
        let mut word = [0; 4];
        let read = reader.read_exact(&mut word);
        read.map(|()| word).map_err(|error| content.broken(&error))
    };
    let [_, _, code, count] = read()?;
    let kind = match code {
        0x08 => Kind::Unsigned8,
        0x09 => Kind::Signed8,
        0x0b => Kind::Signed16,
        0x0c => Kind::Signed32,
        0x0d => Kind::Float32,
        0x0e => Kind::Float64,
        _ => {
            let reason =
                format!("begins as IDX with entries of type 0x{code:02x}, which there is not");
            return Err(content.fail(reason));
        }
    };
    if count < 2 {
        let reason = format!("is IDX of dimension {count}: two at least are needed, samples first");
        return Err(content.fail(reason));
    }
    let dimensions = (0..count).map(|_| read().map(|word| u32::from_be_bytes(word).into()));
    Ok(Header {
        dimensions: dimensions.collect::<Result<_>>()?,
        length: 4 + 4 * u64::from(count),
        element: Element {
            kind,
            big_endian: true,
        },
        by_columns: false,
    })
}
