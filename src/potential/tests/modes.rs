//! `rbm-thermodynamics-2` and `-3`: modes of the ±1 RBM, single and mixed. Numbers are those of
//! an independent program; what is said of stability is compared with the map of `composite`.

use super::composite::{LAWS, Rbm, kurtosis};
use super::thermodynamics::TABLE;
use super::*;
use crate::numerics::symmetric::eigenvalues;
use nalgebra::DVector;

/// The definition of an RBM with two or three modes.
fn modes(rbm: &Rbm) -> PotentialDefinition {
    let mut pairs = vec![
        ("component".to_owned(), rbm.law.to_owned()),
        ("sigma".into(), format!("{:?}", rbm.sigma)),
        ("kappa".into(), format!("{:?}", rbm.kappa)),
    ];
    for a in 0..rbm.modes() {
        for (name, values) in [("w", &rbm.w), ("eta", &rbm.eta), ("theta", &rbm.theta)] {
            pairs.push((format!("{name}_{}", a + 1), format!("{:?}", values[a])));
        }
    }
    let pairs: Vec<(&str, &str)> = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    definition(&format!("rbm-thermodynamics-{}", rbm.modes()), &pairs)
}

/// Hidden and visible order parameters.
fn layers(point: &SaddlePoint) -> (&[f64], &[f64]) {
    point.x.split_at(point.x.len() / 2)
}

/// Largest real part of the composite map's eigenvalues, squares of those of the map.
fn composite_rate(point: &SaddlePoint) -> f64 {
    let squares = point.eigenvalues.iter().map(|value| (value * value).re);
    squares.fold(f64::NEG_INFINITY, f64::max)
}

/// All points that the starts lead to; every search has one.
fn points(definition: &PotentialDefinition) -> Vec<SaddlePoint> {
    let found = solutions(definition);
    let point = |solution: &Solution| solution.point().expect("every search converges").clone();
    found.iter().map(point).collect()
}

/// Sizes of the hidden magnetisations.
fn sizes(point: &SaddlePoint) -> Vec<f64> {
    let hidden = layers(point).0;
    hidden[..hidden.len() - 1].iter().map(|m| m.abs()).collect()
}

/// Whether the modes with a magnetisation are these, counted from 0.
fn is_on(point: &SaddlePoint, wanted: &[usize]) -> bool {
    let sizes = sizes(point);
    (0..sizes.len()).all(|a| (sizes[a] > 1e-6) == wanted.contains(&a))
}

/// The point on these modes and on no others.
fn on<'a>(points: &'a [SaddlePoint], wanted: &[usize]) -> &'a SaddlePoint {
    let own = points.iter().find(|point| is_on(point, wanted));
    own.unwrap_or_else(|| panic!("no point on modes {wanted:?} in {points:?}"))
}

/// A mode of strength 0 changes nothing: R1, R2, R4, R6, R9 of `thermodynamics`, m and q, m̄ and q̄,
/// Φ; ρ, λ_AT, w_c.
#[test]
fn silent_modes_change_nothing() {
    let magnetised = TABLE.into_iter().filter(|row| row.3 == "ferromagnetic");
    for (_, law, parameters, _, orders, numbers) in magnetised {
        let [w, sigma, kappa] = parameters;
        let [m, q, mbar, qbar, value] = orders;
        let [rho, at, w_c] = numbers;
        for strengths in [vec![w, 0.0], vec![0.0, w], vec![0.0, w, 0.0]] {
            let own = strengths.iter().position(|own| *own > 0.0).expect("one");
            let rbm = Rbm::new(law, &strengths, sigma, kappa);
            let points = points(&modes(&rbm));
            let point = on(&points, &[own]);
            let (hidden, visible) = layers(point);
            let rows = [
                ("m", sizes(point)[own], m),
                ("q", hidden[strengths.len()], q),
                ("m̄", visible[own].abs(), mbar),
                ("q̄", visible[strengths.len()], qbar),
                ("Φ", point.value, value),
            ];
            let context = format!("{law}, w = {strengths:?}, σ = {sigma}, κ = {kappa}");
            assert_all_close(&context, 2e-10, &rows);
            let rows = [
                ("ρ", composite_rate(point), rho),
                ("λ_AT", replicon(point), at),
                ("w_c", observable(point, "w_c"), w_c),
            ];
            assert_all_close(&context, 1e-8, &rows);
        }
    }
}

