//! Tests of the pass over every store, against plain loops over the entries that it says it has.

use super::*;
use crate::numerics::Matrix;
use crate::numerics::streams::{Purpose, Streams};
use rand::{Rng, RngExt};

/// A number in [−1, 1) that depends on its index only.
fn number(index: usize) -> f64 {
    Streams::new(3)
        .stream(Purpose::Start, index as u64)
        .random_range(-1.0..1.0)
}

/// Signs with so many signals.
fn one_bit(rows: usize, columns: usize, signals: usize) -> OneBit {
    let gains = Matrix::from_fn(signals, rows, |a, mu| number(7 * mu + a));
    let directions = Matrix::from_fn(columns, signals, |i, a| number(100_000 + 7 * i + a));
    OneBit::from_row_fn(gains, directions, |row, words| {
        let mut stream = Streams::new(4).stream(Purpose::Noise, row as u64);
        words.iter_mut().for_each(|word| *word = stream.next_u64());
    })
    .expect("room")
}

fn fill(row: usize, entries: &mut [f32]) {
    let mut stream = Streams::new(5).stream(Purpose::Noise, row as u64);
    entries
        .iter_mut()
        .for_each(|entry| *entry = stream.random_range(-2.0..2.0));
}

fn weights(len: usize) -> Vec<f64> {
    (0..len).map(|i| number(200_000 + i)).collect()
}

/// What a pass leaves behind.
#[derive(Debug, Clone, PartialEq)]
struct Outcome {
    g: Vec<f64>,
    /// z of each row.
    fields: Vec<Vec<f64>>,
    /// The rows seen by each accumulator.
    seen: Vec<Vec<usize>>,
}

/// u from z and the row, not linear.
fn bend(row: usize, z: f64) -> f64 {
    z.tanh() + 0.1 * number(row)
}

fn passed<const K: usize>(data: &impl Data, isa: Isa) -> Outcome {
    let w = weights(data.columns() * K);
    let mut g = vec![f64::NAN; w.len()];
    let mut fields = vec![Vec::new(); data.rows()];
    let seen = data.fused_pass_with::<K, _, Vec<usize>>(
        isa,
        &w,
        &mut g,
        &mut fields,
        |first, z, fields, seen| {
            assert!(z.len() == fields.len() && (1..=16).contains(&z.len()));
            for (i, (z, field)) in z.iter_mut().zip(fields).enumerate() {
                assert!(field.is_empty(), "each row once");
                seen.push(first + i);
                *field = z.to_vec();
                *z = z.map(|z| bend(first + i, z));
            }
        },
    );
    Outcome { g, fields, seen }
}

/// The same by plain loops over the entries.
fn plain<const K: usize>(data: &impl Data) -> Outcome {
    let d = data.columns();
    let w = weights(d * K);
    let mut g = vec![0.0; d * K];
    let mut fields = Vec::new();
    let mut entries = vec![f64::NAN; d];
    for row in 0..data.rows() {
        data.write_row(row, &mut entries);
        let mut z = vec![0.0; K];
        for (k, z) in z.iter_mut().enumerate() {
            *z = entries.iter().zip(&w[k * d..]).map(|(x, w)| x * w).sum();
            let u = bend(row, *z);
            for (g, x) in g[k * d..].iter_mut().zip(&entries) {
                *g += x * u;
            }
        }
        fields.push(z);
    }
    let seen = vec![(0..data.rows()).collect()];
    Outcome { g, fields, seen }
}

/// Equality up to rounding, on the scale of the sums.
fn assert_close(found: &Outcome, expected: &Outcome, context: &str) {
    let close = |a: &[f64], b: &[f64]| {
        let scale = b.iter().fold(1.0f64, |m, x| m.max(x.abs()));
        assert_eq!(a.len(), b.len(), "{context}");
        for (a, b) in a.iter().zip(b) {
            assert!((a - b).abs() <= 1e-12 * scale, "{context}: {a} and {b}");
        }
    };
    close(&found.g, &expected.g);
    for (found, expected) in found.fields.iter().zip(&expected.fields) {
        close(found, expected);
    }
    let rows = |outcome: &Outcome| outcome.seen.concat();
    assert_eq!(rows(found), rows(expected), "{context}: rows in order");
}

