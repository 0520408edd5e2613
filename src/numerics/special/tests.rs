//! Reference values were computed with 220-digit arithmetic, at the points exactly as stored.

use super::*;

/// Derivatives of orders 0 to 4; −2 is where the method changes.
#[allow(clippy::approx_constant)] // At 0 some happen to be −ln 2 and −2/π.
#[rustfmt::skip]
const LN_NORMAL_CDF: [(f64, [f64; 5]); 16] = [
    (-800.0, [-320007.60355182335, 800.0012499960937, -0.9999984375146482, 3.90617675924298e-9, 1.4647979748844753e-11]),
    (-40.0, [-804.6084420137538, 40.02496884720726, -0.9993773316214086, 3.101744039648625e-5, 2.314770043891807e-6]),
    (-5.0, [-15.064998393988725, 5.186503967125842, -0.9673035653828878, 0.0108257645063567, 0.0050878369738874465]),
    (-2.0, [-3.783184333682032, 2.373215532822841, -0.8857208995859187, 0.059355861291565816, 0.03942199386594682]),
    (-1.9999999999999998, [-3.783184333682031, 2.3732155328228406, -0.8857208995859187, 0.05935586129156582, 0.03942199386594682]),
    (-1.0, [-1.8410216450092636, 1.525135276160981, -0.8009023344296512, 0.11693119540604884, 0.07917498368074563]),
    (-0.3, [-0.9621028181688507, 0.9981659688584833, -0.6968855107296497, 0.18398317992442131, 0.11037564722092703]),
    (-0.001, [-0.6939453834669652, 0.7985212895629114, -0.636837728595652, 0.21789884126952386, 0.11477504345722624]),
    (-1e-8, [-0.693147188538791, 0.7978845671690631, -0.6366197745477175, 0.21801361299728333, 0.11477068209859574]),
    (0.0, [-0.6931471805599453, 0.7978845608028654, -0.6366197723675814, 0.21801361414499015, 0.11477068205421886]),
    (1e-8, [-0.6931471725810997, 0.7978845544366676, -0.6366197701874452, 0.21801361529269697, 0.11477068200984196]),
    (0.001, [-0.6923496142726883, 0.7972480500564331, -0.6364017013688413, 0.2181283825827461, 0.11476616799267221]),
    (0.3, [-0.4814101615884812, 0.6172208536127345, -0.5661278382182529, 0.2514693129707456, 0.10538921611551455]),
    (1.0, [-0.17275377902344988, 0.2875999709391784, -0.3703137142233946, 0.2957181701822712, 0.0005476900794496556]),
    (5.0, [-2.866516129637636e-7, 1.4867199409049056e-6, -7.433601914860711e-6, 3.568131173676705e-5, -0.00016353957146722403]),
    (37.0, [-5.725571222524577e-300, 2.1200065515246056e-298, -7.84402424064104e-297, 2.9001689624856606e-295, -1.0714937112715662e-293]),
];

/// Derivatives of orders 0 to 4; 1.5 is where the method changes.
#[rustfmt::skip]
const LN_SINHC: [(f64, [f64; 5]); 10] = [
    (0.0, [0.0, 0.0, 0.3333333333333333, 0.0, -0.13333333333333333]),
    (1e-8, [1.6666666666666667e-17, 3.3333333333333334e-9, 0.3333333333333333, -1.3333333333333333e-9, -0.13333333333333333]),
    (0.001, [1.6666666111111146e-7, 0.0003333333111111132, 0.33333326666667723, -0.0001333332910052999, -0.1333332063492508]),
    (0.3, [0.014955255419671121, 0.09940509698840826, 0.3274179801033368, -0.038878410860125744, -0.1222570457558884]),
    (1.0, [0.16143936157119562, 0.3130352854993313, 0.27593833903368953, -0.09856298054796102, -0.04183837715299579]),
    (1.4999999999999998, [0.35031853038918864, 0.4381247263158452, 0.22388042243620543, -0.10523812635997692, 0.011038170325523188]),
    (1.5, [0.3503185303891887, 0.43812472631584526, 0.2238804224362054, -0.10523812635997692, 0.011038170325523206]),
    (5.0, [2.697369506045584, 0.8000908039820194, 0.0398183837905981, -0.01563673459824617, 0.008873337255707289]),
    (40.0, [35.617973365326115, 0.975, 0.000625, -3.125e-5, 2.34375e-6]),
    (800.0, [792.6222410917721, 0.99875, 1.5625e-6, -3.90625e-9, 1.46484375e-11]),
];