/// Laplace components at w = (1.5, 1.4), σ = κ = 1/2: the single mode is not stable, and a mixture
/// leads.
#[test]
fn laplace_components_mix() {
    let rbm = Rbm::new("laplace", &[1.5, 1.4], 0.5, 0.5);
    let points = points(&modes(&rbm));
    let single = on(&points, &[0]);
    let rows = [
        ("m₁", sizes(single)[0], 0.391232742515),
        ("Φ", single.value, 1.6411992131),
    ];
    assert_all_close("mode 1", 2e-10, &rows);
    assert_all_close("mode 1", 1e-6, &[("ρ", composite_rate(single), 1.175678)]);
    assert_eq!(single.is_stable(), Some(false));
    let mixture = &points[0];
    assert!(is_on(mixture, &[0, 1]) && mixture.value > single.value);
    assert_eq!(mixture.is_stable(), Some(true));
    let visible = layers(mixture).1;
    let rows = [
        ("m̄₁", visible[0].abs(), 0.3881),
        ("m̄₂", visible[1].abs(), 0.2447),
    ];
    assert_all_close("mixture", 5e-5, &rows);
}

/// A stable mixture of three Bernoulli modes.
#[test]
fn three_bernoulli_modes_mix() {
    let rbm = Rbm::new("bernoulli", &[3.0, 2.95, 2.9], 0.3, 0.5);
    let points = points(&modes(&rbm));
    let mixture = on(&points, &[0, 1, 2]);
    let sizes = sizes(mixture);
    let rows = [
        ("m₁", sizes[0], 0.421037010303),
        ("m₂", sizes[1], 0.403053145861),
        ("m₃", sizes[2], 0.396631551023),
        ("Φ", mixture.value, 2.3678475934),
    ];
    assert_all_close("mixture", 2e-10, &rows);
    assert_all_close(
        "mixture",
        1e-8,
        &[("ρ", composite_rate(mixture), 0.64196137)],
    );
    assert_eq!(mixture.is_stable(), Some(true));
    for mode in 0..3 {
        assert_eq!(on(&points, &[mode]).is_stable(), Some(true));
    }
    assert!(is_on(&points[0], &[0]), "the strongest mode leads");
}

/// Every point of two modes: a fixed point of the independent map, with its Φ, λ_AT and largest
/// eigenvalue, and stable exactly where that map says so.
#[test]
fn two_modes_meet_an_independent_map() {
    for law in LAWS {
        for (w, sigma, kappa) in [([1.5, 1.4], 0.5, 0.5), ([2.1, 1.9], 1.2, 2.0)] {
            let rbm = Rbm::new(law, &w, sigma, kappa);
            for point in points(&modes(&rbm)) {
                let (hidden, visible) = layers(&point);
                let context = format!("{law}, w = {w:?}, σ = {sigma}, κ = {kappa}: {hidden:?}");
                let (up, down) = (rbm.up(hidden), rbm.down(visible));
                let pairs = hidden.iter().zip(&down).chain(visible.iter().zip(&up));
                let residual = pairs
                    .map(|(x, image)| (x - image).abs())
                    .fold(0.0, f64::max);
                let at = rbm.replicon(hidden, visible);
                let rows = [
                    ("residual", residual, 0.0),
                    ("Φ", point.value, rbm.value(hidden, visible)),
                    ("λ_AT", replicon(&point), at),
                ];
                assert_all_close(&context, 1e-9, &rows);
                if hidden[2] < 0.1 {
                    // The paramagnet, whose q may not be negative: eigenvalues w², σ⁴.
                    assert_eq!(point.is_stable(), Some(false), "{context}");
                    continue;
                }
                let rho = rbm.largest_eigenvalue(hidden);
                assert_all_close(&context, 2e-8, &[("ρ", composite_rate(&point), rho)]);
                assert_eq!(point.is_stable(), Some(rho < 1.0 && at < 1.0), "{context}");
            }
        }
    }
}

