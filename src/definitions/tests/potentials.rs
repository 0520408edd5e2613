//! Potentials that are wrong in one place.

use super::*;

const SPIN: &str = r#"kind = "potential"
title = "One spin in the field of the others"
source = "a test"
variables = ["x", "y"]
let = ["field = w*m", "cavity = field + x"]
observables = ["ratio = m/q"]
replicon = "A"

[parameters]
w = { default = 1.5, domain = "[0, inf)", meaning = "coupling" }

[priors]
spin = "rademacher"

[[order_parameters]]
name = "m"

[[order_parameters]]
name = "q"
domain = "[0, 1]"

[[terms]]
expression = "q^2/4 - m^2/2"
coupling = true

[[terms]]
expression = "ln_2cosh(x)"
average = ["y ~ spin", "x ~ normal(field*y, q)"]

[[averages]]
name = "A"
expression = "sech2(x)^2"
average = ["y ~ spin", "x ~ normal(field*y, q)"]

[[starts]]
name = "up"
m = 0.5
q = "0.5/(1 + w)"
"#;

fn read(text: &str) -> Result<PotentialDefinition> {
    set(text, &[])
}

fn set(text: &str, pairs: &[(&str, &str)]) -> Result<PotentialDefinition> {
    let folder = folder(&[("own.toml", text)]);
    let path = folder.path().join("own.toml");
    Catalogue::default().potential(path.to_str().expect("Unicode"), &settings(pairs))
}

#[test]
fn the_base_of_these_tests_is_valid() {
    let definition = read(SPIN).expect("valid");
    assert_eq!(definition.terms.len(), 2);
    assert_eq!(definition.names.len(), 2);
    assert_eq!(definition.values["w"], 1.5);
}

/// What is replaced and by what, where the error stands, reason and hint.
type Wrong = (&'static str, &'static str, &'static str, [&'static str; 2]);