/// ln cosh x, tanh x, sech² x.
#[rustfmt::skip]
const HYPERBOLIC: [(f64, [f64; 3]); 9] = [
    (1e-8, [5e-17, 1e-8, 0.9999999999999999]),
    (0.001, [4.999999166666889e-7, 0.0009999996666668, 0.9999990000006667]),
    (0.3, [0.04434076992594031, 0.2913126124515909, 0.9151369618266292]),
    (0.9999999999999999, [0.4337808304830271, 0.7615941559557649, 0.41997434161402614]),
    (1.0, [0.4337808304830272, 0.7615941559557649, 0.4199743416140261]),
    (5.0, [4.3068982183392714, 0.9999092042625951, 0.0001815832309438067]),
    (40.0, [39.30685281944005, 1.0, 7.219405551381661e-35]),
    (350.0, [349.30685281944005, 1.0, 3.943870617503908e-304]),
    (372.0, [371.30685281944005, 1.0, 3e-323]),
];

/// ln(1 + e^x), 1/(1 + e^{−x}).
#[rustfmt::skip]
const LOGISTIC: [(f64, [f64; 2]); 13] = [
    (-700.0, [9.85967654375977e-305, 9.85967654375977e-305]),
    (-40.0, [4.248354255291589e-18, 4.248354255291589e-18]),
    (-5.0, [0.006715348489118068, 0.0066928509242848554]),
    (-1.0, [0.3132616875182228, 0.2689414213699951]),
    (-0.3, [0.5543552444685271, 0.425557483188341]),
    (-0.001, [0.6926473055599401, 0.4997500000208333]),
    (1e-8, [0.6931471855599454, 0.5000000025]),
    (0.001, [0.6936473055599401, 0.5002499999791666]),
    (0.3, [0.8543552444685271, 0.574442516811659]),
    (1.0, [1.3132616875182228, 0.7310585786300049]),
    (5.0, [5.006715348489118, 0.9933071490757152]),
    (40.0, [40.0, 1.0]),
    (800.0, [800.0, 1.0]),
];

/// φ(x), Φ(x).
#[rustfmt::skip]
const NORMAL: [(f64, [f64; 2]); 10] = [
    (-37.3, [3.062846290695667e-303, 8.205494844930773e-305]),
    (-20.1, [7.434525389680312e-89, 3.6896808637213897e-90]),
    (-5.0, [1.4867195147342977e-6, 2.866515718791939e-7]),
    (-1.0, [0.24197072451914334, 0.15865525393145705]),
    (-0.3, [0.3813878154605241, 0.3820885778110474]),
    (-1e-8, [0.39894228040143265, 0.4999999960105772]),
    (0.3, [0.3813878154605241, 0.6179114221889527]),
    (1.0, [0.24197072451914334, 0.8413447460685429]),
    (5.0, [1.4867195147342977e-6, 0.9999997133484281]),
    (8.1, [2.2588094031543087e-15, 0.9999999999999998]),
];

fn assert_relative(value: f64, reference: f64, tolerance: f64, what: &str) {
    let error = (value - reference).abs();
    assert!(
        error <= tolerance * reference.abs(),
        "{what}: {value:e}, not {reference:e}"
    );
}

/// How many numbers lie between two of the same sign, subnormal ones included.
fn steps_between(a: f64, b: f64) -> u64 {
    a.to_bits().abs_diff(b.to_bits())
}

fn grid(from: f64, to: f64, steps: u32) -> impl Iterator<Item = f64> {
    (0..=steps).map(move |i| from + (to - from) * f64::from(i) / f64::from(steps))
}

#[test]
fn exp_agrees_with_std_from_underflow_to_overflow() {
    for x in grid(-747.0, 711.0, 1_000_000).chain(grid(-1.0, 1.0, 100_000)) {
        let (own, std) = (exp(x), x.exp());
        assert!(
            steps_between(own, std) <= 1,
            "exp({x}): {own:e}, not {std:e}"
        );
    }
    assert_eq!([exp(0.0), exp(-0.0)], [1.0, 1.0]);
    assert_eq!([exp(-745.13), exp(-745.14)], [5e-324, 0.0]);
    assert!(exp(709.782712893383).is_finite());
    assert_eq!([exp(709.782712893385), exp(1e300)], [f64::INFINITY; 2]);
    assert_eq!(
        [exp(f64::INFINITY), exp(f64::NEG_INFINITY)],
        [f64::INFINITY, 0.0]
    );
}

