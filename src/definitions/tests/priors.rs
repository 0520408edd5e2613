//! Priors by name, with parameters, and files that are wrong in one place.

use super::*;
use crate::law::Law;
use crate::symbolic::{Expression, Symbol};

const PAIR: &str = r#"kind = "prior"
title = "Two values"
source = "a test"
atoms = ["-sqrt(p/(1 - p))", "sqrt((1 - p)/p)"]
weights = ["1 - p", "p"]

[parameters]
p = { default = 0.25, domain = "(0, 1)", meaning = "probability of the larger value" }
"#;

fn read(text: &str) -> Result<PriorDefinition> {
    set(text, "")
}

/// With parameters in parentheses: `(p=0.3)`.
fn set(text: &str, parameters: &str) -> Result<PriorDefinition> {
    let folder = folder(&[("own.toml", text)]);
    let catalogue = Catalogue::new(Some(folder.path())).expect("a folder");
    catalogue.prior(&format!("own{parameters}"), "hidden")
}

fn built_in(request: &str) -> Result<PriorDefinition> {
    Catalogue::default().prior(request, "hidden")
}

fn atoms(prior: &PriorDefinition) -> Vec<(f64, f64)> {
    match prior.hidden_law().expect("a law") {
        Law::Separable(atoms) => atoms.atoms().collect(),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn assert_atoms(prior: &PriorDefinition, expected: &[(f64, f64)]) {
    let found = atoms(prior);
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (found, expected) in found.iter().zip(expected) {
        let close = |a: f64, b: f64| (a - b).abs() < 1e-15;
        assert!(
            close(found.0, expected.0) && close(found.1, expected.1),
            "{found:?}"
        );
    }
}

/// Value of a formula without variables, after these replacements.
fn value(formula: &Expression, at: &[(&str, f64)]) -> f64 {
    let numbers = at
        .iter()
        .map(|(name, value)| (Symbol::new(name), Expression::real(*value)))
        .collect();
    formula.substitute(&numbers).constant()
}

#[test]
fn parameters_in_parentheses() {
    let prior = built_in("sparse-ternary(rho=0.3)").expect("valid");
    // ±1/√ρ with probability ρ/2 each: variance 1 for every ρ.
    let size = 1.0 / 0.3f64.sqrt();
    assert_atoms(&prior, &[(-size, 0.15), (0.0, 0.7), (size, 0.15)]);
    let variance: f64 = atoms(&prior).iter().map(|(x, weight)| weight * x * x).sum();
    assert!((variance - 1.0).abs() < 1e-15);
    assert_eq!(prior.values["rho"], 0.3);
    for spelling in ["sparse-ternary( rho = 0.3 )", "sparse-ternary(rho=3e-1)"] {
        let same = built_in(spelling).expect("valid");
        assert_eq!(same.fingerprint(), prior.fingerprint());
    }
    assert_ne!(
        built_in("sparse-ternary").expect("valid").fingerprint(),
        prior.fingerprint()
    );
    let correlated = built_in("correlated-pair(c=-0.2)").expect("valid");
    assert_eq!(correlated.values["c"], -0.2);
}

#[test]
fn wrong_parentheses_and_parameters() {
    for request in [
        "sparse-ternary(",
        "sparse-ternary(rho=0.3",
        "sparse-ternary()",
        "sparse-ternary(0.3)",
        "sparse-ternary(rho=0.3)x",
        "sparse-ternary(rho=0.3,)",
        "sparse-ternary(rho=0.3, rho=0.4)",
    ] {
        let error = built_in(request).expect_err(request);
        assert_invalid(&error, "hidden", "name(key=value, key=value)");
    }
    for (request, words) in [
        ("sparse-ternary(rh=0.3)", "did you mean \"rho\"?"),
        ("sparse-ternary(density=0.3)", "there are rho"),
        ("sparse-ternary(rho=much)", "rho must be a number in (0, 1)"),
        ("sparse-ternary(rho=1)", "rho must be a number in (0, 1)"),
        ("rademacher(p=0.3)", "the definition has no parameters"),
    ] {
        let error = built_in(request).expect_err(request);
        assert_invalid(&error, "set", words);
    }
}

#[test]
fn names_and_aliases() {
    let alias = built_in("bernoulli").expect("an alias");
    let name = built_in("rademacher").expect("a name");
    assert_eq!(alias.fingerprint(), name.fingerprint());
    assert_atoms(&alias, &[(-1.0, 0.5), (1.0, 0.5)]);
    for (request, words) in [
        ("rademachr", "did you mean \"rademacher\"?"),
        ("gausian", "did you mean \"gaussian\"?"),
        ("", "must be one of rademacher, gaussian"),
        ("sk", "must be one of rademacher"),
        ("../priors/rademacher", "must be one of"),
    ] {
        let error = built_in(request).expect_err(request);
        assert_invalid(&error, "hidden", words);
    }
}

#[test]
fn derivatives_of_log_mgf_are_moments() {
    for request in [
        "rademacher",
        "gaussian",
        "uniform",
        "laplace",
        "ternary",
        "sparse-ternary(rho=0.4)",
    ] {
        let prior = built_in(request).expect(request);
        let z = &prior.variables[0];
        let formula = prior.with_values(&prior.log_mgf);
        let moments: Vec<f64> = (0..3)
            .map(|order| value(&formula.nth_derivative(z, order), &[(z.name(), 0.0)]))
            .collect();
        // log 1, mean 0, variance 1.
        for (found, expected) in moments.iter().zip([0.0, 0.0, 1.0]) {
            assert!((found - expected).abs() < 1e-12, "{request}: {moments:?}");
        }
    }
}

/// A parameter may have the name of an argument of the functions that potentials get from the
/// prior.
#[test]
fn parameters_do_not_capture_arguments() {
    let text = PAIR.replace("p = {", "gamma = {");
    let text = text.replace("(p/(1 - p))", "(gamma/(1 - gamma))");
    let text = text.replace("((1 - p)/p)", "((1 - gamma)/gamma)");
    let text = text.replace("[\"1 - p\", \"p\"]", "[\"1 - gamma\", \"gamma\"]");
    let potential = r#"
kind = "potential"
title = "A posterior's normalisation"
source = "a test"
order_parameters = [{ name = "m" }]
terms = [{ expression = "own_log_norm(m, 4/5)" }]
starts = [{ name = "start", m = 0 }]
[priors]
own = "own"
"#;
    // ln Σ p_i exp(0.3 u_i − 0.4 u_i²), u = −1/√3 with 3/4 and √3 with 1/4.
    let (low, high) = (-1.0 / 3f64.sqrt(), 3f64.sqrt());
    let weight = |u: f64| (0.3 * u - 0.4 * u * u).exp();
    let expected = (0.75 * weight(low) + 0.25 * weight(high)).ln();
    for prior in [PAIR, &text] {
        let folder = folder(&[("own.toml", prior), ("norm.toml", potential)]);
        let catalogue = Catalogue::new(Some(folder.path())).expect("a folder");
        let definition = catalogue.potential("norm", &Settings::new());
        let norm = value(
            &definition.expect("valid").terms[0].expression,
            &[("m", 0.3)],
        );
        assert!(
            (norm - expected).abs() < 1e-14,
            "{norm} {expected}: {prior}"
        );
    }
    let clash = text.replace("gamma", "z");
    let named = with(&clash, "title", "variables = [\"z\"]\ntitle");
    for text in [clash, named] {
        assert_refused(&read(&text).expect_err("z twice"), "declares \"z\" twice");
    }
}

/// What is replaced, by what, where the error stands, reason and hint.
type Wrong = (&'static str, &'static str, &'static str, [&'static str; 2]);

const WRONG: [Wrong; 14] = [
    (
        "weights = [\"1 - p\", \"p\"]",
        "weights = [0.5, 0.4]",
        "0.5, 0.4",
        ["not normalised: its weights add up to 0.9", "within 1e-9"],
    ),
    (
        "weights = [\"1 - p\", \"p\"]",
        "weights = [\"1 - p\", \"p/2\"]",
        "\"1 - p\"",
        ["not normalised: its weights add up to 0.875", "within 1e-9"],
    ),
    (
        "weights = [\"1 - p\", \"p\"]",
        "weights = [1.5, -0.5]",
        "-0.5",
        ["the weight is -0.5", "greater than 0"],
    ),
    (
        "weights = [\"1 - p\", \"p\"]",
        "weights = [1, 0]",
        "0]",
        ["the weight is 0", "leave an impossible value out"],
    ),
    (
        "\"-sqrt(p/(1 - p))\"",
        "\"1/(p - 1/4)\"",
        "\"1/(p - 1/4)\"",
        ["the atom is inf", "check the formula"],
    ),
    (
        "\"-sqrt(p/(1 - p))\"",
        "\"-sqrt(rho)\"",
        "rho",
        ["unknown name \"rho\"", "declared here: p"],
    ),
    (
        "\"-sqrt(p/(1 - p))\"",
        "\"-sqr(p)\"",
        "sqr(p)",
        ["unknown function \"sqr\"", "did you mean \"sqrt\"?"],
    ),
    (
        "\"-sqrt(p/(1 - p))\"",
        "true",
        "true",
        ["expected a number or a formula, found boolean", "0.5"],
    ),
    (
        "atoms = [\"-sqrt(p/(1 - p))\", \"sqrt((1 - p)/p)\"]\nweights = [\"1 - p\", \"p\"]",
        "sampler = \"gamma(2, 1)\"",
        "gamma(2, 1)",
        ["no sampler \"gamma\" of 2 arguments", "samplers: normal"],
    ),
    (
        "atoms = [\"-sqrt(p/(1 - p))\", \"sqrt((1 - p)/p)\"]\nweights = [\"1 - p\", \"p\"]",
        "sampler = \"uniform(1, p)\"",
        "uniform(1, p)",
        ["are not parameters of uniform", "samplers"],
    ),
    (
        "atoms = [\"-sqrt(p/(1 - p))\", \"sqrt((1 - p)/p)\"]\nweights = [\"1 - p\", \"p\"]",
        "sampler = \"uniform(1, 2\"",
        "uniform(1, 2",
        ["this is not a sampler", "samplers"],
    ),
    (
        "atoms = [\"-sqrt(p/(1 - p))\", \"sqrt((1 - p)/p)\"]\nweights = [\"1 - p\", \"p\"]",
        "sampler = \"uniform(-1, 1)\"\nlog_mgf = \"ln_sinhc(x)\"\nvariables = [\"t\"]",
        "x)",
        ["unknown name \"x\"", "declared here: p, t"],
    ),
    (
        "atoms = ",
        "atom = ",
        "atom",
        ["unknown field `atom`", "equations/README.md"],
    ),
    (
        "title = \"Two values\"\n",
        "",
        "kind",
        ["missing field `title`", "equations/README.md"],
    ),
];

#[test]
fn wrong_priors_are_shown_with_place_reason_and_hint() {
    read(PAIR).expect("the base of these tests is valid");
    for (from, to, at, words) in WRONG {
        let text = with(PAIR, from, to);
        let error = read(&text).expect_err(to);
        assert_error_at(&text, &error, at, words);
    }
}

const LAW: &str =
    "atoms = [\"-sqrt(p/(1 - p))\", \"sqrt((1 - p)/p)\"]\nweights = [\"1 - p\", \"p\"]\n";

#[test]
fn priors_that_do_not_hold_together_are_refused() {
    for (to, words) in [
        ("", "gives no law: it needs atoms and weights"),
        ("atoms = [1, 2]\n", "atoms and points need weights"),
        (
            "atoms = [1, 2]\nweights = [1]\n",
            "has 2 atoms and 1 weights",
        ),
        (
            "points = [[1, 0], [0, 1]]\nweights = [1]\n",
            "has 2 points and 1 weights",
        ),
        (
            "points = [[1, 0], [0]]\nweights = [0.5, 0.5]\n",
            "has points of 2 and of 1 components",
        ),
        (
            "atoms = [1]\nweights = [1]\nsampler = \"normal\"\n",
            "gives its law twice",
        ),
        (
            "atoms = [1]\nweights = [1]\nlog_mgf = \"z\"\n",
            "the atoms determine it, leave log_mgf out",
        ),
        (
            "atoms = [1]\nweights = [1]\ncorrelation = [[1.0]]\n",
            "only sampler = \"normal\" has a correlation",
        ),
        ("log_mgf = \"z^2/2\"\n", "needs the variables of log_mgf"),
        ("sampler = \"uniform(-1, 1)\"\n", "needs log_mgf"),
    ] {
        let error = read(&with(PAIR, LAW, to)).expect_err(to);
        assert_refused(&error, words);
    }
    for (from, to, words) in [
        (
            "\"(0, 1)\"",
            "\"0..1\"",
            "the domain \"0..1\" of p is not an interval",
        ),
        (
            "default = 0.25",
            "default = 1",
            "the default 1 of p lies outside of its domain (0, 1)",
        ),
    ] {
        let error = read(&with(PAIR, from, to)).expect_err(to);
        assert_refused(&error, words);
    }
}

/// Weights are checked at the values that are set, not only at the defaults.
#[test]
fn normalisation_is_checked_at_the_parameters_that_are_set() {
    let text = with(PAIR, "\"1 - p\", \"p\"]", "\"3/4\", \"p\"]");
    read(&text).expect("normalised at p = 1/4");
    let error = set(&text, "(p=0.5)").expect_err("not at 1/2");
    assert_error_at(&text, &error, "\"3/4\"", ["add up to 1.25", "within 1e-9"]);
    assert_atoms(
        &set(PAIR, "(p=0.5)").expect("valid"),
        &[(-1.0, 0.5), (1.0, 0.5)],
    );
}

#[test]
fn a_parameter_with_a_wrong_key_is_named() {
    for (to, words) in [("defalt = 0.25", "defalt"), ("default = \"many\"", "many")] {
        let text = with(PAIR, "default = 0.25", to);
        let error = read(&text).expect_err(to).to_string();
        assert!(error.contains(words), "{error}");
    }
}