/// Where the independent map ends from many starts: at the stable points and at no others; the
/// leading point is the one with the largest Φ among these.
#[test]
fn attractors_of_an_independent_map_are_the_stable_points() {
    for (law, expected) in [
        ("bernoulli", 2),
        ("uniform", 2),
        ("gaussian", 1),
        ("laplace", 1),
    ] {
        let rbm = Rbm::new(law, &[1.5, 1.4], 0.5, 0.5);
        let points = points(&modes(&rbm));
        let mut ends: Vec<(Vec<f64>, f64)> = Vec::new();
        for angle in [0.02, 0.4, 0.75, 1.2, 1.55] {
            let mut x = vec![0.5 * f64::cos(angle), 0.5 * f64::sin(angle), 0.4];
            // Away from a saddle nearby the way is long.
            for _ in 0..600 {
                let next = rbm.composite(&x);
                let step = next
                    .iter()
                    .zip(&x)
                    .map(|(a, b)| (a - b).abs())
                    .fold(0.0, f64::max);
                x = next;
                if step < 1e-8 {
                    break;
                }
            }
            let close = |other: &[f64]| other.iter().zip(&x).all(|(a, b)| (a - b).abs() < 1e-5);
            if !ends.iter().any(|(end, _)| close(end)) {
                let value = rbm.value(&x, &rbm.up(&x));
                ends.push((x, value));
            }
        }
        assert_eq!(ends.len(), expected, "{law}: {ends:?}");
        let stable: Vec<_> = points
            .iter()
            .filter(|point| point.is_stable() == Some(true))
            .collect();
        assert_eq!(stable.len(), expected, "{law}: {stable:?}");
        for point in &stable {
            let hidden = layers(point).0;
            let is_end = |end: &[f64]| {
                end.iter()
                    .zip(hidden)
                    .all(|(a, b)| (a.abs() - b.abs()).abs() < 1e-5)
            };
            assert!(ends.iter().any(|(end, _)| is_end(end)), "{law}: {point:?}");
        }
        let best = ends
            .iter()
            .map(|(_, value)| *value)
            .fold(f64::NEG_INFINITY, f64::max);
        assert_all_close(law, 1e-9, &[("Φ", points[0].value, best)]);
        assert_eq!(points[0].is_stable(), Some(true), "{law}");
    }
}

/// Gaussian components: everything depends on the variances of the fields, `w_c = w`, and modes of
/// different strengths do not mix.
#[test]
fn gaussian_modes_do_not_mix() {
    for (w, sigma, kappa) in [
        (vec![1.5, 1.4], 0.5, 0.5),
        (vec![1.5, 1.4], 0.0, 1.0),
        (vec![1.9, 1.7, 1.6], 1.1, 2.0),
    ] {
        let rbm = Rbm::new("gaussian", &w, sigma, kappa);
        let points = points(&modes(&rbm));
        for point in &points {
            let (hidden, visible) = layers(point);
            let context = format!("w = {w:?}, σ = {sigma}, κ = {kappa}: {hidden:?}");
            let (m, q, mbar, qbar) = (
                &hidden[..w.len()],
                hidden[w.len()],
                &visible[..w.len()],
                visible[w.len()],
            );
            let strength = |m: &[f64]| -> f64 { (0..w.len()).map(|a| (w[a] * m[a]).powi(2)).sum() };
            let variance = kappa.sqrt() * (sigma * sigma * q + strength(m));
            let overlap = independent::normal_average(|z| (variance.sqrt() * z).tanh().powi(2));
            let mut rows = vec![("q̄", qbar, overlap)];
            for a in 0..w.len() {
                rows.push(("m̄", mbar[a], w[a] * m[a] * (1.0 - qbar)));
                rows.push(("m", m[a], w[a] * mbar[a] * (1.0 - q)));
            }
            assert_all_close(&context, 1e-10, &rows);
            let lit: Vec<usize> = (0..w.len()).filter(|a| sizes(point)[*a] > 1e-6).collect();
            match lit.as_slice() {
                [] => {}
                [own] => {
                    let rows = [("w_c", observable(point, "w_c"), w[*own])];
                    assert_all_close(&context, 1e-9, &rows);
                    assert_eq!(point.is_stable(), Some(*own == 0), "{context}");
                }
                mixed => panic!("{context}: modes {mixed:?} mix"),
            }
        }
        assert!((0..w.len()).all(|a| points.iter().any(|point| is_on(point, &[a]))));
    }
}

