use super::*;
use crate::numerics::simd::Isa;

fn scope(names: &[&str]) -> Scope {
    let mut scope = Scope::default();
    for name in names {
        scope.declare(name);
    }
    scope
}

fn read(text: &str) -> Expression {
    scope(&["x", "y", "z", "q", "m", "a", "b"])
        .read(text)
        .unwrap_or_else(|error| panic!("{text}: {error:?}"))
        .expression
}

fn at(expression: &Expression, values: &[(&str, f64)]) -> f64 {
    let inputs: Vec<_> = values
        .iter()
        .map(|(name, _)| (Symbol::new(name), Input::Varying))
        .collect();
    let tape = Tape::new(&inputs, std::slice::from_ref(expression));
    let values: Vec<f64> = values.iter().map(|(_, value)| *value).collect();
    let mut output = [f64::NAN];
    tape.at(&values, &mut output);
    output[0]
}

#[test]
fn arithmetic_follows_the_usual_precedence() {
    for (text, expected) in [
        ("1 + 2*3", 7.0),
        ("-2^2", -4.0),
        ("2^-1", 0.5),
        ("2^3^2", 512.0),
        ("(1 + 2)*3 - 4/2/2", 8.0),
        ("1.5e1 - .5", 14.5),
        ("2 − 3·4", -10.0),
        ("sqrt(2)*sqrt(2)", 2.0),
        ("-x^2*y", -18.0),
        ("x - y - z", -4.0),
        ("x/y/z", 0.3),
    ] {
        let values = [("x", 3.0), ("y", 2.0), ("z", 5.0)];
        assert!(
            (at(&read(text), &values) - expected).abs() < 1e-14,
            "{text}"
        );
    }
}

#[test]
fn like_terms_and_factors_are_collected() {
    for (text, simple) in [
        ("x + x", "2*x"),
        ("x*x/x", "x"),
        ("x - x", "0"),
        ("2*(x + y) - 2*x", "2*y"),
        ("(x*y)^2/(x*x)", "y^2"),
        ("x + y", "y + x"),
        ("x*y*z", "z*x*y"),
        ("exp(x)*exp(-x)", "1"),
        ("ln(exp(x))", "x"),
        ("ln(cosh(x))", "ln_cosh(x)"),
        ("ln(2*cosh(x))", "ln_2cosh(x)"),
        ("ln(1 + exp(x))", "log1p_exp(x)"),
        ("ln(sinh(2*x)/(2*x))", "ln_sinhc(2*x)"),
        ("ln(sinh(sqrt(3)*x)/(sqrt(3)*x))", "ln_sinhc(sqrt(3)*x)"),
        ("ln(sinh(2*x)/x)", "ln(2) + ln_sinhc(2*x)"),
        (
            "log_sum_exp(x + y, x + y, x - y)",
            "x + log_sum_exp(y + ln(2), -y)",
        ),
        ("log_sum_exp(ln(1/2) + x, ln(1/2) - x)", "ln_cosh(x)"),
        ("ln(exp(x)/2 + exp(-x)/2)", "ln_cosh(x)"),
        ("tanh(-x)", "-tanh(x)"),
        ("ln_cosh(y - x)", "ln_cosh(x - y)"),
        ("0*x + 1*y", "y"),
        ("x^0", "1"),
    ] {
        assert_eq!(read(text), read(simple), "{text}: {}", read(text));
    }
}

