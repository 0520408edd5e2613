//! Searches that end without a point, and definitions that have no saddle-point equations.

use super::*;
use crate::error::Error;

/// How the search from the only start ends, without a point.
fn outcome(definition: &PotentialDefinition) -> PotentialOutcome {
    let solutions = solutions(definition);
    let from_start = |solution: &&Solution| solution.starts == ["start"];
    let only = solutions.iter().find(from_start);
    let only = only.unwrap_or_else(|| panic!("no solution of its own: {solutions:?}"));
    assert_eq!(only.point().err(), Some(only.outcome), "no number");
    assert!(!only.outcome.explanation().is_empty());
    only.outcome
}

#[test]
fn no_stationary_point_is_no_number() {
    for expression in [
        "m",
        "exp(m)",
        "m^3/3 + m",
        "ln_cosh(m) + 2*m",
        "log1p_exp(m)",
    ] {
        let definition = one_parameter("", "(-inf, inf)", &term(expression), "0.5");
        let outcome = outcome(&definition);
        assert_eq!(outcome.name(), "no-root", "{expression}: {outcome:?}");
        assert_eq!(solutions(&definition).len(), 1, "{expression}: the scan");
    }
    // The only stationary point, m = 2, lies outside of the domain.
    let definition = one_parameter("", "[0, 1]", &term("(m - 2)^2"), "0.5");
    assert_eq!(outcome(&definition), PotentialOutcome::NoRoot);
    assert_eq!(solutions(&definition).len(), 1, "the scan");
}

#[test]
fn a_start_outside_of_the_domain() {
    let definition = one_parameter("", "[0, 1]", &term("(m - 0.5)^2"), "1.5");
    assert_eq!(outcome(&definition), PotentialOutcome::LeftDomain);
    // The same where the domain is right and the potential has no value: a negative variance, a
    // logarithm.
    let averaged = "[[terms]]\nexpression = \"tanh(x)^2\"\naverage = [\"x ~ normal(0, m - 1)\"]";
    let definition = one_parameter("", "[0, 1]", averaged, "0.5");
    assert_eq!(outcome(&definition), PotentialOutcome::LeftDomain);
    // Its slope 1/(m − 2) + 2 has a root.
    let definition = one_parameter("", "[0, 1.9]", &term("ln(m - 2) + 2*m"), "0.5");
    assert_eq!(outcome(&definition), PotentialOutcome::LeftDomain);
}

#[test]
fn an_average_that_quadrature_cannot_resolve() {
    // The integrand has a jump of 1/1000 of the spacing's width.
    let rough =
        "[[terms]]\nexpression = \"m^2/2 - m*tanh(100000*(x - 1/3))\"\naverage = [\"x ~ normal\"]";
    let definition = one_parameter("", "(-inf, inf)", rough, "0.5");
    let found = outcome(&definition);
    assert!(
        matches!(found, PotentialOutcome::QuadratureLimit { error } if error > 1e-10),
        "{found:?}"
    );
}

#[test]
fn averages_of_too_many_nodes() {
    let top = "let = [\"sum = a + b + c + d\"]";
    let nested = "[[terms]]\nexpression = \"m^2 + tanh(sum)\"\naverage = [\"a ~ normal\", \"b ~ normal\", \"c ~ normal\", \"d ~ normal\"]";
    let text = one_parameter_text(top, "[0, 1]", nested, "0.5");
    let definition = written(&text.replace("[\"x\"]", "[\"a\", \"b\", \"c\", \"d\"]"));
    let found = outcome(&definition);
    assert_eq!(found.name(), "quadrature-limit");
    assert!(
        found.explanation().contains("nest fewer"),
        "{}",
        found.explanation()
    );
}

fn refusal(definition: &PotentialDefinition) -> String {
    let error = solve(definition, &PotentialSettings::default()).expect_err("no map");
    assert!(matches!(error, Error::Definition { .. }), "{error:?}");
    error.to_string()
}

