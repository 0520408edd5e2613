//! The data file: one line for each solution, and one with empty solution columns for a cell
//! without any.

use super::cells::cell;
use super::evaluate::Solution;
use super::model::{Cell, State};
use super::search::{Effort, Root, find_all};
use nalgebra::DMatrix;
use std::fs::File;
use std::io::{Result, Write};
use std::ops::Range;
use std::time::Instant;

const HEADER: &str = "cell,alpha,lambda,units,bias,hidden,signal,ell,replicon,top,stable,pole,\
                      flow_hits,newton_hits,other_hits,m,q,v";

/// Effort for one unit and for two.
pub const EFFORT: [Effort; 2] = [
    Effort {
        starts: 240,
        extra_rounds: 4,
    },
    Effort {
        starts: 30,
        extra_rounds: 3,
    },
];

/// One cell of the file.
#[derive(Debug, Clone)]
pub struct Entry {
    pub index: usize,
    pub cell: Cell,
    /// Best objective first.
    pub solutions: Vec<Solution>,
}

/// Searches one cell of the file.
pub fn search(index: usize) -> Vec<Root> {
    let cell = cell(index);
    find_all(&cell, EFFORT[cell.bias.len() - 1], 1000 + index as u64)
}

/// Searches these cells and writes the file, cell by cell.
///
/// # Errors
/// If the file can't be written.
pub fn regenerate(path: &str, cells: Range<usize>) -> Result<()> {
    let mut file = File::create(path)?;
    writeln!(file, "{HEADER}")?;
    for index in cells {
        let clock = Instant::now();
        let roots = search(index);
        for line in lines(index, &roots) {
            writeln!(file, "{line}")?;
        }
        file.flush()?;
        let stable = roots
            .iter()
            .filter(|root| root.solution.is_stable())
            .count();
        let seconds = clock.elapsed().as_secs_f64();
        println!(
            "{index} {:?}: {} roots, {stable} stable, {seconds:.1} s",
            cell(index),
            roots.len()
        );
    }
    Ok(())
}

/// Twelve significant digits: what the grids resolve.
fn number(x: f64) -> String {
    let rounded: f64 = format!("{x:.11e}").parse().unwrap();
    if rounded.abs() < 1e-12 {
        "0".to_owned()
    } else {
        format!("{rounded}")
    }
}

fn joined(numbers: impl IntoIterator<Item = f64>) -> String {
    let texts: Vec<String> = numbers.into_iter().map(|x| format!("{x}")).collect();
    texts.join(" ")
}

fn lines(index: usize, roots: &[Root]) -> Vec<String> {
    let cell = cell(index);
    let settings = format!(
        "{index},{},{},{},{},{},{}",
        cell.alpha,
        joined(cell.lambda.iter().copied()),
        cell.bias.len(),
        joined(cell.bias.iter().copied()),
        cell.hidden,
        cell.signal
    );
    if roots.is_empty() {
        return vec![settings + &",".repeat(11)];
    }
    let model = cell.model(true);
    let line = |root: &Root| {
        let solution = &root.solution;
        let [flow, newton, other] = root.hits;
        let state = &solution.state;
        let [ell, replicon, top] = [solution.ell, solution.replicon, solution.top].map(number);
        let pole = number(model.spectral_pole(&state.v));
        let stable = solution.is_stable();
        let [m, q, v] = [entries(&state.m), upper(&state.q), upper(&state.v)];
        format!(
            "{settings},{ell},{replicon},{top},{stable},{pole},{flow},{newton},{other},{m},{q},{v}"
        )
    };
    roots.iter().map(line).collect()
}

/// All entries, row by row (one row for each signal).
fn entries(x: &DMatrix<f64>) -> String {
    let rows: Vec<String> = x.transpose().iter().map(|&y| number(y)).collect();
    rows.join(" ")
}

/// The entries 11, 12, 22.
fn upper(x: &DMatrix<f64>) -> String {
    let k = x.nrows();
    let pairs = (0..k).flat_map(|i| (i..k).map(move |j| (i, j)));
    let texts: Vec<String> = pairs.map(|(i, j)| number(x[(i, j)])).collect();
    texts.join(" ")
}

fn numbers(text: &str) -> Vec<f64> {
    text.split_whitespace()
        .map(|x| x.parse().unwrap())
        .collect()
}

fn symmetric(k: usize, entries: &[f64]) -> DMatrix<f64> {
    DMatrix::from_fn(k, k, |i, j| entries[i + j])
}

/// The cells of a file that [`regenerate`] wrote.
///
/// # Panics
/// If the text is not such a file.
pub fn read(text: &str) -> Vec<Entry> {
    let mut all: Vec<Entry> = Vec::new();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some(HEADER));
    for line in lines {
        let fields: Vec<&str> = line.split(',').collect();
        let index: usize = fields[0].parse().unwrap();
        if all.last().is_none_or(|entry| entry.index != index) {
            all.push(Entry {
                index,
                cell: read_cell(&fields),
                solutions: Vec::new(),
            });
        }
        if !fields[7].is_empty() {
            let entry = all.last_mut().unwrap();
            let solution = read_solution(&fields, &entry.cell);
            entry.solutions.push(solution);
        }
    }
    all
}

fn read_cell(fields: &[&str]) -> Cell {
    Cell {
        alpha: fields[1].parse().unwrap(),
        lambda: numbers(fields[2]),
        bias: numbers(fields[4]),
        hidden: fields[5].to_owned(),
        signal: fields[6].to_owned(),
    }
}

/// A line's solution; its residual is not in the file.
fn read_solution(fields: &[&str], cell: &Cell) -> Solution {
    let (k, r) = (cell.bias.len(), cell.lambda.len());
    let value = |field: usize| fields[field].parse().unwrap();
    Solution {
        ell: value(7),
        replicon: value(8),
        top: value(9),
        residual: 0.0,
        state: State {
            m: DMatrix::from_row_slice(r, k, &numbers(fields[15])),
            q: symmetric(k, &numbers(fields[16])),
            v: symmetric(k, &numbers(fields[17])),
        },
    }
}
