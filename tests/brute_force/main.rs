//! Fixed points of the library against a search by brute force that was written from the equations
//! alone.
//!
//! What is computed, how, from which source, and how the data file is made: the header of
//! `reference/mod.rs`.

mod reference;

use nalgebra::{DMatrix, DVector};
use onsager::definitions::Catalogue;
use onsager::hidden::HiddenUnits;
use onsager::law::{Law, ScalarAtoms};
use onsager::theory::{FixedPointSettings, Starts, find};
use rayon::prelude::*;
use reference::cells::CELLS_PER_UNITS;
use reference::evaluate::{Solution, evaluate};
use reference::model::{Cell, Model, State};
use reference::moments::{Resolution, moments};
use reference::search::{Effort, find_all, newton, polish};
use reference::table::{Entry, read, regenerate};

const SKEWED: &str = "atoms(-0.5 2;0.8 0.2)";
const FILE: &str = include_str!("cells.csv");

/// A fixed point as the library reports it.
#[derive(Debug, Clone)]
struct LibrarySolution {
    ell: f64,
    replicon: f64,
    stable: bool,
    m: DMatrix<f64>,
    q: DMatrix<f64>,
    v: DMatrix<f64>,
}

/// The model of a cell, by the library's own definitions of its laws; `None` where it refuses the
/// number of joint nodes that two Laplace signals need.
fn library_model(cell: &Cell) -> Option<onsager::model::Model> {
    let skewed = || ScalarAtoms::new(&[-0.5, 2.0], &[0.8, 0.2]).expect("valid");
    let definition = |name: &str, role| Catalogue::default().prior(name, role).expect("shipped");
    let law = match cell.hidden.as_str() {
        SKEWED => Law::Separable(skewed()),
        name => definition(name, "hidden").hidden_law().expect("a law"),
    };
    let signal = definition(&cell.signal, "signal")
        .signal_law()
        .expect("a law");
    let hidden = HiddenUnits::new(law, cell.bias.len(), &cell.bias).expect("valid");
    let visible = Law::rademacher();
    match onsager::model::Model::new(cell.alpha, &cell.lambda, hidden, signal, visible) {
        Ok(model) => Some(model),
        Err(error) => {
            assert!(cell.signal == "laplace" && cell.lambda.len() > 1, "{error}");
            assert!(error.to_string().contains("use fewer signals"), "{error}");
            None
        }
    }
}

/// All fixed points that the library finds in this cell, where it takes the model.
fn library_solutions(cell: &Cell) -> Option<Vec<LibrarySolution>> {
    let model = library_model(cell)?;
    let found = find(&model, Starts::Standard, &FixedPointSettings::default()).expect("valid");
    let reported = found
        .solutions
        .into_iter()
        .map(|finding| LibrarySolution {
            ell: finding.point.stability.log_likelihood,
            replicon: finding.point.stability.replicon,
            stable: finding.point.stability.is_stable(),
            m: finding.point.order.m,
            q: finding.point.order.q,
            v: finding.point.k,
        })
        .collect();
    Some(reported)
}

fn cell(alpha: f64, lambda: &[f64], bias: &[f64], signal: &str) -> Cell {
    Cell {
        alpha,
        lambda: lambda.to_vec(),
        bias: bias.to_vec(),
        hidden: "rademacher".to_owned(),
        signal: signal.to_owned(),
    }
}

#[track_caller]
fn close(value: f64, expected: f64, tolerance: f64) {
    assert!(
        (value - expected).abs() <= tolerance * (1.0 + expected.abs()),
        "{value} instead of {expected}"
    );
}

/// The root that Newton's method reaches from these entries of `M`, `Q` and `V`.
fn root_near(cell: &Cell, start: &[f64]) -> Solution {
    let model = cell.model(true);
    let start = DVector::from_row_slice(start);
    let near = newton(&model, &start, Resolution::COARSE, 40).expect("a root");
    polish(&model, &near).expect("a root on the fine grid")
}

/// α, λ, M, Q, V, replicon, ℓ: one Rademacher unit and signal; ℓ to the digits known.
const KNOWN: [[f64; 7]; 6] = [
    [
        2.0,
        3.0,
        2.999926752,
        9.502352820,
        0.502146093,
        0.002186270,
        8.121712495,
    ],
    [
        2.0,
        1.5,
        1.483158991,
        2.895282131,
        0.628769507,
        0.226017562,
        1.721960384,
    ],
    [
        2.0,
        1.3,
        1.256555601,
        2.429035653,
        0.709330497,
        0.505713254,
        1.316529971,
    ],
    [
        4.0,
        1.0,
        0.945610675,
        1.480327021,
        0.461425824,
        0.439282102,
        1.218956335,
    ],
    [
        8.0,
        0.8,
        0.744497778,
        0.953868823,
        0.303823872,
        0.422003688,
        1.182701007,
    ],
    [
        12.0,
        0.6716,
        0.593396546,
        0.718708042,
        0.259567706,
        0.527340406,
        1.087954626,
    ],
];

