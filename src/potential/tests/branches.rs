//! Branches of potentials: events against textbook formulas and closed forms.

use super::independent::{extrapolated, normal_average};
use super::*;
use crate::fixed_point::{BranchEnd, ContinuationSettings, Event, EventKind};

/// The branch through the solution from a start at `at`, along one parameter.
fn follow(
    name: &str,
    set: &[(&str, &str)],
    (along, range, at): (&str, [f64; 2], f64),
    (start, rising): (&str, bool),
) -> PotentialBranch {
    let set: Settings = set
        .iter()
        .map(|(key, value)| (key.to_string(), value.to_string()))
        .collect();
    let family = Catalogue::default()
        .family(name, &set)
        .expect("a potential");
    family.require("along", along).expect("a parameter");
    let path = PotentialPath::new(&family, vec![along], Vec::new());
    let settings = PotentialSettings::default();
    let begin = begin(&path, at, Some(start), &settings).expect("a stationary point");
    let continuation = ContinuationSettings::on(range);
    branch(&path, begin, rising, &continuation, &settings).expect("a branch")
}

fn event(branch: &PotentialBranch, kind: EventKind) -> Event {
    let found = branch.events.iter().find(|event| event.kind == kind);
    *found.unwrap_or_else(|| panic!("no {kind:?} in {:?}", branch.events))
}

/// The paramagnet turns unstable at T = max(1, J0), and its replicon 1/T² is 1 at T = 1.
#[test]
fn the_paramagnet_ends_at_the_larger_of_one_and_the_mean_coupling() {
    for (j0, expected) in [("0", 1.0), ("0.5", 1.0), ("1.5", 1.5)] {
        let along = ("T", [0.2, 2.0], 2.0);
        let branch = follow("sk", &[("J0", j0)], along, ("paramagnetic", false));
        assert_eq!(branch.end, BranchEnd::Range(0.2));
        let bifurcation = event(&branch, EventKind::Bifurcation);
        let change = event(&branch, EventKind::StabilityChange);
        let rows = [
            ("bifurcation", bifurcation.value, expected),
            ("replicon", change.value, 1.0),
        ];
        assert_all_close(j0, 2e-8, &rows);
        assert!(branch.points.iter().all(|point| point.x.amax() == 0.0));
    }
}

/// A search from elsewhere ends near m = q = 0, not in it: the branch is that of the paramagnet all
/// the same.
#[test]
fn what_is_zero_but_for_rounding_is_zero_on_the_branch() {
    let along = ("T", [0.2, 2.0], 2.0);
    let branch = follow("sk", &[("J0", "0.5")], along, ("ferromagnetic", false));
    assert_eq!(branch.end, BranchEnd::Range(0.2));
    assert!(branch.points.len() < 100);
}

/// From the glass upwards q vanishes at T = 1; from the ferromagnet m does at T = J0.
#[test]
fn order_vanishes_at_the_transitions() {
    let glass = follow("sk", &[], ("T", [0.2, 2.0], 0.5), ("glass", true));
    let along = ("T", [0.2, 2.0], 0.9);
    let ferromagnet = follow("sk", &[("J0", "1.5")], along, ("ferromagnetic", true));
    for (branch, expected) in [(&glass, 1.0), (&ferromagnet, 1.5)] {
        let onset = event(branch, EventKind::Onset);
        assert!((onset.value - expected).abs() < 2e-8, "{onset:?}");
        assert_eq!(branch.end, BranchEnd::Onset(onset.value));
        let silent = branch.silent.as_ref().expect("the paramagnet");
        assert!(silent.amax() < 1e-9, "{silent}");
    }
}

/// `T² = E sech⁴((J0 m + √q z)/T)` where m and q are iterated by an independent quadrature.
#[test]
fn the_line_of_de_almeida_and_thouless() {
    for j0 in [1.1, 1.25, 1.5, 2.0] {
        let text = format!("{j0:?}");
        let along = ("T", [0.04, 2.2], 0.9 * j0);
        let branch = follow("sk", &[("J0", &text)], along, ("ferromagnetic", false));
        let t = event(&branch, EventKind::StabilityChange).value;
        let (mut m, mut q) = (0.9, 0.8);
        for _ in 0..400 {
            let field = |z: f64| (j0 * m + f64::sqrt(q) * z) / t;
            (m, q) = (
                normal_average(|z| field(z).tanh()),
                normal_average(|z| field(z).tanh().powi(2)),
            );
        }
        let field = |z: f64| (j0 * m + f64::sqrt(q) * z) / t;
        let fourth = normal_average(|z| field(z).cosh().powi(-4));
        assert_all_close(&text, 3e-7, &[("T²", t * t, fourth)]);
    }
    // The same line along the other parameter (from an independent program).
    let along = ("J0", [1.0, 2.0], 2.0);
    let branch = follow("sk", &[("T", "0.5")], along, ("ferromagnetic", false));
    let j0 = event(&branch, EventKind::StabilityChange).value;
    assert_all_close("T = 0.5", 2e-8, &[("J0", j0, 1.2203651724)]);
}