#[test]
fn derivatives_agree_with_differences() {
    let x = Symbol::new("x");
    for text in [
        "x^3 - 2*x + 1/x",
        "sqrt(1 + x^2)",
        "x^x",
        "exp(-x^2)*sin(3*x) + cos(x)/(2 + sinh(x))",
        "tanh(2*x)^2",
        "sech2(x)*cosh(x)",
        "ln_cosh(3*x)*ln(x)",
        "log1p_exp(x)*logistic(-x)",
        "erf(x) + x*erfc(x/2)",
        "normal_pdf(x)*normal_cdf(2*x)",
        "ln_normal_cdf(-x)",
        "inverse_mills(2*x)",
        "ln_sinhc(2*x) + langevin(x)",
        "log_sum_exp(x, -x^2, ln(2) + 3*x)",
        "2^x",
    ] {
        let mut formula = read(text);
        for order in 1..=3 {
            let derivative = formula.derivative(&x);
            for point in [0.3, 1.1, 2.7] {
                let h = 1e-3;
                let f = |shift: f64| at(&formula, &[("x", point + shift * h)]);
                // Eighth-order central difference.
                let difference = (4.0 / 5.0 * (f(1.0) - f(-1.0)) - 1.0 / 5.0 * (f(2.0) - f(-2.0))
                    + 4.0 / 105.0 * (f(3.0) - f(-3.0))
                    - 1.0 / 280.0 * (f(4.0) - f(-4.0)))
                    / h;
                let exact = at(&derivative, &[("x", point)]);
                let scale = 1.0 + exact.abs() + f(0.0).abs();
                assert!(
                    (exact - difference).abs() < 1e-10 * scale,
                    "order {order} of {text} at {point}: {exact} {difference}"
                );
            }
            formula = derivative;
        }
    }
}

#[test]
fn tails_are_finite_to_the_third_derivative() {
    let x = Symbol::new("x");
    for (text, at_plus, at_minus) in [
        (
            "ln_cosh(x)",
            [800.0 - 2f64.ln(), 1.0, 0.0, 0.0],
            [800.0 - 2f64.ln(), -1.0, 0.0, 0.0],
        ),
        (
            "ln(cosh(x))",
            [800.0 - 2f64.ln(), 1.0, 0.0, 0.0],
            [800.0 - 2f64.ln(), -1.0, 0.0, 0.0],
        ),
        (
            "log_sum_exp(x, 0, -2*x)",
            [800.0, 1.0, 0.0, 0.0],
            [1600.0, -2.0, 0.0, 0.0],
        ),
        ("log1p_exp(x)", [800.0, 1.0, 0.0, 0.0], [0.0; 4]),
        ("tanh(x)", [1.0, 0.0, 0.0, 0.0], [-1.0, 0.0, 0.0, 0.0]),
        ("sech2(x)", [0.0; 4], [0.0; 4]),
        ("erf(x)", [1.0, 0.0, 0.0, 0.0], [-1.0, 0.0, 0.0, 0.0]),
        ("normal_cdf(x)", [1.0, 0.0, 0.0, 0.0], [0.0; 4]),
        // ln Φ(−800) and its derivatives with 60 digits (mpmath).
        (
            "ln_normal_cdf(x)",
            [0.0; 4],
            [
                -320_007.603_551_823_4,
                800.001_249_996_093_8,
                -0.999_998_437_514_648_2,
                3.906_176_759_242_981e-9,
            ],
        ),
        (
            "ln_sinhc(x)",
            [
                800.0 - 1600f64.ln(),
                1.0 - 1.0 / 800.0,
                1.0 / 640_000.0,
                -2.0 / 512_000_000.0,
            ],
            [
                800.0 - 1600f64.ln(),
                -1.0 + 1.0 / 800.0,
                1.0 / 640_000.0,
                2.0 / 512_000_000.0,
            ],
        ),
    ] {
        for (point, expected) in [(800.0, at_plus), (-800.0, at_minus)] {
            for (order, expected) in expected.into_iter().enumerate() {
                let value = at(
                    &read(text).nth_derivative(&x, order as u32),
                    &[("x", point)],
                );
                assert!(
                    (value - expected).abs() <= 1e-11 * f64::abs(expected),
                    "derivative {order} of {text} at {point}: {value} {expected}"
                );
            }
        }
    }
}