/// Of equal strengths every direction of `m` is a fixed point: the eigenvalue along the sphere is 1
/// and none is called stable. Other laws choose directions.
#[test]
fn equal_gaussian_modes_are_a_sphere() {
    let single = {
        let points = points(&modes(&Rbm::new("gaussian", &[1.5, 0.0], 0.8, 0.5)));
        on(&points, &[0]).clone()
    };
    let rbm = Rbm::new("gaussian", &[1.5, 1.5], 0.8, 0.5);
    let saddle = Saddle::new(&modes(&rbm)).expect("valid");
    for angle in [0.0, 0.3, 0.7, 1.2] {
        let turned = |m: f64| [m * f64::cos(angle), m * f64::sin(angle)];
        let ([m, mbar], [q, qbar]) = ([0, 3].map(|at| single.x[at]), [2, 5].map(|at| single.x[at]));
        let x: Vec<f64> = [&turned(m)[..], &[q], &turned(mbar)[..], &[qbar]].concat();
        let residual = saddle.equations(&x, 6).expect("inside").amax();
        let value = saddle.value(&x, 6).expect("inside");
        assert_all_close(
            "sphere",
            1e-10,
            &[("F", residual, 0.0), ("Φ", value, single.value)],
        );
        let along = DVector::from_vec([turned(1.0), turned(1.0)].concat());
        let jacobian = saddle.jacobian(&x, 6).expect("inside");
        let turn = DVector::from_vec(vec![
            -m * along[1],
            m * along[0],
            0.0,
            -mbar * along[3],
            mbar * along[2],
            0.0,
        ]);
        assert!(
            (jacobian * turn).amax() < 1e-10,
            "∂F vanishes along the sphere"
        );
    }
    for point in solutions(&modes(&rbm))
        .iter()
        .filter_map(|solution| solution.point().ok())
    {
        assert_ne!(point.is_stable(), Some(true), "{point:?}");
    }
    // A window, and a mixture: the same strengths with other laws.
    for (law, stable) in [
        ("bernoulli", &[0][..]),
        ("uniform", &[0]),
        ("laplace", &[0, 1]),
    ] {
        let points = points(&modes(&Rbm::new(law, &[1.5, 1.5], 0.8, 0.5)));
        assert_eq!(on(&points, stable).is_stable(), Some(true), "{law}");
        let other: &[usize] = if stable.len() == 2 { &[0] } else { &[0, 1] };
        assert_eq!(on(&points, other).is_stable(), Some(false), "{law}");
    }
}

/// A single mode is stable against another one up to `w_b = w_c`: from the eigenvalues of two modes
/// on both sides. By kurtosis `w_c` lies above, at or below the mode's own strength.
#[test]
fn single_modes_are_stable_inside_of_their_window() {
    for law in LAWS {
        for (w, sigma, kappa) in [(1.4, 0.5, 0.5), (1.3, 0.8, 1.0), (1.7, 0.0, 2.0)] {
            let alone = points(&modes(&Rbm::new(law, &[w, 0.0], sigma, kappa)));
            let alone = on(&alone, &[0]);
            let w_c = observable(alone, "w_c");
            let context = format!("{law}, w = {w}, σ = {sigma}, κ = {kappa}: w_c = {w_c}");
            let order = (w_c / w - 1.0) * (3.0 - kurtosis(law));
            assert!(
                order > 1e-3 || law == "gaussian" && (w_c - w).abs() < 1e-9,
                "{context}"
            );
            for (other, stable) in [(w_c * (1.0 - 1e-6), true), (w_c * (1.0 + 1e-6), false)] {
                let definition = modes(&Rbm::new(law, &[w, other], sigma, kappa));
                let saddle = Saddle::new(&definition).expect("valid");
                let jacobian = saddle.jacobian(&alone.x, 6).expect("inside");
                let identity = nalgebra::DMatrix::identity(6, 6);
                let values = eigenvalues(&(identity - jacobian)).expect("finite");
                let largest = values
                    .iter()
                    .map(|value| value.re)
                    .fold(f64::NEG_INFINITY, f64::max);
                assert_eq!(largest < 1.0, stable, "{context}: {largest} at {other}");
                assert!((largest - other / w_c).abs() < 1e-9, "{context}: {largest}");
            }
        }
    }
}

/// `w = 1 + ε`: `m m̄` and `w_c − 1` per ε (Landau expansion), up to corrections of order ε.
#[test]
fn slopes_at_the_transition() {
    for law in LAWS {
        for (sigma, kappa) in [(0.6f64, 0.5f64), (0.3, 2.0)] {
            let slopes = |epsilon: f64| {
                let rbm = Rbm::new(law, &[1.0 + epsilon, 0.0], sigma, kappa);
                let points = points(&modes(&rbm));
                let point = on(&points, &[0]);
                let product = point.x[0] * point.x[3];
                [
                    product / epsilon,
                    (observable(point, "w_c") - 1.0) / epsilon,
                ]
            };
            let (coarse, fine) = (slopes(2e-3), slopes(1e-3));
            let k = kurtosis(law);
            let (s, sigma2) = (kappa.sqrt() + 1.0 / kappa.sqrt(), sigma * sigma);
            let bottom = k * s * (1.0 - sigma2 * sigma2) + 3.0 * sigma2 * (2.0 + sigma2 * s);
            let expected = [
                6.0 * (1.0 - sigma2 * sigma2) / bottom,
                3.0 * (s + 2.0 * sigma2) / bottom,
            ];
            for place in 0..2 {
                // Two points remove the correction of order ε.
                let slope = 2.0 * fine[place] - coarse[place];
                let context = format!("{law}, σ = {sigma}, κ = {kappa}, {place}");
                assert_all_close(&context, 1e-4, &[("ratio", slope / expected[place], 1.0)]);
            }
        }
    }
}

