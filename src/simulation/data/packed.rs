//! The layout of W and G inside the kernel.
//!
//! A d×K matrix is cut into tiles of at most `width` columns, which follow one
//! another; a tile of T columns is cut into steps of [`LANES`] rows; a step is
//! T packets, one per column. A sweep over one tile is thus one stream of whole
//! cache lines. The last step is padded with zeros.

use crate::numerics::simd::{LANES, Packet};
use crate::ranks::Numbers;

impl Numbers for Packet {
    fn write(&self, numbers: &mut Vec<f64>) {
        self.0.write(numbers);
    }

    fn read(&mut self, numbers: &mut dyn Iterator<Item = f64>) {
        self.0.read(numbers);
    }
}

/// The first column and the number of columns of each tile.
pub fn tiles(columns: usize, width: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..columns)
        .step_by(width)
        .map(move |first| (first, width.min(columns - first)))
}

/// Packs a column-major matrix of `rows` rows.
pub fn pack(matrix: &[f64], rows: usize, width: usize) -> Vec<Packet> {
    let steps = rows.div_ceil(LANES);
    let columns = matrix.len() / rows;
    let mut packets = vec![Packet::ZERO; steps * columns];
    for (first, t) in tiles(columns, width) {
        let tile = &mut packets[first * steps..][..t * steps];
        for (k, column) in matrix[first * rows..]
            .chunks_exact(rows)
            .take(t)
            .enumerate()
        {
            for (packet, values) in tile[k..].iter_mut().step_by(t).zip(column.chunks(LANES)) {
                packet.0[..values.len()].copy_from_slice(values);
            }
        }
    }
    packets
}

/// Undoes [`pack`].
pub fn unpack(packets: &[Packet], matrix: &mut [f64], rows: usize, width: usize) {
    let steps = rows.div_ceil(LANES);
    let columns = matrix.len() / rows;
    for (first, t) in tiles(columns, width) {
        let tile = &packets[first * steps..][..t * steps];
        for (k, column) in matrix[first * rows..]
            .chunks_exact_mut(rows)
            .take(t)
            .enumerate()
        {
            for (packet, values) in tile[k..].iter().step_by(t).zip(column.chunks_mut(LANES)) {
                values.copy_from_slice(&packet.0[..values.len()]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unpacking_undoes_packing() {
        for rows in [1, 7, 8, 9, 40] {
            for columns in [1, 2, 4, 5, 11] {
                let matrix: Vec<f64> = (1..=rows * columns).map(|i| i as f64).collect();
                for width in [2, 4] {
                    let packets = pack(&matrix, rows, width);
                    let total: f64 = packets.iter().map(|packet| packet.sum()).sum();
                    assert_eq!(total, matrix.iter().sum::<f64>(), "padded with zeros");
                    let mut unpacked = vec![f64::NAN; matrix.len()];
                    unpack(&packets, &mut unpacked, rows, width);
                    assert_eq!(unpacked, matrix);
                }
            }
        }
    }
}
