//! The random cells: settings drawn from a fixed seed.

use super::model::Cell;
use super::random::Random;

/// Cells of one hidden unit; as many follow with two.
pub const CELLS_PER_UNITS: usize = 100;

const SEED: u64 = 0x5E7E_0000;
/// Atoms −0.5 and 2, weights 0.8 and 0.2: mean 0, variance 1, skewed. It has no name of its own in
/// the command line.
const SKEWED: &str = "atoms(-0.5 2;0.8 0.2)";

fn rounded(x: f64, digits: i32) -> f64 {
    let scale = 10f64.powi(digits);
    (x * scale).round() / scale
}

/// Cell number `index`: the first hundred have one hidden unit, the second hundred two.
pub fn cell(index: usize) -> Cell {
    let units = 1 + index / CELLS_PER_UNITS;
    let mut random = Random::new(SEED + index as u64);
    let alpha = rounded(random.log_uniform(1.05, 60.0), 4);
    let signal = signal(&mut random);
    let signals = number_of_signals(units, &signal, &mut random);
    let strength = |random: &mut Random| {
        let (low, high) = if random.chance(0.1) {
            (3.0, 5.0)
        } else {
            (0.9, 3.0)
        };
        rounded(random.log_uniform(low, high) * alpha.powf(-0.25), 4)
    };
    Cell {
        lambda: (0..signals).map(|_| strength(&mut random)).collect(),
        hidden: hidden(units, &mut random),
        bias: biases(units, &mut random),
        alpha,
        signal,
    }
}

fn signal(random: &mut Random) -> String {
    match random.below(7) {
        0 | 1 => "rademacher".to_owned(),
        2 => "gaussian".to_owned(),
        3 => "uniform".to_owned(),
        4 => "ternary".to_owned(),
        5 => format!(
            "sparse-ternary(rho={})",
            rounded(random.uniform(0.2, 0.5), 2)
        ),
        _ => "laplace".to_owned(),
    }
}

/// One or two for one unit; up to three for two units, where the signals need few nodes.
fn number_of_signals(units: usize, signal: &str, random: &mut Random) -> usize {
    let draw = random.uniform(0.0, 1.0);
    if units == 1 {
        return if draw < 0.5 { 1 } else { 2 };
    }
    match signal {
        "laplace" | "uniform" => 1,
        _ if draw < 0.2 => 1,
        _ if draw < 0.8 => 2,
        _ => 3,
    }
}

fn hidden(units: usize, random: &mut Random) -> String {
    // Sparser units learn by jumps, so several solutions coexist; for two units they need too dense
    // a grid.
    let sparsest = if units == 1 { 0.02 } else { 0.1 };
    match random.below(if units == 1 { 7 } else { 8 }) {
        0 | 1 => "rademacher".to_owned(),
        2 => "ternary".to_owned(),
        3 => "uniform".to_owned(),
        4 | 5 => format!(
            "sparse-ternary(rho={})",
            rounded(random.log_uniform(sparsest, 0.6), 3)
        ),
        6 => SKEWED.to_owned(),
        _ => "one-hot-2".to_owned(),
    }
}

fn biases(units: usize, random: &mut Random) -> Vec<f64> {
    if random.chance(0.4) {
        return vec![0.0; units];
    }
    (0..units)
        .map(|_| rounded(random.uniform(-1.0, 1.0), 3))
        .collect()
}