fn check_one_bit<const K: usize>() {
    for (rows, columns, signals) in [
        (0, 9, 1),
        (1, 1, 1),
        (7, 65, 0),
        (33, 130, 2),
        (519, 71, 1),
        (1100, 400, 3),
        // Chunks of more than one slab.
        (33_000, 3, 1),
    ] {
        let data = one_bit(rows, columns, signals);
        let expected = plain::<K>(&data);
        let portable = passed::<K>(&data, Isa::available()[0]);
        for isa in Isa::available() {
            let context = format!("{rows}×{columns}, K = {K}, {isa:?}");
            let found = passed::<K>(&data, isa);
            assert_close(&found, &expected, &context);
            assert_eq!(found, portable, "{context}: the same bits on all machines");
        }
    }
}

#[test]
fn signs_agree_with_plain_loops() {
    check_one_bit::<1>();
    check_one_bit::<2>();
    check_one_bit::<3>();
    check_one_bit::<4>();
    check_one_bit::<5>();
    check_one_bit::<6>();
    check_one_bit::<7>();
    check_one_bit::<8>();
}

/// Bit j of word i is column 64 i + j, and noise is ±1.
#[test]
fn entries_are_what_was_drawn() {
    let data = one_bit(21, 150, 2);
    assert_eq!((data.rows(), data.columns()), (21, 150));
    // Three groups of rows of three words, and 2·21 + 150·2 numbers.
    assert_eq!(data.bytes(), 3 * 8 * 3 * 8 + 8 * (2 * 21 + 2 * 150));
    let mut entries = vec![f64::NAN; 150];
    for row in 0..21 {
        data.write_row(row, &mut entries);
        let mut stream = Streams::new(4).stream(Purpose::Noise, row as u64);
        let words: Vec<u64> = (0..3).map(|_| stream.next_u64()).collect();
        for (column, entry) in entries.iter().enumerate() {
            let sign = if words[column / 64] >> (column % 64) & 1 == 1 {
                1.0
            } else {
                -1.0
            };
            let signal: f64 = (0..2)
                .map(|a| number(7 * row + a) * number(100_000 + 7 * column + a))
                .sum();
            assert!((entry - sign - signal).abs() < 1e-15, "{row} {column}");
        }
    }
}

/// Rows that are drawn again are a matrix, to the last bit.
#[test]
fn regenerated_rows_are_those_of_a_matrix() {
    fn check<const K: usize>(rows: usize, columns: usize) {
        let dense = DataMatrix::from_row_fn(rows, columns, fill);
        let drawn = Regenerated::new(rows, columns, fill);
        for isa in Isa::available() {
            let known = passed::<K>(&dense, isa);
            assert_eq!(passed::<K>(&drawn, isa), known, "{rows}×{columns}");
            assert_eq!(passed::<K>(&AnyData::from(&dense), isa), known);
        }
        assert_close(
            &passed::<K>(&dense, Isa::detect()),
            &plain::<K>(&drawn),
            "entries of the one, loops over the other",
        );
    }
    check::<1>(2100, 37);
    check::<3>(130, 150);
    check::<8>(61, 16);
}

#[test]
fn threads_do_not_change_a_bit() {
    let (signs, drawn) = (one_bit(2003, 77, 1), Regenerated::new(300, 50, fill));
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("threads");
        pool.install(|| {
            let isa = Isa::detect();
            (passed::<3>(&signs, isa), passed::<3>(&drawn, isa))
        })
    };
    let alone = run(1);
    for threads in [2, 3, 5] {
        assert_eq!(run(threads), alone, "{threads} threads");
    }
}

#[test]
#[should_panic(expected = "the size of W")]
fn weights_must_match_the_columns() {
    let data = one_bit(3, 2, 1);
    data.fused_pass::<1, u8, ()>(&[1.0; 3], &mut [0.0; 2], &mut [0; 3], |_, _, _, ()| {});
}