/// Off every stationary point, with biases: `F` and Φ against the independent averages.
#[test]
fn equations_of_two_modes_meet_independent_averages() {
    for law in LAWS {
        let rbm = Rbm {
            eta: vec![0.1, -0.2],
            theta: vec![0.3, 0.05],
            ..Rbm::new(law, &[1.3, 0.9], 0.7, 0.4)
        };
        let saddle = Saddle::new(&modes(&rbm)).expect("valid");
        let (hidden, visible) = ([0.4, -0.3, 0.35], [0.2, 0.5, 0.6]);
        let x = [hidden, visible].concat();
        let f = saddle.equations(&x, 5).expect("inside");
        let images = [rbm.down(&visible), rbm.up(&hidden)].concat();
        let expected: Vec<f64> = x.iter().zip(&images).map(|(x, image)| x - image).collect();
        for (entry, expected) in f.iter().zip(&expected) {
            assert_all_close(law, 1e-10, &[("F", *entry, *expected)]);
        }
        let value = saddle.value(&x, 5).expect("inside");
        assert_all_close(law, 1e-10, &[("Φ", value, rbm.value(&hidden, &visible))]);
        // At the stationary point that they lead to as well.
        let points = points(&modes(&rbm));
        let (hidden, visible) = layers(&points[0]);
        let images = [rbm.down(visible), rbm.up(hidden)].concat();
        for (x, image) in points[0].x.iter().zip(&images) {
            assert_all_close(law, 1e-9, &[("x", *x, *image)]);
        }
    }
}

/// `∂_w Φ = m m̄` for each mode and `∂_σ Φ = σ (1 − q q̄)` along the solutions, mixed ones included.
#[test]
fn derivatives_of_phi_along_its_parameters() {
    for (law, w, lit) in [
        ("laplace", [1.5, 1.4], &[0, 1][..]),
        ("bernoulli", [1.5, 1.4], &[0]),
        ("uniform", [1.6, 1.5], &[1]),
    ] {
        let base = Rbm::new(law, &w, 0.5, 0.5);
        let phi = |rbm: &Rbm| on(&points(&modes(rbm)), lit).value;
        let slope = |change: &dyn Fn(&mut Rbm, f64)| {
            let at = |step: f64| {
                let mut rbm = base.clone();
                change(&mut rbm, step * 1e-3);
                phi(&rbm)
            };
            (8.0 * (at(1.0) - at(-1.0)) - (at(2.0) - at(-2.0))) / 12e-3
        };
        let points = points(&modes(&base));
        let point = on(&points, lit);
        let (hidden, visible) = layers(point);
        let rows = [
            (
                "∂w₁",
                slope(&|rbm, step| rbm.w[0] += step),
                hidden[0] * visible[0],
            ),
            (
                "∂w₂",
                slope(&|rbm, step| rbm.w[1] += step),
                hidden[1] * visible[1],
            ),
            (
                "∂σ",
                slope(&|rbm, step| rbm.sigma += step),
                0.5 * (1.0 - hidden[2] * visible[2]),
            ),
            (
                "energy",
                observable(point, "energy"),
                w[0] * hidden[0] * visible[0]
                    + w[1] * hidden[1] * visible[1]
                    + 0.25 * (1.0 - hidden[2] * visible[2]),
            ),
        ];
        assert_all_close(law, 1e-8, &rows);
    }
}

/// Exchanging the layers is κ → 1/κ, barred ↔ unbarred, η ↔ θ, mixtures included.
#[test]
fn layers_of_two_modes_can_be_exchanged() {
    for law in LAWS {
        let one = Rbm {
            eta: vec![0.05, 0.1],
            theta: vec![0.2, 0.0],
            ..Rbm::new(law, &[1.4, 1.3], 0.6, 0.4)
        };
        let other = Rbm {
            eta: one.theta.clone(),
            theta: one.eta.clone(),
            kappa: 1.0 / one.kappa,
            ..one.clone()
        };
        let (one, other) = (points(&modes(&one)), points(&modes(&other)));
        assert_eq!(one.len(), other.len());
        for (a, b) in one.iter().zip(&other) {
            for (x, image) in [(layers(a), layers(b)), (layers(b), layers(a))] {
                for (x, image) in x.0.iter().zip(image.1) {
                    assert_all_close(law, 1e-8, &[("x", x.abs(), image.abs())]);
                }
            }
            let rows = [
                ("Φ", a.value, b.value),
                ("replicon", replicon(a), replicon(b)),
            ];
            assert_all_close(law, 1e-9, &rows);
        }
    }
}
