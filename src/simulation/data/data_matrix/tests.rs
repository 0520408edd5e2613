//! Tests of the pass against plain loops.

use super::super::pass::BLOCK;
use super::*;
use crate::numerics::simd::Isa;

/// A number in [-1, 1) that depends on its index only.
fn noise(index: usize) -> f64 {
    let bits = (index as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let bits = (bits ^ (bits >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (bits >> 11) as f64 / (1u64 << 52) as f64 - 1.0
}

fn matrix(rows: usize, columns: usize) -> DataMatrix {
    DataMatrix::from_row_fn(rows, columns, |row, entries| {
        for (column, entry) in entries.iter_mut().enumerate() {
            *entry = noise(row * columns + column) as f32;
        }
    })
}

fn weights(len: usize) -> Vec<f64> {
    (0..len).map(|i| noise(1_000_003 + i)).collect()
}

/// What a pass leaves behind.
#[derive(Debug, PartialEq)]
struct Outcome {
    g: Vec<f64>,
    /// Per row: the number of visits and its z.
    states: Vec<(usize, Vec<f64>)>,
    /// The rows seen by each accumulator.
    seen: Vec<Vec<usize>>,
}

/// u from z and the row, not linear.
fn turn(row: usize, z: f64) -> f64 {
    z.tanh() + 0.1 * noise(row)
}

fn fused<const K: usize>(x: &DataMatrix, isa: Isa) -> Outcome {
    let w = weights(x.columns() * K);
    let mut g = vec![f64::NAN; w.len()];
    let mut states = vec![(0, Vec::new()); x.rows()];
    let seen = x.fused_pass_with::<K, _, Vec<usize>>(
        isa,
        &w,
        &mut g,
        &mut states,
        |first, z, states, seen| {
            assert!(z.len() == states.len() && (1..=BLOCK).contains(&z.len()));
            for (i, (z, state)) in z.iter_mut().zip(states).enumerate() {
                seen.push(first + i);
                *state = (state.0 + 1, z.to_vec());
                *z = z.map(|z| turn(first + i, z));
            }
        },
    );
    Outcome { g, states, seen }
}

fn naive<const K: usize>(x: &DataMatrix) -> Outcome {
    let d = x.columns();
    let w = weights(d * K);
    let mut g = vec![0.0; d * K];
    let mut states = Vec::new();
    for row in 0..x.rows() {
        let mut z = vec![0.0; K];
        for (k, z) in z.iter_mut().enumerate() {
            for (i, &entry) in x.row(row).iter().enumerate() {
                *z += f64::from(entry) * w[k * d + i];
            }
            let u = turn(row, *z);
            for (i, &entry) in x.row(row).iter().enumerate() {
                g[k * d + i] += f64::from(entry) * u;
            }
        }
        states.push((1, z));
    }
    Outcome {
        g,
        states,
        seen: Vec::new(),
    }
}

/// Equality up to rounding, on the scale of the sums.
fn assert_close(a: &Outcome, b: &Outcome, context: &str) {
    let close = |a: &[f64], b: &[f64]| {
        let scale = b.iter().fold(1.0f64, |m, x| m.max(x.abs()));
        assert_eq!(a.len(), b.len(), "{context}");
        for (a, b) in a.iter().zip(b) {
            assert!((a - b).abs() <= 1e-12 * scale, "{context}: {a} and {b}");
        }
    };
    close(&a.g, &b.g);
    for (a, b) in a.states.iter().zip(&b.states) {
        assert_eq!((a.0, b.0), (1, 1), "{context}: each row once");
        close(&a.1, &b.1);
    }
}

fn check<const K: usize>() {
    for rows in [0, 1, 7, 33, 200, 2100] {
        for columns in [1, 5, 8, 17, 130, 1030] {
            if rows * columns > 300_000 {
                continue;
            }
            let x = matrix(rows, columns);
            let expected = naive::<K>(&x);
            for isa in Isa::available() {
                let context = format!("{rows}×{columns}, K = {K}, {isa:?}");
                let outcome = fused::<K>(&x, isa);
                assert_close(&outcome, &expected, &context);
                let seen: Vec<usize> = outcome.seen.concat();
                assert!(seen.into_iter().eq(0..rows), "{context}: rows in order");
            }
        }
    }
}

#[test]
fn agrees_with_plain_loops() {
    check::<1>();
    check::<2>();
    check::<3>();
    check::<4>();
    check::<5>();
    check::<16>();
}

#[test]
fn fused_instruction_sets_agree_to_the_last_bit() {
    let x = matrix(100, 131);
    let outcomes: Vec<Outcome> = Isa::available()[1..]
        .iter()
        .map(|&isa| fused::<5>(&x, isa))
        .collect();
    for pair in outcomes.windows(2) {
        assert_eq!(pair[0], pair[1]);
    }
}

#[test]
fn threads_do_not_change_a_bit() {
    let x = matrix(1003, 77);
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| (fused::<3>(&x, Isa::detect()), x.checksum().to_bits()))
    };
    let alone = run(1);
    for threads in [2, 3, 5] {
        assert_eq!(run(threads), alone, "{threads} threads");
    }
}

#[test]
fn rows_are_what_was_filled() {
    let x = matrix(9, 21);
    assert_eq!((x.rows(), x.columns()), (9, 21));
    let mut sum = 0.0;
    for row in 0..9 {
        assert_eq!(x.row(row).len(), 21);
        for (column, &entry) in x.row(row).iter().enumerate() {
            assert_eq!(entry, noise(row * 21 + column) as f32);
            sum += f64::from(entry);
        }
    }
    assert!((x.checksum() - sum).abs() < 1e-5);
}

#[test]
#[should_panic(expected = "the number of states")]
fn states_must_match_the_rows() {
    let x = matrix(3, 2);
    x.fused_pass::<1, u8, ()>(&[1.0; 2], &mut [0.0; 2], &mut [0; 2], |_, _, _, _| {});
}

/// What u is made of z in the tests below.
fn bend<const K: usize>(rows: &mut [[f64; K]]) {
    for row in rows {
        *row = row.map(|z| z.tanh());
    }
}

#[test]
fn runs_are_the_rows_they_name() {
    let x = matrix(203, 37);
    let w = weights(37 * 3);
    let runs = [16..32, 187..203, 16..32, 64..77, 0..1];
    let rows: Vec<usize> = runs.iter().cloned().flatten().collect();
    let mut g = vec![f64::NAN; w.len()];
    let mut states = vec![usize::MAX; rows.len()];
    x.fused_pass_of_runs::<3, _, ()>(&runs, &w, &mut g, &mut states, |first, z, states, ()| {
        for (place, state) in states.iter_mut().enumerate() {
            *state = first + place;
        }
        bend(z);
    });
    assert!(
        states
            .iter()
            .enumerate()
            .all(|(place, state)| place == *state)
    );
    let mut plain = vec![0.0; w.len()];
    for row in rows {
        for a in 0..3 {
            let z: f64 = (0..37)
                .map(|i| f64::from(x.row(row)[i]) * w[a * 37 + i])
                .sum();
            for i in 0..37 {
                plain[a * 37 + i] += f64::from(x.row(row)[i]) * z.tanh();
            }
        }
    }
    for (found, known) in g.iter().zip(&plain) {
        assert!((found - known).abs() < 1e-12, "{found} {known}");
    }
}

#[test]
fn generated_rows_are_those_of_the_last_turn() {
    let x = matrix(203, 37);
    let w = weights(37 * 2);
    let (mut stored, mut made) = (vec![f64::NAN; w.len()], vec![f64::NAN; w.len()]);
    let mut states: Vec<usize> = (0..203).collect();
    x.fused_pass::<2, _, ()>(&w, &mut stored, &mut states, |_, z, _, ()| bend(z));
    // The first turn draws other rows.
    let draw = |turn: &mut usize, row: &usize, entries: &mut [f32]| {
        let shift = if *turn == 0 { 1.0 } else { 0.0 };
        for (entry, x) in entries.iter_mut().zip(x.row(*row)) {
            *entry = x + shift;
        }
    };
    let map = |turn: usize, own: &mut usize, z: &mut [[f64; 2]], _: &mut [usize]| {
        *own = turn + 1;
        bend(z);
    };
    let matrices = (&w[..], &mut made[..]);
    let rows = (&DataMatrix::batch_division(203, Ranks::alone()), 37);
    DataMatrix::generated_pass::<2, _, _>(rows, 2, matrices, &mut states, |_| 0, draw, map);
    for (stored, made) in stored.iter().zip(&made) {
        assert!(
            (stored - made).abs() < 1e-12 * (1.0 + stored.abs()),
            "{stored} {made}"
        );
    }
}
