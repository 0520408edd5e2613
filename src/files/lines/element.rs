//! Numbers as bytes.

/// Type of the entries of a binary file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element {
    pub kind: Kind,
    /// Whether the first byte is the one of most weight.
    pub big_endian: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Unsigned8,
    Signed8,
    Unsigned16,
    Signed16,
    Unsigned32,
    Signed32,
    Unsigned64,
    Signed64,
    Float32,
    Float64,
}

impl Element {
    /// Bytes of one.
    pub fn size(self) -> usize {
        match self.kind {
            Kind::Unsigned8 | Kind::Signed8 => 1,
            Kind::Unsigned16 | Kind::Signed16 => 2,
            Kind::Unsigned32 | Kind::Signed32 | Kind::Float32 => 4,
            Kind::Unsigned64 | Kind::Signed64 | Kind::Float64 => 8,
        }
    }

    /// The numbers that bytes stand for: as many as there is room for.
    pub fn decode(self, bytes: &[u8], numbers: &mut [f64]) {
        let big = self.big_endian;
        match self.kind {
            Kind::Unsigned8 => each(bytes, numbers, |[byte]| f64::from(byte)),
            Kind::Signed8 => each(bytes, numbers, |byte| f64::from(i8::from_le_bytes(byte))),
            Kind::Unsigned16 => each(bytes, numbers, |b| {
                f64::from(u16::from_le_bytes(turned(b, big)))
            }),
            Kind::Signed16 => each(bytes, numbers, |b| {
                f64::from(i16::from_le_bytes(turned(b, big)))
            }),
            Kind::Unsigned32 => each(bytes, numbers, |b| {
                f64::from(u32::from_le_bytes(turned(b, big)))
            }),
            Kind::Signed32 => each(bytes, numbers, |b| {
                f64::from(i32::from_le_bytes(turned(b, big)))
            }),
            Kind::Unsigned64 => each(bytes, numbers, |b| {
                u64::from_le_bytes(turned(b, big)) as f64
            }),
            Kind::Signed64 => each(bytes, numbers, |b| {
                i64::from_le_bytes(turned(b, big)) as f64
            }),
            Kind::Float32 => each(bytes, numbers, |b| {
                f64::from(f32::from_le_bytes(turned(b, big)))
            }),
            Kind::Float64 => each(bytes, numbers, |b| f64::from_le_bytes(turned(b, big))),
        }
    }
}

/// The bytes with the one of least weight first.
#[inline(always)]
fn turned<const SIZE: usize>(mut bytes: [u8; SIZE], big_endian: bool) -> [u8; SIZE] {
    if big_endian {
        bytes.reverse();
    }
    bytes
}

#[inline(always)]
fn each<const SIZE: usize>(bytes: &[u8], numbers: &mut [f64], of: impl Fn([u8; SIZE]) -> f64) {
    let (all, _) = bytes.as_chunks::<SIZE>();
    for (number, bytes) in numbers.iter_mut().zip(all) {
        *number = of(*bytes);
    }
}