const WRONG_FORMULAS: [Wrong; 30] = [
    // Syntax.
    (
        "\"ln_2cosh(x)\"",
        "\"ln_2cosh(x) + \"",
        "\"",
        ["found the end of the formula", "operand is missing"],
    ),
    (
        "q^2/4 - m^2/2",
        "q^2/4 - m**2/2",
        "*2/2",
        ["expected a number", "x^2"],
    ),
    (
        "q^2/4 - m^2/2",
        "q^2/4 - (m^2/2",
        "(m^2/2",
        ["never closed", "add \")\""],
    ),
    (
        "q^2/4 - m^2/2",
        "q^2/4 - m^2/2 % 3",
        "% 3",
        ["unexpected character", "formulas use"],
    ),
    // Names.
    (
        "\"ln_2cosh(x)\"",
        "\"m + lncosh(x)\"",
        "lncosh(x)",
        ["unknown function \"lncosh\"", "\"ln_cosh\""],
    ),
    (
        "\"ln_2cosh(x)\"",
        "\"tanh(x + caviti)\"",
        "caviti",
        ["unknown name \"caviti\"", "did you mean \"cavity\"?"],
    ),
    (
        "\"ln_2cosh(x)\"",
        "\"tanh(x*temperature)\"",
        "temperature",
        ["unknown name", "declared here: "],
    ),
    (
        "\"ln_2cosh(x)\"",
        "\"spin_mean(x, x)\"",
        "spin_mean",
        ["spin_mean takes 1 argument(s), not 2", "spin_mean(z)"],
    ),
    (
        "\"ln_2cosh(x)\"",
        "\"spin_meen(x)\"",
        "spin_meen",
        ["unknown function", "did you mean \"spin_mean\"?"],
    ),
    // Names of `let`.
    (
        "[\"field = w*m\", \"cavity",
        "[\"field = w*m + cavity\", \"cavity",
        "cavity",
        ["used before it is declared", "move its declaration up"],
    ),
    (
        "\"field = w*m\"",
        "\"field = w*m + field\"",
        "field\"",
        ["used before it is declared", "move its declaration up"],
    ),
    (
        "\"cavity = ",
        "\"field = ",
        "field = field",
        ["\"field\" is declared twice", "another name"],
    ),
    (
        "\"cavity = ",
        "\"m = ",
        "m = ",
        ["\"m\" is declared twice", "another name"],
    ),
    (
        "\"cavity = field + x\"",
        "\"cavity: field + x\"",
        "cavity:",
        ["expected name = formula", "write"],
    ),
    // Singular within the domain of an order parameter.
    (
        "q^2/4 - m^2/2",
        "m^2/2 - 3/q",
        "q\"",
        ["divides by q, which can be 0: q lies in [0, 1]", "(0, 1]"],
    ),
    (
        "q^2/4 - m^2/2",
        "m^2*q^(-1)",
        "q^(-1)",
        ["divides by q", "open the domain"],
    ),
    (
        "q^2/4 - m^2/2",
        "m*sqrt(q)",
        "sqrt(q)",
        ["has a root, whose derivative divides by q", "normal(0, q)"],
    ),
    (
        "q^2/4 - m^2/2",
        "m + (1 - q)^0.5",
        "1 - q",
        ["has a root", "open the domain"],
    ),
    (
        "q^2/4 - m^2/2",
        "m + ln(1 - q)",
        "ln(1 - q)",
        ["takes the logarithm of 1 − q", "rewrite it"],
    ),
    (
        "\"x ~ normal(field*y, q)\"]\n\n[[averages",
        "\"x ~ normal(field*y, q/m)\"]\n\n[[averages",
        "m)",
        ["divides by m", "open the domain"],
    ),
    (
        "\"cavity = field + x\"",
        "\"cavity = ln(m)\"",
        "ln(m)",
        ["takes the logarithm of m", "open the domain"],
    ),
    // Averages.
    (
        "average = [\"y ~ spin\", \"x ~ normal(field*y, q)\"]\n\n[[averages",
        "average = [\"y ~ spin\", \"z ~ normal(field*y, q)\"]\n\n[[averages",
        "z ~",
        ["undeclared variable \"z\"", "declared in variables: x, y"],
    ),
    (
        "\"ln_2cosh(x)\"\naverage = [\"y ~ spin\", ",
        "\"ln_2cosh(x)\"\naverage = [",
        "field*y",
        ["depends on \"y\", which is not averaged over", "y ~ normal"],
    ),
    (
        "average = [\"y ~ spin\", \"x ~ normal(field*y, q)\"]\n\n[[averages",
        "average = [\"x ~ normal(field*y, q)\", \"y ~ spin\"]\n\n[[averages",
        "field*y",
        ["depends on \"y\"", "y ~ normal"],
    ),
    (
        "\"ln_2cosh(x)\"\naverage = [\"y ~ spin\", ",
        "\"ln_2cosh(x)\"\naverage = [\"y ~ spin\", \"y ~ normal\", ",
        "y ~ normal\"",
        ["\"y\" is averaged over twice", "remove one"],
    ),
    (
        "q^2/4 - m^2/2",
        "q^2/4 - cavity",
        "q^2/4",
        ["depends on \"x\"", "x ~ normal"],
    ),
    (
        "\"ratio = m/q\"",
        "\"ratio = x/q\"",
        "x/q",
        ["depends on \"x\"", "x ~ normal"],
    ),
    (
        "\"ln_2cosh(x)\"\naverage = [\"y ~ spin\"",
        "\"ln_2cosh(x)\"\naverage = [\"y in spin\"",
        "y in spin",
        ["expected a variable, ~ and a law", "x ~ normal"],
    ),
    (
        "\"ln_2cosh(x)\"\naverage = [\"y ~ spin\"",
        "\"ln_2cosh(x)\"\naverage = [\"y ~ rademachr\"",
        "rademachr",
        ["did you mean \"rademacher\"?", "laws: normal"],
    ),
    (
        "\"ln_2cosh(x)\"\naverage = [\"y ~ spin\"",
        "\"ln_2cosh(x)\"\naverage = [\"y ~ normal(1)\"",
        "normal(1)",
        ["normal takes two arguments", "normal(mean, variance)"],
    ),
];

#[test]
fn wrong_formulas_are_shown_with_place_reason_and_hint() {
    for (from, to, at, words) in WRONG_FORMULAS {
        let text = with(SPIN, from, to);
        let error = read(&text).expect_err(to);
        assert_error_at(&text, &error, at, words);
    }
}

