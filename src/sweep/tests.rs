//! Cells, shards and tiles of sweeps.

use super::cell::Cell;
use super::entry::SweepEntry;
use super::lattice::Lattice;
use super::models::Models;
use super::plan::Sweep;
use super::shard::Shard;
use super::solver::CellSolver;
use super::{CellStart, DiagramStudy, EvolutionPoint, Found, Region};
use crate::fixed_point::Ending;
use crate::table::Value;
use crate::theory::baselines::bbp_threshold;
use crate::theory::{Finder, FixedPointSettings, Origin, planted};

fn study(text: &str) -> DiagramStudy {
    toml::from_str(text).expect("a study")
}

fn evolved(found: &Found) -> &EvolutionPoint {
    found.evolution().expect("a fixed point of state evolution")
}

fn run(study: &DiagramStudy, shard: Shard) -> (Sweep, Vec<SweepEntry>) {
    let folder = tempfile::tempdir().expect("a folder");
    let sweep = Sweep::new(study).expect("valid");
    let record = sweep.open(&folder.path().join("a.record")).expect("new");
    let (record, _) = sweep.run(record, shard, &|_, _| {}).expect("runs");
    let entries = record.runs().to_vec();
    (sweep, entries)
}

const PLANE: &str = "seed = 1\n[model]\nlambda = [1.0]\n\
    [x]\nparameter = \"alpha\"\nfrom = 1.5\nto = 5.5\npoints = 6\n\
    [y]\nparameter = \"lambda\"\nfrom = 0.5\nto = 1.7\npoints = 5\n";

fn area(sweep: &Sweep, entries: &[SweepEntry]) -> f64 {
    let table = sweep.table(entries);
    let column = |name: &str| table.column(name).expect("there");
    let (width, height) = (column("width"), column("height"));
    let number = |cell: &Value| cell.as_number().expect("a number");
    table
        .rows
        .iter()
        .filter(|row| row[0] == "cell".into())
        .map(|row| number(&row[width]) * number(&row[height]))
        .sum()
}

#[test]
fn tiles_cover_the_plane_once() {
    let (sweep, entries) = run(&study(PLANE), Shard::WHOLE);
    // Whole tiles around every point of the grid: half a cell beyond the outermost ones.
    assert!((area(&sweep, &entries) - 30.0 * 0.8 * 0.3).abs() < 1e-9);
    let refined = format!("{PLANE}[refinement]\nlevels = 3\n");
    let (sweep, entries) = run(&study(&refined), Shard::WHOLE);
    assert!((area(&sweep, &entries) - 4.0 * 1.2).abs() < 1e-9);
    // None reaches beyond the plane: every quarter lies on its own side of its point.
    let table = sweep.table(&entries);
    for row in table.rows.iter().filter(|row| row[0] == "cell".into()) {
        let number = |column: usize| row[column].as_number().expect("a number");
        for (centre, size, low, high) in [(1, 3, 1.5, 5.5), (2, 4, 0.5, 1.7)] {
            let half = 0.5 * number(size);
            assert!(
                number(centre) - half > low - 1e-9 && number(centre) + half < high + 1e-9,
                "{row:?}"
            );
        }
    }
    // Fewer tiles than quarters of squares, and as many different values as cells.
    let rows = sweep.table(&entries).rows.len();
    assert!(rows >= entries.len() && rows < 3 * entries.len(), "{rows}");
}

#[test]
fn shards_share_out_all_columns_and_single_tasks() {
    let columns: Vec<usize> = (0..11).map(|column| 4 * column).collect();
    let parse = |text: &str| text.parse::<Shard>().expect("a shard");
    for count in [1, 2, 3, 4, 10] {
        for shared in [false, true] {
            let mut seen = Vec::new();
            for number in 1..=count {
                let own = parse(&format!("{number}/{count}"))
                    .columns(&columns, shared)
                    .expect("enough columns");
                // Neighbours share a column where squares are refined, and nothing else.
                if shared && number > 1 {
                    assert_eq!(seen.last(), own.first());
                    seen.pop();
                }
                seen.extend(own);
            }
            assert_eq!(seen, columns, "{count} {shared}");
        }
        for task in 0..20 {
            let owners = (1..=count)
                .filter(|number| parse(&format!("{number}/{count}")).has_task(task))
                .count();
            assert_eq!(owners, 1);
        }
    }
    assert!(parse("1/11").columns(&columns, false).is_ok());
    assert!(parse("1/11").columns(&columns, true).is_err());
}