#[test]
fn coupling_terms_must_be_a_pairing() {
    let averaged =
        "[[terms]]\nexpression = \"m*x + m^2\"\naverage = [\"x ~ normal\"]\ncoupling = true";
    let reason = refusal(&one_parameter("", "[0, 1]", averaged, "0.5"));
    assert!(
        reason.contains("a coupling term has an average"),
        "{reason}"
    );
    for expression in ["m", "exp(m)", "m^3"] {
        let coupling = format!("{}\ncoupling = true", term(expression));
        let reason = refusal(&one_parameter("", "[0, 1]", &coupling, "0.5"));
        assert!(
            reason.contains("coupling terms must"),
            "{expression}: {reason}"
        );
    }
}

#[test]
fn settings_are_checked() {
    let definition = definition("sk", &[]);
    let default = PotentialSettings::default();
    for (settings, field) in [
        (
            PotentialSettings {
                tolerance: 0.0,
                ..default.clone()
            },
            "tolerance",
        ),
        (
            PotentialSettings {
                quadrature_tolerance: f64::NAN,
                ..default.clone()
            },
            "quadrature-tolerance",
        ),
        (
            PotentialSettings {
                random_starts: 10_001,
                ..default
            },
            "random-starts",
        ),
    ] {
        let error = solve(&definition, &settings).expect_err(field).to_string();
        assert!(error.starts_with(field), "{error}");
    }
}

#[test]
fn what_is_shown_may_be_undefined_while_the_point_stays() {
    let top = "observables = [\"root = sqrt(m - 5)\", \"twice = 2*m\", \"average = A\"]\nreplicon = \"ln(-m)\"";
    let terms = format!(
        "{}\n\n[[averages]]\nname = \"A\"\nexpression = \"ln(x)\"\naverage = [\"x ~ normal\"]",
        term("(m - 0.25)^2")
    );
    let definition = one_parameter(top, "[0, 1]", &terms, "0.5");
    let point = point_from(&definition, "start");
    assert!((point.x[0] - 0.25).abs() < 1e-12);
    assert!(observable(&point, "root").is_nan());
    assert!(observable(&point, "average").is_nan());
    assert_eq!(observable(&point, "twice"), 2.0 * point.x[0]);
    assert!(replicon(&point).is_nan());
    // Stability that is not known is no stability.
    assert_ne!(point.is_stable(), Some(true));
}

/// Observables count in the refinement of the quadrature, not only the order parameters.
#[test]
fn observables_are_as_accurate_as_order_parameters() {
    let terms = format!(
        "{}\n\n[[averages]]\nname = \"A\"\nexpression = \"sech2(20*x)\"\naverage = [\"x ~ normal\"]",
        term("(m - 0.25)^2")
    );
    let definition = one_parameter("observables = [\"a = A\"]", "[0, 1]", &terms, "0.5");
    let point = point_from(&definition, "start");
    // E sech²(20 x) by adaptive quadrature to 30 digits (mpmath).
    let expected = 0.039_853_301_693_769_3;
    assert!(
        (observable(&point, "a") - expected).abs() < 1e-9,
        "{point:?}"
    );
}

#[test]
fn starts_that_end_in_one_point_share_a_solution() {
    // Two mirror images and a maximum between them.
    let wells = one_parameter("", "[-3, 3]", &term("(m^2 - 1)^2"), "0.9");
    let settings = PotentialSettings {
        random_starts: 30,
        ..PotentialSettings::default()
    };
    let found = solve(&wells, &settings).expect("valid");
    let points: Vec<&SaddlePoint> = found
        .iter()
        .map(|one| one.point().expect("a point"))
        .collect();
    assert_eq!(points.len(), 2, "{found:?}");
    // By decreasing Φ: the maximum at 0 first.
    assert!(points[0].x[0].abs() < 1e-9 && (points[0].value - 1.0).abs() < 1e-12);
    assert!((points[1].x[0].abs() - 1.0).abs() < 1e-9 && points[1].value.abs() < 1e-12);
    let starts = found.iter().flat_map(|solution| &solution.starts);
    assert_eq!(starts.filter(|name| *name != "scan").count(), 31);
    // The eigenvalue is the second derivative 12 m² − 4, without a map there is no rate.
    assert!((points[1].eigenvalues[0].re - 8.0).abs() < 1e-9);
    assert_eq!((points[1].rate, points[1].is_stable()), (None, None));
}