#[test]
fn slices_agree_with_points() {
    let formula = read("a*tanh(x*y) + sech2(x*y)/(1 + a^2) + log_sum_exp(x, y, a) - q^m");
    let inputs: Vec<_> = ["x", "y", "a", "q", "m"]
        .map(|name| {
            let uniform = matches!(name, "a" | "m");
            let input = if uniform {
                Input::Uniform
            } else {
                Input::Varying
            };
            (Symbol::new(name), input)
        })
        .into();
    let tape = Tape::new(
        &inputs,
        &[formula.clone(), formula.derivative(&Symbol::new("x"))],
    );
    let points = 150;
    let line = |scale: f64| {
        (0..points)
            .map(|i| scale * f64::from(i) - 3.0)
            .collect::<Vec<f64>>()
    };
    let (x, y, q) = (
        line(0.04),
        line(0.03),
        line(0.1).iter().map(|q| q.abs() + 0.1).collect::<Vec<_>>(),
    );
    for isa in Isa::available() {
        let (mut value, mut slope) = (vec![0.0; points as usize], vec![0.0; points as usize]);
        let inputs: [&[f64]; 5] = [&x, &y, &[0.7], &q, &[1.3]];
        tape.evaluate_with(isa, &inputs, &mut [&mut value, &mut slope]);
        for index in 0..points as usize {
            let mut expected = [0.0; 2];
            tape.at(&[x[index], y[index], 0.7, q[index], 1.3], &mut expected);
            assert_eq!([value[index], slope[index]], expected, "{isa:?}");
        }
    }
}

#[test]
fn nothing_is_computed_twice_or_for_nothing() {
    let x = Symbol::new("x");
    let length = |outputs: &[Expression]| Tape::new(&[(x.clone(), Input::Varying)], outputs).len();
    for (text, expected) in [
        ("sqrt(2)*x*sqrt(3)", 2),
        // x², its opposite inside of the exponential, and the exponential.
        ("x^2 - exp(-x^2)", 5),
        // One of three weights, without the logarithm of their sum.
        ("logistic(x)*tanh(x) + tanh(x)/logistic(x)", 6),
    ] {
        assert_eq!(length(&[read(text)]), expected, "{text}");
    }
    let weights = read("log_sum_exp(x, 0, -2*x)").derivative(&x);
    let both = [weights.clone(), read("log_sum_exp(x, 0, -2*x)")];
    assert_eq!(length(&both), length(&[weights]) + 2);
}

#[test]
fn errors_name_place_reason_and_hint() {
    for (text, start, reason, hint) in [
        ("x + ", 4, "the end of the formula", "operand is missing"),
        ("x ** 2", 3, "expected a number", "x^2"),
        ("2 x", 2, "the name \"x\"", "write *"),
        ("(x + 1", 0, "never closed", "add \")\""),
        ("x)", 1, "never opened", "remove it"),
        ("tanh(x, y)", 0, "takes 1 argument, not 2", "tanh(x)"),
        ("tahn(x)", 0, "unknown function", "\"tanh\""),
        ("log(x)", 0, "unknown function", "ln"),
        ("abs(x)", 0, "unknown function", "smooth"),
        ("1 + w", 4, "unknown name \"w\"", "declared here"),
        ("x / 0", 4, "division by 0", "always 0"),
        ("x $ y", 2, "unexpected character", "formulas use"),
        ("1.2.3", 0, "not a number", "1.5"),
        ("tanh + 1", 0, "unknown name", "tanh(x)"),
        ("", 0, "the end of the formula", "missing"),
        ("x(2)", 0, "unknown function", "write * for a product"),
    ] {
        let error = scope(&["x", "y"]).read(text).expect_err(text);
        assert_eq!(error.span.start, start, "{text}: {error:?}");
        assert!(error.reason.contains(reason), "{text}: {error:?}");
        assert!(error.hint.contains(hint), "{text}: {error:?}");
    }
    let deep = "(".repeat(1000);
    assert!(
        scope(&[])
            .read(&deep)
            .expect_err("deep")
            .reason
            .contains("nested")
    );
    let mut own = scope(&["x"]);
    own.define_function(
        "cube",
        &[Symbol::new("t")],
        read("x").power(Expression::integer(3)),
    );
    let error = own.read("cube(x, x)").expect_err("one argument");
    assert!(
        error.reason.contains("takes 1 argument(s), not 2"),
        "{error:?}"
    );
    let mut later = scope(&["x"]);
    later.announce("h", "let, line 9");
    let error = later.read("x + h").expect_err("used before");
    assert!(
        error.reason.contains("before it is declared (let, line 9)"),
        "{error:?}"
    );
}