#[test]
fn known_fixed_points_of_one_unit() {
    let effort = Effort {
        starts: 12,
        extra_rounds: 0,
    };
    for [alpha, lambda, m, q, v, replicon, ell] in KNOWN {
        let roots = find_all(&cell(alpha, &[lambda], &[0.0], "rademacher"), effort, 3);
        let best = &roots[0].solution;
        assert!(best.is_stable());
        close(best.state.m[0].abs(), m, 2e-9);
        close(best.state.q[0], q, 2e-9);
        close(best.state.v[0], v, 2e-9);
        close(best.replicon, replicon, 2e-9);
        close(best.ell, ell, 2e-9);
    }
}

/// Pure noise has a solution where `V < 1` allows it, and its replicon is above 1.
#[test]
fn known_solution_for_pure_noise() {
    let noise = root_near(&cell(4.0, &[0.001], &[0.0], "rademacher"), &[0.0, 1.3, 0.6]);
    close(noise.state.q[0], 1.314058971, 1e-9);
    close(noise.state.v[0], 0.698088502, 1e-9);
    close(noise.replicon, 2.210582597, 1e-9);
    close(noise.ell, 0.947850423, 1e-9);
    assert!(!noise.is_stable());
}

/// Sparse signals: aligned units are a saddle, units that mix the signals lead.
#[test]
fn known_mixed_solution_of_two_units() {
    let cell = cell(4.0, &[1.5, 1.2], &[0.0, 0.0], "sparse-ternary(rho=0.2)");
    let aligned = root_near(&cell, &[1.1, 0.0, 0.0, 0.9, 1.8, 0.0, 1.5, 0.4, 0.0, 0.4]);
    close(aligned.ell, 3.346713, 2e-7);
    close(aligned.top, 1.549156, 1e-6);
    let mixed = root_near(
        &cell,
        &[0.9, -0.7, -0.9, -0.7, 1.8, -0.1, 1.8, 0.4, 0.1, 0.4],
    );
    close(mixed.ell, 3.682772, 2e-7);
    assert!(mixed.is_stable() && !aligned.is_stable());
}

/// With unequal biases it matters which unit takes which signal; both assignments are stable.
#[test]
fn known_assignments_of_biased_units() {
    let cell = cell(4.0, &[1.5, 1.2], &[0.6, 0.1], "rademacher");
    let worse = root_near(&cell, &[1.4, 0.0, 0.0, 1.2, 2.5, 0.0, 1.8, 0.3, 0.0, 0.4]);
    let better = root_near(&cell, &[0.0, 1.1, 1.5, 0.0, 1.7, 0.0, 2.5, 0.4, 0.0, 0.3]);
    close(worse.ell, 4.086912587, 1e-8);
    close(better.ell, 4.187219227, 1e-8);
    assert!(worse.is_stable() && better.is_stable());
}

/// Strong biases leave one stable solution, in which both units take the stronger signal.
#[test]
fn strongly_biased_units_share_a_signal() {
    let cell = cell(3.0, &[1.4, 1.3], &[1.5, 1.2], "rademacher");
    let effort = Effort {
        starts: 6,
        extra_rounds: 0,
    };
    let roots = find_all(&cell, effort, 5);
    let stable: Vec<_> = roots
        .iter()
        .filter(|root| root.solution.is_stable())
        .collect();
    assert_eq!(stable.len(), 1);
    let solution = &stable[0].solution;
    close(solution.ell, 2.432966389, 1e-8);
    assert!(solution.state.m.row(1).amax() < 1e-8);
}

fn file() -> Vec<Entry> {
    read(FILE)
}

/// Whether a fine grid and all nodes cost little.
fn is_cheap(entry: &Entry) -> bool {
    entry.cell.model(true).nodes.len() <= 30
}

#[test]
fn the_file_holds_all_cells_in_order() {
    let entries = file();
    assert_eq!(entries.len(), 2 * CELLS_PER_UNITS);
    for (index, entry) in entries.iter().enumerate() {
        assert_eq!(entry.index, index);
        assert_eq!(entry.cell, reference::cells::cell(index));
        assert!(entry.solutions.is_sorted_by(|a, b| a.ell >= b.ell));
    }
}

