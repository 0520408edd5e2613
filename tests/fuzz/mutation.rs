//! Mutations of files.

use proptest::prelude::*;

/// One change of a file. Places are shares of its length.
#[derive(Debug, Clone)]
pub enum Edit {
    /// A bit becomes the other one.
    Flip(f64, u8),
    /// Bytes are left out.
    Cut(f64, usize),
    /// Bytes stand twice: there, and elsewhere.
    Copy(f64, usize, f64),
    /// Two runs of bytes change places.
    Swap(f64, f64, usize),
    /// The next number becomes another.
    Number(f64, &'static str),
    /// Something is put in.
    Insert(f64, &'static str),
    /// A line is left out.
    CutLine(f64),
    /// A line stands elsewhere.
    MoveLine(f64, f64),
}

const NUMBERS: [&str; 22] = [
    "0",
    "-1",
    "1",
    "2",
    "0.5",
    "-0.0",
    "nan",
    "inf",
    "-inf",
    "1e308",
    "-1e308",
    "1e-320",
    "1e9",
    "1000000",
    "65536",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551616",
    "1e400",
    "\"x\"",
    "[]",
    "true",
];

const PIECES: [&str; 30] = [
    "\"", "\\", "[", "]", "{", "}", "(", ")", "=", ",", "\n", "#", "é", "\u{0}", "\u{202e}", "*",
    "^", "/", "-", "pi", "z", "x", "ln(", "exp(", "sqrt(", "1/", "0*", "^-1", "^1000", "\r\n",
];

/// A few edits.
pub fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let place = || 0.0..1.0f64;
    let edit = prop_oneof![
        2 => (place(), 0..8u8).prop_map(|(at, bit)| Edit::Flip(at, bit)),
        2 => (place(), 1..20usize).prop_map(|(at, length)| Edit::Cut(at, length)),
        1 => (place(), 1..40usize, place()).prop_map(|(at, length, to)| Edit::Copy(at, length, to)),
        1 => (place(), place(), 1..12usize).prop_map(|(one, other, length)| Edit::Swap(one, other, length)),
        5 => (place(), prop::sample::select(&NUMBERS[..])).prop_map(|(at, number)| Edit::Number(at, number)),
        3 => (place(), prop::sample::select(&PIECES[..])).prop_map(|(at, piece)| Edit::Insert(at, piece)),
        1 => place().prop_map(Edit::CutLine),
        1 => (place(), place()).prop_map(|(from, to)| Edit::MoveLine(from, to)),
    ];
    prop::collection::vec(edit, 1..4)
}

/// The bytes after these edits.
pub fn mutated(bytes: &[u8], edits: &[Edit]) -> Vec<u8> {
    edits.iter().fold(bytes.to_vec(), apply)
}

fn apply(mut bytes: Vec<u8>, edit: &Edit) -> Vec<u8> {
    let length = bytes.len();
    let at = |place: f64| ((place * length as f64) as usize).min(length);
    let end = |from: usize, count: usize| (from + count).min(length);
    match *edit {
        _ if length == 0 => {}
        Edit::Flip(place, bit) => bytes[at(place).min(length - 1)] ^= 1 << bit,
        Edit::Cut(place, count) => {
            bytes.drain(at(place)..end(at(place), count));
        }
        Edit::Copy(place, count, to) => {
            let copied = bytes[at(place)..end(at(place), count)].to_vec();
            bytes.splice(at(to)..at(to), copied);
        }
        Edit::Swap(one, other, count) => {
            let (one, other) = (at(one).min(at(other)), at(one).max(at(other)));
            let count = count.min(other - one).min(length - other);
            for place in 0..count {
                bytes.swap(one + place, other + place);
            }
        }
        Edit::Number(place, number) => {
            let range = number_after(&bytes, at(place));
            bytes.splice(range, number.bytes());
        }
        Edit::Insert(place, piece) => {
            bytes.splice(at(place)..at(place), piece.bytes());
        }
        Edit::CutLine(place) => {
            bytes.drain(line_at(&bytes, at(place)));
        }
        Edit::MoveLine(from, to) => {
            let line: Vec<u8> = bytes.drain(line_at(&bytes, at(from))).collect();
            let to = line_at(&bytes, at(to).min(bytes.len())).start;
            bytes.splice(to..to, line);
        }
    }
    bytes
}

fn number_after(bytes: &[u8], from: usize) -> std::ops::Range<usize> {
    let digit = |byte: &u8| byte.is_ascii_digit();
    let Some(start) = bytes[from..]
        .iter()
        .position(digit)
        .map(|start| start + from)
    else {
        return from..from;
    };
    let of_number = |byte: &u8| byte.is_ascii_digit() || b".e-+_".contains(byte);
    let length = bytes[start..].iter().position(|byte| !of_number(byte));
    start..length.map_or(bytes.len(), |length| start + length)
}

/// The line around a byte, with its end.
fn line_at(bytes: &[u8], at: usize) -> std::ops::Range<usize> {
    let start = bytes[..at]
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |end| end + 1);
    let end = bytes[at..].iter().position(|&byte| byte == b'\n');
    start..end.map_or(bytes.len(), |end| at + end + 1)
}