/// Two signals and two units: exchanging the signals exchanges the axes. A weak first signal is
/// found although no search from the planted start converges there (the unit's solution without
/// overlap is unstable in damped iteration).
#[test]
fn a_diagram_of_two_signals_is_symmetric() {
    let text = "seed = 1\n[model]\nalpha = 4.0\nlambda = [1.0, 1.0]\n\
        [x]\nparameter = \"lambda-1\"\nfrom = 0.5\nto = 1.5\npoints = 5\n\
        [y]\nparameter = \"lambda-2\"\nfrom = 0.5\nto = 1.5\npoints = 5\n";
    let (sweep, entries) = run(&study(text), Shard::WHOLE);
    let cells = super::plan::cells_of(&entries);
    let at = |i: usize, j: usize| &cells[&sweep.lattice.index((i, j))];
    let mut seen = std::collections::BTreeSet::new();
    for i in 0..5 {
        for j in 0..=i {
            let (a, b) = (at(i, j), at(j, i));
            assert_eq!(a.region(), b.region(), "{} {}", a.x, a.y);
            seen.insert(a.region());
            let (Some((_, a)), Some((_, b))) = (a.answer(), b.answer()) else {
                continue;
            };
            let (a, b) = (evolved(a), evolved(b));
            assert!((a.order.q[(0, 0)] - b.order.q[(1, 1)]).abs() < 1e-9);
            assert!((a.stability.log_likelihood - b.stability.log_likelihood).abs() < 1e-9);
        }
    }
    let expected = [
        Region::NoRecovery,
        Region::PartialUnstable,
        Region::RecoveryStable,
    ];
    for region in expected {
        assert!(seen.contains(&Some(region)), "{region:?} in {seen:?}");
    }
}

/// Between fold and onset two solutions exist; the answer is the one with the larger objective, on
/// either side of the jump.
#[test]
fn the_answer_is_the_solution_with_the_larger_objective() {
    let text = "seed = 1\nstarts = [\"continued\", \"weak\"]\n\
        [model]\nlambda = [1.0]\nhidden = \"sparse-ternary(rho=0.005)\"\nsignal = \"sparse-ternary(rho=0.005)\"\n\
        [x]\nparameter = \"alpha\"\nfrom = 20.0\nto = 21.0\npoints = 2\n\
        [y]\nparameter = \"lambda\"\nfrom = 0.421\nto = 0.541\npoints = 61\n";
    let (sweep, entries) = run(&study(text), Shard::WHOLE);
    let cells = super::plan::cells_of(&entries);
    let column: Vec<&Cell> = (0..61)
        .map(|j| cells[&sweep.lattice.index((0, j))].as_ref())
        .collect();
    let regions: Vec<Option<Region>> = column.iter().map(|cell| cell.region()).collect();
    let silent = Some(Region::NoRecovery);
    assert_eq!(regions[1], silent, "{regions:?}");
    assert_ne!(regions[60], silent);
    let mut coexisting = [false; 2];
    for cell in &column {
        if cell.solutions() == 2 {
            let found: Vec<f64> = cell
                .searches
                .iter()
                .filter_map(|search| Some(evolved(search.found.as_ref()?).stability.log_likelihood))
                .collect();
            let (_, answer) = cell.answer().expect("an answer");
            let answer = evolved(answer);
            assert_eq!(answer.stability.log_likelihood, found[0].max(found[1]));
            coexisting[usize::from(answer.recovered() > 0)] = true;
        }
    }
    assert_eq!(
        coexisting,
        [true, true],
        "either of the two leads somewhere"
    );
}