/// The branch of retrieval turns back at the capacity.
#[test]
fn retrieval_folds_at_the_capacity() {
    let capacity = 0.137_905_566_5;
    let at = |name: &str, set: &[(&str, &str)]| {
        let along = ("alpha", [0.03, 0.2], 0.05);
        let branch = follow(name, set, along, ("retrieval", true));
        event(&branch, EventKind::Fold).value
    };
    let fold = at("hopfield-zero-temperature", &[]);
    assert_all_close("T = 0", 2e-9, &[("α", fold, capacity)]);
    let temperatures = ["0.006", "0.009", "0.012", "0.015", "0.018"];
    let folds = temperatures.map(|t| (t.parse().expect("a number"), at("hopfield", &[("T", t)])));
    assert_all_close("T → 0", 2e-6, &[("α", extrapolated(&folds), capacity)]);
    // Along the temperature: T_M(0.05) of the independent program in `hopfield`.
    let along = ("T", [0.05, 1.0], 0.3);
    let branch = follow("hopfield", &[("alpha", "0.05")], along, ("retrieval", true));
    let end = event(&branch, EventKind::Fold).value;
    assert_all_close("α = 0.05", 2e-4, &[("T_M", end, 0.5423)]);
}

fn own_file(text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("own.toml");
    std::fs::write(&path, text).expect("writable");
    let path = path.to_str().expect("a path in Unicode").to_owned();
    (folder, path)
}

/// A user's file, without coupling terms and replicon: `∂Φ = a − (m − 1/2)²`, so that the branch
/// turns at a = 0.
#[test]
fn a_users_potential_folds_where_it_was_made_to() {
    let top = "[parameters]\na = 1.0";
    let text = one_parameter_text(
        top,
        "(-inf, inf)",
        &term("(a - 1/4)*m + m^2/2 - m^3/3"),
        "2",
    );
    let (_folder, path) = own_file(&text);
    let branch = follow(&path, &[], ("a", [-1.0, 2.0], 1.0), ("start", false));
    assert_eq!(branch.end, BranchEnd::Range(2.0));
    let [fold] = branch.events.as_slice() else {
        panic!("one event: {:?}", branch.events)
    };
    assert_eq!(fold.kind, EventKind::Fold);
    assert!(fold.value.abs() < 1e-9 && fold.interval[0] <= 0.0 && 0.0 <= fold.interval[1]);
    for point in &branch.points {
        assert!((point.value - (point.x[0] - 0.5).powi(2)).abs() < 1e-11);
        let description = &point.description;
        assert!(description.replicon.is_none() && description.eigenvalue.is_none());
    }
}

/// A law that is decided when the file is read varies along the path as well.
#[test]
fn a_parameter_of_a_law_varies_along_the_branch() {
    let top = "[parameters]\na = 1.0";
    let average = "[[terms]]\nexpression = \"m*x^2\"\naverage = [\"x ~ uniform(-a, a)\"]";
    let terms = format!("{}\n{average}", term("-m^2/2"));
    let (_folder, path) = own_file(&one_parameter_text(top, "(-inf, inf)", &terms, "1"));
    let branch = follow(&path, &[], ("a", [0.5, 2.0], 2.0), ("start", false));
    assert!(branch.points.len() > 3);
    for point in &branch.points {
        let expected = point.value.powi(2) / 3.0;
        assert!((point.x[0] - expected).abs() < 1e-10, "{point:?}");
    }
}

#[test]
fn unknown_parameters_and_starts_are_refused() {
    let family = Catalogue::default()
        .family("sk", &Settings::new())
        .expect("a potential");
    let error = family.require("along", "J").expect_err("unknown");
    assert!(error.to_string().contains("there are J0, T, h"), "{error}");
    let path = PotentialPath::new(&family, vec!["T"], Vec::new());
    let settings = PotentialSettings::default();
    let error = begin(&path, 0.5, Some("glas"), &settings).expect_err("unknown");
    assert!(
        error.to_string().contains("ferromagnetic, glass"),
        "{error}"
    );
    let error = begin(&path, -0.5, Some("glass"), &settings).expect_err("outside");
    assert!(error.to_string().contains("T must be a number"), "{error}");
}