const WRONG_LAWS: [Wrong; 7] = [
    (
        "y ~ spin\"",
        "y ~ uniform(0, m)\"",
        "m)",
        ["may not depend on \"m\"", "only normal"],
    ),
    (
        "y ~ spin\"",
        "y ~ uniform(1, -w)\"",
        "uniform(1",
        ["is not a law", "in order"],
    ),
    (
        "y ~ spin\"",
        "y ~ laplace(0)\"",
        "laplace(0)",
        ["is not a law", "positive scale"],
    ),
    (
        "y ~ spin\"",
        "y ~ correlated-pair\"",
        "correlated-pair",
        ["not a law of one real variable", "atoms or a sampler"],
    ),
    (
        "y ~ spin\"",
        "y ~ normal(0, 1\"",
        "y ~ normal",
        ["expected a variable", "x ~ normal"],
    ),
    (
        "y ~ spin\"",
        "y ~ spin(rho=0.3)\"",
        "spin(rho",
        ["is a prior of this potential", "set its parameters"],
    ),
    (
        "y ~ spin\"",
        "y ~ sparse-ternary(rho=3)\"",
        "sparse-ternary",
        ["rho must be a number in (0, 1)", "laws"],
    ),
];

#[test]
fn wrong_laws_are_shown_with_place_reason_and_hint() {
    let short = with(
        SPIN,
        "\n[[averages]]\nname = \"A\"\nexpression = \"sech2(x)^2\"\naverage = [\"y ~ spin\", \"x ~ normal(field*y, q)\"]\n",
        "",
    );
    let short = with(&short, "replicon = \"A\"\n", "");
    for (from, to, at, words) in WRONG_LAWS {
        let text = with(&short, from, to);
        let error = read(&text).expect_err(to);
        assert_error_at(&text, &error, at, words);
    }
}

#[test]
fn line_and_column_as_numbers() {
    let text = with(SPIN, "\"ln_2cosh(x)\"", "\"ln_2cosh(x) + tahn(x)\"");
    let error = read(&text).expect_err("unknown function").to_string();
    let expected = concat!(
        "own.toml:27:29: unknown function \"tahn\"; did you mean \"tanh\"?\n",
        "  expression = \"ln_2cosh(x) + tahn(x)\"\n",
        "                              ^"
    );
    assert!(error.ends_with(expected), "{error}");
}

#[test]
fn columns_count_characters() {
    for (from, to, expected) in [
        ("\"q^2/4 - m^2/2\"", "\"w·m − λ\"", 21),
        ("[\"ratio = m/q\"]", "[\"größe = m\", \"r = λ\"]", 34),
    ] {
        let text = with(SPIN, from, to);
        let error = read(&text).expect_err("λ is unknown");
        assert_error_at(&text, &error, "λ", ["unknown name \"λ\"", "declared here"]);
        let Error::Formula { column, .. } = error else {
            panic!("{error}");
        };
        assert_eq!(column, expected);
    }
}