/// Every twelfth cell of one unit with few nodes, all its solutions; and the best ones of some
/// cells of two units.
#[test]
fn observables_of_the_file_are_those_of_its_states() {
    let entries = file();
    let cheap = |units: usize| {
        entries
            .iter()
            .filter(move |entry| entry.cell.bias.len() == units && is_cheap(entry))
    };
    let pairs = cheap(2).step_by(9).map(|entry| (entry, 1));
    for (entry, count) in cheap(1).map(|entry| (entry, 9)).chain(pairs) {
        let model = entry.cell.model(true);
        for solution in entry.solutions.iter().take(count) {
            let again = evaluate(&model, &solution.state, Resolution::FINE).expect("in the domain");
            assert!(
                again.residual < 1e-9,
                "cell {}: {}",
                entry.index,
                again.residual
            );
            close(again.ell, solution.ell, 1e-9);
            close(again.replicon, solution.replicon, 1e-8);
            close(again.top, solution.top, 1e-4);
        }
    }
}

/// Other starts, and fewer, must find all stable solutions of the file and none that it lacks.
fn derive_again(entry: &Entry, effort: Effort) {
    let roots = find_all(&entry.cell, effort, 77_000 + entry.index as u64);
    let same = |a: &Solution, b: &Solution| {
        (a.ell - b.ell).abs() < 1e-8 * (1.0 + a.ell.abs())
            && (a.replicon - b.replicon).abs() < 1e-6 * (1.0 + a.replicon)
    };
    for solution in entry
        .solutions
        .iter()
        .filter(|solution| solution.is_stable())
    {
        let found = roots.iter().any(|root| same(&root.solution, solution));
        assert!(
            found,
            "cell {}: ℓ = {} not found again",
            entry.index, solution.ell
        );
    }
    for root in &roots {
        let known = entry
            .solutions
            .iter()
            .any(|solution| same(&root.solution, solution));
        assert!(
            known,
            "cell {}: ℓ = {} not in the file",
            entry.index, root.solution.ell
        );
    }
}

#[test]
fn other_starts_find_the_same_for_one_unit() {
    let effort = Effort {
        starts: 40,
        extra_rounds: 1,
    };
    let entries = file();
    let cells = entries
        .iter()
        .filter(|entry| entry.cell.bias.len() == 1 && is_cheap(entry));
    for entry in cells.step_by(5).take(12) {
        derive_again(entry, effort);
    }
}

#[test]
fn other_starts_find_the_same_for_two_units() {
    let effort = Effort {
        starts: 8,
        extra_rounds: 0,
    };
    for index in PAIRS_DERIVED_AGAIN {
        derive_again(&file()[index], effort);
    }
}

/// Cells of two units that take about a second.
const PAIRS_DERIVED_AGAIN: [usize; 2] = [101, 103];

/// Averages of all laws do not change on a finer grid with more nodes than needed.
#[test]
fn averages_have_converged() {
    for entry in file().iter().filter(|entry| is_cheap(entry)).step_by(7) {
        let Some(solution) = entry.solutions.first() else {
            continue;
        };
        let model = entry.cell.model(true);
        let at = |grid| moments(&model, &solution.state, grid, true).unwrap();
        let (fine, finer) = (at(Resolution::FINE), at(Resolution::FINE.refined(1.6)));
        close(fine.one, 1.0, 1e-10);
        close(fine.eta, finer.eta, 1e-10);
        close(fine.gg[0], finer.gg[0], 1e-10);
        close(fine.dg[0], finer.dg[0], 1e-10);
    }
}

/// What a comparison of one cell with the library found wrong.
#[derive(Debug, Default)]
struct Verdict {
    /// A stable solution with a larger objective than the library's best stable one: its ℓ, and the
    /// library's.
    missed: Option<(f64, Option<f64>)>,
    /// Solutions that the library calls stable and brute force does not, or that are not roots.
    wrong: Vec<String>,
}

fn best(values: impl Iterator<Item = f64>) -> Option<f64> {
    values.max_by(f64::total_cmp)
}