#[test]
fn hyperbolic_functions_meet_the_references_and_their_symmetry() {
    for (x, [ln_cosh_x, tanh_x, sech2_x]) in HYPERBOLIC {
        assert_relative(ln_cosh(x), ln_cosh_x, 2e-15, &format!("ln_cosh({x})"));
        assert_relative(tanh(x), tanh_x, 1e-15, &format!("tanh({x})"));
        assert_relative(sech2(x), sech2_x, 1e-15, &format!("sech2({x})"));
    }
    for x in grid(0.0, 50.0, 5_000) {
        assert_eq!([ln_cosh(-x), sech2(-x)], [ln_cosh(x), sech2(x)]);
        assert_eq!(tanh(-x).to_bits(), (-tanh(x)).to_bits());
        assert!((tanh(x).powi(2) + sech2(x) - 1.0).abs() < 1e-15);
    }
    assert_eq!(tanh_sech2(800.0), (1.0, 0.0));
    assert_eq!(tanh_sech2(f64::NEG_INFINITY), (-1.0, 0.0));
    assert_eq!([tanh(1e-300), tanh(5e-324)], [1e-300, 5e-324]);
    assert_eq!(ln_cosh(f64::NEG_INFINITY), f64::INFINITY);
    assert_relative(ln_cosh(-800.0), 799.3068528194401, 1e-15, "ln_cosh(-800)");
}

#[test]
fn logistic_functions_meet_the_references() {
    for (x, [softplus, sigmoid]) in LOGISTIC {
        assert_relative(log1p_exp(x), softplus, 1e-15, &format!("log1p_exp({x})"));
        assert_relative(logistic(x), sigmoid, 1e-15, &format!("logistic({x})"));
    }
    for f in [log1p_exp, logistic] {
        assert_eq!([f(-800.0), f(f64::NEG_INFINITY)], [0.0, 0.0]);
    }
    assert_eq!(log1p_exp(f64::INFINITY), f64::INFINITY);
    assert_eq!(logistic(f64::INFINITY), 1.0);
}

#[test]
fn normal_density_and_distribution_meet_the_references() {
    for (x, [density, distribution]) in NORMAL {
        assert_relative(normal_pdf(x), density, 2e-15, &format!("normal_pdf({x})"));
        assert_relative(
            normal_cdf(x),
            distribution,
            2e-15,
            &format!("normal_cdf({x})"),
        );
    }
    for x in [40.0, 800.0, f64::INFINITY] {
        assert_eq!([normal_pdf(x), normal_pdf(-x)], [0.0, 0.0]);
        assert_eq!([normal_cdf(x), normal_cdf(-x)], [1.0, 0.0]);
    }
    assert_relative(erf(0.5) + erfc(0.5), 1.0, 1e-15, "erf + erfc");
}

#[test]
fn derivatives_of_ln_normal_cdf_meet_the_references() {
    for (x, derivatives) in LN_NORMAL_CDF {
        for (order, reference) in derivatives.into_iter().enumerate() {
            // The fourth derivative has a zero just above 1.
            let tolerance = if order == 4 && x == 1.0 { 1e-12 } else { 2e-13 };
            let value = ln_normal_cdf(order as u32, x);
            assert_relative(
                value,
                reference,
                tolerance,
                &format!("order {order} at {x:e}"),
            );
        }
    }
}

#[test]
fn derivatives_of_ln_sinhc_meet_the_references_and_their_symmetry() {
    for (x, derivatives) in LN_SINHC {
        for (order, reference) in derivatives.into_iter().enumerate() {
            let value = ln_sinhc(order as u32, x);
            assert_relative(value, reference, 2e-13, &format!("order {order} at {x:e}"));
            let sign = if order % 2 == 0 { 1.0 } else { -1.0 };
            assert_eq!(ln_sinhc(order as u32, -x), sign * value);
        }
    }
}