#[test]
fn printed_formulas() {
    let names = scope(&[
        "x", "q", "qbar", "m", "mbar", "sigma", "kappa", "alpha", "lambda_1", "w",
    ]);
    for (text, latex, unicode) in [
        (
            "sigma^2/2*(1 - q)*(1 - qbar) - w*m*mbar",
            r"\frac{\sigma^{2} \left(1 - q\right) \left(1 - \bar{q}\right)}{2} - w m \bar{m}",
            "σ² (1 − q) (1 − q\u{304})/2 − w m m\u{304}",
        ),
        (
            "kappa^(-1/2)*ln_2cosh(x)",
            r"\frac{\ln\left(2\right) + \ln\cosh\left(x\right)}{\sqrt{\kappa}}",
            "(ln(2) + ln cosh(x))/√κ",
        ),
        ("sqrt(3)*x^2 - 1", r"\sqrt{3} x^{2} - 1", "√3 x² − 1"),
        ("-lambda_1*alpha", r"-\lambda_{1} \alpha", "−λ₁ α"),
        ("tanh(x)^2", r"\tanh^{2}\left(x\right)", "tanh²(x)"),
        (
            "log_sum_exp(ln(1/3), ln(1/3) + x, ln(1/3) - x)",
            r"\ln\left(1 + e^{x} + e^{-x}\right) - \ln\left(3\right)",
            "ln(1 + e^x + e^(−x)) − ln(3)",
        ),
    ] {
        let expression = names.read(text).expect(text).expression;
        assert_eq!(expression.latex(), latex, "{text}");
        assert_eq!(expression.unicode(), unicode, "{text}");
    }
}

#[test]
fn ranges_decide_whether_a_divisor_can_vanish() {
    let unit = Interval {
        low: 0.0,
        high: 1.0,
    };
    let variables = [
        ("q", unit),
        (
            "m",
            Interval {
                low: -1.0,
                high: 1.0,
            },
        ),
    ]
    .map(|(name, interval)| (Symbol::new(name), interval))
    .into();
    for (text, vanishes) in [
        ("q", true),
        ("1 - q", true),
        ("1 + q", false),
        ("1 + m^2", false),
        ("2 - q*m", false),
        ("m", true),
        ("exp(-x)", false),
        ("x", true),
        ("1 + exp(x)", false),
        ("sqrt(q)", true),
        ("tanh(q) - 2", false),
    ] {
        assert_eq!(
            Interval::of(&read(text), &variables).contains_zero(),
            vanishes,
            "{text}"
        );
    }
}

mod garbage {
    use super::*;
    use proptest::prelude::*;

    /// Whatever is typed ends in a formula or an error inside of the text; a formula has
    /// derivatives and can be printed.
    fn read_anything(text: &str) {
        let mut names = scope(&["x", "y", "q"]);
        names.define_function("own", &[Symbol::new("t")], Expression::variable("t"));
        match names.read(text) {
            Ok(formula) => {
                let slope = formula.expression.derivative(&Symbol::new("x"));
                let _ = (slope.latex(), slope.unicode(), slope.to_string());
                let _ = Interval::of(&slope, &Default::default());
            }
            Err(error) => {
                assert!(error.span.start <= error.span.end && error.span.end <= text.len());
                assert!(text.is_char_boundary(error.span.start), "{error:?}");
                assert!(
                    !error.reason.is_empty() && !error.hint.is_empty(),
                    "{error:?}"
                );
            }
        }
    }

    /// Parts of formulas in any order.
    fn tokens() -> impl Strategy<Value = String> {
        let part = prop::sample::select(vec![
            "x",
            "y",
            "q",
            "own",
            "own(",
            "2",
            "0",
            "-1",
            "1/2",
            ".5",
            "1e300",
            "1e-300",
            "9999999999999999999",
            "+",
            "-",
            "*",
            "/",
            "^",
            "(",
            ")",
            ",",
            "tanh(",
            "ln(",
            "sqrt(",
            "exp(",
            "ln_sinhc(",
            "ln_normal_cdf(",
            "log_sum_exp(",
            "−",
            "·",
            "λ",
            " ",
        ]);
        prop::collection::vec(part, 0..14).prop_map(|parts| parts.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn any_text(text in any::<String>()) {
            read_anything(&text);
        }

        #[test]
        fn any_tokens(text in tokens()) {
            read_anything(&text);
        }
    }
}