/// Laplace components in a strong field bend within the first panel of the coarsest rule, which
/// alone is off by 1.5e-7. The reference is a sum by Simpson's rule with 60 000 nodes.
#[test]
fn the_error_of_a_continuous_law_is_noticed() {
    let settings = [
        ("w", "7"),
        ("sigma", "0"),
        ("kappa", "3"),
        ("component", "laplace"),
    ];
    let point = point_from(
        &definition("rbm-thermodynamics", &settings),
        "ferromagnetic",
    );
    let error = (point.x[0] - 0.872_031_930_703_592_5).abs();
    assert!(error < 1e-10, "m = {}", point.x[0]);
}

/// `∫_0^∞` of even functions with a removable singularity at 0, and of one that has not vanished;
/// a width that is not positive has no integral.
#[test]
fn half_lines_integrate_even_functions() {
    let at = |integrand: &str, width: &str| {
        let average = format!(
            "[[terms]]\nexpression = \"{integrand}\"\naverage = [\"x ~ half_line({width})\"]"
        );
        let terms = format!("{}\n{average}", term("-m^2/2"));
        let own = one_parameter("", "(-inf, inf)", &terms, "0.1");
        let saddle = Saddle::new(&own).expect("valid");
        saddle.value(&[0.0], 6)
    };
    let pi = std::f64::consts::PI;
    for (integrand, integral) in [
        ("exp(-x^2/2)", (0.5 * pi).sqrt()),
        ("sin(x)^2/x^2*exp(-x^2/2)", 0.957_476_422_619_561_8),
        ("x/sinh(pi*x/2)", 1.0),
        ("x*(x^2 + 4)/(6*sinh(pi*x/2))", 1.0),
        ("sinc(x)*exp(-x^2/2)", 0.5 * pi * libm::erf(0.5f64.sqrt())),
    ] {
        let value = at(integrand, "2").expect("finite");
        assert_all_close(integrand, 1e-12, &[("integral", value, integral)]);
    }
    assert_eq!(at("exp(-x^2/2)", "m"), Err(Failure::Domain));
    assert_eq!(at("exp(-x^2/2)", "-1"), Err(Failure::Domain));
}

/// Characteristic functions, against sums over their laws, and the laws that have none.
#[test]
fn characteristic_functions_of_priors() {
    let read = |law: &str| {
        let text = one_parameter_text(
            &format!("[priors]\nown = \"{law}\""),
            "(-inf, inf)",
            &format!("{}\n{}", term("-m^2/2"), term("own_characteristic(m)")),
            "0.1",
        );
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("own.toml");
        std::fs::write(&path, text).expect("writable");
        let path = path.to_str().expect("a path in Unicode").to_owned();
        Catalogue::default().potential(&path, &Settings::new())
    };
    for t in [-1.3f64, 0.0, 0.4, 2.0, 7.0] {
        for (law, expected) in [
            ("rademacher", t.cos()),
            ("gaussian", (-0.5 * t * t).exp()),
            ("laplace", 1.0 / (1.0 + 0.5 * t * t)),
            (
                "uniform",
                if t == 0.0 {
                    1.0
                } else {
                    (3f64.sqrt() * t).sin() / (3f64.sqrt() * t)
                },
            ),
            ("ternary", (1.0 + 2.0 * (1.5f64.sqrt() * t).cos()) / 3.0),
            (
                "sparse-ternary(rho=0.3)",
                0.7 + 0.3 * (t / 0.3f64.sqrt()).cos(),
            ),
        ] {
            let saddle = Saddle::new(&read(law).expect("valid")).expect("valid");
            let value = saddle.value(&[t], 0).expect("finite") + 0.5 * t * t;
            assert_all_close(law, 1e-13, &[("E cos(t u)", value, expected)]);
        }
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("skew.toml");
    let skew = "kind = \"prior\"\ntitle = \"Skew\"\nsource = \"a test\"\natoms = [\"-1/2\", 2]\nweights = [\"4/5\", \"1/5\"]\n";
    std::fs::write(&path, skew).expect("writable");
    let error = read(path.to_str().expect("a path in Unicode")).expect_err("not symmetric");
    let error = error.to_string();
    assert!(
        error.contains("there is no \"own_characteristic\""),
        "{error}"
    );
    assert!(error.contains("symmetric atoms"), "{error}");
}
