//! Cost of phase diagrams and boundaries: `cargo bench --bench sweep`. Every time is one run on an
//! idle machine; a limit is shown beside where the project states one.

use onsager::sweep::{DiagramStudy, Shard, Summary, Sweep};
use onsager::theory::baselines::bbp_threshold;
use onsager::theory::{Control, FixedPointSettings, boundaries};
use std::time::Instant;

fn main() {
    println!("threads: {}", rayon::current_num_threads());
    line();
    grids();
    adaptive();
}

/// `λ_AT(α)` at 50 values of α.
fn line() {
    let study = study(2, "");
    let settings = FixedPointSettings::default();
    let options = &study.model;
    let begun = Instant::now();
    let mut worst: f64 = 0.0;
    for index in 0..50 {
        let alpha = 1.02 + (8.0 - 1.02) * f64::from(index) / 49.0;
        let model = onsager::options::ModelOptions {
            alpha: Some(alpha),
            ..options.clone()
        }
        .resolve(None)
        .expect("valid");
        let path = |strength: f64| Control::Strength.model(&model, strength);
        let bbp = bbp_threshold(alpha);
        let found = boundaries(&path, [bbp, 30.0 * bbp], 1e-7, false, &settings).expect("valid");
        let line = found.at.expect("located");
        worst = worst.max(line.interval[1] - line.interval[0]);
    }
    println!(
        "AT line at 50 values of α, widths {worst:.0e}, one thread: {:.2} s (limit 2 s)",
        begun.elapsed().as_secs_f64()
    );
}

/// The (α, λ) diagram of one Rademacher unit, without and with a rule of refinement.
fn study(points: usize, more: &str) -> DiagramStudy {
    let text = format!(
        "seed = 1\n[model]\nlambda = [1.0]\n{more}\n\
         [x]\nparameter = \"alpha\"\nfrom = 0.5\nto = 8.0\npoints = {points}\n\
         [y]\nparameter = \"lambda\"\nfrom = 0.4\nto = 2.4\npoints = {points}\n"
    );
    toml::from_str(&text).expect("a study")
}

/// Runs a study in a fresh record; its time and what it found.
fn run(study: &DiagramStudy) -> (f64, Summary) {
    let folder = tempfile::tempdir().expect("a folder");
    let begun = Instant::now();
    let sweep = Sweep::new(study).expect("valid");
    let record = sweep.open(&folder.path().join("a.record")).expect("new");
    let (record, _) = sweep.run(record, Shard::WHOLE, &|_, _| {}).expect("runs");
    let time = begun.elapsed().as_secs_f64();
    (time, Summary::new(&sweep, record.runs()))
}

fn grids() {
    println!("\n(α, λ) diagram with replicon, k = r = 1, record on disk");
    println!(
        "{:>12} {:>9} {:>9} {:>14}  regions",
        "grid", "cells", "time s", "ms per cell"
    );
    for points in [25, 50, 100, 200] {
        let (time, summary) = run(&study(points, ""));
        let limit = if points == 200 { "  (limit 3 s)" } else { "" };
        println!(
            "{:>12} {:>9} {time:>9.2} {:>14.3}  {:?}{limit}",
            format!("{points} × {points}"),
            summary.cells,
            1e3 * time / summary.cells as f64,
            summary.regions
        );
    }
}

fn adaptive() {
    println!("\nrefined 13 × 13 grid beside the full grid of the same finest resolution");
    for levels in [2, 3, 4] {
        let full = 12 * (1 << levels) + 1;
        let (slow, all) = run(&study(full, ""));
        let rule = format!("[refinement]\nlevels = {levels}\n");
        let (fast, few) = run(&study(13, &rule));
        println!(
            "{full:>4} × {full:<4} {:>6} of {:>6} cells ({:.1} %), {fast:.2} s beside {slow:.2} s",
            few.cells,
            all.cells,
            100.0 * few.cells as f64 / all.cells as f64,
        );
    }
}