/// Escapes make the text of a formula another than the text of the file: the place is then that of
/// the string.
#[test]
fn escapes_and_long_strings_have_a_place() {
    for (string, at) in [
        (r#""w*m \u002B tahn(m)""#, "\"w*m"),
        (r#""w*m \t+ tahn(m)""#, "\"w*m"),
        (r#"'w*m + tahn(m)'"#, "tahn(m)"),
        ("\"\"\"w*m +\n   tahn(m)\"\"\"", "tahn(m)"),
        ("\"\"\"\nw*m + \\\n   tahn(m)\"\"\"", "\"\"\""),
        ("'''\nw*m + tahn(m)'''", "tahn(m)"),
        (r#""tahn(m)""#, "tahn(m)"),
    ] {
        let text = with(SPIN, "\"q^2/4 - m^2/2\"", string);
        let error = read(&text).expect_err(string);
        assert_error_at(&text, &error, at, ["unknown function \"tahn\"", "\"tanh\""]);
    }
}

#[test]
fn nesting_and_length_are_bounded() {
    for formula in [
        format!("{}m{}", "(".repeat(300), ")".repeat(300)),
        format!("{}m{}", "tanh(".repeat(300), ")".repeat(300)),
        "-".repeat(100_000) + "m",
        "m^".repeat(100_000) + "m",
        "1/(".repeat(100_000),
        "m + ".repeat(100_000) + "m",
        "m*tanh(w)*".repeat(50_000) + "m",
        format!("log_sum_exp({})", vec!["m"; 100_000].join(",")),
    ] {
        let text = with(SPIN, "\"q^2/4 - m^2/2\"", &format!("\"{formula}\""));
        let error = read(&text).expect_err("too deep or too long").to_string();
        let known = error.contains("nested deeper") || error.contains("is longer than");
        assert!(known, "{}", error.lines().next().unwrap_or_default());
    }
    // Names put into each other: a long chain, and one that doubles with each link.
    for (links, link) in [(3000, "tanh(tA)"), (30, "tanh(tA)*sin(tA)")] {
        let mut names = vec!["\"field = w*m\"".to_owned(), "\"t0 = field\"".to_owned()];
        names.extend((1..links).map(|index| {
            let body = link.replace('A', &(index - 1).to_string());
            format!("\"t{index} = {body}\"")
        }));
        let text = with(SPIN, "\"field = w*m\"", &names.join(", "));
        let error = read(&text).expect_err("too deep or too large").to_string();
        assert!(error.contains("with its names put in"), "{error}");
    }
    // What people write is far below.
    let long = vec!["ln_cosh(w*m)*q^2"; 100].join(" + ");
    read(&with(SPIN, "q^2/4 - m^2/2", &long)).expect("valid");
}

/// Mistakes in the form of the file: what is replaced, by what, where the error stands, and what it
/// says.
const WRONG_FORM: [(&str, &str, &str, &str); 10] = [
    (
        "replicon = ",
        "replikon = ",
        "replikon",
        "unknown field `replikon`",
    ),
    (
        "coupling = true",
        "coupled = true",
        "coupled",
        "unknown field `coupled`",
    ),
    (
        "coupling = true",
        "coupling = 1",
        "1",
        "invalid type: integer `1`, expected a boolean",
    ),
    (
        "name = \"m\"",
        "nome = \"m\"",
        "nome",
        "unknown field `nome`",
    ),
    (
        "title = \"One spin in the field of the others\"\n",
        "",
        "kind",
        "missing field `title`",
    ),
    (
        "[[starts]]",
        "[starts]",
        "[starts]",
        "invalid type: map, expected a sequence",
    ),
    (
        "kind = \"potential\"",
        "kind = \"potentials\"",
        "\"potentials\"",
        "unknown variant `potentials`",
    ),
    (
        "\"0.5/(1 + w)\"",
        "\"0.5/(1 + w)",
        "",
        "invalid basic string",
    ),
    (
        "kind = \"potential\"\n",
        "",
        "title",
        "missing field `kind`",
    ),
    (
        "domain = \"[0, 1]\"",
        "domain = \"[0, 1]\"\ndomain = \"[0, 1]\"",
        "domain",
        "duplicate key",
    ),
];

#[test]
fn wrong_form_is_shown_with_its_place() {
    for (from, to, at, reason) in WRONG_FORM {
        let text = with(SPIN, from, to);
        let error = read(&text).expect_err(to);
        assert_error_at(&text, &error, at, [reason, "equations/README.md"]);
    }
}

/// The same for what holds the file as a whole.
const REFUSED: [(&str, &str, &str); 17] = [
    ("name = \"q\"", "name = \"m\"", "declares \"m\" twice"),
    ("name = \"q\"", "name = \"w\"", "declares \"w\" twice"),
    (
        "variables = [\"x\", \"y\"]",
        "variables = [\"x\", \"y\", \"m\"]",
        "declares \"m\" twice",
    ),
    ("name = \"A\"", "name = \"m\"", "declares \"m\" twice"),
    (
        "name = \"q\"",
        "name = \"q-bar\"",
        "\"q-bar\" is not a name: use letters, digits and _",
    ),
    ("name = \"q\"", "name = \"\"", "\"\" is not a name"),
    (
        "domain = \"[0, 1]\"",
        "domain = \"0 to 1\"",
        "the domain \"0 to 1\" of q is not an interval such as \"(0, 1]\"",
    ),
    (
        "domain = \"[0, 1]\"",
        "domain = \"[1, 0]\"",
        "the domain \"[1, 0]\" of q is not an interval",
    ),
    (
        "domain = \"[0, 1]\"",
        "domain = \"[0, 0]\"",
        "is not an interval",
    ),
    (
        "domain = \"[0, 1]\"",
        "domain = \"[0, nan]\"",
        "is not an interval",
    ),
    (
        "domain = \"[0, 1]\"",
        "domain = \"≤ 1\"",
        "is not an interval",
    ),
    (
        "domain = \"[0, inf)\"",
        "domain = \"[2, inf)\"",
        "the default 1.5 of w lies outside of its domain [2, ∞)",
    ),
    ("m = 0.5\n", "", "start \"up\": gives no value for m"),
    (
        "m = 0.5\n",
        "m = 0.5\np = 1\n",
        "start \"up\": \"p\" is not an order parameter",
    ),
    (
        "m = 0.5\n",
        "m = true\n",
        "start \"up\": m is neither a number nor a formula",
    ),
    (
        "\"0.5/(1 + w)\"",
        "\"0.5/m\"",
        "start \"up\": q: unknown name \"m\"",
    ),
    (
        "[[starts]]\nname = \"up\"\nm = 0.5\nq = \"0.5/(1 + w)\"\n",
        "",
        "missing field `starts`",
    ),
];

#[test]
fn files_that_do_not_hold_together_are_refused() {
    for (from, to, words) in REFUSED {
        let error = read(&with(SPIN, from, to)).expect_err(to);
        match error {
            Error::Formula { ref reason, .. } => assert!(reason.contains(words), "{error}"),
            _ => assert_refused(&error, words),
        }
    }
    // An empty list in place of the tables.
    let (head, _) = SPIN.split_once("[[starts]]").expect("starts");
    let text = format!("starts = []\n{head}");
    assert_refused(&read(&text).expect_err("no starts"), "has no starts");
}

#[test]
fn settings_override_parameters_and_priors() {
    let definition = set(
        SPIN,
        &[("w", " 0.25 "), ("spin", "sparse-ternary(rho=0.5)")],
    );
    let definition = definition.expect("valid");
    assert_eq!(definition.values["w"], 0.25);
    let AverageLaw::Discrete(atoms) = &definition.terms[1].average[0].law else {
        panic!("{:?}", definition.terms[1].average);
    };
    let size = 2f64.sqrt();
    assert_eq!(atoms.len(), 3);
    for ((value, weight), expected) in atoms.iter().zip([(-size, 0.25), (0.0, 0.5), (size, 0.25)]) {
        assert!((value - expected.0).abs() < 1e-15 && (weight - expected.1).abs() < 1e-15);
    }
}

#[test]
fn wrong_settings_name_what_there_is() {
    for (name, value, words) in [
        ("v", "1", "no such parameter: there are w, spin"),
        ("spn", "ternary", "did you mean \"spin\"?"),
        ("W", "1", "no such parameter"),
        ("w", "strong", "w must be a number in [0, ∞)"),
        ("w", "", "w must be a number"),
        ("w", "-1", "w must be a number in [0, ∞)"),
        ("w", "inf", "w must be a number"),
        ("w", "nan", "w must be a number"),
    ] {
        let error = set(SPIN, &[(name, value)]).expect_err(name);
        assert_invalid(&error, "set", words);
    }
    let error = set(SPIN, &[("spin", "ternery")]).expect_err("no such prior");
    assert_invalid(&error, "spin", "did you mean \"ternary\"?");
    let error = set(SPIN, &[("spin", "sherrington-kirkpatrick")]).expect_err("a potential");
    assert_invalid(&error, "spin", "must be one of rademacher");
    let bare = with(
        SPIN,
        "w = { default = 1.5, domain = \"[0, inf)\", meaning = \"coupling\" }",
        "w = 2",
    );
    assert_eq!(
        read(&bare).expect("a bare number is a default").values["w"],
        2.0
    );
}

/// Open ends are not reached: what vanishes only there is no singularity.
#[test]
fn open_domains_admit_division() {
    let open = with(SPIN, "domain = \"[0, 1]\"", "domain = \"(0, 1)\"");
    for formula in [
        "m/q",
        "m/q^2",
        "m/q^3",
        "m/sqrt(q)",
        "ln(q)",
        "ln(q*(1 - q))",
        "m/(q*(1 - q))",
        "m/(q^2*sqrt(1 - q))",
        "ln(1/q)",
        "sqrt(q/(1 - q))",
        "ln(q^2)",
    ] {
        let text = with(&open, "q^2/4 - m^2/2", formula);
        if let Err(error) = read(&text) {
            panic!("{formula}: {error}");
        }
    }
    for formula in [
        "m/(q - 1/2)",
        "ln(q - 1/2)",
        "sqrt(m)",
        "1/(m*q)",
        "m/(q^2 - 1/4)",
    ] {
        let error = read(&with(&open, "q^2/4 - m^2/2", formula)).expect_err(formula);
        assert!(
            error.to_string().contains("which can be 0"),
            "{formula}: {error}"
        );
    }
}