fn compare(entry: &Entry, library: &[LibrarySolution]) -> Verdict {
    let model = entry.cell.model(true);
    // The library's domain is `λ_max(V) sup D < 1`.
    let admissible =
        |solution: &&Solution| solution.is_stable() && model.spectral_pole(&solution.state.v) < 1.0;
    let expected = best(entry.solutions.iter().filter(admissible).map(|x| x.ell));
    let stable = || library.iter().filter(|solution| solution.stable);
    let found = best(stable().map(|solution| solution.ell));
    let missed = expected.filter(|ell| found.is_none_or(|found| found < ell - 1e-6));
    Verdict {
        missed: missed.map(|ell| (ell, found)),
        wrong: stable()
            .filter_map(|solution| error_of(&model, solution))
            .collect(),
    }
}

/// Why a solution that the library calls stable is not one by brute force.
fn error_of(model: &Model, solution: &LibrarySolution) -> Option<String> {
    let state = State {
        m: solution.m.clone(),
        q: solution.q.clone(),
        v: solution.v.clone(),
    };
    let Some(own) = evaluate(model, &state, Resolution::FINE) else {
        return Some(format!("{solution:?} is outside the domain"));
    };
    let differs = |a: f64, b: f64| (a - b).abs() > 1e-6 * (1.0 + b.abs());
    let is_wrong = own.residual > 1e-7
        || !own.is_stable()
        || differs(solution.ell, own.ell)
        || differs(solution.replicon, own.replicon);
    is_wrong.then(|| format!("{solution:?} but {own:?}"))
}

/// One unit: nothing missed. Two units: at most 1 % of the cells, of which every third with few
/// nodes is looked at; all of them, which takes several minutes, where `ONSAGER_BRUTE_FORCE_ALL` is
/// set.
#[test]
fn the_library_misses_no_better_stable_solution() {
    let all = std::env::var_os("ONSAGER_BRUTE_FORCE_ALL").is_some();
    let entries: Vec<Entry> = file()
        .into_iter()
        .filter(|entry| {
            let sampled = is_cheap(entry) && entry.index.is_multiple_of(3);
            all || entry.cell.bias.len() == 1 || sampled
        })
        .collect();
    let compared: Vec<Option<Verdict>> = entries
        .par_iter()
        .map(|entry| Some(compare(entry, &library_solutions(&entry.cell)?)))
        .collect();
    let mut missed = [Vec::new(), Vec::new()];
    for (entry, verdict) in entries.iter().zip(&compared) {
        let Some(verdict) = verdict else { continue };
        assert!(
            verdict.wrong.is_empty(),
            "{:?}: {:#?}",
            entry.cell,
            verdict.wrong
        );
        if let Some(difference) = verdict.missed {
            println!("missed in {:?}: {difference:?}", entry.cell);
            missed[entry.cell.bias.len() - 1].push(entry.index);
        }
    }
    let refused = compared.iter().filter(|verdict| verdict.is_none()).count();
    println!("{} cells, {refused} of them refused", entries.len());
    assert!(refused <= 10, "{refused}");
    assert!(missed[0].is_empty(), "one unit: {:?}", missed[0]);
    assert!(missed[1].len() <= 1, "two units: {:?}", missed[1]);
}

/// A library that knows the file passes; without its best solution, or with an unstable one called
/// stable, it does not.
#[test]
fn the_comparison_notices_what_is_missing_or_wrong() {
    let entry = &file()[0];
    let reported: Vec<LibrarySolution> = entry.solutions.iter().map(reported).collect();
    let verdict = compare(entry, &reported);
    assert!(
        verdict.missed.is_none() && verdict.wrong.is_empty(),
        "{verdict:?}"
    );
    let unstable: Vec<_> = reported.iter().filter(|x| !x.stable).cloned().collect();
    assert!(compare(entry, &unstable).missed.is_some());
    let praised = unstable
        .into_iter()
        .map(|x| LibrarySolution { stable: true, ..x });
    let verdict = compare(entry, &praised.collect::<Vec<_>>());
    assert!(!verdict.wrong.is_empty());
}

fn reported(solution: &Solution) -> LibrarySolution {
    LibrarySolution {
        ell: solution.ell,
        replicon: solution.replicon,
        stable: solution.is_stable(),
        m: solution.state.m.clone(),
        q: solution.state.q.clone(),
        v: solution.state.v.clone(),
    }
}

/// Computes the data file again where `ONSAGER_BRUTE_FORCE_OUT` names a file to write; it takes
/// about a quarter of an hour.
#[test]
fn regenerate_the_file() {
    if let Ok(path) = std::env::var("ONSAGER_BRUTE_FORCE_OUT") {
        regenerate(&path, 0..2 * CELLS_PER_UNITS).expect("the file can be written");
    }
}