/// The derivative of order n of `sin x/x = ∫ cos(x u) du` over the unit interval is
/// `∫ u^n cos(x u + n π/2) du`: Simpson's rule, on both sides of every change of method.
#[test]
fn derivatives_of_sinc_meet_their_integrals() {
    let intervals = 4000;
    for order in 0..=MAX_ORDER {
        let change = 2.0 + 0.25 * f64::from(order);
        for x in [
            0.0,
            1e-8,
            0.3,
            1.9,
            change - 1e-12,
            change,
            5.0,
            7.5,
            20.0,
            60.0,
        ] {
            let integrand = |index: i32| {
                let u = f64::from(index) / f64::from(intervals);
                let phase = std::f64::consts::FRAC_PI_2 * f64::from(order);
                u.powi(order as i32) * (x * u + phase).cos()
            };
            let weight = |index: i32| match index {
                0 => 1.0,
                index if index == intervals => 1.0,
                index => 2.0 + 2.0 * f64::from(index % 2),
            };
            let sum: f64 = (0..=intervals)
                .map(|index| weight(index) * integrand(index))
                .sum();
            let (value, integral) = (sinc(order, x), sum / (3.0 * f64::from(intervals)));
            assert!(
                (value - integral).abs() < 2e-9,
                "order {order} at {x}: {value}, {integral}"
            );
            let sign = if order % 2 == 0 { 1.0 } else { -1.0 };
            assert_eq!(sinc(order, -x), sign * value);
        }
        // Where the method changes nothing jumps.
        let jump = sinc(order, change) - sinc(order, change - 1e-14);
        assert!(jump.abs() < 1e-13, "order {order}: {jump:e}");
        assert_eq!(sinc(order, f64::INFINITY), 0.0);
        assert!(sinc(order, f64::NAN).is_nan());
    }
    // The second derivative by hand.
    for x in [0.5f64, 3.0, 11.0] {
        let by_hand = (2.0 / x.powi(3) - 1.0 / x) * x.sin() - 2.0 / x.powi(2) * x.cos();
        assert!((sinc(2, x) - by_hand).abs() < 1e-14);
    }
    assert!(sinc(MAX_ORDER + 1, 0.5).is_nan());
}

/// Each order is the slope of the one before it, on both sides of every change of method.
#[test]
fn derivatives_agree_with_differences() {
    let h = 0.01;
    for f in [ln_normal_cdf, ln_sinhc, sinc] {
        for order in 1..=10 {
            // Near 0 the derivatives are largest, and so is the error of the difference.
            let scale = grid(-4.0, 4.0, 80)
                .map(|x| f(order, x).abs())
                .fold(0.0, f64::max);
            for x in grid(-12.0, 12.0, 1201) {
                let g = |steps: f64| f(order - 1, x + steps * h);
                let slope = 45.0 * (g(1.0) - g(-1.0)) - 9.0 * (g(2.0) - g(-2.0)) + g(3.0) - g(-3.0);
                let error = (slope / (60.0 * h) - f(order, x)).abs();
                assert!(
                    error < 1e-9 * scale,
                    "order {order} at {x}: {error:e} of {scale:e}"
                );
            }
        }
    }
}

#[test]
fn logarithms_have_their_limits() {
    assert_eq!(ln_normal_cdf(0, f64::NEG_INFINITY), f64::NEG_INFINITY);
    assert_eq!(ln_normal_cdf(1, f64::NEG_INFINITY), f64::INFINITY);
    assert_eq!(ln_normal_cdf(2, f64::NEG_INFINITY), -1.0);
    assert_eq!(ln_sinhc(0, f64::NEG_INFINITY), f64::INFINITY);
    assert_eq!(ln_sinhc(1, f64::NEG_INFINITY), -1.0);
    for order in 0..=MAX_ORDER {
        assert_eq!(ln_normal_cdf(order, f64::INFINITY), 0.0);
        assert!(ln_normal_cdf(order, 800.0) == 0.0);
        if order > 2 {
            assert_eq!(ln_normal_cdf(order, f64::NEG_INFINITY), 0.0);
            assert_eq!(ln_sinhc(order, f64::INFINITY), 0.0);
        }
    }
    assert!(ln_normal_cdf(MAX_ORDER + 1, 0.5).is_nan() && ln_sinhc(MAX_ORDER + 1, 0.5).is_nan());
}

#[test]
fn nan_gives_nan() {
    let functions = [
        exp, ln_cosh, tanh, sech2, log1p_exp, logistic, erf, erfc, normal_pdf, normal_cdf,
    ];
    assert!(functions.iter().all(|f| f(f64::NAN).is_nan()));
    for order in 0..=MAX_ORDER {
        assert!(ln_normal_cdf(order, f64::NAN).is_nan() && ln_sinhc(order, f64::NAN).is_nan());
    }
}