#[test]
fn searches_unit_by_unit_are_the_joint_ones() {
    let settings = FixedPointSettings::default();
    let text = "seed = 1\n[model]\nlambda = [1.5, 1.3]\n\
        [x]\nparameter = \"alpha\"\nfrom = 2.0\nto = 3.0\npoints = 2\n\
        [y]\nparameter = \"strength\"\nfrom = 0.9\nto = 1.0\npoints = 2\n";
    let study = study(text);
    let models = Models::new(&study).expect("valid");
    let model = models.at(2.0, 1.0).expect("valid");
    let jointly = FixedPointSettings {
        unit_by_unit: false,
        ..settings.clone()
    };
    let joint = planted(&model, &jointly).expect("valid");
    let single = planted(&model, &settings).expect("valid");
    assert!(single.solutions[0].decoupled && !joint.solutions[0].decoupled);
    let (joint, single) = (
        joint.answer().expect("converged"),
        single.answer().expect("converged"),
    );
    let symmetry = model.symmetry();
    assert!(joint.agrees_with(single, &symmetry));
    assert!((joint.stability.replicon - single.stability.replicon).abs() < 1e-8);
    // From a neighbour, the same again.
    let near = models.at(2.1, 0.98).expect("valid");
    let near = planted(&near, &settings).expect("valid");
    let state = near.answer().expect("converged").state();
    let mut again = Finder::new(&model, &settings).expect("valid");
    again.search(Origin::Neighbour(&state)).expect("valid");
    let again = again.finish();
    assert!(
        again
            .answer()
            .expect("converged")
            .agrees_with(single, &symmetry)
    );
}

/// A cell that is checked differs from the search at twice the nodes by less than the errors that
/// both claim.
#[test]
fn checks_confirm_the_stated_errors() {
    let settings = FixedPointSettings {
        quadrature_tolerance: 1e-6,
        ..FixedPointSettings::default()
    };
    let study = study(PLANE);
    let models = Models::new(&study).expect("valid");
    let lattice = Lattice::new(&study).expect("valid");
    let solver = CellSolver {
        models: &models,
        settings: &settings,
        starts: &[CellStart::Continued],
        lattice: &lattice,
        rsb: None,
        weakening: true,
    };
    for point in [(1, 4), (3, 3), (5, 2)] {
        let cell = solver.solve(point, &[], true).expect("valid");
        let (_, found) = cell.answer().expect("an answer");
        let check = cell.check.as_ref().expect("checked");
        assert_eq!(check.outcome, Ending::Converged);
        let difference = check.order.expect("a number");
        assert!(difference > 0.0 && difference < 2.0 * settings.quadrature_tolerance);
        let replicon = check.replicon.expect("a number");
        assert!(
            replicon
                < 10.0 * (evolved(found).stability.replicon_error + settings.quadrature_tolerance)
        );
    }
}

/// Beyond replica symmetry every cell has a number: below the BBP threshold none has an overlap, above
/// it all have, and those above the de Almeida–Thouless line stay replica symmetric.
#[test]
fn beyond_replica_symmetry() {
    let mut study = study(
        r#"
        seed = 1
        rsb = "full"
        [model]
        lambda = [1.0]
        hidden = "rademacher"
        [x]
        parameter = "alpha"
        from = 0.8
        to = 4.0
        points = 3
        [y]
        parameter = "lambda"
        from = 0.5
        to = 1.7
        points = 5
        "#,
    );
    let (sweep, entries) = run(&study, Shard::WHOLE);
    let table = sweep.table(&entries);
    let names = ["alpha", "lambda", "zeta_11", "region", "rsb"];
    let [alpha, lambda, zeta, region, rsb] =
        names.map(|name| table.column(name).expect("a column"));
    assert_eq!(table.rows.len(), 15);
    let mut regions = std::collections::BTreeMap::new();
    for row in &table.rows {
        let number = |place: usize| row[place].as_number().expect("a number");
        let above = number(lambda) > bbp_threshold(number(alpha));
        assert_eq!(number(zeta) > 0.0, above, "{row:?}");
        let stable = row[region] == "recovery-stable".into();
        assert_eq!(stable, row[rsb] == Value::Missing, "{row:?}");
        *regions.entry(row[region].to_string()).or_insert(0) += 1;
    }
    assert_eq!(regions["full-rsb-no-recovery"], 5, "{regions:?}");
    assert!(
        regions["recovery-stable"] > 2 && regions["full-rsb-recovery"] > 3,
        "{regions:?}"
    );
    // The record is read back as it was written.
    for entry in &entries {
        let text = serde_json::to_string(entry).expect("JSON");
        let back: SweepEntry = serde_json::from_str(&text).expect("an entry");
        assert_eq!(&back, entry);
    }
    study.model.units = Some(2);
    study.model.lambda = Some(vec![1.0, 0.5]);
    let refused = Sweep::new(&study).err().expect("two units");
    assert!(refused.to_string().contains("rsb"), "{refused}");
}
